"""Small projects, written where a test wants them."""

import json
from dataclasses import dataclass
from pathlib import Path

from dockwright.detect.tree import ProjectTree

FIXTURES = Path(__file__).parent.parent / "unit" / "detect" / "managers" / "fixtures"


def tree_of(root: Path, files: dict[str, str | bytes]) -> ProjectTree:
    """Write `files` (path to content) below `root` and return the tree."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")
    return ProjectTree(root)


@dataclass(frozen=True, kw_only=True)
class FreshnessCase:
    """An edit of a manifest whose lock stays as the tool wrote it, and the releases of the tool that accept the lock still.

    `base` is the folder and ends in the release that wrote the lock. Edits are (old, new); an empty old text appends.
    """

    manager: str
    base: str
    name: str
    manifest: str
    edits: tuple[tuple[str, str], ...]
    accepted_by: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where manifest and lock of the base stand."""
        return FIXTURES / self.manager / self.base

    def text(self) -> str:
        """Return the edited manifest."""
        text = (self.folder / self.manifest).read_text(encoding="utf-8")
        for old, new in self.edits:
            assert old in text, f"{self}: {old!r} is not there"
            text = text.replace(old, new) if old else text + new
        return text

    def __str__(self) -> str:
        return f"{self.base}-{self.name}"


def freshness_cases(manager: str, manifest: str) -> list[FreshnessCase]:
    """Return all cases below fixtures/MANAGER; the verdicts in them are those of the real tools."""
    return [
        FreshnessCase(
            manager=manager,
            base=file.parent.name,
            name=case["name"],
            manifest=manifest,
            edits=tuple((edit["old"], edit["new"]) for edit in case["edits"]),
            accepted_by=tuple(case["accepted_by"]),
        )
        for file in sorted((FIXTURES / manager).glob("*/cases.json"))
        for case in json.loads(file.read_text(encoding="utf-8"))
    ]
