"""Measures the command itself: whole processes, in turn, as ratios against an interpreter that imports the same libraries."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "samples"
SMALL = SAMPLES / "requirements-flask-env-port-5000" / "project"
YARDSTICK = (sys.executable, "-c", "import jinja2, click, packaging.version")


def seconds(argv: tuple[str, ...]) -> float:
    """Return the wall-clock time of one run."""
    started = time.perf_counter()
    subprocess.run(argv, capture_output=True, check=False)
    return time.perf_counter() - started


def ratios(runs: int) -> dict[str, float]:
    """Return the medians of paired runs: command over yardstick."""
    commands = {
        "generate --stdout (small)": (sys.executable, "-m", "generator", "generate", "--stdout", str(SMALL)),
        "inspect --json (small)": (sys.executable, "-m", "generator", "inspect", "--json", str(SMALL)),
    }
    found: dict[str, float] = {}
    for name, argv in commands.items():
        seconds(argv)
        found[name] = statistics.median(seconds(argv) / seconds(YARDSTICK) for _ in range(runs))
    return found
