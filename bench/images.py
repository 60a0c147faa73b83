"""Measures builds: ours beside what people would use instead, in turn, in one run."""

import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.engine import (
    build,
    copy_into,
    forget_builds,
    installed_size,
    name_cache_mounts,
    seconds_to_first_answer,
    size,
    wait_for_disk,
    without_frontend,
)
from bench.poetry_source import declare_source
from bench.shapes import peers

PROJECTS = Path(__file__).parent / "projects"
SMALLEST_FIRST = (
    "uv-django",
    "requirements-django",
    "pipenv-flask-pandas",
    "poetry-fastapi",
    "uv-large",
)
"""The projects, in the order in which they are built within a run."""
_LONG = frozenset({"poetry-fastapi", "uv-large"})
"""Whose builds take minutes: the disk forgets during them what was deleted before."""
BASE = "python:3.12-slim-trixie"
EDITS = ("cold", "nothing", "code", "readme", "version", "dependency")
"""In this order within a run: a cold build uses nothing of what was built before, the rest has the steps of its own builds.

All shapes make one edit before any makes the next: machine and network have good and bad minutes, which then meet all of them.
"""


def same_build(project: str, shape: str, kind: str) -> str:
    """Return which other build a peer's is the same as, "" where it is one of its own: what is the same is not built twice.

    The naive shape installs anew whatever was edited. The others give pyproject.toml to the step that installs, so that a version bump
    runs it as an edited dependency does. A Pipfile and requirements hold no version: nothing changes there.
    """
    bumped = kind == "version"
    if shape == "dockwright" or (bumped and project.startswith(("pipenv", "requirements"))):
        return ""
    if shape == "naive":
        return "code" if bumped or kind in {"readme", "dependency"} else ""
    return "dependency" if bumped else ""


def lay_out(project: str, shape: str, folder: Path, *, byte_code: bool) -> None:
    """Copy the project into `folder` with the Dockerfile of one shape."""
    shutil.copytree(PROJECTS / project, folder, ignore=shutil.ignore_patterns("edited"))
    if shape == "dockwright":
        setting = f"byte-compile={str(byte_code).lower()}"
        argv = [sys.executable, "-m", "dockwright", "generate", str(folder), "--set", setting]
        subprocess.run(argv, check=True, capture_output=True)
        without_frontend(folder)
    else:
        (folder / "Dockerfile").write_text(
            peers(project, byte_code=byte_code)[shape], encoding="utf-8"
        )
        adapt(project, shape, folder)
        (folder / ".dockerignore").write_text(".git\nDockerfile\n", encoding="utf-8")
    name_cache_mounts(folder / "Dockerfile", f"{project}-{shape}")


def adapt(project: str, shape: str, folder: Path) -> None:
    """Declare the index for the peers' Poetry."""
    if shape != "dockwright" and project.startswith("poetry"):
        declare_source(folder)


def edit(project: str, kind: str, folder: Path, run: int) -> None:
    """Make one edit, another one in each run; before a cold build take the dependency edit of the run before back."""
    code = next(
        path for name in ("main.py", "site_config/urls.py") if (path := folder / name).is_file()
    )
    if kind == "cold":
        undo(project, folder)
    elif kind == "code":
        code.write_text(code.read_text(encoding="utf-8") + f"\n# edit {run}\n", encoding="utf-8")
    elif kind == "readme":
        (folder / "README.md").write_text(f"# edit {run}\n", encoding="utf-8")
    elif kind == "version":
        bump(folder, f"1.0.{run + 1}")
    elif kind == "dependency":
        copy_into(PROJECTS / project / "edited", folder)


def bump(folder: Path, version: str) -> None:
    """Set the project's version where it has one: in pyproject.toml, and in uv.lock as `uv version` does."""
    manifest = folder / "pyproject.toml"
    if not manifest.is_file():
        return
    name = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]["name"]
    own = re.compile(rf'^(name = "{name}"\nversion = )"[^"]+"', re.MULTILINE)
    for path in (manifest, folder / "uv.lock"):
        if path.is_file():
            path.write_text(
                own.sub(rf'\g<1>"{version}"', path.read_text(encoding="utf-8")), encoding="utf-8"
            )


def undo(project: str, folder: Path) -> None:
    """Take the dependency edit back, so that the next run makes it again."""
    for path in (PROJECTS / project / "edited").rglob("*"):
        if path.is_file():
            relative = path.relative_to(PROJECTS / project / "edited")
            shutil.copyfile(PROJECTS / project / relative, folder / relative)


def in_turn(project: str, shapes: tuple[str, ...], run: int) -> list[tuple[str, str]]:
    """Return the builds of one run; another shape begins each run."""
    start = run % len(shapes)
    turns = [(shape, kind) for kind in EDITS for shape in shapes[start:] + shapes[:start]]
    return [(shape, kind) for shape, kind in turns if not same_build(project, shape, kind)]


