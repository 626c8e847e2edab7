# SPDX-License-Identifier: Apache-2.0
"""What users paste: the actions, the GitLab template, the examples. Validators find nothing in them, their names agree with the
binary's, and the template's shell text does what it says."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import tools
from test_shim import ASSET, PROGRAM, Releases, nodes

ROOT = tools.ROOT
GITHUB = sorted((ROOT / "ci/examples").glob("github*.yml"))
ACTIONS = [ROOT / "action.yml", ROOT / "ci/github/vault/action.yml"]
SCAN_ACTION = ROOT / "ci/github/scan/action.yml"
TEMPLATE = ROOT / "ci/gitlab/mayfly.yml"

try:
    import yaml
except ImportError:     # the system's python; scripts/setup test has one with it
    yaml = None


def run(*command, **over):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=120, **over)


def inputs(path):
    """The names under `inputs:` of an action.yml."""
    text = path.read_text()
    block = re.search(r"^inputs:\n((?:(?:  .*)?\n)*)", text, re.M)[1]
    return re.findall(r"^  ([\w-]+):$", block, re.M)


class Validators(unittest.TestCase):
    def clean(self, *command):
        done = run(*command)
        self.assertEqual(done.returncode, 0, done.stdout)

    def schema(self, name, *files):
        self.clean(tools.find("check-jsonschema"), "--builtin-schema", "vendor." + name, *files)

    def test_actionlint(self):
        self.clean(tools.find("actionlint"), *GITHUB)

    def test_zizmor(self):
        self.clean(tools.find("zizmor"), "--offline", "--strict-collection", *GITHUB, *ACTIONS, SCAN_ACTION)

    def test_schemas(self):
        self.schema("github-actions", *ACTIONS, SCAN_ACTION)
        self.schema("github-workflows", *GITHUB)
        self.schema("circle-ci", ROOT / "ci/examples/circleci.yml")
        self.schema("gitlab-ci", "--data-transform", "gitlab-ci", *sorted((ROOT / "ci/examples").glob("gitlab*.yml")))

    def test_template_schema(self):
        with tempfile.TemporaryDirectory() as tmp:
            job = pathlib.Path(tmp) / "template.yml"
            job.write_text(interpolated())
            self.schema("gitlab-ci", "--data-transform", "gitlab-ci", job)

    def test_an_unknown_input_is_found(self):
        """The validators are awake: what is wrong on purpose is named."""
        with tempfile.TemporaryDirectory() as tmp:
            bad = pathlib.Path(tmp) / "bad.yml"
            bad.write_text((ROOT / "ci/examples/github.yml").read_text().replace("persist-credentials: false", "persist-credentials: true")
                           .replace("runs-on:", "run-on:"))
            self.assertNotEqual(run(tools.find("actionlint"), bad).returncode, 0)
            self.assertNotEqual(run(tools.find("zizmor"), "--offline", bad).returncode, 0)
            self.assertNotEqual(run(tools.find("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", bad).returncode, 0)


class Names(unittest.TestCase):
    def test_inputs_are_the_keys(self):
        table = (ROOT / "include/mayfly/conf_keys.def").read_text()
        keys = {name.lower().replace("_", "-") for name in re.findall(r'^MF_KEY\(.*?"MAYFLY_([A-Z0-9_]+)', table, re.M)}
        self.assertGreater(len(keys), 30)
        found = inputs(ROOT / "action.yml")
        self.assertEqual(len(found), len(set(found)))
        # what only GitLab's jobs have is no input of GitHub's
        self.assertEqual(set(found) - {"binary"}, keys - {"gitlab-secrets"})

    def test_vault_action_inputs(self):
        """The model's own names, as its action.yml has them."""
        names = """url secrets namespace method role path token roleId secretId githubToken jwtPrivateKey jwtKeyPassword
                   jwtGithubAudience jwtTtl kubernetesTokenPath username password authPayload extraHeaders exportEnv exportToken outputToken
                   caCertificate clientCertificate clientKey tlsSkipVerify secretEncodingType ignoreNotFound pki""".split()
        found = inputs(ROOT / "ci/github/vault/action.yml")
        self.assertEqual(sorted(found), sorted(names + ["binary"]))
        reader = (ROOT / "src/conf/vault_action_inputs.c").read_text()
        for name in names:
            self.assertIn(f'"{name}"', reader)

    def test_inputs_of_the_clouds(self):
        """The models' own names, as their documentation lists them; what is only taken has no reader."""
        models = {
            "aws": """aws-region aws-profile overwrite-aws-profile role-to-assume aws-access-key-id aws-secret-access-key aws-session-token web-identity-token-file role-chaining audience
                      http-proxy no-proxy mask-aws-account-id role-duration-seconds role-external-id role-session-name role-skip-session-tagging transitive-tag-keys inline-session-policy
                      managed-session-policies output-credentials output-env-credentials unset-current-credentials disable-retry retry-max-attempts special-characters-workaround
                      use-existing-credentials allowed-account-ids force-skip-oidc action-timeout-s custom-tags sts-endpoint secret-ids parse-json-secrets name-transformation
                      auto-select-family-attempt-timeout""",
            "gcp": """project_id workload_identity_provider service_account audience credentials_json create_credentials_file export_environment_variables token_format delegates universe
                      request_reason cleanup_credentials access_token_lifetime access_token_scopes access_token_subject id_token_audience id_token_include_email secrets min_mask_length
                      export_to_environment encoding""",
            "azure": """creds client-id tenant-id subscription-id enable-AzPSSession environment allow-no-subscriptions audience auth-type keyvault secrets""",
        }
        taken = {"overwrite-aws-profile", "unset-current-credentials", "special-characters-workaround", "auto-select-family-attempt-timeout", "cleanup_credentials", "min_mask_length",
                 "enable-AzPSSession", "http-proxy", "no-proxy"}
        outputs = {"aws": "aws-account-id aws-access-key-id aws-secret-access-key aws-session-token aws-expiration authenticated-arn",
                   "gcp": "project_id credentials_file_path auth_token access_token id_token", "azure": ""}
        for name, listed in models.items():
            action = ROOT / f"ci/github/{name}/action.yml"
            self.assertEqual(sorted(inputs(action)), sorted(listed.split() + ["binary"]))
            text = action.read_text()
            found = re.findall(r"^  ([\w-]+):$", text[text.index("\noutputs:"):text.index("\nruns:")], re.M)
            self.assertEqual(found, outputs[name].split() + ["errorMessage"])
            reader = (ROOT / f"src/conf/inputs_{name}.c").read_text()
            for one in set(listed.split()) - taken:
                self.assertIn(f'"{one}"', reader)

    def test_scan_action_inputs(self):
        """The scan's keys, described as in the whole action."""
        table = (ROOT / "include/mayfly/conf_keys.def").read_text()
        keys = {name.lower().replace("_", "-") for name in re.findall(r'^MF_KEY\(SCAN_.*?"MAYFLY_([A-Z0-9_]+)', table, re.M)}
        self.assertEqual(set(inputs(SCAN_ACTION)), keys - {"scan"} | {"config", "binary"})
        for name in inputs(SCAN_ACTION):
            block = re.compile(rf"^  {name}:\n    description: '.*'\n    required: false\n", re.M)
            self.assertEqual(block.search(SCAN_ACTION.read_text())[0], block.search((ROOT / "action.yml").read_text())[0])
        self.assertTrue((SCAN_ACTION.parent / re.search(r"^  main: (\S+)$", SCAN_ACTION.read_text(), re.M)[1]).is_file())

    def test_state_is_saved_on_the_protected_branch_only(self):
        text = (ROOT / "ci/examples/github-scan-state.yml").read_text()
        self.assertNotRegex(text, r"uses: actions/cache@")
        self.assertRegex(text, r"cache/save@\S+ # \S+\n        if: .*github\.event_name == 'push' && github\.ref == format\('refs/heads/\{0\}', "
                               r"github\.event\.repository\.default_branch\)\n")

    def test_steps_exist(self):
        for action in ACTIONS:
            text = action.read_text()
            self.assertRegex(text, r"using: node24\n")
            self.assertRegex(text, r"post-if: always\(\)\n")
            for key in ("main", "post"):
                script = action.parent / re.search(rf"^  {key}: (\S+)$", text, re.M)[1]
                self.assertTrue(script.is_file(), script)

    def test_every_input_has_a_description(self):
        for action in ACTIONS:
            for name in inputs(action):
                self.assertRegex(action.read_text(), rf"\n  {re.escape(name)}:\n    description: '.{{10,}}'\n    required: ")

    def test_other_actions_are_pinned(self):
        for path in GITHUB:
            for uses in re.findall(r"uses: (\S+)", path.read_text()):
                self.assertRegex(uses, r"^(\./.*|[\w-]+/[\w./-]+@[0-9a-f]{40})$")
            self.assertEqual(path.read_text().count("actions/checkout@"), path.read_text().count("persist-credentials: false"))


