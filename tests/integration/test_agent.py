# SPDX-License-Identifier: Apache-2.0
"""Credentials that live for seconds, and clients that use them for longer: none may ever see one that has ended."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

from support import aws, azure_fake, certs, gcp_fake, jwtcheck
from support.aws import REGION
from support.harness import Case

LONG = int(os.environ.get("MAYFLY_TEST_AGENT_SECONDS") or 60)
HOLD = """
import sys, time, urllib.request, json, datetime, os
end = time.monotonic() + float(sys.argv[1])
late, n = 0, 0
while time.monotonic() < end:
    ask = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
    got = json.loads(urllib.request.urlopen(ask, timeout=5).read())
    left = datetime.datetime.fromisoformat(got["Expiration"].replace("Z", "+00:00")).timestamp() - time.time()
    late += left <= 0
    n += 1
    time.sleep(0.3)
print(json.dumps({"late": late, "asked": n}))
"""


def agents(mark):
    """Processes whose parent is gone and that hold this folder's file, by what their environment says."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "environ").read_bytes() and b"mayfly" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            pass
    return found


class Agent(Case):
    def setUp(self):
        super().setUp()
        self.marks = []
        self.addCleanup(self.end_agents)

    def end_agents(self):
        for mark in self.marks:
            for pid in agents(mark):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def mark(self, job):
        mark = f"AGENT_TEST={os.urandom(8).hex()}"
        name, _, value = mark.partition("=")
        job.env[name] = value
        self.marks.append(mark)
        return mark

    def gone(self, mark, seconds=5):
        end = time.monotonic() + seconds
        while agents(mark) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(agents(mark), [], "the agent lives on")

    def check_hidden(self, job, step):
        job.allowed += [(file, "vault token ") for file in (job.command_files().get("env"),) if file]
        job.allowed += [(file, "identity token ") for name in ("AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH", "GCP_IDENTITY_TOKEN")
                        for file in job.folder.glob("temp/mayfly-files-*/" + name)]
        super().check_hidden(job, step)