@dataclass(frozen=True, kw_only=True)
class Series:
    """What was measured of one project: `seconds` is shape -> kind of build -> a figure a run, `sent` the bytes of context."""

    project: str
    folders: dict[str, Path]
    seconds: dict[str, dict[str, list[float]]]
    sent: dict[str, str]


def begin(project: str, shapes: tuple[str, ...], folder: Path, *, byte_code: bool) -> Series:
    """Lay the project out once for each shape."""
    folders = {shape: folder / project / shape for shape in shapes}
    for shape, place in folders.items():
        lay_out(project, shape, place, byte_code=byte_code)
    seconds: dict[str, dict[str, list[float]]] = {
        shape: {kind: [] for kind in EDITS if not same_build(project, shape, kind)}
        for shape in shapes
    }
    return Series(project=project, folders=folders, seconds=seconds, sent={})


def run_once(series: Series, run: int, runs: int) -> None:
    """Make every build of one run; the shapes take turns."""
    for shape, kind in in_turn(series.project, tuple(series.folders), run):
        folder = series.folders[shape]
        edit(series.project, kind, folder, run)
        adapt(series.project, shape, folder)
        built = build(folder, image_name(series.project, shape), cold=kind == "cold")
        series.seconds[shape][kind].append(built.seconds)
        series.sent.setdefault(shape, built.sent)
        print(
            f"{series.project} {run + 1}/{runs} {shape:10} {kind:10} {built.seconds:.2f} s",
            file=sys.stderr,
            flush=True,
        )


def bring_up_to_date(series: Series, run: int) -> None:
    """Build, untimed, the edited dependency of shapes whose edits are not all built: their images are compared with those of others."""
    for shape, folder in series.folders.items():
        if same_build(series.project, shape, "dependency"):
            edit(series.project, "dependency", folder, run)
            adapt(series.project, shape, folder)
            build(folder, image_name(series.project, shape))


def image_name(project: str, shape: str) -> str:
    """Return the name of the image of one shape."""
    return f"bench-{project}-{shape}"


def measure(
    projects: tuple[str, ...], shapes: tuple[str, ...], runs: int, *, byte_code: bool
) -> Iterator[tuple[str, dict[str, dict[str, object]]]]:
    """Yield each project with shape -> measure -> medians over `runs`, as soon as its last run is done.

    Within a run the projects follow each other, and within a project the shapes take turns. What was built is deleted before the long
    ones: whoever builds in the minutes after it pays for it (`wait_for_disk`), and the less it builds the more that counts.
    """
    with TemporaryDirectory(prefix="bench-") as name:
        all_series = [
            begin(project, shapes, Path(name), byte_code=byte_code) for project in projects
        ]
        short = [series for series in all_series if series.project not in _LONG]
        long = [series for series in all_series if series.project in _LONG]
        forget_builds()
        wait_for_disk()
        for run in range(runs):
            yield from _one_run(short, run, runs)
            forget_builds()
            if not (short and long):
                wait_for_disk()
            yield from _one_run(long, run, runs)
    forget_builds()


def _one_run(
    all_series: list[Series], run: int, runs: int
) -> Iterator[tuple[str, dict[str, dict[str, object]]]]:
    for series in all_series:
        run_once(series, run, runs)
        if run == runs - 1:
            bring_up_to_date(series, run)
            yield series.project, summary(series, runs)


def summary(series: Series, runs: int) -> dict[str, dict[str, object]]:
    """Return shape -> measure -> medians.

    `ratios` are to ours: the medians of what each run gave, since two builds of one run are a minute apart and two runs a quarter of an hour.
    `fastest_cold` is not a median: disk and network only ever take longer than they must, by seconds, and the fastest build had the least of it.
    """
    result: dict[str, dict[str, object]] = {}
    ours = series.seconds["dockwright"]
    for shape, seconds in series.seconds.items():
        image = image_name(series.project, shape)
        port = 5000 if (series.project, shape) == ("pipenv-flask-pandas", "dockwright") else 8000
        result[shape] = {
            **{kind: statistics.median(times) for kind, times in seconds.items()},
            "ratios": {kind: _ratio(times, ours[kind]) for kind, times in seconds.items()},
            "every_run": seconds,
            "fastest_cold": min(seconds["cold"]),
            "mb_above_base": (size(image) - size(BASE)) / 1e6,
            "context_sent": series.sent[shape],
            "first_answer": statistics.median(
                seconds_to_first_answer(image, port) for _ in range(runs)
            ),
        }
    image = image_name(series.project, "dockwright")
    result["dockwright"]["size_ratio"] = size(image) / (size(BASE) + installed_size(image))
    return result


def _ratio(times: list[float], ours: list[float]) -> float:
    return statistics.median(theirs / own for theirs, own in zip(times, ours, strict=True))
