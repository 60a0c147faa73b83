"""Distributions of the table are installed by Dockwright's own Dockerfile, and imported in the image that is shipped.

Many share a project, so that compilers and headers are fetched once per project and not once per distribution. The requirements
are locked by `uv pip compile --emit-build-options`. One group is always tried, the others with `pytest -m native`, and what
takes minutes to compile with `pytest -m native_slow`.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright.decide.knowledge.native_packages import load_native_packages
from support.native import (
    GROUPS,
    ROOT,
    distributions_of,
    generate,
    pin_of,
    without_row,
    write_project,
)

Run = Callable[..., subprocess.CompletedProcess[str]]
Tried = Callable[[str], dict[str, str]]

EVERY = sorted(path.parent.name for path in GROUPS.glob("*/requirements.txt"))
ALWAYS = "databases"
QUICK = [group for group in EVERY if not group.startswith("slow-")]
SLOW = [group for group in EVERY if group.startswith("slow-")]
REMOVED = {
    "mysqlclient": "pkg-config: not found",
    "psycopg2": "pg_config executable not found",
    "pyaudio": "gcc",
    "python-magic": "failed to find libmagic",
    "pyzbar": "Unable to find zbar shared library",
}
"""Row -> what a user sees without it, when the image is built or at the import."""


def pairs(groups: list[str]) -> list[tuple[str, str]]:
    return [(group, name) for group in groups for name in distributions_of(group)]


@pytest.fixture(scope="session")
def tried(
    docker: Run,
    frontend: bool,
    say: Callable[[str], None],
    session_name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Tried:
    """Group -> distribution -> what went wrong in its image, "" for nothing; each image is built once."""
    results: dict[str, dict[str, str]] = {}

    def try_all(group: str) -> dict[str, str]:
        if group not in results:
            names = distributions_of(group)
            project = tmp_path_factory.mktemp("native") / group
            shutil.copytree(GROUPS / group, project)
            write_project(project, names, syntax=frontend)
            generate(project)
            tag = f"{session_name}:native-{group}"
            say(f"native packages, {group}: building with {', '.join(names)}")
            built = docker("buildx", "build", "--load", "--tag", tag, project, check=False)
            results[group] = dict.fromkeys(names, built.stderr[-3000:])
            if built.returncode == 0:
                results[group] = json.loads(docker("run", "--rm", tag).stdout)
                docker("image", "rm", "--force", tag)
        return results[group]

    return try_all


@pytest.mark.engine
@pytest.mark.parametrize("name", distributions_of(ALWAYS))
def test_it_imports_in_the_image(name: str, tried: Tried) -> None:
    assert tried(ALWAYS)[name] == ""


@pytest.mark.engine
@pytest.mark.native
@pytest.mark.parametrize(("group", "name"), pairs([one for one in QUICK if one != ALWAYS]))
def test_the_others_import_in_their_images(group: str, name: str, tried: Tried) -> None:
    assert tried(group)[name] == ""


@pytest.mark.engine
@pytest.mark.native_slow
@pytest.mark.parametrize(("group", "name"), pairs(SLOW))
def test_it_imports_in_the_image_after_minutes(group: str, name: str, tried: Tried) -> None:
    assert tried(group)[name] == ""


@pytest.mark.engine
@pytest.mark.native
@pytest.mark.parametrize("name", REMOVED)
def test_without_its_row_it_fails(
    name: str, docker: Run, frontend: bool, session_name: str, tmp_path: Path
) -> None:
    project, tag = tmp_path / "project", f"{session_name}:native-without-{name}"
    project.mkdir()
    (project / "requirements.txt").write_text(f"{pin_of(name)}\n", encoding="utf-8")
    write_project(project, (name,), syntax=frontend)
    generate(project, without_row(name, tmp_path / "checkout"))

    built = docker("buildx", "build", "--load", "--tag", tag, project, check=False)
    said = built.stderr if built.returncode else json.loads(docker("run", "--rm", tag).stdout)[name]
    docker("image", "rm", "--force", tag, check=False)

    assert REMOVED[name] in said


def test_what_fails_without_its_row_imports_with_it() -> None:
    assert set(REMOVED) <= {name for _, name in pairs(QUICK)}


def test_enough_is_tried() -> None:
    assert len({name for _, name in pairs(QUICK)}) >= 40


def test_every_source_only_row_is_tried_or_it_is_written_down_why_not() -> None:
    page = (ROOT / "docs" / "internals" / "system-packages.md").read_text(encoding="utf-8")
    section = page.partition("### What is checked, and what is not")[2].partition("\n## ")[0]
    written = set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE))
    source_only = {name for name, row in load_native_packages().items() if not row.wheels}
    imported = {name for _, name in pairs(EVERY)}

    assert source_only - imported == written & source_only
    assert not written & imported
