# SPDX-License-Identifier: Apache-2.0
"""The action's shim on every Node that is there: finding or fetching the binary, starting it, passing on what happens."""
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import platform
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from support import tools
from support.certs import Authority
from support.runner import parse_file_command

ASSET = "mayfly-linux-" + platform.machine()
# Stands for the binary: says how it was started, then does what the test asks for.
PROGRAM = """#!/bin/sh
{ echo "$0 $*"; echo "action=$MAYFLY_ACTION inputs=$MAYFLY_INPUTS"; } >>"$WITNESS"
case $BEHAVE in
wait)
	trap 'echo TERM >>"$WITNESS"; exit 143' TERM
	trap 'echo INT >>"$WITNESS"; exit 130' INT
	echo ready
	while :; do sleep 0.05; done ;;
kill) kill -9 $$ ;;
esac
exit ${BEHAVE:-0}
"""


def nodes():
    """{version: path}"""
    found = {}
    for path in [shutil.which("node"), "/usr/bin/node", tools.CACHE / "bin" / "node"]:
        if path and os.access(path, os.X_OK):
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.strip()
            found.setdefault(version, str(path))
    return found


class ShimCase(unittest.TestCase):
    def setUp(self):
        self.nodes = nodes()
        self.assertTrue(self.nodes, "there is no node; scripts/setup test installs it")
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="mf-shim-"))
        self.addCleanup(shutil.rmtree, self.tmp, True)
        self.action = self.tmp / "action"
        shutil.copytree(tools.ROOT / "ci" / "github", self.action / "ci" / "github")
        self.fresh()

    def fresh(self):
        """A job without a past."""
        for name in ("temp", "tools", "work"):
            shutil.rmtree(self.tmp / name, True)
            (self.tmp / name).mkdir()
        for name in ("state", "output", "witness"):
            (self.tmp / name).write_text("")

    def put(self, path, text=PROGRAM, mode=0o755):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def bundle(self):
        return self.put(self.action / "bin" / ASSET)

    def env(self, **over):
        env = {
            "PATH": os.environ["PATH"], "HOME": str(self.tmp), "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.tmp / "work"),
            "RUNNER_TEMP": str(self.tmp / "temp"), "RUNNER_TOOL_CACHE": str(self.tmp / "tools"), "GITHUB_STATE": str(self.tmp / "state"),
            "GITHUB_OUTPUT": str(self.tmp / "output"), "GITHUB_ACTION_REPOSITORY": "octo/mayfly", "GITHUB_ACTION_REF": "v0",
            "WITNESS": str(self.tmp / "witness"),
        }
        # the runner hands saved state to the post step
        for name, value in parse_file_command((self.tmp / "state").read_bytes()):
            env["STATE_" + name] = value
        return {k: v for k, v in (env | over).items() if v is not None}

    def start(self, node, script, **over):
        return subprocess.Popen([node, str(self.action / "ci" / "github" / script)], env=self.env(**over), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.tmp / "work")

    def run_shim(self, node, script="shim/main.js", **over):
        child = self.start(node, script, **over)
        try:
            out, _ = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        return child.returncode, out

    def seen(self):
        return (self.tmp / "witness").read_text().split("\n")[:-1]

    def every_node(self):
        for version, node in self.nodes.items():
            self.fresh()
            try:
                yield node
            except GeneratorExit:
                print(f"this was node {version}", file=sys.stderr)
                raise


