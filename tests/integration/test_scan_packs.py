# SPDX-License-Identifier: Apache-2.0
"""Packs and indexes that are damaged: what can be read is scanned, the rest is told, and both engines say the same."""
import hashlib
import struct

from support.scanrepo import ScanCase

FILES = 12
HEAD = 8 + 1024


class Index:
    """A pack's index, version 2: [id, crc, offset] by position."""

    def __init__(self, path):
        self.path = path
        data = path.read_bytes()
        n = struct.unpack(">I", data[HEAD - 4:HEAD])[0]
        ids, crcs, offsets = HEAD, HEAD + 20 * n, HEAD + 24 * n
        self.rows = [[data[ids + 20 * i:][:20], data[crcs + 4 * i:][:4], struct.unpack(">I", data[offsets + 4 * i:][:4])[0]] for i in range(n)]
        self.pack_sum = data[-40:-20]

    def at(self, hex_id):
        return next(row for row in self.rows if row[0].hex() == hex_id)

    def write(self):
        fanout = b"".join(struct.pack(">I", sum(row[0][0] <= byte for row in self.rows)) for byte in range(256))
        body = b"\xfftOc" + struct.pack(">I", 2) + fanout + b"".join(row[0] for row in self.rows) + b"".join(row[1] for row in self.rows)
        body += b"".join(struct.pack(">I", row[2]) for row in self.rows) + self.pack_sum
        self.path.write_bytes(body + hashlib.sha1(body).digest())


class Packs(ScanCase):
    def packed(self, multi=False):
        """Files with a token each, in one pack without deltas."""
        repo = self.repo()
        repo.commit({f"{i}.env": f"k={self.token(str(i))}\n" for i in range(FILES)})
        repo.git("-c", "pack.window=0", "repack", "-adfq")
        if multi:
            repo.git("multi-pack-index", "write")
        for path in (repo.folder / ".git/objects/pack").iterdir():
            path.chmod(0o644)
        return repo

    def file(self, repo, ending):
        return next((repo.folder / ".git/objects/pack").glob(f"*{ending}"))

    def both(self, repo, found, *notes, mode=("--history",)):
        """Both engines report so many findings and each of the notes; without notes, nothing is incomplete."""
        for engine in ("pack", "odb"):
            scan = self.found(repo, *mode, "--engine", engine, code=1 if found else 0)
            self.assertEqual(len(scan.findings), found, (engine, scan.notes))
            for note in notes:
                self.assertTrue([n for n in scan.notes if note in n], (engine, note, scan.notes))
            self.assertEqual(any(n["incomplete"] for n in scan.report["run"]["notes"]), bool(notes), (engine, scan.notes))


class Offsets(Packs):
    BEYOND = (0, 5, 0x0001ffff, 0x00ffff00, 0x01ffff00, 0x10000000, 0x7fffffff, 0x80000000, 0xffffffff)

    def damage(self, repo, name, offset):
        index = Index(self.file(repo, ".idx"))
        index.at(repo.git("rev-parse", f"HEAD:{name}"))[2] = offset
        index.write()

    def test_beyond_the_pack(self):
        for offset in self.BEYOND:
            repo = self.packed()
            self.damage(repo, "3.env", offset)
            self.both(repo, FILES - 1, "1 object could not be read")

    def test_in_the_packs_checksum(self):
        repo = self.packed()
        self.damage(repo, "3.env", self.file(repo, ".pack").stat().st_size - 20)
        self.both(repo, FILES - 1, "1 object could not be read")

    def test_of_a_tree(self):
        for offset in (0x01ffff00, 0x10000000):
            repo = self.packed()
            self.damage(repo, "", offset)
            self.both(repo, FILES, "commits or trees cannot be read")

    def test_a_multi_pack_index_knows_the_place(self):
        for offset in (5, 0x01ffff00, 0x10000000):
            repo = self.packed(multi=True)
            self.damage(repo, "3.env", offset)
            self.both(repo, FILES)

    def test_of_a_multi_pack_index(self):
        for offset in (5, 0x01ffff00, 0x10000000):
            repo = self.packed(multi=True)
            path = self.file(repo, "multi-pack-index")
            data = bytearray(path.read_bytes())
            place = Index(self.file(repo, ".idx")).at(repo.git("rev-parse", "HEAD:3.env"))[2]
            at = data.rindex(struct.pack(">II", 0, place))
            data[at:at + 8] = struct.pack(">II", 0, offset)
            path.write_bytes(data)
            self.both(repo, FILES)

    def test_a_pack_that_was_cut_off(self):
        """What lies before the cut is read, object by object."""
        repo = self.packed()
        pack, index = self.file(repo, ".pack"), Index(self.file(repo, ".idx"))
        kept = sorted(row[2] for row in index.rows)[-4] + 20
        with open(pack, "r+b") as file:
            file.truncate(kept)
        first = self.scan(repo, "--history", "--engine", "pack")
        self.assertGreater(len(first.findings), 3, first.notes)
        self.both(repo, len(first.findings), "4 objects could not be read")


