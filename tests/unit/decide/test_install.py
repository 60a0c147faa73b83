"""How the lock gets into the image: what checks it, what installs it, and with which files in sight."""

import pytest
from dockwright.decide.install import plan_installation
from dockwright.decide.tools import InstallRequest
from dockwright.errors import UsageError
from dockwright.model.artifact import InstallStep
from dockwright.model.dependencies import Installer, LockState, Manager, SourceKind, Strategy
from dockwright.model.plan import ToolPin
from dockwright.model.record import replace
from support.dockerfiles import run_of
from support.installs import finding, install, local, locked, private, request, wish

EXPORTERS = (Manager.PIPENV, Manager.POETRY, Manager.PDM)


@pytest.mark.parametrize("manager", EXPORTERS)
def test_a_lock_of_the_index_is_listed_with_its_hashes_and_installed_by_uv(
    manager: Manager,
) -> None:
    made = install(finding(manager))
    text = run_of(made.step)

    assert made.installer.value is Installer.UV
    assert "uv pip sync --require-hashes /tmp/requirements.txt" in text
    assert "--mount=type=tmpfs,target=/tmp" in text
    assert made.complete


def test_uv_installs_its_own_lock_and_refuses_a_stale_one() -> None:
    text = run_of(install(finding(Manager.UV)).step)

    assert "uv sync --locked --no-default-groups --no-install-project" in text
    assert "source=uv.lock,target=uv.lock" in text
    assert "tmpfs" not in text


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        (Manager.PIPENV, "uv tool run pipenv@2.1.0 verify"),
        (Manager.PDM, "uv tool run --from 'pdm[locked]==2.1.0' pdm lock --check"),
    ],
)
def test_the_build_fails_on_a_stale_lock(manager: Manager, command: str) -> None:
    assert command in run_of(install(finding(manager)).step)


def test_poetry_2_checks_while_it_exports_and_poetry_1_needs_a_check() -> None:
    def with_version(version: str) -> str:
        asked = request(finding(Manager.POETRY))
        pins = tuple(replace(one, version=version) for one in asked.tools if one.name == "poetry")
        return run_of(_planned(replace(asked, tools=pins)))

    assert "check --lock" not in with_version("2.1.0")
    assert "poetry@1.8.5 check --lock" in with_version("1.8.5")
    assert "poetry@1.5.1 lock --check" in with_version("1.5.1")


def _planned(asked: InstallRequest) -> InstallStep | None:
    return plan_installation(asked).step


def test_plugins_stand_beside_poetry_and_the_shell_takes_them_as_one_word() -> None:
    asked = request(finding(Manager.POETRY), installer="native")
    plugins = ("poetry-plugin-export==1.8.0", "poetry-dynamic-versioning>=1,<2")
    pin = ToolPin(name="poetry", version="2.1.0", because="a test", extras=plugins)
    text = run_of(_planned(replace(asked, tools=(pin,))))

    assert "--with poetry-plugin-export==1.8.0 --with 'poetry-dynamic-versioning>=1,<2'" in text


@pytest.mark.parametrize("manager", EXPORTERS)
def test_what_comes_from_git_is_installed_by_the_manager_itself(manager: Manager) -> None:
    entry = locked("greet", source=SourceKind.GIT, reference="https://git.example.com/greet.git")
    made = install(finding(manager, entry))

    assert made.installer.value is Installer.NATIVE
    assert "what comes from Git" in made.installer.because
    assert "uv pip sync" not in run_of(made.step)


def test_a_git_requirement_of_another_group_keeps_uv() -> None:
    entry = locked("greet", source=SourceKind.GIT, reference="git.example.com", groups=("dev",))
    assert install(finding(Manager.POETRY, locked("flask"), entry)).installer.value is Installer.UV


def test_a_pdm_lock_without_inherited_metadata_is_installed_by_pdm() -> None:
    made = install(finding(Manager.PDM, exportable=False))
    assert "pdm install --check --no-self --no-editable --prod" in run_of(made.step)


