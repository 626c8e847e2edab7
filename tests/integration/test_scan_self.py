# SPDX-License-Identifier: Apache-2.0
"""The project's own repository has no finding but those that .gitleaks.toml names with a reason, and a token would be one."""
import subprocess
import unittest

from support import tools
from support.scanrepo import ScanCase


class Own(ScanCase):
    def test_work_tree(self):
        scan = self.found(tools.ROOT, ".", code=0)
        self.assertGreater(scan.report["run"]["files"], 500)

    def test_history(self):
        inside = subprocess.run(["git", "-C", tools.ROOT, "rev-parse", "--git-dir"], capture_output=True, check=False)
        if inside.returncode:
            self.assertFalse((tools.ROOT / ".git").exists())        # an unpacked archive of the sources has none
            return
        self.found(tools.ROOT, "--history", ".", code=0)

    def test_a_token_under_tests_is_a_finding(self):
        repo = self.repo()
        repo.commit({".gitleaks.toml": (tools.ROOT / ".gitleaks.toml").read_text(), "tests/a.py": f"k = '{self.token()}'\n", "tests/b.py": "password = 'kT5vB2nQ9xW7'\n"})
        self.assertEqual(self.found(repo).places(), [("tests/a.py", 1)])


if __name__ == "__main__":
    unittest.main()
