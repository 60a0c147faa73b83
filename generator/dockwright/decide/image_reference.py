"""What the reference of an image says by itself: which kind it is, which Python and which suite it holds."""

import re

from dockwright.decide.knowledge.images import ImageKind, load_images
from dockwright.decide.knowledge.suites import load_suites
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_OFFICIAL_TAG = Pattern(
    r"^(?P<python>\d+(?:\.\d+){0,2})?(?:(?:a|b|rc)\d+|-rc)?-?(?P<slim>slim)?-?(?P<suite>[a-z]+\d*(?:\.\d+)?)?$"
)
_PYTHON_IN_TAG = Pattern(r"python(?P<version>3\.\d+(?:\.\d+)?)")
_PYTHON_IN_NAME = Pattern(r"python-?3(?P<minor>\d{1,2})$")
_NUMBERED_TAG = Pattern(r"^(?P<version>3\.\d+(?:\.\d+)?)(?:-|$)")
_RELEASE_IN_TAG = Pattern(r"(?P<family>debian|ubuntu|ubi|alpine)(?P<release>\d+(?:\.\d+)?)")


@record
class Reference:
    """A reference taken apart; `kind` is a key of images.toml, "" for a repository that is not known.

    `python` ("3.12", "3.12.4") and `suite` are "" where the reference does not say them.
    """

    text: str
    repository: str
    tag: str
    digest: str = ""
    kind: str = ""
    python: str = ""
    suite: str = ""


@record
class ImageChoice:
    """A kind of image with the wish that led to it; `reference` is None where the wish is one of our own words."""

    kind: ImageKind
    reference: Reference | None
    because: str


def is_reference(base: str) -> bool:
    """Return whether the setting `base` is a reference and not one of our own words."""
    return base not in load_images() and any(mark in base for mark in ":/@")


def read_reference(text: str) -> Reference:
    """Return what can be read off `text` ("python:3.12-slim-bookworm", "ghcr.io/x/y@sha256:...")."""
    name, _, digest = text.partition("@")
    head, colon, tail = name.rpartition(":")
    repository, tag = (head, tail) if colon and "/" not in tail else (name, "")
    known = Reference(text=text, repository=repository, tag=tag, digest=digest)
    if repository.rpartition("/")[2] == "python" and not _kind_of(repository):
        return _official(known)
    kind = _kind_of(repository)
    return _with(known, kind, _python_of(repository, tag), _suite_of(repository, tag))


def _kind_of(repository: str) -> str:
    plain = repository.removeprefix("docker.io/")
    found = [
        (len(match), kind.name)
        for kind in load_images().values()
        for match in kind.matches
        if plain.startswith(match)
    ]
    return max(found)[1] if found else ""


def _official(known: Reference) -> Reference:
    match = _OFFICIAL_TAG.match("" if known.tag == "latest" else known.tag)
    if match is None:
        return _with(
            known,
            "",
            _python_of(known.repository, known.tag),
            _suite_of(known.repository, known.tag),
        )
    suite = match["suite"] or ""
    kind = "alpine" if suite.startswith("alpine") else "slim" if match["slim"] else "full"
    python = match["python"] if match["python"] and "." in match["python"] else ""
    return _with(known, kind, python, "" if suite == "alpine" else suite)


def _with(known: Reference, kind: str, python: str, suite: str) -> Reference:
    return Reference(
        text=known.text,
        repository=known.repository,
        tag=known.tag,
        digest=known.digest,
        kind=kind,
        python=python,
        suite=suite,
    )


def _python_of(repository: str, tag: str) -> str:
    in_tag = _PYTHON_IN_TAG.search(tag)
    if in_tag:
        return in_tag["version"]
    in_name = _PYTHON_IN_NAME.search(repository)
    if in_name:
        return f"3.{in_name['minor']}"
    numbered = (
        _NUMBERED_TAG.match(tag) if repository.rpartition("/")[2].startswith("python") else None
    )
    return numbered["version"] if numbered else ""


def _suite_of(repository: str, tag: str) -> str:
    """Return the suite that a word of the tag or the repository names, also as "ubuntu24.04" or "debian:13"."""
    words = set(re.split(r"[-_/:]", f"{repository}:{tag}"))
    named = [name for name in load_suites() if name in words]
    if named:
        return named[0]
    match = _RELEASE_IN_TAG.search(tag) or _RELEASE_IN_TAG.search(
        f"{repository.rpartition('/')[2]}{tag}"
    )
    if match is None:
        return ""
    families = {"ubi": "redhat"}
    family = families.get(match["family"], match["family"])
    numbered = [
        suite.name
        for suite in load_suites().values()
        if (suite.family, suite.release) == (family, match["release"])
    ]
    return numbered[0] if numbered else ""
