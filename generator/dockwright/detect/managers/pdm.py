"""PDM: pyproject.toml with [tool.pdm], and pdm.lock."""

from collections.abc import Iterator

from dockwright.detect.managers import pdm_digest
from dockwright.detect.managers.dependency_groups import DependencyGroups
from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.judgement import credential_notices, lone_lock, summary
from dockwright.detect.managers.pdm_differences import differences
from dockwright.detect.managers.pdm_lock import PATH, PdmLock, distributions, read_lock
from dockwright.detect.managers.project_table import PATH as PYPROJECT
from dockwright.detect.managers.project_table import ProjectTable, read_project_table
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    is_outside,
    parse_requirement,
    strip_credentials,
)
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    Index,
    Lock,
    ManagerFinding,
    Manifest,
    Requirement,
    Script,
    SourceKind,
)
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

FRESH = "the hash in pdm.lock is that of pyproject.toml"

_LOCKS_OF_OTHERS = ("uv.lock", "poetry.lock")
_BACKEND_KEYS = frozenset({"build", "version"})
"""Tables that pdm-backend reads: whoever has only these builds with PDM's back end, and may install with anything."""

_TOO_OLD = {
    pdm_digest.BEFORE_GROUPS: "2.20",
    pdm_digest.BEFORE_RESOLUTION: "2.16",
}


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what PDM would install, None where the project is not PDM's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or one of another version.
    """
    locked = tree.has(PATH)
    table = read_project_table(tree)
    if table is None:
        if locked:
            raise lone_lock(PATH, PYPROJECT)
        return None
    if not locked and not claims(tree, table):
        return None
    members = pdm_digest.workspace_members(tree, table.document)
    manifest = read_manifest(tree, table, members)
    lock = read_lock(tree) if locked else None
    return ManagerFinding(
        manager=Manager.PDM,
        manifest=manifest,
        lock=_judged(tree, table, manifest, lock) if lock else None,
        notices=(
            *credential_notices(PYPROJECT, tree.text(PYPROJECT)),
            *(_notices(table, lock) if lock else ()),
        ),
        workspace_members=members,
    )


def read_manifest(
    tree: ProjectTree, table: ProjectTable, members: tuple[str, ...] = ()
) -> Manifest:
    """Return pyproject.toml as PDM reads it; its development groups stand in two places."""
    old = _old_groups(table)
    groups = tuple(dict.fromkeys((*table.groups, *(wish.group for wish in old))))
    including = DependencyGroups(table.document, table.lines).including
    included = tuple(replace(wish, group=group) for wish in old for group in including(wish.group))
    requirements = table.requirements + table.group_requirements + old + included
    places = {wish.reference for wish in requirements if wish.source is SourceKind.PATH}
    outside = {place for place in places if is_outside(place) or tree.leads_outside(place)}
    installable = table.tool("pdm").get("distribution")
    library = table.tool("pdm").get("package-type", "library") == "library"
    return Manifest(
        path=PYPROJECT,
        requirements=requirements,
        groups=groups,
        extras=table.extras,
        default_groups=groups,
        indexes=tuple(_indexes(table)),
        distribution=table.distribution(
            installable=bool(table.name)
            and library
            and (installable if isinstance(installable, bool) else True)
        ),
        also_read=tuple(
            sorted({f"{member}/{PYPROJECT}" for member in members} | (places - outside - {"."}))
        ),
        scripts=table.scripts + tuple(_scripts(table)),
        outside_root=tuple(sorted(outside)),
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is PDM's without a lock: [tool.pdm] says more than how to build, and there is no other manager's lock."""
    keys = set(table.tool("pdm"))
    return bool(keys - _BACKEND_KEYS) and not any(tree.has(lock) for lock in _LOCKS_OF_OTHERS)


def _old_groups(table: ProjectTable) -> tuple[Requirement, ...]:
    """Return [tool.pdm.dev-dependencies], where a requirement may start with `-e`."""
    found = []
    for name, texts in items_in(dig(table.document, "tool", "pdm", "dev-dependencies")):
        for position, text in enumerate(texts_in(texts)):
            origin = table.lines.origin("tool", "pdm", "dev-dependencies", name, position)
            found.append(_line(text.strip(), origin, canonical_name(name)))
    return tuple(found)


