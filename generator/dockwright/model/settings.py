"""What the owner may settle instead of us. Every field's default means: decide from the project."""

from dockwright.model.record import field, record


@record
class StageSettings:
    """Additions to one stage: system packages, environment, and Dockerfile lines before and after our own steps."""

    packages: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@record
class Settings:
    """All settings; "" , () and None mean "as decided". Documented for users in docs/settings.md.

    `manager` a Manager value; `strategy` auto, locked, relock or update; `installer` auto, native or uv; `python` "3.13" or an exact
    patch; `base` slim, full, alpine, distroless, ... or any image reference; `suite` trixie, bookworm, ...; `command` argv of the web
    process; `application` "module:object"; `processes` (name, command line) pairs that replace or add; `services` the backing services
    ("none" for none); `extras` and `groups` are installed beside production; `stages` additions per stage name; `targets` the stages
    beside the one that is shipped: "dev", "test". `syntax` writes the `# syntax=` line.
    """

    manager: str = ""
    strategy: str = "auto"
    installer: str = "auto"
    python: str = ""
    base: str = ""
    suite: str = ""
    digest: str = ""
    platforms: tuple[str, ...] = ()
    application: str = ""
    command: tuple[str, ...] = ()
    port: int | None = None
    health_path: str = ""
    healthcheck: bool = True
    workers: int | None = None
    server: str = ""
    processes: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()
    migrate: bool = True
    collectstatic: bool = True
    front_end: bool = True
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    user: int = 10001
    byte_compile: bool = True
    environment: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
    build_packages: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    compose: bool = True
    dockerfile_path: str = "Dockerfile"
    ignore_path: str = ".dockerignore"
    compose_path: str = "compose.yaml"
    wheels: tuple[tuple[str, str], ...] = ()
    stages: tuple[tuple[str, StageSettings], ...] = ()
    # () once the stages that nobody asked for have left the samples.
    targets: tuple[str, ...] = ("dev", "test")
    syntax: bool = True
    force: bool = False
    without_packages: tuple[str, ...] = ()

    @property
    def development(self) -> bool:
        """Whether a `dev` stage was asked for."""
        return "dev" in self.targets

    @property
    def tests(self) -> bool:
        """Whether a `test` stage was asked for."""
        return "test" in self.targets


@record
class SettingsSource:
    """Settings together with where each one that is not the default came from (key -> "flag", "environment", a file)."""

    settings: Settings = field(default_factory=Settings)
    sources: tuple[tuple[str, str], ...] = ()
