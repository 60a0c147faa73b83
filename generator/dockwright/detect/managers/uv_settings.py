"""The part of uv.lock that repeats settings: whether [tool.uv] (or uv.toml) still says the same."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.marker_truth import equivalent, truth
from dockwright.detect.managers.python_range import PythonRange, python_range
from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.managers.uv_lock import PATH, UvLock
from dockwright.detect.managers.uv_wishes import canonical_url
from dockwright.detect.managers.uv_workspace import Workspace
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

PYPI = "https://pypi.org/simple"

_OPTIONS = (
    ("resolution", "resolution-mode", "highest"),
    ("prerelease", "prerelease-mode", "if-necessary-or-explicit"),
    ("fork-strategy", "fork-strategy", "requires-python"),
)
"""Setting, its name in the lock, and the default, which the lock does not write."""

_DAYS = {"day": 1, "week": 7, "d": 1, "w": 7}
_SPAN = Pattern(r"^P?(?P<count>\d+)\s*(?P<unit>days?|weeks?|d|w)$", re.IGNORECASE)


def compare_settings(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    """Note every setting that the lock was made with and that is another now."""
    _compare_options(workspace, lock, findings)
    _compare_python(workspace, lock, findings)
    _compare_environments(workspace, lock, findings)
    _compare_conflicts(workspace, lock, findings)
    _compare_static_metadata(workspace, lock, findings)
    _compare_indexes(workspace, lock, findings)


def locked_range(lock: UvLock) -> PythonRange:
    """Return the range of Python versions that the lock was made for."""
    return python_range([lock.requires_python])


def _compare_options(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    for setting, option, default in _OPTIONS:
        wanted = workspace.settings.get(setting, default)
        locked = dig(lock.document, "options", option) or default
        if not isinstance(wanted, str) or not isinstance(locked, str):
            if wanted != locked:
                findings.doubt(
                    f"`{setting}` is more than one word, and only uv itself can compare it with the lock"
                )
        elif wanted != locked:
            origin = (
                workspace.setting_origin(setting)
                if setting in workspace.settings
                else _option_origin(option)
            )
            findings.changed(
                setting,
                f"{setting}: {workspace.settings_path} says {wanted}, the lock says {locked}",
                origin,
            )
    wanted_packages = dict(items_in(workspace.settings.get("prerelease-package")))
    if wanted_packages != dict(items_in(dig(lock.document, "options", "prerelease-package"))):
        text = "`prerelease-package` is not what the lock was made with"
        findings.changed("prerelease-package", text, workspace.setting_origin("prerelease-package"))
    if any("hash-algorithm" in index for index in _tables(workspace.settings.get("index"))):
        findings.doubt(
            "an index has a `hash-algorithm`, which only uv itself compares with the hashes in the lock"
        )
    _compare_exclude_newer(workspace, lock, findings)


def _compare_exclude_newer(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    wanted = workspace.settings.get("exclude-newer")
    locked = dig(lock.document, "options", "exclude-newer-span") or dig(
        lock.document, "options", "exclude-newer"
    )
    _compare_moments(
        "exclude-newer", wanted, locked, workspace.setting_origin("exclude-newer"), findings
    )
    packages = dict(items_in(workspace.settings.get("exclude-newer-package")))
    locked_packages = dict(items_in(dig(lock.document, "options", "exclude-newer-package")))
    for name in sorted({*packages, *locked_packages}):
        place = workspace.setting_origin("exclude-newer-package", name)
        locked = locked_packages.get(name)
        moment = (
            dig(locked, "span") or dig(locked, "timestamp") if isinstance(locked, dict) else locked
        )
        _compare_moments(
            f"exclude-newer-package.{name}", packages.get(name), moment, place, findings
        )


def _compare_moments(
    name: str, wanted: object, locked: object, origin: Origin, findings: Findings
) -> None:
    if (wanted in (None, False)) and (locked in (None, False)):
        return
    same = (
        _same_moment(str(wanted), str(locked))
        if wanted not in (None, False) and locked not in (None, False)
        else False
    )
    if same is None:
        findings.doubt(f"`{name} = {wanted}` is read in the time zone of the machine that locks")
    elif not same:
        manifest, lock = wanted or "nothing", locked or "nothing"
        findings.changed(
            name, f"{name}: the manifest says {manifest}, the lock says {lock}", origin
        )


def _same_moment(wanted: str, locked: str) -> bool | None:
    """Compare "2025-06-01" (up to the end of that day, local time), an RFC 3339 time or a span with what the lock says."""
    spans = [_SPAN.match(text) for text in (wanted, locked)]
    if any(spans):
        days = [
            int(span["count"]) * _DAYS[span["unit"].lower().removesuffix("s")]
            for span in spans
            if span
        ]
        return (
            None
            if len(days) == 1 and not locked[:1].isdigit()
            else len(days) == 2 and days[0] == days[1]
        )
    try:
        moments = [datetime.fromisoformat(text) for text in (wanted, locked)]
    except ValueError:
        return None
    first, second = (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments)
    if len(wanted) > len("2025-06-01"):
        return first == second
    off = abs(first + timedelta(days=1) - second)
    return True if not off else (None if off <= timedelta(hours=14) else False)


def _compare_python(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    wishes = [
        member.table.requires_python for member in workspace.members if member.table.requires_python
    ]
    if not wishes:
        if re.fullmatch(r">=\s*\d+\.\d+", lock.requires_python):
            findings.doubt(
                f"no `requires-python` is set, so uv locks for the Python it runs on; the lock says {lock.requires_python}"
            )
        else:
            findings.removed(
                "requires-python",
                f"requires-python is gone; the lock was made for {lock.requires_python}",
            )
        return
    if python_range(wish.value for wish in wishes) != locked_range(lock):
        said = " and ".join(dict.fromkeys(wish.value for wish in wishes))
        findings.changed(
            "requires-python",
            f"requires-python: {wishes[0].origin.path} says {said}, the lock was made for {lock.requires_python or 'any'}",
            wishes[0].origin,
        )


def _compare_environments(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    python = locked_range(lock)
    for setting, key in (
        ("environments", "supported-markers"),
        ("required-environments", "required-markers"),
    ):
        # These two belong to the project, so uv reads them in pyproject.toml even beside a uv.toml.
        wanted = texts_in(dig(workspace.root.document, "tool", "uv", setting))
        locked = texts_in(lock.document.get(key))
        answers = [
            equivalent(truth(one), truth(other), python)
            for one, other in zip(wanted, locked, strict=False)
        ]
        if len(wanted) != len(locked) or False in answers:
            origin = workspace.root.lines.origin("tool", "uv", setting)
            findings.changed(
                setting,
                f"{setting}: the manifest says {_listed(wanted)}, the lock {_listed(locked)}",
                origin,
            )
        elif None in answers:
            findings.doubt(f"the markers of `{setting}` can only be compared by uv itself")


def _compare_conflicts(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    wanted: set[frozenset[str]] = set()
    tables = {"": workspace.root, **{member.folder: member.table for member in workspace.members}}
    for table in tables.values():
        wanted |= _conflicts(
            dig(table.document, "tool", "uv", "conflicts"), canonical_name(table.name)
        )
    locked = _conflicts(lock.document.get("conflicts"), "")
    if wanted == locked:
        return
    origin = workspace.root.lines.origin("tool", "uv", "conflicts")
    includes = any(
        "include-group" in str(dig(table.document, "dependency-groups"))
        for table in tables.values()
    )
    if includes and {frozenset()} != wanted and locked > wanted:
        findings.doubt(
            "`conflicts` reaches further through included groups, which only uv itself can follow"
        )
    else:
        findings.changed("conflicts", "`conflicts` is not what the lock was made with", origin)


def _conflicts(value: object, project: str) -> set[frozenset[str]]:
    sets = set()
    for entries in value if isinstance(value, list) else ():
        items = {
            f"{canonical_name(str(entry.get('package', project)))} {kind} {canonical_name(str(entry[kind]))}"
            for entry in (entries if isinstance(entries, list) else ())
            for kind in ("extra", "group")
            if isinstance(entry, dict) and kind in entry
        }
        sets.add(frozenset(items))
    return sets


def _compare_static_metadata(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    wanted = [_static(entry) for entry in _tables(workspace.settings.get("dependency-metadata"))]
    locked = [_static(entry) for entry in _tables(lock.manifest("dependency-metadata"))]
    known = lock.names | {name for name, *_ in locked}
    # What is said of a package that the lock does not hold changes nothing, and uv lets it pass.
    if sorted(entry for entry in wanted if entry[0] in known) != sorted(locked):
        origin = workspace.setting_origin("dependency-metadata")
        findings.changed(
            "dependency-metadata",
            "`dependency-metadata` is not what the lock was made with",
            origin,
        )


def _static(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return one entry of `dependency-metadata` in a form that can be compared."""
    requires = sorted(
        re.sub(r"\s+", "", text).lower() for text in texts_in(entry.get("requires-dist"))
    )
    extras = sorted(texts_in(entry.get("provides-extra")) + texts_in(entry.get("provides-extras")))
    fields = (
        canonical_name(str(entry.get("name", ""))),
        str(entry.get("version", "")),
        str(entry.get("requires-python", "")),
    )
    return (*fields, ",".join(requires), ",".join(extras))


