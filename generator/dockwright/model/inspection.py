"""The shape of `inspect --json` and its JSON Schema: other programs build on these names."""

from types import NoneType, UnionType
from typing import Any, TypedDict, Union, get_args, get_origin, get_type_hints, is_typeddict


# The schema takes its descriptions from these docstrings.
class PlaceJson(TypedDict):
    """An Origin."""

    path: str
    line: int | None
    key: str | None


class DisagreementJson(TypedDict):
    """An entry in which manifest and lock differ.

    `kind` is added, removed or changed as seen from the lock.
    """

    kind: str
    name: str
    text: str
    origin: PlaceJson | None


class LockJson(TypedDict):
    """The verdict on the lock; `state` is fresh, stale, missing or unknown."""

    file: str
    state: str
    because: list[str]
    disagreements: list[DisagreementJson]


class PythonJson(TypedDict):
    """The Python of the image, the places that asked for it, and contradictions between them."""

    version: str
    because: str
    end_of_life: str
    evidence: list[PlaceJson]
    conflicts: list[str]


class DecisionJson(TypedDict):
    """A settled value with its reason."""

    value: str
    because: str
    evidence: list[PlaceJson]
    instead_of: list[str]


class ProcessJson(TypedDict):
    """One process; `command` is argv, `port` null where nothing listens."""

    name: str
    kind: str
    command: list[str]
    port: int | None
    because: str
    health_path: str
    evidence: list[PlaceJson]


class SystemPackageJson(TypedDict):
    """A system package with the distributions that need it."""

    name: str
    needed_by: list[str]
    because: str


class SystemPackagesJson(TypedDict):
    """Names per stage, and the reasons.

    `commands` fetch what the distributions need, `environment` lets them find it.
    """

    build: list[str]
    runtime: list[str]
    why: list[SystemPackageJson]
    environment: dict[str, str]
    commands: list[str]


class ImageJson(TypedDict):
    """What the shipped image starts (`entrypoint` before `command`), and its variables."""

    environment: dict[str, str]
    entrypoint: list[str]
    command: list[str]


class ToolJson(TypedDict):
    """A tool that takes part in the build."""

    name: str
    version: str
    because: str


class WheelsJson(TypedDict):
    """For one platform, the locked distributions by how they install."""

    platform: str
    wheel: int
    pure: int
    unknown: int
    compiled: list[str]
    not_installable: list[str]


class WarningJson(TypedDict):
    """A warning; `code` is stable."""

    code: str
    text: str
    remedy: str
    origin: PlaceJson | None


class InspectionJson(TypedDict):
    """The whole document."""

    name: str
    manager: str
    root: str
    lock: LockJson
    python: PythonJson
    base_image: str
    image: ImageJson
    strategy: str
    installer: str
    framework: str | None
    processes: list[ProcessJson]
    services: list[str]
    system_packages: SystemPackagesJson
    compiled: list[str]
    wheels: list[WheelsJson]
    tools: list[ToolJson]
    decisions: dict[str, DecisionJson]
    warnings: list[WarningJson]


def inspection_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12), made from the types that the code is checked against."""
    definitions: dict[str, Any] = {}
    top = _schema_of(InspectionJson, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dockwright inspect --json",
        **top,
        "$defs": definitions,
    }


_SIMPLE: dict[Any, dict[str, str]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}


def _schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    if is_typeddict(kind):
        name = kind.__name__.removesuffix("Json")
        if name not in definitions:
            # Named before it is described: it may stand inside itself.
            definitions[name] = {}
            definitions[name] = _object_schema(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    inner = get_args(kind)
    if get_origin(kind) in (UnionType, Union):
        return {"anyOf": [_schema_of(one, definitions) for one in inner]}
    if get_origin(kind) is list:
        return {"type": "array", "items": _schema_of(inner[0], definitions)}
    return {"type": "object", "additionalProperties": _schema_of(inner[1], definitions)}


def _object_schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    fields = get_type_hints(kind)
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {
            name: _schema_of(annotation, definitions) for name, annotation in fields.items()
        },
        "required": list(fields),
        "additionalProperties": False,
    }
