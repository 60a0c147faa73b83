"""What each distribution asks of the system: packages, tools that fetch it, CUDA."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockwright.decide.knowledge import load_table
from dockwright.decide.knowledge.images import DistributionRelease, suite_of
from dockwright.decide.knowledge.native_packages import (
    NativePackage,
    compiler,
    load_triggers,
    native_package,
)
from dockwright.decide.wheels import Arrival, Libc, Target, accepts, target_on
from dockwright.model.dependencies import (
    MAIN,
    Distribution,
    LockedDistribution,
    ManagerFinding,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import BaseImage, SystemPackage, SystemPackages
from dockwright.model.project import Project
from dockwright.model.settings import Settings

BUILD, RUNTIME = "build", "runtime"
FAMILIES = {"debian": "debian", "ubuntu": "debian", "alpine": "alpine"}
# The back end of a database that loads an extension by its file name.
_SPATIALITE = "django.contrib.gis.db.backends.spatialite"


@dataclass(kw_only=True, eq=False)
class SystemRequest:
    """What is looked at, and what was found: needs, notices, and what the runtime stage runs."""

    project: Project
    finding: ManagerFinding
    image: BaseImage
    settings: Settings
    distributions: tuple[LockedDistribution, ...]
    arrivals: tuple[Arrival, ...]
    needs: list[SystemPackage] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    @property
    def family(self) -> str:
        """Whose names are used, Debian's where nobody has written down the image's own."""
        return FAMILIES.get(self.image.family, "debian")

    @property
    def suite(self) -> DistributionRelease | None:
        """The release that the image is made of, None for one that is unknown."""
        return suite_of(self.image.suite)

    def tell(self, code: str, text: str, remedy: str = "", origin: Origin | None = None) -> None:
        """Add a notice."""
        self.notices.append(Notice(code=code, text=text, origin=origin, remedy=remedy))

    def need(self, names: Iterable[str], stage: str, needed_by: str, because: str) -> None:
        """Add the packages `names`."""
        self.needs += [
            SystemPackage(name=name, stage=stage, needed_by=(needed_by,), because=because)
            for name in names
        ]

    def spelled(self, name: str) -> str:
        """Return what the image's release calls `name` of the tables, "" for no such package."""
        return self.suite.names.get(name, name) if self.suite else name


def ask_for(request: SystemRequest, entry: Arrival) -> None:
    """Add what one distribution needs, and what the owner should know about it."""
    row, wishes = entry.row, request.finding.manifest.requirements
    asked = (wanted.extras for wanted in wishes if wanted.name == entry.name)
    extras = frozenset(entry.distribution.extras).union(*asked)
    direct = frozenset(wanted.name for wanted in wishes)
    for_others = row is not None and _only_for_others(row, request.distributions, direct)
    if not for_others:
        _tell(request, entry)
    if row is None and entry.compiled:
        # g++ brings gcc and the headers of libc with it.
        _ask_compilers(request, entry.name, ("c++",), _why(entry))
    if row is None or for_others:
        return
    names = frozenset(dist.name for dist in request.distributions)
    satisfied = _is_satisfied(row, extras, names)
    # `build` and `linked` only where it is compiled: a wheel brings its libraries along.
    for part in (row, *(part for extra, part in row.extras if extra in extras)):
        packages = part.family(request.family)
        if entry.compiled:
            _ask_compilers(request, entry.name, part.compilers, _why(entry))
            request.need(packages.build, BUILD, entry.name, _why(entry))
        if entry.from_source:
            linked = f"{entry.name} is linked against it"
            request.need(packages.linked, RUNTIME, entry.name, linked)
        if part is not row or not satisfied:
            request.need(packages.loaded, RUNTIME, entry.name, row.evidence)
    if not satisfied:
        request.environment |= dict(row.environment + row.family(request.family).environment)
        request.commands += [row.command] if row.command else []


def _is_satisfied(row: NativePackage, extras: frozenset[str], names: frozenset[str]) -> bool:
    # psycopg-binary or psycopg[binary] brings the libpq that psycopg would open.
    own = {f"{row.name}[{extra}]" for extra in extras}
    return any(other in names or other in own for other in row.unless)


