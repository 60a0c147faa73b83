"""The shape of `inspect --json`. Names and meanings stay as they are: other programs build on them."""

from typing import TypedDict


class PlaceJson(TypedDict):
    """An Origin."""

    path: str
    line: int | None
    key: str | None


class DisagreementJson(TypedDict):
    """One entry in which manifest and lock differ; `kind` is added, removed or changed as seen from the lock."""

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
    """Names per stage, and the reasons; `commands` fetch what the distributions need, `environment` lets them find it."""

    build: list[str]
    runtime: list[str]
    why: list[SystemPackageJson]
    environment: dict[str, str]
    commands: list[str]


class ImageJson(TypedDict):
    """What the image that is shipped starts (`entrypoint` before `command`), and the variables that it sets."""

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
