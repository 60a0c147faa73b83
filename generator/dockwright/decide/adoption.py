"""Which settings a hand-written Dockerfile means, and what in it becomes none, with the reason."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from dockwright.errors import DockwrightError, redact
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile
from dockwright.model.project import PreviousCommand, PreviousDockerfile, PreviousStep
from dockwright.model.record import record, replace
from dockwright.model.secret import hide_secrets

_OWN_VARIABLES = (
    r"PYTHON(UNBUFFERED|DONTWRITEBYTECODE|FAULTHANDLER|HASHSEED|OPTIMIZE|IOENCODING)|PATH"
    r"|VIRTUAL_ENV|VENV.*|LC_ALL|LANG|LANGUAGE|DEBIAN_FRONTEND|HOME|APP_HOME|WORKDIR"
    r"|(PIP|POETRY|PIPENV|UV|PDM|PIPX|YARN|NPM|PNPM|NODE)_.*"
)
"""Variables that belong to the way an image is built. The new image sets its own."""

_BUILD_PACKAGES = (
    r".*-dev(el)?|gcc.*|g\+\+.*|cpp|clang.*|make|cmake|ninja-build|build-essential|build-base"
    r"|pkg-config|pkgconf|rust|rustc|cargo|linux-headers|autoconf|automake|libtool|python3?-dev"
    r"|gfortran|swig|git|curl|wget|ca-certificates|gnupg\d?|unzip|apt-utils|apt-transport-https"
    r"|software-properties-common"
)
"""System packages with which images are built, not run."""

_SUITES = ("trixie", "bookworm", "bullseye", "buster", "stretch")
_PYTHON_IMAGE = (
    r"(?:(?:docker\.io/)?(?:library/)?python:?|ghcr\.io/astral-sh/uv:(?:[\d.]+-)?python)"
    r"(?P<version>\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?)?-?(?P<rest>[^@/]*)"
)
_HEALTH_PATH = r"https?://[^/\s'\"]+(/[^\s'\"|)\\]*)"
_OUR_FOLDER = ("WORKDIR", "/app")
_DEVELOPMENT = (("flask", "run"), ("runserver",), ("--reload",), ("fastapi", "dev"), ("--debug",))

_REPLACED = {
    "WORKDIR": "the image has its own work directory, /app",
    "COPY": "what is copied follows from the project",
    "ADD": "what is copied follows from the project",
    "ARG": "arguments of the build are decided anew",
    "MAINTAINER": "use a label",
    "SHELL": "no step needs another shell",
    "STOPSIGNAL": "the server's own signal is used",
    "VOLUME": "where data is kept is said when the container starts",
    "ONBUILD": "it concerns other images",
}
"""Instructions that become no setting, and why."""

_COMMANDS = (
    (r"\b(useradd|adduser|groupadd|addgroup)\b", "the image has a user of its own"),
    (
        r"\b(pip3?|pipenv|poetry|uv|pdm|pip-sync|conda|setup\.py|get-pip|install-poetry)\b",
        "the dependencies are installed from the lock",
    ),
    (r"\bcollectstatic\b", "static files are collected where the settings have a STATIC_ROOT"),
    (
        r"\b(npm|yarn|pnpm|bun)\b",
        "a front end is built in a stage of its own where a package.json has a build script",
    ),
    (
        r"\b(apt-get|apt|apk)\s+(-\S+\s+)*(update|upgrade|clean|dist-upgrade)\b",
        "it only prepares or tidies the package manager",
    ),
)
"""What a RUN without packages does, and why it becomes no setting."""


@record
class Reading:
    """A setting that was read: `key` and `value` as the settings file holds them."""

    key: str
    value: Any
    origin: Origin


@record
class Unread:
    """What became no setting: the instruction, why, and what to do `instead` ("" if nothing)."""

    text: str
    why: str
    origin: Origin
    instead: str = ""


@record
class Adoption:
    """A hand-written Dockerfile as settings: `changes` as the settings file holds them.

    `same` are keys without which the files are the same.
    """

    readings: tuple[Reading, ...]
    unread: tuple[Unread, ...]
    changes: dict[str, Any]
    same: tuple[str, ...] = ()


_Results = Iterator[Reading | Unread]


def adopt(found: PreviousDockerfile | None, path: str = "Dockerfile") -> Adoption:
    """Return the settings that a Dockerfile means, and all in it that became no setting.

    `found` is None for a file without FROM. Values that look like credentials are left out.
    """
    if found is None:
        why = "it has no FROM, so it is no Dockerfile"
        unread = (Unread(text=path, why=why, origin=Origin(path=path)),)
        return Adoption(readings=(), unread=unread, changes={})
    results = list(_results(found))
    readings = tuple(result for result in results if isinstance(result, Reading))
    others = [result for result in results if isinstance(result, Unread)]
    return Adoption(
        readings=readings,
        unread=tuple(sorted(others, key=lambda one: one.origin.line or 0)),
        changes=_joined(readings),
    )


def _joined(readings: tuple[Reading, ...]) -> dict[str, Any]:
    """Return all settings together: lists and tables are joined, otherwise the last one holds."""
    result: dict[str, Any] = {}
    for reading in readings:
        before = result.get(reading.key)
        if isinstance(before, list):
            result[reading.key] = list(dict.fromkeys((*before, *reading.value)))
        elif isinstance(before, dict):
            result[reading.key] = before | reading.value
        else:
            result[reading.key] = reading.value
    return result


def _results(found: PreviousDockerfile) -> _Results:
    yield from _image(found)
    users = {"root": 0}
    for step in found.steps:
        users |= dict(step.users)
        if step.name == "ENV":
            yield from _environment(step, found.folder)
        elif step.name == "USER":
            yield _user(step, users)
        elif step.name in _READERS:
            yield from _READERS[step.name](step)
        elif step.name not in {"CMD", "ENTRYPOINT"} and (step.name, step.value) != _OUR_FOLDER:
            yield _other(step)
    yield from _command(found)
    for stage in found.others:
        why = "this stage is not what is shipped; its steps are decided anew"
        yield Unread(text=stage.value, why=why, origin=stage.origin)


def _image(found: PreviousDockerfile) -> _Results:
    reference, origin = found.image.value, found.image.origin
    text = f"FROM {reference}"
    if "$" in reference:
        why = "the image depends on an argument without a default"
        yield Unread(text=text, why=why, origin=origin, instead="set `base` and `python`")
        return
    image, _, digest = reference.partition("@")
    for key, value in _image_settings(image).items():
        yield Reading(key=key, value=value, origin=origin)
    if digest:
        why = "a digest is asked for anew: it belongs to the tag that will be used"
        yield Unread(text=text, why=why, origin=origin, instead="set `digest`")


def _image_settings(image: str) -> dict[str, str]:
    """Return `python`, `base` and `suite` of an image; another image than Python's is a `base`."""
    python = re.fullmatch(_PYTHON_IMAGE, image)
    if python is None:
        return {"base": image}
    version = python["version"] or ""
    # `python:3` is no version that could be kept: it means whatever is newest.
    settings = {"python": version} if "." in version else {}
    parts = [part for part in python["rest"].split("-") if part not in {"", "latest"}]
    alpine = next((part for part in parts if part.startswith("alpine")), "")
    if alpine:
        suite = {"suite": alpine} if alpine != "alpine" else {}
        return {**settings, "base": "alpine", **suite}
    suites = [part for part in parts if part in _SUITES]
    settings["base"] = "slim" if "slim" in parts else "full"
    return settings | ({"suite": suites[0]} if suites else {})


