# SPDX-License-Identifier: Apache-2.0
"""Google Cloud's login and Secret Manager against fakes of ours (tests/support/gcp_fake.py), which google-auth takes for real; Secret Manager against drongo, too."""
import base64
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

from support import certs, gcp_fake, servers
from support.gcp_fake import ACCOUNT, PLATFORM, POOL, PROVIDER, ROBOT
from support.harness import Case, canary

CONF = f"gcp:\n  workload-identity-provider: {PROVIDER}\n"
AS_ACCOUNT = CONF + f"  service-account: {ACCOUNT}\n"
FILES = ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE")
NAMES = ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT")
CLIENT = """
import google.auth, google.auth.transport.requests
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(google.auth.transport.requests.Request())
print(project, credentials.token)
"""

READER = """
import sys, google.auth
from google.api_core.client_options import ClientOptions
from google.cloud import secretmanager
credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
client = secretmanager.SecretManagerServiceClient(credentials=credentials, transport="rest", client_options=ClientOptions(api_endpoint=sys.argv[1]))
print(client.access_secret_version(name=sys.argv[2]).payload.data.decode())
"""


class Google(Case):
    def setUp(self):
        super().setUp()
        self.ca = certs.Authority(self.folder, "google")
        self.fake = gcp_fake.Google(self.issuer, self.ca.issue("127.0.0.1"))
        self.addCleanup(self.fake.close)

    def addresses(self):
        names = ("STS", "IAM", "OAUTH", "SECRETMANAGER")
        return {f"MAYFLY_GCP_{n}_URL": self.fake.addr for n in names} | {"MAYFLY_CA_FILE": self.ca.cert, "MAYFLY_SCAN": "false", "MAYFLY_TIMEOUT": "5s"}

    def job(self, config=CONF, **env):
        return self.github(config, **(self.addresses() | env))

    def check_hidden(self, job, step):
        # where the file cannot name a program it has what identity tokens are got with, or one of them, and no other place has
        temps = list(job.folder.glob("**/mayfly-files-*/"))
        job.allowed += [(file, "request token") for temp in temps for name in FILES for file in temp.glob(name)]
        job.allowed += [(file, "identity token ") for temp in temps for file in temp.glob("GCP_IDENTITY_TOKEN")]
        super().check_hidden(job, step)
        for token in self.fake.tokens:
            self.assertNotIn(token, step.text, "an access token is shown")

    def file(self, step):
        files = [pathlib.Path(step.env[name]) for name in FILES]
        for file in files:
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(files[0].read_text(), files[1].read_text())
        self.assertEqual(len(files[0].read_text().splitlines()), 1)
        return json.loads(files[0].read_text())

    def python(self, job, script, *args, **env):
        """What it prints in a step of this job."""
        env = job.full_env(env) | {"REQUESTS_CA_BUNDLE": str(self.ca.cert), "PATH": os.environ["PATH"]}
        child = subprocess.run([sys.executable, "-c", script, *args], env=env, cwd=job.work, capture_output=True, text=True, timeout=60)
        self.assertEqual(child.returncode, 0, child.stderr[-3000:])
        return child.stdout.strip()

    def client(self, job, **env):
        """What google-auth makes of what the job has: its project, and who its token is of."""
        project, token = self.python(job, CLIENT, **env).split()
        return project, self.fake.tokens[token]


