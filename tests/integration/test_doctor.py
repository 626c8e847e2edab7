# SPDX-License-Identifier: Apache-2.0
"""mayfly doctor in jobs: the token's own claims, predictions, and Vault's role read from a real server."""
import json

from support import aws, azure_fake, certs, gcp_fake, servers
from support.harness import Case

SUB = "repo:octo-org/octo-repo:ref:refs/heads/main"


class Doctor(Case):
    def report(self, job, *args, code=0, **kw):
        step = job.run("doctor", *args, "--format", "json", **kw)
        self.assertEqual(step.code, code, self.shown(step))
        return json.loads(step.out), step

    def test_the_jobs_own_token(self):
        report, _ = self.report(self.github("{}\n"))
        self.assertEqual((report["identity"]["sub"], report["identity"]["iss"]), (SUB, self.issuer.github))
        self.assertEqual([f["of"] for f in report["subjects"] if f.get("is") == "this job's"], ["branch"])
        self.assertEqual(report["claims"]["repository"], "octo-org/octo-repo")

    def test_each_provider_has_its_audience(self):
        conf = "aws: { role: 'arn:aws:iam::123456789012:role/x', region: eu-west-1 }\n" \
               "gcp: { workload-identity-provider: projects/1/locations/global/workloadIdentityPools/ci/providers/x }\n" \
               "azure: { client-id: 00000000-0000-0000-0000-000000000001, tenant-id: t.example }\n"
        for name, audience in (("aws", "sts.amazonaws.com"), ("gcp", "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/x"),
                               ("azure", "api://AzureADTokenExchange"), ("vault", self.site.AUDIENCE)):
            report, _ = self.report(self.github(conf), name)
            self.assertEqual(report["identity"]["aud"], audience)
            self.assertIn(SUB if name != "gcp" else "octo-org/octo-repo", report["verdict"]["corrected"] if name != "vault" else SUB)

    def test_forms_of_the_subject(self):
        for claim, form in (({"sub": "repo:octo-org@65/octo-repo@74:ref:refs/heads/main", "repository_id": "74", "repository_owner_id": "65"}, "branch, with ids"),
                            ({"sub": "repo:octo-org/octo-repo:environment:prod", "environment": "prod"}, "environment"),
                            ({"sub": "repo:octo-org/octo-repo:pull_request"}, "pull request"), ({"sub": "repository_owner:octo-org"}, "custom")):
            self.issuer.shape(claim=claim)
            self.addCleanup(self.issuer.shape)
            report, _ = self.report(self.github("{}\n"))
            self.assertEqual([f["of"] for f in report["subjects"] if f.get("is")], [form])

    def test_predicted(self):
        off = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}
        report, _ = self.report(self.github("{}\n", **off), "aws")
        self.assertEqual((report["identity"]["from"], report["identity"]["sub"], report["identity"]["aud"]), ("predicted: no token", SUB, "sts.amazonaws.com"))
        self.assertIn("id-token: write", report["identity"]["missing"])
        report, _ = self.report(self.github("{}\n", GITHUB_SERVER_URL="https://ghes.example.com", **off))
        self.assertEqual(report["identity"]["iss"], "https://ghes.example.com/_services/token")
        self.assertFalse([f for f in report["subjects"] if "@" in f["sub"]])

    def test_gitlab(self):
        report, _ = self.report(self.gitlab("{}\n"))
        self.assertEqual([f["of"] for f in report["subjects"] if f.get("is")], ["branch"])

    def test_a_token_that_fails_is_no_prediction(self):
        self.fails(self.github("{}\n", ACTIONS_ID_TOKEN_REQUEST_TOKEN="wrong").run("doctor"), 4, "MF-CI-")

    def test_a_trust_on_the_command_line(self):
        role = json.dumps({"role_type": "jwt", "user_claim": "repository", "bound_audiences": [self.site.AUDIENCE], "bound_claims": {"repository": "Octo-org/octo-repo"}})
        report, step = self.report(self.github("{}\n"), "vault", "--trust-text", role, code=1)
        self.assertIn("MF-TRUST-02", step.text)
        self.assertEqual([(d["claim"], d["has"]) for d in report["differences"]], [("repository", "octo-org/octo-repo")])
        fixed = report["verdict"]["corrected"]
        report, _ = self.report(self.github("{}\n"), "vault", "--trust-text", fixed)
        self.assertEqual(report["verdict"]["admits"], "yes")

    def test_online(self):
        """The role as the server has it, with a token that may read it, and with one that may not."""
        self.bao.call("POST", "auth/jwt/role/doctor", {"role_type": "jwt", "user_claim": "repository", "bound_audiences": [self.site.AUDIENCE],
                                                       "bound_claims": {"repository": "octo-org/octo-repo", "ref": "refs/heads/dev"}, "token_policies": ["ci"]})
        self.addCleanup(self.bao.call, "DELETE", "auth/jwt/role/doctor")
        job = self.github("{}\n", MAYFLY_VAULT_ROLE="doctor", MAYFLY_VAULT_METHOD="token", VAULT_TOKEN=servers.ROOT_TOKEN)
        report, _ = self.report(job, "vault", "--online", code=1)
        self.assertEqual([(d["claim"], d["wants"], d["has"]) for d in report["differences"]], [("ref", "refs/heads/dev", "refs/heads/main")])
        job = self.github("{}\n")
        self.fails(job.run("doctor", "vault", "--online"), 4, "MF-VAULT-05", "capabilities")
        self.no_token_left()


