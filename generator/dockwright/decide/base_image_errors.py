"""What is said when a base image does not exist or does not fit."""

from dockwright.decide.image_reference import ImageChoice
from dockwright.decide.knowledge.images import load_images
from dockwright.decide.knowledge.suites import load_suites, suite_of
from dockwright.errors import BaseImageError
from dockwright.model.plan import BaseImage
from dockwright.model.python import PythonRelease


def unknown_image(base: str) -> BaseImageError:
    """Return the error for a word that names no image."""
    from difflib import get_close_matches

    close = get_close_matches(base, load_images(), n=1)
    return BaseImageError(
        f"there is no base image called {base!r}"
        + (f"; did you mean {close[0]}?" if close else ""),
        found=f"base = {base}",
        rule="`base` is one of " + ", ".join(load_images()) + ", or the reference of an image.",
        steps=("Name one of these, or write the whole reference with its tag.",),
        example='[tool.dockwright]\nbase = "slim"',
    )


def python_conflict(choice: ImageChoice, holds: str, python: PythonRelease) -> BaseImageError:
    """Return the error for an image that `holds` another Python ("Python 3.11") than was decided."""
    name = choice.reference.text if choice.reference else choice.kind.name
    return BaseImageError(
        f"the base image {name} holds {holds}, but the project needs Python {python.version}",
        found=f"{choice.because}; Python {python.version} was decided",
        rule="The virtual environment is made by the Python of the base image, so it must be the one that the project asks for.",
        steps=(
            f"Choose a base image with Python {python.minor}, or leave `base` out.",
            f"Or ask for another Python in the manifest, if the project runs with {holds}.",
        ),
        example=f'[tool.dockwright]\nbase = "python:{python.minor}-slim"',
    )


def no_suite(choice: ImageChoice, python: PythonRelease) -> BaseImageError:
    """Return the error for an image of which nobody can tell what it is made of."""
    if choice.reference is None:
        return BaseImageError(
            f"there is no official image of Python {python.version} to start from",
            rule=f"`{choice.kind.name}` needs a tag of the official Python image for that version.",
            steps=("Choose another Python, or name an image of your own with `base`.",),
            example='[tool.dockwright]\nbase = "registry.example.com/python:2024"\nsuite = "bookworm"',
        )
    return BaseImageError(
        f"it cannot be seen what {choice.reference.text} is made of",
        rule="The C library decides which wheels fit, and the release of the distribution what packages are called.",
        steps=("Say it with the setting `suite`: " + ", ".join(load_suites()) + ".",),
        example=f'[tool.dockwright]\nbase = "{choice.reference.text}"\nsuite = "bookworm"',
    )


def wrong_suite(
    choice: ImageChoice, named: str, offered: tuple[str, ...], python: PythonRelease
) -> BaseImageError:
    """Return the error for a suite that is unknown, or that the image does not exist with."""
    known = suite_of(named)
    what = f"has no image on {known.title}" if known else f"knows no release called {named!r}"
    subject = (
        f"the base image {choice.kind.name or 'asked for'} with Python {python.version}"
        if known
        else "Dockwright"
    )
    return BaseImageError(
        f"{subject} {what}",
        found=f"suite = {named}",
        rule="The official images of one Python exist on a few releases only.",
        steps=(
            "Choose one of "
            + ", ".join(offered or tuple(load_suites()))
            + ", or leave `suite` out.",
        ),
        example=f'[tool.dockwright]\nsuite = "{(offered or ("trixie",))[0]}"',
    )


def no_musl_wheels(
    image: BaseImage, impossible: tuple[str, ...], built: tuple[str, ...]
) -> BaseImageError:
    """Return the error for an image with musl: `impossible` cannot be had there, `built` would be compiled."""
    names = ", ".join((*impossible, *built))
    parts = [f"cannot be had at all: {', '.join(impossible)}"] if impossible else []
    parts += [f"must be compiled: {', '.join(built)}"] if built else []
    steps = ["Leave `base` out: on Debian the wheels for glibc are installed as they are."]
    if not impossible:
        steps.append("Or pass --force (`force = true`) to compile them, which makes builds slow.")
    return BaseImageError(
        f"{image.reference} needs wheels for musl, and these distributions have none: {names}",
        found="; ".join(parts),
        rule="Alpine uses musl. A wheel for glibc does not run there.",
        steps=tuple(steps),
        example='[tool.dockwright]\nbase = "slim"',
    )