def _compare_indexes(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    """A registry that the manifest no longer names makes the lock stale, but only if the manifest names any."""
    known = _known_indexes(workspace)
    if known is None:
        return
    missing: dict[str, str] = {}
    for package in lock.packages:
        registry = dig(package.source, "registry")
        if isinstance(registry, str) and "://" in registry and canonical_url(registry) not in known:
            missing.setdefault(canonical_url(registry), package.name)
    for url, name in missing.items():
        text = f"the lock takes {name} from {url}, an index that the manifest does not name"
        findings.removed("index", text, workspace.setting_origin("index"))


def _known_indexes(workspace: Workspace) -> set[str] | None:
    """Return the URLs of all indexes that may be used, None if the root names none (then uv accepts any)."""
    if workspace.settings.get("no-index") is True:
        return set()
    entries = _tables(workspace.settings.get("index"))
    urls = [entry.get("url") for entry in entries]
    old = [
        workspace.settings.get("index-url"),
        *texts_in(workspace.settings.get("extra-index-url")),
    ]
    links = texts_in(workspace.settings.get("find-links"))
    if not any((*urls, *old, *links)):
        return None
    for member in workspace.members:
        urls += [entry.get("url") for entry in _tables(member.table.tool("uv").get("index"))]
    has_default = any(entry.get("default") is True for entry in entries) or bool(
        workspace.settings.get("index-url")
    )
    known = {canonical_url(url) for url in (*urls, *old, *links) if isinstance(url, str)}
    return known if has_default else {*known, PYPI}


def _tables(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _listed(markers: tuple[str, ...]) -> str:
    return " | ".join(markers) or "nothing"


def _option_origin(option: str) -> Origin:
    return Origin(path=PATH, key=f"options.{option}")
