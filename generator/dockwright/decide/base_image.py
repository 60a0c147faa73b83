"""The image that everything starts from; docs/internals/system-packages.md has the words."""

import re
from difflib import get_close_matches

from dockwright.decide.knowledge.images import (
    DistributionRelease,
    ImageKind,
    load_images,
    load_suites,
    suite_of,
)
from dockwright.decide.knowledge.python_releases import as_of, minor_of, release_of, suites_of
from dockwright.decide.native_needs import opens_cuda_of_the_system
from dockwright.decide.wheels import GLIBC, PLATFORMS, Libc, arrivals, wheel_facts
from dockwright.errors import BaseImageError
from dockwright.model.dependencies import LockedDistribution
from dockwright.model.origin import Decision, Notice
from dockwright.model.plan import BaseImage
from dockwright.model.project import PythonRelease
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

# Small, with a shell, and glibc for the wheels of nearly everything.
_DEFAULT = "slim"
_DEFAULT_SUITE, _DEFAULT_MUSL = "trixie", "alpine3.24"
# What a reference is that images.toml does not know: somebody's own image.
_FOREIGN = ImageKind(name="", reference="")
_MANAGERS = {"debian": "apt", "ubuntu": "apt", "alpine": "apk", "wolfi": "apk", "redhat": "dnf"}

# 3.12.4-slim-bookworm, 3.13-alpine3.23, 3.16-rc, slim, latest.
_OFFICIAL_TAG = (
    r"(?P<python>\d+(?:\.\d+){0,2})?(?:(?:a|b|rc)\d+|-rc)?"
    r"-?(?P<slim>slim)?-?(?P<suite>[a-z]+\d*(?:\.\d+)?)?"
)
# 0.11-python3.12-trixie-slim; ubi9/python-312; python:3.11-mine; ubuntu24.04, debian12.
_PYTHON_IN_TAG = r"python(3\.\d+(?:\.\d+)?)"
_PYTHON_IN_NAME = r"python-?3(\d{1,2})$"
_NUMBERED_TAG = r"(3\.\d+(?:\.\d+)?)(?:-|$)"
_RELEASE_IN_TAG = r"(debian|ubuntu|ubi|alpine)(\d+(?:\.\d+)?)"


@record
class Reference:
    """A reference taken apart: a `kind` of images.toml or "", and what else it says."""

    text: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""
    kind: str = ""
    python: str = ""
    suite: str = ""


@record
class _Choice:
    """A kind of image for `python`; `reference` is empty where the setting is a word, or unset."""

    kind: ImageKind
    because: str
    python: PythonRelease
    settings: Settings
    reference: Reference = Reference()

    @property
    def bare(self) -> bool:
        """Whether the image is a distribution without any Python."""
        last = self.reference.repository.rpartition("/")[2]
        return self.kind is _FOREIGN and last in ("debian", "ubuntu")

    @property
    def pythons(self) -> tuple[str, ...]:
        """The Pythons that the image can have; one that apt installs is the distribution's own."""
        release = suite_of(self.reference.suite)
        if release and release.python and (self.kind.installs or self.bare):
            return (release.python,)
        return self.kind.pythons

    def filled(self, template: str, suite: DistributionRelease) -> str:
        """Return a template of images.toml with this Python and suite."""
        # Only the official images have tags of patches.
        minor = self.python.minor
        version = self.python.version if "python:{python}" in template else minor
        return template.format(python=version, suite=suite.name, compact=minor.replace(".", ""))

    def digest_for(self, reference: str) -> str:
        """Return the digest of the settings, "" if it says that it belongs to another image."""
        image, _, digest = self.settings.digest.rpartition("@")
        return digest if image in ("", reference) else ""


def libc_of(settings: Settings) -> Libc:
    """Return the C library that the settings lead to, before the Python is known."""
    choice = _choose(settings, PythonRelease(version=""))
    named = settings.suite or choice.reference.suite
    if not named:
        musl = choice.kind.suites == ("alpine",)
        named = _DEFAULT_MUSL if musl else next(iter(choice.kind.suites), _DEFAULT_SUITE)
    release = suite_of(named)
    return release.libc if release else GLIBC


