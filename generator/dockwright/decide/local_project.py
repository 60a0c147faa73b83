"""What is installed from the project's own files: itself, path dependencies and workspace members, each built as a wheel."""

from shlex import quote

from dockwright.decide.install import Installation
from dockwright.decide.install_request import UV_CACHE, InstallRequest, handed_on, uv_mount
from dockwright.decide.outside import context_name, source_copy
from dockwright.decide.recipes.recipe import HANDED_ON
from dockwright.model.dependencies import Distribution, ManagerFinding
from dockwright.model.dockerfile import Copy, Run, Stage
from dockwright.model.plan import Process
from dockwright.model.project import Project
from dockwright.model.record import record

_WHEELS = f"{HANDED_ON}/dist"
_WHEEL_MOUNT = handed_on("project", _WHEELS)
_INSTALL_WHEELS = f"UV_LINK_MODE=copy uv pip install --no-deps --no-index {_WHEELS}/*.whl"
_VERSIONEER = (
    r"""printf '%s\n' "version_json = '''" """
    r""""{{\"version\": \"$VERSION\", \"full-revisionid\": null, \"dirty\": false, \"error\": null, \"date\": null}}" """
    r""""'''  # END VERSION_JSON" > {}"""
)
"""What versioneer itself leaves in a source distribution, which has no version control either; it knows no variable."""


@record
class LocalProject:
    """`itself` is the project's own distribution where it must be installed; `folders` are those of other local ones."""

    itself: Distribution | None
    folders: tuple[str, ...]
    metadata: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether anything local is installed."""
        return self.itself is not None or bool(self.folders)


def find_local_project(
    project: Project,
    finding: ManagerFinding,
    installation: Installation,
    processes: tuple[Process, ...],
    import_root: str,
) -> LocalProject:
    """Return what must be installed because its code is not importable from the work directory, or its script is a command."""
    distribution = finding.manifest.distribution
    itself = (
        distribution
        if distribution and _is_needed(distribution, finding, processes, import_root)
        else None
    )
    return LocalProject(
        itself=itself,
        folders=installation.recipe.local,
        metadata=_metadata_files(project, finding, itself) if itself else (),
        code=_code_folders(project, itself) if itself else (),
    )


def _is_needed(
    distribution: Distribution,
    finding: ManagerFinding,
    processes: tuple[Process, ...],
    import_root: str,
) -> bool:
    if not distribution.installable:
        return False
    scripts = {script.name for script in distribution.scripts}
    commands = {word for process in processes for word in process.command}
    wished = any(wish.reference in {".", "./"} for wish in finding.manifest.requirements)
    return bool(scripts & commands) or import_root == "src" or wished


def _metadata_files(
    project: Project, finding: ManagerFinding, itself: Distribution
) -> tuple[str, ...]:
    names = {
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "MANIFEST.in",
        "versioneer.py",
        itself.readme,
        *itself.license_files,
    }
    names.update(path for path in finding.manifest.also_read if "/" not in path)
    present = set(project.source.top_level)
    return tuple(sorted(name for name in names if name in present))


def _code_folders(project: Project, itself: Distribution) -> tuple[str, ...]:
    present = set(project.source.top_level)
    if "src/" in present:
        return ("src",)
    wanted = {package.split(".")[0].split("/")[0] for package in itself.packages} or set(
        project.source.modules
    )
    folders = [name for name in sorted(wanted) if f"{name}/" in present]
    files = [f"{name}.py" for name in sorted(wanted) if f"{name}.py" in present]
    return tuple(
        name
        for name in (*folders, *files)
        if name not in {"tests", "test", "docs", "conftest.py", "setup.py"}
    )


def extra_contexts(local: LocalProject) -> tuple[tuple[str, str], ...]:
    """Return (name, path) of the folders outside the root, for `--build-context` and compose."""
    return tuple((context_name(folder), folder) for folder in local.folders if context_name(folder))


def project_stage(local: LocalProject, request: InstallRequest, parent: str) -> tuple[Stage, ...]:
    """Return the stage that builds the wheels, () where nothing local is installed."""
    if not local.exists:
        return ()
    variable = _version_variable(local.itself)
    version_file = local.itself.version_file if local.itself else ""
    build = f"UV_LINK_MODE=copy uv build --quiet --wheel --out-dir {_WHEELS}"
    commands = [f"{build} {_place(folder)}" for folder in local.folders]
    if version_file:
        commands.append(_VERSIONEER.format(quote(version_file)))
    if local.itself:
        commands.append(f'{variable}="$VERSION" {build}' if variable else build)
    return (
        Stage(
            name="project",
            parent=parent,
            comment=_comment(local),
            args=(("VERSION", "0.0.0"),) if variable or version_file else (),
            workdir="/project",
            copies=_copies(local),
            project=(Run(commands=tuple(commands), mounts=(UV_CACHE, uv_mount(request))),),
        ),
    )


def _comment(local: LocalProject) -> str:
    what = " and ".join(
        ("the project itself",) * bool(local.itself)
        + ("what it takes from its own folders",) * bool(local.folders)
    )
    return f"Builds {what} as wheels: only that source and its metadata can change this stage. Not shipped."


def _place(folder: str) -> str:
    return f"/outside/{context_name(folder)}" if context_name(folder) else folder


def _copies(local: LocalProject) -> tuple[Copy, ...]:
    copies = [
        source_copy(folder, _place(folder))
        if context_name(folder)
        else Copy(sources=(folder,), destination=folder)
        for folder in local.folders
    ]
    if local.itself and local.metadata:
        copies.append(Copy(sources=local.metadata, destination="./"))
    copies += [Copy(sources=(name,), destination=name) for name in local.code]
    return tuple(copies)


def _version_variable(distribution: Distribution | None) -> str:
    """Return the variable that gives a version to a build backend that would ask version control: the image has no .git."""
    if distribution is None or distribution.version_from_scm in {"", "versioneer"}:
        return ""
    return {
        "poetry-dynamic-versioning": "POETRY_DYNAMIC_VERSIONING_BYPASS",
        "uv-dynamic-versioning": "UV_DYNAMIC_VERSIONING_BYPASS",
        "pdm-backend": "PDM_BUILD_SCM_VERSION",
        "pbr": "PBR_VERSION",
    }.get(distribution.version_from_scm, "SETUPTOOLS_SCM_PRETEND_VERSION")


def install_wheels(local: LocalProject, request: InstallRequest) -> tuple[Run, ...]:
    """Return the step of the runtime stage that installs the wheels."""
    if not local.exists:
        return ()
    return (Run(commands=(_INSTALL_WHEELS,), mounts=(UV_CACHE, uv_mount(request), _WHEEL_MOUNT)),)


def install_editable(local: LocalProject, request: InstallRequest) -> tuple[Run, ...]:
    """Return the step of the dev stage that makes the source importable where it lies, so that an edit is seen at once."""
    if not local.exists:
        return ()
    inside = [folder for folder in local.folders if not context_name(folder)]
    places = (
        *(f" --editable ./{folder}" for folder in inside),
        *((" --editable .",) if local.itself else ()),
    )
    commands: list[str] = []
    mounts = [UV_CACHE, uv_mount(request)]
    if len(inside) < len(local.folders):
        # All wheels at first; what lies inside the root is editable after the next command.
        mounts.append(_WHEEL_MOUNT)
        commands.append(_INSTALL_WHEELS)
    if places:
        commands.append(f"UV_LINK_MODE=copy uv pip install --no-deps{''.join(places)}")
    return (Run(commands=tuple(commands), mounts=tuple(mounts)),)
