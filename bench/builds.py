"""Times builds: ours beside what people would use instead, in turn, in one run, as ratios."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from bench.poetry_source import declare_source
from bench.shapes import peers

PROJECTS = Path(__file__).parent / "projects"
NAMES = ("uv-django", "requirements-django", "pipenv-flask-pandas", "poetry-fastapi", "uv-large")
SHAPES = ("dockwright", "own", "init")
EDITS = ("cold", "nothing", "code", "dependency")
"""In this order within a round. All shapes make one edit before any makes the next: machine and network
have good and bad minutes, which then meet all of them."""

_LABEL = "made-by=dockwright-bench"

Seconds = dict[str, dict[str, list[float]]]
"""Shape -> edit -> the seconds of each round."""


def measure(project: str, shapes: tuple[str, ...], rounds: int, folder: Path) -> dict[str, object]:
    """Return the seconds of every round and the bytes of every image of one project.

    `folder` is where each shape gets a copy of the project. The images are removed at the end; the
    build cache of the engine stays, which others may use.
    """
    folders = {shape: folder / project / shape for shape in shapes}
    for shape, place in folders.items():
        _lay_out(project, shape, place)
    seconds: Seconds = {shape: {kind: [] for kind in EDITS} for shape in shapes}
    for number in range(rounds):
        first = number % len(shapes)
        for kind in EDITS:
            for shape in shapes[first:] + shapes[:first]:
                _edit(project, shape, kind, folders[shape])
                took = _build(folders[shape], _tag(project, shape), cold=kind == "cold")
                seconds[shape][kind].append(took)
                print(
                    f"{project} {number + 1}/{rounds} {shape} {kind} {took:.2f} s", file=sys.stderr
                )
    sizes = {shape: _size(_tag(project, shape)) for shape in shapes}
    argv = ["docker", "image", "rm", "--force", *(_tag(project, shape) for shape in shapes)]
    subprocess.run(argv, capture_output=True, check=True)
    return {"seconds": seconds, "bytes": sizes, "ratios": ratios(seconds, sizes)}


def ratios(seconds: Seconds, sizes: dict[str, int]) -> dict[str, float]:
    """Return ours over the others': medians of what each round gave, and the image over the smallest."""
    ours = seconds["dockwright"]
    found = {
        f"{kind} over {shape}": _over(ours[kind], theirs[kind])
        for shape, theirs in seconds.items()
        if shape != "dockwright"
        for kind in ("cold", "dependency")
    }
    found["code edit over nothing"] = _over(ours["code"], ours["nothing"])
    smallest = min((size for shape, size in sizes.items() if shape != "dockwright"), default=0)
    if smallest:
        found["image over the smallest other"] = sizes["dockwright"] / smallest
    return found


def _over(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def _tag(project: str, shape: str) -> str:
    return f"dockwright-bench-{project}-{shape}"


def _lay_out(project: str, shape: str, folder: Path) -> None:
    """Copy the project into `folder` with the Dockerfile of one shape."""
    shutil.copytree(PROJECTS / project, folder, ignore=shutil.ignore_patterns("edited"))
    dockerfile = folder / "Dockerfile"
    if shape == "dockwright":
        argv = [
            sys.executable,
            "-m",
            "dockwright",
            "generate",
            str(folder),
            "--set",
            "syntax=false",
        ]
        subprocess.run(argv, check=True, capture_output=True)
    else:
        dockerfile.write_text(peers(project)[shape], encoding="utf-8")
        (folder / ".dockerignore").write_text(".git\nDockerfile\n", encoding="utf-8")
        _adapt(project, shape, folder)
    # A cache mount of its own for each shape and run: a cold build has an empty one.
    name = f"bench-{uuid4().hex[:8]}"
    text = dockerfile.read_text(encoding="utf-8")
    mount = r"--mount=type=cache,target=([^\s,]+)"
    named = re.sub(mount, rf"--mount=type=cache,id={name}\1,target=\1", text)
    dockerfile.write_text(named, encoding="utf-8")


def _adapt(project: str, shape: str, folder: Path) -> None:
    """Declare the index for the peers' Poetry."""
    if shape != "dockwright" and project.startswith("poetry"):
        declare_source(folder)


def _edit(project: str, shape: str, kind: str, folder: Path) -> None:
    """Make one edit; before a cold build take the dependency edit of the round before back."""
    edited = PROJECTS / project / "edited"
    if kind == "code":
        names = (folder / "main.py", folder / "site_config" / "urls.py")
        code = next(path for path in names if path.is_file())
        # New each time: the cache of the engine outlives the run.
        code.write_text(f"{code.read_text(encoding='utf-8')}\n# {uuid4().hex}\n", encoding="utf-8")
    elif kind == "dependency":
        shutil.copytree(edited, folder, dirs_exist_ok=True)
        _adapt(project, shape, folder)
    elif kind == "cold":
        for path in edited.iterdir():
            shutil.copyfile(PROJECTS / project / path.name, folder / path.name)
        _adapt(project, shape, folder)


def _build(folder: Path, tag: str, *, cold: bool) -> float:
    """Return the seconds of one build; `cold` uses no cached step and begins with empty cache mounts.

    `--no-cache` gives both.
    """
    options = ("--load", "--tag", tag, "--label", _LABEL, *(("--no-cache",) if cold else ()))
    # Each step ends with a sync of the whole file system: it should not write out what others left.
    os.sync()
    began = time.perf_counter()
    argv = ["docker", "buildx", "build", "--progress=plain", *options, str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{tag}: the build failed\n{done.stderr[-3000:]}")
    return took


def _size(image: str) -> int:
    argv = ["docker", "image", "inspect", image]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout)[0]["Size"])
