# SPDX-License-Identifier: Apache-2.0
"""AWS for tests: MiniStack, which verifies signatures, session tokens, policies and the trust in an identity provider, behind a gate of ours that checks what
MiniStack does not: an identity token's signature, audience and time, and every parameter of AssumeRoleWithWebIdentity (AWS STS API reference)."""
import email.utils
import json
import os
import re
import time
import urllib.parse
from xml.sax.saxutils import escape

from . import jwtcheck, servers, tools
from .front import Front

ACCOUNT, REGION = "000000000000", "eu-west-1"
WEB_IDENTITY = {"Action", "Version", "RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds", "Policy", "ProviderId"}


class Emulator(servers.Process):
    """An emulator of AWS on a free port."""
    health = "/"

    def __init__(self):
        super().__init__()
        try:
            for attempt in range(3):    # the free port may be taken by somebody else in between
                self.port = servers.free_port()
                self.addr = f"http://127.0.0.1:{self.port}"
                self.start()
                try:
                    self.wait_until(lambda: servers.request("GET", self.addr + self.health, timeout=3)[0] == 200, 60)
                    return
                except servers.ServerError as e:
                    if attempt == 2 or "address already in use" not in str(e).lower():
                        raise
        except BaseException:
            self.close()
            raise

    def client(self, service, env=None, addr=None):
        """boto3's client with the administrator's keys, or with those of an environment that was handed over."""
        import boto3
        from botocore.config import Config
        env = env or {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        return boto3.client(service, endpoint_url=addr or self.addr, region_name=env.get("AWS_REGION", REGION), aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"], aws_session_token=env.get("AWS_SESSION_TOKEN"),
                            config=Config(retries={"total_max_attempts": 1}, proxies={}))

    def provider(self, issuer, audiences=("sts.amazonaws.com",)):
        return self.client("iam").create_open_id_connect_provider(Url=issuer, ClientIDList=list(audiences))["OpenIDConnectProviderArn"]

    def role(self, name, trust, *statements):
        """The ARN of a role with this trust (a statement) and what it may do."""
        iam = self.client("iam")
        trust = {"Version": "2012-10-17", "Statement": trust if isinstance(trust, list) else [trust]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        return arn

    def user_keys(self, name, *statements):
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


class MiniStack(Emulator):
    """Verifies signatures, session tokens, policies and the trust in an identity provider."""
    name, health = "ministack", "/_ministack/health"

    def start(self):
        self.spawn([tools.find("ministack")], {
            "AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "IOT_MTLS_PORT": "0",
            "MINISTACK_STATE_DIR": str(self.folder), "PERSIST_STATE": "0"})


class Moto(Emulator):
    """The older emulator: knows no trust, and has versions, stages, labels and errors of its own making. `authenticate()` makes it look at keys and policies."""
    name, health = "moto", "/moto-api/data.json"

    def start(self):
        self.spawn([tools.find("moto_server"), "-H", "127.0.0.1", "-p", str(self.port)])

    def authenticate(self, after):
        """From the request after the next `after` ones on."""
        servers.request("POST", self.addr + "/moto-api/reset-auth", str(after).encode(), {"Content-Type": "text/plain"})


def allow(*actions, resource="*"):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def federated(provider, issuer, sub, aud="sts.amazonaws.com", operator="StringEquals"):
    host = issuer.split("://", 1)[1]
    return {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {operator: {f"{host}:aud": aud, f"{host}:sub": sub}}}


def trusted(principal, condition=None, *more):
    out = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole", "sts:TagSession", *more]}
    return out | ({"Condition": condition} if condition else {})


def error_xml(code, message, fault="Sender"):
    return (f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n    <Type>{fault}</Type>\n    <Code>{code}</Code>\n'
            f"    <Message>{escape(message)}</Message>\n  </Error>\n  <RequestId>00000000-1111-2222-3333-444444444444</RequestId>\n</ErrorResponse>\n")


def error(code, message, status=400, headers=None):
    """A rule that answers so."""
    return lambda call: call.reply(status, error_xml(code, message), headers, "text/xml")


def form(call):
    return {k: v[0] for k, v in urllib.parse.parse_qs(call.body.decode(), keep_blank_values=True).items()}


class Gate(Front):
    """In front of MiniStack. `skew`: seconds that its clock is ahead; `issuers`: {issuer: audiences} of the account's identity providers."""

    def __init__(self, stack, issuers, max_duration=3600, tls=None):
        super().__init__(stack.addr, keep_host=True, tls=tls)
        self.skew, self.issuers, self.max_duration = 0, issuers, max_duration
        self.on("/", self.check)

    def actions(self):
        return [urllib.parse.parse_qs(body.decode()).get("Action", ["?"])[0] for _, _, _, body in self.seen]

    def forms(self, action):
        found = [{k: v[0] for k, v in urllib.parse.parse_qs(body.decode()).items()} for _, _, _, body in self.seen]
        return [f for f in found if f.get("Action") == action]

    def check(self, call):
        params = form(call)
        if params.get("Action") != "AssumeRoleWithWebIdentity":
            return "pass"
        bad = self.refusal(call, params)
        if not bad:
            return "pass"
        date = {"Date": email.utils.formatdate(time.time() + self.skew, usegmt=True)}
        return call.reply(bad[0], error_xml(bad[1], bad[2]), date, "text/xml")

    def refusal(self, call, params):
        if (call.method, call.path) != ("POST", "/"):
            return 404, "UnknownOperationException", "POST / only"
        if call.headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
            return 400, "InvalidAction", "no form"
        if call.headers.get("Authorization") or params.get("Version") != "2011-06-15":
            return 400, "InvalidAction", "signed, or of another version"
        unknown = [k for k in params if k not in WEB_IDENTITY and not re.fullmatch(r"PolicyArns\.member\.([1-9]|10)\.arn", k)]
        if unknown:
            return 400, "ValidationError", f"unknown parameters {unknown}"
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", params.get("RoleSessionName", ""), re.ASCII):
            return 400, "ValidationError", "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint"
        duration = params.get("DurationSeconds", "3600")
        if not duration.isdigit() or not 900 <= int(duration) <= 43200:
            return 400, "ValidationError", "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint"
        if int(duration) > self.max_duration:
            return 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        if "Policy" in params and (len(params["Policy"]) > 2048 or "Statement" not in json.loads(params["Policy"])):
            return 400, "MalformedPolicyDocument", "The policy is not in the valid JSON format."
        return self.token_refusal(params.get("WebIdentityToken", ""))

    def token_refusal(self, token):
        if not 4 <= len(token) <= 20000:
            return 400, "ValidationError", "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint"
        try:
            issuer = jwtcheck.claims_of(token)[1].get("iss")
            if issuer not in self.issuers:
                return 400, "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"
            claims = jwtcheck.verified(token, issuer)
        except jwtcheck.Bad:
            return 400, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
        if not set(jwtcheck.audiences(claims)) & set(self.issuers[issuer]):
            return 400, "InvalidIdentityToken", "Incorrect token audience"
        now = time.time() + self.skew
        if claims["exp"] < now:
            return 400, "ExpiredTokenException", "Token must have an expiration time in the future."
        if claims.get("nbf", 0) > now + 300 or claims.get("iat", 0) > now + 300:
            return 400, "InvalidIdentityToken", "Token is not yet valid"
        return None


class Site:
    """MiniStack with the identity providers of an issuer, and its gate."""

    def __init__(self, issuer):
        self.issuer, self.stack = issuer, MiniStack()
        self.provider = self.stack.provider(issuer.github)
        self.gitlab = self.stack.provider(issuer.gitlab)
        self.names = 0

    def gate(self, **options):
        return Gate(self.stack, {self.issuer.github: ["sts.amazonaws.com"], self.issuer.gitlab: ["sts.amazonaws.com"]}, **options)

    def name(self, what="role"):
        self.names += 1
        return f"{what}-{self.names}-{os.urandom(3).hex()}"

    def ci_role(self, *statements, sub="repo:octo-org/octo-repo:ref:refs/heads/main", operator="StringEquals"):
        return self.stack.role(self.name(), federated(self.provider, self.issuer.github, sub, operator=operator), *statements)


sites = {}


def shared(issuer):
    """One for all tests of this process."""
    if issuer.base not in sites:
        sites[issuer.base] = Site(issuer)
    return sites[issuer.base]
