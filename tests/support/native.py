"""Projects that depend on rows of the table of native packages, and the program without a row."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from dockwright.decide.knowledge.native_packages import native_package

ROOT = Path(__file__).resolve().parents[2]
GROUPS = ROOT / "tests" / "engine" / "native"
CALLS: Mapping[str, str] = tomllib.loads((GROUPS / "calls.toml").read_text(encoding="utf-8"))[
    "calls"
]
SETTINGS = """\
compose = false
syntax = {syntax}

[stages.base.environment]
CPATH = "/usr/local/include/python{python}"
UV_NO_CACHE = "1"
"""
"""An interpreter that was moved into its image names another folder for its headers, which is not what is tested here; a wheel
that an earlier build compiled would hide what this one lacks."""

MAIN = '''"""Tries each distribution in a process of its own and prints what went wrong, "" for nothing."""

import json
import pathlib
import subprocess
import sys


def tried(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


if __name__ == "__main__":
    checks = json.loads(pathlib.Path(__file__).with_name("checks.json").read_text())
    json.dump({name: tried(code) for name, code in checks.items()}, sys.stdout)
'''


def distributions_of(group: str) -> tuple[str, ...]:
    """Return what a group asks for (requirements.in, where there is one) and the table has a row for."""
    asked, locked = (GROUPS / group / name for name in ("requirements.in", "requirements.txt"))
    lines = (asked if asked.exists() else locked).read_text(encoding="utf-8").splitlines()
    names = (re.split(r"[\[=<>~ ]", line)[0] for line in lines if re.match("[a-z]", line))
    return tuple(name for name in names if native_package(name))


def pin_of(name: str) -> str:
    """Return the line with which a group pins `name`."""
    pins = (path.read_text(encoding="utf-8") for path in sorted(GROUPS.glob("*/requirements.txt")))
    return next(line for text in pins for line in text.splitlines() if line.startswith(f"{name}=="))


def write_project(directory: Path, names: tuple[str, ...], *, syntax: bool) -> None:
    """Write the program that imports and tries `names` beside the requirements in `directory`.

    `syntax` is False where no frontend can be pulled.
    """
    (directory / "main.py").write_text(MAIN, encoding="utf-8")
    (directory / "checks.json").write_text(
        json.dumps({name: _check(name) for name in names}), encoding="utf-8"
    )
    version = directory / ".python-version"
    if not version.exists():
        version.write_text("3.13\n", encoding="utf-8")
    python = version.read_text(encoding="utf-8").strip()
    settings = SETTINGS.format(python=python, syntax=str(syntax).lower())
    (directory / "dockwright.toml").write_text(settings, encoding="utf-8")


def _check(name: str) -> str:
    """Return a program that imports `name`, looks for the commands of its row, and uses it where there is a call."""
    row = native_package(name)
    assert row is not None, f"there is no row {name}"
    imported = [f"import {row.import_name}"] if row.import_name else []
    looked_for = [
        f"assert shutil.which({command!r}), 'no command {command}'" for command in row.commands
    ]
    return "\n".join(["import shutil", *imported, *looked_for, CALLS.get(name, "")])


def generate(project: Path, checkout: Path = ROOT) -> None:
    """Run `dockwright generate` as it stands in `checkout`."""
    argv = [sys.executable, "-m", "dockwright", "generate", str(project)]
    environment = {**os.environ, "PYTHONPATH": str(checkout / "generator")}
    done = subprocess.run(
        argv, env=environment, cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def without_row(name: str, directory: Path) -> Path:
    """Copy the program to `directory` with the row of `name` cut out of its tables."""
    for folder in ("generator", "templates"):
        shutil.copytree(
            ROOT / folder, directory / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    row = re.compile(rf"^\[{{1,2}}{re.escape(name)}[].].*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
    tables = {
        path: path.read_text(encoding="utf-8")
        for path in directory.glob("**/native-packages/*.toml")
    }
    cut = {path: row.sub("", text) for path, text in tables.items() if row.search(text)}
    assert len(cut) == 1, f"{name} stands in {len(cut)} tables"
    for path, text in cut.items():
        path.write_text(text, encoding="utf-8")
    return directory
