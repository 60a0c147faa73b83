"""The table of settings: parsing, the JSON Schema and docs/settings.md are all made from it."""

from enum import Enum
from functools import cache
from typing import Any

from dockwright.model.dockerfile import STAGE_NAMES
from dockwright.model.manager import Installer, Manager, Strategy
from dockwright.model.record import fields, record
from dockwright.model.settings import Settings


class Kind(Enum):
    """The type of a setting: what the file may hold, and what `Settings` gets from it."""

    TEXT = "text"
    NUMBER = "whole number"
    SWITCH = "true or false"
    LIST = "array of strings"
    COMMAND = "command: a string, or an array of strings"
    TABLE = "table of strings"
    STAGES = "table of stages"


@record
class Setting:
    """One row: `key` as the file spells it, `example` a TOML value, `decided` what happens without it.

    `pattern` holds for a text, for each string of a list, or for each value of a table; `names` for the keys of a table;
    `expected` says both in words. `choices` closes the list of values. `topic` is a heading of the documentation.
    """

    key: str
    kind: Kind
    topic: str
    description: str
    example: str
    decided: str = ""
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

    @property
    def default(self) -> Any:  # noqa: ANN401 - each setting has its own type
        """The value that means: as decided."""
        return _defaults()[self.field]


@cache
def _defaults() -> dict[str, Any]:
    return {name: getattr(Settings(), name) for name in fields(Settings)}


NAME = r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?"
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_STAGE = rf"({'|'.join(STAGE_NAMES)}|frontend-[a-z0-9-]+)"
_PACKAGE = r"[a-z0-9][a-z0-9.+-]*(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?"
_INSIDE = r"(?!/)(?!.*(^|/)\.\.(/|$))[^\\\n:]+"
_ONE_LINE = r"[^\n\r]*"
_FILE = "a path inside the project, with `/`"
_PACKAGES = "names of packages as the image's package manager spells them"

IMAGE, RUN, BUILD, INSTALL, FILES = (
    "The image",
    "What runs",
    "What is built in",
    "What is installed",
    "The files",
)