class OnlineAws(Case):
    def setUp(self):
        super().setUp()
        self.aws = aws.shared(self.issuer)
        self.gate = self.aws.gate()
        self.addCleanup(self.gate.close)

    def run_it(self, role, code=0, *texts, **env):
        conf = f"aws: {{ role: '{role}', region: {aws.REGION} }}\n"
        base = {"MAYFLY_AWS_STS_URL": self.gate.addr, "MAYFLY_AWS_IAM_URL": self.gate.addr}
        step = self.github(conf, **(base | env)).run("doctor", "aws", "--online", "--format", "json")
        self.assertEqual(step.code, code, self.shown(step))
        for text in texts:
            self.assertIn(text, step.text)
        return json.loads(step.out) if step.out.strip() else None

    def test_a_role_that_may_look_at_itself(self):
        role = self.aws.ci_role(aws.allow("iam:GetRole"))
        self.assertEqual(self.run_it(role)["identity"]["sub"], SUB)
        sent = self.gate.forms("GetRole")
        self.assertEqual(sent, [{"Action": "GetRole", "Version": "2010-05-08", "RoleName": role.rpartition("/")[2]}])

    def test_a_role_that_may_not(self):
        role = self.aws.ci_role()
        self.run_it(role, 4, "MF-AWS-06", f'"Action": "iam:GetRole", "Resource": "{role}"', "--aws-source environment")

    def test_a_refused_login_and_keys_of_ones_own(self):
        role = self.aws.ci_role(sub="repo:octo-org/octo-repo:ref:refs/heads/dev")
        self.run_it(role, 4, "MF-AWS-02", "cannot look at the role", "--aws-source environment")
        keys = self.aws.stack.user_keys(self.aws.name("user"), aws.allow("iam:GetRole"))
        report = self.run_it(role, 1, "MF-TRUST-02", MAYFLY_AWS_SOURCE="environment", **keys)
        self.assertEqual((report["identity"]["aud"], [(d["claim"].rpartition(":")[2], d["wants"], d["has"]) for d in report["differences"]]),
                         ("sts.amazonaws.com", [("sub", "repo:octo-org/octo-repo:ref:refs/heads/dev", SUB)]))
        self.assertIn(SUB, report["verdict"]["corrected"])
        # the keys look, and take no role on
        self.assertEqual(self.gate.actions()[-1], "GetRole")
        self.assertNotIn("AssumeRole", self.gate.actions())

    def test_no_such_role_and_another_ones(self):
        keys = self.aws.stack.user_keys(self.aws.name("user"), aws.allow("iam:GetRole")) | {"MAYFLY_AWS_SOURCE": "environment"}
        self.run_it(f"arn:aws:iam::{aws.ACCOUNT}:role/none", 4, "MF-AWS-07", "there is no role", **keys)
        role = self.aws.ci_role()
        self.run_it(role.replace(aws.ACCOUNT, "999999999999"), 2, "MF-AWS-01", "another account's role", role, **keys)

    def test_hostile_answers(self):
        role = self.aws.ci_role()
        keys = self.aws.stack.user_keys(self.aws.name("user"), aws.allow("iam:GetRole")) | {"MAYFLY_AWS_SOURCE": "environment", "MAYFLY_TRIES": "1", "MAYFLY_TIMEOUT": "5s"}
        head = "<GetRoleResponse><GetRoleResult><Role>"
        for status, body, code, text in (
                (200, head, 4, "MF-XML-01"), (200, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 4, "MF-XML-01"), (200, "{}", 4, "MF-XML-01"),
                (200, "<GetRoleResponse/>", 4, "MF-AWS-03"), (200, f"{head}<Arn>{role}</Arn></Role></GetRoleResult></GetRoleResponse>", 4, "no 'AssumeRolePolicyDocument'"),
                (200, f"{head}<Arn>{role}</Arn><AssumeRolePolicyDocument>%7B%22a%2</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>", 4, "MF-JSON-01"),
                (503, "<html>", 5, "MF-AWS-04"), (403, "<html>", 4, "MF-AWS-03")):
            self.gate.on("/", lambda call: call.reply(status, body, {}, "text/xml"))
            self.run_it(role, code, text, **keys)


