# SPDX-License-Identifier: Apache-2.0
"""Runs the real binary as a CI job would and looks at everything it leaves behind.

A test class derives from Case, stores secrets with self.secret(), makes a job with self.github() or self.gitlab()
and runs steps in it. After each step the values that must stay hidden are searched for in its output and files.
"""
import html
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from . import leaks, runner, servers, tools

BASE_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
PASS_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
sites = {}


def shared_site(tls=False):
    """One pair of servers for all tests of this process."""
    if tls not in sites:
        sites[tls] = servers.Site(tls)
    return sites[tls]


def canary(label, size=32):
    """A value that is found nowhere by chance, in characters that every quoting has to deal with."""
    return f"canary+{label}/{os.urandom(size).hex()[:size]}=&"


class Step:
    """One finished run of the binary: code, out, err (bytes) and what the runner reads from its files."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.env, self.outputs, self.state, self.summary = {}, {}, {}, ""
        self.log = runner.Log().feed_all(out.decode("utf-8", "replace"))

    @property
    def text(self):
        """All that a person reads, whichever stream it came from."""
        return self.log.text() + "\n" + self.err.decode("utf-8", "replace")


class Job:
    def __init__(self, case, folder, env):
        self.case, self.folder, self.env = case, folder, env
        self.home = folder / "home"
        self.home.mkdir()
        self.work = folder / "work"
        self.exported, self.saved = {}, {}
        self.allowed = []               # (path, label prefix): further places where a value belongs
        self.stdout_is_sink = False

    def config(self, text):
        (self.work / ".mayfly.yml").write_text(text)
        return self

    def full_env(self, env=None):
        base = dict(BASE_ENV, HOME=str(self.home), TMPDIR=str(self.folder / "temp"))
        base |= {k: os.environ[k] for k in PASS_ON if k in os.environ}
        given = base | self.env | self.exported | (env or {})
        return {k: v for k, v in given.items() if v is not None}

    def command_files(self):
        return {k: pathlib.Path(self.env[v]) for k, v in
                (("env", "GITHUB_ENV"), ("outputs", "GITHUB_OUTPUT"), ("state", "GITHUB_STATE"),
                 ("summary", "GITHUB_STEP_SUMMARY")) if self.env.get(v)}

    def start(self, *args, env=None, **popen):
        for path in self.command_files().values():
            if os.access(path, os.W_OK) and path.is_file():
                path.write_bytes(b"")
        return subprocess.Popen([tools.mayfly(), *args], cwd=self.work, env=self.full_env(env),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)

    def run(self, *args, env=None, timeout=60, check=True):
        """A step. `check=False` leaves the search for hidden values to the test."""
        began = time.monotonic()
        child = self.start(*args, env=env)
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise AssertionError(f"mayfly {' '.join(args)} still ran after {timeout} s")
        return self.finish(Step(child.returncode, out, err, time.monotonic() - began), check)

    def finish(self, step, check=True):
        files = self.command_files()
        if files and check:
            step.env = dict(runner.parse_file_command(files["env"].read_bytes()))
            step.outputs = dict(runner.parse_file_command(files["outputs"].read_bytes()))
            step.state = dict(runner.parse_file_command(files["state"].read_bytes()))
            step.summary = html.unescape(files["summary"].read_text())
            self.exported |= step.env
            self.saved |= step.state
            for token in vault_tokens(step.state):
                self.case.hidden[f"vault token {len(self.case.hidden)}"] = token
        if check:
            self.case.check_hidden(self, step)
        return step

    def post(self, *args, env=None, **kw):
        """The action's post step: `mayfly revoke` with what was saved."""
        state = {"STATE_" + name: value for name, value in self.saved.items()}
        return self.run("revoke", *args, env=state | (env or {}), **kw)


