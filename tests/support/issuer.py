#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An OIDC issuer on loopback that mints identity tokens shaped like GitHub's and GitLab's.

    issuer.py --port-file FILE [--request-token TOKEN] [--tls CERT KEY]

It binds a free port of 127.0.0.1 and writes the port to FILE once it answers. Needs `cryptography`.

  /github/.well-known/openid-configuration  /github/jwks     issuer BASE/github; the same under /gitlab
  /github/idtoken?api-version=2.0&audience=AUD               what ACTIONS_ID_TOKEN_REQUEST_URL serves: wants the
      request token as bearer, else 401; answers {"count":N,"value":"<jwt>"}; without an audience the token is for
      the owner's address, as on GitHub
  /mint?profile=PROFILE&aud=AUD&ttl=S&alg=RS256&claim.NAME=VALUE
      any token: PROFILE is one of PROFILES below; claim.NAME= (empty) leaves the claim out, json.NAME=JSON gives a
      claim that is no string; ttl below 0 is an expired token
  /requests                                                  what /github/idtoken was asked for so far
  /issued                                                    every token that was minted so far, so that tests can look for them
  POST /rotate                                               a new signing key; the old one stays in the key set
  POST /fail?n=K&code=503                                    the next K token requests fail; code=0 closes the connection
  POST /shape?profile=PROFILE&ttl=S&alg=ES256&claim.X=Y      what the following token requests give
  POST /reply?n=K&code=200&type=TYPE (body)                  the next K token requests are answered with this very body