class OnlineGcp(Case):
    def setUp(self):
        super().setUp()
        self.ca = certs.Authority(self.folder, "google")
        self.fake = gcp_fake.Google(self.issuer, self.ca.issue("127.0.0.1"))
        self.addCleanup(self.fake.close)

    def run_it(self, code=0, *texts, provider=gcp_fake.PROVIDER, **env):
        conf = f"gcp: {{ workload-identity-provider: {provider} }}\n"
        base = {f"MAYFLY_GCP_{n}_URL": self.fake.addr for n in ("STS", "IAM", "POOLS")} | {"MAYFLY_CA_FILE": self.ca.cert, "MAYFLY_TRIES": "1", "MAYFLY_TIMEOUT": "5s"}
        step = self.github(conf, **(base | env)).run("doctor", "gcp", "--online", "--format", "json")
        self.assertEqual(step.code, code, self.shown(step))
        for text in texts:
            self.assertIn(text, step.text)
        for token in self.fake.tokens:
            self.assertNotIn(token, step.text)
        return json.loads(step.out) if step.out.strip() else None

    def test_the_login_looks(self):
        self.assertEqual(self.run_it()["identity"]["aud"], "https://iam.googleapis.com/" + gcp_fake.PROVIDER)
        self.fake.viewers = set()
        self.run_it(4, "MF-GCP-05", "workloadIdentityPoolViewer", "gcloud auth print-access-token")

    def test_a_refused_login_and_a_token_of_ones_own(self):
        self.fake.condition = lambda claims: False
        self.fake.provider_more = {"attributeCondition": "assertion.repository == 'octo-org/octo-repo' && assertion.ref == 'refs/heads/dev'"}
        self.run_it(4, "MF-GCP-02", "gcloud auth print-access-token")
        self.fake.viewers = {"person"}
        for name in ("GOOGLE_OAUTH_ACCESS_TOKEN", "MAYFLY_GCP_ACCESS_TOKEN"):
            before = len(self.fake.forms)
            report = self.run_it(1, "MF-TRUST-02", **{name: self.fake.give("person", [gcp_fake.PLATFORM])})
            self.assertEqual([(d["claim"], d["has"]) for d in report["differences"] if d["kind"] == "differs"], [("ref", "refs/heads/main")])
            self.assertIn("refs/heads/main", report["verdict"]["corrected"])
            self.assertEqual(len(self.fake.forms), before, "a login all the same")
        self.run_it(4, "MF-GCP-05", MAYFLY_GCP_ACCESS_TOKEN="made-up-token-of-nobody-77")

    def test_disabled(self):
        self.fake.provider_more |= {"disabled": True}
        self.assertIn("the provider is disabled", json.dumps(self.run_it(1, "MF-TRUST-02")))

    def test_hostile_answers(self):
        token = self.fake.give("subject", [gcp_fake.PLATFORM])
        for status, body, code, text in ((200, b"{", 4, "MF-JSON-01"), (200, b"<html>", 4, "MF-GCP-03"), (200, b"", 5, "MF-GCP-03"), (200, b"[]", 4, "MF-GCP-03"), (503, b"", 5, "MF-GCP-04"),
                                         (404, b"<html>", 4, "MF-GCP-03"), (404, b'{"error":{"code":404,"status":"NOT_FOUND","message":"none"}}', 4, "MF-GCP-06")):
            self.fake.replies = [(status, {}, body)]
            self.run_it(code, text, MAYFLY_GCP_ACCESS_TOKEN=token)


