"""What the files of platforms, CI and development containers say of how the project runs."""

import re
from collections.abc import Iterator
from typing import Any

from dockwright.detect.application.container_files import (
    DEPLOYED,
    TABLES,
    load_yaml,
    named_texts,
    naming,
    python_in,
    service_in,
    started,
    table,
    texts,
)
from dockwright.detect.application.known_names import service_of_scheme
from dockwright.detect.application.ports import port_at
from dockwright.detect.application.processes import process_of
from dockwright.detect.application.start_commands import Follower
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import DockwrightError
from dockwright.model.application import DeployedService, Deployment, ServiceHint
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import replace

_CI = (
    r"\.github/workflows/[\w.-]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|\.travis\.yml"
    r"|azure-pipelines\.yml|bitbucket-pipelines\.yml"
)
# How the CI systems call the version of Python, and the images beside a job.
_PYTHON_KEYS = frozenset({"python-version", "python_version", "versionSpec", "python"})
_RELEASED = r"3\.\d+(\.\d+)?"
_ENV_EXAMPLES = (
    ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env",
    "sample.env",
)  # fmt: skip


def read_platforms(tree: ProjectTree) -> Deployment:
    """Return what platforms are told, then CI, which only tests the project."""
    readers = (_fly, _render, _app_json, _heroku, _app_engine, _railway, _supervisor)
    parts = [reader(tree) for reader in readers]
    return sum((*parts, _env_example(tree), _devcontainer(tree), _ci(tree)), Deployment())


def _command(tree: ProjectTree, name: str, said: object, path: str) -> Deployment:
    """Return what one command of a platform's file starts."""
    text = " && ".join(texts(said))
    if not text:
        return Deployment()
    origin = Origin(path=path, line=line_of(_text(tree, path), text.partition("\n")[0]), key=name)
    if name in ("release", "migrate"):
        process = process_of("release", text, origin, DEPLOYED)
        return Deployment(processes=(process,))
    return started(name, Follower(tree).follow(text), origin, tree, {})


def _text(tree: ProjectTree, path: str) -> str:
    try:
        return tree.optional_text(path) or ""
    except DockwrightError:
        return ""


def _toml(tree: ProjectTree, path: str) -> dict[str, Any]:
    try:
        return tree.toml(path) if tree.has(path) else {}
    except DockwrightError:
        return {}


def _json(tree: ProjectTree, path: str) -> dict[str, Any]:
    try:
        return table(tree.json(path)) if tree.has(path) else {}
    except DockwrightError:
        return {}


def _addons(names: list[str], path: str) -> Deployment:
    found = ((name, TABLES["addons"].get(name.partition(":")[0], "")) for name in names)
    origin = Origin(path=path)
    services = (
        DeployedService(kind=kind, origin=replace(origin, key=name)) for name, kind in found if kind
    )
    return Deployment(services=tuple(services))


def _fly(tree: ProjectTree) -> Deployment:
    path = "fly.toml"
    document = _toml(tree, path)
    origin = Origin(path=path)
    result = Deployment(variables=naming(named_texts(document.get("env")), origin))
    for name, said in table(document.get("processes")).items():
        # The first process of fly is called `app`, and it is what listens.
        result += _command(tree, "web" if name == "app" else name, said, path)
    result += _command(tree, "release", table(document.get("deploy")).get("release_command"), path)
    listening = [document.get("http_service"), *_list(document.get("services"))]
    numbers = (str(table(one).get("internal_port", "")) for one in listening)
    ports = (port_at(one, replace(origin, key="internal_port")) for one in numbers)
    return result + Deployment(ports=tuple(port for port in ports if port))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _render(tree: ProjectTree) -> Deployment:
    path = "render.yaml"
    document, result = table(load_yaml(tree, path)), Deployment()
    if table(document).get("databases"):
        result += _addons(["postgresql"], path)
    for entry in map(table, _list(document.get("services"))):
        kind = str(entry.get("type", ""))
        given = map(table, _list(entry.get("envVars")))
        variables = {str(one.get("key")): one.get("value") for one in given}
        known = {name: value for name, value in variables.items() if isinstance(value, str)}
        if version := known.get("PYTHON_VERSION", ""):
            place = Origin(path=path, line=line_of(_text(tree, path), "PYTHON_VERSION"))
            result += Deployment(pythons=python_in(f"python:{version}", place))
        if kind in ("redis", "keyvalue"):
            result += _addons([kind], path)
        elif str(entry.get("rootDir", ".")) in (".", "./", ""):
            name = "web" if kind in ("web", "pserv") else str(entry.get("name") or kind)
            result += _command(tree, name, entry.get("startCommand"), path)
            result += _command(tree, "release", entry.get("preDeployCommand"), path)
            result += Deployment(variables=naming(known, Origin(path=path, key="envVars")))
    return result


def _app_json(tree: ProjectTree) -> Deployment:
    path = "app.json"
    document = _json(tree, path)
    names = (
        one.get("plan") if isinstance(one, dict) else one for one in _list(document.get("addons"))
    )
    result = _addons([name for name in names if isinstance(name, str)], path)
    given = table(document.get("env"))
    values = {k: v.get("value") if isinstance(v, dict) else v for k, v in given.items()}
    known = {name: value for name, value in values.items() if isinstance(value, str)}
    return result + Deployment(variables=naming(known, Origin(path=path, key="env")))


