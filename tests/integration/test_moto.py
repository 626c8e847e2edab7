# SPDX-License-Identifier: Apache-2.0
"""The same jobs on both emulators of AWS, MiniStack and moto: what they say in different words has to come out the same, and what only moto does has to be understood."""
import base64
import json
import os
import subprocess

from support import aws, tools
from support.aws import ACCOUNT, REGION, allow
from support.harness import Case

TRUSTED = {"Effect": "Allow", "Principal": {"Federated": "*"}, "Action": "sts:AssumeRoleWithWebIdentity"}
moto = None


class Emulators(Case):
    """Each test runs on `self.stack`, one after the other; roles and keys have the same names on both."""

    def setUp(self):
        global moto
        super().setUp()
        self.aws = aws.shared(self.issuer)
        moto = moto or aws.Moto()
        self.stacks = {"ministack": self.aws.stack, "moto": moto}

    def both(self):
        self.tag = os.urandom(4).hex()
        for name, stack in self.stacks.items():
            with self.subTest(name):
                self.stack = stack
                self.account = ACCOUNT if name == "ministack" else "123456789012"
                yield name

    def role(self, *statements):
        if self.stack is self.aws.stack:
            return self.aws.ci_role(*statements)
        return self.stack.role(self.aws.name(), TRUSTED, *statements)

    def value(self):
        value = "v-" + os.urandom(12).hex()
        self.hidden[f"secret {len(self.hidden)}"] = value
        return value

    def job(self, conf, **env):
        urls = {f"MAYFLY_AWS_{s}_URL": self.stack.addr for s in ("STS", "SECRETSMANAGER", "SSM", "ECR", "IAM")}
        return self.github(conf, **(urls | {"MAYFLY_SCAN": "false", "MAYFLY_TIMEOUT": "10s"} | env))

    def reads(self, *wants, **env):
        role = self.role(allow("secretsmanager:*", "ssm:*"))
        return self.job(f"aws: {{ role: '{role}', region: {REGION} }}\nsecrets:\n" + "".join(f"  {w}\n" for w in wants), **env)


