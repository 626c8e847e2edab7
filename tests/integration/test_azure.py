# SPDX-License-Identifier: Apache-2.0
"""Azure's login and vaults against fakes of ours (tests/support/azure_fake.py), which azure-identity and azure-keyvault-secrets take for real."""
import base64
import json
import os
import pathlib
import time

from support import azure_fake, certs
from support.azure_fake import CLIENT, TENANT
from support.harness import Case, canary

CONF = f"azure:\n  tenant_id: {TENANT}\n  client-id: {CLIENT}\n"


class Azure(Case):
    def setUp(self):
        super().setUp()
        self.ca = certs.Authority(self.folder, "azure")
        self.fake = azure_fake.Azure(self.issuer, self.ca.issue("127.0.0.1"))
        self.addCleanup(self.fake.close)

    def job(self, config=CONF, **env):
        base = {"MAYFLY_AZURE_AUTHORITY_HOST": self.fake.addr, "MAYFLY_CA_FILE": self.ca.cert, "MAYFLY_AZURE_VAULT_URL": f"shop={self.fake.addr}",
                "MAYFLY_SCAN": "false", "MAYFLY_TIMEOUT": "5s"}
        return self.github(config, **(base | env))

    def check_hidden(self, job, step):
        # the identity token has two private files, and no other place
        for name in ("AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"):
            job.allowed += [(file, "identity token ") for file in job.folder.glob("temp/mayfly-files-*/" + name)]
        super().check_hidden(job, step)

    def no_token_shown(self, step):
        for token in self.fake.issued:
            self.assertNotIn(token, step.text)

    def logins(self):
        return sum(path.endswith("/token") for _, path in self.fake.seen)


