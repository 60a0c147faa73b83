"""`python -m bench [PROJECT...]`: measures builds and the command, prints ratios, writes JSON.

Needs a Docker engine on which nobody else builds. Nothing of others is removed.
"""

import argparse
import json
import os
import platform
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.builds import NAMES, SHAPES, measure
from bench.command import ratios


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shapes", nargs="*", choices=SHAPES[1:], default=list(SHAPES[1:]))
    parser.add_argument("--command-only", action="store_true", help="no builds")
    parser.add_argument("--json", type=Path, default=Path("bench/results/latest.json"))
    asked = parser.parse_args()
    if unknown := set(asked.projects) - set(NAMES):
        parser.error(f"there is no project {', '.join(sorted(unknown))}")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    report: dict[str, Any] = {"machine": machine, "rounds": asked.rounds}
    print(machine)
    with TemporaryDirectory(prefix="bench-") as folder:
        for project in () if asked.command_only else asked.projects or NAMES:
            shapes = ("dockwright", *asked.shapes)
            report[project] = measured = measure(project, shapes, asked.rounds, Path(folder))
            show(project, measured)
    report["command"] = ratios(asked.rounds)
    for name, ratio in report["command"].items():
        print(f"{name:60} {ratio:.2f}")
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    print(f"written: {asked.json}")


def show(project: str, measured: dict[str, Any]) -> None:
    """Print the seconds of each shape and edit (medians are in the ratios), then the ratios."""
    print(f"\n{project}")
    for shape, edits in measured["seconds"].items():
        cells = (f"{kind} {min(times):.2f}" for kind, times in edits.items())
        print(f"  {shape:12}{'  '.join(cells)}  {measured['bytes'][shape] / 1e6:.1f} MB")
    for name, ratio in measured["ratios"].items():
        print(f"  {name:40} {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
