"""The files of a pack: rendered into the project, and kept beside it for later runs."""

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
from dockwright.packs.pack import MANIFEST, Pack, as_text, load_pack
from dockwright.render.filters import FILTERS
from dockwright.render.guard import FolderLoader, explained, guarded_environment
from dockwright.render.overlay import Layer

_ENDING = ".j2"
# Both are in version control with the project, so that a colleague's run makes the same.
FOLDER = ".dockwright/packs"
ANSWERS = ".dockwright/answers.json"


@record
class Applied:
    """A pack with its answers; `source` is the address or folder it came from."""

    pack: Pack
    answers: Mapping[str, Answer]
    source: str


def applied_packs(root: Path, plan: Plan) -> tuple[Applied, ...]:
    """Return the packs that made files in `root`, the latest first; PackError if damaged."""
    applied = []
    for name, entry in recorded(root).items():
        folder = root / FOLDER / _slug(name)
        if not (folder / MANIFEST).is_file():
            raise _damaged(f"the pack {name} is recorded, and {FOLDER}/{_slug(name)} is missing")
        pack = load_pack(folder)
        answers = settle(pack, plan, entry["answers"])
        applied.append(Applied(pack=pack, answers=answers, source=entry["source"]))
    # The latest stands on top: its blocks and files win over those of earlier packs.
    return tuple(reversed(applied))


def recorded(root: Path) -> dict[str, Any]:
    """Return name -> {"source", "answers"} of every pack applied in `root`, in that order."""
    path = root / ANSWERS
    if not path.is_file():
        return {}
    try:
        return {
            name: {
                "source": str(entry["source"]),
                "answers": {key: str(value) for key, value in entry["answers"].items()},
            }
            for name, entry in json.loads(path.read_text(encoding="utf-8")).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(f"it cannot be read: {error}") from error


def layers_of(applied: tuple[Applied, ...]) -> tuple[Layer, ...]:
    """Return the layers of templates that extend the built-in ones, in the order of `applied`."""
    return tuple(
        Layer(folder=one.pack.templates, shown=f"{one.pack.name}/templates", values=one.answers)
        for one in applied
        if one.pack.built_in and one.pack.templates.is_dir()
    )


def files_of(applied: tuple[Applied, ...], plan: Plan) -> tuple[RenderedFile, ...]:
    """Return the files of packs; of two with one path the uppermost pack's."""
    files: dict[str, RenderedFile] = {}
    for one in reversed(applied):
        files |= {file.path: file for file in render_pack(one.pack, plan, one.answers)}
    return tuple(files.values())


def kept_files(applied: Applied, root: Path) -> tuple[tuple[RenderedFile, ...], tuple[str, ...]]:
    """Return a pack's copy and record as files to write, and obsolete paths of an older copy."""
    pack, folder = applied.pack, f"{FOLDER}/{_slug(applied.pack.name)}"
    entries = {name: entry for name, entry in recorded(root).items() if name != pack.name}
    answers = {key: as_text(value) for key, value in applied.answers.items()}
    entries[pack.name] = {"source": applied.source, "answers": answers}
    # In the order of application: it decides which pack is on top.
    texts = {ANSWERS: json.dumps(entries, indent=2, ensure_ascii=False) + "\n"}
    texts |= {f"{folder}/{path}": _kept_text(pack, path) for path in _parts(pack.folder)}
    kept = [RenderedFile(path=path, text=text, kind="template") for path, text in texts.items()]
    there = (f"{folder}/{path}" for path in _parts(root / folder))
    return tuple(kept), tuple(path for path in there if path not in texts)


def _parts(folder: Path) -> list[str]:
    # Hooks are not kept, because they do not run again.
    found = [
        folder / MANIFEST,
        *sorted(folder.glob("files/**/*")),
        *sorted(folder.glob("templates/**/*")),
    ]
    return [path.relative_to(folder).as_posix() for path in found if path.is_file()]


def _kept_text(pack: Pack, path: str) -> str:
    text = _read(pack, pack.folder, path)
    # The kept manifest must not name what is not kept, or it would be refused.
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
    """Return the files of the pack, sorted by path; `*.j2` are rendered and lose that ending."""
    made: dict[str, RenderedFile] = {}
    with explained(((pack.files, f"{pack.name}/files"),)):
        for source in sorted(path for path in pack.files.rglob("*") if path.is_file()):
            relative = source.relative_to(pack.files).as_posix()
            target = rendered(relative.removesuffix(_ENDING), plan, answers)
            path = PurePosixPath(target)
            # `write` looks again. Here the pack's own file can be named, before anything happens.
            if path.is_absolute() or ".." in path.parts or "\\" in target or ":" in target:
                raise _refused(pack, f"files/{relative}", "the path leaves the target folder")
            # A condition in the path leaves the file out: `{{ "Makefile" if makefile }}.j2`.
            if all(part.strip() for part in target.split("/")):
                if relative.endswith(_ENDING):
                    text = _filled_in(pack, relative, plan, answers)
                else:
                    text = _read(pack, pack.files, relative)
                executable = bool(source.stat().st_mode & 0o111)
                made[target] = RenderedFile(
                    path=target, text=text, kind="extra", executable=executable
                )
    return tuple(made[path] for path in sorted(made))


def _filled_in(pack: Pack, relative: str, plan: Plan, answers: Mapping[str, Answer]) -> str:
    # One for each file: an environment counts the steps of one rendering.
    environment = guarded_environment(FolderLoader(pack.files))
    environment.filters.update(FILTERS)
    template = environment.get_template(relative)
    return template.render(plan=plan, answers=answers, **answers).rstrip("\n") + "\n"


def _read(pack: Pack, folder: Path, path: str) -> str:
    source = folder / path
    shown = source.relative_to(pack.folder).as_posix()
    # A link to /etc/passwd would end in an image.
    if not source.resolve().is_relative_to(folder.resolve()):
        raise _refused(pack, shown, "a link leads out of the pack")
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        title = f"the file is not text: byte {error.start} is not UTF-8"
        raise _refused(pack, shown, title) from error


def _refused(pack: Pack, path: str, title: str) -> PackError:
    return PackError(
        title,
        origin=Origin(path=f"{pack.name}/{path}"),
        rule="a pack holds text files in UTF-8, all of its own, and writes below the target folder",
        steps=("correct the file, its name or the answer", "or take the file out of the pack"),
        example="files/deploy/{{ team }}.yaml.j2",
    )