class Logins(Azure):
    def test_handed_over(self):
        job = self.job(CONF + "  subscription-id: sub-1\n")
        step = self.ok(job.run("exchange", "azure"))
        self.no_token_shown(step)
        for name in ("AZURE", "ARM"):
            self.assertEqual((step.env[name + "_CLIENT_ID"], step.env[name + "_TENANT_ID"], step.env[name + "_SUBSCRIPTION_ID"]), (CLIENT, TENANT, "sub-1"))
        self.assertEqual(step.env["AZURE_AUTHORITY_HOST"], self.fake.addr + "/")
        self.assertEqual(step.env["ARM_USE_OIDC"], "true")
        for name in ("AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"):
            file = pathlib.Path(step.env[name])
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            self.assertNotIn(job.work, file.parents)
            claims = json.loads(azure_fake.unb64(file.read_text().split(".")[1]))
            self.assertEqual(claims["aud"], "api://AzureADTokenExchange")
        self.assertIn("cannot be revoked", self.ok(job.post()).text)
        self.assertFalse(pathlib.Path(step.env["AZURE_FEDERATED_TOKEN_FILE"]).exists())
        self.assertFalse(pathlib.Path(step.env["ARM_OIDC_TOKEN_FILE_PATH"]).exists())

    def test_sdk_logs_in_with_what_is_handed_over(self):
        from azure.identity import WorkloadIdentityCredential
        step = self.ok(self.job().run("run"))
        names = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE")
        saved = {n: os.environ.get(n) for n in names}
        os.environ.update({n: step.env[n] for n in names})
        try:
            with WorkloadIdentityCredential(disable_instance_discovery=True, connection_verify=self.ca.cert) as credential:
                got = credential.get_token("https://management.azure.com/.default").token
        finally:
            for n, v in saved.items():
                os.environ.pop(n) if v is None else os.environ.__setitem__(n, v)
        self.assertEqual(self.fake.issued[got], "https://management.azure.com")

    def test_sdk_reads_the_fake_vault(self):
        from azure.core.credentials import AccessToken
        from azure.keyvault.secrets import SecretClient
        value, fake = canary("vault"), self.fake

        class Ready:
            def get_token(self, *scopes, **kw):
                return AccessToken(fake.give(scopes[0][:-len("/.default")]), int(time.time()) + 600)
        self.fake.put("secrets", "DB-Password", {"value": value})
        client = SecretClient(self.fake.addr, Ready(), verify_challenge_resource=False, connection_verify=self.ca.cert)
        self.assertEqual(client.get_secret("DB-Password").value, value)

    def test_named_tokens_and_output(self):
        job = self.job(CONF + "  output-token: true\n  scopes: [management, GRAPH_TOKEN=graph]\n  export: false\n")
        step = self.ok(job.run("run"))
        self.no_token_shown(step)
        self.assertEqual(self.fake.issued[step.outputs["azure_token"]], "https://management.azure.com")
        self.assertEqual(self.fake.issued[step.env["GRAPH_TOKEN"]], "https://graph.microsoft.com")
        self.assertNotIn("AZURE_CLIENT_ID", step.env)

    def test_variables_of_others_ask_for_nothing(self):
        step = self.job("{}\n", AZURE_CLIENT_ID=CLIENT, AZURE_TENANT_ID=TENANT).run("run")
        self.fails(step, 2, "MF-CMD-03")
        self.assertEqual(self.fake.seen, [])

    def test_a_second_run_in_one_job(self):
        job = self.job()
        self.ok(job.run("run"))
        self.ok(job.run("run", env={"MAYFLY_OVERWRITE": "true"}))
        self.assertEqual(self.logins(), 2)

    def test_claims_that_differ(self):
        for change, number, word in (({"sub": "repo:octo-org/octo-repo:environment:prod"}, 700213, "sub"), ({"iss": self.issuer.gitlab}, 700211, "iss"),
                                     ({"aud": "api://other"}, 700212, "aud"), ({"sub": "repo:Octo-Org/octo-repo:ref:refs/heads/main"}, 7002138, "sub")):
            with self.subTest(number):
                before = self.logins()
                self.fake.credential |= change
                step = self.fails(self.job().run("run"), 4, "MF-AZURE-02", f"AADSTS{number}", f"the claim that differs is {word}",
                                  f"az ad app federated-credential create --id {CLIENT}",
                                  '"subject": "repo:octo-org/octo-repo:ref:refs/heads/main"')
                self.assertNotIn("Trace ID", step.text)
                self.assertEqual(self.logins(), before + 1, "a permanent error was tried again")
                self.nothing_exported(step)
                self.fake.credential = {"iss": self.issuer.github, "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "aud": "api://AzureADTokenExchange"}

    def test_tenant_and_application(self):
        self.fails(self.job(MAYFLY_AZURE_TENANT_ID="example.org").run("run"), 4, "MF-AZURE-02", "there is no tenant 'example.org'")
        self.fails(self.job(MAYFLY_AZURE_CLIENT_ID=TENANT).run("run"), 4, "MF-AZURE-02", "AADSTS700016", "not an object id")
        self.fails(self.job(MAYFLY_AZURE_SCOPE="https://nothing.example").run("run"), 4, "MF-AZURE-02", "AADSTS500011")
        self.fails(self.job(MAYFLY_AZURE_CLIENT_ID="deploy").run("run"), 2, "MF-AZURE-01", "MAYFLY_AZURE_CLIENT_ID")
        self.fails(self.job(MAYFLY_AZURE_TENANT_ID="common").run("run"), 2, "MF-AZURE-01")
        self.fails(self.job("azure:\n  tenant-id: example.org\n").run("run"), 2, "MF-AZURE-01", "azure.client-id")

    def test_clocks(self):
        self.fake.skew = 3600
        self.fails(self.job().run("run"), 4, "AADSTS700024", "the identity token has expired", "1 h behind the server's")
        self.fake.skew = -7200
        self.fails(self.job().run("run"), 4, "AADSTS700024", "not valid yet", "2 h ahead of the server's")

    def test_throttled_then_served(self):
        busy = (429, {"Retry-After": "1"}, b'{"error":"temporarily_unavailable","error_description":"AADSTS90055: throttled"}')
        self.fake.replies = [busy]
        began = time.monotonic()
        self.ok(self.job().run("run"))
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.fake.replies = [busy] * 9
        self.fails(self.job(MAYFLY_TRIES="2").run("run"), 5, "MF-AZURE-04", "AADSTS90055")

    def test_answers_of_something_else(self):
        token = b"x" * 40
        for reply, code, texts in (((200, {}, b""), 5, ("MF-AZURE-03", "empty")), ((200, {"Content-Type": "text/html"}, b"<html>"), 4, ("MF-AZURE-03",)),
                                   ((401, {"Content-Type": "text/html"}, b"<html>"), 4, ("MF-AZURE-03",)),
                                   ((200, {}, b'{"token_type":"Bearer","access_token":'), 4, ("MF-JSON-01",)), ((200, {}, b"[]"), 4, ("MF-AZURE-03",)),
                                   ((200, {}, b'{"token_type":"Bearer","expires_in":3599,"access_token":7}'), 4, ("MF-JSON-02",)),
                                   ((200, {}, b'{"token_type":"Bearer","access_token":"' + token + b'"}'), 4, ("MF-AZURE-03", "expires_in")),
                                   ((200, {}, b'{"token_type":"mac","expires_in":9,"access_token":"' + token + b'"}'), 4, ("MF-AZURE-03", "Bearer")),
                                   ((302, {"Location": "https://elsewhere.example/"}, b""), 4, ("MF-HTTP-13",)),
                                   ((407, {"Content-Type": "text/html"}, b"<html>proxy"), 4, ("MF-AZURE-03", "407")),
                                   ((500, {}, b"x" * (10 << 20)), 4, ("MF-HTTP-14",)),
                                   ((200, {"Content-Length": "4000"}, b'{"token_type"'), 5, ("MF-HTTP-",))):
            with self.subTest(reply[:2]):
                self.fake.replies = [reply] * 2
                self.nothing_exported(self.fails(self.job(MAYFLY_TRIES="1").run("run"), code, *texts))

    def test_no_identity(self):
        off = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}
        self.fails(self.job(**off).run("run"), 3, "MF-CI-01", "id-token: write")
        step = self.ok(self.job(MAYFLY_ON_NO_IDENTITY="skip", **off).run("run"))
        self.nothing_exported(step)
        self.assertEqual(self.fake.seen, [])

    def test_dry_run(self):
        step = self.ok(self.job().run("run", "--dry-run"))
        for text in ("api://AzureADTokenExchange", TENANT, CLIENT, "https://management.azure.com/.default", "federated credential"):
            self.assertIn(text, step.text)
        self.assertEqual(self.fake.seen, [])

    def test_token_to_a_file(self):
        job = self.job()
        out = job.folder / "token"
        self.ok(job.run("exchange", "azure", "--output", str(out)))
        self.assertEqual(self.fake.issued[out.read_text()], "https://management.azure.com")
        self.ok(job.post())
        self.assertFalse(out.exists())