def _line(text: str, origin: Origin, group: str) -> Requirement:
    if not text.startswith("-e "):
        return parse_requirement(text, origin, group)
    address, _, fragment = text.removeprefix("-e ").strip().partition("#")
    name = next(
        (part.removeprefix("egg=") for part in fragment.split("&") if part.startswith("egg=")), ""
    )
    if not name:
        name = address.rstrip("/").rpartition("/")[2].partition("@")[0].removesuffix(".git")
    wish = parse_requirement(f"{name} @ {address}", origin, group)
    return replace(wish, editable=True)


def _indexes(table: ProjectTable) -> Iterator[Index]:
    sources = dig(table.document, "tool", "pdm", "source")
    for position, source in enumerate(sources if isinstance(sources, list) else ()):
        name, url = (next(iter(texts_in(dig(source, key))), "") for key in ("name", "url"))
        safe = strip_credentials(url)
        yield Index(
            name=name,
            url=safe.url,
            origin=table.lines.origin("tool", "pdm", "source", position),
            explicit=bool(dig(source, "include_packages")),
            needs_credentials=safe.needs_credentials or dig(source, "username") is not None,
            variables=safe.variables,
        )


def _scripts(table: ProjectTable) -> Iterator[Script]:
    for name, value in items_in(dig(table.document, "tool", "pdm", "scripts")):
        target = (
            value
            if isinstance(value, str)
            else dig(value, "cmd") or dig(value, "shell") or dig(value, "call")
        )
        text = " ".join(texts_in(target))
        if text and name != "_":
            yield Script(
                name=name, target=text, origin=table.lines.origin("tool", "pdm", "scripts", name)
            )


def _judged(tree: ProjectTree, table: ProjectTable, manifest: Manifest, lock: PdmLock) -> Lock:
    locked = distributions(lock, manifest.extras, manifest.requirements)
    findings = Findings()
    rule = (
        "" if lock.has_inputs else pdm_digest.matching_rule(tree, table.document, lock.content_hash)
    )
    if lock.has_inputs:
        findings.doubt(
            "the lock records its inputs (`lock_inputs`), which only PDM itself can compare: pdm lock --check"
        )
    elif not table.declared:
        findings.doubt(
            "pyproject.toml has no [project] table, and PDM converts another tool's before it compares"
        )
    elif rule != pdm_digest.CURRENT:
        findings.stale(_reason(manifest, lock, rule))
        if lock.packages:
            differences(manifest, table.requires_python, lock, locked, findings)
            if not rule and not findings.disagreements:
                findings.stale(summary((), len(manifest.requirements)))
    return Lock(
        path=PATH,
        format=lock.format,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        variant=rule,
        distributions=locked,
        requires_python=lock.requires_python,
        hashed=all(one.hashes for one in locked if one.source is SourceKind.REGISTRY),
        exportable=lock.says_groups or not lock.packages,
    )


def _reason(manifest: Manifest, lock: PdmLock, rule: str) -> str:
    if not lock.format:
        return "pdm.lock is empty"
    if not lock.packages and manifest.requirements:
        return f"the lock holds no packages, and {PYPROJECT} asks for {len(manifest.requirements)}"
    if rule:
        return f"PDM {_TOO_OLD[rule]} changed how the hash is made: the manifest is as it was, but PDM now refuses the lock"
    if not lock.content_hash:
        return "the lock has no hash of its manifest"
    return f"the hash in the lock is not that of {PYPROJECT}"


def _notices(table: ProjectTable, lock: PdmLock) -> Iterator[Notice]:
    for extra in sorted(set(table.extras) - {canonical_name(group) for group in lock.groups}):
        if lock.groups:
            yield Notice(
                code="extra-not-locked",
                text=f"the lock does not cover the extra {extra}, so it cannot be installed from it",
                origin=table.lines.origin("project", "optional-dependencies", extra),
                remedy=f"lock it too, if the image needs it: pdm lock -G {extra}",
            )
    platforms = [str(target.get("platform", "")) for target in lock.targets]
    if platforms and not any(_is_for_linux(platform) for platform in platforms):
        yield Notice(
            code="lock-not-for-linux",
            text=f"the lock was made for {', '.join(platforms)} only, and holds nothing that an image could install",
            origin=Origin(path=PATH, key="metadata.targets"),
            remedy="add the target with `pdm lock --platform linux --append`",
        )


def _is_for_linux(platform: str) -> bool:
    return not platform or platform.startswith(("linux", "manylinux", "musllinux", "alpine"))
