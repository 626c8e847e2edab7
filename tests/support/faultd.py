#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on loopback that misbehaves on request, alone or in front of a real one.

    faultd.py --port-file F                             /reset, /drip?seconds=3, /status/503?retry_after=1, ...
    faultd.py --port-file F --upstream http://127.0.0.1:8200 --latency-ms 20
    curl -d '{"match": "/v1/secret", "action": "status", "status": 503, "times": 2}' http://127.0.0.1:PORT/_faults

Control, in both modes: POST /_faults adds a fault (the newest that matches wins, `times` -1 is for ever), DELETE /_faults
removes them all, GET /_faults lists them, GET /_seen tells what was asked for, POST /_latency {"ms": 20} sets the latency.
A fault: `match` (beginning of the path), `method`, `action` (a name of ACTIONS), `times` (1), and the action's parameters.
Without an upstream an action is also reached as /NAME with its parameters in the query; other paths answer {"ok": true}.
Standard library only; one process serves some thousand requests a second over any number of kept connections.
"""
import argparse
import asyncio
import json
import os
import signal
import socket
import ssl
import struct
import sys
import urllib.parse

REASONS = {200: "OK", 204: "No Content", 307: "Temporary Redirect", 429: "Too Many Requests", 503: "Service Unavailable"}


class Close(Exception):
    """The connection ends here."""


class Request:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
        self.body = body
        parts = urllib.parse.urlsplit(self.target)
        self.path = parts.path
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name), None)


async def read_head(reader):
    """The lines up to the empty one, without it; None at the end of the connection."""
    try:
        return (await reader.readuntil(b"\r\n\r\n"))[:-4]
    except asyncio.IncompleteReadError:
        return None


async def read_chunks(reader):
    out = b""
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        if size == 0:
            while (await reader.readline()) not in (b"\r\n", b""):
                pass
            return out
        out += (await reader.readexactly(size + 2))[:-2]


async def read_request(reader):
    head = await read_head(reader)
    if head is None:
        return None
    request = Request(head, b"")
    if (request.header("transfer-encoding") or "").lower() == "chunked":
        request.body = await read_chunks(reader)
    else:
        request.body = await reader.readexactly(int(request.header("content-length") or 0))
    return request


def answer(status, body=b"", headers=(), kind="application/json", length=None, bodiless=False):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'x')}", *(f"{n}: {v}" for n, v in headers)]
    if status != 204 and status >= 200:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if bodiless or status == 204 else body)


# -- what can go wrong: each gets the connection's writer and the parameters; "pass" lets the request through afterwards

async def act_status(writer, p):
    extra = [("Retry-After", p["retry_after"])] if "retry_after" in p else []
    body = p.get("body", json.dumps({"errors": [f"scripted {p.get('status', 500)}"]}))
    writer.write(answer(int(p.get("status", 500)), body, extra, p.get("content_type", "application/json")))


async def act_html(writer, p):
    writer.write(answer(int(p.get("status", 200)), "<!DOCTYPE html><html><body>Sign in</body></html>", kind="text/html"))


async def act_reset(writer, p):
    reset(writer)


async def act_reset_mid_body(writer, p):
    writer.write(answer(200, b'{"data":{"da', length=1000))
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


async def act_truncate(writer, p):
    """With unframed=1 without a length: only the text shows that something is missing."""
    if p.get("unframed"):
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"data":{"data":{"k":"')
    else:
        writer.write(answer(200, b'{"data":{"da', length=1000))
    raise Close


async def act_cut_headers(writer, p):
    writer.write(answer(200, b'{"ok":true}')[:int(p.get("at", 40))])
    raise Close


async def act_drip(writer, p):
    writer.write(answer(200, b"", length=100000))
    for _ in range(int(float(p.get("seconds", 10)) / 0.1)):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)
    raise Close


async def act_huge(writer, p):
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"data":{"data":{"k":"')
    for _ in range(int(p.get("mb", 64))):
        writer.write(b"x" * (1 << 20))
        await writer.drain()
    raise Close


async def act_silent(writer, p):
    await asyncio.sleep(float(p.get("seconds", 60)))
    raise Close


async def act_redirect(writer, p):
    writer.write(answer(int(p.get("code", 307)), b"", [("Location", p.get("to", "/"))]))


async def act_not_http(writer, p):
    writer.write(b"220 mail.example ESMTP\r\n")
    raise Close


async def act_latency(writer, p):
    await asyncio.sleep(float(p.get("ms", 1000)) / 1000)
    return "pass"


ACTIONS = {name[4:].replace("_", "-"): f for name, f in list(globals().items()) if name.startswith("act_")}


def reset(writer):
    """RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    raise Close


# -- the server behind

