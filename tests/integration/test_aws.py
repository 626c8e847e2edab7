# SPDX-License-Identifier: Apache-2.0
"""AWS's login against MiniStack behind a gate of ours (tests/support/aws.py); boto3 uses what is handed over."""
import json
import pathlib
import time

from support import aws, front
from support.aws import ACCOUNT, REGION, allow, error, trusted
from support.harness import Case

SUB = "repo:octo-org/octo-repo:ref:refs/heads/main"
BOMB = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><AssumeRoleWithWebIdentityResponse>&b;</AssumeRoleWithWebIdentityResponse>'


class Aws(Case):
    def setUp(self):
        super().setUp()
        self.aws = aws.shared(self.issuer)
        self.stack = self.aws.stack
        self.gate = self.aws.gate()
        self.addCleanup(self.gate.close)

    def job(self, role=None, config="", **env):
        if role:
            config = f"aws:\n  role: {role}\n  region: {REGION}\n" + config
        base = {"MAYFLY_AWS_STS_URL": self.gate.addr, "MAYFLY_SCAN": "false", "MAYFLY_TIMEOUT": "5s"}
        return self.github(config, **(base | env))

    def check_hidden(self, job, step):
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            if name in step.env and name not in job.env:
                self.hidden[f"secret {name}"] = step.env[name]
        super().check_hidden(job, step)

    def who(self, env):
        return self.stack.client("sts", env).get_caller_identity()["Arn"]


