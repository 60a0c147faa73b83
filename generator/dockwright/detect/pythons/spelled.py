"""What people write where a Python version belongs, turned into a PEP 440 specifier."""

import re

from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_VERSION = Pattern(
    r"""^v?(?P<major>\d+)(?:\.(?P<minor>\d+|[xX*]))?(?:\.(?P<patch>\d+|[xX*]))?
        (?P<pre>(?:a|b|c|rc|-?dev|-rc)\d*)?(?P<free>t|\+freethreaded|-freethreaded)?(?:-dev)?$""",
    re.VERBOSE,
)
_SPECIFIER = Pattern(r"^(?:~=|[<>]=?|[!=]=|===)")
_COMPACT = Pattern(r"^cp(\d)(\d+)(t?)$")
_PYPY = Pattern(r"^(?:pypy|pp)[-@]?(\d)\.?(\d*)")
_OTHERS = Pattern(
    r"^(?:graalpy|jython|ironpython|micropython|stackless|pyston|cinder|activepython|"
    r"anaconda|miniconda|miniforge|mambaforge|nogil)"
)
_NAMES_LATEST = frozenset({"latest", "stable", "lts"})


@record
class Spelled:
    """One spelled version: `specifier` "" means any; `implementation` is not "" where CPython was not what was meant.

    `known` is False where the word is no version at all (a virtual environment's name, `system`, a path).
    """

    specifier: str = ""
    exact: str = ""
    known: bool = True
    prerelease: bool = False
    free_threaded: bool = False
    implementation: str = ""


_UNKNOWN = Spelled(known=False)


def read_spelled(word: str) -> Spelled:
    """Return what `word` asks for: `3.11`, `python-3.10.x`, `cpython@3.12`, `3.11.4/envs/shop`, `pypy3.10-7.3.12`, `>=3.11` ..."""
    bare = word.strip().strip("\"'").partition("/")[0]
    if bare.lower() in _NAMES_LATEST:
        return Spelled()
    if _SPECIFIER.match(bare):
        specifier = bare.replace(" ", "")
        return Spelled(specifier=specifier) if is_specifier(specifier) else _UNKNOWN
    if found := _PYPY.match(bare.lower()):
        minor = found[2] or "x"
        return _numbered(found[1], minor, None, implementation="PyPy")
    if found := _OTHERS.match(bare.lower()):
        return Spelled(known=False, implementation=found[0])
    if found := _COMPACT.match(bare):
        return _numbered(found[1], found[2], None, free_threaded=bool(found[3]))
    return _plain(_without_prefix(bare))


def is_specifier(text: str) -> bool:
    """Whether `text` is PEP 440 ("" is: any version)."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _plain(bare: str) -> Spelled:
    found = _VERSION.match(bare)
    if not found:
        return _UNKNOWN
    return _numbered(
        found["major"],
        found["minor"],
        found["patch"],
        prerelease=bool(found["pre"]),
        free_threaded=bool(found["free"]),
    )


def _without_prefix(bare: str) -> str:
    """Take away `python-`, `cpython@`, `prefix:` in front and `-linux-x86_64-gnu` behind."""
    text = re.sub(r"^(?:prefix:|(?:c?python)[-@]?)", "", bare)
    return re.sub(r"-(?:linux|macos|darwin|windows)\b.*$", "", text)


def _numbered(
    major: str,
    minor: str | None,
    patch: str | None,
    *,
    prerelease: bool = False,
    free_threaded: bool = False,
    implementation: str = "",
) -> Spelled:
    exact = ".".join(part for part in (major, minor, patch) if part and part.isdigit())
    if minor is None or not minor.isdigit():
        exact = ""
        specifier = f">={major},<{int(major) + 1}"
    elif patch is None or not patch.isdigit() or prerelease:
        exact = f"{major}.{minor}"
        specifier = f"=={exact}.*"
    else:
        specifier = f"=={exact}"
    return Spelled(
        specifier=specifier,
        exact=exact,
        prerelease=prerelease,
        free_threaded=free_threaded,
        implementation=implementation,
    )
