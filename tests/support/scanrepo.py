# SPDX-License-Identifier: Apache-2.0
"""Real repositories, made by git in temporary folders, and scans of them.

A test class derives from ScanCase, makes a repository with self.repo(), puts tokens of token() into it and scans it with self.scan().
After each scan the tokens that were made are searched for in what was printed and written."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from . import samples, tools

PASS_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
WHEN = 1790000000


def token(seed):
    """A token that the scanner reports as verified; the same one for the same seed."""
    return samples.sample("github-classic", seed)


class Repo:
    """A repository with deterministic commits: one second apart, by one person."""

    def __init__(self, case, folder, bare=False, object_format="sha1", init=True):
        self.case, self.folder, self.clock = case, pathlib.Path(folder), WHEN
        if init:
            self.folder.mkdir(parents=True)
            self.git("init", "-q", "-b", "main", f"--object-format={object_format}", *(["--bare"] if bare else []), ".")

    def git(self, *args, stdin=None, check=True, env=None):
        self.clock += 1
        full = {**self.case.git_env(), "GIT_AUTHOR_DATE": f"{self.clock} +0000", "GIT_COMMITTER_DATE": f"{self.clock} +0000", **(env or {})}
        done = subprocess.run(["git", "-c", "protocol.file.allow=always", *[os.fsdecode(a) for a in args]], cwd=self.folder, env=full, input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if check and done.returncode:
            raise AssertionError(f"git {args}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace").strip()

    def write(self, name, data):
        path = pathlib.Path(os.fsdecode(os.path.join(os.fsencode(self.folder), os.fsencode(name))))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def commit(self, files=None, message="a change", remove=()):
        """Writes the files, commits everything, returns the commit's id."""
        for name, data in (files or {}).items():
            self.write(name, data)
        for name in remove:
            (self.folder / name).unlink()
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-F", "-", stdin=message.encode() if isinstance(message, str) else message)
        return self.git("rev-parse", "HEAD")

    def blob(self, data):
        return self.git("hash-object", "-w", "--stdin", stdin=data.encode() if isinstance(data, str) else data)


class Scan:
    """One finished scan."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.text = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")

    @property
    def report(self):
        return json.loads(self.out)

    @property
    def findings(self):
        return self.report["findings"]

    @property
    def notes(self):
        return [" ".join(str(n[k]) for k in n if n[k]) for n in self.report["run"]["notes"]]

    def places(self):
        """Path and line of the findings that count."""
        return sorted((f["path"], f["line"]) for f in self.findings if f["pass"] is None)


class ScanCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mayfly-scan-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        (self.folder / "home").mkdir()
        (self.folder / "home" / ".gitconfig").write_text("[user]\n\tname = A Person\n\temail = person@example.com\n[gc]\n\tauto = 0\n")
        self.tokens = {}
        self.count = 0

    def git_env(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}

    def token(self, name="one"):
        """A token of this test, which no output may show."""
        self.tokens[name] = token(f"{self.id()}/{name}")
        return self.tokens[name]

    def repo(self, name=None, **kw):
        self.count += 1
        return Repo(self, self.folder / (name or f"repo{self.count}"), **kw)

    def clone(self, repo, *args, name=None):
        self.count += 1
        to = self.folder / (name or f"clone{self.count}")
        repo.git("clone", "-q", *args, f"file://{repo.folder}", to)
        return Repo(self, to, init=False)

    def env(self, over=None):
        base = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        base |= {k: os.environ[k] for k in PASS_ON if k in os.environ}
        return {k: v for k, v in (base | (over or {})).items() if v is not None}

    def run_in(self, cwd, *args, env=None, stdin=b"", program=None, check=True, timeout=120):
        done = subprocess.run([program or tools.mayfly(), *map(str, args)], cwd=cwd, env=self.env(env), input=stdin, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        scan = Scan(done)
        if check:
            self.check_hidden(scan)
        return scan

    def scan(self, where, *args, **kw):
        """A scan with a JSON report; `where` is a Repo or folder."""
        return self.run_in(where.folder if isinstance(where, Repo) else where, "scan", "--format", "json", *args, **kw)

    def found(self, where, *args, code=1, **kw):
        """The findings of a scan that ends with `code`."""
        scan = self.scan(where, *args, **kw)
        self.assertEqual(scan.code, code, scan.text)
        return scan

    def check_hidden(self, scan, *files):
        for name, value in self.tokens.items():
            for data in [scan.out, scan.err, *[pathlib.Path(f).read_bytes() for f in files]]:
                self.assertNotIn(value.encode(), data, f"the token '{name}' is shown")
