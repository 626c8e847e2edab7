# SPDX-License-Identifier: Apache-2.0
"""Tokens that nobody issued, made when a test asks for them, so that none stands in the tree.

sample(check, seed)     a token that the check of that name takes for verified (or, where nothing can be verified, for plausible)
broken(check, seed)     one of the same look that it does not
expand(template, seed)  a template of docs/rules.md with its ${...} filled in
surroundings(check, seed)  (secret, match) for the checks that judge a password by the place it stands in

The same seed gives the same token, here and in every later version of Python. This is a second implementation of the formats of
docs/verification.md, written apart from the one in C, and `samples.py --c` writes the table that the unit tests compare them by."""
import base64
import hashlib
import json
import re
import struct
import sys
import zlib

DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
ALNUM = DIGITS + UPPER + LOWER
B32 = UPPER + "234567"
KINDS = {
    "alnum": ALNUM, "lower": LOWER, "upper": UPPER, "loweralnum": LOWER + DIGITS, "upperalnum": UPPER + DIGITS, "digits": DIGITS,
    "hex": DIGITS + "abcdef", "HEX": DIGITS + "ABCDEF", "b32": B32, "b64": UPPER + LOWER + DIGITS + "+/", "b64url": UPPER + LOWER + DIGITS + "-_",
    "ident": LOWER,
}


class Dice:
    """Bytes from SHA-256 of a seed and a counter: no version of `random` has a say in it."""

    def __init__(self, *seed):
        self.seed = "/".join(str(s) for s in seed).encode()
        self.count = 0
        self.held = b""

    def bytes(self, n):
        while len(self.held) < n:
            self.held += hashlib.sha256(self.seed + struct.pack(">Q", self.count)).digest()
            self.count += 1
        out, self.held = self.held[:n], self.held[n:]
        return out

    def below(self, n):
        return int.from_bytes(self.bytes(8), "big") % n

    def pick(self, alphabet, n):
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(n))


# -- digits ---------------------------------------------------------------------------------------------


def in_base(v, alphabet, n=0):
    out = ""
    while v:
        out = alphabet[v % len(alphabet)] + out
        v //= len(alphabet)
    return out.rjust(n, alphabet[0])


def crc(text):
    return zlib.crc32(text.encode() if isinstance(text, str) else text)


def crc62(text):
    return in_base(crc(text), ALNUM, 6)


def b64(raw):
    return base64.b64encode(raw).decode()


def b64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def jb64(value):
    return b64(json.dumps(value, separators=(",", ":")).encode())


def jb64url(value):
    return jb64(value).rstrip("=").replace("+", "-").replace("/", "_")


def marvin(data, seed):
    mask = 0xFFFFFFFF
    a, b = seed & mask, seed >> 32

    def turn(v, n):
        return (v << n | v >> (32 - n)) & mask

    def mix(word):
        nonlocal a, b
        a = (a + word) & mask
        b ^= a
        a = (turn(a, 20) + b) & mask
        b = turn(b, 9) ^ a
        a = (turn(a, 27) + b) & mask
        b = turn(b, 19)

    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        mix(int.from_bytes(data[i:i + 4], "little"))
    mix(int.from_bytes(data[whole:] + b"\x80", "little"))
    mix(0)
    return a ^ b


def crc16(raw):
    v = 0
    for byte in raw:
        v ^= byte << 8
        for _ in range(8):
            v = (v << 1 ^ (0x1021 if v & 0x8000 else 0)) & 0xFFFF
    return v


def crc24(raw):
    v = 0xB704CE
    for byte in raw:
        v ^= byte << 16
        for _ in range(8):
            v = (v << 1 ^ (0x864CFB if v & 0x800000 else 0)) & 0xFFFFFF
    return v


def base32(raw):
    return base64.b32encode(raw).decode().rstrip("=")


def base58check(raw):
    raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + in_base(int.from_bytes(raw, "big"), digits)


def bech32(prefix, raw):
    digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    bits = "".join(f"{b:08b}" for b in raw)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    total = 1
    for v in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + words + [0] * 6:
        top, total = total >> 25, (total & 0x1FFFFFF) << 5 ^ v
        for i, mask in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            total ^= mask if top >> i & 1 else 0
    total ^= 1
    return prefix + "1" + "".join(digits[w] for w in words + [total >> 5 * (5 - i) & 31 for i in range(6)])


