"""The answers that templates/Dockerfile.j2 lays out, put together from the single decisions."""

import re
from shlex import quote

from dockwright.decide.install import Installation, context_name
from dockwright.decide.process_request import ProcessRequest
from dockwright.model.application import DjangoProject
from dockwright.model.artifact import (
    BuildStage,
    DevelopmentStage,
    DockerfilePlan,
    FrontEndStage,
    Lines,
    PackageLayer,
    Pairs,
    ShippedImage,
    StaticFiles,
    StopSignal,
    WheelStage,
    WritableFolder,
)
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.plan import BaseImage, Process, SystemPackage, SystemPackages
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings, StageSettings

_FETCHERS = frozenset({"git", "openssh-client", "mercurial", "subversion", "brz"})
"""What brings a requirement from version control: nothing is compiled with it."""

_MANY = 3
"""More names than these are counted: `inspect --why` lists them."""

_LINE = 108
"""Characters that a comment may have after its `# `."""


@record
class DockerfileRequest:
    """All that the file is made of. `source` is the file that the header names."""

    source: str
    finding: ManagerFinding
    settings: Settings
    image: BaseImage
    installation: Installation
    system: SystemPackages
    uv: str
    wheel: WheelStage | None
    copies: tuple[str, ...]
    processes: tuple[Process, ...]
    web: Process | None
    compiled: tuple[str, ...] = ()
    front_ends: tuple[FrontEndStage, ...] = ()
    static: StaticFiles | None = None
    writable: tuple[WritableFolder, ...] = ()
    labels: Pairs = ()
    test_command: tuple[str, ...] = ()

    @property
    def installs(self) -> bool:
        """Whether there is a virtual environment."""
        return self.installation.step is not None or self.wheel is not None

    @property
    def compiles(self) -> bool:
        """Whether a stage of its own fetches or compiles: packages that the image does not keep are
        needed.
        """
        wanted = self.system.build or _has_lines(self.settings, "build")
        return self.installation.step is not None and bool(wanted)


def plan_dockerfile(request: DockerfileRequest) -> DockerfilePlan:
    """Return all answers, for the one image that is shipped and for the stages that are
    asked for.
    """
    image, settings = request.image, request.settings
    first = request.web or next(iter(request.processes), None)
    dev = _development(request, first)
    shipped = bool(image.build_reference) and request.installs
    tests = request.test_command if dev and "test" in settings.targets else ()
    stages = dict(settings.stages)
    return DockerfilePlan(
        image=(image.build_reference if shipped else "") or image.pinned,
        source=request.source,
        syntax=settings.syntax,
        uv=request.uv if request.installs else "",
        digest_of=image.reference.rpartition(":")[0] if image.digest else "",
        user=settings.user,
        creates_user=_creates_user(image, shipped=shipped),
        has_base=bool(request.compiles or request.wheel or dev or shipped),
        byte_compile=settings.byte_compile,
        python_packages=_layer(image.packages, image.installs, ()),
        system_environment=_system_environment(request),
        front_ends=request.front_ends,
        build=_build(request) if request.compiles else None,
        wheel=request.wheel,
        dev=dev,
        test=tests,
        packages=_runtime_packages(request),
        install=request.installation.step,
        fetched=request.system.commands,
        environment=_environment(request, first),
        copies=request.copies,
        static=request.static,
        writable=request.writable,
        shipped=ShippedImage(image=image.pinned, python=image.python) if shipped else None,
        labels=request.labels,
        port=request.web.port if request.web else None,
        stop_signal=_stop_signal(first),
        health=request.web.health if request.web else None,
        command=first.command if first else (),
        command_comment=_command_comment(first),
        before=_lines(stages, "before"),
        after=_lines(stages, "after"),
    )


def _creates_user(image: BaseImage, *, shipped: bool) -> str:
    if not image.shell and not shipped:
        return ""
    packages = image.build_packages if shipped else image.packages
    return "adduser" if packages == "apk" else "useradd"


# System packages


def _build(request: DockerfileRequest) -> BuildStage:
    compilers = [one for one in request.system.build if one.name not in _FETCHERS]
    names = sorted({name for package in compilers for name in package.needed_by})
    own = _own(request, "build").packages
    packages = request.image.build_packages or request.image.packages
    layer = _layer(packages, (*(one.name for one in request.system.build), *own), ())
    itself = request.finding.manifest.distribution
    if itself and names == [itself.name]:
        because = (
            f"{itself.name} has an extension module: the compiler for it is here, and stays here."
        )
        return BuildStage(because=because, packages=layer)
    if names:
        return BuildStage(because=_compiled_here(names), packages=layer)
    fetched = sorted({name for one in request.system.build for name in one.needed_by})
    if fetched:
        them = "comes" if len(fetched) == 1 else "come"
        because = f"{_listed(fetched)} {them} from version control: what fetches stays here."
        return BuildStage(because=because, packages=layer)
    return BuildStage(because="Installs with what the settings add. It stays here.", packages=layer)


