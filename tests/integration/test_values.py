# SPDX-License-Identifier: Apache-2.0
"""Secrets with every kind of content, and places that cannot take them."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from support import leaks, runner, tools
from support.front import Front, status
from support.harness import Case, canary

CONFIG = "secrets:\n  VALUE: vault://secret/data/ci/value#v\n"


class Contents(Case):
    def run_with(self, value, config=CONFIG, **env):
        self.bao.kv("ci/value", {"v": value})
        if len(value) >= 16:
            self.hidden["secret value"] = value
        job = self.github(config, **env)
        step = job.run("run")
        return job, step

    def exported(self, value):
        job, step = self.run_with(value)
        self.ok(step)
        self.assertEqual(step.env, {"VALUE": value})
        self.assertEqual(step.outputs.get("VALUE", value), value)
        self.assertEqual(step.log.of("stop-commands"), [])
        self.ok(job.post())
        self.no_token_left()
        return step

    def test_texts(self):
        base = canary("text")
        delimiter = "mayfly_" + "0" * 32
        values = [
            base + "\nsecond line " + base, "\n" + base, base + "\n", base + "\r\nwindows " + base, "  " + base + "  ",
            base + "%0A%0D%25", "::stop-commands::" + base, base + "\n::stop-commands::" + base,
            base + "\n::add-mask::" + base, "::set-env name=X::" + base, base + "\nEOF\n" + base,
            f"{base}\nghadelimiter_x\n{base}", f"{base}\n{delimiter}\nPATH=/evil\n", f"A=B{base}", f"A<<{base}",
            base + "\t\x01\x7f", base + " ünïcödé 🜁 " + base, "'" + base + "\"`$(id)\\", json.dumps({"a": base, "b": [base]}),
            "-----BEGIN X-----\n" + base * 2 + "\n-----END X-----\n", base + "\n\n\n" + base, "\ufeff" + base,
        ]
        for value in values:
            with self.subTest(value=repr(value).replace(base, "<canary>")):
                step = self.exported(value)
                self.assertTrue(any(value in (m, m.strip()) for m in step.log.masks) or "\n" in value or value != value.strip(),
                                "the value itself is not masked")
                shown = [step.log.mask(line) for line in value.split("\n")]
                self.assertFalse([line for line in shown if base in line], "a line of the value is not masked")

    def test_every_form_is_hidden_in_the_log(self):
        """What a later step prints in another form is *** as well."""
        value = canary("forms") + "<a&b>/'q'"
        step = self.exported(value)
        import base64
        import urllib.parse
        raw = value.encode()
        forms = {
            "base64": base64.b64encode(raw).decode(),
            "echo | base64": base64.b64encode(raw + b"\n").decode(),
            "user:pass": base64.b64encode(b"user:" + raw + b":more text").decode(),
            "u:pass": base64.b64encode(b"u:" + raw + b"tail").decode(),
            "base64url": base64.urlsafe_b64encode(raw + b"~~~").decode(),
            "hex": raw.hex(), "HEX": raw.hex().upper(),
            "url": urllib.parse.quote(value, safe=""),
            "url lower": urllib.parse.quote(value, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace(
                "%3D", "%3d").replace("%26", "%26").replace("%3C", "%3c").replace("%3E", "%3e").replace("%27", "%27"),
            "json": json.dumps(value)[1:-1], "json \\/": json.dumps(value)[1:-1].replace("/", "\\/"),
            "json go": json.dumps(value)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
            "shell": value.replace("'", "'\\''"),
        }
        for name, form in forms.items():
            with self.subTest(form=name):
                shown = step.log.mask(f"x {form} y")
                self.assertIn("***", shown)
                self.assertEqual(leaks.in_bytes(shown.encode(), {"value": value}), [])
                self.assertLess(len(shown), 40, "much of this form is in the clear")

    def test_empty(self):
        job, step = self.run_with("")
        self.ok(step)
        self.assertEqual(step.env, {"VALUE": ""})
        self.assertNotIn("", step.log.masks)
        self.ok(job.post())

    def test_too_short_to_mask_is_named(self):
        for value in ("x", "true", "1234"):
            with self.subTest(value=value):
                job, step = self.run_with(value)
                self.ok(step)
                self.assertEqual(step.env, {"VALUE": value})
                self.assertNotIn(value, step.log.masks)
                self.assertTrue(any("VALUE" in text for _, text in step.log.of("warning")), self.shown(step))
                self.ok(job.post())
                job, step = self.run_with(value, MAYFLY_REQUIRE_MASK="true")
                self.assertEqual(step.code, 1, self.shown(step))
                self.nothing_exported(step)
                self.ok(job.post())
        self.no_token_left()

    def test_nul_is_no_variable(self):
        job, step = self.run_with("before\0" + canary("nul"))
        self.assertIn(step.code, (2, 4), self.shown(step))
        self.assertIn("as: file", step.text)
        self.nothing_exported(step)
        self.ok(job.post())
        self.no_token_left()

    def test_nul_in_a_file(self):
        value = "before\0" + canary("nulfile")
        self.bao.kv("ci/value", {"v": value})
        job = self.github('secrets:\n  VALUE: { from: "vault://secret/data/ci/value#v", as: file }\n')
        step = self.ok(job.run("run", check=False))
        env = dict(runner.parse_file_command(job.command_files()["env"].read_bytes()))
        self.assertEqual(pathlib.Path(env["VALUE"]).read_bytes(), value.encode())
        job.saved = dict(runner.parse_file_command(job.command_files()["state"].read_bytes()))
        self.ok(job.post(check=False))
        self.assertFalse(pathlib.Path(env["VALUE"]).exists())

    def test_invalid_utf8_is_refused(self):
        with Front(self.bao.addr) as front:
            front.on("/v1/secret/data/ci/value",
                     lambda call: call.reply(200, b'{"data":{"data":{"v":"abc\xff\xfe def"},"metadata":{"version":1}}}'))
            job = self.github(CONFIG, MAYFLY_VAULT_URL=front.addr)
            step = self.fails(job.run("run"), 4)
            self.nothing_exported(step)
            self.ok(job.post())
        self.no_token_left()

    def test_lone_surrogates(self):
        with Front(self.bao.addr) as front:
            front.on("/v1/secret/data/ci/value",
                     status(200, body='{"data":{"data":{"v":"abcdefgh\\ud800ijkl"},"metadata":{"version":1}}}'))
            job = self.github(CONFIG, MAYFLY_VAULT_URL=front.addr)
            self.nothing_exported(self.fails(job.run("run"), 4))
            self.ok(job.post())

    def test_a_megabyte_is_no_variable(self):
        big = canary("big") * 24000
        self.bao.kv("ci/value", {"v": big})
        job = self.github(CONFIG)
        step = job.run("run")
        self.assertIn(step.code, (2, 4), self.shown(step))
        self.assertIn("as: file", step.text)
        self.nothing_exported(step)
        self.ok(job.post())
        self.no_token_left()

    def test_a_megabyte_in_a_file(self):
        big = os.urandom(1 << 19).hex()
        self.bao.kv("ci/value", {"v": big})
        job = self.github('secrets:\n  VALUE: { from: "vault://secret/data/ci/value#v", as: file }\n')
        step = self.ok(job.run("run", check=False))
        env = dict(runner.parse_file_command(job.command_files()["env"].read_bytes()))
        self.assertEqual(pathlib.Path(env["VALUE"]).read_text(), big)
        self.assertLess(step.seconds, 5)
        job.saved = dict(runner.parse_file_command(job.command_files()["state"].read_bytes()))
        self.ok(job.post(check=False))

    def test_many_lines_reach_the_cap(self):
        value = "\n".join(os.urandom(16).hex() for _ in range(3000))
        self.bao.kv("ci/value", {"v": value})
        job = self.github(CONFIG)
        step = job.run("run")
        self.assertIn(step.code, (2, 4), self.shown(step))
        self.assertIn("as: file", step.text)
        self.nothing_exported(step)
        self.ok(job.post())
        self.no_token_left()

    def test_numbers_and_objects_keep_their_text(self):
        with Front(self.bao.addr) as front:
            front.on("/v1/secret/data/ci/value", status(200, body=json.dumps({"data": {"data": {
                "n": 12345678901234567890123, "f": 1.10, "o": {"b": [1, {"c": "deep-value-here"}]}},
                "metadata": {"version": 1, "created_time": "2026-01-02T03:04:05Z", "deletion_time": "", "destroyed": False}}})))
            job = self.github("secrets:\n  N: vault://secret/data/ci/value#n\n  O: vault://secret/data/ci/value#o\n",
                              MAYFLY_VAULT_URL=front.addr)
            step = self.ok(job.run("run"))
            self.assertEqual(step.env["N"], "12345678901234567890123")
            self.assertEqual(json.loads(step.env["O"]), {"b": [1, {"c": "deep-value-here"}]})
            self.assertIn("deep-value-here", step.log.masks)
            self.ok(job.post())


class Places(Case):
    def setUp(self):
        super().setUp()
        self.secret("ci/value", v=canary("place"))

    def test_no_files_of_the_runner(self):
        job = self.github(CONFIG, GITHUB_ENV=None)
        step = job.run("run", check=False)
        self.assertIn(step.code, (2, 6), self.shown(step))
        self.assertIn("GITHUB_ENV", step.text)
        job.run("revoke", check=False)

    def test_read_only_github_env(self):
        if os.getuid() != 0:
            self.skipTest("needs root, to run the binary as somebody else")
        job = self.github(CONFIG)
        binary = self.folder / "mayfly"
        shutil.copy(tools.mayfly(), binary)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, 65534, 65534)
        self.folder.chmod(0o755)
        env_file = job.command_files()["env"]
        env_file.write_text("EARLIER=1\n")
        os.chown(env_file, 0, 0)
        env_file.chmod(0o444)
        done = subprocess.run([str(binary), "run"], cwd=job.work, env=job.full_env(), stdin=subprocess.DEVNULL,
                              capture_output=True, user=65534, group=65534, extra_groups=[], timeout=30)
        self.assertEqual(done.returncode, 6, done.stdout[-2000:] + done.stderr)
        self.assertIn(b"Permission denied", done.stdout)
        self.assertEqual(env_file.read_text(), "EARLIER=1\n")
        self.assertEqual(job.command_files()["outputs"].read_text(), "", "something was exported")
        job.saved = dict(runner.parse_file_command(job.command_files()["state"].read_bytes()))
        self.ok(job.post(check=False))
        self.no_token_left()

    def small_disk(self, kilobytes):
        """A file system of that size, or the test is skipped."""
        where = tempfile.mkdtemp(prefix="mayfly-disk-")
        self.addCleanup(shutil.rmtree, where, True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=755", "tmpfs", where],
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"no tmpfs can be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", where])
        return pathlib.Path(where)

    def test_disk_full_for_variables(self):
        self.secret("ci/big", v=canary("big") * 2000)
        for which in ("GITHUB_ENV", "GITHUB_OUTPUT"):
            with self.subTest(file=which):
                disk = self.small_disk(16)
                target = disk / "commands"
                target.write_text("EARLIER=1\n")
                job = self.github("secrets:\n  A: vault://secret/data/ci/value#v\n  VALUE: vault://secret/data/ci/big#v\n",
                                  **{which: str(target)})
                step = job.run("run", check=False)
                self.assertEqual(step.code, 6, self.shown(step))
                self.assertIn("No space left", step.text)
                for name, path in job.command_files().items():
                    if name in ("env", "outputs"):
                        left = path.read_text()
                        self.assertIn(left, ("", "EARLIER=1\n"), f"{name} holds part of an export")
                self.ok(job.post(check=False, env={"STATE_mayfly": self.state_of(job)}))
                self.no_token_left()

    def state_of(self, job):
        return dict(runner.parse_file_command(job.command_files()["state"].read_bytes())).get("mayfly", "")

    def test_disk_full_for_a_file(self):
        self.secret("ci/big", v=canary("big") * 2000)
        disk = self.small_disk(16)
        job = self.github('secrets:\n  A: vault://secret/data/ci/value#v\n'
                          '  VALUE: { from: "vault://secret/data/ci/big#v", as: file }\n', RUNNER_TEMP=str(disk))
        step = job.run("run", check=False)
        self.assertEqual(step.code, 6, self.shown(step))
        for name in ("env", "outputs"):
            self.assertEqual(job.command_files()[name].read_bytes(), b"")
        left = [p for p in disk.rglob("*") if p.is_file() and p.stat().st_size]
        self.assertEqual(left, [], "part of a secret was left on the disk")
        self.ok(job.post(check=False, env={"STATE_mayfly": self.state_of(job)}))
        self.no_token_left()

    def test_log_that_cannot_be_written(self):
        """Masks that nobody received: nothing may be exported."""
        job = self.github(CONFIG)
        for target in ("/dev/full", "closed"):
            with self.subTest(target=target):
                command = [tools.mayfly(), "run"]
                if target == "closed":
                    command = ["/bin/sh", "-c", f"exec {tools.mayfly()} run >&-"]
                with open("/dev/full" if target == "/dev/full" else os.devnull, "wb") as out:
                    done = subprocess.run(command, cwd=job.work, env=job.full_env(), stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.PIPE, timeout=30)
                self.assertEqual(done.returncode, 6, done.stderr)
                for name in ("env", "outputs"):
                    self.assertEqual(job.command_files()[name].read_bytes(), b"", f"{target}: exported without masks")
        for accessor in self.bao.accessors():
            self.bao.call("POST", "auth/token/revoke-accessor", {"accessor": accessor})

    def test_symbolic_link_in_the_way(self):
        """A file that an earlier step put where ours would go is not followed."""
        job = self.github(CONFIG)
        victim = job.folder / "victim"
        victim.write_text("keep\n")
        link = job.folder / "temp" / "out"
        link.symlink_to(victim)
        step = job.run("exchange", "vault", "--output", str(link), check=False)
        self.assertEqual(step.code, 6, self.shown(step))
        self.assertEqual(victim.read_text(), "keep\n")
        job.saved = dict(runner.parse_file_command(job.command_files()["state"].read_bytes()))
        self.ok(job.post(check=False))
        self.no_token_left()