# -- makers: check -> function of dice ------------------------------------------------------------------

MAKERS = {}


def makes(*names):
    def note(fn):
        for name in names:
            MAKERS[name] = fn
        return fn
    return note


def tail62(prefix, n):
    def make(d):
        body = d.pick(ALNUM, n)
        return prefix + body + crc62(body)
    return make


MAKERS["github-classic"] = tail62("ghp_", 30)
MAKERS["npm"] = tail62("npm_", 30)
MAKERS["vercel"] = tail62("vcp_", 50)
MAKERS["crc32-base62"] = tail62("svc_", 30)


@makes("asf")
def asf(d):
    body = "asf_" + d.pick(ALNUM, 30)
    return body + crc62(body)


@makes("github-fine")
def github_fine(d):
    head = "github_pat_" + d.pick(ALNUM, 22) + "_" + d.pick(ALNUM, 43)
    return head + base32(hashlib.sha256(head.encode()).digest())[:8] + d.pick(B32, 8)


@makes("gitlab-routable")
def gitlab(d):
    random = d.bytes(16)
    payload = b64url(b"o:1\nu:2a" + random + bytes([len(random)]))
    head = "glpat-" + payload + ".01." + in_base(len(payload), DIGITS + LOWER, 2)
    return head + in_base(crc(head), DIGITS + LOWER, 7)


@makes("grafana-sa")
def grafana_sa(d):
    head = "glsa_" + d.pick(ALNUM, 32)
    return head + "_" + struct.pack("<I", crc(head)).hex()


@makes("atlassian")
def atlassian(d):
    head = "ATATT3xFfGF0" + d.pick(KINDS["b64url"], 160) + "="
    return head + f"{crc(head):08X}"


@makes("confluent")
def confluent(d):
    body = d.pick(KINDS["b64"], 54)
    return "cflt" + body + b64(struct.pack("<I", crc(body)))[:6]


@makes("zuplo")
def zuplo(d):
    body = d.pick(KINDS["loweralnum"], 32)
    return f"zpka_{body}_{crc(body):08x}"


@makes("cloudflare")
def cloudflare(d):
    body = d.pick(ALNUM, 40)
    return f"cfut_{body}{crc(body):08x}"


def seed_of(text):
    return int.from_bytes(text.encode(), "big")


@makes("azure-identifiable")
def azure(d):
    """64 bytes: 57 of chance, three that read "+ASt" in base64 (shifted by two bits), a checksum."""
    bits = "".join(f"{b:08b}" for b in d.bytes(57)) + "".join(f"{KINDS['b64'].index(c):06b}" for c in "+ASt") + "0" * 8
    raw = bytearray(int(bits[:480], 2).to_bytes(60, "big"))
    text = b64(bytes(raw) + b"\0" * 4)
    raw = bytearray(base64.b64decode(text[:76] + "+ASt" + text[80:]))
    return b64(bytes(raw[:60]) + struct.pack("<I", marvin(bytes(raw[:60]), seed_of("Default0"))))


@makes("entra-secret")
def entra(d):
    digits = LOWER + UPPER + "1234567890.-_~"
    head = d.pick(ALNUM, 3) + "8Q~" + d.pick(ALNUM + ".-_", 31)
    return head + in_base(marvin(head.encode(), seed_of("AadPwd00")), digits, 6)[:3]


@makes("azure-devops-pat")
def devops(d):
    body = d.bytes(28)
    total = struct.pack(">I", crc(body) ^ 0xE0B9692D)
    raw = body[:2] + total[0:1] + body[2:6] + total[1:3] + body[6:19] + total[3:4] + body[19:]
    return base32(raw).lower()


@makes("azure-sas")
def azure_sas(d):
    mac = b64(d.bytes(32)).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return f"sv=2022-11-02&ss=b&srt=co&sp=rl&se=2030-01-02T03:04:05Z&st=2029-12-31T00:00:00Z&spr=https&sig={mac}"


@makes("cask")
def cask(d):
    return b64url(d.bytes(32) + b"\0") + "QJJQ" + "ABAP" + "TEST" + "AA" + "BAAAAA"


