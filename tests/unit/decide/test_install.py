"""How the locked distributions get into the image, for every manager, strategy and installer."""

import shlex

import pytest
from dockwright.decide.install import plan_installation
from dockwright.decide.secret_mounts import secret_mounts
from dockwright.decide.tools import choose_tools
from dockwright.errors import UsageError
from dockwright.model.dependencies import LockedDistribution, SourceKind
from dockwright.model.manager import Installer, LockState, Manager, Strategy
from dockwright.model.plan import ToolPin
from dockwright.model.record import replace
from support.installs import finding, install, local, locked, private, request, text, wish

EXPORTING = (Manager.PIPENV, Manager.POETRY, Manager.PDM, Manager.UV)


@pytest.mark.parametrize("manager", EXPORTING)
def test_a_lock_of_the_index_is_exported_with_its_hashes_and_installed_by_uv(
    manager: Manager,
) -> None:
    found = install(finding(manager), development=("dev",))
    assert found.installer.value is Installer.UV
    assert [stage.name for stage in found.support] == ["lock", "lock-dev"]
    wanted = (
        "--preview-features pylock /tmp/pylock.toml"
        if manager is Manager.UV
        else "--require-hashes /tmp/requirements.txt"
    )
    assert f"uv pip sync {wanted}" in text(found)


@pytest.mark.parametrize(
    ("version", "file"), [("0.8.24", "/tmp/requirements.txt"), ("0.9.0", "/tmp/pylock.toml")]
)
def test_an_older_uv_exports_requirements(version: str, file: str) -> None:
    made = request(finding(Manager.UV), development=("dev",))
    found = plan_installation(
        replace(made, tools=(ToolPin(name="uv", version=version, because="required-version"),))
    )
    (mount,) = (
        mount for run in found.production for mount in run.mounts if mount.from_stage == "lock"
    )
    (command,) = (command for run in found.support[0].install for command in run.commands)
    assert mount.source == file
    assert command.endswith(f"--output-file {file}")


@pytest.mark.parametrize("manager", EXPORTING)
def test_without_development_groups_nothing_is_exported_twice(manager: Manager) -> None:
    found = install(finding(manager))
    assert [stage.name for stage in found.support] == ["lock"]
    assert found.development == ()


def test_a_folder_for_commands_is_named_only_where_one_is_installed() -> None:
    def names(manager: Manager) -> set[str]:
        stage = next(stage for stage in install(finding(manager)).support if stage.name == "lock")
        return {name for name, _ in stage.environment}

    assert "UV_TOOL_BIN_DIR" in names(Manager.PDM)
    assert "UV_TOOL_BIN_DIR" not in names(Manager.UV)


@pytest.mark.parametrize(
    ("manager", "state", "said"),
    [
        (Manager.PIPENV, LockState.STALE, "Pipenv keeps none"),
        (Manager.POETRY, LockState.STALE, "keeping the versions that still fit"),
        (Manager.POETRY, None, "which has no lock"),
    ],
)
def test_what_is_said_about_locking_again_is_what_the_manager_does(
    manager: Manager, state: LockState | None, said: str
) -> None:
    found = install(finding(manager, state=state), strategy=Strategy.RELOCK)
    assert said in next(stage.comment for stage in found.support if stage.name == "lock")


@pytest.mark.parametrize(
    ("manager", "check"),
    [
        (Manager.PIPENV, "pipenv verify"), (Manager.POETRY, "poetry export"), (Manager.PDM, "pdm lock --check"),
        (Manager.UV, "uv export --quiet --locked"),
    ],
)  # fmt: skip
def test_the_build_fails_on_a_stale_lock(manager: Manager, check: str) -> None:
    assert check in text(install(finding(manager)))


def test_plugins_stand_beside_poetry_and_the_shell_takes_them_as_one_word() -> None:
    plugin = "up[x]<2,>=1; python_version > '3'"
    git = locked(
        "sparrow", source=SourceKind.GIT, reference="git+https://example.com/sparrow", files=()
    )
    native, exported = (words_of_the_tool(plugin, *entries) for entries in ((git,), ()))
    assert plugin in native
    assert "poetry-plugin-export==1.10.1" in native
    assert plugin not in exported
    assert "poetry-plugin-export==1.10.1" in exported


def words_of_the_tool(plugin: str, *entries: LockedDistribution) -> list[str]:
    """Return the command that installs Poetry, as the shell splits it."""
    found = finding(
        Manager.POETRY, *entries, written_by="2.4.0", manifest={"tool_plugins": (plugin,)}
    )
    planned = plan_installation(replace(request(found), tools=choose_tools(found, "3.13")))
    runs = (*planned.tool, *(run for stage in planned.support for run in stage.tool))
    return shlex.split(
        next(run.commands[0] for run in runs if "uv tool install" in run.commands[0])
    )


@pytest.mark.parametrize("manager", EXPORTING)
def test_a_git_requirement_is_installed_by_the_manager_itself(manager: Manager) -> None:
    entry = locked(
        "sparrow", source=SourceKind.GIT, reference="git+https://example.com/sparrow", files=()
    )
    assert install(finding(manager, entry)).installer.value is Installer.NATIVE


