# SPDX-License-Identifier: Apache-2.0
"""mayfly doctor in jobs: the token's own claims, predictions, and Vault's role read from a real server."""
import json

from support import servers
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
