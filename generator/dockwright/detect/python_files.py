"""The files that name a Python: `.python-version`, `.tool-versions`, mise.toml, runtime.txt."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright.detect.managers.toml import dig, items_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import RequestedPython
from dockwright.model.record import record
from dockwright.model.toml_text import TomlLines

_MISE = (
    "mise.toml", ".mise.toml", "mise/config.toml", ".mise/config.toml", ".config/mise.toml",
    ".config/mise/config.toml",
)  # fmt: skip
_VERSION = (
    r"v?(?P<major>\d+)(?:\.(?P<minor>\d+|[xX*]))?(?:\.(?P<patch>\d+|[xX*]))?"
    r"(?P<pre>(?:a|b|c|rc|-?dev|-rc)\d*)?(?P<free>t|\+freethreaded|-freethreaded)?(?:-dev)?"
)
# What stands before and behind a version: python-, cpython@, -linux-x86_64-gnu.
_PREFIX = r"^(?:prefix:|(?:c?python)[-@]?)"
_PLATFORM = r"-(?:linux|macos|darwin|windows)\b.*$"
_PYPY = r"(?:pypy|pp)[-@]?(\d)\.?(\d*)"
# PYTHON_BUILD_FREE_THREADING = 1, precompiled_flavor = "freethreaded+pgo"
_FREE_IN_MISE = r"FREE_THREADING\W+(?:1|true)|flavor\W+freethreaded"
_OPERATORS = (">", "<", "=", "!", "~")


@record
class Found:
    """What one place, or several, ask for, and what is to be said about how they are spelled."""

    requested: tuple[RequestedPython, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __add__(self, other: "Found") -> "Found":
        requested = self.requested + other.requested
        return Found(requested=requested, notices=self.notices + other.notices)


def added(parts: Iterable[Found]) -> Found:
    """Return the sum of `parts`, in order."""
    return sum(parts, Found())


def told(code: str, text: str, origin: Origin, remedy: str) -> Found:
    """Return one notice."""
    return Found(notices=(Notice(code=code, text=text, origin=origin, remedy=remedy),))


def requested(
    specifier: str, spelled: str, origin: Origin, strength: str, manager: Manager | None = None
) -> Found:
    """Return one request; a specifier for one version only also makes it exact."""
    only = re.fullmatch(r"==(\d+\.\d+)(?:\.\*|(\.\d+))", specifier)
    request = RequestedPython(
        specifier=specifier,
        spelled=spelled,
        origin=origin,
        exact=only[1] + (only[2] or "") if only else "",
        strength=strength,
        manager=manager,
    )
    return Found(requested=(request,))


@record
class Spelled:
    """One spelled version: `specifier` "" means any."""

    specifier: str = ""
    exact: str = ""
    # False where the word is no version: a virtual environment's name, `system`, a path.
    known: bool = True
    # "PyPy" or "free-threaded" where the ordinary CPython is not what was meant.
    build: str = ""


def read_spelled(word: str) -> Spelled:
    """Return what `word` asks for: `3.11`, `python-3.10.x`, `cpython@3.12`, `pypy3.10`, `>=3`."""
    # 3.11.4/envs/shop is pyenv's name of a virtual environment.
    bare, build = word.strip().strip("\"'").partition("/")[0], ""
    if bare.lower() in {"latest", "stable", "lts"}:
        return Spelled()
    if bare.startswith(_OPERATORS):
        specifier = bare.replace(" ", "")
        known = is_specifier(specifier)
        return Spelled(specifier=specifier if known else "", known=known)
    if pypy := re.match(_PYPY, bare.lower()):
        bare, build = f"{pypy[1]}.{pypy[2] or 'x'}", "PyPy"
    # cp312 is the tag of an interpreter.
    bare = re.sub(r"^cp(\d)(\d+)", r"\1.\2", bare)
    version = re.fullmatch(_VERSION, re.sub(_PLATFORM, "", re.sub(_PREFIX, "", bare)))
    if version is None:
        return Spelled(known=False)
    major, minor, patch = version.group("major", "minor", "patch")
    exact = f"{major}.{minor}" if minor and minor.isdigit() else ""
    specifier = f"=={exact}.*" if exact else f">={major},<{int(major) + 1}"
    # The tag of a pre-release moves on to the release, so its patch does not count.
    if exact and patch and patch.isdigit() and not version["pre"]:
        exact = f"{exact}.{patch}"
        specifier = f"=={exact}"
    build = "free-threaded" if version["free"] else build
    return Spelled(specifier=specifier, exact=exact, build=build)


def is_specifier(text: str) -> bool:
    """Whether `text` is PEP 440 ("" is: any version)."""
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def pinned(words: Iterable[tuple[str, Origin]], strength: str) -> Found:
    """Return the first of `words` that is a version; what stands beside it is named in notices."""
    read = [(word, origin, read_spelled(word)) for word, origin in words]
    strangers = [(_shown(word), origin) for word, origin, spelled in read if not spelled.known]
    result = Found()
    if strangers:
        listed = ", ".join(f"`{word}`" for word, _ in strangers)
        result = told(
            "python-version-ignored",
            f"not followed, since it is no version of CPython: {listed}",
            strangers[0][1],
            "write a version such as 3.13, `--set python=3.13`, or name an image with `base`",
        )
    # An image holds one Python: the first is what `python` starts where several are installed.
    known = [entry for entry in read if entry[2].known]
    if not known:
        return result
    word, origin, spelled = known[0]
    result += requested(spelled.specifier, word, origin, strength)
    others = [_shown(other) for other, _, how in known if (other, how) != (word, spelled)]
    if others:
        result += told(
            "python-version-several",
            f"the first version, {_shown(word)}, is taken, {', '.join(others)} is not",
            origin,
            "an image holds one Python: leave one version, or `--set python=VERSION`",
        )
    return result + (_other_build(spelled.build, origin) if spelled.build else Found())


def _other_build(build: str, origin: Origin) -> Found:
    code = "python-implementation" if build == "PyPy" else "python-free-threaded"
    text = f"{build} is asked for, and the official images have the ordinary CPython only"
    return told(code, text, origin, "name an image that has it, such as `--set base=pypy:3-slim`")


def _shown(word: str) -> str:
    # A terminal must not obey what a file holds, and a notice stays one line.
    visible = "".join(letter if letter.isprintable() else "\ufffd" for letter in word)
    return visible if len(visible) <= 40 else f"{visible[:37]}..."


def find_in_version_files(tree: ProjectTree) -> Found:
    """Return what the version files in the root say: `.python-version` binds, the others hint."""
    result = _single(tree, ".python-version", "pin")
    path = ".tool-versions"
    for number, line in _lines(tree, path):
        tool, *words = line.split()
        if tool == "python":
            origin = Origin(path=path, line=number, key="python")
            result += pinned([(word, origin) for word in words], "hint")
    result += added(_mise(tree, path) for path in _MISE if tree.has(path))
    return result + _single(tree, "runtime.txt", "hint")


def _single(tree: ProjectTree, path: str, strength: str) -> Found:
    """Return what a file says that holds nothing but versions."""
    words = []
    for number, line in _lines(tree, path):
        # Several by blanks (pyenv), or one specifier that may hold blanks (uv).
        parts = [line.strip()] if line.strip().startswith(_OPERATORS) else line.split()
        words += [(word, Origin(path=path, line=number)) for word in parts]
    # Binder uses runtime.txt for R too: that one says nothing about Python.
    if not tree.has(path) or (words and words[0][0].startswith("r-")):
        return Found()
    if words:
        return pinned(words, strength)
    return told(
        "python-version-empty",
        f"{path} holds no version: it is not followed",
        Origin(path=path),
        "write a version such as 3.13 into it, or remove it",
    )


def _mise(tree: ProjectTree, path: str) -> Found:
    document, lines = tree.toml(path), TomlLines(path, tree.text(path))
    found = added(
        pinned([(word, lines.origin("tools", key)) for word in _mise_versions(value)], "hint")
        for key, value in items_in(dig(document, "tools"))
        if key in ("python", "core:python")
    )
    if re.search(_FREE_IN_MISE, tree.text(path)):
        found += _other_build("free-threaded", Origin(path=path))
    return found


def _mise_versions(value: Any) -> Iterator[str]:  # noqa: ANN401 - a value of TOML
    if isinstance(value, list):
        for item in value:
            yield from _mise_versions(item)
    elif isinstance(value, dict):
        yield from _mise_versions(value.get("version", ""))
    elif isinstance(value, str | float | int) and value != "":
        yield str(value)


def _lines(tree: ProjectTree, path: str) -> Iterator[tuple[int, str]]:
    # Only lines that say something, without their comments.
    for number, line in enumerate((tree.optional_text(path) or "").split("\n"), 1):
        kept = line.partition("#")[0]
        if kept.split():
            yield number, kept
