"""Names of a project that would be more than a name in a Dockerfile or a shell."""

from collections.abc import Iterator

from dockwright.errors import ManifestError
from dockwright.model.dependencies import ManagerFinding, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

_NAME = Pattern(r"[A-Za-z0-9_][A-Za-z0-9._:-]*")
_PATH = Pattern(r"[^\s\"'`$\\;&|<>(){}*?!#,\x00-\x1f-][^\s\"'`$\\;&|<>(){}*?!#,\x00-\x1f]*")


def refuse_unsafe_names(finding: ManagerFinding) -> None:
    """Raise ManifestError for a group, an extra or a path that a command line of the build cannot hold as it stands."""
    manifest = finding.manifest
    for name in (*manifest.groups, *manifest.extras):
        if not _NAME.fullmatch(name):
            raise _refused("the name of a group or extra", name, Origin(path=manifest.path))
    for path, origin in _paths(finding):
        if path and not _PATH.fullmatch(path):
            raise _refused("a path", path, origin)


def _paths(finding: ManagerFinding) -> Iterator[tuple[str, Origin]]:
    manifest, origin = finding.manifest, Origin(path=finding.manifest.path)
    for wish in manifest.requirements:
        if wish.source is SourceKind.PATH:
            yield wish.reference, wish.origin
    for entry in finding.lock.distributions if finding.lock else ():
        if entry.source is SourceKind.PATH:
            yield entry.reference, entry.origin
    named = (*manifest.also_read, *(file for _, file in manifest.group_files))
    distribution = manifest.distribution
    if distribution is not None:
        named += (distribution.readme,)
    for path in named:
        yield path, origin


def _refused(what: str, value: str, origin: Origin) -> ManifestError:
    return ManifestError(
        f"{what} that the build cannot use: {value[:80]!r}",
        origin=origin,
        rule="it stands in commands of the build, so it has no spaces, quotes or other characters that a shell reads",
        steps=("rename it",),
        example="docs-tools",
    )
