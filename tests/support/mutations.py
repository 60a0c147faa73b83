"""Small projects with real locks, and edits of them: what the tests about freshness start from."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "unit" / "detect" / "managers"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """An edited copy of the project `base`; `edits` are (path, old text or None for a new file, new text)."""

    manager: str
    base: str
    name: str
    verdict: str
    manager_says: str
    edits: tuple[tuple[str, str | None, str], ...]

    def apply(self, target: Path) -> Path:
        """Copy the project into `target`, edit it, and return its root."""
        root = target / self.base
        shutil.copytree(FOLDER / self.manager / self.base, root)
        for path, old, new in self.edits:
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            text = new
            if old is not None:
                before = file.read_text(encoding="utf-8")
                assert old in before, f"{path} of {self.base} does not hold {old!r}"
                text = before.replace(old, new)
            file.write_text(text, encoding="utf-8")
        return root


def mutations(manager: str) -> list[Mutation]:
    """Return what `mutations.toml` of a manager lists."""
    entries = tomllib.loads((FOLDER / manager / "mutations.toml").read_text(encoding="utf-8"))[
        "mutation"
    ]
    return [
        Mutation(
            manager=manager,
            base=entry["base"],
            name=entry["name"],
            verdict=entry["verdict"],
            manager_says=entry.get("manager_says", entry["verdict"]),
            edits=tuple((edit["path"], edit.get("old"), edit["new"]) for edit in entry["edits"]),
        )
        for entry in entries
    ]


def label(mutation: Mutation) -> str:
    """Return the name of a mutation in a list of tests."""
    return f"{mutation.base}-{mutation.name}"
