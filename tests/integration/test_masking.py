# SPDX-License-Identifier: Apache-2.0
"""How much of a secret a log shows, in the ways in which programs print it.

Random secrets are exported by the real binary; its add-mask commands are all that is known. Each secret is then printed
in many ways, and every character that depends on it has to be hidden.

    test_masking.py --table [N]     the table of docs/masking.md: N secrets of each kind, beside what the runner hides
                                    when it is given the value alone
    test_masking.py --cost          what the masks of some secrets cost the runner
"""
import base64
import html
import json
import os
import pathlib
import random
import shlex
import string
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from xml.sax import saxutils

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import runner, tools  # noqa: E402

SIGNS = string.ascii_letters + string.digits + string.punctuation
ALNUM = string.ascii_letters + string.digits


# -- secrets ------------------------------------------------------------------------------------------
def word(rng, alphabet, lengths):
    """At least four bytes that are no common word."""
    return "".join(rng.choice(alphabet) for _ in range(rng.choice(lengths)))


def pem(rng, size=1190):
    body = base64.b64encode(rng.randbytes(size)).decode()
    lines = [body[i:i + 64] for i in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])


def account(rng):
    return json.dumps({"type": "service_account", "private_key_id": word(rng, "0123456789abcdef", [40]),
                       "private_key": pem(rng), "client_email": "ci@project.iam.example.com",
                       "client_secret": word(rng, SIGNS, [24])}, indent=2)


KINDS = {
    "letters and digits, 20 to 100": lambda rng: word(rng, ALNUM, [20, 32, 40, 100]),
    "base64, 44": lambda rng: base64.b64encode(rng.randbytes(32)).decode(),
    "all signs, 8 to 40": lambda rng: word(rng, SIGNS, [8, 12, 20, 40]),
    "all signs, 100": lambda rng: word(rng, SIGNS, [100]),
    "with blanks and umlauts": lambda rng: "a" + word(rng, SIGNS + "   äöüß\u2028\U0001f701", [20, 30]) + "z",
    "with control characters": lambda rng: "a" + word(rng, ALNUM + "\t\x01\x1b\x7f'\"", [20, 30]) + "z",
}
LINES = {
    "PEM key": pem,
    "text of lines": lambda rng: "\n".join(word(rng, ALNUM + " +/=", [30]).strip() + "." for _ in range(5)) + "\n",
    "text of lines, CRLF": lambda rng: "\r\n".join(word(rng, ALNUM, [30]) for _ in range(12)),
}


# -- ways to print: name -> [(line of the log, first character of the secret in it, one after the last)] -----------------
def plain(text, before="value: ", after=" end"):
    return [(before + text + after, len(before), len(before) + len(text))]


def b64(value, before=b"", after=b"", url=False, wrap=0):
    """The characters that hold bits of the value; with `wrap` in several lines."""
    raw = value.encode()
    text = (base64.urlsafe_b64encode if url else base64.b64encode)(before + raw + after).decode()
    first, last = len(before) * 8 // 6, -(-(len(before) + len(raw)) * 8 // 6)
    if not wrap:
        return [(text, first, last)]
    return [(text[i:i + wrap], max(first - i, 0), min(last - i, wrap)) for i in range(0, len(text), wrap)
            if first < i + wrap and last > i]


def bash(script, values):
    """What bash prints for each value, up to a NUL; in a terminal's locale."""
    out = subprocess.run(["bash", "-c", f'for v; do {script}; printf "\\0"; done', "bash", *values], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    return out.stdout.decode("utf-8", "replace").split("\0")[:-1]


def trace(values):
    """bash -x"""
    found = []
    for v in values:
        out = subprocess.run(["bash", "-xc", 'true "$1"', "bash", v], check=True, stderr=subprocess.PIPE,
                             env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}).stderr.decode()
        found.append(out[len("+ true "):-1])
    return found


def inner(text, quotes="'\""):
    """Without the quotes around it (and $ or b before them): they say nothing about the secret."""
    for start in ("$'", "b'", 'b"', "'", '"'):
        if text.startswith(start) and text.endswith(start[-1]) and len(text) > len(start):
            return text[len(start):-1]
    return text


def go(text):
    out = json.dumps(text, ensure_ascii=False)[1:-1]
    for sign in "<>&\u2028\u2029":
        out = out.replace(sign, f"\\u{ord(sign):04x}")
    return out


def net(text):
    out = ""
    for unit in text:
        if unit == "\\":
            out += "\\\\"
        elif unit in "\b\f\n\r\t":
            out += json.dumps(unit)[1:-1]
        elif unit in "\"'<>&+`" or not 32 <= ord(unit) < 127:
            raw = unit.encode("utf-16-be")
            out += "".join(f"\\u{raw[i] * 256 + raw[i + 1]:04X}" for i in range(0, len(raw), 2))
        else:
            out += unit
    return out


