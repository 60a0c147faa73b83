"""What a Dockerfile that exists already says: its stages, image, variables, packages, command.

There is no maintained parser for Python that knows heredocs, and one that does not would take
their lines for instructions. This one reads a Dockerfile as BuildKit does.
"""

import json
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile

from dockwright.errors import redact
from dockwright.model.origin import Origin, Sourced
from dockwright.model.project import PreviousCommand, PreviousDockerfile, PreviousStep
from dockwright.model.record import record, replace
from dockwright.model.secret import hide_secrets, is_secret_name

# Directives stand before everything else; on Windows the escape character is a backtick.
_BACKTICK = r"(?i)(?:#[ \t]*\w+[ \t]*=.*\n)*?#[ \t]*escape[ \t]*=[ \t]*`[ \t]*(?:\n|$)"
_HEREDOC = r"(?<![<\\])<<(-?)([\"']?)([A-Za-z0-9_.][\w.]*)\2(?![<\w])"
_WORD = r"(?:[^\s\"'\\]|\\.|\"(?:\\.|[^\"\\])*\"|'[^']*')+"
_FLAGS = r"(?s)((?:--[a-z][a-z-]*(?:=\S*)?(?:\s+|$))*)(.*)"
_VARIABLE = r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})"
_SHELL_SYNTAX = r"[&|;<>`$*?(){}\n]"
# Names of stages that are not shipped, even where they come last.
_LATER_STAGE = r"(?i)dev|development|tests?|testing|debug|ci|lint"
# They run another command, which is what the container is for.
_WRAPPERS = (r"tini|dumb-init|docker-init|catatonit", r"(poetry|pipenv|uv|pdm) run")
_BEFORE_A_COMMAND = frozenset({"sudo", "then", "else", "do", "time", "exec", "if", "{", "!"})

_INSTALLS = r"(apt-get|apt|aptitude) install|apk add"
_REMOVES = r"(apt-get|apt) (purge|remove)|apk del"
# Options whose value is the next word, which is then no name of a package.
_APT_WITH_VALUE = r"-[tocXp]|--(target-release|option|repository|virtual|root|arch)"
_PIP_WITH_VALUE = (
    r"-[rciftme]|--(requirement|constraint|(extra-)?index-url|find-links|target|prefix"
    r"|trusted-host|cache-dir|root|timeout|python|editable)"
)
_USER_WITH_VALUE = r"-[ugGdhscb]|--(uid|gid|ingroup|home|shell|gecos)"
_PACKAGE = r"[a-z0-9][a-z0-9.+-]*(:[a-z0-9]+)?(=[A-Za-z0-9.+:~*-]+)?"
_DISTRIBUTION = r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?([<>=!~].*)?"
_BUILD_DISTRIBUTION = (
    r"(?i)(pip|setuptools|wheel|pipenv|poetry(-plugin-\S+)?|uv|pdm|pip-tools|virtualenv|build"
    r"|micropipenv)(\[[^\]]*\])?([<>=!~].*)?"
)


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


# A stage begins with its FROM.
_Stage = tuple[Instruction, ...]


def previous_dockerfile(text: str, path: str = "Dockerfile") -> PreviousDockerfile | None:
    """Return what a Dockerfile's text says; None if it has no FROM."""
    found = instructions(text, path)
    starts = [at for at, instruction in enumerate(found) if instruction.name == "FROM"]
    if not starts:
        return None
    ends = (*starts[1:], len(found))
    stages = [found[start:end] for start, end in zip(starts, ends, strict=True)]
    shipped = _shipped(stages)
    arguments: dict[str, str] = {}
    for instruction in found[: starts[0]]:
        arguments |= _without_secrets(_arguments_of(instruction, {}))[0]
    reading = _Reading(arguments)
    steps = tuple(reading.step(one) for stage in shipped for one in stage[1:])
    command, ignored = _command(shipped, reading)
    image = expanded(_image_and_name(shipped[0])[0], arguments)
    others = []
    for stage in (stage for stage in stages if stage not in shipped):
        other, name = _image_and_name(stage)
        said = f"FROM {other} AS {name}" if name else f"FROM {other}"
        others.append(Sourced(value=said, origin=stage[0].origin))
    return PreviousDockerfile(
        path=path,
        image=Sourced(value=image, origin=shipped[0][0].origin),
        steps=steps,
        folder=reading.folder,
        command=command,
        ignored=ignored,
        others=tuple(others),
        copied=tuple(reading.copied),
    )


