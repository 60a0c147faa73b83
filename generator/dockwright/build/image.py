"""Builds the image and weighs it: what ran, its layers, the distributions inside."""

import json
import re
import tempfile
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

from dockwright.build.command import ask, run_watched
from dockwright.build.engine import Engine, require_buildx
from dockwright.build.failure import build_failed, lock_failed
from dockwright.build.request import BuildRequest, build_argv
from dockwright.errors import EngineError
from dockwright.model.output import BuildResult, LayerReport, StepReport
from dockwright.model.record import replace

_PODMAN_STEP = r"^(?:\[\d+/\d+\] )?STEP \d+/\d+: (?P<instruction>.+)$"
_PLAIN_STEP = r"^#(?P<number>\d+) (?P<name>\[.+)$"
_PLAIN_END = r"^#(?P<number>\d+) (?:(?P<cached>CACHED)|DONE (?P<seconds>[\d.]+)s)$"
_STAGE_OF = r"(?i)^FROM .+ AS (?P<stage>\S+)$"
_PLACE = r"^\[(?P<stage>[^\]]*?)(?: +(?P<number>\d+)/\d+)?\]"
_NOT_COUNTED = r"^\[internal\]|^\[[^\]]*\] (?:FROM|resolving) |^(?!\[)"

_PROOF_SECONDS = 300.0
_SIZES_SECONDS = 60.0


def build_image(engine: Engine, request: BuildRequest, *, quiet: bool = False) -> BuildResult:
    """Build, and return what was made; EngineError with the failing step and what it means."""
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        metadata = Path(folder) / "metadata"
        argv = build_argv(engine, request, metadata=metadata)
        code, output = run_watched(argv, quiet=quiet)
        if code:
            require_buildx(engine)
            raise build_failed(code, output)
        image, reference = _made(engine, metadata)
    steps = _steps_of_record(engine, reference, request.builder) or steps_of_output(output)
    cached = sum(step.cached for step in steps)
    tag = request.tags[0] if request.tags else ""
    ran = len(steps) - cached
    result = BuildResult(tag=tag, image_id=image, cached=cached, ran=ran, argv=argv, steps=steps)
    return _weighed(engine, result)


def _made(engine: Engine, metadata: Path) -> tuple[str, str]:
    text = metadata.read_text(encoding="utf-8") if metadata.is_file() else ""
    if not engine.buildx:
        return text.strip(), ""
    document = json.loads(text or "{}")
    # Docker's classic store gives the id as the configuration's digest, containerd's as its own.
    names = ("containerimage.config.digest", "containerimage.digest")
    image = next((document[name] for name in names if document.get(name)), "")
    return str(image), str(document.get("buildx.build.ref") or "")


def _weighed(engine: Engine, result: BuildResult) -> BuildResult:
    # Only an image in the engine's own store can tell layers and distributions.
    image = result.image_id or result.tag
    layers = layers_of(engine, image) if image else ()
    if not layers:
        why = f"it was not loaded into the store of {engine.program}, so it cannot be weighed"
        return replace(result, unread=why)
    try:
        found = ask_image(engine, image, only_sizes=True)
    except EngineError as error:
        last = (error.found.splitlines() or [""])[-1]
        why = f"its distributions cannot be weighed: {error.title}; {last}"
        return replace(result, layers=layers, unread=why)
    return replace(result, layers=layers, distributions=by_size(found["sizes"]))


def _steps_of_record(engine: Engine, reference: str, builder: str) -> tuple[StepReport, ...]:
    if not reference:
        return ()
    chosen = ("--builder", builder) if builder else ()
    log = ("history", "logs", "--progress", "rawjson", reference.rpartition("/")[2])
    argv = [engine.program, "buildx", *chosen, *log]
    said = ask(argv)
    if said.code:
        return ()
    seen: dict[str, StepReport] = {}
    for line in (said.output + said.errors).splitlines():
        for vertex in (json.loads(line).get("vertexes") or ()) if line.startswith("{") else ():
            name = _one_line(vertex["name"])
            # A vertex comes again each time its state changes: first begun, then cached or done.
            before = seen.get(vertex["digest"], StepReport(name=name))
            cached = bool(vertex.get("cached")) or before.cached
            seconds = max(_seconds(vertex), before.seconds)
            seen[vertex["digest"]] = StepReport(name=name, cached=cached, seconds=seconds)
    return _in_order(seen.values())


def _seconds(vertex: dict[str, Any]) -> float:
    started, completed = vertex.get("started"), vertex.get("completed")
    if not started or not completed:
        return 0.0
    # Go writes nanoseconds, which fromisoformat refuses.
    times = [re.sub(r"(\.\d{1,6})\d*", r"\1", text) for text in (started, completed)]
    return (datetime.fromisoformat(times[1]) - datetime.fromisoformat(times[0])).total_seconds()


def steps_of_output(output: str) -> tuple[StepReport, ...]:
    """Return the steps that Podman or BuildKit's plain progress named; () for a drawn display."""
    return _steps_of_podman(output) or _steps_of_plain(output)


def _steps_of_podman(output: str) -> tuple[StepReport, ...]:
    steps: list[StepReport] = []
    stage = ""
    for line in output.splitlines():
        found = re.match(_PODMAN_STEP, line)
        if found:
            begun = re.match(_STAGE_OF, found["instruction"])
            stage = begun["stage"] if begun else stage
            steps.append(StepReport(name=_one_line(f"[{stage}] {found['instruction']}")))
        elif line.startswith("--> Using cache") and steps:
            steps[-1] = replace(steps[-1], cached=True)
    return _in_order(steps)


