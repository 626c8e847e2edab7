# SPDX-License-Identifier: Apache-2.0
"""`make demo`: what a newcomer sees first has to work, end, and leave nothing behind."""
import os
import signal
import subprocess
import sys
import time
import unittest

from support import tools


class Demo(unittest.TestCase):
    def start(self, **env):
        base = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", "MAYFLY": tools.mayfly()}
        base |= {k: os.environ[k] for k in ("MAYFLY_CACHE", "XDG_CACHE_HOME") if k in os.environ}
        return subprocess.Popen([sys.executable, str(tools.ROOT / "scripts" / "demo")], env=base | env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                                # a background job of a shell ignores SIGINT, and so would the demo
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def test_tells_the_whole_story(self):
        child = self.start()
        out, err = child.communicate(timeout=60)
        self.assertEqual((child.returncode, err), (0, ""), out)
        self.assertNotIn("\033", out, "colours although this is no terminal")
        for text in ("mayfly run", "::add-mask::", "mayfly revoke", "the token is gone", "and 403 to whoever kept it"):
            self.assertIn(text, out)
        key = next(line.split("::add-mask::")[1] for line in out.splitlines() if "::add-mask::dk_live_" in line)
        self.assertEqual(out.count(key), 1, "the key is shown outside of its mask command")
        self.assertIn("with the key ***", out)

    def test_ends_when_it_is_told_to(self):
        for sig, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(signal=sig):
                child = self.start()
                while "OpenBao" not in child.stdout.readline():
                    self.assertIsNone(child.poll())
                servers = subprocess.run(["ps", "-o", "pid=", "--ppid", str(child.pid)], capture_output=True, text=True).stdout.split()
                self.assertGreaterEqual(len(servers), 2)
                child.send_signal(sig)
                child.communicate(timeout=20)
                self.assertEqual(child.returncode, code)
                end = time.monotonic() + 3
                while any(os.path.exists(f"/proc/{pid}") for pid in servers) and time.monotonic() < end:
                    time.sleep(0.05)
                self.assertEqual([pid for pid in servers if os.path.exists(f"/proc/{pid}")], [], "a server still runs")

    def test_says_what_is_missing(self):
        child = self.start(MAYFLY="/nowhere/mayfly")
        out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 1)
        self.assertIn("/nowhere/mayfly is not there", err)