class Logins(Google):
    def test_direct(self):
        job = self.job(CONF + "  project-id: shop-9\n")
        step = self.ok(job.run("exchange", "gcp"))
        self.assertEqual({step.env[n] for n in NAMES}, {"shop-9"})
        file = self.file(step)
        self.assertEqual((file["type"], file["audience"], file["universe_domain"]), ("external_account", "//iam.googleapis.com/" + PROVIDER, "googleapis.com"))
        self.assertEqual(file["token_url"], self.fake.addr + "/v1/token")
        self.assertNotIn("service_account_impersonation_url", file)
        self.assertEqual(step.env["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"], "1")
        self.assertNotIn("GOOGLE_OAUTH_ACCESS_TOKEN", step.env)
        self.assertIn("cannot be revoked", self.ok(job.post()).text)
        for name in FILES:
            self.assertFalse(pathlib.Path(step.env[name]).exists())

    def test_client_library_refreshes_by_itself(self):
        job = self.job(AS_ACCOUNT)
        step = self.ok(job.run("run"))
        self.assertIn("gcp-token", self.file(step)["credential_source"]["executable"]["command"])
        before = len(self.issuer.issued())
        for _ in range(2):
            project, (who, scopes, _) = self.client(job)
            self.assertEqual((project, who, scopes), ("shop-1", ACCOUNT, [PLATFORM]))
        self.assertEqual(len(self.issuer.issued()), before + 2, "no fresh identity token was asked for")

    def test_client_library_without_an_account(self):
        job = self.job(CONF + "  project-id: shop-1\n")
        self.ok(job.run("run"))
        self.assertEqual(self.client(job)[1][0], "subject")

    def test_client_library_by_url(self):
        job = self.job(AS_ACCOUNT + "  credential-source: url\n")
        source = self.file(self.ok(job.run("run")))["credential_source"]
        self.assertEqual(source["format"], {"type": "json", "subject_token_field_name": "value"})
        self.assertEqual(self.client(job)[1][0], ACCOUNT)
        self.ok(job.post())

    def test_client_library_by_file(self):
        job = self.job(AS_ACCOUNT + "  credential-source: file\n")
        step = self.ok(job.run("run"))
        token = pathlib.Path(self.file(step)["credential_source"]["file"])
        self.assertEqual(token.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", step.env)
        self.assertNotIn("GCP_IDENTITY_TOKEN", step.env)
        self.assertEqual(self.client(job)[1][0], ACCOUNT)
        self.ok(job.post())
        self.assertFalse(token.exists())

    def test_lifetime_of_the_client_librarys_tokens(self):
        job = self.job(AS_ACCOUNT + "  lifetime: 20m\n")
        self.ok(job.run("run"))
        end = self.client(job)[1][2]
        self.assertAlmostEqual(end, time.time() + 1200, delta=30)

    def test_tokens_as_outputs(self):
        job = self.job(AS_ACCOUNT + "  output-token: true\n  export-token: true\n  lifetime: 10m\n  id-token-audience: https://run.example\n  id-token-email: true\n  request-reason: release 12\n")
        step = self.ok(job.run("run"))
        who, scopes, end = self.fake.tokens[step.outputs["gcp_access_token"]]
        self.assertEqual((who, scopes), (ACCOUNT, [PLATFORM]))
        self.assertAlmostEqual(end, time.time() + 600, delta=30)
        self.assertEqual({step.env["GOOGLE_OAUTH_ACCESS_TOKEN"], step.env["CLOUDSDK_AUTH_ACCESS_TOKEN"]}, {step.outputs["gcp_access_token"]})
        claims = json.loads(base64.urlsafe_b64decode(step.env["GCP_ID_TOKEN"].split(".")[1] + "=="))
        self.assertEqual(claims, {"aud": "https://run.example", "sub": ACCOUNT, "email": ACCOUNT})
        self.assertEqual(step.outputs["gcp_id_token"], step.env["GCP_ID_TOKEN"])
        self.assertEqual({reason for _, _, reason in self.fake.seen}, {"release 12"})

    def test_delegates_and_scopes(self):
        conf = CONF + f"  service-account: {ROBOT}\n  delegates: [{ACCOUNT}]\n  scopes: [https://www.googleapis.com/auth/devstorage.read_only]\n  output-token: true\n"
        step = self.ok(self.job(conf).run("run"))
        self.assertEqual(self.fake.tokens[step.outputs["gcp_access_token"]][:2], (ROBOT, ["https://www.googleapis.com/auth/devstorage.read_only"]))
        self.fake.users[ROBOT] = set()
        self.fails(self.job(conf).run("run"), 4, "MF-GCP-02", "each account in gcp.delegates needs roles/iam.serviceAccountTokenCreator")

    def test_a_person(self):
        conf = AS_ACCOUNT + "  subject: person@example.com\n  scopes: [https://www.googleapis.com/auth/calendar]\n  output-token: true\n"
        step = self.ok(self.job(conf).run("run"))
        self.assertEqual(self.fake.tokens[step.outputs["gcp_access_token"]][:2], ("person@example.com", ["https://www.googleapis.com/auth/calendar"]))
        self.fake.delegated = set()
        self.fails(self.job(conf).run("run"), 4, "MF-GCP-02", "Domain-wide delegation", ACCOUNT)

    def test_token_to_a_file(self):
        job = self.job(AS_ACCOUNT)
        out = job.folder / "token"
        step = self.ok(job.run("exchange", "gcp", "--output", str(out)))
        self.assertEqual(self.fake.tokens[out.read_text()][0], ACCOUNT)
        self.ok(job.post())
        self.assertFalse(out.exists())

    def test_variables_of_others_ask_for_nothing(self):
        self.fails(self.job("{}\n", GOOGLE_CLOUD_PROJECT="shop-1").run("run"), 2, "MF-CMD-03")
        self.assertEqual(self.fake.seen, [])

    def test_dry_run(self):
        step = self.ok(self.job(AS_ACCOUNT).run("run", "--dry-run"))
        for text in ("https://iam.googleapis.com/" + PROVIDER, ACCOUNT, "GOOGLE_APPLICATION_CREDENTIALS", "cannot be revoked"):
            self.assertIn(text, step.text)
        self.assertEqual(self.fake.seen, [])

    def test_no_identity(self):
        off = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}
        self.fails(self.job(**off).run("run"), 3, "MF-CI-01", "id-token: write")
        self.assertEqual(self.fake.seen, [])

    def test_gitlab(self):
        token = self.issuer.mint("gitlab", aud="https://iam.googleapis.com/" + PROVIDER)
        self.fake.trusted, self.fake.condition = self.issuer.gitlab, lambda claims: claims["project_path"] == "mygroup/myproject"
        job = self.gitlab(AS_ACCOUNT, MAYFLY_TOKEN_ENV="GCP_ID_TOKEN_JOB", GCP_ID_TOKEN_JOB=token, **self.addresses())
        job.stdout_is_sink = True
        step = self.ok(job.run("run", "--unmasked-ok"))
        exports = dict(line.removeprefix("export ").split("=", 1) for line in step.out.decode().splitlines() if line.startswith("export "))
        file = exports["GOOGLE_APPLICATION_CREDENTIALS"].strip("'")
        self.assertIn("file", json.loads(pathlib.Path(file).read_text())["credential_source"])
        self.assertEqual(self.client(job, GOOGLE_APPLICATION_CREDENTIALS=file, GOOGLE_CLOUD_PROJECT="shop-1")[1][0], ACCOUNT)


