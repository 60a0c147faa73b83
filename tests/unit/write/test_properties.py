"""What holds for every text and every edit."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockwright.model.output import Outcome, RenderedFile
from dockwright.write import WriteOptions, check, write
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outcomes import drifted

ENDS = st.sampled_from(["\n", "\r\n"])
SIZE = 24

Edits = dict[int, str]
"""Number of a line of the base -> what is done to it: changed, removed, or a line added before or after."""

KINDS = ("change", "remove", "before", "after")


def edits(numbers: st.SearchStrategy[int] = st.integers(0, SIZE - 1)) -> st.SearchStrategy[Edits]:  # noqa: B008 - a strategy is a value
    return st.dictionaries(numbers, st.sampled_from(KINDS), max_size=6)


@pytest.fixture(autouse=True, scope="module")
def _no_power_cut() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


def base(size: int = SIZE) -> list[str]:
    # A few lines are alike, as blank lines and `&& \` are in real files.
    return [
        "# Written by dockwright",
        *("" if number % 7 == 3 else f"line {number}" for number in range(1, size)),
    ]


def changed(lines: list[str], edits: Edits, who: str) -> list[str]:
    result = []
    for number, line in enumerate(lines):
        kind = edits.get(number, "")
        if kind == "before":
            result.append(f"{who} before {number}")
        if kind == "change":
            result.append(f"{who} changed {number}")
        elif kind != "remove":
            result.append(line)
        if kind == "after":
            result.append(f"{who} after {number}")
    return result


def own(lines: list[str], who: str) -> list[str]:
    return [line for line in lines if line.startswith(who)]


def file(lines: list[str]) -> RenderedFile:
    return RenderedFile(path="Dockerfile", text="\n".join(lines) + "\n", kind="dockerfile")


@settings(max_examples=150, deadline=None)
@given(new=edits())
def test_generating_twice_gives_the_same_bytes(new: Edits) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for _ in range(2):
            write((file(changed(base(), new, "new")),), root)
        first = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        (outcome,) = write((file(changed(base(), new, "new")),), root)
        assert outcome.outcome is Outcome.IDENTICAL
        assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == first


@settings(max_examples=300, deadline=None)
@given(mine=edits(), new=edits(), end=ENDS, last=st.booleans())
def test_no_edit_is_ever_lost_and_check_is_clean_afterwards(
    mine: Edits, new: Edits, end: str, last: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, path = Path(folder), Path(folder) / "Dockerfile"
        write((file(base()),), root)
        edited = (end.join(changed(base(), mine, "mine")) + end * last).encode()
        path.write_bytes(edited)
        rendered = file(changed(base(), new, "new"))
        (outcome,) = write((rendered,), root)
        if outcome.outcome is Outcome.CONFLICT:
            assert path.read_bytes() == edited
            assert drifted(check((rendered,), root))
            write((rendered,), root, options=WriteOptions(conflicts="mine"))
        lines = path.read_bytes().decode().replace("\r\n", "\n").split("\n")
        assert own(lines, "mine") == own(changed(base(), mine, "mine"), "mine")
        assert not drifted(check((rendered,), root))
        assert write((rendered,), root)[0].outcome is Outcome.IDENTICAL


@settings(max_examples=200, deadline=None)
@given(
    mine=edits(st.integers(0, SIZE // 2 - 1).map(lambda number: 2 * number)),
    new=edits(st.integers(0, SIZE // 2 - 1).map(lambda number: 2 * number + 1)),
)
def test_edits_of_different_lines_are_merged_without_a_question(mine: Edits, new: Edits) -> None:
    mine = {number: kind for number, kind in mine.items() if kind == "change"}
    new = {number: kind for number, kind in new.items() if kind == "change"}
    with tempfile.TemporaryDirectory() as folder:
        root, path = Path(folder), Path(folder) / "Dockerfile"
        write((file(base()),), root)
        path.write_text("\n".join(changed(base(), mine, "mine")) + "\n")
        (outcome,) = write((file(changed(base(), new, "new")),), root)
        assert outcome.outcome is not Outcome.CONFLICT
        expected = [
            f"mine changed {number}"
            if number in mine
            else f"new changed {number}"
            if number in new
            else line
            for number, line in enumerate(base())
        ]
        assert path.read_text() == "\n".join(expected) + "\n"


@settings(max_examples=150, deadline=None)
@given(mine=edits(), first=edits(), second=edits())
def test_edits_survive_several_regenerations(mine: Edits, first: Edits, second: Edits) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, path = Path(folder), Path(folder) / "Dockerfile"
        write((file(base()),), root)
        path.write_text("\n".join(changed(base(), mine, "mine")) + "\n")
        for who, new in (("first", first), ("second", second), ("third", {})):
            write((file(changed(base(), new, who)),), root, options=WriteOptions(conflicts="mine"))
        lines = path.read_text().split("\n")
        assert own(lines, "mine") == own(changed(base(), mine, "mine"), "mine")
        assert not drifted(check((file(base()),), root))
