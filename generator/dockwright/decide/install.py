"""How the locked distributions get into /opt/venv, and who installs them."""

import re
from posixpath import basename, normpath
from shlex import quote

from dockwright.decide.manager import asks_for_itself, production_distributions
from dockwright.decide.native_needs import is_ssh
from dockwright.decide.tools import (
    TITLES,
    InstallRequest,
    check_command,
    export_options,
    flags,
    native_options,
    relock_command,
    tool_arguments,
)
from dockwright.errors import UsageError
from dockwright.model.artifact import Bind, BuildSecret, InstallStep, LockPlan
from dockwright.model.dependencies import (
    ITSELF,
    MAIN,
    Index,
    Installer,
    LockedDistribution,
    Manager,
    ManagerFinding,
    Requirement,
    SourceKind,
    Strategy,
    production_groups,
)
from dockwright.model.origin import Decision, Origin
from dockwright.model.record import record, replace

_EXPORTERS = (Manager.PIPENV, Manager.POETRY, Manager.PDM)
# How the lines of an exported list begin that name the project's own folders, as grep reads it.
_OWN_FOLDERS = {Manager.PIPENV: r"^(-e |\.)", Manager.POETRY: "^-e | @ file:"}
_GREP_SPECIAL = r"([.\[\]()*+?^$|{}\\])"


@record
class Installation:
    """The settled installation: `step` fills /opt/venv, `development` the one of the stage `dev`.

    `folders` are the project's own folders that are built as wheels beside it, `reads` the files of
    the build context that the steps name. `complete` says that the lock holds every distribution.
    """

    installer: Decision[Installer]
    step: InstallStep | None = None
    development: InstallStep | None = None
    lock: LockPlan | None = None
    folders: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    complete: bool = True
    with_extras: tuple[tuple[str, str], ...] = ()


def plan_installation(request: InstallRequest) -> Installation:
    """Return the installation; UsageError where the settings ask for an installer that is none."""
    manager = request.finding.manager
    installer = _choose_installer(request)
    if manager is Manager.NONE:
        return Installation(installer=installer)
    native = installer.value is Installer.NATIVE
    folders, extras = _own_folders(request), _with_extras(request)
    wishes = [one for one in request.finding.manifest.requirements if one.group == MAIN]
    # A requirements file that names nothing but own folders: their wheels bring the rest.
    if wishes and all(one.text for one in wishes):
        return Installation(
            installer=installer, folders=folders, complete=False, with_extras=extras
        )
    step = _step(request, folders, native=native, development=False)
    development = step
    if _has_development(request):
        development = _step(request, folders, native=native, development=True)
    lock = request.finding.lock
    unlisted = manager is Manager.REQUIREMENTS and not (lock and lock.hashed)
    return Installation(
        installer=installer,
        step=step,
        development=development,
        lock=LockPlan(file=request.lock_path, step=step) if step.relock else None,
        folders=() if (native and manager is Manager.PDM) or manager is Manager.PYLOCK else folders,
        reads=_reads(request),
        complete=manager is not Manager.SETUPTOOLS and not unlisted,
        with_extras=extras,
    )


def context_name(folder: str) -> str:
    """Return the name of the build context for a folder outside the root, "" for one inside."""
    return basename(folder).lower() if folder.startswith("..") else ""


# Who installs


def _choose_installer(request: InstallRequest) -> Decision[Installer]:
    finding, asked = request.finding, request.settings.installer
    name = finding.manager
    if asked == Installer.NATIVE and name in (Manager.PYLOCK, Manager.SETUPTOOLS):
        raise UsageError(
            f"nothing but uv installs from {request.lock_path} here",
            found="installer = native in the settings",
            rule="installer native is the manager's own: Pipenv, Poetry, PDM, uv, or pip",
            steps=("take the setting `installer` out, and uv reads the file as it stands",),
            example='installer = "auto"',
        )
    if asked == Installer.NATIVE:
        because = f"the settings choose {name}'s own installer"
        return Decision(value=Installer.NATIVE, because=because)
    if name not in _EXPORTERS:
        because = "uv reads the requirements as they stand, in a tenth of pip's time"
        because = "uv installs its own lock" if name is Manager.UV else because
        return Decision(value=Installer.UV, because=because)
    lost = _lost_in_an_export(request)
    if lost:
        return Decision(
            value=Installer.NATIVE,
            because=f"a list of requirements with hashes cannot say {lost}, so {name} installs",
            evidence=(Origin(path=finding.manifest.path),),
            instead_of=(Installer.UV,),
        )
    return Decision(
        value=Installer.UV,
        because=f"{name} checks the lock and lists it with every hash, uv installs that list",
        instead_of=(Installer.NATIVE,),
    )


