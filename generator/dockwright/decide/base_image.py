"""The image that everything starts from."""

from dockwright.decide.accelerators import find_accelerators, needs_cuda_base
from dockwright.decide.base_image_errors import (
    no_musl_wheels,
    no_suite,
    python_conflict,
    unknown_image,
    wrong_suite,
)
from dockwright.decide.compilation import Arrival, arrivals
from dockwright.decide.image_reference import ImageChoice, Reference, is_reference, read_reference
from dockwright.decide.knowledge.images import ImageKind, load_images
from dockwright.decide.knowledge.suites import DistributionRelease, load_suites, suite_of
from dockwright.decide.python_releases import as_of, minor_of, release_of, suites_of
from dockwright.decide.tags import Libc
from dockwright.decide.wheels import PLATFORMS, wheel_facts
from dockwright.model.dependencies import LockedDistribution
from dockwright.model.origin import Decision, Notice
from dockwright.model.plan import BaseImage
from dockwright.model.python import PythonRelease
from dockwright.model.settings import Settings

DEFAULT = "slim"
_DEFAULT_SUITE = "trixie"
_DEFAULT_MUSL = "alpine3.24"
_LONE_PIP = 12
_FOREIGN = ImageKind(name="", reference="")
_MANAGERS = {"debian": "apt", "ubuntu": "apt", "alpine": "apk", "wolfi": "apk", "redhat": "dnf"}


def libc_of(settings: Settings) -> Libc:
    """Return the C library that the settings lead to, before the Python is known; glibc of trixie where they are silent."""
    choice = _choose(settings)
    named = settings.suite or (choice.reference.suite if choice.reference else "")
    if not named:
        named = (
            _DEFAULT_MUSL
            if choice.kind.suites == ("alpine",)
            else next(iter(choice.kind.suites), _DEFAULT_SUITE)
        )
    release = suite_of(named) or suite_of(_DEFAULT_SUITE)
    return release.libc if release else ("glibc", 2, 41)


def python_of_base(settings: Settings) -> str:
    """Return the Python ("3.12", "3.12.4") that the setting `base` brings with it, "" where it leaves that open."""
    choice = _choose(settings)
    if choice.reference and choice.reference.python:
        return choice.reference.python
    possible = _pythons(choice)
    return possible[0] if len(possible) == 1 else ""


def choose_base_image(
    python: PythonRelease,
    settings: Settings,
    distributions: tuple[LockedDistribution, ...] = (),
    platforms: tuple[str, ...] = PLATFORMS,
) -> tuple[Decision[BaseImage], tuple[Notice, ...]]:
    """Return the base image for `python` and what the owner should know about it.

    `distributions` are those of production: an Alpine image is refused while one of them has no wheel for musl, unless
    `settings.force`. Raises BaseImageError for a word, suite or Python that does not fit.
    """
    choice = _for_accelerators(_choose(settings), python, settings, distributions, platforms)
    _check_python(choice, python)
    suite = _suite(choice, python, settings)
    image = _image(choice, suite, python, settings)
    if suite.libc[0] == "musl":
        _check_musl(image, python, settings, distributions, platforms)
    because = f"{choice.because}; {_suite_because(choice, suite, python, settings)}"
    decision = Decision(value=image, because=because, instead_of=_others(choice, suite, python))
    return decision, (*_notices(choice, suite, python), *_digest_notices(image, settings))


def _choose(settings: Settings) -> ImageChoice:
    images = load_images()
    base = settings.base or (_word_of_suite(settings.suite) if settings.suite else DEFAULT)
    if base in images:
        said = (
            f"the setting `base` is {base}" if settings.base else "small, and wheels for glibc fit"
        )
        return ImageChoice(kind=images[base], reference=None, because=said)
    if is_reference(base):
        reference = read_reference(base)
        kind = images.get(reference.kind, _FOREIGN)
        return ImageChoice(kind=kind, reference=reference, because=f"the setting `base` is {base}")
    raise unknown_image(base)


def _for_accelerators(
    choice: ImageChoice,
    python: PythonRelease,
    settings: Settings,
    distributions: tuple[LockedDistribution, ...],
    platforms: tuple[str, ...],
) -> ImageChoice:
    """Return the image with CUDA where nothing was wished and a distribution opens CUDA that nothing else brings."""
    cuda = load_images()["cuda"]
    if settings.base or settings.suite or python.minor not in cuda.pythons:
        return choice
    found = needs_cuda_base(
        find_accelerators(distributions, python.minor, platforms, libc_of(settings))
    )
    if found is None:
        return choice
    because = f"{found.name} opens CUDA libraries that neither its wheel nor the lock brings"
    return ImageChoice(kind=cuda, reference=None, because=because)