@pytest.mark.parametrize(
    ("manager", "strategy", "command"),
    [
        (Manager.PIPENV, Strategy.RELOCK, "pipenv@2.1.0 lock"),
        (Manager.POETRY, Strategy.RELOCK, "poetry@2.1.0 lock"),
        (Manager.POETRY, Strategy.UPDATE, "poetry@2.1.0 lock --regenerate"),
        (Manager.UV, Strategy.RELOCK, "uv lock"),
        (Manager.UV, Strategy.UPDATE, "uv lock --upgrade"),
        (Manager.PDM, Strategy.RELOCK, "lock --update-reuse --strategy inherit_metadata"),
        (Manager.PDM, Strategy.UPDATE, "lock --strategy inherit_metadata"),
    ],
)
def test_the_lock_is_made_again_inside_the_target_image(
    manager: Manager, strategy: Strategy, command: str
) -> None:
    made = install(finding(manager, state=LockState.STALE), strategy=strategy)
    text = run_of(made.step)

    assert command in text
    # A lock cannot be written to a bind mount: the manifests are copied.
    assert "COPY " in text
    assert "source=" not in text.replace("from=uv,source=/uv", "")
    assert made.lock is not None
    assert made.lock.file == finding(manager).lock.path  # type: ignore[union-attr]


def test_a_missing_lock_is_said_with_what_makes_one() -> None:
    text = run_of(install(finding(Manager.UV, state=None), strategy=Strategy.RELOCK).step)
    assert "# There is no uv.lock: each build takes the newest versions." in text
    assert "COPY pyproject.toml ./" in text


@pytest.mark.parametrize("manager", [Manager.PYLOCK, Manager.SETUPTOOLS])
def test_only_uv_reads_what_no_manager_installs(manager: Manager) -> None:
    with pytest.raises(UsageError, match="nothing but uv"):
        install(finding(manager), installer="native")


def test_groups_and_extras_are_installed_and_development_is_apart() -> None:
    found = finding(Manager.UV, manifest={"groups": ("dev", "web"), "default_groups": ("dev",)})
    made = install(found, development=("dev",), groups=("web",), extras=("pg",))

    assert "--no-default-groups --no-install-project --extra pg --group web" in run_of(made.step)
    development = run_of(made.development)
    assert "uv sync --locked --no-install-project --extra pg --group web" in development


def test_credentials_come_as_secrets_of_the_build() -> None:
    text = run_of(install(finding(Manager.UV, manifest={"indexes": (private("TOKEN"),)})).step)
    assert "--mount=type=secret,id=TOKEN,env=TOKEN" in text


def test_without_variables_a_netrc_file_is_the_secret() -> None:
    text = run_of(install(finding(Manager.UV, manifest={"indexes": (private(),)})).step)
    assert "--mount=type=secret,id=netrc,target=/root/.netrc" in text


def test_a_requirements_file_with_hashes_needs_them_everywhere() -> None:
    text = run_of(install(finding(Manager.REQUIREMENTS, hashed=True)).step)
    assert "uv pip install --require-hashes --requirement requirements.txt" in text


def test_without_hashes_the_first_index_that_has_the_name_counts() -> None:
    other = private()
    plain = run_of(
        install(finding(Manager.REQUIREMENTS, hashed=False, manifest={"indexes": (other,)})).step
    )
    hashed = run_of(
        install(finding(Manager.REQUIREMENTS, hashed=True, manifest={"indexes": (other,)})).step
    )
    assert "--index-strategy" not in plain
    assert "--index-strategy unsafe-best-match" in hashed


def test_folders_of_the_project_are_left_out_of_the_list_and_built_beside_it() -> None:
    manifest = {"requirements": (wish("units", source=SourceKind.PATH, reference="libs/units"),)}
    found = finding(
        Manager.POETRY, locked("flask"), local("units", "libs/units"), manifest=manifest
    )
    made = install(found)

    assert made.folders == ("libs/units",)
    assert "grep -vE" in run_of(made.step)


def test_uv_names_the_folders_that_it_does_not_install() -> None:
    made = install(finding(Manager.UV, locked("flask"), local("units", "../units")))
    text = run_of(made.step)

    assert "--no-install-package units" in text
    assert "from=units,source=pyproject.toml,target=/units/pyproject.toml" in text


def test_what_is_compiled_has_a_cache_of_its_own() -> None:
    asked = replace(request(finding(Manager.UV)), compiled_for="python-3.13-slim-trixie")
    text = run_of(_planned(asked))
    assert "--mount=type=cache,id=uv-python-3.13-slim-trixie,target=/root/.cache/uv" in text
