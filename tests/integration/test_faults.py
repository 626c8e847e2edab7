# SPDX-License-Identifier: Apache-2.0
"""Servers that are down, slow, broken or hostile: one clear error, nothing exported, no token left."""
import socket
import time

from support import certs, servers
from support.front import (Front, cut_in_headers, drip, ended_early, enormous, reset, reset_mid_body, silent, status, truncated)
from support.harness import Case, canary

READ = "/v1/secret/data/ci/fault"
LOGIN = "/v1/auth/jwt/login"
PATIENCE = {"MAYFLY_TIMEOUT": "3s"}


class Faulty(Case):
    CONFIG = "secrets:\n  FIRST: vault://secret/data/ci/first#key\n  KEY: vault://secret/data/ci/fault#key\n"

    def setUp(self):
        super().setUp()
        self.secret("ci/first", key=canary("first"))
        self.key = self.secret("ci/fault", key=canary("fault"))["key"]
        self.front = Front(self.bao.addr)
        self.addCleanup(self.front.close)

    def job_through_front(self, **env):
        return self.github(self.CONFIG, MAYFLY_VAULT_URL=self.front.addr, **(PATIENCE | env))

    def recovers(self, path, rule, times, at_least=0.0, within=3.0):
        """The fault goes away after `times` answers, and the job never knew."""
        job = self.job_through_front()
        self.front.on(path, rule, times)
        step = self.ok(job.run("run"))
        self.assertEqual(step.env["KEY"], self.key)
        self.assertGreaterEqual(self.front.count(path), times + 1)
        self.assertGreaterEqual(step.seconds, at_least)
        self.assertLess(step.seconds, within)
        self.ok(job.post())
        self.no_token_left()

    def breaks(self, path, rule, codes, *texts, tries=None, within=5.0, **env):
        """The fault stays: one error, nothing exported, the token is gone at the latest after the post step."""
        job = self.job_through_front(**env)
        self.front.on(path, rule)
        step = job.run("run")
        self.assertIn(step.code, codes, self.shown(step))
        self.assertEqual(step.text.count("error[MF-"), 1, self.shown(step))
        self.assertEqual(len(step.log.of("error")), 1, self.shown(step))
        for text in texts:
            self.assertIn(text, step.text, self.shown(step))
        self.nothing_exported(step)
        self.assertLess(step.seconds, within, self.shown(step))
        if tries is not None:
            self.assertEqual(self.front.count(path), tries, "requests sent")
        self.front.rules.clear()
        self.ok(job.post())
        if not path == LOGIN:       # a login whose answer was lost leaves a token that nobody knows
            self.no_token_left()
        return step