def vault_tokens(state):
    """The tokens in a saved state, to look for them elsewhere."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            for v in value.values():
                walk(v)
        elif isinstance(value, list):
            for v in value:
                walk(v)
        elif isinstance(value, str) and value.startswith(("s.", "b.", "hvs.", "hvb.")):
            found.append(value)
    for text in state.values():
        try:
            walk(json.loads(text))
        except ValueError:
            pass
    return found


class Case(unittest.TestCase):
    tls = False
    maxDiff = None

    @property
    def site(self):
        return shared_site(self.tls)

    @property
    def bao(self):
        return self.site.bao

    @property
    def issuer(self):
        return self.site.issuer

    def setUp(self):
        self.hidden = {}        # label -> value that nobody may see
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mayfly-test-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.jobs = 0
        self.addCleanup(self.end_tokens)

    def end_tokens(self):
        """What a failed test left must not fail the next one."""
        for accessor in sites[self.tls].bao.accessors(None) if self.tls in sites else []:
            sites[self.tls].bao.call("POST", "auth/token/revoke-accessor", {"accessor": accessor}, ok=(200, 204, 400, 403))

    # -- what the test needs

    def new_folder(self):
        self.jobs += 1
        folder = self.folder / f"job{self.jobs}"
        folder.mkdir()
        return folder

    def secret(self, path, **fields):
        """Stores a KV 2 secret at secret/PATH; its text fields are hidden values from now on. Returns the fields."""
        self.bao.kv(path, fields)
        for name, value in fields.items():
            if isinstance(value, str) and len(value) >= 8:
                self.hidden[f"secret {path}#{name}"] = value
        return fields

    def vault_env(self, **over):
        env = {"MAYFLY_VAULT_URL": self.bao.addr, "MAYFLY_VAULT_ROLE": "ci", "MAYFLY_VAULT_AUDIENCE": self.site.AUDIENCE}
        if self.bao.ca:
            env["MAYFLY_VAULT_CA_FILE"] = self.bao.ca
        return env | over

    def github(self, config=None, event=None, **env):
        """A step of our action in a GitHub job with `id-token: write`; a variable given as None is not set."""
        folder = self.new_folder()
        runner.github_folder(folder, event)
        base = runner.github_env(folder, self.issuer.request_url, self.issuer.request_token)
        job = Job(self, folder, base | self.vault_env() | {"MAYFLY_ACTION": "1"} | env)
        self.hidden.setdefault("request token", self.issuer.request_token)
        return job.config(config) if config is not None else job

    def gitlab(self, config=None, **env):
        """A GitLab job with one id_tokens variable, VAULT_ID_TOKEN."""
        folder = self.new_folder()
        runner.gitlab_folder(folder)
        (folder / "temp").mkdir()
        token = self.issuer.mint("gitlab", aud=self.site.AUDIENCE)
        base = runner.gitlab_env(folder, VAULT_ID_TOKEN=token, CI_SERVER_URL=self.issuer.gitlab)
        job = Job(self, folder, base | self.vault_env(MAYFLY_VAULT_PATH="gitlab") | env)
        job.work = folder / "builds" / "mygroup" / "myproject"
        return job.config(config) if config is not None else job

    # -- what it asserts

    def ok(self, step):
        self.assertEqual(step.code, 0, self.shown(step))
        return step

    def fails(self, step, code, *texts):
        """It ended with `code`, one error was reported, and each of `texts` is in what a person reads."""
        self.assertEqual(step.code, code, self.shown(step))
        for text in texts:
            self.assertIn(text, step.text, self.shown(step))
        self.assertEqual(step.text.count("error[MF-"), 1, self.shown(step))
        return step

    def nothing_exported(self, step):
        self.assertEqual((step.env, step.outputs), ({}, {}), "something was exported")

    def no_token_left(self, path="auth/jwt/login"):
        end = time.monotonic() + 3      # the server answers a revocation before it has carried it out
        while (left := self.bao.accessors(path)) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(left, [], "a token of the job is still valid")

    def shown(self, step):
        """For a failure's text: the output with the hidden values out of sight."""
        text = f"exit {step.code}\n--- stdout\n{step.out.decode('utf-8', 'replace')}\n--- stderr\n" \
               f"{step.err.decode('utf-8', 'replace')}"
        for label, value in self.all_hidden().items():
            value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            text = text.replace(value, f"<{label}>")
        return text[-6000:]

    def all_hidden(self):
        tokens = {f"identity token {i}": t for i, t in enumerate(self.issuer.issued())}
        return self.hidden | tokens

    def check_hidden(self, job, step):
        """No hidden value outside add-mask lines and the sinks."""
        hidden = self.all_hidden()
        places = []
        if not job.stdout_is_sink:
            places += [f"stdout: {hit}" for hit in leaks.in_bytes(leaks.without_masks(step.out), hidden)]
        places += [f"stderr: {hit}" for hit in leaks.in_bytes(step.err, hidden)]
        files = job.command_files()
        allowed = [(files[k], "secret ") for k in ("env", "outputs") if k in files]
        allowed += [(files[k], "vault token ") for k in ("state",) if k in files]
        places += leaks.in_tree(job.folder, hidden, allowed + job.allowed)
        self.assertEqual(places, [], "a hidden value is where it must not be")