def _lost_in_an_export(request: InstallRequest) -> str:
    """Return what the manager's list of requirements could not say, "" where it says it all."""
    manifest, lock = request.finding.manifest, request.finding.lock
    if any(not is_default_index(index) for index in manifest.indexes):
        return "which index a distribution comes from"
    if lock is not None and request.locked and not lock.exportable:
        return "what pdm.lock leaves open without the strategy inherit_metadata"
    entries = _taken(request)
    sources = {entry.source for entry in entries}
    locked = (one for one in entries if isinstance(one, LockedDistribution))
    if any(e.source is SourceKind.REGISTRY and not (e.hashes or e.files) for e in locked):
        return "hashes that the lock does not have"
    if SourceKind.GIT in sources:
        return "what comes from Git"
    if SourceKind.URL in sources:
        return "what comes from an address of its own"
    # PDM refuses to write hashes beside a folder.
    if SourceKind.PATH in sources and request.finding.manager is Manager.PDM:
        return "what lies in a folder"
    return ""


def is_default_index(index: Index) -> bool:
    """Whether an index is the one that every tool asks when nothing is said."""
    host = index.url.partition("://")[2].partition("/")[0].lower()
    return host in {"pypi.org", "pypi.python.org", "www.pypi.org"}


# The step that installs


def _step(
    request: InstallRequest, folders: tuple[str, ...], *, native: bool, development: bool
) -> InstallStep:
    match request.finding.manager:
        case Manager.UV:
            step = _uv(request, folders, development=development)
        case Manager.PIPENV | Manager.POETRY | Manager.PDM:
            step = _exporter(request, folders, native=native, development=development)
        case Manager.PYLOCK:
            own = (". .",) if asks_for_itself(request.finding) else _folder_copies(folders)
            step = replace(_common(request, "pylock"), copies=own)
        case _:
            step = _requirements(request, folders, native=native, development=development)
    name = f"{basename(step.cache).lstrip('.')}-{request.compiled_for}"
    lock = request.finding.lock if request.locked else None
    sources = (lock and lock.distributions) or request.finding.manifest.requirements
    return replace(
        step,
        development=development,
        cache_id=name if request.compiled_for else "",
        secrets=_secrets(request.finding),
        ssh=any(one.source is SourceKind.GIT and is_ssh(one.reference) for one in sources),
    )


def _common(request: InstallRequest, template: str) -> InstallStep:
    """Return the fields that are alike: the files are mounted, or copied where a lock is made."""
    files = _reads(request)
    relocks = bool(relock_command(request))
    return InstallStep(
        template=template,
        lock=request.lock_path,
        manifest=request.finding.manifest.path,
        relock=relock_command(request),
        why_relock=_why_relock(request) if relocks else "",
        binds=() if relocks else tuple(Bind(source=path, target=path) for path in files),
        copies=_copies(request, files) if relocks else (),
    )


def _uv(request: InstallRequest, folders: tuple[str, ...], *, development: bool) -> InstallStep:
    step, manifest = _common(request, "uv"), request.finding.manifest
    groups = tuple(name for name in request.all_groups if name not in manifest.default_groups)
    chosen = groups if development else request.settings.groups
    members, lock = request.finding.workspace_members, request.finding.lock
    locked = lock.distributions if lock is not None and request.locked else ()
    every: tuple[LockedDistribution | Requirement, ...] = (*locked, *manifest.requirements)
    names = sorted({one.name for one in every if one.reference.rstrip("/") in folders})
    parts = (
        "" if development else " --no-default-groups",
        " --no-install-workspace" if members else " --no-install-project",
        "" if members else flags("--no-install-package", tuple(names)),
        flags("--extra", request.settings.extras),
        flags("--group", chosen),
    )
    places = {one: normpath(f"/app/{one}/pyproject.toml") for one in folders if context_name(one)}
    outside = tuple(
        Bind(source="pyproject.toml", context=context_name(folder), target=target)
        for folder, target in places.items()
    )
    return replace(step, options="".join(parts), binds=(*step.binds, *outside))