SETTINGS: tuple[Setting, ...] = (
    Setting(key="manager", kind=Kind.TEXT, topic=INSTALL, example='"poetry"', decided="the one whose lock or manifest is in the root",
            choices=tuple(Manager), description="Who installs the dependencies. Needed where a project has locks of two managers."),
    Setting(key="strategy", kind=Kind.TEXT, topic=INSTALL, example='"locked"', choices=("auto", *Strategy),
            decided="`locked` with a fresh lock, `relock` without a lock; a stale lock is an error",
            description="What the build does with the lock: install exactly it, lock again, or take the newest versions."),
    Setting(key="installer", kind=Kind.TEXT, topic=INSTALL, example='"native"', choices=("auto", *Installer),
            decided="uv where it can install exactly what the lock says",
            description="Who puts the distributions into the environment: uv from an exact export, or the manager itself."),
    Setting(key="extras", kind=Kind.LIST, topic=INSTALL, example='["pgsql"]', pattern=NAME, expected="names of extras of the project",
            decided="none", description="Extras of the project to install beside production."),
    Setting(key="groups", kind=Kind.LIST, topic=INSTALL, example='["postgres"]', pattern=NAME, expected="names of groups or categories",
            decided="production only", description="Dependency groups (or Pipfile categories) to install beside production."),
    Setting(key="wheels", kind=Kind.TABLE, topic=INSTALL, example='{ psycopg2 = "none" }', names=NAME, pattern=_ONE_LINE,
            expected="names of distributions with what is known of their wheels", decided="read from the lock, or from the knowledge",
            description="What is known about the wheels of distributions whose lock does not name files. `--online` writes it."),
    Setting(key="byte-compile", kind=Kind.SWITCH, topic=INSTALL, example="false", decided="compiled",
            description="Compile to byte code while building: a faster first start, a longer build."),
    Setting(key="python", kind=Kind.TEXT, topic=IMAGE, example='"3.13"', pattern=r"\d{1,4}\.\d{1,4}(\.\d{1,4}([abc]|rc)?\d{0,4})?",
            expected="a version such as 3.13 or 3.13.2", decided="from every file that names a version",
            description="The version of Python. A range belongs into the manifest; this is one release."),
    Setting(key="base", kind=Kind.TEXT, topic=IMAGE, example='"slim"', pattern=r"[A-Za-z0-9][A-Za-z0-9._/:@-]*",
            expected="slim, full, alpine, distroless, or the reference of an image", decided="`slim`",
            description="The base image: a variant of the official Python image, or any image by reference."),
    Setting(key="suite", kind=Kind.TEXT, topic=IMAGE, example='"bookworm"', pattern=r"[a-z0-9][a-z0-9.]*",
            expected="the name of a release, such as trixie or alpine3.22", decided="the newest stable",
            description="The release of Debian (or Alpine) that the image is built on."),
    Setting(key="digest", kind=Kind.TEXT, topic=IMAGE, example='"sha256:' + "0123456789abcdef" * 4 + '"', pattern=r"([A-Za-z0-9][A-Za-z0-9._/:-]*@)?sha256:[0-9a-f]{64}",
            expected="sha256: and 64 hexadecimal digits, with or without `image:tag@` in front", decided="the tag alone",
            description="Pins the base image to one digest; with `image:tag@` in front only while that is the base image. `--digest` writes it."),
    Setting(key="platforms", kind=Kind.LIST, topic=IMAGE, example='["linux/amd64"]', pattern=r"linux/(amd64|arm64)(/v\d)?",
            expected="linux/amd64 or linux/arm64", decided="both", description="The platforms on which the image must build."),
    Setting(key="user", kind=Kind.NUMBER, topic=IMAGE, example="1000", minimum=1, maximum=2**31 - 1, decided="10001",
            description="The numeric user (and group) of the running container. It is never root."),
    Setting(key="application", kind=Kind.TEXT, topic=RUN, example='"shop.wsgi:application"', pattern=r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?",
            expected='"module:object"', decided="found in the code",
            description="The application object, as a server imports it."),
    Setting(key="command", kind=Kind.COMMAND, topic=RUN, example='["python", "-m", "shop"]', decided="from the framework and the locked server",
            expected="a command line", description="The command of the web process (or of the only process)."),
    Setting(key="server", kind=Kind.TEXT, topic=RUN, example='"gunicorn"', pattern=NAME, expected="the name of a distribution",
            decided="the locked one", description="The server to use where several are locked."),
    Setting(key="port", kind=Kind.NUMBER, topic=RUN, example="8000", minimum=1, maximum=65535, decided="from the code, or the server's own",
            description="The port on which the web process listens."),
    Setting(key="workers", kind=Kind.NUMBER, topic=RUN, example="4", minimum=1, maximum=1024, decided="by the server",
            description="The number of worker processes of the server."),
    Setting(key="healthcheck", kind=Kind.SWITCH, topic=RUN, example="false", decided="one for a process with a port",
            description="Whether the image has a HEALTHCHECK."),
    Setting(key="health-path", kind=Kind.TEXT, topic=RUN, example='"/healthz"', pattern=r"/[^\s\"'\\]*", expected='a path that starts with "/"',
            decided="from the code, or `/`", description="The path that the HEALTHCHECK asks for. Any answer below 500 is healthy."),
    Setting(key="processes", kind=Kind.TABLE, topic=RUN, example='{ worker = "celery -A shop worker" }', names=NAME, pattern=_ONE_LINE,
            expected="names of processes with their command lines", decided="from the Procfile, the code and the locked distributions",
            description="Further processes, each a service of the compose file. A name that was found is replaced; an empty command takes it out."),
    Setting(key="services", kind=Kind.LIST, topic=RUN, example='["postgres", "redis"]', pattern=NAME, expected='names of services, or "none"',
            decided="what the locked dependencies talk to", description="The backing services of the compose file."),
    Setting(key="migrate", kind=Kind.SWITCH, topic=RUN, example="false", decided="where the framework has migrations",
            description="A one-shot compose service that runs the migrations before anything else starts."),
    Setting(key="packages", kind=Kind.LIST, topic=BUILD, example='["ffmpeg"]', pattern=_PACKAGE, expected=_PACKAGES,
            decided="what the locked distributions need", description="Further system packages of the running image."),
    Setting(key="build-packages", kind=Kind.LIST, topic=BUILD, example='["libpq-dev"]', pattern=_PACKAGE, expected=_PACKAGES,
            decided="what must be compiled needs", description="Further system packages of the build stage. They are not shipped."),
    Setting(key="without-packages", kind=Kind.LIST, topic=BUILD, example='["chromium"]', pattern=_PACKAGE, expected=_PACKAGES,
            decided="none", description="System packages that are left out although a distribution asks for them."),
    Setting(key="environment", kind=Kind.TABLE, topic=BUILD, example='{ LOG_LEVEL = "info" }', names=VARIABLE, pattern=_ONE_LINE,
            expected="names of variables with their values, never a secret", decided="what Python needs in a container",
            description="Further environment variables of the image. Everybody who has the image can read them: names of secrets are refused."),
    Setting(key="labels", kind=Kind.TABLE, topic=BUILD, example='{ "org.opencontainers.image.vendor" = "Example Ltd" }',
            names=r"[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?", pattern=_ONE_LINE, expected="names of labels with their values",
            decided="the OCI labels that the manifest can fill", description="Further labels of the image."),
    Setting(key="collectstatic", kind=Kind.SWITCH, topic=BUILD, example="false", decided="where the Django settings have a STATIC_ROOT",
            description="Collect Django's static files while building."),
    Setting(key="front-end", kind=Kind.SWITCH, topic=BUILD, example="false", decided="where a package.json has a build script",
            description="Build the front end in a Node stage."),
    Setting(key="stages", kind=Kind.STAGES, topic=BUILD, example='{ runtime = { packages = ["vim-tiny"], after = ["VOLUME /data"] } }',
            names=_STAGE, decided="nothing is added",
            expected=f"of {', '.join(STAGE_NAMES)}, with packages, environment, before and after",
            description="Additions to single stages: `packages`, `environment`, and lines of Dockerfile `before` and `after` the stage's own steps."),
    Setting(key="targets", kind=Kind.LIST, topic=BUILD, example='["dev"]', pattern="dev|test", expected="`dev` and `test`",
            decided="only the image that is shipped",
            description="Further stages: `dev` with the development dependencies and a reloading server, `test` that runs the tests."),
    Setting(key="syntax", kind=Kind.SWITCH, topic=BUILD, example="false", decided="written",
            description="The `# syntax=` line. Without it the engine's own frontend builds, for places that cannot pull one."),
    Setting(key="compose", kind=Kind.SWITCH, topic=FILES, example="false", decided="written",
            description="Whether a compose file is written."),
    Setting(key="ignore", kind=Kind.LIST, topic=FILES, example='["data/"]', pattern=r"[^\n\r]+", expected="patterns of a .dockerignore",
            decided="what no image needs", description="Further patterns that are left out of the build context."),
    Setting(key="keep", kind=Kind.LIST, topic=FILES, example='["docs/schema.json"]', pattern=r"[^\n\r!][^\n\r]*",
            expected="patterns of a .dockerignore, without the `!`", decided="every file that the build reads",
            description="Patterns that stay in the build context although another pattern leaves them out."),
    Setting(key="dockerfile-path", kind=Kind.TEXT, topic=FILES, example='"docker/Dockerfile"', pattern=_INSIDE, expected=_FILE, decided="`Dockerfile`",
            description="Where the Dockerfile is written."),
    Setting(key="ignore-path", kind=Kind.TEXT, topic=FILES, example='"Dockerfile.dockerignore"', pattern=_INSIDE, expected=_FILE,
            decided="`.dockerignore`", description="Where the ignore file is written. Docker reads `<Dockerfile>.dockerignore` before `.dockerignore`."),
    Setting(key="compose-path", kind=Kind.TEXT, topic=FILES, example='"docker-compose.yml"', pattern=_INSIDE, expected=_FILE,
            decided="`compose.yaml`", description="Where the compose file is written."),
    Setting(key="force", kind=Kind.SWITCH, topic=FILES, example="true", decided="refused, with the reason",
            description="Go on where a choice does not fit the project, for example Alpine without wheels for it."),
)  # fmt: skip
"""All settings, in the order in which they are documented."""

STAGE_KEYS = ("packages", "environment", "before", "after")
"""What a table under `stages` may hold."""

BY_KEY = {setting.key: setting for setting in SETTINGS}