def _heroku(tree: ProjectTree) -> Deployment:
    path = "heroku.yml"
    document, result = table(load_yaml(tree, path)), Deployment()
    addons = map(table, _list(table(document.get("setup")).get("addons")))
    result += _addons([str(one.get("plan", "")) for one in addons], path)
    for name, said in table(document.get("run")).items():
        inner = table(said).get("command") if isinstance(said, dict) else said
        result += _command(tree, name, inner, path)
    return result + _command(tree, "release", table(document.get("release")).get("command"), path)


def _app_engine(tree: ProjectTree) -> Deployment:
    path = "app.yaml"
    document = table(load_yaml(tree, path))
    runtime = re.fullmatch(r"python3(\d+)", str(document.get("runtime", "")))
    if runtime is None:
        return Deployment()
    origin = Origin(path=path, line=line_of(_text(tree, path), "runtime"), key="runtime")
    variables = naming(named_texts(document.get("env_variables")), Origin(path=path))
    result = Deployment(
        pythons=(Sourced(value=f"3.{runtime[1]}", origin=origin),), variables=variables
    )
    return _command(tree, "web", document.get("entrypoint"), path) + result


def _railway(tree: ProjectTree) -> Deployment:
    result = Deployment()
    for path in ("railway.toml", "railway.json"):
        document = _toml(tree, path) if path.endswith("toml") else _json(tree, path)
        deploy = table(document.get("deploy"))
        result += _command(tree, "web", deploy.get("startCommand"), path)
        result += _command(tree, "release", deploy.get("preDeployCommand"), path)
    start = table(_toml(tree, "nixpacks.toml").get("start"))
    return result + _command(tree, "web", start.get("cmd"), "nixpacks.toml")


def _supervisor(tree: ProjectTree) -> Deployment:
    result = Deployment()
    for path in tree.find("supervisord.conf", depth=2):
        sections = re.findall(r"(?m)^\[program:([\w-]+)\]([^\[]*)", _text(tree, path))
        for name, body in sections:
            said = re.search(r"(?m)^command\s*=\s*(.+)$", body)
            result += _command(tree, name, said[1].strip() if said else "", path)
    return result


def _env_example(tree: ProjectTree) -> Deployment:
    found: list[ServiceHint] = []
    variables: dict[str, str] = {}
    path = next((one for one in _ENV_EXAMPLES if tree.has(one)), "")
    for number, line in enumerate(_text(tree, path).splitlines() if path else (), 1):
        name, mark, value = line.strip().removeprefix("export ").partition("=")
        value = value.strip().strip("\"'")
        if not mark or not re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
            continue
        variables[name.strip()] = value
        scheme = value.partition("://")[0] if "://" in value else ""
        service = service_of_scheme(scheme)
        if service not in ("", "sqlite", "mail"):
            found.append(
                ServiceHint(
                    service=service,
                    because=f"{path} has a {scheme} URL for {name.strip()}",
                    origin=Origin(path=path, line=number, key=name.strip()),
                    variable=name.strip(),
                    scheme=scheme,
                )
            )
    return Deployment(hints=tuple(found), variables=naming(variables, Origin(path=path)))


def _devcontainer(tree: ProjectTree) -> Deployment:
    for path in (".devcontainer/devcontainer.json", ".devcontainer.json"):
        # It may hold comments, which JSON has not: only the image counts.
        text = _text(tree, path)
        found = re.search(r'"image"\s*:\s*"([^"]+)"', text)
        if found:
            origin = Origin(path=path, line=text.count("\n", 0, found.start()) + 1, key="image")
            return Deployment(pythons=python_in(found[1], origin))
    return Deployment()


def _ci(tree: ProjectTree) -> Deployment:
    """Return the one Python that CI tests with, and the services beside the tests."""
    versions: dict[str, Origin] = {}
    services: list[DeployedService] = []
    for path in sorted(one for one in tree.files if re.fullmatch(_CI, one)):
        for key, value in _scalars(load_yaml(tree, path)):
            origin = Origin(path=path, line=line_of(_text(tree, path), value))
            if key in _PYTHON_KEYS and re.fullmatch(_RELEASED, value):
                versions.setdefault(".".join(value.split(".")[:2]), origin)
            elif key in ("image", "name", "services"):
                # What only the tests use says which version the project is tried with.
                services += (replace(one, tests=True) for one in service_in(value, origin))
                found = python_in(value, origin) if key == "image" else ()
                versions |= {one.value: one.origin for one in found if one.value not in versions}
    # Of several versions the oldest is a floor and the newest was new then: neither is a wish.
    (only, place), *others = versions.items() if versions else [("", Origin(path=""))]
    pythons = (Sourced(value=only, origin=place),) if only and not others else ()
    return Deployment(pythons=pythons, services=tuple(services))


def _scalars(document: object) -> Iterator[tuple[str, str]]:
    """Yield all texts of a document with the key below which they stand."""
    waiting, seen = [("", document)], set[int]()
    # The list grows while it is read. What an alias repeats was read already.
    for key, value in waiting:
        if isinstance(value, str):
            yield key, value
        elif id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, list):
                waiting += [(key, one) for one in value]
            elif isinstance(value, dict):
                waiting += [(str(name), inner) for name, inner in value.items()]