class Starting(ShimCase):
    def test_main_then_post(self):
        program = self.bundle()
        for node in self.every_node():
            code, out = self.run_shim(node)
            self.assertEqual((code, out), (0, ""))
            self.assertEqual(self.seen(), [f"{program} run", "action=1 inputs="])
            self.assertEqual(self.run_shim(node, "shim/post.js"), (0, ""))
            self.assertEqual(self.seen()[2:], [f"{program} revoke", "action=1 inputs="])

    def test_exit_code(self):
        self.bundle()
        for node in self.every_node():
            for code in (1, 3, 70, 255):
                self.assertEqual(self.run_shim(node, BEHAVE=str(code))[0], code)
            self.assertEqual(self.run_shim(node, BEHAVE="kill")[0], 137)

    def test_signals(self):
        self.bundle()
        for node in self.every_node():
            for sig, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
                (self.tmp / "witness").write_text("")
                child = self.start(node, "shim/main.js", BEHAVE="wait")
                self.assertEqual(child.stdout.readline(), "ready\n")
                child.send_signal(sig)
                out, _ = child.communicate(timeout=20)
                self.assertEqual(child.returncode, code, out)
                self.assertEqual(self.seen()[-1], sig.name[3:])

    def test_input_comes_first(self):
        self.bundle()
        mine = self.put(self.tmp / "work" / "own" / "mayfly")
        for node in self.every_node():
            mine = self.put(self.tmp / "work" / "own" / "mayfly")
            for given in ("own/mayfly", str(mine)):
                self.assertEqual(self.run_shim(node, INPUT_BINARY=given)[0], 0)
                self.assertEqual(self.seen()[-2], f"{mine} run")
            # the post step has no inputs on its own
            self.run_shim(node, "shim/post.js")
            self.assertEqual(self.seen()[-2], f"{mine} revoke")

    def test_input_is_no_program(self):
        self.bundle()
        for node in self.every_node():
            self.put(self.tmp / "work" / "text", "x", 0o644)
            for given in ("nowhere", "text", "."):
                code, out = self.run_shim(node, INPUT_BINARY=given)
                self.assertEqual(code, 2)
                self.assertRegex(out, rf"^::error title=mayfly::input 'binary' names '{given}', which is no program%0Ahelp: ")
            self.assertEqual(self.seen(), [])
            self.assertEqual((self.tmp / "state").read_text(), "")

    def test_post_alone(self):
        program = self.bundle()
        for node in self.every_node():
            self.assertEqual(self.run_shim(node, "shim/post.js"), (0, ""))
            code, out = self.run_shim(node, "shim/post.js", STATE_mayfly_binary=str(program) + "-gone")
            self.assertEqual(code, 0)
            self.assertIn("::warning title=mayfly::", out)
            self.assertIn("is gone: nothing was revoked", out)
            self.assertEqual(self.seen(), [])

    def test_drop_in(self):
        program = self.bundle()
        for node in self.every_node():
            self.assertEqual(self.run_shim(node, "vault/main.js"), (0, ""))
            self.assertEqual((self.tmp / "output").read_text(), "")
            self.run_shim(node, "vault/post.js")
            self.assertEqual(self.seen(), [f"{program} run", "action=1 inputs=vault-action", f"{program} revoke", "action=1 inputs=vault-action"])
            self.assertEqual(self.run_shim(node, "vault/main.js", BEHAVE="4")[0], 4)
            self.assertEqual(parse_file_command((self.tmp / "output").read_bytes()),
                             [("errorMessage", "mayfly failed with exit code 4 (refused by the server)")])


