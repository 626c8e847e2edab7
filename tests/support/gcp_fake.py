# SPDX-License-Identifier: Apache-2.0
"""Fakes, not Google: the Security Token Service, IAM Credentials, OAuth's token endpoint, IAM's workload identity providers, Secret Manager and a machine's metadata server, on loopback.

Written after Google's documentation. They verify what the real ones verify, the identity token's signature and claims included, know every field that they
take and refuse all others. google-auth is proven against them in test_gcp.py.
"""
import base64
import email.utils
import http.server
import json
import os
import re
import ssl
import threading
import time
import urllib.parse

from . import jwtcheck

POOL = "projects/123456789012/locations/global/workloadIdentityPools/ci"
PROVIDER = POOL + "/providers/github"
ACCOUNT = "deploy@shop-1.iam.gserviceaccount.com"
ROBOT = "robot@shop-1.iam.gserviceaccount.com"
PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
IAM_SCOPE = "https://www.googleapis.com/auth/iam"      # what google-auth asks for to act as an account
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TYPE, JWT_TYPE = "urn:ietf:params:oauth:token-type:access_token", "urn:ietf:params:oauth:token-type:jwt"
BEARER_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def crc32c(data):
    """RFC 3720 B.4, bit by bit."""
    rest = 0xffffffff
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0x82f63b78 if rest & 1 else 0)
    return rest ^ 0xffffffff


class Refused(Exception):
    def __init__(self, status, code, text, reason=None):
        super().__init__(text)
        self.status, self.code, self.text, self.reason = status, code, text, reason


