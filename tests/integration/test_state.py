# SPDX-License-Identifier: Apache-2.0
"""What a job has obtained is ended, whatever happens to the job between its first step and its last."""
import base64
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time

from support import certs, runner
from support.front import Front, status
from support.harness import BASE_ENV, Case, Step, canary

ONE = "secrets:\n  KEY: vault://secret/data/ci/state#key\n"


class State(Case):
    def setUp(self):
        super().setUp()
        self.key = self.secret("ci/state", key=canary("state"))["key"]

    def script(self, config=ONE, **env):
        """A `run:` line: no post step of its own."""
        return self.github(config, MAYFLY_ACTION=None, **env)

    def obtain(self, job, *args, **kw):
        kw.setdefault("check", False)
        return self.ok(job.run(*(args or ("run",)), **kw))

    def state_files(self, job):
        return sorted(p for p in job.folder.rglob("mayfly-*/*") if p.is_file())

    def saved(self, job):
        return json.loads((self.state_files(job)[0]).read_text())


class Found(State):
    """Every place is read, and nothing goes that was not ended."""

    def test_action_and_script_in_one_job(self):
        job = self.github(ONE)
        self.ok(job.run("run"))
        self.obtain(job, "export", "OTHER=vault://secret/data/ci/state#key", env={"MAYFLY_ACTION": ""})
        self.assertEqual(len(self.bao.accessors()), 2)
        self.ok(job.post())
        self.no_token_left()
        self.assertEqual(self.state_files(job), [])

    def test_gitlab_folder_that_comes_later(self):
        job = self.gitlab(ONE)
        builds = job.folder / "builds"
        script_temp = job.folder / "script-temp"
        script_temp.mkdir()
        self.obtain(job, "export", "--unmasked-ok", env={"CI_BUILDS_DIR": str(builds), "TMPDIR": str(script_temp)})
        self.assertEqual(list(script_temp.iterdir()), [])
        pathlib.Path(str(job.work) + ".tmp").mkdir(exist_ok=True)
        self.ok(job.run("revoke", env={"CI_BUILDS_DIR": str(builds)}))
        self.no_token_left("auth/gitlab/login")

    def test_jobs_of_another_ci(self):
        first, second = (self.script() for _ in range(2))
        keep = {k: v for k, v in first.env.items() if k.startswith("MAYFLY_VAULT")}
        target = self.folder / "runtime"
        target.mkdir()
        for n, job in enumerate((first, second)):
            token = job.folder / "identity"
            token.write_text(self.issuer.mint(aud=self.site.AUDIENCE))
            job.env = keep | {"CI": "true", "BUILD_TAG": f"jenkins-{n}", "XDG_RUNTIME_DIR": str(target)}
            job.work = first.work
            self.obtain(job, "export", "--unmasked-ok", "--to", f"file:{job.folder}/out.sh", "--token-file", str(token))
        self.assertEqual(len(self.bao.accessors()), 2)
        self.ok(second.run("revoke", check=False))
        self.assertEqual(len(self.bao.accessors()), 1)
        self.ok(first.run("revoke", check=False))
        self.no_token_left()
        self.assertEqual(list(target.iterdir()), [])

    def test_many_at_once(self):
        job = self.script()
        children = [job.start("export", f"K{i}=vault://secret/data/ci/state#key") for i in range(8)]
        for child in children:
            out, err = child.communicate(timeout=60)
            self.assertEqual(child.returncode, 0, self.shown(Step(child.returncode, out, err, 0)))
        self.assertEqual(len(self.bao.accessors()), 8)
        self.assertEqual(len(self.saved(job)["creds"]), 8)
        self.assertEqual(len(self.state_files(job)), 1)
        self.ok(job.run("revoke", check=False))
        self.no_token_left()
        self.assertEqual(self.state_files(job), [])

    def test_what_a_killed_writer_left(self):
        job = self.script()
        self.obtain(job)
        state = self.state_files(job)[0]
        state.rename(state.parent / "new-0123456789abcdef")
        self.ok(job.run("revoke", check=False))
        self.no_token_left()
        self.assertFalse(state.parent.exists())

    def test_more_than_a_variable_holds(self):
        config = "secrets:\n"
        for part in "ABC":
            self.bao.kv(f"ci/many{part}", {f"field_{i:04d}_{'x' * 90}": canary(f"n{i}") for i in range(200)})
            config += f"  {part}: {{ from: vault://secret/data/ci/many{part}, prefix: {part}_, as: file }}\n"
        job = self.github(config)
        child = job.start("run")        # its thousands of masks need no reading here
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 0)
        job.saved = dict(self.parsed(job, "state"))
        files = [p for p in job.folder.rglob("mayfly-files-*/*")]
        self.assertEqual(len(files), 600)
        self.ok(job.post(check=False))
        self.assertEqual([p for p in job.folder.rglob("mayfly-files-*")], [])
        self.assertEqual(self.state_files(job), [])
        self.no_token_left()

    def parsed(self, job, name):
        return runner.parse_file_command(job.command_files()[name].read_bytes())

    def test_file_of_variables_goes_too(self):
        job = self.gitlab(ONE)
        target = job.folder / "temp" / "secrets.sh"
        self.obtain(job, "export", "--unmasked-ok", "--to", f"file:{target}")
        self.assertTrue(target.exists())
        self.ok(job.run("revoke"))
        self.assertFalse(target.exists())
        self.no_token_left("auth/gitlab/login")