"""
import argparse
import base64
import hashlib
import json
import os
import ssl
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SHA = "5b1d0c9f7a3e42688f0e6a4d1c2b3a4958677685"
REPOSITORY = "octo-org/octo-repo"
PROJECT = "mygroup/myproject"


def b64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Key:
    """A signing key with its public half as a JWK."""

    def __init__(self, alg):
        self.alg = alg
        if alg == "RS256":
            self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            numbers = self.key.public_key().public_numbers()
            n = numbers.n.to_bytes(256, "big")
            self.kid = hashlib.sha256(n).hexdigest()[:32].upper()
            public = {"kty": "RSA", "n": b64url(n), "e": "AQAB"}
        else:
            self.key = ec.generate_private_key(ec.SECP256R1())
            numbers = self.key.public_key().public_numbers()
            x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
            self.kid = hashlib.sha256(x + y).hexdigest()[:32].upper()
            public = {"kty": "EC", "crv": "P-256", "x": b64url(x), "y": b64url(y)}
        self.jwk = public | {"use": "sig", "alg": alg, "kid": self.kid}

    def sign(self, data):
        if self.alg == "RS256":
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def jwt(self, claims):
        head = {"typ": "JWT", "alg": self.alg, "kid": self.kid}
        if self.alg == "RS256":
            head["x5t"] = self.kid
        data = f"{b64url(compact(head))}.{b64url(compact(claims))}"
        return f"{data}.{b64url(self.sign(data.encode()))}"


def github(base, **over):
    ref = over.get("ref", "refs/heads/main")
    claims = {
        "iss": base + "/github", "aud": "https://github.com/octo-org", "sub": f"repo:{REPOSITORY}:ref:{ref}",
        "actor": "octocat", "actor_id": "583231", "base_ref": "", "check_run_id": "30412345678", "event_name": "push",
        "head_ref": "", "job_workflow_ref": f"{REPOSITORY}/.github/workflows/ci.yml@{ref}", "job_workflow_sha": SHA,
        "ref": ref, "ref_protected": "true", "ref_type": "branch", "repository": REPOSITORY, "repository_id": "74",
        "repository_owner": "octo-org", "repository_owner_id": "65", "repository_visibility": "private",
        "run_attempt": "1", "run_id": "9876543210", "run_number": "42", "runner_environment": "github-hosted",
        "sha": SHA, "workflow": "ci", "workflow_ref": f"{REPOSITORY}/.github/workflows/ci.yml@{ref}",
        "workflow_sha": SHA,
    }
    return claims | over


def gitlab(base, **over):
    claims = {
        "iss": base + "/gitlab", "aud": "https://vault.example.com",
        "sub": f"project_path:{PROJECT}:ref_type:branch:ref:main",
        "namespace_id": "72", "namespace_path": "mygroup", "project_id": "20", "project_path": PROJECT,
        "project_visibility": "internal", "user_id": "1", "user_login": "sample-user",
        "user_email": "sample-user@example.com", "user_access_level": "developer", "user_identities": [],
        "pipeline_id": "574", "pipeline_source": "push", "job_id": "302", "ref": "main", "ref_type": "branch",
        "ref_path": "refs/heads/main", "ref_protected": "true", "runner_id": 1, "runner_environment": "self-hosted",
        "sha": SHA, "ci_config_ref_uri": f"gitlab.example.com/{PROJECT}//.gitlab-ci.yml@refs/heads/main",
        "ci_config_sha": SHA, "groups_direct": ["mygroup"],
    }
    return claims | over


def github_pull_request(base):
    merge = "refs/pull/7/merge"
    return github(base, ref=merge, sub=f"repo:{REPOSITORY}:pull_request", event_name="pull_request",
                  base_ref="main", head_ref="topic", ref_protected="false")


PROFILES = {
    "github": github,
    # The subject of repositories that were created, renamed or moved since July 2026 names their ids as well.
    "github-immutable": lambda base: github(base, sub="repo:octo-org@65/octo-repo@74:ref:refs/heads/main"),
    "github-environment": lambda base: github(base, sub=f"repo:{REPOSITORY}:environment:production",
                                              environment="production", environment_node_id="EN_kwDOA"),
    "github-tag": lambda base: github(base, ref="refs/tags/v1.2.3", ref_type="tag", ref_protected="false",
                                      sub=f"repo:{REPOSITORY}:ref:refs/tags/v1.2.3"),
    "github-pull-request": github_pull_request,
    "gitlab": gitlab,
    "gitlab-environment": lambda base: gitlab(base, environment="production", environment_protected="true",
                                              deployment_tier="production", environment_action="start"),
}


class Issuer:
    def __init__(self, request_token):
        self.request_token = request_token
        self.base = ""
        self.lock = threading.Lock()
        self.keys = {alg: [Key(alg)] for alg in ("RS256", "ES256")}
        self.fail = {"n": 0, "code": 503}
        self.reply = {"n": 0}
        self.shape = {}
        self.requests = []
        self.issued = []

    def rotate(self):
        with self.lock:
            for alg, keys in self.keys.items():
                keys.insert(0, Key(alg))

    def mint(self, query, aud=None):
        """`query` holds profile, aud, ttl, alg and the claims to change."""
        claims = PROFILES[query.get("profile", "github")](self.base)
        aud = aud or query.get("aud")
        if aud:
            claims["aud"] = aud
        now = int(time.time())
        ttl = int(query.get("ttl", 300))
        life = {"iat": now + min(ttl, 0), "exp": now + ttl, "nbf": now - 600, "jti": str(uuid.uuid4())}
        claims = life | claims
        for name, value in query.items():
            if name.startswith("claim."):
                claims[name[6:]] = value
                if value == "":
                    del claims[name[6:]]
            elif name.startswith("json."):
                claims[name[5:]] = json.loads(value)
        token = self.keys[query.get("alg", "RS256")][0].jwt(claims)
        self.issued.append(token)
        return token

    def take(self, what):
        """The next scripted failure or reply, if one is due."""
        with self.lock:
            if what["n"] <= 0:
                return None
            what["n"] -= 1
            return dict(what)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    issuer = None

    def log_message(self, *args):
        pass

    def send(self, code, body, kind="application/json; charset=utf-8"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def query(self):
        url = urlsplit(self.path)
        return url.path, {k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()}

    def do_POST(self):
        path, query = self.query()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        me = self.issuer
        if path == "/rotate":
            me.rotate()
            return self.send(200, {"kid": me.keys["RS256"][0].kid})
        if path == "/fail":
            me.fail = {"n": int(query["n"]), "code": int(query.get("code", 503))}
            return self.send(200, me.fail)
        if path == "/shape":
            me.shape = query
            return self.send(200, query)
        if path == "/reply":
            me.reply = {"n": int(query.get("n", 1)), "code": int(query.get("code", 200)), "body": body,
                        "type": query.get("type", "application/json")}
            return self.send(200, {})
        return self.send(404, {"message": f"no such path: {path}"})

    def do_GET(self):
        path, query = self.query()
        me = self.issuer
        for name in ("github", "gitlab"):
            if path == f"/{name}/.well-known/openid-configuration":
                return self.send(200, {
                    "issuer": f"{me.base}/{name}", "jwks_uri": f"{me.base}/{name}/jwks",
                    "subject_types_supported": ["public", "pairwise"], "response_types_supported": ["id_token"],
                    "id_token_signing_alg_values_supported": ["RS256", "ES256"], "scopes_supported": ["openid"]})
            if path == f"/{name}/jwks":
                return self.send(200, {"keys": [key.jwk for keys in me.keys.values() for key in keys]})
        if path == "/github/idtoken":
            return self.idtoken(query)
        if path == "/mint":
            return self.send(200, {"value": me.mint(query)})
        if path == "/requests":
            return self.send(200, me.requests)
        if path == "/issued":
            return self.send(200, me.issued)
        return self.send(404, {"message": f"no such path: {path}"})

    def idtoken(self, query):
        me = self.issuer
        me.requests.append({"query": query, "accept": self.headers.get("Accept"),
                            "agent": self.headers.get("User-Agent")})
        due = me.take(me.fail)
        if due and due["code"] == 0:
            self.close_connection = True
            return None
        if due:
            return self.send(due["code"], {"message": "scripted failure"})
        due = me.take(me.reply)
        if due:
            return self.send(due["code"], due["body"], due["type"])
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token != me.request_token:
            return self.send(401, {"message": "unauthorized"})
        value = me.mint({k: v for k, v in me.shape.items() if k != "aud"}, aud=query.get("audience"))
        return self.send(200, {"count": len(value), "value": value})


def main():
    cli = argparse.ArgumentParser(description="OIDC issuer for tests")
    cli.add_argument("--port-file", required=True)
    cli.add_argument("--request-token", default=os.environ.get("OIDC_REQUEST_TOKEN", "request-token"))
    cli.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    args = cli.parse_args()
    issuer = Issuer(args.request_token)
    Handler.issuer = issuer
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if args.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*args.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    issuer.base = f"{'https' if args.tls else 'http'}://127.0.0.1:{port}"
    with open(args.port_file + ".new", "w") as out:
        out.write(str(port))
    os.rename(args.port_file + ".new", args.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
