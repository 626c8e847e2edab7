# SPDX-License-Identifier: Apache-2.0
"""Real clients: act runs the action in workflows, gitlab-ci-local the include in pipelines; what users paste runs as it is."""
import hashlib
import os
import shutil
import subprocess

from support import aws, azure_fake, front, gcp_fake, jwtcheck, leaks, tools
from support.harness import Case, canary

SHIPPED = ("action.yml", "ci")
FINGERPRINT = "printf %s \"$DEPLOY_API_KEY\" | sha256sum | cut -c1-16"

# What the workflows and pipelines of these tests do besides what is shipped: use the secrets, print them, fail.
WORKFLOW = """
on: push
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - id: secrets
        uses: ./
        with:
          binary: %(binary)s
          vault-url: ${{ vars.VAULT_URL }}
          vault-role: github-ci
          secrets: |
            DEPLOY_API_KEY=vault://secret/data/ci/deploy#api_key
            DB_PASSWORD=vault://secret/data/ci/deploy#db_password
      - run: echo "fingerprint=$(%(fingerprint)s)"
      - run: echo "plainly $DEPLOY_API_KEY and as base64 $(printf %%s "$DEPLOY_API_KEY" | base64 -w0)"
      - run: test '${{ steps.secrets.outputs.DB_PASSWORD }}' = "$DB_PASSWORD" && echo "outputs are set as well"
%(more)s"""


class Clients(Case):
    def setUp(self):
        super().setUp()
        self.fields = self.secret("ci/deploy", api_key=canary("act"), db_password=canary("db"))
        self.bao.jwt_role("github-ci", bound_audiences=[self.bao.addr], bound_claims={"repository": "octo-org/octo-repo"})
        self.bao.jwt_role("gitlab-ci", "gitlab", bound_audiences=[self.bao.addr],
                          bound_claims={"project_path": "mygroup/myproject"})
        self.repo = self.folder / "repo"
        self.repo.mkdir()
        (self.folder / "home").mkdir()
        for name in SHIPPED:
            source = tools.ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.repo / name)

    @property
    def fingerprint(self):
        return hashlib.sha256(self.fields["api_key"].encode()).hexdigest()[:16]

    def commit(self):
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
        for args in (["init", "-q", "-b", "main"], ["add", "-A"],
                     ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "x"],
                     ["remote", "add", "origin", "https://github.com/octo-org/octo-repo.git"]):
            subprocess.run(["git", "-C", self.repo, *args], check=True, env=env)

    def shown(self, done):
        text = done.stdout + done.stderr
        for label, value in self.all_hidden().items():
            text = text.replace(value, f"<{label}>")
        return text[-6000:]

    def nothing_leaked(self, done, where):
        out = (done.stdout + done.stderr).encode()
        hidden = {k: v for k, v in self.all_hidden().items() if k.startswith(("secret", "identity"))}
        self.assertEqual(leaks.in_bytes(out, hidden), [], "a secret is in the client's output")
        self.assertEqual(leaks.in_tree(where, hidden), [], "a secret is in the checkout")


CLOUDS = """
aws: { role: '%(role)s', region: eu-west-1 }
gcp: { workload-identity-provider: %(provider)s, project-id: shop-1 }
azure: { tenant-id: %(tenant)s, client-id: %(client)s }
"""
READ = "secrets:\n  FROM_AWS: aws-sm://%(name)s\n  FROM_GCP: gcp-sm://shop-1/db\n  FROM_AZURE: azure-kv://shop/db\n"
USE_SECRETS = "echo \"read $(printf '%s %s %s' \"$FROM_AWS\" \"$FROM_GCP\" \"$FROM_AZURE\" | sha256sum | cut -c1-16)\""
USE_LOGINS = ("echo \"logins $(printf %s \"$AWS_ACCESS_KEY_ID\" | cut -c1-4) $(grep -c external_account \"$GOOGLE_APPLICATION_CREDENTIALS\") "
              "$(cut -c1-3 \"$AZURE_FEDERATED_TOKEN_FILE\") $AWS_REGION $GOOGLE_CLOUD_PROJECT\"")


