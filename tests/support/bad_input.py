"""Projects with bad input, and the command line run on them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dockwright.cli import main

SCRIPT = {"main.py": "print('hello')\n"}
FLASK = {"main.py": "from flask import Flask\napp = Flask(__name__)\n"}
PINNED = {"requirements.txt": "flask==3.0.0\ngunicorn==22.0.0\n", ".python-version": "3.12\n"}
WEB = {**FLASK, **PINNED}
PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["flask"]\n'
POETRY = '[tool.poetry]\nname = "shop"\nversion = "1"\ndescription = ""\nauthors = []\n[tool.poetry.dependencies]\npython = ">=3.11"\nflask = "*"\n'
PIPFILE = '[[source]]\nurl = "https://pypi.org/simple"\nverify_ssl = true\nname = "pypi"\n\n[packages]\nflask = "*"\n'
PIPFILE_LOCK = '{"_meta": {"pipfile-spec": %d, "hash": {"sha256": "0"}, "requires": {}, "sources": []}, "default": {}, "develop": {}}'
DEEP = "[" * 100_000
EVIL = 'x"; rm -rf / #\nRUN evil\nrun evil\n'
HIDDEN = "s3cr3tTok3n"
URL = f"https://user:{HIDDEN}@index.example.com/simple"

Content = str | bytes | None | Path
"""Text, bytes, None for a folder, a Path for a link's target."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Case:
    """A project, what is asked of it, and what must come of it; `says` must all stand in the message."""

    name: str
    files: Mapping[str, Content]
    code: int
    says: tuple[str, ...] = ()
    flags: tuple[str, ...] = field(default=())


def put(root: Path, files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif isinstance(content, Path):
            path.symlink_to(content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """Run the command line in this process: whatever is not an exit is a traceback, and fails the test."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return Ran(int(ended.value.code or 0), shown.out, shown.err)


def names_in(root: Path) -> set[str]:
    return {
        str(Path(folder, name))
        for folder, folders, files in os.walk(root)
        for name in (*folders, *files)
    }


def assert_case(case: Case, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, case.files)
    before = names_in(root)
    ran = run(capsys, "generate", str(root), *case.flags)
    assert ran.code == case.code, ran.err
    for part in case.says:
        assert part in ran.err
    if case.code:
        assert names_in(root) == before


def cases(*rows: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", rows, ids=[row.name for row in rows])


def locked(name: str, manifest: str, lock: str, code: int, *says: str) -> Case:
    return Case(
        name,
        {**SCRIPT, "pyproject.toml": manifest, name.split(maxsplit=1)[0]: lock},
        code,
        (name.split(maxsplit=1)[0], *says),
    )