class Connection(State):
    """revoke connects as the main step did, whatever the job has made of its configuration."""

    def test_spoilt_configuration(self):
        spoilt = [{"VAULT_ADDR": "notaurl"}, {"VAULT_SKIP_VERIFY": "maybe"}, {"MAYFLY_TIMEOUT": "soon"}, {"VAULT_CACERT": "/nonexistent"},
                  {"VAULT_CLIENT_CERT": "/nonexistent", "VAULT_CLIENT_KEY": "/nonexistent"}, {}]
        for env in spoilt:
            with self.subTest(env=env):
                job = self.script()
                self.obtain(job)
                job.config("vault: {urll: x")
                step = self.ok(job.run("revoke", env=env))
                self.assertEqual(step.log.of("warning"), [])
                self.no_token_left()

    def test_headers_of_the_drop_in(self):
        with Front(self.bao.addr) as front:
            def gate(call):
                return "pass" if call.headers.get("X-Gate") == "open sesame" else call.reply(403, '{"message":"no"}')
            front.on("/", gate)
            inputs = {"INPUT_URL": front.addr, "INPUT_METHOD": "jwt", "INPUT_ROLE": "ci", "INPUT_JWTGITHUBAUDIENCE": self.site.AUDIENCE,
                      "INPUT_EXTRAHEADERS": "X-Gate: open sesame", "INPUT_SECRETS": "secret/data/ci/state key | KEY"}
            job = self.github(MAYFLY_INPUTS="vault-action", MAYFLY_VAULT_URL=None, MAYFLY_VAULT_ROLE=None, MAYFLY_VAULT_AUDIENCE=None,
                              **inputs)
            step = self.ok(job.run("run"))
            self.assertIn("X-Gate: open sesame", step.log.masks, "a header that is saved is not masked")
            job.env = {k: v for k, v in job.env.items() if not k.startswith("INPUT_")}
            self.assertEqual(self.ok(job.post()).log.of("warning"), [])
        self.no_token_left()

    def test_client_certificate_of_the_drop_in(self):
        ca = certs.Authority(self.folder)
        cert, key = ca.issue("127.0.0.1")
        client = ca.issue("client", client=True)
        with Front(self.bao.addr, tls=(cert, key)) as front:
            front.context.verify_mode = ssl.CERT_REQUIRED
            front.context.load_verify_locations(ca.cert)

            def b64(path):
                return base64.b64encode(pathlib.Path(path).read_bytes()).decode()
            inputs = {"INPUT_URL": front.addr, "INPUT_METHOD": "jwt", "INPUT_ROLE": "ci", "INPUT_JWTGITHUBAUDIENCE": self.site.AUDIENCE,
                      "INPUT_CACERTIFICATE": b64(ca.cert), "INPUT_CLIENTCERTIFICATE": b64(client[0]), "INPUT_CLIENTKEY": b64(client[1]),
                      "INPUT_SECRETS": "secret/data/ci/state key | KEY"}
            job = self.github(MAYFLY_INPUTS="vault-action", MAYFLY_VAULT_URL=None, MAYFLY_VAULT_ROLE=None, MAYFLY_VAULT_AUDIENCE=None,
                              **inputs)
            self.ok(job.run("run"))
            job.env = {k: v for k, v in job.env.items() if not k.startswith("INPUT_")}
            self.assertEqual(self.ok(job.post()).log.of("warning"), [])
        self.no_token_left()

    def test_settings_of_the_environment_are_not_mixed_in(self):
        """The main step was sure of the server's certificate; the job has since switched that off."""
        ca = certs.Authority(self.folder)
        other = certs.Authority(self.folder, "other")
        cert, key = ca.issue("127.0.0.1")
        with Front(self.bao.addr, tls=(cert, key)) as front:
            job = self.script(MAYFLY_VAULT_URL=front.addr, MAYFLY_VAULT_CA_FILE=str(ca.cert))
            self.obtain(job)
            count = front.count("/v1/auth/token/revoke-self")
            front.context.load_cert_chain(*other.issue("127.0.0.1"))
            step = self.ok(job.run("revoke", env={"VAULT_SKIP_VERIFY": "true", "MAYFLY_ALLOW_HTTP": "true"}))
            self.assertEqual(front.count("/v1/auth/token/revoke-self"), count, "the token went to a server that nobody knows")
            self.assertEqual(len(step.log.of("warning")), 1)
            front.context.load_cert_chain(cert, key)
            self.ok(job.run("revoke"))
        self.no_token_left()


