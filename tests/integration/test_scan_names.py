# SPDX-License-Identifier: Apache-2.0
"""A secret that stands in a name (of a file, a person, a branch) is shown by no report, note or error; and a finding in such a file can be let pass
by what a report shows of it."""
import base64
import json

from support.scanrepo import ScanCase

FORMATS = {"json": "json", "text": "txt", "github": "out", "sarif": "sarif", "gitlab": "gl.json", "junit": "xml", "csv": "csv", "html": "html",
           "gitleaks-json": "gl8.json", "gitleaks-csv": "gl8.csv", "gitleaks-junit": "gl8.xml", "gitleaks-sarif": "gl8.sarif"}
PASSWORD = "kT5vB2nQ9xW7hM4d"


class Names(ScanCase):
    def setUp(self):
        super().setUp()
        self.rp, self.t = self.repo(), self.token()
        self.lone = self.token("in a name alone")
        self.tokens["password"] = PASSWORD
        person = {"GIT_AUTHOR_NAME": f"Ada {self.t}", "GIT_AUTHOR_EMAIL": f"{self.t}@example.com", "GIT_COMMITTER_EMAIL": f"{self.t}@example.com"}
        self.rp.commit({"a.env": "nothing\n"})
        self.rp.write("a.env", f"k={self.t}\n")
        self.rp.write(f"backup-{self.t}.txt", f"one\nk={self.t}\n")
        self.rp.write(f"{self.t}/copy-{self.t}.txt", f"one\nk={self.t}\n")
        self.rp.write(f"{self.lone}.txt", f"k={self.token('its content')}\n")
        self.rp.write("db.conf", f"password = '{PASSWORD}'\n")
        self.rp.write(f"{PASSWORD}/x.env", f"\nk={self.t}\n")
        self.tokens["base64"] = base64.b64encode(self.token("encoded").encode()).decode()
        self.rp.write(f"{self.tokens['base64']}.env", f"\n\n\nk={self.t}\n")
        self.rp.write(f"no-utf8-{self.t}".encode() + b"-\xff.env", f"\n\nk={self.t}\n")
        self.rp.git("add", "-A")
        self.rp.git("commit", "-q", "-m", "a change", env=person)
        self.rp.git("branch", f"b-{self.t}")

    def reports(self):
        return [f"--report={f}={self.folder / f'out.{suffix}'}" for f, suffix in FORMATS.items()]

    def written(self):
        return sorted(self.folder.glob("out.*"))

    def scanned(self, *args, code=1, env=None):
        """Scans with every report and the step's summary, and looks for the secrets in all that came out."""
        summary = self.folder / "out.summary"
        summary.write_bytes(b"")
        job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_REPOSITORY": "acme/shop", "GITHUB_REF": f"refs/heads/b-{self.t}",
               "GITHUB_REF_NAME": f"b-{self.t}", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_SHA": self.rp.git("rev-parse", "HEAD")}
        outs = [self.scan(self.rp, *args, *self.reports(), env=job | (env or {}))]
        outs.append(self.run_in(self.rp.folder, "scan", *args, "-v", env=job | (env or {})))
        for done in outs:
            self.assertEqual(done.code, code, done.text)
        files = self.written()
        self.assertEqual(len(files), len(FORMATS) + 1)
        self.assertGreater(summary.stat().st_size, 100)
        for done in outs:
            self.check_hidden(done, *files)
        for f in outs[0].findings:
            for name in [f["path_b64"]] if "path_b64" in f else []:
                self.assertNotIn(self.t.encode(), base64.b64decode(name))
        return outs[0]

    def test_every_mode_and_format(self):
        for args in ([], ["--history"], ["--range", "HEAD~1..HEAD"], ["--range", f"HEAD~1..b-{self.t}"], ["--history", "--engine", "odb"]):
            found = self.scanned(*args).findings
            paths = {p for f in found for p in [f["path"], *f["more_paths"]]}
            self.assertTrue(any(p.startswith("backup-ghp_****") and p.endswith(f"{self.t[-4:]}.txt") for p in paths), paths)
            self.assertTrue(any(p.startswith("ghp_****") and "/copy-ghp_****" in p for p in paths), paths)
            self.assertTrue(any(f["fingerprint"].startswith(("backup-ghp_****", f"{f['commit']}:backup-ghp_****")) for f in found))
        self.rp.git("checkout", "-q", "HEAD~1")
        self.rp.git("reset", "-q", "--soft", "HEAD~0")
        self.rp.git("checkout", "-q", f"b-{self.t}", "--", ".")
        self.scanned("--staged")

    def test_notes(self):
        self.rp.write(f"big-{self.t}", b"x" * (2 << 20))
        self.rp.write("d/" * 90 + f"big-{self.t}", b"x" * (2 << 20))
        self.rp.write(f"lfs-{self.t}", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
        self.rp.git("add", "-A")
        scan = self.scanned("--staged", "--max-size", "1", code=0)
        notes = " ".join(scan.notes)
        # a name that is cut is not cut within a secret
        self.assertNotIn(self.t[:12], notes)
        self.assertIn("'big-ghp_****", notes)
        self.assertIn("'lfs-ghp_****", notes)

    def test_no_finding_but_a_note(self):
        repo = self.repo()
        repo.commit({"a": "nothing\n"})
        repo.write(f"big-{self.t}", b"x" * (2 << 20))
        scan = self.found(repo, "--max-size", "1", code=0)
        self.assertIn("'big-ghp_****", " ".join(scan.notes))
        text = self.run_in(repo.folder, "scan", "--max-size", "1")
        self.assertIn("'big-ghp_****", text.text)

    def test_drop_in(self):
        for redact in ("100", "50"):
            for form in ("json", "csv", "junit", "sarif"):
                out = self.folder / f"out.{form}"
                done = self.run_in(self.rp.folder, "gitleaks", "git", f"--redact={redact}", "-v", "-f", form, "-r", out, check=False)
                self.assertEqual(done.code, 1, done.text)
                names = [f["File"] for f in json.loads(out.read_text())] if form == "json" else []
                self.assertFalse(any(self.t in name for name in names))
                if redact == "100":
                    self.check_hidden(done, out)
        # what shows secrets shows names as they are
        out = self.folder / "out.json"
        self.run_in(self.rp.folder, "gitleaks", "git", "--redact=0", "-f", "json", "-r", out, check=False)
        self.assertTrue(any(f["File"] == f"backup-{self.t}.txt" for f in json.loads(out.read_text())))

    def test_errors(self):
        repo = self.repo()
        repo.commit({"a": f"k={self.t}\n"})
        done = self.scan(repo, "--range", f"HEAD..no-{self.t}")
        self.assertNotIn(done.code, (0, 1), done.text)
        repo.write(".mayflyignore", f"{self.t} is no line\n")
        self.assertEqual(self.scan(repo).code, 2)

    def test_an_error_that_is_cut_within_a_secret(self):
        folder = self.folder / "f"
        long = folder / ("d" * 100)
        long /= "e" * (234 - len(str(long))) + self.t
        first, second = self.repo("f/first"), self.repo(long)
        for repo in (first, second):
            repo.commit({"a": f"k={self.t}\n"})
        (long / ".mayflyignore").write_text("no line of it\n")
        (folder / "list").write_text(f"first\n{long}\n")
        done = self.run_in(folder, "scan", "--repos", "list")
        self.assertNotIn(done.code, (0, 1), done.text)
        self.assertIn("eee", done.text)
        self.assertNotIn("ghp_", done.text)

    def without(self, pattern):
        """The repository as if files with such names had never been in it."""
        self.rp.git("rm", "-qr", pattern)
        self.rp.git("commit", "-q", "--amend", "-m", "a change")
        self.rp.git("branch", "-D", f"b-{self.t}")
        self.rp.git("reflog", "expire", "--all", "--expire=now")
        self.rp.git("gc", "-q", "--prune=now")

    def parts(self, check):
        for i in range(1, 4):
            part = self.scan(self.rp, "--history", "--shard", f"{i}/3", check=check)
            path = self.folder / f"part{i}.json"
            path.write_bytes(part.out)
            yield path

    def test_shards_are_hidden_and_join_to_the_whole(self):
        self.without(PASSWORD)
        whole = self.scanned("--history")
        merged = self.run_in(self.folder, "merge", "--format", "json", *self.parts(True), *self.reports())
        self.assertEqual(merged.code, 1, merged.text)
        self.assertEqual(merged.findings, whole.findings)
        self.check_hidden(merged, *self.written())

    def test_a_password_is_known_to_its_own_shard(self):
        """Only the line in which it stands tells that it is one: what no shard can know of another's files."""
        merged = self.run_in(self.folder, "merge", "--format", "json", *self.parts(False), check=False)
        self.assertEqual(merged.code, 1, merged.text)
        del self.tokens["password"]
        self.check_hidden(merged)

    def test_what_is_shown_lets_pass(self):
        self.without("no-utf8-*")       # no text can name these bytes
        for args in ([], ["--history"]):
            found = self.found(self.rp, *args)
            baseline = self.folder / "base.json"
            baseline.write_bytes(found.out)
            self.assertEqual(self.found(self.rp, *args, "--baseline", baseline, code=0).places(), [])
            ignore = self.folder / "ignore"
            lines = [f["fingerprint"] for f in found.findings]
            lines += [f"{p}:{f['rule']}:{f['line']}" for f in found.findings for p in f["more_paths"]]
            ignore.write_text("\n".join(lines) + "\n")
            done = self.run_in(self.rp.folder, "gitleaks", "git" if args else "dir", "-i", ignore, "-v", "--redact=100")
            self.assertEqual(done.code, 0, done.text)
            # and so do the names themselves, as they are
            ignore.write_text("\n".join(lines).replace(f"backup-ghp_************{self.t[-4:]}", f"backup-{self.t}") + "\n")
            self.assertEqual(self.run_in(self.rp.folder, "gitleaks", "git" if args else "dir", "-i", ignore, "--redact=100").code, 0)
            ignore.write_text("\n".join(x for x in lines if not x.split(":")[-3].startswith("backup")) + "\n")
            self.assertEqual(self.run_in(self.rp.folder, "gitleaks", "git" if args else "dir", "-i", ignore, "--redact=100").code, 1)
