# SPDX-License-Identifier: Apache-2.0
"""Ways to a server on loopback: by IPv6, by names that nobody resolves, and through tinyproxy, a real proxy."""
import socket
import socketserver
import threading

from . import servers, tools


def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(a, b):
    other = threading.Thread(target=pump, args=(b, a), daemon=True)
    other.start()
    pump(a, b)
    other.join()


class Relay:
    """Hands each connection on to 127.0.0.1. `ways` is {"name:port": port} for CONNECT, or one port."""

    def __init__(self, ways, host="127.0.0.1"):
        relay = self
        self.asked = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                port = ways if isinstance(ways, int) else self.connect()
                if port is None:
                    self.request.sendall(b"HTTP/1.1 403 no such host\r\nContent-Length: 0\r\n\r\n")
                    return
                with socket.create_connection(("127.0.0.1", port)) as out:
                    if not isinstance(ways, int):
                        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    join(self.request, out)

            def connect(self):
                method, target = self.rfile.readline(8192).decode().split()[:2]
                while self.rfile.readline(8192).strip():
                    pass
                relay.asked.append(target)
                return ways.get(target) if method == "CONNECT" else None

        class Server(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads, allow_reuse_address = True, True

            def handle_error(self, request, client_address):
                pass

        self.server = Server((host, 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Tinyproxy(servers.Process):
    """Debian's proxy in front of a relay that knows the names; with `login` (user, password) it asks for them."""
    name = "tinyproxy"

    def __init__(self, ways, login=None):
        super().__init__()
        self.relay = Relay(ways)
        self.port = servers.free_port()
        self.addr = f"http://{':'.join(login) + '@' if login else ''}127.0.0.1:{self.port}"
        conf = f'Port {self.port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 50\nAllow 127.0.0.1\nConnectPort 443\nUpstream http 127.0.0.1:{self.relay.port}\n'
        (self.folder / "conf").write_text(conf + (f"BasicAuth {login[0]} {login[1]}\n" if login else ""))
        try:
            self.spawn([tools.find("tinyproxy"), "-d", "-c", str(self.folder / "conf")])
            self.wait_until(lambda: not socket.create_connection(("127.0.0.1", self.port)).close())
        except BaseException:
            self.close()
            raise

    @property
    def asked(self):
        """host:port of each tunnel that was opened."""
        return self.relay.asked

    def close(self):
        super().close()
        if self.relay:
            self.relay.close()
            self.relay = None
