# SPDX-License-Identifier: Apache-2.0
"""gitleaks' commands beside gitleaks itself: with the same rules every field of every report is the same.

What gitleaks 8.30.1 wrote is in tests/data/gitleaks-reports.json. With $GITLEAKS, the path of its binary, that is compared with what it writes now, and
GITLEAKS_RECORD=1 writes the file anew."""
import base64
import csv
import io
import json
import os
import subprocess
import unittest
import xml.etree.ElementTree

from support import tools
from support.scanrepo import ScanCase

DATA = tools.ROOT / "tests" / "data" / "gitleaks-reports.json"

RULES = r"""
title = "for a test"

[[rules]]
id = "acme-token"
description = "A \"token\" of <Acme> & others"
regex = '''(?i)acme_(?:token)?[ \t]*=[ \t]*['"]?([0-9a-f]{12})\b'''
entropy = 2
keywords = "acme_"
tags = ["acme", "token"]

[[rules]]
id = "long-key"
description = "A key of several lines"
regex = '''-----BEGIN ACME-----[\s\S]{8,200}?-----END ACME-----'''
keywords = ["begin acme"]

[[rules]]
id = "acme-file"
description = "A file of Acme"
path = '''\.acme$'''

[[rules]]
id = "nothing"
description = "Nothing has this"
regex = '''nothing_here_[0-9]{9}'''
"""

ONE, TWO, THREE = "0a1b2c3d4e5f", "123456abcdef", "9f8e7d6c5b4a"


def plain(pairs):
    """An object as its members in their order. Of a file that is reported as such nothing is secret: its name is not hidden as gitleaks hides it."""
    if dict(pairs).get("RuleID") == "acme-file":
        return [(k, "" if k in ("Match", "Secret") else v) for k, v in pairs]
    return list(pairs)


def shape_json(text):
    return sorted(json.loads(text, object_pairs_hook=plain), key=str)


def shape_csv(text):
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows:
        if row[0] == "acme-file":
            row[4:6] = ["", ""]
    return rows[:1] + sorted(rows[1:])


def shape_junit(text):
    def node(e):
        body = (e.text or "").strip()
        return [e.tag, dict(e.attrib), json.loads(body, object_pairs_hook=plain) if body else "", sorted(map(node, e), key=str)]
    return node(xml.etree.ElementTree.fromstring(text))


def shape_sarif(text):
    """Members in their order; of results and rules the set counts: gitleaks writes results as they come, and we sort rules."""
    def walk(pairs):
        if dict(pairs).get("ruleId") == "acme-file":
            return [(k, str(v).replace("REDACTED", "") if k == "locations" else v) for k, v in pairs]
        return [(k, sorted(v, key=str) if k in ("results", "rules") else v) for k, v in pairs]
    return json.loads(text, object_pairs_hook=walk)


SHAPES = {"json": shape_json, "csv": shape_csv, "junit": shape_junit, "sarif": shape_sarif}


class Same(ScanCase):
    def setUp(self):
        super().setUp()
        self.rp = self.repo("shop")
        (self.folder / "rules.toml").write_text(RULES)
        (self.folder / "home" / ".gitconfig").write_text("[user]\n\tname = Zo\xeb \\\"L\\\" <x>\n\temail = zoe@example.com\n[gc]\n\tauto = 0\n".replace(" <x>", ""))
        key = "-----BEGIN ACME-----\nabcdefgh\nijklmnop\n-----END ACME-----\n"
        hidden = base64.b64encode(f'acme_token = "{THREE}"'.encode()).decode()
        self.rp.commit({"src/a.env": f"x\r\n  acme_token = '{ONE}'\r\n", "dir, with \"q\"/b c.txt": f"acme_={TWO} acme_={ONE}\n"},
                       "first \"line\" <b>&amp;\nsecond, third\n\n\nbody, with\ttab\n- and \xe9\n")
        self.rp.commit({"keys": f"\n\n{key}", "low.txt": "acme_=111111111111\n"}, "keys")
        self.rp.commit({"hidden": f"\nv: {hidden} end\n", "copy.env": f"x\r\n  acme_token = '{ONE}'\r\n"}, "one more\n")
        self.rp.commit({"src/a.env": "x\r\n"}, "out")
        self.rp.write("store.acme", "not tracked\n")
        (self.folder / "empty").mkdir()

    CASES = {
        "git": (["git"], ("json", "csv", "junit", "sarif")), "dir": (["dir", "."], ("json", "csv", "junit", "sarif")), "stdin": (["stdin"], ("json", "sarif")),
        "none": (["dir", "../empty"], ("json", "csv", "junit", "sarif")), "staged": (["git", "--staged"], ("json", "sarif")),
    }

    def write(self, program, args, form):
        """Its exit code and its report. What is staged is a blob that no commit has: it is not left behind."""
        if "--staged" in args:
            self.rp.write("new.env", f"acme_token={TWO}\n")
            self.rp.git("add", "new.env")
        done = subprocess.run([program, *args, "--redact", "--no-banner", "-c", self.folder / "rules.toml", "-f", form, "-r", "-"], cwd=self.rp.folder,
                              env=self.env(), input=f"\nacme_token={ONE}\n".encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)
        if "--staged" in args:
            self.rp.git("rm", "-q", "-f", "--cached", "new.env")
            (self.rp.folder / "new.env").unlink()
            self.rp.git("prune", "--expire=now")
        return done.returncode, done.stdout.decode()

    def recorded(self):
        program = os.environ.get("GITLEAKS")
        if not program:
            return json.loads(DATA.read_text())
        got = {name: {form: self.write(program, args, form) for form in forms} for name, (args, forms) in self.CASES.items()}
        if os.environ.get("GITLEAKS_RECORD"):
            DATA.write_text(json.dumps(got, indent=1, ensure_ascii=True) + "\n")
        return got

    def test_every_field(self):
        link = self.folder / "gitleaks"
        link.symlink_to(tools.mayfly())
        want = self.recorded()
        for name, (args, forms) in self.CASES.items():
            for form in forms:
                with self.subTest(name, form=form):
                    code, text = want[name][form]
                    mine, got = self.write(str(link), args, form)
                    self.assertEqual(mine, code)
                    if not text:
                        self.assertEqual(got, text)
                    else:
                        self.assertEqual(SHAPES[form](got), SHAPES[form](text))


if __name__ == "__main__":
    unittest.main()
