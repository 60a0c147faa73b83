"""What the shell commands of a RUN install and create. Only what is said plainly is understood."""

import re
import shlex

from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_WITH_VALUE = frozenset(
    {
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
    }
)
_INSTALLERS = {
    ("apt-get", "install"): "apt",
    ("apt", "install"): "apt",
    ("aptitude", "install"): "apt",
    ("apk", "add"): "apk",
}
_REMOVERS = frozenset(
    {
        ("apt-get", "purge"),
        ("apt-get", "remove"),
        ("apt", "purge"),
        ("apt", "remove"),
        ("apk", "del"),
    }
)
_PIP_WITH_VALUE = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target",
     "--prefix", "--trusted-host", "--cache-dir", "--root", "-m", "--timeout", "--python", "-e", "--editable"}
)  # fmt: skip
_DISTRIBUTION = Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?([<>=!~].*)?$")
_TOOL = Pattern(
    r"(pip|setuptools|wheel|pipenv|poetry(-plugin-\S+)?|uv|pdm|pip-tools|virtualenv|build|micropipenv)(\[[^\]]*\])?([<>=!~].*)?$",
    re.IGNORECASE,
)
_BEFORE = frozenset({"sudo", "then", "else", "do", "time", "exec", "if", "{", "!"})
_PACKAGE = Pattern(r"[a-z0-9][a-z0-9.+-]*(:[a-z0-9]+)?(=[A-Za-z0-9.+:~*-]+)?$")


@record
class Commands:
    """The simple commands of a RUN, and whether all of it could be split."""

    argvs: tuple[tuple[str, ...], ...]
    whole: bool = True


@record
class Installation:
    """System packages of one command; `unclear` are words that are no names, `temporary` says that they are removed again."""

    manager: str
    packages: tuple[str, ...]
    unclear: tuple[str, ...] = ()
    temporary: bool = False


def commands(script: str) -> Commands:
    """Split shell text into simple commands; what cannot be split gives no commands."""
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        return Commands(argvs=(), whole=False)
    argvs: list[list[str]] = [[]]
    variables: dict[str, str] = {}
    for token in tokens:
        if not token.strip("();<>|&\n"):
            argvs.append([])
        elif not argvs[-1] and (
            assigned := re.fullmatch(r"([A-Za-z_]\w*)=(.*)", token, flags=re.DOTALL)
        ):
            variables[assigned[1]] = assigned[2]
        else:
            named = re.fullmatch(r"\$\{?(\w+)\}?", token)
            argvs[-1] += variables[named[1]].split() if named and named[1] in variables else [token]
    return Commands(argvs=tuple(_plain(argv) for argv in argvs if argv))


def installed(argv: tuple[str, ...]) -> Installation | None:
    """Return what an apt or apk command installs, None for another command."""
    arguments = _arguments(argv[1:]) if argv else ()
    manager = _INSTALLERS.get((argv[0].rpartition("/")[2], arguments[0])) if arguments else None
    if manager is None:
        return None
    names = arguments[1:]
    return Installation(
        manager=manager,
        packages=tuple(name for name in names if _PACKAGE.fullmatch(name)),
        unclear=tuple(name for name in names if not _PACKAGE.fullmatch(name)),
        temporary=manager == "apk" and bool({"-t", "--virtual"} & set(argv)),
    )


def removed(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the packages that an apt or apk command removes again."""
    arguments = _arguments(argv[1:]) if argv else ()
    command = (argv[0].rpartition("/")[2], arguments[0]) if arguments else None
    return arguments[1:] if command in _REMOVERS else ()


def pip_installed(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the distributions that a `pip install` names itself, tools of the build apart."""
    arguments = _arguments(argv[1:], _PIP_WITH_VALUE) if argv else ()
    start = next((number for number, word in enumerate(arguments) if word == "install"), None)
    programs = {argv[0].rpartition("/")[2], *arguments[:start]} if argv else set()
    if start is None or not programs & {"pip", "pip3"}:
        return ()
    names = arguments[start + 1 :]
    return tuple(name for name in names if _DISTRIBUTION.match(name) and not _TOOL.match(name))


def created_user(argv: tuple[str, ...]) -> tuple[str, int] | None:
    """Return name and numeric id of the user that useradd or adduser makes, None for another command or without an id."""
    if not argv or argv[0].rpartition("/")[2] not in {"useradd", "adduser"}:
        return None
    uid = _option(argv, "-u", "--uid")
    names = _arguments(
        argv[1:],
        frozenset(
            {
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
            }
        ),
    )
    return (names[0], int(uid)) if uid.isdigit() and names else None


def _option(argv: tuple[str, ...], *names: str) -> str:
    for word, following in zip(argv, (*argv[1:], ""), strict=True):
        if word in names:
            return following
        for name in names:
            if word.startswith(f"{name}=") or (
                len(name) == 2 and word.startswith(name) and word != name
            ):
                return word.removeprefix(name).removeprefix("=")
    return ""


def _arguments(words: tuple[str, ...], with_value: frozenset[str] = _WITH_VALUE) -> tuple[str, ...]:
    result, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in with_value:
            skip = True
        elif not word.startswith("-"):
            result.append(word)
    return tuple(result)


def _plain(argv: list[str]) -> tuple[str, ...]:
    """Without variables set for one command, `sudo`, `set -e` and the words of control flow."""
    while argv and (re.match(r"[A-Za-z_]\w*=", argv[0]) or argv[0] in _BEFORE):
        argv = argv[1:]
    return tuple(argv)
