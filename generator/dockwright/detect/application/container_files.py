"""What the project's own Dockerfiles and compose files say of how it runs."""

import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dockwright.detect.application.known_names import meaning, roles_of, service_of_scheme
from dockwright.detect.application.ports import port_at
from dockwright.detect.application.previous import expanded, joined, previous_dockerfile
from dockwright.detect.application.processes import process_of, target_in
from dockwright.detect.application.sources import folder, join
from dockwright.detect.application.start_commands import Follower, Started, Step
from dockwright.detect.source import OUR_MARK
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import DockwrightError
from dockwright.model.application import (
    DeployedService,
    Deployment,
    FoundProcess,
    ProcessKind,
    ServiceHint,
)
from dockwright.model.origin import Origin, Sourced
from dockwright.model.project import PreviousDockerfile
from dockwright.model.record import record, replace

TABLES: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("deployment.toml").read_text(encoding="utf-8")
)
DEPLOYED = "deployment"
NAMING = ("DJANGO_SETTINGS_MODULE", "FLASK_APP")
_MAX_BYTES = 200_000
# A file may merge a table into itself many times over: what nobody writes is not followed.
_MAX_MERGED, _MAX_SOURCES = 4, 8
_MAX_FILES = 8
_DOCKERFILE = r"(?i)(.*/)?((docker|container)file([.-][\w.-]+)?|[\w-]+\.dockerfile)"
_COMPOSE = r"(.*/)?(docker-)?compose([.-][\w.-]+)?\.ya?ml"
# A file in one of these folders is about the whole project; elsewhere it is about its folder.
_FOLDERS = r"\.?docker|deploy(ment)?|build|ops|infra(structure)?|containers?|compose|prod(uction)?"
_NOT_SHIPPED = (
    r"(?i)(^|[^a-z])(dev|devel|development|local|debug|tests?|testing|ci|docs?|override)([^a-z]|$)"
)
_SHIPPED = r"(?i)(^|[^a-z])(prod|production|deploy|release|live)([^a-z]|$)"
# python:3.12-slim, .../uv:python3.12, cimg/python:3.11.4, devcontainers/python:1-3.11.
_PYTHON = r"python[:-]?v?(?:\d-)?(3\.\d+)"
_URL = r"([a-z][a-z0-9+]*)://(?:[^/@\s]*@)?([\w.-]+)"
_HOST = r"_(HOST(NAME)?|SERVER|ADDR(ESS)?)$"
_OPEN_VARIABLE = r"\$\{?(?!PORT\b)\w+"
# Names of processes that stand beside the application for its operators.
_TOOLS = r"flower|adminer|pgadmin|phpmyadmin|nginx|caddy|traefik|certbot|proxy"


def load_yaml(tree: ProjectTree, path: str) -> Any:  # noqa: ANN401 - YAML is anything
    """Return a file of YAML with every scalar as a text, None where it is missing or wrong."""
    try:
        raw = tree.raw(path, limit=_MAX_BYTES) if tree.has(path) else None
        # BaseLoader makes texts, lists and tables only: 3.10 stays "3.10", and a tag does nothing.
        return yaml.load(raw, Loader=yaml.BaseLoader) if raw else None  # noqa: S506
    except (DockwrightError, yaml.YAMLError, RecursionError, ValueError):
        # Its own tool will say what is wrong with it.
        return None


def table(value: object, depth: int = 0) -> dict[str, Any]:
    """Return a table of YAML with what it merges (`<<`), {} for anything else."""
    if not isinstance(value, dict) or depth > _MAX_MERGED:
        return {}
    merged: dict[str, Any] = {}
    sources = value.get("<<", ())
    for one in sources[:_MAX_SOURCES] if isinstance(sources, list) else [sources]:
        merged = table(one, depth + 1) | merged
    return merged | {str(key): inner for key, inner in value.items() if key != "<<"}