def _word_of_suite(suite: str) -> str:
    release = suite_of(suite)
    return "alpine" if release and release.family == "alpine" else DEFAULT


def _check_python(choice: ImageChoice, python: PythonRelease) -> None:
    brought = choice.reference.python if choice.reference else ""
    exact = brought.count(".") == 2 and python.version.count(".") == 2
    if brought and (brought if exact else minor_of(brought)) != (
        python.version if exact else python.minor
    ):
        raise python_conflict(choice, f"Python {brought}", python)
    possible = _pythons(choice)
    if not brought and possible and python.minor not in possible:
        raise python_conflict(choice, "Python " + ", ".join(possible), python)


def _pythons(choice: ImageChoice) -> tuple[str, ...]:
    """Return the Pythons that the image can have; where it is installed with apt, that is the distribution's own."""
    release = suite_of(choice.reference.suite) if choice.reference else None
    if release and release.python and (choice.kind.installs or _is_bare(choice)):
        return (release.python,)
    return choice.kind.pythons


def _is_bare(choice: ImageChoice) -> bool:
    """Return whether the image is a distribution without any Python."""
    if choice.kind is not _FOREIGN or choice.reference is None:
        return False
    return choice.reference.repository.rpartition("/")[2] in ("debian", "ubuntu")


def _suite(choice: ImageChoice, python: PythonRelease, settings: Settings) -> DistributionRelease:
    named = settings.suite or (choice.reference.suite if choice.reference else "")
    offered = _offered(choice, python)
    if not named:
        if not offered:
            raise no_suite(choice, python)
        named = offered[0]
    release = suite_of(named)
    fits = release is not None and (not offered or named in offered or _spelled_out(choice, named))
    if release is None or not fits:
        raise wrong_suite(choice, named, offered, python)
    return release


def _spelled_out(choice: ImageChoice, suite: str) -> bool:
    """Return whether the owner wrote the whole reference: what tag exists there is theirs to know."""
    return choice.reference is not None and choice.reference.suite in (suite, "")


def _offered(choice: ImageChoice, python: PythonRelease) -> tuple[str, ...]:
    if not choice.kind.official:
        return choice.kind.suites
    wanted = choice.kind.suites[0]
    found = [
        name
        for name in suites_of(python.version)
        if name.startswith("alpine") == (wanted == "alpine")
    ]
    if (
        not found and release_of(python.version) is None
    ):  # newer than the table: what is built today will have it
        return tuple(
            row.name for row in load_suites().values() if row.official and row.family == wanted
        )
    return tuple(name for name in found if name in load_suites())


def _image(
    choice: ImageChoice, suite: DistributionRelease, python: PythonRelease, settings: Settings
) -> BaseImage:
    kind, reference = choice.kind, choice.reference
    foreign, bare = kind is _FOREIGN, _is_bare(choice)
    shell = kind.shell or (reference is not None and reference.tag.endswith("-dev"))
    text = reference.text.partition("@")[0] if reference else _fill(kind.reference, suite, python)
    return BaseImage(
        reference=text,
        family=suite.family,
        suite=suite.name,
        libc=suite.libc,
        packages=_MANAGERS[suite.family]
        if foreign or (shell and not kind.shell)
        else kind.packages,
        shell=shell,
        python=_fill("/usr/bin/python3" if bare else kind.interpreter, suite, python),
        user=kind.user,
        contents=tuple(sorted(suite.names.get(name, name) for name in kind.contents)),
        build_reference="" if shell else _fill(kind.build, suite, python),
        digest=_digest(settings, text) or (reference.digest if reference else ""),
        build_packages="" if shell else _MANAGERS[suite.family],
        installs=("python3", "python3-venv") if bare else kind.installs,
        pip=_pip(python) if kind.pip and _is_original(reference) else (),
    )


def _is_original(reference: Reference | None) -> bool:
    """Return whether the image, or a mirror that keeps its path, is as its makers publish it: a team's own may lack anything."""
    if reference is None or "/" not in reference.repository:
        return True
    return reference.repository.endswith(("/library/python", "docker.io/python", "astral-sh/uv"))