class Google:
    """`condition` is the provider's attribute condition, `users` who may act as which account, `replies` a list of (status, headers, body) that come first."""

    def __init__(self, issuer, tls=None):
        self.issuer = issuer
        self.trusted, self.audiences = issuer.github, ["https://iam.googleapis.com/" + PROVIDER]
        self.condition = lambda claims: claims.get("repository") == "octo-org/octo-repo"
        self.users = {ACCOUNT: {"subject"}, ROBOT: {ACCOUNT}}
        self.delegated, self.longest = {"person@example.com"}, 3600
        self.tokens, self.signed, self.secrets, self.seen, self.replies, self.forms = {}, {}, {}, [], [], []
        self.skew, self.life, self.flavor, self.readers = 0, 3599, "Google", None
        self.viewers, self.provider_more = {"subject"}, {"attributeCondition": "assertion.repository == 'octo-org/octo-repo'"}
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def date_time_string(self, timestamp=None):
                return email.utils.formatdate(time.time() + fake.skew, usegmt=True)

            def any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.seen.append((self.command, self.path, self.headers.get("X-Goog-Request-Reason")))
                if fake.replies:
                    status, headers, data = fake.replies.pop(0)
                else:
                    status, headers, reply = fake.answer(self.command, self.path, self.headers, body)
                    data = json.dumps(reply).encode()
                self.send_response(status)
                for name, value in ({"Content-Type": "application/json; charset=UTF-8"} | headers).items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                self.close_connection |= "Content-Length" in headers

            do_GET = do_POST = do_PUT = any

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.addr = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def put(self, project, name, content, location=None, **more):
        """A further version; its number."""
        versions = self.secrets.setdefault((project, location, name), [])
        payload = {"data": base64.b64encode(content).decode(), "dataCrc32c": str(crc32c(content))} | more
        versions.append({k: v for k, v in payload.items() if v is not None})
        return len(versions)

    def give(self, who, scopes, life=None):
        token = "ya29." + os.urandom(100).hex()
        self.tokens[token] = (who, scopes, time.time() + (life or self.life))
        return token

    # -- the Security Token Service

    def verify(self, token):
        try:
            claims = jwtcheck.verified(token, self.trusted, self.issuer.ca) if jwtcheck.claims_of(token)[1].get("iss") == self.trusted else jwtcheck.claims_of(token)[1]
        except jwtcheck.Bad as e:
            raise Refused(400, "invalid_grant", f"Error verifying the token's signature: {e}.")
        if claims.get("iss") != self.trusted:
            raise Refused(400, "invalid_grant", f"The issuer in ID Token {claims.get('iss')} does not match the expected ones: {self.trusted}")
        auds = jwtcheck.audiences(claims)
        if not set(auds) & set(self.audiences):
            raise Refused(400, "invalid_grant", f"The audience in ID Token [{', '.join(auds)}] does not match the expected audience.")
        now = time.time() + self.skew
        if claims["exp"] < now or claims.get("iat", 0) > now + 600:
            raise Refused(400, "invalid_grant", f"ID Token issued at {claims.get('iat')} is stale to sign-in.")
        if len(claims["sub"].encode()) > 127:
            raise Refused(400, "invalid_request", "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming "
                          "assertion to produce a mapped attribute that is less than 127 bytes.")
        if not self.condition(claims):
            raise Refused(403, "unauthorized_client", "The given credential is rejected by the attribute condition.")
        return claims

    def exchange(self, headers, body):
        """Both forms of it: JSON with our names, and RFC 8693's form, which google-auth sends."""
        kind = headers.get("Content-Type", "").split(";")[0]
        if headers.get("Authorization"):
            raise Refused(401, "invalid_client", "The OAuth client was not found.")
        if kind == "application/json":
            form = json.loads(body)
            known = {"grantType": "grant_type", "audience": "audience", "scope": "scope", "requestedTokenType": "requested_token_type", "subjectToken": "subject_token",
                     "subjectTokenType": "subject_token_type"}
            if set(form) - set(known):
                raise Refused(400, "invalid_request", f"Unknown name {sorted(set(form) - set(known))}")
            form = {known[k]: v for k, v in form.items()}
        elif kind == "application/x-www-form-urlencoded":
            form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode(), strict_parsing=True).items()}
        else:
            raise Refused(400, "invalid_request", "Bad Content-Type")
        self.forms.append({k: v for k, v in form.items() if k != "subject_token"})
        if form.get("grant_type") != EXCHANGE or form.get("requested_token_type") != ACCESS_TYPE or form.get("subject_token_type") != JWT_TYPE:
            raise Refused(400, "invalid_request", "Invalid grant, requested or subject token type")
        if form.get("audience") != "//iam.googleapis.com/" + PROVIDER:
            raise Refused(400, "invalid_target", 'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or '
                          "deleted or because it doesn't exist.")
        if not form.get("scope"):
            raise Refused(400, "invalid_scope", "Scope(s) must be provided.")
        claims = self.verify(form.get("subject_token", ""))
        return {"access_token": self.give("subject", form["scope"].split()), "issued_token_type": ACCESS_TYPE, "token_type": "Bearer", "expires_in": self.life}

    # -- IAM Credentials

    def caller(self, headers):
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        who, scopes, end = self.tokens.get(token, (None, None, 0))
        if scheme != "Bearer" or end < time.time():
            raise Refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        return who, scopes

    def account(self, name, verb, headers, body):
        who, scopes = self.caller(headers)
        if headers.get("Content-Type", "").split(";")[0] != "application/json":
            raise Refused(400, "INVALID_ARGUMENT", "Bad Content-Type")
        if not {PLATFORM, IAM_SCOPE} & set(scopes):
            raise Refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        form = json.loads(body)
        known = {"generateAccessToken": {"scope", "lifetime", "delegates"}, "generateIdToken": {"audience", "includeEmail", "delegates"}, "signJwt": {"payload", "delegates"}}[verb]
        if set(form) - known:
            raise Refused(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. Unknown name {sorted(set(form) - known)}")
        for step in form.get("delegates") or []:
            if not re.fullmatch(r"projects/-/serviceAccounts/[^/]+", step):
                raise Refused(400, "INVALID_ARGUMENT", "Invalid delegate")
            step = step.rpartition("/")[2]
            if who not in self.users.get(step, ()):
                raise Refused(403, "PERMISSION_DENIED", f"Permission 'iam.serviceAccounts.{verb}' denied on resource (or it may not exist).")
            who = step
        if name not in self.users:
            raise Refused(404, "NOT_FOUND", f"Not found; Gaia id not found for email {name}")
        if who not in self.users[name]:
            permission = {"generateAccessToken": "getAccessToken", "generateIdToken": "getOpenIdToken", "signJwt": "signJwt"}[verb]
            raise Refused(403, "PERMISSION_DENIED", f"Permission 'iam.serviceAccounts.{permission}' denied on resource (or it may not exist).", "IAM_PERMISSION_DENIED")
        if verb == "generateAccessToken":
            life = re.fullmatch(r"([0-9]+)s", form.get("lifetime", "3600s"))
            if not life or not form.get("scope"):
                raise Refused(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
            if int(life[1]) > self.longest:
                raise Refused(400, "INVALID_ARGUMENT", f"The access token lifetime cannot exceed {self.longest}s.")
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.skew + int(life[1])))
            return {"accessToken": self.give(name, form["scope"], int(life[1])), "expireTime": end}
        if verb == "generateIdToken":
            if not form.get("audience"):
                raise Refused(400, "INVALID_ARGUMENT", "audience is required")
            claims = {"aud": form["audience"], "sub": name} | ({"email": name} if form.get("includeEmail") else {})
            return {"token": "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + "." + os.urandom(32).hex()}
        payload = json.loads(form["payload"])
        if payload["iss"] != name or payload["exp"] - payload["iat"] > 3600 or abs(payload["iat"] - time.time()) > 60:
            raise Refused(400, "INVALID_ARGUMENT", "Invalid payload")
        text = "e30.e30." + os.urandom(32).hex()
        self.signed[text] = payload
        return {"keyId": "1", "signedJwt": text}

    def person(self, headers, body):
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode(), strict_parsing=True).items()}
        if headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded" or set(form) != {"grant_type", "assertion"} or form["grant_type"] != BEARER_GRANT:
            raise Refused(400, "invalid_request", "Bad request")
        payload = self.signed.get(form["assertion"])
        if not payload or payload["aud"] != "https://oauth2.googleapis.com/token":
            raise Refused(400, "invalid_grant", "Invalid JWT Signature.")
        if payload["sub"] not in self.delegated:
            raise Refused(401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.")
        return {"access_token": self.give(payload["sub"], payload["scope"].split()), "token_type": "Bearer", "expires_in": self.life}

    # -- Secret Manager

    def secret(self, path, headers):
        who, scopes = self.caller(headers)
        m = re.fullmatch(r"/v1/projects/([^/]+)(?:/locations/([^/]+))?/secrets/([^/]+)/versions/([^/:]+):access", path)
        if not m:
            raise Refused(404, "NOT_FOUND", "no such path")
        project, location, name, version = m.groups()
        if self.readers is not None and who not in self.readers:
            raise Refused(403, "PERMISSION_DENIED", f"Permission 'secretmanager.versions.access' denied for resource 'projects/{project}/secrets/{name}/versions/{version}' (or it may "
                          "not exist).", "IAM_PERMISSION_DENIED")
        versions = self.secrets.get((project, location, name))
        if not versions or (version != "latest" and not (version.isdigit() and 0 < int(version) <= len(versions))):
            raise Refused(404, "NOT_FOUND", f"Secret [projects/{project}/secrets/{name}] not found or has no versions.")
        n = len(versions) if version == "latest" else int(version)
        if versions[n - 1].get("state"):
            raise Refused(400, "FAILED_PRECONDITION", f"Secret Version [projects/{project}/secrets/{name}/versions/{n}] is in {versions[n - 1]['state']} state.")
        where = f"projects/123456789012{'/locations/' + location if location else ''}/secrets/{name}/versions/{n}"
        return {"name": where, "payload": versions[n - 1]}

    # -- IAM: pools and their providers

    def provider(self, name, headers):
        who, scopes = self.caller(headers)
        if PLATFORM not in scopes or who not in self.viewers:
            raise Refused(403, "PERMISSION_DENIED", f"Permission 'iam.workloadIdentityPoolProviders.get' denied on resource '//iam.googleapis.com/{name}' (or it may not exist).",
                          "IAM_PERMISSION_DENIED")
        if name != PROVIDER:
            raise Refused(404, "NOT_FOUND", "Requested entity was not found.")
        return {"name": PROVIDER, "state": "ACTIVE", "attributeMapping": {"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"},
                "oidc": {"issuerUri": self.trusted}} | self.provider_more

    # -- a machine

    def metadata(self, headers):
        if headers.get("Metadata-Flavor") != "Google" or headers.get("X-Forwarded-For"):
            return 403, {}, {"error": "forbidden"}
        return 200, {"Metadata-Flavor": self.flavor}, {"access_token": self.give("machine", [PLATFORM]), "expires_in": self.life, "token_type": "Bearer"}

    def answer(self, method, target, headers, body):
        url = urllib.parse.urlsplit(target)
        account = re.fullmatch(r"/v1/projects/-/serviceAccounts/([^/]+):(generateAccessToken|generateIdToken|signJwt)", urllib.parse.unquote(url.path))
        oauth = url.path in ("/v1/token", "/token")
        try:
            if method == "POST" and url.path == "/v1/token":
                return 200, {}, self.exchange(headers, body)
            if method == "POST" and url.path == "/token":
                return 200, {}, self.person(headers, body)
            if method == "POST" and account:
                return 200, {}, self.account(*account.groups(), headers, body)
            if method == "GET" and url.path == "/computeMetadata/v1/instance/service-accounts/default/token":
                return self.metadata(headers)
            if method == "GET" and "/workloadIdentityPools/" in url.path:
                return 200, {}, self.provider(urllib.parse.unquote(url.path)[len("/v1/"):], headers)
            if method == "GET":
                return 200, {}, self.secret(urllib.parse.unquote(url.path), headers)
            raise Refused(404, "NOT_FOUND", "no such path")
        except Refused as e:
            if oauth:
                return e.status, {}, {"error": e.code, "error_description": e.text}
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": e.reason, "domain": "googleapis.com"}] if e.reason else []
            return e.status, {}, {"error": {"code": e.status, "message": e.text, "status": e.code} | ({"details": details} if details else {})}
