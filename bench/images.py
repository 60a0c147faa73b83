"""Measures builds: ours beside what people would use instead, in turn, in one run."""

import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.engine import (
    build,
    copy_into,
    forget_builds,
    installed_size,
    seconds_to_first_answer,
    size,
    wait_for_disk,
    without_frontend,
)
from bench.poetry_source import declare_source
from bench.shapes import peers

PROJECTS = Path(__file__).parent / "projects"
BASE = "python:3.12-slim-trixie"
EDITS = ("cold", "nothing", "code", "readme", "version", "dependency")
"""In this order within a run: a cold build uses nothing of what was built before, the rest has the steps of its own builds.

All shapes make one edit before any makes the next: machine and network have good and bad minutes, which then meet all of them.
"""


def lay_out(project: str, shape: str, folder: Path, *, byte_code: bool) -> None:
    """Copy the project into `folder` with the Dockerfile of one shape."""
    shutil.copytree(PROJECTS / project, folder, ignore=shutil.ignore_patterns("edited"))
    if shape == "dockwright":
        setting = f"byte-compile={str(byte_code).lower()}"
        argv = [sys.executable, "-m", "generator", "generate", str(folder), "--set", setting]
        subprocess.run(argv, check=True, capture_output=True)
        without_frontend(folder)
    else:
        (folder / "Dockerfile").write_text(peers(project, byte_code=byte_code)[shape], encoding="utf-8")
        adapt(project, shape, folder)
        (folder / ".dockerignore").write_text(".git\nDockerfile\n", encoding="utf-8")


def adapt(project: str, shape: str, folder: Path) -> None:
    """Declare the index for the peers' Poetry."""
    if shape != "dockwright" and project.startswith("poetry"):
        declare_source(folder)


def edit(project: str, kind: str, folder: Path, run: int) -> None:
    """Make one edit, another one in each run; before a cold build take the dependency edit of the run before back."""
    code = next(path for name in ("main.py", "site_config/urls.py") if (path := folder / name).is_file())
    if kind == "cold":
        undo(project, folder)
    elif kind == "code":
        code.write_text(code.read_text(encoding="utf-8") + f"\n# edit {run}\n", encoding="utf-8")
    elif kind == "readme":
        (folder / "README.md").write_text(f"# edit {run}\n", encoding="utf-8")
    elif kind == "version":
        manifest = folder / "pyproject.toml"
        if manifest.is_file():
            text = manifest.read_text(encoding="utf-8")
            manifest.write_text(text.replace("description = ", f"# {run}\ndescription = "), encoding="utf-8")
    elif kind == "dependency":
        copy_into(PROJECTS / project / "edited", folder)


def undo(project: str, folder: Path) -> None:
    """Take the dependency edit back, so that the next run makes it again."""
    for path in (PROJECTS / project / "edited").rglob("*"):
        if path.is_file():
            relative = path.relative_to(PROJECTS / project / "edited")
            shutil.copyfile(PROJECTS / project / relative, folder / relative)


def in_turn(shapes: tuple[str, ...], run: int) -> list[tuple[str, str]]:
    """Return the builds of one run; another shape begins each run."""
    start = run % len(shapes)
    return [(shape, kind) for kind in EDITS for shape in shapes[start:] + shapes[:start]]


def measure(project: str, shapes: tuple[str, ...], runs: int, *, byte_code: bool) -> dict[str, dict[str, object]]:
    """Return shape -> measure -> medians over `runs`; the shapes take turns within each run.

    `ratios` are to ours: the medians of what each run gave, since two builds of one run are a minute apart and two runs ten.
    `fastest_cold` is not a median: disk and network only ever take longer than they must, by seconds, and the fastest build had the least of it.
    """
    seconds: dict[str, dict[str, list[float]]] = {shape: {kind: [] for kind in EDITS} for shape in shapes}
    sent: dict[str, str] = {}
    result: dict[str, dict[str, object]] = {}
    with TemporaryDirectory(prefix="bench-") as name:
        folders = {shape: Path(name) / shape for shape in shapes}
        for shape, folder in folders.items():
            lay_out(project, shape, folder, byte_code=byte_code)
        for run in range(runs):
            forget_builds()
            wait_for_disk()
            for shape, kind in in_turn(shapes, run):
                edit(project, kind, folders[shape], run)
                adapt(project, shape, folders[shape])
                built = build(folders[shape], f"bench-{project}-{shape}", cold=kind == "cold")
                seconds[shape][kind].append(built.seconds)
                print(
                    f"{project} {run + 1}/{runs} {shape:10} {kind:10} {built.seconds:.2f} s",
                    file=sys.stderr,
                    flush=True,
                )
                sent.setdefault(shape, built.sent)
        ours = seconds["dockwright"]
        for shape in shapes:
            result[shape] = {kind: statistics.median(times) for kind, times in seconds[shape].items()}
            result[shape]["ratios"] = {kind: _ratio(times, ours[kind]) for kind, times in seconds[shape].items()}
            result[shape]["fastest_cold"] = min(seconds[shape]["cold"])
            image = f"bench-{project}-{shape}"
            result[shape]["mb_above_base"] = (size(image) - size(BASE)) / 1e6
            result[shape]["context_sent"] = sent[shape]
            port = 5000 if (project, shape) == ("pipenv-flask-pandas", "dockwright") else 8000
            result[shape]["first_answer"] = statistics.median(seconds_to_first_answer(image, port) for _ in range(runs))
    image = f"bench-{project}-dockwright"
    result["dockwright"]["size_ratio"] = size(image) / (size(BASE) + installed_size(image))
    forget_builds()
    return result


def _ratio(times: list[float], ours: list[float]) -> float:
    return statistics.median(theirs / own for theirs, own in zip(times, ours, strict=True))
