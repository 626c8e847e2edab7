# SPDX-License-Identifier: Apache-2.0
"""`mayfly check` as a person uses it: a job with variables and files, a repository with workflows, policies, exceptions, the count of static credentials."""
import json
import os
import pathlib
import random
import secrets
import subprocess
import tempfile
import textwrap
import time
import unittest

from support import samples, scanrepo, tools

STOCK_GITHUB = {
    "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": "853f6a4e2d8b7c1a9f00e5d4c3b2a1908f7e6d5c",
    "GITHUB_REF": "refs/heads/main", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "9876543210", "GITHUB_EVENT_NAME": "push",
    "RUNNER_OS": "Linux", "GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/ci.yml@refs/heads/main",
}
STATIC_STEP = """\
    on: push
    permissions:
      contents: read
    jobs:
      deploy:
        runs-on: ubuntu-latest
        steps:
          - uses: aws-actions/configure-aws-credentials@a03048d87541d1d9fcf2ecf528a4a65ba9bd7838
            with:
              aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
              aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
              aws-region: eu-west-1
"""


def key_id(kind="AKIA"):
    """Nobody's: made anew each time."""
    return kind + "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))


def secret_key():
    return secrets.token_urlsafe(64).replace("-", "a").replace("_", "b")[:40]


class Checked:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def report(self):
        return json.loads(self.out)

    @property
    def items(self):
        return self.report["items"]

    def failing(self):
        return [i for i in self.items if i["state"] == "fail"]


class CheckCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mayfly-check-")))
        self.home, self.repo = self.folder / "home", self.folder / "repo"
        self.home.mkdir()
        self.repo.mkdir()
        self.values = []

    def secret(self, value):
        """A value that no output may have."""
        self.values.append(value)
        return value

    def write(self, root, name, text):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def git(self):
        for argv in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x", "--allow-empty"]):
            subprocess.run(["git", "-C", self.repo, *argv], check=True)

    def check(self, *argv, env=None, code=None, words=("check",), seconds=60):
        base = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C", "TMPDIR": str(self.folder)}
        base |= {k: os.environ[k] for k in scanrepo.PASS_ON if k in os.environ}
        done = Checked(subprocess.run([tools.mayfly(), *words, *map(str, argv)], cwd=self.repo, env=base | (env or {}), text=True,
                                      capture_output=True, timeout=seconds))
        for value in self.values:
            self.assertNotIn(value, done.out + done.err)
        if code is not None:
            self.assertEqual(done.code, code, done.out + done.err)
        return done

    def json(self, *argv, **options):
        return self.check("--format", "json", *argv, **options)


