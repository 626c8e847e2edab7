# SPDX-License-Identifier: Apache-2.0
"""`mayfly check --online`: what is sent to whom, what the answers change, and what a server that is not what it should be can do."""
import datetime
import email.utils
import hashlib
import hmac
import http.server
import json
import secrets
import threading
import time
import zlib

from test_check import CheckCase, key_id, secret_key
from support.harness import Case

def iso(at):
    return datetime.datetime.fromtimestamp(int(at), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def github_token(prefix="ghp_"):
    """With the check digits that GitHub's have."""
    body = "".join(secrets.choice(DIGITS) for _ in range(30))
    crc, tail = zlib.crc32(body.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        tail = DIGITS[digit] + tail
    return prefix + body + tail


def gitlab_token():
    return "glpat-" + secrets.token_hex(10)


class Issuer:
    """A server on loopback. `answers` maps a path to what it says: an object, or a function of the request's handler. Whoever asks for anything else, or
    with a method, a header or a body that is not documented, gets 418."""

    def __init__(self):
        self.answers, self.seen, self.headers, self.keys, self.strange = {}, [], {}, {}, []
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def any(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                issuer.seen.append((self.command, self.path))
                answer = issuer.answers.get(self.path)
                if callable(answer):
                    return answer(self)
                self.reply(200 if answer is not None else 418, answer or {})

            do_GET = do_POST = do_PUT = do_DELETE = any

            def reply(self, status, answer, **headers):
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response_only(status)
                for name, value in ({"Date": email.utils.formatdate(usegmt=True)} | issuer.headers | headers).items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def signature_is_right(handler, key, secret, service):
    """AWS's Signature Version 4 of this request, worked out anew from the document of AWS."""
    given = handler.headers["Authorization"]
    stamp = handler.headers["X-Amz-Date"]
    scope = f"{stamp[:8]}/us-east-1/{service}/aws4_request"
    names = sorted(["content-type", "host", "x-amz-date"] + (["x-amz-security-token"] if handler.headers["X-Amz-Security-Token"] else []))
    lines = "".join(f"{n}:{handler.headers[n]}\n" for n in names)
    canonical = f"POST\n/\n\n{lines}\n{';'.join(names)}\n{hashlib.sha256(handler.body).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    k = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        k = hmac.new(k, part.encode(), hashlib.sha256).digest()
    want = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={';'.join(names)}, Signature={hmac.new(k, text.encode(), hashlib.sha256).hexdigest()}"
    age = abs(datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp() - time.time())
    return given == want and age < 60


class Online(CheckCase):
    def setUp(self):
        super().setUp()
        self.issuer = Issuer()
        self.addCleanup(self.issuer.close)
        self.host = self.issuer.url.removeprefix("http://")

    def ask(self, env, *argv, issuers=("github", "gitlab", "aws", "aws-iam", "gcp"), code=None):
        for value in env.values():
            if len(value) > 30 and "://" not in value:
                self.secret(value)
        hosts = [a for i in issuers for a in ("--online-host", f"{i}={self.issuer.url}")]
        done = self.json("--only", "job", "--online", "-vv", *hosts, *argv, env={"GITHUB_SERVER_URL": self.issuer.url, "GITLAB_HOST": self.issuer.url} | env,
                         code=code)
        return done

    def one(self, done, name):
        found = [i for i in done.items if i["name"] == name]
        self.assertEqual(len(found), 1, done.out + done.err)
        return found[0]

    def notes(self, done):
        return " ".join(f"{n['what']} {n['why']} {n['hint']}" for n in done.report["notes"])


class GitHub(Online):
    def answer(self, expires=None, scopes="repo, workflow"):
        def reply(handler):
            good = handler.command == "GET" and handler.headers["Authorization"] == f"Bearer {self.token}"
            extra = {"github-authentication-token-expiration": expires} if expires else {}
            handler.reply(200 if good else 418, {}, X_OAuth_Scopes=scopes, **extra)
        self.issuer.answers["/rate_limit"] = reply

    def run_with(self, expires=None, prefix="ghp_", code=None):
        self.token = github_token(prefix)
        self.answer(expires)
        return self.one(self.ask({"MY_PAT": self.token}, code=code), "MY_PAT")

    def test_an_end_that_is_near(self):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=20)
        item = self.run_with(end.strftime("%Y-%m-%d %H:%M:%S UTC"), code=0)
        self.assertEqual((item["life"]["known"], item["life"]["expires"], item["state"]), ("asked", iso(end.timestamp()), "ok"), item)
        self.assertIn("repo, workflow", item["life"]["note"])

    def test_an_end_in_another_zone(self):
        item = self.run_with("2099-12-31 10:00:00 -0530", code=1)
        self.assertEqual(item["life"]["expires"], "2099-12-31T15:30:00Z")

    def test_no_end(self):
        item = self.run_with(code=1)
        self.assertEqual((item["life"]["known"], item["life"]["flags"], item["state"]), ("asked", ["static"], "fail"), item)

    def test_a_token_of_an_app_s_user(self):
        self.assertEqual(self.run_with(prefix="ghu_")["life"]["known"], "asked")

    def test_no_date(self):
        self.token = github_token()
        self.answer("the end of the month")
        done = self.ask({"MY_PAT": self.token}, code=1)
        self.assertEqual(self.one(done, "MY_PAT")["life"]["known"], "by format")
        self.assertIn("has no date that can be read", self.notes(done))

    def test_refused(self):
        self.issuer.answers["/rate_limit"] = lambda h: h.reply(401, {"message": "Bad credentials"})
        item = self.one(self.ask({"MY_PAT": github_token()}, code=1), "MY_PAT")
        self.assertIn("refuses it", item["life"]["note"])
        self.assertEqual(item["life"]["known"], "by format")

    def test_the_job_s_own_token_is_not_asked_about(self):
        self.ask({"GITHUB_TOKEN": "ghs_" + secrets.token_hex(18), "GITHUB_ACTIONS": "true"}, code=0)
        self.assertEqual(self.issuer.seen, [])


class GitLab(Online):
    def run_with(self, answer, code=None):
        self.token = gitlab_token()

        def reply(handler):
            handler.reply(200 if handler.command == "GET" and handler.headers["PRIVATE-TOKEN"] == self.token else 418, answer)
        self.issuer.answers["/api/v4/personal_access_tokens/self"] = reply
        return self.ask({"DEPLOY": self.token}, code=code)

    def token_answer(self, **over):
        return {"id": 1, "name": "deploy bot", "revoked": False, "created_at": "2026-01-01T10:00:00.123Z", "scopes": ["api", "read_registry"],
                "user_id": 7, "active": True, "expires_at": "2026-02-01"} | over

    def test_a_month(self):
        item = self.one(self.run_with(self.token_answer(created_at="2099-01-01T00:00:00.000Z", expires_at="2099-02-01"), code=0), "DEPLOY")
        self.assertEqual((item["life"]["known"], item["life"]["lifetime"], item["life"]["subject"]), ("asked", 31 * 86400, "deploy bot"), item)
        self.assertEqual(item["life"]["note"], "its scopes: api read_registry")

    def test_a_year(self):
        item = self.one(self.run_with(self.token_answer(created_at="2026-11-01T00:00:00.000Z", expires_at="2099-11-01"), code=1), "DEPLOY")
        self.assertEqual((item["state"], item["life"]["verdict"]), ("fail", "too long"))

    def test_over(self):
        item = self.one(self.run_with(self.token_answer(), code=0), "DEPLOY")
        self.assertEqual(item["state"], "expired")

    def test_no_end(self):
        item = self.one(self.run_with(self.token_answer(expires_at=None), code=1), "DEPLOY")
        self.assertEqual(item["life"]["flags"], ["static"])

    def test_somebody_else_s_answer(self):
        for answer in ({"hello": 1}, [1], "x", self.token_answer(expires_at="soon"), self.token_answer(scopes=None) | {"expires_at": 7}):
            done = self.run_with(answer, code=0)
            self.assertEqual(self.one(done, "DEPLOY")["life"]["known"], "unknown", done.out)
            self.assertIn("no answer about DEPLOY", self.notes(done))

    def test_an_answer_with_the_token_in_it(self):
        self.token = gitlab_token()

        def reply(handler):
            handler.reply(200, self.token_answer(name=f"bot {handler.headers['PRIVATE-TOKEN']}", scopes=[handler.headers["PRIVATE-TOKEN"]],
                                                 expires_at="2099-01-01", created_at="2098-12-01T00:00:00Z"))
        self.issuer.answers["/api/v4/personal_access_tokens/self"] = reply
        self.secret(self.token)
        done = self.ask({"DEPLOY": self.token}, code=0)
        self.assertIn("[cut]", self.one(done, "DEPLOY")["life"]["subject"])


class Aws(Online):
    def serve(self, key, secret, created=None, arn="arn:aws:iam::123456789012:user/ci"):
        def reply(handler):
            service = "iam" if b"ListAccessKeys" in handler.body else "sts"
            body = {"sts": b"Action=GetCallerIdentity&Version=2011-06-15", "iam": b"Action=ListAccessKeys&Version=2010-05-08"}[service]
            if handler.command != "POST" or handler.body != body or not signature_is_right(handler, key, secret, service):
                return handler.reply(403, {"Error": {"Code": "SignatureDoesNotMatch"}})
            if service == "sts":
                return handler.reply(200, {"GetCallerIdentityResponse": {"GetCallerIdentityResult": {"Account": "123456789012", "Arn": arn, "UserId": "AIDA"}}})
            if not created:
                return handler.reply(403, {"Error": {"Code": "AccessDenied"}})
            handler.reply(200, {"ListAccessKeysResponse": {"ListAccessKeysResult": {"IsTruncated": False, "AccessKeyMetadata": [
                {"AccessKeyId": "AKIA" + 16 * "X", "CreateDate": 1.1e9}, {"AccessKeyId": key, "CreateDate": created, "Status": "Active"}]}}})
        self.issuer.answers["/"] = reply

    def env(self, kind="AKIA"):
        key, secret = key_id(kind), secret_key()
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}

    def test_whose_it_is_and_how_old(self):
        env = self.env()
        self.serve(*env.values(), created=1.7e9)
        item = self.one(self.ask(env, code=1), "AWS_ACCESS_KEY_ID")
        self.assertEqual((item["life"]["known"], item["life"]["issued"], item["life"]["account"], item["life"]["subject"]),
                         ("asked", iso(1700000000), "AWS account 123456789012", "arn:aws:iam::123456789012:user/ci"))

    def test_one_that_may_not_ask_for_its_age(self):
        env = self.env()
        self.serve(*env.values())
        item = self.one(self.ask(env, code=1), "AWS_ACCESS_KEY_ID")
        self.assertEqual((item["life"]["issued"], item["life"]["note"]), (None, "it may not be asked how old it is"))

    def test_a_session(self):
        env = self.env("ASIA") | {"AWS_SESSION_TOKEN": secrets.token_urlsafe(200)}
        self.serve(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], arn="arn:aws:sts::123456789012:assumed-role/ci/x")
        item = self.one(self.ask(env, code=0), "AWS_ACCESS_KEY_ID")
        self.assertEqual((item["life"]["known"], item["life"]["subject"]), ("by format", "arn:aws:sts::123456789012:assumed-role/ci/x"))
        self.assertEqual(len(self.issuer.seen), 1)

    def test_a_key_that_is_gone(self):
        for answer in ({"Error": {"Code": "InvalidClientTokenId"}}, b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>"):
            self.issuer.answers["/"] = lambda h, a=answer: h.reply(403, a)
            item = self.one(self.ask(self.env(), code=1), "AWS_ACCESS_KEY_ID")
            self.assertIn("refuses it", item["life"]["note"])

    def test_an_id_alone_is_not_asked_about(self):
        self.ask({"AWS_ACCESS_KEY_ID": key_id()})
        self.assertEqual(self.issuer.seen, [])

    def test_another_partition(self):
        done = self.ask(self.env() | {"AWS_REGION": "cn-north-1"}, issuers=(), code=1)
        self.assertIn("it belongs to sts.cn-north-1.amazonaws.com.cn, which is not on the list", self.notes(done))


class Gcp(Online):
    def test_what_is_left(self):
        token = "ya29." + secrets.token_urlsafe(90)
        now = int(time.time())

        def reply(handler):
            good = handler.command == "POST" and handler.body == f"access_token={token}".encode() and token not in handler.path
            handler.reply(200 if good else 418, {"exp": str(now + 1800), "expires_in": "1800", "email": "ci@p.iam.gserviceaccount.com"})
        self.issuer.answers["/tokeninfo"] = reply
        item = self.one(self.ask({"GCP": token}, code=0), "GCP")
        self.assertEqual((item["life"]["known"], item["life"]["expires"], item["life"]["subject"]), ("asked", iso(now + 1800), "ci@p.iam.gserviceaccount.com"))


class Hosts(Online):
    """A credential goes to the server that it belongs to, and nowhere else."""

    def test_nothing_is_asked_unless_it_is_said(self):
        self.check("--only", "job", env={"MY_PAT": github_token(), "GITHUB_SERVER_URL": self.issuer.url, "MAYFLY_ONLINE_HOST": f"github={self.issuer.url}"})
        self.assertEqual(self.issuer.seen, [])

    def test_a_host_that_is_not_listed(self):
        done = self.ask({"MY_PAT": github_token(), "DEPLOY": gitlab_token()}, issuers=())
        self.assertEqual(self.issuer.seen, [])
        self.assertIn(f"--online-host github=https://{self.host}/api/v3", self.notes(done))
        self.assertIn(f"--online-host gitlab=https://{self.host}", self.notes(done))

    def test_one_of_another_server_is_not_sent(self):
        done = self.ask({"MY_PAT": github_token(), "GITHUB_SERVER_URL": "https://github.example.com"})
        self.assertEqual(self.issuer.seen, [])
        self.assertIn("it belongs to github.example.com", self.notes(done))

    def test_files_say_whose_it_is(self):
        tokens = [self.secret(github_token()) for _ in range(4)]
        self.issuer.answers["/rate_limit"] = lambda h: h.reply(200, {})
        self.write(self.home, ".config/gh/hosts.yml", f"{self.host}:\n  oauth_token: {tokens[0]}\ngithub.example.com:\n  oauth_token: {tokens[1]}\n")
        self.write(self.home, ".netrc", f"machine {self.host} login x password {tokens[2]}\n")
        self.write(self.home, ".npmrc", f"//npm.pkg.github.com/:_authToken={tokens[3]}\n")
        done = self.ask({})
        self.assertEqual(len(self.issuer.seen), 2, self.issuer.seen)
        asked = {i["path"] for i in done.items if i["life"]["known"] == "asked"}
        self.assertEqual(asked, {"~/.config/gh/hosts.yml", "~/.netrc"}, done.out)

    def test_the_repository_s_file_says_nothing_of_it(self):
        evil = self.write(self.repo, ".mayfly.yml", f"vault: {{ url: '{self.issuer.url}' }}\n")
        done = self.ask({"VAULT_TOKEN": "hvs." + secrets.token_urlsafe(70)})
        self.assertEqual(self.issuer.seen, [])
        self.assertIn("whoever writes that could have the token sent anywhere", self.notes(done))
        evil.write_text("lifetime: { online: true }\n")
        self.assertEqual(self.check(code=2).code, 2)

    def test_what_is_found_in_the_repository_is_not_sent(self):
        self.write(self.repo, "config.txt", f"token = {github_token()}\n")
        self.git()
        self.check("--online", "--online-host", f"github={self.issuer.url}", env={"GITHUB_SERVER_URL": self.issuer.url})
        self.assertEqual(self.issuer.seen, [])

    def test_the_public_address_can_be_taken_away(self):
        done = self.json("--only", "job", "--online", "--online-host", "github=none", env={"MY_PAT": self.secret(github_token())})
        self.assertIn("it belongs to github.com, which is not on the list", self.notes(done))
        self.assertIn("--online-host github=https://api.github.com", self.notes(done))

    def test_names_of_issuers(self):
        done = self.check("--online", "--online-host", "githup=https://x.example", code=2)
        self.assertIn("there is no issuer 'githup'", done.err)
        self.check("--online", "--online-host", "github", code=2)

    def test_a_dry_run_lists_the_requests(self):
        env = {"MY_PAT": github_token(), "DEPLOY": gitlab_token(), "AWS_ACCESS_KEY_ID": key_id(), "AWS_SECRET_ACCESS_KEY": secret_key()}
        for value in env.values():
            self.secret(value)
        done = self.check("--only", "job", "--online", "--dry-run", "--online-host", "gitlab=https://git.example.com", "-vv",
                          env=env | {"CI_SERVER_URL": "https://git.example.com"}, code=0)
        for line in ("GET https://api.github.com/rate_limit about MY_PAT", "GET https://git.example.com/api/v4/personal_access_tokens/self about DEPLOY",
                     "POST https://sts.amazonaws.com/ about AWS_ACCESS_KEY_ID", "POST https://iam.amazonaws.com/ about AWS_ACCESS_KEY_ID"):
            self.assertIn(line, done.err)
        self.assertNotIn("would send", self.check("--only", "job", "--dry-run", env=env, code=0).err)

    def test_the_same_token_is_asked_about_once(self):
        token = github_token()
        self.issuer.answers["/rate_limit"] = lambda h: h.reply(200, {})
        done = self.ask({"MY_PAT": token, "MY_OTHER_PAT": token})
        self.assertEqual(len(self.issuer.seen), 1)
        self.assertEqual([i["life"]["known"] for i in done.items], ["asked", "asked"])


class Trouble(Online):
    """What goes wrong with an issuer is told, and what was measured without it stays."""

    def trouble(self, answer, *argv, code=1):
        self.issuer.answers["/rate_limit"] = answer
        done = self.ask({"MY_PAT": github_token()}, "--timeout", "2s", *argv, code=code)
        self.assertEqual(self.one(done, "MY_PAT")["life"]["known"], "by format", done.out)
        self.assertIn("no answer about MY_PAT", self.notes(done))
        return done

    def test_statuses(self):
        for status in (403, 404, 500, 503):
            self.trouble(lambda h, s=status: h.reply(s, {}))

    def test_throttled(self):
        self.trouble(lambda h: h.reply(429, {}, Retry_After="60"))

    def test_a_redirect_is_not_followed(self):
        other = Issuer()
        self.addCleanup(other.close)
        for status in (301, 302, 307, 308):
            self.trouble(lambda h, s=status: h.reply(s, {}, Location=other.url + "/rate_limit"))
        self.assertEqual(other.seen, [])

    def test_a_server_that_hangs(self):
        begin = time.monotonic()
        self.trouble(lambda h: time.sleep(4))
        self.assertLess(time.monotonic() - begin, 30)

    def test_a_server_that_is_not_there(self):
        self.issuer.close()
        self.addCleanup(lambda: None)
        self.issuer.close = lambda: None
        self.trouble(None)

    def test_large_and_broken_answers(self):
        token = gitlab_token()
        for body in (b"x" * (10 << 20), b'{"id": 1, "expires_at": "20', b"[" * 100000, b"\xff\xfe", b""):
            self.issuer.answers["/api/v4/personal_access_tokens/self"] = lambda h, b=body: h.reply(200, b)
            done = self.ask({"DEPLOY": token}, "--timeout", "5s", code=0)
            self.assertIn("no answer about DEPLOY", self.notes(done))

    def test_strict_wants_all_answers(self):
        self.issuer.answers["/api/v4/personal_access_tokens/self"] = lambda h: h.reply(500, {})
        self.ask({"DEPLOY": gitlab_token()}, "--timeout", "2s", "--strict", code=7)

    def test_clocks_that_differ(self):
        self.issuer.headers["Date"] = email.utils.formatdate(time.time() + 7200, usegmt=True)
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=3)
        self.issuer.answers["/rate_limit"] = lambda h: h.reply(200, {}, **{"github-authentication-token-expiration": end.strftime("%Y-%m-%d %H:%M:%S UTC")})
        done = self.ask({"MY_PAT": github_token()}, code=0)
        self.assertIn("this machine's clock says", self.notes(done))
        self.assertLess(abs(self.one(done, "MY_PAT")["life"]["remaining"] - 3600), 60)

    def test_a_date_that_is_none(self):
        self.issuer.headers["Date"] = "yesterday"
        self.issuer.answers["/rate_limit"] = lambda h: h.reply(200, {})
        self.assertNotIn("clock", self.notes(self.ask({"MY_PAT": github_token()}, code=1)))


