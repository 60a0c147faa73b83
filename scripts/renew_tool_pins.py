"""Write the newest versions of the managers into generator/dockwright/decide/knowledge/tool-pins.toml.

Usage: python scripts/renew_tool_pins.py [--check]

pip is asked, so the index, its credentials and its mirror are those of whoever runs this. A version counts only if it
can be resolved for the oldest Python of its row: releases exist whose own requirements cannot be met. What the script
finds must still be tried: install it in the slim image of every Python of its row, check and export a lock with it.
"""

import argparse
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomlkit

TABLE = (
    Path(__file__).parent.parent
    / "generator"
    / "dockwright"
    / "decide"
    / "knowledge"
    / "tool-pins.toml"
)
DISTRIBUTIONS = {"pipenv": "pipenv", "poetry": "poetry", "pdm": "pdm[locked]", "uv": "uv"}
WITHOUT_REQUIREMENTS = frozenset({"poetry"})
"""Poetry needs distributions that have no wheels for every Python, and builds them without a compiler."""

OLDEST_FOR_PIP = (3, 8)
"""uv's wheels need a Python that the uv of an image does not: there it is one binary."""


def newest(name: str, within: str, python: str) -> str:
    """Return the newest version of a tool inside `within` that can be resolved for `python` ("3.10")."""
    command = [
        *(
            sys.executable,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--quiet",
            "--ignore-installed",
            "--report",
            "-",
        ),
        *(
            "--only-binary",
            ":all:",
            "--python-version",
            python,
            "--implementation",
            "cp",
            "--target",
            "unused",
        ),
        *(
            "--platform",
            "manylinux_2_28_x86_64",
            "--platform",
            "manylinux2014_x86_64",
            "--platform",
            "manylinux1_x86_64",
        ),
        *(["--no-deps"] if name in WITHOUT_REQUIREMENTS else []),
        f"{DISTRIBUTIONS[name]}{within}",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{name}{within} on Python {python}: {answer.stderr.strip()[-500:]}")
    installed = json.loads(answer.stdout)["install"]
    return str(
        next(
            item["metadata"]["version"]
            for item in installed
            if item["metadata"]["name"].lower() == name
        )
    )


def oldest_python(name: str, specifier: str) -> str:
    """Return the X.Y at which a row's `python` begins."""
    floor = specifier.partition(",")[0].removeprefix(">=")
    if name == "uv":
        return max(
            floor,
            ".".join(map(str, OLDEST_FOR_PIP)),
            key=lambda text: tuple(map(int, text.split("."))),
        )
    return floor


def renew(document: Any) -> list[str]:  # noqa: ANN401 - a document of tomlkit
    """Change every row of `document` that is not the newest, and return a sentence for each."""
    changes = []
    for name in DISTRIBUTIONS:
        for row in document[name]:
            if "within" not in row:
                continue
            version = newest(name, row["within"], oldest_python(name, row["python"]))
            if version != row["version"]:
                changes.append(f"{name} {row['within']}: {row['version']} -> {version}")
                row["version"] = version
    return changes


def main() -> int:
    """Renew the table; with --check only say what would change, and return 1 if anything would."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing, exit with 1 if something is out of date",
    )
    check = parser.parse_args().check
    document = tomlkit.parse(TABLE.read_text(encoding="utf-8"))
    changes = renew(document)
    for change in changes:
        print(change)
    if check:
        return 1 if changes else 0
    document["as_of"] = datetime.now(tz=UTC).date().isoformat()
    TABLE.write_text(tomlkit.dumps(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
