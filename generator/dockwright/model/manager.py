"""The closed vocabulary: managers, strategies, states."""

from enum import StrEnum


class Manager(StrEnum):
    """Who installs the dependencies. `NONE` is a script without any manifest."""

    PIPENV = "pipenv"
    POETRY = "poetry"
    UV = "uv"
    PDM = "pdm"
    REQUIREMENTS = "requirements"
    PYLOCK = "pylock"
    SETUPTOOLS = "setuptools"
    NONE = "none"


class LockState(StrEnum):
    """Whether the lock belongs to the manifest."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Strategy(StrEnum):
    """What the build does with the lock (design section 3)."""

    LOCKED = "locked"
    RELOCK = "relock"
    UPDATE = "update"


class Installer(StrEnum):
    """Who puts the distributions into /opt/venv: uv from an exact export, or the manager itself."""

    UV = "uv"
    NATIVE = "native"