class Upstream:
    def __init__(self, url, ca):
        parts = urllib.parse.urlsplit(url)
        self.host, self.tls = parts.hostname, None
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme == "https":
            self.tls = ssl.create_default_context(cafile=ca)
        self.idle = []

    async def connection(self):
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port, ssl=self.tls, limit=1 << 20)

    async def ask(self, request):
        """(status, headers, body)"""
        skip = ("host", "connection", "content-length", "transfer-encoding", "expect")
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{n}: {v}" for n, v in request.headers if n.lower() not in skip]
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(request.body)}")
        data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body
        reader, writer = await self.connection()
        try:
            writer.write(data)
            status, headers, body, keep = await self.receive(reader, request.method)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            writer.close()
            raise Close from None
        if keep:
            self.idle.append((reader, writer))
        else:
            writer.close()
        return status, headers, body

    async def receive(self, reader, method):
        status = 100
        while status < 200:
            head = await read_head(reader)
            if head is None:
                raise ValueError("no answer")
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
        low = {n.lower(): v for n, v in headers}
        keep = low.get("connection", "").lower() != "close"
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif low.get("transfer-encoding", "").lower() == "chunked":
            body = await read_chunks(reader)
        elif "content-length" in low:
            body = await reader.readexactly(int(low["content-length"]))
        else:
            body, keep = await reader.read(), False
        return status, headers, body, keep


# -- the server

class Server:
    def __init__(self, args):
        self.latency_ms, self.log = args.latency_ms, open(args.log, "a") if args.log else None
        self.upstream = Upstream(args.upstream, args.upstream_ca) if args.upstream else None
        self.faults, self.seen, self.tasks = [], [], set()

    def take(self, request):
        for fault in self.faults:
            if fault["times"] != 0 and request.path.startswith(fault["match"]) and fault["method"] in (None, request.method):
                fault["times"] -= fault["times"] > 0
                return fault
        name, _, rest = request.path[1:].partition("/")
        if not self.upstream and name in ACTIONS:
            return {"action": name} | ({"status": rest} if rest else {}) | request.query
        return None

    def add_fault(self, text):
        fault = {"match": "/", "method": None, "times": 1} | json.loads(text)
        if fault.get("action") not in ACTIONS:
            raise ValueError(f"no such action; there are: {', '.join(sorted(ACTIONS))}")
        self.faults.insert(0, fault)

    def control(self, request, writer):
        try:
            if request.path == "/_faults" and request.method == "POST":
                self.add_fault(request.body)
            elif request.path == "/_faults" and request.method == "DELETE":
                self.faults.clear()
            elif request.path == "/_latency" and request.method == "POST":
                self.latency_ms = float(json.loads(request.body)["ms"])
        except (ValueError, KeyError, TypeError) as e:
            return writer.write(answer(400, json.dumps({"errors": [str(e)]})))
        shown = self.seen if request.path == "/_seen" else self.faults
        return writer.write(answer(200, json.dumps(shown)))

    def note(self, request):
        """Names of headers, never values: logs outlive tests."""
        entry = {"method": request.method, "path": request.target, "headers": [n for n, _ in request.headers],
                 "body": len(request.body)}
        self.seen.append(entry)
        if self.log:
            self.log.write(json.dumps(entry) + "\n")
            self.log.flush()

    async def serve(self, request, writer):
        self.note(request)
        fault = self.take(request)
        if fault and await ACTIONS[fault["action"]](writer, fault) != "pass":
            return
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)
        if not self.upstream:
            writer.write(answer(200, '{"ok":true}', bodiless=request.method == "HEAD"))
            return
        status, headers, body = await self.upstream.ask(request)
        drop = ("connection", "transfer-encoding", "content-length", "content-type")
        kind = next((v for n, v in headers if n.lower() == "content-type"), "application/json")
        length = next((v for n, v in headers if n.lower() == "content-length"), None) if request.method == "HEAD" else None
        writer.write(answer(status, body, [h for h in headers if h[0].lower() not in drop], kind, length,
                            bodiless=request.method == "HEAD"))

    async def connection(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            while (request := await read_request(reader)) is not None:
                if request.path.startswith("/_"):
                    self.control(request, writer)
                else:
                    await self.serve(request, writer)
                await writer.drain()
                if (request.header("connection") or "").lower() == "close":
                    break
        except (Close, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()


async def main(args):
    tls = None
    if args.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*args.tls)
    state = Server(args)
    server = await asyncio.start_server(state.connection, args.host, args.port, ssl=tls, backlog=256, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    if args.port_file:
        with open(args.port_file + ".new", "w") as f:
            f.write(f"{port}\n")
        os.rename(args.port_file + ".new", args.port_file)
    else:
        print(port, flush=True)
    done = asyncio.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sig, done.set)
    await done.wait()
    server.close()
    for task in list(state.tasks):
        task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", help="where to write the port once it listens (else on standard output)")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--upstream", metavar="URL", help="pass requests on to this server")
    parser.add_argument("--upstream-ca", metavar="FILE")
    parser.add_argument("--latency-ms", type=float, default=0, help="before each answer")
    parser.add_argument("--log", metavar="FILE", help="a JSON line for each request")
    sys.exit(asyncio.run(main(parser.parse_args())))
