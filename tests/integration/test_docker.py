# SPDX-License-Identifier: Apache-2.0
"""docker-credential-mayfly as Docker calls it: by its other name, with the registry on standard input. ECR is MiniStack's, the others are fakes of ours."""
import base64
import http.server
import json
import subprocess
import threading
import urllib.parse

from support import aws, azure_fake, gcp_fake, tools
from support.aws import REGION, allow
from support.harness import Case


class Docker(Case):
    def setUp(self):
        super().setUp()
        self.program = self.folder / "docker-credential-mayfly"
        self.program.symlink_to(tools.mayfly())

    def call(self, job, what, server="", code=0):
        done = subprocess.run([self.program, what], input=server.encode(), cwd=job.work, env=job.full_env(), capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def get(self, job, server):
        done = self.call(job, "get", server)
        self.assertEqual(done.stderr, b"")
        return json.loads(done.stdout)

    def test_ecr(self):
        site = aws.shared(self.issuer)
        gate = site.gate()
        self.addCleanup(gate.close)
        role = site.ci_role(allow("ecr:GetAuthorizationToken"))
        server = f"https://000000000000.dkr.ecr.{REGION}.amazonaws.com"
        job = self.github(f"aws: {{ role: '{role}', region: {REGION} }}\n", MAYFLY_AWS_STS_URL=gate.addr, MAYFLY_AWS_ECR_URL=site.stack.addr)
        got = self.get(job, server + "\n")
        self.assertEqual((got["ServerURL"], got["Username"]), (server, "AWS"))
        self.assertTrue(got["Secret"])

    def test_artifact_registry(self):
        fake = gcp_fake.Google(self.issuer)
        self.addCleanup(fake.close)
        job = self.github(f"gcp: {{ workload-identity-provider: {gcp_fake.PROVIDER}, service-account: {gcp_fake.ACCOUNT} }}\n", MAYFLY_GCP_STS_URL=fake.addr, MAYFLY_GCP_IAM_URL=fake.addr)
        for server in ("europe-docker.pkg.dev", "https://gcr.io", "eu.gcr.io/v2/"):
            got = self.get(job, server)
            self.assertEqual((got["Username"], fake.tokens[got["Secret"]][0]), ("oauth2accesstoken", gcp_fake.ACCOUNT))

    def test_acr(self):
        fake = azure_fake.Azure(self.issuer)
        self.addCleanup(fake.close)
        seen, codes = [], [200, 401]

        class Registry(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                seen.append((self.path, form))
                good = fake.issued.get(form["access_token"]) == "https://management.azure.com" and form["service"] == "shop.azurecr.io"
                body = json.dumps({"refresh_token": "refresh-1"} if good else {"errors": []}).encode()
                self.send_response(codes.pop(0) if good else 401)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        job = self.github(f"azure: {{ tenant-id: {azure_fake.TENANT}, client-id: {azure_fake.CLIENT} }}\n", MAYFLY_AZURE_AUTHORITY_HOST=fake.addr,
                          MAYFLY_AZURE_ACR_URL=f"http://127.0.0.1:{server.server_port}")
        got = self.get(job, "shop.azurecr.io")
        self.assertEqual((got["Username"], got["Secret"]), ("00000000-0000-0000-0000-000000000000", "refresh-1"))
        self.assertEqual((seen[0][0], seen[0][1]["grant_type"], seen[0][1]["tenant"]), ("/oauth2/exchange", "access_token", azure_fake.TENANT))
        self.assertIn(b"AcrPull", self.call(job, "get", "shop.azurecr.io", code=4).stderr)

    def test_others(self):
        job = self.github("{}\n")
        for server in ("https://index.docker.io/v1/", "ghcr.io", "", "x" * 5000, "shop.azurecr.io.evil.example", "1.dkr.ecr.eu-west-1.amazonaws.com", "evilpkg.dev", "evil.example?.azurecr.io", "evil.example#.azurecr.io",
                       "evil.example:443@x.azurecr.io", "evil.example\\.azurecr.io",
                       "123456789012.dkr.ecr.eu-west-1.evil.example"):
            done = self.call(job, "get", server, code=2)
            self.assertEqual(done.stdout, b"credentials not found in native keychain\n")
        self.assertEqual(self.call(job, "list").stdout, b"{}\n")
        self.call(job, "erase", "x")
        self.call(job, "store", "{}", code=2)

    def test_refused(self):
        job = self.github("aws: { role: 'arn:aws:iam::1:role/x', region: eu-west-1 }\n", ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        done = self.call(job, "get", f"123456789012.dkr.ecr.{REGION}.amazonaws.com", code=2)
        self.assertEqual(done.stdout, b"")
