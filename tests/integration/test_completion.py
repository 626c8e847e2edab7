# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells, and the manual page through the real man."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from support import tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 20


def script(shell):
    return subprocess.run([tools.mayfly(), "completion", shell], text=True, check=True, stdout=subprocess.PIPE, timeout=SECONDS).stdout


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = pathlib.Path(self.dir.name)
        (self.path / "my conf.yml").touch()
        (self.path / "bin").mkdir()
        (self.path / "bin" / "mayfly").symlink_to(tools.mayfly())
        self.env = {"PATH": f"{self.path}/bin:{os.environ['PATH']}", "HOME": self.dir.name, "TERM": "dumb", "LC_ALL": "C.UTF-8"}

    def write(self, shell):
        path = self.path / f"completion.{shell}"
        path.write_text(script(shell))
        return path


class Bash(WithFolder):
    def complete(self, *words):
        """What bash would offer with the cursor at the end of the last word."""
        program = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mayfly; '
                   'printf "%s\\n" "${COMPREPLY[@]}"')
        got = subprocess.run([tools.find("bash"), "--norc", "-uc", program, "bash", str(self.write("bash")), "mayfly", *words], text=True,
                             cwd=self.path, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
        self.assertEqual(got.stderr, "")
        return [line for line in got.stdout.split("\n") if line]

    def test_commands(self):
        self.assertEqual(self.complete("exp"), ["export"])
        self.assertIn("revoke", self.complete(""))
        self.assertEqual(self.complete("exchange", ""), ["vault", "aws", "gcp", "azure", "github", "publish"])
        self.assertEqual(self.complete("help", "exc"), ["exchange"])

    def test_options(self):
        self.assertEqual(self.complete("run", "--vault-ur"), ["--vault-url"])
        self.assertIn("--dry-run", self.complete("exchange", "vault", "--d"))
        self.assertEqual(self.complete("run", "--no-rev"), ["--no-revoke"])
        self.assertEqual(self.complete("run", "--vault-token"), [])

    def test_values(self):
        self.assertEqual(self.complete("run", "--format", "j"), ["json"])
        self.assertEqual(self.complete("run", "--format", "=", "t"), ["text"])
        self.assertEqual(self.complete("run", "--format", "="), ["text", "json"])
        self.assertEqual(self.complete("run", "--vault-method", "appr"), ["approle"])
        self.assertEqual(self.complete("run", "--vault-url", "x"), [])
        self.assertEqual(self.complete("completion", "f"), ["fish"])

    def test_files(self):
        self.assertEqual(self.complete("run", "--config", "my"), ["my conf.yml"])
        self.assertEqual(self.complete("run", "-c", "my"), ["my conf.yml"])

    def test_unknown_command(self):
        self.assertEqual(self.complete("nonsense", "--"), [])
        self.assertEqual(self.complete("exchange", "nonsense", "--"), [])


class Zsh(WithFolder):
    """zsh completes only at a terminal: one is made, and the line after TAB is read back by a widget."""

    def start(self):
        self.out = self.path / "line"
        (self.path / ".zshrc").write_text(
            f"PS1='> '\nunsetopt beep\nautoload -U compinit && compinit -D\nsource {self.write('zsh')}\n"
            f"save() {{ print -r -- \"$BUFFER\" > {self.out}.new; mv {self.out}.new {self.out}; BUFFER= }}\n"
            "zle -N save\nbindkey '^X' save\nbindkey '^I' complete-word\nprint ready\n")
        shell = tools.find("zsh")
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.path)
            os.execve(shell, [shell, "-d", "-i"], dict(self.env, ZDOTDIR=self.dir.name))
        self.addCleanup(os.close, fd)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.wait(fd, lambda seen: b"ready" in seen)
        return fd

    def complete(self, fd, line):
        self.out.unlink(missing_ok=True)
        os.write(fd, line.encode() + b"\t\x18")
        self.wait(fd, lambda _: self.out.exists())
        return self.out.read_text().rstrip()

    def wait(self, fd, done):
        seen, end = b"", time.monotonic() + SECONDS
        while not done(seen):
            self.assertLess(time.monotonic(), end, seen.decode(errors="replace"))
            if select.select([fd], [], [], 0.05)[0]:
                seen += os.read(fd, 4096)

    def test_lines(self):
        fd = self.start()
        for typed, wanted in (("mayfly expo", "mayfly export"),
                              ("mayfly exchange va", "mayfly exchange vault"),
                              ("mayfly run --vault-met", "mayfly run --vault-method="),
                              ("mayfly run --vault-method=appr", "mayfly run --vault-method=approle"),
                              ("mayfly run --format js", "mayfly run --format json"),
                              ("mayfly exchange vault --dry", "mayfly exchange vault --dry-run"),
                              ("mayfly completion fi", "mayfly completion fish"),
                              ("mayfly run --config my", "mayfly run --config my\\ conf.yml"),
                              ("mayfly run --no-revo", "mayfly run --no-revoke")):
            with self.subTest(typed):
                self.assertEqual(self.complete(fd, typed), wanted)

    def test_syntax(self):
        got = subprocess.run([tools.find("zsh"), "-n", str(self.write("zsh"))], stderr=subprocess.PIPE, text=True, timeout=SECONDS)
        self.assertEqual((got.returncode, got.stderr), (0, ""))