class Aws(Agent):
    def setUp(self):
        super().setUp()
        self.aws = aws.shared(self.issuer)
        self.gate = self.aws.gate()
        self.addCleanup(self.gate.close)
        self.life = 4
        self.gate.change = self.shorten

    def shorten(self, call, body):
        """STS grants a quarter of an hour at least: here it says seconds."""
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.life))
        return re.sub(rb"<Expiration>[^<]*</Expiration>", f"<Expiration>{end}</Expiration>".encode(), body)

    def job(self, config="", **env):
        text = f"keep-fresh: true\naws:\n  role: {self.aws.ci_role()}\n  region: {REGION}\n" + config
        return self.github(text, **({"MAYFLY_AWS_STS_URL": self.gate.addr, "MAYFLY_SCAN": "false", "MAYFLY_CHECK": "false", "MAYFLY_TIMEOUT": "5s"} | env))

    def ask(self, step, token=None, path="/credentials"):
        url = urllib.parse.urlsplit(step.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
        connection.request("GET", path, headers={"Authorization": token or step.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def test_a_client_never_sees_an_old_one(self):
        job = self.job()
        mark = self.mark(job)
        step = self.ok(job.run("run"))
        self.assertNotIn("AWS_ACCESS_KEY_ID", step.env)
        self.assertEqual(len(agents(mark)), 1)
        child = subprocess.run([sys.executable, "-c", HOLD, str(LONG)], env=job.full_env(), capture_output=True, text=True, timeout=LONG + 30)
        self.assertEqual(child.returncode, 0, child.stderr)
        result = json.loads(child.stdout)
        self.assertEqual(result["late"], 0)
        self.assertGreater(result["asked"], LONG)
        self.assertGreaterEqual(len(self.gate.forms("AssumeRoleWithWebIdentity")), LONG // self.life)
        self.ok(job.post())
        self.gone(mark)

    def test_boto3_asks_the_agent(self):
        self.life = 1200
        job = self.job()
        self.mark(job)
        self.ok(job.run("agent"))
        script = f"import boto3; print(boto3.client('sts', region_name='{REGION}', endpoint_url='{self.aws.stack.addr}').get_caller_identity()['Arn'])"
        env = job.full_env() | {"PATH": os.environ["PATH"]}
        child = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=60)
        self.assertIn(":assumed-role/", child.stdout, child.stderr[-2000:])
        self.ok(job.post())

    def test_only_with_the_bearer(self):
        job = self.job()
        self.mark(job)
        step = self.ok(job.run("run"))
        self.assertEqual(self.ask(step, token="x" * 64)[0], 401)
        self.assertEqual(self.ask(step, path="/other")[0], 404)
        url = urllib.parse.urlsplit(step.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
        # neither slow nor many clients, nor what is no HTTP, keep others from being served
        idle = [socket.create_connection((url.hostname, url.port)) for _ in range(60)]
        for junk in (b"\0" * 9000, b"GET /credentials HTTP/1.1\r\n" * 900, b"\r\n\r\n", b"GET /credentials HTTP/1.1\r\nAuthorization: \r\n\r\n"):
            with socket.create_connection((url.hostname, url.port)) as s:
                try:
                    s.sendall(junk)
                except OSError:
                    pass
        self.assertEqual(self.ask(step)[0], 200)
        for s in idle:
            s.close()
        self.ok(job.post())

    def test_a_failure_is_told_when_the_old_one_ends(self):
        job = self.job()
        mark = self.mark(job)
        step = self.ok(job.run("run"))
        plain = self.gate.refusal
        self.gate.refusal = lambda call, params: (403, "AccessDenied", "not any more")
        time.sleep(self.life * 0.6)
        self.assertEqual(self.ask(step)[0], 200, "the old one lived and was not given")
        time.sleep(self.life * 1.2)
        status, answer = self.ask(step)
        self.assertEqual((status, answer["code"]), (503, "Expired"))
        self.assertIn("not any more", answer["message"])
        # and when it goes again, so does the job
        self.gate.refusal = plain
        end = time.monotonic() + 8
        while self.ask(step)[0] != 200 and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(self.ask(step)[0], 200)
        post = self.ok(job.post())
        self.assertIn("not kept fresh", post.text)
        self.gone(mark)

    def test_a_profile_is_rewritten(self):
        job = self.job("  profile: deploy\n")
        mark = self.mark(job)
        step = job.run("run", check=False)
        self.assertEqual(step.code, 0, self.shown(step))
        file = next(job.folder.glob("temp/mayfly-files-*/AWS_SHARED_CREDENTIALS_FILE"))
        first = file.read_text()
        end = time.monotonic() + 6
        while file.read_text() == first and time.monotonic() < end:
            time.sleep(0.1)
        self.assertNotEqual(file.read_text(), first)
        self.assertTrue(file.read_text().startswith("[deploy]\n"))
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        for path in list(file.parent.iterdir()):
            path.unlink()
        self.gone(mark)

    def test_ends(self):
        """By its longest life, when nobody asks, and when told to."""
        for conf in ("agent: { max-life: 2s }\n", "agent: { idle: 2s }\n"):
            job = self.github(conf + f"keep-fresh: true\naws: {{ role: '{self.aws.ci_role()}', region: {REGION} }}\n", MAYFLY_AWS_STS_URL=self.gate.addr, MAYFLY_SCAN="false", MAYFLY_CHECK="false")
            mark = self.mark(job)
            self.ok(job.run("run"))
            self.assertEqual(len(agents(mark)), 1)
            self.gone(mark)
        job = self.job()
        mark = self.mark(job)
        self.ok(job.run("run"))
        os.kill(agents(mark)[0], signal.SIGTERM)
        self.gone(mark)

    def test_the_step_does_not_wait_for_it(self):
        job = self.job()
        mark = self.mark(job)
        began = time.monotonic()
        self.ok(job.run("run"))     # reads both pipes to their end
        self.assertLess(time.monotonic() - began, 10)
        pid = agents(mark)[0]
        links = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        self.assertFalse([link for link in links if "pipe:" in link], links)
        self.assertEqual(os.getsid(pid), pid)
        self.ok(job.post())


class Files(Agent):
    def test_azure(self):
        authority = certs.Authority(self.folder, "azure")
        fake = azure_fake.Azure(self.issuer, authority.issue("127.0.0.1"))
        self.addCleanup(fake.close)
        self.issuer.shape(ttl=36)
        self.addCleanup(self.issuer.shape)
        job = self.github(f"keep-fresh: true\nazure: {{ tenant-id: {azure_fake.TENANT}, client-id: {azure_fake.CLIENT} }}\n", MAYFLY_AZURE_AUTHORITY_HOST=fake.addr,
                          MAYFLY_CA_FILE=authority.cert, MAYFLY_SCAN="false", MAYFLY_CHECK="false")
        mark = self.mark(job)
        step = self.ok(job.run("run"))
        file = pathlib.Path(step.env["AZURE_FEDERATED_TOKEN_FILE"])
        first = jwtcheck.claims_of(file.read_text())[1]["exp"]
        end = time.monotonic() + 30
        while jwtcheck.claims_of(file.read_text())[1]["exp"] == first and time.monotonic() < end:
            time.sleep(0.2)
        self.assertGreater(jwtcheck.claims_of(file.read_text())[1]["exp"], first)
        self.assertGreater(first, time.time(), "it was renewed too late")
        self.ok(job.post())
        self.gone(mark)
        self.assertFalse(file.parent.exists())

    def test_gcp(self):
        fake = gcp_fake.Google(self.issuer)
        self.addCleanup(fake.close)
        conf = f"keep-fresh: true\ngcp: {{ workload-identity-provider: {gcp_fake.PROVIDER}, credential-source: %s }}\n"
        env = {"MAYFLY_GCP_STS_URL": fake.addr, "MAYFLY_SCAN": "false", "MAYFLY_CHECK": "false"}
        # the executable renews itself
        job = self.github(conf % "executable", **env)
        mark = self.mark(job)
        self.assertIn("nothing has to be kept fresh", self.ok(job.run("run")).text)
        self.assertEqual(agents(mark), [])
        self.issuer.shape(ttl=36)
        self.addCleanup(self.issuer.shape)
        job = self.github(conf % "file", **env)
        mark = self.mark(job)
        self.ok(job.run("run"))
        file = next(job.folder.glob("temp/mayfly-files-*/GCP_IDENTITY_TOKEN"))
        first = file.read_text()
        end = time.monotonic() + 30
        while file.read_text() == first and time.monotonic() < end:
            time.sleep(0.2)
        self.assertNotEqual(file.read_text(), first)
        self.ok(job.post())
        self.gone(mark)


class Vault(Agent):
    def test_the_token_is_renewed(self):
        self.bao.call("POST", "auth/jwt/role/short", {"role_type": "jwt", "user_claim": "repository", "bound_audiences": [self.site.AUDIENCE], "token_policies": ["ci"],
                                                      "bound_claims": {"repository": "octo-org/octo-repo"}, "token_ttl": "3s", "token_max_ttl": "60s"})
        self.addCleanup(self.bao.call, "DELETE", "auth/jwt/role/short")
        job = self.github("keep-fresh: true\nvault: { export-token: true }\n", MAYFLY_VAULT_ROLE="short", MAYFLY_SCAN="false", MAYFLY_CHECK="false")
        mark = self.mark(job)
        self.ok(job.run("run"))
        time.sleep(8)
        self.assertEqual(len(self.bao.accessors("auth/jwt/login")), 1, "the token has ended")
        self.ok(job.post())
        self.gone(mark)
        self.no_token_left()