def _only_for_others(
    row: NativePackage, distributions: tuple[LockedDistribution, ...], direct: frozenset[str]
) -> bool:
    # Streamlit requires GitPython, and runs without git: nobody else wants it then.
    if not row.not_for or row.name in direct:
        return False
    wanting = {dist.name for dist in distributions if row.name in dist.depends_on}
    # A lock that names no dependencies leaves it at who is there.
    if wanting:
        return wanting <= set(row.not_for)
    return any(dist.name in row.not_for for dist in distributions)


def _why(entry: Arrival) -> str:
    return f"{entry.name} is compiled: {entry.because}"


def ask_for_itself(request: SystemRequest, own: Distribution) -> None:
    """Add the compiler for an extension module of the project itself."""
    rust = "rust" in own.build_backend or own.build_backend.startswith("maturin")
    because = f"{own.name} has an extension module of its own"
    _ask_compilers(request, own.name, ("rust" if rust else "c++",), because)


def _ask_compilers(
    request: SystemRequest, needed_by: str, names: tuple[str, ...], because: str
) -> None:
    for name in names:
        packages = compiler(name, request.family)
        runtime = f"the runtime library of {name}, for {needed_by}"
        request.need(packages.build, BUILD, needed_by, because)
        request.need(packages.linked, RUNTIME, needed_by, runtime)


def _tell(request: SystemRequest, entry: Arrival) -> None:
    # What the build would say late, or not at all.
    dist, row = entry.distribution, entry.row
    named, suggest = f"{dist.name} {dist.version}", row.suggest if row else ""
    if entry.missing_on:
        text = f"{named} has neither a wheel nor a source for {', '.join(entry.missing_on)}."
        other = "Give it a marker (sys_platform), another version, or name the `platforms`."
        remedy = f"Depend on {suggest} instead." if suggest else other
        request.tell("no-file-for-platform", text, remedy, dist.origin)
    if row is None and entry.compiled:
        text = f"{named} is compiled ({entry.because}), and it is not known which libraries that "
        text += "takes: the build stage gets a compiler for C and C++ only."
        remedy = "If the build fails, name what it looks for in `build-packages` (the -dev "
        remedy += "package) and `packages` (the library)."
        request.tell("unknown-native-package", text, remedy, dist.origin)
    elif row is not None:
        for note in filter(None, (row.note, row.build_note if entry.compiled else "")):
            request.tell("native-package", note, "", dist.origin)
        if entry.compiled and suggest:
            remedy = f"Depend on {suggest} if it can take the place of {entry.name}."
            text = f"{_why(entry)}. {suggest} needs no compiler."
            request.tell("compiled-without-need", text, remedy, dist.origin)
        away = row.family(request.family).unavailable
        if away and (entry.compiled or row.debian.loaded):
            text = f"{entry.name} needs system packages that this image cannot have: {away}."
            remedy = "Choose an image on Debian, or provide them in a fragment of the stage."
            request.tell("system-package-unavailable", text, remedy, dist.origin)


def ask_for_triggers(request: SystemRequest) -> None:
    """Add what no distribution names: GeoDjango, Tk, and the tools that fetch requirements."""
    application = request.project.application
    engines = (django.database_engine for django in application.django)
    used = (
        ("django.contrib.gis", "django.contrib.gis", any(one.gis for one in application.django)),
        (_SPATIALITE, "spatialite", _SPATIALITE in engines),
        ("tkinter", "tkinter", "tkinter" in application.imported),
    )
    found = [(key, needed_by) for key, needed_by, is_used in used if is_used]
    for key, needed_by in (*found, *sorted(_fetched(request))):
        trigger = load_triggers()[key]
        names = trigger.family(request.family)
        request.need(names.build, BUILD, needed_by, trigger.evidence)
        request.need(names.loaded, RUNTIME, needed_by, trigger.evidence)
        if trigger.note and request.family == "alpine":
            request.tell("native-package", trigger.note)