def texts(value: object) -> list[str]:
    """Return the texts of a list, or the one text that stands in its place."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str) and one]


def named_texts(value: object) -> dict[str, str]:
    """Return names and texts of a table, or of a list of `NAME=text`."""
    if isinstance(value, dict):
        return {name: text for name, text in table(value).items() if isinstance(text, str)}
    split = (one.partition("=") for one in texts(value))
    return {name.strip(): text for name, mark, text in split if mark}


def python_in(text: str, origin: Origin) -> tuple[Sourced[str], ...]:
    """Return the version of Python that the name of an image holds."""
    # The patch would keep fixes out: such a file says which release it was tried with.
    found = re.search(_PYTHON, text)
    return (Sourced(value=found[1], origin=origin),) if found else ()


def service_in(
    image: str, origin: Origin, variables: Mapping[str, str] | None = None
) -> tuple[DeployedService, ...]:
    """Return the backing service that an image is; `variables` may stand in its tag."""
    repository, _, tag = expanded(image, variables or {}).partition("@")[0].rpartition(":")
    if not repository or "/" in tag:
        repository, tag = image, ""
    parts = repository.split("/")
    # A registry has a dot or a port in its name.
    own = parts[1:] if len(parts) > 1 and re.search(r"[.:]", parts[0]) else parts
    name = "/".join(own).removeprefix("library/").removeprefix("elasticsearch/")
    kind = TABLES["images"].get(name, "")
    pinned = tag and tag[0].isalnum() and re.search(r"\d", tag)
    spelled = f"{name}:{tag}" if pinned else ""
    return (DeployedService(kind=kind, origin=origin, image=spelled),) if kind else ()


def naming(pairs: Mapping[str, str], origin: Origin) -> tuple[Sourced[tuple[str, str]], ...]:
    """Return the variables that name a module to start, with their values."""
    return tuple(
        Sourced(value=(name, pairs[name]), origin=origin)
        for name in NAMING
        if re.fullmatch(r"[\w./:]+", pairs.get(name, ""))
    )


def started(
    name: str, found: Started, origin: Origin, tree: ProjectTree, environment: Mapping[str, str]
) -> Deployment:
    """Return what a followed command gives: a process, or only hints to what is served."""
    targets = tuple(
        Sourced(value=one if ":" in one else f"{one}:", origin=origin)
        for step in found.seen
        if (one := _target(step, tree))
    )
    processes: list[FoundProcess] = []
    main = found.main
    if main is not None and _can_be_taken(main, tree):
        # Here every command runs in the root of the project.
        placed = (join(main.folder, word) for word in main.words)
        pairs = zip(main.words, placed, strict=True)
        words = [full if word.endswith(".py") and tree.has(full) else word for word, full in pairs]
        process = process_of(name, expanded(joined(words), environment), origin, DEPLOYED)
        # Only the code tells whether a script listens at all.
        unsure = name == "web" and not process.target
        kind = ProcessKind.COMMAND if unsure else process.kind
        root = "" if main.words[0].startswith("python") else main.folder
        processes.append(replace(process, kind=kind, import_root=root))
    if found.migrates is not None and _can_be_taken(found.migrates, tree):
        process = process_of("migrate", found.migrates.line, origin, DEPLOYED)
        processes.append(replace(process, import_root=found.migrates.folder))
    return Deployment(processes=tuple(processes), targets=targets)


def _target(step: Step, tree: ProjectTree) -> str:
    spelled = target_in(step.line)
    script = re.match(r"python[\d.]* (?:-m ([\w.]+)|([\w./-]+)\.py)", step.line)
    if not spelled and script and not step.line.endswith("manage.py"):
        spelled = (script[1] or script[2].replace("/", ".")) + ":"
    return spelled if _is_there(spelled, step, tree) else ""


def _is_there(target: str, step: Step, tree: ProjectTree) -> bool:
    path = target.partition(":")[0].replace(".", "/")
    roots = (step.folder, join(step.folder, "src"), "", "src")
    return bool(path) and any(
        tree.has(join(root, one)) for root in roots for one in (f"{path}.py", f"{path}/__init__.py")
    )


def _can_be_taken(step: Step, tree: ProjectTree) -> bool:
    line = step.line
    if step.develops or re.search(_OPEN_VARIABLE, expanded(line, {})) or "$(" in line:
        return False
    # A socket is for a proxy in the same container, an absolute path is one of another image, and
    # an address is one of other services.
    if re.search(r"unix:|://|--uds\b|(^|[\s=])/(?!dev/|tmp/)\w", line):
        return False
    files = re.findall(
        r"(?:^|\s)((?:[\w-]+/)*[\w.-]+\.(?:py|ini|toml|conf|cfg|ya?ml))(?=\s|$)", line
    )
    if not all(tree.has(join(step.folder, one)) or tree.has(one) for one in files):
        return False
    target = target_in(line)
    return not target or _is_there(target, step, tree)


@record
class Dockerfile:
    """A Dockerfile of the project with the folder that is its build context."""

    path: str
    found: PreviousDockerfile

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the image, without what looks like a secret."""
        steps = (step for step in self.found.steps if step.name == "ENV")
        return {name: value for step in steps for name, value in step.pairs if value}


def _dockerfiles(tree: ProjectTree) -> list[Dockerfile]:
    # Those about the whole project, the one for production first.
    paths = [path for path in tree.files if re.fullmatch(_DOCKERFILE, path)]
    paths = [
        path for path in paths if _is_about_the_root(path) and not path.endswith(".dockerignore")
    ]
    paths.sort(key=lambda path: (*_rank(path), path.count("/"), path))
    found = []
    for path in paths[:_MAX_FILES]:
        place = _place(tree, path)
        read = previous_dockerfile(tree.text(place), place) if place else None
        if read is not None and _is_for_python(read):
            found.append(Dockerfile(path=path, found=read))
    return found