def _runtime_packages(request: DockerfileRequest) -> PackageLayer | None:
    image, own = request.image, _own(request, "runtime").packages
    present = {*image.installs}
    runtime = tuple(one for one in request.system.runtime if one.name not in present)
    names = (*(one.name for one in runtime), *own, *_own(request, "base").packages)
    return _layer(image.packages, names, _reasons(runtime, request.compiled))


def _layer(manager: str, names: tuple[str, ...], because: tuple[str, ...]) -> PackageLayer | None:
    if not names:
        return None
    return PackageLayer(manager=manager, names=tuple(sorted({*names})), because=because)


def _compiled_here(names: list[str]) -> str:
    """Return why there is a compiler; names are counted where they are too long for one line."""
    verb, they = ("have", "they are") if len(names) > 1 else ("has", "it is")
    for shown in (_listed(names), f"{len(names)} distributions"):
        sentence = (
            f"{shown} {verb} no wheel for this image: {they} compiled here, "
            "and the compiler stays here."
        )
        if len(sentence) <= _LINE:
            break
    return sentence


def _reasons(packages: tuple[SystemPackage, ...], compiled: tuple[str, ...]) -> tuple[str, ...]:
    """Return a line that says which distributions need the packages."""
    needed: dict[str, list[str]] = {}
    for package in packages:
        for name in package.needed_by:
            needed.setdefault(name, []).append(package.name)
    shown = {
        name: ", ".join(names) if len(names) <= _MANY else f"{len(names)} packages"
        for name, names in sorted(needed.items())
    }
    if len(shown) == 1:
        (name, what), *_ = shown.items()
        if name not in compiled:
            return (f"{what}: {name} needs {'it' if len(needed[name]) == 1 else 'them'}.",)
        libraries = "the library that" if len(needed[name]) == 1 else "the libraries that"
        return (f"{what}: {libraries} the compiled {name} loads.",)
    if not shown:
        return ()
    line = f"{', '.join(f'{what} for {name}' for name, what in shown.items())}."
    if len(line) <= _LINE:
        return (line,)
    return (f"For {_listed(sorted(needed))}: `dockwright inspect --why` says which needs what.",)


def _listed(names: list[str]) -> str:
    if len(names) > _MANY:
        return f"{', '.join(names[:_MANY])} and {len(names) - _MANY} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# What holds for the application


def _system_environment(request: DockerfileRequest) -> Pairs:
    """Return the variables that distributions are found by: the owner's value goes before ours."""
    own = dict(request.settings.environment)
    return (
        *((name, own.get(name, value)) for name, value in request.system.environment),
        *_own(request, "base").environment,
    )


def _environment(request: DockerfileRequest, first: Process | None) -> Pairs:
    found = dict(first.environment if first else ())
    found.update(request.settings.environment)
    found.update(_own(request, "runtime").environment)
    return tuple(found.items())


def _stop_signal(process: Process | None) -> StopSignal | None:
    if process is None or not process.stop_signal:
        return None
    server = (
        "Flask's own server"
        if any("flask" in word for word in process.command)
        else "A Python script"
    )
    if process.stop_signal != "SIGINT":
        return StopSignal(name=process.stop_signal, because=f"{server} ends on this signal.")
    return StopSignal(
        name="SIGINT", because=f"{server} as the first process does not hear SIGTERM."
    )


def _command_comment(process: Process | None) -> str:
    """Return what a reader of the command would ask, "" where it explains itself."""
    if process is None or "gunicorn" not in process.command[:1]:
        return ""
    workers = "One worker; WEB_CONCURRENCY=4 starts four. "
    if "WEB_CONCURRENCY" in dict(process.environment):
        workers = "WEB_CONCURRENCY says how many workers start. "
    elif any(word.startswith(("--workers", "-w")) for word in process.command):
        workers = ""
    read_only = "--worker-tmp-dir" in process.command
    return (
        f"{workers}{'The last flags let it run on a read-only disk.' if read_only else ''}".strip()
    )


