"""The points of a proof that need the application to run."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from generator.build.engines import Engine
from generator.build.surroundings import Surroundings
from generator.model.output import Check

_HEALTHY_WITHIN = 60.0
_STOPPED_WITHIN = 10
_ENDS_WITHIN = 20.0


def run_checks(
    engine: Engine, image: str, configuration: dict[str, Any], surroundings: Surroundings, *, is_web: bool
) -> list[Check]:
    """Start the image with a read-only root, wait for its health, stop it; each is a check."""
    has_health = bool(configuration["Config"].get("Healthcheck"))
    with _container(engine, image, surroundings, read_only=True) as name:
        state = _settle(engine, name, wait_for_health=has_health)
        checks = [_read_only(engine, image, surroundings, state, name)]
        if has_health or is_web:
            checks.append(_health(engine, name, state, has_health=has_health))
        checks.append(_stop(engine, name, state))
        return checks


@contextmanager
def _container(engine: Engine, image: str, surroundings: Surroundings, *, read_only: bool) -> Iterator[str]:
    argv = [engine.program, "run", "--detach", "--tmpfs", "/tmp", *(("--read-only",) if read_only else ())]  # noqa: S108
    argv += surroundings.options
    for pair in surroundings.environment:
        argv += ["--env", pair]
    finished = subprocess.run([*argv, image], capture_output=True, text=True, check=False)
    name = finished.stdout.strip()
    try:
        yield name
    finally:
        if name:
            subprocess.run([engine.program, "rm", "--force", "--volumes", name], capture_output=True, check=False)


def _state(engine: Engine, name: str) -> dict[str, Any]:
    argv = [engine.program, "inspect", "--format", "{{json .State}}", name]
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    state: dict[str, Any] = (
        json.loads(finished.stdout) if finished.returncode == 0 else {"Running": False, "ExitCode": 125}
    )
    return state


def _settle(engine: Engine, name: str, *, wait_for_health: bool) -> dict[str, Any]:
    """Return the state once it is healthy or ended, or when the time is up."""
    deadline = time.monotonic() + (_HEALTHY_WITHIN if wait_for_health else _ENDS_WITHIN)
    quiet = time.monotonic() + 3
    while True:
        state = _state(engine, name)
        if not state["Running"] or health_of(state) == "healthy" or time.monotonic() > deadline:
            return state
        if not wait_for_health and time.monotonic() > quiet:
            return state
        time.sleep(0.2)


def health_of(state: dict[str, Any]) -> str:
    """Return healthy, unhealthy, starting, or "" where the image has no health check."""
    return str((state.get("Health") or {}).get("Status", ""))


def _well(state: dict[str, Any]) -> bool:
    return bool(state["Running"]) or state["ExitCode"] == 0


def _read_only(engine: Engine, image: str, surroundings: Surroundings, state: dict[str, Any], name: str) -> Check:
    if _well(state):
        return Check(name="read-only", passed=True, found="it runs with a read-only root")
    with _container(engine, image, surroundings, read_only=False) as other:
        writable = _settle(engine, other, wait_for_health=False)
    if _well(writable):
        text = "it runs only with a writable root"
    else:
        text = f"it ends at once with exit code {state['ExitCode']}"
    return Check(name="read-only", passed=False, found=text, expected="it runs", details=_last_words(engine, name))


def _health(engine: Engine, name: str, state: dict[str, Any], *, has_health: bool) -> Check:
    if not has_health:
        return Check(name="health", passed=False, found="the image has no health check", expected="healthy")
    health = health_of(state)
    ended = "" if state["Running"] else f", ended with exit code {state['ExitCode']}"
    details = () if health == "healthy" else _last_words(engine, name)
    return Check(
        name="health", passed=health == "healthy", found=f"{health}{ended}", expected="healthy", details=details
    )


def _stop(engine: Engine, name: str, state: dict[str, Any]) -> Check:
    if not state["Running"]:
        code = int(state["ExitCode"])
        return Check(name="stop", passed=code == 0, found=f"it ended by itself with exit code {code}", expected="0")
    subprocess.run([engine.program, "stop", "--time", str(_STOPPED_WITHIN), name], capture_output=True, check=False)
    code = int(_state(engine, name)["ExitCode"])
    text = f"exit code {code}" + (" after it was killed" if code == 137 else "")
    return Check(name="stop", passed=code in (0, 143), found=text, expected="0 or 143 after SIGTERM")


def _last_words(engine: Engine, name: str) -> tuple[str, ...]:
    finished = subprocess.run(
        [engine.program, "logs", "--tail", "8", name], capture_output=True, text=True, check=False
    )
    return tuple(line for line in (finished.stdout + finished.stderr).splitlines() if line.strip())
