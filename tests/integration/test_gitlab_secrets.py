# SPDX-License-Identifier: Apache-2.0
"""GitLab's own `secrets:` of a job, served by mayfly against a real OpenBao."""
import json
import subprocess

from support import aws, azure_fake, certs, front, gcp_fake
from support.harness import Case, canary

BLOCK = """
.base:
  secrets:
    CERTIFICATE:
      vault:
        engine: { name: kv-v2, path: secret }
        path: ci/$AREA
        field: cert
deploy:
  extends: .base
  secrets:
    PASSWORD:
      vault: ci/gitlab/password@secret
      token: $VAULT_ID_TOKEN
      file: false
"""


class GitLabSecrets(Case):
    def setUp(self):
        super().setUp()
        self.values = self.secret("ci/gitlab", password=canary("password"), cert=canary("cert") + "\nsecond line")

    def job(self, block=BLOCK, **env):
        job = self.gitlab(**({"AREA": "gitlab", "MAYFLY_GITLAB_SECRETS": "true"} | env))
        (job.work / ".gitlab-ci.yml").write_text(block)
        return job

    def evaluated(self, step):
        """What a shell makes of the printed text: the variable, and the file behind the other."""
        script = step.out.decode() + '\nprintf "%s|" "$PASSWORD"; cat "$CERTIFICATE"; printf "|%s" "$(stat -c %a "$CERTIFICATE")"'
        return subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=10).stdout

    def test_block_of_the_job(self):
        job = self.job()
        step = self.ok(job.run("export", "--unmasked-ok", check=False))    # the file holds the secret
        self.assertEqual(self.evaluated(step), f"{self.values['password']}|{self.values['cert']}|600")
        self.ok(job.run("revoke"))
        self.no_token_left("auth/gitlab/login")

    def test_what_the_runner_has_served_is_left_alone(self):
        step = self.ok(self.job(PASSWORD="from the runner").run("export", "--unmasked-ok", check=False))
        self.assertNotIn(b"PASSWORD", step.out)
        self.assertIn("'PASSWORD' is there already", step.text)

    def test_another_token_than_the_first(self):
        """Of two tokens the block's is taken, whatever the provider's audience is."""
        other = self.issuer.mint("gitlab", aud="https://other.example.com")
        self.hidden["other token"] = other
        job = self.job(OTHER_ID_TOKEN=other)
        self.ok(job.run("export", "--unmasked-ok", check=False))
        self.ok(job.run("revoke"))
        job = self.job(BLOCK.replace("$VAULT_ID_TOKEN", "$OTHER_ID_TOKEN"), OTHER_ID_TOKEN=other)
        self.fails(job.run("export", "--unmasked-ok"), 4, "audience")

    def test_missing(self):
        self.fails(self.job(BLOCK.replace("gitlab/password", "gitlab/pasword")).run("export", "--unmasked-ok"), 4, "pasword", "did you mean 'password'?")
        self.fails(self.job(BLOCK.replace("$VAULT_ID_TOKEN", "$NO_TOKEN")).run("export", "--unmasked-ok"), 2, "MF-CONF-05", ".gitlab-ci.yml:13:7", "NO_TOKEN")
        self.fails(self.job("deploy: [").run("export", "--unmasked-ok"), 2, "MF-YAML-01", ".gitlab-ci.yml:2:1")
        self.fails(self.job(BLOCK, CI_CONFIG_PATH="ci.yml@group/project").run("export", "--unmasked-ok"), 2, "MF-CMD-07", "not in this repository")

    def test_hostile_definitions(self):
        for block, said in (("include: { local: ../../secret.yml }\n", "out of the repository"),
                            ("deploy: { extends: deploy }\n", "circle"),
                            ("deploy: { secrets: !reference [deploy, secrets] }\n", "circle"),
                            ("deploy: { secrets: [a, b, c] }\n", "something else"),
                            ("deploy: { secrets: { PASSWORD: text } }\n", "is no map"),
                            ("deploy: { secrets: { PASSWORD: { vault: a/../b@c } } }\n", "segment"),
                            ("deploy: { secrets: { PASSWORD: { vault: a/b, vaults: c, file: perhaps } } }\n", "neither true nor false"),
                            ("deploy: { secrets: { PATH2: { azure: x } } }\n", "no place that mayfly reads")):
            with self.subTest(said=said, block=block):
                self.fails(self.job(block).run("export", "--unmasked-ok"), 2, said)

    def test_two_clouds(self):
        """A job with a secret in Vault and one in Azure, each with its own token."""
        ca = certs.Authority(self.folder, "azure")
        fake = azure_fake.Azure(self.issuer, ca.issue("127.0.0.1"))
        self.addCleanup(fake.close)
        fake.credential = {"iss": self.issuer.gitlab, "sub": "project_path:mygroup/myproject:ref_type:branch:ref:main", "aud": "api://AzureADTokenExchange"}
        value = canary("azure")
        fake.put("secrets", "db", {"value": value})
        self.hidden["secret azure"] = value
        token = self.issuer.mint("gitlab", aud="api://AzureADTokenExchange")
        block = BLOCK + "    OTHER: { azure_key_vault: { name: db }, token: $AZURE_ID_TOKEN, file: false }\n"
        env = {"AZURE_ID_TOKEN": token, "AZURE_TENANT_ID": azure_fake.TENANT, "AZURE_CLIENT_ID": azure_fake.CLIENT,
               "AZURE_KEY_VAULT_SERVER_URL": "https://shop.vault.azure.net", "MAYFLY_AZURE_VAULT_URL": f"shop.vault.azure.net={fake.addr}",
               "MAYFLY_AZURE_AUTHORITY_HOST": fake.addr, "MAYFLY_CA_FILE": ca.cert}
        job = self.job(block, **env)
        plan = json.loads(self.ok(job.run("export", "--unmasked-ok", "--dry-run", "--format", "json", "--to", "file:/tmp/x", check=False)).out)
        self.assertEqual((plan["identity"]["audience"], plan["identity_azure"]["audience"]), (self.site.AUDIENCE, "api://AzureADTokenExchange"))
        step = self.ok(job.run("export", "--unmasked-ok", check=False))
        self.assertIn(value.encode(), step.out)
        self.assertIn(self.values["password"].encode(), step.out)
        self.ok(job.run("revoke"))
        self.no_token_left("auth/gitlab/login")

    def test_aws(self):
        """Both forms, a version by its stage, another region; one login for all of them."""
        site = aws.shared(self.issuer)
        gate, store = site.gate(), front.Front(site.stack.addr, keep_host=True)
        self.addCleanup(gate.close)
        self.addCleanup(store.close)
        role = site.stack.role(site.name(), aws.federated(site.gitlab, self.issuer.gitlab, "project_path:mygroup/myproject:*", operator="StringLike"), aws.allow("secretsmanager:*"))
        name, old, new = site.name("app") + "/db", canary("aws-old"), canary("aws-new")
        client = site.stack.client("secretsmanager")
        client.create_secret(Name=name, SecretString=json.dumps({"password": old}))
        client.put_secret_value(SecretId=name, SecretString=json.dumps({"password": new}))
        self.hidden |= {"secret aws old": old, "secret aws new": new}
        block = f"""
deploy:
  secrets:
    PASSWORD: {{ aws_secrets_manager: '{name}#password', token: $AWS_ID_TOKEN, file: false }}
    CERTIFICATE:
      aws_secrets_manager: {{ secret_id: {name}, field: password, version_stage: AWSPREVIOUS, region: $AREA, role_arn: '{role}' }}
      token: $AWS_ID_TOKEN
"""
        env = {"AWS_ID_TOKEN": self.issuer.mint("gitlab", aud="sts.amazonaws.com"), "AWS_REGION": "eu-west-1", "AREA": "eu-west-1", "MAYFLY_AWS_STS_URL": gate.addr,
               "MAYFLY_AWS_SECRETSMANAGER_URL": store.addr, "CI_SERVER_HOST": "gitlab.example.com"}
        job = self.job(block, **env)
        step = self.ok(job.run("export", "--unmasked-ok", check=False))
        self.assertEqual(self.evaluated(step), f"{new}|{old}|600")
        session = f"{job.env['CI_JOB_ID']}-{job.env['CI_PROJECT_ID']}-gitlab.example.com"[:64]
        self.assertEqual(gate.forms("AssumeRoleWithWebIdentity")[0]["RoleSessionName"], session)
        self.ok(job.run("revoke"))
        other = block.replace("PASSWORD: { aws_secrets_manager: '" + name + "#password'",
                              "PASSWORD: { aws_secrets_manager: { secret_id: x, role_arn: 'arn:aws:iam::000000000000:role/other' }")
        self.fails(self.job(other, **env).run("export", "--unmasked-ok"), 2, "there is one for all")

    def test_gcp(self):
        """By the project of the job, and by a whole name with a version in it."""
        fake = gcp_fake.Google(self.issuer)
        self.addCleanup(fake.close)
        fake.trusted, fake.condition = self.issuer.gitlab, lambda claims: claims["project_path"] == "mygroup/myproject"
        fake.audiences = ["https://gitlab.example.com"]
        old, new = canary("gcp-old"), canary("gcp-new")
        self.hidden |= {"secret gcp old": old, "secret gcp new": new}
        for value in (old, new):
            fake.put("123456789012", "db", value.encode())
        fake.put("shop-2", "db", old.encode())
        block = """
deploy:
  secrets:
    PASSWORD: { gcp_secret_manager: { name: db, version: 2 }, token: $GCP_ID_TOKEN, file: false }
    CERTIFICATE:
      gcp_secret_manager: { name: projects/shop-2/secrets/db/versions/1 }
      token: $GCP_ID_TOKEN
"""
        env = {"GCP_ID_TOKEN": self.issuer.mint("gitlab", aud="https://gitlab.example.com"), "GCP_PROJECT_NUMBER": "123456789012",
               "GCP_WORKLOAD_IDENTITY_FEDERATION_POOL_ID": "ci", "GCP_WORKLOAD_IDENTITY_FEDERATION_PROVIDER_ID": "github", "MAYFLY_GCP_STS_URL": fake.addr,
               "MAYFLY_GCP_SECRETMANAGER_URL": fake.addr}
        job = self.job(block, **env)
        step = self.ok(job.run("export", "--unmasked-ok", check=False))
        self.assertEqual(self.evaluated(step), f"{new}|{old}|600")
        self.ok(job.run("revoke"))
        self.fails(self.job(block, **(env | {"GCP_PROJECT_NUMBER": None})).run("export", "--unmasked-ok"), 2, "GCP_PROJECT_NUMBER")
        self.fails(self.job(block, **(env | {"GCP_WORKLOAD_IDENTITY_FEDERATION_POOL_ID": None})).run("export", "--unmasked-ok"), 2, "GCP_WORKLOAD_IDENTITY_FEDERATION_POOL_ID")
