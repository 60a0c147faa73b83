"""Why a build failed: the instruction, what its step said, and what that usually means."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from dockwright.errors import EngineError
from dockwright.model.record import record

_FAILED_PROCESS = r'failed to solve: process "(.+?)" did not complete'
_PODMAN_FAILED = r'(?m)^Error: building at STEP "(?P<instruction>.+?)": (?P<why>.*)$'
_PODMAN_STEP = r"(?m)^(?:\[\d+/\d+\] )?STEP \d+/\d+: "
_MARKED = r"(?m)^\s*\d+ \| >>> (.+)$"
_SUMMARY = r"(?ms)^ > (?:\[.*?\] )?.*?:\n(.*?)^------$"
_FAILED_NUMBER = r"(?m)^#(\d+) ERROR:"
_PROCESS = r'process ".*" did not complete'
_NO_MESSAGE = r"^\s*---|^\s*\d+ \| |^\s*>>>|^#\d+ |^\S+:\d+$"
_SHOWN_LINES = 4


@record
class Hint:
    """A usual failure: what it `means` in one sentence and the `steps` to take."""

    pattern: str
    means: str
    steps: tuple[str, ...]


@cache
def hints() -> tuple[Hint, ...]:
    """Return all hints, the more special ones first."""
    table = files("dockwright.build").joinpath("failure-hints.toml").read_text(encoding="utf-8")
    return tuple(
        Hint(pattern=row["pattern"], means=row["means"], steps=tuple(row["steps"]))
        for row in tomllib.loads(table)["hint"]
    )


def hint_for(output: str) -> Hint | None:
    """Return the hint for what a failing step said, None if it is not known."""
    return next((hint for hint in hints() if re.search(hint.pattern, output, re.IGNORECASE)), None)


def build_failed(code: int, output: str) -> EngineError:
    """Return the error for a failed build: the instruction, what it means, what to do."""
    # The hint is looked for in what the failing step said alone: others may only warn.
    hint = hint_for(evidence(output))
    return EngineError(
        f"the build failed with exit code {code}" + (f": {hint.means}" if hint else ""),
        found=_told(output),
        rule="every step of the Dockerfile must succeed",
        steps=hint.steps if hint else ("read what the failing step printed above",),
        example="dockwright inspect --why",
    )


def lock_failed(code: int, output: str) -> EngineError:
    """Return the error for a lock that was not made: versions that do not fit are one reason."""
    hint = hint_for(evidence(output))
    title = f"locking failed with exit code {code}"
    # Only where a step failed, and for no known reason, are the versions the likely cause.
    versions = failing_instruction(output) and not hint
    rule = "the stage `lock` must build, up to the file that it makes"
    steps: tuple[str, ...] = ("read what the engine says above",)
    if versions:
        rule = "the manager must find versions that fit together on the Python of the image"
        steps = ("read what the manager printed above", "loosen the requirement that it names")
    return EngineError(
        f"{title}{f': {hint.means}' if hint else ''}; the old lock is untouched",
        found=_told(output),
        rule=rule,
        steps=hint.steps if hint else steps,
        example="dockwright lock --update" if versions else "dockwright lock --engine docker",
    )


def _told(output: str) -> str:
    instruction = failing_instruction(output)
    lines = (*((instruction,) if instruction else ()), *last_lines(output))
    return "\n".join(lines)


def failing_instruction(output: str) -> str:
    """Return the instruction that failed, as the engine names it at the end; "" if it does not."""
    # BuildKit names the process, Podman the step; else the marked lines of the Dockerfile help.
    found = re.findall(_FAILED_PROCESS, output)
    if found:
        return f"RUN {found[-1].removeprefix('/bin/sh -c ')}"
    podman = list(re.finditer(_PODMAN_FAILED, output))
    if podman:
        return podman[-1]["instruction"]
    return " ".join(line.rstrip("\\ ").strip() for line in re.findall(_MARKED, output))


def last_lines(output: str, limit: int = _SHOWN_LINES) -> tuple[str, ...]:
    """Return the last lines of the failing step, without times, else the engine's own error."""
    error = [] if re.search(_PROCESS, output) else _engine_error(output)
    said = _summary(output) or _said_in_podman(output) or error
    return tuple((said or [line for line in output.splitlines() if line.strip()])[-limit:])


def evidence(output: str) -> str:
    """Return what the failing step wrote and the engine's error, without the instruction."""
    numbers = re.findall(_FAILED_NUMBER, output)
    own = rf"(?m)^#{numbers[-1]} (?:\d+\.\d+ |ERROR: )(.*)$" if numbers else r"(?!)"
    lines = [
        *re.findall(own, output),
        *_summary(output),
        *_said_in_podman(output),
        *_engine_error(output),
    ]
    text = "\n".join(lines) or output
    return re.sub(_PROCESS, "did not complete", re.sub(_PODMAN_FAILED, r"Error: \g<why>", text))


def _summary(output: str) -> list[str]:
    # BuildKit repeats the lines of the failing step, with their times.
    steps = re.findall(_SUMMARY, output)
    lines = [re.sub(r"^\d+\.\d+ ", "", line) for line in (steps[-1] if steps else "").splitlines()]
    return [line for line in lines if line.strip()]


def _said_in_podman(output: str) -> list[str]:
    # Podman repeats nothing: what its last step wrote has to do.
    begun = list(re.finditer(_PODMAN_STEP, output))
    lines = output[begun[-1].end() :].splitlines()[1:] if begun else []
    return [re.sub(_PODMAN_FAILED, r"Error: \g<why>", line) for line in lines if line.strip()]


def _engine_error(output: str) -> list[str]:
    # What follows the last error is its own advice.
    lines = [line for line in output.splitlines() if line.strip()]
    lines = [line for line in lines if not re.search(_NO_MESSAGE, line)]
    starts = [at for at, line in enumerate(lines) if line.startswith(("ERROR: ", "Error: "))]
    return lines[starts[-1] :] if starts else []
