"""The files that name a Python: `.python-version`, `.tool-versions`, mise.toml, runtime.txt."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright.detect.managers.toml import TomlLines, dig, items_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import RequestedPython
from dockwright.model.record import record

_MISE = (
    "mise.toml",
    ".mise.toml",
    "mise/config.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
)
_VERSION = (
    r"v?(?P<major>\d+)(?:\.(?P<minor>\d+|[xX*]))?(?:\.(?P<patch>\d+|[xX*]))?"
    r"(?P<pre>(?:a|b|c|rc|-?dev|-rc)\d*)?(?P<free>t|\+freethreaded|-freethreaded)?(?:-dev)?"
)
# What stands before and behind a version: python-, cpython@, -linux-x86_64-gnu.
_PREFIX = r"^(?:prefix:|(?:c?python)[-@]?)"
_PLATFORM = r"-(?:linux|macos|darwin|windows)\b.*$"
_PYPY = r"(?:pypy|pp)[-@]?(\d)\.?(\d*)"
_OPERATORS = (">", "<", "=", "!", "~")
_SHOWN = 40


@record
class Found:
    """What one place, or several, ask for, and what is to be said about how they are spelled."""

    requested: tuple[RequestedPython, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __add__(self, other: "Found") -> "Found":
        return Found(
            requested=self.requested + other.requested, notices=self.notices + other.notices
        )


def added(parts: Iterable[Found]) -> Found:
    """Return the sum of `parts`, in order."""
    return sum(parts, Found())


def told(code: str, text: str, origin: Origin, remedy: str = "") -> Found:
    """Return one notice."""
    return Found(notices=(Notice(code=code, text=text, origin=origin, remedy=remedy),))


@record
class Spelled:
    """One spelled version: `specifier` "" means any.

    `implementation` is named where CPython is not what was meant. `known` is False where the word
    is no version of CPython or PyPy (a virtual environment's name, `system`, a path).
    """

    specifier: str = ""
    exact: str = ""
    known: bool = True
    prerelease: bool = False
    free_threaded: bool = False
    implementation: str = ""


def read_spelled(word: str) -> Spelled:
    """Return what `word` asks for: `3.11`, `python-3.10.x`, `cpython@3.12`, `pypy3.10`, `>=3.11`.

    Of `3.11.4/envs/shop`, pyenv's name of a virtual environment, the version counts.
    """
    bare = word.strip().strip("\"'").partition("/")[0]
    if bare.lower() in {"latest", "stable", "lts"}:
        return Spelled()
    if bare.startswith(_OPERATORS):
        specifier = bare.replace(" ", "")
        known = is_specifier(specifier)
        return Spelled(specifier=specifier if known else "", known=known)
    if found := re.match(_PYPY, bare.lower()):
        return _numbered(found[1], found[2] or "x", implementation="PyPy")
    if found := re.fullmatch(r"cp(\d)(\d+)(t?)", bare):
        return _numbered(found[1], found[2], free_threaded=bool(found[3]))
    version = re.fullmatch(_VERSION, re.sub(_PLATFORM, "", re.sub(_PREFIX, "", bare)))
    if version is None:
        return Spelled(known=False)
    return _numbered(
        version["major"],
        version["minor"],
        version["patch"],
        prerelease=bool(version["pre"]),
        free_threaded=bool(version["free"]),
    )


def is_specifier(text: str) -> bool:
    """Whether `text` is PEP 440 ("" is: any version)."""
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _numbered(
    major: str,
    minor: str | None,
    patch: str | None = None,
    *,
    prerelease: bool = False,
    free_threaded: bool = False,
    implementation: str = "",
) -> Spelled:
    if not (minor and minor.isdigit()):
        exact, specifier = "", f">={major},<{int(major) + 1}"
    elif prerelease or not (patch and patch.isdigit()):
        exact, specifier = f"{major}.{minor}", f"=={major}.{minor}.*"
    else:
        exact, specifier = f"{major}.{minor}.{patch}", f"=={major}.{minor}.{patch}"
    return Spelled(
        specifier=specifier,
        exact=exact,
        prerelease=prerelease,
        free_threaded=free_threaded,
        implementation=implementation,
    )


def pinned(words: Iterable[tuple[str, Origin]], strength: str) -> Found:
    """Return the first of `words` that is a version; what stands beside it is named in notices."""
    read = [(word, origin, read_spelled(word)) for word, origin in words]
    result = _no_versions(read)
    known = [entry for entry in read if entry[2].known]
    if not known:
        return result
    word, origin, spelled = known[0]
    request = RequestedPython(
        specifier=spelled.specifier,
        spelled=word,
        origin=origin,
        exact=spelled.exact,
        strength=strength,
    )
    # An image holds one Python.
    others = [_shown(other) for other, _, how in known if (other, how) != (word, spelled)]
    result += Found(requested=(request,))
    if others:
        result += told(
            "python-version-several",
            f"several versions are named: the first, {_shown(word)}, is taken, "
            f"{', '.join(others)} is not",
            origin,
            "an image holds one Python: leave one version, or `--set python=VERSION`",
        )
    return result + _peculiar(word, spelled, origin)


def _no_versions(read: list[tuple[str, Origin, Spelled]]) -> Found:
    """Name all that is no version at once: a virtual environment, GraalPy, conda."""
    strangers = [(word, origin) for word, origin, spelled in read if not spelled.known]
    if not strangers:
        return Found()
    listed = ", ".join(f"`{_shown(word)}`" for word, _ in strangers)
    several = len(strangers) > 1
    return told(
        "python-version-ignored",
        f"{listed} {'are no versions of' if several else 'is no version of'} CPython: not followed",
        strangers[0][1],
        "write a version such as 3.13 there, `--set python=3.13`, or name an image with `base`",
    )


def _peculiar(word: str, spelled: Spelled, origin: Origin) -> Found:
    named = f"`{_shown(word)}` names"
    if spelled.implementation:
        version = spelled.exact or "of that language version"
        return told(
            "python-implementation",
            f"{named} {spelled.implementation}: the image has CPython {version}",
            origin,
            f"`--set base=pypy:{spelled.exact or '3'}-slim` starts from PyPy",
        )
    if spelled.free_threaded:
        return _free_threaded(named, origin)
    if spelled.prerelease:
        return told(
            "python-prerelease",
            f"{named} a pre-release: the tag of {spelled.exact} is used, "
            "which moves on to the release",
            origin,
        )
    return Found()


def _free_threaded(subject: str, origin: Origin) -> Found:
    return told(
        "python-free-threaded",
        f"{subject} the free-threaded build: the official images have only the ordinary one",
        origin,
        "name an image that has it with `--set base=IMAGE`",
    )


def _shown(word: str) -> str:
    """Return `word` with invisible characters made visible, cut to a readable length."""
    visible = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in word
    )
    return visible if len(visible) <= _SHOWN else f"{visible[: _SHOWN - 3]}..."


def find_in_version_files(tree: ProjectTree) -> Found:
    """Return what the version files in the root say: `.python-version` binds, the others hint."""
    mise = added(_mise(tree, path) for path in _MISE if tree.has(path))
    return _python_version(tree) + _tool_versions(tree) + mise + _runtime(tree)


def _python_version(tree: ProjectTree) -> Found:
    path = ".python-version"
    if tree.is_dangling(path):
        return told(
            "python-version-dangling",
            f"{path} is a link that leads nowhere: it is not followed",
            Origin(path=path),
            "mend the link, or put a file with the version in its place",
        )
    words = []
    for number, line in _lines(tree, path):
        # Several by blanks (pyenv), or one specifier that may hold blanks (uv).
        whole = line.strip().startswith(_OPERATORS)
        origin = Origin(path=path, line=number)
        words += [(word, origin) for word in ([line.strip()] if whole else line.split())]
    return pinned(words, "pin") if words else _empty(tree, path)


def _tool_versions(tree: ProjectTree) -> Found:
    path, result = ".tool-versions", Found()
    for number, line in _lines(tree, path):
        tool, *words = line.split()
        if tool == "python":
            origin = Origin(path=path, line=number, key="python")
            result += pinned([(word, origin) for word in words], "hint")
    return result


def _mise(tree: ProjectTree, path: str) -> Found:
    document, lines = tree.toml(path), TomlLines(path, tree.text(path))
    found = added(
        pinned([(word, lines.origin("tools", key)) for word in _mise_versions(value)], "hint")
        for key, value in items_in(dig(document, "tools"))
        if key in ("python", "core:python")
    )
    built = str(dig(document, "env", "PYTHON_BUILD_FREE_THREADING") or "0")
    flavor = str(dig(document, "settings", "python", "precompiled_flavor"))
    if built.lower() not in ("0", "false") or "freethreaded" in flavor:
        found += _free_threaded(f"{path} asks for", Origin(path=path))
    return found


def _mise_versions(value: Any) -> Iterator[str]:  # noqa: ANN401 - a value of TOML
    if isinstance(value, list):
        for item in value:
            yield from _mise_versions(item)
    elif isinstance(value, dict):
        yield from _mise_versions(value.get("version", ""))
    elif isinstance(value, str | float | int) and value != "":
        yield str(value)


def _runtime(tree: ProjectTree) -> Found:
    path = "runtime.txt"
    words = [(line.strip(), Origin(path=path, line=number)) for number, line in _lines(tree, path)]
    if not words:
        return _empty(tree, path)
    # Binder uses the same file name for R: that one says nothing about Python.
    return Found() if words[0][0].startswith("r-") else pinned(words[:1], "hint")


def _empty(tree: ProjectTree, path: str) -> Found:
    if not tree.has(path):
        return Found()
    return told(
        "python-version-empty",
        f"{path} holds no version: it is not followed",
        Origin(path=path),
        "write a version such as 3.13 into it, or remove it",
    )


def _lines(tree: ProjectTree, path: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something with their numbers, comments taken away."""
    for number, line in enumerate((tree.optional_text(path) or "").split("\n"), 1):
        kept = line.partition("#")[0]
        if kept.split():
            yield number, kept