class Reviewed(CheckCase):
    """What a reader of the reports would miss without being told."""

    HEAD = "on: push\npermissions: { contents: read }\n"

    def test_all_secrets_in_a_script_and_in_variables_of_a_job(self):
        for n, text in enumerate(("jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ./x '${{ toJson(secrets) }}'\n",
                                  "env: { ALL: '${{ toJSON(secrets) }}' }\njobs: { a: { runs-on: x } }\n",
                                  "jobs: { a: { runs-on: x, env: { ALL: '${{ toJSON( secrets ) }}' } } }\n")):
            self.write(self.repo, ".github/workflows/a.yml", "").write_text(self.HEAD + text)
            self.assertEqual([i["rule"] for i in self.json("--only", "ci", code=1).items], ["secrets-all"], text)

    def test_a_failed_run_does_not_raise_the_ceiling(self):
        few = {"AWS_ACCESS_KEY_ID": key_id(), "AWS_SECRET_ACCESS_KEY": secret_key()}
        more = few | {"DEPLOY_AWS_ACCESS_KEY_ID": key_id(), "DEPLOY_AWS_SECRET_ACCESS_KEY": secret_key()}
        argv = ("--only", "job", "--trend", self.folder / "trend", "--max-static", "trend")
        self.check(*argv, env=few, code=0)
        self.check(*argv, env=more, code=1)
        self.check(*argv, env=more, code=1)
        self.check(*argv, env=few, code=0)

    def test_files_that_are_none(self):
        os.makedirs(self.repo / ".github/workflows")
        os.mkfifo(self.repo / ".github/workflows/a.yml")
        (self.repo / ".npmrc").symlink_to("elsewhere")
        notes = {n["what"]: n["why"] for n in self.json().report["notes"]}
        self.assertEqual(notes.get("'.github/workflows/a.yml' was not checked"), "it is no regular file")
        self.assertIn("'.npmrc' was not checked", notes)

    def test_limits_are_not_bad_yaml(self):
        self.write(self.repo, ".github/workflows/a.yml", "").write_text("on: push\njobs: &a\n  x: *a\n")
        self.assertIn("an alias stands inside the value", self.json("--only", "ci").report["notes"][0]["why"])

    def test_gitlab_template_with_a_header(self):
        text = "# a component\nspec:\n  inputs:\n    stage: { default: test }\n---\npush:\n  stage: $[[ inputs.stage ]]\n  variables:\n" \
               "    AWS_ACCESS_KEY_ID: $PROD_KEY_ID\n    AWS_SECRET_ACCESS_KEY: $PROD_KEY\n  script: ./push\n"
        self.write(self.repo, ".gitlab-ci.yml", text)
        report = self.json("--only", "ci", code=1).report
        self.assertEqual(report["notes"], [])
        self.assertEqual([(i["path"], i["line"], i["name"]) for i in report["items"]], [(".gitlab-ci.yml", 10, "AWS_SECRET_ACCESS_KEY")])

    def test_many_includes_are_told(self):
        self.write(self.repo, ".gitlab-ci.yml", "include:\n" + "".join(f"  - local: c/{i}.yml\n" for i in range(70)))
        for i in range(70):
            self.write(self.repo, f"c/{i}.yml", f"j{i}: {{ script: echo }}\n")
        self.assertIn("it includes more than 64 files", [n["why"] for n in self.json("--only", "ci").report["notes"]])

    def test_sarif_has_a_file_for_each_result(self):
        env = {"AWS_ACCESS_KEY_ID": key_id(), "AWS_SECRET_ACCESS_KEY": secret_key()}
        report = json.loads(self.check("--only", "job", "--format", "sarif", env=env, code=1).out)
        self.assertTrue(all("physicalLocation" in at for r in report["runs"][0]["results"] for at in r["locations"]), report)

    def test_explain_is_about_the_repository_that_is_named(self):
        other = self.folder / "other"
        for folder, name in ((self.repo, "acme/here"), (other, "acme/there")):
            self.write(folder, ".github/workflows/a.yml", STATIC_STEP)
            subprocess.run(["git", "init", "-q", folder], check=True)
            subprocess.run(["git", "-C", folder, "remote", "add", "origin", f"https://github.com/{name}.git"], check=True)
        found = [i for i in self.json("--only", "ci", other, code=1).items if i["rule"] == "aws-access-key"]
        told = self.check("--only", "ci", "--explain", found[0]["id"], other).out
        self.assertIn("acme/there", told)
        self.assertNotIn("acme/here", told)


class Job(CheckCase):
    def test_a_stock_github_job_passes(self):
        env = STOCK_GITHUB | {"GITHUB_TOKEN": "ghs_" + secrets.token_hex(18)}
        done = self.json("--only", "job", env=env, code=0)
        self.assertEqual([i for i in done.items if i["state"] in ("fail", "warning")], [])

    def test_inputs_that_nobody_gave_are_nothing(self):
        self.assertEqual(self.json("--only", "job", env={"INPUT_VAULT-TOKEN": "", "INPUT_PASSWORD": ""}, code=0).items, [])

    def test_a_static_key_fails_and_is_never_shown(self):
        env = STOCK_GITHUB | {"AWS_ACCESS_KEY_ID": key_id(), "AWS_SECRET_ACCESS_KEY": self.secret(secret_key())}
        done = self.json("--only", "job", env=env, code=1)
        self.assertEqual([i["rule"] for i in done.failing()], ["aws-access-key"])
        for form in ("text", "sarif", "gitlab", "github"):
            self.check("--only", "job", "--format", form, env=env, code=1)
        text = self.check("--only", "job", env=env, code=1)
        self.assertIn("AWS_ACCESS_KEY_ID", text.out)

    def test_session_keys_are_no_static_keys(self):
        env = {"AWS_ACCESS_KEY_ID": key_id("ASIA"), "AWS_SECRET_ACCESS_KEY": self.secret(secret_key()),
               "AWS_SESSION_TOKEN": self.secret(secrets.token_urlsafe(200))}
        self.assertEqual(self.json("--only", "job", env=env).failing(), [])

    def test_files_of_the_home_folder(self):
        self.write(self.home, ".aws/credentials", f"[default]\naws_access_key_id = {key_id()}\naws_secret_access_key = {self.secret(secret_key())}\n")
        done = self.json("--only", "job", code=1)
        self.assertEqual([(i["path"], i["line"]) for i in done.failing()], [("~/.aws/credentials", 2)])

    def test_odd_files_are_told_and_stop_nothing(self):
        (self.home / ".ssh").mkdir()
        os.mkfifo(self.home / ".netrc")
        (self.home / ".npmrc").symlink_to("/dev/zero")
        (self.home / ".vault-token").mkdir()
        (self.home / ".pypirc").symlink_to(self.home / ".pypirc")
        done = self.json("--only", "job", seconds=20)
        self.assertIn(done.code, (0, 1))
        told = " ".join(n["what"] for n in done.report["notes"])
        self.assertIn(".netrc", told)
        self.assertIn(".npmrc", told)

    def test_large_variables(self):
        """A single variable is 128 KiB at most on Linux: many of them."""
        env = {f"LARGE_{i}": "x" * 100_000 for i in range(15)}
        self.json("--only", "job", env=env, code=0)

    def test_empty_credentials_are_listed(self):
        done = self.json("--only", "job", env={"DEPLOY_API_TOKEN": ""}, code=0)
        self.assertEqual([(i["name"], i["life"]["verdict"]) for i in done.items], [("DEPLOY_API_TOKEN", "unknown")])


