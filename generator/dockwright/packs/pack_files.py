"""The files of a pack: rendered into the project, and kept beside it.

A later run needs the copy only, and neither network nor questions.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from dockwright.errors import PackError
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.record import record
from dockwright.packs.answers import Answer, rendered, settle
from dockwright.packs.pack import MANIFEST, Pack, load_pack
from dockwright.render.faults import explained
from dockwright.render.filters import FILTERS
from dockwright.render.guard import FolderLoader, guarded_environment
from dockwright.render.overlay import Layer

_ENDING = ".j2"
FOLDER = ".dockwright/packs"
ANSWERS = ".dockwright/answers.json"


@record
class Applied:
    """A pack with its answers; `source` is the address or folder it came from."""

    pack: Pack
    answers: Mapping[str, Answer]
    source: str

    @property
    def layer(self) -> tuple[Layer, ...]:
        """The pack's templates that extend the built-in ones, () without any."""
        if not (self.pack.built_in and self.pack.templates.is_dir()):
            return ()
        shown = f"{self.pack.name}/templates"
        return (Layer(folder=self.pack.templates, shown=shown, values=self.answers),)


def applied_packs(root: Path, plan: Plan) -> tuple[Applied, ...]:
    """Return the packs that made files in `root`, the latest first.

    Raises PackError where what is kept of them is damaged.
    """
    applied = []
    for name, entry in recorded(root).items():
        folder = root / FOLDER / _slug(name)
        if not (folder / MANIFEST).is_file():
            raise _damaged(f"the pack {name} is recorded, and {FOLDER}/{_slug(name)} is missing")
        pack = load_pack(folder)
        answers = settle(pack, plan, entry["answers"])
        applied.append(Applied(pack=pack, answers=answers, source=str(entry["source"])))
    return tuple(reversed(applied))


def recorded(root: Path) -> dict[str, Any]:
    """Return name -> {"source", "answers"} of every pack applied in `root`, in that order."""
    path = root / ANSWERS
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): _entry(entry) for name, entry in document.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(f"it cannot be read: {error}") from error


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    answers = {str(key): str(value) for key, value in entry["answers"].items()}
    return {"source": str(entry["source"]), "answers": answers}


def layers_of(applied: tuple[Applied, ...]) -> tuple[Layer, ...]:
    """Return the template layers of packs, in the order of `applied`."""
    return tuple(layer for one in applied for layer in one.layer)


def files_of(applied: tuple[Applied, ...], plan: Plan) -> tuple[RenderedFile, ...]:
    """Return the files of packs; of two with one path the uppermost pack's."""
    files: dict[str, RenderedFile] = {}
    for one in reversed(applied):
        files |= {file.path: file for file in render_pack(one.pack, plan, one.answers)}
    return tuple(files.values())


def kept_files(applied: Applied, root: Path) -> tuple[tuple[RenderedFile, ...], tuple[str, ...]]:
    """Return a pack's copy and record as files to write, and obsolete paths of an older copy."""
    name, folder = applied.pack.name, f"{FOLDER}/{_slug(applied.pack.name)}"
    entries = {key: entry for key, entry in recorded(root).items() if key != name}
    entries[name] = {
        "source": applied.source,
        "answers": {key: as_text(value) for key, value in applied.answers.items()},
    }
    texts = {ANSWERS: json.dumps(entries, indent=2, ensure_ascii=False) + "\n"}
    texts |= {
        f"{folder}/{path}": _kept_text(applied.pack, path) for path in _parts(applied.pack.folder)
    }
    there = (f"{folder}/{path}" for path in _parts(root / folder))
    return (
        tuple(RenderedFile(path=path, text=text, kind="template") for path, text in texts.items()),
        tuple(path for path in there if path not in texts),
    )


def as_text(value: Answer) -> str:
    """Return an answer as it is given on the command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _parts(folder: Path) -> list[str]:
    """Return what makes a pack. Hooks are not kept, because they do not run again."""
    found = [MANIFEST] if (folder / MANIFEST).is_file() else []
    for part in ("files", "templates"):
        inside = sorted((folder / part).rglob("*")) if (folder / part).is_dir() else []
        found += [path.relative_to(folder).as_posix() for path in inside if path.is_file()]
    return found


def _kept_text(pack: Pack, path: str) -> str:
    if not (pack.folder / path).resolve().is_relative_to(pack.folder.resolve()):
        raise PackError(
            "a link leads out of the pack",
            origin=Origin(path=f"{pack.name}/{path}"),
            rule="a pack is complete in itself",
            steps=("put the file itself into the pack",),
            example=path,
        )
    text = _read(pack.folder / path, f"{pack.name}/{path}")
    # Hooks are not kept, so the kept manifest does not name them.
    return re.sub(r"(?ms)^\[hooks\]\n.*?(?=^\[|\Z)", "", text) if path == MANIFEST else text


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "pack"


def _damaged(why: str) -> PackError:
    return PackError(
        why,
        origin=Origin(path=ANSWERS),
        rule="what is kept of a pack makes the same files again",
        steps=("restore .dockwright from version control", "or generate anew with --template"),
        example="git checkout -- .dockwright",
    )


def render_pack(pack: Pack, plan: Plan, answers: Mapping[str, Answer]) -> tuple[RenderedFile, ...]:
    """Return the files of the pack, sorted by path; `*.j2` are rendered and lose that ending.

    A path may hold `{{ }}` too; one that comes out empty is left out. Raises TemplateFaultError
    with file and line, PackError for a path that leaves the target and for a file that is no text.
    """
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
    if relative.endswith(_ENDING):
        text = _filled_in(pack, relative, plan, answers)
    else:
        text = _read(source, f"{pack.name}/files/{relative}")
    executable = bool(source.stat().st_mode & 0o111)
    return RenderedFile(path=target, text=text, kind="extra", executable=executable)


def _filled_in(pack: Pack, relative: str, plan: Plan, answers: Mapping[str, Answer]) -> str:
    environment = guarded_environment(FolderLoader(pack.files))
    environment.filters.update(FILTERS)
    template = environment.get_template(relative)
    return template.render(plan=plan, answers=answers, **answers).rstrip("\n") + "\n"


def _read(source: Path, shown: str) -> str:
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
