"""What a Dockerfile that exists already says: its stages, image, variables, packages, command.

There is no maintained parser for Python that knows heredocs, and one that does not would take
their lines for instructions. This one reads a Dockerfile as BuildKit does.
"""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator

from dockwright.errors import redact
from dockwright.model.origin import Origin, Sourced
from dockwright.model.project import PreviousCommand, PreviousDockerfile, PreviousStep
from dockwright.model.record import record, replace
from dockwright.model.secret import hide_secrets, is_secret_name

_DIRECTIVE = r"#\s*(\w+)\s*=\s*(.*?)\s*$"
_HEREDOC = r"(?<![<\\])<<(-?)([\"']?)([A-Za-z0-9_.][\w.]*)\2(?![<\w])"
_WORD = r"(?:[^\s\"'\\]|\\.|\"(?:\\.|[^\"\\])*\"|'[^']*')+"
_FLAG = r"--[a-z][a-z-]*(=|$)"
_VARIABLE = r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})"
_SHELL_SYNTAX = r"[&|;<>`$*?(){}\n]"

_LATER_STAGES = frozenset({"dev", "development", "test", "tests", "testing", "debug", "ci", "lint"})
"""Names of stages that are not shipped, even where they come last."""

_INITS = frozenset({"tini", "dumb-init", "docker-init", "catatonit"})
_RUNNERS = (("poetry", "run"), ("pipenv", "run"), ("uv", "run"), ("pdm", "run"))

_APT_WITH_VALUE = frozenset(
    [
        "-t",
        "--target-release",
        "-o",
        "--option",
        "-c",
        "--repository",
        "-X",
        "--virtual",
        "-p",
        "--root",
        "--arch",
    ]
)
_PIP_WITH_VALUE = frozenset(
    [
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "-t",
        "--target",
        "--prefix",
        "--trusted-host",
        "--cache-dir",
        "--root",
        "-m",
        "--timeout",
        "--python",
        "-e",
        "--editable",
    ]
)
_USER_WITH_VALUE = frozenset(
    [
        "-u",
        "--uid",
        "-g",
        "--gid",
        "-G",
        "--ingroup",
        "-d",
        "--home",
        "-h",
        "-s",
        "--shell",
        "--gecos",
        "-c",
        "-b",
    ]
)
_PACKAGE = r"[a-z0-9][a-z0-9.+-]*(:[a-z0-9]+)?(=[A-Za-z0-9.+:~*-]+)?"
_DISTRIBUTION = r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?([<>=!~].*)?"
_BUILD_DISTRIBUTION = (
    r"(?i)(pip|setuptools|wheel|pipenv|poetry(-plugin-\S+)?|uv|pdm|pip-tools|virtualenv|build"
    r"|micropipenv)(\[[^\]]*\])?([<>=!~].*)?"
)
_BEFORE_A_COMMAND = frozenset({"sudo", "then", "else", "do", "time", "exec", "if", "{", "!"})


@record
class Instruction:
    """One instruction: `name` in capitals, `value` on one line, without flags.

    `documents` are the heredocs' bodies, `origin` the line where it begins.
    """

    name: str
    value: str
    origin: Origin
    flags: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The instruction on one line, shortened and without credentials, for a message."""
        text = redact(hide_secrets(" ".join((self.name, *self.flags, self.value))))
        return text if len(text) <= 100 else text[:97] + "..."


@record
class FoundStage:
    """A stage: `image` and `name` as its FROM spells them ("" without a name), and what follows."""

    image: str
    name: str
    origin: Origin
    instructions: tuple[Instruction, ...]


def previous_dockerfile(text: str, path: str = "Dockerfile") -> PreviousDockerfile | None:
    """Return what a Dockerfile's text says; None if it has no FROM."""
    found = instructions(text, path)
    stages = _stages(found)
    if not stages:
        return None
    shipped = _shipped(stages)
    arguments: dict[str, str] = {}
    for instruction in found[: found.index(next(one for one in found if one.name == "FROM"))]:
        arguments |= _without_secrets(_arguments_of(instruction, {}))[0]
    reading = _Reading(arguments)
    steps = tuple(reading.step(one) for stage in shipped for one in stage.instructions)
    command, ignored = _command(shipped, reading)
    image = Sourced(value=_expanded(shipped[0].image, arguments), origin=shipped[0].origin)
    return PreviousDockerfile(
        path=path,
        image=image,
        steps=steps,
        folder=reading.folder,
        command=command,
        ignored=ignored,
        others=tuple(_from(stage) for stage in stages if stage not in shipped),
    )


