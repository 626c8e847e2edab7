# SPDX-License-Identifier: Apache-2.0
"""What each mode of a scan looks at, in repositories as they occur, and what it says of what it could not look at."""
import ctypes
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import unittest.mock

from support import tools
from support.scanrepo import Repo, ScanCase, token

ZERO = "0" * 40


CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24


def unprivileged(scan):
    """What `scan` starts has no more rights over files than their modes give it, also when root runs the tests."""
    run = subprocess.run

    def drop():
        libc = ctypes.CDLL(None, use_errno=True)
        for cap in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if os.geteuid() == 0 and libc.prctl(PR_CAPBSET_DROP, cap, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "the capability cannot be dropped")

    with unittest.mock.patch("subprocess.run", lambda *args, **kw: run(*args, **kw, preexec_fn=drop)):
        return scan()


class Tree(ScanCase):
    def test_tracked_untracked_and_ignored(self):
        repo, t = self.repo(), self.token()
        repo.commit({".gitignore": "*.log\n", "a.env": f"k={t}\n"})
        repo.write("new.env", f"k={t}\n")
        repo.write("x.log", f"k={t}\n")
        both = {p for f in self.found(repo).findings for p in [f["path"], *f["more_paths"]]}
        self.assertEqual(both, {"a.env", "new.env"})
        all_three = {p for f in self.found(repo, "--ignored").findings for p in [f["path"], *f["more_paths"]]}
        self.assertEqual(all_three, {"a.env", "new.env", "x.log"})

    def test_a_folder_without_repository(self):
        folder = self.folder / "plain"
        folder.mkdir()
        (folder / "a.txt").write_text(f"k={self.token()}\n")
        self.assertEqual(self.found(folder).report["run"]["mode"], "folder")
        for args in (["--history"], ["--staged"], ["--range", "a..b"]):
            self.assertEqual(self.scan(folder, *args).code, 6, args)

    def test_a_file_alone(self):
        folder = self.folder / "alone"
        (folder / "sub").mkdir(parents=True)
        (folder / "one.env").write_text(f"k={self.token()}\n")
        (folder / "two.env").write_text(f"k={self.token('two')}\n")
        (folder / "sub/link").symlink_to("../one.env")
        for name in ("one.env", "./one.env", str(folder / "one.env"), "sub/link"):
            found = self.found(folder, name).findings
            self.assertEqual([f["path"] for f in found], [os.path.basename(name)])
        self.assertEqual(self.run_in(folder, "gitleaks", "dir", "sub/../one.env", "-r", "r.json").code, 1)
        self.assertTrue(json.loads((folder / "r.json").read_text())[0]["File"].endswith("one.env"))
        self.assertNotIn("one.env/one.env", (folder / "r.json").read_text())

    def test_links_are_not_followed(self):
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "secret.txt").write_text(f"k={self.token()}\n")
        repo = self.repo()
        repo.commit({"a": "nothing\n"})
        os.symlink(outside, repo.folder / "folder")
        os.symlink(outside / "secret.txt", repo.folder / "file")
        os.symlink("loop", repo.folder / "loop")
        self.found(repo, code=0)
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "links")
        for args in ([], ["--history"], ["--range", "..HEAD"]):
            self.found(repo, *args, code=0)

    def test_what_cannot_be_read_is_told(self):
        repo = self.repo()
        repo.commit({"a": "nothing\n", "b": "nothing\n"})
        os.mkfifo(repo.folder / "pipe")
        self.found(repo, code=0)
        repo.write("big", b"x" * (2 << 20))
        scan = self.found(repo, "--max-size", "1", code=0)
        self.assertTrue(any("larger" in n and "big" in n for n in scan.notes), scan.notes)
        strict = self.scan(repo, "--max-size", "1", "--strict")
        self.assertEqual(strict.code, 7, strict.text)

    def test_a_file_that_may_not_be_read(self):
        repo = self.repo()
        repo.commit({"a": "nothing\n", "closed.env": f"k={self.token()}\n", "sub/b": "nothing\n"})
        (repo.folder / "closed.env").chmod(0)
        (repo.folder / "sub").chmod(0)
        self.addCleanup((repo.folder / "sub").chmod, 0o755)
        scan = unprivileged(lambda: self.found(repo, code=0))
        note = [n for n in scan.notes if "could not be read" in n]
        self.assertTrue(note and "'closed.env'" in note[0] and "'sub'" in note[0] and "Permission denied" in note[0], scan.notes)
        self.assertEqual(unprivileged(lambda: self.scan(repo, "--strict")).code, 7)

    def test_objects_that_may_not_be_listed(self):
        repo = self.repo()
        repo.commit({"a": "nothing\n"})
        for place in ("loose", "pack"):
            if place == "pack":
                repo.git("repack", "-adq")
            oid = repo.git("rev-parse", "HEAD:a")
            folder = repo.folder / ".git/objects" / ("pack" if place == "pack" else oid[:2])
            folder.chmod(0)
            try:
                scan = unprivileged(lambda: self.scan(repo, "--history", "--strict"))
            finally:
                folder.chmod(0o755)
            self.assertEqual(scan.code, 7, scan.text)
            self.assertTrue([n for n in scan.notes if "1 file or folder could not be read" in n and "Permission denied" in n and ".git/objects" in n], scan.notes)

    def test_files_that_vanish_meanwhile(self):
        folder = self.folder / "busy"
        folder.mkdir()
        # one thread has work with the first while the others wait, opened, as far as there is room; the last are still names
        (folder / "a").write_bytes(b"password = token = secret = key: \n" * (1 << 17))
        for i in range(600):
            (folder / f"b{i:03}").write_text("x\n")
        parent = subprocess.Popen([tools.mayfly(), "scan", "--format", "json", "--threads", "1"], cwd=folder, env=self.env(), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        child = None
        while parent.poll() is None:
            children = pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
            if children and len(os.listdir(f"/proc/{children[0]}/fd")) > 200:
                child = int(children[0])
                break
        self.assertIsNotNone(child)
        os.kill(child, signal.SIGSTOP)
        for i in range(590, 600):
            (folder / f"b{i:03}").unlink()
        os.kill(child, signal.SIGCONT)
        out, err = parent.communicate(timeout=120)
        self.assertEqual(parent.returncode, 0, err)
        notes = [n for n in json.loads(out)["run"]["notes"] if "vanished" in n["what"]]
        self.assertEqual([(n["what"].split()[0], n["incomplete"]) for n in notes], [("10", False)])
        self.assertIn("'b590'", notes[0]["why"])

    def test_submodules_are_named(self):
        inner, t = self.repo(), self.token()
        inner.commit({"deep.env": f"k={t}\n"})
        repo = self.repo()
        repo.commit({"a": "x\n"})
        repo.git("submodule", "add", "-q", f"file://{inner.folder}", "sub")
        repo.commit(message="sub")
        scan = self.found(repo, code=0)
        self.assertTrue(any("submodule" in n and "sub" in n for n in scan.notes), scan.notes)
        self.assertEqual(self.found(repo, "--submodules").places(), [("sub/deep.env", 1)])

    def test_lfs_pointers_are_named(self):
        repo = self.repo()
        repo.commit({"big.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 12345\n"})
        for args in ([], ["--history"], ["--range", "..HEAD"]):
            self.assertTrue(any("1 pointer of Git LFS: its content is not" in n for n in self.found(repo, *args, code=0).notes), args)
        repo.commit({"more.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "cd" * 32 + "\nsize 1\n"})
        self.assertTrue(any("2 pointers of Git LFS: their content is not" in n for n in self.found(repo, code=0).notes))

    def test_encodings(self):
        t, repo = self.token(), self.repo()
        line = f'token = "{t}"\r\n'
        repo.commit({"le": line.encode("utf-16-le"), "be": line.encode("utf-16-be"), "mark": line.encode("utf-16"), "latin": "caf\xe9 ".encode("latin-1") + line.encode(),
                     "bin": b"\x7fELF\0\0\0" + line.encode() + b"\0" * 100,
                     "long": b"x" * (1 << 20) + b" " + line.strip().encode() + b" " + b"y" * (1 << 20)})
        names = {p for f in self.found(repo).findings for p in [f["path"], *f["more_paths"]]}
        self.assertEqual(names, {"le", "be", "mark", "latin", "bin", "long"})

    def test_archives(self):
        import gzip
        repo = self.repo()
        repo.commit({"a.gz": gzip.compress(f"k={self.token()}\n".encode())})
        for args, name in ((["--range", "..HEAD"], "a.gz"), ([], "a.gz"), (["--history"], repo.git("rev-parse", "HEAD:a.gz").strip())):
            notes = self.found(repo, *args, code=0).notes
            self.assertTrue(any("1 archive was not opened" in n and f"'{name}'" in n and "--archives" in n for n in notes), notes)
            self.assertEqual(self.found(repo, "--archives", *args).notes, [])

    def test_archives_that_cannot_be_read_and_those_behind_a_program(self):
        import bz2
        import io
        import lzma
        import zipfile
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as z:
            z.writestr("in.txt", f"k={self.token()}\n", zipfile.ZIP_DEFLATED)
        repo = self.repo()
        repo.commit({"a.xz": lzma.compress(b"x" * 100), "b.bz2": bz2.compress(b"x" * 100), "run": b"#!/bin/sh\nexec java -jar $0\n" + packed.getvalue()})
        self.assertTrue(any("3 archives were not opened" in n for n in self.found(repo, code=0).notes))
        for args in ([], ["--history"]):
            scan = self.found(repo, "--archives", *args)
            self.assertTrue(any("2 members of archives not scanned" in n for n in scan.notes), scan.notes)
        repo.git("rm", "-q", "run")
        self.assertEqual(self.scan(repo, "--archives", "--strict").code, 7)
        self.assertEqual(self.scan(repo, "--strict").code, 0)

    def test_rules_that_extend_files(self):
        repo = self.repo()
        repo.commit({"a": "x zz12345\n"})
        base = "[[rules]]\nid = 'theirs'\nregex = 'zz[0-9]{5}'\nkeywords = ['zz']\n"
        for folder in (self.folder, self.folder / "cfg", repo.folder / "in"):
            folder.mkdir(exist_ok=True)
            (folder / "base.toml").write_text(base)
        for rules, path in ((self.folder / "r.toml", "base.toml"), (self.folder / "cfg/r.toml", "base.toml"), (self.folder / "cfg/s.toml", "../base.toml"),
                            (self.folder / "t.toml", str(self.folder / "cfg/base.toml"))):
            rules.write_text(f"[extend]\npath = '{path}'\n")
            for args in ([], ["--history"]):
                self.assertEqual([f["rule"] for f in self.found(repo, "--rules", rules, *args).findings if f["path"] == "a"], ["theirs"], (rules, args))
        chain = self.folder / "chain.toml"
        chain.write_text("[extend]\npath = 'cfg/s.toml'\n")
        self.assertEqual([f["rule"] for f in self.found(repo, "--rules", chain).findings if f["path"] == "a"], ["theirs"])
        own = repo.folder / ".gitleaks.toml"
        own.write_text("[extend]\npath = 'in/base.toml'\n")
        self.assertIn("theirs", [f["rule"] for f in self.found(repo).findings])
        # what a repository brings opens nothing outside of it
        for path in ("../base.toml", str(self.folder / "base.toml")):
            own.write_text(f"[extend]\npath = '{path}'\n")
            scan = self.scan(repo)
            self.assertEqual(scan.code, 2, scan.text)
            self.assertIn("may extend files in it only", scan.text)

    def test_a_users_rules_in_merged_reports(self):
        repo = self.repo()
        repo.commit({"a": "x zz12345\n", "b": "y zz54321\n"})
        rules = self.folder / "r.toml"
        rules.write_text("[[rules]]\nid = 'tagged'\ndescription = 'd'\nregex = 'zz[0-9]{5}'\nkeywords = ['zz']\ntags = ['team:x', 'b\"']\n")
        parts = []
        for i in (1, 2):
            parts.append(self.folder / f"{i}.json")
            parts[-1].write_bytes(self.scan(repo, "--history", "--rules", rules, "--shard", f"{i}/2").out)

        def lines(out):
            return [line for line in out.decode().splitlines() if not re.search("took_ms|[tT]ime|[0-9]s with | s with ", line)]

        for form in ("text", "sarif", "junit", "csv", "gitlab", "json"):
            single = self.scan(repo, "--history", "--rules", rules, "--format", form)
            merged = self.run_in(repo.folder, "merge", "--format", form, *parts)
            if form != "json":
                self.assertEqual(lines(merged.out), lines(single.out), form)
            self.assertEqual(b"team:x" in merged.out, form not in ("junit", "csv", "gitlab"), form)

    def test_ids_of_many_credentials(self):
        repo = self.repo()
        repo.commit({f"f{i}": "".join(f"k = {token(i * 107 + k)}\n" for k in range(107)) for i in range(10)})
        repo.commit({".mayflyignore": "salt=0123456789abcdef0123456789abcdef\ncost=10000\n"})
        parts = []
        for i in (1, 2):
            parts.append(self.folder / f"{i}.json")
            parts[-1].write_bytes(self.scan(repo, "--history", "--shard", f"{i}/2").out)
        for form, shown in (("json", 1000), ("text", 64)):
            single = self.scan(repo, "--history", "--format", form)
            merged = self.run_in(repo.folder, "merge", "--format", form, *parts)
            ids = [re.findall(rb'"id": "[0-9a-f]{32}"|--accept [0-9a-f]{32}', run.out) for run in (single, merged)]
            self.assertEqual(len(ids[0]), shown)
            self.assertEqual(ids[0], ids[1])
            for run in (single, merged):
                self.assertIn(f"only the first {shown} credentials", run.out.decode())

    def test_two_reports_to_one_file(self):
        repo = self.repo()
        repo.commit({"a": "x\n"})
        scan = self.scan(repo, "--report", "json=out", "--report", f"sarif={repo.folder}/./out")
        self.assertEqual(scan.code, 6, scan.text)
        self.assertIn("two reports are to go to", scan.text)
        self.assertFalse((repo.folder / "out").exists())

    def test_an_ignore_file_that_is_a_link(self):
        repo = self.repo()
        repo.commit({"a": "x\n"})
        (self.folder / "elsewhere").write_text("a:b:1\n")
        (repo.folder / ".gitleaksignore").symlink_to(self.folder / "elsewhere")
        scan = self.scan(repo)
        self.assertEqual(scan.code, 6, scan.text)
        self.assertIn("a link to what the scan may not read", scan.text)

    def test_what_is_stored_in_an_archive_is_found_once(self):
        import io
        import tarfile
        import zipfile
        line = f"k={self.token()}\nother={self.token('two')}\n".encode()
        tar, stored = io.BytesIO(), io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as t:
            for name in ("one", "two"):
                info = tarfile.TarInfo(name)
                info.size = len(line)
                t.addfile(info, io.BytesIO(line))
        with zipfile.ZipFile(stored, "w") as z:
            z.writestr("three", line)
        repo = self.repo()
        repo.commit({"a.tar": tar.getvalue(), "b.zip": stored.getvalue()})
        for args in ([], ["--history"]):
            paths = {p for f in self.found(repo, "--archives", *args).findings for p in [f["path"], *f["more_paths"]]}
            self.assertEqual(sorted(paths), ["a.tar!one", "a.tar!two", "b.zip!three"])
            self.assertEqual(sorted({f["path"] for f in self.found(repo, *args).findings}), ["a.tar", "b.zip"])

    def test_a_sparse_checkout_is_told(self):
        repo = self.repo()
        repo.commit({"in/a.txt": "x\n", "out/b.txt": "x\n", "out/c.txt": "x\n", "kept/d.txt": "x\n"})
        repo.git("sparse-checkout", "set", "--no-cone", "in")
        repo.write("kept/d.txt", f"k={self.token()}\n")
        scan = self.found(repo)
        self.assertEqual(scan.places(), [("kept/d.txt", 1)])
        self.assertTrue(any("2 files or folders of the index are not checked out" in n for n in scan.notes), scan.notes)
        self.assertEqual(self.found(repo, repo.folder / "in", code=0).notes, [])
        repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
        self.assertTrue(any("not checked out" in n for n in self.found(repo).notes))

    def test_limits_are_told_with_their_places(self):
        import gzip
        repo = self.repo()
        slow = "k[0-9a-z]{100,1000}[0-9a-z]{0,1000}[0-9a-z]{0,1000}:"
        deep = b"k"
        for _ in range(7):
            deep = gzip.compress(deep)
        repo.commit({".gitleaks.toml": f"[[rules]]\nid = 'slow'\nregex = '{slow}'\n", "dir/long": "k" + "kb1" * 60000 + " :\n", "deep.gz": deep})
        objects = [repo.git("rev-parse", f"HEAD:{path}").strip() for path in ("dir/long", "deep.gz")]
        for args, (long, gz) in (([], ("dir/long", "deep.gz")), (["--history"], objects), (["--history", "--engine", "odb"], objects)):
            notes = self.found(repo, "--archives", *args, code=0).notes
            self.assertTrue(any("place not fully" in n and f"'{long}' (slow)" in n for n in notes), notes)
            self.assertTrue(any("archives not scanned" in n and f"'{gz}'" in n for n in notes), notes)


class Commits(ScanCase):
    def test_staged(self):
        repo, t = self.repo(), self.token()
        repo.commit({"a": "x\n"})
        repo.write("a", f"k={t}\n")
        self.found(repo, "--staged", code=0)
        repo.git("add", "a")
        repo.write("a", "gone from the work tree\n")
        scan = self.found(repo, "--staged")
        self.assertEqual(scan.places(), [("a", 1)])

    def test_staged_before_the_first_commit(self):
        repo = self.repo()
        repo.write("a", f"k={self.token()}\n")
        repo.git("add", "a")
        self.found(repo, "--staged")

    def test_merge_only_content(self):
        repo, t = self.repo(), self.token()
        repo.commit({"a": "one\n"})
        base = repo.git("rev-parse", "HEAD")
        repo.git("checkout", "-q", "-b", "side")
        repo.commit({"b": "two\n"})
        repo.git("checkout", "-q", "main")
        repo.commit({"c": "three\n"})
        repo.git("merge", "-q", "--no-commit", "side")
        repo.write("resolution", f"k={t}\n")
        merge = repo.commit(message="merge")
        repo.commit(remove=["resolution"])
        for args in (["--range", f"{base}..HEAD"], ["--history"], ["--range", "..HEAD"]):
            scan = self.found(repo, *args)
            self.assertEqual([(f["path"], f["commit"]) for f in scan.findings], [("resolution", merge)], args)

    def test_range_leaves_out_what_was_before(self):
        repo = self.repo()
        first = repo.commit({"old": f"k={self.token('old')}\n"})
        repo.commit({"new": f"k={self.token('new')}\n"})
        repo.commit(remove=["new"])
        self.assertEqual(self.found(repo, "--range", f"{first}..HEAD").places(), [("new", 1)])
        self.assertEqual(self.found(repo, "--range", f"{first}...").places(), [("new", 1)])
        bad = self.scan(repo, "--range", "nowhere..HEAD")
        self.assertEqual(bad.code, 2, bad.text)
        self.assertEqual(self.scan(repo, "--range", "HEAD").code, 2)

    def test_messages_of_commits_and_tags(self):
        repo = self.repo()
        base = repo.commit({"a": "x\n"})
        repo.commit({"a": "y\n"}, f"use the key {self.token('commit')}\n")
        repo.git("tag", "-a", "v1", "-m", f"release\n\nkey {self.token('tag')}")
        sources = sorted(f["source"] for f in self.found(repo, "--history").findings)
        self.assertEqual(sources, ["message", "tag"])
        # a range that ends in a tag has its message, and those of the tags that it is of
        repo.git("tag", "-a", "v2", "-m", "around it", "v1")
        tag = [f for f in self.found(repo, "--history").findings if f["source"] == "tag"]
        for name in ("v1", "v2", repo.git("rev-parse", "v1")):
            found = self.found(repo, "--range", f"{base}..{name}").findings
            self.assertEqual(sorted(f["source"] for f in found), ["message", "tag"], name)
            self.assertEqual([f for f in found if f["source"] == "tag"], tag)
        self.assertEqual([f["source"] for f in self.found(repo, "--range", "HEAD..v1").findings], ["tag"])
        self.found(repo, "--range", "HEAD..v1^{}", code=0)
        self.found(repo, "--range", "v1..HEAD", code=0)
        self.assertEqual(sorted(f["source"] for f in self.found(repo, "--range", f"{base}..HEAD").findings), ["message", "tag"])
        self.found(repo, "--range", f"..{base}", code=0)

    def test_tags_of_a_range(self):
        repo = self.repo()
        base = repo.commit({"a": "x\n"})
        repo.git("tag", "-a", "outside", "-m", f"k={self.token('outside')}")
        repo.commit({"a": "y\n"})
        repo.git("tag", "light")
        repo.git("tag", "-a", "inner", "-m", f"k={self.token('inner')}")
        repo.git("tag", "-a", "dir/sub/outer", "-m", f"k={self.token('outer')}", "inner")
        repo.git("tag", "-d", "inner")                     # no reference of its own any more
        repo.git("tag", "-a", "of-a-blob", "-m", f"k={self.token('blob')}", "HEAD:a")
        repo.git("tag", "-a", "renewed", "-m", f"k={self.token('old')}")

        def ids():
            tags = [repo.git("rev-parse", "dir/sub/outer"), repo.git("cat-file", "-p", "dir/sub/outer").split()[1]]
            found = self.found(repo, "--range", f"{base}..HEAD")
            self.assertEqual([n for n in found.notes if "tag" in n], [])
            return sorted(f["commit"] for f in found.findings), sorted(tags)
        got, want = ids()
        self.assertEqual(got, sorted([*want, repo.git("rev-parse", "renewed")]))
        repo.git("pack-refs", "--all")
        self.assertEqual(ids()[0], got)
        # what packed-refs says of it is out of date
        repo.git("tag", "-f", "-a", "renewed", "-m", "clean now")
        self.assertEqual(*ids())
        # one that is of what the clone lacks is of nothing in the range
        absent = repo.git("hash-object", "-t", "tag", "-w", "--stdin", "--literally",
                          stdin=f"object {'1' * 40}\ntype commit\ntag t\ntagger A <a@example.com> 1 +0000\n\nx\n".encode())
        (repo.folder / ".git/refs/tags/absent").write_text(f"{absent}\n")
        self.assertEqual(*ids())
        # a hook is told which are pushed
        self.found(repo, "--range", f"{base}..HEAD", "--hook", code=0)
        (repo.folder / ".git/refs/tags/broken").write_text("no id\n")
        scan = self.found(repo, "--range", f"{base}..HEAD")
        self.assertEqual(len(scan.findings), 2)
        self.assertTrue(any("tags were not followed" in n for n in scan.notes), scan.notes)
        self.assertEqual(self.scan(repo, "--range", f"{base}..HEAD", "--strict").code, 1)
        self.assertEqual(self.scan(repo, "--range", "HEAD..HEAD", "--strict").code, 7)

    def test_everything_in_the_object_database(self):
        repo, tokens = self.repo(), {}
        repo.commit({"a": "x\n"})
        for name in ("note", "stash", "unreachable", "ref", "deleted"):
            tokens[name] = self.token(name)
        repo.git("notes", "add", "-m", f"k={tokens['note']}")
        repo.write("a", f"k={tokens['stash']}\n")
        repo.git("stash", "-q")
        repo.blob(f"k={tokens['unreachable']}\n")
        repo.git("update-ref", "refs/odd/blob", repo.blob(f"k={tokens['ref']}\n"))
        repo.commit({".gitattributes": "*.dat -diff -text\n", "d.dat": f"k={tokens['deleted']}\n"})
        repo.commit(remove=["d.dat"])
        for step in ("loose", "packed"):
            if step == "packed":
                repo.git("repack", "-q", "-a", "-d", "--keep-unreachable")
            self.assertEqual(len(self.found(repo, "--history").findings), 5, step)
            self.assertEqual(len(self.found(repo, "--history", "--engine", "odb").findings), 5, step)

    def test_replaced(self):
        repo, t = self.repo(), self.token()
        bad = repo.commit({"a": f"k={t}\n"})
        good = repo.commit({"a": "clean\n"})
        repo.git("replace", bad, good)
        found = self.found(repo, "--history").findings
        self.assertEqual([(f["path"], f["commit"]) for f in found], [("a", bad)])

    def grafted(self):
        repo = self.repo()
        bad = repo.commit({"a": f"k={self.token()}\n"})
        repo.commit({"a": "clean\n"})
        cut = repo.commit({"b": f"k={self.token('after')}\n"})
        repo.commit({"b": "clean\n"})
        repo.write(".git/info/grafts", f"# cut\n{cut}\n")
        self.assertEqual(repo.git("rev-list", "--count", "HEAD"), "2")
        return repo, bad, cut

    def test_grafts_hide_nothing(self):
        repo, bad, cut = self.grafted()
        for args in (["--history"], ["--range", "..HEAD"]):
            scan = self.found(repo, "--strict", *args)
            self.assertEqual([(f["path"], f["commit"]) for f in scan.findings], [("a", bad), ("b", cut)])
            self.assertEqual(scan.notes, [])

    def test_what_grafts_have_let_go_is_told(self):
        repo, _, cut = self.grafted()
        repo.git("reflog", "expire", "--expire=all", "--all")
        for _ in range(2):
            repo.git("prune", "--expire=now")
        self.assertEqual(self.found(repo, "--history").places(), [("b", 1)])
        for args in (["--history"], ["--history", "--engine", "odb"], ["--range", "..HEAD"]):
            scan = self.found(repo, *args)
            self.assertEqual([(f["path"], f["commit"]) for f in scan.findings], [("b", cut)])
            self.assertTrue(any(n["incomplete"] for n in scan.report["run"]["notes"]), args)
            repo.write(".gitleaksignore", scan.findings[0]["fingerprint"] + "\n")
            self.assertEqual(self.scan(repo, "--strict", *args).code, 7, args)
            (repo.folder / ".gitleaksignore").unlink()


class Submodules(ScanCase):
    """Submodules where commits are scanned: their own objects, under their paths."""

    def setUp(self):
        super().setUp()
        self.nested, self.inner, self.rp = self.repo("nested"), self.repo("inner"), self.repo("outer")
        self.nested.commit({"n.env": f"k={self.token('nested')}\n"})
        self.nested.commit({"n.env": "clean\n"})
        self.inner.commit({"old.env": f"k={self.token('old')}\n"})
        self.inner.commit(remove=["old.env"])
        self.inner.git("submodule", "add", "-q", f"file://{self.nested.folder}", "deep/er")
        self.inner.commit(message="nested")
        self.rp.commit({"a": "x\n"})
        self.rp.git("submodule", "add", "-q", f"file://{self.inner.folder}", "lib/sub")
        self.sub = Repo(self, self.rp.folder / "lib/sub", init=False)
        self.rp.git("submodule", "update", "-q", "--init", "--recursive")
        self.base = self.rp.commit(message="sub")

    def bump(self, name="new"):
        """A commit in the submodule that the outer repository moves on to."""
        self.sub.commit({f"{name}.env": f"k={self.token(name)}\n"})
        self.sub.commit(remove=[f"{name}.env"])
        return self.rp.commit(message="bump")

    def all(self, *args, where=None, **kw):
        return self.found(where or self.rp, "--submodules", *args, **kw)

    def named(self, scan, what, name):
        self.assertTrue(any(what in n and name in n for n in scan.notes), scan.notes)

    def test_history(self):
        scan = self.found(self.rp, "--history", code=0)
        self.named(scan, "1 submodule was not scanned", "'lib/sub'")
        self.assertEqual(self.scan(self.rp, "--history", "--strict").code, 0)
        for args in ([], ["--engine", "odb"], ["--strict"]):
            scan = self.all("--history", *args)
            self.assertEqual(scan.places(), [("lib/sub/deep/er/n.env", 1), ("lib/sub/old.env", 1)])
            self.assertFalse([n for n in scan.notes if "submodule" in n])

    def test_messages_and_what_nothing_reaches(self):
        self.sub.commit({"b": "x\n"}, f"use {self.token('message')}\n")
        self.sub.blob(f"k={self.token('blob')}\n")
        found = {f["source"]: f for f in self.all("--history").findings if not f["path"]}
        self.assertEqual({s: f["repo"] for s, f in found.items()}, {"message": "lib/sub", "unreachable": "lib/sub"})

    def test_range(self):
        head = self.bump()
        self.named(self.found(self.rp, "--range", f"{self.base}..{head}", code=0), "not scanned", "'lib/sub'")
        scan = self.all("--range", f"{self.base}..{head}")
        self.assertEqual(scan.places(), [("lib/sub/new.env", 1)])
        self.assertFalse([n for n in scan.notes if "submodule" in n], scan.notes)
        self.assertEqual(self.all("--range", f"..{head}").places(), [("lib/sub/deep/er/n.env", 1), ("lib/sub/new.env", 1), ("lib/sub/old.env", 1)])
        self.rp.commit({"a": "y\n"})
        self.all("--range", f"{head}..HEAD", code=0)

    def test_range_over_several_bumps(self):
        start = self.sub.git("rev-parse", "HEAD")
        self.bump("one")
        self.sub.git("checkout", "-q", start)
        self.bump("two")
        self.sub.git("checkout", "-q", start)
        self.rp.commit(message="and back")
        self.assertEqual(self.all("--range", f"{self.base}..HEAD").places(), [("lib/sub/one.env", 1), ("lib/sub/two.env", 1)])

    def test_range_of_a_nested_one(self):
        deep = Repo(self, self.rp.folder / "lib/sub/deep/er", init=False)
        deep.commit({"new.env": f"k={self.token('deep')}\n"})
        self.sub.commit(message="bump")
        self.rp.commit(message="bump")
        self.assertEqual(self.all("--range", f"{self.base}..HEAD").places(), [("lib/sub/deep/er/new.env", 1)])

    def test_the_default_range_of_a_job(self):
        head = self.bump()
        path = self.folder / "event.json"
        path.write_text(json.dumps({"before": self.base, "after": head}))
        env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": head}
        self.assertEqual(self.all(env=env).places(), [("lib/sub/new.env", 1)])

    def test_range_whose_ends_are_not_there(self):
        head = self.bump()
        everything = [("lib/sub/deep/er/n.env", 1), ("lib/sub/new.env", 1), ("lib/sub/old.env", 1)]
        self.rp.git("update-index", "--cacheinfo", f"160000,{'12' * 20},lib/sub")
        self.rp.git("commit", "-q", "-m", "a commit that was never pushed")
        lost = self.rp.git("rev-parse", "HEAD")
        scan = self.all("--range", f"{head}..{lost}")
        self.assertEqual(scan.places(), everything)
        self.named(scan, "lacks commit 121212121212", "lib/sub")
        self.rp.git("update-index", "--cacheinfo", f"160000,{self.sub.git('rev-parse', 'HEAD')},lib/sub")
        self.rp.git("commit", "-q", "-m", "back")
        scan = self.all("--range", f"{lost}..HEAD")
        self.assertEqual(scan.places(), everything)
        self.named(scan, "everything that it holds was scanned instead", "lib/sub")

    def test_what_is_not_checked_out_is_named(self):
        self.bump()
        self.rp.git("submodule", "deinit", "-q", "-f", "lib/sub")
        bare = self.clone(self.rp, "--bare")
        for where in (self.rp, bare):
            for args in (["--history"], ["--range", f"{self.base}..HEAD"]):
                scan = self.all(*args, where=where, code=0)
                self.named(scan, "could not be scanned", "'lib/sub'")
                self.assertEqual(self.scan(where, "--submodules", "--strict", *args).code, 7)
        self.named(self.all(code=0), "could not be scanned", "'lib/sub'")
        self.named(self.found(bare, "--history", code=0), "not scanned", "'lib/sub'")

    def test_own_git_folder(self):
        plain = self.clone(self.inner, name="outer/plain")
        self.assertTrue((plain.folder / ".git").is_dir())
        self.rp.git("add", "plain")
        self.rp.commit(message="a submodule of the old kind")
        self.assertIn(("plain/old.env", 1), self.all("--history").places())

    def test_linked_work_tree(self):
        self.rp.git("worktree", "add", "-q", self.folder / "linked", "HEAD")
        linked = Repo(self, self.folder / "linked", init=False)
        linked.git("submodule", "update", "-q", "--init")
        self.assertEqual(self.all("--history", where=linked).places(), [("lib/sub/old.env", 1)])

    def test_ignore_files_of_the_outer_one(self):
        finding = [f for f in self.all("--history").findings if f["path"] == "lib/sub/old.env"][0]
        self.rp.write(".gitleaksignore", finding["fingerprint"] + "\n")
        self.assertEqual(self.all("--history").places(), [("lib/sub/deep/er/n.env", 1)])
        other = [f for f in self.all("--history").findings if f["path"] == "lib/sub/deep/er/n.env"][0]
        done = self.scan(self.rp, "--history", "--submodules", "--accept", other["id"], "--reason", "made up")
        self.assertEqual(done.code, 0, done.text)
        self.all("--history", code=0)

    def test_state_and_shards(self):
        state = self.folder / "state"
        for _ in range(2):
            self.assertEqual(len(self.all("--history", "--state", state).findings), 2)
        parts = []
        for i in (1, 2):
            parts.append(self.folder / f"{i}.json")
            parts[-1].write_bytes(self.scan(self.rp, "--history", "--submodules", "--shard", f"{i}/2").out)
        merged = self.run_in(self.folder, "merge", *parts, "--format", "json")
        self.assertEqual(merged.code, 1, merged.text)
        self.assertEqual([f["path"] for f in merged.findings], [f["path"] for f in self.all("--history").findings])

    def test_fleet(self):
        listed = self.folder / "repos.txt"
        listed.write_text(f"team/outer={self.rp.folder}\n")
        scan = self.found(self.folder, "--repos", listed, "--submodules")
        self.assertEqual([(f["repo"], f["path"]) for f in scan.findings], [("team/outer", "lib/sub/deep/er/n.env"), ("team/outer", "lib/sub/old.env")])

    def refused(self, why, name="lib/sub"):
        scan = self.all("--history", code=0)
        self.named(scan, "could not be scanned", f"'{name}'")
        self.named(scan, why, name)

    def test_nothing_outside_is_followed(self):
        foreign = self.repo("foreign")
        foreign.commit({"x.env": f"k={self.token('foreign')}\n"})
        dot = self.rp.folder / "lib/sub/.git"
        was = dot.read_text()
        for target in (f"{foreign.folder}/.git", "../../../foreign/.git", "../../../inner/.git", str(self.rp.folder / ".git"), "../../.git"):
            dot.write_text(f"gitdir: {target}\n")
            self.refused("leads out of this repository")
        for text in ("", "gitdir:\n", "gitdir: nowhere\n", "x" * 70000):
            dot.write_text(text)
            self.refused("")
        dot.unlink()
        os.symlink(foreign.folder / ".git", dot)
        self.refused("leads out of this repository")
        dot.unlink()
        dot.write_text(was)
        config = self.rp.folder / ".git/modules/lib/sub/config"
        for tree in (str(foreign.folder), "/", "../../../.."):
            self.sub.git("config", "-f", config, "core.worktree", tree)
            self.refused("another work tree")
        self.sub.git("config", "-f", config, "core.worktree", "../../../../lib/sub")
        alternates = self.rp.folder / ".git/modules/lib/sub/objects/info/alternates"
        alternates.write_text(f"{foreign.folder}/.git/objects\n")
        self.refused("outside of this repository")
        alternates.unlink()
        objects = self.rp.folder / ".git/modules/lib/sub/objects"
        objects.rename(self.folder / "objects")
        os.symlink(self.folder / "objects", objects)
        self.refused("outside of this repository")

    def test_a_path_that_leads_elsewhere(self):
        foreign = self.repo("foreign")
        foreign.commit({"x.env": f"k={self.token('foreign')}\n"})
        (self.rp.folder / "lib").rename(self.folder / "lib")
        os.symlink(self.folder / "lib", self.rp.folder / "lib")
        self.refused("its path leads elsewhere")
        entry = b"160000 ../foreign\0" + bytes.fromhex(foreign.git("rev-parse", "HEAD"))
        tree = self.rp.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=entry)
        hostile = self.rp.git("commit-tree", tree, "-m", "hostile")
        scan = self.all("--range", f"..{hostile}", code=0)
        self.named(scan, "could not be scanned", "'../foreign'")

    def test_a_repository_within_itself(self):
        """Its entry names the folder's own git directory again and again."""
        dot = self.rp.folder / "lib/sub/deep/er/.git"
        dot.unlink()
        dot.write_text("gitdir: ../../.git\n")
        scan = self.all("--history")
        self.named(scan, "could not be scanned", "lib/sub/deep/er")


class Repositories(ScanCase):
    def bad(self, **kw):
        repo = self.repo(**kw)
        repo.commit({"a.env": f"k={self.token()}\n"})
        repo.commit({"a.env": "clean\n"})
        return repo

    def test_bare(self):
        bare = self.clone(self.bad(), "--bare")
        self.assertEqual(self.found(bare, "--history").places(), [("a.env", 1)])

    def test_linked_work_tree(self):
        repo = self.bad()
        repo.git("worktree", "add", "-q", self.folder / "linked", "HEAD~1")
        linked = self.folder / "linked"
        self.assertEqual(self.found(linked).places(), [("a.env", 1)])
        self.assertEqual(self.found(linked, "--history").places(), [("a.env", 1)])
        (linked / "b").write_text(f"k={self.tokens['one']}\n")
        Repo(self, linked, init=False).git("add", "b")
        self.assertEqual(self.found(linked, "--staged").places(), [("b", 1)])
        self.found(repo, "--staged", code=0)

    def test_alternates(self):
        shared = self.bad()
        to = self.folder / "shared-clone"
        shared.git("clone", "-q", "--shared", shared.folder, to)
        self.assertEqual(self.found(to, "--history").places(), [("a.env", 1)])

    def test_sha256(self):
        found = self.found(self.bad(object_format="sha256"), "--history").findings
        self.assertEqual([len(f["commit"]) for f in found], [64])

    def test_objects_that_are_named_and_missing(self):
        for kind in ("sha1", "sha256"):
            repo = self.repo(object_format=kind)
            repo.commit({"d/a": "one\n", "b": "two\n"})
            repo.git("commit", "-q", "--allow-empty", "-m", "the same tree")
            repo.commit({"b": "three\n"})
            shared = self.folder / f"shared-{kind}"
            repo.git("clone", "-q", "--shared", repo.folder, shared)
            empty = self.repo(object_format=kind)
            empty.git("commit", "-q", "--allow-empty", "-m", "no files, and no tree in the database")
            for whole in (repo, shared, empty, self.clone(repo, "--depth", "1")):
                self.assertFalse([n for n in self.found(whole, "--history", code=0).notes if "commits or trees name" in n])
            for name in ("HEAD~2:b", "HEAD:d", "HEAD:d/a", "HEAD~1", "HEAD~2^{tree}"):
                id = repo.git("rev-parse", name).strip()
                file, away = repo.folder / ".git/objects" / id[:2] / id[2:], self.folder / "away"
                file.rename(away)
                for engine in ("pack", "odb"):
                    for args in ([], ["--state", self.folder / f"state-{id}"], ["--state", self.folder / f"state-{id}"]):
                        scan = self.found(repo, "--history", "--engine", engine, *args, code=0)
                        self.assertTrue([n for n in scan.notes if "1 object that commits or trees name was not scanned" in n and id in n], (name, scan.notes))
                self.assertEqual(self.scan(repo, "--history", "--strict").code, 7)
                away.rename(file)

    def test_several_packs_and_a_multi_pack_index(self):
        repo = self.bad()
        repo.git("repack", "-q", "-d")
        repo.commit({"b.env": f"k={self.token('two')}\n"})
        repo.git("repack", "-q", "-d")
        repo.git("multi-pack-index", "write")
        repo.git("commit-graph", "write", "--reachable")
        repo.commit({"c.env": f"k={self.token('three')}\n"})
        self.assertEqual(self.found(repo, "--history").places(), [("a.env", 1), ("b.env", 1), ("c.env", 1)])

    def test_shallow(self):
        repo = self.bad()
        shallow = self.clone(repo, "--depth", "1")
        scan = self.found(shallow, "--history", code=0)
        self.assertTrue(any("shallow" in n and "fetch-depth: 0" in n for n in scan.notes), scan.notes)
        self.assertEqual(self.scan(shallow, "--history", "--strict").code, 7)

    def test_a_shallow_clones_first_commit_is_not_blamed(self):
        repo = self.bad()
        repo.commit({"other": "x\n"})
        repo.commit({"later": f"k={self.token('two')}\n"})
        whole = self.found(repo, "--history").findings
        self.assertFalse([f for f in whole if f.get("boundary")])
        repo.commit({"b": "x\n"})
        shallow = self.clone(repo, "--depth", "2")
        shown = self.found(shallow, "--history").findings
        self.assertEqual([(f["path"], f.get("boundary", False)) for f in shown if f["path"] == "later"], [("later", True)])
        text = self.run_in(shallow.folder, "scan", "--history").text
        self.assertIn("where the shallow clone begins, or one before it", text)
        self.assertNotIn("A Person", text)

    def test_partial(self):
        repo = self.bad()
        repo.git("config", "uploadpack.allowFilter", "true")
        partial = self.clone(repo, "--filter=blob:none", "--no-checkout")
        scan = self.scan(partial, "--history")
        self.assertTrue(any("partial" in n for n in scan.notes), scan.notes)
        self.assertEqual(self.scan(partial, "--history", "--strict").code, 7)

    def test_partial_whose_objects_are_missing(self):
        """What was fetched is scanned, what was only promised is told, and nothing is fetched."""
        repo = self.bad()
        repo.commit({"b": "clean\n"}, f"use {self.token('message')}\n")
        repo.git("config", "uploadpack.allowFilter", "true")
        for args, kept in ((["--filter=blob:none"], 0), (["--filter=blob:limit=10"], 1), (["--filter=tree:0"], 0)):
            partial = self.clone(repo, "--no-checkout", *args, name=f"partial{args[0][9:]}".replace(":", "-").replace("=", "-"))
            before = sorted(str(p) for p in (partial.folder / ".git/objects").rglob("*"))
            for mode in (["--history"], ["--history", "--engine", "odb"], ["--range", "..HEAD"]):
                scan = self.found(partial, *mode)
                self.assertEqual([f["source"] for f in scan.findings], ["message"], (args, mode))
                self.assertTrue(any(n["incomplete"] for n in scan.report["run"]["notes"]), (args, mode))
                allow = self.folder / "allow.toml"
                allow.write_text(f"[extend]\nuseDefault = true\n[allowlist]\ncommits = ['{scan.findings[0]['commit']}']\n")
                self.assertEqual(self.scan(partial, "--strict", "--rules", allow, *mode).code, 7, (args, mode))
            self.assertEqual(sorted(str(p) for p in (partial.folder / ".git/objects").rglob("*")), before)

    def test_damaged_object(self):
        repo = self.repo()
        repo.commit({"a": "x\n"})
        oid = repo.blob("damaged content\n")
        path = repo.folder / ".git/objects" / oid[:2] / oid[2:]
        path.chmod(0o644)
        path.write_bytes(b"\x78\x01garbage")
        for engine in ("pack", "odb"):
            scan = self.found(repo, "--history", "--engine", engine, code=0)
            self.assertTrue(any("could not be read" in n for n in scan.notes), (engine, scan.notes))
            self.assertEqual(self.scan(repo, "--history", "--engine", engine, "--strict").code, 7)

    def test_hostile_names_and_messages(self):
        repo, t = self.repo(), self.token()
        names = [b"a\nb.env", b"::error::x.env", b"<script>alert(1)</script>.env", b"a\"b'c.env", b"\xff\xfe.env", "\u202egnp.env".encode(), b"=cmd|x.env",
                 b"\x1b[31mred.env", b"%0a::stop-commands::x.env", b"a,b;c.env", b"]]>.env"]
        for i, name in enumerate(names):
            repo.write(name, f"{i}\nk={t}\n")
        repo.commit(message=b"</script>\"]]>\n::add-mask::x\n\x1b[2J\xff\n")
        import csv
        import io
        import xml.dom.minidom
        for mode in ([], ["--history"]):
            outs = {}
            for fmt in ("text", "json", "sarif", "gitlab", "junit", "csv", "html", "github"):
                scan = self.run_in(repo.folder, "scan", *mode, "--format", fmt)
                self.assertEqual(scan.code, 1, scan.text)
                outs[fmt] = scan.out
            for fmt in ("json", "sarif", "gitlab"):
                json.loads(outs[fmt].decode("utf-8"))
            xml.dom.minidom.parseString(outs["junit"])
            rows = list(csv.reader(io.StringIO(outs["csv"].decode("utf-8"))))
            self.assertEqual(len({len(r) for r in rows}), 1)
            self.assertFalse([c for r in rows for c in r if c.startswith(("=", "+", "@"))])
            self.assertNotIn(b"<script>alert", outs["html"])
            for fmt in ("text", "github"):
                self.assertNotIn(b"\x1b[31m", outs[fmt])
                self.assertNotIn(b"\x1b[2J", outs[fmt])
                self.assertNotIn(b"\n::stop-commands", outs[fmt])
                self.assertNotIn(b"\n::add-mask", outs[fmt])


class Events(ScanCase):
    """What a CI's event makes the default."""

    def setUp(self):
        super().setUp()
        self.rp = self.repo()
        self.rp.commit({"old": f"k={self.token('old')}\n"})
        self.base = self.rp.commit(remove=["old"])
        self.rp.commit({"new": f"k={self.token('new')}\n"})
        self.head = self.rp.commit(remove=["new"])

    def github(self, name, event, **more):
        path = self.folder / "event.json"
        path.write_text(json.dumps(event))
        env = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": self.head,
               "GITHUB_REPOSITORY": "acme/app", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REF": "refs/heads/main", "GITHUB_WORKSPACE": str(self.rp.folder)}
        return self.found(self.rp, env=env | more)

    def test_github_pull_request(self):
        scan = self.github("pull_request", {"pull_request": {"base": {"sha": self.base}, "head": {"sha": self.head}}, "number": 3})
        self.assertEqual(scan.places(), [("new", 1)])
        self.assertEqual(scan.report["run"]["mode"], "range")

    def test_github_push(self):
        self.assertEqual(self.github("push", {"before": self.base, "after": self.head}).places(), [("new", 1)])

    def test_github_without_a_before(self):
        for name, event in (("push", {"before": ZERO, "after": self.head, "created": True}), ("push", {"before": "1" * 40, "after": self.head, "forced": True}),
                            ("schedule", {"schedule": "0 0 * * *"}), ("workflow_dispatch", {"inputs": None})):
            scan = self.github(name, event)
            self.assertEqual(scan.places(), [("new", 1), ("old", 1)], (name, event))
            self.assertTrue(any("everything" in n for n in scan.notes), (name, scan.notes))

    def test_an_event_file_that_cannot_be_used(self):
        path = self.folder / "event.json"
        for text, why in ((None, "No such file"), ("{broken", "expected"), ("x" * (9 << 20), "")):
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text)
            scan = self.found(self.rp, env={"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path)})
            self.assertEqual(scan.places(), [("new", 1), ("old", 1)])
            self.assertTrue(any("event's file" in n and why in n and "everything" in n for n in scan.notes), scan.notes)

    def test_a_tip_that_the_clone_lacks(self):
        scan = self.github("pull_request_target", {"pull_request": {"base": {"sha": self.base}, "head": {"sha": "2" * 40}}, "number": 3})
        self.assertTrue(any("which is what the event brings" in n for n in scan.notes), scan.notes)
        path = self.folder / "event.json"
        env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_EVENT_PATH": str(path)}
        rules = ("--disable-rule", "github-pat-classic")
        self.assertEqual(self.scan(self.rp, "--strict", *rules, env=env).code, 7)
        self.assertEqual(self.scan(self.rp, "--strict", *rules).code, 0)

    def test_an_event_without_a_checkout(self):
        path = self.folder / "event.json"
        path.write_text(json.dumps({"before": self.base, "after": self.head}))
        empty = self.folder / "empty"
        empty.mkdir()
        env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path)}
        done = self.scan(empty, env=env)
        self.assertEqual(done.code, 6, done.text)
        self.assertIn("actions/checkout", done.text)
        self.assertEqual(self.scan(empty, ".", env=env).code, 0)

    def test_github_never_and_always(self):
        push = {"before": self.base, "after": self.head}
        self.assertEqual(self.github("push", push, MAYFLY_SCAN_HISTORY="always").places(), [("new", 1), ("old", 1)])
        path = self.folder / "event.json"
        scan = self.scan(self.rp, env={"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path), "MAYFLY_SCAN_HISTORY": "never"})
        self.assertEqual(scan.code, 0, scan.text)

    def gitlab(self, **env):
        return self.found(self.rp, env={"GITLAB_CI": "true", "CI": "true", "CI_COMMIT_SHA": self.head, "CI_PROJECT_PATH": "acme/app",
                                        "CI_SERVER_URL": "https://gitlab.com", "CI_PROJECT_DIR": str(self.rp.folder)} | env)

    def test_gitlab(self):
        scan = self.gitlab(CI_PIPELINE_SOURCE="merge_request_event", CI_MERGE_REQUEST_DIFF_BASE_SHA=self.base)
        self.assertEqual(scan.places(), [("new", 1)])
        scan = self.gitlab(CI_PIPELINE_SOURCE="push", CI_COMMIT_BEFORE_SHA=self.base)
        self.assertEqual(scan.places(), [("new", 1)])
        scan = self.gitlab(CI_PIPELINE_SOURCE="push", CI_COMMIT_BEFORE_SHA=ZERO)
        self.assertEqual(scan.places(), [("new", 1), ("old", 1)])
        scan = self.gitlab(CI_PIPELINE_SOURCE="schedule", CI_COMMIT_BEFORE_SHA=ZERO)
        self.assertTrue(any("everything" in n for n in scan.notes), scan.notes)


class Fleet(ScanCase):
    def test_list_and_shards(self):
        lines = []
        for i in range(3):
            repo = self.repo(f"r{i}")
            repo.commit({"a": f"k={self.token(str(i))}\n"})
            lines.append(f"team/r{i} = {repo.folder}\n")
        lines.append(f"gone={self.folder}/nowhere\n")
        listed = self.folder / "repos.txt"
        listed.write_text("# all\n" + "".join(lines))
        scan = self.found(self.folder, "--repos", listed)
        self.assertEqual(sorted(f["repo"] for f in scan.findings), ["team/r0", "team/r1", "team/r2"])
        self.assertTrue(any("could not be opened" in n for n in scan.notes))
        self.assertEqual(self.scan(self.folder, "--repos", listed, "--strict").code, 1)
        seen = []
        for env in ({"MAYFLY_SHARD_INDEX": "0", "MAYFLY_SHARD_TOTAL": "2"}, {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "2"}):
            part = self.scan(self.folder, "--repos", listed, "--shard", "auto", env=env)
            seen.append(sorted(f["repo"] for f in part.findings))
        self.assertEqual(seen, [["team/r0", "team/r2"], ["team/r1"]])
        part = self.scan(self.folder, "--repos", listed, "--shard", "auto", env={"JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "2"})
        self.assertEqual([f["repo"] for f in part.findings], ["team/r1"])
        self.assertEqual(self.scan(self.folder, "--repos", listed, "--shard", "auto").code, 2)

    def test_a_list_that_names_one_twice(self):
        repos = [self.repo(f"r{i}") for i in range(3)]
        for i, repo in enumerate(repos):
            repo.commit({"a": f"k={self.token(str(i))}\n"})
        listed = self.folder / "repos.txt"
        listed.write_text("".join(f"{repos[i].folder}\n" for i in (0, 1, 0, 2, 0, 1)) + f"other={repos[1].folder}\n")
        scan = self.found(self.folder, "--repos", listed)
        self.assertEqual(len(scan.findings), 4)
        self.assertIn("names 3 repositories twice", scan.text)
        parts = [self.folder / f"{i}.json" for i in (1, 2)]
        for i, part in enumerate(parts):
            part.write_bytes(self.scan(self.folder, "--repos", listed, "--shard", f"{i + 1}/2").out)
        self.assertEqual(self.run_in(self.folder, "merge", "--format", "json", *parts).findings, scan.findings)

    def test_ids_of_both_lengths(self):
        listed, parts = self.folder / "repos.txt", []
        for i, kind in enumerate(("sha1", "sha256", "sha256", "sha1")):
            repo = self.repo(f"r{i}", object_format=kind)
            repo.commit({"a": f"k={self.token(str(i))}\n"})
            with listed.open("a") as f:
                f.write(f"r{i}={repo.folder}\n")
        whole = self.found(self.folder, "--repos", listed)
        for i in (1, 2, 3):
            parts.append(self.folder / f"part{i}.json")
            parts[-1].write_bytes(self.scan(self.folder, "--repos", listed, "--shard", f"{i}/3").out)
        merged = self.run_in(self.folder, "merge", *parts, "--format", "json")
        self.assertEqual(merged.code, 1, merged.text)
        self.assertEqual(json.loads(merged.out)["findings"], whole.findings)
        self.assertEqual(sorted(len(f["commit"]) for f in whole.findings), [40, 40, 64, 64])

    def test_the_baseline_is_read_once(self):
        lines, leaks = [], []
        for i in range(3):
            repo = self.repo(f"r{i}")
            commit = repo.commit({"a": f"k={self.token(str(i))}\n"})
            lines.append(f"r{i}={repo.folder}\n")
            leaks.append({"RuleID": "github-pat", "Description": "", "StartLine": 1, "EndLine": 1, "StartColumn": 3, "EndColumn": 42, "Match": "REDACTED",
                          "Secret": "REDACTED", "File": "a", "SymlinkFile": "", "Commit": commit, "Entropy": 5, "Author": "", "Email": "", "Date": "",
                          "Message": "", "Tags": [], "Fingerprint": f"{commit}:a:github-pat:1"})
        listed, base = self.folder / "repos.txt", self.folder / "base.json"
        listed.write_text("".join(lines))
        base.write_text(json.dumps(leaks))
        scan = self.found(self.folder, "--repos", listed, "--baseline", base, code=0)
        self.assertEqual([f["pass"]["by"] for f in scan.findings], ["baseline"] * 3)
        self.assertEqual(len([n for n in scan.notes if "3 secrets of the baseline are redacted: they are compared" in n]), 1, scan.notes)

    def test_a_missing_shard_is_an_error(self):
        repo = self.repo()
        repo.commit({"a": "x\n"})
        part = self.folder / "one.json"
        part.write_bytes(self.scan(repo, "--history", "--shard", "1/2").out)
        merged = self.run_in(self.folder, "merge", part)
        self.assertNotIn(merged.code, (0, 1), merged.text)
        self.assertIn("the report of 1 of 2 shards is missing", merged.text)


class State(ScanCase):
    def setUp(self):
        super().setUp()
        self.rp = self.repo()
        self.rp.commit({"a": f"k={self.token()}\n", "b": "clean\n"})
        self.state = self.folder / "state"

    def again(self, *args, env=None, code=1):
        return self.found(self.rp, "--history", "--state", self.state, *args, env=env, code=code)

    def test_second_run_reports_the_same(self):
        first = self.again()
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o600)
        second = self.again()
        self.assertEqual(second.findings, first.findings)
        self.assertGreater(second.report["run"]["known"], 0)
        self.rp.commit({"c": f"k={self.token('two')}\n"})
        self.assertEqual(len(self.again().findings), 2)

    def test_what_is_not_ours_is_ignored_with_a_word(self):
        self.again()
        good = self.state.read_bytes()
        for bad in (b"", b"nonsense" * 40, good[:-1], good[:60] + b"\xff" + good[61:], good[:100]):
            self.state.write_bytes(bad)
            scan = self.again()
            self.assertEqual(scan.report["run"]["known"], 0)
            self.assertTrue(bad == b"" or "ignored" in scan.text, bad[:20])

    def test_other_rules(self):
        self.again()
        scan = self.again("--disable-rule", "jwt")
        self.assertEqual(scan.report["run"]["known"], 0)
        self.assertIn("ignored", scan.text)

    def test_writable_by_others_is_refused(self):
        self.again()
        self.state.chmod(0o660)
        scan = self.scan(self.rp, "--history", "--state", self.state)
        self.assertEqual(scan.code, 2, scan.text)
        self.assertIn("MF-SCAN-06", scan.text)
        self.state.unlink()
        os.symlink("/dev/null", self.state)
        self.assertEqual(self.scan(self.rp, "--history", "--state", self.state).code, 2)

    def test_key(self):
        key = {"KEY": "a key of this test"}
        self.again("--state-key-env", "KEY", env=key)
        self.assertGreater(self.again("--state-key-env", "KEY", env=key).report["run"]["known"], 0)
        self.assertEqual(self.again("--state-key-env", "KEY", env={"KEY": "another key of enough bytes"}).report["run"]["known"], 0)
        self.again("--state-key-env", "KEY", env=key)
        self.assertEqual(self.again().report["run"]["known"], 0)
        self.assertEqual(self.scan(self.rp, "--history", "--state", self.state, "--state-key-env", "NONE").code, 2)
        short = self.scan(self.rp, "--history", "--state", self.state, "--state-key-env", "KEY", env={"KEY": "fifteen bytes.."})
        self.assertEqual(short.code, 2, short.text)
        self.assertIn("shorter than 16 bytes", short.text)
        self.assertNotIn("fifteen", short.text)