def _is_about_the_root(path: str) -> bool:
    parts = path.split("/")[:-1]
    return len(parts) < 4 and all(re.fullmatch(_FOLDERS, one.lower()) for one in parts[:1])


def _rank(path: str) -> tuple[bool, bool]:
    return not re.search(_SHIPPED, path), bool(re.search(_NOT_SHIPPED, path))


def _place(tree: ProjectTree, path: str) -> str:
    """Return where the owner's file is: at `path`, or kept where we replaced it; "" if nowhere."""
    for place in (path, f".dockwright/replaced/{path}"):
        try:
            raw = tree.raw(place, limit=_MAX_BYTES) if tree.has(place) else None
            text = tree.text(place) if raw is not None else ""
        except DockwrightError:
            continue
        if text and not any(OUR_MARK in line.lower() for line in text.splitlines()[:4]):
            return place
    return ""


def _is_for_python(found: PreviousDockerfile) -> bool:
    # Another base may install Python; one of a front end or a proxy does not.
    said = " ".join((found.image.value, *(step.value for step in found.steps)))
    return bool(re.search(r"python|\bpip3?\b|\buv\b|poetry|conda", said))


def read_container_files(tree: ProjectTree) -> Deployment:
    """Return what the Dockerfiles say, and then the compose files."""
    images = _dockerfiles(tree)
    parts = [_read_dockerfile(tree, one) for one in images]
    return sum((*parts, _read_composes(tree, images)), Deployment())


def _read_dockerfile(tree: ProjectTree, one: Dockerfile) -> Deployment:
    found, environment = one.found, one.environment
    ports = [
        port
        for step in found.steps
        if step.name == "EXPOSE"
        for word in step.value.split()
        if (port := port_at(word.partition("/")[0], replace(step.origin, key="EXPOSE")))
    ]
    packages = [
        Sourced(value=name.partition("=")[0], origin=step.origin)
        for step in found.steps
        for name in step.packages
        if name not in step.temporary
    ]
    variables = (
        naming(dict(step.pairs), step.origin) for step in found.steps if step.name == "ENV"
    )
    result = Deployment(
        pythons=python_in(found.image.value, found.image.origin),
        ports=tuple(ports),
        packages=tuple(one for one in packages if one.value in TABLES["lists"]["programs"]),
        variables=tuple(pair for pairs in variables for pair in pairs),
    )
    if found.command is None or not found.command.text:
        return result
    follower = Follower(tree, found.copied, environment)
    what = follower.follow(found.command.text, found.folder)
    return started(_name_of(what), what, found.command.origin, tree, environment) + result


def _name_of(found: Started) -> str:
    line = found.main.line if found.main else ""
    if "celery" in line:
        return "beat" if re.search(r"\bbeat\b", line) else "worker"
    return "worker" if re.search(r"\b(rq worker|dramatiq|arq|saq|taskiq)\b", line) else "web"


@record
class _Service:
    """One service of a compose file."""

    name: str
    entry: dict[str, Any]
    origin: Origin
    # That of the compose file.
    folder: str

    @property
    def environment(self) -> dict[str, str]:
        """Its variables, with the defaults of what compose would fill in."""
        given = named_texts(self.entry.get("environment"))
        return {name: expanded(text, {}) for name, text in given.items()}

    @property
    def is_ours(self) -> bool:
        """Whether its image is built from the whole project."""
        build = self.entry.get("build")
        context = build if isinstance(build, str) else table(build).get("context", ".")
        if build is None or not isinstance(context, str):
            return False
        return posixpath.normpath(join(self.folder, context)) == "."


def _read_composes(tree: ProjectTree, images: list[Dockerfile]) -> Deployment:
    # Those for production come first, those for tests not at all.
    paths = [
        path for path in tree.files if re.fullmatch(_COMPOSE, path) and _is_about_the_root(path)
    ]
    paths = [path for path in paths if not re.search(r"(?i)(^|[^a-z])(tests?|ci)([^a-z]|$)", path)]
    paths.sort(key=lambda path: (*_rank(path), path.count("/"), path))
    parts = [_read_compose(tree, path, images) for path in paths[:_MAX_FILES]]
    return sum(parts, Deployment())


