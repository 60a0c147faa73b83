"""What the owner may settle instead of us: each setting is declared here, once.

The flags, the names in the environment, the JSON Schema and docs/settings.md are made from these
declarations. Every default means: decide from the project.
"""

from dataclasses import field
from enum import Enum
from typing import Any, TypeVar, cast

from dockwright.model.dependencies import Installer, Manager, Strategy
from dockwright.model.record import fields, record, replace

T = TypeVar("T")


class Kind(Enum):
    """The type of a setting in the file."""

    TEXT = "string"
    NUMBER = "whole number"
    SWITCH = "true or false"
    LIST = "array of strings"
    COMMAND = "command: a string, or an array of strings"
    TABLE = "table of strings"
    STAGES = "table of stages"


@record
class Setting:
    """What there is to know of one setting.

    `key` is its name in the file, `help` says what it does, `decided` what happens without it,
    `example` is a TOML value. `pattern` holds for a text, for each string of a list or for each
    value of a table, `names` for the keys of a table; `expected` says both in plain words.
    `choices` closes the list of values.
    """

    help: str
    decided: str
    example: str
    key: str = ""
    kind: Kind = Kind.TEXT
    default: Any = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    names: str = ""
    expected: str = ""
    minimum: int = 0
    maximum: int = 0

    @property
    def field(self) -> str:
        """The field of `Settings`."""
        return self.key.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"DOCKWRIGHT_{self.field.upper()}"


def setting(*, default: T, **facts: Any) -> T:  # noqa: ANN401 - as Setting has them
    """Declare a setting: its default, and the fields of `Setting` that the type does not say."""
    return field(default=default, metadata={"setting": Setting(default=default, **facts)})


STAGE_NAMES = ("base", "build", "dev", "test", "runtime")
"""The stages that settings can add lines to."""

NAME = r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?"
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
PACKAGE = r"[a-z0-9][a-z0-9.+-]*(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?"
_STAGE = rf"({'|'.join(STAGE_NAMES)}|frontend-[a-z0-9-]+)"
_INSIDE = r"(?!/)(?!.*(^|/)\.\.(/|$))[^\\\n:]+"
_ONE_LINE = r"[^\n\r]*"
_FILE = "a path inside the project, with `/`"
_PACKAGES = "names of packages as the image's package manager spells them"


@record
class StageSettings:
    """Additions to one stage: `before` and `after` are lines around our own steps."""

    packages: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@record
