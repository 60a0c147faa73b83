"""The library: what `docs/library.md` promises and an example cannot show."""

from pathlib import Path

import pytest

from generator import api
from generator.build.request import BuildRequest
from generator.errors import UsageError
from generator.model.output import Outcome


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("flask==3.1.3\ngunicorn==23.0.0\n")
    (tmp_path / ".python-version").write_text("3.13\n")
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    return tmp_path


def test_check_tells_what_write_would_do_and_changes_nothing(root: Path) -> None:
    files = api.render(root)
    assert {one.outcome for one in api.check(files, root)} == {Outcome.CREATE}
    assert not (root / "Dockerfile").exists()
    api.write(files, root)
    assert {one.outcome for one in api.check(files, root)} == {Outcome.IDENTICAL}
    changed = api.settings_of(root, flags=("user=4321",), environ={})
    (dockerfile,) = [one for one in api.check(api.render(root, changed), root) if one.outcome is Outcome.UPDATE]
    assert "+USER 4321:4321" in dockerfile.diff


def test_build_refuses_what_is_missing_and_what_has_drifted(root: Path) -> None:
    with pytest.raises(UsageError, match="there is no Dockerfile"):
        api.build(BuildRequest(root=root))
    api.write(api.render(root), root)
    changed = api.settings_of(root, flags=("user=4321",), environ={})
    with pytest.raises(UsageError, match="Dockerfile is not what the project needs"):
        api.build(BuildRequest(root=root), changed)


def test_a_request_is_completed_from_the_project(root: Path) -> None:
    api.write(api.render(root), root)
    request = api.build_request(BuildRequest(root=root, tags=("shop",), arguments=(("A", "b"),)))
    assert (request.dockerfile, request.tags, request.arguments) == ("Dockerfile", ("shop",), (("A", "b"),))


def test_lock_refuses_a_manager_without_a_lock_before_it_asks_for_an_engine(root: Path) -> None:
    (root / "requirements.txt").write_text("flask>=3\ngunicorn\n")
    with pytest.raises(UsageError, match="has no lock of its own"):
        api.lock(BuildRequest(root=root), engine="rocket")