def _fetched(request: SystemRequest) -> set[tuple[str, str]]:
    # Keys of triggers.toml with names: the tool that fetches must be in the build stage.
    finding, locked = request.finding, request.distributions
    known = {entry.name for entry in finding.lock.distributions} if finding.lock else set()
    # A requirement that a stale lock lacks will be in the next lock.
    wanted = (
        entry
        for entry in finding.manifest.requirements
        if not locked or (entry.group == MAIN and entry.name not in known)
    )
    entries: list[LockedDistribution | Requirement] = [*locked, *wanted]
    of_git = (entry for entry in entries if entry.source is SourceKind.GIT)
    return {(_fetcher(entry.reference), entry.name) for entry in of_git}


def _fetcher(reference: str) -> str:
    scheme = re.split(r"\+|://", reference)[0]
    if scheme in ("hg", "svn", "bzr"):
        return f"{scheme}-requirement"
    return "ssh-requirement" if is_ssh(reference) else "git-requirement"


def is_ssh(reference: str) -> bool:
    """Whether a repository is fetched over ssh: by URL (ssh://) or as git@HOST:PATH."""
    return "ssh://" in reference or reference.startswith("git@") or "git+git@" in reference


def development_notices(
    finding: ManagerFinding,
    groups: tuple[str, ...],
    installed: tuple[LockedDistribution, ...],
    system: SystemPackages,
    image: BaseImage,
    settings: Settings,
) -> tuple[Notice, ...]:
    """Return a notice for what only the development `groups` install and the stage dev lacks."""
    # Only what the manifest asks for, what a plugin of pytest brings, and what has a command of its
    # own (it downloads a browser).
    locked = finding.lock.distributions if finding.lock else ()
    known = {entry.name for entry in (*locked, *installed)}
    # Many lock production alone: then the manifest is asked.
    wanted = [one.as_locked() for one in finding.manifest.requirements if one.name not in known]
    names = {entry.name for entry in installed}
    chosen = tuple(
        entry
        for entry in (*locked, *wanted)
        if entry.name not in names and not set(groups).isdisjoint(entry.groups)
    )
    direct = frozenset(one.name for one in finding.manifest.requirements)
    plugins = (entry.depends_on for entry in chosen if entry.name.startswith("pytest-"))
    asked, there = direct.union(*plugins), frozenset(names.union(entry.name for entry in chosen))
    found = []
    for entry in chosen:
        row = native_package(entry.name)
        row = row.at(entry.version) if row and entry.version else row
        if (
            row is not None
            and (entry.name in asked or row.command)
            and not _only_for_others(row, chosen, direct)
            and not _is_satisfied(row, frozenset(entry.extras), there)
        ):
            found.append(_development_notice(entry, row, system, image, settings))
    return tuple(filter(None, found))


def _development_notice(
    entry: LockedDistribution,
    row: NativePackage,
    system: SystemPackages,
    image: BaseImage,
    settings: Settings,
) -> Notice | None:
    # The remedy are settings that can be pasted: nothing is installed that nobody asked for.
    packages, suite = row.family(FAMILIES.get(image.family, "debian")), suite_of(image.suite)
    # What the owner has cured already is not told again.
    own = [stage for name, stage in settings.stages if name in ("base", "build", "dev", "test")]
    present = {package.name for package in system.runtime}.union(image.contents)
    present = present.union(*(stage.packages for stage in own))
    lines = "\n".join(line for stage in own for line in (*stage.before, *stage.after))
    spelled = [suite.names.get(name, name) if suite else name for name in packages.loaded]
    missing = [name for name in spelled if name and name not in present]
    command = "" if any(name in lines for name in row.commands) else row.command
    unwanted = not set(settings.without_packages).isdisjoint(spelled)
    if unwanted or not (missing or command or packages.unavailable):
        return None
    remedies = [f"stages.dev.packages = {json.dumps(missing)}"] if missing else []
    if command:
        remedies += [
            f"stages.dev.environment.{name} = {json.dumps(value)}"
            for name, value in row.environment + packages.environment
        ]
        remedies.append(f"stages.dev.after = {json.dumps([f'RUN {command}'])}")
    if packages.unavailable:
        remedies = ['base = "slim", where it can be had']
    needs = [f"`{command}`"] * bool(command) + missing
    return Notice(
        code="development-packages",
        text=f"{entry.name} belongs to a development group, and its needs are not in the "
        f"stages dev and test: {packages.unavailable or ', '.join(needs)}",
        origin=entry.origin,
        remedy=f"set {', '.join(remedies)}",
    )


