"""Which distributions get a layer of their own, and how they are taken out of an export."""

import subprocess
from pathlib import Path

import pytest
from dockwright.decide.install import plan_installation
from dockwright.decide.knowledge import load_table
from dockwright.decide.large import LARGE, large_distributions, select_large
from dockwright.decide.recipes.recipe import EXPORTED
from dockwright.model.manager import Installer, Manager, Strategy
from dockwright.model.record import replace
from support.installs import finding, install, local, locked, request, text

PIPENV = """\
-i https://pypi.org/simple
flask==3.1.3; python_version >= '3.9' --hash=sha256:aa
numpy==2.4.0; python_version >= '3.11' --hash=sha256:bb --hash=sha256:cc
numpy-financial==1.0.0 --hash=sha256:dd
psycopg[binary]==3.3.0 --hash=sha256:ee
psycopg-binary==3.3.0 --hash=sha256:ff
"""
POETRY = """\
flask==3.1.3 ; python_version >= "3.12" \\
    --hash=sha256:aa
numpy==2.4.0 ; python_version >= "3.12" \\
    --hash=sha256:bb \\
    --hash=sha256:cc
psycopg-binary==3.3.0 ; implementation_name != "pypy" \\
    --hash=sha256:ff
"""


def selected(export: str, names: tuple[str, ...], folder: Path) -> str:
    """Run the command as the lock stage does, on files of the test."""
    (folder / "all").write_text(export, encoding="utf-8")
    command = (
        select_large(names)
        .replace(EXPORTED, str(folder / "all"))
        .replace(LARGE, str(folder / "large"))
    )
    subprocess.run(["sh", "-c", command], check=True)
    return (folder / "large").read_text(encoding="utf-8")


def test_pipenv_writes_one_line_for_each_and_the_index_goes_along(tmp_path: Path) -> None:
    found = selected(PIPENV, ("numpy", "psycopg-binary"), tmp_path).splitlines()
    assert [line.partition("==")[0] for line in found] == [
        "-i https://pypi.org/simple",
        "numpy",
        "psycopg-binary",
    ]
    assert found[1].endswith("--hash=sha256:bb --hash=sha256:cc")


def test_poetry_writes_the_hashes_on_lines_of_their_own(tmp_path: Path) -> None:
    found = selected(POETRY, ("numpy", "psycopg-binary"), tmp_path)
    assert found == POETRY[POETRY.index("numpy") :]


def test_a_name_that_the_lock_lost_selects_nothing(tmp_path: Path) -> None:
    assert selected(POETRY, ("pandas",), tmp_path) == ""


def test_a_folder_of_the_project_is_not_large_whatever_its_name() -> None:
    decision = large_distributions((locked("numpy"), locked("flask"), local("pandas", "./pandas")))
    assert decision is not None
    assert decision.value == ("numpy",)
    assert "numpy 15.7 MB" in decision.because
    assert large_distributions((locked("flask"),)) is None


def test_the_table_holds_canonical_names_and_sizes_from_four_megabytes_on() -> None:
    for name, megabytes in load_table("large-distributions").items():
        assert name == name.lower().replace("_", "-").replace(".", "-")
        assert 4 <= megabytes < 1000, name


@pytest.mark.parametrize("manager", [Manager.PIPENV, Manager.POETRY, Manager.PDM])
@pytest.mark.parametrize("strategy", [Strategy.LOCKED, Strategy.UPDATE])
def test_the_large_come_first_and_the_whole_lock_last(manager: Manager, strategy: Strategy) -> None:
    made = replace(request(finding(manager)), strategy=strategy, layered=(locked("numpy"),))
    found = plan_installation(made)
    first, last = (run.commands[0] for run in found.production)
    assert first.endswith(f"uv pip install --no-deps --require-hashes -r {LARGE}")
    assert last.endswith(f"uv pip sync --require-hashes {EXPORTED}")
    assert select_large(("numpy",)) in text(found)
    assert [run.program is not None for run in found.production] == [True, False]


def test_without_large_ones_one_step_installs_everything() -> None:
    found = install(finding(Manager.PIPENV))
    assert len(found.production) == 1
    assert found.large is None


def test_what_the_manager_itself_installs_stays_in_one_step() -> None:
    made = replace(request(finding(Manager.PIPENV)), layered=(locked("numpy"),))
    native = plan_installation(
        replace(made, settings=replace(made.settings, installer=Installer.NATIVE))
    )
    assert native.large is None
    assert len(native.production) == 1