def instructions(text: str, path: str = "Dockerfile") -> tuple[Instruction, ...]:
    """Return all instructions in order; comments and directives are left out."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    goes_on = r"`[ \t]*$" if re.match(_BACKTICK, text) else r"\\[ \t]*$"
    return tuple(_instructions(text.split("\n"), goes_on, path))


def _instructions(lines: list[str], goes_on: str, path: str) -> Iterator[Instruction]:
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
            parts.append(re.sub(goes_on, "", line))
            if not re.search(goes_on, line):
                break
        if not parts:
            return
        name, _, rest = "".join(parts).strip().partition(" ")
        name, flags = name.upper(), None
        documents: list[str] = []
        opened = re.findall(_HEREDOC, rest) if name in {"RUN", "COPY", "ADD"} else []
        for dash, _, mark in opened:
            end = at
            while end < len(lines) and (lines[end].lstrip("\t") if dash else lines[end]) != mark:
                end += 1
            documents.append("\n".join(lines[at:end]))
            at = end + 1
        if name in {"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"}:
            flags = re.match(_FLAGS, rest.strip())
        yield Instruction(
            name=name,
            value=flags[2] if flags else rest.strip(),
            origin=Origin(path=path, line=start + 1),
            flags=tuple(flags[1].split()) if flags else (),
            documents=tuple(documents),
        )


def joined(argv: Iterable[str]) -> str:
    """Return a command line; words that hold a variable stay open to the shell."""
    return " ".join(word if "$" in word and " " not in word else shlex.quote(word) for word in argv)


def _words(text: str) -> list[str]:
    """Split at white space outside quotes; quotes and escapes stay."""
    return re.findall(_WORD, text)


def _unquoted(word: str) -> str:
    pieces = re.findall(r"(?s)\"((?:\\.|[^\"\\])*)\"|'([^']*)'|((?:\\.|[^\"'\\])+)", word)
    return "".join(
        single or re.sub(r"(?s)\\(.)", r"\1", double or bare) for double, single, bare in pieces
    )


def _pairs(value: str) -> dict[str, str]:
    """Return the names and values of ENV or LABEL: `a=b c="d e"`, or the old form `a the rest`."""
    parts = _words(value)
    if parts and "=" not in parts[0]:
        name, _, rest = value.partition(" ")
        return {_unquoted(name): _unquoted(rest.strip())}
    split = (part.partition("=") for part in parts)
    return {_unquoted(name): _unquoted(text) for name, _, text in split}


def _image_and_name(stage: _Stage) -> tuple[str, str]:
    """Return image and name as a stage's FROM spells them, "" without a name."""
    parts = stage[0].value.split()
    named = len(parts) == 3 and parts[1].upper() == "AS"
    return parts[0] if parts else "", parts[2] if named else ""


def _shipped(stages: list[_Stage]) -> list[_Stage]:
    """Return the stage that is shipped and those it starts from, the first one first."""
    # A stage may start from another one by its name; Docker takes the last one of that name.
    named = {_image_and_name(stage)[1]: stage for stage in stages}
    candidates = [s for s in stages if not re.fullmatch(_LATER_STAGE, _image_and_name(s)[1])]
    chain = [(candidates or stages)[-1]]
    # An image that is called "" is that of a FROM without any.
    while (image := _image_and_name(chain[0])[0]) and image in named and named[image] not in chain:
        chain.insert(0, named[image])
    return chain


