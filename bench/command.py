"""Measures the command itself: the installed program, as whole processes, in turn, as ratios.

The yardstick is the same interpreter importing jinja2, click and packaging. A checkout that was not installed is no measure: its modules
may not be compiled, and its templates are not.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "samples" / "requirements-flask-env-port-5000" / "project"
FEW, MANY = 10, 10_000
SCRIPT = """def main() -> None:
    print("ready")


if __name__ == "__main__":
    main()
"""
PIP = ("-m", "pip", "install", "--quiet")
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")


def environment() -> dict[str, str]:
    """Return the environment without PYTHONPATH, which would put another copy of the program before the installed one."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def seconds(argv: tuple[str, ...]) -> float:
    """Return the wall-clock time of one run."""
    clean = environment()
    started = time.perf_counter()
    subprocess.run(argv, capture_output=True, check=False, env=clean)
    return time.perf_counter() - started


def ratio(argv: tuple[str, ...], other: tuple[str, ...], runs: int) -> float:
    """Return the median of paired runs, after one of each that is not counted."""
    seconds(argv)
    seconds(other)
    return statistics.median(seconds(argv) / seconds(other) for _ in range(runs))


def ratios(runs: int) -> dict[str, float]:
    """Return what was measured -> ratio."""
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        program = installed(folder / "venv")
        yardstick = (
            str(program.with_name("python")),
            "-c",
            "import jinja2, click, packaging.version",
        )
        generate = (str(program), "generate")
        small, few, many = (
            checked_out(program, folder / str(count), count) for count in (0, FEW, MANY)
        )
        check_small = (*generate, "--check", str(small))
        measured = {
            "generate --stdout, over the imports": ratio(
                (*generate, "--stdout", str(SMALL)), yardstick, runs
            ),
            "generate --check, over the imports": ratio(check_small, yardstick, runs),
            "generate --check, 10,000 files over 10": ratio(
                (*generate, "--check", str(many)), (*generate, "--check", str(few)), runs
            ),
        }
        largest = largest_public_project()
        if largest is None:
            return measured
        copy = folder / "largest"
        copy.mkdir()
        for path in largest.iterdir():
            if path.is_file():
                shutil.copyfile(path, copy / path.name)
        # The corpus holds manifests and locks, and something must be there to start.
        (copy / "main.py").write_text(SCRIPT, encoding="utf-8")
        subprocess.run([*generate, str(copy)], check=True, capture_output=True, env=environment())
        check_largest = ratio((*generate, "--check", str(copy)), check_small, runs)
        return measured | {f"generate --check, {largest.name} over the small one": check_largest}


def made(folder: Path) -> str:
    """Make a fresh environment in `folder` and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, env=environment())
    return str(folder / "bin" / "python")


def installed(folder: Path) -> Path:
    """Install the checkout into a fresh environment and return the program."""
    subprocess.run(
        [made(folder), *PIP, str(ROOT)], check=True, capture_output=True, env=environment()
    )
    return folder / "bin" / "dockwright"


def largest_public_project() -> Path | None:
    """Return the project with the largest lock below the folder that CORPUS_DIR names, None where it names none."""
    corpus = os.environ.get("CORPUS_DIR")
    locks = [path for name in LOCKS for path in Path(corpus).rglob(name)] if corpus else []
    return max(locks, key=lambda path: path.stat().st_size).parent if locks else None


def checked_out(program: Path, folder: Path, files: int) -> Path:
    """Return a copy of the small sample with its files written and `files` more beside them, every tenth a Python file."""
    shutil.copytree(SMALL, folder)
    for number in range(files):
        place = folder / "data" / f"part{number % 100}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"item{number}.{'py' if number % 10 == 0 else 'txt'}").write_text(
            f"x = {number}\n", encoding="utf-8"
        )
    subprocess.run(
        [str(program), "generate", str(folder)], check=True, capture_output=True, env=environment()
    )
    return folder
