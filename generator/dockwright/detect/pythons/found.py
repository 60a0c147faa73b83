"""What one place yields: wishes and notices, added up place by place."""

from collections.abc import Iterable

from dockwright.detect.pythons.spelled import Spelled, read_spelled
from dockwright.model.origin import Notice, Origin
from dockwright.model.python import RequestedPython
from dockwright.model.record import record


@record
class Found:
    """The wishes and notices of one place or of several."""

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


def pinned(words: Iterable[tuple[str, Origin]], strength: str) -> Found:
    """Return the first of `words` that is a version; what stands beside it is named in notices."""
    read = [(word, origin, read_spelled(word)) for word, origin in words]
    chosen = next((entry for entry in read if entry[2].known), None)
    result = _ignored([entry for entry in read if not entry[2].known])
    if chosen is None:
        return result
    word, origin, spelled = chosen
    others = [
        word
        for word, _, spelled in read
        if spelled.known and (word, spelled) != (chosen[0], chosen[2])
    ]
    wish = RequestedPython(
        specifier=spelled.specifier,
        spelled=word,
        origin=origin,
        exact=spelled.exact,
        strength=strength,
    )
    return (
        result
        + Found(requested=(wish,))
        + _several(word, others, origin)
        + _peculiar(word, spelled, origin)
    )


def _ignored(entries: list[tuple[str, Origin, Spelled]]) -> Found:
    """Name other implementations one by one, and everything else that is no version at once."""
    result = added(
        _other_implementation(word, origin, spelled) for word, origin, spelled in entries
    )
    strangers = [(word, origin) for word, origin, spelled in entries if not spelled.implementation]
    if not strangers:
        return result
    listed = ", ".join(f"`{_shown(word)}`" for word, _ in strangers)
    return result + told(
        "python-version-ignored",
        f"{listed} {'is no Python version' if len(strangers) == 1 else 'are no Python versions'}: not followed",
        strangers[0][1],
        "write a version such as 3.13 there, or `--set python=3.13`",
    )


def _other_implementation(word: str, origin: Origin, spelled: Spelled) -> Found:
    if not spelled.implementation:
        return Found()
    return told(
        "python-implementation",
        f"`{_shown(word)}` names {spelled.implementation}, which no image of Python holds: it is not followed",
        origin,
        "name the image yourself, for example `--set base=IMAGE`",
    )


def _several(word: str, others: list[str], origin: Origin) -> Found:
    if not others:
        return Found()
    listed = ", ".join(_shown(other) for other in others)
    return told(
        "python-version-several",
        f"several versions are named: the first, {_shown(word)}, is taken, {listed} is not",
        origin,
        "an image holds one Python: leave one version, or `--set python=VERSION`",
    )


def _peculiar(word: str, spelled: Spelled, origin: Origin) -> Found:
    if spelled.implementation:
        return told(
            "python-implementation",
            f"`{_shown(word)}` names {spelled.implementation}: the image has CPython {spelled.exact or 'of that language version'}",
            origin,
            f"`--set base=pypy:{spelled.exact or '3'}-slim` starts from PyPy",
        )
    if spelled.free_threaded:
        return told(
            "python-free-threaded",
            f"`{_shown(word)}` names the free-threaded build: the official images have only the ordinary {spelled.exact}",
            origin,
            "name an image that has it with `--set base=IMAGE`",
        )
    if spelled.prerelease:
        return told(
            "python-prerelease",
            f"`{_shown(word)}` names a pre-release: the tag of {spelled.exact} is used, which moves on to the release",
            origin,
        )
    return Found()


def _shown(word: str) -> str:
    """Return `word` with invisible characters made visible, cut to a readable length."""
    visible = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in word
    )
    return visible if len(visible) <= 40 else f"{visible[:37]}..."
