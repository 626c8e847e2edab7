# SPDX-License-Identifier: Apache-2.0
"""Real servers for tests, each on a free loopback port: OpenBao (dev mode) and the OIDC issuer.

A server that cannot be started raises ServerError: a test never passes because there was nothing to talk to.
Everything that was started is stopped by close(), at the latest when the interpreter ends.
"""
import atexit
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from . import tools

HERE = pathlib.Path(__file__).resolve().parent
ROOT_TOKEN = "root-of-the-test-server"


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class ServerError(Exception):
    pass


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body!r}")
        self.status, self.body = status, body


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(method, url, data=None, headers=None, ca=None, timeout=10):
    """(status, body bytes) of one request that knows no proxy."""
    body = data if data is None or isinstance(data, bytes) else json.dumps(data).encode()
    context = ssl.create_default_context(cafile=ca) if url.startswith("https:") else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         *([urllib.request.HTTPSHandler(context=context)] if context else []))
    req = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with opener.open(req, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def end_with_parent():
    """In the child: killed when we are, so that a test run that is killed leaves nothing behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Process:
    """One child in its own session and folder; what it prints goes to a log that a failure shows."""
    name = "server"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"mayfly-{self.name}-"))
        self.child = None
        atexit.register(self.close)

    def spawn(self, argv, env=None):
        self.log = open(self.folder / "log", "ab")
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TMPDIR": str(self.folder), "LC_ALL": "C"}
        self.child = subprocess.Popen(argv, cwd=self.folder, env=clean | (env or {}), stdin=subprocess.DEVNULL,
                                      stdout=self.log, stderr=self.log, start_new_session=True, preexec_fn=end_with_parent)

    def wait_until(self, ready, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.child.poll() is not None:
                raise ServerError(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")
            try:
                if ready():
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise ServerError(f"{self.name} did not answer within {seconds} s:\n{self.tail()}")

    def tail(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def close(self):
        if self.child and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()
        if self.child:
            self.log.close()
            self.child = None
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Issuer(Process):
    name = "issuer"

    def __init__(self, tls=None):
        super().__init__()
        self.request_token = "request-token-" + os.urandom(12).hex()
        port_file = self.folder / "port"
        self.ca = tls[2] if tls else None
        argv = [tools.python(), str(HERE / "issuer.py"), "--port-file", str(port_file)]
        self.spawn(argv + (["--tls", *tls[:2]] if tls else []), {"OIDC_REQUEST_TOKEN": self.request_token})
        try:
            self.wait_until(port_file.exists)
        except ServerError:
            self.close()
            raise
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{port_file.read_text()}"
        self.github, self.gitlab = self.base + "/github", self.base + "/gitlab"

    @property
    def request_url(self):
        return self.github + "/idtoken?api-version=2.0"

    def call(self, method, path, body=None, **query):
        url = f"{self.base}{path}?{urllib.parse.urlencode(query)}"
        status, answer = request(method, url, body, ca=self.ca)
        if status != 200:
            raise ApiError(status, answer)
        return json.loads(answer)

    def mint(self, profile="github", **query):
        """A token; claims as claim={"ref": "..."}."""
        for name, value in (query.pop("claim", None) or {}).items():
            query["claim." + name] = value
        return self.call("GET", "/mint", profile=profile, **query)["value"]

    def fail(self, n, code=503):
        self.call("POST", "/fail", n=n, code=code)

    def reply(self, body, n=1, code=200, type="application/json"):
        self.call("POST", "/reply", body if isinstance(body, bytes) else body.encode(), n=n, code=code, type=type)

    def shape(self, **query):
        """What the following token requests give; without arguments as at the start."""
        for name, value in (query.pop("claim", None) or {}).items():
            query["claim." + name] = value
        self.call("POST", "/shape", **query)

    def requests(self):
        return self.call("GET", "/requests")

    def issued(self):
        return self.call("GET", "/issued")


class Bao(Process):
    """An OpenBao server in dev mode. `addr` is its address, `ca` the file of its CA when it speaks TLS."""
    name = "openbao"

    def __init__(self, tls=False, audit=True, env=None):
        super().__init__()
        self.tls, self.ca, self.env = tls, None, env
        self.audit_file = self.folder / "audit.log"
        config = 'audit "file" "to-file" {\n  options {\n    file_path = "%s"\n    hmac_accessor = "false"\n  }\n}\n'
        (self.folder / "extra.hcl").write_text(config % self.audit_file if audit else "")
        try:
            self.start()
        except ServerError:
            self.close()
            raise

    def start(self):
        for attempt in range(3):    # the free port may be taken by somebody else in between
            port = free_port()
            argv = [tools.bao(), "server", "-dev", f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token",
                    f"-dev-listen-address=127.0.0.1:{port}", f"-config={self.folder}/extra.hcl"]
            if self.tls:
                argv += ["-dev-tls", f"-dev-tls-cert-dir={self.folder}"]
            self.addr = f"{'https' if self.tls else 'http'}://127.0.0.1:{port}"
            self.spawn(argv, self.env)
            try:
                self.wait_until(self.ready)
                return
            except ServerError as e:
                if attempt == 2 or "address already in use" not in str(e):
                    raise

    def ready(self):
        if self.tls and not self.ca:
            found = [p for p in self.folder.glob("*-ca.pem")]
            if not found:
                return False
            self.ca = str(found[0])
        return request("GET", self.addr + "/v1/sys/health", ca=self.ca)[0] == 200

    def call(self, method, path, data=None, token=ROOT_TOKEN, namespace=None, ok=(200, 204)):
        """The decoded answer of the API, {} when it is empty; ApiError for any status not in `ok`."""
        headers = {"X-Vault-Token": token} if token else {}
        if namespace:
            headers["X-Vault-Namespace"] = namespace
        status, body = request(method, f"{self.addr}/v1/{path}", data, headers, self.ca)
        if status not in ok:
            raise ApiError(status, body)
        return json.loads(body) if body else {}

    def kv(self, path, data, mount="secret"):
        return self.call("POST", f"{mount}/data/{path}", {"data": data})

    def policy(self, name, text):
        self.call("POST", f"sys/policies/acl/{name}", {"policy": text})

    def jwt_auth(self, issuer_url, mount="jwt", namespace=None):
        self.call("POST", f"sys/auth/{mount}", {"type": "jwt"}, namespace=namespace)
        self.call("POST", f"auth/{mount}/config", {"oidc_discovery_url": issuer_url, "bound_issuer": issuer_url},
                  namespace=namespace)

    def jwt_role(self, name, mount="jwt", **over):
        role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["https://vault.example.com"],
                "bound_claims_type": "glob", "token_policies": ["ci"], "token_ttl": "10m", "token_max_ttl": "15m"}
        self.call("POST", f"auth/{mount}/role/{name}", role | over)

    def accessors(self, path="auth/jwt/login"):
        """The accessors of the tokens that live now and came from `path` (None: from anywhere but the root token)."""
        keys = self.call("LIST", "auth/token/accessors", ok=(200, 404)).get("data", {}).get("keys", [])
        living = []
        for accessor in keys:
            try:
                data = self.call("POST", "auth/token/lookup-accessor", {"accessor": accessor})["data"]
            except ApiError as e:
                if e.status in (403, 404):
                    continue
                raise
            if data["path"] == path or (path is None and "root" not in data["policies"]):
                living.append(accessor)
        return living

    def audit(self, kind="response"):
        """The audit log's entries; values in it are hashed, accessors are not."""
        for line in self.audit_file.read_text().splitlines():
            entry = json.loads(line)
            if entry.get("type") == kind:
                yield entry

    def audit_mark(self):
        return sum(1 for _ in self.audit("request"))

    def requests_since(self, mark):
        """(operation, path) of every request after audit_mark()."""
        return [(e["request"]["operation"], e["request"]["path"]) for e in list(self.audit("request"))[mark:]]

    def stop(self):
        """Down, while the folder stays: clients get 'connection refused'."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


CI_POLICY = """
path "secret/data/ci/*" { capabilities = ["read"] }
path "kv1/ci/*" { capabilities = ["read"] }
"""


class Site:
    """OpenBao and an issuer that know each other: JWT auth at `jwt` (GitHub) and `gitlab`, a role `ci` in each with
    bound claims and the audience AUDIENCE, a policy `ci` that reads secret/ci/* (KV 2) and kv1/ci/* (KV 1)."""
    AUDIENCE = "https://vault.example.com"

    def __init__(self, tls=False, **bao):
        self.issuer = Issuer()
        try:
            self.bao = Bao(tls, **bao)
            self.configure()
        except BaseException:
            self.close()
            raise

    def configure(self):
        bao = self.bao
        bao.policy("ci", CI_POLICY)
        bao.call("POST", "sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
        bao.jwt_auth(self.issuer.github)
        bao.jwt_auth(self.issuer.gitlab, "gitlab")
        bao.jwt_role("ci", bound_claims={"repository": "octo-org/octo-repo", "ref": ["refs/heads/*", "refs/pull/*"]},
                     bound_audiences=[self.AUDIENCE])
        bao.jwt_role("ci", "gitlab", bound_claims={"project_path": "mygroup/myproject"},
                     bound_audiences=[self.AUDIENCE])

    def close(self):
        for server in (getattr(self, "bao", None), self.issuer):
            if server:
                server.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
