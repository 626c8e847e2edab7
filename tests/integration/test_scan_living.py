# SPDX-License-Identifier: Apache-2.0
"""Living with a scan: what lets a finding pass, reports, hooks, the sandbox, and gitleaks' commands."""
import csv
import io
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tarfile
import time
import xml.dom.minidom
import zipfile

from support import tools
from support.scanrepo import ScanCase

FORMATS = ("text", "json", "sarif", "gitlab", "junit", "csv", "html", "github")


class Passing(ScanCase):
    def setUp(self):
        super().setUp()
        self.rp = self.repo()
        self.t = self.token()
        self.rp.commit({"a.env": f"k={self.t}\n"})

    def test_inline_allow(self):
        for marker in ("mayfly:allow a made-up key", "gitleaks:allow", "pragma: allowlist secret"):
            self.rp.commit({"a.env": f"k={self.t} # {marker}\n"})
            self.found(self.rp, code=0)
        self.found(self.rp, "--history")        # the first version had no marker

    def test_what_a_line_shows(self):
        other, word = self.token(), "Zx81kQ" + "mP40vTn7"
        self.rp.commit({"b.env": f"a={self.t} b={other} # it was {word} in 2019\n", "c.txt": f"changed to {word}, see src/module1/file2.c\n"})
        done = self.found(self.rp)
        lines = [f["text"] for f in done.findings if f["path"] == "b.env"]
        self.assertEqual(len(lines), 2)
        for line in lines:
            self.assertRegex(line, r"^a=\S*\*\*\* ?\S* b=\S*\*\*\*\S* # it was \*\*\* in 2019$")
        self.assertNotIn(word, done.text)

    def test_gitleaksignore(self):
        finding = self.found(self.rp, "--history").findings[0]
        for line in (finding["fingerprint"], "a.env:github-pat-classic:1", "a.env:github-pat:1"):
            self.rp.write(".gitleaksignore", f"# known\n{line}\n")
            self.found(self.rp, "--history", code=0)
        for text, note in (("nonsense\na.env:other-rule:1\n", "1 line of an ignore file does nothing"),
                           ("nonsense\nmore\n", "2 lines of an ignore file do nothing")):
            self.rp.write(".gitleaksignore", text)
            self.assertTrue(any(n.startswith(note) for n in self.found(self.rp, "--history").notes), note)

    def test_accept_pass_and_expire(self):
        finding = self.found(self.rp).findings[0]
        done = self.scan(self.rp, "--accept", finding["id"][:10])
        self.assertEqual(done.code, 2, done.text)
        self.assertEqual(self.scan(self.rp, "--accept", finding["id"], "--reason", "x", "--until", "2001-01-01").code, 2)
        self.assertEqual(self.scan(self.rp, "--accept", "0" * 32, "--reason", "x").code, 2)
        self.assertFalse((self.rp.folder / ".mayflyignore").exists())
        # without a file there is no salt: the id that the report shows is that of this file from now on
        done = self.scan(self.rp, "--accept", finding["id"], "--reason", 'a "made-up" key', "--until", "2999-12-31")
        self.assertEqual(done.code, 0, done.text)
        path = self.rp.folder / ".mayflyignore"
        self.check_hidden(done, path)
        self.found(self.rp, code=0)
        self.rp.git("mv", "a.env", "moved.env")
        self.found(self.rp, code=0)
        path.write_text(path.read_text().replace("2999-12-31", "2020-01-01"))
        self.assertIn("2020-01-01", self.run_in(self.rp.folder, "scan").text)
        expired = self.found(self.rp).findings[0]["pass"]
        self.assertEqual((expired["expired"], expired["why"]), (True, 'a "made-up" key'))
        path.write_text(re.sub("rule=[^ ]*", "rule=no-such-rule", path.read_text()))
        self.assertTrue(any("1 line of .mayflyignore does nothing" in n and "no-such-rule" in n for n in self.found(self.rp).notes))

    def test_misspelled_keys_of_rules(self):
        rules = self.folder / "r.toml"
        rules.write_text("[[rules]]\nid = 'x'\nregex = 'a'\nkeyword = ['zzz']\nseverity = 'high'\n")
        text = self.scan(self.rp, "--rules", rules).text
        self.assertIn(f"{rules}:4:", text)
        self.assertIn("did you mean 'keywords'?", text)
        self.assertNotIn("severity'", text)

    def test_ids_of_before(self):
        """The first --accept makes a salt, and with it other ids; the report that was read before has the old ones."""
        others = [self.token("two"), self.token("three")]
        self.rp.commit({"b.env": f"k={others[0]}\nk={others[1]}\n"})
        old = {f["path"] + str(f["line"]): f["id"] for f in self.found(self.rp).findings}
        gitlab = [(v["id"], v["tracking"]) for v in json.loads(self.run_in(self.rp.folder, "scan", "--format", "gitlab").out)["vulnerabilities"]]
        done = self.scan(self.rp, "--accept", old["a.env1"], "--reason", "x")
        self.assertIn("reports show other ids from now on", done.text)
        new = {f["path"] + str(f["line"]): f["id"] for f in self.scan(self.rp).findings}
        self.assertFalse(set(new.values()) & set(old.values()))
        now = json.loads(self.run_in(self.rp.folder, "scan", "--format", "gitlab").out)["vulnerabilities"]
        self.assertEqual([(v["id"], v["tracking"]) for v in now], gitlab[1:])
        done = self.scan(self.rp, "--accept", old["b.env1"][:12], "--reason", "y")
        self.assertEqual(done.code, 0, done.text)
        self.assertNotIn("from now on", done.text)
        self.assertEqual([f["line"] for f in self.scan(self.rp).findings if not f["pass"]], [2])
        # made under a salt that is no more
        path = self.rp.folder / ".mayflyignore"
        path.write_text(re.sub("salt=[0-9a-f]{4}", "salt=0000", path.read_text()))
        done = self.scan(self.rp, "--accept", new["b.env2"], "--reason", "z")
        self.assertEqual(done.code, 2)
        self.assertIn("made with another salt", done.text)
        done = self.scan(self.rp, "--accept", re.findall("(?m)^[0-9a-f]{32}", path.read_text())[0], "--reason", "z")
        self.assertIn("accepts it already", done.text)
        self.assertEqual(self.scan(self.rp, "--accept", old["b.env2"], "--reason", "z").code, 0)

    def test_accept_what_passes_already(self):
        base = self.folder / "base.json"
        base.write_bytes(self.found(self.rp).out)
        finding = self.found(self.rp, "--baseline", base, code=0).findings[0]
        done = self.scan(self.rp, "--baseline", base, "--accept", finding["id"], "--reason", "x")
        self.assertEqual(done.code, 0, done.text)
        self.found(self.rp, code=0)

    def suggested(self, text):
        """The command that a report's line says, as arguments."""
        return re.search(r"= accept: mayfly (scan .*?) --reason TEXT", text).group(1).split()

    def test_what_the_report_suggests_works(self):
        self.rp.commit({"a.env": "clean\n"})
        base = self.rp.git("rev-parse", "HEAD~1")
        for mode in (["--history"], ["--range", f"..{base}"]):
            scan = self.run_in(self.rp.folder, "scan", *mode)
            args = self.suggested(scan.text)
            self.assertIn("mayfly scan --history --accept ID", scan.text)
            self.assertEqual(self.run_in(self.rp.folder, *args, "--reason", "made up").code, 0, mode)
            self.found(self.rp, *mode, code=0)
            (self.rp.folder / ".mayflyignore").unlink()
        self.rp.write("b", f"k={self.t}\n")
        self.rp.git("add", "b")
        args = self.suggested(self.run_in(self.rp.folder, "scan", "--staged").text)
        self.assertEqual(self.run_in(self.rp.folder, *args, "--reason", "made up").code, 0)

    def test_what_is_suggested_where_nothing_can_be_accepted(self):
        data = f"k={self.t}\n".encode()
        scan = self.run_in(self.folder, "scan", "--stdin", stdin=data)
        self.assertEqual(scan.code, 1, scan.text)
        self.assertNotIn("--accept", scan.text)
        self.assertEqual(scan.text.count("mayfly:allow REASON"), 2, scan.text)
        refused = self.run_in(self.folder, "scan", "--stdin", "--accept", "0" * 32, "--reason", "x")
        self.assertEqual(refused.code, 2)
        self.assertIn("mayfly:allow", refused.text)
        # all three do what they say
        self.found(self.folder, "--stdin", stdin=f"k={self.t} # mayfly:allow made up\n".encode(), code=0)
        before, rules = self.folder / "before.json", self.folder / "rules.toml"
        before.write_bytes(self.found(self.folder, "--stdin", stdin=data).out)
        self.found(self.folder, "--stdin", "--baseline", before, stdin=data, code=0)
        rules.write_text("[extend]\nuseDefault = true\n[allowlist]\npaths = ['stdin']\n")
        self.found(self.folder, "--stdin", "--rules", rules, stdin=data, code=0)

    def test_what_is_suggested_for_a_path(self):
        self.rp.write("it's here/b.env", f"k={self.t}\n")
        for cwd, path in ((self.rp.folder, "a.env"), (self.folder, "repo1/a.env"), (self.folder, "repo1"), (self.rp.folder, "it's here"),
                          (self.rp.folder / "it's here", "b.env")):
            scan = self.run_in(cwd, "scan", path)
            args = shlex.split(re.search(r"= accept: mayfly (scan .*?) --reason TEXT", scan.text).group(1))
            self.assertIn(path, args)
            done = self.run_in(cwd, *args, "--reason", "made up")
            self.assertEqual(done.code, 0, done.text)
            self.found(self.rp, code=0)
            (self.rp.folder / ".mayflyignore").unlink()

    def test_what_is_suggested_for_a_file_in_no_repository(self):
        (self.folder / "alone.env").write_text(f"k={self.t}\n")
        scan = self.run_in(self.folder, "scan", "alone.env")
        self.assertEqual(scan.code, 1, scan.text)
        self.assertNotIn("--accept", scan.text)
        self.assertIn("mayfly:allow REASON", scan.text)
        refused = self.run_in(self.folder, "scan", "alone.env", "--accept", "0" * 32, "--reason", "x")
        self.assertEqual(refused.code, 2)
        self.assertIn("scan the folder that it is in", refused.text)
        # as it says
        found = self.found(self.folder).findings
        self.assertEqual(self.scan(self.folder, "--accept", [f["id"] for f in found if f["path"] == "alone.env"][0], "--reason", "x").code, 0)

    def test_what_is_suggested_for_a_bare_repository(self):
        scan = self.run_in(self.clone(self.rp, "--bare").folder, "scan", "--history")
        self.assertIn("in a checkout of the repository", scan.text)
        self.assertEqual(self.run_in(self.rp.folder, *self.suggested(scan.text), "--reason", "made up").code, 0)

    def test_what_is_suggested_for_a_list(self):
        listed = self.folder / "repos.txt"
        listed.write_text(f"team/app={self.rp.folder}\n")
        scan = self.run_in(self.folder, "scan", "--repos", listed)
        self.assertIn("in a checkout of the repository", scan.text)
        self.assertIn("in a checkout:  mayfly scan --history --accept", scan.text)
        refused = self.run_in(self.folder, "scan", "--repos", listed, "--accept", "0" * 32, "--reason", "x")
        self.assertIn("in the repository that has it:  mayfly scan --history --accept", refused.text)
        self.assertEqual(self.run_in(self.rp.folder, *self.suggested(scan.text), "--reason", "made up").code, 0)
        self.found(self.folder, "--repos", listed, code=0)

    def test_baseline(self):
        base = self.folder / "base.json"
        base.write_bytes(self.found(self.rp, "--history").out)
        self.found(self.rp, "--history", "--baseline", base, code=0)
        self.rp.commit({"b.env": f"k={self.token('two')}\n"})
        self.assertEqual(self.found(self.rp, "--history", "--baseline", base).places(), [("b.env", 1)])
        base.write_text("{")
        self.assertEqual(self.scan(self.rp, "--baseline", base).code, 2)

    def test_reports_to_files(self):
        args = [x for f in FORMATS for x in ("--report", f"{f}=out.{f}")]
        scan = self.run_in(self.rp.folder, "scan", *args)
        self.assertEqual(scan.code, 1, scan.text)
        files = {f: self.rp.folder / f"out.{f}" for f in FORMATS}
        self.check_hidden(scan, *files.values())
        for f in ("json", "sarif", "gitlab"):
            json.loads(files[f].read_text())
        xml.dom.minidom.parseString(files["junit"].read_bytes())
        self.assertEqual(len(list(csv.reader(io.StringIO(files["csv"].read_text())))), 2)
        self.assertIn("<html", files["html"].read_text())
        self.assertRegex(files["github"].read_text(), "(?m)^::error ")
        self.assertNotIn("person@example.com", files["sarif"].read_text())
        sarif = json.loads(files["sarif"].read_text())
        self.assertIn("primaryLocationLineHash", json.dumps(sarif))

    def test_the_summary_of_a_step(self):
        summary = self.folder / "summary.md"
        env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "MAYFLY_SCAN_HISTORY": "never"}
        for args in ([], ["--format", "text"], ["--format", "github"]):
            summary.write_text("before\n")
            scan = self.run_in(self.rp.folder, "scan", *args, env=env)
            self.assertEqual(scan.code, 1, scan.text)
            self.assertIn("::error ", scan.text)
            self.assertRegex(summary.read_text(), r"\Abefore\n### Committed credentials\n", args)
            self.check_hidden(scan, summary)
        summary.write_text("")
        self.run_in(self.rp.folder, "scan", "--format", "json", env=env)
        self.assertEqual(summary.read_text(), "")

    def test_a_report_that_cannot_be_written(self):
        scan = self.scan(self.rp, "--report", "sarif=/nonexistent/out.sarif")
        self.assertEqual(scan.code, 6, scan.text)
        self.assertEqual(self.scan(self.rp, "--report", "pdf=x").code, 2)

    def test_quiet_dry_run_and_colour(self):
        self.rp.commit({"a.env": "clean\n"})
        scan = self.run_in(self.rp.folder, "scan", "-q")
        self.assertEqual((scan.code, scan.out, scan.err), (0, b"", b""))
        self.rp.commit({"a.env": f"k={self.t}\n"})
        self.assertEqual(self.run_in(self.rp.folder, "scan", "-n", "--report", "json=x.json").code, 0)
        self.assertFalse((self.rp.folder / "x.json").exists())
        self.assertIn(b"\x1b[", self.run_in(self.rp.folder, "scan", "--color", "always").out)
        self.assertNotIn(b"\x1b[", self.run_in(self.rp.folder, "scan", env={"NO_COLOR": "1"}).out)

    def test_exclusive_modes(self):
        for args in (["--staged", "--history"], ["--stdin", "--range", "a..b"], ["--path", "x"], ["--reason", "x"], ["--shard", "1/2", "--staged"],
                     ["--shard", "3/2", "--history"], ["--history", "--max-size", "0"]):
            scan = self.scan(self.rp, *args)
            self.assertEqual(scan.code, 2, (args, scan.text))

    def test_stdin(self):
        scan = self.found(self.folder, "--stdin", "--path", "dump.sql", stdin=f"insert '{self.t}'\n".encode())
        self.assertEqual([(f["path"], f["line"]) for f in scan.findings], [("dump.sql", 1)])
        self.found(self.folder, "--stdin", stdin=b"", code=0)


