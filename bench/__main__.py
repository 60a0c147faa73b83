"""`python -m bench [PROJECT...]`: measures everything, prints a table, writes JSON.

Each run empties the engine's whole build cache: run it on an engine that nobody else uses.
"""

import argparse
import json
import os
import platform
from pathlib import Path
from typing import cast

from bench.command import ratios
from bench.images import EDITS, SMALLEST_FIRST, measure, same_build

SHAPES = ("dockwright", "own", "init", "naive")


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "projects",
        nargs="*",
        metavar="PROJECT",
        help=f"of {', '.join(SMALLEST_FIRST)}; all if left out",
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shapes", nargs="*", choices=SHAPES, default=list(SHAPES))
    parser.add_argument(
        "--no-byte-code", action="store_true", help="no shape compiles, ours neither"
    )
    parser.add_argument("--command-only", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("bench/results/latest.json"))
    asked = parser.parse_args()
    if unknown := set(asked.projects) - set(SMALLEST_FIRST):
        parser.error(f"there is no project {', '.join(sorted(unknown))}")
    report: dict[str, object] = {
        "machine": machine(),
        "runs": asked.runs,
        "byte_code": not asked.no_byte_code,
    }
    print(machine())
    projects = () if asked.command_only else tuple(asked.projects or SMALLEST_FIRST)
    byte_code = not asked.no_byte_code
    for project, measured in (
        measure(projects, tuple(asked.shapes), asked.runs, byte_code=byte_code) if projects else ()
    ):
        report[project] = measured
        show(project, measured)
    report["command"] = command = ratios(max(asked.runs, 9))
    for name, ratio in command.items():
        print(f"{name:70} {ratio:.2f}")
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    print(f"written: {asked.json}")


def machine() -> str:
    """Name the machine by what matters for a build."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def show(project: str, measured: dict[str, dict[str, object]]) -> None:
    """Print one table: medians in seconds, and in brackets the median of the ratios to ours."""
    print(
        f"\n{project}\n{'':12}"
        + "".join(f"{kind:>18}" for kind in (*EDITS, "first_answer", "MB above base", "context"))
    )
    ours = measured["dockwright"]
    for shape, row in measured.items():
        ratios_to_ours = cast("dict[str, float]", row["ratios"])
        first = _number(row, "first_answer") / _number(ours, "first_answer")
        cells = [
            f"{_number(row, kind):.2f} s ({ratios_to_ours[kind]:.2f}x)"
            if kind in row
            else f"as {same_build(project, shape, kind)}"
            for kind in EDITS
        ]
        cells += [f"{_number(row, 'first_answer'):.2f} s ({first:.2f}x)"]
        cells += [f"{row['mb_above_base']:.1f}", str(row["context_sent"]).split()[0]]
        print(f"{shape:12}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    fastest = ", ".join(f"{shape} {row['fastest_cold']:.2f} s" for shape, row in measured.items())
    print(f"fastest cold build, where disk and network were in the way least: {fastest}")
    print(f"image over base + installed + source: {ours['size_ratio']:.3f}", flush=True)


def _number(row: dict[str, object], key: str) -> float:
    return float(str(row[key]))


if __name__ == "__main__":
    main()