def choose_base_image(
    python: PythonRelease,
    settings: Settings,
    distributions: tuple[LockedDistribution, ...] = (),
    platforms: tuple[str, ...] = PLATFORMS,
) -> tuple[Decision[BaseImage], tuple[Notice, ...]]:
    """Return the base image for `python` and what the owner should know about it.

    `distributions` are those of production: an Alpine image is refused while one of them has no
    wheel for musl, unless `settings.force`. Raises BaseImageError for a word, suite or Python that
    does not fit.
    """
    choice = _choose(settings, python)
    lacking = opens_cuda_of_the_system(distributions)
    cuda = load_images()["cuda"]
    if lacking and python.minor in cuda.pythons and not (settings.base or settings.suite):
        because = f"{lacking} opens CUDA libraries that neither its wheel nor the lock brings"
        choice = replace(choice, kind=cuda, because=because)
    _check_python(choice)
    suite, offered = _suite(choice)
    image = _image(choice, suite)
    if suite.libc[0] == "musl":
        _check_musl(image, choice, distributions, platforms)
    # Of somebody's own image nobody knows which suites it exists on.
    ours = not choice.reference.text and choice.kind.official
    decision = Decision(
        value=image,
        because=f"{choice.because}; {_suite_because(choice, suite)}",
        instead_of=tuple(name for name in offered if ours and name != suite.name),
    )
    return decision, _notices(choice, suite, image)