class Clouds(Clients):
    """AWS, Google Cloud and Azure at once, for the clients below."""

    def clouds(self, ci):
        site = aws.shared(self.issuer)
        gate, store = site.gate(), front.Front(site.stack.addr, keep_host=True)
        google, azure = gcp_fake.Google(self.issuer), azure_fake.Azure(self.issuer)
        for one in (gate, store, google, azure):
            self.addCleanup(one.close)
        self.values = [canary(name) for name in ("aws", "google", "azure")]
        for name, value in zip(("aws", "google", "azure"), self.values):
            self.hidden[f"secret of {name}"] = value
        name = site.name("app")
        site.stack.client("secretsmanager").create_secret(Name=name, SecretString=self.values[0])
        google.put("shop-1", "db", self.values[1].encode())
        azure.put("secrets", "db", {"value": self.values[2]})
        if ci == "gitlab":
            role = site.stack.role(site.name(), aws.federated(site.gitlab, self.issuer.gitlab, "project_path:mygroup/*", operator="StringLike"), aws.allow("secretsmanager:*"))
            google.trusted, google.condition = self.issuer.gitlab, lambda claims: claims["project_path"] == "mygroup/myproject"
            azure.credential |= {"iss": self.issuer.gitlab, "sub": jwt_sub(self.issuer.mint("gitlab", aud="x"))}
        else:
            role = site.ci_role(aws.allow("secretsmanager:*"))
        self.where = {"MAYFLY_AWS_STS_URL": gate.addr, "MAYFLY_AWS_SECRETSMANAGER_URL": store.addr, "MAYFLY_GCP_STS_URL": google.addr, "MAYFLY_GCP_SECRETMANAGER_URL": google.addr,
                      "MAYFLY_AZURE_AUTHORITY_HOST": azure.addr, "MAYFLY_AZURE_VAULT_URL": f"shop={azure.addr}"}
        self.gcp_audience = google.audiences[0]
        return {"role": role, "provider": gcp_fake.PROVIDER, "tenant": azure_fake.TENANT, "client": azure_fake.CLIENT, "name": name}

    @property
    def read(self):
        return "read " + hashlib.sha256(" ".join(self.values).encode()).hexdigest()[:16]


def jwt_sub(token):
    return jwtcheck.claims_of(token)[1]["sub"]


