"""One entry of a [tool.poetry...dependencies] table as requirements."""

from typing import Any

from dockwright.detect.managers.conditions import both, parse_condition, to_marker
from dockwright.detect.managers.poetry_constraint import platform_marker, python_marker, to_pep440
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    local_path,
    strip_credentials,
)
from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import items_in, texts_in, wrong_type
from dockwright.errors import ManifestError
from dockwright.model.dependencies import Requirement, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

_SECURE_COPY = Pattern(r"^(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>(?!/?\d+/).+)$")


def read_entries(
    table: Any,  # noqa: ANN401 - a value of TOML
    lines: TomlLines,
    keys: tuple[str, ...],
    group: str,
) -> tuple[tuple[Requirement, bool], ...]:
    """Return the requirements of one table at `keys`, each with whether it is `optional`; `python` is none of them."""
    if not isinstance(table, dict):
        raise wrong_type(lines, keys, "a table", table)
    found: list[tuple[Requirement, bool]] = []
    for name, value in items_in(table):
        if name.lower() != "python":
            if isinstance(value, list):
                found += [
                    _entry(name, one, lines.origin(*keys, name, at), group)
                    for at, one in enumerate(value)
                ]
            else:
                found.append(_entry(name, value, lines.origin(*keys, name), group))
    return tuple(found)


def as_pep508(wish: Requirement) -> str:
    """Return a requirement that comes from an index as text; ManifestError where its name or marker cannot be read."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Pep508

    extras = f"[{','.join(wish.extras)}]" if wish.extras else ""
    text = f"{wish.name}{extras}{wish.specifier}{f' ; {wish.marker}' if wish.marker else ''}"
    try:
        return str(Pep508(text))
    except InvalidRequirement as error:
        raise _unreadable(wish.name, text, wish.origin) from error


def git_reference(url: str, revision: str = "", subdirectory: str = "") -> str:
    """Return a Git repository as pip writes it, without credentials: `git+https://host/x@v1#subdirectory=lib`."""
    copy = _SECURE_COPY.match(url)
    address = f"ssh://{copy['user']}@{copy['host']}/{copy['path']}" if copy else url
    full = address if address.startswith("git+") else f"git+{address}"
    return (
        strip_credentials(full).url
        + (f"@{revision}" if revision else "")
        + (f"#subdirectory={subdirectory}" if subdirectory else "")
    )


def _entry(name: str, value: object, origin: Origin, group: str) -> tuple[Requirement, bool]:
    if isinstance(value, str):
        value = {"version": value}
    if not isinstance(value, dict):
        raise _unreadable(name, value, origin)
    kind, reference = _source(value)
    try:
        specifier = to_pep440(_text(value, "version") or "*") if kind is SourceKind.REGISTRY else ""
        marker = _marker(value)
    except ValueError as error:
        raise _unreadable(name, _text(value, "version") or error, origin) from error
    requirement = Requirement(
        name=canonical_name(name),
        origin=origin,
        specifier=specifier,
        extras=tuple(sorted(canonical_name(extra) for extra in texts_in(value.get("extras")))),
        marker=marker,
        group=group,
        source=kind,
        reference=reference,
        editable=value.get("develop") is True,
    )
    return requirement, value.get("optional") is True


def _source(value: dict[str, Any]) -> tuple[SourceKind, str]:
    subdirectory = _text(value, "subdirectory")
    if "git" in value:
        revision = _text(value, "rev") or _text(value, "tag") or _text(value, "branch")
        return SourceKind.GIT, git_reference(_text(value, "git"), revision, subdirectory)
    if "url" in value:
        return classify_reference(_text(value, "url"))
    for key in ("path", "file"):
        if key in value:
            return SourceKind.PATH, local_path(
                "/".join(part for part in (_text(value, key), subdirectory) if part)
            )
    return SourceKind.REGISTRY, ""


def _marker(value: dict[str, Any]) -> str:
    markers = (
        _text(value, "markers"),
        python_marker(_text(value, "python") or "*"),
        platform_marker(_text(value, "platform") or "*"),
    )
    written = [marker for marker in markers if marker]
    if len(written) < 2:
        return written[0] if written else ""
    condition = parse_condition(written[0])
    for marker in written[1:]:
        condition = both(condition, parse_condition(marker))
    return to_marker(condition)


def _text(value: dict[str, Any], key: str) -> str:
    found = value.get(key, "")
    return found if isinstance(found, str) else ""


def _unreadable(name: str, value: object, origin: Origin) -> ManifestError:
    return ManifestError(
        f"the entry `{name}` is not a version constraint that Poetry reads",
        found=strip_credentials(str(value)).url[:80],
        origin=origin,
        rule="an entry is a constraint in quotes, a table with `version`, `git`, `url` or `path`, or an array of such tables",
        steps=("correct the entry that is named", "`poetry check` says the same"),
        example=f'{name} = {{ version = "^3.0", extras = ["async"] }}',
    )
