# SPDX-License-Identifier: Apache-2.0
"""`mayfly check` on every kind of credential that it knows: without an end, short, over, unknown. Values are made while the test runs."""
import datetime
import json
import pathlib
import re
import secrets
import time

from support import samples

from test_check import STOCK_GITHUB, CheckCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOW = int(time.time())
MIN, H, D = 60, 3600, 86400
STATIC, SHORT, EXPIRED, UNKNOWN, LONG, JOB = "static", "short", "expired", "unknown", "long", "job"
VERDICTS = {STATIC: ("too long", "fail"), LONG: ("too long", "fail"), SHORT: ("ok", "ok"), EXPIRED: ("expired", "expired"),
            UNKNOWN: ("unknown", "warning"), JOB: ("job-bound", "job-bound")}
FORMATS = ("json", "text", "sarif", "gitlab", "github")
# what a form begins with, and what a report names on purpose: no part of it opens anything
PUBLIC = ("_gitlab_session=", "bedrock-api-key-", "PuTTY-User-Key-File-", ": ssh-ed25519\n", "issuer https://", "https://storage.googleapis.com/k", "https://b.s3.amazonaws.com/k", "https://d.cloudfront.net/o",
          "https://id.acme.invalid",
          "ci@acme.iam.gserviceaccount.com", "AGE-SECRET-KEY-1", "db.acme.io", "acme.invalid")

HEX = "0123456789abcdef"


def dice():
    return samples.Dice(secrets.token_hex(8))


def some(n, alphabet=samples.ALNUM):
    return dice().pick(alphabet, n)


def made(check):
    return samples.sample(check, secrets.token_hex(8))


def iso(t, form="%Y-%m-%dT%H:%M:%SZ"):
    return time.strftime(form, time.gmtime(t))


class Row:
    """One variable: a value, and what has to be said of it. `beside`: variables that tell its end."""

    def __init__(self, kind, column, value, *, name=None, cls="api_key", known=None, issued=None, expires=None, lifetime=None, verdict=None,
                 beside=None, flags=(), public=(), secret=None):
        self.kind, self.column, self.value, self.name, self.cls = kind, column, value, name, cls
        self.known = known or {STATIC: "by format", UNKNOWN: "unknown"}.get(column, "measured")
        self.issued, self.expires, self.lifetime, self.flags = issued, expires, lifetime, set(flags)
        self.verdict, self.state = VERDICTS[column] if verdict is None else (verdict, verdict)
        self.beside, self.public, self.secret = beside or {}, public, value if secret is None else secret
        if issued and expires and lifetime is None:
            self.lifetime = expires - issued


def dated(make, kind, cls, *, short=900, long=400 * D, columns=(SHORT, EXPIRED, LONG), lag=60, **more):
    """Rows of what says its dates: make(issued, expires)."""
    spans = {SHORT: (NOW - lag, NOW - lag + short), EXPIRED: (NOW - 3 * H, NOW - H), LONG: (NOW - lag, NOW - lag + long)}
    return [Row(kind, c, make(*spans[c]), cls=cls, issued=spans[c][0], expires=spans[c][1], **more) for c in columns]


# -- tokens with dates ----------------------------------------------------------------------------------


def token(claims):
    return ".".join((samples.jb64url({"alg": "HS256"}), samples.jb64url({"sub": some(9, samples.LOWER)} | claims), samples.b64url(dice().bytes(32))))


JOB_CLAIMS = {
    "github-id-token": {"iss": "https://token.actions.githubusercontent.com", "repository": "acme/shop", "run_id": "1"},
    "github-runtime-token": {"iss": "https://token.actions.githubusercontent.com", "ac": "[]", "scp": "Actions.Results:a:b"},
    "gitlab-id-token": {"iss": "https://gitlab.acme.invalid", "project_path": "acme/shop", "pipeline_id": "1", "job_id": "2"},
    "ci-id-token": {"iss": "https://oidc.circleci.com/org/1"},
}
CLAIMS = {
    "jwt": {"iss": "https://id.acme.invalid"},
    "azure-token": {"iss": "https://sts.windows.net/b7a0c9c2-0000-4d55-9a2b-000000000000/"},
    "gcp-id-token": {"iss": "https://accounts.google.com"},
    "kubernetes-bound-token": {"iss": "https://k8s.acme.invalid", "kubernetes.io": {"namespace": "ci", "pod": {"name": "x"}}},
}


def tokens():
    for kind, claims in (CLAIMS | JOB_CLAIMS).items():
        cls = "ci_token" if kind in JOB_CLAIMS else "service_token"

        def make(issued, expires):
            return token(claims | {"iat": issued, "exp": expires})
        yield Row(kind, STATIC, token(claims | {"iat": NOW - D}), cls=cls, issued=NOW - D)
        yield Row(kind, UNKNOWN, token(claims | {"exp": "never"}), cls=cls)
        if kind in JOB_CLAIMS:
            # its end is the job's, also where its own date has passed
            for issued, expires in ((NOW - 60, NOW + 240), (NOW - 3 * H, NOW - H)):
                yield Row(kind, JOB, make(issued, expires), cls=cls, issued=issued, expires=expires)
            yield Row(kind, EXPIRED, make(NOW - 400 * D, NOW - D), cls=cls, issued=NOW - 400 * D, expires=NOW - D)
            yield Row(kind, LONG, make(NOW - 60, NOW + 400 * D), cls=cls, issued=NOW - 60, expires=NOW + 400 * D)
        else:
            yield from dated(make, kind, cls)
    anon = {"iss": "supabase", "role": "anon"}
    yield Row("supabase-anon", STATIC, token(anon), cls="none", verdict="ok")
    yield Row("supabase-anon", LONG, token(anon | {"iat": NOW - D, "exp": NOW + 3650 * D}), cls="none", issued=NOW - D, expires=NOW + 3650 * D,
              verdict="ok")
    yield Row("kubernetes-legacy-token", STATIC, token({"iss": "kubernetes/serviceaccount"}), cls="service_token")
    yield Row("jwe", UNKNOWN, ".".join((samples.jb64url({"alg": "RSA-OAEP", "enc": "A256GCM"}), *(samples.b64url(dice().bytes(n)) for n in (96, 12, 80, 16)))),
              cls="service_token", flags=["encrypted"])