def instructions(text: str, path: str = "Dockerfile") -> tuple[Instruction, ...]:
    """Return all instructions in order; comments and directives are left out."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return tuple(_instructions(lines, path))


def words(text: str) -> tuple[str, ...]:
    """Split at white space outside quotes; quotes and escapes stay."""
    return tuple(re.findall(_WORD, text))


def unquoted(word: str) -> str:
    """Return a word without its quotes and escapes."""
    pieces = re.findall(r"(?s)\"((?:\\.|[^\"\\])*)\"|'([^']*)'|((?:\\.|[^\"'\\])+)", word)
    return "".join(
        single or re.sub(r"(?s)\\(.)", r"\1", double or bare) for double, single, bare in pieces
    )


def pairs(value: str) -> dict[str, str]:
    """Return the names and values of ENV or LABEL: `a=b c="d e"`, or the old form `a the rest`."""
    parts = words(value)
    if parts and "=" not in parts[0]:
        name, _, rest = value.partition(" ")
        return {unquoted(name): unquoted(rest.strip())}
    split = (part.partition("=") for part in parts)
    return {unquoted(name): unquoted(text) for name, _, text in split}


def holds_secret(text: str) -> bool:
    """Whether a text holds a credential, a private key or a provider's token."""
    return redact(hide_secrets(text)) != text


def _instructions(lines: list[str], path: str) -> Iterator[Instruction]:
    ends = re.escape(_escape(lines)) + r"[ \t]*$"
    at = 0
    while at < len(lines):
        parts: list[str] = []
        start = at
        while at < len(lines):
            line = lines[at] if parts else lines[at].strip()
            at += 1
            if line.lstrip().startswith("#") or not line.strip():
                # Inside a continued instruction they do not end it.
                start = start if parts else at
                continue
            parts.append(re.sub(ends, "", line))
            if not re.search(ends, line):
                break
        if not parts:
            return
        name, _, rest = "".join(parts).strip().partition(" ")
        documents, at = _documents(name.upper(), rest, lines, at)
        flags, value = _flags(name.upper(), rest.strip())
        origin = Origin(path=path, line=start + 1)
        yield Instruction(
            name=name.upper(), value=value, origin=origin, flags=flags, documents=documents
        )


def _escape(lines: list[str]) -> str:
    """Return the escape character: directives stand before everything else."""
    for line in lines:
        directive = re.match(_DIRECTIVE, line.strip())
        if directive is None or directive[1].lower() not in {"syntax", "escape", "check"}:
            break
        if directive[1].lower() == "escape" and directive[2] in {"`", "\\"}:
            return directive[2]
    return "\\"


def _documents(name: str, rest: str, lines: list[str], at: int) -> tuple[tuple[str, ...], int]:
    """Return the heredocs that an instruction opens, and the line after them."""
    bodies: list[str] = []
    opened = re.findall(_HEREDOC, rest) if name in {"RUN", "COPY", "ADD"} else []
    for dash, _, mark in opened:
        end = at
        while end < len(lines) and (lines[end].lstrip("\t") if dash else lines[end]) != mark:
            end += 1
        bodies.append("\n".join(lines[at:end]))
        at = end + 1
    return tuple(bodies), at


def _flags(name: str, rest: str) -> tuple[tuple[str, ...], str]:
    flags: list[str] = []
    may = name in {"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"}
    while may and re.match(_FLAG, rest):
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
        rest = rest.lstrip()
    return tuple(flags), rest


