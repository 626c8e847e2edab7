# SPDX-License-Identifier: Apache-2.0
"""The shell parts of what users paste to scan in a CI, in one piece and in parts, with the real binary on the PATH."""
import json
import re
import subprocess
import unittest

from support import tools
from support.scanrepo import ScanCase
from test_shim import nodes

try:
    import yaml
except ImportError:     # the system's python; scripts/setup test has one with it
    yaml = None

EXAMPLES = tools.ROOT / "ci/examples"


@unittest.skipUnless(yaml, "PyYAML is not installed; scripts/setup test installs it")
class Examples(ScanCase):
    def setUp(self):
        super().setUp()
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "mayfly").symlink_to(tools.mayfly())
        self.rp = self.repo()
        for i in range(4):
            self.rp.commit({f"f{i}": f"k={self.token(str(i))}\n"})

    def example(self, name):
        return yaml.safe_load((EXAMPLES / name).read_text())

    def run_program(self, *command, **env):
        return subprocess.run(list(map(str, command)), cwd=self.rp.folder, env=self.env({"PATH": f"{self.folder}/bin:/usr/bin:/bin"} | env), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)

    def shell(self, lines, **env):
        return self.run_program("/bin/sh", "-c", "set -e\n" + (lines if isinstance(lines, str) else "\n".join(lines)), **env)

    def joined(self, script, parts, merge):
        for env in parts:
            done = self.shell(script, **env)
            self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(list(self.rp.folder.glob("shard-*.json"))), len(parts))
        done = self.shell(merge)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("4 committed secrets", done.stdout)

    def test_github_in_parts(self):
        jobs = self.example("github-scan.yml")["jobs"]
        total = len(jobs["history"]["strategy"]["matrix"]["part"])
        step = next(s for s in jobs["history"]["steps"] if s.get("name") == "One part of the history")
        self.assertEqual(step["env"], {"MAYFLY_SHARD_INDEX": "${{ strategy.job-index }}", "MAYFLY_SHARD_TOTAL": "${{ strategy.job-total }}"})
        parts = [{"MAYFLY_SHARD_INDEX": str(i), "MAYFLY_SHARD_TOTAL": str(total)} for i in range(total)]
        self.joined(step["run"], parts, jobs["report"]["steps"][-1]["run"])
        self.assertTrue((self.rp.folder / "mayfly.html").is_file())

    def test_gitlab_in_parts(self):
        jobs = self.example("gitlab-scan.yml")
        total = jobs["history"]["parallel"]
        parts = [{"CI_NODE_INDEX": str(i + 1), "CI_NODE_TOTAL": str(total)} for i in range(total)]
        self.joined(jobs["history"]["script"], parts, jobs["history report"]["script"])
        report = json.loads((self.rp.folder / "gl-secret-detection-report.json").read_text())
        self.assertEqual(len(report["vulnerabilities"]), 4)

    def test_a_part_that_fails_fails_its_job(self):
        self.assertEqual(self.shell(self.example("gitlab-scan.yml")["history"]["script"]).returncode, 2)    # no CI_NODE_INDEX

    def test_kubernetes(self):
        job = self.example("kubernetes-scan.yml")
        box = job["spec"]["template"]["spec"]["containers"][0]
        total = {e["name"]: e["value"] for e in box["env"]}["JOB_COMPLETIONS"]
        self.assertEqual((job["spec"]["completionMode"], str(job["spec"]["completions"])), ("Indexed", total))
        (self.folder / "repos.txt").write_text(f"app={self.rp.folder}\n")
        seen = 0
        for i in range(int(total)):
            args = [a.replace("$(JOB_COMPLETION_INDEX)", str(i)).replace("/repos/", f"{self.folder}/").replace("/reports/", f"{self.folder}/") for a in box["args"]]
            done = self.run_in(self.folder, *args, env={"JOB_COMPLETION_INDEX": str(i), "JOB_COMPLETIONS": total})
            self.assertIn(done.code, (0, 1), done.text)
            seen += len(json.loads((self.folder / f"part-{i}.json").read_text())["findings"])
        self.assertEqual(seen, 4)

    def test_gitlab_template(self):
        jobs = (tools.ROOT / "ci/gitlab/mayfly.yml").read_text().split("\n---\n")[1]
        script = re.search(r"\n\.mayfly-scan:\n.*?script:\n    - (.*)\n", jobs, re.S)[1]
        self.assertEqual(self.shell(script).returncode, 1)
        report = json.loads((self.rp.folder / "gl-secret-detection-report.json").read_text())
        self.assertEqual(len(report["vulnerabilities"]), 4)

    def test_github_action(self):
        """The action's script, with the variable by which gitleaks-action is told its rules."""
        config = self.folder / "rules.toml"
        config.write_text("[[rules]]\nid = 'mine'\nregex = '''acme_[0-9a-f]{8}'''\nkeywords = ['acme_']\n")
        self.rp.commit({"m": "k = acme_0123abcd\n"})
        node, main = sorted(nodes().values())[0], tools.ROOT / "ci/github/scan/main.js"
        for more, code, text in (({}, 1, "4 committed secrets"), ({"GITLEAKS_CONFIG": str(config)}, 1, "mine"),
                                 ({"GITLEAKS_CONFIG": str(config), "INPUT_RULES": "other.toml"}, 6, "other.toml")):
            done = self.run_program(node, main, **({"GITHUB_ACTIONS": "true", "INPUT_BINARY": tools.mayfly(), "INPUT_SCAN-HISTORY": "always",
                                                    "GITHUB_EVENT_NAME": "push"} | more))
            self.assertEqual(done.returncode, code, done.stdout)
            self.assertIn(text, done.stdout)