class Refusals(Google):
    def refused(self, *texts, conf=CONF, code=4, **env):
        before = len(self.fake.seen)
        step = self.fails(self.job(conf, **env).run("run"), code, *texts)
        self.nothing_exported(step)
        return step, len(self.fake.seen) - before

    def test_trust(self):
        sub = "sub=repo:octo-org/octo-repo:ref:refs/heads/main"
        pool = "--workload-identity-pool ci"
        for change, texts in (({"condition": lambda claims: False}, ("attribute condition", "assertion.repository == 'octo-org/octo-repo'", "update-oidc github")),
                              ({"trusted": self.issuer.gitlab}, ("the claim that differs is iss", f"--issuer-uri '{self.issuer.github}'")),
                              ({"audiences": ["https://other.example"]}, ("the claim that differs is aud", f"--allowed-audiences 'https://iam.googleapis.com/{PROVIDER}'"))):
            with self.subTest(texts[0]):
                saved = {k: getattr(self.fake, k) for k in change}
                for k, v in change.items():
                    setattr(self.fake, k, v)
                _, requests = self.refused("MF-GCP-02", sub, pool, *texts)
                self.assertEqual(requests, 1, "a permanent error was tried again")
                for k, v in saved.items():
                    setattr(self.fake, k, v)

    def test_provider(self):
        self.refused("MF-GCP-02", "no such pool or provider", "describe other", conf=CONF.replace("providers/github", "providers/other"), MAYFLY_GCP_AUDIENCE="https://iam.googleapis.com/" + PROVIDER)
        self.refused("MF-GCP-01", "projects describe shop-1", code=2, conf=CONF.replace("123456789012", "shop-1"))
        self.refused("MF-GCP-01", "no provider's name", code=2, conf="gcp:\n  workload-identity-provider: github\n")
        self.refused("MF-GCP-01", "service account", code=2, conf=CONF + "  subject: person@example.com\n")

    def test_long_subject(self):
        branch = "feature/" + "x" * 120
        self.issuer.shape(claim={"sub": f"repo:octo-org/octo-repo:ref:refs/heads/{branch}"})
        self.addCleanup(self.issuer.shape)
        self.fails(self.job().run("run"), 4, "MF-GCP-02", "127 bytes", "google.subject=assertion.repository")

    def test_account(self):
        self.fake.users[ACCOUNT] = set()
        self.refused("MF-GCP-02", f"add-iam-policy-binding {ACCOUNT}", "roles/iam.workloadIdentityUser",
                     f"principal://iam.googleapis.com/{POOL}/subject/repo:octo-org/octo-repo:ref:refs/heads/main", conf=AS_ACCOUNT)
        self.refused("MF-GCP-02", "there is no such service account", conf=CONF + "  service-account: nobody@shop-1.iam.gserviceaccount.com\n")
        self.fake.users[ACCOUNT] = {"subject"}
        self.refused("MF-GCP-02", "allowServiceAccountCredentialLifetimeExtension", conf=AS_ACCOUNT + "  lifetime: 2h\n")
        self.fake.longest = 43200
        self.ok(self.job(AS_ACCOUNT + "  lifetime: 2h\nlifetime:\n  enabled: false\n").run("run"))

    def test_api_is_off(self):
        body = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "IAM Service Account Credentials API has not been used in project 1 before or it is disabled.",
                          "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]}}
        plain = self.fake.account
        self.fake.account = lambda *a: (_ for _ in ()).throw(gcp_fake.Refused(403, "PERMISSION_DENIED", body["error"]["message"], "SERVICE_DISABLED"))
        self.refused("MF-GCP-02", "gcloud services enable iamcredentials.googleapis.com --project shop-1", conf=AS_ACCOUNT)
        self.fake.account = plain

    def test_clocks(self):
        self.fake.skew = 3600
        self.refused("MF-GCP-02", "too old", "1 h behind the server's")
        self.fake.skew = -3600
        self.refused("MF-GCP-02", "stale", "1 h ahead of the server's")

    def test_throttled_then_served(self):
        busy = (429, {"Retry-After": "1"}, b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded"}}')
        self.fake.replies = [busy]
        began = time.monotonic()
        self.ok(self.job().run("run"))
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.fake.replies = [busy] * 9
        self.fails(self.job(MAYFLY_TRIES="2").run("run"), 5, "MF-GCP-04", "Quota exceeded")

    def test_answers_of_something_else(self):
        token = b'"access_token":"' + b"x" * 40 + b'"'
        for reply, code, texts in (((200, {}, b""), 5, ("MF-GCP-03", "empty")), ((200, {"Content-Type": "text/html"}, b"<html>"), 4, ("MF-GCP-03",)),
                                   ((401, {"Content-Type": "text/html"}, b"<html>"), 4, ("MF-GCP-03",)), ((200, {}, b"[]"), 4, ("MF-GCP-03",)),
                                   ((200, {}, b'{"token_type":"Bearer",' + token), 4, ("MF-JSON-01",)),
                                   ((200, {}, b'{"token_type":"Bearer",' + token + b'}'), 4, ("MF-GCP-03", "how long it lives")),
                                   ((200, {}, b'{"token_type":"Bearer","expires_in":999999999,' + token + b'}'), 4, ("MF-GCP-03", "how long it lives")),
                                   ((200, {}, b'{"token_type":"mac","expires_in":9,' + token + b'}'), 4, ("MF-GCP-03", "Bearer")),
                                   ((200, {}, b'{"token_type":"Bearer","expires_in":9,"access_token":"a\\r\\nX: y"}'), 4, ("MF-GCP-03", "no token has")),
                                   ((302, {"Location": "https://elsewhere.example/"}, b""), 4, ("MF-HTTP-13",)),
                                   ((407, {"Content-Type": "text/html"}, b"<html>proxy"), 4, ("MF-GCP-03", "407")),
                                   ((500, {}, b"x" * (10 << 20)), 4, ("MF-HTTP-14",)),
                                   ((200, {"Content-Length": "4000"}, b'{"token_type"'), 5, ("MF-HTTP-",))):
            with self.subTest(reply[:2]):
                self.fake.replies = [reply] * 2
                self.nothing_exported(self.fails(self.job(MAYFLY_TRIES="1").run("run"), code, *texts))
                self.fake.replies = []


class TokenCommand(Google):
    def run_it(self, **env):
        job = self.job()
        job.stdout_is_sink = True
        return job.run("gcp-token", env=env)

    def test_only_for_its_caller(self):
        step = self.fails(self.run_it(), 2, "MF-CMD-08")
        self.assertEqual(step.out, b"")

    def test_answers(self):
        step = self.ok(self.run_it(GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE="//iam.googleapis.com/" + PROVIDER))
        answer = json.loads(step.out)
        self.assertEqual((answer["version"], answer["success"], answer["token_type"], step.err), (1, True, gcp_fake.JWT_TYPE, b""))
        self.assertAlmostEqual(answer["expiration_time"], time.time() + 300, delta=30)
        self.assertEqual(self.fake.seen, [])

    def test_refused(self):
        step = self.fails(self.run_it(GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE="x", ACTIONS_ID_TOKEN_REQUEST_TOKEN="wrong"), 4, "MF-CI-")
        self.assertEqual(step.out, b"")


class Machine(Google):
    def test_metadata_server(self):
        plain = gcp_fake.Google(self.issuer)
        self.addCleanup(plain.close)
        off = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}
        conf = "gcp:\n  machine-identity: true\n  output-token: true\n  project-id: shop-1\n"
        step = self.ok(self.job(conf, MAYFLY_GCP_METADATA_URL=plain.addr, **off).run("run"))
        self.assertEqual(plain.tokens[step.outputs["gcp_access_token"]][0], "machine")
        self.assertNotIn("GOOGLE_APPLICATION_CREDENTIALS", step.env)
        plain.flavor = "Other"
        self.fails(self.job(conf, MAYFLY_GCP_METADATA_URL=plain.addr, **off).run("run"), 4, "MF-GCP-03")
        plain.replies = [(404, {"Metadata-Flavor": "Google", "Content-Type": "text/html"}, b"<html>")]
        self.fails(self.job(conf, MAYFLY_GCP_METADATA_URL=plain.addr, **off).run("run"), 4, "MF-GCP-02", "no service account is attached")
        self.fails(self.job(conf, MAYFLY_GCP_METADATA_URL="http://192.0.2.1", **off).run("run"), 2, "MF-GCP-01", "not this machine")


