# SPDX-License-Identifier: Apache-2.0
"""Repositories to measure on: made ones, clones, checkouts, and new commits."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAKER = ROOT / "scripts" / "make-history"
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
       "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}


def git(folder, *argv, **more):
    done = subprocess.run(["git", "-C", str(folder), *map(str, argv)], env=ENV, check=True, stdout=subprocess.PIPE, **more)
    return done.stdout


class Repo:
    """A repository, its name in the tables, and clones of it under `folder`."""

    def __init__(self, path, name, folder, manifest=None):
        self.path, self.name, self.folder, self.manifest = pathlib.Path(path).resolve(), name, folder, manifest
        folder.mkdir(parents=True, exist_ok=True)

    def clone(self, name):
        """All refs and all packs. On the same file system the packs are links: the kernel keeps them in memory once."""
        to = self.folder / f"{name}.git"
        if not to.exists():
            git(self.folder, "clone", "-q", "--mirror", self.path, to)
            # what a promisor lacks was never here: to the tools it is a full clone
            for mark in (to / "objects" / "pack").glob("*.promisor"):
                mark.unlink()
        return to

    def checkout(self):
        to = self.folder / "checkout"
        if not to.exists():
            git(self.folder, "clone", "-q", self.path, to)
        return to

    def plain(self):
        """The files of HEAD in a folder that is no repository."""
        to = self.folder / "plain"
        if not to.exists():
            shutil.copytree(self.checkout(), to, symlinks=True, ignore=lambda d, names: [".git"] if d == str(self.checkout()) else [])
        return to

    def pack_bytes(self):
        return sum(p.stat().st_size for p in (self.clone("mayfly") / "objects" / "pack").glob("*.pack"))


def made(scale, cache, folder):
    """A made history; kept under `cache` for the next time, until the script that makes it changes."""
    cache.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256(MAKER.read_bytes()).hexdigest()[:8]
    path = cache / f"history-{version}-{scale:g}.git"
    manifest = pathlib.Path(f"{path}.json")
    if not manifest.exists():
        print(f"making a history of scale {scale:g}", flush=True)
        subprocess.run([sys.executable, str(MAKER), "--scale", str(scale), str(path)], check=True, stdout=subprocess.DEVNULL)
    return Repo(path, f"made history, scale {scale:g}", folder / f"made-{scale:g}", json.loads(manifest.read_text()))


def grow(repo, commits):
    """New commits on a branch of their own, each of which changes a file of HEAD, in a pack of their own as a fetch brings them."""
    paths = [p for p in git(repo, "ls-tree", "-r", "--name-only", "-z", "HEAD").decode(errors="surrogateescape").split("\0")
             if p.endswith((".c", ".h", ".md", ".txt", ".py", ".sh"))]
    stream = []
    for i in range(commits):
        path = paths[i * 7 % len(paths)]
        data = git(repo, "cat-file", "blob", f"HEAD:{path}") + b"\n/* one more line, number %d */\n" % i
        where = b"from HEAD^0\n" if i == 0 else b""
        stream.append(b"commit refs/heads/bench-new\ncommitter a <a@example.com> %d +0000\ndata 4\nnew\n\n%sM 100644 inline %s\ndata %d\n%s\n"
                      % (1_700_000_000 + i, where, path.encode(errors="surrogateescape"), len(data), data))
    git(repo, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force", input=b"".join(stream))


def stage(checkout, files):
    """Changes and stages some of the files."""
    paths = [p for p in git(checkout, "ls-files", "-z").decode(errors="surrogateescape").split("\0")
             if p.endswith((".c", ".h")) and (checkout / p).is_file()][:files]
    for path in paths:
        with open(checkout / path, "ab") as f:
            f.write(b"\n/* one more line */\n")
    git(checkout, "add", "--", *paths)
    return len(paths)