def _choose(settings: Settings, python: PythonRelease) -> _Choice:
    images = load_images()
    suite = suite_of(settings.suite)
    word = "alpine" if suite and suite.family == "alpine" else _DEFAULT
    base = settings.base or word
    because = f"the setting `base` is {base}"
    if base in images:
        because = because if settings.base else "small, and wheels for glibc fit"
        return _Choice(kind=images[base], because=because, python=python, settings=settings)
    if not any(mark in base for mark in ":/@"):
        close = get_close_matches(base, images, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise BaseImageError(
            f"there is no base image called {base!r}{hint}",
            found=f"base = {base}",
            rule=f"`base` is one of {', '.join(images)}, or the reference of an image.",
            steps=("Name one of these, or write the whole reference with its tag.",),
            example='[tool.dockwright]\nbase = "slim"',
        )
    said = read_reference(base)
    kind = images.get(said.kind, _FOREIGN)
    return _Choice(kind=kind, because=because, python=python, settings=settings, reference=said)


def read_reference(text: str) -> Reference:
    """Return what `text` says ("python:3.12-slim-bookworm", "ghcr.io/x/y@sha256:...")."""
    name, _, digest = text.partition("@")
    head, colon, tail = name.rpartition(":")
    repository, tag = (head, tail) if colon and "/" not in tail else (name, "")
    known = Reference(text=text, repository=repository, tag=tag, digest=digest)
    plain = repository.removeprefix("docker.io/")
    found = [
        (len(match), kind.name)
        for kind in load_images().values()
        for match in kind.matches
        if plain.startswith(match)
    ]
    # A mirror or a namesake of Docker's python repository follows its tags.
    official = re.fullmatch(_OFFICIAL_TAG, "" if tag == "latest" else tag)
    if not found and official and repository.rpartition("/")[2] == "python":
        # `3` and `alpine` alone move on: which release they mean is not in the tag.
        suite, python = official["suite"] or "", official["python"] or ""
        kind = "alpine" if suite.startswith("alpine") else "slim" if official["slim"] else "full"
        python, suite = python if "." in python else "", "" if suite == "alpine" else suite
        return replace(known, kind=kind, python=python, suite=suite)
    python, suite = _python_of(repository, tag), _suite_of(repository, tag)
    return replace(known, kind=max(found)[1] if found else "", python=python, suite=suite)


def _python_of(repository: str, tag: str) -> str:
    if in_tag := re.search(_PYTHON_IN_TAG, tag):
        return in_tag[1]
    if in_name := re.search(_PYTHON_IN_NAME, repository):
        return f"3.{in_name[1]}"
    numbered = re.match(_NUMBERED_TAG, tag)
    of_python = repository.rpartition("/")[2].startswith("python")
    return numbered[1] if numbered and of_python else ""


def _suite_of(repository: str, tag: str) -> str:
    # By its own word (trixie), or by family and number (ubuntu24.04, debian:13).
    words = set(re.split(r"[-_/:]", f"{repository}:{tag}"))
    named = next((name for name in load_suites() if name in words), "")
    last = repository.rpartition("/")[2]
    found = re.search(_RELEASE_IN_TAG, tag) or re.search(_RELEASE_IN_TAG, f"{last}{tag}")
    if named or found is None:
        return named
    release = ("redhat" if found[1] == "ubi" else found[1], found[2])
    suites = load_suites().values()
    return next((suite.name for suite in suites if (suite.family, suite.release) == release), "")


def _check_python(choice: _Choice) -> None:
    brought, python = choice.reference.python, choice.python
    # python:3.12 and 3.12.4 agree, 3.12.3 and 3.12.4 do not.
    exact = brought.count(".") == 2 and python.version.count(".") == 2
    agrees = brought == python.version if exact else minor_of(brought) == python.minor
    if agrees or (not brought and python.minor in (choice.pythons or (python.minor,))):
        return
    name = choice.reference.text or choice.kind.name
    pythons = brought or ", ".join(choice.pythons)
    raise BaseImageError(
        f"the base image {name} holds Python {pythons}, but the project needs {python.version}",
        found=f"{choice.because}; Python {python.version} was decided",
        rule="The Python of the base image runs the project, so it must be the one asked for.",
        steps=(
            f"Choose a base image with Python {python.minor}, or leave `base` out.",
            f"Or ask for another Python in the manifest, if the project runs with {pythons}.",
        ),
        example=f'[tool.dockwright]\nbase = "python:{python.minor}-slim"',
    )


def _suite(choice: _Choice) -> tuple[DistributionRelease, tuple[str, ...]]:
    # All that the image exists on is returned too: they are what was not taken.
    reference, offered, version = choice.reference, _offered(choice), choice.python.version
    named = choice.settings.suite or reference.suite or next(iter(offered), "")
    release = suite_of(named)
    # Where the owner wrote the whole reference, what tag exists is theirs to know.
    spelled_out = bool(reference.text) and reference.suite in (named, "")
    if release and (spelled_out or not offered or named in offered):
        return release, offered
    title = f"Dockwright knows no release called {named!r}"
    if release:
        image = f"the base image {choice.kind.name or 'asked for'} with Python {version}"
        title = f"{image} has no image on {release.title}"
    elif not named and reference.text:
        title = f"it cannot be seen what {reference.text} is made of"
    elif not named:
        title = f"there is no official image of Python {version} to start from"
    raise BaseImageError(
        title,
        found=f"suite = {named}" if named else "",
        rule="The release of the distribution decides which wheels fit and what packages are "
        "called. The official images of one Python exist on a few releases only.",
        steps=(
            f"Choose the `suite`: {', '.join(offered or load_suites())}.",
            "Or choose another Python or base image.",
        ),
        example=f'[tool.dockwright]\nsuite = "{(offered or (_DEFAULT_SUITE,))[0]}"',
    )


def _offered(choice: _Choice) -> tuple[str, ...]:
    # The best first: the first is taken where nobody names one.
    if not choice.kind.official:
        return choice.kind.suites
    known, version = load_suites(), choice.python.version
    # Newer than the table: what is built today will have it.
    built = tuple(row.name for row in known.values() if row.official)
    found = suites_of(version) if release_of(version) else built
    family = choice.kind.suites[0]
    return tuple(name for name in found if name in known and known[name].family == family)


def _image(choice: _Choice, suite: DistributionRelease) -> BaseImage:
    kind, reference = choice.kind, choice.reference
    shell = kind.shell or reference.tag.endswith("-dev")
    # The developer's variant of a distroless image has the package manager of its distribution.
    own = kind is _FOREIGN or (shell and not kind.shell)
    text = reference.text.partition("@")[0] or choice.filled(kind.reference, suite)
    interpreter = choice.filled(kind.interpreter, suite)
    return BaseImage(
        reference=text,
        family=suite.family,
        suite=suite.name,
        libc=suite.libc,
        packages=_MANAGERS[suite.family] if own else kind.packages,
        shell=shell,
        python="/usr/bin/python3" if choice.bare else interpreter,
        user=kind.user,
        contents=tuple(sorted(suite.names.get(name, name) for name in kind.contents)),
        build_reference="" if shell else choice.filled(kind.build, suite),
        digest=choice.digest_for(text) or reference.digest,
        build_packages="" if shell else _MANAGERS[suite.family],
        installs=("python3", "python3-venv") if choice.bare else kind.installs,
    )


def _check_musl(
    image: BaseImage,
    choice: _Choice,
    distributions: tuple[LockedDistribution, ...],
    platforms: tuple[str, ...],
) -> None:
    # A wheel for glibc is of no use on Alpine: everything without another one is compiled.
    python, settings = choice.python, choice.settings
    extras, learned = settings.extras, settings.wheels
    facts = wheel_facts(
        distributions, python.version, platforms, image.libc, extras=extras, learned=learned
    )
    found = arrivals(distributions, facts, python.minor, "musl")
    impossible = sorted(
        {
            entry.name
            for entry in found
            if entry.missing_on or (entry.compiled and entry.row and entry.row.alpine.unavailable)
        }
    )
    # What must be compiled is refused too unless it is forced: it takes minutes to hours.
    compiled = {entry.name for entry in found if entry.compiled and not settings.force}
    built = sorted(compiled.difference(impossible))
    if not impossible and not built:
        return
    parts = [f"cannot be had at all: {', '.join(impossible)}"] if impossible else []
    parts += [f"must be compiled: {', '.join(built)}"] if built else []
    steps = ["Leave `base` out: on Debian the wheels for glibc are installed as they are."]
    if not impossible:
        steps.append("Or pass --force (`force = true`) to compile them, which makes builds slow.")
    raise BaseImageError(
        f"{image.reference} needs wheels for musl, and these distributions have none: "
        f"{', '.join((*impossible, *built))}",
        found="; ".join(parts),
        rule="Alpine uses musl. A wheel for glibc does not run there.",
        steps=tuple(steps),
        example='[tool.dockwright]\nbase = "slim"',
    )


def _suite_because(choice: _Choice, suite: DistributionRelease) -> str:
    if choice.settings.suite:
        return f"the setting `suite` is {choice.settings.suite}"
    if choice.reference.suite:
        return f"its tag says {suite.title}"
    newest = f"{suite.title} is the newest that has Python {choice.python.version}"
    return newest if choice.kind.official else f"it is made of {suite.title}"


def _notices(choice: _Choice, suite: DistributionRelease, image: BaseImage) -> tuple[Notice, ...]:
    python, digest = choice.python, choice.settings.digest
    found = [("base-image-moves", choice.kind.note, "")] if choice.kind.note else []
    if suite.last_day and suite.last_day < as_of():
        text = f"{suite.title} has had no security fixes since {suite.last_day}."
        remedy = "Move to a newer `suite`, or to a Python whose image is built on one."
        found.append(("suite-end-of-life", text, remedy))
    elif suite.end_of_life and suite.end_of_life < as_of():
        text = f"{suite.title} gets long-term support only, until {suite.last_day}."
        found.append(("suite-long-term-support", text, "Move to a newer `suite` when you can."))
    release = release_of(python.version) if choice.kind.official else None
    spans = release.suites if release else ()
    if any(span.name == suite.name and span.last for span in spans):
        text = f"The image of Python {python.version} on {suite.title} is not rebuilt any more."
        remedy = "Move to a Python that is still supported, so that the image gets fixes."
        found.append(("base-image-not-rebuilt", text, remedy))
    if digest and not choice.digest_for(image.reference):
        owner = digest.rpartition("@")[0]
        text = f"the setting `digest` belongs to {owner}, so {image.reference} goes without one"
        found.append(("digest-of-another-image", text, "dockwright generate --digest"))
    return tuple(Notice(code=code, text=text, remedy=remedy) for code, text, remedy in found)