def _environment(step: PreviousStep, folder: str) -> _Results:
    if not all(name.isidentifier() for name, _ in step.pairs):
        why = "it holds what is no name of a variable"
        yield Unread(text="ENV", why=why, origin=step.origin)
        return
    for name, value in step.pairs:
        why, instead = "", ""
        if re.fullmatch(_OWN_VARIABLES, name):
            why = "it belongs to the way the image is built"
        elif name in step.secrets:
            why = "it looks like a secret; everybody who has the image can read what is in ENV"
            instead = "pass it when the container starts"
        elif "$" in value:
            why = "its value depends on a variable that is not known"
        if why:
            yield Unread(text=f"ENV {name}", why=why, origin=step.origin, instead=instead)
        elif name == "PORT" and value.isdigit():
            yield Reading(key="port", value=int(value), origin=step.origin)
        else:
            moved = ":".join(_moved(part, folder) for part in value.split(":"))
            yield Reading(key="environment", value={name: moved}, origin=step.origin)


def _moved(path: str, folder: str) -> str:
    """Return a path into the old work directory as one into /app."""
    plain = path.rstrip("/") or path
    inside = folder != "/" and (plain == folder or plain.startswith(f"{folder}/"))
    return "/app" + plain.removeprefix(folder) if inside else path


