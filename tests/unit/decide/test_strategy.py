"""Lock versus update: what the build does with the lock, and what is refused."""

import pytest
from dockwright.decide.strategy import choose_strategy, judge_lock, strategy_notices
from dockwright.errors import StaleLockError, UsageError
from dockwright.model.dependencies import LockState, Manager, ManagerFinding, Manifest, Strategy
from dockwright.model.settings import Settings
from support.installs import finding


def test_a_fresh_lock_is_installed_as_it_is() -> None:
    assert choose_strategy(finding(Manager.UV), Settings()).value is Strategy.LOCKED


def test_a_stale_lock_is_never_a_silent_choice() -> None:
    with pytest.raises(StaleLockError) as caught:
        choose_strategy(finding(Manager.PIPENV, state=LockState.STALE), Settings())
    assert any("pipenv lock" in step for step in caught.value.steps)
    assert any("strategy=relock" in step for step in caught.value.steps)


@pytest.mark.parametrize("asked", [Strategy.RELOCK, Strategy.UPDATE])
def test_the_settings_may_lock_again_whatever_the_lock_is(asked: Strategy) -> None:
    found = finding(Manager.POETRY, state=LockState.STALE)
    assert choose_strategy(found, Settings(strategy=str(asked))).value is asked


def test_without_a_lock_versions_are_chosen_in_the_build_and_that_is_said() -> None:
    found = finding(Manager.PDM, state=None)
    assert choose_strategy(found, Settings()).value is Strategy.RELOCK
    assert [notice.code for notice in strategy_notices(found)] == ["no-lock"]
    assert judge_lock(found).state is LockState.MISSING


def test_locked_without_a_lock_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no lock"):
        choose_strategy(finding(Manager.PDM, state=None), Settings(strategy="locked"))


@pytest.mark.parametrize(
    ("manager", "path", "said"),
    [
        (Manager.PIPENV, "Pipfile", "pipenv lock, or `dockwright lock` (no pipenv needed)"),
        (Manager.REQUIREMENTS, "requirements.txt", "rename requirements.txt to requirements.in, then uv pip compile requirements.in"),
        (Manager.REQUIREMENTS, "requirements/base.in", "uv pip compile requirements/base.in --output-file requirements/base.txt"),
        (Manager.SETUPTOOLS, "pyproject.toml", "uv lock"),
        (Manager.SETUPTOOLS, "setup.py", "uv pip compile setup.py --output-file requirements.txt"),
    ],
)  # fmt: skip
def test_the_remedy_is_a_command_for_the_files_that_are_there(
    manager: Manager, path: str, said: str
) -> None:
    found = ManagerFinding(manager=manager, manifest=Manifest(path=path))
    assert said in strategy_notices(found)[0].remedy
