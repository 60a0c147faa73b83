"""What the locks of all managers share: how they are read, and which groups need a package."""

import hashlib
import json
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from dockwright.detect.managers.markers import NEVER, Condition, both, either, to_marker
from dockwright.detect.managers.requirement import canonical_name
from dockwright.detect.managers.toml import dig, first_text, items_in, tables_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError, LoneLockError
from dockwright.model.dependencies import MAIN, LockedDistribution, LockedFile, Requirement
from dockwright.model.origin import Origin
from dockwright.model.record import replace
from dockwright.model.toml_text import parse_toml

FIELD = r'[\w-]+ = (?:"[^"\\\n]*"|\d{1,15})'
FILES = rf'(?m)^([\w."-]+) = \[\n((?:    \{{ ?(?=url|file){FIELD}(?:, {FIELD})* ?\}},\n)+)\]$'
FIELDS = r'([\w-]+) = (?:"([^"]*)"|(\d+))'

# One package of a lock as TOML, and the line of its header (None where it is inline).
Package = tuple[int | None, dict[str, Any]]
# A package by its position in the lock, and one of its extras ("" is the package itself).
Node = tuple[int, str]
Edge = tuple[Node, Condition]
# Group to the condition under which that group brings a package in.
Needs = dict[str, Condition]


def read_lock_document(tree: ProjectTree, path: str) -> dict[str, Any]:
    """Return a lock as plain dicts; SyntaxFault with the line if it is not TOML."""
    text = tree.text(path)
    taken: dict[str, list[dict[str, Any]]] = {}

    def take(match: re.Match[str]) -> str:
        rows = (re.findall(FIELDS, line) for line in match[2].splitlines())
        files = [{key: int(size) if size else said for key, said, size in row} for row in rows]
        taken[f"\0{len(taken)}"] = files
        return f'{match[1]} = "\\u0000{len(taken) - 1}"'

    if '"""' in text or "'''" in text:
        return tree.toml(path)
    # Nine tenths of a lock are lists of files, always written alike. They are taken out first and
    # put back afterwards, which makes tomllib's work three times shorter.
    try:
        document = parse_toml(re.sub(FILES, take, text))
    except tomllib.TOMLDecodeError:
        return tree.toml(path)  # raises with the line of the whole file
    packages = document.get("package", document.get("packages"))
    for table in (*tables_in(packages), dig(document, "metadata", "files")):
        for key, value in items_in(table):
            if isinstance(value, str) and value in taken:
                table[key] = taken[value]
    return document


def locked_packages(
    tree: ProjectTree, path: str, document: dict[str, Any], key: str = "package"
) -> tuple[Package, ...]:
    """Return the packages of a lock; LockFormatError where one of them has no name."""
    tables = document.get(key, [])
    named = isinstance(tables, list) and all(isinstance(dig(one, "name"), str) for one in tables)
    if not named:
        raise damaged_lock(path, f"a [[{key}]] has no name")
    text = enumerate(tree.text(path).split("\n"), 1)
    lines = [number for number, line in text if line.startswith(f"[[{key}]]")]
    return tuple(zip_longest(lines[: len(tables)], tables))


def locked_files(entries: Iterable[dict[str, Any]], *keys: str) -> tuple[LockedFile, ...]:
    """Return files by the name or address at the first of `keys` that an entry has."""
    found = []
    for entry in entries:
        address = first_text(entry, *keys)
        name, size = unquote(address.partition("#")[0].rpartition("/")[2]), entry.get("size")
        if name:
            found.append(LockedFile(name=name, size=size if isinstance(size, int) else None))
    return tuple(found)


def digest(
    content: object, algorithm: str = "sha256", separators: tuple[str, str] | None = None
) -> str:
    """Return the digest, hexadecimal, of what a manager hashes of its manifest."""
    # JSON has no dates, and no manager accepts any; `str` keeps one from ending the run.
    text = json.dumps(content, sort_keys=True, separators=separators, default=str)
    return hashlib.new(algorithm, text.encode()).hexdigest()


