# SPDX-License-Identifier: Apache-2.0
"""Fakes, not Azure: Entra ID's token endpoint, Key Vault and the two endpoints for managed identities, on loopback.

Written after Microsoft's documentation. They verify what the real ones verify, the assertion's signature and claims included, and refuse what those
refuse. azure-identity and azure-keyvault-secrets are proven against them in test_azure.py.
"""
import base64
import datetime
import email.utils
import http.server
import json
import os
import re
import ssl
import threading
import time
import urllib.parse
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import servers

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TENANT, CLIENT = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
RESOURCES = ("https://management.azure.com", "https://vault.azure.net", "https://graph.microsoft.com")
API = ("7.4", "7.5", "7.6", "2025-07-01", "2026-04-01")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Refused(Exception):
    def __init__(self, status, code, text, error="invalid_client"):
        super().__init__(text)
        self.status, self.code, self.text, self.error = status, code, text, error


class Azure:
    """`credential` is the application's federated credential: iss, sub, aud. `replies` is a list of (status, headers, body) that come first."""

    def __init__(self, issuer, tls=None):
        self.issuer, self.tls = issuer, tls
        self.credential = {"iss": issuer.github, "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "aud": "api://AzureADTokenExchange"}
        self.issued, self.items, self.seen, self.replies = {}, {}, [], []
        self.skew, self.life, self.readable, self.expression = 0, 3599, True, None
        self.identity_header = "header-" + os.urandom(12).hex()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def date_time_string(self, timestamp=None):
                return email.utils.formatdate(time.time() + fake.skew, usegmt=True)

            def any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.seen.append((self.command, self.path))
                if fake.replies:
                    status, headers, data = fake.replies.pop(0)
                else:
                    status, headers, reply = fake.answer(self.command, self.path, self.headers, body)
                    data = json.dumps(reply).encode()
                self.send_response(status)
                for name, value in ({"Content-Type": "application/json"} | headers).items():
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
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.addr = ("https://" if tls else "http://") + self.host
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def put(self, kind, name, body, **attributes):
        version = uuid.uuid4().hex
        key = "kid" if kind == "keys" else "id"
        item = {"attributes": {"enabled": True, "created": 1700000000, "updated": 1700000000} | attributes}
        item |= {"key": body} if kind == "keys" else body
        (item["key"] if kind == "keys" else item)[key] = f"{self.addr}/{kind}/{name}/{version}"
        self.items.setdefault((kind, name.lower()), {})[version] = item
        return version

    # -- Entra ID

    def verify(self, token, client):
        try:
            head, body, signature = token.split(".")
            header, claims = json.loads(unb64(head)), json.loads(unb64(body))
        except ValueError:
            raise Refused(401, 50027, "JWT token is invalid or malformed.")
        want = self.credential
        if claims.get("iss") != want["iss"]:
            raise Refused(401, 700211, f"No matching federated identity record found for presented assertion issuer '{claims.get('iss')}'.")
        _, raw = servers.request("GET", want["iss"] + "/jwks", ca=self.issuer.ca)
        jwk = next((k for k in json.loads(raw)["keys"] if k["kid"] == header.get("kid") and k["kty"] == "RSA"), None)
        if not jwk or header.get("alg") != "RS256":
            raise Refused(401, 700027, "The certificate with identifier used to sign the client assertion is not registered on application.")
        key = rsa.RSAPublicNumbers(*(int.from_bytes(unb64(jwk[n]), "big") for n in ("e", "n"))).public_key()
        try:
            key.verify(unb64(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise Refused(401, 700027, "Client assertion failed signature validation.")
        now = time.time() + self.skew
        if claims["exp"] < now - 300 or claims.get("nbf", 0) > now + 300 or claims["exp"] < now and not self.skew:
            raise Refused(401, 700024, "Client assertion is not within its valid time range.")
        auds = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if want["aud"] not in auds:
            raise Refused(401, 700212, f"No matching federated identity record found for presented assertion audience '{auds[0]}'.")
        if claims["sub"] != want["sub"]:
            code = 7002138 if claims["sub"].lower() == want["sub"].lower() else 700213
            raise Refused(401, code, f"No matching federated identity record found for presented assertion subject '{claims['sub']}'.")

    def token(self, tenant, headers, body):
        if headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise Refused(400, 900144, "The request body must contain the following parameter: 'grant_type'.", "invalid_request")
        form = urllib.parse.parse_qs(body.decode(), strict_parsing=True)
        if any(len(v) != 1 for v in form.values()):
            raise Refused(400, 9000411, "The request is not properly formatted. A parameter is duplicated.", "invalid_request")
        form = {k: v[0] for k, v in form.items()}
        if tenant != TENANT:
            raise Refused(400, 90002, f"Tenant '{tenant}' not found.", "invalid_request")
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, 70003, "The app requested an unsupported grant type.", "unsupported_grant_type")
        if form.get("client_id") != CLIENT:
            raise Refused(400, 700016, f"Application with identifier '{form.get('client_id')}' was not found in the directory.", "unauthorized_client")
        if form.get("client_assertion_type") != ASSERTION or "client_assertion" not in form:
            raise Refused(401, 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
        scope = form.get("scope", "")
        if not scope.endswith("/.default"):
            raise Refused(400, 1002012, f"The provided value for scope {scope} is not valid.", "invalid_scope")
        self.verify(form["client_assertion"], form["client_id"])
        resource = scope[:-len("/.default")]
        if resource not in RESOURCES:
            raise Refused(400, 500011, f"The resource principal named {resource} was not found in the tenant.", "invalid_resource")
        return {"token_type": "Bearer", "expires_in": self.life, "ext_expires_in": self.life, "access_token": self.give(resource)}

    def give(self, resource):
        token = "entra-" + os.urandom(600).hex()
        self.issued[token] = resource
        return token

    # -- Microsoft Graph

    def graph(self, path, headers):
        """Lists the federated credentials of the application; version 1.0 has no expressions."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self.issued.get(token) != "https://graph.microsoft.com":
            return 401, {}, {"error": {"code": "InvalidAuthenticationToken", "message": "Access token validation failure. Invalid audience."}}
        m = re.fullmatch(r"/(v1\.0|beta)/applications\(appId='([^']+)'\)/federatedIdentityCredentials", path)
        if not self.readable:
            return 403, {}, {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}}
        if not m or m[2] != CLIENT:
            return 404, {}, {"error": {"code": "Request_ResourceNotFound", "message": "Resource does not exist or one of its queried reference-property objects are not present."}}
        one = {"name": "main", "issuer": self.credential["iss"], "subject": self.credential["sub"], "audiences": [self.credential["aud"]]}
        if self.expression:
            one |= {"subject": None} | ({"claimsMatchingExpression": {"value": self.expression, "languageVersion": 1}} if m[1] == "beta" else {})
        return 200, {}, {"@odata.context": f"{self.addr}/{m[1]}/$metadata#federatedIdentityCredentials", "value": [one]}

    # -- Key Vault

    def vault(self, path, query, headers):
        def refuse(status, code, message, inner=None, more=None):
            return status, more or {}, {"error": {"code": code, "message": message} | ({"innererror": {"code": inner}} if inner else {})}
        kind, name, *version = path.strip("/").split("/")
        if query.get("api-version") not in API:
            return refuse(400, "BadParameter", "api-version must be specified")
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self.issued.get(token) != "https://vault.azure.net":
            challenge = f'Bearer authorization="{self.addr}/{TENANT}", resource="https://vault.azure.net"'
            return refuse(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", more={"WWW-Authenticate": challenge})
        if name == "forbidden":
            return refuse(403, "Forbidden", "Caller is not authorized to perform action on resource.", "ForbiddenByRbac")
        versions = self.items.get((kind, name.lower()))
        item = versions and versions.get(version[0] if version and version[0] else list(versions)[-1])
        if not item:
            return refuse(404, "SecretNotFound", f"A {kind[:-1]} with (name/id) {name} was not found in this key vault.")
        if not item["attributes"]["enabled"]:
            return refuse(403, "Forbidden", f"Operation get is not allowed on a disabled {kind[:-1]}.", "SecretDisabled")
        return 200, {}, item

    # -- managed identities

    def managed(self, query, headers, imds):
        if imds and (headers.get("Metadata") != "true" or query.get("api-version") != "2018-02-01" or headers.get("X-Forwarded-For")):
            return 400, {}, {"error": "invalid_request", "error_description": "Required metadata header not specified"}
        if not imds and (headers.get("X-IDENTITY-HEADER") != self.identity_header or query.get("api-version") != "2019-08-01"):
            return 401, {}, {"statusCode": 401, "message": "unauthorized"}
        if query.get("client_id", CLIENT) != CLIENT or query.get("resource") not in RESOURCES:
            return 400, {}, {"error": "invalid_request", "error_description": "Identity not found"}
        expires = str(int(time.time()) + self.life)
        return 200, {}, {"access_token": self.give(query["resource"]), "client_id": CLIENT, "expires_in": str(self.life), "expires_on": expires,
                         "resource": query["resource"], "token_type": "Bearer"}

    def answer(self, method, target, headers, body):
        url = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(url.query))
        tenant, _, rest = url.path.strip("/").partition("/")
        if method == "GET" and rest == "v2.0/.well-known/openid-configuration":
            base = f"{self.addr}/{tenant}"
            return 200, {}, {"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
                             "jwks_uri": base + "/discovery/v2.0/keys"}
        if method == "POST" and rest == "oauth2/v2.0/token":
            try:
                return 200, {}, self.token(tenant, headers, body)
            except Refused as e:
                stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
                text = f"AADSTS{e.code}: {e.text} Trace ID: {uuid.uuid4()} Correlation ID: {uuid.uuid4()} Timestamp: {stamp}"
                return e.status, {}, {"error": e.error, "error_description": text, "error_codes": [e.code], "timestamp": stamp}
        if method == "GET" and tenant in ("secrets", "certificates", "keys") and rest:
            return self.vault(url.path, query, headers)
        if method == "GET" and tenant in ("v1.0", "beta"):
            return self.graph(urllib.parse.unquote(url.path), headers)
        if method == "GET" and url.path in ("/metadata/identity/oauth2/token", "/msi/token"):
            return self.managed(query, headers, url.path != "/msi/token")
        return 404, {}, {"error": {"code": "NotFound", "message": "no such path"}}
