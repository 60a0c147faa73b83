"""Variables in a command line that nothing gives a value."""

from dockwright.model.origin import Notice
from dockwright.model.pattern import Pattern
from dockwright.model.plan import Process
from dockwright.model.settings import Settings

_SINGLE_QUOTED = Pattern(r"'[^']*'")
_VARIABLE = Pattern(r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?\?[^}]*)?\})")
_BOUND = Pattern(r"(?:^|[\s;&|(])(?:for\s+|read\s+)?([A-Za-z_]\w*)(?:=|\s+in\s)")
_IN_THE_IMAGE = frozenset({
    "PORT", "WEB_CONCURRENCY", "HOME", "PATH", "HOSTNAME", "PWD", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHON_VERSION",
    "DJANGO_SETTINGS_MODULE", "IFS",
})  # fmt: skip


def unset_variables(process: Process, settings: Settings) -> tuple[str, ...]:
    """Return the variables that the shell of a command fills in, and that neither image nor command set; `${NAME:-x}` has a value."""
    if process.command[:2] != ("sh", "-c"):
        return ()
    text = _SINGLE_QUOTED.sub("", process.command[2])
    bound = set(_BOUND.findall(text))
    known = (
        bound | _IN_THE_IMAGE | {name for name, _ in (*process.environment, *settings.environment)}
    )
    names = (plain or braced for plain, braced in _VARIABLE.findall(text))
    return tuple(dict.fromkeys(name for name in names if name not in known))


def unset_notices(processes: tuple[Process, ...], settings: Settings) -> tuple[Notice, ...]:
    """Return one warning for each process whose command needs a value that only the owner knows."""
    return tuple(
        _unset(process, names)
        for process in processes
        if (names := unset_variables(process, settings))
    )


def _unset(process: Process, names: tuple[str, ...]) -> Notice:
    listed = ", ".join(f"${name}" for name in names)
    return Notice(
        code="command-variable-unset",
        text=f"the command of {process.name} uses {listed}, which nothing sets: a container without it may not start",
        origin=next(iter(process.evidence), None),
        remedy=f"write a default into the command, ${{{names[0]}:-...}}, or give the value in .env or in the setting `environment`",
    )