class Reads(Faulty):
    def test_403_is_permanent(self):
        self.breaks(READ, status(403, body='{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}'), (4,),
                    "secret/data/ci/fault", "permission denied", tries=1)

    def test_404_is_permanent(self):
        self.breaks(READ, status(404, body='{"errors":[]}'), (4,), "secret/data/ci/fault", tries=1)

    def test_400_is_permanent(self):
        self.breaks(READ, status(400), (4,), "scripted", tries=1)

    def test_412_is_tried_again(self):
        self.recovers(READ, status(412), 2)

    def test_429_waits_as_told(self):
        self.recovers(READ, status(429, {"Retry-After": "1"}), 1, at_least=1.0)

    def test_429_without_advice(self):
        self.recovers(READ, status(429), 2)

    def test_retry_after_beyond_the_deadline(self):
        step = self.breaks(READ, status(503, {"Retry-After": "3600"}), (5,), "503")
        self.assertLess(step.seconds, 4.0)

    def test_retry_after_as_a_date_or_nonsense(self):
        for value in ("Wed, 21 Oct 2015 07:28:00 GMT", "-5", "soon", "99999999999999999999"):
            with self.subTest(value=value):
                job = self.job_through_front()
                self.front.on(READ, status(503, {"Retry-After": value}), 1)
                step = job.run("run")
                self.assertIn(step.code, (0, 5), self.shown(step))
                self.assertLess(step.seconds, 4.0)
                self.ok(job.post())
        self.no_token_left()

    def test_500_502_503_504_are_tried_again(self):
        for code in (500, 502, 503, 504):
            with self.subTest(code=code):
                self.recovers(READ, status(code), 1)

    def test_503_that_stays(self):
        self.breaks(READ, status(503), (5,), "503")

    def test_reset(self):
        self.recovers(READ, reset, 1)

    def test_reset_that_stays(self):
        self.breaks(READ, reset, (5,), "MF-HTTP-06")

    def test_reset_mid_body(self):
        self.recovers(READ, reset_mid_body, 1)

    def test_reset_mid_body_that_stays(self):
        # three tries end long before the deadline, whose error is another
        self.breaks(READ, reset_mid_body, (5,), "MF-HTTP-15", MAYFLY_TRIES="3")

    def test_cut_in_the_headers(self):
        self.breaks(READ, cut_in_headers, (5,), "MF-HTTP-06")

    def test_truncated_json(self):
        self.breaks(READ, truncated, (4,), "MF-JSON-01")

    def test_answer_shorter_than_announced(self):
        self.breaks(READ, ended_early, (5,), "MF-HTTP-15")

    def test_empty_answer(self):
        self.breaks(READ, status(200, body=""), (4, 5))

    def test_html(self):
        self.breaks(READ, status(200, body="<html><body>Sign in to the proxy</body></html>", kind="text/html"), (4, 5))

    def test_html_error_page(self):
        self.breaks(READ, status(403, body="<html>blocked by the firewall</html>", kind="text/html"), (4,), tries=1)

    def test_enormous_json(self):
        self.breaks(READ, enormous(64), (4,), "MF-HTTP-14", within=6.0)

    def test_slow_drip_ends_at_the_deadline(self):
        self.breaks(READ, drip(20), (5,), "MF-HTTP-05", within=4.5)

    def test_silence_ends_at_the_deadline(self):
        self.breaks(READ, silent(20), (5,), "MF-HTTP-05", within=4.5)

    def test_wrong_types(self):
        for body in ("null", "[]", '"x"', "7", "{}", '{"data":null}', '{"data":[]}', '{"data":"x"}', '{"data":{"data":[]}}',
                     '{"data":{"data":7,"metadata":{}}}', '{"data":{"data":null,"metadata":{"version":1}}}'):
            with self.subTest(body=body):
                self.breaks(READ, status(200, body=body), (4, 5))

    def test_deep_nesting(self):
        self.breaks(READ, status(200, body="[" * 100000), (2, 4, 5))

    def test_duplicate_keys(self):
        self.breaks(READ, status(200, body='{"data":{"data":{"key":"aaaaaaaaaa","key":"bbbbbbbbbb"},"metadata":{}}}'), (4, 5))

    def test_error_text_of_the_server_is_made_harmless(self):
        body = '{"errors":["bad\\u001b[31m thing\\n::add-mask::x\\n::error::fake\\r\\n::stop-commands::abc"]}'
        step = self.breaks(READ, status(403, body=body), (4,))
        self.assertNotIn(b"\x1b[31m", step.out)
        self.assertEqual(step.log.of("stop-commands"), [])
        self.assertNotIn("x", step.log.masks)

    def test_redirect_elsewhere_is_refused(self):
        with Front() as thief:
            self.breaks(READ, status(302, {"Location": thief.addr + "/steal"}), (4,), "MF-HTTP-13")
            self.front.rules.clear()
            self.breaks(READ, status(307, {"Location": thief.addr + "/steal"}), (4,), "MF-HTTP-13")
            self.assertEqual(thief.seen, [], "the token went to another server")


class Logins(Faulty):
    def test_503_is_tried_again(self):
        self.recovers(LOGIN, status(503), 1)

    def test_400_is_permanent(self):
        self.breaks(LOGIN, status(400, body='{"errors":["error validating token: invalid audience (aud) claim"]}'), (4,),
                    "audience", tries=1)

    def test_403_is_permanent(self):
        self.breaks(LOGIN, status(403), (4,), tries=1)

    def test_500_is_not_repeated_for_ever(self):
        self.breaks(LOGIN, status(500), (4, 5))

    def test_answers_without_a_token(self):
        for body in ("", "{}", '{"auth":null}', '{"auth":{}}', '{"auth":{"client_token":7}}', '{"auth":{"client_token":""}}',
                     '{"auth":{"client_token":"s.a\\u0000b","lease_duration":60}}', "<html></html>",
                     '{"auth":{"client_token":"s.abc\\r\\nX-Evil: 1","lease_duration":60}}'):
            with self.subTest(body=body):
                self.breaks(LOGIN, status(200, body=body), (4, 5))

    def test_reset_is_not_repeated_blindly(self):
        step = self.breaks(LOGIN, reset_mid_body, (5,), "MF-HTTP-15")
        self.assertLess(step.seconds, 5)


