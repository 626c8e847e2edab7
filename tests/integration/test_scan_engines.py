# SPDX-License-Identifier: Apache-2.0
"""Both engines report the same findings on every repository, with any number of threads and shards: hostile topologies of deltas, and edit histories
made at random and repacked in different ways."""
import json
import os
import random
import struct
import hashlib
import zlib

from support.scanrepo import ScanCase, token

SEEDS = int(os.environ.get("MAYFLY_SCAN_SEEDS", "6"))


def filler(seed, lines=300):
    dice = random.Random(seed)
    return "".join(f"line {i} {dice.randrange(10**9)} {dice.choice(['alpha', 'beta', 'gamma'])}\n" for i in range(lines))


def size_bytes(n):
    out = bytearray()
    while True:
        out.append(n & 0x7f | (0x80 if n > 0x7f else 0))
        n >>= 7
        if not n:
            return bytes(out)


def copy(offset, size):
    """A copy instruction of a delta."""
    op, args = 0x80, b""
    for i in range(4):
        if offset >> (8 * i) & 0xff:
            op |= 1 << i
            args += bytes([offset >> (8 * i) & 0xff])
    for i in range(3):
        if size >> (8 * i) & 0xff:
            op |= 16 << i
            args += bytes([size >> (8 * i) & 0xff])
    return bytes([op]) + args


def insert(data):
    return b"".join(bytes([len(data[i:i + 127])]) + data[i:i + 127] for i in range(0, len(data), 127))


def play(base, ops):
    return b"".join(base[op[0]:op[0] + op[1]] if isinstance(op, tuple) else op for op in ops)


class Pack:
    """A pack made by hand, so that the deltas are the ones that a test means."""

    def __init__(self):
        self.entries, self.ids = [], []

    def head(self, kind, n):
        first, n = kind << 4 | n & 15, n >> 4
        out = bytearray([first | (0x80 if n else 0)])
        while n:
            out.append(n & 0x7f | (0x80 if n > 0x7f else 0))
            n >>= 7
        return bytes(out)

    def oid(self, data):
        return hashlib.sha1(b"blob %d\0" % len(data) + data).digest()

    def blob(self, data):
        self.entries.append(self.head(3, len(data)) + zlib.compress(data))
        return data

    def delta(self, base, ops):
        """A blob as REF_DELTA: ops are (offset, size) to copy, or bytes to insert."""
        result = play(base, ops)
        text = size_bytes(len(base)) + size_bytes(len(result)) + b"".join(copy(*op) if isinstance(op, tuple) else insert(op) for op in ops if op)
        self.entries.append(self.head(7, len(text)) + self.oid(base) + zlib.compress(text))
        return result

    def write(self, repo):
        body = b"PACK" + struct.pack(">II", 2, len(self.entries)) + b"".join(self.entries)
        repo.git("index-pack", "--stdin", stdin=body + hashlib.sha1(body).digest())


