"""What of the project is built as a wheel, and what of its source goes into the image then."""

from packaging.utils import canonicalize_name

from dockwright.decide.ignore import is_left_out
from dockwright.decide.install import Installation, context_name
from dockwright.decide.knowledge import load_table
from dockwright.decide.manager import asks_for_itself
from dockwright.model.application import Application
from dockwright.model.artifact import NamedContext, WheelStage
from dockwright.model.dependencies import ITSELF, Distribution, Manager, ManagerFinding
from dockwright.model.plan import Process
from dockwright.model.project import Project
from dockwright.model.settings import Settings


def own_distribution(
    finding: ManagerFinding, processes: tuple[Process, ...], application: Application
) -> Distribution | None:
    """Return the project's own distribution where it must be installed, None elsewhere.

    It must where a manifest asks for it, where a process starts one of its console scripts, where
    its code asks for its own version or finds its plugins, where something of it is compiled, and
    where its code lies below src/. There the source serves as well if the wheel would lack data.
    """
    own = finding.manifest.distribution
    # uv installs every folder that a pylock.toml names, this one too.
    if own is None or not own.installable or finding.manager is Manager.PYLOCK:
        return None
    scripts = {script.name for script in own.scripts}
    commands = {word for process in processes for word in process.command}
    tails = (package.rpartition("/")[2].removesuffix(".py") for package in own.packages)
    packages = {canonicalize_name(name) for name in tails}
    name = canonicalize_name(own.name.removesuffix(".py"))
    metadata = {name, *packages} & {*application.asked_versions}
    named = any(one.reference in ITSELF for one in finding.manifest.requirements)
    if scripts & commands or metadata or own.plugins or own.extension or named:
        return own
    root = application.web[0].import_root if application.web else ""
    below = bool(root) and root == own.import_root
    # What its own manager would install: a package that is called like the project.
    called = canonicalize_name(own.name) in packages
    usual = below or asks_for_itself(finding) or (called and own.build_requires)
    return own if usual and not own.loses_data else None


def plan_wheels(
    installation: Installation, itself: Distribution | None, *, compiled: bool
) -> WheelStage | None:
    """Return the stage that builds the wheels, None where nothing of the project is installed."""
    contexts = [
        NamedContext(name=context_name(one), path=one)
        for one in installation.folders
        if context_name(one)
    ]
    outside = {one.path: f"/outside/{one.name}" for one in contexts}
    places = [outside.get(folder, folder) for folder in installation.folders]
    places += ["."] if itself else []
    if not places:
        return None
    ready = tuple(place for place in places if place.endswith(".whl"))
    step = installation.step
    return WheelStage(
        because=_because(itself, installation.folders),
        parent="build" if compiled else "base",
        folders=tuple(place for place in places if place not in ready),
        ready=ready,
        contexts=tuple(contexts),
        version_variable=_version_variable(itself),
        cache_id=step.cache_id if step and compiled else "",
        complete=installation.complete,
        with_extras=installation.with_extras,
    )


def _because(itself: Distribution | None, folders: tuple[str, ...]) -> str:
    if itself and not folders:
        lacks = ". It lacks data, so the source is copied too." if itself.loses_data else "."
        return f"This project is a package: its wheel is built here and installed below{lacks}"
    if not itself and all(folder.endswith(".whl") for folder in folders):
        return f"Installed below as the project has it: {', '.join(folders)}."
    if len(folders) == 1 and not itself:
        return f"{folders[0]} is built as a wheel here and installed below."
    names = ", ".join(("this project",) * bool(itself) + folders)
    return f"Built as wheels here and installed below: {names}."


def _version_variable(distribution: Distribution | None) -> str:
    # versioneer knows no variable: without version control it says 0+unknown.
    if distribution is None or distribution.version_from_scm in {"", "versioneer"}:
        return ""
    variables = load_table("own-wheels")["version-variables"]
    return str(variables.get(distribution.version_from_scm, "SETUPTOOLS_SCM_PRETEND_VERSION"))


# What is left of the source beside a project that is installed


def source_copies(
    project: Project,
    settings: Settings,
    itself: Distribution | None,
    folders: tuple[str, ...],
    manifest: str,
) -> tuple[str, ...]:
    """Return the arguments of COPY for the source: all of it, or what the wheel does not hold.

    `manifest` is the path of the manifest that is installed from.
    """
    # Where the wheel lacks data, and where a server finds the code in its own folder, the source
    # is what runs.
    in_place = itself is not None and not itself.import_root and not itself.extension
    if itself is None or itself.loses_data or (in_place and project.application.web):
        below = _only_folder(project, manifest)
        return (f"{below} {below}" if below else ". .",)
    opened = {one.value.partition("/")[0] for one in project.application.opened}
    installed = {*_code_of(project, itself), *(folder.split("/")[0] for folder in folders)}
    left = [
        name
        for name in project.source.top_level
        if name.rstrip("/") not in installed
        and (name.rstrip("/") in opened or _belongs_to_the_program(name))
        # COPY fails for a file that the ignore file leaves out.
        and not is_left_out(name.rstrip("/"), project, settings)
    ]
    files = [name for name in left if not name.endswith("/")]
    return (
        *((f"{' '.join(files)} ./",) if files else ()),
        *(f"{name.rstrip('/')} {name.rstrip('/')}" for name in left if name.endswith("/")),
    )


def _only_folder(project: Project, manifest: str) -> str:
    """Return the folder of manifest and code where both lie beside a front end, "" elsewhere."""
    below, found = manifest.partition("/")[0], project.application
    used = [one.origin.path for one in found.web]
    used += [one.origin.path for one in (*found.migrations, *found.processes)]
    inside = all(path.startswith(f"{below}/") for path in used)
    alone = set(project.source.modules) <= {below} and not found.opened
    return below if below != manifest and used and inside and alone else ""


def _code_of(project: Project, itself: Distribution) -> tuple[str, ...]:
    present = set(project.source.top_level)
    if itself.import_root and f"{itself.import_root}/" in present:
        return (itself.import_root,)
    wanted = {package.split(".")[0].split("/")[0] for package in itself.packages} or set(
        project.source.modules
    )
    named = [name for name in sorted(wanted) if f"{name}/" in present]
    named += [f"{name}.py" for name in sorted(wanted) if f"{name}.py" in present]
    return tuple(
        name for name in named if name not in {"tests", "test", "docs", "conftest.py", "setup.py"}
    )


def _belongs_to_the_program(name: str) -> bool:
    table = load_table("own-wheels")["beside-the-program"]
    begins, ends = (".", *table["begins"]), tuple(table["ends"])
    return not (name in table["names"] or name.endswith(ends) or name.upper().startswith(begins))
