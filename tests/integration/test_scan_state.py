# SPDX-License-Identifier: Apache-2.0
"""A scan with a state file reports what one without reports, whatever has become of the repository since the state was written."""
import os
import pathlib
import random

from support.scanrepo import ScanCase

SEEDS = int(os.environ.get("MAYFLY_STATE_SEEDS", "6"))


class StateCase(ScanCase):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"

    def same(self, repo, *args, how=""):
        """The report with the state, which is the one without."""
        want = self.scan(repo, "--history")
        got = self.scan(repo, "--history", "--state", self.state, *args)
        self.assertEqual((got.code, got.notes), (want.code, want.notes), f"{how}: {got.text}")
        self.assertEqual(got.findings, want.findings, how)
        for value in self.tokens.values():
            self.assertNotIn(value.encode(), self.state.read_bytes())
        return got


class Changes(StateCase):
    """Between two runs, everything happens that git can do to a history."""

    def begin(self, seed):
        self.dice = random.Random(seed)
        self.rp = self.repo(object_format="sha256" if seed % 3 == 2 else "sha1")
        self.pool = [self.token(f"{seed}/{i}") for i in range(6)]
        self.steps = 0
        self.rp.commit({"README": "nothing\n"})
        for _ in range(6):
            self.step()

    def text(self):
        lines = [f"line {self.dice.randrange(10**6)}\n" for _ in range(self.dice.randrange(1, 60))]
        if self.dice.randrange(3) == 0:
            lines.insert(self.dice.randrange(len(lines) + 1), f'{self.dice.choice(["k", "other", "k = x; k"])} = "{self.dice.choice(self.pool)}"' +
                         self.dice.choice(["\n", " # mayfly:allow made up\n"]))
        return "".join(lines)

    def name(self):
        return "/".join([f"d{self.dice.randrange(3)}" for _ in range(self.dice.randrange(3))] + [f"f{self.dice.randrange(4)}." + self.dice.choice(["txt", "txt", "txt", "p12"])])

    def files(self):
        return self.rp.git("ls-files").split("\n")

    def commits(self):
        return self.rp.git("rev-list", "--all").split("\n")

    def branches(self):
        return [b for b in self.rp.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n") if b != "main"]

    def edit(self):
        self.rp.commit({self.name(): self.text() for _ in range(self.dice.randrange(1, 4))}, "edit " + self.dice.choice(["", "", "", *self.pool]))

    def rename(self):
        old, new = self.dice.choice(self.files()), f"r{self.dice.randrange(10**6)}/{self.dice.randrange(3)}.txt"
        (self.rp.folder / new).parent.mkdir(parents=True, exist_ok=True)
        self.rp.git("mv", old, new)
        self.rp.commit(message="rename")

    def remove(self):
        files = self.files()
        if len(files) > 2:
            self.rp.git("rm", "-q", self.dice.choice(files))
            self.rp.commit(message="remove")

    def older_branch(self, merge=None):
        """A branch with older dates, which has an old blob under a new path; mostly it is merged."""
        now, name = self.rp.clock, f"old{self.rp.clock}"
        self.rp.git("checkout", "-q", "-b", name, self.dice.choice(self.commits()))
        self.rp.clock = now - self.dice.randrange(1, 5000)
        blob = self.dice.choice(self.blobs())
        self.rp.git("update-index", "--add", "--cacheinfo", f"100644,{blob},back{self.dice.randrange(50)}/old.txt")
        self.rp.git("commit", "-q", "-m", "older")
        self.rp.git("reset", "-q", "--hard")
        if self.dice.randrange(2):
            self.rp.commit({self.name(): self.text()}, "older, too")
        self.rp.git("checkout", "-q", "-f", "main")
        self.rp.clock = now + 10
        if merge if merge is not None else self.dice.randrange(3):
            self.rp.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", "-s", "ours", name)

    def blobs(self):
        lines = self.rp.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").split("\n")
        return [x.split()[1] for x in lines if x.startswith("blob ")]

    def loose_ends(self):
        """A blob and a tree that no commit has, and a tag."""
        blob = self.rp.blob(self.text())
        if self.dice.randrange(2):
            self.rp.git("mktree", stdin=f"100644 blob {blob}\tlost.txt\n".encode())
        self.rp.git("tag", "-f", "-a", f"t{self.dice.randrange(3)}", "-m", self.dice.choice(["a tag", *self.pool]), self.dice.choice(self.commits()))

    def found_again(self):
        """A tree that no commit had until now."""
        blob = self.rp.blob(self.text())
        tree = self.rp.git("mktree", stdin=f"100644 blob {blob}\tlost.txt\n".encode())
        lost = self.rp.git("mktree", stdin=f"040000 tree {tree}\tsub\n".encode())
        self.lost = [*getattr(self, "lost", []), lost]

    def use_lost(self):
        for tree in getattr(self, "lost", [])[-1:]:
            if self.rp.git("cat-file", "-t", tree, check=False) == "tree":
                commit = self.rp.git("commit-tree", "-m", "found again", tree)
                self.rp.git("branch", "-f", f"found{self.dice.randrange(3)}", commit)

    def forget(self):
        """A branch goes, and what only it had is pruned."""
        for name in self.branches()[:self.dice.randrange(1, 3)]:
            self.rp.git("branch", "-q", "-D", name)
        if self.dice.randrange(2):
            self.rp.git("reset", "-q", "--hard", "HEAD~1", check=False)
        self.rp.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
        self.rp.git("gc", "-q", "--prune=now")

    def repack(self):
        self.rp.git("repack", "-q", "-d", *self.dice.choice([[], ["-a"], ["-a", "-f", "--depth=50"], ["-a", "-f", "--window=0"]]))
        if self.dice.randrange(3) == 0:
            self.rp.git("commit-graph", "write", "--reachable")

    def step(self):
        self.steps += 1
        what = [self.edit] * 6 + [self.rename, self.rename, self.remove, self.older_branch, self.older_branch, self.loose_ends, self.found_again,
                                  self.use_lost, self.forget, self.repack, self.repack]
        self.dice.choice(what)()

    def check(self, seed):
        self.begin(seed)
        for round_ in range(6):
            how = ["--threads", self.dice.choice((1, 3)), "--engine", self.dice.choice(("pack", "pack", "pack", "odb"))]
            scan = self.same(self.rp, *how, how=f"seed {seed}, round {round_}, {how}")
            if round_:
                self.assertGreater(scan.report["run"]["known"], 0)
            for _ in range(self.dice.randrange(7)):
                self.step()
            if round_ == 2:
                self.older_branch(merge=True)
                self.forget()


def add(seed):
    setattr(Changes, f"test_{seed}", lambda self: self.check(seed))


for number in range(SEEDS):
    add(number)


class Gaps(StateCase):
    """What the first run could not see comes to light later."""

    def setUp(self):
        super().setUp()
        self.rp = self.repo()
        self.rp.commit({"a": f"k={self.token()}\n", "d/b": "clean\n"})

    def object(self, id):
        return self.rp.folder / ".git" / "objects" / id[:2] / id[2:]

    def hidden(self, *ids):
        for id in ids:
            os.rename(self.object(id), self.folder / id)
        return ids

    def shown(self, *ids):
        for id in ids:
            os.rename(self.folder / id, self.object(id))

    def test_a_blob_that_was_missing(self):
        self.rp.commit({"d/late": f"k={self.token('two')}\n"})
        ids = self.hidden(self.rp.git("rev-parse", "HEAD:d/late"))
        self.same(self.rp)
        self.shown(*ids)
        self.assertEqual({f["path"] for f in self.same(self.rp).findings}, {"a", "d/late"})

    def test_a_tree_that_was_missing(self):
        self.rp.commit({"e/f/late": f"k={self.token('two')}\n"})
        for what in ("HEAD:e", "HEAD:e/f", "HEAD^{tree}"):
            self.state.unlink(missing_ok=True)
            ids = self.hidden(self.rp.git("rev-parse", what))
            self.same(self.rp)
            self.shown(*ids)
            self.assertEqual({f["path"] for f in self.same(self.rp).findings}, {"a", "e/f/late"}, what)

    def test_a_commit_that_was_missing(self):
        first = self.rp.commit({"late": f"k={self.token('two')}\n"})
        self.rp.commit({"x": "y\n"})
        self.hidden(first)
        self.same(self.rp)
        self.shown(first)
        self.assertEqual({f["commit"] for f in self.same(self.rp).findings if f["path"] == "late"}, {first})

    def test_damaged_objects(self):
        """Of a tree that is damaged the report speaks each time."""
        self.rp.commit({"e/late": f"k={self.token('two')}\n"})
        for what in ("HEAD:e", "HEAD:e/late"):
            self.state.unlink(missing_ok=True)
            id = self.rp.git("rev-parse", what)
            good = self.object(id).read_bytes()
            self.object(id).chmod(0o644)
            self.object(id).write_bytes(b"nonsense" * 8)
            self.same(self.rp, how=what)
            self.same(self.rp, how=what)
            self.object(id).write_bytes(good)
            self.assertEqual({f["path"] for f in self.same(self.rp).findings}, {"a", "e/late"})

    def test_a_blob_that_stands_for_others_is_damaged(self):
        """Then the others are scanned. Which of them does is not known here: each in turn. What becomes of one that does not is not noticed."""
        t = self.token("two")
        ids, stood = [], 0
        for i in range(4):
            self.rp.commit({"late": "x\n" * i + f"k={t}\nk={self.token()}\n" + f"end {i}\n"})
            ids.append(self.rp.git("rev-parse", "HEAD:late"))
        for id in ids:
            self.state.unlink(missing_ok=True)
            whole = self.same(self.rp).findings
            self.assertEqual(len(whole), 3)
            good = self.object(id).read_bytes()
            self.object(id).chmod(0o644)
            self.object(id).write_bytes(b"nonsense" * 8)
            part = self.scan(self.rp, "--history").findings
            for _ in range(2):
                scan = self.scan(self.rp, "--history", "--state", self.state)
                noticed = any("could not be read" in n for n in scan.notes)
                self.assertEqual(scan.findings, part if noticed else whole)
                stood += noticed
            self.object(id).write_bytes(good)
            self.same(self.rp, how=id)
        self.assertGreaterEqual(stood, 2)

    def test_blobs_with_findings_are_not_read_again(self):
        for i in range(9):
            self.rp.commit({"late": f"k={self.token('two')}\n" + f"end {i}\n"})
        self.same(self.rp)
        again = self.same(self.rp).report["run"]
        self.assertEqual((again["blobs"], again["known"]), (2, 10 + 9))
        self.rp.commit({"late": f"{i}\nk={self.token('two')}\nk={self.token('three')}\n"})
        self.assertEqual(self.same(self.rp).report["run"]["blobs"], 3)
        self.assertEqual(self.same(self.rp).report["run"]["blobs"], 2)

    def test_ids_under_another_salt(self):
        ids = [{f["id"] for f in self.same(self.rp, how=how).findings} for how in ("first", "again")]
        self.assertEqual(self.scan(self.rp, "--accept", max(ids[0]), "--reason", "made up").code, 0)
        text = (self.rp.folder / ".mayflyignore").read_text()
        (self.rp.folder / ".mayflyignore").write_text("cost=20000\n" + text if "cost=" not in text else text.replace("cost=50000", "cost=20000"))
        ids += [{f["id"] for f in self.same(self.rp, how=how).findings} for how in ("another salt", "and again")]
        self.assertEqual((ids[0], ids[2]), (ids[1], ids[3]))
        self.assertNotEqual(ids[1], ids[2])

    def test_what_is_said_is_said_again(self):
        """Of objects with which something was left out."""
        self.rp.commit({"lfs": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5\n"})
        first = self.same(self.rp)
        self.assertTrue(any("LFS" in n for n in first.notes), first.notes)
        self.same(self.rp)

    def test_partial_clone(self):
        self.rp.git("config", "uploadpack.allowFilter", "true")
        self.rp.commit({"late": f"k={self.token('two')}\n"})
        self.rp.commit(remove=["late"])
        part = self.clone(self.rp, "--filter=blob:none")
        self.same(part)
        self.same(part)
        part.git("cat-file", "blob", "HEAD~1:late")
        self.assertEqual({f["path"] for f in self.same(part).findings}, {"a", "late"})

    def test_partial_clones_to_which_more_comes(self):
        self.rp.git("config", "uploadpack.allowFilter", "true")
        self.rp.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.rp.commit({"d/late": f"k={self.token('two')}\n", "d/other": "x\n"})
        self.rp.commit({"e/f/deep": f"k={self.token('three')}\n"})
        self.rp.git("mv", "d", "moved")
        self.rp.commit()
        ids = [self.rp.git("rev-parse", name).strip() for name in ("HEAD~1:d/other", "HEAD:moved/late", "HEAD:e/f/deep", "HEAD~2:a", "HEAD~1^{tree}", "HEAD:moved")]
        for i, how in enumerate(("blob:none", "tree:0", "blob:limit=3")):
            part = self.clone(self.rp, f"--filter={how}", "--no-checkout", name=f"part-{i}")
            pathlib.Path(self.state).unlink(missing_ok=True)
            for name in ids:
                self.same(part, how=f"{how} before {name}")
                self.same(part, how=f"{how} again before {name}")
                part.git("cat-file", "-p", name)
            self.rp.commit({f"new{i}": f"k={self.token('four')}\n"})
            part.git("fetch", "-q")
            self.same(part, how=f"{how} at last")

    def test_shallow_clone(self):
        for i in range(4):
            self.rp.commit({"a": f"k={self.token()}\n{i}\n", "b": f"{i}\n"})
        part = self.clone(self.rp, "--depth=2")
        for _ in range(3):
            self.same(part)
            part.git("fetch", "-q", "--deepen=1")
        self.assertEqual(min(f["line"] for f in self.same(part).findings), 1)

    def test_shards_use_it_each_for_itself(self):
        self.same(self.rp)
        part = self.scan(self.rp, "--history", "--shard", "1/2", "--state", self.state)
        self.assertIn(part.code, (0, 1))
        self.same(self.rp)
        self.rp.commit({"late": f"k={self.token('two')}\n"})
        self.same(self.rp)

    def test_the_first_finding_comes_later(self):
        self.rp = self.repo()
        self.rp.commit({"x/y": "clean\n"})
        self.same(self.rp)
        self.rp.commit({"x/z": f"k={self.token('two')}\n"})
        self.same(self.rp)
        self.rp.git("mv", "x", "w")
        self.rp.commit()
        self.same(self.rp)
        self.assertTrue(pathlib.Path(self.state).stat().st_size)
