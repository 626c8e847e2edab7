# SPDX-License-Identifier: Apache-2.0
"""The drop-ins of AWS, Google Cloud and Azure: their models' inputs and outputs, by the models' own documentation. (vault-action's are in test_vault.py.)"""
import base64
import json
import os
import pathlib
import re

from support import aws, azure_fake, certs, front, gcp_fake
from support.aws import ACCOUNT, REGION, allow, trusted
from support.harness import Case, canary


def inputs(whose, **given):
    return {"MAYFLY_INPUTS": whose} | {"INPUT_" + name.replace("__", "-").upper(): value for name, value in given.items()}


class Aws(Case):
    def setUp(self):
        super().setUp()
        self.aws = aws.shared(self.issuer)
        self.gate, self.store = self.aws.gate(), front.Front(self.aws.stack.addr, keep_host=True)
        self.addCleanup(self.gate.close)
        self.addCleanup(self.store.close)

    def job(self, env=None, **given):
        return self.github(None, **(inputs("aws", **({"aws__region": REGION, "sts__endpoint": self.gate.addr} | given)) | {"MAYFLY_AWS_SECRETSMANAGER_URL": self.store.addr} | (env or {})))

    def check_hidden(self, job, step):
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            if name in step.env and name not in job.env:
                self.hidden[f"secret {name}"] = step.env[name]
        super().check_hidden(job, step)

    def form(self, action="AssumeRoleWithWebIdentity"):
        return self.gate.forms(action)[-1]

    def test_the_usual_one(self):
        job = self.job(role__to__assume=self.aws.ci_role())
        step = self.ok(job.run("run"))
        self.assertEqual((step.env["AWS_REGION"], step.env["AWS_DEFAULT_REGION"]), (REGION, REGION))
        self.assertTrue(step.env["AWS_ACCESS_KEY_ID"].startswith("ASIA"))
        self.assertEqual(self.form()["RoleSessionName"], "GitHubActions")
        self.assertEqual(step.outputs["aws-account-id"], ACCOUNT)
        self.assertRegex(step.outputs["authenticated-arn"], r":assumed-role/.*/GitHubActions$")
        self.assertRegex(step.outputs["aws-expiration"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertNotIn("aws-secret-access-key", step.outputs)
        self.ok(job.post())

    def test_narrowed(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]})
        step = self.ok(self.job(role__to__assume=self.aws.ci_role(), role__duration__seconds="900", role__session__name="deploy@1", inline__session__policy=policy,
                                managed__session__policies="arn:aws:iam::aws:policy/ReadOnlyAccess\narn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
                                output__credentials="true", output__env__credentials="false", audience="sts.amazonaws.com", allowed__account__ids=f"111111111111, {ACCOUNT}").run("run"))
        form = self.form()
        self.assertEqual((form["DurationSeconds"], form["RoleSessionName"], form["Policy"]), ("900", "deploy@1", policy))
        self.assertEqual([form[f"PolicyArns.member.{i}.arn"].rsplit("/", 1)[1] for i in (1, 2)], ["ReadOnlyAccess", "ViewOnlyAccess"])
        self.assertTrue(step.outputs["aws-access-key-id"].startswith("ASIA"))
        self.assertNotIn("AWS_ACCESS_KEY_ID", step.env)

    def test_keys_with_tags(self):
        name = self.aws.name("user")
        keys = self.aws.stack.user_keys(name, allow("sts:AssumeRole", "sts:TagSession"))
        self.hidden["secret user key"] = keys["AWS_SECRET_ACCESS_KEY"]
        role = self.aws.stack.role(self.aws.name(), trusted("*"))
        given = {"aws__access__key__id": keys["AWS_ACCESS_KEY_ID"], "aws__secret__access__key": keys["AWS_SECRET_ACCESS_KEY"]}
        self.ok(self.job(role__to__assume=role, custom__tags='{"team": "a b"}', transitive__tag__keys="team", **given).run("run"))
        form = self.form("AssumeRole")
        tags = {form[f"Tags.member.{i}.Key"]: form[f"Tags.member.{i}.Value"] for i in range(1, 30) if f"Tags.member.{i}.Key" in form}
        self.assertEqual((tags["GitHub"], tags["Repository"], tags["team"]), ("Actions", "octo-org/octo-repo", "a b"))
        self.assertIn("RunId", tags)
        self.assertEqual(form["TransitiveTagKeys.member.1"], "team")
        self.fails(self.job(role__to__assume=role, custom__tags='{"team": "x?y"}', **given).run("run"), 2, "MF-AWS-01", "custom-tags", "letters, digits, blanks")
        self.ok(self.job(role__to__assume=role, role__skip__session__tagging="true", **given).run("run"))
        self.assertNotIn("Tags.member.1.Key", self.form("AssumeRole"))
        step = self.ok(self.job(**given).run("run"))
        self.assertEqual(step.env["AWS_ACCESS_KEY_ID"], keys["AWS_ACCESS_KEY_ID"])

    def test_variables_in_the_place_of_inputs(self):
        self.ok(self.job({"ROLE_TO_ASSUME": self.aws.ci_role(), "ROLE_SESSION_NAME": "by-variable"}).run("run"))
        self.assertEqual(self.form()["RoleSessionName"], "by-variable")

    def test_profile_and_masked_account(self):
        job = self.job(role__to__assume=self.aws.ci_role(), aws__profile="deploy", mask__aws__account__id="true")
        step = job.run("run", check=False)
        self.assertEqual(step.code, 0, self.shown(step))
        self.assertIn(f"::add-mask::{ACCOUNT}".encode(), step.out)
        self.assertTrue(list(job.folder.glob("temp/mayfly-files-*/AWS_SHARED_CREDENTIALS_FILE")))

    def test_refused(self):
        for given, texts in (({"role__to__assume": "deploy"}, ("give the role's ARN",)), ({"force__skip__oidc": "true", "role__to__assume": "arn:aws:iam::1:role/x"}, ("without the job's identity",)),
                             ({"custom__tags": "[]", "role__to__assume": "arn:aws:iam::1:role/x", "aws__access__key__id": "AKIA" + "Q" * 16}, ("JSON object",)), ({"name__transformation": "camel", "secret__ids": "x"}, ("uppercase",)),
                             ({"role__duration__seconds": "1h", "role__to__assume": "arn:aws:iam::1:role/x"}, ("seconds",))):
            self.fails(self.job(**given).run("run"), 2, "MF-REF-04", *texts)
        self.assertEqual(self.gate.seen, [])
        step = self.fails(self.job(role__to__assume=self.aws.ci_role(sub="repo:other/one:ref:refs/heads/main")).run("run"), 4, "MF-AWS-02")
        self.assertEqual(len(self.gate.forms("AssumeRoleWithWebIdentity")), 1, "a permanent refusal was tried again")
        self.nothing_exported(step)

    def test_secrets(self):
        client, base = self.aws.stack.client("secretsmanager"), self.aws.name("app")
        plain, one, two = canary("plain"), canary("one"), canary("two")
        self.hidden |= {"secret plain": plain, "secret one": one, "secret two": two}
        client.create_secret(Name=f"{base}/plain", SecretString=plain)
        client.create_secret(Name=f"{base}/doc", SecretString=json.dumps({"login": one, "key_2": two}))
        role = self.aws.ci_role(allow("secretsmanager:*"))
        step = self.ok(self.job(role__to__assume=role, secret__ids=f"{base}/plain\nMINE, {base}/plain").run("run"))
        self.assertEqual(step.env[re.sub(r"\W", "_", f"{base}/plain").upper()], plain)
        self.assertEqual(step.env["MINE"], plain)
        step = self.ok(self.job(role__to__assume=role, secret__ids=f",{base}/plain", name__transformation="Uppercase").run("run"))
        self.assertEqual(step.env[re.sub(r"\W", "_", f"{base}/plain").upper()], plain)
        for change, name in (("lowercase", "mixed_case"), ("none", "Mixed_Case")):
            step = self.ok(self.job(role__to__assume=role, secret__ids=f"Mixed_Case,{base}/plain", name__transformation=change).run("run"))
            self.assertEqual(step.env[name], plain)
        step = self.ok(self.job(role__to__assume=role, secret__ids=f"DOC,{base}/doc\n,{base}/doc", parse__json__secrets="true", output__env__credentials="false").run("run"))
        self.assertEqual((step.env["DOC_LOGIN"], step.env["DOC_KEY_2"], step.env["LOGIN"]), (one, two, one))
        self.assertNotIn("AWS_ACCESS_KEY_ID", step.env)
        self.fails(self.job(role__to__assume=role, secret__ids=f"X,{base}/nothing").run("run"), 4, "MF-AWS-07")


