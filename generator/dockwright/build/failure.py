"""Reads the output of a build that failed: which instruction it was, and what the step itself said."""

import re

from dockwright.model.pattern import Pattern

_FAILED_PROCESS = Pattern(r'failed to solve: process "(.+?)" did not complete')
_PODMAN_FAILED = Pattern(
    r'^Error: building at STEP "(?P<instruction>.+?)": (?P<why>.*)$', re.MULTILINE
)
_MARKED = Pattern(r"^\s*\d+ \| >>> (.+)$", re.MULTILINE)
_SUMMARY = Pattern(r"^ > (?:\[.*?\] )?.*?:\n(.*?)^------$", re.MULTILINE | re.DOTALL)
_FAILED_NUMBER = Pattern(r"^#(\d+) ERROR:", re.MULTILINE)
_PODMAN_STEP = Pattern(r"^(?:\[\d+/\d+\] )?STEP \d+/\d+: ", re.MULTILINE)
_TIME = Pattern(r"^\d+\.\d+ ")
_PROCESS = Pattern(r'process ".*" did not complete')
_NOT_SAID = Pattern(r"^\s*---|^\s*\d+ \| |^\s*>>>|^#\d+ |^\S+:\d+$")


def failing_instruction(output: str) -> str:
    """Return the instruction that failed, as the engine names it at the end; "" if it does not."""
    found = _FAILED_PROCESS.findall(output)
    if found:
        return f"RUN {found[-1].removeprefix('/bin/sh -c ')}"
    podman = list(_PODMAN_FAILED.finditer(output))
    if podman:
        return podman[-1]["instruction"]
    return " ".join(line.rstrip("\\ ").strip() for line in _MARKED.findall(output))


def last_words(output: str, limit: int = 8) -> tuple[str, ...]:
    """Return the last lines of the step that failed, without their times; the engine's own error where no step failed."""
    error = [] if _PROCESS.search(output) else _engine_error(output)
    said = _summary(output) or _said_in_podman(output) or error
    return tuple((said or [line for line in output.splitlines() if line.strip()])[-limit:])


def evidence(output: str) -> str:
    """Return all that tells why a build failed: what the failing step wrote and the engine's error, without the instruction.

    The instruction is left out because its own words, such as the name of a setting, would be taken for the reason.
    """
    numbers = _FAILED_NUMBER.findall(output)
    own = rf"^#{numbers[-1]} (?:\d+\.\d+ |ERROR: )(.*)$" if numbers else r"(?!)"
    lines = [
        *re.findall(own, output, re.MULTILINE),
        *_summary(output),
        *_said_in_podman(output),
        *_engine_error(output),
    ]
    text = "\n".join(lines) or output
    return _PROCESS.sub("did not complete", _PODMAN_FAILED.sub(r"Error: \g<why>", text))


def _summary(output: str) -> list[str]:
    steps = _SUMMARY.findall(output)
    lines = [_TIME.sub("", line) for line in (steps[-1] if steps else "").splitlines()]
    return [line for line in lines if line.strip()]


def _said_in_podman(output: str) -> list[str]:
    begun = list(_PODMAN_STEP.finditer(output))
    if not begun:
        return []
    lines = output[begun[-1].end() :].splitlines()[1:]
    return [_PODMAN_FAILED.sub(r"Error: \g<why>", line) for line in lines if line.strip()]


def _engine_error(output: str) -> list[str]:
    """Return the engine's last error and what follows it, such as its advice."""
    lines = [line for line in output.splitlines() if line.strip() and not _NOT_SAID.search(line)]
    begins = [
        number for number, line in enumerate(lines) if line.startswith(("ERROR: ", "Error: "))
    ]
    return lines[begins[-1] :] if begins else []