class _Reading:
    """The state of one pass over the shipped stages: variables, work directory, what was copied.

    Arguments above the first FROM are known inside a stage only where it declares them again. What
    looks like a secret is empty among the variables: it would come back under another name.
    """

    def __init__(self, arguments: dict[str, str]) -> None:
        self._arguments = arguments
        self.variables: dict[str, str] = {}
        self.folder = "/"
        # Of each path: source, absolute target, and whether it is one of several.
        self.copied: list[tuple[str, str, bool]] = []

    def step(self, instruction: Instruction) -> PreviousStep:
        """Return one instruction as facts, and remember what the lines below need."""
        name, given = instruction.name, instruction.value
        text = "\n".join((given, *instruction.documents)) if name == "RUN" else given
        shown, value = instruction.shown, expanded(text, self.variables)
        step = PreviousStep(name=name, shown=shown, origin=instruction.origin, value=value)
        if name in {"ENV", "LABEL", "ARG"}:
            return self._assignment(instruction, step)
        if name == "RUN":
            return _run(step)
        if name == "WORKDIR":
            self.folder = self._absolute(_unquoted(value))
        elif name in {"COPY", "ADD"}:
            paths = [expanded(_unquoted(word), self.variables) for word in _words(given)]
            if paths and not any(flag.startswith("--from") for flag in instruction.flags):
                *sources, last = paths
                target = self._absolute(last)
                self.copied += [(source, target, len(sources) > 1) for source in sources]
        return step

    def _assignment(self, instruction: Instruction, step: PreviousStep) -> PreviousStep:
        found = _arguments_of(instruction, self._arguments)
        if instruction.name != "ARG":
            # In one ENV a value may refer to a name that stands before it.
            variables = dict(self.variables)
            for name, value in _pairs(instruction.value).items():
                found[name] = expanded(value, variables)
                variables |= _without_secrets({name: found[name]})[0]
        plain, secrets = _without_secrets(found)
        self.variables |= plain if instruction.name != "LABEL" else {}
        return replace(step, pairs=tuple(plain.items()), secrets=secrets)

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, path))


def _arguments_of(instruction: Instruction, known: dict[str, str]) -> dict[str, str]:
    """Return the names and defaults of an ARG; one without a default has that of `known`."""
    split = (word.partition("=") for word in _words(instruction.value))
    if instruction.name != "ARG":
        return {}
    return {name: _unquoted(text) if mark else known.get(name, "") for name, mark, text in split}


