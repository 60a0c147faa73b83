"""What is built from the project's own files as a wheel, and what of its source goes into the image
then.
"""

from dockwright.decide.ignore import is_left_out
from dockwright.decide.install import Installation, context_name
from dockwright.model.artifact import NamedContext, WheelStage
from dockwright.model.dependencies import Distribution, ManagerFinding
from dockwright.model.plan import Process
from dockwright.model.project import Project
from dockwright.model.settings import Settings

_VERSION_VARIABLES = {
    "poetry-dynamic-versioning": "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "uv-dynamic-versioning": "UV_DYNAMIC_VERSIONING_BYPASS",
    "pdm-backend": "PDM_BUILD_SCM_VERSION",
    "pbr": "PBR_VERSION",
}
"""The variable that tells a build backend the version which it would ask version control for."""


def own_distribution(
    finding: ManagerFinding, processes: tuple[Process, ...], import_root: str
) -> Distribution | None:
    """Return the project's own distribution where it must be installed, None elsewhere.

    It must where a manifest asks for it, where its code lies below src/, and where a process starts
    one of its console scripts.
    """
    distribution = finding.manifest.distribution
    if distribution is None or not distribution.installable:
        return None
    scripts = {script.name for script in distribution.scripts}
    commands = {word for process in processes for word in process.command}
    wished = any(wish.reference in {".", "./"} for wish in finding.manifest.requirements)
    return distribution if scripts & commands or import_root == "src" or wished else None


def plan_wheels(
    installation: Installation, itself: Distribution | None, *, compiled: bool
) -> WheelStage | None:
    """Return the stage that builds the wheels, None where nothing of the project is installed."""
    places = (*map(_place, installation.folders), *((".",) if itself else ()))
    if not places:
        return None
    ready = tuple(place for place in places if place.endswith(".whl"))
    outside = [folder for folder in installation.folders if context_name(folder)]
    step = installation.step
    return WheelStage(
        because=_because(itself, installation.folders),
        parent="build" if compiled else "base",
        folders=tuple(place for place in places if place not in ready),
        ready=ready,
        contexts=tuple(NamedContext(name=context_name(one), path=one) for one in outside),
        version_variable=_version_variable(itself),
        cache_id=step.cache_id if step and compiled else "",
        complete=installation.complete,
    )


def _because(itself: Distribution | None, folders: tuple[str, ...]) -> str:
    if itself and not folders:
        return "This project is a package: its wheel is built here and installed below."
    if not itself and all(folder.endswith(".whl") for folder in folders):
        return f"Installed below as the project has it: {', '.join(folders)}."
    if len(folders) == 1 and not itself:
        return f"{folders[0]} is built as a wheel here and installed below."
    names = ", ".join(("this project",) * bool(itself) + folders)
    return f"Built as wheels here and installed below: {names}."


def _place(folder: str) -> str:
    name = context_name(folder)
    return f"/outside/{name}" if name else folder


def _version_variable(distribution: Distribution | None) -> str:
    # versioneer knows no variable: without version control it says 0+unknown.
    if distribution is None or distribution.version_from_scm in {"", "versioneer"}:
        return ""
    return _VERSION_VARIABLES.get(distribution.version_from_scm, "SETUPTOOLS_SCM_PRETEND_VERSION")


# What is left of the source beside a project that is installed

_NOT_THE_PROGRAM = frozenset(
    {
        "tests/", "test/", "docs/", "doc/", "examples/", "scripts/", "dist/", "build/", "Pipfile",
        "Pipfile.lock", "pyproject.toml", "poetry.lock", "uv.lock", "pdm.lock", "pylock.toml",
        "setup.py", "setup.cfg", "MANIFEST.in", "Makefile", "Procfile", "Dockerfile",
        "compose.yaml",
        "compose.yml", "docker-compose.yml", "docker-compose.yaml", "tox.ini", "noxfile.py",
        "pytest.ini", "mypy.ini", "ruff.toml", "justfile", "Justfile", "apt.txt", "Aptfile",
        "runtime.txt", "mise.toml", "dockwright.toml", "poetry.toml", "pdm.toml", "conftest.py",
    }
)  # fmt: skip
_PROSE = (".md", ".rst", ".txt", ".yml", ".yaml", ".egg-info/")
_PROSE_NAMES = ("LICENSE", "LICENCE", "README", "CHANGELOG", "CONTRIBUTING", "NOTICE")


def source_copies(
    project: Project, settings: Settings, itself: Distribution | None, folders: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the arguments of COPY for the source: all of it, or what the wheel does not hold."""
    if itself is None:
        return (". .",)
    installed = {*_code_of(project, itself), *(folder.split("/")[0] for folder in folders)}
    left = [
        name
        for name in project.source.top_level
        if name.rstrip("/") not in installed
        and _belongs_to_the_program(name)
        # COPY fails for a file that the ignore file leaves out.
        and not is_left_out(name.rstrip("/"), project, settings)
    ]
    files = [name for name in left if not name.endswith("/")]
    return (
        *((f"{' '.join(files)} ./",) if files else ()),
        *(f"{name.rstrip('/')} {name.rstrip('/')}" for name in left if name.endswith("/")),
    )


def _code_of(project: Project, itself: Distribution) -> tuple[str, ...]:
    present = set(project.source.top_level)
    if "src/" in present:
        return ("src",)
    wanted = {package.split(".")[0].split("/")[0] for package in itself.packages} or set(
        project.source.modules
    )
    named = [name for name in sorted(wanted) if f"{name}/" in present]
    named += [f"{name}.py" for name in sorted(wanted) if f"{name}.py" in present]
    return tuple(
        name for name in named if name not in {"tests", "test", "docs", "conftest.py", "setup.py"}
    )


def _belongs_to_the_program(name: str) -> bool:
    if name.startswith(".") or name in _NOT_THE_PROGRAM or name.endswith(_PROSE):
        return False
    return not name.upper().startswith(_PROSE_NAMES)
