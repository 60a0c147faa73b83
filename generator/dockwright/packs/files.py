"""Renders the files of a pack; no path leaves the target."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dockwright.errors import PackError
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.packs.answers import Answer, rendered
from dockwright.packs.pack import Pack

_ENDING = ".j2"


def render_pack(pack: Pack, plan: Plan, answers: Mapping[str, Answer]) -> tuple[RenderedFile, ...]:
    """Return the files of the pack, sorted by path: `*.j2` rendered without that ending, text files as they are.

    A path may hold `{{ }}` too; one that comes out empty is left out. Raises TemplateFaultError with file and line,
    PackError for a path that leaves the target and for a file that is not text.
    """
    from dockwright.render.faults import explained

    if not pack.files.is_dir():
        return ()
    made: dict[str, RenderedFile] = {}
    with explained(((pack.files, f"{pack.name}/files"),)):
        for source in sorted(path for path in pack.files.rglob("*") if path.is_file()):
            file = _one(pack, source, plan, answers)
            if file is not None:
                made[file.path] = file
    return tuple(made[path] for path in sorted(made))


def _one(
    pack: Pack, source: Path, plan: Plan, answers: Mapping[str, Answer]
) -> RenderedFile | None:
    relative = source.relative_to(pack.files).as_posix()
    if not source.resolve().is_relative_to(pack.files.resolve()):
        raise _escapes(pack, relative)
    target = rendered(relative.removesuffix(_ENDING), plan, answers)
    _stay_inside(pack, relative, target)
    if any(not part.strip() for part in target.split("/")):
        return None
    text = (
        _text(pack, source, relative, plan, answers)
        if relative.endswith(_ENDING)
        else text_of(source, f"{pack.name}/files/{relative}")
    )
    return RenderedFile(
        path=target, text=text, kind="extra", executable=bool(source.stat().st_mode & 0o111)
    )


def _text(
    pack: Pack, source: Path, relative: str, plan: Plan, answers: Mapping[str, Answer]
) -> str:
    from dockwright.render.filters import FILTERS
    from dockwright.render.guard import FolderLoader, guarded_environment

    environment = guarded_environment(FolderLoader(pack.files))
    environment.filters.update(FILTERS)
    del source
    return (
        environment.get_template(relative)
        .render(plan=plan, answers=answers, **answers)
        .rstrip("\n")
        + "\n"
    )


def text_of(source: Path, shown: str) -> str:
    """Return the text of a file of a pack; PackError that names it as `shown` where it is none."""
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PackError(
            f"the file is not text: byte {error.start} is not UTF-8",
            origin=Origin(path=shown),
            rule="a pack holds text files, in UTF-8",
            steps=("save it as UTF-8", "or take it out of the pack"),
            example="files/Makefile.j2",
        ) from error


def _stay_inside(pack: Pack, relative: str, target: str) -> None:
    path = PurePosixPath(target)
    if path.is_absolute() or ".." in path.parts or "\\" in target or ":" in target:
        raise _escapes(pack, relative)


def _escapes(pack: Pack, relative: str) -> PackError:
    return PackError(
        "the path leaves the target folder",
        origin=Origin(path=f"{pack.name}/files/{relative}"),
        rule="a pack writes only below the folder that it was asked to write into",
        steps=("correct the answer or the name of the file",),
        example="files/deploy/{{ team }}.yaml.j2",
    )
