"""What is known about names in hand-written Dockerfiles."""

from dockwright.model.pattern import Pattern

OWN_VARIABLES = Pattern(
    r"PYTHON(UNBUFFERED|DONTWRITEBYTECODE|FAULTHANDLER|HASHSEED|OPTIMIZE|IOENCODING)|PATH|VIRTUAL_ENV|VENV.*|LC_ALL|LANG|LANGUAGE"
    r"|DEBIAN_FRONTEND|(PIP|POETRY|PIPENV|UV|PDM|PIPX|YARN|NPM|PNPM|NODE)_.*|HOME|APP_HOME|WORKDIR"
)
"""Variables that belong to the way an image is built. The new image sets its own."""

BUILD_TOOLS = Pattern(
    r".*-dev(el)?|gcc.*|g\+\+.*|cpp|clang.*|make|cmake|ninja-build|build-essential|build-base|pkg-config|pkgconf|rust|rustc|cargo"
    r"|linux-headers|autoconf|automake|libtool|python3?-dev|gfortran|swig|git|curl|wget|ca-certificates|gnupg\d?|unzip|apt-utils"
    r"|apt-transport-https|software-properties-common"
)
"""System packages with which images are built, not run."""

LATER_STAGES = frozenset({"dev", "development", "test", "tests", "testing", "debug", "ci", "lint"})
"""Names of stages that are not shipped, even where they come last."""

INSTALLS = Pattern(
    r"\b(pip3?|pipenv|poetry|uv|pdm|pip-sync|conda|setup\.py|get-pip|install-poetry)\b"
)

REPLACED = {
    "WORKDIR": "the image has its own work directory, /app",
    "COPY": "what is copied follows from the project",
    "ADD": "what is copied follows from the project",
    "ARG": "arguments of the build are decided anew",
    "MAINTAINER": "use a label",
    "SHELL": "no step needs another shell",
    "STOPSIGNAL": "the server's own signal is used",
    "VOLUME": "where data is kept is said when the container starts",
    "ONBUILD": "it concerns other images",
}
"""Instructions that become no setting, and why."""

OWN_COMMAND = "a command of your own"


def why_not_run(script: str) -> tuple[str, str]:
    """Return why the commands of a RUN become no setting, and what to do instead."""
    for pattern, why in _RUNS:
        if pattern.search(script):
            return why, ""
    return OWN_COMMAND, "if the image still needs it: stages.runtime.after"


_RUNS = (
    (Pattern(r"\b(useradd|adduser|groupadd|addgroup)\b"), "the image has a user of its own"),
    (INSTALLS, "the dependencies are installed from the lock"),
    (
        Pattern(r"\bcollectstatic\b"),
        "static files are collected where the settings have a STATIC_ROOT",
    ),
    (
        Pattern(r"\b(npm|yarn|pnpm|bun)\b"),
        "a front end is built in a stage of its own where a package.json has a build script",
    ),
    (
        Pattern(r"\b(apt-get|apt|apk)\s+(-\S+\s+)*(update|upgrade|clean|dist-upgrade)\b"),
        "it only prepares or tidies the package manager",
    ),
)
