"""Packs are kept beside the files that they made, so that a later run needs neither network nor questions."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.errors import PackError
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.record import record
from dockwright.packs.answers import Answer, settle
from dockwright.packs.files import render_pack, text_of
from dockwright.packs.pack import MANIFEST, Pack, load_pack
from dockwright.render.overlay import Layer

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
        return (
            Layer(
                folder=self.pack.templates, shown=f"{self.pack.name}/templates", values=self.answers
            ),
        )


def applied_packs(root: Path, plan: Plan) -> tuple[Applied, ...]:
    """Return the packs that made files in `root`, the latest first; PackError where what is kept of them is damaged."""
    applied = []
    for name, entry in recorded(root).items():
        folder = root / FOLDER / _slug(name)
        if not (folder / MANIFEST).is_file():
            raise _damaged(f"the pack {name} is recorded, and {FOLDER}/{_slug(name)} is missing")
        pack = load_pack(folder)
        applied.append(
            Applied(
                pack=pack, answers=settle(pack, plan, entry["answers"]), source=str(entry["source"])
            )
        )
    return tuple(reversed(applied))


def recorded(root: Path) -> dict[str, Any]:
    """Return name -> {"source", "answers"} of every pack that was applied in `root`, in that order."""
    path = root / ANSWERS
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): {
                "source": str(entry["source"]),
                "answers": {str(k): str(v) for k, v in entry["answers"].items()},
            }
            for name, entry in document.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(f"it cannot be read: {error}") from error


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
    """Return the copy of a pack and its record as files to write, and the paths of an older copy that are obsolete."""
    name, folder = applied.pack.name, f"{FOLDER}/{_slug(applied.pack.name)}"
    entries = {key: entry for key, entry in recorded(root).items() if key != name}
    entries[name] = {
        "source": applied.source,
        "answers": {key: as_text(value) for key, value in applied.answers.items()},
    }
    files = [
        RenderedFile(
            path=ANSWERS,
            text=json.dumps(entries, indent=2, ensure_ascii=False) + "\n",
            kind="template",
        )
    ]
    files += [
        RenderedFile(path=f"{folder}/{path}", text=_text(applied.pack, path), kind="template")
        for path in _parts(applied.pack.folder)
    ]
    now = {file.path for file in files}
    there = [f"{folder}/{path}" for path in _parts(root / folder)]
    return tuple(files), tuple(path for path in there if path not in now)


def as_text(value: Answer) -> str:
    """Return an answer as it is given on the command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _parts(folder: Path) -> list[str]:
    """What makes a pack: the manifest, files/ and templates/. Hooks are not kept, for they do not run again."""
    found = [MANIFEST] if (folder / MANIFEST).is_file() else []
    for part in ("files", "templates"):
        inside = sorted((folder / part).rglob("*")) if (folder / part).is_dir() else []
        found += [path.relative_to(folder).as_posix() for path in inside if path.is_file()]
    return found


def _text(pack: Pack, path: str) -> str:
    if not (pack.folder / path).resolve().is_relative_to(pack.folder.resolve()):
        raise PackError(
            "a link leads out of the pack", origin=Origin(path=f"{pack.name}/{path}"), rule="a pack is complete in itself",
            steps=("put the file itself into the pack",), example=path,
        )  # fmt: skip
    text = text_of(pack.folder / path, f"{pack.name}/{path}")
    # Hooks are not kept, so the kept manifest does not name them.
    return re.sub(r"(?ms)^\[hooks\]\n.*?(?=^\[|\Z)", "", text) if path == MANIFEST else text


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "pack"


def _damaged(why: str) -> PackError:
    return PackError(
        why,
        origin=Origin(path=ANSWERS),
        rule="what is kept of a pack makes the same files again without network and questions",
        steps=(
            "restore the folder .dockwright from version control",
            "or generate anew with --template",
        ),
        example="git checkout -- .dockwright",
    )
