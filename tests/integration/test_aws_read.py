# SPDX-License-Identifier: Apache-2.0
"""Secrets Manager and Parameter Store: MiniStack has the secrets and checks signatures and policies; boto3 has put them there and reads the same."""
import json
import os
import time

from support import aws, front
from support.aws import REGION, allow
from support.harness import Case

SECRETS, PARAMETERS = ("secretsmanager:*",), ("ssm:*",)


def failed(code, message, status=400):
    """A refusal in JSON 1.1."""
    return lambda call: call.reply(status, json.dumps({"__type": code, "message": message}), None, "application/x-amz-json-1.1")


def answer(data):
    return lambda call: call.reply(200, json.dumps(data), None, "application/x-amz-json-1.1")


class Reads(Case):
    def setUp(self):
        super().setUp()
        self.aws = aws.shared(self.issuer)
        self.stack = self.aws.stack
        self.gate = self.aws.gate()
        self.store = front.Front(self.stack.addr, keep_host=True)
        self.addCleanup(self.gate.close)
        self.addCleanup(self.store.close)
        self.sm, self.ssm = self.stack.client("secretsmanager"), self.stack.client("ssm")

    def targets(self):
        return [headers["X-Amz-Target"] for _, _, headers, _ in self.store.seen]

    def bodies(self):
        return [json.loads(body) for _, _, _, body in self.store.seen]

    def secret(self, value, name=None, **more):
        name = name or self.aws.name("secret")
        self.sm.create_secret(Name=name, **({"SecretBinary": value} if isinstance(value, bytes) else {"SecretString": value}), **more)
        self.hide(value)
        return name

    def parameter(self, value, name=None, kind="SecureString"):
        name = name or self.aws.name("/parameter")
        self.ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)
        self.hide(value)
        return name

    def hide(self, value):
        text = value if isinstance(value, str) else value.decode(errors="replace")
        if len(text) > 12:
            self.hidden[f"secret {len(self.hidden)}"] = text

    def value(self):
        return "v-" + os.urandom(12).hex()

    def job(self, *wants, actions=(*SECRETS, *PARAMETERS), config="", **env):
        lines = "".join(f"  {w}\n" for w in wants)
        text = f"aws: {{ role: '{self.aws.ci_role(allow(*actions))}', region: {REGION} }}\n{config}secrets:\n{lines}"
        return self.github(text, **({"MAYFLY_AWS_STS_URL": self.gate.addr, "MAYFLY_AWS_SECRETSMANAGER_URL": self.store.addr, "MAYFLY_AWS_SSM_URL": self.store.addr,
                                     "MAYFLY_SCAN": "false", "MAYFLY_TIMEOUT": "5s"} | env))

    def refused(self, job, code, *texts):
        step = self.fails(job.run("run"), code, *texts)
        self.nothing_exported(step)
        return step


