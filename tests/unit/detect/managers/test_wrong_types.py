"""A value of the wrong type anywhere in a manifest or lock ends in a result or in an error for people, never in a traceback."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tomlkit
from dockwright.detect.managers import pdm, pylock, setuptools, uv
from dockwright.detect.tree import ProjectTree
from dockwright.errors import DockwrightError
from support.mutations import FOLDER

WRONG = ("; x", {"a": [1]})

CASES = [
    (uv, "uv/workspace", "pyproject.toml"),
    (uv, "uv/shop", "uv.lock"),
    (pdm, "pdm/shop", "pyproject.toml"),
    (pdm, "pdm/shop", "pdm.lock"),
    (pylock, "pylock/pdm", "pylock.toml"),
    (setuptools, "pylock/pdm", "pyproject.toml"),
]


def places(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if place:
        yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*place, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value[:1]):
            yield from places(inner, (*place, position))


def replaced(text: str, place: tuple[str | int, ...], wrong: object) -> str:
    document: Any = tomllib.loads(text)
    parent = document
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = wrong
    return tomlkit.dumps(document)


def outcome(detector: ModuleType, root: Path) -> str:
    """What a person sees: what was found, or the text of an error."""
    try:
        return repr(detector.find(ProjectTree(root)))
    except DockwrightError as error:
        return error.text()


@pytest.mark.parametrize(
    ("detector", "base", "name"), CASES, ids=[f"{base}-{name}" for _, base, name in CASES]
)
def test_no_wrong_type_ends_in_a_traceback(
    detector: ModuleType, base: str, name: str, tmp_path: Path
) -> None:
    files = {
        path.relative_to(FOLDER / base): path
        for path in (FOLDER / base).rglob("*.*")
        if path.is_file()
    }
    for inner, path in files.items():
        if not (detector is setuptools and inner.name == "pylock.toml"):
            (tmp_path / inner).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / inner).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    original = (tmp_path / name).read_text(encoding="utf-8")
    tried = 0
    for place in places(tomllib.loads(original)):
        for wrong in WRONG:
            (tmp_path / name).write_text(replaced(original, place, wrong), encoding="utf-8")
            assert outcome(detector, tmp_path)
            tried += 1
    assert tried > 20