class Secrets(Google):
    def read(self, ref, config=AS_ACCOUNT, **env):
        return self.job(config + f"secrets:\n  VALUE: {ref}\n", **env).run("run")

    def store(self, name, data, **more):
        if isinstance(data, str):
            self.hidden[f"secret {name}"] = data
        return self.fake.put("shop-1", name, data.encode() if isinstance(data, str) else data, **more)

    def test_versions(self):
        old, new = canary("old"), canary("new")
        self.store("db", old)
        self.store("db", new)
        step = self.ok(self.read("gcp-sm://shop-1/db"))
        self.assertEqual(step.env["VALUE"], new)
        self.assertNotIn("GOOGLE_APPLICATION_CREDENTIALS", step.env)
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/db?version=1")).env["VALUE"], old)
        self.assertEqual(self.ok(self.read("gcp-sm://projects/shop-1/secrets/db?version=latest")).env["VALUE"], new)
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/db", config=CONF)).env["VALUE"], new)
        self.store("doc", json.dumps({"user": "robot-user-1"}))
        self.hidden.pop("secret doc")
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/doc#user")).env["VALUE"], "robot-user-1")

    def test_regions(self):
        value = canary("region")
        self.hidden["secret region"] = value
        self.fake.put("shop-1", "db", value.encode(), location="europe-west3")
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/db?region=europe-west3")).env["VALUE"], value)
        self.assertEqual(self.ok(self.read("gcp-sm://projects/shop-1/locations/europe-west3/secrets/db")).env["VALUE"], value)
        self.fails(self.read("gcp-sm://shop-1/db"), 4, "MF-GCP-06", "?region=")
        self.fails(self.read("gcp-sm://shop-1/db?region=europe-west3", MAYFLY_GCP_SECRETMANAGER_URL=None, HTTPS_PROXY="http://127.0.0.1:9", MAYFLY_TRIES="1"), 5,
                   "secretmanager.europe-west3.rep.googleapis.com")

    def test_client_library_reads_the_fake(self):
        value = canary("library")
        self.store("db", value)
        job = self.job(AS_ACCOUNT)
        self.ok(job.run("run"))
        self.assertEqual(self.python(job, READER, self.fake.addr, "projects/shop-1/secrets/db/versions/1"), value)

    def test_binary(self):
        data = bytes(range(256)) * 3
        self.store("blob", data)
        job = self.job(AS_ACCOUNT + "secrets:\n  BLOB: {from: gcp-sm://shop-1/blob, as: file}\n")
        self.assertEqual(pathlib.Path(self.ok(job.run("run")).env["BLOB"]).read_bytes(), data)
        self.fake.put("shop-1", "empty", b"", dataCrc32c=None, data=None)
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/empty")).env["VALUE"], "")

    def test_damaged(self):
        self.store("torn", canary("torn"), dataCrc32c="1")
        self.nothing_exported(self.fails(self.read("gcp-sm://shop-1/torn"), 5, "MF-GCP-08", "CRC-32C"))
        value = canary("number")
        self.store("number", value, dataCrc32c=gcp_fake.crc32c(value.encode()))
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/number")).env["VALUE"], value)
        self.store("none", value, dataCrc32c=None)
        self.assertEqual(self.ok(self.read("gcp-sm://shop-1/none")).env["VALUE"], value)

    def test_refusals(self):
        self.store("db", canary("db"))
        self.fails(self.read("gcp-sm://shop-1/nothing"), 4, "MF-GCP-06", "letter by letter")
        self.fails(self.read("gcp-sm://shop-1/db?version=7"), 4, "MF-GCP-06", "version 7")
        self.fails(self.read("gcp-sm://shop-1/db?stage=x"), 2, "MF-REF-01")
        step = self.ok(self.job(AS_ACCOUNT + "secrets:\n  VALUE: {from: gcp-sm://shop-1/nothing, optional: true}\n").run("run"))
        self.nothing_exported(step)
        self.store("off", canary("off"), state="DISABLED")
        self.fails(self.read("gcp-sm://shop-1/off"), 4, "MF-GCP-07", "versions enable")
        self.fake.readers = set()
        self.fails(self.read("gcp-sm://shop-1/db"), 4, "MF-GCP-05", "roles/secretmanager.secretAccessor", f"serviceAccount:{ACCOUNT}")

    def test_another_secret_than_was_asked_for(self):
        self.store("one", canary("one"))
        plain = self.fake.secret
        self.fake.secret = lambda path, headers: plain(path.replace("/two/", "/one/"), headers)
        self.fails(self.read("gcp-sm://shop-1/two"), 4, "MF-GCP-03", "something else")
        self.store("one", canary("two"))
        self.fake.secret = lambda path, headers: plain(path.replace("versions/1", "versions/2"), headers)
        self.fails(self.read("gcp-sm://shop-1/one?version=1"), 4, "MF-GCP-03", "another version")

    def test_throttled(self):
        value = canary("busy")
        self.store("busy", value)
        job = self.job(AS_ACCOUNT + "secrets:\n  VALUE: gcp-sm://shop-1/busy\n")
        plain, calls = self.fake.secret, []

        def secret(*args):
            calls.append(1)
            if len(calls) == 1:
                raise gcp_fake.Refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded")
            return plain(*args)
        self.fake.secret = secret
        self.assertEqual(self.ok(job.run("run")).env["VALUE"], value)
        self.assertEqual(len(calls), 2)


