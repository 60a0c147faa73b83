"""[dependency-groups] of pyproject.toml (PEP 735): names normalised, `include-group` followed."""

from typing import Any

from dockwright.detect.managers.requirement_text import canonical_name, parse_requirement
from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import dig, items_in, table_at, wrong_type
from dockwright.errors import ManifestError
from dockwright.model.dependencies import Requirement
from dockwright.model.origin import Origin

TABLE = "dependency-groups"


class DependencyGroups:
    """The groups of one pyproject.toml, read on demand. Every fault is a ManifestError at the line of the entry."""

    def __init__(self, document: dict[str, Any], lines: TomlLines) -> None:
        self._lines = lines
        self._entries: dict[str, list[Any]] = {}
        self._spelled: dict[str, str] = {}
        # PDM keeps groups in a table of its own too, and `include-group` may name one of those.
        self._of_pdm = {
            canonical_name(name)
            for name, _ in items_in(dig(document, "tool", "pdm", "dev-dependencies"))
        }
        for spelled, entries in table_at(document, lines, TABLE).items():
            if not isinstance(entries, list):
                raise wrong_type(lines, (TABLE, spelled), "an array of strings", entries)
            name = canonical_name(spelled)
            if name in self._spelled:
                raise self._twice(spelled, self._spelled[name])
            self._entries[name] = entries
            self._spelled[name] = spelled

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names, in the order of the file."""
        return tuple(self._entries)

    def including(self, name: str) -> tuple[str, ...]:
        """Return the groups that include the group `name`, however long the way."""
        direct = [group for group in self._entries if name in self._includes(group)]
        return tuple(
            dict.fromkeys((*direct, *(far for group in direct for far in self.including(group))))
        )

    def texts(self, name: str) -> tuple[tuple[str, Origin], ...]:
        """Return the requirements of a group with what it includes, as written, each with its place."""
        return tuple(self._expand(name, ()))

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the requirements of all groups; an included one appears in each group that includes it."""
        return tuple(
            parse_requirement(text, origin, name)
            for name in self.names
            for text, origin in self.texts(name)
        )

    def _expand(self, name: str, trail: tuple[str, ...]) -> list[tuple[str, Origin]]:
        if name in trail:
            raise self._cycle((*trail[trail.index(name) :], name))
        found: list[tuple[str, Origin]] = []
        for position, entry in enumerate(self._entries.get(name, ())):
            if isinstance(entry, str):
                found.append((entry, self._origin(name, position)))
            else:
                found += self._expand(self._included(name, position), (*trail, name))
        return found

    def _includes(self, name: str) -> set[str]:
        return {
            self._included(name, place)
            for place, entry in enumerate(self._entries[name])
            if not isinstance(entry, str)
        }

    def _included(self, name: str, position: int) -> str:
        entry = self._entries[name][position]
        if not (
            isinstance(entry, dict)
            and set(entry) == {"include-group"}
            and isinstance(entry["include-group"], str)
        ):
            raise self._strange_entry(name, position)
        included = canonical_name(entry["include-group"])
        if included not in self._entries and included not in self._of_pdm:
            raise self._unknown(name, position)
        return included

    def _origin(self, name: str, position: int) -> Origin:
        return self._lines.origin(TABLE, self._spelled[name], position)

    def _twice(self, spelled: str, other: str) -> ManifestError:
        return ManifestError(
            f"the dependency groups `{other}` and `{spelled}` have the same name",
            origin=self._lines.origin(TABLE, spelled),
            rule="names of groups are compared in lower case, with `-`, `_` and `.` alike",
            steps=("put both lists into one group, or rename one of them",),
        )

    def _cycle(self, trail: tuple[str, ...]) -> ManifestError:
        way = " → ".join(self._spelled[name] for name in trail)
        return ManifestError(
            f"dependency groups include each other in a circle: {way}",
            origin=self._lines.origin(TABLE, self._spelled[trail[0]]),
            rule="a group may include other groups, but not itself, however long the way",
            steps=("take one `include-group` out of the circle",),
        )

    def _unknown(self, name: str, position: int) -> ManifestError:
        included = self._entries[name][position]["include-group"]
        return ManifestError(
            f"the dependency group `{self._spelled[name]}` includes `{included}`, which is not there",
            found=f"groups: {', '.join(self._spelled.values())}",
            origin=self._origin(name, position),
            rule="`include-group` names another key of [dependency-groups]",
            steps=("mend the name, or add the group",),
            example=f'[dependency-groups]\n{included} = ["pytest"]',
        )

    def _strange_entry(self, name: str, position: int) -> ManifestError:
        return ManifestError(
            f"the dependency group `{self._spelled[name]}` has an entry that no tool understands",
            found=repr(self._entries[name][position])[:80],
            origin=self._origin(name, position),
            rule="an entry is a requirement in quotes or { include-group = NAME }",
            steps=("write the entry in one of the two forms",),
            example='dev = ["pytest>=8", { include-group = "lint" }]',
        )