def _labels(step: PreviousStep) -> _Results:
    if step.secrets:
        text = f"LABEL {' '.join(sorted(step.secrets))}"
        why = "it looks like a secret; everybody who has the image can read its labels"
        yield Unread(text=text, why=why, origin=step.origin)
    plain = {name: value for name, value in step.pairs if name not in step.secrets}
    if plain:
        yield Reading(key="labels", value=plain, origin=step.origin)


def _port(step: PreviousStep) -> _Results:
    spelled = step.value.split()
    ports = [word.partition("/")[0] for word in spelled if not word.endswith("/udp")]
    numbers = [int(port) for port in ports if port.isdigit()]
    if numbers:
        yield Reading(key="port", value=numbers[0], origin=step.origin)
        if len(spelled) > 1:
            yield _unread(step, "one port is one setting; the first number was taken")
    else:
        yield _unread(step, "it names no number that is known")


def _user(step: PreviousStep, users: dict[str, int]) -> Reading | Unread:
    name = step.value.partition(":")[0].strip()
    uid = int(name) if name.isdigit() else users.get(name)
    if uid is None:
        why = "its number stands nowhere in the file; the image has a user of its own"
        return _unread(step, why, "set `user` if volumes need a certain number")
    if uid == 0:
        return _unread(step, "the container never runs as root")
    return Reading(key="user", value=uid, origin=step.origin)


def _health(step: PreviousStep) -> _Results:
    origin, text = step.origin, step.value
    if text.strip().upper() == "NONE":
        yield Reading(key="healthcheck", value=False, origin=origin)
        return
    found = re.search(_HEALTH_PATH, text)
    path = found[1] if found else "/"
    known = path != "/" and "$" not in path and not _holds_secret(path)
    if known:
        yield Reading(key="health-path", value=path, origin=origin)
    why = "the probe is written anew, without curl"
    yield _unread(step, f"{why}; its path was read" if known else why)


def _run(step: PreviousStep) -> _Results:
    build = [
        name
        for name in step.packages
        if name in step.temporary or re.fullmatch(_BUILD_PACKAGES, name)
    ]
    kept = [name for name in step.packages if name not in build]
    if kept:
        yield Reading(key="packages", value=kept, origin=step.origin)
    named = (
        (build, "only what must be compiled brings compilers, headers and download tools",
         "set `build-packages` if your own steps need them"),
        (step.unclear, "no name of a package", "set `packages`"),
        (step.distributions, "installed beside the lock, so an image gets any version of it",
         "add them to the manifest and lock"),
    )  # fmt: skip
    for names, why, instead in named:
        if names:
            yield Unread(text=" ".join(names), why=why, origin=step.origin, instead=instead)
    if not any((kept, build, step.unclear, step.distributions)):
        why = next((why for pattern, why in _COMMANDS if re.search(pattern, step.value)), "")
        own = "if the image still needs it: stages.runtime.after"
        yield _unread(step, why or "a command of your own", "" if why else own)


