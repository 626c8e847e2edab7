# SPDX-License-Identifier: Apache-2.0
"""Tokens of GitHub Apps and registries against fakes of ours, written after the services' documentation: they verify the identity token, know their paths and refuse all else."""
import http.server
import json
import os
import threading
import time
import urllib.parse

from support import jwtcheck
from support.harness import Case

SUB = "repo:octo-org/octo-repo:ref:refs/heads/main"


class Fake:
    def __init__(self, issuer):
        self.issuer, self.tokens, self.seen, self.replies, self.sub = issuer, {}, [], [], SUB
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.seen.append((self.command, self.path))
                status, answer = fake.replies.pop(0) if fake.replies else fake.answer(self.command, self.path, self.headers, body)
                data = b"" if answer is None else answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = any

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.addr = "http://" + self.host
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def mint(self, token, audience, prefix):
        try:
            claims = jwtcheck.verified(token, self.issuer.github, self.issuer.ca)
        except jwtcheck.Bad as e:
            return None, f"bad token: {e}"
        if audience not in jwtcheck.audiences(claims):
            return None, "wrong audience"
        if claims["sub"] != self.sub:
            return None, f"no trust policy admits {claims['sub']}"
        made = prefix + os.urandom(20).hex()
        self.tokens[made] = audience
        return made, None

    def answer(self, method, target, headers, body):
        url = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(url.query))
        bearer = headers.get("Authorization", "").removeprefix("Bearer ")
        what = (method, url.path)
        if what == ("GET", "/sts/exchange") and query == {"scope": "acme/infra", "identity": "deploy"}:
            made, why = self.mint(bearer, self.host, "ghs_")
            return (200, {"token": made}) if made else (403, {"code": 7, "message": why})
        if what in (("DELETE", "/installation/token"), ("DELETE", "/api/v1/trusted_publishing/tokens")):
            return (204, None) if self.tokens.pop(bearer, None) else (401, {"message": "Bad credentials"})
        if what == ("POST", "/_/oidc/mint-token") and set(json.loads(body)) == {"token"}:
            made, why = self.mint(json.loads(body)["token"], "pypi", "pypi-")
            return (200, {"success": True, "token": made}) if made else (422, {"message": "Token request failed", "errors": [{"code": "invalid-publisher", "description": why}]})
        if what == ("POST", "/-/npm/v1/oidc/token/exchange/package/%40acme%2Fshop"):
            made, why = self.mint(bearer, "npm:registry.npmjs.org", "npm_")
            return (201, {"token": made}) if made else (404, {"message": why})
        if what == ("POST", "/api/v1/trusted_publishing/tokens") and set(json.loads(body)) == {"jwt"}:
            made, why = self.mint(json.loads(body)["jwt"], "crates.io", "cio_tp_")
            return (200, {"token": made}) if made else (400, {"errors": [{"detail": why}]})
        if what == ("POST", "/api/v1/oidc/trusted_publisher/exchange_token"):
            made, why = self.mint(json.loads(body)["jwt"], "rubygems.org", "rubygems_")
            return (201, {"rubygems_api_key": made, "name": "x", "scopes": ["push_rubygem"]}) if made else (404, b"")
        return 404, {"message": "no such path"}


class Mint(Case):
    def setUp(self):
        super().setUp()
        self.fake = Fake(self.issuer)
        self.addCleanup(self.fake.close)

    def job(self, config, **env):
        return self.github(config, **({"MAYFLY_GITHUB_STS_URL": self.fake.addr, "MAYFLY_GITHUB_API_URL": self.fake.addr, "MAYFLY_PUBLISH_URL": self.fake.addr, "MAYFLY_SCAN": "false",
                                       "MAYFLY_CHECK": "false"} | env))