def _without_secrets(found: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    secret = [
        name
        for name, value in found.items()
        if is_secret_name(name) or redact(hide_secrets(value)) != value
    ]
    return found | dict.fromkeys(secret, ""), tuple(secret)


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with the variables that are known filled in; the others stay."""

    def value(found: re.Match[str]) -> str:
        known = variables.get(found["name"] or found["bare"], "")
        return known or (found[0] if found["default"] is None else found["default"])

    return re.sub(_VARIABLE, value, text)


def _command(
    shipped: list[_Stage], reading: _Reading
) -> tuple[PreviousCommand | None, PreviousCommand | None]:
    """Return what ENTRYPOINT and CMD say together in the end, and a CMD that is ignored."""
    entrypoint: Instruction | None = None
    command: Instruction | None = None
    for stage in shipped:
        own = {instruction.name: instruction for instruction in stage}
        entrypoint = own.get("ENTRYPOINT", entrypoint)
        # An ENTRYPOINT drops the CMD of the stages before its own.
        command = own.get("CMD", None if "ENTRYPOINT" in own else command)
    ignored = None
    if entrypoint and command and not command.value.startswith("["):
        # Behind an ENTRYPOINT shell text is only an argument.
        ignored = PreviousCommand(shown=command.shown, origin=command.origin)
        command = None
    said = [one for one in (entrypoint, command) if one]
    if not said:
        return None, None
    found = [_argv(expanded(one.value, reading.variables)) for one in said]
    why = next((wrong for _, wrong in found if wrong), "")
    argv = without_wrappers([word for argv, _ in found for word in argv])
    words = () if why else tuple(of_the_project(word, reading.copied) for word in argv)
    last = said[-1]
    text = " ".join(
        joined(argv) if not wrong else one.value
        for one, (argv, wrong) in zip(said, found, strict=True)
    )
    return PreviousCommand(
        shown=last.shown, origin=last.origin, words=words, why=why, text=text
    ), ignored


def _argv(value: str) -> tuple[list[str], str]:
    """Return the words of a CMD or ENTRYPOINT in either form, or none and the reason."""
    if value.startswith("["):
        try:
            found = json.loads(value)
        except ValueError:
            return [], "its list is not valid JSON, so Docker takes it for shell text"
        if isinstance(found, list) and all(isinstance(word, str) for word in found):
            # ["sh", "-c", TEXT] is the other form in disguise.
            shell = len(found) == 3 and found[0].rpartition("/")[2] in {"sh", "bash"}
            if not (shell and found[1] in {"-c", "-lc", "-ec"}):
                return found, ""
            value = found[2]
    text = re.sub(r"^exec\s+", "", value.strip())
    if re.search(_SHELL_SYNTAX, text):
        return [], "it needs a shell"
    try:
        return shlex.split(text), ""
    except ValueError:
        return [], "its quotes do not match"


def without_wrappers(argv: list[str]) -> list[str]:
    """Leave out an init and `poetry run` and the like, with their options."""
    for wrapper in _WRAPPERS:
        length = 2 if "run" in wrapper else 1
        if argv and re.fullmatch(wrapper, " ".join((_program(argv), *argv[1:length]))):
            argv = list(dropwhile(lambda word: word.startswith("-"), argv[length:]))
    return argv


def of_the_project(word: str, copied: Sequence[tuple[str, str, bool]]) -> str:
    """Return a path of the image as one of the project; a program of a venv by its name alone."""
    environment = re.fullmatch(r".*(?:venv|virtualenv|env)/bin/([\w.-]+)", word)
    if environment:
        return environment[1]
    # The last COPY to a path is what lies there.
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


def _run(step: PreviousStep) -> PreviousStep:
    """Return a RUN with what its commands install, remove again, and which users they make."""
    names: list[str] = []
    temporary: set[str] = set()
    distributions: list[str] = []
    users: list[tuple[str, int]] = []
    for argv in shell_commands(step.value):
        program, arguments = _program(argv), _arguments(argv, _APT_WITH_VALUE)
        action = f"{program} {arguments[0]}" if arguments else ""
        if re.fullmatch(_INSTALLS, action):
            names += arguments[1:]
            # A virtual package of apk is there to be removed as a whole.
            if program == "apk" and {"-t", "--virtual"} & set(argv):
                temporary |= set(arguments[1:])
        elif re.fullmatch(_REMOVES, action):
            temporary |= set(arguments[1:])
        elif program in {"useradd", "adduser"}:
            number = re.search(r" (?:-u ?|--uid[ =])(\d+)(?= |$)", " ".join(argv))
            made = _arguments(argv, _USER_WITH_VALUE)
            users += [(made[0], int(number[1]))] if number and made else []
        # `pip install`, `uv pip install` and `sudo pip install` alike.
        asked = _arguments(argv, _PIP_WITH_VALUE)
        at = asked.index("install") if "install" in asked else 0
        if "install" in asked and {program, *asked[:at]} & {"pip", "pip3"}:
            distributions += [
                name
                for name in asked[at + 1 :]
                if re.fullmatch(_DISTRIBUTION, name) and not re.fullmatch(_BUILD_DISTRIBUTION, name)
            ]
    return replace(
        step,
        packages=tuple(name for name in names if re.fullmatch(_PACKAGE, name)),
        temporary=frozenset(temporary),
        unclear=tuple(name for name in names if not re.fullmatch(_PACKAGE, name)),
        distributions=tuple(distributions),
        users=tuple(users),
    )


def shell_commands(script: str) -> list[list[str]]:
    """Split a RUN into simple commands; what cannot be split gives none.

    Only what is said plainly is understood: loops and functions come out as words.
    """
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars="();<>|&\n")
    # The end of a line ends a command, so it is no white space.
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        return []
    commands: list[list[str]] = [[]]
    variables: dict[str, str] = {}
    for token in tokens:
        assigned = re.fullmatch(r"(?s)([A-Za-z_]\w*)=(.*)", token)
        named = re.fullmatch(r"\$\{?(\w+)\}?", token)
        if not token.strip("();<>|&\n"):
            commands.append([])
        elif not commands[-1] and assigned:
            variables[assigned[1]] = assigned[2]
        elif commands[-1] or token not in _BEFORE_A_COMMAND:
            # `apt-get install $PACKAGES`: the list was assigned one line above.
            known = named and named[1] in variables
            commands[-1] += variables[named[1]].split() if named and known else [token]
    return [command for command in commands if command]


def _program(argv: list[str]) -> str:
    return argv[0].rpartition("/")[2]


def _arguments(argv: list[str], with_value: str) -> list[str]:
    """Return the words behind the program that are no options and no values of options."""
    result, skip = [], False
    for word in argv[1:]:
        if not skip and not word.startswith("-"):
            result.append(word)
        skip = not skip and bool(re.fullmatch(with_value, word))
    return result