# The stages on request, and the owner's own lines


def _development(request: DockerfileRequest, first: Process | None) -> DevelopmentStage | None:
    if "dev" not in request.settings.targets or first is None:
        return None
    installation = request.installation
    differs = installation.development is not installation.step
    own = _own(request, "dev")
    what = [
        *(("dev dependencies",) if differs else ()),
        *(("a restart after each edit",) if first.development_command else ()),
    ]
    runtime = tuple(one.name for one in request.system.runtime)
    step = installation.development
    if step is not None and request.compiles:
        step = replace(step, venv=f"--clear {step.venv}")
    environment = {**dict(first.environment), **dict(request.settings.environment)}
    return DevelopmentStage(
        because=", and ".join(what) or "every file belongs to the user",
        command=first.development_command or first.command,
        install=step if differs or not request.compiles else None,
        packages=_layer(request.image.packages, (*runtime, *own.packages), ()),
        environment=(*environment.items(), *own.environment),
        stop_signal=_stop_signal(first),
    )


def _own(request: DockerfileRequest, stage: str) -> StageSettings:
    return dict(request.settings.stages).get(stage) or StageSettings()


def _has_lines(settings: Settings, stage: str) -> bool:
    own = dict(settings.stages).get(stage)
    return own is not None and bool(own.packages or own.before or own.after)


def _lines(stages: dict[str, StageSettings], place: str) -> Lines:
    found = {name: getattr(stage, place) for name, stage in stages.items()}
    return Lines(
        base=found.get("base", ()),
        build=found.get("build", ()),
        dev=found.get("dev", ()),
        test=found.get("test", ()),
        runtime=found.get("runtime", ()),
    )


def context_files(dockerfile: DockerfilePlan, installation: Installation) -> tuple[str, ...]:
    """Return every path of the build context that the Dockerfile names, sorted."""
    copied = {path for copy in dockerfile.copies for path in copy.split()[:-1]}
    built = {one.folder or "." for one in dockerfile.front_ends}
    folders = {folder for folder in installation.folders if not context_name(folder)}
    return tuple(sorted({*copied, *built, *folders, *installation.reads} - {"."}))


# A settings file is read for its names alone, so any value of the right kind will do.
_PLACEHOLDERS = (
    (r"(DATABASE|DB|SQL)\w*(URL|URI|DSN)$|^DATABASE$", "sqlite:///:memory:"),
    (r"(REDIS|CACHE|BROKER|CELERY)\w*(URL|URI)$", "redis://localhost"),
    (r"(EMAIL|SMTP|MAIL)\w*(URL|URI)$", "smtp://localhost"),
    (r"(URL|URI|ENDPOINT|ORIGINS?|DOMAIN)$", "http://localhost"),
    (r"(HOSTS?|HOSTNAME|SERVER)$", "localhost"),
    (r"(PORT|TIMEOUT|SIZE|COUNT|LIMIT|_ID|SECONDS|DAYS|AGE|PER_PAGE)$", "1"),
    (r"^(USE|ENABLE|IS|DISABLE)_|(DEBUG|ENABLED|_TLS|_SSL)$", "0"),
)
_ELSE = "build-only"


def collect_static(request: ProcessRequest) -> StaticFiles | None:
    """Return the command, None where the settings know no STATIC_ROOT or the owner wants none."""
    project = next(
        (one for one in request.application.django if one.staticfiles and one.has_static_root), None
    )
    if project is None or not request.settings.collectstatic:
        return None
    values = _values(project, dict(request.settings.environment))
    settled = "".join(f"{name}={quote(value)} " for name, value in values)
    return StaticFiles(
        command=f"{settled}python {quote(project.manage.path)} collectstatic --noinput",
        because=_because([name for name, _ in values]),
    )


def _because(names: list[str]) -> str:
    if not names:
        return ""
    if len(names) == 1:
        return f"Reading the settings needs {names[0]}. This value exists for this command only."
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Reading the settings needs {listed}. These values exist for this command only."


def _values(project: DjangoProject, given: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return a placeholder for every variable without which the settings cannot be read."""
    names = {*project.required_variables}
    if project.secret_key_variable:
        names.add(project.secret_key_variable)
    return tuple((name, placeholder(name)) for name in sorted(names - given.keys()))


def placeholder(name: str) -> str:
    """Return a value with which settings can be read: a database in memory, a host, a number, a
    word.
    """
    upper = name.upper()
    return next((value for pattern, value in _PLACEHOLDERS if re.search(pattern, upper)), _ELSE)