class Drongo(Google):
    """A Secret Manager that is not ours."""

    def setUp(self):
        super().setUp()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        program = pathlib.Path(sys.executable).with_name("drongo")
        self.server = subprocess.Popen([program, "server", "--host", "127.0.0.1", "--port", str(self.port)], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                self.assertLess(time.monotonic(), end, "drongo does not start")
                time.sleep(0.1)
        self.base = f"http://127.0.0.1:{self.port}"

    def call(self, path, body):
        status, raw = servers.request("POST", self.base + path, json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        self.assertEqual(status, 200, raw[:300])

    def test_versions(self):
        old, new = canary("old"), canary("new")
        self.hidden |= {"secret old": old, "secret new": new}
        self.call("/v1/projects/shop-1/secrets?secretId=db", {"replication": {"automatic": {}}})
        for value in (old, new):
            self.call("/v1/projects/shop-1/secrets/db:addVersion", {"payload": {"data": base64.b64encode(value.encode()).decode()}})
        conf = AS_ACCOUNT + "secrets:\n  NEW: gcp-sm://shop-1/db\n  OLD: gcp-sm://shop-1/db?version=1\n"
        step = self.ok(self.job(conf, MAYFLY_GCP_SECRETMANAGER_URL=self.base).run("run"))
        self.assertEqual((step.env["NEW"], step.env["OLD"]), (new, old))
        self.fails(self.job(AS_ACCOUNT + "secrets:\n  X: gcp-sm://shop-1/nothing\n", MAYFLY_GCP_SECRETMANAGER_URL=self.base).run("run"), 4, "MF-GCP-06")