def _read_compose(tree: ProjectTree, path: str, images: list[Dockerfile]) -> Deployment:
    place = _place(tree, path)
    found = table(table(load_yaml(tree, place)).get("services")) if place else {}
    services = [
        _Service(
            name=name,
            entry=_extended(name, found),
            origin=Origin(
                path=place, line=line_of(tree.text(place), f"{name}:"), key=f"services.{name}"
            ),
            folder=folder(path),
        )
        for name in found
    ]
    result, versions = Deployment(), _versions(tree)
    backing: dict[str, DeployedService] = {}
    for one in services:
        image = one.entry.get("image")
        known = service_in(image, one.origin, versions) if isinstance(image, str) else ()
        if known:
            backing[one.name] = known[0]
        result += Deployment(services=known)
    built = {one.entry.get("image") for one in services if one.is_ours} - {None}
    for one in (one for one in services if one.is_ours or one.entry.get("image") in built):
        result += _of_service(tree, one, images)
        result += Deployment(
            variables=naming(one.environment, one.origin),
            hints=tuple(_reached(one.environment, backing, one.origin)),
        )
    return result


def _versions(tree: ProjectTree) -> dict[str, str]:
    # Compose fills these in from .env; of its values only versions are looked at.
    lines = tree.text(".env").splitlines() if _place(tree, ".env") else []
    found = (re.fullmatch(r"\s*(\w+)=[\"']?(\d[\w.-]*)[\"']?\s*", line) for line in lines)
    return {one[1]: one[2] for one in found if one}


def _extended(name: str, services: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    own = table(services.get(name))
    extends = own.get("extends")
    base = extends if isinstance(extends, str) else table(extends).get("service")
    outside = isinstance(extends, dict) and "file" in extends
    if not isinstance(base, str) or outside or depth > _MAX_MERGED:
        return own
    return _extended(base, services, depth + 1) | own


def _of_service(tree: ProjectTree, one: _Service, images: list[Dockerfile]) -> Deployment:
    said = [one.entry.get(key) for key in ("entrypoint", "command")]
    parts = [joined(texts(part)) if isinstance(part, list) else part for part in said if part]
    text = " ".join(part for part in parts if isinstance(part, str)).replace("$$", "$")
    build = table(one.entry.get("build")).get("dockerfile", "Dockerfile")
    path = posixpath.normpath(build) if isinstance(build, str) else ""
    image = next((image for image in images if image.path == path), next(iter(images), None))
    command = image.found.command if image and not text else None
    text = text or (command.text if command else "")
    if not text or re.fullmatch(_TOOLS, one.name.lower()):
        return Deployment()
    environment = (image.environment if image else {}) | one.environment
    place = one.entry.get("working_dir")
    place = place if isinstance(place, str) else image.found.folder if image else "/"
    # Only the command counts where the image's own entrypoint runs what it is given.
    follower = Follower(tree, image.found.copied if image else (), environment)
    found = follower.follow(text, place)
    ports = (port for word in texts(one.entry.get("ports")) if (port := _inner(word, one.origin)))
    is_web = bool(found.seen) and any(target_in(step.line) for step in found.seen)
    return started(one.name, found, one.origin, tree, environment) + Deployment(
        ports=tuple(ports) if is_web else ()
    )


def _inner(word: str, origin: Origin) -> Sourced[int] | None:
    # Such as 127.0.0.1:8080:80/tcp: the last number is that of the container.
    return port_at(expanded(word, {}).partition("/")[0].rpartition(":")[2], origin)


def _reached(
    environment: dict[str, str], backing: dict[str, DeployedService], origin: Origin
) -> Iterator[ServiceHint]:
    """Yield the variables whose values lead to a backing service of the same file."""
    for name, value in environment.items():
        url = re.match(_URL, value)
        host = url[2] if url else value.partition(":")[0]
        service = backing.get(host)
        if service is None:
            continue
        because = f"{origin.path} points {name} to it"
        hint = ServiceHint(service=service.kind, because=because, origin=origin)
        stem = re.sub(_HOST, "", name)
        if url and service_of_scheme(url[1]):
            yield replace(hint, variable=name, scheme=url[1])
        elif meaning(name, "roles") == "host":
            beside = (other for other in environment if other.startswith(stem))
            yield replace(hint, parts=tuple(roles_of(beside).items()))


def first_of_each(found: Iterable[FoundProcess]) -> tuple[FoundProcess, ...]:
    """Return the processes without those that start the same as one before them."""
    lines: dict[str, FoundProcess] = {}
    kinds: set[ProcessKind] = set()
    for one in found:
        line = one.shell or " ".join(one.command)
        before = lines.get(line)
        if before and before.kind is ProcessKind.COMMAND and one.kind is not ProcessKind.COMMAND:
            # A compose file tells more of it than the image that it starts.
            del lines[line]
        # One file for production says it all: what the next one calls `web` is the same process.
        single = one.kind in (ProcessKind.WEB, ProcessKind.SCHEDULER, ProcessKind.RELEASE)
        if line not in lines and not (single and one.kind in kinds):
            lines[line] = one
            kinds.add(one.kind)
    return tuple(lines.values())