class Repository(CheckCase):
    def test_a_static_key_in_a_workflow(self):
        self.write(self.repo, ".github/workflows/deploy.yml", STATIC_STEP)
        self.git()
        done = self.json("--only", "ci", code=1)
        found = [i for i in done.failing() if i["rule"] == "aws-access-key"]
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0]["path"], ".github/workflows/deploy.yml")
        self.assertEqual(found[0]["line"], 11)
        self.assertIn("role-to-assume", found[0]["yaml"])
        self.assertIn("id-token: write", found[0]["yaml"])

    def test_secrets_in_names_and_steps_are_not_shown(self):
        token = self.secret(scanrepo.token("name"))
        self.write(self.repo, f".github/workflows/{token}.yml", STATIC_STEP)
        self.write(self.repo, ".github/workflows/b.yml", STATIC_STEP.rstrip() + f"\n              other: {token}\n")
        self.git()
        for form in ("json", "text", "sarif", "gitlab", "github"):
            self.check("--only", "ci", "--format", form, code=1)

    def test_committed_secrets_have_a_lifetime(self):
        self.write(self.repo, "config.ini", f"aws_access_key_id = {key_id()}\naws_secret_access_key = {self.secret(secret_key())}\n")
        self.git()
        self.assertIn("config.ini", {i["path"] for i in self.json("--only", "repository", code=1).failing()})

    def test_what_stands_around_a_committed_secret_tells_its_kind(self):
        account = json.dumps(json.loads(samples.sample("gcp-service-account", secrets.token_hex(8))), indent=2)
        self.secret(json.loads(account)["private_key"].split("\n")[3])
        self.write(self.repo, "account.json", account)
        self.write(self.repo, "app.conf", f"url = postgres://app:{self.secret(secrets.token_hex(9))}@db.acme.io/shop\n")
        self.write(self.repo, "dev.conf", f"url = postgres://app:{self.secret(secrets.token_hex(9))}@db/shop\n")
        self.git()
        told = {i["path"]: (i["rule"], i["life"]["class"], i["state"]) for i in self.json("--only", "repository", code=1).items}
        self.assertEqual(told, {"account.json": ("gcp-service-account", "api_key", "fail"), "app.conf": ("database-url", "database", "fail"),
                                "dev.conf": ("credential", "database", "warning")})

    def test_a_folder_without_a_repository(self):
        self.write(self.repo, ".github/workflows/deploy.yml", STATIC_STEP)
        self.json("--only", "ci", code=1)

    def test_yaml_bombs_are_told(self):
        bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
        self.write(self.repo, ".github/workflows/bomb.yml", bomb)
        done = self.json("--only", "ci", seconds=30)
        self.assertIn("bomb.yml", json.dumps(done.report["notes"]))


