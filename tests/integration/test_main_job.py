# SPDX-License-Identifier: Apache-2.0
"""The main job from the identity to the revoked token, as a GitHub and as a GitLab job."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from support import leaks, runner, tools
from support.front import Front, status
from support.harness import BASE_ENV, Case, canary


class GitHub(Case):
    CONFIG = """
secrets:
  DEPLOY_API_KEY: vault://secret/data/ci/deploy#api_key
  DB_PASSWORD: vault://secret/data/ci/deploy#db_password
  NPM_TOKEN: vault://secret/data/ci/npm#token
"""

    def setUp(self):
        super().setUp()
        self.deploy = self.secret("ci/deploy", api_key=canary("api"), db_password=canary("db"))
        self.npm = self.secret("ci/npm", token=canary("npm"))

    def test_from_identity_to_revocation(self):
        job = self.github(self.CONFIG)
        mark = self.bao.audit_mark()
        step = self.ok(job.run("run"))
        self.assertEqual(step.env, {"DEPLOY_API_KEY": self.deploy["api_key"], "DB_PASSWORD": self.deploy["db_password"],
                                    "NPM_TOKEN": self.npm["token"]})
        self.assertEqual(step.err, b"", "on GitHub all that a person reads is on stdout")
        self.assertIn("no committed secrets were found", step.log.text())
        paths = [path for _, path in self.bao.requests_since(mark)]
        self.assertEqual(sorted(p for p in paths if "secret/data" in p), ["secret/data/ci/deploy", "secret/data/ci/npm"],
                         "each path is fetched once")
        self.assertEqual(len(self.bao.accessors()), 1)
        for name in ("DEPLOY_API_KEY", "DB_PASSWORD", "NPM_TOKEN"):
            self.assertIn(name, step.summary)
        post = self.ok(job.post())
        self.assertEqual(post.err, b"")
        self.no_token_left()
        self.nothing_exported(post)

    def test_every_value_and_the_token_are_masked(self):
        job = self.github(self.CONFIG)
        step = self.ok(job.run("run"))
        for label, value in self.hidden.items():
            if label.startswith(("secret", "vault token")):
                self.assertIn(value, step.log.masks, f"{label} is not masked")
        job.post()

    def test_masks_come_first(self):
        """When the variables' file is opened for writing, every mask is in the log already."""
        job = self.github(self.CONFIG)
        trace = self.folder / "trace"
        strace = shutil.which("strace")
        if not strace:
            self.skipTest("strace is not installed")
        env = job.full_env()
        done = subprocess.run([strace, "-f", "-s", "64", "-e", "trace=openat,open,write,writev", "-o", trace,
                               tools.mayfly(), "run"], cwd=job.work, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        last_mask = first_env = None
        for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
            if "::add-mask::" in line:
                last_mask = number
            if first_env is None and env["GITHUB_ENV"] in line and ("O_WRONLY" in line or "O_RDWR" in line):
                first_env = number
        trace.unlink()
        self.assertIsNotNone(last_mask)
        self.assertLess(last_mask, first_env)

    def test_the_following_step_can_use_it(self):
        job = self.github(self.CONFIG)
        self.ok(job.run("run"))
        out = subprocess.run(["/bin/sh", "-c", 'printf %s "$DEPLOY_API_KEY"'], env=job.full_env(), capture_output=True)
        self.assertEqual(out.stdout.decode(), self.deploy["api_key"])
        job.post()

    def test_outputs_hold_the_values_for_other_steps(self):
        job = self.github(self.CONFIG)
        step = self.ok(job.run("run"))
        self.assertIn(self.npm["token"], step.outputs.values())
        job.post()

    def test_forms_of_a_secret(self):
        """A whole secret with a prefix, KV 1, a version, a JSON pointer, a file."""
        inner = canary("inner")
        self.hidden["secret inner"] = inner
        self.bao.kv("ci/json", {"config": {"user": "u1", "list": ["a", inner]}})
        self.bao.call("POST", "kv1/ci/old", {"pin": canary("kv1")})
        old = self.bao.call("GET", "kv1/ci/old")["data"]["pin"]
        self.hidden["secret kv1"] = old
        first = self.secret("ci/versions", value=canary("v1"))["value"]
        self.secret("ci/versions", value=canary("v2"))
        self.hidden["secret v1"] = first
        cert = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(os.urandom(24).hex() for _ in range(4)) + \
            "\n-----END PRIVATE KEY-----\n"
        self.bao.kv("ci/file", {"key": cert})
        job = self.github("""
secrets:
  DB: { from: "vault://secret/data/ci/deploy", prefix: DB_ }
  INNER: "vault://secret/data/ci/json#/config/list/1"
  OLD: vault://kv1/ci/old#pin
  V1: "vault://secret/data/ci/versions?version=1#value"
  KEY: { from: "vault://secret/data/ci/file#key", as: file }
""")
        step = job.run("run", check=False)
        files = job.command_files()
        env = dict(runner.parse_file_command(files["env"].read_bytes()))
        self.ok(step)
        self.assertEqual(env["DB_API_KEY"], self.deploy["api_key"])
        self.assertEqual(env["DB_DB_PASSWORD"], self.deploy["db_password"])
        self.assertEqual((env["INNER"], env["OLD"], env["V1"]), (inner, old, first))
        path = pathlib.Path(env["KEY"])
        self.assertEqual(path.read_text(), cert)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertTrue(str(path).startswith(job.env["RUNNER_TEMP"]), "not under the runner's temporary folder")
        for line in cert.splitlines()[1:-1]:
            self.assertIn(line, "\n".join(step.log.masks), "a line of the key is not masked")
        job.saved = dict(runner.parse_file_command(files["state"].read_bytes()))
        self.ok(job.post(check=False))
        self.assertFalse(path.exists(), "the file of a secret outlived the job")
        self.no_token_left()

    def test_references_on_the_command_line(self):
        job = self.github()
        step = self.ok(job.run("export", "API=vault://secret/data/ci/deploy#api_key"))
        self.assertEqual(step.env, {"API": self.deploy["api_key"]})
        self.assertNotIn("scan and check", step.text)
        self.ok(job.post())
        self.no_token_left()

    def test_login_only(self):
        job = self.github()
        step = self.ok(job.run("exchange", "vault", check=False))
        files = job.command_files()
        env = dict(runner.parse_file_command(files["env"].read_bytes()))
        self.assertEqual(env["VAULT_ADDR"], self.bao.addr)
        self.assertIn(env["VAULT_TOKEN"], step.log.masks)
        self.bao.call("GET", "secret/data/ci/npm", token=env["VAULT_TOKEN"])
        job.saved = dict(runner.parse_file_command(files["state"].read_bytes()))
        self.ok(job.post(check=False))
        self.no_token_left()

    def test_login_to_a_file(self):
        job = self.github()
        target = job.folder / "temp" / "vault-token"
        step = self.ok(job.run("exchange", "vault", "--output", str(target), check=False))
        token = target.read_text().strip()
        self.assertEqual(target.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(token, step.log.text())
        self.bao.call("GET", "secret/data/ci/npm", token=token)
        again = job.run("exchange", "vault", "--output", str(target), check=False)
        self.assertEqual(again.code, 6, "an existing file was written over")

    def test_login_as_json_shows_no_token(self):
        job = self.github()
        step = self.ok(job.run("exchange", "vault", "--format", "json", check=False))
        token = dict(runner.parse_file_command(job.command_files()["env"].read_bytes()))["VAULT_TOKEN"]
        self.assertNotIn(token.encode(), leaks.without_masks(step.out) + leaks.without_masks(step.err))
        facts = json.loads(leaks.without_masks(step.out))
        job.saved = dict(runner.parse_file_command(job.command_files()["state"].read_bytes()))
        self.assertIn("accessor", facts["vault"])
        self.ok(job.post(check=False))
        self.no_token_left()

    def test_a_ready_token_is_used_and_named(self):
        token = self.bao.call("POST", "auth/token/create", {"policies": ["ci"], "ttl": "20m"})["auth"]["client_token"]
        self.hidden["ready token"] = token
        job = self.github(self.CONFIG, VAULT_TOKEN=token)
        step = self.ok(job.run("run"))
        self.assertEqual(step.env["NPM_TOKEN"], self.npm["token"])
        self.assertIn("VAULT_TOKEN", step.summary + step.text)
        self.assertEqual(self.bao.accessors(), [], "it logged in although there was a token")

    def test_short_lived_identity_is_asked_for_again(self):
        job = self.github(self.CONFIG)
        short = self.issuer.mint(aud=self.site.AUDIENCE, ttl=10)
        self.issuer.reply(json.dumps({"count": len(short), "value": short}))
        before = len(self.issuer.requests())
        self.ok(job.run("run"))
        self.assertEqual(len(self.issuer.requests()) - before, 2)
        self.ok(job.post())

    def test_identity_request_has_the_audience(self):
        job = self.github(self.CONFIG)
        before = len(self.issuer.requests())
        self.ok(job.run("run"))
        asked = self.issuer.requests()[before:]
        self.assertEqual([r["query"]["audience"] for r in asked], [self.site.AUDIENCE])
        self.assertTrue(asked[0]["agent"].startswith("mayfly/"))
        self.ok(job.post())

    def test_rotated_key_and_es256(self):
        job = self.github(self.CONFIG)
        self.issuer.call("POST", "/rotate")
        self.issuer.shape(alg="ES256")
        self.addCleanup(self.issuer.shape)
        self.ok(job.run("run"))
        self.ok(job.post())
        self.no_token_left()

    def test_no_identity(self):
        job = self.github(self.CONFIG, ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        mark = self.bao.audit_mark()
        step = self.fails(job.run("run"), 3, "id-token: write")
        self.nothing_exported(step)
        self.assertEqual(self.bao.requests_since(mark), [])
        self.assertEqual(len(step.log.of("error")), 1)

    def test_no_identity_may_be_skipped(self):
        job = self.github(self.CONFIG, ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        step = self.ok(job.run("run", "--on-no-identity", "skip"))
        self.nothing_exported(step)
        self.assertIn("nothing was exported", step.text)
        self.ok(job.post())

    def test_refused_login_names_the_claim(self):
        job = self.github(self.CONFIG)
        self.issuer.shape(claim={"repository": "mallory/shop", "sub": "repo:mallory/shop:ref:refs/heads/main"})
        self.addCleanup(self.issuer.shape)
        step = self.fails(job.run("run"), 4, "repository", "mallory/shop", "repo:mallory/shop:ref:refs/heads/main",
                          self.site.AUDIENCE)
        self.nothing_exported(step)

    def test_wrong_audience(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_AUDIENCE="https://wrong.example.com")
        self.nothing_exported(self.fails(job.run("run"), 4, "aud", "https://wrong.example.com"))

    def test_unknown_role(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_ROLE="nobody")
        self.nothing_exported(self.fails(job.run("run"), 4, "nobody"))

    def test_request_token_is_refused(self):
        job = self.github(self.CONFIG, ACTIONS_ID_TOKEN_REQUEST_TOKEN="wrong-token-93hfkw81")
        self.hidden["wrong request token"] = "wrong-token-93hfkw81"
        step = job.run("run")
        self.assertIn(step.code, (3, 4), self.shown(step))
        self.nothing_exported(step)

    def test_identity_service_hiccups(self):
        job = self.github(self.CONFIG)
        self.issuer.fail(2, 503)
        self.ok(job.run("run"))
        job.exported = {}
        self.issuer.fail(1, 0)
        self.ok(job.run("run"))
        self.ok(job.post())

    def test_identity_answers_that_make_no_sense(self):
        for body, kind in (("<html>proxy</html>", "text/html"), ("", "application/json"), ('{"value":', "application/json"),
                           ('{"value":7}', "application/json"), ('{"count":3,"value":"a.b"}', "application/json"),
                           ("[]", "application/json"), ('{"value":"a\\u0000.b.c"}', "application/json")):
            with self.subTest(body=body):
                job = self.github(self.CONFIG)
                self.issuer.reply(body, n=9, type=kind)
                step = job.run("run", env={"MAYFLY_TIMEOUT": "3s"})
                self.issuer.reply("", n=0)
                self.assertIn(step.code, (3, 4, 5), self.shown(step))
                self.assertEqual(step.text.count("error[MF-"), 1, self.shown(step))
                self.nothing_exported(step)

    def test_all_or_nothing(self):
        job = self.github(self.CONFIG + "  GONE: vault://secret/data/ci/nowhere#x\n")
        step = self.fails(job.run("run"), 4, "secret/data/ci/nowhere")
        self.nothing_exported(step)
        self.assertIn("nothing was exported", step.text)
        self.ok(job.post())
        self.no_token_left()

    def test_missing_field(self):
        job = self.github(self.CONFIG + "  GONE: vault://secret/data/ci/npm#tokne\n")
        step = job.run("run")
        self.assertIn(step.code, (2, 4), self.shown(step))
        self.assertIn("tokne", step.text)
        self.assertIn("token", step.text)
        self.nothing_exported(step)
        self.ok(job.post())
        self.no_token_left()

    def test_deleted_and_destroyed_versions_are_explained(self):
        self.secret("ci/gone", value=canary("gone"))
        self.bao.call("DELETE", "secret/data/ci/gone")
        job = self.github("secrets:\n  A: vault://secret/data/ci/gone#value\n")
        self.fails(job.run("run"), 4, "deleted")
        self.bao.call("POST", "secret/destroy/ci/gone", {"versions": [1]})
        self.fails(job.run("run"), 4, "destroyed")

    def test_dangerous_and_taken_names(self):
        for name in ("PATH", "LD_PRELOAD", "BASH_ENV", "NODE_OPTIONS", "GITHUB_PATH", "GITHUB_ENV"):
            with self.subTest(name=name):
                job = self.github(f"secrets:\n  {name}: vault://secret/data/ci/npm#token\n")
                step = job.run("run")
                self.assertEqual(step.code, 2, self.shown(step))
                self.assertIn(name, step.text)
                self.nothing_exported(step)
        job = self.github("secrets:\n  TAKEN: vault://secret/data/ci/npm#token\n", TAKEN="1")
        self.nothing_exported(self.fails(job.run("run"), 2, "TAKEN"))
        self.assertEqual(self.ok(job.run("run", "--overwrite")).env, {"TAKEN": self.npm["token"]})
        self.ok(job.post())

    def test_dry_run_makes_no_request(self):
        with Front() as front:
            job = self.github(self.CONFIG, MAYFLY_VAULT_URL=front.addr, ACTIONS_ID_TOKEN_REQUEST_URL=front.addr + "/x?y=1")
            step = self.ok(job.run("run", "--dry-run"))
            self.assertEqual(front.seen, [])
        self.assertEqual((step.env, step.outputs, step.state, step.summary), ({}, {}, {}, ""))
        for text in ("DEPLOY_API_KEY", "secret/data/ci/deploy", self.site.AUDIENCE, "ci",
                     "repo:octo-org/octo-repo:ref:refs/heads/main"):
            self.assertIn(text, step.text)


class Revoke(Case):
    CONFIG = "secrets:\n  KEY: vault://secret/data/ci/r#key\n"

    def setUp(self):
        super().setUp()
        self.secret("ci/r", key=canary("revoke"))

    def test_nothing_to_do(self):
        step = self.ok(self.github().run("revoke"))
        self.assertEqual(step.log.of("error"), [])

    def test_twice(self):
        job = self.github(self.CONFIG)
        self.ok(job.run("run"))
        self.ok(job.post())
        self.ok(job.post())
        self.no_token_left()

    def test_already_revoked(self):
        job = self.github(self.CONFIG)
        self.ok(job.run("run"))
        for accessor in self.bao.accessors():
            self.bao.call("POST", "auth/token/revoke-accessor", {"accessor": accessor})
        step = self.ok(job.post())
        self.assertEqual(step.log.of("error"), [])

    def test_after_a_failed_step(self):
        job = self.github(self.CONFIG + "  GONE: vault://secret/data/ci/none#x\n")
        self.assertEqual(job.run("run").code, 4)
        self.ok(job.post())
        self.no_token_left()

    def test_server_that_is_down_makes_a_warning(self):
        job = self.github(self.CONFIG)
        with Front(self.bao.addr) as front:
            self.ok(job.run("run", env={"MAYFLY_VAULT_URL": front.addr}))
        step = self.ok(job.post())
        self.assertLess(step.seconds, 5.5)
        self.assertEqual(len(step.log.of("warning")), 1, self.shown(step))
        self.assertRegex(step.text, r"\b(9|10) ?m", "the remaining life is not told")

    def test_server_that_hangs_makes_a_warning(self):
        job = self.github(self.CONFIG)
        with Front(self.bao.addr) as front:
            self.ok(job.run("run", env={"MAYFLY_VAULT_URL": front.addr}))
            front.on("/", lambda call: time.sleep(8))
            step = self.ok(job.post())
        self.assertLess(step.seconds, 5.5)
        self.assertEqual(len(step.log.of("warning")), 1, self.shown(step))

    def test_server_error_is_a_warning(self):
        job = self.github(self.CONFIG)
        with Front(self.bao.addr) as front:
            self.ok(job.run("run", env={"MAYFLY_VAULT_URL": front.addr}))
            front.on("/v1/auth/token/revoke-self", status(500))
            step = self.ok(job.post())
        self.assertLess(step.seconds, 5.5)
        self.assertEqual(len(step.log.of("warning")), 1, self.shown(step))

    def test_batch_token_cannot_be_revoked(self):
        self.bao.jwt_role("batch", token_type="batch", bound_claims={"repository": "octo-org/octo-repo"})
        job = self.github(self.CONFIG, MAYFLY_VAULT_ROLE="batch")
        self.ok(job.run("run"))
        step = self.ok(job.post())
        self.assertIn("batch", step.text)
        self.assertRegex(step.text, r"\b(9|10) ?m", "the remaining life is not told")

    def test_expired_token(self):
        self.bao.jwt_role("brief", token_ttl="1s", token_max_ttl="1s", bound_claims={"repository": "octo-org/octo-repo"})
        job = self.github(self.CONFIG, MAYFLY_VAULT_ROLE="brief")
        self.ok(job.run("run"))
        time.sleep(1.5)
        step = self.ok(job.post())
        self.assertEqual(step.log.of("error"), [])


class StateFile(Case):
    """`mayfly` in a run: line, without our action and its post step: the state is a file of the job's."""
    CONFIG = "secrets:\n  KEY: vault://secret/data/ci/r#key\n"

    def setUp(self):
        super().setUp()
        self.secret("ci/r", key=canary("file"))
        self.job = self.github(self.CONFIG, MAYFLY_ACTION=None)
        self.addCleanup(self.job.run, "revoke", check=False)

    def test_revoke_finds_it(self):
        self.ok(self.job.run("run", check=False))
        self.assertNotIn(b"token", self.job.command_files()["state"].read_bytes())
        self.ok(self.job.run("revoke"))
        self.no_token_left()

    def test_two_runs_in_one_job(self):
        """One revoke at the end of the job ends what both obtained."""
        self.ok(self.job.run("run", check=False))
        self.ok(self.job.run("export", "OTHER=vault://secret/data/ci/r#key", check=False))
        self.assertEqual(len(self.bao.accessors()), 2)
        self.ok(self.job.run("revoke"))
        self.no_token_left()

    def test_another_job_is_left_alone(self):
        other = self.github(self.CONFIG, MAYFLY_ACTION=None, GITHUB_RUN_ID="1111111111", GITHUB_JOB="other")
        self.ok(self.job.run("run", check=False))
        self.ok(other.run("run", check=False))
        self.ok(self.job.run("revoke", check=False))
        self.assertEqual(len(self.bao.accessors()), 1)
        self.ok(other.run("revoke"))
        self.no_token_left()


class GitLab(Case):
    CONFIG = "secrets:\n  API_KEY: vault://secret/data/ci/gl#key\n  QUOTED: vault://secret/data/ci/gl#quoted\n"

    def setUp(self):
        super().setUp()
        self.fields = self.secret("ci/gl", key=canary("gitlab"), quoted="it's $HOME `id` \"x\" \\n\nsecond line " + canary("q"))

    def test_export_is_eval_able_and_revoked(self):
        job = self.gitlab(self.CONFIG)
        job.stdout_is_sink = True
        step = self.ok(job.run("export", "--unmasked-ok", check=False))
        script = step.out.decode() + '\nprintf "%s\\0%s" "$API_KEY" "$QUOTED"'
        out = subprocess.run(["/bin/sh", "-c", script], env=BASE_ENV, capture_output=True)
        self.assertEqual(out.stdout.decode().split("\0"), [self.fields["key"], self.fields["quoted"]])
        self.assertEqual(len(self.bao.accessors("auth/gitlab/login")), 1)
        inside = [p for p in job.work.rglob("*") if p.name != ".mayfly.yml"]
        self.assertEqual(inside, [], "something was written into the checkout")
        self.ok(job.run("revoke"))
        self.no_token_left("auth/gitlab/login")

    def test_state_is_private_and_removed(self):
        job = self.gitlab(self.CONFIG)
        job.stdout_is_sink = True
        self.ok(job.run("export", "--unmasked-ok", check=False))
        states = [*job.folder.rglob("state*.json"), *pathlib.Path("/tmp").glob(f"mayfly-*-{job.env['CI_JOB_ID']}/state*.json")]
        self.assertEqual(len(states), 1, states)
        self.assertEqual(states[0].stat().st_mode & 0o777, 0o600)
        self.assertEqual(states[0].parent.stat().st_mode & 0o777, 0o700)
        self.ok(job.run("revoke"))
        self.assertFalse(states[0].exists())
        self.assertFalse(states[0].parent.exists())
        self.no_token_left("auth/gitlab/login")

    def test_needs_to_be_told_that_nothing_masks(self):
        job = self.gitlab(self.CONFIG)
        step = self.fails(job.run("export"), 2, "--unmasked-ok")
        self.assertIn(step.out, (b"", b"(exit %d)\n" % step.code))
        self.no_token_left("auth/gitlab/login")

    def test_to_a_file(self):
        job = self.gitlab(self.CONFIG)
        target = job.folder / "temp" / "secrets.sh"
        job.allowed.append((target, "secret "))
        self.ok(job.run("export", "--unmasked-ok", "--to", f"file:{target}", check=False))
        self.assertEqual(target.stat().st_mode & 0o777, 0o600)
        out = subprocess.run(["/bin/sh", "-c", f'. {target}; printf "%s\\0%s" "$API_KEY" "$QUOTED"'], env=BASE_ENV,
                             capture_output=True)
        self.assertEqual(out.stdout.decode().split("\0"), [self.fields["key"], self.fields["quoted"]])
        self.ok(job.run("revoke"))
        self.no_token_left("auth/gitlab/login")

    def test_dotenv_report_is_refused(self):
        job = self.gitlab(self.CONFIG)
        step = self.fails(job.run("export", "--unmasked-ok", "--to", f"dotenv:{job.work}/x.env"), 2, "artifact")
        self.assertFalse((job.work / "x.env").exists())
        self.assertIn(step.out, (b"", b"(exit %d)\n" % step.code))

    def test_without_id_tokens(self):
        job = self.gitlab(self.CONFIG, VAULT_ID_TOKEN=None)
        step = self.fails(job.run("export", "--unmasked-ok"), 3, "id_tokens:", "aud:")
        self.assertIn(step.out, (b"", b"(exit %d)\n" % step.code))

    def test_named_token_of_several(self):
        other = self.issuer.mint("gitlab", aud="https://other.example.com")
        job = self.gitlab(self.CONFIG, OTHER_ID_TOKEN=other)
        job.stdout_is_sink = True
        self.ok(job.run("export", "--unmasked-ok", "--token-env", "VAULT_ID_TOKEN", check=False))
        self.ok(job.run("revoke"))

    def test_expired_token_cannot_be_asked_for_again(self):
        job = self.gitlab(self.CONFIG, VAULT_ID_TOKEN=self.issuer.mint("gitlab", aud=self.site.AUDIENCE, ttl=-60))
        step = job.run("export", "--unmasked-ok")
        self.assertIn(step.code, (3, 4), self.shown(step))
        self.assertIn("GitLab", step.text)
        self.assertIn(step.out, (b"", b"(exit %d)\n" % step.code))


class OtherWays(Case):
    CONFIG = "secrets:\n  KEY: vault://secret/data/ci/o#key\n"

    def setUp(self):
        super().setUp()
        self.key = self.secret("ci/o", key=canary("other"))["key"]

    def local(self, **env):
        job = self.github(self.CONFIG)
        keep = ("MAYFLY_VAULT_URL", "MAYFLY_VAULT_ROLE", "MAYFLY_VAULT_AUDIENCE")
        job.env = {k: v for k, v in job.env.items() if k in keep} | env
        return job

    def test_token_from_a_file_and_a_command(self):
        for kind in ("file", "command"):
            with self.subTest(kind=kind):
                job = self.local()
                token = job.folder / "identity"
                token.write_text(self.issuer.mint(aud=self.site.AUDIENCE) + "\n")
                job.allowed.append((token, "identity token"))
                job.stdout_is_sink = True
                given = str(token) if kind == "file" else f"cat {token}"
                step = self.ok(job.run("export", "--to", "shell", f"--token-{kind}", given, check=False))
                out = subprocess.run(["/bin/sh", "-c", step.out.decode() + '\nprintf %s "$KEY"'], env=BASE_ENV,
                                     capture_output=True)
                self.assertEqual(out.stdout.decode(), self.key)
                self.ok(job.run("revoke", check=False))
                self.no_token_left()

    def test_local_export_needs_to_be_asked(self):
        job = self.local()
        token = job.folder / "identity"
        token.write_text(self.issuer.mint(aud=self.site.AUDIENCE))
        job.allowed.append((token, "identity token"))
        step = job.run("export", "--token-file", str(token))
        self.assertNotEqual(step.code, 0, self.shown(step))
        self.assertIn(step.out, (b"", b"(exit %d)\n" % step.code))
        job.run("revoke", check=False)
        self.no_token_left()

    def test_local_dry_run_needs_no_identity(self):
        job = self.local()
        step = self.ok(job.run("run", "--dry-run"))
        self.assertIn("secret/data/ci/o", step.out.decode())
        self.assertIn("KEY", step.out.decode())