class Engines(ScanCase):
    def normal(self, scan):
        self.assertIn(scan.code, (0, 1), scan.text)
        return [{k: v for k, v in f.items()} for f in scan.findings]

    def same(self, got, want, how):
        """Equal, or a failure that names the findings that differ and their fields, not all of both lists."""
        if got == want:
            return
        lines = []
        left, right = ({json.dumps(f, sort_keys=True): f for f in side} for side in (want, got))
        short = [(mark, f) for mark, a, b in (("only wanted", left, right), ("only got", right, left)) for k, f in a.items() if k not in b]
        for mark, f in short[:10]:
            lines.append(f"{mark}: {f['rule']} {f['path']}:{f['line']}:{f['column']} blob {f['blob']} commit {f['commit']} {f['id']}")
        pairs = [(a, b) for m, a in short for n, b in short if m != n and m == "only wanted" and a["fingerprint"] == b["fingerprint"]]
        for a, b in pairs[:5]:
            lines.append(f"{a['fingerprint']}: " + ", ".join(f"{k}: {a[k]!r} became {b[k]!r}" for k in a if a[k] != b[k]))
        self.fail(f"{how}: {len(want)} wanted, {len(got)} got\n" + "\n".join(lines or ["only the order differs"]))

    def both(self, repo, *args):
        """The findings of both engines, which are the same, with one and several threads and in shards."""
        want = self.normal(self.scan(repo, "--history", "--engine", "odb", "--threads", "1", *args))
        for engine, threads in (("pack", 1), ("pack", 4), ("odb", 3)):
            got = self.normal(self.scan(repo, "--history", "--engine", engine, "--threads", threads, *args))
            self.same(got, want, f"{engine} with {threads} threads")
        for engine, shards in (("pack", 2), ("pack", 3), ("odb", 2)):
            got = self.sharded(repo, engine, shards, *args)
            self.same(got, want, f"{engine} in {shards} shards")
        return want

    def sharded(self, repo, engine, shards, *args):
        files = []
        for i in range(1, shards + 1):
            part = self.scan(repo, "--history", "--engine", engine, "--shard", f"{i}/{shards}", *args)
            self.assertIn(part.code, (0, 1), part.text)
            files.append(self.folder / f"shard-{engine}-{shards}-{i}.json")
            files[-1].write_bytes(part.out)
        return self.normal(self.run_in(self.folder, "merge", "--format", "json", *files))

    def packed(self, *families, names=None):
        """A repository with a pack in which each (base, [ops...]) is a chain of deltas; every blob is in a tree of its own commit."""
        repo, pack, blobs = self.repo(), Pack(), []
        for base, deltas in families:
            blobs.append(pack.blob(base))
            for ops in deltas:
                blobs.append(pack.delta(blobs[-1], ops))
        pack.write(repo)
        for i, data in enumerate(blobs):
            repo.git("update-index", "--add", "--cacheinfo", f"100644,{pack.oid(data).hex()},{(names or {}).get(i, 'file.txt')}")
            repo.git("commit", "-q", "-m", f"version {i}")
        return repo, blobs