# -- certificates and keys ------------------------------------------------------------------------------


def certificate(issued, expires, ca=False, own=False, key_beside=False):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key, signer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in ("ci.acme.invalid", "CA of acme.invalid")]
    end = datetime.datetime(9999, 12, 31, 23, 59, 59) if expires is None else datetime.datetime.fromtimestamp(expires, datetime.timezone.utc)
    b = x509.CertificateBuilder().subject_name(name[0]).issuer_name(name[0 if own else 1]).public_key(key.public_key()).serial_number(7)
    b = b.not_valid_before(datetime.datetime.fromtimestamp(issued, datetime.timezone.utc)).not_valid_after(end)
    b = b.add_extension(x509.BasicConstraints(ca, None), True)
    if ca:
        b = b.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
    cert = b.sign(key if own else signer, hashes.SHA256())
    text = cert.public_bytes(serialization.Encoding.PEM).decode()
    if key_beside:
        text += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return text


def container():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12
    raw = pkcs12.serialize_key_and_certificates(b"ci", ec.generate_private_key(ec.SECP256R1()), None, None, serialization.BestAvailableEncryption(b"x1"))
    return samples.b64(raw)


def ssh_certificate(kind, after, before):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
    signer, key = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    b = serialization.SSHCertificateBuilder().public_key(key.public_key()).serial(7).type(kind).key_id(b"deploy@ci")
    b = b.valid_principals([b"deploy"]).valid_after(after).valid_before(before)
    return b.sign(signer).public_bytes().decode() + " x"