class Releases:
    """An https server with one release; `rules` say how each next request for a path is answered."""

    def __init__(self, folder):
        self.rules, self.asked = {}, []
        releases = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                releases.asked.append(f"{self.headers['Host']}{self.path}")
                steps = releases.rules.get(self.path, [])
                step = steps.pop(0) if len(steps) > 1 else steps[0] if steps else (404, b"no such thing")
                if callable(step):
                    step(self)
                    return
                status, body, *header = step
                self.send_response(status)
                for name, value in header:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.authority = Authority(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.issue("localhost"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]
        self.url = f"https://localhost:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Proxy:
    """CONNECT to this machine, whatever name was asked for; github.com is refused."""

    def __init__(self, password=None):
        self.asked, self.password = [], password
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with conn:
            head = b""
            while b"\r\n\r\n" not in head:
                got = conn.recv(4096)
                if not got:
                    return
                head += got
            line = head.split(b"\r\n")[0].decode()
            host, port = line.split()[1].rsplit(":", 1)
            self.asked.append((line, b"Proxy-Authorization: Basic dXNlcjpwYTpzcw==" in head))
            if host == "github.com" or (self.password and not self.asked[-1][1]):
                conn.sendall(b"HTTP/1.1 %s\r\n\r\n" % (b"403 No" if host == "github.com" else b"407 Who"))
                return
            with socket.create_connection(("127.0.0.1", int(port))) as up:
                conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                with contextlib.suppress(OSError):
                    self.pump(conn, up)

    @staticmethod
    def pump(a, b):
        while True:
            for s in select.select([a, b], [], [])[0]:
                data = s.recv(65536)
                if not data:
                    return
                (b if s is a else a).sendall(data)

    def close(self):
        self.sock.close()


class Fetching(ShimCase):
    PATH = f"/octo/mayfly/releases/download/v9.9.9/{ASSET}"

    def setUp(self):
        super().setUp()
        self.releases = Releases(self.tmp)
        self.addCleanup(self.releases.close)
        self.proxy = Proxy()
        self.addCleanup(self.proxy.close)
        self.body = PROGRAM.encode()
        self.pin(hashlib.sha256(self.body).hexdigest())

    def fresh(self):
        super().fresh()
        if hasattr(self, "releases"):
            self.releases.asked.clear()
            self.releases.rules = {self.PATH: [(200, self.body)]}

    def pin(self, digest):
        (self.action / "ci/github/shim/checksums.json").write_text(json.dumps({"version": "9.9.9", "assets": {ASSET: digest}}))

    def env(self, **over):
        # the second address, github.com, is never reached from here: the proxy refuses it
        return super().env(**({
            "GITHUB_SERVER_URL": self.releases.url, "NODE_EXTRA_CA_CERTS": self.releases.authority.cert,
            "HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}", "NO_PROXY": "localhost"} | over))

    def rule(self, *steps, path=None):
        self.releases.rules[path or self.PATH] = list(steps)

    def left_over(self):
        return [str(p) for p in (self.tmp / "tools").rglob("*") if p.is_file()]

    def refused(self, node, code, text, **over):
        got, out = self.run_shim(node, **over)
        self.assertEqual(got, code, out)
        self.assertIn("::error title=mayfly::", out)
        self.assertIn(text, out)
        self.assertEqual(self.seen(), [], "it was started")
        self.assertEqual(self.left_over(), [])
        return out

    def test_fetched_once(self):
        for node in self.every_node():
            code, out = self.run_shim(node)
            self.assertEqual(code, 0, out)
            self.assertEqual(out, "mayfly 9.9.9 was fetched from localhost:%d and its SHA-256 is right\n" % self.releases.port)
            program = self.tmp / "tools" / "mayfly" / "9.9.9" / ASSET / "mayfly"
            self.assertEqual(self.seen()[0], f"{program} run")
            self.assertEqual(program.stat().st_mode & 0o777, 0o700)
            self.assertEqual(program.parent.stat().st_mode & 0o777, 0o700)
            self.assertEqual(self.run_shim(node, "shim/post.js"), (0, ""))
            self.assertEqual(self.seen()[2], f"{program} revoke")
            self.assertEqual(self.run_shim(node), (0, ""))
            self.assertEqual(len(self.releases.asked), 1)
            # somebody changed the cached file
            program.write_text("#!/bin/sh\necho changed\n")
            self.assertEqual(self.run_shim(node)[0], 0)
            self.assertEqual(program.read_bytes(), self.body)
            self.assertEqual(self.left_over(), [str(program)])

    def test_without_tool_cache(self):
        for node in self.every_node():
            self.assertEqual(self.run_shim(node, RUNNER_TOOL_CACHE=None)[0], 0)
            self.assertTrue(self.seen()[0].startswith(str(self.tmp / "temp")))

    def test_wrong_checksum(self):
        for node in self.every_node():
            self.rule((200, self.body + b"\n"))
            self.refused(node, 4, "is not the released mayfly: SHA-256 ")

    def test_redirects(self):
        asset = "/assets/1?sig=2"
        for node in self.every_node():
            for status in (301, 302, 303, 307, 308):
                self.fresh()
                self.rule((status, b"", ("Location", asset)))
                self.rule((200, self.body), path=asset)
                self.assertEqual(self.run_shim(node)[0], 0)
            self.fresh()
            self.rule((302, b"", ("Location", self.PATH)))
            self.refused(node, 5, "more than 5 redirects")
            self.assertEqual(len(self.releases.asked), 6)
            self.rule((302, b"", ("Location", f"http://localhost:{self.releases.port}/plain")))
            self.refused(node, 5, "is not https")
            self.rule((302, b"", ("Location", "file:///etc/passwd")))
            self.refused(node, 5, "is not https")

    def test_plain_http_server(self):
        for node in self.every_node():
            self.refused(node, 5, "is not https", GITHUB_SERVER_URL=f"http://localhost:{self.releases.port}")

    def test_proxy(self):
        for node in self.every_node():
            for names in ({"HTTPS_PROXY": None, "https_proxy": f"http://127.0.0.1:{self.proxy.port}"},
                          {"HTTPS_PROXY": f"127.0.0.1:{self.proxy.port}"},
                          {"HTTPS_PROXY": None, "ALL_PROXY": f"http://127.0.0.1:{self.proxy.port}"}):
                self.fresh()
                self.proxy.asked.clear()
                code, out = self.run_shim(node, NO_PROXY="example.com localhost:1", **names)
                self.assertEqual(code, 0, out)
                self.assertEqual(self.proxy.asked[0][0], f"CONNECT localhost:{self.releases.port} HTTP/1.1")
            for exempt in ("localhost", "*", "a.b,localhost", f"localhost:{self.releases.port}"):
                self.fresh()
                self.proxy.asked.clear()
                self.assertEqual(self.run_shim(node, NO_PROXY=exempt)[0], 0)
                self.assertEqual(self.proxy.asked, [])

    def test_proxy_with_password(self):
        proxy = Proxy("pa:ss")
        self.addCleanup(proxy.close)
        for node in self.every_node():
            code, out = self.run_shim(node, NO_PROXY="", HTTPS_PROXY=f"http://user:pa%3Ass@127.0.0.1:{proxy.port}")
            self.assertEqual(code, 0, out)
            self.fresh()
            out = self.refused(node, 5, "the proxy 127.0.0.1 answered 407", NO_PROXY="", HTTPS_PROXY=f"http://user:wrong@127.0.0.1:{proxy.port}")
            self.assertNotIn("wrong", out)

    def test_proxy_is_down(self):
        for node in self.every_node():
            with socket.create_server(("127.0.0.1", 0)) as s:
                port = s.getsockname()[1]
            self.refused(node, 5, "the proxy 127.0.0.1 cannot be reached", NO_PROXY="", HTTPS_PROXY=f"http://127.0.0.1:{port}")

    def test_unknown_authority(self):
        for node in self.every_node():
            self.refused(node, 5, "certificate", NODE_EXTRA_CA_CERTS=None)

    def test_no_such_release(self):
        for node in self.every_node():
            self.releases.rules.clear()
            # it lies on github.com when the server is one's own
            self.refused(node, 5, "https://github.com/octo/mayfly/releases/download/v9.9.9/")
            self.assertEqual(self.proxy.asked[-1][0], "CONNECT github.com:443 HTTP/1.1")
            self.rule((403, b""))
            self.refused(node, 5, f"localhost:{self.releases.port} answered 403")

    def test_tries_again(self):
        def cut(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(self.body)))
            handler.end_headers()
            handler.wfile.write(self.body[:100])
            handler.wfile.flush()
            handler.connection.close()

        for node in self.every_node():
            self.rule((503, b"busy"), cut, (200, self.body))
            code, out = self.run_shim(node)
            self.assertEqual(code, 0, out)
            self.assertEqual(len(self.releases.asked), 3)
            self.fresh()
            self.rule((503, b"busy"))
            self.refused(node, 5, "answered 503")
            self.assertEqual(len(self.releases.asked), 3)

    def test_too_large(self):
        def endless(handler):
            handler.send_response(200)
            handler.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    handler.wfile.write(bytes(65536))

        for node in self.every_node():
            self.rule(endless)
            self.refused(node, 5, "larger than 16777216 bytes")

    def test_too_slow(self):
        done = threading.Event()
        self.addCleanup(done.set)

        def hang(handler):
            done.wait(30)

        def drip(handler):
            handler.send_response(200)
            handler.end_headers()
            with contextlib.suppress(OSError):
                while not done.wait(0.1):
                    handler.wfile.write(b"x")
                    handler.wfile.flush()

        for node in self.every_node():
            for behave in (hang, drip):
                self.rule(behave)
                began = time.monotonic()
                self.refused(node, 5, "no end after 1 s", MAYFLY_DOWNLOAD_MS="1000")
                self.assertLess(time.monotonic() - began, 8)

    def test_nothing_pinned(self):
        (self.action / "ci/github/shim/checksums.json").write_text('{"version": "", "assets": {}}')
        for node in self.every_node():
            self.refused(node, 2, "this copy of the action pins no release")
            self.assertEqual(self.releases.asked, [])

    def test_local_action(self):
        for node in self.every_node():
            for repository in ("", "..", "a/b/c", "octo/mayfly?x"):
                self.refused(node, 2, "was not taken from a repository", GITHUB_ACTION_REPOSITORY=repository)
            self.assertEqual(self.releases.asked, [])


if __name__ == "__main__":
    unittest.main()
