# SPDX-License-Identifier: Apache-2.0
"""A scripted server in front of a real one, inside the test's process.

    with Front(bao.addr, bao.ca) as front:
        front.on("/v1/secret/data/ci/x", status(503, {"Retry-After": "1"}), times=2)
        job.run("run", env={"MAYFLY_VAULT_URL": front.addr})
        front.seen      # [(method, path, headers, body), ...]

What no rule answers goes to the server behind it. A rule is a function of a Call; it answers through the call
(reply, reset, drip, ...) or returns "pass" to let the request through after what it did.
"""
import http.client
import socket
import socketserver
import ssl
import struct
import threading
import time
import urllib.parse


class Call:
    """One request and the connection it came over."""

    def __init__(self, sock, method, path, headers, body):
        self.sock, self.method, self.path, self.headers, self.body = sock, method, path, headers, body

    def reply(self, status, body=b"", headers=None, kind="application/json", length=None):
        body = body if isinstance(body, bytes) else body.encode()
        head = {"Content-Type": kind, "Content-Length": str(len(body) if length is None else length)} | (headers or {})
        text = f"HTTP/1.1 {status} x\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items() if v is not None) + "\r\n"
        self.sock.sendall(text.encode() + (body if self.method != "HEAD" else b""))

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionAbortedError


# -- rules

def status(code, headers=None, body='{"errors":["scripted"]}', kind="application/json"):
    return lambda call: call.reply(code, body, headers, kind)


def reset(call):
    call.reset()


def reset_mid_body(call):
    call.reply(200, b'{"data":{"da', length=1000)
    time.sleep(0.1)
    call.reset()


def cut_in_headers(call):
    call.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/js")
    raise ConnectionAbortedError


def ended_early(call):
    """The connection ends properly before the length that was announced."""
    call.reply(200, b'{"data":{"da', length=1000)
    raise ConnectionAbortedError


def truncated(call):
    """The connection ends properly in the middle of a body without a length."""
    call.sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"data":{"data":{"k":"')
    raise ConnectionAbortedError


def drip(seconds, every=0.1):
    """A byte now and then: slow, but never silent."""
    def rule(call):
        call.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            call.sock.sendall(b" ")
            time.sleep(every)
        raise ConnectionAbortedError
    return rule


def silent(seconds):
    def rule(call):
        time.sleep(seconds)
        raise ConnectionAbortedError
    return rule


def enormous(megabytes):
    """A JSON string that does not end for a while."""
    def rule(call):
        call.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                          b'{"data":{"data":{"k":"')
        for _ in range(megabytes):
            call.sock.sendall(b"x" * (1 << 20))
        call.sock.sendall(b'"}}}')
        raise ConnectionAbortedError
    return rule


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        front = self.server.front
        try:
            if front.context:
                self.request = front.context.wrap_socket(self.request, server_side=True)
                self.rfile = self.request.makefile("rb")
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.one(front):
                pass
        except (OSError, ssl.SSLError, ValueError):
            pass

    def finish(self):
        super().finish()
        self.request.close()

    def one(self, front):
        line = self.rfile.readline(65536).decode("latin-1").split()
        if len(line) < 2:
            return False
        headers = http.client.parse_headers(self.rfile)
        body = self.rfile.read(int(headers.get("Content-Length") or 0))
        call = Call(self.request, line[0], line[1], headers, body)
        rule = front.take(call)
        if rule is None or rule(call) == "pass":
            front.forward(call)
        return headers.get("Connection", "").lower() != "close"


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def shutdown_request(self, request):
        self.close_request(request)     # no FIN first: a reset stays a reset

    def handle_error(self, request, client_address):
        pass


class Front:
    def __init__(self, upstream=None, ca=None, tls=None, host="127.0.0.1", keep_host=False):
        """`tls` is (cert file, key file) to speak TLS itself; `keep_host` sends the Host header on, which a signature may cover."""
        self.keep_host = keep_host
        self.upstream = urllib.parse.urlsplit(upstream) if upstream else None
        self.ca, self.rules, self.seen, self.lock = ca, [], [], threading.Lock()
        self.context, self.change = None, None      # change(call, body) rewrites what the server behind it answers
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.server = Server((host, 0), Handler)
        self.server.front = self
        self.port = self.server.server_address[1]
        self.addr = f"{'https' if tls else 'http'}://{host}:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def on(self, path, rule, times=None, method=None):
        """`rule` answers requests whose path begins with `path` (a later rule beats an earlier one)."""
        with self.lock:
            self.rules.insert(0, [path, method, rule, times])
        return self

    def take(self, call):
        with self.lock:
            self.seen.append((call.method, call.path, call.headers, call.body))
            for entry in self.rules:
                path, method, rule, times = entry
                if call.path.startswith(path) and method in (None, call.method) and times != 0:
                    if times is not None:
                        entry[3] -= 1
                    return rule
        return None

    def count(self, path):
        return sum(1 for _, p, _, _ in self.seen if p.startswith(path))

    def forward(self, call):
        if not self.upstream:
            return call.reply(404, '{"errors":[]}')
        kind = http.client.HTTPSConnection if self.upstream.scheme == "https" else http.client.HTTPConnection
        extra = {"context": ssl.create_default_context(cafile=self.ca)} if self.upstream.scheme == "https" else {}
        connection = kind(self.upstream.hostname, self.upstream.port, timeout=20, **extra)
        skip = ("connection", "content-length", "accept-encoding") + (() if self.keep_host else ("host",))
        connection.request(call.method, call.path, call.body or None,
                           {k: v for k, v in call.headers.items() if k.lower() not in skip})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if self.change:
            body = self.change(call, body)
        keep = {k: v for k, v in answer.getheaders()
                if k.lower() not in ("connection", "transfer-encoding", "content-length", "content-type")}
        if answer.status == 204:
            return call.sock.sendall(b"HTTP/1.1 204 x\r\n\r\n")
        return call.reply(answer.status, body, keep, answer.getheader("Content-Type") or "application/json")

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