class Network(Case):
    CONFIG = "secrets:\n  KEY: vault://secret/data/ci/n#key\n"

    def setUp(self):
        super().setUp()
        self.secret("ci/n", key=canary("network"))

    def run_against(self, url, code, *texts, **env):
        job = self.github(self.CONFIG, MAYFLY_VAULT_URL=url, **(PATIENCE | env))
        step = self.fails(job.run("run"), code, *texts)
        self.nothing_exported(step)
        return step

    def test_server_is_down(self):
        port = servers.free_port()
        step = self.run_against(f"http://127.0.0.1:{port}", 5, "MF-HTTP-04", f"127.0.0.1:{port}")
        self.assertRegex(step.text, "(?i)refused|connect")

    def test_name_that_does_not_exist(self):
        self.run_against("https://vault.invalid", 5, "MF-HTTP-03", "vault.invalid")

    def test_server_that_accepts_and_says_nothing(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen(8)
            began = time.monotonic()
            self.run_against(f"http://127.0.0.1:{s.getsockname()[1]}", 5, "MF-HTTP-05")
            self.assertLess(time.monotonic() - began, 5)

    def test_server_that_speaks_something_else(self):
        with Front() as front:
            front.on("/", lambda call: call.sock.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n") or call.reset())
            self.run_against(front.addr, 5, "MF-HTTP-16")

    def test_plain_http_beyond_loopback_is_refused(self):
        step = self.run_against("http://vault.example.com:8200", 2, "MF-HTTP-01", "https")
        self.assertIn("--allow-http", step.text)

    def test_address_with_credentials_in_it(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_URL="https://user:hunter2hunter2@vault.example.com")
        self.hidden["password"] = "hunter2hunter2"
        step = job.run("run")
        self.assertEqual(step.code, 2, self.shown(step))

    def test_proxy_is_used_and_told_about_when_down(self):
        port = servers.free_port()
        step = self.run_against("https://vault.example.com", 5, "MF-HTTP-12", HTTPS_PROXY=f"http://127.0.0.1:{port}",
                                ACTIONS_ID_TOKEN_REQUEST_URL=self.issuer.request_url)
        self.assertIn(f"127.0.0.1:{port}", step.text)


class Tls(Case):
    tls = True
    CONFIG = "secrets:\n  KEY: vault://secret/data/ci/t#key\n"

    def setUp(self):
        super().setUp()
        self.key = self.secret("ci/t", key=canary("tls"))["key"]
        self.ca = certs.Authority(self.folder)

    def fails_tls(self, front_tls, *texts, **env):
        with Front(self.bao.addr, self.bao.ca, tls=front_tls) as front:
            job = self.github(self.CONFIG, MAYFLY_VAULT_URL=front.addr, **({"MAYFLY_VAULT_CA_FILE": self.ca.cert} | env))
            step = self.fails(job.run("run"), 5, *texts)
            self.assertEqual(front.seen, [], "a request was sent to a server that is not trusted")
            self.nothing_exported(step)

    def test_tls_and_http2(self):
        job = self.github(self.CONFIG)
        self.assertEqual(self.ok(job.run("run")).env["KEY"], self.key)
        self.ok(job.post())
        self.no_token_left()

    def test_name_mismatch(self):
        self.fails_tls(self.ca.issue("other.example.com"), "MF-HTTP-07", "127.0.0.1")

    def test_unknown_ca(self):
        other = certs.Authority(self.folder, "other")
        self.fails_tls(other.issue("127.0.0.1"), "MF-HTTP-08", "certificate")

    def test_expired_certificate(self):
        self.fails_tls(self.ca.issue("127.0.0.1", days=-1), "MF-HTTP-09", "expired")

    def test_ca_file_that_is_not_there_or_empty(self):
        for content in (None, "", "no certificate\n"):
            with self.subTest(content=content):
                path = self.folder / "ca.pem"
                path.unlink(missing_ok=True)
                if content is not None:
                    path.write_text(content)
                job = self.github(self.CONFIG, MAYFLY_VAULT_CA_FILE=str(path))
                step = job.run("run")
                self.assertEqual(step.code, 2, self.shown(step))
                self.assertIn("MF-HTTP-11", step.text)
                self.assertIn(str(path), step.text)
                self.nothing_exported(step)

    def test_skip_verify_warns(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_CA_FILE=None, VAULT_SKIP_VERIFY="true")
        step = self.ok(job.run("run"))
        self.assertTrue(any("verif" in text for _, text in step.log.of("warning")), self.shown(step))
        self.ok(job.post())
        self.no_token_left()

    def test_ca_from_the_names_of_vault(self):
        job = self.github(self.CONFIG, MAYFLY_VAULT_CA_FILE=None, VAULT_CACERT=self.bao.ca)
        self.ok(job.run("run"))
        self.ok(job.post())
        self.no_token_left()
