# SPDX-License-Identifier: Apache-2.0
"""A job that is cancelled: no partial export, no token that lives on."""
import signal
import subprocess
import time

from support.front import Front, status
from support.harness import Case, Step, canary


class Cancelled(Case):
    CONFIG = "".join(f"  K{i}: vault://secret/data/ci/s{i}#key\n" for i in range(3))

    def setUp(self):
        super().setUp()
        self.values = {f"K{i}": self.secret(f"ci/s{i}", key=canary(f"s{i}"))["key"] for i in range(3)}
        self.front = Front(self.bao.addr)
        self.addCleanup(self.front.close)
        self.job = self.github("secrets:\n" + self.CONFIG, MAYFLY_VAULT_URL=self.front.addr)

    def finish(self, child, began):
        out, err = child.communicate(timeout=30)
        step = self.job.finish(Step(child.returncode, out, err, time.monotonic() - began))
        self.assertIn(step.env, ({}, self.values), "a part was exported")
        self.assertEqual(bool(step.env), step.code == 0, self.shown(step))
        return step

    def stopped(self, step, *signals, between=False):
        """The exit code names the signal; one error says that a request was given up, or that it came `between` requests."""
        self.assertIn(step.code, [128 + sig for sig in signals], self.shown(step))
        stage = f"error[MF-CMD-02]: stopped by signal {step.code - 128}\n"
        if between is None and stage not in step.text:
            between = False
        if between is False:
            self.assertRegex(step.text, r"error\[MF-HTTP-17\]: .* was cancelled\n *= why: the job was asked to stop\n", self.shown(step))
        else:
            self.assertIn(stage, step.text, self.shown(step))
            self.assertIn("why: the job was cancelled", step.text)
        self.assertEqual(step.text.count("error[MF-"), 1, self.shown(step))

    def cancel_at(self, path, sig=signal.SIGTERM, hold=0.1, nth=1, between=False):
        """Sends `sig` when the nth request for `path` arrives, and lets it go on after `hold` seconds."""
        seen = []

        def rule(call):
            seen.append(call.path)
            if len(seen) == nth:
                child.send_signal(sig)
                time.sleep(hold)
            return "pass"
        self.front.on(path, rule)
        began = time.monotonic()
        child = self.job.start("run")
        step = self.finish(child, began)
        self.stopped(step, sig, between=between)
        self.assertLess(step.seconds, 5)
        self.nothing_exported(step)
        self.front.rules.clear()
        return step

    def test_while_logging_in(self):
        """The server makes a token although we were told to stop: its answer is still taken, and the token revoked."""
        self.cancel_at("/v1/auth/jwt/login", hold=0.5, between=True)
        time.sleep(0.7)
        self.no_token_left()

    def test_while_a_login_hangs(self):
        self.front.on("/v1/auth/jwt/login", lambda call: time.sleep(8))
        began = time.monotonic()
        child = self.job.start("run")
        time.sleep(0.5)
        child.send_signal(signal.SIGTERM)
        step = self.finish(child, began)
        self.stopped(step, signal.SIGTERM)
        self.assertLess(step.seconds, 4)

    def test_while_reading(self):
        for nth in (1, 2, 3):
            with self.subTest(nth=nth):
                self.cancel_at("/v1/secret/data", nth=nth)
                self.no_token_left()

    def test_interrupt(self):
        self.cancel_at("/v1/secret/data", signal.SIGINT)
        self.no_token_left()

    def test_twice(self):
        """The runner sends SIGINT, then SIGTERM: the second does not keep us from revoking."""
        def rule(call):
            child.send_signal(signal.SIGINT)
            time.sleep(0.05)
            child.send_signal(signal.SIGTERM)
            time.sleep(0.05)
            return "pass"
        self.front.on("/v1/secret/data", rule, times=1)
        began = time.monotonic()
        child = self.job.start("run")
        step = self.finish(child, began)
        self.stopped(step, signal.SIGINT, signal.SIGTERM)
        self.no_token_left()

    def test_while_the_server_hangs(self):
        self.front.on("/v1/secret/data", lambda call: time.sleep(10))
        began = time.monotonic()
        child = self.job.start("run")
        time.sleep(1)
        sent = time.monotonic()
        child.send_signal(signal.SIGTERM)
        step = self.finish(child, began)
        self.assertLess(time.monotonic() - sent, 4)
        self.stopped(step, signal.SIGTERM)
        self.no_token_left()

    def test_while_waiting_to_try_again(self):
        self.front.on("/v1/secret/data", status(503, {"Retry-After": "20"}))
        began = time.monotonic()
        child = self.job.start("run")
        time.sleep(1)
        child.send_signal(signal.SIGTERM)
        step = self.finish(child, began)
        self.stopped(step, signal.SIGTERM)
        self.assertLess(step.seconds, 5)
        self.no_token_left()

    def test_at_many_moments(self):
        """Whatever the moment: everything or nothing, and no token once the post step ran."""
        began = time.monotonic()
        self.ok(self.job.run("run"))
        whole = time.monotonic() - began
        self.ok(self.job.post())
        self.no_token_left()
        codes = set()
        for i in range(40):
            self.job.saved, self.job.exported = {}, {}
            began = time.monotonic()
            child = self.job.start("run")
            time.sleep(whole * 1.1 * i / 40)
            child.send_signal(signal.SIGTERM)
            step = self.finish(child, began)
            codes.add(step.code)
            self.assertIn(step.code, (0, 143, -signal.SIGTERM), self.shown(step))
            if step.code == -signal.SIGTERM:        # before main() had the chance to ask for it
                self.assertEqual(step.state, {}, "killed after there was a token")
            if step.code == 143:
                self.stopped(step, signal.SIGTERM, between=None)
            if step.code != 0:
                self.no_token_left()
            self.ok(self.job.post())
            self.no_token_left()
        self.assertIn(143, codes)

    def test_post_step_is_not_kept_from_revoking(self):
        self.ok(self.job.run("run"))
        state = {"STATE_" + k: v for k, v in self.job.saved.items()}

        def rule(call):
            child.send_signal(signal.SIGINT)
            time.sleep(0.05)
            return "pass"
        self.front.on("/v1/auth/token/revoke-self", rule, times=1)
        began = time.monotonic()
        child = self.job.start("revoke", env=state)
        out, err = child.communicate(timeout=20)
        self.assertLess(time.monotonic() - began, 5)
        self.no_token_left()