def _steps_of_plain(output: str) -> tuple[StepReport, ...]:
    steps: dict[str, StepReport] = {}
    for line in output.splitlines():
        end = re.match(_PLAIN_END, line)
        begin = re.match(_PLAIN_STEP, line)
        if end and (step := steps.get(end["number"])):
            seconds = float(end["seconds"] or 0)
            steps[end["number"]] = replace(step, cached=bool(end["cached"]), seconds=seconds)
        elif begin:
            steps.setdefault(begin["number"], StepReport(name=_one_line(begin["name"])))
    return _in_order(steps.values())


def _in_order(steps: Iterable[StepReport]) -> tuple[StepReport, ...]:
    # BuildKit names the steps as they begin, several stages at once.

    def place(step: StepReport) -> tuple[str, int]:
        found = re.match(_PLACE, step.name)
        return (found["stage"], int(found["number"] or 0)) if found else ("", 0)

    # FROM and the engine's own work are no steps that somebody wrote.
    counted = [step for step in steps if not re.search(_NOT_COUNTED, step.name)]
    stages = list(dict.fromkeys(place(step)[0] for step in counted))
    return tuple(sorted(counted, key=lambda step: (stages.index(place(step)[0]), place(step)[1])))


def _one_line(text: str) -> str:
    # Mounts go: they would hide the command.
    return " ".join(word for word in text.split() if not word.startswith("--mount="))


def layers_of(engine: Engine, image: str) -> tuple[LayerReport, ...]:
    """Return the layers that have content, the base's first; () if the store has no such image."""
    argv = [engine.program, "history", "--no-trunc", "--human=false", "--format", "json", image]
    said = ask(argv)
    if said.code:
        return ()
    # Podman writes one list, the others one object a line.
    lines = [line for line in said.output.splitlines() if line.strip()]
    rows: list[dict[str, Any]] = json.loads(
        said.output if said.output.startswith("[") else f"[{','.join(lines)}]"
    )
    return tuple(
        LayerReport(instruction=_instruction(row), size=size)
        for row in reversed(rows)
        if (size := int(row.get("Size") or row.get("size") or 0))
    )


def _instruction(row: dict[str, Any]) -> str:
    text = str(row.get("CreatedBy") or row.get("Comment") or row.get("comment") or "")
    if text.startswith(("|", "RUN |")):
        # The values of build arguments stand before the command.
        text = "RUN " + text.partition(" /bin/sh -c ")[2]
    text = text.removesuffix(" # buildkit").removeprefix("/bin/sh -c #(nop) ")
    return _one_line(re.sub(r"^(RUN )?/bin/sh -c ", "RUN ", text))


def by_size(found: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Return (name, bytes), the largest first."""
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def ask_image(engine: Engine, image: str, *, only_sizes: bool = False) -> dict[str, Any]:
    """Return what the image's own Python sees (probe.py); nothing of the application is started."""
    question, seconds = ("sizes", _SIZES_SECONDS) if only_sizes else ("all", _PROOF_SECONDS)
    script = files("dockwright.build").joinpath("probe.py").read_text(encoding="utf-8")
    name = f"dockwright-probe-{uuid4().hex[:12]}"
    argv = [engine.program, "run", "--rm", "--name", name, "--interactive", "--network", "none"]
    argv += ["--entrypoint", "python", image, "-", question]
    try:
        said = ask(argv, text=script, seconds=seconds)
    finally:
        # Ending the engine's command does not end a container whose import hangs.
        ask([engine.program, "rm", "--force", name])
    lines = reversed(said.output.splitlines())
    line = next((line for line in lines if line.startswith("{")), "")
    if said.code or not line:
        raise EngineError(
            f"the interpreter in {image} does not run",
            found=said.complaint(3),
            rule="a proof asks the image's own Python",
            steps=(
                "look whether `python` is on PATH in the image",
                "look whether the image is for this machine's processor",
            ),
            example=f"{engine.program} run --rm --entrypoint python {image} --version",
        )
    document: dict[str, Any] = json.loads(line)
    return document


_EXPORT_STAGE = "new-lock"


def lock_in_image(
    engine: Engine, request: BuildRequest, dockerfile: str, lock_file: str, *, quiet: bool = False
) -> bytes:
    """Run the stage `lock` of `dockerfile`, a text, over `request.root` and return the new lock."""
    # It always runs: an earlier result may be out of date although no input changed.
    text = f"{dockerfile}\nFROM scratch AS {_EXPORT_STAGE}\nCOPY --from=lock /app/{lock_file} /\n"
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        path, output = Path(folder) / "Dockerfile", Path(folder) / "out"
        path.write_text(text, encoding="utf-8")
        argv = build_argv(engine, lock_request(request, path, output))
        code, said = run_watched(argv, quiet=quiet)
        produced = output / Path(lock_file).name
        if code:
            require_buildx(engine)
        if code or not produced.is_file():
            raise lock_failed(code, said)
        return produced.read_bytes()


def lock_request(request: BuildRequest, dockerfile: Path, output: Path) -> BuildRequest:
    """Return the build that puts the new lock, made by `dockerfile`, into the folder `output`."""
    return replace(
        request,
        dockerfile=str(dockerfile),
        target=_EXPORT_STAGE,
        output=f"type=local,dest={output}",
        anew="lock",
    )
