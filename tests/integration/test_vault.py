# SPDX-License-Identifier: Apache-2.0
"""Vault's side of the job against a real OpenBao: every login, every kind of secret, what is said when it fails."""
import base64
import http.server
import json
import os
import pathlib
import threading
import time
import urllib.parse

from support import certs, runner, servers
from support.harness import Case, canary, vault_tokens


class Fake:
    """A small HTTP server inside the test: `answer(method, path, body)` gives (status, object)."""

    def __init__(self, answer):
        self.seen = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.seen.append((self.command, self.path))
                status, reply = answer(self.command, self.path, body)
                data = json.dumps(reply).encode() if reply is not None else b""
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = handle_any

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addr = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


ONE = "secrets:\n  VALUE: vault://secret/data/ci/vault#v\n"


class Vault(Case):
    """What all tests here share: one secret, mounts that are made once."""

    def setUp(self):
        super().setUp()
        self.value = self.secret("ci/vault", v=canary("vault"))["v"]

    def once(self, path, data, namespace=None):
        """Mounts something where nothing is mounted yet."""
        self.bao.call("POST", path, data, namespace=namespace, ok=(200, 204, 400))

    def again(self, job, **env):
        """Another run, as in a job of its own: nothing is exported yet."""
        job.exported, job.saved = {}, {}
        job.env.update(env)
        return job.run("run")

    def exports(self, job, *args, **env):
        step = self.ok(job.run(*(args or ("run",)), env=env))
        self.assertEqual(step.env.get("VALUE"), self.value)
        return step


