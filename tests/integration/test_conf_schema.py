# SPDX-License-Identifier: Apache-2.0
"""docs/mayfly.schema.json and the parser agree: the same files are good or bad for both."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import jsonschema
import ruamel.yaml

from support import tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "conf"
SCHEMA = json.loads((ROOT / "docs" / "mayfly.schema.json").read_text())


def plan(path):
    """What mayfly says of a file; nothing of this machine's environment reaches it. A server is named, since a file need not."""
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run([tools.mayfly(), "run", "--dry-run", "--config", str(path)], cwd=home, text=True, timeout=20,
                              env={"PATH": os.environ["PATH"], "HOME": home, "VAULT_ADDR": "https://vault.example"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def schema_errors(path):
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    # YAML 1.2's core schema, which editors validate by, has no dates: they are texts
    yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    documents = yaml.load(path.read_text())
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(documents))


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_good_files(self):
        files = sorted((DATA / "good").glob("*.yml"))
        self.assertGreater(len(files), 5)
        for path in files:
            with self.subTest(path.name):
                self.assertEqual(schema_errors(path), [])
                got = plan(path)
                self.assertEqual(got.returncode, 0, got.stderr)

    def test_bad_files(self):
        files = sorted((DATA / "bad").glob("*.yml"))
        self.assertGreater(len(files), 30)
        for path in files:
            first = path.read_text().splitlines()[0]
            with self.subTest(path.name):
                got = plan(path)
                self.assertEqual(got.returncode, 2, got.stdout + got.stderr)
                self.assertIn(first.split()[1], got.stderr)
                if "(schema: passes)" in first:
                    continue  # the syntax of YAML, and what no schema can say
                self.assertNotEqual(schema_errors(path), [])

    def test_every_default_is_valid(self):
        def walk(schema):
            if "default" in schema:
                jsonschema.Draft202012Validator(schema).validate(schema["default"])
            for child in schema.get("properties", {}).values():
                walk(child)
        walk(SCHEMA)