class Fish(WithFolder):
    def complete(self, line):
        program = f"source {self.write('fish')}; cd {self.dir.name}; complete -C {line!r}"
        got = subprocess.run([tools.find("fish"), "--no-config", "-c", program], text=True, env=self.env, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=SECONDS)
        self.assertEqual(got.stderr, "")
        return [candidate.split("\t")[0] for candidate in got.stdout.splitlines()]

    def test_commands(self):
        self.assertEqual(self.complete("mayfly expo"), ["export"])
        self.assertEqual(self.complete("mayfly exchange "), ["aws", "azure", "gcp", "github", "publish", "vault"])
        self.assertEqual(self.complete("mayfly completion z"), ["zsh"])

    def test_options(self):
        self.assertEqual(self.complete("mayfly run --vault-ur"), ["--vault-url"])
        self.assertEqual(self.complete("mayfly exchange vault --dry"), ["--dry-run"])
        self.assertEqual(self.complete("mayfly run --no-revo"), ["--no-revoke"])
        self.assertEqual(self.complete("mayfly revoke --vault-rol"), [])

    def test_values(self):
        self.assertEqual(self.complete("mayfly run --format j"), ["json"])
        self.assertEqual(self.complete("mayfly run --vault-method=appr"), ["--vault-method=approle"])
        self.assertIn("my conf.yml", " ".join(self.complete("mayfly run --config my")).replace("\\", ""))


class Manual(unittest.TestCase):
    def test_page(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
        subprocess.run(["make", "-s", "docs"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL, timeout=300)
        page = ROOT / "build" / "docs" / "mayfly.1"
        man = tools.find("man")
        got = subprocess.run([man, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True, timeout=SECONDS, env=dict(env, LC_ALL="C.UTF-8", MANROFFSEQ="", MANWIDTH="80"))
        self.assertEqual((got.returncode, got.stderr), (0, ""))
        text = subprocess.run([man, "-l", "-P", "cat", str(page)], stdout=subprocess.PIPE, text=True, timeout=SECONDS, check=True,
                              env=dict(env, LC_ALL="C.UTF-8", MANWIDTH="80", MAN_KEEP_FORMATTING="")).stdout
        text = re.sub(".\b", "", text)
        for part in ("mayfly exchange vault", "--vault-url URL", "EXIT STATUS", "VAULT_ADDR"):
            self.assertIn(part, text)
        if shutil.which("mandoc"):
            lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(page)], stdout=subprocess.PIPE, text=True, timeout=SECONDS).stdout
            self.assertEqual([line for line in lint.splitlines() if "missing date" not in line], [])
