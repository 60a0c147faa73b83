"""Which package manager installs a project that shows several."""

import pytest
from dockwright.decide.manager import choose_manager
from dockwright.errors import SeveralManagersError, UsageError
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.manager import Manager
from dockwright.model.project import Project
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from support.installs import finding


def chosen(*managers: ManagerFinding, manager: str = "") -> tuple[Manager, list[str]]:
    decision, notices = choose_manager(
        Project(name="shop", managers=managers), Settings(manager=manager)
    )
    return decision.value.manager, [notice.code for notice in notices]


def test_the_lock_decides_over_a_left_over_manifest() -> None:
    assert chosen(finding(Manager.PIPENV, state=None), finding(Manager.UV)) == (
        Manager.UV,
        ["second-manifest"],
    )


def test_two_locks_are_the_owner_s_choice() -> None:
    with pytest.raises(SeveralManagersError, match="2 package managers"):
        chosen(finding(Manager.PIPENV), finding(Manager.POETRY))


def test_the_settings_choose_between_two_locks() -> None:
    assert (
        chosen(finding(Manager.PIPENV), finding(Manager.POETRY), manager="poetry")[0]
        is Manager.POETRY
    )


def test_an_export_of_the_lock_is_no_second_manager() -> None:
    export = replace(finding(Manager.REQUIREMENTS), exported_from="pdm.lock")
    assert chosen(export, finding(Manager.PDM)) == (Manager.PDM, ["exported-lock"])


def test_requirements_say_what_to_install_and_setup_only_how_to_package() -> None:
    found = chosen(finding(Manager.SETUPTOOLS), finding(Manager.REQUIREMENTS, state=None))
    assert found == (Manager.REQUIREMENTS, ["second-manifest"])


def test_a_manager_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="has no manifest of it"):
        chosen(finding(Manager.UV), manager="pdm")


def test_a_script_alone_needs_no_manager() -> None:
    assert chosen() == (Manager.NONE, [])
