"""Which package manager installs a project that shows several."""

from pathlib import Path

import pytest
from dockwright.decide import decide
from dockwright.decide.manager import choose_manager
from dockwright.detect import detect
from dockwright.errors import SeveralManagersError, UsageError
from dockwright.model.dependencies import Manager, ManagerFinding
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
    assert found == (Manager.REQUIREMENTS, [])


def test_a_manager_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="has no manifest of it"):
        chosen(finding(Manager.UV), manager="pdm")


def test_a_script_alone_needs_no_manager() -> None:
    assert chosen() == (Manager.NONE, [])


MANIFEST = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.13"
dependencies = ["flask==3.1.0", "gunicorn==23.0.0"]
[project.optional-dependencies]
s3-store = ["boto3==1.40.0"]
[dependency-groups]
postgres = ["psycopg==3.2.9"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(
        "from flask import Flask\n\napp = Flask(__name__)\n", encoding="utf-8"
    )
    (tmp_path / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path


def codes(project: Path, **settings: object) -> set[str]:
    return {notice.code for notice in decide(detect(project), Settings(**settings)).warnings}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "found", "example"),
    [
        pytest.param(
            Settings(extras=("s3",)), "extras: s3-store", 'extras = ["s3-store"]', id="an extra"
        ),
        pytest.param(
            Settings(groups=("postgresql",)),
            "groups: postgres",
            'groups = ["postgres"]',
            id="a group",
        ),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    project: Path, settings: Settings, found: str, example: str
) -> None:
    with pytest.raises(UsageError) as caught:
        decide(detect(project), settings)
    assert caught.value.exit_code == 2
    assert caught.value.found == found
    assert caught.value.example == example


def test_what_is_there_is_installed(project: Path) -> None:
    plan = decide(detect(project), Settings(extras=("s3-store",), groups=("postgres",)))
    assert plan.groups == ("main", "postgres", "extra:s3-store")


def test_a_manifest_that_is_computed_may_have_any_extra(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.13"\ndependencies = ["flask"]\n'
        'dynamic = ["optional-dependencies"]\n',
        encoding="utf-8",
    )
    assert decide(detect(project), Settings(extras=("any",))).groups == ("main", "extra:any")


@pytest.mark.parametrize(
    ("application", "said"),
    [
        pytest.param("nope:app", True, id="a module that is not there"),
        pytest.param("main:nope", True, id="an object that is not there"),
        pytest.param("main:app", False, id="what was found"),
        pytest.param("other.web:app", False, id="a folder without an application that was seen"),
        pytest.param("flask.demo:app", False, id="of a distribution"),
    ],
)
def test_an_application_that_nobody_can_see_is_said(
    project: Path, application: str, *, said: bool
) -> None:
    (project / "other").mkdir()
    (project / "other" / "__init__.py").write_text("", encoding="utf-8")
    assert ("application-not-found" in codes(project, application=application)) is said


def test_the_remedy_names_what_was_found(project: Path) -> None:
    warnings = decide(detect(project), Settings(application="nope:app")).warnings
    (one,) = (notice for notice in warnings if notice.code == "application-not-found")
    assert "no module `nope`" in one.text
    assert 'application = "main:app"' in one.remedy


@pytest.mark.parametrize(
    ("table", "remedy"),
    [
        pytest.param("[project.optional-dependencies]\nweb = ", 'extras = ["web"]', id="an extra"),
        pytest.param("[dependency-groups]\nprod = ", 'groups = ["prod"]', id="a group"),
        pytest.param(
            "[dependency-groups]\ndev = ", "add gunicorn", id="not that of the developers"
        ),
        pytest.param(
            "[project.optional-dependencies]\ndev = ", "add gunicorn", id="not their extra"
        ),
    ],
)
def test_a_server_that_is_left_out_is_named(project: Path, table: str, remedy: str) -> None:
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.13"\ndependencies = ["flask==3.1.0"]\n{table}["gunicorn==23.0.0"]\n',
        encoding="utf-8",
    )
    warnings = decide(detect(project), Settings()).warnings
    (one,) = (notice for notice in warnings if notice.code == "no-production-server")
    assert remedy in one.remedy


def test_a_driver_that_is_left_out_is_named(project: Path) -> None:
    code = 'import os\n\nfrom flask import Flask\n\napp = Flask(__name__)\nURL = os.environ.get("DATABASE_URL", "sqlite:///shop.db")\n'
    (project / "main.py").write_text(code, encoding="utf-8")
    warnings = decide(detect(project), Settings()).warnings
    (one,) = (notice for notice in warnings if notice.code == "sqlite-in-container")
    assert one.remedy == 'psycopg is in the group postgres: set groups = ["postgres"]'