class Google(Case):
    def setUp(self):
        super().setUp()
        self.fake = gcp_fake.Google(self.issuer)
        self.addCleanup(self.fake.close)

    def job(self, **given):
        urls = {f"MAYFLY_GCP_{n}_URL": self.fake.addr for n in ("STS", "IAM", "OAUTH", "SECRETMANAGER")}
        return self.github(None, **(inputs("gcp", **({"create_credentials_file": "true", "export_environment_variables": "true", "access_token_lifetime": "3600s"} | given)) | urls))

    def test_auth(self):
        job = self.job(workload_identity_provider=gcp_fake.PROVIDER, service_account=gcp_fake.ACCOUNT, token_format="access_token", access_token_scopes="https://a.example/x, https://a.example/y",
                       access_token_lifetime="600s")
        step = self.ok(job.run("run"))
        self.assertEqual(self.fake.tokens[step.outputs["access_token"]][:2], (gcp_fake.ACCOUNT, ["https://a.example/x", "https://a.example/y"]))
        self.assertEqual(self.fake.tokens[step.outputs["auth_token"]][0], "subject")
        self.assertEqual(step.outputs["project_id"], "shop-1")
        self.assertEqual(step.outputs["credentials_file_path"], step.env["GOOGLE_APPLICATION_CREDENTIALS"])
        self.assertTrue(pathlib.Path(step.env["GOOGLE_GHA_CREDS_PATH"]).is_file())
        self.assertNotIn(job.work, pathlib.Path(step.env["GOOGLE_GHA_CREDS_PATH"]).parents)
        for name in ("CLOUDSDK_CORE_PROJECT", "CLOUDSDK_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT", "GOOGLE_CLOUD_PROJECT"):
            self.assertEqual(step.env[name], "shop-1")
        self.ok(job.post())

    def test_id_token(self):
        step = self.ok(self.job(workload_identity_provider=gcp_fake.PROVIDER, service_account=gcp_fake.ACCOUNT, token_format="id_token", id_token_audience="https://run.example",
                                create_credentials_file="false").run("run"))
        self.assertIn("id_token", step.outputs)
        self.assertNotIn("GOOGLE_APPLICATION_CREDENTIALS", step.env)

    def test_a_key(self):
        key = json.dumps({"type": "service_account", "private_key": canary("key")})
        step = self.job(credentials_json=key).run("run", check=False)
        self.assertEqual(step.code, 0, self.shown(step))
        self.assertEqual(self.fake.seen, [])

    def test_secrets(self):
        old, new = canary("old"), canary("new")
        self.hidden |= {"secret old": old, "secret new": new}
        for value in (old, new):
            self.fake.put("shop-1", "db", value.encode())
        step = self.ok(self.job(workload_identity_provider=gcp_fake.PROVIDER, export_to_environment="true", create_credentials_file="false",
                                secrets="pass:shop-1/db\nold-one:shop-1/db/1, third:projects/shop-1/secrets/db/versions/latest").run("run"))
        self.assertEqual((step.outputs["pass"], step.outputs["old-one"], step.outputs["third"]), (new, old, new))
        self.assertEqual((step.env["pass"], step.env["old_one"]), (new, old))

    def test_secrets_of_a_region(self):
        """Every form that the model's reference takes."""
        old, new = canary("old"), canary("new")
        self.hidden |= {"secret old": old, "secret new": new}
        for value in (old, new):
            self.fake.put("shop-1", "db", value.encode(), "europe-west1")
        step = self.ok(self.job(workload_identity_provider=gcp_fake.PROVIDER, create_credentials_file="false",
                                secrets="a:shop-1/europe-west1/db/1\nb:projects/shop-1/locations/europe-west1/secrets/db\nc:projects/shop-1/locations/europe-west1/secrets/db/versions/1").run("run"))
        self.assertEqual([step.outputs[k] for k in "abc"], [old, new, old])
        for bad in ("x:shop-1", "x:projects/shop-1/keys/db/versions/1", "x:a/b/c/d/e", "x:projects/a/locations/b/secrets/c/versions/d/e"):
            self.fails(self.job(workload_identity_provider=gcp_fake.PROVIDER, secrets=bad).run("run"), 2, "MF-REF-04")

    def test_encoding_is_what_the_bytes_become(self):
        content = b"\x00\xff key " + os.urandom(24)
        self.fake.put("shop-1", "key", content)
        for encoding, text in (("base64", base64.b64encode(content).decode()), ("hex", content.hex())):
            self.hidden[f"secret {encoding}"] = text
            step = self.ok(self.job(workload_identity_provider=gcp_fake.PROVIDER, create_credentials_file="false", secrets="key:shop-1/key", encoding=encoding).run("run"))
            self.assertEqual(step.outputs["key"], text)

    def test_refused(self):
        for given, text in (({"token_format": "jwt"}, "access_token or id_token"), ({"workload_identity_provider": gcp_fake.PROVIDER, "credentials_json": "{}"}, "two logins"),
                            ({"workload_identity_provider": gcp_fake.PROVIDER, "token_format": "access_token"}, "service_account"),
                            ({"workload_identity_provider": gcp_fake.PROVIDER, "secrets": "nothing"}, "OUTPUT:PROJECT/SECRET")):
            self.fails(self.job(**given).run("run"), 2, "MF-REF-04", text)