class Managed(Azure):
    def setUp(self):
        super().setUp()
        self.plain = azure_fake.Azure(self.issuer)
        self.addCleanup(self.plain.close)
        self.off = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}

    def test_metadata_service(self):
        step = self.ok(self.job("azure:\n  managed-identity: true\n  output-token: true\n", MAYFLY_AZURE_IMDS_URL=self.plain.addr, **self.off).run("run"))
        self.assertEqual(step.env["ARM_USE_MSI"], "true")
        self.assertEqual(self.plain.issued[step.outputs["azure_token"]], "https://management.azure.com")
        self.assertNotIn("AZURE_FEDERATED_TOKEN_FILE", step.env)

    def test_app_service(self):
        env = {"IDENTITY_ENDPOINT": self.plain.addr + "/msi/token", "IDENTITY_HEADER": self.plain.identity_header} | self.off
        self.hidden["identity header"] = self.plain.identity_header
        conf = "azure:\n  managed-identity: true\n"
        self.ok(self.job(conf, MAYFLY_AZURE_CLIENT_ID=CLIENT, **env).run("run"))
        self.assertIn("client_id=" + CLIENT, self.plain.seen[0][1])
        self.fails(self.job(conf, MAYFLY_AZURE_CLIENT_ID=TENANT, **env).run("run"), 4, "MF-AZURE-02", "Identity not found")
        self.fails(self.job(conf, **(env | {"IDENTITY_ENDPOINT": "http://192.0.2.1/msi/token"})).run("run"), 2, "MF-AZURE-01", "not this machine")
        self.fails(self.job(conf, **(env | {"IDENTITY_HEADER": None})).run("run"), 2, "MF-AZURE-01", "IDENTITY_HEADER")


