# SPDX-License-Identifier: Apache-2.0
"""A made history: what was planted in it is found, by both engines, whole or in parts; and nothing else is."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import tools
from support.harness import BASE_ENV


class MadeHistory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="mayfly-history-")
        cls.folder = pathlib.Path(cls.place.name)
        cls.repo = cls.make("a.git")
        cls.planted = json.loads(pathlib.Path(f"{cls.repo}.json").read_text())["secrets"]

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def make(cls, name, *options):
        repo = cls.folder / name
        subprocess.run([sys.executable, str(tools.ROOT / "scripts" / "make-history"), "--scale", "0.03", *options, str(repo)], check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        return repo

    def mayfly(self, *argv, code=1):
        done = subprocess.run([tools.mayfly(), *map(str, argv), "--format", "json"], env=BASE_ENV | {"HOME": str(self.folder)},
                              cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def places(self, findings):
        return sorted((f["path"], f["line"], f["rule"], f["commit"]) for f in findings)

    def test_planted_are_found_and_nothing_else(self):
        report = self.mayfly("scan", "--history", self.repo)
        self.assertGreaterEqual(len(self.planted), 36)
        self.assertEqual(self.places(report["findings"]), self.places(self.planted))

    def test_engines_agree(self):
        by_delta, by_object = (self.mayfly("scan", "--history", self.repo, "--engine", e)["findings"] for e in ("pack", "odb"))
        self.assertEqual(by_delta, by_object)

    def test_threads_change_nothing(self):
        one, four = (self.mayfly("scan", "--history", self.repo, "--threads", n)["findings"] for n in (1, 4))
        self.assertEqual(one, four)

    def test_shards_join_to_the_whole(self):
        parts = []
        for i in (1, 2, 3):
            parts.append(self.folder / f"{i}.json")
            done = subprocess.run([tools.mayfly(), "scan", "--history", str(self.repo), "--shard", f"{i}/3", "--format", "json"],
                                  env=BASE_ENV | {"HOME": str(self.folder)}, capture_output=True, timeout=120, check=False)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            parts[-1].write_bytes(done.stdout)
        self.assertEqual(self.mayfly("merge", *parts)["findings"], self.mayfly("scan", "--history", self.repo)["findings"])

    def test_without_secrets_nothing_is_found(self):
        self.assertEqual(self.mayfly("scan", "--history", self.make("none.git", "--secrets", "0"), code=0)["findings"], [])

    def test_same_seed_same_objects(self):
        heads = [subprocess.run(["git", "-C", str(repo), "for-each-ref"], check=True, capture_output=True).stdout
                 for repo in (self.repo, self.make("again.git"), self.make("other.git", "--seed", "2"))]
        self.assertEqual(heads[0], heads[1])
        self.assertNotEqual(heads[0], heads[2])
