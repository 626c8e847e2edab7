# SPDX-License-Identifier: Apache-2.0
"""Where a secret must not be: command lines, environments of other processes, memory after its release."""
import ctypes
import os
import pathlib
import signal
import time

from support import leaks, tools
from support.front import Front
from support.harness import Case, Step, canary

PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS = 0, 7, 0x4200
PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT = 0x40, 6


class Untraceable(Exception):
    pass


def memory_at_exit(argv, env, cwd, log):
    """Runs a process to its exit and returns (exit code, its readable memory as it was then)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    pid = os.fork()
    if pid == 0:
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.chdir(cwd)
            if libc.ptrace(PTRACE_TRACEME, 0, None, None) != 0:
                os._exit(126)
            os.execve(argv[0], argv, env)
        finally:
            os._exit(127)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        raise Untraceable("processes cannot be traced here")
    libc.ptrace(PTRACE_SETOPTIONS, pid, None, PTRACE_O_TRACEEXIT)
    parts, code, deliver = [], None, 0
    while True:
        libc.ptrace(PTRACE_CONT, pid, None, deliver)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            return os.waitstatus_to_exitcode(status) if code is None else code, parts
        if status >> 8 == signal.SIGTRAP | PTRACE_EVENT_EXIT << 8:
            try:
                parts = leaks.readable_maps(pid)
            except PermissionError:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                raise Untraceable("the memory of a process that is not dumpable can only be read by root")
            deliver = 0
        else:
            deliver = os.WSTOPSIG(status)


class Hidden(Case):
    def setUp(self):
        super().setUp()
        self.value = self.secret("ci/h", key=canary("hidden"), other=canary("other"))["key"]

    CONFIG = "secrets:\n  KEY: vault://secret/data/ci/h#key\n  ALL: { from: 'vault://secret/data/ci/h', prefix: H_ }\n"

    def test_memory_when_the_process_ends(self):
        """A core image taken at the very end holds no secret, no Vault token and no identity token."""
        job = self.github(self.CONFIG)
        env = job.full_env()
        try:
            code, parts = memory_at_exit([tools.mayfly(), "run"], env, job.work, job.folder / "temp" / "log")
        except Untraceable as e:
            self.skipTest(str(e))
        out = (job.folder / "temp" / "log").read_bytes()
        (job.folder / "temp" / "log").unlink()
        step = job.finish(Step(code, out, b"", 0))
        self.ok(step)
        self.assertGreater(sum(len(data) for _, _, data in parts), 1 << 20, "the memory was not read")
        self.assertTrue(any(b"GITHUB_SHA=" in data for _, _, data in parts), "this is not the memory of the process")
        found = []
        environ_block = b"ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + self.issuer.request_token.encode()
        for name, start, data in parts:
            if name == "[stack]":
                data = data.replace(environ_block, b"")     # the kernel put it there, for this process alone
            found += [f"{name} at {start:#x}: {hit}" for hit in leaks.in_bytes(data, self.all_hidden())]
        self.assertEqual(found, [], "memory holds a hidden value after its release")
        self.ok(job.post())
        self.no_token_left()

    def test_memory_while_it_is_in_use(self):
        """The counter-test: the same search finds the Vault token while requests are made with it."""
        if os.getuid() != 0:
            self.skipTest("only root may read the memory of a process that is not dumpable")
        parts = []

        def look(call):
            parts.extend(leaks.readable_maps(child.pid))
            return "pass"
        with Front(self.bao.addr) as front:
            front.on("/v1/secret", look)
            job = self.github(self.CONFIG, MAYFLY_VAULT_URL=front.addr)
            child = job.start("run")
            out, err = child.communicate(timeout=60)
            self.ok(job.finish(Step(child.returncode, out, err, 0)))
            tokens = {k: v for k, v in self.hidden.items() if k.startswith("vault token")}
            self.assertEqual(len(tokens), 1)
            self.assertTrue(any(leaks.in_bytes(data, tokens) for _, _, data in parts))
            self.ok(job.post())

    def test_command_line_and_bystanders(self):
        """While requests are under way, no command line and no other process's environment has a hidden value."""
        seen = []

        def look(call):
            hidden = self.all_hidden()
            theirs = {k: v for k, v in hidden.items() if k != "request token"}     # the issuer has it, from us
            for entry in pathlib.Path("/proc").iterdir() if child.poll() is None else []:
                try:
                    cmdline = (entry / "cmdline").read_bytes()
                    environ = b"" if entry.name == str(child.pid) else (entry / "environ").read_bytes()
                except OSError:
                    continue
                seen.extend(f"command line of {entry.name}: {hit}" for hit in leaks.in_bytes(cmdline, hidden))
                seen.extend(f"environment of {entry.name}: {hit}" for hit in leaks.in_bytes(environ, theirs))
            return "pass"
        with Front(self.bao.addr) as front:
            front.on("/", look)
            job = self.github(self.CONFIG, MAYFLY_VAULT_URL=front.addr)
            child = job.start("run")
            out, err = child.communicate(timeout=60)
            self.ok(job.finish(Step(child.returncode, out, err, 0)))
            self.assertGreaterEqual(len(front.seen), 2)
            self.ok(job.post())
        self.assertEqual(seen, [])

    def test_child_of_the_token_command(self):
        """The command that fetches the identity gets the job's environment without what it has no business with."""
        token = self.issuer.mint(aud=self.site.AUDIENCE)
        job = self.github(self.CONFIG, ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        identity, dump = job.folder / "identity", job.folder / "temp" / "environ"
        identity.write_text(token)
        job.allowed.append((identity, "identity token"))
        self.ok(job.run("run", "--token-command", f"tr '\\0' '\\n' < /proc/self/environ > {dump}; cat {identity}"))
        self.assertNotIn(self.value, dump.read_text())
        self.ok(job.post())
        self.no_token_left()

    def test_process_is_not_dumpable(self):
        state = {}

        def look(call):
            stat = os.stat(f"/proc/{child.pid}/mem")
            state["owner"] = stat.st_uid
            limits = pathlib.Path(f"/proc/{child.pid}/limits").read_text()
            state["core"] = next(line for line in limits.splitlines() if line.startswith("Max core"))
            return "pass"
        with Front(self.bao.addr) as front:
            front.on("/v1/secret", look)
            job = self.github(self.CONFIG, MAYFLY_VAULT_URL=front.addr)
            child = job.start("run")
            out, err = child.communicate(timeout=60)
            self.ok(job.finish(Step(child.returncode, out, err, 0)))
            self.ok(job.post())
        self.assertEqual(state["owner"], 0)
        self.assertRegex(state["core"], r"Max core file size +0 ")

    def test_verbose_output_shows_nothing(self):
        job = self.github(self.CONFIG, RUNNER_DEBUG="1")
        step = self.ok(job.run("run", "-vv"))
        self.assertGreater(len(step.out), 100)
        self.ok(job.post("-vv"))
        self.no_token_left()