class Secrets(Reads):
    def test_text_field_and_version(self):
        old, new = self.value(), self.value()
        name = self.secret(json.dumps({"user": "shop", "password": old}))
        first = self.sm.describe_secret(SecretId=name)["VersionIdsToStages"]
        version = next(iter(first))
        arn = self.sm.put_secret_value(SecretId=name, SecretString=json.dumps({"user": "shop", "password": new}))["ARN"]
        self.hide(new)
        self.hide(old)
        step = self.ok(self.job(f"WHOLE: aws-sm://{name}", f"PASSWORD: aws-sm://{name}#password", f"BEFORE: aws-sm://{name}?stage=AWSPREVIOUS#password",
                                f"BY_ID: aws-sm://{name}?version={version}#/password", f"BY_ARN: aws-sm://{arn}#password",
                                f"SHORT: aws-sm://{arn[:-7]}#password").run("run"))
        self.assertEqual(json.loads(step.env["WHOLE"])["password"], new)
        self.assertEqual([step.env[k] for k in ("PASSWORD", "BEFORE", "BY_ID", "BY_ARN", "SHORT")], [new, old, old, new, new])
        # the session was for reading: it stays here
        self.assertNotIn("AWS_SESSION_TOKEN", step.env)
        self.assertEqual(set(self.targets()), {"secretsmanager.GetSecretValue"})
        self.assertEqual(len(self.store.seen), 5)

    def test_all_fields(self):
        name = self.secret(json.dumps({"db-user": "u" * 9, "db.password": self.value()}))
        step = self.ok(self.job(f"ALL: {{ from: 'aws-sm://{name}', prefix: SHOP_ }}").run("run"))
        self.assertEqual(step.env["SHOP_DB_USER"], "u" * 9)

    def test_binary(self):
        value = bytes(range(1, 256)) * 3
        name = self.secret(value)
        job = self.job(f"KEY: {{ from: 'aws-sm://{name}', as: file }}")
        step = self.ok(job.run("run"))
        with open(step.env["KEY"], "rb") as f:
            self.assertEqual(f.read(), value)

    def test_batch(self):
        names = {f"S{i}": self.secret(self.value()) for i in range(45)}
        step = self.ok(self.job(*(f"{k}: aws-sm://{v}" for k, v in names.items())).run("run"))
        for k, v in names.items():
            self.assertEqual(step.env[k], self.sm.get_secret_value(SecretId=v)["SecretString"])
        self.assertEqual(self.targets(), ["secretsmanager.BatchGetSecretValue"] * 3)
        # they go out side by side: any may arrive first
        self.assertEqual(sorted(len(b["SecretIdList"]) for b in self.bodies()), [5, 20, 20])

    def test_batch_that_is_not_allowed(self):
        """A role that may read each may still not be allowed the batch."""
        names = [self.secret(self.value()) for _ in range(6)]
        job = self.job(*(f"S{i}: aws-sm://{n}" for i, n in enumerate(names)), actions=("secretsmanager:GetSecretValue",))
        step = self.ok(job.run("run"))
        self.assertEqual(step.env["S5"], self.sm.get_secret_value(SecretId=names[5])["SecretString"])
        self.assertEqual(sorted(self.targets()), ["secretsmanager.BatchGetSecretValue"] + ["secretsmanager.GetSecretValue"] * 6)

    def test_batch_with_failures(self):
        names = [self.secret(self.value()) for _ in range(5)]
        wants = [f"S{i}: aws-sm://{n}" for i, n in enumerate(names)]
        step = self.refused(self.job(*wants, "GONE: aws-sm://nobody/here"), 4, "MF-AWS-07", "nobody/here", f"'{REGION}' was asked")
        self.assertEqual(self.targets(), ["secretsmanager.BatchGetSecretValue"])
        step = self.ok(self.job(*wants, "GONE: { from: aws-sm://nobody/here, optional: true }").run("run"))
        self.assertNotIn("GONE", step.env)
        self.assertIn("S4", step.env)

    def test_batch_of_pages(self):
        names = [self.secret(self.value()) for _ in range(6)]
        values = self.sm.batch_get_secret_value(SecretIdList=names)["SecretValues"]
        plain = [{k: v for k, v in s.items() if k in ("ARN", "Name", "VersionId", "SecretString", "VersionStages")} for s in values]

        def pages(call):
            page = int(json.loads(call.body).get("NextToken", "0"))
            answer({"SecretValues": plain[2 * page:2 * page + 2], "Errors": []} | ({"NextToken": str(page + 1)} if page < 2 else {}))(call)
        self.store.on("/", pages)
        step = self.ok(self.job(*(f"S{i}: aws-sm://{n}" for i, n in enumerate(names))).run("run"))
        self.assertEqual([step.env[f"S{i}"] for i in range(6)], [self.sm.get_secret_value(SecretId=n)["SecretString"] for n in names])
        self.assertEqual(len(self.store.seen), 3)

    def test_beginning(self):
        begin = self.aws.name("app") + "/"
        for i in range(23):
            self.secret(self.value(), f"{begin}key-{i}")
        self.secret("other-value-of-nobody", begin[:-1] + "x")
        step = self.ok(self.job(f"ALL: {{ from: 'aws-sm://{begin}*', prefix: '' }}").run("run"))
        name = "".join(c if c.isalnum() else "_" for c in begin).upper()
        self.assertEqual(step.env[name + "KEY_22"], self.sm.get_secret_value(SecretId=f"{begin}key-22")["SecretString"])
        self.assertEqual(len([k for k in step.env if k.startswith(name)]), 23)
        self.refused(self.job(f"ALL: {{ from: 'aws-sm://{begin}*', prefix: '' }}", MAYFLY_AWS_LIMIT="22"), 4, "MF-AWS-09", "more than 22", "aws.limit")
        self.refused(self.job("ALL: { from: 'aws-sm://nobody-has-this*', prefix: '' }"), 4, "MF-AWS-07", "nobody-has-this")

    def test_not_allowed(self):
        name = self.secret(self.value())
        step = self.refused(self.job(f"A: aws-sm://{name}", actions=("s3:GetObject",)), 4, "MF-AWS-06", name, '"Action": "secretsmanager:GetSecretValue"')
        self.assertIn(f":secret:{name}-??????", step.text)

    def test_refusals(self):
        name = self.secret(self.value())
        for code, message, number, text in (
                ("AccessDeniedException", "Access to KMS is not allowed", "MF-AWS-06", "kms:Decrypt"),
                ("AccessDeniedException", "with an explicit deny in an identity-based policy", "MF-AWS-06", "look for the Deny"),
                ("DecryptionFailure", "Secrets Manager can't decrypt", "MF-AWS-06", "kms:Decrypt"),
                ("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.", "MF-AWS-08", "restore-secret"),
                ("UnrecognizedClientException", "The security token included in the request is invalid.", "MF-AWS-02", "session"),
                ("Com.Example#Whatever", "never seen", "MF-AWS-08", "never seen")):
            with self.subTest(message):
                self.store.on("/", failed(code, message), 1)
                self.refused(self.job(f"A: aws-sm://{name}"), 4, number, text)

    def test_answers_of_something_else(self):
        name = self.secret(self.value())
        good = {"ARN": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:x-AAAAAA", "Name": name, "VersionId": "v", "SecretString": "s" * 20}
        for data, text in ((good | {"Name": "other"}, "about something else"), ({k: v for k, v in good.items() if k != "SecretString"}, "neither"), ([], "no JSON object"),
                           (good | {"SecretString": 7}, "neither"), ({"Name": name, "SecretBinary": "%%%"}, "no base64")):
            with self.subTest(text):
                self.store.on("/", answer(data), 1)
                self.refused(self.job(f"A: aws-sm://{name}"), 4, "MF-AWS-03", text)
        for path, text in (("?version=" + "a" * 36, "another version"), ("?stage=AWSPENDING", "without the stage")):
            self.store.on("/", answer(good), 1)
            self.refused(self.job(f"A: aws-sm://{name}{path}"), 4, "MF-AWS-03", text)
        for body, status, code in (("<html>", 403, 4), ("", 200, 5), ("{", 200, 4)):
            self.store.on("/", front.status(status, None, body, "text/html"), 1)
            self.refused(self.job(f"A: aws-sm://{name}"), code, "cannot read" if status == 200 else "not from Secrets Manager")

    def test_throttled(self):
        name = self.secret(self.value())
        self.store.on("/", failed("ThrottlingException", "Rate exceeded"), 2)
        self.ok(self.job(f"A: aws-sm://{name}").run("run"))
        self.assertEqual(len(self.store.seen), 3)
        self.store.on("/", failed("ThrottlingException", "Rate exceeded"))
        self.refused(self.job(f"A: aws-sm://{name}", MAYFLY_TRIES="2"), 5, "MF-AWS-04", "Rate exceeded")

    def test_list_without_end(self):
        self.store.on("/", answer({"SecretValues": [], "NextToken": "again"}))
        self.refused(self.job("ALL: { from: 'aws-sm://x*', prefix: '' }", MAYFLY_TIMEOUT="30s"), 4, "MF-AWS-03", "no end")


class Parameters(Reads):
    def test_names_versions_labels(self):
        one, two = self.value(), self.value()
        name = self.parameter(one)
        self.parameter(two, name)
        self.ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["old"])
        plain = self.parameter("eu-central", self.aws.name("plain"), "String")
        step = self.ok(self.job(f"NOW: aws-ssm://{name}", f"FIRST: aws-ssm://{name}?version=1", f"OLD: aws-ssm://{name}?stage=old", f"PLAIN: aws-ssm://{plain}").run("run"))
        self.assertEqual([step.env[k] for k in ("NOW", "FIRST", "OLD", "PLAIN")], [two, one, one, "eu-central"])

    def test_by_ten(self):
        names = {f"P{i}": self.parameter(self.value()) for i in range(24)}
        step = self.ok(self.job(*(f"{k}: aws-ssm://{v}" for k, v in names.items())).run("run"))
        for k, v in names.items():
            self.assertEqual(step.env[k], self.ssm.get_parameter(Name=v, WithDecryption=True)["Parameter"]["Value"])
        self.assertEqual(self.targets(), ["AmazonSSM.GetParameters"] * 3)
        self.assertEqual(sorted(len(b["Names"]) for b in self.bodies()), [4, 10, 10])

    def test_one_needs_the_single_permission_alone(self):
        names = [self.parameter(self.value()) for _ in range(3)]
        job = self.job(*(f"P{i}: aws-ssm://{n}" for i, n in enumerate(names)), actions=("ssm:GetParameter",))
        self.ok(job.run("run"))
        self.assertEqual(self.targets()[0], "AmazonSSM.GetParameters")
        self.store.seen.clear()
        self.ok(self.job(f"P: aws-ssm://{names[0]}", actions=("ssm:GetParameter",)).run("run"))
        self.assertEqual(self.targets(), ["AmazonSSM.GetParameter"])

    def test_missing(self):
        name = self.parameter(self.value())
        self.refused(self.job(f"A: aws-ssm://{name}", "B: aws-ssm:///nobody/here"), 4, "MF-AWS-07", "/nobody/here")
        self.refused(self.job(f"A: aws-ssm://{name}?version=7"), 4, "MF-AWS-07", "version 7")
        self.ok(self.job(f"A: aws-ssm://{name}", "B: { from: aws-ssm:///nobody/here, optional: true }").run("run"))

    def test_not_allowed(self):
        name = self.parameter(self.value())
        self.refused(self.job(f"A: aws-ssm://{name}", actions=("s3:GetObject",)), 4, "MF-AWS-06", '"Action": "ssm:GetParameter"', f":parameter{name}")

    def test_path(self):
        begin = "/" + self.aws.name("app")
        values = {f"{begin}/deep/key-{i}": self.value() for i in range(23)}
        for k, v in values.items():
            self.parameter(v, k)
        step = self.ok(self.job(f"ALL: {{ from: 'aws-ssm://{begin}/*', prefix: APP_ }}").run("run"))
        self.assertEqual(step.env["APP_DEEP_KEY_22"], values[f"{begin}/deep/key-22"])
        self.assertEqual(len([k for k in step.env if k.startswith("APP_")]), 23)
        self.assertEqual(self.targets(), ["AmazonSSM.GetParametersByPath"] * 3)
        self.refused(self.job(f"ALL: {{ from: 'aws-ssm://{begin}/*', prefix: '' }}", MAYFLY_AWS_LIMIT="3"), 4, "MF-AWS-09")

    def test_other_regions(self):
        self.ok(self.job(f"A: aws-ssm://{self.parameter(self.value())}?region={REGION}").run("run"))
        self.refused(self.job("A: aws-ssm:///x?region=cn-north-1"), 2, "MF-AWS-01", "where the login is not valid")
        step = self.job("A: aws-sm://arn:aws:secretsmanager:us-east-2:000000000000:secret:x", MAYFLY_AWS_SECRETSMANAGER_URL=self.store.addr).run("run")
        self.assertNotEqual(step.code, 0)
        self.assertIn("/us-east-2/secretsmanager/", self.store.seen[-1][2]["Authorization"])
