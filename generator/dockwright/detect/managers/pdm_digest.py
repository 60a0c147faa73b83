"""The hash in a pdm.lock (`content_hash`, or `[tool.pdm] hashes` of a pylock.toml), by each rule that PDM has had."""

import fnmatch
import hashlib
import json
import posixpath
import re
from typing import Any

from dockwright.detect.managers.project_table import PATH
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree

CURRENT = "2.20"
"""The rule of PDM 2.20 and newer; older ones are named after the first release that does not use them."""

BEFORE_GROUPS = "before 2.20"
BEFORE_RESOLUTION = "before 2.16"


def matching_rule(tree: ProjectTree, document: dict[str, Any], content_hash: str) -> str:
    """Return the rule by which `content_hash` ("sha256:...") is that of the manifest, "" if by none."""
    algorithm, _, wanted = content_hash.partition(":")
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return ""
    if _with_members(tree, document, algorithm) == wanted:
        return CURRENT
    for rule in (BEFORE_GROUPS, BEFORE_RESOLUTION):
        if _digest(_content(document, rule), algorithm) == wanted:
            return rule
    return ""


def workspace_members(tree: ProjectTree, document: dict[str, Any]) -> tuple[str, ...]:
    """Return the folders of [tool.pdm.workspace] members that hold a pyproject.toml, sorted."""
    found = set()
    for pattern in texts_in(dig(document, "tool", "pdm", "workspace", "members")):
        plain = posixpath.normpath(pattern)
        if any(character in pattern for character in "*?["):
            candidates = (
                path.removesuffix(f"/{PATH}") for path in tree.find(PATH, depth=12) if path != PATH
            )
            found |= {
                folder for folder in candidates if _matches(folder.split("/"), plain.split("/"))
            }
        elif tree.has(f"{plain}/{PATH}"):
            found.add(plain)
    return tuple(sorted(found))


def _with_members(tree: ProjectTree, document: dict[str, Any], algorithm: str) -> str:
    digest = _digest(_content(document, CURRENT), algorithm)
    if not dig(document, "tool", "pdm", "workspace"):
        return digest
    hasher = hashlib.new(algorithm, digest.encode())
    for folder in workspace_members(tree, document):
        member = _digest(_content(tree.toml(f"{folder}/{PATH}"), CURRENT), algorithm)
        hasher.update(b"\0" + folder.encode() + b"\0" + member.encode())
    return hasher.hexdigest()


def _content(document: dict[str, Any], rule: str) -> dict[str, Any]:
    project, settings = (
        dict(items_in(dig(document, "project"))),
        dict(items_in(dig(document, "tool", "pdm"))),
    )
    resolution = settings.get("resolution", {})
    content = {
        "sources": settings.get("source", []),
        "dependencies": project.get("dependencies", []),
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
    }
    old_groups = settings.get("dev-dependencies", {})
    match rule:
        case "before 2.16":
            return {
                **content,
                "dev-dependencies": old_groups,
                "overrides": dig(resolution, "overrides") or {},
            }
        case "before 2.20":
            return {**content, "dev-dependencies": old_groups, "resolution": resolution}
        case _:
            return {
                **content,
                "dev-dependencies": _groups(document, old_groups),
                "resolution": resolution,
            }


def _groups(document: dict[str, Any], old_groups: object) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for table in (dig(document, "dependency-groups"), old_groups):
        for name, entries in items_in(table):
            groups[_normal(name)] = groups.get(_normal(name), []) + (
                entries if isinstance(entries, list) else []
            )
    return groups


def _normal(name: str) -> str:
    """PDM's own spelling of names, which unlike PEP 503 replaces every other character too."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).lower()


def _digest(content: dict[str, Any], algorithm: str) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.new(algorithm, text.encode()).hexdigest()


def _matches(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(_matches(names[start:], patterns[1:]) for start in range(len(names) + 1))
    return (
        bool(names)
        and fnmatch.fnmatchcase(names[0], patterns[0])
        and _matches(names[1:], patterns[1:])
    )