class Fit(Packs):
    """Indexes that do not fit their pack, and packs without an index that can be used."""

    UNFIT = "1 pack has an index that does not fit it"
    UNREAD = "1 pack could not be read: its objects were not scanned"

    def drop(self, repo, name="3.env"):
        index = Index(self.file(repo, ".idx"))
        index.rows.remove(index.at(repo.git("rev-parse", f"HEAD:{name}")))
        index.write()
        return len(index.rows)

    def share(self, repo):
        index = Index(self.file(repo, ".idx"))
        index.at(repo.git("rev-parse", "HEAD:3.env"))[2] = index.at(repo.git("rev-parse", "HEAD:4.env"))[2]
        index.write()

    def ranges(self, repo, *notes):
        for mode in (["--range", "..HEAD"], ["--staged"]):
            scan = self.scan(repo, *mode)
            self.assertIn(scan.code, (0, 1), scan.text)
            for note in notes:
                self.assertTrue([n for n in scan.notes if note in n], (mode, note, scan.notes))

    def test_an_object_that_the_index_does_not_name(self):
        repo = self.packed()
        n = self.drop(repo)
        self.both(repo, FILES - 1, self.UNFIT, f"it names {n} objects, and the pack has {n + 1}", self.file(repo, ".pack").name)
        self.ranges(repo, self.UNFIT)
        repo.git("rm", "-q", "--cached", "3.env")
        self.assertEqual(self.scan(repo, "--staged", "--strict").code, 7)

    def test_a_multi_pack_index_names_it(self):
        repo = self.packed(multi=True)
        self.drop(repo)
        self.both(repo, FILES)

    def test_two_objects_in_one_place(self):
        repo = self.packed()
        self.share(repo)
        self.both(repo, FILES, self.UNFIT, "1 object has the place of another", self.file(repo, ".pack").name)
        self.ranges(repo, self.UNFIT)

    def test_no_index_but_a_multi_pack_index(self):
        for damage in (b"", b"short", None):
            repo = self.packed(multi=True)
            path = self.file(repo, ".idx")
            if damage is None:
                path.unlink()
            else:
                path.write_bytes(damage)
            self.both(repo, FILES)
            self.assertEqual(len(self.scan(repo, "--range", "..HEAD").findings), FILES)

    def test_a_multi_pack_index_that_knows_a_part(self):
        """The objects that another pack has, too, are not asked of this one."""
        repo = self.packed()
        pack = self.file(repo, ".pack")
        names = "\n".join(repo.git("rev-parse", f"HEAD:{i}.env") for i in range(4)) + "\n"
        repo.git("pack-objects", "-q", repo.folder / ".git/objects/pack/pack", stdin=names.encode())
        repo.git("multi-pack-index", "write", f"--preferred-pack={next(p for p in pack.parent.glob('*.pack') if p != pack).name}")
        pack.with_suffix(".idx").unlink()
        self.both(repo, FILES, self.UNFIT, "its own cannot be used, the multi-pack index names", pack.name)

    def test_no_index_at_all(self):
        for damage, why in ((b"", "its index: it is too short"), (b"short", "its index: it is too short"), (None, "its index: No such file")):
            repo = self.packed()
            repo.commit({"late.env": f"k={self.token('late')}\n"})
            path = self.file(repo, ".idx")
            if damage is None:
                path.unlink()
            else:
                path.write_bytes(damage)
            self.both(repo, 1, self.UNREAD, why, path.with_suffix(".pack").name)
            self.assertFalse([n for n in self.scan(repo, "--history").notes if "git fsck" in n and "could not be read" in n])

    def test_a_pack_that_is_none(self):
        for damage in (b"", b"PACK", None):
            repo = self.packed()
            pack = self.file(repo, ".pack")
            if damage is None:
                pack.unlink()
                pack.mkdir()
            else:
                pack.write_bytes(damage)
            self.both(repo, 0, self.UNREAD, pack.name)
            self.assertEqual(self.scan(repo, "--history", "--strict").code, 7)
