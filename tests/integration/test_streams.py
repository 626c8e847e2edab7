# SPDX-License-Identifier: Apache-2.0
"""Who reads standard output: the job's log, a shell's eval, a JSON parser. Nothing else may stand in it."""
import json
import subprocess

from support import runner, tools
from support.harness import Case, canary

REF = "vault://secret/data/ci/deploy#api_key"


class GitHub(Case):
    def setUp(self):
        super().setUp()
        self.key = self.secret("ci/deploy", api_key=canary("api"))["api_key"]

    def test_shell_text_is_alone(self):
        job = self.github("")
        step = job.run("export", "--to", "shell", "--unmasked-ok", f"KEY={REF}", check=False)
        self.assertEqual(step.code, 0, step.err)
        self.assertEqual(step.out.decode(), f"export KEY='{self.key}'\n")
        self.assertIn(b"::add-mask::", step.err, "the runner reads mask commands from standard error, too")

    def test_shell_text_of_a_failure_fails(self):
        job = self.github("")
        step = job.run("export", "--to", "shell", "--unmasked-ok", f"KEY={REF}x", check=False)
        self.assertNotEqual(step.code, 0)
        self.assertEqual(step.out.decode(), f"(exit {step.code})\n")
        self.assertIn(b"error[MF-FETCH-01]", step.err)

    def test_place_from_the_environment_counts_too(self):
        job = self.github("")
        step = job.run("export", f"KEY={REF}", env={"MAYFLY_TO": "shell", "MAYFLY_UNMASKED_OK": "true"}, check=False)
        self.assertEqual(step.out.decode(), f"export KEY='{self.key}'\n")

    def test_json_is_alone(self):
        job = self.github("")
        step = job.run("export", "--format", "json", f"KEY={REF}", check=False)
        self.assertEqual(step.code, 0, step.err)
        facts = json.loads(step.out)
        self.assertEqual([i["name"] for i in facts["issued"]], ["login", "KEY"])
        self.assertNotIn(self.key.encode(), step.out)
        self.assertIn(b"::add-mask::" + self.key.encode(), step.err)

    def test_identity_token_is_masked(self):
        job = self.github("")
        step = job.run("export", f"KEY={REF}", check=False)
        self.assertRegex(step.out.decode(), r"(?m)^::add-mask::eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")

    def test_role_is_no_command(self):
        job = self.github("")
        step = job.run("run", "--dry-run", "--vault-export-token", "--vault-role", "##[stop-commands]x")
        self.assertNotIn(b"##[", step.out)

    def test_error_is_told_when_the_log_is_gone(self):
        job = self.github("")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([tools.mayfly(), "export", f"KEY={REF}"], cwd=job.work, env=job.full_env(), stdout=full,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=30, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"error[MF-", done.stderr)
        self.no_token_left()


class Exchange(Case):
    def test_address_that_is_there_already(self):
        job = self.github("", VAULT_ADDR=self.bao.addr)
        step = job.run("exchange", "vault", check=False)    # the token is meant to be in GITHUB_ENV
        self.assertEqual(step.code, 0, step.out + step.err)
        variables = dict(runner.parse_file_command(job.command_files()["env"].read_bytes()))
        self.assertEqual(variables["VAULT_ADDR"], self.bao.addr)
        self.bao.call("POST", "auth/token/revoke-self", token=variables["VAULT_TOKEN"])
        self.no_token_left()

    def test_another_address_costs_no_login(self):
        job = self.github("", VAULT_ADDR="https://other.example", MAYFLY_VAULT_URL=self.bao.addr)
        for extra in ([], ["--dry-run"]):
            self.fails(job.run("exchange", "vault", *extra), 2, "VAULT_ADDR")
        self.no_token_left()

    def test_token_is_not_written_to_the_checkout(self):
        job = self.github("", VAULT_ADDR=self.bao.addr)
        for extra in ([], ["--dry-run"]):
            self.fails(job.run("exchange", "vault", "--output", "token", *extra), 2, "checkout")
        self.no_token_left()

    def test_token_in_a_file_is_revoked_and_wiped(self):
        job = self.github("", VAULT_ADDR=self.bao.addr)
        path = self.new_folder() / "token"
        self.ok(job.run("exchange", "vault", "--output", str(path)))
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.bao.call("GET", "auth/token/lookup-self", token=path.read_text())["data"]["path"], "auth/jwt/login")
        self.ok(job.post())
        self.assertFalse(path.exists())
        self.no_token_left()