class Vaults(Azure):
    def read(self, ref, config=CONF, **env):
        return self.job(config + f"secrets:\n  VALUE: {ref}\n", **env).run("run")

    def test_kinds(self):
        value = canary("vault")
        self.hidden["secret db"] = value
        old = self.fake.put("secrets", "Db", {"value": canary("old")})
        self.fake.put("secrets", "Db", {"value": value}, exp=int(time.time()) + 600, nbf=1)
        self.fake.put("secrets", "doc", {"value": json.dumps({"user": "robot-user-1", "n": 1})})
        self.fake.put("certificates", "tls", {"cer": base64.b64encode(b"\x30\x82" + b"c" * 90).decode()})
        self.fake.put("keys", "sign", {"kty": "RSA", "n": "abc", "e": "AQAB"})
        step = self.ok(self.read("azure-kv://shop/secrets/db"))
        self.assertEqual(step.env["VALUE"], value)
        self.assertNotIn("AZURE_CLIENT_ID", step.env)
        self.assertEqual(self.ok(self.read("azure-kv://SHOP/db")).env["VALUE"], value)
        self.assertTrue(self.ok(self.read(f"azure-kv://shop/secrets/db?version={old}")).env["VALUE"].startswith("canary+old"))
        self.assertEqual(self.ok(self.read("azure-kv://shop/doc#user")).env["VALUE"], "robot-user-1")
        pem = self.ok(self.read("azure-kv://shop/certificates/tls")).env["VALUE"]
        self.assertRegex(pem, r"^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=]{64}\n[A-Za-z0-9+/=]+\n-----END CERTIFICATE-----$")
        self.assertEqual(json.loads(self.ok(self.read("azure-kv://shop/keys/sign")).env["VALUE"])["e"], "AQAB")

    def test_dates_and_states(self):
        now = int(time.time())
        self.fake.put("secrets", "late", {"value": canary("late")}, exp=now - 60)
        self.fake.put("secrets", "soon", {"value": canary("soon")}, nbf=now + 600)
        self.fake.put("secrets", "off", {"value": canary("off")}, enabled=False)
        self.fails(self.read("azure-kv://shop/late"), 4, "MF-AZURE-07", "has expired")
        self.fails(self.read("azure-kv://shop/soon"), 4, "MF-AZURE-07", "not valid yet")
        self.fails(self.read("azure-kv://shop/off"), 4, "MF-AZURE-05", "disabled")

    def test_refusals(self):
        self.fails(self.read("azure-kv://shop/forbidden"), 4, "MF-AZURE-05", "Key Vault Secrets User", f"--assignee {CLIENT}")
        self.fails(self.read("azure-kv://shop/nothing"), 4, "MF-AZURE-06", "was not found in this key vault")
        step = self.ok(self.job(CONF + "secrets:\n  VALUE: {from: azure-kv://shop/nothing, optional: true}\n").run("run"))
        self.nothing_exported(step)
        before = len(self.fake.issued)
        self.fails(self.read("azure-kv://shop.vault.example.com/x"), 2, "MF-AZURE-01", "it gets no token")
        self.fails(self.read("azure-kv://shop.vault.azure.cn/x"), 2, "MF-AZURE-01", "azure.cloud: china")
        self.assertEqual(len(self.fake.issued), before, "a token was asked for a vault that gets none")

    def test_throttled(self):
        value = canary("busy")
        self.fake.put("secrets", "busy", {"value": value})
        job = self.job(CONF + "secrets:\n  VALUE: azure-kv://shop/busy\n")
        plain, calls = self.fake.vault, []

        def vault(*args):
            calls.append(1)
            return plain(*args) if len(calls) > 1 else (429, {"Retry-After": "1"}, {"error": {"code": "Throttled", "message": "slow down"}})
        self.fake.vault = vault
        self.assertEqual(self.ok(job.run("run")).env["VALUE"], value)
        self.assertEqual(len(calls), 2)

    def test_another_item_than_was_asked_for(self):
        self.fake.put("secrets", "one", {"value": canary("one")})
        self.fake.items[("secrets", "two")] = self.fake.items[("secrets", "one")]
        self.fails(self.read("azure-kv://shop/two"), 4, "MF-AZURE-03", "something else")
