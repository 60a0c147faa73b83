"""Writes docs/internals/applications.md: what Dockwright finds in real applications beside what their authors wrote.

    APPS_DIR=... python scripts/applications_table.py            writes the table anew
    APPS_DIR=... python scripts/applications_table.py --check    says what would change, exit code 1 if anything would

APPS_DIR holds one folder per application, named as in docs/internals/applications.toml, which also says what the authors wrote, what counts as right,
and why anything differs. Nothing of those applications is part of this repository.
"""

import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockwright.api import inspect
from dockwright.errors import DockwrightError
from dockwright.model.inspection import ProcessJson
from dockwright.model.settings import Settings

ROOT = Path(__file__).parent.parent
DATA = ROOT / "docs" / "internals" / "applications.toml"
TABLE = ROOT / "docs" / "internals" / "applications.md"

HEAD = """\
# Real applications

What Dockwright finds in applications that it was not written for, beside what their own authors wrote in a Dockerfile, a Procfile, a compose
file or a script. The authors' start commands were not read: only the code, the manifests, the Procfile, the servers' own configuration files, and
EXPOSE as the last source of a port.

A row is **right** if the process loads the same application with a server that is installed, on the port that the project itself names (or, where it
names none, the framework's usual one). It is **refused** if the project cannot be containerised as it stands and the error says why. Every
difference is explained in the last column. The table is renewed now and then: a newer
Dockwright may write other flags.

`scripts/applications_table.py` writes this file from `docs/internals/applications.toml` and the applications in the folder APPS_DIR.
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: `verdict` is right, refused or wrong."""

    name: str
    authors: str
    found: str
    verdict: str
    why: str


def main() -> int:
    """Write the table, or compare it."""
    folder = os.environ.get("APPS_DIR")
    if not folder:
        print(
            "APPS_DIR is not set: it names the folder that holds the applications", file=sys.stderr
        )
        return 2
    text = render(tomllib.loads(DATA.read_text(encoding="utf-8")), Path(folder))
    if "--check" in sys.argv:
        same = TABLE.is_file() and TABLE.read_text(encoding="utf-8") == text
        print(
            "docs/internals/applications.md is up to date"
            if same
            else "docs/internals/applications.md would change"
        )
        return 0 if same else 1
    TABLE.write_text(text, encoding="utf-8")
    print(text.splitlines()[-1])
    return 0


def render(data: dict[str, Any], folder: Path) -> str:
    """Return the whole document."""
    parts, verdicts = [HEAD], []
    for group in data["group"]:
        rows = [row_of(entry, folder) for entry in group["application"]]
        verdicts += [row.verdict for row in rows]
        parts.append(f"## {group['name']}\n\n{group['text']}\n")
        parts.append("\n".join(table(rows)) + "\n")
    return "\n".join([*parts, summary(verdicts)]) + "\n"


def table(rows: list[Row]) -> list[str]:
    """Return the lines of one table."""
    lines = [
        "| project | its authors start | Dockwright finds | | difference |",
        "|---|---|---|---|---|",
    ]
    return lines + [f"| {r.name} | {r.authors} | {r.found} | {r.verdict} | {r.why} |" for r in rows]


def summary(verdicts: list[str]) -> str:
    """Return the last line: how many are right."""
    good = sum(verdict != "wrong" for verdict in verdicts)
    refused = verdicts.count("refused")
    share = 100 * good // max(len(verdicts), 1)
    return f"{len(verdicts)} applications: {good - refused} right, {refused} rightly refused, {len(verdicts) - good} wrong ({share} of 100)."


def row_of(entry: dict[str, Any], folder: Path) -> Row:
    """Look at one application."""
    commit = f" ({entry['commit']})" if entry.get("commit") else ""
    name = f"{entry.get('name', entry['folder'])}{commit}"
    authors = "<br>".join(
        escaped(line[1:-1]) if line.startswith("(") else cell(line) for line in entry["authors"]
    )
    try:
        document = inspect(folder / entry["folder"], Settings())
    except DockwrightError as error:
        refused = entry.get("refused", "")
        verdict = "refused" if refused and refused in error.text() else "wrong"
        return Row(name, authors, escaped(error.title), verdict, escaped(entry.get("why", "")))
    found = [line_of(process) for process in document["processes"]]
    if not found:
        codes = " ".join(warning["code"] for warning in document["warnings"])
        verdict = "refused" if entry.get("refused", "-") in codes else "wrong"
        return Row(name, authors, "nothing to start", verdict, escaped(entry.get("why", "")))
    return Row(
        name,
        authors,
        "<br>".join(found),
        verdict_of(entry, document["processes"]),
        escaped(entry.get("why", "")),
    )


def verdict_of(entry: dict[str, Any], processes: list[ProcessJson]) -> str:
    """Return right or wrong: every expected text stands in a command of its own process, and the port is the expected one."""
    lines = {process["name"]: " ".join(process["command"]) for process in processes}
    ports = {process["name"]: process["port"] for process in processes}
    expected: dict[str, str] = entry.get("expect", {})
    commands = bool(expected) and all(
        text in lines.get(name, "") for name, text in expected.items()
    )
    port = entry.get("port")
    return "right" if commands and (port is None or port in ports.values()) else "wrong"


def line_of(process: ProcessJson) -> str:
    """Return one process as the table shows it."""
    words = process["command"]
    # What stands around every command of a kind says nothing about this application.
    text = words[2] if words[:2] == ["sh", "-c"] else " ".join(words)
    text = text.replace(" --worker-tmp-dir /dev/shm --access-logfile -", "").removeprefix("exec ")
    port = f", port {process['port']}" if process["port"] else ""
    return f"{process['name']}: {cell(text)}{port}"


def cell(text: str) -> str:
    """Return text as code inside a table."""
    return f"`{text.replace('|', chr(92) + '|')}`" if text else "-"


def escaped(text: str) -> str:
    """Return prose inside a table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(main())