class Again(State):
    """What could not be ended stays saved."""

    def test_after_the_server_was_down(self):
        job = self.script()
        with Front(self.bao.addr) as front:
            self.obtain(job, env={"MAYFLY_VAULT_URL": front.addr})
            front.on("/v1/auth/token/revoke-self", status(503), times=20)
            step = self.ok(job.run("revoke"))
            self.assertEqual(len(step.log.of("warning")), 1, self.shown(step))
            self.assertIn("tries again", step.text)
            self.assertEqual(len(self.bao.accessors()), 1)
            front.rules.clear()
            step = self.ok(job.run("revoke"))
            self.assertEqual(step.log.of("warning"), [])
        self.no_token_left()
        self.assertEqual(self.state_files(job), [])

    def test_a_file_that_cannot_be_wiped(self):
        job = self.script("secrets:\n  KEY: { from: vault://secret/data/ci/state#key, as: file }\n")
        self.obtain(job)
        path = next(job.folder.rglob("mayfly-files-*/KEY"))
        path.unlink()
        path.mkdir()
        step = self.ok(job.run("revoke"))
        self.assertEqual(len(step.log.of("warning")), 1, self.shown(step))
        self.no_token_left()
        path.rmdir()
        self.assertEqual(self.ok(job.run("revoke")).log.of("warning"), [])
        self.assertEqual(self.state_files(job), [])

    def test_many_tokens_share_the_time(self):
        job = self.script()
        with Front(self.bao.addr) as front:
            for i in range(3):
                self.obtain(job, "export", f"K{i}=vault://secret/data/ci/state#key", env={"MAYFLY_VAULT_URL": front.addr})
            front.on("/v1/auth/token/revoke-self", lambda call: time.sleep(8), times=2)
            step = self.ok(job.run("revoke"))
            self.assertLess(step.seconds, 5.0)
            self.assertEqual(len(step.log.of("warning")), 2, self.shown(step))
            self.assertEqual(len(self.bao.accessors()), 2)


class Order(State):
    """Nothing is visible before the job's end can undo it."""

    def test_state_that_cannot_be_saved(self):
        job = self.github(ONE)
        job.config("secrets:\n  KEY: { from: vault://secret/data/ci/state#key, as: file }\n")
        state = job.command_files()["state"]
        front = Front(self.bao.addr)
        self.addCleanup(front.close)

        def spoil(call):        # the token is saved by now; its files cannot be any more
            state.unlink()
            state.mkdir()
            return "pass"
        front.on("/v1/secret", spoil, times=1)
        step = job.run("run", env={"MAYFLY_VAULT_URL": front.addr}, check=False)
        self.assertEqual(step.code, 6, self.shown(step))
        self.assertEqual(job.command_files()["env"].read_bytes(), b"")
        self.assertEqual(list(job.folder.rglob("mayfly-files-*")), [])
        self.no_token_left()

    def test_signal_while_masks_are_written(self):
        big = self.secret("ci/big", **{f"v{i}": canary(f"big{i}", 64) + os.urandom(9000).hex() for i in range(6)})
        job = self.github("secrets:\n  B: { from: vault://secret/data/ci/big, prefix: B_ }\n")
        child = job.start("run")
        time.sleep(1.5)                 # it stands at the pipe, which nobody reads
        self.assertIsNone(child.poll())
        child.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        out, err = child.communicate(timeout=30)
        self.assertEqual(child.returncode, 143)
        self.assertEqual(job.command_files()["env"].read_bytes(), b"")
        self.assertTrue(big)
        self.no_token_left()

    def test_note_tells_the_truth(self):
        gone = "export", "K=vault://secret/data/ci/state#none"
        for env, text in (({}, "`mayfly revoke` tries again"), ({"MAYFLY_REVOKE": "false"}, "it ends by itself in"),
                          ({"MAYFLY_ACTION": "1"}, "the post step tries again")):
            with self.subTest(env=env), Front(self.bao.addr) as front:
                front.on("/v1/auth/token/revoke-self", status(500))
                job = self.script(MAYFLY_VAULT_URL=front.addr)
                step = job.run(*gone, env=env, check=False)
                self.assertIn(text, step.text, self.shown(step))


class OwnMachine(State):
    def test_one_checkout_is_not_another(self):
        runtime = self.folder / "runtime"
        runtime.mkdir()
        jobs = []
        for _ in range(2):
            job = self.script()
            token = job.folder / "identity"
            token.write_text(self.issuer.mint(aud=self.site.AUDIENCE))
            job.env = {k: v for k, v in job.env.items() if k.startswith("MAYFLY_VAULT")} | {"XDG_RUNTIME_DIR": str(runtime)}
            self.obtain(job, "export", "--to", "shell", "--token-file", str(token))
            (job.work / ".git").mkdir()
            jobs.append(job)
        self.ok(jobs[0].run("revoke", check=False))
        self.assertEqual(len(self.bao.accessors()), 1)
        (jobs[1].work / "sub").mkdir()
        jobs[1].work = jobs[1].work / "sub"
        self.ok(jobs[1].run("revoke", check=False))
        self.no_token_left()
        done = subprocess.run(["find", runtime], env=BASE_ENV, capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), [str(runtime)])