class Shim(unittest.TestCase):
    SCRIPTS = sorted((ROOT / "ci/github").glob("*/*.js"))

    def test_no_dependencies(self):
        for script in self.SCRIPTS:
            for name in re.findall(r"require\((.*?)\)", script.read_text()):
                self.assertRegex(name, r"^'(\.\.?/[\w/.-]+|child_process|crypto|fs|https?|os|path|url)'$")

    def test_syntax_of_node_12(self):
        newer = re.compile(r"\?\.[a-zA-Z\[(]|\?\?|\|\|=|&&=|require\('node:|\.at\(|\.replaceAll\(|^await |Object\.hasOwn|\bstructuredClone\b")
        for script in self.SCRIPTS:
            for number, line in enumerate(script.read_text().split("\n"), 1):
                self.assertIsNone(newer.search(line.split("//")[0]), f"{script.name}:{number}: {line}")
            for node in nodes().values():
                done = run(node, "--check", script)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_pins(self):
        pins = json.loads((ROOT / "ci/github/shim/checksums.json").read_text())
        self.assertEqual(sorted(pins), ["assets", "version"])
        if pins["version"]:
            self.assertEqual(sorted(pins["assets"]), ["mayfly-linux-aarch64", "mayfly-linux-x86_64"])
            for digest in pins["assets"].values():
                self.assertRegex(digest, "^[0-9a-f]{64}$")


