"""The `content-hash` of poetry.lock, reckoned as each generation of Poetry does, without Poetry.

| written by  | what is hashed                                                                                       |
|-------------|------------------------------------------------------------------------------------------------------|
| 1.0, 1.1    | dependencies, dev-dependencies, source, extras of [tool.poetry], null for each that is absent         |
| 1.2 - 1.8   | the same, and `group` where there is one                                                             |
| 2.0 - 2.2   | with [project] requires-python, dependencies or optional-dependencies: those, and what is present of  |
|             | the above under "tool"."poetry"; else as 1.8                                                         |
| from 2.3    | the same, and [dependency-groups] where it is not empty                                              |

A table is hashed as JSON with sorted keys and Python's default separators.
"""

import json
import re
from typing import Any

from dockwright.detect.managers.toml_values import dig
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_LEGACY_KEYS = ("dependencies", "source", "extras", "dev-dependencies")
_PROJECT_KEYS = ("requires-python", "dependencies", "optional-dependencies")
_HEADER = Pattern(r"^#.*\bPoetry (?P<version>\d+(?:\.\d+)*\S*)", re.MULTILINE)


@record
class Verdict:
    """Whether the recorded hash is that of the manifest, and by whose rule, in a sentence for people."""

    fresh: bool
    because: str


def header_version(text: str) -> str:
    """Return the version of Poetry that the first line of a lock names, "" before Poetry 1.4."""
    match = _HEADER.search(text.partition("\n")[0])
    return match["version"] if match else ""


def content_hash(document: dict[str, Any], *, with_groups: bool) -> str:
    """Return the hash as Poetry 2 reckons it: `with_groups` from 2.3, without before."""
    project = {
        key: value for key in _PROJECT_KEYS if (value := dig(document, "project", key)) is not None
    }
    groups = (dig(document, "dependency-groups") or {}) if with_groups else {}
    tool = _tool(document)
    if not project and not groups:
        return _digest(_legacy_content(tool, with_group=True))
    content: dict[str, Any] = {"project": project} if project else {}
    if groups:
        content["dependency-groups"] = groups
    present = {key: tool[key] for key in (*_LEGACY_KEYS, "group") if tool.get(key) is not None}
    return _digest({**content, "tool": {"poetry": present}})


def legacy_content_hash(document: dict[str, Any], *, with_group: bool) -> str:
    """Return the hash as Poetry 1 reckons it, which never looks into [project]: `with_group` from 1.2, without before."""
    return _digest(_legacy_content(_tool(document), with_group=with_group))


def judge(document: dict[str, Any], recorded: str, written_by: str, lock_format: str) -> Verdict:
    """Say whether `recorded` is the hash of pyproject.toml by the rule of Poetry itself for a lock of this age.

    `written_by` is the version in the header ("" for none), `lock_format` the lock-version.
    """
    if recorded == content_hash(document, with_groups=True):
        return Verdict(
            fresh=True, because="poetry.lock records the content-hash of this pyproject.toml"
        )
    if (
        written_by
        and _release(written_by) < (2, 3)
        and recorded == content_hash(document, with_groups=False)
    ):
        because = "poetry.lock records the content-hash of this pyproject.toml as Poetry before 2.3 reckons it, without groups"
        return Verdict(fresh=True, because=because)
    if _from_poetry_1(written_by, lock_format) and recorded in _hashes_of_poetry_1(document):
        if readable_by_poetry_1(document):
            because = "poetry.lock records the content-hash of [tool.poetry] as Poetry 1 reckons it"
            return Verdict(fresh=True, because=because)
        because = f"{_author(written_by)} wrote poetry.lock and does not read [project], where the dependencies stand"
        return Verdict(fresh=False, because=because)
    return Verdict(
        fresh=False, because="poetry.lock records the content-hash of another pyproject.toml"
    )


def readable_by_poetry_1(document: dict[str, Any]) -> bool:
    """Whether [tool.poetry] alone says everything, so that Poetry 1 installs what the owner means."""
    tool = _tool(document)
    if dig(document, "project", "dependencies") and "dependencies" not in tool:
        return False
    return "name" in tool or tool.get("package-mode") is False


def misses_the_dependencies(document: dict[str, Any], written_by: str, lock_format: str) -> bool:
    """Whether a lock was written by Poetry 1 although [project] holds the dependencies: it "locks" none, and says all is well."""
    names_some = bool(dig(document, "project", "dependencies")) and "dependencies" not in _tool(
        document
    )
    return bool(lock_format) and names_some and _from_poetry_1(written_by, lock_format)


def _hashes_of_poetry_1(document: dict[str, Any]) -> tuple[str, str]:
    return legacy_content_hash(document, with_group=True), legacy_content_hash(
        document, with_group=False
    )


def _from_poetry_1(written_by: str, lock_format: str) -> bool:
    if written_by:
        return _release(written_by) < (2,)
    return _release(lock_format) < (2, 1)


def _author(written_by: str) -> str:
    return f"Poetry {written_by}" if written_by else "Poetry 1"


def _tool(document: dict[str, Any]) -> dict[str, Any]:
    tool = dig(document, "tool", "poetry")
    return tool if isinstance(tool, dict) else {}


def _legacy_content(tool: dict[str, Any], *, with_group: bool) -> dict[str, Any]:
    content = {key: tool.get(key) for key in _LEGACY_KEYS}
    if with_group and tool.get("group") is not None:
        content["group"] = tool["group"]
    return content


def _digest(content: dict[str, Any]) -> str:
    from hashlib import sha256

    # TOML has dates, which JSON has not; no manifest that Poetry accepts holds one here, and `str` avoids a traceback.
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _release(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
