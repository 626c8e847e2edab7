# SPDX-License-Identifier: Apache-2.0
"""Looks for values that must not be anywhere: as they are, and in base64 (three alignments, both alphabets), hex and
URL-encoding. A finding names the value by its label; the value itself is never printed."""
import array
import base64
import os
import pathlib
import urllib.parse


def forms(value):
    """{name: bytes} of the forms of `value` (str or bytes) that are searched for."""
    raw = value.encode() if isinstance(value, str) else value
    found = {"raw": raw}
    if len(raw) >= 8:       # shorter ones would be found by chance
        for shift in range(3):
            core = raw[shift:]
            core = core[:len(core) // 3 * 3]
            found[f"base64+{shift}"] = base64.b64encode(core)
            found[f"base64url+{shift}"] = base64.urlsafe_b64encode(core)
        found["hex"], found["HEX"] = raw.hex().encode(), raw.hex().upper().encode()
    quoted = urllib.parse.quote(raw, safe="")
    found["url"] = quoted.encode()
    return {name: form for name, form in found.items() if form}


def in_bytes(data, values):
    """['label (form)', ...] of the `values` ({label: value}) that `data` holds."""
    return [f"{label} ({name})" for label, value in values.items() for name, form in forms(value).items() if form in data]


def without_masks(data):
    """A step's output without its add-mask lines: the one place in a log where a value belongs."""
    return b"\n".join(line for line in data.split(b"\n") if not line.lstrip().startswith(b"::add-mask::"))


def in_tree(folder, values, allowed=()):
    """['path: label (form)', ...] for files and their names under `folder`; `allowed` are (path, label prefix)."""
    found = []
    for base, folders, names in os.walk(folder):
        for name in names + folders:
            path = pathlib.Path(base) / name
            data = os.fsencode(str(path)) + b"\0"
            if path.is_file() and not path.is_symlink():
                data += path.read_bytes()
            for hit in in_bytes(data, values):
                if not any(path == pathlib.Path(where) and hit.startswith(label) for where, label in allowed):
                    found.append(f"{path}: {hit}")
    return found


def present(pid, start, end):
    """[(start, end)] of the pages in a range that exist; an allocator may reserve a gigabyte and use little of it."""
    page = os.sysconf("SC_PAGE_SIZE")
    try:
        with open(f"/proc/{pid}/pagemap", "rb", 0) as pagemap:
            pagemap.seek(start // page * 8)
            entries = array.array("Q", pagemap.read((end - start) // page * 8))
    except (OSError, ValueError):
        return [(start, end)]
    runs = []
    for i, entry in enumerate(entries):
        if entry >> 62:     # in memory, or swapped out
            at = start + i * page
            if runs and runs[-1][1] == at:
                runs[-1][1] = at + page
            else:
                runs.append([at, at + page])
    return runs


def readable_maps(pid):
    """[(name, start, bytes)] of the readable memory of a process that we trace."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            fields = line.split(None, 5)
            first, last = (int(x, 16) for x in fields[0].split("-"))
            name = fields[5].strip() if len(fields) > 5 else "anonymous"
            if "r" not in fields[1] or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            large = last - first > 1 << 24
            for start, end in present(pid, first, last) if large else [(first, last)]:
                try:
                    mem.seek(start)
                    parts.append((name, start, mem.read(end - start)))
                except (OSError, ValueError, OverflowError):
                    pass
    return parts