def _other(step: PreviousStep) -> Unread:
    if step.name == "ARG":
        # Only the names: a default may be a secret.
        text = " ".join(("ARG", *(name for name, _ in step.pairs)))
        return Unread(text=text, why=_REPLACED["ARG"], origin=step.origin)
    if step.name in _REPLACED:
        return _unread(step, _REPLACED[step.name])
    # Its text is not repeated: it may be a line of a key that lost its instruction.
    why = "Docker knows no such instruction"
    return Unread(text="no instruction", why=why, origin=step.origin)


def _command(found: PreviousDockerfile) -> _Results:
    if found.ignored:
        yield _unread(found.ignored, "behind an ENTRYPOINT shell text is only an argument")
    said = found.command
    if said is None:
        return
    why, instead = said.why, ""
    if any(all(part in said.words for part in parts) for parts in _DEVELOPMENT):
        why = "it starts a development server; the locked server is used instead"
    elif _holds_secret(" ".join(said.words)):
        why, instead = "it holds a credential", "pass it when the container starts"
    elif "shell" in why:
        instead = "put the shell text into a script of the project and set `command` to it"
    if why:
        yield _unread(said, why, instead)
    elif said.words:
        yield Reading(key="command", value=list(said.words), origin=said.origin)


_READERS = {"LABEL": _labels, "EXPOSE": _port, "HEALTHCHECK": _health, "RUN": _run}


def _unread(said: PreviousStep | PreviousCommand, why: str, instead: str = "") -> Unread:
    return Unread(text=said.shown, why=why, origin=said.origin, instead=instead)


def _holds_secret(text: str) -> bool:
    return redact(hide_secrets(text)) != text


def needed_settings(
    found: Adoption, render: Callable[[dict[str, Any]], tuple[RenderedFile, ...]]
) -> Adoption:
    """Keep each setting only if the plan works with it and the files differ without it.

    `render` returns the files under some settings. Raises the error that no setting cures.
    """

    def attempt(changes: dict[str, Any]) -> tuple[RenderedFile, ...] | DockwrightError:
        try:
            return render(changes)
        except DockwrightError as error:
            return error

    best, refused = attempt({}), []
    kept: dict[str, Any] = {}
    for key, value in found.changes.items():
        files = attempt({**kept, key: value})
        # An error that was there before is not the fault of this setting.
        if isinstance(files, DockwrightError) and type(files) is not type(best):
            origin = next(one.origin for one in found.readings if one.key == key)
            why = f"it does not fit the project: {files.title}"
            refused.append(Unread(text=f"{key}={_shown(value)}", why=why, origin=origin))
        else:
            kept[key], best = value, files
    if isinstance(best, DockwrightError):
        raise best
    needed = dict(kept)
    for key, value in kept.items():
        items = () if isinstance(value, str | int) or key == "command" else tuple(value)
        for item in ("", *items):  # first the whole setting, then each of its items
            rest = _without(needed, key, item)
            if key in needed and attempt(rest) == best:
                needed = rest
    same = tuple(key for key in kept if key not in needed)
    return replace(found, changes=needed, same=same, unread=(*refused, *found.unread))


def _without(changes: dict[str, Any], key: str, item: str) -> dict[str, Any]:
    """Return the settings without one of them ("") or without one item of it."""
    value = changes.get(key)
    less: Any = None
    if item and isinstance(value, dict):
        less = {name: text for name, text in value.items() if name != item}
    elif item and isinstance(value, list):
        less = [other for other in value if other != item]
    rest = {name: was for name, was in changes.items() if name != key}
    return {**rest, key: less} if less else rest


def _shown(value: Any) -> str:  # noqa: ANN401 - TOML's types
    if isinstance(value, dict):
        return ",".join(f"{name}={text}" for name, text in value.items())
    return ",".join(value) if isinstance(value, list) else str(value)
