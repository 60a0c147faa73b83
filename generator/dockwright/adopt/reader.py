"""One pass over the shipped stages: every instruction becomes a reading or a reason why not."""

import posixpath
import re
from collections.abc import Iterator

from dockwright.adopt import shell
from dockwright.adopt.command import Argv, Copied, joined, spelled_argv
from dockwright.adopt.image import image_settings
from dockwright.adopt.instructions import FoundStage, Instruction, unquoted, words
from dockwright.adopt.reading import Reading, Unread
from dockwright.adopt.vocabulary import BUILD_TOOLS, OWN_VARIABLES, REPLACED, why_not_run
from dockwright.errors import redact
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import replace
from dockwright.model.secret_text import hide_secrets, is_secret_name

_VARIABLE = Pattern(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")
_HEALTH_PATH = Pattern(r"https?://[^/\s'\"]+(/[^\s'\"|)\\]*)")

_Results = Iterator[Reading | Unread]


class Reader:
    """Reads a chain of stages, the first one first, with the variables that are known at each line."""

    def __init__(self, path: str, arguments: dict[str, str], chain: tuple[FoundStage, ...]) -> None:
        self._path = path
        self._chain = chain
        self._values: dict[str, str] = {}
        for name, value in arguments.items():
            self._learn(name, value)
        self._arguments = self._values
        self._users = {"root": 0}
        self._workdir = ""
        self._copied: list[Copied] = []

    def read(self) -> _Results:
        """Yield everything, the image first and the command last: it depends on what was copied where."""
        yield from self._image()
        self._values = {}  # arguments above the first FROM are not known inside a stage
        found = [
            one
            for stage in self._chain
            for instruction in stage.instructions
            for one in self._instruction(instruction)
        ]
        yield from (
            self._moved(one) if isinstance(one, Reading) and one.key == "environment" else one
            for one in found
        )
        yield from self._command()

    def _image(self) -> _Results:
        first = self._chain[0]
        reference, origin = self._expanded(first.image), Origin(path=self._path, line=first.line)
        if "$" in reference:
            why = "the image depends on an argument without a default"
            yield Unread(
                text=f"FROM {first.image}",
                why=why,
                origin=origin,
                instead="set `base` and `python`",
            )
            return
        settings, why = image_settings(reference)
        for key, value in settings.items():
            yield Reading(key=key, value=value, origin=origin)
        if why:
            yield Unread(text=f"FROM {first.image}", why=why, origin=origin, instead="set `digest`")

    def _instruction(self, instruction: Instruction) -> _Results:
        readers = {
            "ENV": self._environment,
            "LABEL": self._labels,
            "EXPOSE": self._port,
            "USER": self._user,
            "HEALTHCHECK": self._health,
            "RUN": self._run,
            "ARG": self._argument,
            "WORKDIR": self._folder,
            "COPY": self._copy,
            "ADD": self._copy,
        }
        if instruction.name in readers:
            yield from readers[instruction.name](instruction)
        elif instruction.name not in {"CMD", "ENTRYPOINT"}:
            yield self._other(instruction)

    def _other(self, instruction: Instruction) -> Unread:
        if instruction.name in REPLACED:
            return self._unread(instruction, REPLACED[instruction.name])
        # Its text is not repeated: it may be a line of a key that lost the instruction it belongs to.
        origin = self._origin(instruction)
        return Unread(text="no instruction", why="Docker knows no such instruction", origin=origin)

    def _command(self) -> _Results:
        entrypoint, command = self._last_commands()
        last = command or entrypoint
        if last is None:
            return
        start, rest = (
            spelled_argv(self._expanded(one.value)) if one else Argv()
            for one in (entrypoint, command)
        )
        if entrypoint and command and not command.value.startswith("["):
            yield self._unread(command, "behind an ENTRYPOINT shell text is only an argument")
            rest, last = Argv(), entrypoint
        argv = joined(start, rest, tuple(self._copied))
        if _holds_secret(" ".join(argv.words)):
            yield self._unread(last, "it holds a credential", "pass it when the container starts")
        elif argv.words:
            yield Reading(key="command", value=list(argv.words), origin=self._origin(last))
        elif argv.why:
            instead = (
                "put the shell text into a script of the project and set `command` to it"
                if "shell" in argv.why
                else ""
            )
            yield self._unread(last, argv.why, instead)

    def _last_commands(self) -> tuple[Instruction | None, Instruction | None]:
        """ENTRYPOINT and CMD as they hold in the end: an ENTRYPOINT drops the CMD of the stages before its own."""
        entrypoint: Instruction | None = None
        command: Instruction | None = None
        for stage in self._chain:
            own = {instruction.name: instruction for instruction in stage.instructions}
            entrypoint = own.get("ENTRYPOINT", entrypoint)
            command = own.get("CMD", None if "ENTRYPOINT" in own else command)
        return entrypoint, command

    def _origin(self, instruction: Instruction) -> Origin:
        return Origin(path=self._path, line=instruction.line)

    def _unread(self, instruction: Instruction, why: str, instead: str = "") -> Unread:
        return Unread(
            text=instruction.spelled, why=why, origin=self._origin(instruction), instead=instead
        )

    def _learn(self, name: str, value: str) -> None:
        """Remember a variable for the lines below; a secret never, or it would come back under another name."""
        self._values[name] = "" if is_secret_name(name) or _holds_secret(value) else value

    def _expanded(self, text: str) -> str:
        """Variables in the text replaced by what ARG and ENV said of them; unknown ones stay."""

        def value(found: re.Match[str]) -> str:
            known = self._values.get(found["name"] or found["bare"], "")
            return known or (found["default"] if found["default"] is not None else found[0])

        return _VARIABLE.sub(value, text)

    def _argument(self, instruction: Instruction) -> _Results:
        for word in words(instruction.value):
            name, equals, value = word.partition("=")
            self._learn(name, unquoted(value) if equals else self._arguments.get(name, ""))
        names = " ".join(word.partition("=")[0] for word in words(instruction.value))
        yield Unread(text=f"ARG {names}", why=REPLACED["ARG"], origin=self._origin(instruction))

    def _folder(self, instruction: Instruction) -> _Results:
        folder = self._expanded(unquoted(instruction.value))
        self._workdir = posixpath.normpath(posixpath.join(self._workdir or "/", folder))
        if self._workdir != "/app":
            yield self._unread(instruction, REPLACED["WORKDIR"])

    def _copy(self, instruction: Instruction) -> _Results:
        sources = [self._expanded(unquoted(word)) for word in words(instruction.value)]
        if not any(flag.startswith("--from") for flag in instruction.flags) and len(sources) > 1:
            target = posixpath.normpath(posixpath.join(self._workdir or "/", sources[-1]))
            self._copied += [
                Copied(source=source, target=target, several=len(sources) > 2)
                for source in sources[:-1]
            ]
        yield self._unread(instruction, REPLACED["COPY"])

    def _labels(self, instruction: Instruction) -> _Results:
        found, origin = _pairs(self._expanded(instruction.value)), self._origin(instruction)
        secret = {
            name for name, value in found.items() if is_secret_name(name) or _holds_secret(value)
        }
        if secret:
            why = "it looks like a secret; everybody who has the image can read its labels"
            yield Unread(text=f"LABEL {' '.join(sorted(secret))}", why=why, origin=origin)
        plain = {name: value for name, value in found.items() if name not in secret}
        if plain:
            yield Reading(key="labels", value=plain, origin=origin)

    def _environment(self, instruction: Instruction) -> _Results:
        origin = self._origin(instruction)
        found = _pairs(instruction.value)
        if not all(name.isidentifier() for name in found):
            yield Unread(text="ENV", why="it holds what is no name of a variable", origin=origin)
            return
        for name, value in found.items():
            known = self._expanded(value)
            self._learn(name, known)
            if OWN_VARIABLES.fullmatch(name):
                yield Unread(
                    text=f"ENV {name}",
                    why="it belongs to the way the image is built",
                    origin=origin,
                )
            elif is_secret_name(name) or _holds_secret(known):
                why = "it looks like a secret; what is in ENV can be read by everybody who has the image"
                yield Unread(
                    text=f"ENV {name}",
                    why=why,
                    origin=origin,
                    instead="pass it when the container starts",
                )
            elif name == "PORT" and known.isdigit():
                yield Reading(key="port", value=int(known), origin=origin)
            elif "$" in known:
                yield Unread(
                    text=f"ENV {name}",
                    why="its value depends on a variable that is not known",
                    origin=origin,
                )
            else:
                yield Reading(key="environment", value={name: known}, origin=origin)

    def _moved(self, reading: Reading) -> Reading:
        """Paths into the last work directory lead into the new one."""
        moved = {
            name: ":".join(self._moved_path(part) for part in text.split(":"))
            for name, text in reading.value.items()
        }
        return replace(reading, value=moved)

    def _moved_path(self, path: str) -> str:
        plain, old = path.rstrip("/") or path, self._workdir
        inside = old not in {"", "/"} and (plain == old or plain.startswith(f"{old}/"))
        return "/app" + plain.removeprefix(old) if inside else path

    def _port(self, instruction: Instruction) -> _Results:
        spelled = self._expanded(instruction.value).split()
        ports = [word.partition("/")[0] for word in spelled if not word.endswith("/udp")]
        numbers = [int(port) for port in ports if port.isdigit()]
        if numbers:
            yield Reading(key="port", value=numbers[0], origin=self._origin(instruction))
        if len(spelled) > 1 or not numbers:
            why = (
                "one port is one setting; the first number was taken"
                if numbers
                else "it names no number that is known"
            )
            yield self._unread(instruction, why)

    def _user(self, instruction: Instruction) -> _Results:
        name = self._expanded(instruction.value).partition(":")[0].strip()
        uid = int(name) if name.isdigit() else self._users.get(name)
        if uid is None:
            why = "its number stands nowhere in the file; the image has a user of its own"
            yield self._unread(instruction, why, "set `user` if volumes need a certain number")
        elif uid == 0:
            yield self._unread(instruction, "the container never runs as root")
        else:
            yield Reading(key="user", value=uid, origin=self._origin(instruction))

    def _health(self, instruction: Instruction) -> _Results:
        if instruction.value.strip().upper() == "NONE":
            yield Reading(key="healthcheck", value=False, origin=self._origin(instruction))
            return
        path = _HEALTH_PATH.search(self._expanded(instruction.value))
        known = (
            path is not None
            and path[1] != "/"
            and "$" not in path[1]
            and not _holds_secret(path[1])
        )
        if path is not None and known:
            yield Reading(key="health-path", value=path[1], origin=self._origin(instruction))
        why = "the probe is written anew, without curl" + ("; its path was read" if known else "")
        yield self._unread(instruction, why)

    def _run(self, instruction: Instruction) -> _Results:
        script = self._expanded("\n".join((instruction.value, *instruction.documents)))
        split = shell.commands(script)
        self._users |= dict(user for argv in split.argvs if (user := shell.created_user(argv)))
        found = [one for argv in split.argvs if (one := shell.installed(argv))]
        gone = {name for argv in split.argvs for name in shell.removed(argv)}
        for installation in found:
            yield from self._packages(instruction, installation, gone)
        extra = [name for argv in split.argvs for name in shell.pip_installed(argv)]
        if extra:
            why = "they are installed beside the lock, so nobody knows which versions an image gets"
            yield Unread(
                text=" ".join(extra),
                why=why,
                origin=self._origin(instruction),
                instead="add them to the manifest and lock",
            )
        if not found and not extra:
            yield self._unread(instruction, *why_not_run(script))

    def _packages(
        self, instruction: Instruction, found: shell.Installation, gone: set[str]
    ) -> _Results:
        origin = self._origin(instruction)
        build = [
            name
            for name in found.packages
            if found.temporary or name in gone or BUILD_TOOLS.fullmatch(name)
        ]
        kept = [name for name in found.packages if name not in build]
        if kept:
            yield Reading(key="packages", value=kept, origin=origin)
        if build:
            why = "compilers, headers and download tools come with what must be compiled, into the build stage only"
            yield Unread(
                text=" ".join(build),
                why=why,
                origin=origin,
                instead="set `build-packages` if your own steps need them",
            )
        if found.unclear:
            yield Unread(
                text=" ".join(found.unclear),
                why="no name of a package",
                origin=origin,
                instead="set `packages`",
            )


def _holds_secret(text: str) -> bool:
    return redact(hide_secrets(text)) != text


def _pairs(value: str) -> dict[str, str]:
    """Names and values of ENV or LABEL: `a=b c="d e"`, or the old form `a the rest`."""
    parts = words(value)
    if parts and "=" not in parts[0]:
        name, _, rest = value.partition(" ")
        return {unquoted(name): unquoted(rest.strip())}
    pairs = (part.partition("=") for part in parts)
    return {unquoted(name): unquoted(text) for name, _, text in pairs}