class Hooks(ScanCase):
    def setUp(self):
        super().setUp()
        bin_dir = self.folder / "bin"
        bin_dir.mkdir()
        (bin_dir / "mayfly").symlink_to(tools.mayfly())
        self.path = f"{bin_dir}:/usr/bin:/bin"
        self.rp = self.repo()
        self.rp.commit({"a": "x\n"})

    def git(self, *args, repo=None):
        env = self.git_env() | {"PATH": self.path} | {k: os.environ[k] for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if k in os.environ}
        return subprocess.run(["git", "-c", "protocol.file.allow=always", *map(str, args)], cwd=(repo or self.rp).folder, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)

    def install(self, *args):
        done = self.run_in(self.rp.folder, "hook", "install", *args)
        self.assertEqual(done.code, 0, done.text)

    def test_pre_commit(self):
        self.install()
        self.rp.write("k", f"k={self.token()}\n")
        self.git("add", "k")
        done = self.git("commit", "-m", "key")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("k:1", done.stdout)
        self.assertNotIn(self.tokens["one"], done.stdout)
        self.rp.write("k", "clean\n")
        self.git("add", "k")
        self.assertEqual(self.git("commit", "-m", "clean").returncode, 0)
        # a partial commit has an index of its own
        self.rp.write("k", f"k={self.tokens['one']}\n")
        self.rp.write("a", "y\n")
        self.assertEqual(self.git("commit", "-m", "only a", "a").returncode, 0)
        self.assertNotEqual(self.git("commit", "-m", "all", "-a").returncode, 0)

    def test_pre_push(self):
        remote = self.repo(bare=True)
        self.git("remote", "add", "origin", remote.folder)
        self.install("pre-push")
        self.assertEqual(self.git("push", "origin", "main").returncode, 0)
        self.rp.commit({"k": f"k={self.token()}\n"})
        self.rp.commit(remove=["k"])
        done = self.git("push", "origin", "main")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertNotIn(self.tokens["one"], done.stdout)
        self.git("branch", "-q", "new")
        self.assertNotEqual(self.git("push", "origin", "new").returncode, 0)
        self.git("reset", "-q", "--hard", "HEAD~2")
        self.git("branch", "-q", "-D", "new")
        self.rp.commit({"b": "clean\n"})
        self.assertEqual(self.git("push", "origin", "main").returncode, 0)
        self.git("branch", "-q", "other")
        self.assertEqual(self.git("push", "origin", "other").returncode, 0)
        self.assertEqual(self.git("push", "origin", ":other").returncode, 0)

    def test_pre_push_of_a_first_branch(self):
        remote = self.repo(bare=True)
        self.rp.commit({"k": f"k={self.token()}\n"})
        self.rp.commit(remove=["k"])
        self.git("remote", "add", "origin", remote.folder)
        self.install("pre-push")
        self.assertNotEqual(self.git("push", "origin", "main").returncode, 0)

    def test_pre_push_of_tags(self):
        remote = self.repo(bare=True)
        self.git("remote", "add", "origin", remote.folder)
        self.install("pre-push")
        self.assertEqual(self.git("push", "origin", "main").returncode, 0)
        self.git("tag", "light")
        self.git("tag", "-a", "-m", "nothing", "clean")
        self.assertEqual(self.git("push", "origin", "light", "clean").returncode, 0)
        # the remote has the commit; what is new is the message
        self.git("tag", "-a", "-m", f"k={self.token()}", "leak")
        self.git("tag", "-a", "-m", "around it", "outer", "leak")
        for name in ("leak", "outer"):
            done = self.git("push", "origin", name)
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertIn("the message of tag", done.stdout)
            self.assertNotIn(self.tokens["one"], done.stdout)
        # in place of one that is there, and with new commits
        self.git("tag", "-f", "-a", "-m", f"k={self.tokens['one']}", "clean", "main")
        self.assertNotEqual(self.git("push", "-f", "origin", "clean").returncode, 0)
        self.rp.commit({"b": "clean\n"})
        self.git("tag", "-a", "-m", f"k={self.tokens['one']}", "ahead")
        self.assertNotEqual(self.git("push", "origin", "ahead").returncode, 0)
        self.assertEqual(self.git("push", "origin", "main").returncode, 0)

    def test_pre_push_that_cannot_list_is_no_success(self):
        remote = self.repo(bare=True)
        self.git("remote", "add", "origin", remote.folder)
        self.install("pre-push")
        self.git("tag", "-a", "-m", "no commit", "of-a-blob", "HEAD:a")
        done = self.git("push", "origin", "of-a-blob")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("it was not scanned", done.stdout)
        self.assertEqual(remote.git("for-each-ref"), "")

    def test_another_hook_is_kept(self):
        hook = self.rp.folder / ".git/hooks/pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 0\n")
        done = self.run_in(self.rp.folder, "hook", "install")
        self.assertEqual(done.code, 2)
        self.assertIn("MF-HOOK-01", done.text)
        self.install("--force")
        self.install()
        self.assertEqual(self.run_in(self.rp.folder, "hook", "install", "post-merge").code, 2)

    def where(self):
        """Where git looks for hooks, as mayfly runs it."""
        return pathlib.Path(self.rp.folder, self.rp.git("rev-parse", "--git-path", "hooks")).resolve()

    def in_place(self):
        done = self.run_in(self.rp.folder, "hook", "install")
        self.assertEqual(done.code, 0, done.text)
        for name in ("pre-commit", "pre-push"):
            path = self.where() / name
            self.assertIn(f"'{path}'", done.text)
            self.assertTrue(os.access(path, os.X_OK))
            path.unlink()
        return done

    def test_hooks_path_within_the_repository(self):
        self.in_place()
        for value in (".githooks", "deep/er/hooks", ".git/other", "./.githooks/", str(self.rp.folder / "absolute")):
            self.rp.git("config", "core.hooksPath", value)
            self.assertIn("core.hooksPath in", self.in_place().text, value)
        self.rp.git("config", "--unset", "core.hooksPath")
        config = self.folder / "home/.gitconfig"
        text = config.read_text()
        # of each repository its own
        config.write_text(text + "[core]\n\thooksPath = .githooks\n")
        self.assertIn(str(config), self.in_place().text)
        (self.folder / "home/more").write_text("[core]\n\thooksPath = hooks2\n")
        config.write_text(text + f"[includeIf \"gitdir:{self.folder}/\"]\n\tpath = more\n")
        self.in_place()
        self.assertEqual(self.where().name, "hooks2")
        self.rp.git("worktree", "add", "-q", self.folder / "linked")
        config.write_text(text)
        done = self.run_in(self.folder / "linked", "hook", "install", "pre-push")
        self.assertEqual(done.code, 0, done.text)
        self.assertTrue((self.rp.folder / ".git/hooks/pre-push").exists())
        # and it runs there
        self.rp.git("config", "core.hooksPath", ".githooks")
        self.install()
        self.rp.write("k", f"k={self.token()}\n")
        self.git("add", "k")
        self.assertNotEqual(self.git("commit", "-m", "key").returncode, 0)

    def refused(self, *words):
        before = sorted(self.folder.rglob("*"))
        for args in ([], ["--force"], ["--dry-run"]):
            done = self.run_in(self.rp.folder, "hook", "install", *args)
            self.assertEqual(done.code, 2, done.text)
            self.assertIn("MF-HOOK-02", done.text)
            for word in words:
                self.assertIn(word, done.text)
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_shared_hooks_are_left_alone(self):
        config, shared = self.folder / "home/.gitconfig", self.folder / "shared"
        text = config.read_text()
        for value, where in ((str(shared), shared), ("~/hooks", self.folder / "home/hooks"), ("../shared", shared), ("/dev/null", "/dev/null")):
            config.write_text(text + f"[core]\n\thooksPath = {value}\n")
            self.refused(str(where), str(config), f"git config core.hooksPath '{self.rp.folder}/.git/hooks'")
        # what the hint says is enough
        self.rp.git("config", "core.hooksPath", self.rp.folder / ".git/hooks")
        self.in_place()
        self.rp.git("config", "core.hooksPath", "link")
        shared.mkdir()
        (self.rp.folder / "link").symlink_to(shared)
        self.refused(str(shared))
        config.write_text(text)
        self.rp.git("config", "--unset", "core.hooksPath")
        hooks = self.rp.folder / ".git/hooks"
        hooks.rename(self.folder / "moved")
        hooks.symlink_to(shared)
        self.refused(str(shared), "is a link")

    def test_managers_of_hooks_are_left_alone(self):
        for folder, name, text, word in ((".husky/_", "pre-commit", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"', ".husky/pre-commit"),
                                         (".git/hooks", "pre-push", '#!/bin/sh\ncall_lefthook run "pre-push" "$@"\n', "lefthook.yml"),
                                         (".git/hooks", "pre-commit", "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n",
                                          ".pre-commit-config.yaml")):
            hook = self.rp.folder / folder / name
            hook.parent.mkdir(parents=True, exist_ok=True)
            hook.write_text(text)
            self.rp.git("config", "core.hooksPath", folder)
            done = self.run_in(self.rp.folder, "hook", "install")
            self.assertEqual(done.code, 2, done.text)
            self.assertIn("MF-HOOK-01", done.text)
            self.assertIn(word, done.text)
            self.assertEqual(hook.read_text(), text)
            # none of the two then
            self.assertEqual([p.name for p in hook.parent.iterdir() if p.suffix != ".sample"], [name])
            hook.unlink()

    def test_pre_commit_framework(self):
        """The entries of .pre-commit-hooks.yaml, run as the framework runs them."""
        text = (tools.ROOT / ".pre-commit-hooks.yaml").read_text()
        ids = re.findall(r"(?m)^- id: (\S+)$", text)
        self.assertIn("mayfly", ids)
        self.rp.write("k", f"k={self.token()}\n")
        self.git("add", "k")
        for entry in re.findall(r"(?m)^  entry: (.*)$", text):
            env = self.env({"PATH": self.path})
            done = subprocess.run(entry.split(), cwd=self.rp.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(done.returncode, 1, (entry, done.stdout))
            self.assertNotIn(self.tokens["one"], done.stdout)


class Sandbox(ScanCase):
    def start(self, **env):
        """A scan that waits for standard input, and its child."""
        parent = subprocess.Popen([tools.mayfly(), "scan", "--stdin"], cwd=self.folder, env=self.env(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        self.addCleanup(lambda: (parent.poll() is None and parent.kill(), parent.communicate()))
        end = time.monotonic() + 20
        while time.monotonic() < end:
            children = pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
            if children and "\nSeccomp:\t2" in pathlib.Path(f"/proc/{children[0]}/status").read_text():
                return parent, int(children[0])
            time.sleep(0.01)
        self.fail("no confined child")

    def finish(self, parent, data=b""):
        out, err = parent.communicate(data, timeout=30)
        return parent.returncode, (out + err).decode()

    def test_confined(self):
        parent, child = self.start(ACTIONS_ID_TOKEN_REQUEST_TOKEN="request-token-of-this-test", VAULT_TOKEN="vault-token-of-this-test")
        status = pathlib.Path(f"/proc/{child}/status").read_text()
        self.assertIn("\nNoNewPrivs:\t1", status)
        for name in (f"/proc/{child}/environ", f"/proc/{child}/cmdline"):
            self.assertNotIn(b"token-of-this-test", pathlib.Path(name).read_bytes())
        links = [os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd")]
        self.assertFalse([x for x in links if x.startswith("socket:")], links)
        self.assertEqual(self.finish(parent)[0], 0)

    def test_a_crash_is_never_clean(self):
        for number in (signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT):
            parent, child = self.start()
            os.kill(child, number)
            code, text = self.finish(parent)
            self.assertEqual(code, 70, text)
            self.assertIn("MF-SCAN-03", text)

    def test_the_parent_is_stopped(self):
        parent, child = self.start()
        parent.send_signal(signal.SIGTERM)
        code, text = self.finish(parent)
        self.assertNotIn(code, (0, 1), text)
        end = time.monotonic() + 5
        while os.path.exists(f"/proc/{child}") and time.monotonic() < end:
            time.sleep(0.02)
        self.assertFalse(os.path.exists(f"/proc/{child}"))

    def test_no_report_after_a_crash(self):
        out = self.folder / "out.json"
        out.write_text("before")
        parent = subprocess.Popen([tools.mayfly(), "scan", "--stdin", "--report", f"json={out}"], env=self.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        children = []
        while not children:
            children = pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        self.assertEqual(self.finish(parent)[0], 70)
        self.assertEqual(out.read_text(), "before")
        self.assertEqual([p.name for p in self.folder.glob("*out*")], ["out.json"])


class TimeOut(ScanCase):
    def test_a_scan_that_takes_too_long_is_never_clean(self):
        out = self.folder / "out.json"
        parent = subprocess.Popen([tools.mayfly(), "gitleaks", "stdin", "--timeout", "1", "-r", out], cwd=self.folder, env=self.env(), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(lambda: (parent.poll() is None and parent.kill(), parent.communicate()))
        began = time.monotonic()
        parent.wait(timeout=30)
        text = parent.stdout.read()
        self.assertNotIn(parent.returncode, (0, None), text)
        self.assertIn("MF-SCAN-03", text)
        self.assertIn("--timeout", text)
        self.assertLess(time.monotonic() - began, 20)
        self.assertFalse(out.exists())
        done = self.run_in(self.folder, "gitleaks", "stdin", "--timeout", "60", stdin=b"clean\n")
        self.assertEqual(done.code, 0, done.text)


class IgnoredFiles(ScanCase):
    """Git's lists of ignored files, wherever its configuration puts them: the child may read these files and nothing beside them."""

    def setUp(self):
        super().setUp()
        self.rp = self.repo()
        self.rp.commit({"a": "clean\n"})
        self.rp.write("left.out", f"k={self.token()}\n")
        self.far = self.folder / "far"
        self.far.mkdir()
        (self.far / "rules").write_text("*.out\n")
        self.home = self.folder / "home"
        self.text = (self.home / ".gitconfig").read_text()
        self.found(self.rp)

    def honoured(self, env=None):
        self.assertIn("left.out", self.rp.git("status", "--porcelain", "--ignored", "-uall", env=env).replace("?? left.out", ""))
        self.assertEqual(self.found(self.rp, code=0, env=env).notes, [])

    def configure(self, text):
        (self.home / ".gitconfig").write_text(self.text + text)

    def test_global(self):
        self.configure(f"[core]\n\texcludesFile = {self.far}/rules\n")
        self.honoured()
        (self.home / "mine").write_text("*.out\n")
        self.configure("[core]\n\texcludesFile = ~/mine\n")
        self.honoured()

    def test_global_that_is_a_link_and_includes(self):
        (self.far / "gitconfig").write_text(self.text + "[include]\n\tpath = more\n")
        (self.far / "more").write_text(f"[core]\n\texcludesFile = {self.far}/link\n")
        (self.far / "link").symlink_to("rules")
        (self.home / ".gitconfig").unlink()
        (self.home / ".gitconfig").symlink_to(self.far / "gitconfig")
        # what the link's file includes lies beside the link's own place, as git has it
        (self.home / "more").symlink_to(self.far / "more")
        self.honoured()

    def test_xdg(self):
        config = self.far / "xdg/git"
        config.mkdir(parents=True)
        (config / "config").write_text(f"[core]\n\texcludesFile = {self.far}/rules\n")
        self.honoured(env={"XDG_CONFIG_HOME": str(self.far / "xdg")})
        (config / "config").unlink()
        (config / "ignore").write_text("*.out\n")
        self.honoured(env={"XDG_CONFIG_HOME": str(self.far / "xdg")})

    def test_the_repositorys_own(self):
        self.rp.git("config", "core.excludesFile", self.far / "rules")
        self.honoured()
        self.rp.git("config", "core.excludesFile", "rules")
        self.rp.commit({"rules": "*.out\n"})
        self.honoured()

    def test_systems(self):
        etc = self.folder / "etc"
        etc.mkdir()
        (etc / "gitconfig").write_text(f"[core]\n\texcludesFile = {self.far}/rules\n")
        command = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []), "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', etc]
        done = subprocess.run([*map(str, command), tools.mayfly(), "scan", "--format", "json"], cwd=self.rp.folder, env=self.env(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_cannot_be_read_is_told(self):
        for path in (self.far, "/"):
            self.configure(f"[core]\n\texcludesFile = {path}\n")
            scan = self.found(self.rp)
            self.assertTrue(any("1 list of ignored files" in n and f"'{path}'" in n for n in scan.notes), scan.notes)
        self.configure(f"[core]\n\texcludesFile = {self.far}/rules\n[include]\n\tpath = ../far\n")
        scan = self.found(self.rp, code=0)
        self.assertTrue(any("1 list of ignored files" in n and "far'" in n for n in scan.notes), scan.notes)
        self.configure(f"[core]\n\texcludesFile = {self.far}/none\n")
        self.assertEqual(self.found(self.rp).notes, [])


class Gitleaks(ScanCase):
    """The flags, fields, ids and codes of gitleaks 8.30.1."""

    FIELDS = ["RuleID", "Description", "StartLine", "EndLine", "StartColumn", "EndColumn", "Match", "Secret", "File", "SymlinkFile", "Commit", "Entropy", "Author",
              "Email", "Date", "Message", "Tags", "Fingerprint"]

    def setUp(self):
        super().setUp()
        self.rp = self.repo()
        self.t = self.token()
        self.commit = self.rp.commit({"src/a.env": f"x\ntoken = \"{self.t}\"\n"}, "add it\n\nwith a body\n")
        self.link = self.folder / "gitleaks"
        self.link.symlink_to(tools.mayfly())

    def leaks(self, *args, code=1, check=True, **kw):
        done = self.run_in(self.rp.folder, *args, program=str(self.link), check=check, **kw)
        self.assertEqual(done.code, code, done.text)
        return done

    def report(self, *args, **kw):
        return json.loads(self.leaks(*args, "-r", "-", "-f", "json", **kw).out)

    def test_json_of_history(self):
        (leak,) = self.report("git", "--redact=0", check=False)
        self.assertEqual([k for k in leak if k != "Link"], self.FIELDS)
        self.assertEqual({k: leak[k] for k in ("RuleID", "StartLine", "EndLine", "StartColumn", "Secret", "File", "SymlinkFile", "Commit", "Author", "Email",
                                               "Message", "Tags", "Fingerprint")},
                         {"RuleID": "github-pat", "StartLine": 2, "EndLine": 2, "StartColumn": 11, "Secret": self.t, "File": "src/a.env",
                          "SymlinkFile": "", "Commit": self.commit, "Author": "A Person", "Email": "person@example.com", "Message": "add it\n\nwith a body",
                          "Tags": [], "Fingerprint": f"{self.commit}:src/a.env:github-pat:2"})
        self.assertIn(leak["EndColumn"], (50, 51))      # our expression takes in what ends the token
        self.assertRegex(leak["Date"], r"^2026-09-\d\dT\d\d:\d\d:\d\dZ$")

    def test_redacted_unless_asked(self):
        (leak,) = self.report("git")
        self.assertEqual((leak["Secret"], leak["Match"].rstrip('"')), ("REDACTED", "REDACTED"))

    def test_folder_stdin_and_older_spellings(self):
        prints = {"src/a.env:github-pat:2"}
        self.assertEqual({x["Fingerprint"] for x in self.report("dir", ".")}, prints)
        self.assertEqual({x["Fingerprint"] for x in self.report("detect", "--no-git", "-s", ".")}, prints)
        self.assertEqual({x["Fingerprint"] for x in self.report("detect")}, {f"{self.commit}:src/a.env:github-pat:2"})
        data = f"token = \"{self.t}\"\n".encode()
        self.assertEqual([x["File"] for x in self.report("stdin", stdin=data)], [""])
        self.assertEqual([x["File"] for x in self.report("detect", "--pipe", stdin=data)], [""])
        self.assertEqual(self.report("protect", "--staged", code=0), [])
        self.rp.write("new", f"k={self.t}\n")
        self.rp.git("add", "new")
        self.assertEqual([x["File"] for x in self.report("protect", "--staged")], ["new"])
        self.assertEqual([x["File"] for x in self.report("git", "--staged", "--pre-commit")], ["new"])

    def test_depth_of_archives(self):
        """As gitleaks counts: a .tar.gz is one."""
        def member(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            return info, io.BytesIO(data)

        tar, outer = io.BytesIO(), io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w:gz") as t:
            t.addfile(*member("x.txt", f"k={self.t}\n".encode()))
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("in.tar.gz", tar.getvalue())
        folder = self.folder / "archives"
        folder.mkdir()
        (folder / "one.tar.gz").write_bytes(tar.getvalue())
        (folder / "two.zip").write_bytes(outer.getvalue())
        for depth, want in ((0, set()), (1, {"one.tar.gz!x.txt"}), (2, {"one.tar.gz!x.txt", "two.zip!in.tar.gz!x.txt"})):
            done = self.leaks("dir", folder, "--max-archive-depth", str(depth), "-r", "-", code=1 if want else 0)
            got = {x["File"].removeprefix(f"{folder}/") for x in json.loads(done.out)}
            self.assertEqual({x for x in got if x.endswith("!x.txt")}, want)

    def test_changes_only(self):
        """As with git diff: tracked files against the index, the index against HEAD; what a file held before is no news."""
        other = self.token("other")
        self.rp.write("untracked", f"k={other}\n")
        self.rp.write("src/a.env", f"x\ny\ntoken = \"{self.t}\"\n")
        for args in (["git", "--pre-commit"], ["protect"], ["git", "--staged"], ["protect", "--staged"]):
            self.leaks(*args, code=0)
        self.rp.write("src/a.env", f"x\ny\ntoken = \"{self.t}\"\nk={other}\n")
        for args in (["git", "--pre-commit"], ["protect"]):
            self.assertEqual([x["Fingerprint"] for x in self.report(*args)], ["src/a.env:github-pat:4"])
        self.leaks("protect", "--staged", code=0)
        self.rp.git("add", "src/a.env")
        self.leaks("protect", code=0)
        self.assertEqual([x["Fingerprint"] for x in self.report("protect", "--staged")], ["src/a.env:github-pat:4"])
        (self.rp.folder / "other").mkdir()
        for args in (["git", "--staged", "src"], ["protect", "--staged", "-s", "src"]):
            self.assertEqual([x["Fingerprint"] for x in self.report(*args)], ["src/a.env:github-pat:4"])
        self.leaks("git", "--staged", "other", code=0)
        self.rp.git("add", "-N", "untracked")
        self.assertEqual([x["Fingerprint"] for x in self.report("git", "--pre-commit")], ["untracked:github-pat:1"])
        self.rp.write("src/a.env", f"x\ny\nmy token = \"{self.t}\"\nk={other}\n")
        self.assertIn("src/a.env:github-pat:3", [x["Fingerprint"] for x in self.report("git", "--pre-commit")])   # the line has changed
        plain = self.folder / "plain"
        plain.mkdir()
        self.assertEqual(self.run_in(plain, "protect", program=str(self.link)).code, 1)

    def test_log_opts(self):
        """Words of git log: the same commits, or a refusal that says how to name them."""
        second = self.token("second")
        two = self.rp.commit({"src/a.env": f"x\ntoken = \"{self.t}\"\ny\n", "b": f"k={second}\n"})
        three = self.rp.commit({"c": f"k={second}\n"})
        first, b, c = f"{self.commit}:src/a.env:github-pat:2", f"{two}:b:github-pat:1", f"{three}:c:github-pat:1"
        self.assertEqual(self.rp.git("rev-parse", "HEAD~1"), two)
        for opts, want in (("--all", [first, b, c]), ("HEAD", [first, b, c]), ("--no-merges", [first, b, c]), ("-1", [c]), ("-n 1", [c]), ("--max-count=1", [c]),
                           ("HEAD^!", [c]), ("HEAD~1^!", [b]), ("HEAD~1 -1", [b]), ("HEAD~2^!", [first]), ("HEAD~2..", [b, c]), ("HEAD~2..HEAD~1", [b]),
                           ("^HEAD~1 HEAD", [c]), ("..HEAD~1", []), ("--no-merges --first-parent HEAD~1^..HEAD", [b, c])):
            with self.subTest(opts):
                got = self.report("git", "--log-opts", opts, code=1 if want else 0)
                self.assertEqual(sorted(x["Fingerprint"] for x in got), sorted(want))
        for opts in ("-n 5", "-2", "--since=2020-01-01", "main HEAD", "HEAD~1...HEAD", "--branches", "--all -1", "--all HEAD", "HEAD -- b", "-n", "HEAD^! -1"):
            with self.subTest(opts):
                self.assertIn("--log-opts=A..B", self.leaks("git", f"--log-opts={opts}", code=1).text)

    def test_spellings_of_flags(self):
        quiet = len(self.leaks("git").out)
        for args in (["-v=false", "git"], ["git", "-v", "--verbose=false"], ["git", "--no-color=true", "--no-banner=T"], ["git", "--config=", "-b", "", ""],
                     ["-l", "git", "git"], ["git", "--redact", "."], ["git", "--redact=200"]):
            with self.subTest(args):
                self.assertEqual(len(self.leaks(*args).out), quiet)
        for args in (["git", "-v=true"], ["git", "--verbose=false", "-v"], ["--no-color", "-v", "git"]):
            with self.subTest(args):
                self.assertGreater(len(self.leaks(*args).out), quiet)
        for args in (["git", "-vr", "x.json"], ["-r=x.json", "git"], ["git", "-rx.json"], ["--report-path", "x.json", "git", "-f", "JSON"]):
            with self.subTest(args):
                self.leaks(*args)
                self.assertEqual(len(json.loads((self.rp.folder / "x.json").read_text())), 1)
                (self.rp.folder / "x.json").unlink()
        self.assertEqual(len(self.report("git", "--enable-rule", "aws-access-token,github-pat")), 1)
        self.assertEqual(self.report("git", "--enable-rule", "aws-access-token", code=0), [])
        for args in (["git", "--no-color=maybe"], ["git", "--exit-code=300"], ["git", "--exit-code", "x"], ["git", "--platform=x"], ["git", "-r"]):
            with self.subTest(args):
                self.assertNotIn("committed secret", self.leaks(*args).text)

    def test_exit_codes(self):
        self.assertIn("gitleaks protect", self.leaks(code=0).text)
        self.assertEqual(self.leaks("help", code=0).out, self.leaks(code=0).out)
        self.assertEqual(self.leaks("help", "git", code=0).out, self.leaks("git", "--help", code=0).out)
        self.leaks("nosuch", code=1)
        self.leaks("--nosuch", code=126)
        self.leaks("git", "-Z", code=1)
        self.assertIn("mayfly completion", self.leaks("completion", "bash", code=1).text)
        self.assertEqual(self.leaks("nosuch", code=1).out, b"")
        self.leaks("git", "--exit-code", "42", code=42)
        self.leaks("git", "--no-such-flag", code=126)
        self.leaks("version", code=0)
        self.assertEqual(self.run_in(self.rp.folder, "gitleaks", "git", "--exit-code", "0").code, 0)

    def test_a_folder_with_the_ignore_file(self):
        folder = self.folder / "ignore"
        folder.mkdir()
        self.leaks("git", "-r", "all.json", code=1)
        prints = [f["Fingerprint"] for f in json.loads((self.rp.folder / "all.json").read_text())]
        (folder / ".gitleaksignore").write_text("\n".join(prints) + "\n")
        for path in (folder, folder / ".gitleaksignore"):
            self.leaks("git", "-i", str(path), code=0)

    def test_what_was_not_looked_at(self):
        folder = self.folder / "large"
        folder.mkdir()
        (folder / "big.txt").write_text("nothing\n" * 300000)
        done = self.run_in(folder, "gitleaks", "dir", ".", "--max-target-megabytes", "1")
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("big.txt", done.text)
        self.assertIn("in what could be looked at", done.text)

    def test_report_files(self):
        for name, fmt in (("leaks.json", None), ("leaks.csv", None), ("leaks.sarif", None), ("leaks.xml", "junit")):
            self.leaks("git", "-r", name, *(["-f", fmt] if fmt else []))
            self.assertTrue((self.rp.folder / name).read_text().strip())
        header = (self.rp.folder / "leaks.csv").read_text().split("\n")[0]
        self.assertEqual(header, "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags")
        self.leaks("git", "-f", "template", "-r", "x")

    def test_baseline_and_ignore(self):
        base = self.folder / "base.json"
        base.write_bytes(self.leaks("git", "-r", "-", "--redact=0", check=False).out)
        self.leaks("git", "-b", base, code=0)
        self.rp.write(".gitleaksignore", f"{self.commit}:src/a.env:github-pat:2\n")
        self.leaks("git", code=0)
        (self.rp.folder / ".gitleaksignore").unlink()
        ignore = self.folder / "ignored"
        ignore.write_text("src/a.env:github-pat:2\n")
        self.leaks("git", "-i", ignore, code=0)

    def round_trips(self, *args, stdin=b""):
        """What the drop-in reports is let pass by its report, and by its fingerprints; returns them."""
        base, ignore = self.folder / "round.json", self.folder / "round.ignore"
        base.write_bytes(self.leaks(*args, "-r", "-", "-f", "json", stdin=stdin).out)
        prints = [x["Fingerprint"] for x in json.loads(base.read_bytes())]
        ignore.write_text("".join(p + "\n" for p in prints))
        self.leaks(*args, "-b", base, code=0, stdin=stdin)
        self.leaks(*args, "-i", ignore, code=0, stdin=stdin)
        for p in prints:
            ignore.write_text("".join(q + "\n" for q in prints if q != p))
            self.leaks(*args, "-i", ignore, code=1, stdin=stdin)
        return prints

    def test_each_path_round_trips(self):
        line = f"token = \"{self.t}\"\n"
        one = self.rp.commit({"copy.env": f"x\n{line}"})
        two = self.rp.commit({"moved.env": f"y\nx\n{line}"}, remove=["copy.env"])
        three = self.rp.commit({"moved.env": f"y\nx\nmy {line}"})
        lost = self.rp.blob(f"lost {line}")
        self.rp.commit({"c": "x"}, f"a message with\n\n{self.t}\n")
        said = self.rp.git("rev-parse", "HEAD")
        prints = self.round_trips("git")
        self.assertEqual(sorted(prints), sorted([f"{self.commit}:src/a.env:github-pat:2", f"{one}:copy.env:github-pat:2", f"{two}:moved.env:github-pat:3",
                                                 f"{lost}::github-pat:1", f"{said}::github-pat:3"]))
        self.assertEqual(sorted(self.round_trips("dir", ".")), ["moved.env:github-pat:3", "src/a.env:github-pat:2"])
        self.assertEqual(self.round_trips("stdin", stdin=line.encode()), [":github-pat:1"])
        # gitleaks, which reads changed lines, names the last commit of the moved file
        ignore = self.folder / "theirs"
        ignore.write_text("\n".join([three + ":moved.env:github-pat:3", *(p for p in prints if "moved" not in p)]))
        self.leaks("git", "-i", ignore, code=0)

    def test_a_moved_file_keeps_its_names(self):
        """gitleaks says nothing of a file that was moved as it was; of a copy it does."""
        self.rp.git("mv", "src/a.env", "b.env")
        self.rp.commit()
        self.rp.git("mv", "b.env", "c.env")
        self.rp.commit()
        ignore, base = self.folder / "ignore", self.folder / "base.json"
        ignore.write_text(f"{self.commit}:src/a.env:github-pat:2\n")
        base.write_bytes(self.leaks("git", "-r", "-", "--log-opts", f"{self.commit}^!").out)
        for args in (["-i", ignore], ["-b", base]):
            self.leaks("git", *args, code=0)
        copy = self.rp.commit({"copy.env": f"x\ntoken = \"{self.t}\"\n"})
        for args in (["-i", ignore], ["-b", base]):
            self.assertEqual([x["Fingerprint"] for x in self.report("git", *args)], [f"{copy}:copy.env:github-pat:2"])

    def test_allow_comment_can_be_ignored(self):
        self.rp.commit({"src/a.env": f"token = \"{self.t}\" # gitleaks:allow\n"})
        self.leaks("dir", ".", code=0)
        self.leaks("dir", ".", "--ignore-gitleaks-allow")

    def test_config(self):
        config = self.folder / "c.toml"
        config.write_text("[[rules]]\nid = 'mine'\ndescription = 'mine'\nregex = '''acme_[0-9a-f]{8}'''\nkeywords = ['acme_']\n")
        self.rp.commit({"m": "k = acme_0123abcd\n"})
        self.assertEqual([x["RuleID"] for x in self.report("dir", ".", "-c", config)], ["mine"])
        self.assertEqual([x["RuleID"] for x in self.report("dir", ".", env={"GITLEAKS_CONFIG": str(config)})], ["mine"])
        self.assertEqual([x["RuleID"] for x in self.report("dir", ".", env={"GITLEAKS_CONFIG_TOML": config.read_text()})], ["mine"])
        # the target's own file, which is not looked at itself; not that of a folder around the target
        rules = config.read_text().replace("['acme_']", "'acme_'")
        self.rp.commit({".gitleaks.toml": f"# acme_89abcdef\n{rules}", "sub/m": "k = acme_0123abcd\n"})
        self.assertEqual([x["File"] for x in self.report("dir", ".")], ["m", "sub/m"])
        self.assertEqual(sorted(x["File"] for x in self.report("git")), ["m", "sub/m"])
        self.assertEqual([x["RuleID"] for x in self.report("stdin", stdin=b"acme_01234567")], ["mine"])
        self.assertEqual([x["RuleID"] for x in self.report("git", "sub")], ["github-pat"])
        self.report("dir", "sub", code=0)
        base = self.rp.folder / "base.json"
        base.write_bytes(self.leaks("dir", ".", "-r", "-", "--redact=0").out)
        self.leaks("dir", ".", "-b", "base.json", code=0)
        base.unlink()
        config.write_text("[[rules]]\nid = ")
        self.assertNotIn(self.run_in(self.rp.folder, "dir", ".", "-c", config, program=str(self.link)).code, (0,))