class Topologies(Engines):
    def setUp(self):
        super().setUp()
        self.t = self.token().encode()
        self.base = filler(1).encode()
        self.line = b'token = "' + self.t + b'"\n'

    def test_across_a_copy_seam(self):
        a = self.base + self.line[:20] + b"\n" + self.base[:900] + self.line[20:] + b"tail\n"
        cut = len(self.base)
        ops = [(0, cut + 20), (cut + 21 + 900, len(self.line) - 20), b"end\n"]
        repo, blobs = self.packed((a, [ops]))
        self.assertIn(self.t, blobs[1])
        self.assertEqual(len(self.both(repo)), 1)

    def test_across_an_insert_boundary(self):
        for cut in (10, 15, 30, 48):
            a = self.base + self.line[:cut] + b"\n" + self.base[:500]
            ops = [(0, len(self.base) + cut), self.line[cut:], (len(self.base) + cut + 1, 500)]
            repo, blobs = self.packed((a, [ops]))
            self.assertIn(self.t, blobs[1])
            self.assertTrue(self.both(repo), cut)

    def test_made_by_a_deletion(self):
        a = self.base + self.line[:25] + b"<cut>" * 40 + self.line[25:] + self.base
        n = len(self.base) + 25
        ops = [(0, n), (n + 200, len(a) - n - 200)]
        repo, blobs = self.packed((a, [ops]))
        self.assertIn(self.t, blobs[1])
        self.assertTrue(self.both(repo))

    def test_in_a_base_that_is_in_no_commit(self):
        repo, pack = self.repo(), Pack()
        base = pack.blob(self.base + self.line)
        other = pack.delta(base, [(0, len(self.base)), b"nothing\n"])
        pack.write(repo)
        repo.git("update-index", "--add", "--cacheinfo", f"100644,{pack.oid(other).hex()},a")
        repo.git("commit", "-q", "-m", "one")
        found = self.both(repo)
        self.assertEqual(len(found), 1)
        self.assertIsNone(found[0]["commit"])

    def test_in_the_fiftieth_delta(self):
        steps = []
        size = len(self.base)
        for i in range(60):
            add = self.line if i == 49 else b"step %d\n" % i
            steps.append([(0, size), add])
            size += len(add)
        repo, blobs = self.packed((self.base, steps))
        self.assertIn(self.t, blobs[50])
        self.assertNotIn(self.t, blobs[49])
        self.assertTrue(self.both(repo))

    def test_the_token_moves_up_and_down_and_twice(self):
        a = self.base[:4000] + self.line + self.base[4000:]
        k, n = 4000, len(self.line)
        repo, _ = self.packed((a, [
            [(k, n), (0, k), (k + n, len(a) - k - n)],
            [(n, 3000), (0, n), (3000 + n, 1000)],
            [(0, 3000 + n), (3000, n), (0, 4000 + n)],
        ]))
        self.assertTrue(self.both(repo))

    def test_loose_objects_that_are_cut_off(self):
        repo = self.repo()
        repo.commit({"d/a.env": f"k={self.token()}\n", "b.txt": "text\n"})
        for oid in [repo.git("rev-parse", name) for name in ("HEAD", "HEAD^{tree}", "HEAD:d", "HEAD:b.txt")]:
            path = repo.folder / ".git/objects" / oid[:2] / oid[2:]
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-8])
        for engine in ("pack", "odb"):
            done = self.scan(repo, "--history", "--engine", engine)
            self.assertEqual(done.code, 1, done.text)
            self.assertEqual(self.scan(repo, "--history", "--engine", engine, "--disable-rule", "github-pat-classic", "--strict").code, 7)

    def test_duplicate_under_an_allowed_path(self):
        repo, _ = self.packed((self.base, [[(0, len(self.base)), self.line]]))
        repo.commit({"docs/sample.txt": self.base + self.line, "src/real.txt": self.base + self.line})
        rules = repo.write("../allow.toml", "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''^docs/''']\n")
        self.both(repo, "--rules", rules)

    def reported(self, repo, *args):
        """(path, summary of the commit) of files that are reported as such, which the range over everything reports as well."""
        found = [f for f in self.both(repo, *args) if f["line"] == 0]
        root = repo.git("commit-tree", "-m", "nothing", repo.git("hash-object", "-w", "-t", "tree", "/dev/null").strip()).strip()
        ranged = [f for f in self.normal(self.scan(repo, "--range", f"{root}..HEAD", *args)) if f["line"] == 0]
        self.assertEqual([(f["rule"], f["path"], f["commit"], f["blob"]) for f in found], [(f["rule"], f["path"], f["commit"], f["blob"]) for f in ranged])
        return [(f["path"], repo.git("log", "-1", "--format=%s", f["commit"]).strip()) for f in found]

    def test_files_that_are_reported_for_their_paths(self):
        repo = self.repo()
        repo.commit({"a/b/server.p12": "one\n", "readme.md": "p12\n"}, "first")
        repo.commit({"copy.PFX": "two\n"}, "second")
        repo.git("mv", "a/b/server.p12", "top.p12")
        repo.git("commit", "-qm", "moved")
        repo.git("rm", "-q", "top.p12", "copy.PFX")
        repo.git("commit", "-qm", "gone")
        repo.commit({"late.p12": "secret = " + self.line.decode()}, "late")
        self.assertEqual(self.reported(repo), [("a/b/server.p12", "first"), ("copy.PFX", "second"), ("late.p12", "late"), ("top.p12", "moved")])

    def test_rules_of_paths_that_look_at_folders(self):
        repo = self.repo()
        repo.commit({"secrets/a/b.txt": "one\n", "other/b.txt": "one\n", "x/id_rsa": "two\n", "x/my.id_rsa": "four\n", "id_rsa": "three\n"}, "first")
        for path, want in (("^secrets/.*", ["secrets/a/b.txt"]), ("/b\\.txt$", ["other/b.txt", "secrets/a/b.txt"]), ("(^|/)id_rsa$", ["id_rsa", "x/id_rsa"]),
                           ("^id_rsa$", ["id_rsa"]), ("\\bid_rsa$", ["id_rsa", "x/id_rsa", "x/my.id_rsa"]), ("(?i)A/B", ["secrets/a/b.txt"])):
            with self.subTest(path=path):
                rules = repo.write("../paths.toml", f"[[rules]]\nid = 'by-path'\ndescription = 'x'\npath = '''{path}'''\n")
                self.assertEqual([p for p, _ in self.reported(repo, "--rules", rules)], want)

    def test_keyword_is_copied_and_value_inserted_later(self):
        value = "".join(random.Random(7).choice("abcdefghijkmnpqrstuvwxyz0123456789ABCDEFGHJKLMNPQ") for _ in range(40))
        a = self.base + b"db_password" + b" " * 60 + b"\n" + self.base
        n = len(self.base) + 11
        repo, _ = self.packed((a, [[(0, n), b" " * 10 + b'= "' + value.encode() + b'"\n', (n, 100)],
                                   [(0, n), b" = \\\n" + b" " * 150 + b'"' + value.encode() + b'"\n', (n, 100)]]))
        self.both(repo)

    def test_composite_rule_with_one_half_in_the_base(self):
        key = "AKIA" + "".join(random.Random(3).choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
        secret = "".join(random.Random(4).choice("abcdefghijkmnpqrstuvwxyz0123456789ABCDEFGHJKLMNPQ+/") for _ in range(40))
        first = f'aws_access_key_id = "{key}"\n'.encode()
        second = f'aws_secret_access_key = "{secret}"\n'.encode()
        a = self.base + first + self.base[:1000]
        n = len(self.base) + len(first)
        repo, _ = self.packed((a, [[(0, n), second, (n, 1000)], [(0, len(self.base)), (n, len(second) + 1000)]]))
        self.both(repo)

    def test_utf16(self):
        for codec in ("utf-16-le", "utf-16-be", "utf-16"):
            a = (self.base + b"x").decode().encode(codec)
            t = self.line.decode().encode("utf-16-le" if codec == "utf-16" else codec)
            repo, _ = self.packed((a, [[(0, len(a) // 4 * 2), t, (len(a) // 4 * 2, len(a) - len(a) // 4 * 2)],
                                       [(1, 2001), t, (2002, 3000)]]))
            self.assertTrue(self.both(repo), codec)

    def test_inline_allow_added_and_removed_by_the_delta(self):
        a = self.base + self.line[:-1] + b"\n" + self.base
        n, allow = len(self.base) + len(self.line) - 1, b" # mayfly:allow made up"
        repo, _ = self.packed((a, [[(0, n), allow, (n, len(a) - n)], [(0, n), (n + len(allow), len(a) - n - 10)]]))
        self.assertTrue(any(f["pass"] is None for f in self.both(repo)), "the version without the marker counts")

    def test_binary_turns_text_and_back(self):
        a = b"\0\1\2\3" * 50 + self.base + self.line
        repo, _ = self.packed((a, [[(200, len(a) - 200)], [b"\0\0\0", (0, len(a) - 200)], [(3, len(self.base) + 10), b"\0", (len(self.base) + 10, 44)]]))
        self.both(repo)

    def test_encoded_across_a_seam(self):
        import base64
        encoded = base64.b64encode(b"the token is " + self.line)
        a = self.base + b"value: " + encoded[:30] + b"\n" + self.base
        n = len(self.base) + 7 + 30
        repo, blobs = self.packed((a, [[(0, n), encoded[30:], (n, 200)], [(0, n + len(encoded) - 30), b"\n", (0, 100)]]))
        self.assertIn(encoded, blobs[1])
        self.assertTrue(self.both(repo))

    def test_private_key_over_many_lines(self):
        body = "".join(random.Random(5).choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") for _ in range(1600))
        lines = "\n".join(body[i:i + 64] for i in range(0, 1600, 64))
        pem = ("-----BEGIN RSA " + f"PRIVATE KEY-----\n{lines}\n-----END RSA " + "PRIVATE KEY-----\n").encode()
        a = self.base + pem + self.base
        n = len(self.base)
        repo, _ = self.packed((a, [
            [(0, n + 800), b"changed inside\n", (n + 800, len(a) - n - 800)],
            [(0, n + 60), (n + 500, 3000)],
            [(0, n + 300)],
        ]))
        self.both(repo)

    def test_several_bases_over_several_packs(self):
        repo = self.repo()
        for i in range(5):
            repo.commit({"a.txt": filler(i) + (self.line.decode() if i == 2 else ""), "b.txt": filler(1) + f"{i}\n" * 30})
            repo.git("repack", "-q", "-d")
        repo.commit({"a.txt": filler(9)})
        repo.git("repack", "-q", "-a", "-f", "--keep-unreachable")
        repo.git("multi-pack-index", "write")
        repo.commit({"c.txt": filler(2) + self.line.decode() + "later\n"})
        self.assertEqual(len({f["blob"] for f in self.both(repo)}), 2)


class Random(Engines):
    """Edit histories: lines inserted, deleted, moved and changed in several files, with tokens, halves of tokens, encoded ones and allowed ones."""

    def edit(self, dice, text, pool):
        for _ in range(dice.randrange(1, 6)):
            what, at = dice.randrange(9), dice.randrange(len(text) + 1)
            t = dice.choice(pool)
            if what == 0:
                text[at:at] = [f'token = "{t}"\n']
            elif what == 1:
                text[at:at] = [t[:18] + "\n", t[18:] + "\n"]
            elif what == 2 and text:
                i = min(at, len(text) - 1)
                text[i] = text[i].rstrip("\n")          # two lines join
            elif what == 3:
                del text[at:at + dice.randrange(1, 12)]
            elif what == 4:
                i = dice.randrange(len(text) + 1)
                text[at:at] = text[i:i + dice.randrange(1, 40)]
            elif what == 5:
                text[at:at] = [f"line {dice.randrange(10**6)}\n" for _ in range(dice.randrange(1, 30))]
            elif what == 6 and text:
                i = min(at, len(text) - 1)
                text[i] = text[i].rstrip("\n") + dice.choice([" # mayfly:allow made up", "", "x", " # gitleaks:allow"]) + "\n"
            elif what == 7:
                import base64
                text[at:at] = ["data: " + base64.b64encode(f"k = '{t}'".encode()).decode() + "\n"]
            elif what == 8:
                text[at:at] = [f'password{dice.randrange(3)} = "' + "".join(dice.choice("abcdefghkmnpqrstuvwxyzABCDEFGHKLMN23456789")
                                                                         for _ in range(dice.randrange(6, 40))) + '"\n']
        return text

    def history(self, seed, object_format="sha1"):
        dice = random.Random(seed)
        repo = self.repo(object_format=object_format)
        pool = [self.token(f"{seed}/{i}") for i in range(8)]
        files = {f"d{i % 2}/f{i}.{'pfx' if i == 2 and seed % 2 else 'txt'}": filler(f"{seed}/{i % 3}", dice.randrange(5, 400)).splitlines(True) for i in range(4)}
        for step in range(25):
            name = dice.choice(sorted(files))
            files[name] = self.edit(dice, files[name], pool)
            if dice.randrange(6) == 0:
                files[dice.choice(sorted(files))] = list(files[name])
            data = {}
            for n, text in files.items():
                joined = "".join(text)
                data[n] = joined.encode("utf-16" if n.endswith("f3.txt") and step % 3 == 0 else "utf-8")
            repo.commit(data, f"step {step}" + (f" {dice.choice(pool)}" if dice.randrange(9) == 0 else ""))
            if dice.randrange(8) == 0:
                repo.git("repack", "-q", "-d")
        return repo

    def check(self, seed, object_format="sha1"):
        repo = self.history(seed, object_format)
        first = None
        for window, depth in ((0, 0), (10, 50), (50, 250), (3, 4)):
            repo.git("repack", "-q", "-a", "-d", "-f", f"--window={window}", f"--depth={depth}")
            found = self.both(repo)
            self.assertTrue(found)
            self.same(found, first or found, f"seed {seed}: --window={window} --depth={depth} differs from the first")
            first = first or found


def add(seed, object_format):
    def test(self):
        self.check(seed, object_format)
    setattr(Random, f"test_{object_format}_{seed}", test)


for number in range(SEEDS):
    add(number, "sha256" if number % 3 == 2 else "sha1")