@pytest.mark.parametrize("manager", EXPORTING)
def test_a_git_requirement_of_another_group_keeps_uv(manager: Manager) -> None:
    entry = locked(
        "sparrow",
        source=SourceKind.GIT,
        reference="git+https://example.com/s",
        files=(),
        groups=("dev",),
    )
    assert install(finding(manager, locked("flask"), entry)).installer.value is Installer.UV


def test_a_pdm_lock_without_inherited_metadata_is_installed_by_pdm() -> None:
    found = install(finding(Manager.PDM, exportable=False))
    assert found.installer.value is Installer.NATIVE
    assert "inherit_metadata" in found.installer.because
    assert "pdm export" not in text(found)


def test_pdm_locks_again_so_that_the_lock_can_be_exported() -> None:
    commands = text(install(finding(Manager.PDM, exportable=False), strategy=Strategy.RELOCK))
    assert "pdm lock --update-reuse --strategy inherit_metadata" in commands
    assert "pdm export --prod" in commands


@pytest.mark.parametrize(
    ("manager", "strategy", "command"),
    [
        (Manager.PIPENV, Strategy.RELOCK, "pipenv lock"), (Manager.PIPENV, Strategy.UPDATE, "pipenv lock"),
        (Manager.POETRY, Strategy.RELOCK, "poetry lock --no-interaction"),
        (Manager.POETRY, Strategy.UPDATE, "poetry lock --no-interaction --regenerate"),
        (Manager.UV, Strategy.RELOCK, "uv lock"), (Manager.UV, Strategy.UPDATE, "uv lock --upgrade"),
        (Manager.PDM, Strategy.UPDATE, "pdm lock --strategy inherit_metadata"),
    ],
)  # fmt: skip
def test_the_lock_is_made_again_inside_the_target_image(
    manager: Manager, strategy: Strategy, command: str
) -> None:
    found = install(finding(manager), strategy=strategy)
    stage = next(stage for stage in found.support if stage.name == "lock")
    assert stage.parent == "python:3.13-slim"
    assert command in [one for run in stage.project for one in run.commands]


def test_relocking_copies_a_lock_that_may_be_absent() -> None:
    found = install(finding(Manager.UV, state=None), strategy=Strategy.RELOCK)
    stage = next(stage for stage in found.support if stage.name == "lock")
    assert [copy.sources for copy in stage.copies] == [("pyproject.toml", "uv.lock*")]


@pytest.mark.parametrize("manager", [Manager.PYLOCK, Manager.SETUPTOOLS])
def test_only_uv_reads_what_no_manager_installs(manager: Manager) -> None:
    assert install(finding(manager)).installer.value is Installer.UV
    with pytest.raises(UsageError, match="nothing but uv installs"):
        install(finding(manager), installer="native")


def test_groups_and_extras_are_exported_and_development_is_apart() -> None:
    found = install(finding(Manager.UV), groups=("web",), extras=("pg",), development=("dev",))
    production, development = (stage.install[0].commands[-1] for stage in found.support)
    assert "--no-default-groups" in production
    assert "--extra pg --group web" in production
    assert "--group dev" not in production
    assert "--group dev" in development


def test_without_byte_compiling_there_is_no_program_for_it() -> None:
    found = install(finding(Manager.UV), byte_compile=False)
    assert [run.program for run in found.production] == [None]
    assert "BYTE_COMPILE" not in text(found)


def test_credentials_come_as_secrets_of_the_build() -> None:
    found = finding(
        Manager.PIPENV, manifest={"indexes": (private("INDEX_USER", "INDEX_PASSWORD"),)}
    )
    assert [(mount.kind, mount.id, mount.env) for mount in secret_mounts(found)] == [
        ("secret", "INDEX_PASSWORD", "INDEX_PASSWORD"),
        ("secret", "INDEX_USER", "INDEX_USER"),
    ]
    installation = install(found)
    assert installation.installer.value is Installer.NATIVE
    assert all("secret" in [mount.kind for mount in run.mounts] for run in installation.production)


def test_without_variables_a_netrc_file_is_the_secret() -> None:
    (mount,) = secret_mounts(finding(Manager.UV, manifest={"indexes": (private(),)}))
    assert (mount.id, mount.target) == ("netrc", "/root/.netrc")


def test_uv_checks_the_lock_with_the_manifest_of_a_folder_outside() -> None:
    found = finding(
        Manager.UV, local("my-lib", "../lib"), manifest={"requirements": (wish("my-lib", source=SourceKind.PATH, reference="../lib"),)}
    )  # fmt: skip
    stage = next(stage for stage in install(found).support if stage.name == "lock")
    mounts = [(mount.from_stage, mount.source, mount.target) for mount in stage.install[0].mounts]
    assert ("lib", "pyproject.toml", "/lib/pyproject.toml") in mounts


def test_folders_of_the_project_stay_out_of_the_export() -> None:
    found = finding(
        Manager.POETRY, local("my-lib", "lib"), manifest={"requirements": (wish("my-lib", source=SourceKind.PATH, reference="lib"),)}
    )  # fmt: skip
    installation = install(found)
    assert installation.recipe.local == ("lib",)
    assert "sed -i -E" in text(installation)
