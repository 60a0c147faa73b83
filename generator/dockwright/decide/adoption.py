"""Which settings a hand-written Dockerfile means, and what in it becomes none, with the reason."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from dockwright.decide.knowledge import load_table
from dockwright.decide.web_process import port_in_command
from dockwright.errors import DockwrightError, redact
from dockwright.model.origin import Origin, Sourced
from dockwright.model.output import RenderedFile
from dockwright.model.project import PreviousCommand, PreviousDockerfile, PreviousStep
from dockwright.model.record import record, replace
from dockwright.model.secret import hide_secrets

_PYTHON_IMAGE = (
    r"(?:(?:docker\.io/)?(?:library/)?python:?|ghcr\.io/astral-sh/uv:(?:[\d.]+-)?python)"
    r"(?P<version>\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?)?-?(?P<rest>[^@/]*)"
)
_SUITES = ("trixie", "bookworm", "bullseye", "buster", "stretch")
_HEALTH_PATH = r"https?://[^/\s'\"]+(/[^\s'\"|)\\]*)"


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


_Said = PreviousStep | PreviousCommand | Sourced[str]
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
    # Lists and tables of several instructions are joined; otherwise the last one holds.
    changes: dict[str, Any] = {}
    for one in readings:
        before = changes.get(one.key)
        if isinstance(before, list):
            changes[one.key] = list(dict.fromkeys((*before, *one.value)))
        else:
            changes[one.key] = before | one.value if isinstance(before, dict) else one.value
    in_order = tuple(sorted(others, key=lambda one: one.origin.line or 0))
    return Adoption(readings=readings, unread=in_order, changes=changes)


def _results(found: PreviousDockerfile) -> _Results:
    yield from _image(found.image)
    for step in found.steps:
        if step.name not in {"CMD", "ENTRYPOINT"}:
            yield from _READERS.get(step.name, _other)(step, found)
    yield from _command(found)
    for stage in found.others:
        yield _unread(stage, "this stage is not what is shipped; its steps are decided anew")


def _read(said: _Said, key: str, value: object) -> Reading:
    return Reading(key=key, value=value, origin=said.origin)


def _unread(said: _Said, why: str, instead: str = "", *, text: str | None = None) -> Unread:
    whole = said.value if isinstance(said, Sourced) else said.shown
    return Unread(
        text=whole if text is None else text, why=why, origin=said.origin, instead=instead
    )


def _image(image: Sourced[str]) -> _Results:
    whole, text = image.value, f"FROM {image.value}"
    if "$" in whole:
        why = "the image depends on an argument without a default"
        yield _unread(image, why, "set `base` and `python`", text=text)
        return
    name, _, digest = whole.partition("@")
    for key, value in _image_settings(name).items():
        yield _read(image, key, value)
    if digest:
        why = "a digest is asked for anew: it belongs to the tag that will be used"
        yield _unread(image, why, "set `digest`", text=text)


def _image_settings(image: str) -> dict[str, str]:
    """Return `python`, `base` and `suite` of an image; another image than Python's is a `base`."""
    python = re.fullmatch(_PYTHON_IMAGE, image)
    if python is None:
        return {"base": image}
    version = python["version"] or ""
    # `python:3` is no version that could be kept: it means whatever is newest.
    settings = {"python": version} if "." in version else {}
    parts = python["rest"].split("-")
    alpine = next((part for part in parts if part.startswith("alpine")), "")
    # The newest Alpine is what the setting `base` alone means.
    suites = [alpine] if alpine else [part for part in parts if part in _SUITES]
    base = "alpine" if alpine else "slim" if "slim" in parts else "full"
    suite = {"suite": suites[0]} if suites and suites[0] != "alpine" else {}
    return {**settings, "base": base, **suite}


def _environment(step: PreviousStep, found: PreviousDockerfile) -> _Results:
    if not all(name.isidentifier() for name, _ in step.pairs):
        yield _unread(step, "it holds what is no name of a variable", text="ENV")
        return
    for name, value in step.pairs:
        why, instead = "", ""
        if re.fullmatch(load_table("adoption")["own-variables"], name):
            why = "it belongs to the way the image is built"
        elif name in step.secrets:
            why = "it looks like a secret; everybody who has the image can read what is in ENV"
            instead = "pass it when the container starts"
        elif "$" in value:
            why = "its value depends on a variable that is not known"
        if why:
            yield _unread(step, why, instead, text=f"ENV {name}")
        elif name == "PORT" and value.isdigit():
            yield _read(step, "port", int(value))
        else:
            moved = ":".join(_moved(part, found.folder) for part in value.split(":"))
            yield _read(step, "environment", {name: moved})


def _moved(path: str, folder: str) -> str:
    # A path into the old work directory is one into /app.
    plain = path.rstrip("/") or path
    inside = folder != "/" and (plain == folder or plain.startswith(f"{folder}/"))
    return "/app" + plain.removeprefix(folder) if inside else path