def _exporter(
    request: InstallRequest, folders: tuple[str, ...], *, native: bool, development: bool
) -> InstallStep:
    """Return the step of Pipenv, Poetry or PDM: a list that uv installs, or their own install."""
    manager = request.finding.manager
    own = folders or asks_for_itself(request.finding)
    step = replace(
        _common(request, "native" if native else str(manager)),
        cache="/root/.cache",
        tool=tool_arguments(request, native=native),
        check=check_command(request, native=native),
    )
    if native:
        lost = _lost_in_an_export(request)
        why = f"a list with hashes cannot say {lost}" if lost else "the settings choose it"
        copied = _folder_copies(folders) if manager in (Manager.PDM, Manager.PIPENV) else ()
        return replace(
            step,
            options=native_options(request, development=development),
            why_native=f"{TITLES[manager]} itself installs, since {why}. It does not stay here.",
            copies=step.copies or copied,
        )
    return replace(
        step,
        exports=True,
        options=export_options(request, development=development),
        leaves_out=_OWN_FOLDERS.get(manager, "") if own else "",
    )


def _requirements(
    request: InstallRequest, folders: tuple[str, ...], *, native: bool, development: bool
) -> InstallStep:
    """Return the step for a requirements file, or for a manifest without a lock of its own."""
    settings, manifest = request.settings, request.finding.manifest
    wishes = manifest.requirements
    if request.finding.manager is Manager.SETUPTOOLS:
        groups = request.all_groups if development else settings.groups
        chosen = f"{flags('--extra', settings.extras)}{flags('--group', groups)}"
        step = _common(request, "requirements")
        return replace(step, hashed=False, options=f"{chosen} --requirement {manifest.path}")
    step = _common(request, "native" if native else "requirements")
    path = quote(step.lock)
    if native:
        why = "pip itself installs, since the settings choose it."
        command = f"pip install --requirement {path}"
        copied = step.copies or _folder_copies(folders)
        step = replace(step, cache="/root/.cache/pip", copies=copied)
        return replace(step, options=command, why_native=why)
    lock = request.finding.lock
    # One line with a hash: pip then wants one for every line, and so do we.
    hashed = bool(step.relock or (lock and lock.hashed) or any(w.hashed for w in wishes))
    pattern = _own_lines(wishes)
    others = any(not is_default_index(index) for index in manifest.indexes)
    # With hashes it does not matter which index a file comes from. Without them the first one that
    # knows the name counts, so that nobody can put a file of that name elsewhere.
    parts = (
        " --require-hashes" if hashed else "",
        " --index-strategy unsafe-best-match" if hashed and others else "",
        f" --requirement {'/tmp/requirements.txt' if pattern else path}",  # noqa: S108 - a tmpfs
    )
    options, exports = "".join(parts), bool(pattern)
    return replace(step, hashed=hashed, options=options, exports=exports, leaves_out=pattern)


def _own_lines(wishes: tuple[Requirement, ...]) -> str:
    """Return the pattern of the lines that name own folders: `.` begins nearly all of them."""
    texts = sorted({one.text for one in wishes if one.text and one.group == MAIN})
    if all(re.match(r"(-e )?\.", text) for text in texts):
        return r"^(-e )?\." if texts else ""
    escaped = (re.sub(_GREP_SPECIAL, r"\\\1", text) for text in texts)
    return f"^({'|'.join(escaped)})"


def _with_extras(request: InstallRequest) -> tuple[tuple[str, str], ...]:
    """Return (name of the wheel, extras) of own folders that are asked for with extras."""
    own = [one for one in request.finding.manifest.requirements if one.text and one.extras]
    return tuple((one.name.replace("-", "_"), ",".join(one.extras)) for one in own)


