# SPDX-License-Identifier: Apache-2.0
"""The drop-in of AWS beside what it stands in for: for each of these steps a record of which variables and outputs configure-aws-credentials 6.2.3 set and which requests it sent.
With CONFIGURE_AWS=PATH of its dist/index.js (and node) the record is proven anew, against the same MiniStack."""
import os
import pathlib
import subprocess
import tempfile

from support import aws, runner, tools
from support.aws import ACCOUNT, REGION, allow, trusted
from support.harness import Case

KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
SESSION, REGIONS = KEYS | {"AWS_SESSION_TOKEN"}, {"AWS_REGION", "AWS_DEFAULT_REGION"}
WHO, CREDENTIALS = {"aws-account-id", "authenticated-arn"}, {"aws-access-key-id", "aws-secret-access-key", "aws-session-token", "aws-expiration"}
TOKEN, ROLE = ["AssumeRoleWithWebIdentity"], ["AssumeRole"]
# what we give besides: who it is and until when; never a secret
OURS_TOO = WHO | {"aws-expiration"}


class Aws(Case):
    def setUp(self):
        super().setUp()
        self.aws = aws.shared(self.issuer)
        self.gate = self.aws.gate()
        self.addCleanup(self.gate.close)
        self.role = self.aws.ci_role(allow("sts:AssumeRole", "sts:TagSession"))
        self.last = self.aws.stack.role(self.aws.name(), trusted("*"))
        keys = self.aws.stack.user_keys(self.aws.name("user"), allow("sts:AssumeRole", "sts:TagSession"))
        self.ambient = keys
        self.given = {name.lower().replace("_", "-"): value for name, value in keys.items()}

    def cases(self):
        """(name, inputs, variables, variables that are set, outputs, requests); no variables: the step fails."""
        role, last, name = {"role-to-assume": self.role}, {"role-to-assume": self.last}, {"role-to-assume": self.last.rpartition("/")[2]}
        yes = "true"
        off = {"ACTIONS_ID_TOKEN_REQUEST_URL": "", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""}
        old = {"AWS_ACCESS_KEY_ID": "ASIA" + "Q" * 16, "AWS_SECRET_ACCESS_KEY": "q" * 40, "AWS_SESSION_TOKEN": "token-of-another-session"}
        return (
            ("identity", role, {}, SESSION | REGIONS, WHO, TOKEN),
            ("identity, role's name", {"role-to-assume": self.role.rpartition("/")[2]}, {}, None, set(), []),
            ("outputs", role | {"output-credentials": yes}, {}, SESSION | REGIONS, WHO | CREDENTIALS, TOKEN),
            ("outputs alone", role | {"output-credentials": yes, "output-env-credentials": "false"}, {}, set(), CREDENTIALS, TOKEN),
            ("file", role | {"web-identity-token-file": "token"}, {}, SESSION | REGIONS, WHO, TOKEN),
            ("file that is missing", role | {"web-identity-token-file": "nothing"}, {}, None, set(), []),
            ("keys", self.given, {}, KEYS | REGIONS, WHO, []),
            ("keys, without their secret", {"aws-access-key-id": self.given["aws-access-key-id"]}, {}, None, set(), []),
            ("keys, and a token of others", self.given, old, SESSION | REGIONS, WHO, []),
            ("keys, role", self.given | last, {}, SESSION | REGIONS, WHO, ROLE),
            ("keys, role's name", self.given | name, {}, SESSION | REGIONS, WHO, ROLE),
            ("keys, role, no identity", self.given | last | {"force-skip-oidc": yes}, {}, SESSION | REGIONS, WHO, ROLE),
            ("tags", self.given | last | {"custom-tags": '{"team":"shop"}', "transitive-tag-keys": "team\nRepository\nNone", "role-external-id": "ext"}, {}, SESSION | REGIONS, WHO, ROLE),
            ("tags that each session has", self.given | last | {"custom-tags": '{"Actor":"me"}'}, {}, None, set(), []),
            ("chaining", last | {"role-chaining": yes}, self.ambient, SESSION | REGIONS, WHO, ROLE),
            ("chaining without tags", last | {"role-chaining": yes, "role-skip-session-tagging": yes, "custom-tags": '{"a":"b"}', "transitive-tag-keys": "a"}, self.ambient,
             SESSION | REGIONS, WHO, ROLE),
            ("a second step", role, self.ambient, SESSION | REGIONS, WHO, TOKEN),
            ("a second step, unset", role | {"unset-current-credentials": yes}, self.ambient, SESSION | REGIONS, WHO, TOKEN),
            ("keys of the job, role, no identity", last, self.ambient | off, SESSION | REGIONS, WHO, ROLE),
            ("keys of the job", {}, self.ambient, REGIONS, WHO, []),
            ("existing", role | {"use-existing-credentials": yes}, self.ambient, REGIONS, set(), []),
            ("existing, no role", {"use-existing-credentials": yes}, self.ambient, REGIONS, set(), []),
            ("existing, not valid", role | {"use-existing-credentials": yes}, self.ambient | {"AWS_SECRET_ACCESS_KEY": "x" * 40}, SESSION | REGIONS, WHO, TOKEN),
            ("identity with tags", role | {"custom-tags": '{"a":"b"}', "role-external-id": "x"}, {}, SESSION | REGIONS, WHO, TOKEN),
            ("account", role | {"allowed-account-ids": f"111111111111, {ACCOUNT}"}, {}, SESSION | REGIONS, WHO, TOKEN),
            ("policies", role | {"managed-session-policies": "arn:aws:iam::aws:policy/A\narn:aws:iam::aws:policy/B", "role-duration-seconds": "1800",
                                 "inline-session-policy": '{"Version":"2012-10-17","Statement":[]}'}, {}, SESSION | REGIONS, WHO, TOKEN),
            ("variable in place of the input", {}, {"ROLE_TO_ASSUME": self.role, "ROLE_SESSION_NAME": "by-variable"}, SESSION | REGIONS, WHO, TOKEN),
            ("no role, no keys", {}, {}, None, set(), []),
            ("no region", role | {"aws-region": ""}, {}, None, set(), []),
            ("no boolean", role | {"output-credentials": "yes"}, {}, None, set(), []),
            ("a name that is none", role | {"role-session-name": "my name"}, {}, None, set(), []),
        )

    def requests(self):
        found = []
        for action in ("AssumeRoleWithWebIdentity", "AssumeRole"):
            for form in self.gate.forms(action):
                tags = {form[f"Tags.member.{i}.Key"]: form[f"Tags.member.{i}.Value"] for i in range(1, 51) if f"Tags.member.{i}.Key" in form}
                rest = {k: v for k, v in form.items() if not k.startswith("Tags.") and k != "WebIdentityToken"}
                found.append(rest | {"tags": tags})
        return found

    def step(self, argv, given, variables):
        """(exit code, variables, outputs, requests, what it printed)"""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            folder = pathlib.Path(folder)
            (folder / "token").write_text(self.issuer.mint("github", aud="sts.amazonaws.com"))
            files = {n: folder / n for n in ("env", "output", "state", "path", "step_summary")}
            for file in files.values():
                file.touch()
            env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "RUNNER_TEMP": str(folder), "RUNNER_OS": "Linux", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder),
                   "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_WORKFLOW": "ci", "GITHUB_ACTION": "a", "GITHUB_ACTOR": "octocat", "GITHUB_SHA": "abc", "GITHUB_REF": "refs/heads/main",
                   "GITHUB_RUN_ID": "77", "GITHUB_JOB": "build", "GITHUB_EVENT_NAME": "push", "GITHUB_SERVER_URL": "https://github.com", "MAYFLY_INPUTS": "aws", "MAYFLY_CHECK": "false",
                   "ACTIONS_ID_TOKEN_REQUEST_URL": self.issuer.request_url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.issuer.request_token}
            env |= {"GITHUB_" + name.upper(): str(file) for name, file in files.items()}
            inputs = {"aws-region": REGION, "audience": "sts.amazonaws.com", "sts-endpoint": self.gate.addr, "disable-retry": "true"} | given
            env |= {"INPUT_" + name.upper(): value for name, value in inputs.items()} | variables
            self.gate.seen.clear()
            done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, timeout=60)
            return done.returncode, *(dict(runner.parse_file_command(files[n].read_bytes())) for n in ("env", "output")), self.requests(), (done.stdout + done.stderr).decode()

    def compare(self, argv, ours):
        seen = {}
        for name, given, variables, env, outputs, actions in self.cases():
            with self.subTest(name):
                code, got, out, sent, text = self.step(argv, given, variables)
                # a refusal here is told before, and a failed step exports nothing
                self.assertEqual(code == 0, env is not None, text[-1500:])
                if env is not None:
                    self.assertEqual(set(got) - (REGIONS if ours and not env else set()), env)
                    self.assertEqual(set(out) - (OURS_TOO - outputs if ours else set()), outputs)
                    self.assertEqual([f["Action"] for f in sent], actions)
                elif ours:
                    self.assertEqual((got, out), ({}, {}))
                if name == "keys, and a token of others":
                    self.assertEqual(got["AWS_SESSION_TOKEN"], "")
                seen[name] = sent if env is not None else None
        return seen

    def test_the_same(self):
        ours = self.compare([str(tools.mayfly()), "run"], True)
        tags = ours["tags"][0]
        self.assertEqual((tags["tags"]["team"], tags["tags"]["Repository"], tags["ExternalId"], tags["TransitiveTagKeys.member.1"], tags["TransitiveTagKeys.member.2"]),
                         ("shop", "octo-org/octo-repo", "ext", "team", "Repository"))
        self.assertNotIn("TransitiveTagKeys.member.3", tags)
        self.assertEqual(ours["chaining without tags"][0]["tags"], {})
        if os.environ.get("CONFIGURE_AWS"):
            model = self.compare(["node", os.environ["CONFIGURE_AWS"]], False)
            self.assertEqual(ours, model)