class GitHub(Mint):
    CONF = "github: { scope: acme/infra, identity: deploy }\n"

    def test_token_then_revoked(self):
        job = self.job(self.CONF)
        step = self.ok(job.run("exchange", "github"))
        token = step.env["GH_TOKEN"]
        self.assertIn(token, self.fake.tokens)
        self.assertEqual(step.outputs["github_token"], token)
        self.assertIn(f"::add-mask::{token}".encode(), step.out)
        post = self.ok(job.post())
        self.assertIn("revoked", post.text)
        self.assertEqual(self.fake.tokens, {})

    def test_gone_already_is_no_error(self):
        job = self.job(self.CONF + "on-no-identity: fail\n", MAYFLY_GITHUB_TOKEN_NAME="INFRA_TOKEN")
        step = self.ok(job.run("run"))
        self.fake.tokens.clear()
        self.assertIn("INFRA_TOKEN", step.env)
        self.assertIn("gone already", self.ok(job.post()).text)

    def test_refused(self):
        self.fake.sub = "repo:other/repo:ref:refs/heads/main"
        step = self.fails(self.job(self.CONF).run("run"), 4, "MF-MINT-02", "no trust policy admits", f"sub={SUB}", ".sts.yaml")
        self.nothing_exported(step)
        self.assertEqual(len(self.fake.seen), 1)
        self.fails(self.job("github: { scope: acme/infra }\n").run("run"), 2, "MF-MINT-01", "github.identity")
        self.fails(self.job("github: { scope: 'a b', identity: x }\n").run("run"), 2, "MF-MINT-01", "no repository")
        self.fails(self.job("{}\n").run("exchange", "github"), 2, "MF-MINT-01", "github.scope")

    def test_answers(self):
        for reply, code, texts in (((200, b"<html>"), 4, ("MF-JSON-01",)), ((200, {"token": "a b c d e f"}), 4, ("MF-MINT-03",)), ((200, {}), 4, ("MF-JSON-02",)), ((503, {"message": "busy"}), 5, ("MF-MINT-04", "busy"))):
            self.fake.replies = [reply] * 2
            self.nothing_exported(self.fails(self.job(self.CONF, MAYFLY_TRIES="1").run("run"), code, *texts))
            self.fake.replies = []

    def test_a_failed_run_revokes(self):
        step = self.job(self.CONF + "secrets: { X: env://NOT_THERE }\n").run("run")
        self.assertNotEqual(step.code, 0)
        self.assertEqual(self.fake.tokens, {})


class Registries(Mint):
    def test_each(self):
        for name, more, variables, plain in (("pypi", "", ("TWINE_PASSWORD", "UV_PUBLISH_TOKEN"), {"TWINE_USERNAME": "__token__"}), ("npm", ", package: '@acme/shop'", ("NODE_AUTH_TOKEN", "NPM_TOKEN"), {}),
                                             ("cargo", "", ("CARGO_REGISTRY_TOKEN",), {}), ("rubygems", "", ("GEM_HOST_API_KEY",), {})):
            with self.subTest(name):
                job = self.job(f"publish: {{ to: {name}{more} }}\n")
                step = self.ok(job.run("exchange", "publish"))
                token = step.env[variables[0]]
                self.assertIn(token, self.fake.tokens)
                self.assertEqual({step.env[v] for v in variables}, {token})
                self.assertEqual(step.outputs["publish_token"], token)
                for k, v in plain.items():
                    self.assertEqual(step.env[k], v)
                self.ok(job.post())
                self.assertEqual(token in self.fake.tokens, name != "cargo")

    def test_refused(self):
        self.fake.sub = "x"
        for name, more in (("pypi", ""), ("npm", ", package: '@acme/shop'"), ("cargo", ""), ("rubygems", "")):
            self.fails(self.job(f"publish: {{ to: {name}{more} }}\n").run("run"), 4, "MF-MINT-02", "trusted publisher", f"sub={SUB}")
        self.fails(self.job("publish: { to: npm }\n").run("run"), 2, "MF-MINT-01", "publish.package")
        self.fails(self.job("{}\n").run("exchange", "publish"), 2, "MF-MINT-01", "publish.to")

    def test_dry_run(self):
        step = self.ok(self.job("publish: { to: cargo }\n").run("run", "--dry-run"))
        for text in ("crates.io", "CARGO_REGISTRY_TOKEN", "revoked at the end"):
            self.assertIn(text, step.text)
        self.assertEqual(self.fake.seen, [])