def _has_development(request: InstallRequest) -> bool:
    """Whether `dev` installs anything else than what is shipped."""
    manager = request.finding.manager
    if manager is Manager.UV:
        return bool(request.development or request.finding.manifest.default_groups)
    return bool(request.development) and manager not in (Manager.REQUIREMENTS, Manager.PYLOCK)


# Locking in the build


def _why_relock(request: InstallRequest) -> str:
    lock, manifest = request.lock_path, request.finding.manifest.path
    if request.finding.lock is None:
        newest = "each build takes the newest versions"
        return f"There is no {lock}: {newest}. `dockwright lock` writes one."
    if request.strategy is Strategy.UPDATE:
        return f"Locks again with the newest versions that {manifest} allows."
    if request.finding.manager is Manager.PIPENV:
        return f"Locks again with the newest versions that {manifest} allows: Pipenv keeps none."
    return "Locks again and keeps the versions that still fit."


def _copies(request: InstallRequest, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments of the COPYs that bring what a lock is made from."""
    if any(wish.reference in ITSELF for wish in request.finding.manifest.requirements):
        return (". .",)
    by_folder: dict[str, list[str]] = {}
    for path in files:
        by_folder.setdefault(path.rpartition("/")[0], []).append(path)
    copies = [f"{' '.join(paths)} {folder or '.'}/" for folder, paths in by_folder.items()]
    return (*copies, *_folder_copies(_own_folders(request)))


def _folder_copies(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments of COPY for own folders; those outside are build contexts."""
    places = ((context_name(folder), folder) for folder in folders)
    return tuple(
        f"--from={name} . {folder}" if name else f"{folder} {folder}" for name, folder in places
    )


# What the steps read


def _reads(request: InstallRequest) -> tuple[str, ...]:
    """Return the files of the build context that a step mounts or copies, the manifest first."""
    finding = request.finding
    manifest, lock = finding.manifest, finding.lock
    if finding.manager is Manager.PYLOCK:
        return (request.lock_path,)
    has_lock = lock is not None and lock.path != manifest.path
    locks = (lock.path,) if lock is not None and has_lock else ()
    # Pipenv, Poetry and PDM read the manifests of own folders only where they install them.
    also = manifest.also_read
    if finding.manager in (Manager.PIPENV, Manager.POETRY) and not _lost_in_an_export(request):
        also = ()
    readme = manifest.distribution.readme if manifest.distribution else ""
    checks_readme = bool(readme) and check_command(request, native=False) == "check --lock"
    files = (manifest.path, *also, *((readme,) if checks_readme else ()), *locks)
    if finding.manager is Manager.REQUIREMENTS and has_lock and request.locked:
        # What was compiled is installed without the file that it was compiled from.
        files = (*locks, *also)
    # A folder is copied, or built in the stage `wheel`: a mount cannot be written to.
    folders = {wish.reference.rstrip("/") for wish in manifest.requirements}
    return tuple(path for path in dict.fromkeys(files) if path.rstrip("/") not in folders)


def _taken(request: InstallRequest) -> tuple[LockedDistribution | Requirement, ...]:
    """Return what production installs: of the lock that is used, else of the manifest."""
    finding, settings = request.finding, request.settings
    if finding.lock is not None and request.locked:
        return production_distributions(finding, settings.groups, settings.extras)
    groups = production_groups(settings.groups, settings.extras)
    return tuple(one for one in finding.manifest.requirements if one.group in groups)


def _own_folders(request: InstallRequest) -> tuple[str, ...]:
    """Return the folders of distributions that production takes from there."""
    found = {one.reference for one in _taken(request) if one.source is SourceKind.PATH}
    return tuple(sorted(path.rstrip("/") for path in found - ITSELF))


def _secrets(finding: ManagerFinding) -> tuple[BuildSecret, ...]:
    """Return what private addresses ask for: variables that they name, else a netrc file."""
    private = [one for one in finding.manifest.indexes if one.needs_credentials or one.variables]
    names = {name for index in private for name in index.variables}
    names |= {name for one in finding.manifest.requirements for name in one.variables}
    variables = sorted(names)
    if private and not variables:
        return (BuildSecret(id="netrc", target="/root/.netrc"),)
    return tuple(BuildSecret(id=name, variable=name) for name in variables)