def _labels(step: PreviousStep, _: PreviousDockerfile) -> _Results:
    if step.secrets:
        why = "it looks like a secret; everybody who has the image can read its labels"
        yield _unread(step, why, text=f"LABEL {' '.join(sorted(step.secrets))}")
    plain = {name: value for name, value in step.pairs if name not in step.secrets}
    if plain:
        yield _read(step, "labels", plain)


def _port(step: PreviousStep, _: PreviousDockerfile) -> _Results:
    spelled = step.value.split()
    ports = [word.partition("/")[0] for word in spelled if not word.endswith("/udp")]
    # A variable that nobody set is no number, nor is a range.
    numbers = [int(port) for port in ports if port.isdigit()]
    if not numbers:
        yield _unread(step, "it names no number that is known")
        return
    yield _read(step, "port", numbers[0])
    if len(spelled) > 1:
        yield _unread(step, "one port is one setting; the first number was taken")


def _user(step: PreviousStep, found: PreviousDockerfile) -> _Results:
    # USER has a name; what volumes need is its number, which useradd was given.
    users = {"root": 0} | dict(user for one in found.steps for user in one.users)
    name = step.value.partition(":")[0].strip()
    uid = int(name) if name.isdigit() else users.get(name)
    if uid is None:
        why = "its number stands nowhere in the file; the image has a user of its own"
        yield _unread(step, why, "set `user` if volumes need a certain number")
    elif uid == 0:
        yield _unread(step, "the container never runs as root")
    else:
        yield _read(step, "user", uid)


def _health(step: PreviousStep, _: PreviousDockerfile) -> _Results:
    if step.value.strip().upper() == "NONE":
        yield _read(step, "healthcheck", value=False)
        return
    found = re.search(_HEALTH_PATH, step.value)
    path = found[1] if found else "/"
    # A slim image has no curl, which most probes are written with.
    why = "the probe is written anew, without curl"
    if path != "/" and "$" not in path and not _holds_secret(path):
        yield _read(step, "health-path", path)
        why += "; its path was read"
    yield _unread(step, why)


def _run(step: PreviousStep, _: PreviousDockerfile) -> _Results:
    table = load_table("adoption")
    # What the same RUN removes again was there for its compilers.
    build = [
        name
        for name in step.packages
        if name in step.temporary or re.fullmatch(table["build-packages"], name)
    ]
    kept = [name for name in step.packages if name not in build]
    if kept:
        yield _read(step, "packages", kept)
    if build:
        why = "only what must be compiled brings compilers, headers and download tools"
        instead = "set `build-packages` if your own steps need them"
        yield _unread(step, why, instead, text=" ".join(build))
    if step.unclear:
        yield _unread(step, "no name of a package", "set `packages`", text=" ".join(step.unclear))
    if step.distributions:
        why = "installed beside the lock, so an image gets any version of it"
        text = " ".join(step.distributions)
        yield _unread(step, why, "add them to the manifest and lock", text=text)
    if not any((step.packages, step.unclear, step.distributions)):
        known = (one["why"] for one in table["command"] if re.search(one["pattern"], step.value))
        why = next(known, "")
        own = "if the image still needs it: stages.runtime.after"
        yield _unread(step, why or "a command of your own", "" if why else own)


def _other(step: PreviousStep, _: PreviousDockerfile) -> _Results:
    why = load_table("adoption")["replaced"].get(step.name)
    if why is None:
        # Its text is not repeated: it may be a line of a key that lost its instruction.
        yield _unread(step, "Docker knows no such instruction", text="no instruction")
    elif step.name == "ARG":
        # Only the names: a default may be a secret.
        yield _unread(step, why, text=" ".join(("ARG", *(name for name, _ in step.pairs))))
    elif (step.name, step.value) != ("WORKDIR", "/app"):
        yield _unread(step, why)


_READERS: dict[str, Callable[[PreviousStep, PreviousDockerfile], _Results]] = {
    "ENV": _environment,
    "LABEL": _labels,
    "EXPOSE": _port,
    "USER": _user,
    "HEALTHCHECK": _health,
    "RUN": _run,
}


def _command(found: PreviousDockerfile) -> _Results:
    if found.ignored:
        yield _unread(found.ignored, "behind an ENTRYPOINT shell text is only an argument")
    said = found.command
    if said is None:
        return
    why, instead = said.why, ""
    if any(set(words) <= set(said.words) for words in load_table("adoption")["development"]):
        why = "it starts a development server; the locked server is used instead"
    elif _holds_secret(" ".join(said.words)):
        why, instead = "it holds a credential", "pass it when the container starts"
    elif "shell" in why:
        instead = "put the shell text into a script of the project and set `command` to it"
    if why:
        yield _unread(said, why, instead)
    elif said.words:
        port = port_in_command(" ".join(said.words), said.origin)
        if port is not None:
            yield _read(said, "port", port.value)
        yield _read(said, "command", list(said.words))


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

    # The fewer settings are saved, the more is decided anew when the project changes.
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
        # First the whole setting, then each of its items.
        for item in ("", *items):
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