class ActBase(Clouds):
    def act(self, *args):
        try:
            act = tools.find("act")
        except tools.Missing as e:
            self.fail(str(e))
        node = os.path.dirname(tools.find("node"))
        env = {"PATH": f"{node}:/usr/bin:/bin", "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "home"),
               "XDG_CACHE_HOME": str(self.folder / "home"), "NO_COLOR": "1"}
        return subprocess.run(
            [act, "push", "-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--var", f"VAULT_URL={self.bao.addr}",
             "--env", f"ACTIONS_ID_TOKEN_REQUEST_URL={self.issuer.request_url}",
             "--env", f"ACTIONS_ID_TOKEN_REQUEST_TOKEN={self.issuer.request_token}", *args],
            cwd=self.repo, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def workflow(self, text):
        path = self.repo / ".github" / "workflows" / "deploy.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.commit()

    def job(self, more=""):
        return WORKFLOW % {"binary": tools.mayfly(), "fingerprint": FINGERPRINT, "more": more}

    def put_binary(self):
        target = self.repo / "bin" / f"mayfly-linux-{os.uname().machine}"
        target.parent.mkdir()
        shutil.copy(tools.mayfly(), target)


class Act(ActBase):
    def test_action_with_its_inputs(self):
        self.workflow(self.job())
        done = self.act()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(f"fingerprint={self.fingerprint}", done.stdout, self.shown(done))
        self.assertIn("plainly *** and as base64 ***", done.stdout, self.shown(done))
        self.assertIn("outputs are set as well", done.stdout, self.shown(done))
        self.assertRegex(done.stdout, r"vault token .* revoked", self.shown(done))
        self.nothing_leaked(done, self.repo)
        self.no_token_left()

    def test_post_step_runs_after_a_failure(self):
        self.workflow(self.job("      - run: exit 7\n"))
        done = self.act()
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"vault token .* revoked", self.shown(done))
        self.nothing_leaked(done, self.repo)
        self.no_token_left()

    def test_failure_of_the_step_ends_the_job(self):
        self.workflow(self.job().replace("#db_password", "#no_such_field"))
        done = self.act()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no_such_field", done.stdout)
        self.assertNotIn("fingerprint=", done.stdout.replace("echo \"fingerprint=", ""))
        self.nothing_leaked(done, self.repo)
        self.no_token_left()

    def test_example_as_shipped(self):
        """ci/examples/github.yml, with the binary in the action's own folder."""
        self.put_binary()
        self.workflow((tools.ROOT / "ci" / "examples" / "github.yml").read_text())
        done = self.act()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(f"deploying with a key of {len(self.fields['api_key'])} characters", done.stdout, self.shown(done))
        self.nothing_leaked(done, self.repo)
        self.no_token_left()

    def test_drop_in_example_as_shipped(self):
        self.put_binary()
        self.workflow((tools.ROOT / "ci" / "examples" / "github-drop-in.yml").read_text())
        done = self.act()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(f"deploying with a key of {len(self.fields['api_key'])} characters", done.stdout, self.shown(done))
        self.nothing_leaked(done, self.repo)
        self.no_token_left()

    def test_no_identity_may_be_skipped(self):
        """ci/examples/github.yml in a pull request from a fork: green, without secrets."""
        self.put_binary()
        self.workflow((tools.ROOT / "ci" / "examples" / "github.yml").read_text())
        done = self.act("--env", "ACTIONS_ID_TOKEN_REQUEST_URL=", "--env", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=")
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertNotIn("deploying with", done.stdout.replace('echo "deploying with', ""))
        self.no_token_left()


class ActClouds(ActBase):
    def test_secrets_and_logins(self):
        facts = self.clouds("github")
        (self.repo / ".mayfly.yml").write_text((CLOUDS + READ) % facts)
        (self.repo / "logins.yml").write_text((CLOUDS + "on-no-identity: fail\n") % facts)
        self.workflow(f"""
on: push
permissions: {{}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions: {{ contents: read, id-token: write }}
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - uses: ./
        with: {{ binary: {tools.mayfly()} }}
      - run: {USE_SECRETS}
      - uses: ./
        with: {{ binary: {tools.mayfly()} }}
        env: {{ MAYFLY_CONFIG: logins.yml }}
      - run: {USE_LOGINS}
""")
        done = self.act(*(x for k, v in self.where.items() for x in ("--env", f"{k}={v}")))
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(self.read, done.stdout, self.shown(done))
        self.assertIn("logins ASIA 1 eyJ eu-west-1 shop-1", done.stdout, self.shown(done))
        self.assertIn("cannot be revoked", done.stdout, self.shown(done))
        self.nothing_leaked(done, self.repo)

    def test_drop_ins(self):
        facts = self.clouds("github")
        self.put_binary()
        self.workflow(f"""
on: push
permissions: {{}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions: {{ contents: read, id-token: write }}
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - id: aws
        uses: ./ci/github/aws
        with: {{ role-to-assume: '{facts["role"]}', aws-region: eu-west-1, secret-ids: 'FROM_AWS,{facts["name"]}' }}
      - id: gcp
        uses: ./ci/github/gcp
        with: {{ workload_identity_provider: {facts["provider"]}, project_id: shop-1, secrets: 'FROM_GCP:shop-1/db', export_to_environment: true }}
      - run: {USE_LOGINS.replace('$(cut -c1-3 "$AZURE_FEDERATED_TOKEN_FILE")', "x")}
      - run: echo "outputs ${{{{ steps.aws.outputs.aws-account-id }}}} ${{{{ steps.gcp.outputs.project_id }}}} $(printf '%s %s' "$FROM_AWS" "$FROM_GCP" | sha256sum | cut -c1-16)"
""")
        done = self.act(*(x for k, v in self.where.items() for x in ("--env", f"{k}={v}")))
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn("logins ASIA 1 x eu-west-1 shop-1", done.stdout, self.shown(done))
        self.assertIn(f"outputs {aws.ACCOUNT} shop-1 " + hashlib.sha256(" ".join(self.values[:2]).encode()).hexdigest()[:16], done.stdout, self.shown(done))
        self.nothing_leaked(done, self.repo)


class GitLabLocal(Clouds):
    more = {}

    def test_clouds(self):
        facts = self.clouds("gitlab")
        (self.repo / ".mayfly.yml").write_text((CLOUDS + READ) % facts)
        (self.repo / "logins.yml").write_text(CLOUDS % facts)
        tokens = {"AWS_ID_TOKEN": "sts.amazonaws.com", "GCP_TOKEN": self.gcp_audience, "AZURE_ID_TOKEN": "api://AzureADTokenExchange"}
        self.more = self.where | {name: self.issuer.mint("gitlab", aud=aud) for name, aud in tokens.items()}
        self.pipeline(f"""
deploy:
  id_tokens:
    AWS_ID_TOKEN: {{ aud: sts.amazonaws.com }}
    GCP_TOKEN: {{ aud: '{self.gcp_audience}' }}
    AZURE_ID_TOKEN: {{ aud: 'api://AzureADTokenExchange' }}
  script:
    - eval "$(mayfly run --unmasked-ok)"
    - {USE_SECRETS}
    - eval "$(mayfly run --unmasked-ok --config logins.yml)"
    - {USE_LOGINS}
  after_script:
    - mayfly revoke
""")
        done = self.gitlab()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(self.read, done.stdout, self.shown(done))
        self.assertIn("logins ASIA 1 eyJ eu-west-1 shop-1", done.stdout, self.shown(done))
        self.assertIn("cannot be revoked", done.stdout + done.stderr, self.shown(done))

    def gitlab(self, *args):
        try:
            client = tools.find("gitlab-ci-local")
        except tools.Missing as e:
            self.fail(str(e))
        bin_dir = self.folder / "bin"
        bin_dir.mkdir()
        (bin_dir / "mayfly").symlink_to(tools.mayfly())
        env = {"PATH": f"{bin_dir}:{os.path.dirname(client)}:/usr/bin:/bin", "HOME": str(self.folder / "home"), "NO_COLOR": "1",
               "TMPDIR": str(self.folder / "home")}
        token = self.issuer.mint("gitlab", aud=self.bao.addr)
        variables = {"VAULT_ID_TOKEN": token, "GITLAB_CI": "true", "VAULT_ADDR": self.bao.addr, "MAYFLY_VAULT_PATH": "gitlab",
                     "CI_SERVER_URL": self.issuer.gitlab, "CI_DEFAULT_BRANCH": "main"}
        variables |= self.more
        return subprocess.run([client, "--force-shell-executor", *(x for k, v in variables.items() for x in ("--variable", f"{k}={v}")),
                               *args], cwd=self.repo, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def pipeline(self, text):
        (self.repo / ".gitlab-ci.yml").write_text(text)
        self.commit()
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home")}
        subprocess.run(["git", "-C", self.repo, "remote", "set-url", "origin", "git@gitlab.example.com:mygroup/myproject.git"],
                       check=True, env=env)

    def test_example_as_shipped(self):
        self.pipeline((tools.ROOT / "ci" / "examples" / "gitlab.yml").read_text())
        done = self.gitlab()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(f"deploying with a key of {len(self.fields['api_key'])} characters", done.stdout, self.shown(done))
        self.assertEqual(leaks.in_bytes((done.stdout + done.stderr).encode(),
                                        {k: v for k, v in self.hidden.items() if k.startswith("secret")}), [])
        self.no_token_left("auth/gitlab/login")

    def test_script_that_fails(self):
        text = (tools.ROOT / "ci" / "examples" / "gitlab.yml").read_text()
        self.pipeline(text.replace("  rules:", "    - exit 7\n  rules:"))
        done = self.gitlab()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("deploying with", done.stdout, self.shown(done))
        self.no_token_left("auth/gitlab/login")

    def test_whole_file_before_the_script(self):
        (self.repo / ".mayfly.yml").write_text("vault: { role: gitlab-ci }\nsecrets:\n"
                                               "  DEPLOY_API_KEY: vault://secret/data/ci/deploy#api_key\n")
        self.pipeline("""
include:
  - local: ci/gitlab/mayfly.yml
deploy:
  extends: .mayfly-export
  id_tokens: { VAULT_ID_TOKEN: { aud: $VAULT_ADDR } }
  variables: { MAYFLY_UNMASKED_OK: "true" }
  script:
    - echo "fingerprint=$(%s)"
""" % FINGERPRINT)
        done = self.gitlab()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(f"fingerprint={self.fingerprint}", done.stdout, self.shown(done))
        self.no_token_left("auth/gitlab/login")

    def test_secrets_of_the_job(self):
        """GitLab's own block, which the client leaves to the job."""
        self.pipeline("""
include:
  - local: ci/gitlab/mayfly.yml
.vaulted:
  secrets:
    DB_PASSWORD:
      vault: { engine: { name: kv-v2, path: secret }, path: ci/deploy, field: db_password }
deploy:
  extends: [.mayfly, .vaulted]
  id_tokens: { VAULT_ID_TOKEN: { aud: $VAULT_ADDR } }
  variables: { VAULT_AUTH_ROLE: gitlab-ci }
  secrets:
    DEPLOY_API_KEY: { vault: ci/deploy/api_key@secret, file: false, token: $VAULT_ID_TOKEN }
  script:
    - eval "$(mayfly export --gitlab-secrets --unmasked-ok)"
    - echo "fingerprint=$(%s), $(stat -c '%%a' "$DB_PASSWORD"), $(wc -c < "$DB_PASSWORD") bytes"
""" % FINGERPRINT)
        done = self.gitlab()
        self.assertEqual(done.returncode, 0, self.shown(done))
        self.assertIn(f"fingerprint={self.fingerprint}, 600, {len(self.fields['db_password'])} bytes", done.stdout, self.shown(done))
        self.no_token_left("auth/gitlab/login")


del ActBase, Clients, Clouds