def _pip(python: PythonRelease) -> tuple[str, ...]:
    """Return where the official images keep pip; up to Python 3.11 setuptools and wheel lie beside it."""
    minor = int(python.minor.partition(".")[2])
    programs = (
        ("/usr/local/bin/pip*",)
        if minor >= _LONE_PIP
        else ("/usr/local/bin/pip*", "/usr/local/bin/wheel")
    )
    return (*programs, f"/usr/local/lib/python{python.minor}/site-packages/*")


def _digest(settings: Settings, reference: str) -> str:
    """Return the digest of the settings, "" if it says that it belongs to another image."""
    image, _, digest = settings.digest.rpartition("@")
    return digest if image in ("", reference) else ""


def _digest_notices(image: BaseImage, settings: Settings) -> tuple[Notice, ...]:
    if not settings.digest or _digest(settings, image.reference):
        return ()
    text = f"the setting `digest` belongs to {settings.digest.rpartition('@')[0]}, and the base image is {image.reference}"
    return (
        Notice(
            code="digest-of-another-image",
            text=f"{text}: its tag alone is used",
            remedy="dockwright generate --digest",
        ),
    )


def _fill(template: str, suite: DistributionRelease, python: PythonRelease) -> str:
    compact = python.minor.replace(".", "")
    version = python.version if "python:{python}" in template else python.minor
    return (
        template.replace("{python}", version)
        .replace("{suite}", suite.name)
        .replace("{compact}", compact)
    )


def _check_musl(
    image: BaseImage,
    python: PythonRelease,
    settings: Settings,
    distributions: tuple[LockedDistribution, ...],
    platforms: tuple[str, ...],
) -> None:
    facts = wheel_facts(
        distributions,
        python.version,
        platforms,
        image.libc,
        extras=settings.extras,
        learned=settings.wheels,
    )
    found = arrivals(distributions, facts, python.minor, "musl")
    impossible = tuple(sorted({entry.name for entry in found if _impossible(entry)}))
    built = tuple(sorted({entry.name for entry in found if entry.compiled} - set(impossible)))
    if impossible or (built and not settings.force):
        raise no_musl_wheels(image, impossible, () if settings.force else built)


def _impossible(entry: Arrival) -> bool:
    return bool(entry.missing_on) or (
        entry.compiled and entry.row is not None and bool(entry.row.alpine.unavailable)
    )


def _suite_because(
    choice: ImageChoice, suite: DistributionRelease, python: PythonRelease, settings: Settings
) -> str:
    if settings.suite:
        return f"the setting `suite` is {settings.suite}"
    if choice.reference and choice.reference.suite:
        return f"its tag says {suite.title}"
    if choice.kind.official:
        return f"{suite.title} is the newest that has Python {python.version}"
    return f"it is made of {suite.title}"


def _others(
    choice: ImageChoice, suite: DistributionRelease, python: PythonRelease
) -> tuple[str, ...]:
    if choice.reference is not None or not choice.kind.official:
        return ()
    return tuple(name for name in _offered(choice, python) if name != suite.name)


def _notices(
    choice: ImageChoice, suite: DistributionRelease, python: PythonRelease
) -> tuple[Notice, ...]:
    notices = [Notice(code="base-image-moves", text=choice.kind.note)] if choice.kind.note else []
    if suite.last_day and suite.last_day < as_of():
        notices.append(
            Notice(
                code="suite-end-of-life",
                text=f"{suite.title} has had no security fixes since {suite.last_day}.",
                remedy="Move to a newer `suite`, or to a Python whose image is built on one.",
            )
        )
    elif suite.end_of_life and suite.end_of_life < as_of():
        notices.append(
            Notice(
                code="suite-long-term-support",
                text=f"{suite.title} gets long-term support only, until {suite.last_day}.",
                remedy="Move to a newer `suite` when you can.",
            )
        )
    release = release_of(python.version)
    spans = {span.name: span for span in release.suites} if release and choice.kind.official else {}
    if suite.name in spans and not spans[suite.name].current:
        notices.append(
            Notice(
                code="base-image-not-rebuilt",
                text=f"The image of Python {python.version} on {suite.title} is not rebuilt any more, so it gets no fixes.",
                remedy="Move to a Python that is still supported.",
            )
        )
    return tuple(notices)
