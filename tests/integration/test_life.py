# SPDX-License-Identifier: Apache-2.0
"""How long what a run obtains lives: nothing of it reaches the job where that is too long."""
import datetime
import json
import time
import urllib.parse

from support.harness import Case, canary

from test_vault import Fake

DAY = 86400
ONE = "secrets:\n  VALUE: vault://secret/data/ci/life#v\n"


def certificate(days):
    """A server's certificate with its key, PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "life.example.com")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7) \
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=days)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode() + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


class Life(Case):
    def setUp(self):
        super().setUp()
        self.value = self.secret("ci/life", v=canary("life"))["v"]

    def role(self, **over):
        # what an earlier test set stays unless it is said
        self.bao.jwt_role("life", **({"token_period": 0, "token_no_default_policy": False} | over))
        return {"MAYFLY_VAULT_ROLE": "life"}

    def refused(self, job, *texts, command=("run",)):
        """Exit 1, nothing exported, the token gone."""
        step = self.fails(job.run(*command), 1, "MF-CHECK-01", "nothing was exported; the token: revoked", *texts)
        self.nothing_exported(step)
        self.no_token_left()
        return step

    def passes(self, job, command=("run",), **env):
        step = self.ok(job.run(*command, env=env))
        self.assertEqual(step.env.get("VALUE"), self.value)
        self.ok(job.post())
        return step


class Tokens(Life):
    LONG = {"token_ttl": "48h", "token_max_ttl": "96h"}

    def test_a_short_one_is_not_spoken_of(self):
        step = self.passes(self.github(ONE, **self.role(token_ttl="15m", token_max_ttl="1h")), ("export",))
        self.assertNotIn("service_token", step.text)
        self.assertNotIn("credential", step.text)

    def test_a_long_one_is_revoked(self):
        step = self.refused(self.github(ONE, **self.role(**self.LONG)), "error[vault-service-token]", "lives 2 d, where 4 h is the most",
                            "vault write auth/jwt/role/life token_ttl=15m token_max_ttl=1h")
        self.assertIn("::error", step.out.decode())

    def test_reports_have_it_too(self):
        job = self.github("lifetime: { reports: [ 'json=life.json' ] }\n" + ONE, **self.role(**self.LONG), SOME_PASSWORD="")
        self.refused(job, "error[vault-service-token]")
        report = json.loads((job.folder / "work" / "life.json").read_text())
        kinds = {(f["rule"], f["from"], f["state"]) for f in report["items"]}
        self.assertIn(("vault-service-token", "fetched", "fail"), kinds, report)
        self.assertIn(("named", "env", "warning"), kinds, report)

    def test_export_and_exchange_judge_too(self):
        env = self.role(**self.LONG)
        self.refused(self.github(ONE, **env), command=("export",))
        self.refused(self.github(**env), command=("exchange", "vault"))
        job = self.github(**env)
        self.refused(job, command=("exchange", "vault", "--output", str(job.folder / "temp" / "token")))
        self.assertFalse((job.folder / "temp" / "token").exists())

    def test_without_the_check_it_passes(self):
        env = self.role(**self.LONG)
        self.passes(self.github(ONE, **env), ("run", "--no-check"))
        self.passes(self.github(ONE, **env), ("export", "--no-check"))
        self.passes(self.github("lifetime: { enabled: false }\n" + ONE, **env))

    def test_the_maximum_is_the_files(self):
        self.passes(self.github("lifetime: { max: { service_token: 72h } }\n" + ONE, **self.role(**self.LONG)))
        self.refused(self.github("lifetime: { max: { service_token: 5m } }\n" + ONE, **self.role(token_ttl="30m", token_max_ttl="1h")))

    def test_a_drop_in_only_warns(self):
        given = {"MAYFLY_INPUTS": "vault-action", "INPUT_URL": self.bao.addr, "INPUT_METHOD": "jwt", "INPUT_ROLE": "life",
                 "INPUT_JWTGITHUBAUDIENCE": self.site.AUDIENCE, "INPUT_SECRETS": "secret/data/ci/life v | VALUE"}
        self.role(**self.LONG)
        step = self.passes(self.github(**given))
        self.assertIn("service_token", step.text)
        self.refused(self.github(**given, MAYFLY_CHECK="true"), "error[vault-service-token]")

    def test_a_periodic_one_is_not_handed_on(self):
        env = self.role(token_ttl=0, token_max_ttl=0, token_period="30m")
        self.refused(self.github(**env), "renew it without end", "token_period=0", command=("exchange", "vault"))
        self.refused(self.github("vault: { export-token: true }\n" + ONE, **env), "renew it without end")
        # kept to ourselves it is renewed by nobody
        self.passes(self.github(ONE, **env))

    def test_one_that_may_not_look_itself_up_is_handed_on(self):
        self.bao.policy("revokes", 'path "auth/token/revoke-self" { capabilities = ["update"] }')
        env = self.role(token_policies=["revokes"], token_no_default_policy=True)
        step = self.ok(self.github(**env).run("exchange", "vault", check=False))
        self.assertNotIn("vault-service-token", step.text)


    def test_one_that_can_be_renewed_for_long(self):
        env = self.role(token_ttl="30m", token_explicit_max_ttl="12h", token_max_ttl="12h")
        self.addCleanup(self.role, token_explicit_max_ttl=0)
        self.refused(self.github(**env), "it ends after 30 min, and whoever has it can renew it up to 12 h", command=("exchange", "vault"))
        # kept to ourselves it is renewed by nobody
        self.passes(self.github(ONE, **env))
        self.role(token_ttl="30m", token_explicit_max_ttl="2h", token_max_ttl="2h")
        step = self.ok(self.github(**env).run("exchange", "vault", check=False))
        self.assertNotIn("vault-service-token", step.text)


class Reach(Life):
    """What the token may do besides: a warning with the policy that would do."""

    def run_with(self, policy, config=ONE, **over):
        self.bao.policy("reach", policy)
        job = self.github(config, **self.role(**({"token_policies": ["reach"]} | over)))
        step = self.ok(job.run("run"))
        self.ok(job.post())
        return step

    def test_no_more_than_is_read(self):
        for policy in ('path "secret/data/ci/life" { capabilities = ["read"] }', 'path "secret/data/ci/*" { capabilities = ["read", "list"] }'):
            self.assertNotIn("vault-role-wide", self.run_with(policy).text)

    def test_a_whole_mount(self):
        step = self.run_with('path "secret/*" { capabilities = ["read"] }')
        self.assertIn("vault-role-wide", step.text)
        self.assertIn("it may read all in 'secret/data/'", step.text)
        self.assertIn('path "secret/data/ci/life" { capabilities = ["read"] }', step.text)

    def test_everything(self):
        step = self.run_with('path "*" { capabilities = ["read", "list", "sudo"] }')
        self.assertIn("a policy has a wildcard at its top", step.text)
        self.assertIn("it has sudo on 'secret/data/ci/life'", step.text)

    def test_a_change_of_what_is_read(self):
        step = self.run_with('path "secret/data/ci/life" { capabilities = ["read", "update"] }')
        self.assertIn("it may change 'secret/data/ci/life', which was only read", step.text)

    def test_no_policy_of_its_own(self):
        before = self.bao.call("GET", "sys/policies/acl/default")["data"]["policy"]
        self.addCleanup(self.bao.policy, "default", before)
        self.bao.policy("default", before + '\npath "secret/data/ci/life" { capabilities = ["read"] }')
        step = self.run_with("# unused", token_policies=[])
        self.assertIn("it has no policy but 'default'", step.text)

    def test_the_file_can_make_it_fail_or_be_silent(self):
        policy = 'path "secret/*" { capabilities = ["read"] }'
        step = self.run_with(policy, "lifetime: { mode: { vault-role-wide: off } }\n" + ONE)
        self.assertNotIn("vault-role-wide", step.text)
        job = self.github("lifetime: { mode: { vault-role-wide: fail } }\n" + ONE, **self.role(token_policies=["reach"]))
        self.refused(job, "error[vault-role-wide]")

    def test_a_token_that_may_not_ask(self):
        step = self.run_with('path "secret/*" { capabilities = ["read"] }\npath "auth/token/revoke-self" { capabilities = ["update"] }',
                             token_no_default_policy=True)
        self.assertNotIn("vault-role-wide", step.text)


class Stored(Life):
    CERT = "secrets:\n  CERT: vault://secret/data/ci/cert#pem\n"

    def test_a_certificate_of_a_year(self):
        self.bao.kv("ci/cert", {"pem": certificate(365)})
        step = self.refused(self.github(self.CERT), "error[x509-leaf]", "vault://secret/data/ci/cert ('CERT')", "365 d")
        self.assertNotIn("BEGIN CERT", step.text)
        self.ok(self.github(self.CERT).run("run", "--no-check"))

    def test_a_certificate_of_a_month(self):
        self.bao.kv("ci/cert", {"pem": certificate(30)})
        step = self.ok(self.github(self.CERT).run("run"))
        self.assertNotIn("x509", step.text)

    def test_a_key_without_an_end_is_judged_by_its_age(self):
        key = "AKIA" + "Z2Q7WXN4JTVR6KMB"
        self.secret("ci/aws", id=key)
        config = "secrets:\n  AWS_ACCESS_KEY_ID: vault://secret/data/ci/aws#id\n"
        job = self.github(config)
        step = self.ok(job.run("run"))
        self.assertNotIn("api_key", step.text)
        self.ok(job.post())
        time.sleep(2)
        old = "lifetime: { max: { api_key: 1s }%s }\n" + config
        step = self.refused(self.github(old % ""), "error[aws-access-key]", "stored since", "vault://secret/data/ci/aws")
        self.assertNotIn(key, step.text)
        job = self.github(old % ", mode: { aws-access-key: warn }")
        step = self.ok(job.run("run"))
        self.assertIn("stored since", step.text)
        self.ok(job.post())


class Ages(Life):
    """A server of which only the answers matter: no real one lets a version be written in the past."""

    def server(self, created, **auth):
        def answer(method, path, body):
            whole = {"request_id": "r", "lease_id": "", "renewable": False, "lease_duration": 0, "data": None, "auth": None}
            if path.endswith("/login"):
                return 200, whole | {"auth": {"client_token": "s.AbCdEfGhIjKlMnOpQrStUvWx", "accessor": "a", "policies": ["ci"],
                                              "lease_duration": 600, "renewable": True, "token_type": "service"} | auth}
            if path.endswith("/revoke-self"):
                self.revoked += 1
                return 204, None
            return 200, whole | {"data": {"data": {"v": self.value, "w": canary("other")}, "metadata": {
                "version": 3, "created_time": created, "deletion_time": "", "destroyed": False}}}
        fake = Fake(answer)
        self.addCleanup(fake.close)
        self.revoked = 0
        self.hidden["vault token of the fake"] = "s.AbCdEfGhIjKlMnOpQrStUvWx"
        return {"MAYFLY_VAULT_URL": fake.addr}

    def run_at(self, created, config="", **auth):
        both = config + ONE + "  OTHER: vault://secret/data/ci/life#w\n"
        return self.github(both, **self.server(created, **auth)).run("run", check=False)

    def test_an_old_version_is_told_once(self):
        step = self.ok(self.run_at("2024-02-01T10:00:00.123Z"))
        self.assertEqual(step.text.count("stored since 2024-02-01"), 1, step.text)
        self.assertEqual(self.revoked, 0)

    def test_a_young_one_is_not(self):
        today = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=5)
        step = self.ok(self.run_at(today.strftime("%Y-%m-%dT%H:%M:%SZ")))
        self.assertNotIn("stored", step.text)

    def test_an_old_version_fails_where_the_file_says_so(self):
        step = self.run_at("2024-02-01T10:00:00Z", "lifetime: { mode: { stored-secret: fail } }\n")
        self.assertEqual(step.code, 1, step.text)
        self.assertIn("error[stored-secret]", step.text)
        self.assertIn("its version 3 was written", step.text)
        self.assertEqual(self.revoked, 1)

    def test_root(self):
        step = self.run_at("2026-11-01T00:00:00Z", policies=["root"])
        self.assertEqual(step.code, 1, step.text)
        self.assertIn("it has the policy 'root'", step.text)
        self.assertEqual(self.revoked, 1)

    def test_a_token_without_an_end(self):
        step = self.run_at("2026-11-01T00:00:00Z", lease_duration=0)
        self.assertEqual(step.code, 1, step.text)
        self.assertIn("has no end, where 4 h is the most", step.text)
        self.assertEqual(self.revoked, 1)


class Leases(Life):
    """OpenBao's RabbitMQ engine makes users at a management API, which is a fake here."""

    def setUp(self):
        super().setUp()
        self.users = {}

        def management(method, path, body):
            name = urllib.parse.unquote(path.split("/")[-1])
            if path.startswith("/api/users/") and method == "PUT":
                self.users[name] = json.loads(body)
            if path.startswith("/api/users/") and method == "DELETE":
                self.users.pop(name, None)
            return (200, []) if method == "GET" else (204, None)
        self.api = Fake(management)
        self.addCleanup(self.api.close)
        self.bao.call("POST", "sys/mounts/mq-life", {"type": "rabbitmq"}, ok=(200, 204, 400))
        self.bao.call("POST", "mq-life/config/connection", {"connection_uri": self.api.addr, "username": "admin", "password": "admin"})
        self.bao.call("POST", "mq-life/roles/app", {"vhosts": json.dumps({"/": {"configure": "", "write": "", "read": ".*"}})})
        self.bao.policy("mq-life", 'path "mq-life/creds/app" { capabilities = ["read"] }')

    def test_a_lease_of_two_days(self):
        config = "secrets:\n  MQ: { from: 'vault://mq-life/creds/app', prefix: MQ_ }\n"
        # a lease ends with its token, so the server cuts it to the token's life
        env = self.role(token_policies=["mq-life"], token_ttl="72h", token_max_ttl="72h")
        limits = "lifetime: { max: { service_token: 100h } }\n"
        self.bao.call("POST", "mq-life/config/lease", {"ttl": "48h", "max_ttl": "60h"})
        step = self.refused(self.github(limits + config, **env), "error[credential]", "vault://mq-life/creds/app", "lives 2 d, where 1 d is the most")
        end = time.monotonic() + 5
        while self.users and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.users, {}, "the dynamic user still exists")
        self.bao.call("POST", "mq-life/config/lease", {"ttl": "1h", "max_ttl": "2h"})
        job = self.github(limits + config, **env)
        step = self.ok(job.run("run"))
        self.assertNotIn("database", step.text)
        self.ok(job.post())