def interpolated(**values):
    """The template's jobs with the inputs put in, as GitLab does it."""
    spec, jobs = TEMPLATE.read_text().split("\n---\n")
    for name, default in re.findall(r"\n    ([\w-]+):\n      description: .*\n      default: (.*)", spec):
        jobs = jobs.replace(f"$[[ inputs.{name} ]]", values.pop(name, default.strip("'")))
    assert not values and "$[[" not in jobs, values
    return jobs


@unittest.skipUnless(yaml, "PyYAML is not installed; scripts/setup test installs it")
class Template(unittest.TestCase):
    """The scripts of ci/gitlab/mayfly.yml in a shell, as the runner joins them."""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="mf-template-"))
        self.addCleanup(shutil.rmtree, self.tmp, True)
        self.project = self.tmp / "group" / "project"
        self.project.mkdir(parents=True)
        self.witness = self.tmp / "witness"
        self.witness.write_text("")

    def job(self, name=".mayfly", **values):
        class Loader(yaml.SafeLoader):
            pass
        Loader.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))
        jobs = yaml.load(interpolated(**values), Loader)
        job = dict(jobs[".mayfly"])
        before = []
        for line in jobs[name]["before_script"]:
            before += jobs[line[0]][line[1]] if isinstance(line, list) else [line]
        return job["variables"], before, job["after_script"]

    def shell(self, lines, variables, path="", trace=False, **over):
        env = {"PATH": path + "/usr/bin:/bin", "CI_PROJECT_DIR": str(self.project), "WITNESS": str(self.witness), **variables, **over}
        text = "set -e\n" + ("set -x\n" if trace else "") + "\n".join(lines) + "\n"
        return run("/bin/sh", "-c", text, env=env, cwd=self.project)

    def put(self, path, text=PROGRAM):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def seen(self):
        return [line.split("/")[-1] for line in self.witness.read_text().split("\n") if line and not line.startswith("action=")]

    def test_on_the_path(self):
        self.put(self.tmp / "bin" / "mayfly")
        variables, before, after = self.job()
        done = self.shell(before + ["mayfly export"], variables, f"{self.tmp}/bin:")
        self.assertEqual(done.returncode, 0, done.stdout)
        done = self.shell(after, variables, f"{self.tmp}/bin:")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.seen(), ["mayfly export", "mayfly revoke"])

    def test_named(self):
        program = self.put(self.tmp / "opt" / "my-mayfly")
        variables, before, after = self.job(binary=str(program))
        for lines in (before + ["mayfly export"], after):
            done = self.shell(lines, variables)
            self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.seen(), ["mayfly export", "mayfly revoke"])
        # nothing of it in the checkout, from which caches and artifacts are made
        self.assertEqual(list(self.project.iterdir()), [])
        variables, before, _ = self.job(binary="/nowhere/mayfly")
        done = self.shell(before, variables)
        self.assertEqual(done.returncode, 2)
        self.assertIn("'/nowhere/mayfly', which is no program", done.stdout)

    def test_nothing_given(self):
        variables, before, after = self.job()
        done = self.shell(before + ["touch ran"], variables)
        self.assertEqual(done.returncode, 5)
        self.assertIn("give the include's inputs version and sha256-", done.stdout)
        self.assertFalse((self.project / "ran").exists())
        self.assertEqual(self.shell(after, variables).returncode, 0)

    def test_fetched(self):
        releases = Releases(self.tmp)
        self.addCleanup(releases.close)
        path = f"/r/v1.2.3/{ASSET}"
        releases.rules[path] = [(200, PROGRAM.encode())]
        arch = ASSET.rsplit("-", 1)[1]
        given = {"release-url": releases.url + "/r", "version": "1.2.3", f"sha256-{arch}": hashlib.sha256(PROGRAM.encode()).hexdigest()}
        variables, before, after = self.job(**given)
        for _ in range(2):
            done = self.shell(before + ["mayfly export"], variables, CURL_CA_BUNDLE=releases.authority.cert)
            self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.shell(after, variables).returncode, 0)
        self.assertEqual(self.seen(), ["mayfly export"] * 2 + ["mayfly revoke"])
        self.assertEqual(len(releases.asked), 1)
        self.assertEqual(list(self.project.iterdir()), [])
        # a kept file that was changed is fetched anew, and another checksum is never run
        kept = self.tmp / "group/project.tmp/mayfly-bin/mayfly"
        kept.write_text("#!/bin/sh\n")
        releases.rules[path] = [(200, PROGRAM.encode() + b"#")]
        done = self.shell(before + ["touch ran"], variables, CURL_CA_BUNDLE=releases.authority.cert)
        self.assertEqual(done.returncode, 5)
        self.assertIn("it was not run", done.stdout)
        self.assertFalse(kept.exists() or (self.project / "ran").exists())

    def test_export_in_before_script(self):
        self.put(self.tmp / "bin" / "mayfly", "#!/bin/sh\necho \"K='canary-7c2f'; export K\"\nexit ${BEHAVE:-0}\n")
        variables, before, _ = self.job(".mayfly-export")
        # CI_DEBUG_TRACE has the shell print each command
        done = self.shell(before + ["test -n \"$K\"", "test -z \"${mayfly_out:-}\""], variables, f"{self.tmp}/bin:", trace=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        done = self.shell(before, variables, f"{self.tmp}/bin:", trace=True)
        self.assertNotIn("canary-7c2f", done.stdout)
        done = self.shell(before + ["touch ran"], variables, f"{self.tmp}/bin:", BEHAVE="4")
        self.assertEqual(done.returncode, 4)
        self.assertFalse((self.project / "ran").exists())

    def test_other_shells(self):
        """busybox and bash read the same text."""
        self.put(self.tmp / "bin" / "mayfly")
        variables, before, _ = self.job()
        for shell in (["bash"], ["busybox", "sh"], ["dash"]):
            if not shutil.which(shell[0]):
                continue
            env = {"PATH": f"{self.tmp}/bin:/usr/bin:/bin", "CI_PROJECT_DIR": str(self.project), "WITNESS": str(self.witness), **variables}
            done = run(*shell, "-c", "set -e\n" + "\n".join(before) + "\nmayfly export\n", env=env)
            self.assertEqual(done.returncode, 0, f"{shell}: {done.stdout}")


class Release(unittest.TestCase):
    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="mf-release-"))
        self.addCleanup(shutil.rmtree, self.tmp, True)
        for name in ("scripts", "ci/github/shim", "ci/gitlab", "build/dist"):
            (self.tmp / name).mkdir(parents=True)
        shutil.copy(TEMPLATE, self.tmp / "ci/gitlab")
        shutil.copy(ROOT / "scripts/release", self.tmp / "scripts/release")
        (self.tmp / "VERSION").write_text("1.2.3\n")

    def check(self):
        return run(self.tmp / "scripts/release", "--check", env={"PATH": os.environ["PATH"]})

    def test_release_pins_both(self):
        """The whole script, with a `make dist` that only pretends, in a repository of its own."""
        binary = "#!/bin/sh\necho mayfly 1.2.3\n"
        (self.tmp / "CHANGES.md").write_text("## 1.2.3\n")
        (self.tmp / ".gitignore").write_text("build\n")
        (self.tmp / "Makefile").write_text("dist:\n" + "".join(
            f"\tprintf '#!/bin/sh\\necho mayfly 1.2.3\\n' > $(B)/dist/mayfly-linux-{a}; chmod +x $(B)/dist/mayfly-linux-{a}\n"
            for a in ("x86_64", "aarch64")))
        (self.tmp / "ci/github/shim/checksums.json").write_text("{}\n")
        git = ["git", "-C", self.tmp, "-c", "user.name=t", "-c", "user.email=t@example.com"]
        for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
            done = run(*git, *command)
            self.assertEqual(done.returncode, 0, done.stdout)
        done = run(self.tmp / "scripts/release", env={"PATH": os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("git tag -s v1.2.3", done.stdout)
        self.assertEqual(self.check().returncode, 0)
        digest = hashlib.sha256(binary.encode()).hexdigest()
        self.assertEqual(json.loads((self.tmp / "ci/github/shim/checksums.json").read_text()),
                         {"version": "1.2.3", "assets": {f"mayfly-linux-{a}": digest for a in ("x86_64", "aarch64")}})
        template = (self.tmp / "ci/gitlab/mayfly.yml").read_text()
        self.assertEqual(template.count(f"default: {digest}\n"), 2)
        self.assertIn("default: 1.2.3\n", template)
        # nothing else of it changed
        self.assertEqual(len(template.split("\n")), len(TEMPLATE.read_text().split("\n")))
        (self.tmp / "VERSION").write_text("1.2.4\n")
        done = run(self.tmp / "scripts/release", env={"PATH": os.environ["PATH"]})
        self.assertIn("CHANGES.md has nothing about 1.2.4", done.stdout)

    def test_check(self):
        self.assertNotEqual(self.check().returncode, 0)
        sums = {}
        for arch in ("x86_64", "aarch64"):
            (self.tmp / "build/dist" / f"mayfly-linux-{arch}").write_text(arch)
            sums[f"mayfly-linux-{arch}"] = hashlib.sha256(arch.encode()).hexdigest()
        pins = self.tmp / "ci/github/shim/checksums.json"
        pins.write_text(json.dumps({"version": "1.2.3", "assets": sums}, indent=2) + "\n")
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("ci/gitlab/mayfly.yml does not hold the checksums", done.stdout)
        pins.write_text(pins.read_text().replace("1.2.3", "1.2.4"))
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("checksums.json does not hold the checksums", done.stdout)

    def test_image(self):
        text = (ROOT / "ci/image/Dockerfile").read_text()
        self.assertEqual(re.findall(r"^FROM (.*)$", text, re.M), ["scratch"])
        self.assertRegex(text, r"\nCOPY --chmod=0755 build/static/mayfly-linux-\$\{ARCH\} /mayfly\n")
        self.assertNotRegex(text, r"\n(RUN|ADD) ")


if __name__ == "__main__":
    unittest.main()