class Logins(Aws):
    def test_handed_over(self):
        role = self.aws.ci_role()
        job = self.job(role)
        step = self.ok(job.run("exchange", "aws"))
        name = role.rsplit("/", 1)[1]
        self.assertEqual((step.env["AWS_REGION"], step.env["AWS_DEFAULT_REGION"]), (REGION, REGION))
        self.assertTrue(step.env["AWS_ACCESS_KEY_ID"].startswith("ASIA"))
        self.assertEqual(self.who(step.env), f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/octo-org-octo-repo@{job.env['GITHUB_RUN_ID']}")
        self.assertEqual(self.gate.actions(), ["AssumeRoleWithWebIdentity", "GetCallerIdentity"])
        self.assertEqual(step.outputs, {})
        self.assertIn(f"assumed-role/{name}/", step.text + step.summary)
        self.assertIn("cannot be revoked", self.ok(job.post()).text)

    def test_run_and_outputs(self):
        step = self.ok(self.job(self.aws.ci_role(), "  output: true\n  duration: 15m\n").run("run"))
        self.assertEqual(step.outputs["aws_access_key_id"], step.env["AWS_ACCESS_KEY_ID"])
        self.assertEqual(step.outputs["aws_secret_access_key"], step.env["AWS_SECRET_ACCESS_KEY"])
        self.assertEqual(step.outputs["aws_session_token"], step.env["AWS_SESSION_TOKEN"])
        self.assertEqual(step.outputs["aws_account_id"], ACCOUNT)
        self.assertIn(":assumed-role/", step.outputs["aws_authenticated_arn"])
        self.assertRegex(step.outputs["aws_expiration"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(self.gate.forms("AssumeRoleWithWebIdentity")[0]["DurationSeconds"], "900")

    def test_outputs_alone(self):
        step = self.ok(self.job(self.aws.ci_role(), "  output: true\n  export: false\n").run("run"))
        self.assertEqual(step.env, {})
        self.assertIn("aws_session_token", step.outputs)

    def test_another_programs_variables_start_nothing(self):
        step = self.fails(self.job(AWS_ROLE_ARN=self.aws.ci_role(), AWS_REGION=REGION).run("run"), 2, "MF-CMD-03")
        self.assertEqual((step.env, self.gate.seen), ({}, []))

    def test_gitlab(self):
        role = self.stack.role(self.aws.name(), aws.federated(self.aws.gitlab, self.issuer.gitlab, "project_path:mygroup/*", operator="StringLike"))
        token = self.issuer.mint("gitlab", aud="sts.amazonaws.com")
        job = self.gitlab(f"aws: {{ role: '{role}', region: {REGION} }}\n", MAYFLY_AWS_STS_URL=self.gate.addr, MAYFLY_SCAN="false", MAYFLY_UNMASKED_OK="true", AWS_ID_TOKEN=token)
        job.stdout_is_sink = True
        step = self.ok(job.run("exchange", "aws"))
        self.assertIn(b"AWS_SESSION_TOKEN=", step.out)
        self.assertTrue(self.gate.forms("AssumeRoleWithWebIdentity")[0]["RoleSessionName"].startswith("mygroup-myproject@"))

    def test_session_policies_are_sent(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]})
        arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        self.ok(self.job(self.aws.ci_role(), MAYFLY_AWS_SESSION_POLICY=policy, MAYFLY_AWS_SESSION_POLICY_ARN=arn, MAYFLY_AWS_SESSION_NAME="nightly").run("run"))
        sent = self.gate.forms("AssumeRoleWithWebIdentity")[0]
        self.assertEqual((sent["Policy"], sent["PolicyArns.member.1.arn"], sent["RoleSessionName"]), (policy, arn, "nightly"))

    def test_token_in_a_file(self):
        job = self.job(self.aws.ci_role(), "  source: file\n", ACTIONS_ID_TOKEN_REQUEST_URL=None)
        file = pathlib.Path(job.folder / "token")
        file.write_text(self.issuer.mint("github", aud="sts.amazonaws.com") + "\n")
        job.allowed.append((file, "identity token "))
        step = self.ok(job.run("run", env={"AWS_WEB_IDENTITY_TOKEN_FILE": str(file)}))
        self.assertIn(":assumed-role/", self.who(step.env))
        self.fails(job.run("run", env={"MAYFLY_OVERWRITE": "true"}), 2, "MF-AWS-01", "AWS_WEB_IDENTITY_TOKEN_FILE")
        file.write_text("no token")
        self.fails(job.run("run", env={"MAYFLY_OVERWRITE": "true", "AWS_WEB_IDENTITY_TOKEN_FILE": str(file)}), 3, "MF-JWT-01")

    def test_allowed_accounts(self):
        role = self.aws.ci_role()
        self.ok(self.job(role, f"  allowed-account-ids: ['123456789012', '{ACCOUNT}']\n").run("run"))
        step = self.fails(self.job(role, "  allowed-account-ids: ['123456789012']\n").run("run"), 4, "MF-AWS-05", ACCOUNT)
        self.nothing_exported(step)

    def test_dry_run(self):
        job = self.job(self.aws.ci_role(), "  chain: [arn:aws:iam::123456789012:role/next]\n")
        step = self.ok(job.run("run", "--dry-run"))
        self.assertEqual(self.gate.seen, [])
        for text in ("AssumeRoleWithWebIdentity", "arn:aws:iam::123456789012:role/next", "sts.amazonaws.com", "AWS_SESSION_TOKEN", "cannot be revoked"):
            self.assertIn(text, step.text)

    def test_no_identity(self):
        job = self.job(self.aws.ci_role(), ACTIONS_ID_TOKEN_REQUEST_URL=None, ACTIONS_ID_TOKEN_REQUEST_TOKEN=None)
        self.fails(job.run("run"), 3, "MF-CI-01", "id-token: write")
        self.ok(job.run("run", env={"MAYFLY_ON_NO_IDENTITY": "skip"}))
        self.assertEqual(self.gate.seen, [])

    def test_settings(self):
        role = "arn:aws:iam::123456789012:role/deploy"
        for config, text in ((f"aws: {{ role: {role} }}", "region"), (f"aws: {{ role: {role}, region: 'eu_west' }}", "no region"),
                             ("aws: { role: deploy, region: eu-west-1 }", "no ARN of a role"), (f"aws: {{ role: {role}, region: cn-north-1 }}", "another partition"),
                             (f"aws: {{ role: {role}, region: eu-west-1, duration: 5m }}", "15 minutes to 12 hours"),
                             (f"aws: {{ role: {role}, region: eu-west-1, chain: ['{role}'], duration: 2h }}", "an hour at most"),
                             (f"aws: {{ role: {role}, region: eu-west-1, session-name: 'a b' }}", "session's name"),
                             (f"aws: {{ role: {role}, region: eu-west-1, session-tags: [a=b] }}", "not with an identity token"),
                             (f"aws: {{ role: {role}, region: eu-west-1, chain: ['{role}'], session-tags: [a=b, A=c] }}", "same key"),
                             (f"aws: {{ role: {role}, region: eu-west-1, allowed-account-ids: ['12'] }}", "twelve digits")):
            with self.subTest(config):
                self.fails(self.job(config=config).run("run"), 2, "MF-AWS-01", text)
        self.assertEqual(self.gate.seen, [])


class Chains(Aws):
    def test_chain(self):
        first = self.aws.ci_role(allow("sts:AssumeRole", "sts:TagSession"))
        external = {"StringEquals": {"sts:ExternalId": "partner-7"}}
        second = self.stack.role(self.aws.name(), trusted(first, external), allow("sts:AssumeRole", "sts:TagSession"))
        third = self.stack.role(self.aws.name(), trusted(second, external))
        config = f"  chain: [{second}, {third}]\n  external-id: partner-7\n  session-tags: [team=web, stage=ci]\n  transitive-tags: [team]\n  duration: 20m\n"
        step = self.ok(self.job(first, config).run("run"))
        self.assertIn(f":assumed-role/{third.rsplit('/', 1)[1]}/", self.who(step.env))
        self.assertEqual(self.gate.actions(), ["AssumeRoleWithWebIdentity", "AssumeRole", "AssumeRole", "GetCallerIdentity"])
        self.assertEqual(self.gate.forms("AssumeRoleWithWebIdentity")[0]["DurationSeconds"], "900")
        one, two = self.gate.forms("AssumeRole")
        self.assertEqual((one["DurationSeconds"], two["DurationSeconds"]), ("900", "1200"))
        self.assertEqual((one["Tags.member.1.Key"], one["Tags.member.2.Value"], one["TransitiveTagKeys.member.1"]), ("team", "ci", "team"))
        self.assertNotIn("Tags.member.1.Key", two)
        self.assertEqual(two["ExternalId"], "partner-7")

    def test_chain_that_is_refused(self):
        first = self.aws.ci_role(allow("sts:AssumeRole"))
        second = self.stack.role(self.aws.name(), trusted(f"arn:aws:iam::{ACCOUNT}:role/other"))
        step = self.fails(self.job(first, f"  chain: [{second}]\n").run("run"), 4, "MF-AWS-02", second, "two policies have to allow it")
        self.nothing_exported(step)

    def test_from_keys_of_the_job(self):
        keys = self.stack.user_keys(self.aws.name("user"), allow("sts:AssumeRole", "sts:TagSession"))
        role = self.stack.role(self.aws.name(), trusted(f"arn:aws:iam::{ACCOUNT}:root"))
        job = self.job(role, "  source: environment\n  optional-tags: [Repository=octo]\n", MAYFLY_CHECK="false", MAYFLY_OVERWRITE="true", **keys)
        step = self.ok(job.run("run"))
        self.assertEqual(self.gate.actions(), ["AssumeRole", "GetCallerIdentity"])
        self.assertIn(":assumed-role/", self.who(step.env))
        self.assertEqual(self.gate.forms("AssumeRole")[0]["Tags.member.1.Value"], "octo")

    def test_too_many_tags(self):
        first = self.aws.ci_role(allow("sts:AssumeRole", "sts:TagSession"))
        second = self.stack.role(self.aws.name(), trusted(first))
        config = f"  chain: [{second}]\n  session-tags: [team=web]\n  optional-tags: [Actor=octocat]\n  transitive-tags: [Actor, team]\n"
        packed = error("PackedPolicyTooLarge", "Packed size of session tags consumes 101% of allotted space.")

        def once(call):
            return packed(call) if aws.form(call).get("Action") == "AssumeRole" and "Tags.member.2.Key" in aws.form(call) else self.gate.check(call)
        self.gate.on("/", once)
        step = self.ok(self.job(first, config).run("run"))
        self.assertIn("without aws.optional-tags", step.text)
        self.assertEqual([("Tags.member.2.Key" in f) for f in self.gate.forms("AssumeRole")], [True, False])
        self.assertEqual([[v for k, v in sorted(f.items()) if k.startswith("TransitiveTagKeys")] for f in self.gate.forms("AssumeRole")], [["Actor", "team"], ["team"]])
        self.gate.on("/", lambda call: packed(call) if aws.form(call).get("Action") == "AssumeRole" else self.gate.check(call))
        self.fails(self.job(first, config).run("run"), 4, "MF-AWS-02", "PackedPolicyTooLarge", "aws.optional-tags")


class Refusals(Aws):
    def refused(self, job, *texts):
        step = self.fails(job.run("run"), 4, "MF-AWS-02", *texts)
        self.nothing_exported(step)
        self.assertEqual(self.gate.actions(), ["AssumeRoleWithWebIdentity"], "a permanent error was tried again")
        self.gate.seen.clear()
        return step

    def test_trust(self):
        role = self.aws.ci_role(sub="repo:octo-org/octo-repo:environment:prod")
        step = self.refused(self.job(role), "AccessDenied", f"sub={SUB}", "aud=sts.amazonaws.com", '"Action": "sts:AssumeRoleWithWebIdentity"', f':sub": "{SUB}"')
        policy = json.JSONDecoder().raw_decode(step.text[step.text.index('{ "Version"'):])[0]
        # what it proposes admits the job
        self.stack.client("iam").update_assume_role_policy(RoleName=role.rsplit("/", 1)[1], PolicyDocument=json.dumps(policy))
        self.ok(self.job(role).run("run"))

    def test_role_that_is_not_there(self):
        self.refused(self.job(f"arn:aws:iam::{ACCOUNT}:role/nobody"), "does not exist, or its trust policy")

    def test_audience_and_issuer(self):
        self.refused(self.job(self.aws.ci_role(), "  audience: api://other\n"), "InvalidIdentityToken", "the claim that differs is aud", "api://other")
        del self.gate.issuers[self.issuer.github]
        self.refused(self.job(self.aws.ci_role()), "the claim that differs is iss", "aws iam create-open-id-connect-provider --url '" + self.issuer.github)

    def test_clock(self):
        self.gate.skew = 3600
        self.refused(self.job(self.aws.ci_role()), "ExpiredTokenException", "the identity token has expired", "1 h behind the server's")
        self.gate.skew = -3600
        self.refused(self.job(self.aws.ci_role()), "not yet valid", "1 h ahead of the server's")

    def test_codes(self):
        role = self.aws.ci_role()
        for code, message, text in (("RegionDisabledException", "STS is not activated in this region", "activate it"),
                                    ("MalformedPolicyDocument", "Syntax errors in policy.", "aws.session-policy"),
                                    ("IDPRejectedClaim", "Token rejected", "not valid any more"),
                                    ("PackedPolicyTooLarge", "Packed size consumes 140%", "packed together"),
                                    ("InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", "update the provider's thumbprint"),
                                    ("SomethingNew", "Never seen", "CloudTrail")):
            with self.subTest(code):
                self.gate.on("/", error(code, message), 1)
                self.refused(self.job(role), code, message, text)

    def test_too_long_for_the_role(self):
        name = (role := self.aws.ci_role()).rsplit("/", 1)[1]
        self.refused(self.job(role, "  duration: 2h\n"), "MaxSessionDuration", f"aws iam update-role --role-name {name} --max-session-duration 7200")


class Faults(Aws):
    def test_busy_then_served(self):
        role = self.aws.ci_role()
        for rule in (error("Throttling", "Rate exceeded"), error("IDPCommunicationError", "Error communicating with the identity provider"),
                     error("ServiceUnavailable", "later", 503, {"Retry-After": "0"})):
            self.gate.seen.clear()
            self.gate.on("/", rule, 2)
            self.ok(self.job(role).run("run"))
            self.assertEqual(self.gate.actions(), ["AssumeRoleWithWebIdentity"] * 3 + ["GetCallerIdentity"])

    def test_busy_for_good(self):
        self.gate.on("/", error("Throttling", "Rate exceeded"))
        self.fails(self.job(self.aws.ci_role(), MAYFLY_TRIES="2").run("run"), 5, "MF-AWS-04", "Rate exceeded", "2 times")
        self.assertEqual(len(self.gate.seen), 2)

    def test_asked_to_wait_for_long(self):
        self.gate.on("/", error("ServiceUnavailable", "later", 503, {"Retry-After": "120"}))
        began = time.monotonic()
        self.fails(self.job(self.aws.ci_role()).run("run"), 5, "MF-AWS-04")
        self.assertEqual(len(self.gate.seen), 1)
        self.assertLess(time.monotonic() - began, 30)

    def test_answers_of_something_else(self):
        role = self.aws.ci_role()
        good = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>"
        for body, kind, code, text in (("<html><p>Log in", "text/html", 4, "MF-AWS-03"), ("", "text/xml", 5, "MF-AWS-03"), (good, "text/xml", 4, "MF-XML-01"),
                                       (BOMB, "text/xml", 4, "MF-XML-01"), ('{"a":1}', "application/json", 4, "MF-AWS-03"),
                                       (good + "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>", "text/xml", 4, "MF-AWS-03")):
            with self.subTest(body[:40]):
                self.gate.on("/", front.status(200, None, body, kind), 1)
                self.nothing_exported(self.fails(self.job(role).run("run"), code, text))
        for status, body, text in ((403, "<html>Denied by the proxy", "not from STS"), (400, "x" * (9 << 20), "MF-HTTP-"), (404, "", "not from STS")):
            with self.subTest(status):
                self.gate.on("/", front.status(status, None, body, "text/html"), 1)
                self.nothing_exported(self.fails(self.job(role).run("run"), 4, text))

    def keys_answer(self, **over):
        field = {"id": "ASIA" + "A" * 16, "secret": "s" * 40, "token": "t" * 300, "end": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
                 "arn": "arn:aws:sts::000000000000:assumed-role/deploy/s"} | over
        result = "AssumeRoleWithWebIdentityResult"
        return (f"<AssumeRoleWithWebIdentityResponse><{result}><Credentials><AccessKeyId>{field['id']}</AccessKeyId><SecretAccessKey>{field['secret']}</SecretAccessKey>"
                f"<SessionToken>{field['token']}</SessionToken><Expiration>{field['end']}</Expiration></Credentials><AssumedRoleUser><Arn>{field['arn']}</Arn>"
                f"</AssumedRoleUser></{result}></AssumeRoleWithWebIdentityResponse>")

    def test_credentials_that_cannot_be(self):
        role = "arn:aws:iam::000000000000:role/deploy"
        for over, text in (({"arn": "arn:aws:sts::000000000000:assumed-role/admin/s"}, "another role"), ({"arn": "arn:aws:sts::999999999999:assumed-role/deploy/s"}, "another role"),
                           ({"end": "2020-01-01T00:00:00Z"}, "have ended"), ({"end": "soon"}, "Expiration"), ({"end": "2040-01-01T00:00:00Z"}, "more than AWS grants"),
                           ({"token": "a b"}, "SessionToken"), ({"secret": ""}, "SecretAccessKey"), ({"id": "short"}, "AccessKeyId"), ({"arn": "x"}, "Arn")):
            with self.subTest(over):
                self.gate.on("/", front.status(200, None, self.keys_answer(**over), "text/xml"), 1)
                self.nothing_exported(self.fails(self.job(role).run("run"), 4, "MF-AWS-03", text))

    def test_a_redirect_is_not_followed(self):
        self.gate.on("/", front.status(307, {"Location": "https://sts.example.com/"}, ""))
        self.fails(self.job(self.aws.ci_role()).run("run"), 4, "MF-HTTP-13")
        self.assertEqual(len(self.gate.seen), 1)

    def test_connection_lost(self):
        self.gate.on("/", front.reset, 1)
        self.ok(self.job(self.aws.ci_role()).run("run"))

    def test_proxy_that_wants_a_password(self):
        with front.Front() as proxy:
            proxy.on("", front.status(407, {"Proxy-Authenticate": "Basic realm=x"}, ""))
            step = self.job(self.aws.ci_role(), MAYFLY_AWS_STS_URL="https://sts.example.com", HTTPS_PROXY=proxy.addr).run("run")
        self.fails(step, 5, "407")


class Profiles(Aws):
    """A profile of a credentials file, and credential_process."""

    def setUp(self):
        super().setUp()
        self.role = self.aws.ci_role()

    def check_hidden(self, job, step):
        file = step.env.get("AWS_SHARED_CREDENTIALS_FILE")
        for line in pathlib.Path(file).read_text().splitlines() if file else ():
            name, _, value = line.partition(" = ")
            if name in ("aws_secret_access_key", "aws_session_token"):
                self.hidden[f"session {name}"] = value
        job.allowed += [(file, "session ") for file in job.folder.glob("temp/mayfly-files-*/AWS_SHARED_CREDENTIALS_FILE")]
        super().check_hidden(job, step)

    def profiles(self, step):
        import configparser
        parser = configparser.ConfigParser()
        parser.read(step.env["AWS_SHARED_CREDENTIALS_FILE"])
        return parser

    def test_a_profile_of_its_own(self):
        job = self.job(self.role, "  profile: deploy\n")
        step = self.ok(job.run("exchange", "aws"))
        self.assertEqual((step.env["AWS_PROFILE"], step.env["AWS_REGION"]), ("deploy", REGION))
        self.assertNotIn("AWS_ACCESS_KEY_ID", step.env)
        file = pathlib.Path(step.env["AWS_SHARED_CREDENTIALS_FILE"])
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        import boto3
        import botocore.session
        session = botocore.session.Session()
        session.set_config_variable("credentials_file", str(file))
        client = boto3.Session(profile_name="deploy", botocore_session=session).client("sts", region_name=REGION, endpoint_url=self.stack.addr)
        self.assertIn(":assumed-role/", client.get_caller_identity()["Arn"])
        self.ok(job.post())
        self.assertFalse(file.exists())

    def test_nothing_is_lost(self):
        job = self.job(self.role, "  profile: deploy\n")
        folder = job.home / ".aws"
        folder.mkdir()
        old = "# kept\r\n[default]\r\naws_access_key_id = AKIDEFAULT\r\n\r\n[ deploy ]\naws_access_key_id = GONE\naws_session_token = GONE\n[other]\nregion = x"
        (folder / "credentials").write_text(old)
        step = self.ok(job.run("exchange", "aws"))
        text = pathlib.Path(step.env["AWS_SHARED_CREDENTIALS_FILE"]).read_text()
        self.assertNotIn("GONE", text)
        self.assertIn("# kept", text)
        profiles = self.profiles(step)
        self.assertEqual(profiles.sections(), ["default", "other", "deploy"])
        self.assertEqual(profiles["other"]["region"], "x")
        self.assertEqual((folder / "credentials").read_text(), old.replace("\r\n", "\n"))
        self.fails(self.job(self.role, "  profile: 'a]\\n[b'\n").run("exchange", "aws"), 2, "MF-AWS-01", "profile")

    def test_credential_process(self):
        import boto3
        import os
        from support import tools
        job = self.job(self.role)
        config = job.folder / "config"
        config.write_text(f"[profile deploy]\ncredential_process = {tools.mayfly()} aws-credentials --aws-duration 15m\n")
        saved = dict(os.environ)
        try:
            os.environ.clear()
            os.environ.update(job.full_env() | {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "deploy"})
            cwd = os.getcwd()
            os.chdir(job.work)
            client = boto3.Session().client("sts", region_name=REGION, endpoint_url=self.stack.addr)
            self.assertIn(":assumed-role/", client.get_caller_identity()["Arn"])
        finally:
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(saved)
        self.assertEqual(self.gate.forms("AssumeRoleWithWebIdentity")[-1]["DurationSeconds"], "900")

    def test_credential_process_refused(self):
        job = self.job(self.role, ACTIONS_ID_TOKEN_REQUEST_TOKEN="wrong")
        job.stdout_is_sink = True
        step = self.fails(job.run("aws-credentials"), 4, "MF-CI-")
        self.assertEqual(step.out, b"")


class Machines(Aws):
    """Containers and instances: an endpoint of ours gives keys of a real session, as ECS, EKS and EC2 do."""

    def setUp(self):
        super().setUp()
        import http.server
        import threading
        role = self.stack.role(self.aws.name(), trusted("*"))
        creds = self.stack.client("sts").assume_role(RoleArn=role, RoleSessionName="machine")["Credentials"]
        self.keys = {"AccessKeyId": creds["AccessKeyId"], "SecretAccessKey": creds["SecretAccessKey"], "Token": creds["SessionToken"],
                     "Expiration": creds["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"), "Code": "Success"}
        self.hidden["secret machine"] = self.keys["SecretAccessKey"]
        self.seen, test = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def send(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self):
                test.seen.append(("PUT", self.path))
                good = self.path == "/latest/api/token" and self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
                self.send(200 if good else 400, b"imds-token" if good else b"")

            def do_GET(self):
                test.seen.append(("GET", self.path))
                lists = "/latest/meta-data/iam/security-credentials/"
                if self.path.startswith("/latest/"):
                    if self.headers.get("X-aws-ec2-metadata-token") != "imds-token":
                        self.send(401, b"")
                    elif self.path == lists:
                        self.send(200, b"runner-role\n")
                    else:
                        self.send(200 if self.path == lists + "runner-role" else 404, json.dumps(test.keys).encode())
                elif self.headers.get("Authorization") != "pod-token":
                    self.send(401, b'{"code":"AccessDenied"}')
                else:
                    self.send(200, json.dumps(test.keys).encode())

            def log_message(self, *args):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addr = f"http://127.0.0.1:{server.server_port}"
        self.off = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}

    def machine(self, source, more="", **env):
        return self.job(None, f"aws:\n  source: {source}\n  region: {REGION}\n" + more, **(self.off | env))

    def test_container(self):
        file = self.folder / "token"
        file.write_text("pod-token\n")
        for env in ({"AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)}):
            step = self.ok(self.machine("container", AWS_CONTAINER_CREDENTIALS_FULL_URI=self.addr + "/v1/credentials", **env).run("run"))
            self.assertEqual(step.env["AWS_ACCESS_KEY_ID"], self.keys["AccessKeyId"])
        self.fails(self.machine("container", AWS_CONTAINER_CREDENTIALS_FULL_URI=self.addr + "/v1/credentials").run("run"), 4, "MF-AWS-02", "pod identity association")
        self.fails(self.machine("container").run("run"), 2, "MF-AWS-01", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        self.fails(self.machine("container", AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/x").run("run"), 2, "MF-AWS-01", "not this machine")

    def test_instance(self):
        step = self.ok(self.machine("instance", AWS_EC2_METADATA_SERVICE_ENDPOINT=self.addr + "/").run("run"))
        self.assertEqual(step.env["AWS_ACCESS_KEY_ID"], self.keys["AccessKeyId"])
        self.assertEqual([method for method, _ in self.seen], ["PUT", "GET", "GET"])

    def test_answers_that_make_no_sense(self):
        for change, texts in (({"Token": "a b"}, ("MF-AWS-03",)), ({"Expiration": "2001-01-01T00:00:00Z"}, ("MF-AWS-03", "passed")), ({"AccessKeyId": 7}, ("MF-JSON-02",))):
            saved = dict(self.keys)
            self.keys |= change
            step = self.fails(self.machine("instance", AWS_EC2_METADATA_SERVICE_ENDPOINT=self.addr).run("run"), 4, *texts)
            self.nothing_exported(step)
            self.keys = saved
