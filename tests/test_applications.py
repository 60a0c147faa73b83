"""The table of real applications: its data is whole, and it says what is found today (where APPS_DIR names the applications)."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from dockwright.api import inspect
from dockwright.errors import DockwrightError
from dockwright.model.settings import Settings

DOCS = Path(__file__).parent.parent / "docs" / "internals"
ENTRIES: list[dict[str, Any]] = [
    entry
    for group in tomllib.loads((DOCS / "applications.toml").read_text(encoding="utf-8"))["group"]
    for entry in group["application"]
]
KNOWN = {"folder", "name", "commit", "authors", "expect", "port", "refused", "why"}


def folder_of(entry: dict[str, Any]) -> str:
    return str(entry["folder"])


def test_every_application_stands_once() -> None:
    folders = [entry["folder"] for entry in ENTRIES]
    assert len(folders) == len(set(folders)) >= 40


@pytest.mark.parametrize("entry", ENTRIES, ids=folder_of)
def test_an_entry_says_what_is_right(entry: dict[str, Any]) -> None:
    assert entry.keys() <= KNOWN
    assert entry["authors"]
    assert ("expect" in entry) != ("refused" in entry)


def test_the_table_counts_at_least_nine_of_ten_right() -> None:
    rows = [
        line
        for line in (DOCS / "applications.md").read_text(encoding="utf-8").splitlines()
        if line.count(" | ") > 3
    ]
    verdicts = [
        verdict
        for row in rows
        for verdict in ("right", "refused", "wrong")
        if f" | {verdict} |" in row
    ]
    assert len(verdicts) == len(ENTRIES)
    assert verdicts.count("wrong") <= len(verdicts) / 10


@pytest.mark.skipif(
    "APPS_DIR" not in os.environ, reason="APPS_DIR names the folder of the applications"
)
@pytest.mark.parametrize("entry", ENTRIES, ids=folder_of)
def test_an_application_ends_in_a_result_or_a_clear_error(entry: dict[str, Any]) -> None:
    assert entry.get("refused", "") in said_about(Path(os.environ["APPS_DIR"]) / entry["folder"])


def said_about(folder: Path) -> str:
    try:
        document = inspect(folder, Settings())
    except DockwrightError as error:
        return error.text()
    return " ".join(
        [
            *(process["name"] for process in document["processes"]),
            *(w["code"] for w in document["warnings"]),
        ]
    )
