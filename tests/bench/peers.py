# SPDX-License-Identifier: Apache-2.0
"""The programs that the scanner is measured beside, and how each is started. All are optional: scripts/setup bench."""
import os

from measure import Tool
from support import tools

SLOW = os.environ.get("MAYFLY_BENCH_SLOW") == "1"
# gitleaks takes minutes for more than that
SMALL_PACK = 40_000_000
KINGFISHER = ["scan", "--no-validate", "--no-update-check", "-q", "-f", "json"]
BETTERLEAKS = ["--no-banner", "-s", "--log-level", "warn"]


def packaged(package):
    """A binary inside a Python package: its wrapper's start is not its own."""
    return sorted((tools.CACHE / "venv" / "lib").glob(f"python3*/site-packages/{package}/bin/{package}"))


class Peers:
    def __init__(self, log):
        self.log, self.told = log, set()

    def find(self, name, *places):
        try:
            return tools.find(name, *places)
        except tools.Missing:
            if name not in self.told:
                self.told.add(name)
                self.log(f"note: {name} is not installed; scripts/setup bench installs it")
            return None

    def kingfisher(self, name, *argv):
        path = self.find("kingfisher", *packaged("kingfisher"))
        # 200: findings, 205: findings that are valid
        return [Tool(name, [path, *KINGFISHER, *argv], (0, 200, 205))] if path else []

    def betterleaks(self, *argv):
        path = self.find("betterleaks", *packaged("betterleaks"))
        return [Tool("betterleaks", [path, argv[0], *BETTERLEAKS, *argv[1:]], (0, 1))] if path else []

    def gitleaks(self, *argv):
        path = self.find("gitleaks")
        return [Tool("gitleaks", [path, argv[0], "--no-banner", "--log-level", "warn", *argv[1:]], (0, 1))] if path else []

    def history(self, clone, pack_bytes):
        """`clone(name)` is a clone for one tool alone."""
        found = self.kingfisher("kingfisher --turbo", "--turbo", clone("turbo")) + self.kingfisher("kingfisher", clone("kingfisher"))
        found += self.betterleaks("git", clone("betterleaks"))
        if SLOW or pack_bytes < SMALL_PACK:
            found += self.gitleaks("git", clone("gitleaks"))
        else:
            self.log("note: gitleaks takes minutes here; MAYFLY_BENCH_SLOW=1 measures it too")
        return found

    def files(self, folder):
        found = self.kingfisher("kingfisher", "--git-history", "none", folder) + self.betterleaks("fs", folder)
        path = self.find("ripsecrets")
        if path:
            found.append(Tool("ripsecrets", [path, folder], (0, 1)))
        return found + (self.gitleaks("dir", folder) if SLOW else [])

    def grep(self, folder):
        path = self.find("rg")
        return [Tool("rg -uuu -c", [path, "-uuu", "-c", "no_such_literal_here", folder], (0, 1))] if path else []

    def workflows(self, folder):
        """Other tools for workflow files; each looks for other things than we do."""
        zizmor, actionlint = self.find("zizmor", *packaged("zizmor")), self.find("actionlint")
        found = [Tool("zizmor --offline", [zizmor, "--offline", "--no-progress", "-q", folder], (0, *range(10, 15)))] if zizmor else []
        if actionlint:
            found.append(Tool("actionlint", [actionlint, "-no-color", "-shellcheck=", "-pyflakes=", *sorted(folder.iterdir())], (0, 1)))
        return found