def lower(text):
    return "".join(c.lower() if i >= 1 and text[i - 1] == "%" or i >= 2 and text[i - 2] == "%" else c
                   for i, c in enumerate(text))


quote = urllib.parse.quote
WAYS = {
    "as it is": lambda s: plain(s),
    "as it is, between other characters": lambda s: plain(s, "x=", "y"),
    "base64": lambda s: b64(s),
    "echo | base64": lambda s: b64(s, after=b"\n"),
    "base64 of user:secret": lambda s: b64(s, b"user:"),
    "base64 of x:secret and more": lambda s: b64(s, b"x:", b"@host"),
    "base64 of ab:secret and more": lambda s: b64(s, b"ab:", b"\r\nx"),
    "base64url, with more before and after": lambda s: b64(s, b"\xff", b"\xfe\xff", url=True),
    "base64, wrapped at 76": lambda s: b64(s, after=b"\n", wrap=76),
    "base64, wrapped at 64 (openssl)": lambda s: b64(s, wrap=64),
    "Docker's config.json, auth": lambda s: b64(s, b"robot$ci:"),
    "Kubernetes secret of a JSON document": lambda s: [part for part in b64(json.dumps(s, ensure_ascii=False)[1:-1],
                                                                            b'{"password":"', b'"}')],
    "hex": lambda s: plain(s.encode().hex()),
    "HEX": lambda s: plain(s.encode().hex().upper()),
    "hex, wrapped at 60 (xxd -p)": lambda s: [(h[i:i + 60], 0, len(h[i:i + 60])) for h in [s.encode().hex()]
                                              for i in range(0, len(h), 60) if len(h[i:i + 60]) >= 4],
    "percent-encoded": lambda s: plain(quote(s, safe="")),
    "percent-encoded, lower case": lambda s: plain(lower(quote(s, safe=""))),
    "Python quote()": lambda s: plain(quote(s)),
    "form-encoded": lambda s: plain(urllib.parse.quote_plus(s)),
    "form-encoded, Java": lambda s: plain(urllib.parse.quote_plus(s, safe="*").replace("~", "%7E")),
    "encodeURIComponent()": lambda s: plain(quote(s, safe="-_.!~*'()")),
    "encodeURI()": lambda s: plain(quote(s, safe=";,/?:@&=+$#-_.!~*'()")),
    "JSON": lambda s: plain(json.dumps(s, ensure_ascii=False)[1:-1]),
    "JSON, ASCII (Python)": lambda s: plain(json.dumps(s)[1:-1]),
    "JSON, Go": lambda s: plain(go(s)),
    "JSON with \\/": lambda s: plain(json.dumps(s, ensure_ascii=False)[1:-1].replace("/", "\\/")),
    "JSON, ASCII with \\/ (PHP)": lambda s: plain(json.dumps(s)[1:-1].replace("/", "\\/").replace("\\u007f", "\x7f")),
    "JSON, .NET": lambda s: plain(net(s)),
    "JSON in JSON": lambda s: plain(json.dumps(json.dumps(s, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1]),
    "Python repr()": lambda s: plain(inner(repr(s))),
    "Python bytes": lambda s: plain(inner(repr(s.encode()))),
    "shlex.quote()": lambda s: plain(inner(shlex.quote(s)) if "'" not in s else shlex.quote(s)[1:-1]),
    "YAML or SQL single quotes": lambda s: plain(s.replace("'", "''")),
    "XML text": lambda s: plain(saxutils.escape(s)),
    "XML attribute": lambda s: plain(saxutils.escape(s, {'"': "&quot;", "'": "&apos;"})),
    "HTML (Python)": lambda s: plain(html.escape(s)),
    "HTML (Go)": lambda s: plain(html.escape(s).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")),
}
BASH = {
    "printf %q": lambda values: [inner(v) if v[:2] == "$'" else v for v in bash("printf %q \"$v\"", values)],
    "${v@Q}": lambda values: [inner(v) for v in bash("printf %s \"${v@Q}\"", values)],
    "declare -p": lambda values: [inner(v[len("declare -- v="):].rstrip("\n")) for v in bash("declare -p v", values)],
    "bash -x": lambda values: [inner(v) for v in trace(values)],
}
LINE_WAYS = {
    "each line": lambda s: [part for line in s.splitlines() for part in plain(line) if line.strip()],
    "each line, indented": lambda s: [part for line in s.splitlines() for part in plain(line, "      ") if line.strip()],
    "echo $VALUE (lines joined by blanks)": lambda s: plain(" ".join(s.splitlines()), "x ", " y"),
    "lines joined": lambda s: [("".join(s.splitlines()[1:-1]), 0, len("".join(s.splitlines()[1:-1])))] if "-----" in s else [],
    "base64": lambda s: b64(s.strip()),
    "base64 of more": lambda s: b64(s.strip(), b"{\"key\": \"", b"\"}"),
    "base64, wrapped at 76": lambda s: b64(s, wrap=76),
    "base64, wrapped at 64 (openssl)": lambda s: b64(s, wrap=64),
    "hex": lambda s: plain(s.strip().encode().hex()),
    "JSON": lambda s: plain(json.dumps(s.strip())[1:-1]),
    "JSON with \\/": lambda s: plain(json.dumps(s.strip())[1:-1].replace("/", "\\/")),
    "JSON, line ends made \\n": lambda s: plain(json.dumps(s.strip().replace("\r\n", "\n"))[1:-1]),
    "percent-encoded": lambda s: plain(quote(s.strip(), safe="")),
    "Python repr()": lambda s: plain(inner(repr(s.strip()))),
}
ARMOR = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----")


# -- what is left to see --------------------------------------------------------------------------------
def covered(line, masks):
    """One flag for each character: whether a mask hides it. The runner joins overlapping masks."""
    hidden = bytearray(len(line))
    for mask in masks:
        at = line.find(mask)
        while at >= 0:
            hidden[at:at + len(mask)] = b"\1" * len(mask)
            at = line.find(mask, at + 1)
    return hidden


def shown(parts, masks, edges):
    """Characters of the secret that can be seen; `edges` may be at each end of the line, since they depend on more."""
    count = 0
    for line, first, last in parts:
        hidden = covered(line, masks)
        for armor in ARMOR:     # public, and not hidden on purpose
            at = line.find(armor)
            if at >= 0:
                hidden[at:at + len(armor)] = b"\1" * len(armor)
        seen = [i for i in range(first, last) if not hidden[i] and not line[i].isspace()]
        if len(seen) and seen[0] == first and edges:
            seen = seen[edges:]
        if len(seen) and seen[-1] == last - 1 and edges:
            seen = seen[:-edges]
        count += len(seen)
    return count


def edges(way):
    return 1 if "base64" in way or "auth" in way or "Kubernetes" in way else 0


def exported(values):
    """[the masks of each value], from one run of the binary for each."""
    found = []
    with tempfile.TemporaryDirectory(prefix="mayfly-test-") as name:
        folder = pathlib.Path(name)
        runner.github_folder(folder)
        env = runner.github_env(folder) | {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
        env |= {k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}
        for value in values:
            secret = folder / "secret"
            secret.write_bytes(value.encode())
            step = subprocess.run([tools.mayfly(), "export", "--unmasked-ok", f"VALUE=file://{secret}"], cwd=folder / "work", env=env,
                                  stdin=subprocess.DEVNULL, capture_output=True)
            if step.returncode:
                raise AssertionError(f"exit {step.returncode}: {step.stderr.decode()[-500:]}")
            found.append(runner.Log().feed_all(step.stdout.decode()).masks)
            (folder / "commands" / "env").write_text("")
    return found


def of_the_runner(value):
    log = runner.Log()
    log.add_mask(value)
    return log.hidden


def printed(values, ways, with_bash):
    """{way: [[(line, first, last)] for each value]}"""
    table = {way: [make(v) for v in values] for way, make in ways.items()}
    if with_bash:
        table |= {way: [plain(text) for text in make(values)] for way, make in BASH.items()}
    return table


def measure(count, seed, kinds, ways, with_bash):
    """{way: [hidden by mayfly, hidden by the runner alone, printed]}, and what was seen: (kind, way, characters)."""
    rng = random.Random(seed)
    score, seen = {}, []
    for kind, make in kinds.items():
        values = [make(rng) for _ in range(count)]
        masks = exported(values)
        for way, all_parts in printed(values, ways, with_bash).items():
            row = score.setdefault(way, [0, 0, 0])
            for value, parts, own in zip(values, all_parts, masks):
                left = shown(parts, own, edges(way))
                row[0] += left == 0
                row[1] += shown(parts, of_the_runner(value), edges(way)) == 0
                row[2] += 1
                if left:
                    seen.append((kind, way, left))
    return score, seen


class Masking(unittest.TestCase):
    COUNT = 12

    def check(self, kinds, ways, with_bash):
        seed = int(os.environ.get("MAYFLY_TEST_SEED", random.randrange(1 << 32)))
        score, seen = measure(self.COUNT, seed, kinds, ways, with_bash)
        self.assertEqual(seen, [], f"parts of secrets can be read (MAYFLY_TEST_SEED={seed})")
        self.assertTrue(all(row[2] == self.COUNT * len(kinds) for row in score.values()))
        # the measurement itself sees something: the runner alone does not hide hex
        if with_bash:
            self.assertEqual(score["hex"][1], 0)

    def test_single_line(self):
        self.check(KINDS, WAYS, True)

    def test_lines(self):
        self.check(LINES, LINE_WAYS, False)

    def test_leaves_of_json(self):
        rng = random.Random(os.urandom(8))
        value = account(rng)
        fields = json.loads(value)
        masks = exported([value])[0]
        for name in ("client_secret", "private_key_id"):
            for way, make in WAYS.items():
                self.assertEqual(shown(make(fields[name]), masks, edges(way)), 0, f"{name}: {way}")
        for way, make in LINE_WAYS.items():
            if "wrapped" not in way:
                self.assertEqual(shown(make(fields["private_key"]), masks, edges(way)), 0, way)
        for text in (value, json.dumps(fields), json.dumps(fields, indent=4)):
            self.assertFalse([line for line in text.split("\n") if fields["client_secret"] in covered_text(line, masks)])

    def test_ordinary_text_stays(self):
        """No mask hides what any log has in it."""
        rng = random.Random(os.urandom(8))
        values = [account(rng), pem(rng), *(make(rng) for make in KINDS.values()),
                  json.dumps({"debug": True, "port": 5432, "host": "localhost", "user": "admin", "p": "x" + word(rng, ALNUM, [20])},
                             indent=1)]
        log = "\n".join(["{", "}", "[", "  ],", "---", "-----BEGIN CERTIFICATE-----", "true false null yes no 12345 8080",
                         "localhost 127.0.0.1 admin root user password production", "Run npm ci", "added 812 packages in 9s",
                         "commit 5b1d0c9f7a3e42688f0e6a4d1c2b3a4958677685", "http://example.com/a?b=c&d=e#f"])
        for masks in exported(values):
            self.assertFalse(any(covered(log, masks)), "ordinary text is hidden")


def covered_text(line, masks):
    return "".join("*" if flag else c for c, flag in zip(line, covered(line, masks)))


def print_table(count):
    for title, kinds, ways, with_bash in (("one line", KINDS, WAYS, True), ("several lines", LINES, LINE_WAYS, False)):
        score, _ = measure(count, 1, kinds, ways, with_bash)
        print(f"| {title}: printed as | mayfly | the value alone |\n|---|--:|--:|")
        for way, (ours, runners, total) in score.items():
            name = way.replace("|", "\\|")
            print(f"| {name} | {100 * ours / total:.0f} % | {100 * runners / total:.0f} % |")
        print(f"\n{count} secrets of each kind: {', '.join(kinds)}.\n")


def kubeconfig(rng):
    data = [base64.b64encode(rng.randbytes(n)).decode() for n in (1100, 1150, 1680)]
    return ("apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: https://10.0.0.1:6443\n"
            f"    certificate-authority-data: {data[0]}\ncontexts:\n- name: c\n  context:\n    cluster: c\n    user: u\n"
            f"current-context: c\nusers:\n- name: u\n  user:\n    client-certificate-data: {data[1]}\n"
            f"    client-key-data: {data[2]}\n")


def print_cost():
    """Seconds for 10,000 lines of 100 characters, found as the runner does: each of its values in each line."""
    rng = random.Random(1)
    lines = [word(rng, ALNUM + "     ", [100]) for _ in range(200)]
    print("| secret | masks | values in the runner | 10,000 lines |\n|---|--:|--:|--:|")
    samples = {"40 letters and digits": word(rng, ALNUM, [40]), "40 signs of all kinds": word(rng, SIGNS, [40]),
               "RSA key of 2048 bits": pem(rng), "RSA key of 4096 bits": pem(rng, 2350),
               "key of a service account (JSON)": account(rng), "kubeconfig": kubeconfig(rng),
               "chain of three certificates and a key": "".join(pem(rng, n) for n in (1500, 1200, 1000, 1190)),
               "512 lines": "\n".join(word(rng, ALNUM, [40]) for _ in range(512))}
    for name, value in samples.items():
        masks = exported([value])[0]
        values = set().union(*(runner.encoders(mask) for mask in masks))
        began = time.process_time()
        for line in lines:
            for each in values:
                each in line
        cost = (time.process_time() - began) * 10000 / len(lines)
        print(f"| {name} | {len(masks)} | {len(values)} | {cost:.1f} s |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--cost"]:
        print_cost()
    elif sys.argv[1:2] == ["--table"]:
        print_table(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    else:
        unittest.main()