class Vault(Case):
    """On OpenBao itself."""

    def ask(self, token, *argv, ns=None, **over):
        self.hidden["the token"] = token
        job = self.github(VAULT_TOKEN=token, VAULT_ADDR=self.bao.addr, MAYFLY_VAULT_URL=None, **over)
        step = job.run("check", "--only", "job", "--online", "--format", "json", *argv, check=False)
        return next(i for i in json.loads(step.out)["items"] if i["name"] == "VAULT_TOKEN"), step

    def token(self, **role):
        made = self.bao.call("POST", "auth/token/create", {"policies": ["default"], "no_parent": True} | role)["auth"]["client_token"]
        self.addCleanup(self.bao.call, "POST", "auth/token/revoke", {"token": made}, ok=(200, 204, 400, 403))
        return made

    def test_lives(self):
        item, _ = self.ask(self.token(ttl="30m"))
        self.assertEqual((item["life"]["known"], item["life"]["lifetime"], item["state"]), ("asked", 1800, "ok"), item)
        item, _ = self.ask(self.token(ttl="90h"))
        self.assertEqual(item["state"], "fail")
        item, _ = self.ask(self.token(period="30m"))
        self.assertEqual((item["life"]["flags"], item["state"]), (["static"], "fail"))
        self.assertIn("periodic", item["life"]["note"])
        item, _ = self.ask(self.token(ttl="30m", num_uses=5))
        self.assertIn("good for 4 more requests", item["life"]["note"])

    def test_root(self):
        item, _ = self.ask(self.token(policies=["root"]))
        self.assertEqual((item["life"]["flags"], item["state"], item["life"]["note"]), (["static"], "fail", "it has the policy 'root'"))

    def test_one_that_is_gone(self):
        token = self.token(ttl="30m")
        self.bao.call("POST", "auth/token/revoke", {"token": token}, ok=(200, 204))
        item, step = self.ask(token)
        self.assertEqual(item["life"]["known"], "unknown")
        self.assertIn("no answer about VAULT_TOKEN", step.out.decode())
