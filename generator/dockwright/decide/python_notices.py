"""What the owner should hear about the Python that was settled."""

from collections.abc import Iterator

from dockwright.decide.python_ranges import Candidate, excludes_patches
from dockwright.decide.python_releases import END_OF_LIFE, as_of, numbers
from dockwright.decide.python_wishes import Weighed, naming
from dockwright.model.origin import Notice, Origin


def notices_about(chosen: Candidate, weighed: Weighed) -> tuple[Notice, ...]:
    """Return the notices about age, patches and spelling of `chosen`, each with the place to change."""
    place = _place(chosen, weighed)
    return (
        *_age(chosen, place),
        *_patch(chosen, place),
        *_unheard_of(chosen, place),
        *_bounds(weighed),
    )


def no_source(chosen: Candidate) -> Notice:
    """Return the notice for a project in which nothing names a version."""
    return Notice(
        code="python-no-source",
        text=f"no file says which Python the project wants: {chosen.version} is taken",
        remedy=f"write {chosen.version} into .python-version, or a range into the manifest",
    )


def _place(chosen: Candidate, weighed: Weighed) -> Origin | None:
    wish = naming(chosen.version, weighed) or next(iter(weighed.kept), None)
    return wish.origin if wish else None


def _age(chosen: Candidate, place: Origin | None) -> Iterator[Notice]:
    release = chosen.release
    if release is not None and release.status == END_OF_LIFE:
        yield Notice(
            code="python-end-of-life",
            text=f"Python {release.version} reached its end of life on {release.end_of_life}: it gets no security fixes",
            origin=place,
            remedy="move to a supported release; until then the image is as you asked for it",
        )


def _patch(chosen: Candidate, place: Origin | None) -> Iterator[Notice]:
    release = chosen.release
    if release is None or chosen.version.count(".") < 2 or chosen.kind == "future":
        return
    behind = numbers(release.newest)[2] - numbers(chosen.version)[2]
    if behind > 0:
        yield Notice(
            code="python-old-patch",
            text=f"Python {chosen.version} lacks the fixes of {behind} later patch releases (newest known: {release.newest})",
            origin=place,
            remedy=f"name {release.version} instead of {chosen.version}, so that every build takes the newest patch",
        )


def _unheard_of(chosen: Candidate, place: Origin | None) -> Iterator[Notice]:
    release = chosen.release
    if release is None:
        yield Notice(
            code="python-unknown",
            text=f"Python {chosen.version} is not known to this version of Dockwright (its table is as of {as_of()})",
            origin=place,
            remedy="check the spelling, or update Dockwright",
        )
    elif chosen.kind == "prerelease":
        yield Notice(
            code="python-prerelease",
            text=f"Python {chosen.version} was not released as of {as_of()}: the image has a pre-release",
            origin=place,
            remedy="use a released version in production",
        )
    elif chosen.kind == "future":
        yield Notice(
            code="python-unknown",
            text=f"a patch of Python {release.version} is asked for that is newer than {release.newest}, the newest as of {as_of()}",
            origin=place,
            remedy="check the spelling, or update Dockwright",
        )


def _bounds(weighed: Weighed) -> Iterator[Notice]:
    for wish in weighed.kept:
        bound = excludes_patches(wish.specifier) if wish.strength == "range" else None
        if bound:
            text, version = bound
            major, minor = numbers(version)
            yield Notice(
                code="python-upper-bound",
                text=f"`{wish.spelled}`: {text} excludes {version}.1 and every later patch of {version}",
                origin=wish.origin,
                remedy=f"write =={version}.*"
                if text.startswith("==")
                else f"write <{major}.{minor + 1}",
            )