class Azure(Case):
    AZ = """#!/bin/sh
echo "$@" >> "$AZ_LOG"
for a in "$@"; do case $a in @*) cut -c 1-3 "${a#@}" >> "$AZ_LOG"; stat -c %a "${a#@}" >> "$AZ_LOG";; esac; done
[ "$1" != login ] || exit ${AZ_EXIT:-0}
echo noise
"""

    def setUp(self):
        super().setUp()
        authority = certs.Authority(self.folder, "azure")
        self.fake = azure_fake.Azure(self.issuer, authority.issue("127.0.0.1"))
        self.addCleanup(self.fake.close)
        self.base = {"MAYFLY_AZURE_AUTHORITY_HOST": self.fake.addr, "MAYFLY_CA_FILE": authority.cert, "MAYFLY_AZURE_VAULT_URL": f"shop={self.fake.addr}"}
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.log = self.folder / "az.log"

    def az(self):
        (self.bin / "az").write_text(self.AZ)
        (self.bin / "az").chmod(0o755)

    def job(self, env=None, **given):
        return self.github(None, **(inputs("azure", **given) | self.base | {"PATH": f"{self.bin}:/usr/bin:/bin", "AZ_LOG": str(self.log)} | (env or {})))

    def check_hidden(self, job, step):
        for name in ("AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"):
            job.allowed += [(file, "identity token ") for file in job.folder.glob("temp/mayfly-files-*/" + name)]
        super().check_hidden(job, step)

    def login(self, **more):
        return {"client__id": azure_fake.CLIENT, "tenant__id": azure_fake.TENANT, "subscription__id": "sub-1"} | more

    def test_az_is_logged_in(self):
        self.az()
        step = self.ok(self.job(**self.login(environment="azurecloud")).run("run"))
        said = self.log.read_text().splitlines()
        self.assertRegex(said[0], rf"^login --output none --service-principal --username {azure_fake.CLIENT} --tenant {azure_fake.TENANT} --federated-token @/\S+/AZURE_FEDERATED_TOKEN_FILE$")
        self.assertEqual(said[1:3], ["eyJ", "600"])
        self.assertEqual(said[3], "account set --output none --subscription sub-1")
        self.assertNotIn("noise", step.text)
        self.assertEqual(step.env["AZURE_CLIENT_ID"], azure_fake.CLIENT)

    def test_az_is_not_there(self):
        self.fails(self.job(**self.login()).run("run"), 4, "MF-CMD-09", "there is no az")
        self.az()
        self.fails(self.job({"AZ_EXIT": "3"}, **self.login()).run("run"), 4, "MF-CMD-09", "exit code 3")

    def test_a_client_secret(self):
        self.az()
        secret = canary("client")
        self.hidden["client secret"] = secret
        plain = self.fake.token
        self.fake.token = lambda tenant, headers, body: {"token_type": "Bearer", "expires_in": 3599, "access_token": self.fake.give("https://management.azure.com")}
        creds = json.dumps({"clientId": azure_fake.CLIENT, "clientSecret": secret, "tenantId": azure_fake.TENANT, "subscriptionId": "sub-9"})
        job = self.job(creds=creds, allow__no__subscriptions="true")
        step = job.run("run")
        self.ok(step)
        said = self.log.read_text()
        self.assertIn("--password @", said)
        self.assertIn("--allow-no-subscriptions", said)
        self.assertNotIn(secret, said)
        self.assertEqual(list(job.folder.glob("temp/mayfly-az-*")), [])
        self.fake.token = plain

    def test_vault(self):
        self.az()
        value = canary("vault")
        self.hidden["secret vault"] = value
        self.fake.put("secrets", "db-password", {"value": value})
        step = self.ok(self.job(keyvault="shop", secrets="db-password", **self.login()).run("run"))
        self.assertEqual((step.outputs["db-password"], step.env["db_password"]), (value, value))

    def test_refused(self):
        for given, text in (({"environment": "azurestack"}, "AzureCloud"), ({"auth__type": "X"}, "SERVICE_PRINCIPAL"), ({"creds": "[]"}, "JSON object"), ({"secrets": "a"}, "which vault"),
                            ({"keyvault": "shop", "secrets": "*"}, "not read")):
            self.fails(self.job(**self.login(**given)).run("run"), 2, "MF-REF-04", text)