def certificates():
    from cryptography.hazmat.primitives.serialization import SSHCertificateType
    for kind, cls, how, short in (("x509-leaf", "tls", {"key_beside": True}, 30 * D), ("x509-intermediate", "tls_ca", {"ca": True, "key_beside": True}, 365 * D),
                                  ("x509-root", "tls_ca", {"ca": True, "own": True, "key_beside": True}, 365 * D)):
        flags = ["key_beside"] if how.get("key_beside") else []

        def make(issued, expires):
            return certificate(issued, expires, **how)
        yield Row(kind, STATIC, make(NOW - D, None), cls=cls, issued=NOW - D, flags=flags)
        yield from dated(make, kind, cls, short=short, long=3650 * D, flags=flags)
        yield Row(kind, UNKNOWN, absurd(how), cls=cls, known="measured",
                  issued=NOW + D, expires=NOW + D - 1, lifetime=0, flags=flags + ["absurd"])
    for kind, cls, which, short in (("ssh-user-certificate", "ssh", SSHCertificateType.USER, H), ("ssh-host-certificate", "tls", SSHCertificateType.HOST, 30 * D)):
        yield Row(kind, STATIC, ssh_certificate(which, NOW - D, 2 ** 64 - 1), cls=cls, issued=NOW - D)
        yield from dated(lambda a, b: ssh_certificate(which, a, b), kind, cls, short=short)
    yield Row("private-key", STATIC, made("pem-private"), cls="tls")
    yield Row("ssh-private-key", STATIC, made("openssh-private"), cls="ssh")
    yield Row("ssh-private-key", STATIC, made("putty-ppk"), cls="ssh")
    yield Row("pgp-private-key", STATIC, made("pgp-private"), issued=1700000000)
    yield Row("age-key", STATIC, made("age-secret"))
    yield Row("jwk", STATIC, made("jwk"))
    yield Row("pkcs12", UNKNOWN, container(), cls="tls", flags=["encrypted"])
    yield Row("java-keystore", UNKNOWN, samples.b64(b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1\0\5mykey" + dice().bytes(80)), cls="tls", flags=["encrypted"])


def absurd(how):
    """An end before the beginning, which no builder makes: the two dates of a good one change places."""
    import base64
    text = certificate(NOW + D - 1, NOW + D, **how)
    head, body, tail = re.match(r"(-----BEGIN CERTIFICATE-----\n)(.*?)(-----END.*)", text, re.S).groups()
    raw = base64.b64decode(body)
    first, last = (iso(t, "%y%m%d%H%M%SZ").encode() for t in (NOW + D - 1, NOW + D))
    raw = raw.replace(first, b"?" * 13).replace(last, first).replace(b"?" * 13, last)
    return head + samples.b64(raw) + "\n" + tail


# -- vendors --------------------------------------------------------------------------------------------


def pypi(caveat):
    def field(kind, value):
        return bytes([kind, len(value)]) + value
    raw = b"\x02" + field(1, b"pypi.org") + field(2, some(36, "0123456789abcdef").encode()) + b"\0"
    return "pypi-" + samples.b64url(raw + field(2, caveat.encode()) + b"\0\0" + field(6, dice().bytes(32)))


def key_id(kind):
    return kind + made("aws-key-id")[4:]


def aws():
    yield Row("aws-access-key", STATIC, key_id("AKIA"))
    for column, left in ((SHORT, 15 * MIN), (EXPIRED, -H), (LONG, 30 * H)):
        for kind, tail, value in (("aws-session-key", "AWS_ACCESS_KEY_ID", key_id("ASIA")), ("aws-session-token", "AWS_SESSION_TOKEN", made("aws-session-token"))):
            prefix = f"{column}_{kind}_".upper().replace("-", "_")
            yield Row(kind, column, value, name=prefix + tail, cls="service_token", expires=NOW + left,
                      beside={prefix + "AWS_CREDENTIAL_EXPIRATION": iso(NOW + left)}, flags=["at_least"] if left > 0 else [])
    for kind, value in (("aws-session-key", key_id("ASIA")), ("aws-session-token", made("aws-session-token"))):
        yield Row(kind, UNKNOWN, value, cls="service_token", known="by format", lifetime=36 * H, flags=["at_most"])
    yield Row("aws-secret-key", UNKNOWN, made("aws-secret"), name="LONE_AWS_SECRET_ACCESS_KEY")
    yield Row("aws-secret-key", SHORT, made("aws-secret"), name="NEAR_AWS_SECRET_ACCESS_KEY", expires=NOW + H,
              beside={"NEAR_AWS_CREDENTIAL_EXPIRATION": iso(NOW + H)}, flags=["at_least"])
    yield Row("aws-secret-key", EXPIRED, made("aws-secret"), name="PAST_AWS_SECRET_ACCESS_KEY", expires=NOW - H,
              beside={"PAST_AWS_CREDENTIAL_EXPIRATION": iso(NOW - H)})
    yield Row("aws-bedrock-key", UNKNOWN, made("aws-bedrock"))
    yield Row("aws-bedrock-session", UNKNOWN, "bedrock-api-key-" + samples.b64(dice().bytes(90)), cls="service_token", known="by format", lifetime=12 * H,
              flags=["at_most"])


    def ecr(**end):
        return samples.b64(json.dumps({"payload": some(400), "datakey": some(160), "version": "2", "type": "DATA_KEY"} | end).encode())
    for column, left in ((SHORT, 11 * H), (EXPIRED, -H)):
        yield Row("aws-ecr-password", column, ecr(expiration=NOW + left), name=f"{column}_ECR_PASSWORD".upper(), issued=NOW + left - 12 * H, expires=NOW + left)
    yield Row("aws-ecr-password", LONG, ecr(expiration=NOW + 100 * D), name="LONG_ECR_PASSWORD", expires=NOW + 100 * D, flags=["at_least"])
    yield Row("aws-ecr-password", UNKNOWN, ecr(), name="SOME_ECR_PASSWORD")


def urls():
    def v4(host, key, issued, expires):
        return (f"https://{host}/k?X-{key}-Date={iso(issued, '%Y%m%dT%H%M%SZ')}&X-{key}-Expires={expires - issued}&X-{key}-SignedHeaders=host"
                f"&X-{key}-Signature={some(64, '0123456789abcdef')}")
    for kind, host, key in (("aws-presigned-url", "b.s3.amazonaws.com", "Amz"), ("gcp-signed-url", "storage.googleapis.com", "Goog")):
        yield from dated(lambda a, b: v4(host, key, a, b), kind, "service_token", long=7 * D)
        yield Row(kind, UNKNOWN, v4(host, key, NOW, NOW + 900).replace("Date=2", "Date=y"), cls="service_token")
    for column, end in ((SHORT, NOW + H), (EXPIRED, NOW - H), (LONG, NOW + 60 * D)):
        yield Row("aws-cloudfront-url", column, f"https://d.cloudfront.net/o?Expires={end}&Signature={some(60)}&Key-Pair-Id=K{some(12)}", cls="service_token",
                  expires=end, flags=["at_least"] if end > NOW else [])
    yield Row("aws-cloudfront-url", UNKNOWN, f"https://d.cloudfront.net/o?Expires=soon&Signature={some(60)}&Key-Pair-Id=K{some(12)}", cls="service_token")

    def sas(issued, expires):
        mac = made("azure-sas").split("sig=")[1]
        return f"sv=2022-11-02&sr=b&sp=r&st={iso(issued)}&se={iso(expires)}&sig={mac}"
    yield from dated(sas, "azure-sas", "service_token")
    yield Row("azure-sas", UNKNOWN, "sv=2022-11-02&sr=c&si=policy&sig=" + made("azure-sas").split("sig=")[1], cls="service_token")
    yield Row("database-url", STATIC, f"postgres://app:{some(14)}@db.acme.io/x", cls="database")
    user = f"v-ci-{some(20)}-{NOW - 60}"
    yield Row("database-url", UNKNOWN, f"postgres://{user}:{some(14)}@db.acme.io/x", cls="database", issued=NOW - 60, public=[user])
    yield Row("database-connection", STATIC, f"Server=db.acme.io;User Id=app;Password={some(14)}", cls="database")
    yield Row("url-password", STATIC, f"https://app:{some(14)}@git.acme.io/x.git")
    yield Row("basic-auth", STATIC, "Basic " + samples.b64(f"deploy:{some(14)}".encode()))


def google():
    account = made("gcp-service-account")
    yield Row("gcp-service-account", STATIC, account, secret=json.loads(account)["private_key"].split("-----")[2])
    refresh = "1//0" + some(60)
    yield Row("gcp-authorized-user", STATIC, json.dumps({"type": "authorized_user", "refresh_token": refresh}), cls="human_session", secret=refresh)
    yield Row("gcp-external-account", SHORT, json.dumps({"type": "external_account", "audience": "//iam.googleapis.com/p/1"}), secret="", cls="none", known="by format",
              lifetime=H)
    yield Row("gcp-access-token", SHORT, "ya29." + some(120), cls="service_token", known="by format", lifetime=H)
    yield Row("gcp-refresh-token", STATIC, "1//0" + some(80), cls="human_session")
    yield Row("gcp-api-key", STATIC, "AIza" + some(35))
    yield Row("gcp-oauth-secret", STATIC, "GOCSPX-" + some(28))


def azure():
    key = made("azure-identifiable")
    yield Row("azure-client-secret", STATIC, made("entra-secret"))
    yield Row("azure-devops-pat", UNKNOWN, made("azure-devops-pat"))
    yield Row("azure-key", STATIC, key)
    storage, shared = made("azure-identifiable"), samples.b64(dice().bytes(32))
    yield Row("azure-storage-key", STATIC, f"AccountName=acme;AccountKey={storage};EndpointSuffix=core.windows.net", secret=storage)
    yield Row("azure-access-key", STATIC, f"Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={shared}", secret=shared)
    yield Row("cask", STATIC, made("cask"), issued=1767225600)


def github(prefix):
    body = some(30)
    return prefix + body + samples.crc62(body)


def forges():
    yield Row("github-pat-classic", STATIC, github("ghp_"))
    yield Row("github-pat-fine-grained", UNKNOWN, made("github-fine"))
    yield Row("github-oauth", STATIC, github("gho_"))
    yield Row("github-app-user", SHORT, github("ghu_"), cls="human_session", known="by format", lifetime=8 * H)
    yield Row("github-refresh", LONG, github("ghr_"), known="by format", lifetime=184 * D)
    yield Row("github-app-installation", SHORT, github("ghs_"), cls="ci_token", known="by format", lifetime=H)
    yield Row("github-app-installation", JOB, github("ghs_"), name="GITHUB_TOKEN", cls="ci_token", known="by format", lifetime=H)
    yield from dated(lambda a, b: "ghs_12345_" + token({"iat": a, "exp": b}), "github-app-installation", "ci_token")
    yield Row("gitlab-pat", UNKNOWN, made("gitlab-routable"))
    for prefix, kind, cls in (("gldt-", "gitlab-deploy-token", "api_key"), ("glrt-", "gitlab-runner", "service_token"),
                              ("glrtr-", "gitlab-runner-registration", "api_key"), ("glptt-", "gitlab-trigger", "api_key"), ("glft-", "gitlab-feed", "api_key"),
                              ("glimt-", "gitlab-incoming-mail", "api_key"), ("glagent-", "gitlab-agent", "service_token"), ("glsoat-", "gitlab-scim", "service_token"),
                              ("glffct-", "gitlab-feature-flags", "api_key"), ("gloas-", "gitlab-oauth-secret", "api_key")):
        yield Row(kind, STATIC, prefix + some(44), cls=cls)
    yield Row("gitlab-session", UNKNOWN, "_gitlab_session=" + some(32, "0123456789abcdef"), cls="human_session")
    yield Row("gitlab-job-token", JOB, "glcbt-64_" + some(20), cls="ci_token", known="unknown")
    yield Row("gitlab-job-token", JOB, "glcbt-" + token({"iat": NOW - 60, "exp": NOW + H}), cls="ci_token", issued=NOW - 60, expires=NOW + H)
    yield Row("ci-job-token", JOB, some(24), name="CI_JOB_TOKEN", cls="ci_token", known="unknown", flags=["name_only"])


def registries():
    yield Row("npm-token", UNKNOWN, made("npm"))
    yield Row("pypi-token", STATIC, made("pypi"))
    yield from dated(lambda a, b: pypi(f"[0, {b}, {a}]"), "pypi-token", "api_key")
    yield Row("docker-pat", UNKNOWN, "dckr_pat_" + some(27))
    yield Row("docker-oat", UNKNOWN, "dckr_oat_" + some(27))
    yield Row("crates-token", UNKNOWN, "cio" + some(32))
    yield Row("rubygems-key", UNKNOWN, "rubygems_" + some(48, "0123456789abcdef"))
    yield Row("nuget-key", UNKNOWN, "oy2" + some(43, samples.LOWER))

    def reference(end):
        return samples.b64(f"reftkn:01:{end:010d}:{some(28)}".encode())
    for column, end in ((SHORT, NOW + 30 * D), (EXPIRED, NOW - D), (LONG, NOW + 400 * D)):
        yield Row("artifactory-reference", column, reference(end), expires=end, flags=["at_least"] if end > NOW else [])
    yield Row("artifactory-reference", UNKNOWN, reference(0))


def vault():
    for kind, value, cls in (("vault-service-token", made("vault-token"), "service_token"), ("vault-service-token", "s." + some(24), "service_token"),
                             ("vault-batch-token", "hvb.AAAAAQ" + some(130), "service_token"), ("vault-recovery-token", "hvr." + some(40), "service_token"),
                             ("terraform-cloud", some(14) + ".atlasv1." + some(67), "api_key")):
        yield Row(kind, UNKNOWN, value, cls=cls)
    yield Row("vault-secret-id", UNKNOWN, f"{some(8, HEX)}-{some(4, HEX)}-4{some(3, HEX)}-9{some(3, HEX)}-{some(12, HEX)}", name="VAULT_SECRET_ID", cls="secret_id")
    yield Row("named", UNKNOWN, some(20), name="SONAR_TOKEN", flags=["name_only"])
    yield Row("named", UNKNOWN, some(20), name="REPORTS_DB_PASSWORD", cls="database", flags=["name_only"])


def rows():
    for part in (tokens, certificates, aws, urls, google, azure, forges, registries, vault):
        yield from part()


# -- what cannot be -------------------------------------------------------------------------------------

NO_DATE = "nothing in its form is a date: it lives until somebody revokes it"
ISSUER = "only its issuer knows whether and when it ends"
OPENED = "its password hides the dates"
ALWAYS_DATED = "its form always has an end"
# kind: {column: why there is none}; a kind that is not here has all four
CANNOT = {kind: {SHORT: NO_DATE, EXPIRED: NO_DATE, UNKNOWN: NO_DATE} for kind in (
    "age-key", "aws-access-key", "azure-access-key", "azure-client-secret", "azure-key", "azure-storage-key", "basic-auth", "cask", "database-connection",
    "gcp-api-key", "gcp-authorized-user", "gcp-oauth-secret", "gcp-refresh-token", "gcp-service-account", "github-oauth", "github-pat-classic",
    "gitlab-agent", "gitlab-deploy-token", "gitlab-feature-flags", "gitlab-feed", "gitlab-incoming-mail", "gitlab-oauth-secret", "gitlab-runner",
    "gitlab-runner-registration", "gitlab-scim", "gitlab-trigger", "jwk", "kubernetes-legacy-token", "pgp-private-key", "private-key", "ssh-private-key",
    "url-password")}
CANNOT |= {kind: {STATIC: ISSUER, SHORT: ISSUER, EXPIRED: ISSUER} for kind in (
    "aws-bedrock-key", "azure-devops-pat", "crates-token", "docker-oat", "docker-pat", "github-pat-fine-grained", "gitlab-pat", "gitlab-session", "named",
    "npm-token", "nuget-key", "rubygems-key", "terraform-cloud", "vault-batch-token", "vault-recovery-token", "vault-secret-id", "vault-service-token")}
CANNOT |= {kind: {STATIC: OPENED, SHORT: OPENED, EXPIRED: OPENED} for kind in ("java-keystore", "jwe", "pkcs12")}
CANNOT |= {kind: {STATIC: ALWAYS_DATED} for kind in (
    "artifactory-reference", "aws-ecr-password", "aws-cloudfront-url", "aws-presigned-url", "aws-session-key", "aws-session-token", "azure-sas", "gcp-signed-url")}
CANNOT |= {
    "aws-bedrock-session": {STATIC: ALWAYS_DATED, SHORT: "twelve hours at most: it may be less", EXPIRED: "its end is encrypted"},
    "aws-secret-key": {STATIC: "with an AKIA beside it it is told as that key"},
    "ci-job-token": {c: "a job's: it has neither form nor date" for c in (STATIC, SHORT, EXPIRED, UNKNOWN)},
    "database-url": {SHORT: "the lease of Vault's user tells its end", EXPIRED: "the lease of Vault's user tells its end"},
    "gcp-access-token": {c: "by its form: an hour from a time that is not in it" for c in (STATIC, EXPIRED, UNKNOWN)},
    "gcp-external-account": {c: "it holds no key" for c in (STATIC, EXPIRED, UNKNOWN)},
    "github-app-installation": {STATIC: ALWAYS_DATED, UNKNOWN: "an hour by its form, where it has no dates"},
    "github-app-user": {c: "by its form: eight hours" for c in (STATIC, EXPIRED, UNKNOWN)},
    "github-refresh": {c: "by its form: 184 days, which is too long" for c in (STATIC, SHORT, EXPIRED, UNKNOWN)},
    "gitlab-job-token": {c: "it ends with its job, whatever its date" for c in (STATIC, SHORT, EXPIRED, UNKNOWN)},
    "pypi-token": {UNKNOWN: "its caveats can be read"},
    "ssh-user-certificate": {UNKNOWN: "its dates are numbers"},
    "ssh-host-certificate": {UNKNOWN: "its dates are numbers"},
    "supabase-anon": {c: "it is meant to be public: each passes" for c in (SHORT, EXPIRED, UNKNOWN)},
} | {kind: {SHORT: "it is the job's: it is listed as such"} for kind in JOB_CLAIMS}
# kinds that no variable's value has
ELSEWHERE = {
    "credential": "what the scan finds in a repository, and Maven's master password",
    "github-pat": "a CI definition", "kubeconfig": "a CI definition", "registry-password": "a CI definition",
    "large-value": "a variable has 128 KiB at most, and of a file 1 MiB is read: unit tests",
    "stored-secret": "what a run fetches: test_life",
}


def kinds():
    text = (ROOT / "src/check/fix.c").read_text()
    return re.findall(r'^\t\{ "([a-z0-9-]+)", "', text, re.M)


class Kinds(CheckCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = list(rows())
        for i, row in enumerate(cls.rows):
            row.name = row.name or f"V{i:03d}_VALUE"

    def env(self):
        return STOCK_GITHUB | {k: v for row in self.rows for k, v in ({row.name: row.value} | row.beside).items()}

    def test_every_kind_has_its_rows(self):
        have, wanted = {(r.kind, r.column) for r in self.rows}, kinds()
        self.assertGreater(len(wanted), 80)
        self.assertEqual({r.kind for r in self.rows} - set(wanted), set())
        for kind in wanted:
            for column in (STATIC, SHORT, EXPIRED, UNKNOWN):
                why = kind in ELSEWHERE or CANNOT.get(kind, {}).get(column)
                if ((kind, column) in have) == bool(why):
                    self.fail(f"{kind}: {column}: {'there is a row and a reason against it' if why else 'no row'}")

    def one(self, row, item):
        life = item["life"]
        told = {"kind": item["rule"], "known": life["known"], "class": life["class"], "verdict": life["verdict"], "state": item["state"],
                "issued": life["issued"], "expires": life["expires"], "flags": set(life["flags"]) - {"expired", "not_yet"}}
        wanted = {"kind": row.kind, "known": row.known, "class": row.cls, "verdict": row.verdict, "state": row.state,
                  "issued": iso(row.issued) if row.issued else None, "expires": iso(row.expires) if row.expires else None,
                  "flags": row.flags | ({"static"} if row.column == STATIC else set()) | ({"job_bound"} if row.column == JOB else set())}
        self.assertEqual(told, wanted, row.name)
        self.assertEqual("expired" in life["flags"], bool(row.expires and row.expires < NOW - 300), row.name)
        if row.lifetime or row.column in (STATIC, UNKNOWN):
            self.assertEqual(life["lifetime"], row.lifetime or None, row.name)
        if row.expires:
            self.assertAlmostEqual(life["remaining"], max(0, row.expires - NOW), delta=120, msg=row.name)
        else:
            self.assertIsNone(life["remaining"], row.name)

    def test_each_is_measured_and_judged(self):
        done = self.json("--only", "job", env=self.env(), code=1)
        items = {}
        for item in done.items:
            items.setdefault(item["name"], []).append(item)
        for row in self.rows:
            with self.subTest(kind=row.kind, column=row.column):
                self.assertEqual(len(items.get(row.name, [])), 1, row.name)
                self.one(row, items[row.name][0])
        self.assertEqual(set(items) - {r.name for r in self.rows}, set())
        verdict = done.report["verdict"]
        self.assertEqual(verdict["fails"], sum(r.state == "fail" for r in self.rows))
        self.assertEqual(verdict["warns"], sum(r.state == "warning" for r in self.rows))
        self.assertEqual(verdict["job_bound"], sum(r.column == JOB for r in self.rows))

    def test_what_passes_passes(self):
        env = {k: v for row in self.rows if row.state != "fail" for k, v in ({row.name: row.value} | row.beside).items()}
        self.json("--only", "job", env=STOCK_GITHUB | env, code=0)

    def test_no_part_of_a_value_is_shown(self):
        env = self.env()
        for form in FORMATS:
            done = self.check("--only", "job", "--format", form, *(f"--check-report={f}=r.{f}" for f in FORMATS), env=env, code=1)
            text = done.out + done.err + "".join((self.repo / f"r.{f}").read_text() for f in FORMATS)
            pieces = {text[i:i + 12] for i in range(len(text) - 11)}
            for row in self.rows:
                public = (*PUBLIC, *row.public, *(iso(t) for t in (row.issued, row.expires) if t))
                for i in range(len(row.secret) - 11):
                    piece = row.secret[i:i + 12]
                    if piece in pieces and not any(piece in p for p in public):
                        self.fail(f"{form}: a part of {row.kind} ({row.column}), from byte {i}, is shown")


# -- places ---------------------------------------------------------------------------------------------


def values():
    """What may stand where any token may: (column, value, kind)."""
    return ((STATIC, github("ghp_"), "github-pat-classic"), (SHORT, token({"iat": NOW - 60, "exp": NOW + 840}), "jwt"),
            (EXPIRED, token({"iat": NOW - 3 * H, "exp": NOW - 2 * H}), "jwt"), (UNKNOWN, some(24), "named"))


# path, text with one {v}, name of the item; `{{` is a brace
FILES = (
    (".npmrc", "fund=false\n//npm.acme.io/:_authToken={v}\n", "npm.acme.io/_authToken"),
    (".pypirc", "[distutils]\n[own]\nusername: ci\npassword: {v}\n", "own.password"),
    (".netrc", "machine api.acme.io\n  login ci\n  password {v}\n", "api.acme.io.password"),
    (".config/gh/hosts.yml", "gh.acme.io:\n    user: me\n    oauth_token: {v}\n", "gh.acme.io.oauth_token"),
    (".vault-token", "{v}\n", ".vault-token"),
    (".terraform.d/credentials.tfrc.json", '{{"credentials": {{\n  "tf.acme.io": {{"token": "{v}"}}}}}}\n', "credentials.tf.acme.io.token"),
    (".terraformrc", 'credentials "tf.acme.io" {{\n  token = "{v}"\n}}\n', "tf.acme.io.token"),
    (".m2/settings.xml", "<settings><servers>\n<server><id>own</id><password>{v}</password></server></servers></settings>\n", "own.password"),
    (".gradle/gradle.properties", "org.gradle.daemon=false\nreleasePassword={v}\n", "releasePassword"),
    (".nuget/NuGet/NuGet.Config", "<configuration><packageSourceCredentials><own>\n<add key=\"ClearTextPassword\" value=\"{v}\" />\n</own>"
     "</packageSourceCredentials></configuration>\n", "own.ClearTextPassword"),
    (".cargo/credentials.toml", "[registries.own]\ntoken = \"{v}\"\n", "registries.own.token"),
    (".kube/config", "users:\n- name: ci\n  user:\n    token: {v}\n", "ci.token"),
    (".docker/config.json", '{{"auths": {{\n  "r.acme.io": {{"identitytoken": "{v}"}}}}}}\n', "r.acme.io.identitytoken"),
    (".config/helm/registry/config.json", '{{"auths": {{\n  "r.acme.io": {{"identitytoken": "{v}"}}}}}}\n', "r.acme.io.identitytoken"),
    (".azure/accessTokens.json", '[\n {{"accessToken": "{v}"}}]\n', "accessToken"),
    (".azure/msal_token_cache.json", '{{"RefreshToken": {{\n"k": {{"secret": "{v}"}}}}}}\n', "RefreshToken.secret"),
)


class Places(CheckCase):
    def told(self, **options):
        return [(i["path"], i["line"], i["column"], i["name"], i["rule"], i["life"]["verdict"]) for i in self.json("--only", "job", **options).items]

    def wanted(self, path, text, value, name, kind, verdict):
        before = text[:text.index(value)]
        return ("~/" + path, before.count("\n") + 1, len(before) - before.rfind("\n"), name, kind, verdict)

    def test_each_file_with_each_of_the_four(self):
        for column in range(4):
            wanted = []
            for path, form, name in FILES:
                which, value, kind = values()[column]
                text = form.format(v=self.secret(value))
                self.write(self.home, path, "").write_text(text)
                wanted.append(self.wanted(path, text, value, name, kind, VERDICTS[which][0]))
            told = self.told(env=STOCK_GITHUB, code=1 if which == STATIC else 0)
            for one in wanted:
                with self.subTest(path=one[0], column=which):
                    self.assertIn(one, told, [t for t in told if t[0] == one[0]])
            self.assertEqual(len(told), len(wanted), set(told) - set(wanted))

    def test_keys_of_aws(self):
        secret, session = self.secret(made("aws-secret")), self.secret(made("aws-session-token"))
        rest = f"aws_secret_access_key = {secret}\naws_session_token = {session}\n"
        text = (f"[a]\naws_access_key_id = {key_id('AKIA')}\naws_secret_access_key = {secret}\n"
                f"[b]\naws_access_key_id = {key_id('ASIA')}\n{rest}expiration = {iso(NOW + H)}\n"
                f"[c]\naws_access_key_id = {key_id('ASIA')}\n{rest}expiration = {iso(NOW - H)}\n"
                f"[d]\naws_access_key_id = {key_id('ASIA')}\n{rest}")
        self.write(self.home, ".aws/credentials", text)
        self.assertEqual(self.told(code=1), [("~/.aws/credentials", line, 21, f"{name}.aws_access_key_id", kind, verdict) for line, name, kind, verdict in (
            (2, "a", "aws-access-key", "too long"), (5, "b", "aws-session-key", "ok"), (10, "c", "aws-session-key", "expired"),
            (15, "d", "aws-session-key", "unknown"))])

    def test_what_a_login_to_ecr_leaves(self):
        password = samples.b64(json.dumps({"payload": some(400), "datakey": some(160), "version": "2", "type": "DATA_KEY", "expiration": NOW + 11 * H}).encode())
        self.write(self.home, ".docker/config.json", json.dumps({"auths": {"1.dkr.ecr.eu-west-1.amazonaws.com": {"auth": samples.b64(
            ("AWS:" + self.secret(password)).encode())}}}))
        self.assertEqual([t[3:] for t in self.told(env=STOCK_GITHUB, code=0)], [("1.dkr.ecr.eu-west-1.amazonaws.com.auth", "aws-ecr-password", "ok")])

    def test_what_checkout_leaves(self):
        for prefix, kind, verdict in (("ghp_", "github-pat-classic", "too long"), ("ghs_", "github-app-installation", "ok")):
            value = samples.b64(("x-access-token:" + self.secret(github(prefix))).encode())
            self.write(self.home, ".gitconfig", f'[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic {value}\n')
            self.assertEqual([t[:2] + t[3:] for t in self.told(env=STOCK_GITHUB)],
                             [("~/.gitconfig", 2, "http.https://github.com/.extraheader", kind, verdict)])

    def test_files_that_hold_one_kind(self):
        pem = samples.b64(certificate(NOW - 60, NOW + H, key_beside=True).encode())
        for path, text, wanted in (
                (".git-credentials", f"https://me:{github('ghp_')}@github.com\n", [(1, 1, "github-pat-classic", "too long")]),
                (".config/gcloud/application_default_credentials.json", made("gcp-service-account"), [(1, None, "gcp-service-account", "too long")]),
                (".config/gcloud/application_default_credentials.json", json.dumps({"type": "external_account", "audience": "//x"}),
                 [(1, None, "gcp-external-account", "ok")]),
                (".ssh/id_ed25519", made("openssh-private") + "\n", [(1, 1, "ssh-private-key", "too long")]),
                (".config/sops/age/keys.txt", "# mine\n" + made("age-secret") + "\n", [(2, 1, "age-key", "too long")]),
                (".kube/config", f"users:\n- name: a\n  user:\n    client-certificate-data: {pem}\n    client-key-data: {pem}\n",
                 [(5, 22, "x509-leaf", "ok")])):
            with self.subTest(path=path):
                target = self.write(self.home, path, "")
                target.write_text(text)
                told = self.told(env=STOCK_GITHUB)
                target.unlink()
                self.assertEqual([(t[1], t[2] if wanted[0][1] else None, *t[4:]) for t in told], wanted)

    def test_names_that_promise_and_hold_nothing(self):
        names = ("DEPLOY_TOKEN", "DB_PASSWORD", "API_KEY", "CLIENT_SECRET", "SSH_PRIVATE_KEY", "AWS_SECRET_ACCESS_KEY")
        done = self.json("--only", "job", env=STOCK_GITHUB | dict.fromkeys(names, ""), code=0)
        self.assertEqual({(i["name"], i["life"]["verdict"]) for i in done.items}, {(n, "unknown") for n in names})


class Stock(CheckCase):
    """What a runner sets by itself is no finding."""

    def quiet(self, env, *, capped):
        done = self.json("--only", "job", env=env, code=0)
        self.assertEqual([i for i in done.items if i["state"] not in ("ok", "job-bound")], [])
        self.assertTrue(done.items)
        done = self.json("--only", "job", "--max-job", "10m", env=env, code=1)
        self.assertEqual({i["name"] for i in done.failing()}, capped)

    def test_github(self):
        runtime = token(JOB_CLAIMS["github-runtime-token"] | {"iat": NOW - 60, "exp": NOW + 6 * H})
        self.quiet(STOCK_GITHUB | {"GITHUB_TOKEN": self.secret(github("ghs_")), "ACTIONS_RUNTIME_TOKEN": self.secret(runtime),
                                   "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.secret(runtime), "ACTIONS_RUNTIME_URL": "https://pipelines.acme.invalid/x/",
                                   "INPUT_TOKEN": "", "ACTIONS_CACHE_URL": "https://cache.acme.invalid/"},
                   capped={"GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"})

    def test_gitlab(self):
        identity = token(JOB_CLAIMS["gitlab-id-token"] | {"iat": NOW - 60, "exp": NOW + H})
        job = self.secret("glcbt-" + token({"iat": NOW - 60, "exp": NOW + H}))
        self.quiet({"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/shop", "CI_SERVER_URL": "https://gitlab.acme.invalid", "CI_JOB_ID": "302",
                    "CI_JOB_TOKEN": job, "CI_BUILD_TOKEN": job, "CI_REGISTRY_PASSWORD": job, "CI_DEPENDENCY_PROXY_PASSWORD": job,
                    "CI_REGISTRY_USER": "gitlab-ci-token", "CI_RUNNER_SHORT_TOKEN": some(8), "VAULT_ID_TOKEN": self.secret(identity),
                    "CI_REPOSITORY_URL": f"https://gitlab-ci-token:{job}@gitlab.acme.invalid/acme/shop.git"},
                   capped={"CI_JOB_TOKEN", "CI_BUILD_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD", "CI_REPOSITORY_URL", "VAULT_ID_TOKEN"})


# -- CI definitions -------------------------------------------------------------------------------------

COMMIT = "08c6903cd8c0fde910a37f88322edcfb5dd907a8"
STEPS = "on: push\npermissions: { contents: read }\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"


def step(action, name):
    return f"{STEPS}      - uses: {action}@{COMMIT}\n        with:\n          {name}: ${{{{ secrets.S }}}}\n"


def variable(name):
    return f"{STEPS}      - run: ./deploy\n        env:\n          {name}: ${{{{ secrets.S }}}}\n"


GITHUB = ".github/workflows/a.yml"
# file, text, rule, what stands at the place, a part of the YAML that replaces it (None: a place that has no such step)
DEFINITIONS = (
    (GITHUB, step("aws-actions/configure-aws-credentials", "aws-access-key-id"), "aws-access-key", "aws-access-key-id", "role-to-assume"),
    (GITHUB, step("google-github-actions/auth", "credentials_json"), "gcp-service-account", "credentials_json", "workload_identity_provider"),
    (GITHUB, step("azure/login", "creds"), "azure-client-secret", "creds", "client-id"),
    (GITHUB, step("docker/login-action", "password"), "registry-password", "password", "REGISTRY_TOKEN=vault://"),
    (GITHUB, step("actions/checkout", "token"), "github-pat", "token", "token: ${{ github.token }}"),
    (GITHUB, variable("NODE_AUTH_TOKEN"), "npm-token", "NODE_AUTH_TOKEN", "id-token: write"),
    (GITHUB, variable("VAULT_TOKEN"), "vault-service-token", "VAULT_TOKEN", "vault-export-token: true"),
    (GITHUB, variable("KUBECONFIG"), "kubeconfig", "KUBECONFIG", "ACTIONS_ID_TOKEN_REQUEST_URL"),
    (GITHUB, variable("TF_TOKEN_app_terraform_io"), "terraform-cloud", "TF_TOKEN_app_terraform_io", "TF_TOKEN_app_terraform_io=vault://terraform/creds"),
    (GITHUB, STEPS + "      - run: ./deploy\n        env:\n          ALL: ${{ toJSON(secrets) }}\n", "secrets-all", "ALL", "NAME: ${{ secrets.NAME }}"),
    (GITHUB, "on: push\njobs:\n  one:\n    runs-on: x\n    steps:\n      - run: git push\n", "permissions-missing", "one:", "contents: write"),
    (GITHUB, "on: push\npermissions: write-all\njobs: { one: { runs-on: x } }\n", "permissions-wide", "permissions", "contents: read"),
    (GITHUB, "on: push\npermissions: {}\njobs:\n  one:\n    uses: a/b/.github/workflows/b.yml@main\n    secrets: inherit\n", "secrets-inherit", "secrets", "NAME: ${{ secrets.NAME }}"),
    (GITHUB, STEPS.replace("contents: read", "contents: write") + "      - uses: actions/checkout@v4\n", "checkout-persisted", "actions/checkout",
     "persist-credentials: false"),
    (GITHUB, STEPS + "      - uses: acme/deploy@v2\n        with: { key: \"${{ secrets.A }}\" }\n", "unpinned-secret-action", "acme/deploy", "acme/deploy@COMMIT"),
    (GITHUB, "on: push\npermissions: { contents: read }\njobs:\n  one:\n    runs-on: x\n    permissions:\n      id-token: write\n    steps:\n"
     "      - run: echo hello\n", "id-token-unused", "id-token", "permissions:"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $AWS_SECRET_ACCESS_KEY\n", "aws-access-key", "$AWS", "id_tokens"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $GCP_SA_KEY\n", "gcp-service-account", "$GCP", "id_tokens"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $ARM_CLIENT_SECRET\n", "azure-client-secret", "$ARM", "id_tokens"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $VAULT_TOKEN\n", "vault-service-token", "$VAULT", "id_tokens"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $KUBE_CONFIG\n", "kubeconfig", "$KUBE", "id_tokens"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $NPM_TOKEN\n", "npm-token", "$NPM", "id_tokens"),
    (".gitlab-ci.yml", "a:\n  script:\n    - x $TF_TOKEN_app\n", "terraform-cloud", "$TF", "id_tokens"),
    (".circleci/config.yml", "jobs:\n  d:\n    steps:\n      - run: y $AWS_SECRET_ACCESS_KEY\n", "aws-access-key", "$AWS", "role_arn"),
    ("azure-pipelines.yml", "steps:\n- script: terraform apply\n  env:\n    ARM_CLIENT_SECRET: $(ARM_CLIENT_SECRET)\n", "azure-client-secret", "$(ARM", ""),
    ("bitbucket-pipelines.yml", "pipelines:\n  default:\n    - step:\n        script:\n          - y ${AWS_SECRET_ACCESS_KEY}\n", "aws-access-key", "${AWS",
     "oidc: true"),
    ("Jenkinsfile", "environment {\n  AWS_SECRET_ACCESS_KEY = credentials('k')\n}\n", "aws-access-key", "AWS_SECRET", None),
)


class Definitions(CheckCase):
    def look(self, path, text):
        target = self.write(self.repo, path, "")
        target.write_text(text)
        try:
            return self.json("--only", "ci").items
        finally:
            target.unlink()

    def test_each_is_found_at_its_place(self):
        import yaml
        for path, text, rule, seen, form in DEFINITIONS:
            with self.subTest(path=path, rule=rule, seen=seen):
                found = [i for i in self.look(path, text) if i["rule"] == rule]
                self.assertEqual(len(found), 1, found)
                at = [(n, line.index(seen) + 1) for n, line in enumerate(text.splitlines(), 1) if seen in line]
                self.assertIn((found[0]["line"], found[0]["column"]), at)
                if form is not None:
                    self.assertTrue(yaml.safe_load(found[0]["yaml"]))
                    self.assertIn(form, found[0]["yaml"])
                elif found[0]["yaml"] and path != "Jenkinsfile":
                    yaml.safe_load(found[0]["yaml"])