def _stages(found: tuple[Instruction, ...]) -> tuple[FoundStage, ...]:
    starts = [at for at, instruction in enumerate(found) if instruction.name == "FROM"]
    stages = []
    for start, end in zip(starts, [*starts[1:], len(found)], strict=False):
        parts = found[start].value.split()
        named = len(parts) == 3 and parts[1].upper() == "AS"
        stage = FoundStage(
            image=parts[0] if parts else "",
            name=parts[2] if named else "",
            origin=found[start].origin,
            instructions=found[start + 1 : end],
        )
        stages.append(stage)
    return tuple(stages)


def _shipped(stages: tuple[FoundStage, ...]) -> tuple[FoundStage, ...]:
    """Return the stage that is shipped and those it starts from, the first one first."""
    candidates = [stage for stage in stages if stage.name.lower() not in _LATER_STAGES]
    chain = [candidates[-1] if candidates else stages[-1]]
    named = {stage.name: stage for stage in stages if stage.name}
    while (above := named.get(chain[0].image)) is not None and above not in chain:
        chain.insert(0, above)
    return tuple(chain)


def _from(stage: FoundStage) -> Sourced[str]:
    named = f" AS {stage.name}" if stage.name else ""
    return Sourced(value=f"FROM {stage.image}{named}", origin=stage.origin)


class _Reading:
    """The state of one pass over the shipped stages: variables, work directory, what was copied.

    Arguments above the first FROM are known inside a stage only where it declares them again. What
    looks like a secret is empty among the variables: it would come back under another name.
    """

    def __init__(self, arguments: dict[str, str]) -> None:
        self._arguments = arguments
        self.variables: dict[str, str] = {}
        self.folder = "/"
        self.copied: list[tuple[str, str, bool]] = []

    def step(self, instruction: Instruction) -> PreviousStep:
        """Return one instruction as facts, and remember what the lines below need."""
        step = PreviousStep(
            name=instruction.name,
            shown=instruction.shown,
            origin=instruction.origin,
            value=_expanded(instruction.value, self.variables),
        )
        if instruction.name in {"ENV", "LABEL", "ARG"}:
            return self._assignment(instruction, step)
        if instruction.name == "RUN":
            script = "\n".join((instruction.value, *instruction.documents))
            return _run(replace(step, value=_expanded(script, self.variables)))
        if instruction.name == "WORKDIR":
            self.folder = self._absolute(unquoted(step.value))
        elif instruction.name in {"COPY", "ADD"}:
            self._copy(instruction)
        return step

    def _assignment(self, instruction: Instruction, step: PreviousStep) -> PreviousStep:
        found = _arguments_of(instruction, self._arguments)
        if instruction.name != "ARG":
            variables = dict(self.variables)
            for name, value in pairs(instruction.value).items():
                found[name] = _expanded(value, variables)
                variables |= _without_secrets({name: found[name]})[0]
        plain, secrets = _without_secrets(found)
        self.variables |= plain if instruction.name != "LABEL" else {}
        return replace(step, pairs=tuple(plain.items()), secrets=secrets)

    def _copy(self, instruction: Instruction) -> None:
        """Remember the (source, absolute target, one of several) of what the project gives."""
        found = [_expanded(unquoted(word), self.variables) for word in words(instruction.value)]
        if found and not any(flag.startswith("--from") for flag in instruction.flags):
            *sources, last = found
            target = self._absolute(last)
            self.copied += [(source, target, len(sources) > 1) for source in sources]

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, path))


def _arguments_of(instruction: Instruction, known: dict[str, str]) -> dict[str, str]:
    """Return the names and defaults of an ARG; one without a default has that of `known`."""
    if instruction.name != "ARG":
        return {}
    split = (word.partition("=") for word in words(instruction.value))
    return {
        name: unquoted(value) if equals else known.get(name, "") for name, equals, value in split
    }