class Logins(Emulators):
    def check_hidden(self, job, step):
        self.hidden |= {f"session {n}": step.env[n] for n in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN") if n in step.env}
        job.allowed += [(job.command_files()["env"], "session ")]
        super().check_hidden(job, step)

    def test_role_and_chain(self):
        for name in self.both():
            first = self.role(allow("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))
            last = self.stack.role(self.aws.name(), aws.trusted(first, None, "sts:SetSourceIdentity"), allow("secretsmanager:*"))
            step = self.ok(self.job(f"aws: {{ role: '{first}', chain: ['{last}'], region: {REGION}, session-tags: ['team=shop'], source-identity: octo }}\n").run("exchange", "aws"))
            who = self.stack.client("sts", step.env).get_caller_identity()
            self.assertEqual(who["Account"], self.account)
            self.assertIn(":assumed-role/" + last.rpartition("/")[2] + "/", who["Arn"])

    def test_accounts(self):
        for name in self.both():
            self.fails(self.job(f"aws: {{ role: '{self.role()}', region: {REGION}, allowed-account-ids: ['999999999999'] }}\n").run("exchange", "aws"), 4, "MF-AWS-05", self.account)


class Secrets(Emulators):
    def test_versions_stages_fields(self):
        for name in self.both():
            sm = self.stack.client("secretsmanager")
            values = [self.value() for _ in range(3)]
            made = sm.create_secret(Name=f"shop/{self.tag}", SecretString=json.dumps({"password": values[0]}))
            sm.put_secret_value(SecretId=made["ARN"], SecretString=json.dumps({"password": values[1]}))
            sm.put_secret_value(SecretId=made["ARN"], SecretString=json.dumps({"password": values[2]}), VersionStages=["AWSPENDING"])
            ref = f"aws-sm://shop/{self.tag}"
            step = self.ok(self.reads(f"NOW: {ref}#password", f"BEFORE: {ref}?stage=AWSPREVIOUS#password", f"NEXT: {ref}?stage=AWSPENDING#password",
                                      f"BY_ID: {ref}?version={made['VersionId']}#password", f"BY_ARN: aws-sm://{made['ARN']}#/password").run("run"))
            self.assertEqual([step.env[k] for k in ("NOW", "BEFORE", "NEXT", "BY_ID", "BY_ARN")], [values[1], values[0], values[2], values[0], values[1]])

    def test_binary(self):
        content = bytes(range(1, 256)) * 2
        for name in self.both():
            self.stack.client("secretsmanager").create_secret(Name=f"bin/{self.tag}", SecretBinary=content)
            step = self.ok(self.reads(f"KEY: {{ from: 'aws-sm://bin/{self.tag}', as: file }}").run("run"))
            with open(step.env["KEY"], "rb") as f:
                self.assertEqual(f.read(), content)

    def test_batch(self):
        for name in self.both():
            sm = self.stack.client("secretsmanager")
            values = {f"S{i}": self.value() for i in range(23)}
            for k, v in values.items():
                sm.create_secret(Name=f"b/{self.tag}/{k}", SecretString=v)
            step = self.ok(self.reads(*(f"{k}: aws-sm://b/{self.tag}/{k}" for k in values)).run("run"))
            self.assertEqual({k: step.env[k] for k in values}, values)
            step = self.fails(self.reads(*(f"{k}: aws-sm://b/{self.tag}/{k}" for k in values), "GONE: aws-sm://nobody/has").run("run"), 4, "MF-AWS-07", "nobody/has")
            self.nothing_exported(step)

    def test_many(self):
        for name in self.both():
            sm = self.stack.client("secretsmanager")
            values = {f"key-{i}": self.value() for i in range(7)}
            for k, v in values.items():
                sm.create_secret(Name=f"m/{self.tag}/{k}", SecretString=v)
            step = self.ok(self.reads(f"ALL: {{ from: 'aws-sm://m/{self.tag}/*', prefix: '' }}").run("run"))
            begin = f"M_{self.tag}_KEY_".upper()
            self.assertEqual([step.env[f"{begin}{i}"] for i in range(7)], list(values.values()))

    def test_deleted_and_missing(self):
        for name in self.both():
            sm = self.stack.client("secretsmanager")
            sm.create_secret(Name=f"gone/{self.tag}", SecretString=self.value())
            sm.delete_secret(SecretId=f"gone/{self.tag}")
            step = self.fails(self.reads(f"A: aws-sm://gone/{self.tag}").run("run"), 4, "MF-AWS-0")
            self.nothing_exported(step)
            self.fails(self.reads("A: aws-sm://nobody/has").run("run"), 4, "MF-AWS-07")
            sm.create_secret(Name=f"v/{self.tag}", SecretString=self.value())
            self.fails(self.reads(f"A: aws-sm://v/{self.tag}?stage=NOBODY").run("run"), 4, "MF-AWS-0")


class Parameters(Emulators):
    def test_kinds_versions_labels(self):
        for name in self.both():
            ssm = self.stack.client("ssm")
            one, two = self.value(), self.value()
            path = f"/shop/{self.tag}"
            ssm.put_parameter(Name=path, Value=one, Type="SecureString")
            ssm.put_parameter(Name=path, Value=two, Type="SecureString", Overwrite=True)
            ssm.label_parameter_version(Name=path, ParameterVersion=1, Labels=["old"])
            ssm.put_parameter(Name=path + "/list", Value="a,b,c", Type="StringList")
            step = self.ok(self.reads(f"NOW: aws-ssm://{path}", f"FIRST: aws-ssm://{path}?version=1", f"OLD: aws-ssm://{path}?stage=old", f"LIST: aws-ssm://{path}/list").run("run"))
            self.assertEqual([step.env[k] for k in ("NOW", "FIRST", "OLD", "LIST")], [two, one, one, "a,b,c"])
            self.fails(self.reads(f"A: aws-ssm://{path}?version=9").run("run"), 4, "MF-AWS-07")
            self.fails(self.reads(f"A: aws-ssm://{path}?stage=never").run("run"), 4, "MF-AWS-07")

    def test_tree(self):
        for name in self.both():
            ssm = self.stack.client("ssm")
            values = {f"key-{i}": self.value() for i in range(13)}
            for k, v in values.items():
                ssm.put_parameter(Name=f"/tree/{self.tag}/{k}", Value=v, Type="SecureString")
            step = self.ok(self.reads(f"ALL: {{ from: 'aws-ssm:///tree/{self.tag}/*', prefix: T_ }}").run("run"))
            self.assertEqual([step.env[f"T_KEY_{i}"] for i in range(13)], list(values.values()))
            wants = [f"P{i}: aws-ssm:///tree/{self.tag}/key-{i}" for i in range(13)]
            step = self.ok(self.reads(*wants).run("run"))
            self.assertEqual([step.env[f"P{i}"] for i in range(13)], list(values.values()))


class Others(Emulators):
    def test_doctor_reads_the_role(self):
        for name in self.both():
            host = self.issuer.github.split("://", 1)[1]
            trust = aws.federated(f"arn:aws:iam::{self.account}:oidc-provider/{host}", self.issuer.github, "repo:octo-org/octo-repo:ref:refs/heads/dev")
            role = self.stack.role(self.aws.name(), trust)
            keys = self.stack.user_keys(self.aws.name("user"), allow("iam:GetRole"))
            step = self.job(f"aws: {{ role: '{role}', region: {REGION} }}\n", MAYFLY_AWS_SOURCE="environment", **keys).run("doctor", "aws", "--online", "--format", "json")
            self.assertEqual(step.code, 1, self.shown(step))
            self.assertEqual([d["wants"] for d in json.loads(step.out)["differences"]], ["repo:octo-org/octo-repo:ref:refs/heads/dev"])

    def test_docker(self):
        program = self.folder / "docker-credential-mayfly"
        program.symlink_to(tools.mayfly())
        for name in self.both():
            job = self.job(f"aws: {{ role: '{self.role(allow('ecr:GetAuthorizationToken'))}', region: {REGION} }}\n")
            server = f"{self.account}.dkr.ecr.{REGION}.amazonaws.com"
            done = subprocess.run([program, "get"], input=server.encode(), cwd=job.work, env=job.full_env(), capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            proof = self.stack.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
            self.assertEqual(json.loads(done.stdout)["Username"], base64.b64decode(proof).decode().partition(":")[0])


class Refusals(Emulators):
    """With authentication on moto refuses in XML, also where a service speaks JSON; MiniStack never does."""

    def test_xml_of_a_json_service(self):
        stack = aws.Moto()
        self.addCleanup(stack.close)
        self.stack = stack
        stack.client("secretsmanager").create_secret(Name="locked", SecretString=self.value())
        keys = stack.user_keys("reader", allow("sts:GetCallerIdentity"))
        stack.authenticate(0)
        conf = f"aws: {{ source: environment, region: {REGION} }}\nsecrets:\n  A: aws-sm://locked\n"
        step = self.fails(self.job(conf, MAYFLY_CHECK="false", **keys).run("run"), 4, "MF-AWS-06", "locked", '"Action": "secretsmanager:GetSecretValue"')
        self.nothing_exported(step)
        wrong = keys | {"AWS_SECRET_ACCESS_KEY": "w" * 40}
        self.fails(self.job(conf, MAYFLY_CHECK="false", **wrong).run("run"), 4, "MF-AWS-02", "AWS_SECRET_ACCESS_KEY is not the secret of AWS_ACCESS_KEY_ID")
        unknown = keys | {"AWS_ACCESS_KEY_ID": "AKIA" + "Q" * 16}
        self.fails(self.job(conf, MAYFLY_CHECK="false", **unknown).run("run"), 4, "MF-AWS-02", "does not know the key")
