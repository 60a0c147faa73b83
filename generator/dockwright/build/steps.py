"""What a build took from its cache and what it ran, as the engine tells it."""

import json
import re
import subprocess
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dockwright.build.engines import Engine
from dockwright.model.output import StepReport
from dockwright.model.pattern import Pattern
from dockwright.model.record import replace

_PODMAN_STEP = Pattern(r"^(?:\[\d+/\d+\] )?STEP \d+/\d+: (?P<instruction>.+)$")
_PLAIN_STEP = Pattern(r"^#(?P<number>\d+) (?P<name>\[.+)$")
_PLAIN_END = Pattern(r"^#(?P<number>\d+) (?:(?P<cached>CACHED)|DONE (?P<seconds>[\d.]+)s)$")
_STAGE_OF = Pattern(r"^FROM .+ AS (?P<stage>\S+)$", re.IGNORECASE)
_PLACE = Pattern(r"^\[(?P<stage>[^\]]*?)(?: +(?P<number>\d+)/\d+)?\]")
_NOT_COUNTED = Pattern(r"^\[internal\]|^\[[^\]]*\] (?:FROM|resolving) |^(?!\[)")


def steps_of_record(engine: Engine, reference: str, builder: str) -> tuple[StepReport, ...]:
    """Return the steps of the build that buildx keeps under `reference`; () where it keeps none."""
    if not reference:
        return ()
    chosen = ("--builder", builder) if builder else ()
    argv = [
        engine.program,
        "buildx",
        *chosen,
        "history",
        "logs",
        "--progress",
        "rawjson",
        reference.rpartition("/")[2],
    ]
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    return _of_log(finished.stdout + finished.stderr) if finished.returncode == 0 else ()


def _of_log(text: str) -> tuple[StepReport, ...]:
    seen: dict[str, StepReport] = {}
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        for vertex in json.loads(line).get("vertexes") or ():
            name = _one_line(vertex["name"])
            before = seen.get(vertex["digest"], StepReport(name=name))
            seen[vertex["digest"]] = StepReport(
                name=name,
                cached=bool(vertex.get("cached")) or before.cached,
                seconds=max(_seconds(vertex), before.seconds),
            )
    return _in_order(seen.values())


def _seconds(vertex: dict[str, Any]) -> float:
    started, completed = vertex.get("started"), vertex.get("completed")
    if not started or not completed:
        return 0.0
    return (_time(completed) - _time(started)).total_seconds()


def _time(text: str) -> datetime:
    # Go writes nanoseconds, which fromisoformat refuses.
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text))


def steps_of_output(output: str) -> tuple[StepReport, ...]:
    """Return the steps that Podman, or BuildKit's plain progress, has named in `output`; () for what was drawn on a terminal."""
    return _of_podman(output) or _of_plain(output)


def _of_podman(output: str) -> tuple[StepReport, ...]:
    steps: list[StepReport] = []
    stage = ""
    for line in output.splitlines():
        found = _PODMAN_STEP.match(line)
        if found:
            begun = _STAGE_OF.match(found["instruction"])
            stage = begun["stage"] if begun else stage
            steps.append(StepReport(name=_one_line(f"[{stage}] {found['instruction']}")))
        elif line.startswith("--> Using cache") and steps:
            steps[-1] = replace(steps[-1], cached=True)
    return _in_order(steps)


def _of_plain(output: str) -> tuple[StepReport, ...]:
    steps: dict[str, StepReport] = {}
    for line in output.splitlines():
        end = _PLAIN_END.match(line)
        begin = _PLAIN_STEP.match(line)
        if end and end["number"] in steps:
            step = steps[end["number"]]
            steps[end["number"]] = replace(
                step, cached=bool(end["cached"]), seconds=float(end["seconds"] or 0)
            )
        elif begin:
            steps.setdefault(begin["number"], StepReport(name=_one_line(begin["name"])))
    return _in_order(steps.values())


def _in_order(steps: Iterable[StepReport]) -> tuple[StepReport, ...]:
    """Return what counts as a step, stage by stage; BuildKit tells them in the order in which it thinks of them."""
    counted = [step for step in steps if not _NOT_COUNTED.search(step.name)]
    stages = list(dict.fromkeys(_place(step)[0] for step in counted))
    return tuple(sorted(counted, key=lambda step: (stages.index(_place(step)[0]), _place(step)[1])))


def _place(step: StepReport) -> tuple[str, int]:
    found = _PLACE.match(step.name)
    return (found["stage"], int(found["number"] or 0)) if found else ("", 0)


def _one_line(text: str) -> str:
    """Return a step's name without line breaks and without its mounts, which would hide the command."""
    return " ".join(word for word in text.split() if not word.startswith("--mount="))