def _without_secrets(found: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    secret = [name for name, value in found.items() if is_secret_name(name) or holds_secret(value)]
    return found | dict.fromkeys(secret, ""), tuple(secret)


def _run(step: PreviousStep) -> PreviousStep:
    commands = _shell_commands(step.value)
    installed = [one for argv in commands if (one := _installed_packages(argv))]
    names = tuple(name for one in installed for name in one.packages)
    removed = [name for argv in commands for name in _removed_packages(argv)]
    removed += [name for one in installed if one.temporary for name in one.packages]
    return replace(
        step,
        packages=names,
        temporary=frozenset(removed),
        unclear=tuple(name for one in installed for name in one.unclear),
        distributions=tuple(name for argv in commands for name in _pip_installed(argv)),
        users=tuple(user for argv in commands if (user := _created_user(argv))),
    )


def _expanded(text: str, variables: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        known = variables.get(found["name"] or found["bare"], "")
        return known or (found[0] if found["default"] is None else found["default"])

    return re.sub(_VARIABLE, value, text)


def _command(
    shipped: tuple[FoundStage, ...], reading: _Reading
) -> tuple[PreviousCommand | None, PreviousCommand | None]:
    """Return what ENTRYPOINT and CMD say together in the end, and a CMD that is ignored."""
    entrypoint: Instruction | None = None
    command: Instruction | None = None
    for stage in shipped:
        own = {instruction.name: instruction for instruction in stage.instructions}
        entrypoint = own.get("ENTRYPOINT", entrypoint)
        # An ENTRYPOINT drops the CMD of the stages before its own.
        command = own.get("CMD", None if "ENTRYPOINT" in own else command)
    ignored = None
    if entrypoint and command and not command.value.startswith("["):
        # Behind an ENTRYPOINT shell text is only an argument.
        ignored = PreviousCommand(shown=command.shown, origin=command.origin)
        command = None
    last = command or entrypoint
    if last is None:
        return None, None
    argv: tuple[str, ...] = ()
    why = ""
    for one in (entrypoint, command):
        found, wrong = _argv(_expanded(one.value, reading.variables)) if one else ((), "")
        argv, why = argv + found, why or wrong
    copied = tuple(reading.copied)
    kept = tuple(_of_the_project(word, copied) for word in _without_wrappers(argv))
    said = PreviousCommand(shown=last.shown, origin=last.origin, words=() if why else kept, why=why)
    return said, ignored


def _argv(value: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a CMD or ENTRYPOINT in either form, or none and the reason."""
    if value.startswith("["):
        try:
            found = json.loads(value)
        except ValueError:
            return (), "its list is not valid JSON, so Docker takes it for shell text"
        if isinstance(found, list) and all(isinstance(word, str) for word in found):
            shell = len(found) == 3 and found[0].rpartition("/")[2] in {"sh", "bash"}
            if not (shell and found[1] in {"-c", "-lc", "-ec"}):
                return tuple(found), ""
            value = found[2]
    text = re.sub(r"^exec\s+", "", value.strip())
    if re.search(_SHELL_SYNTAX, text):
        return (), "it needs a shell"
    try:
        return tuple(shlex.split(text)), ""
    except ValueError:
        return (), "its quotes do not match"


def _without_wrappers(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out an init and `poetry run` and the like, with their options."""
    wrappers = [*((name,) for name in _INITS), *_RUNNERS]
    for wrapper in wrappers:
        start = (argv[0].rpartition("/")[2], *argv[1 : len(wrapper)]) if argv else ()
        if start == wrapper:
            argv = argv[len(wrapper) :]
            while argv and argv[0].startswith("-"):
                argv = argv[1:]
    return argv


def _of_the_project(word: str, copied: tuple[tuple[str, str, bool], ...]) -> str:
    """Return a path of the image as one of the project; a program of a venv by its name alone."""
    environment = re.fullmatch(r".*(?:venv|virtualenv|env)/bin/([\w.-]+)", word)
    if environment:
        return environment[1]
    for source, target, several in reversed(copied) if word.startswith("/") else ():
        inside = word.removeprefix(target.rstrip("/") + "/")
        path = source.removeprefix("./").strip("/")
        if word == target and not several:
            return f"./{path}"
        if inside != word and source in {".", "./"}:
            return f"./{inside}"
        if inside != word and inside == path.rpartition("/")[2]:
            return f"./{path}"
    return word


@record
class _Installation:
    """What one apt or apk command installs; `unclear` are words that are no names of packages.

    `temporary` says that the packages are removed again.
    """

    packages: tuple[str, ...]
    unclear: tuple[str, ...] = ()
    temporary: bool = False


def _shell_commands(script: str) -> tuple[tuple[str, ...], ...]:
    """Split a RUN into simple commands; what cannot be split gives none.

    Only what is said plainly is understood: loops and functions come out as words.
    """
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        return ()
    argvs: list[list[str]] = [[]]
    variables: dict[str, str] = {}
    for token in tokens:
        assigned = re.fullmatch(r"(?s)([A-Za-z_]\w*)=(.*)", token)
        named = re.fullmatch(r"\$\{?(\w+)\}?", token)
        if not token.strip("();<>|&\n"):
            argvs.append([])
        elif not argvs[-1] and assigned:
            variables[assigned[1]] = assigned[2]
        elif argvs[-1] or token not in _BEFORE_A_COMMAND:
            known = named and named[1] in variables
            argvs[-1] += variables[named[1]].split() if named and known else [token]
    return tuple(tuple(argv) for argv in argvs if argv)


def _installed_packages(argv: tuple[str, ...]) -> _Installation | None:
    """Return what an apt or apk command installs, None for another command."""
    program, arguments = _program(argv), _arguments(argv[1:], _APT_WITH_VALUE)
    installs = {"apt-get": "install", "apt": "install", "aptitude": "install", "apk": "add"}
    if not arguments or arguments[0] != installs.get(program):
        return None
    names = arguments[1:]
    return _Installation(
        packages=tuple(name for name in names if re.fullmatch(_PACKAGE, name)),
        unclear=tuple(name for name in names if not re.fullmatch(_PACKAGE, name)),
        temporary=program == "apk" and bool({"-t", "--virtual"} & set(argv)),
    )


def _removed_packages(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the packages that an apt or apk command removes again."""
    arguments = _arguments(argv[1:], _APT_WITH_VALUE)
    removes = {"apt-get": ("purge", "remove"), "apt": ("purge", "remove"), "apk": ("del",)}
    known = arguments and arguments[0] in removes.get(_program(argv), ())
    return arguments[1:] if known else ()


def _pip_installed(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the distributions that a `pip install` names itself, tools of the build apart."""
    arguments = _arguments(argv[1:], _PIP_WITH_VALUE)
    if "install" not in arguments:
        return ()
    start = arguments.index("install")
    if not {_program(argv), *arguments[:start]} & {"pip", "pip3"}:
        return ()
    return tuple(
        name
        for name in arguments[start + 1 :]
        if re.fullmatch(_DISTRIBUTION, name) and not re.fullmatch(_BUILD_DISTRIBUTION, name)
    )


def _created_user(argv: tuple[str, ...]) -> tuple[str, int] | None:
    """Return name and number of the user that a command makes, None without a number."""
    if _program(argv) not in {"useradd", "adduser"}:
        return None
    number = re.search(r"(?: -u ?| --uid[ =])(\d+)(?= |$)", " ".join(argv))
    names = _arguments(argv[1:], _USER_WITH_VALUE)
    return (names[0], int(number[1])) if number and names else None


def _program(argv: tuple[str, ...]) -> str:
    return argv[0].rpartition("/")[2] if argv else ""


def _arguments(following: tuple[str, ...], with_value: frozenset[str]) -> tuple[str, ...]:
    """Return the words that are no options and no values of options."""
    result, skip = [], False
    for word in following:
        if not skip and not word.startswith("-"):
            result.append(word)
        skip = not skip and word in with_value
    return tuple(result)