def lone_lock(lock: str, manifest: str) -> LoneLockError:
    """Return the error for `lock` without `manifest`."""
    return LoneLockError(
        f"{lock} stands here without its {manifest}",
        origin=Origin(path=lock),
        rule=f"a lock says how to install what {manifest} asks for; alone it cannot be checked,"
        " and no manager installs it",
        steps=(
            f"restore {manifest} from version control",
            f"or remove {lock} if the project has another manager now",
        ),
        example=f"git checkout HEAD -- {manifest}",
    )


def damaged_lock(path: str, what: str, line: int | None = None) -> LockFormatError:
    """Return the error for a lock that its manager did not write like this."""
    return LockFormatError(
        f"{path} is damaged: {what}",
        origin=Origin(path=path, line=line),
        rule="a lock is written by its manager and not by hand",
        steps=("restore it from version control", "or delete it and let its manager lock again"),
        example=f"git checkout -- {path}",
    )


def unknown_format(
    path: str, found: str, readable: str, command: str, origin: Origin
) -> LockFormatError:
    """Return the error for a lock of another format; `found` is "" where it does not say which."""
    said = f"has the format {found}, and only {readable} can be read"
    return LockFormatError(
        f"{path} {said if found else 'does not say its format'}",
        origin=origin,
        rule="the format of a lock says which tools can read it",
        steps=("let its manager write it again", "or update Dockwright if a newer one wrote it"),
        example=command,
    )


class Graph(ABC):
    """The packages of a lock and what they ask for, which each manager writes in its own way."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.tables = [table for _, table in packages]
        self.positions: dict[str, list[int]] = {}
        for position, table in enumerate(self.tables):
            self.positions.setdefault(canonical_name(table["name"]), []).append(position)

    def targets(self, one: Requirement) -> Iterable[Edge]:  # noqa: ARG002
        """Return the nodes that a requirement leads to; none where the lock names its roots."""
        return ()

    @abstractmethod
    def edges(self, node: Node) -> Iterator[Edge]:
        """Yield what a package, or one of its extras, asks for."""

    def decided(self, condition: Condition, group: str) -> Condition:  # noqa: ARG002
        """Return a condition with what is known of it once `group` is being installed."""
        return condition

    def needs(self, requirements: Iterable[Requirement]) -> dict[int, Needs]:
        """Return by package which groups of the manifest need it under which condition."""
        starts: dict[str, list[Edge]] = {}
        for one in requirements:
            starts.setdefault(one.group, []).extend(self.targets(one))
        return by_package(self.walk(starts))

    def walk(self, starts: Mapping[str, Iterable[Edge]]) -> dict[Node, Needs]:
        """Return which groups lead to which nodes; `starts` are what each group asks for."""
        edges = cache(lambda node: tuple(self.edges(node)))
        found: dict[Node, Needs] = {}
        for group, nodes in starts.items():
            waiting = [(node, self.decided(condition, group)) for node, condition in nodes]
            while waiting:
                node, condition = waiting.pop()
                needs = found.setdefault(node, {})
                known = needs.get(group, NEVER)
                joined = either(known, condition)
                # A circle of packages ends here, because the condition does not grow for ever.
                if joined != known:
                    needs[group] = joined
                    further = ((target, self.decided(edge, group)) for target, edge in edges(node))
                    waiting += [(target, both(joined, edge)) for target, edge in further]
        return found


def by_package(found: Mapping[Node, Needs]) -> dict[int, Needs]:
    """Return what `walk` found by package, its extras joined with the package itself."""
    joined: dict[int, Needs] = {}
    for (position, _), needs in found.items():
        known = joined.setdefault(position, {})
        for group, condition in needs.items():
            known[group] = either(known.get(group, NEVER), condition)
    return joined


def sorted_groups(groups: Iterable[str]) -> tuple[str, ...]:
    """Return groups by name, production first."""
    return tuple(sorted(set(groups), key=lambda group: (group != MAIN, group)))


def needed(one: LockedDistribution, needs: Needs) -> LockedDistribution:
    """Return a distribution with the groups that need it, and where."""
    # A marker of development groups alone counts where neither production nor an extra needs it.
    production = [needs[group] for group in needs if group == MAIN or group.startswith("extra:")]
    joined = NEVER
    for condition in production or needs.values():
        joined = either(joined, condition)
    return replace(one, groups=sorted_groups(needs), marker=to_marker(joined) if joined else "")