class OnlineAzure(Case):
    def setUp(self):
        super().setUp()
        self.ca = certs.Authority(self.folder, "azure")
        self.fake = azure_fake.Azure(self.issuer, self.ca.issue("127.0.0.1"))
        self.addCleanup(self.fake.close)

    def run_it(self, code=0, *texts, **env):
        conf = f"azure: {{ client-id: {azure_fake.CLIENT}, tenant-id: {azure_fake.TENANT} }}\n"
        base = {"MAYFLY_AZURE_AUTHORITY_HOST": self.fake.addr, "MAYFLY_AZURE_GRAPH_URL": self.fake.addr, "MAYFLY_CA_FILE": self.ca.cert, "MAYFLY_TRIES": "1", "MAYFLY_TIMEOUT": "5s"}
        step = self.github(conf, **(base | env)).run("doctor", "azure", "--online", "--format", "json")
        self.assertEqual(step.code, code, self.shown(step))
        for text in texts:
            self.assertIn(text, step.text)
        for token in self.fake.issued:
            self.assertNotIn(token, step.text)
        return json.loads(step.out) if step.out.strip() else None

    def test_the_login_looks(self):
        self.assertEqual(self.run_it()["identity"]["aud"], "api://AzureADTokenExchange")
        self.assertEqual(set(self.fake.issued.values()), {"https://graph.microsoft.com"}, "a token that is not needed")
        self.fake.readable = False
        self.run_it(4, "MF-AZURE-05", "Application.Read.All", "az account get-access-token")

    def test_a_refused_login_and_a_token_of_ones_own(self):
        self.fake.credential["sub"] = SUB.replace("octo-repo", "Octo-Repo")
        self.run_it(4, "MF-AZURE-02", "az account get-access-token")
        report = self.run_it(1, "MF-TRUST-02", MAYFLY_AZURE_GRAPH_TOKEN=self.fake.give("https://graph.microsoft.com"))
        self.assertEqual([(d["claim"], d["has"]) for d in report["differences"]], [("sub", SUB)])
        self.assertIn(SUB, report["verdict"]["corrected"])
        self.run_it(4, "MF-AZURE-05", MAYFLY_AZURE_GRAPH_TOKEN=self.fake.give("https://vault.azure.net"))

    def test_expressions_are_in_beta_alone(self):
        token = self.fake.give("https://graph.microsoft.com")
        self.fake.expression = "claims['sub'] matches 'repo:octo-org/octo-repo:*'"
        self.run_it(MAYFLY_AZURE_GRAPH_TOKEN=token)
        self.fake.expression = "claims['sub'] matches 'repo:octo-org/other:*'"
        self.run_it(1, "MF-TRUST-02", MAYFLY_AZURE_GRAPH_TOKEN=token)
        self.assertEqual([path.split("/")[1] for _, path in self.fake.seen], ["v1.0", "beta"] * 2)

    def test_hostile_answers(self):
        token = self.fake.give("https://graph.microsoft.com")
        for status, body, code, text in ((200, b"{", 4, "MF-JSON-01"), (200, b"<html>", 4, "MF-AZURE-03"), (200, b"", 5, "MF-AZURE-03"), (503, b"", 5, "MF-AZURE-04"),
                                         (404, b"<html>", 4, "MF-AZURE-03"), (404, b'{"error":{"code":"Request_ResourceNotFound","message":"none"}}', 4, "az identity federated-credential list")):
            self.fake.replies = [(status, {}, body)]
            self.run_it(code, text, MAYFLY_AZURE_GRAPH_TOKEN=token)