def opens_cuda_of_the_system(distributions: tuple[LockedDistribution, ...]) -> str:
    """Return the first distribution that only works where the image itself has CUDA, or ""."""
    rows, there = load_table("accelerators"), distributions
    lacking = (one.name for one in there if one.name in rows and _lacks_cuda(rows[one.name], there))
    return next(lacking, "")


def _lacks_cuda(row: Mapping[str, Any], distributions: tuple[LockedDistribution, ...]) -> bool:
    needs = () if row["bundles"] else row.get("needs", ())
    names = [dist.name for dist in distributions]
    return not all(any(name.startswith(need) for name in names) for need in needs)


def accelerator_notices(
    distributions: tuple[LockedDistribution, ...],
    python: str,
    platforms: tuple[str, ...],
    libc: Libc,
) -> tuple[Notice, ...]:
    """Return how much CUDA adds, what leaves it out, what is missing for it; `python` is X.Y."""
    found, rows = [], load_table("accelerators")
    for dist in (one for one in distributions if one.name in rows):
        name, row = dist.name, rows[dist.name]
        prefixes, cpu = tuple(row["libraries"]), _for_cpu(row)
        libraries = [other for other in distributions if other.name.startswith(prefixes)]
        because = _built_for_cuda(dist, row, libraries)
        if _lacks_cuda(row, distributions):
            text = f"{name} opens CUDA libraries that neither its wheel nor the lock brings."
            remedy = f"Depend on {name}[{row['complete_with']}], which locks them, or set `base` "
            remedy += f"to an nvidia/cuda image. {cpu}".rstrip()
            found.append(Notice(code="cuda-from-the-image", text=text, remedy=remedy))
        elif because:
            targets = [target_on(platform, python, libc) for platform in platforms]
            # As far as the lock says sizes: uv.lock does, Pipfile.lock does not.
            size = max(_download((dist, *libraries), target) for target in targets) // 1_000_000
            downloads = f"{size} MB of downloads" if size else "some gigabytes"
            text = f"{name} {dist.version} is built for CUDA ({because}): it adds {downloads} to "
            text += "the image with its libraries, and about twice that unpacked."
            found.append(Notice(code="gpu-libraries", text=text, remedy=cpu))
    return tuple(found)


def _built_for_cuda(
    dist: LockedDistribution, row: Mapping[str, Any], libraries: list[LockedDistribution]
) -> str:
    # What says that this build is for a GPU, "" where it is for the CPU.
    # The local version says it best (2.8.0+cu128), then the index, then what is locked beside it.
    local = dist.version.partition("+")[2]
    if local and local.startswith(tuple(row.get("gpu_local", ()))):
        return f"its version is {dist.version}"
    of_cpu = dist.index.rstrip("/") == row.get("cpu_index", "none")
    if of_cpu or (local and local == row.get("cpu_local")):
        return ""
    if libraries:
        return f"{libraries[0].name} is locked beside it"
    return "" if row["bundles"] else "it is built for CUDA"


def _download(distributions: Iterable[LockedDistribution], target: Target) -> int:
    # As far as the lock says sizes: uv.lock does, Pipfile.lock does not.
    return sum(
        next((file.size or 0 for file in dist.files if accepts(file.name, target)), 0)
        for dist in distributions
    )


def _for_cpu(row: Mapping[str, Any]) -> str:
    # Most web services that lock torch run where there is no GPU.
    cpu_only = "Where it runs on the CPU only,"
    if row.get("cpu_instead"):
        return f"{cpu_only} depend on {row['cpu_instead']} instead."
    if not row.get("cpu_index"):
        return ""
    members, index = ", ".join(row["members"]), row["cpu_index"]
    return f"{cpu_only} take {members} from the index {index} and lock again."