class Logins(Vault):
    def test_approle(self):
        self.once("sys/auth/approle", {"type": "approle"})
        self.bao.call("POST", "auth/approle/role/ci", {"token_policies": ["ci"], "token_ttl": "5m", "secret_id_num_uses": 1})
        role_id = self.bao.call("GET", "auth/approle/role/ci/role-id")["data"]["role_id"]
        secret_id = self.bao.call("POST", "auth/approle/role/ci/secret-id", {})["data"]["secret_id"]
        self.hidden["secret id"] = secret_id
        job = self.github(ONE, MAYFLY_VAULT_METHOD="approle", MAYFLY_VAULT_ROLE_ID=role_id, MAYFLY_VAULT_SECRET_ID=secret_id,
                          MAYFLY_VAULT_ROLE=None)
        self.exports(job)
        self.ok(job.post())
        self.no_token_left("auth/approle/login")
        step = self.fails(self.again(job), 4, "MF-VAULT-02", "secret id")
        self.nothing_exported(step)

    def test_approle_without_a_secret_id(self):
        self.once("sys/auth/approle", {"type": "approle"})
        self.bao.call("POST", "auth/approle/role/open", {"token_policies": ["ci"], "token_ttl": "5m", "bind_secret_id": False,
                                                         "token_bound_cidrs": ["127.0.0.1/32"]})
        role_id = self.bao.call("GET", "auth/approle/role/open/role-id")["data"]["role_id"]
        job = self.github(ONE, MAYFLY_VAULT_METHOD="approle", MAYFLY_VAULT_ROLE_ID=role_id)
        self.exports(job)
        self.ok(job.post())

    def test_userpass(self):
        self.once("sys/auth/userpass", {"type": "userpass"})
        password = canary("password")
        self.hidden["password"] = password
        self.bao.call("POST", "auth/userpass/users/robot", {"password": password, "token_policies": ["ci"], "token_ttl": "5m"})
        job = self.github(ONE, MAYFLY_VAULT_METHOD="userpass", MAYFLY_VAULT_USERNAME="robot", MAYFLY_VAULT_PASSWORD=password)
        self.exports(job)
        self.ok(job.post())
        self.no_token_left("auth/userpass/login/robot")
        self.fails(self.again(job, MAYFLY_VAULT_PASSWORD=canary("wrong")), 4, "MF-VAULT-02", "invalid username or password")

    def test_kubernetes(self):
        now = int(time.time())
        claims = {"iss": "https://kubernetes.default.svc", "aud": ["https://kubernetes.default.svc"], "iat": now, "nbf": now,
                  "exp": now + 600, "sub": "system:serviceaccount:ci:builder",
                  "kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "builder", "uid": "uid-1"}}}
        parts = (json.dumps({"alg": "ES256", "kid": "k"}).encode(), json.dumps(claims).encode(), os.urandom(64))
        # the signature is the API server's to check, which is a fake here and knows the token
        token = ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)
        self.hidden["service account token"] = token
        good = {"username": "system:serviceaccount:ci:builder", "uid": "uid-1", "groups": ["system:serviceaccounts"]}

        def review(method, path, body):
            spec = json.loads(body)["spec"]
            fits = spec["token"] == token
            status = {"authenticated": fits, "audiences": spec.get("audiences") or ["https://kubernetes.default.svc"]}
            return 201, {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "spec": spec,
                         "status": status | ({"user": good} if fits else {"error": "no"})}
        api = Fake(review)
        self.addCleanup(api.close)
        ca = certs.Authority(self.folder, "kubernetes")
        self.once("sys/auth/kubernetes", {"type": "kubernetes"})
        self.bao.call("POST", "auth/kubernetes/config", {"kubernetes_host": api.addr, "disable_local_ca_jwt": True,
                                                         "kubernetes_ca_cert": pathlib.Path(ca.cert).read_text(),
                                                         "token_reviewer_jwt": token, "disable_iss_validation": True})
        role = {"bound_service_account_names": "builder", "bound_service_account_namespaces": "ci", "token_policies": ["ci"], "token_ttl": "5m"}
        self.bao.call("POST", "auth/kubernetes/role/ci", role)
        job = self.github(ONE, MAYFLY_VAULT_METHOD="kubernetes", MAYFLY_VAULT_ROLE="ci")
        file = job.folder / "service-account"
        file.write_text(token + "\n")
        job.allowed.append((file, "service account token"))
        job.env["MAYFLY_VAULT_KUBERNETES_TOKEN_FILE"] = str(file)
        self.exports(job)
        self.assertIn(("POST", "/apis/authentication.k8s.io/v1/tokenreviews"), api.seen)
        self.ok(job.post())
        self.no_token_left("auth/kubernetes/login")
        self.bao.call("POST", "auth/kubernetes/role/ci", role | {"bound_service_account_names": "other"})
        self.fails(self.again(job), 4, "MF-VAULT-02", "bound_service_account_names")
        file.unlink()
        self.fails(self.again(job), 6, "MF-FS-03", "service-account")

    def test_ready_token_is_used_and_left_alone(self):
        made = self.bao.call("POST", "auth/token/create", {"policies": ["ci"], "ttl": "20m"})["auth"]
        self.hidden["ready token"] = made["client_token"]
        job = self.github(ONE, VAULT_TOKEN=made["client_token"])
        job.allowed.append((job.command_files()["state"], "ready token"))
        mark = self.bao.audit_mark()
        step = self.exports(job)
        self.assertIn("VAULT_TOKEN", step.text)
        self.assertRegex(step.text, r"19 min|20 min")
        self.assertFalse([p for _, p in self.bao.requests_since(mark) if p.endswith("/login")], "it logged in")
        self.ok(job.post())
        self.assertEqual(self.bao.call("GET", "auth/token/lookup-self", token=made["client_token"])["data"]["accessor"], made["accessor"])
        self.bao.call("POST", "auth/token/revoke-accessor", {"accessor": made["accessor"]})
        self.fails(self.again(job), 4, "MF-VAULT-10", "VAULT_TOKEN")

    def test_ready_token_without_default_policy(self):
        made = self.bao.call("POST", "auth/token/create", {"policies": ["ci"], "no_default_policy": True, "ttl": "20m"})["auth"]
        self.hidden["ready token"] = made["client_token"]
        job = self.github(ONE, VAULT_TOKEN=made["client_token"])
        job.allowed.append((job.command_files()["state"], "ready token"))
        step = self.exports(job)
        self.assertIn("how long it lives is not known", step.text)

    def test_a_key_of_our_own(self):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.BestAvailableEncryption(b"key-password")).decode()
        self.once("sys/auth/own", {"type": "jwt"})
        self.bao.call("POST", "auth/own/config", {"jwt_validation_pubkeys": [public], "bound_issuer": "vault-action"})
        self.bao.jwt_role("ci", "own", user_claim="repository", bound_audiences=[], bound_claims={"repository": "octo-org/octo-repo"})
        own = {"MAYFLY_VAULT_PATH": "own", "MAYFLY_VAULT_JWT_KEY": private, "MAYFLY_VAULT_JWT_KEY_PASSWORD": "key-password"}
        job = self.github(ONE, MAYFLY_CHECK="false", **own,
                          ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        self.exports(job)
        self.ok(job.post())
        self.no_token_left("auth/own/login")
        # a key without an end is what the check is for
        self.fails(self.github(ONE, **own).run("run"), 1, "MF-CHECK-01", "MAYFLY_VAULT_JWT_KEY")

    def test_namespaces(self):
        for name in ("team-a", "team-b"):
            self.once(f"sys/namespaces/{name}", {})
        self.once("sys/mounts/kv", {"type": "kv", "options": {"version": "2"}}, namespace="team-a")
        self.bao.call("POST", "sys/policies/acl/ci", {"policy": 'path "kv/data/app" { capabilities = ["read"] }'}, namespace="team-a")
        self.once("sys/auth/jwt", {"type": "jwt"}, namespace="team-a")
        self.bao.call("POST", "auth/jwt/config", {"oidc_discovery_url": self.issuer.github, "bound_issuer": self.issuer.github},
                      namespace="team-a")
        self.bao.call("POST", "auth/jwt/role/ci", {"role_type": "jwt", "user_claim": "sub", "bound_audiences": [self.site.AUDIENCE],
                                                   "token_policies": ["ci"], "token_ttl": "5m"}, namespace="team-a")
        deadline = time.monotonic() + 10        # a new KV 2 mount is being upgraded at first
        while True:
            try:
                self.bao.call("POST", "kv/data/app", {"data": {"v": self.value}}, namespace="team-a")
                break
            except servers.ApiError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
        for ref in ("vault://kv/data/app#v", "vault://kv/app#v"):
            job = self.github(f"secrets: {{ VALUE: '{ref}' }}\n", MAYFLY_VAULT_NAMESPACE="team-a")
            step = self.exports(job)
            token = vault_tokens(step.state)[0]
            self.ok(job.post())
            with self.assertRaises(servers.ApiError):
                self.bao.call("GET", "auth/token/lookup-self", token=token, namespace="team-a")
        self.fails(self.github(ONE, MAYFLY_VAULT_NAMESPACE="team-b").run("run"), 4, "MF-VAULT-02", "namespace 'team-b'", "auth list")
        self.fails(self.github(ONE, MAYFLY_VAULT_NAMESPACE="nowhere").run("run"), 4, "MF-VAULT-02", "no namespace 'nowhere'")


class Refusals(Vault):
    """The likely cause is named, the claims are shown, and the role that would fit."""

    def refused(self, *texts, claim=None, ttl=None, advice=True, **env):
        shape = {"claim": claim} if claim else {}
        if ttl is not None:
            shape["ttl"] = ttl
        self.issuer.shape(**shape)
        self.addCleanup(self.issuer.shape)
        job = self.github(ONE, **env)
        step = self.fails(job.run("run"), 4, "MF-VAULT-02", "sent: iss=" + self.issuer.github, *texts)
        self.issuer.shape()
        self.nothing_exported(step)
        self.no_token_left()
        self.assertEqual("/role/" in step.text, advice, self.shown(step))
        return step

    def test_audience(self):
        self.refused("audience is 'https://other.example'", '"bound_audiences": ["https://other.example"]',
                     MAYFLY_VAULT_AUDIENCE="https://other.example")

    def test_role_without_audiences(self):
        self.bao.jwt_role("noaud", bound_audiences=[], bound_claims={"repository": "octo-org/octo-repo"})
        self.refused("no audiences bound to the role", "bound_audiences", MAYFLY_VAULT_ROLE="noaud")

    def test_unknown_role(self):
        step = self.refused("could not be found", "bao write auth/jwt/role/nope", MAYFLY_VAULT_ROLE="nope")
        # what is printed for pasting makes the login work
        text = step.text[step.text.index("bao write auth/jwt/role/nope"):]
        role = json.loads(text[text.index("{"):text.index("EOF\n", text.index("{"))])
        self.bao.call("POST", "auth/jwt/role/nope", role | {"token_policies": ["ci"]})
        job = self.github(ONE, MAYFLY_VAULT_ROLE="nope")
        self.exports(job)
        self.ok(job.post())
        self.bao.call("DELETE", "auth/jwt/role/nope")

    def test_no_role(self):
        self.refused("missing role", "set 'vault.role'", advice=False, MAYFLY_VAULT_ROLE=None)

    def test_claim(self):
        self.refused('claim "repository"', "repository=mallory/shop", "would need 'mallory/shop'", claim={"repository": "mallory/shop"})

    def test_ref_of_a_pull_request(self):
        self.bao.jwt_role("main", bound_claims={"ref": "refs/heads/main"})
        self.refused("a pull request (ref refs/pull/7/merge)", claim={"ref": "refs/pull/7/merge"}, MAYFLY_VAULT_ROLE="main")

    def test_claim_that_is_not_there(self):
        self.bao.jwt_role("env", bound_claims={"environment": "production"})
        self.refused("environment=(not in the token)", "no claim 'environment'", MAYFLY_VAULT_ROLE="env")

    def test_subject(self):
        self.bao.jwt_role("sub", bound_subject="repo:octo-org/octo-repo:environment:production")
        self.refused("invalid subject", "letter by letter", MAYFLY_VAULT_ROLE="sub")

    def test_issuer(self):
        self.refused("another issuer", "'" + self.issuer.github + "'", advice=False, MAYFLY_VAULT_PATH="gitlab")

    def test_expired(self):
        job = self.github(ONE, ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        # a token that its holder believes to be good: the clocks differ
        self.once("sys/auth/late", {"type": "jwt"})
        self.bao.call("POST", "auth/late/config", {"oidc_discovery_url": self.issuer.github, "bound_issuer": self.issuer.github})
        self.bao.jwt_role("ci", "late", clock_skew_leeway=-1, expiration_leeway=-1)
        token = self.issuer.mint("github", aud=self.site.AUDIENCE, ttl=-600)
        step = job.run("run", env={"MAYFLY_TOKEN_ENV": "OIDC", "OIDC": token})
        self.assertIn(step.code, (3, 4), self.shown(step))
        self.assertIn("expired", step.text)
        self.nothing_exported(step)

    def test_mount(self):
        self.refused("no auth method is mounted at 'auth/nothing-here'", advice=False, MAYFLY_VAULT_PATH="nothing-here")

    def test_mount_of_another_type(self):
        self.once("sys/auth/userpass", {"type": "userpass"})
        self.refused("auth/userpass", advice=False, MAYFLY_VAULT_PATH="userpass")

    def test_mount_without_configuration(self):
        self.once("sys/auth/blank", {"type": "jwt"})
        self.refused("auth/blank", advice=False, MAYFLY_VAULT_PATH="blank")


class Reads(Vault):
    def run_refs(self, *pairs, **env):
        return self.github(**env).run("export", *pairs)

    def test_short_paths_ask_for_each_mount_once(self):
        self.secret("ci/one", v=canary("one"))
        self.secret("ci/two", v=canary("two"))
        self.bao.call("POST", "kv1/ci/short", {"v": self.value})
        mark = self.bao.audit_mark()
        step = self.ok(self.run_refs("A=vault://secret/ci/one#v", "B=vault://secret/ci/two#v", "C=vault://secret/data/ci/vault#v",
                                     "D=vault://kv1/ci/short#v"))
        paths = [p for _, p in self.bao.requests_since(mark)]
        self.assertEqual(len([p for p in paths if p.startswith("sys/internal/ui/mounts/secret")]), 1, paths)
        self.assertEqual(len([p for p in paths if p.startswith("sys/internal/ui/mounts/kv1")]), 1, paths)
        self.assertEqual(sorted(p for p in paths if p.startswith(("secret/", "kv1/"))),
                         ["kv1/ci/short", "secret/data/ci/one", "secret/data/ci/two", "secret/data/ci/vault"])
        self.assertEqual((step.env["C"], step.env["D"]), (self.value, self.value))

    def test_full_paths_ask_for_no_mount(self):
        mark = self.bao.audit_mark()
        self.ok(self.run_refs("A=vault://secret/data/ci/vault#v"))
        self.assertFalse([p for _, p in self.bao.requests_since(mark) if "internal" in p])

    def test_names_that_look_like_paths_of_the_api(self):
        self.secret("ci/data", v=canary("data"))
        step = self.ok(self.run_refs("A=vault://secret/ci/data#v", "B=vault://secret/data/ci/data#v"))
        self.assertEqual(step.env["A"], step.env["B"])

    def test_versions(self):
        first = self.secret("ci/many", v=canary("v1"))["v"]
        second = self.secret("ci/many", v=canary("v2"))["v"]
        third = self.secret("ci/many", v=canary("v3"))["v"]
        step = self.ok(self.run_refs("A=vault://secret/data/ci/many?version=1#v", "B=vault://secret/ci/many?version=2#v",
                                     "C=vault://secret/data/ci/many#v"))
        self.assertEqual((step.env["A"], step.env["B"], step.env["C"]), (first, second, third))
        self.bao.call("POST", "secret/delete/ci/many", {"versions": [1]})
        self.bao.call("PUT", "secret/destroy/ci/many", {"versions": [2]})
        self.fails(self.run_refs("A=vault://secret/data/ci/many?version=1#v"), 4, "MF-VAULT-07", "was deleted", "deleted at 20", "undelete")
        self.fails(self.run_refs("A=vault://secret/ci/many?version=2#v"), 4, "MF-VAULT-07", "version 2 of 'secret/ci/many' was destroyed")
        self.fails(self.run_refs("A=vault://secret/data/ci/many?version=9#v"), 4, "MF-VAULT-06", "version 9")
        self.bao.call("POST", "kv1/ci/plain", {"v": self.value})
        self.fails(self.run_refs("A=vault://kv1/ci/plain?version=1#v"), 4, "MF-VAULT-13", "without versions")

    def test_nothing_there(self):
        self.fails(self.run_refs("A=vault://secret/data/ci/none#v"), 4, "MF-VAULT-06", "nothing at 'secret/data/ci/none'")
        self.fails(self.run_refs("A=vault://secret/ci/none#v"), 4, "MF-VAULT-06", "nothing at 'secret/data/ci/none'")
        self.fails(self.run_refs("A=vault://kv1/ci/none#v"), 4, "MF-VAULT-06")

    def test_not_allowed(self):
        step = self.fails(self.run_refs("A=vault://secret/data/other/x#v"), 4, "MF-VAULT-05", "role 'ci' (policies: ci, default)",
                          'path "secret/data/other/x" {\n  capabilities = ["read"]\n}')
        self.nothing_exported(step)
        self.no_token_left()
        self.fails(self.run_refs("A=vault://secret/other/x#v"), 4, 'path "secret/data/other/x"')
        self.fails(self.run_refs("A=vault://no-such-mount/x/y#v"), 4, "MF-VAULT-05", "tried as it stands and as KV version 2")

    def test_field_that_is_not_there(self):
        self.bao.kv("ci/fields", {"api_key": "x" * 20, "db_password": "y" * 20})
        self.fails(self.run_refs("A=vault://secret/data/ci/fields#apikey"), 4, "MF-FETCH-01", "did you mean 'api_key'?", "'db_password'")

    def test_engine_that_wants_a_body(self):
        self.bao.policy("issue", 'path "pki/issue/web" { capabilities = ["read", "update"] }')
        self.once("sys/mounts/pki", {"type": "pki"})
        self.bao.jwt_role("issue", token_policies=["issue"])
        self.fails(self.run_refs("A=vault://pki/issue/web#certificate", MAYFLY_VAULT_ROLE="issue"), 4, "unsupported operation")

    def test_one_failure_exports_nothing(self):
        step = self.fails(self.run_refs("A=vault://secret/data/ci/vault#v", "B=vault://secret/data/ci/none#v",
                                        "C=vault://secret/data/ci/none2#v"), 4, "MF-VAULT-06", "for 'B'", "1 more failed")
        self.nothing_exported(step)
        self.no_token_left()


class Leases(Vault):
    """A real lease: OpenBao's RabbitMQ engine makes users at a management API, which is a fake here."""

    def setUp(self):
        super().setUp()
        self.users = {}

        def management(method, path, body):
            parts = [urllib.parse.unquote(p) for p in path.split("/")]
            if method == "PUT" and path.startswith("/api/users/"):
                self.users[parts[3]] = json.loads(body)
            if method == "DELETE" and path.startswith("/api/users/"):
                self.users.pop(parts[3], None)
            return (200, []) if method == "GET" else (204, None)
        self.api = Fake(management)
        self.addCleanup(self.api.close)
        self.once("sys/mounts/rabbitmq", {"type": "rabbitmq"})
        self.bao.call("POST", "rabbitmq/config/connection", {"connection_uri": self.api.addr, "username": "admin", "password": "admin"})
        self.bao.call("POST", "rabbitmq/config/lease", {"ttl": "30m", "max_ttl": "1h"})
        self.bao.call("POST", "rabbitmq/roles/app", {"vhosts": json.dumps({"/": {"configure": "", "write": "", "read": ".*"}})})
        self.bao.policy("mq", 'path "rabbitmq/creds/app" { capabilities = ["read"] }\npath "secret/data/ci/*" { capabilities = ["read"] }')
        self.bao.jwt_role("mq", token_policies=["mq"])

    CONFIG = "secrets:\n  MQ: { from: 'vault://rabbitmq/creds/app', prefix: MQ_ }\n"

    def leases(self):
        return self.bao.call("LIST", "sys/leases/lookup/rabbitmq/creds/app", ok=(200, 404)).get("data", {}).get("keys", [])

    def wait_gone(self):
        end = time.monotonic() + 5
        while self.users and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.users, {}, "the dynamic user still exists")
        self.assertEqual(self.leases(), [])

    def test_lease_ends_with_the_job(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_ROLE="mq")
        step = self.ok(job.run("run"))
        self.assertEqual(len(self.users), 1)
        self.assertEqual(step.env["MQ_USERNAME"], list(self.users)[0])
        self.assertGreater(len(step.env["MQ_PASSWORD"]), 16)
        self.assertEqual(len(self.leases()), 1)
        post = self.ok(job.post())
        self.assertIn("1 lease", post.text)
        self.wait_gone()
        self.no_token_left()

    def test_lease_is_asked_for_once(self):
        job = self.github("secrets:\n  U: vault://rabbitmq/creds/app#username\n  P: vault://rabbitmq/creds/app#password\n",
                          MAYFLY_VAULT_ROLE="mq")
        self.ok(job.run("run"))
        self.assertEqual(len(self.users), 1)
        self.ok(job.post())
        self.wait_gone()

    def test_lease_of_a_run_that_fails_is_revoked(self):
        job = self.github(self.CONFIG + "  GONE: vault://secret/data/ci/none#v\n", MAYFLY_VAULT_ROLE="mq")
        step = self.fails(job.run("run"), 4, "MF-VAULT-06")
        self.nothing_exported(step)
        self.wait_gone()
        self.no_token_left()

    def test_lease_of_a_ready_token(self):
        """The token stays; what was made with it goes where that is allowed, and is named where not."""
        self.bao.policy("mq-end", 'path "rabbitmq/creds/app" { capabilities = ["read"] }\n'
                                  'path "sys/leases/revoke" { capabilities = ["update"] }')
        for policies, gone in ((["mq-end"], True), (["mq"], False)):
            made = self.bao.call("POST", "auth/token/create", {"policies": policies, "ttl": "20m"})["auth"]
            self.hidden["ready token"] = made["client_token"]
            job = self.github(self.CONFIG, VAULT_TOKEN=made["client_token"])
            job.allowed.append((job.command_files()["state"], "ready token"))
            self.ok(job.run("run"))
            post = self.ok(job.post())
            if gone:
                self.wait_gone()
            else:
                self.assertEqual(len(self.users), 1)
            self.bao.call("POST", "auth/token/revoke-accessor", {"accessor": made["accessor"]})
            self.wait_gone()

    def test_lease_of_a_batch_token(self):
        self.bao.jwt_role("mq-batch", token_policies=["mq"], token_type="batch", token_max_ttl=0)
        job = self.github(self.CONFIG, MAYFLY_VAULT_ROLE="mq-batch")
        self.ok(job.run("run"))
        post = self.ok(job.post())
        self.assertIn("batch token", post.text)
        self.assertRegex(post.text, r"ends by itself in (9|10) min")
        for lease in self.leases():
            self.bao.call("PUT", "sys/leases/revoke", {"lease_id": "rabbitmq/creds/app/" + lease})
        self.wait_gone()

    def test_inline_authentication_takes_no_lease(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_ROLE="mq", MAYFLY_VAULT_INLINE_AUTH="true")
        step = self.fails(job.run("run"), 4, "MF-VAULT-12", "lease", "vault.inline-auth")
        self.nothing_exported(step)
        self.assertEqual(self.leases(), [])


class Tokens(Vault):
    def test_batch_token(self):
        self.bao.jwt_role("batch", token_type="batch", token_max_ttl=0)
        job = self.github(ONE, MAYFLY_VAULT_ROLE="batch")
        self.exports(job)
        post = self.ok(job.post())
        self.assertIn("batch token", post.text)
        self.assertRegex(post.text, r"ends by itself in (9|10) min")

    def test_token_that_may_not_revoke_itself(self):
        self.bao.jwt_role("alone", token_no_default_policy=True)
        job = self.github(ONE, MAYFLY_VAULT_ROLE="alone")
        self.exports(job)
        post = self.ok(job.post())
        self.assertIn("'auth/token/revoke-self'", post.text)
        self.assertRegex(post.text, r"ends by itself in (9|10) min")

    def test_token_that_is_gone(self):
        job = self.github(ONE)
        self.exports(job)
        for accessor in self.bao.accessors():
            self.bao.call("POST", "auth/token/revoke-accessor", {"accessor": accessor})
        post = self.ok(job.post())
        self.assertIn("had ended already", post.text)

    def test_token_of_few_uses(self):
        self.bao.jwt_role("few", token_num_uses=1)
        job = self.github("secrets:\n  VALUE: vault://secret/data/ci/vault#v\n  SECOND: vault://secret/data/ci/second#v\n",
                          MAYFLY_VAULT_ROLE="few")
        self.secret("ci/second", v=canary("second"))
        self.fails(job.run("run"), 4, "MF-VAULT-10", "used up")

    def test_inline_authentication_leaves_no_token(self):
        job = self.github("secrets:\n  VALUE: vault://secret/data/ci/vault#v\n  SHORT: vault://secret/ci/vault#v\n",
                          MAYFLY_VAULT_INLINE_AUTH="true")
        step = self.exports(job)
        self.assertEqual(step.env["SHORT"], self.value)
        self.assertEqual(self.bao.accessors(), [])
        self.ok(job.post())
        self.fails(self.github(ONE, MAYFLY_VAULT_INLINE_AUTH="true", MAYFLY_VAULT_ROLE="nope").run("run"), 4, "MF-VAULT-12",
                   "could not be found", "bao write auth/jwt/role/nope")
        self.fails(self.github(ONE, MAYFLY_VAULT_INLINE_AUTH="true", MAYFLY_VAULT_EXPORT_TOKEN="true").run("run"), 2, "MF-VAULT-01")


class VaultAction(Vault):
    """Workflows of vault-action's, with its own inputs."""

    def drop_in(self, **inputs):
        given = {"url": self.bao.addr, "method": "jwt", "role": "ci", "jwtGithubAudience": self.site.AUDIENCE} | inputs
        env = {"INPUT_" + name.upper(): value for name, value in given.items() if value is not None}
        return self.github(MAYFLY_INPUTS="vault-action", MAYFLY_VAULT_URL=None, MAYFLY_VAULT_ROLE=None, MAYFLY_VAULT_AUDIENCE=None, **env)

    def test_commonest_workflow(self):
        deploy = self.secret("ci/deploy", api_key=canary("api"), db_password=canary("db"))
        job = self.drop_in(secrets="secret/data/ci/deploy api_key | DEPLOY_API_KEY ; secret/data/ci/deploy db_password | DB_PASSWORD")
        mark = self.bao.audit_mark()
        step = self.ok(job.run("run"))
        self.assertEqual(step.env, {"DEPLOY_API_KEY": deploy["api_key"], "DB_PASSWORD": deploy["db_password"]})
        self.assertEqual(step.outputs, step.env)
        self.assertEqual([p for _, p in self.bao.requests_since(mark) if p.startswith("secret/")], ["secret/data/ci/deploy"])
        self.ok(job.post())
        self.no_token_left()

    def test_selectors(self):
        inner = canary("inner")
        self.hidden["secret inner"] = inner
        self.bao.kv("ci/sel", {"a": {"b": [{"c": "first value"}, {"c": inner}]}, "dot.ted": "dotted value", "dash-ed": "dashed value",
                               "number": 123456789, "flag": True, "camelCase": "camel value"})
        self.bao.call("POST", "kv1/ci/sel", {"plain": "kv1 value here"})
        job = self.drop_in(secrets="""
            secret/data/ci/sel a.b[1].c | INNER ;
            secret/data/ci/sel `dot.ted` ;
            secret/data/ci/sel "dash-ed" ;
            secret/data/ci/sel number ; secret/data/ci/sel flag | FLAG ; secret/data/ci/sel camelCase;
            /kv1/ci/sel plain | OLD ;
            """)
        step = self.ok(job.run("run"))
        self.assertEqual(step.env, {"INNER": inner, "DOT__TED": "dotted value", "DASHED": "dashed value", "NUMBER": "123456789",
                                    "FLAG": "true", "CAMELCASE": "camel value", "OLD": "kv1 value here"})
        self.assertEqual(step.outputs["dot__ted"], "dotted value")
        self.assertEqual(step.outputs["camelCase"], "camel value")
        self.ok(job.post())
        self.fails(self.drop_in(secrets="secret/data/ci/sel $string(a) | N").run("run"), 2, "MF-REF-03", "at character 1")

    def test_two_secrets_on_one_variable(self):
        """Each keeps its own output, and the later one the variable."""
        deploy = self.secret("ci/deploy", api_key=canary("api"), db_password=canary("db"))
        job = self.drop_in(secrets="secret/data/ci/deploy api_key ; secret/data/ci/deploy db_password | API_KEY")
        step = self.ok(job.run("run"))
        self.assertEqual(step.env, {"API_KEY": deploy["db_password"]})
        self.assertEqual(step.outputs, {"api_key": deploy["api_key"], "API_KEY": deploy["db_password"]})
        self.ok(self.drop_in(secrets="secret/data/ci/deploy api_key ; secret/data/ci/deploy api_key | API_KEY").run("run"))

    def test_names_that_no_shell_can_read(self):
        deploy = self.secret("ci/deploy", api_key=canary("api"))
        job = self.drop_in(secrets="secret/data/ci/deploy api_key | my-key.x")
        self.assertEqual(self.ok(job.run("run")).env, {"my-key.x": deploy["api_key"]})
        out = self.new_folder() / "out.sh"
        for to in (f"file:{out}", "shell"):    # a shell would print the value when it fails to set it
            self.fails(job.run("run", "--unmasked-ok", "--to", to), 2, "MF-SINK-02")
        self.assertFalse(out.exists())

    def test_wildcards(self):
        self.bao.kv("ci/wild", {"userName": "user name value", "p.w": "pass word value"})
        job = self.drop_in(secrets="secret/data/ci/wild * | APP_ ; secret/data/ci/wild **")
        step = self.ok(job.run("run"))
        self.assertEqual(step.env, {"APP_USERNAME": "user name value", "APP_P__W": "pass word value", "userName": "user name value",
                                    "p__w": "pass word value"})
        self.ok(job.post())

    def test_later_entries_win(self):
        self.bao.kv("ci/base", {"url": "base url value", "only": "base only value"})
        self.bao.kv("ci/app", {"url": "app url value"})
        step = self.ok(self.drop_in(secrets="secret/data/ci/base * ; secret/data/ci/app *").run("run"))
        self.assertEqual(step.env, {"URL": "app url value", "ONLY": "base only value"})
        self.assertEqual(step.outputs, {"url": "app url value", "only": "base only value"})
        self.assertIn("takes the place of", step.text)

    def test_paths_are_the_servers_own(self):
        self.bao.policy("meta", 'path "secret/metadata/ci/*" { capabilities = ["read", "list"] }')
        self.bao.jwt_role("meta", token_policies=["ci", "meta"])
        self.bao.kv("ci/list/one", {"v": "list one value"})
        mark = self.bao.audit_mark()
        step = self.ok(self.drop_in(role="meta", secrets="""
            secret/metadata/ci/list/one current_version | VERSION ; secret/metadata/ci/list/?list=true keys | NAMES ;
            secret/data//ci/list/one?a=b v | VALUE""").run("run"))
        self.assertEqual(step.env, {"VERSION": "1", "NAMES": '["one"]', "VALUE": "list one value"})
        self.assertEqual([p for _, p in self.bao.requests_since(mark) if p.startswith("sys/")], [])

    def test_variables_of_other_tools(self):
        job = self.drop_in(secrets="secret/data/ci/vault v | VALUE")
        self.exports(job, VAULT_NAMESPACE="nowhere", VAULT_SKIP_VERIFY="perhaps", VAULT_TOKEN="s.other", VAULT_ADDR="http://127.0.0.1:1")
        self.ok(job.post())

    def test_exported_token_comes_alone(self):
        job = self.drop_in(secrets="secret/data/ci/vault v | VALUE", exportToken="true", outputToken="true")
        step = job.run("run", check=False)
        self.assertEqual(step.code, 0)
        env = dict(runner.parse_file_command(job.command_files()["env"].read_bytes()))
        self.assertEqual(sorted(env), ["VALUE", "VAULT_TOKEN"])
        outputs = dict(runner.parse_file_command(job.command_files()["outputs"].read_bytes()))
        self.assertEqual((sorted(outputs), outputs["vault_token"]), (["VALUE", "vault_token"], env["VAULT_TOKEN"]))

    def test_nothing_asked_for(self):
        step = self.ok(self.drop_in(secrets=" ;\n").run("run"))
        self.nothing_exported(step)
        self.assertIn("nothing is done", step.text)

    def test_pki(self):
        self.bao.policy("issue", 'path "pki/issue/web" { capabilities = ["update"] }')
        self.once("sys/mounts/pki", {"type": "pki"})
        self.bao.call("POST", "pki/root/generate/internal", {"common_name": "test root", "ttl": "87600h"})
        self.bao.call("POST", "pki/roles/web", {"allow_any_name": True, "generate_lease": True, "ttl": "1h"})
        self.bao.jwt_role("issue", token_policies=["issue"])
        job = self.drop_in(role="issue", pki='pki/issue/web {"common_name": "web.example.com", "ttl": "10m"} ;')
        step = self.ok(job.run("run"))
        self.assertEqual(sorted(step.env), ["WEB_CA", "WEB_CA_CHAIN", "WEB_CERT", "WEB_KEY"])
        self.assertIn("PRIVATE KEY", step.env["WEB_KEY"])
        self.assertIn("BEGIN CERTIFICATE", step.env["WEB_CA_CHAIN"])
        self.assertEqual(step.outputs["web_cert"], step.env["WEB_CERT"])
        self.ok(job.post())

    def test_not_found(self):
        secrets = "secret/data/ci/none key ; secret/data/ci/vault v"
        self.fails(self.drop_in(secrets=secrets).run("run"), 4, "MF-VAULT-06")
        job = self.drop_in(secrets=secrets, ignoreNotFound="true")
        step = self.ok(job.run("run"))
        self.assertEqual(step.env, {"V": self.value})
        self.assertIn("secret/data/ci/none", step.text)

    def test_outputs_only_and_decoding(self):
        plain = canary("plain")
        self.hidden["secret plain"] = plain
        self.bao.kv("ci/enc", {"k": base64.b64encode(plain.encode()).decode()})
        job = self.drop_in(secrets="secret/data/ci/enc k", secretEncodingType="base64", exportEnv="false")
        step = self.ok(job.run("run"))
        self.assertEqual((step.env, step.outputs), ({}, {"k": plain}))
        self.ok(job.post())

    def test_approle_and_token(self):
        self.once("sys/auth/approle", {"type": "approle"})
        self.bao.call("POST", "auth/approle/role/va", {"token_policies": ["ci"], "token_ttl": "5m"})
        role_id = self.bao.call("GET", "auth/approle/role/va/role-id")["data"]["role_id"]
        secret_id = self.bao.call("POST", "auth/approle/role/va/secret-id", {})["data"]["secret_id"]
        job = self.drop_in(method="approle", role=None, roleId=role_id, secretId=secret_id, secrets="secret/data/ci/vault v | VALUE")
        self.exports(job)
        self.ok(job.post())
        made = self.bao.call("POST", "auth/token/create", {"policies": ["ci"], "ttl": "20m"})["auth"]
        job = self.drop_in(method=None, role=None, token=made["client_token"], secrets="secret/data/ci/vault v | VALUE")
        self.exports(job)

    def test_other_method_with_a_payload(self):
        self.once("sys/auth/userpass", {"type": "userpass"})
        self.once("sys/auth/custom", {"type": "approle"})
        self.bao.call("POST", "auth/custom/role/va", {"token_policies": ["ci"], "bind_secret_id": False, "token_bound_cidrs": ["127.0.0.1/32"]})
        role_id = self.bao.call("GET", "auth/custom/role/va/role-id")["data"]["role_id"]
        job = self.drop_in(method="custom", role=None, authPayload=json.dumps({"role_id": role_id}), secrets="secret/data/ci/vault v | VALUE")
        self.exports(job)
        self.ok(job.post())
        self.no_token_left("auth/custom/login")


class Local(Vault):
    def test_variables_and_files(self):
        text = canary("local")
        self.hidden["secret local"] = text
        job = self.github("secrets:\n  FROM_ENV: env://GIVEN\n  FROM_FILE: 'file:///FILE#/a/b'\n  VALUE: vault://secret/data/ci/vault#v\n",
                          GIVEN=text)
        file = job.folder / "given.json"
        file.write_text(json.dumps({"a": {"b": text}}))
        job.allowed.append((file, "secret "))
        config = job.work / ".mayfly.yml"
        config.write_text(config.read_text().replace("/FILE", str(file)))
        step = self.exports(job)
        self.assertEqual((step.env["FROM_ENV"], step.env["FROM_FILE"]), (text, text))
        self.assertIn(text, step.log.masks)
        self.ok(job.post())
        job.env.pop("GIVEN")
        mark = self.bao.audit_mark()
        self.fails(self.again(job), 2, "MF-FETCH-05", "GIVEN")
        self.assertFalse([p for _, p in self.bao.requests_since(mark) if p.startswith("secret/")])