@makes("nats-nkey")
def nkey(d):
    raw = b"\x95\x00" + d.bytes(32)  # "SU": five bits for S, five for U
    return base32(raw + struct.pack("<H", crc16(raw)))


@makes("stellar")
def stellar(d):
    raw = bytes([18 << 3]) + d.bytes(32)
    return base32(raw + struct.pack("<H", crc16(raw)))


@makes("bech32")
def bech(d):
    return bech32("token", d.bytes(20))


@makes("age-secret")
def age(d):
    return bech32("age-secret-key-", d.bytes(32)).upper()


@makes("nostr")
def nostr(d):
    return bech32("nsec", d.bytes(32))


@makes("base58check")
def b58(d):
    return base58check(d.bytes(33))


@makes("wif")
def wif(d):
    return base58check(b"\x80" + d.bytes(32) + b"\x01")


@makes("xprv")
def xprv(d):
    return base58check(bytes.fromhex("0488ade4") + b"\x03" + d.bytes(8) + d.bytes(32) + b"\0" + d.bytes(32))


@makes("artifactory-key")
def artifactory_key(d):
    return "AKCp8" + d.pick("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 68)


@makes("pypi")
def pypi(d):
    def field(kind, value):
        return bytes([kind, len(value)]) + value
    raw = b"\x02" + field(1, b"pypi.org") + field(2, d.pick(KINDS["hex"], 36).encode()) + b"\0"
    raw += field(2, b'[0,"project"]') + b"\0\0" + field(6, d.bytes(32))
    return "pypi-" + b64url(raw)


@makes("fly")
def fly(d):
    return "fm2_" + b64(b"\x94\x93\xc4\x10" + d.bytes(80))


@makes("vault-token")
def vault(d):
    return "hvs." + b64url(b"\x08\x01\x12\x20" + d.bytes(32) + b"\x1a\x1c" + ("hvs." + d.pick(ALNUM, 24)).encode())


@makes("sentry")
def sentry(d):
    payload = {"iat": 1700000000.5, "url": "https://sentry.io", "region_url": "https://us.sentry.io", "org": "acme"}
    return "sntrys_" + jb64(payload) + "_" + b64(d.bytes(32)).rstrip("=")


@makes("onepassword-ops")
def onepassword(d):
    return "ops_" + jb64url({"signInAddress": "my.1password.com", "userAuth": {"method": "SRPg-4096"}, "email": "a@b.invalid",
                             "muk": {"alg": "A256GCM", "k": b64url(d.bytes(32))}, "secretKey": "A3-" + d.pick(UPPER, 26)})


@makes("mapbox")
def mapbox(d):
    return "sk." + jb64url({"u": "acme", "a": d.pick(KINDS["loweralnum"], 25)}) + "." + d.pick(KINDS["b64url"], 22)


@makes("grafana-cloud")
def grafana_cloud(d):
    return "glc_" + jb64({"o": "12345", "n": "stack-1-writer", "k": d.pick(ALNUM, 24), "m": {"r": "eu"}})


@makes("grafana-api-key")
def grafana_api_key(d):
    return jb64({"k": d.pick(ALNUM, 32), "n": "ci", "id": 7})


@makes("jwt")
def jwt(d):
    head = jb64url({"alg": "HS256", "typ": "JWT"})
    return head + "." + jb64url({"iss": "https://id.acme.invalid", "sub": d.pick(LOWER, 9), "iat": 1700000000, "exp": 1700003600}) + "." + b64url(d.bytes(32))


@makes("github-app-jwt")
def github_app(d):
    return "ghs_12345_" + jwt(d)


@makes("jwk")
def jwk(d):
    return json.dumps({"kty": "EC", "crv": "P-256", "kid": "k1", "x": b64url(d.bytes(32)), "y": b64url(d.bytes(32)), "d": b64url(d.bytes(32))})


def der(kind, body):
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b"\x82" + struct.pack(">H", n)
    return bytes([kind]) + size + body


def der_int(d, bits):
    raw = bytearray(d.bytes(bits // 8))
    raw[0] = raw[0] & 0x3F | 0x40 if bits < 1024 else raw[0] | 0x80
    return der(2, (b"\0" if raw[0] & 0x80 else b"") + bytes(raw))


def rsa_der(d):
    parts = [der(2, b"\0"), der_int(d, 1024), der(2, b"\1\0\1"), der_int(d, 1016)] + [der_int(d, 512) for _ in range(5)]
    return der(0x30, b"".join(parts))


def armor(label, raw, width=64, extra=""):
    text = b64(raw)
    lines = [text[i:i + width] for i in range(0, len(text), width)]
    return f"-----BEGIN {label}-----\n" + extra + "\n".join(lines) + f"\n-----END {label}-----"


@makes("pem-private")
def pem(d):
    return armor("RSA PRIVATE KEY", rsa_der(d))


@makes("pem-base64")
def pem_base64(d):
    return b64(armor("EC PRIVATE KEY", der(0x30, der(2, b"\1") + der(4, d.bytes(32)))).encode())


@makes("openssh-private")
def openssh(d):
    def text(raw):
        return struct.pack(">I", len(raw)) + raw
    kind, public, check = b"ssh-ed25519", d.bytes(32), d.bytes(4)
    private = check + check + text(kind) + text(public) + text(d.bytes(64)) + text(b"me")
    private += bytes(range(1, 1 + -len(private) % 8))
    raw = b"openssh-key-v1\0" + text(b"none") + text(b"none") + text(b"") + struct.pack(">I", 1) + text(text(kind) + text(public)) + text(private)
    return armor("OPENSSH PRIVATE KEY", raw, 70)


@makes("pgp-private")
def pgp(d):
    body = b"\x04" + struct.pack(">I", 1700000000) + b"\x16" + b"\x09" + bytes.fromhex("2b06010401da470f01") + b"\x01\x07\x40" + d.bytes(32)
    body += b"\0" + b"\x00\xff" + b"\x41" + d.bytes(31) + d.bytes(2)
    raw = bytes([0x94, len(body)]) + body
    total = b64(crc24(raw).to_bytes(3, "big"))
    return armor("PGP PRIVATE KEY BLOCK", raw, 64, "\n").replace("\n-----END", f"\n={total}\n-----END")


@makes("putty-ppk")
def putty(d):
    def lines(raw):
        text = b64(raw)
        out = [text[i:i + 64] for i in range(0, len(text), 64)]
        return f"{len(out)}\n" + "\n".join(out)
    return ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: " + lines(d.bytes(51)) + "\nPrivate-Lines: "
            + lines(d.bytes(36)) + "\nPrivate-MAC: " + d.bytes(32).hex())


@makes("minisign")
def minisign(d):
    return b64(b"EdScB2" + d.bytes(152))


@makes("wireguard")
def wireguard(d):
    raw = bytearray(d.bytes(32))
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return b64(bytes(raw))


@makes("aws-key-id")
def aws_key_id(d):
    raw = bytearray((123456789012 << 7 | 1 << 47).to_bytes(6, "big") + d.bytes(4))
    return "AKIA" + base32(bytes(raw))


@makes("aws-secret")
def aws_secret(d):
    return b64(d.bytes(30))


@makes("aws-session-token")
def aws_session_token(d):
    return b64(b"\x21\x0a\x09origin_ec" + b"\x10" + d.bytes(200))


@makes("aws-bedrock")
def aws_bedrock(d):
    return "ABSK" + b64(b"BedrockAPIKey-abcd-at-123456789012:" + b64(d.bytes(32)).encode())


@makes("gcp-service-account")
def gcp(d):
    key = armor("PRIVATE KEY", der(0x30, der(2, b"\0") + der(0x30, der(6, bytes.fromhex("2a864886f70d010101")) + der(5, b"")) + der(4, rsa_der(d))))
    return json.dumps({"type": "service_account", "project_id": "acme", "private_key_id": d.bytes(20).hex(), "private_key": key + "\n",
                       "client_email": "ci@acme.iam.gserviceaccount.com"})


@makes("discord")
def discord(d):
    return b64url(("1" + d.pick(DIGITS, 17)).encode()) + "." + d.pick(KINDS["b64url"], 6) + "." + d.pick(KINDS["b64url"], 38)


@makes("artifactory-reftkn")
def artifactory(d):
    return b64(("reftkn:01:1900000000:" + d.pick(ALNUM, 28)).encode())


@makes("bitbucket-server")
def bitbucket(d):
    return b64(d.pick("123456789", 12).encode() + b":" + d.bytes(20))


@makes("openai")
def openai(d):
    return "sk-proj-" + d.pick(KINDS["b64url"], 74) + "T3BlbkFJ" + d.pick(KINDS["b64url"], 74)


@makes("anthropic")
def anthropic(d):
    return "sk-ant-api03-" + d.pick(KINDS["b64url"], 93) + "AA"


@makes("sendgrid")
def sendgrid(d):
    return "SG." + b64url(d.bytes(16)) + "." + b64url(d.bytes(32))


@makes("stripe")
def stripe(d):
    return "sk_live_51" + d.pick(ALNUM, 97)


@makes("telegram")
def telegram(d):
    return d.pick("123456789", 10) + ":AA" + d.pick(KINDS["b64url"], 33)


@makes("slack")
def slack(d):
    return "xoxb-" + d.pick("123456789", 12) + "-" + d.pick("123456789", 13) + "-" + d.pick(ALNUM, 24)


@makes("intercom")
def intercom(d):
    h = d.bytes(16).hex()
    return b64(f"tok:{h[:8]}_{h[8:12]}_{h[12:16]}_{h[16:20]}_{h[20:]}:1:0".encode())


@makes("postman")
def postman(d):
    return "PMAK-" + struct.pack(">I", 1700000000).hex() + d.bytes(8).hex() + "-" + d.bytes(17).hex()


@makes("basic-auth", "docker-auth")
def basic(d):
    return b64(("deploy:" + d.pick(ALNUM, 20)).encode())


@makes("url-credentials", "netrc", "pgpass")
def password(d):
    return d.pick(ALNUM, 20)


@makes("app-password")
def app_password(d):
    return "qx" + d.pick(LOWER, 2) + " " + d.pick(LOWER, 4) + " zh" + d.pick(LOWER, 2) + " " + d.pick(LOWER, 4)


# -- what is offered ------------------------------------------------------------------------------------

# Nothing in these can be verified: a sample is plausible.
UNVERIFIABLE = {"app-password", "artifactory-key", "aws-secret", "stripe", "slack", "url-credentials", "netrc", "pgpass"}
# And in these nothing can be broken either, as long as the prefix stands.
UNBREAKABLE = {"app-password", "stripe", "slack", "url-credentials", "netrc", "fly", "vault-token", "telegram", "wireguard", "postman", "aws-session-token"}


def sample(check, seed):
    return MAKERS[check](Dice("sample", check, seed))


def swap(c):
    """Another character of the same class."""
    for alphabet in (DIGITS, LOWER, UPPER):
        if c in alphabet:
            return alphabet[(alphabet.index(c) + 1) % len(alphabet)]
    return c


# Where one changed character is noticed by structure only: what to do instead.
BREAKERS = {
    "artifactory-key": lambda t: t[:-2],
    "artifactory-reftkn": lambda t: b64(base64.b64decode(t).replace(b":01:", b":01-")),
    "anthropic": lambda t: t[:-1] + "B",
    "aws-bedrock": lambda t: "ABSK" + t[4:].swapcase(),
    "aws-key-id": lambda t: t[:10] + "1" + t[11:],
    "aws-secret": lambda t: "a" * 30 + t[30:],
    "azure-sas": lambda t: t[:-6],
    "azure-identifiable": lambda t: t[:20] + swap(t[20]) * 2 + t[22:],
    "basic-auth": lambda t: b64(base64.b64decode(t).replace(b":", b".")),
    "bitbucket-server": lambda t: b64(base64.b64decode(t).replace(b":", b".", 1)),
    "cask": lambda t: t[:-5] + "_" + t[-4:],
    "discord": lambda t: "A" + t[1:],
    "gcp-service-account": lambda t: t[:-20],
    "github-app-jwt": lambda t: t[:-4],
    "grafana-api-key": lambda t: t[:-9],
    "grafana-cloud": lambda t: t[:-9],
    "intercom": lambda t: b64(b"tik" + base64.b64decode(t)[3:]),
    "jwk": lambda t: t.replace('"d": "', '"d": "!'),
    "jwt": lambda t: t[:-4],
    "mapbox": lambda t: "sk." + t[4:],
    "minisign": lambda t: t[:-8],
    "onepassword-ops": lambda t: t[:-9],
    "openai": lambda t: t.replace("T3BlbkFJ", "T3BlbkFK"),
    "openssh-private": lambda t: t.replace("AAAABG5vbmUAAAAEbm9uZQ", "AAAABG5vbmUAAAAAbm9uZQ"),
    "pem-base64": lambda t: b64(base64.b64decode(t).replace(b"\n", b"\nA", 1)),
    "pem-private": lambda t: t.replace("-----\n", "-----\nAAAA", 1),
    "pgpass": lambda t: t,
    "postman": lambda t: t.replace("PMAK-6", "PMAK-f"),
    "putty-ppk": lambda t: t[:-4],
    "pypi": lambda t: t[:-4],
    "sendgrid": lambda t: t[:-1] + chr(ord(t[-1]) + 1),
    "sentry": lambda t: t[:10] + t[11:],
    "telegram": lambda t: t.replace(":AA", ":BA"),
    "vault-token": lambda t: t[:-4],
    "wireguard": lambda t: "/" + t[1:],
    "fly": lambda t: t.replace("fm2_lJ", "fm2_mJ"),
    "aws-session-token": lambda t: t.replace("b3JpZ2lu", "b3JpZ3lu"),
}
BREAKERS["docker-auth"] = BREAKERS["basic-auth"]


def broken(check, seed):
    token = sample(check, seed)
    if check in BREAKERS:
        return BREAKERS[check](token)
    middle = len(token) // 2
    while swap(token[middle]) == token[middle]:
        middle += 1
    return token[:middle] + swap(token[middle]) + token[middle + 1:]


def surroundings(check, seed):
    secret = sample(check, seed)
    if check == "url-credentials":
        return secret, f"postgres://svc:{secret}@db.acme.io:5432/app"
    if check == "netrc":
        return secret, f"machine git.acme.io login bot password {secret}"
    if check == "pgpass":
        return secret, f"db.acme.io:5432:app:svc:{secret}"
    return secret, secret


def fill(name, d, seed):
    kind, _, arg = name.partition(":")
    if kind == "token":
        return sample(arg, f"{seed}/{d.count}")
    if kind == "broken":
        return broken(arg, f"{seed}/{d.count}")
    if kind == "uuid":
        h = d.bytes(16).hex()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
    return d.pick(KINDS[kind], int(arg))


def expand(template, seed):
    """${KIND:N}, ${uuid}, ${token:CHECK}, ${broken:CHECK}; the order of the places counts, so that equal ones differ."""
    d = Dice("expand", template, seed)
    return re.sub(r"\$\{((?:token|broken):[a-z0-9-]+|uuid|(?:" + "|".join(KINDS) + r"):[0-9]+)\}", lambda m: fill(m.group(1), d, seed), template)


# -- the unit tests' table ------------------------------------------------------------------------------


def chunks(text):
    """A C string in pieces, so that no scanner sees a token in it."""
    out = []
    for i in range(0, len(text), 7):
        out.append('"' + text[i:i + 7].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("?", "\\?") + '"')
    return " ".join(out) or '""'


def table():
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Written by tests/support/samples.py --c. Tokens that nobody issued, in pieces. */"]
    for check in sorted(MAKERS):
        for seed in (1, 2):
            secret, match = surroundings(check, seed)
            verdict = "PLAUSIBLE" if check in UNVERIFIABLE else "VERIFIED"
            lines.append(f'{{ "{check}", MF_FORMAT_{verdict}, {chunks(secret)}, {chunks(match) if match != secret else "NULL"} }},')
        if check not in ("app-password", "stripe", "slack", "url-credentials", "netrc", "pgpass"):
            verdict = "PLAUSIBLE" if check in UNBREAKABLE else "BROKEN"
            lines.append(f'{{ "{check}", MF_FORMAT_{verdict}, {chunks(broken(check, 1))}, NULL }},')
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--c"]:
        print(table())
    elif len(sys.argv) == 4 and sys.argv[1] in ("sample", "broken"):
        print({"sample": sample, "broken": broken}[sys.argv[1]](sys.argv[2], sys.argv[3]))
    elif len(sys.argv) == 4 and sys.argv[1] == "expand":
        print(expand(sys.argv[2], sys.argv[3]))
    else:
        sys.exit("usage: samples.py --c | sample CHECK SEED | broken CHECK SEED | expand TEMPLATE SEED")
