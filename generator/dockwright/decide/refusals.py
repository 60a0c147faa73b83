"""What is refused before anything is decided: unknown groups, unsafe names, secrets."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from dockwright.errors import ManifestError, UsageError
from dockwright.model.dependencies import (
    MAIN,
    LockedDistribution,
    ManagerFinding,
    Requirement,
    SourceKind,
)
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.secret_text import is_secret_name
from dockwright.model.secret_value import PLACEHOLDERS
from dockwright.model.settings import Settings

# Both stand in commands of the build as they are.
_NAME = r"[A-Za-z0-9_][A-Za-z0-9._:-]*"
_PATH = r"[^\s\"'`$\\;&|<>(){}*?!#,\x00-\x1f-][^\s\"'`$\\;&|<>(){}*?!#,\x00-\x1f]*"
_READABLE = "everybody who has the image can read its variables (`docker inspect`)"


def refuse_unknown_groups(finding: ManagerFinding, settings: Settings) -> None:
    """Raise UsageError for an extra or group of the settings that manifest and lock lack.

    It would be without effect, in silence.
    """
    # What only a build of the project could tell is not known to be missing.
    if any(notice.code == "dynamic-dependencies" for notice in finding.notices):
        return
    manifest, locked = finding.manifest, finding.lock.distributions if finding.lock else ()
    named = {group for entry in locked for group in entry.groups}
    named |= {wanted.group for wanted in manifest.requirements}
    extras = {name.removeprefix("extra:") for name in named if name.startswith("extra:")}
    groups = {name for name in named if not name.startswith("extra:")} - {MAIN}
    # Every Pipfile has [dev-packages], written or not.
    if finding.manager is Manager.PIPENV:
        groups.add("dev")
    for key, asked, known in (
        ("extras", settings.extras, extras | set(manifest.extras)),
        ("groups", settings.groups, groups | set(manifest.groups)),
    ):
        missing = [name for name in asked if name not in known]
        if missing:
            raise _unknown_group(key, missing[0], sorted(known), manifest.path)


def _unknown_group(key: str, name: str, known: list[str], path: str) -> UsageError:
    near = next(iter(get_close_matches(name, known, n=1, cutoff=0.0)), "")
    return UsageError(
        f"the settings ask for the {key.removesuffix('s')} {name}, "
        f"which {path or 'the project'} does not have",
        found=f"{key}: {', '.join(known)}" if known else f"no {key} at all",
        rule=f"`{key}` are names of {key} of the project, in lower case and with `-`",
        steps=(f"write a name that is there, or take it out of the setting `{key}`",),
        example=f'{key} = ["{near}"]' if near else "",
    )


def refuse_unsafe_names(finding: ManagerFinding) -> None:
    """Raise ManifestError for a group, extra or path that a command line cannot hold as it is."""
    manifest = finding.manifest
    for name in (*manifest.groups, *manifest.extras):
        if not re.fullmatch(_NAME, name):
            raise _unsafe("the name of a group or extra", name, Origin(path=manifest.path))
    for path, origin in _paths(finding):
        if path and not re.fullmatch(_PATH, path):
            raise _unsafe("a path", path, origin)


def _paths(finding: ManagerFinding) -> Iterator[tuple[str, Origin]]:
    manifest, locked = finding.manifest, finding.lock.distributions if finding.lock else ()
    entries: tuple[Requirement | LockedDistribution, ...] = (*manifest.requirements, *locked)
    for entry in entries:
        if entry.source is SourceKind.PATH:
            yield entry.reference, entry.origin
    readme = manifest.distribution.readme if manifest.distribution else ""
    for path in (*manifest.also_read, *(file for _, file in manifest.group_files), readme):
        yield path, Origin(path=manifest.path)


def _unsafe(what: str, value: str, origin: Origin) -> ManifestError:
    return ManifestError(
        f"{what} that the build cannot use: {value[:80]!r}",
        origin=origin,
        rule="it stands in commands of the build, so it has no spaces, quotes or other characters "
        "that a shell reads",
        steps=("rename it",),
        example="docs-tools",
    )


def refuse_secrets(settings: Settings) -> tuple[Notice, ...]:
    """Raise UsageError for a variable of the image that is a secret by its name.

    With `force` the warnings are returned instead. No value is named.
    """
    found = [(f"environment.{name}", name, value) for name, value in settings.environment]
    for stage, own in settings.stages:
        found += [
            (f"stages.{stage}.environment.{name}", name, value) for name, value in own.environment
        ]
    secrets = [(key, name) for key, name, value in found if _is_secret(name, value)]
    if secrets and not settings.force:
        raise _secret(*secrets[0])
    return tuple(
        Notice(
            code="secret-in-image",
            text=f"the setting `{key}` is a secret by its name, and {_READABLE}",
            remedy="give it to the container instead: .env, or a secret of the platform",
        )
        for key, _ in secrets
    )


def _is_secret(name: str, value: str) -> bool:
    # `$NAME` is filled in by the container, and a placeholder gives nothing away.
    told = bool(value) and value not in PLACEHOLDERS and not value.startswith("$")
    return told and is_secret_name(name)


def _secret(key: str, name: str) -> UsageError:
    return UsageError(
        f"the setting `{key}` would put a secret into the image",
        found=f"a value for {name}; it is not repeated here",
        rule=f"{_READABLE}: the image holds no secret, the container is given it",
        steps=(
            (
                f"take it out, and start the container with it: {name}=... in .env for compose, "
                "or a secret of the platform"
            ),
            "or, if it is none: `--force`",
        ),
        example=f"docker run --env {name} IMAGE",
    )