class Policy(CheckCase):
    def env(self):
        return {"AWS_ACCESS_KEY_ID": key_id(), "AWS_SECRET_ACCESS_KEY": self.secret(secret_key())}

    def conf(self, text):
        self.write(self.repo, ".mayfly.yml", text)

    def exception(self, until):
        self.conf(f"""\
            lifetime:
              exceptions:
                - {{ name: AWS_ACCESS_KEY_ID, reason: the old bucket, owner: team-a, until: {until} }}
            """)

    def test_an_exception_passes_until_it_is_over(self):
        self.exception(time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 86400)))
        self.check("--only", "job", env=self.env(), code=0)
        self.exception("2026-01-31")
        self.assertIn("2026-01-31", self.check("--only", "job", env=self.env(), code=1).out)

    def test_modes(self):
        self.conf("lifetime: { mode: { aws-access-key: warn } }\n")
        self.check("--only", "job", env=self.env(), code=0)
        self.conf("lifetime: { mode: { api_kee: warn } }\n")
        self.assertIn("api_key", self.check("--only", "job", env=self.env(), code=2).err)

    def test_what_a_definition_stores_fails_where_the_unknown_does(self):
        self.write(self.repo, ".github/workflows/a.yml", """\
            on: push
            permissions: { contents: read }
            jobs:
              one:
                runs-on: ubuntu-latest
                steps:
                  - run: ./deploy
                    env: { VAULT_TOKEN: "${{ secrets.VAULT_TOKEN }}" }
            """)
        item = self.json("--only", "ci", code=0).items[0]
        self.assertEqual((item["rule"], item["state"]), ("vault-service-token", "warning"))
        self.assertIn("has no value that could be measured", self.check("--only", "ci", "--explain", item["id"], code=0).out)
        self.conf("lifetime: { unknown: fail }\n")
        self.check("--only", "ci", code=1)
        # nothing but a name is no reason to stop a build
        self.check("--only", "job", env={"SOME_TOKEN": secrets.token_hex(12)}, code=0)

    def test_the_count_of_static_credentials(self):
        self.conf("lifetime: { mode: { aws-access-key: warn } }\n")
        trend, env = self.repo / "trend.jsonl", self.env()
        self.check("--only", "job", "--trend", trend, "--max-static", 1, env=env, code=0)
        self.check("--only", "job", "--trend", trend, "--max-static", 0, env=env, code=1)
        self.assertEqual(len(trend.read_text().splitlines()), 2)

    def test_reports(self):
        self.write(self.repo, ".github/workflows/deploy.yml", STATIC_STEP)
        self.git()
        self.check("--only", "ci", "--check-report", "sarif=out.sarif", "--check-report", "gitlab=gl.json", code=1)
        sarif = json.loads((self.repo / "out.sarif").read_text())
        self.assertTrue(sarif["runs"][0]["results"])
        self.assertTrue(json.loads((self.repo / "gl.json").read_text()))

    def test_annotations_and_summary(self):
        self.write(self.repo, ".github/workflows/deploy.yml", STATIC_STEP)
        self.git()
        summary = self.write(self.folder, "summary.md", "")
        done = self.check("--only", "ci", env=STOCK_GITHUB | {"GITHUB_STEP_SUMMARY": str(summary)}, code=1)
        self.assertIn("::error file=.github/workflows/deploy.yml,line=", done.out)
        self.assertIn("AWS access key", summary.read_text())

    def test_explain(self):
        self.assertIn("sts.amazonaws.com", self.check("--explain", "aws-access-key", code=0).out)
        env = self.env()
        item = self.json("--only", "job", env=env, code=1).failing()[0]
        self.assertIn("AWS_ACCESS_KEY_ID", self.check("--only", "job", "--explain", item["id"], env=env, code=0).out)
        self.check("--explain", "no-such-thing", code=2)

    def test_dry_run_looks_at_nothing(self):
        self.check("--dry-run", env=self.env(), code=0)


class InRun(CheckCase):
    """The first stage of `mayfly run`: nothing is asked of anybody when the check fails."""

    def test_a_static_key_ends_the_run(self):
        self.git()
        self.write(self.repo, ".mayfly.yml", """\
            vault: { url: "http://127.0.0.1:9", role: ci }
            secrets: { A: "vault://secret/data/a#b" }
            """)
        env = {"AWS_ACCESS_KEY_ID": key_id(), "AWS_SECRET_ACCESS_KEY": self.secret(secret_key())}
        done = self.check(words=("run",), env=env, code=1)
        self.assertIn("MF-CHECK-01", done.err)
        self.assertIn("no identity was asked for", done.err)
        self.assertNotEqual(self.check("--no-check", words=("run",), env=env).code, 1)


if __name__ == "__main__":
    unittest.main()