class Settings:
    """All settings, in the order in which they are documented."""

    manager: str = setting(
        default="",
        help="The package manager. Needed where a project has the locks of two.",
        decided="the one whose lock or manifest is in the root",
        example='"poetry"',
        choices=tuple(Manager),
    )
    strategy: str = setting(
        default="auto",
        help="Install exactly what the lock says, lock again, or take the newest versions.",
        decided="`locked` with a fresh lock, `relock` without a lock; a stale lock is an error",
        example='"locked"',
        choices=("auto", *Strategy),
    )
    installer: str = setting(
        default="auto",
        help="Who installs: uv from an exact export of the lock, or the manager itself.",
        decided="uv where it can install exactly what the lock says",
        example='"native"',
        choices=("auto", *Installer),
    )
    extras: tuple[str, ...] = setting(
        default=(),
        help="Extras of the project to install beside production.",
        decided="none",
        example='["pgsql"]',
        pattern=NAME,
        expected="names of extras of the project",
    )
    groups: tuple[str, ...] = setting(
        default=(),
        help="Dependency groups (or Pipfile categories) to install beside production.",
        decided="production only",
        example='["postgres"]',
        pattern=NAME,
        expected="names of groups or categories",
    )
    wheels: tuple[tuple[str, str], ...] = setting(
        default=(),
        help="Which distributions have wheels, if the lock names no files. `--online` writes it.",
        decided="read from the lock, or from the knowledge",
        example='{ psycopg2 = "none" }',
        names=NAME,
        pattern=_ONE_LINE,
        expected="names of distributions with what is known of their wheels",
    )
    byte_compile: bool = setting(
        default=True,
        help="Compile to byte code in the build: the first start is faster, the build longer.",
        decided="compiled",
        example="false",
    )
    python: str = setting(
        default="",
        help="The version of Python: one release. A range belongs into the manifest.",
        decided="from every file that names a version",
        example='"3.13"',
        pattern=r"\d{1,4}\.\d{1,4}(\.\d{1,4}([abc]|rc)?\d{0,4})?",
        expected="a version such as 3.13 or 3.13.2",
    )
    base: str = setting(
        default="",
        help="The base image: a variant of the official Python image, or any image by reference.",
        decided="`slim`",
        example='"slim"',
        pattern="[A-Za-z0-9][A-Za-z0-9._/:@-]*",
        expected="slim, full, alpine, distroless, or the reference of an image",
    )
    suite: str = setting(
        default="",
        help="The release of Debian (or Alpine) that the image is built on.",
        decided="the newest stable",
        example='"bookworm"',
        pattern="[a-z0-9][a-z0-9.]*",
        expected="the name of a release, such as trixie or alpine3.22",
    )
    digest: str = setting(
        default="",
        help=(
            "Pins the base image; with `image:tag@` in front only while that is the base image. "
            "`--digest` writes it."
        ),
        decided="the tag alone",
        example='"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"',
        pattern="([A-Za-z0-9][A-Za-z0-9._/:-]*@)?sha256:[0-9a-f]{64}",
        expected="sha256: and 64 hexadecimal digits, with or without `image:tag@` in front",
    )
    platforms: tuple[str, ...] = setting(
        default=(),
        help="The platforms on which the image must build.",
        decided="both",
        example='["linux/amd64"]',
        pattern=r"linux/(amd64|arm64)(/v\d)?",
        expected="linux/amd64 or linux/arm64",
    )
    user: int = setting(
        default=10001,
        help="The numeric user (and group) of the running container. It is never root.",
        decided="10001",
        example="1000",
        minimum=1,
        maximum=2**31 - 1,
    )
    application: str = setting(
        default="",
        help="The application object, as a server imports it.",
        decided="found in the code",
        example='"shop.wsgi:application"',
        pattern=r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?",
        expected='"module:object"',
    )
    command: tuple[str, ...] = setting(
        default=(),
        help="The command of the web process (or of the only process).",
        decided="from the framework and the locked server",
        example='["python", "-m", "shop"]',
        expected="a command line",
    )
    server: str = setting(
        default="",
        help="The server to use where several are locked.",
        decided="the locked one",
        example='"gunicorn"',
        pattern=NAME,
        expected="the name of a distribution",
    )
    port: int | None = setting(
        default=None,
        help="The port on which the web process listens.",
        decided="from the code, or the server's own",
        example="8000",
        minimum=1,
        maximum=65535,
    )
    workers: int | None = setting(
        default=None,
        help="The number of worker processes of the server.",
        decided="by the server",
        example="4",
        minimum=1,
        maximum=1024,
    )
    healthcheck: bool = setting(
        default=True,
        help="Whether the image has a HEALTHCHECK.",
        decided="one for a process with a port",
        example="false",
    )
    health_path: str = setting(
        default="",
        help="The path that the HEALTHCHECK asks for. Any answer below 500 is healthy.",
        decided="from the code, or `/`",
        example='"/healthz"',
        pattern=r"""/[^\s\"'\\]*""",
        expected='a path that starts with "/"',
    )
    processes: tuple[tuple[str, str], ...] = setting(
        default=(),
        help=(
            "Further processes, each a service in compose. The name of one that was found replaces "
            "it; an empty command takes it out."
        ),
        decided="from the Procfile, the code and the locked distributions",
        example='{ worker = "celery -A shop worker" }',
        names=NAME,
        pattern=_ONE_LINE,
        expected="names of processes with their command lines",
    )
    services: tuple[str, ...] = setting(
        default=(),
        help="The backing services of the compose file.",
        decided="what the locked dependencies talk to",
        example='["postgres", "redis"]',
        pattern=NAME,
        expected='names of services, or "none"',
    )
    migrate: bool = setting(
        default=True,
        help="A compose service that runs the migrations before anything else starts.",
        decided="where the framework has migrations",
        example="false",
    )
    packages: tuple[str, ...] = setting(
        default=(),
        help="Further system packages of the running image.",
        decided="what the locked distributions need",
        example='["ffmpeg"]',
        pattern=PACKAGE,
        expected=_PACKAGES,
    )
    build_packages: tuple[str, ...] = setting(
        default=(),
        help="Further system packages of the build stage. They are not shipped.",
        decided="what must be compiled needs",
        example='["libpq-dev"]',
        pattern=PACKAGE,
        expected=_PACKAGES,
    )
    without_packages: tuple[str, ...] = setting(
        default=(),
        help="System packages that are left out although a distribution asks for them.",
        decided="none",
        example='["chromium"]',
        pattern=PACKAGE,
        expected=_PACKAGES,
    )
    environment: tuple[tuple[str, str], ...] = setting(
        default=(),
        help=(
            "Further variables of the image. Everybody who has the image can read them, so names "
            "of secrets are refused."
        ),
        decided="what Python needs in a container",
        example='{ LOG_LEVEL = "info" }',
        names=VARIABLE,
        pattern=_ONE_LINE,
        expected="names of variables with their values, never a secret",
    )
    labels: tuple[tuple[str, str], ...] = setting(
        default=(),
        help="Further labels of the image.",
        decided="none",
        example='{ "org.opencontainers.image.vendor" = "Example Ltd" }',
        names="[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?",
        pattern=_ONE_LINE,
        expected="names of labels with their values",
    )
    collectstatic: bool = setting(
        default=True,
        help="Collect Django's static files while building.",
        decided="where the Django settings have a STATIC_ROOT",
        example="false",
    )
    front_end: bool = setting(
        default=True,
        help="Build the front end in a Node stage.",
        decided="where a package.json has a build script",
        example="false",
    )
    stages: tuple[tuple[str, StageSettings], ...] = setting(
        default=(),
        help=(
            "Additions to single stages: `packages`, `environment`, and lines `before` and `after` "
            "the stage's own steps."
        ),
        decided="nothing is added",
        example='{ runtime = { packages = ["vim-tiny"], after = ["VOLUME /data"] } }',
        names=_STAGE,
        expected=(f"of {', '.join(STAGE_NAMES)}, with packages, environment, before and after"),
    )
    targets: tuple[str, ...] = setting(
        default=(),
        help=(
            "Stages beside the one that is shipped: `dev` with the development dependencies and a "
            "server that reloads, `test` that runs the tests."
        ),
        decided="only the image that is shipped",
        example='["dev"]',
        pattern="dev|test",
        expected="`dev` and `test`",
    )
    syntax: bool = setting(
        default=True,
        help="The `# syntax=` line. Turn it off where the engine cannot pull a frontend.",
        decided="written",
        example="false",
    )
    compose: bool = setting(
        default=True,
        help="Whether a compose file is written.",
        decided="written",
        example="false",
    )
    ignore: tuple[str, ...] = setting(
        default=(),
        help="Further patterns that are left out of the build context.",
        decided="what no image needs",
        example='["data/"]',
        pattern=r"[^\n\r]+",
        expected="patterns of a .dockerignore",
    )
    keep: tuple[str, ...] = setting(
        default=(),
        help="Patterns that stay in the build context although another pattern leaves them out.",
        decided="every file that the build reads",
        example='["docs/schema.json"]',
        pattern=r"[^\n\r!][^\n\r]*",
        expected="patterns of a .dockerignore, without the `!`",
    )
    dockerfile_path: str = setting(
        default="Dockerfile",
        help="Where the Dockerfile is written.",
        decided="`Dockerfile`",
        example='"docker/Dockerfile"',
        pattern=_INSIDE,
        expected=_FILE,
    )
    ignore_path: str = setting(
        default=".dockerignore",
        help=(
            "Where the ignore file is written. Docker prefers `<Dockerfile>.dockerignore`, if any."
        ),
        decided="`.dockerignore`",
        example='"Dockerfile.dockerignore"',
        pattern=_INSIDE,
        expected=_FILE,
    )
    compose_path: str = setting(
        default="compose.yaml",
        help="Where the compose file is written.",
        decided="`compose.yaml`",
        example='"docker-compose.yml"',
        pattern=_INSIDE,
        expected=_FILE,
    )
    force: bool = setting(
        default=False,
        help="Go on where a choice does not fit, for example Alpine without wheels for it.",
        decided="refused, with the reason",
        example="true",
    )


_KINDS = {
    str: Kind.TEXT,
    bool: Kind.SWITCH,
    int: Kind.NUMBER,
    int | None: Kind.NUMBER,
    tuple[str, ...]: Kind.LIST,
    tuple[tuple[str, str], ...]: Kind.TABLE,
    tuple[tuple[str, StageSettings], ...]: Kind.STAGES,
}


def _declared() -> tuple[Setting, ...]:
    """Return the settings with what their fields say: the name and the type."""
    return tuple(
        replace(
            one.metadata["setting"],
            key=one.name.replace("_", "-"),
            kind=Kind.COMMAND if one.name == "command" else _KINDS[cast("Any", one.type)],
        )
        for one in fields(Settings)
    )


SETTINGS = _declared()


@record
class SettingsSource:
    """Settings together with where each one that is not the default came from.

    `sources` has key -> "flag", "environment" or a file.
    """

    settings: Settings = field(default_factory=Settings)
    sources: tuple[tuple[str, str], ...] = ()
