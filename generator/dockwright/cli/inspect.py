"""`dockwright inspect` and `dockwright schema`: what was found and decided."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dockwright.cli.options import flag, json_option, project_command
from dockwright.model.dependencies import LockState
from dockwright.model.origin import Origin
from dockwright.model.plan import Plan, Process


@click.command(short_help="Show what was found and what follows from it.")
@project_command
@json_option
@flag("--why", help="Give each decision its places, what was not chosen, and the tools used.")
@flag("--online", help="Ask the index what a lock that holds only hashes cannot say.")
def inspect(path: Path, flags: tuple[str, ...], as_json: bool, why: bool, online: bool) -> None:
    """Show what was found in PATH and what follows from it. Nothing is written."""
    from dockwright.api import settings_of
    from dockwright.decide import decide
    from dockwright.detect import detect
    from dockwright.render.inspection_document import inspection

    settings, project = settings_of(path, flags=flags), detect(path)
    if online:
        from dockwright.cli.online import asked_online

        project, settings = asked_online(path, project, settings)
    settled = decide(project, settings, lenient=True)
    if as_json:
        click.echo(json.dumps(inspection(settled), indent=2, ensure_ascii=False))
    else:
        show_plan(settled, why=why)


@click.command(short_help="Print a JSON Schema.")
@click.argument("document", type=click.Choice(["inspect", "settings"]), default="inspect")
def schema(document: str) -> None:
    """Print the JSON Schema of `inspect --json`, or of the settings."""
    from dockwright.model.inspection import inspection_schema
    from dockwright.settings.setting_values import settings_schema

    found = settings_schema() if document == "settings" else inspection_schema()
    click.echo(json.dumps(found, indent=2))


_STATE_COLOUR = {
    LockState.FRESH: "green",
    LockState.PINNED: "green",
    LockState.STALE: "red",
    LockState.MISSING: "yellow",
    LockState.UNKNOWN: "yellow",
}

Row = tuple[str | Text, ...]


def show_plan(plan: Plan, *, why: bool) -> None:
    """Print the plan; `why` adds the evidence, what was not chosen, and the tools."""
    # Values hold brackets, such as extras, which rich would take for its own markup.
    console = Console(highlight=False, soft_wrap=False, markup=False)
    console.print(Text(plan.name, style="bold"))
    for title, columns, rows in _tables(plan, why=why):
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        table.pad_edge = False
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        if rows:
            console.print(table)
    for notice in plan.warnings:
        text = Text("warning: ", style="yellow").append(notice.placed, style="default")
        remedy = f"\n         {notice.remedy}" if notice.remedy else ""
        console.print(text.append(remedy, style="dim"))


def _tables(plan: Plan, *, why: bool) -> Iterator[tuple[str, Row, list[Row]]]:
    if why:
        yield "Decisions", ("what", "value", "", "why"), list(_reasons(plan))
    else:
        decisions: list[Row] = [
            (name.replace("_", " "), value, decision.because + _from(decision.evidence))
            for name, (value, decision) in plan.decisions.items()
        ]
        decisions.append(("lock", _state(plan), "; ".join(plan.lock.because)))
        yield "Decisions", ("what", "value", "because"), decisions
    entries = plan.lock.disagreements
    disagreements: list[Row] = [(one.kind, one.text, str(one.origin or "")) for one in entries]
    yield "Manifest and lock disagree", ("", "entry", "where"), disagreements
    yield (
        "Processes",
        ("name", "command", "port", "because"),
        [
            (one.name, " ".join(one.command), _port(one), one.because + _from(one.evidence))
            for one in plan.processes
        ],
    )
    services: list[Row] = [
        (one.kind, one.image, one.because + _from(one.evidence)) for one in plan.services
    ]
    yield "Services", ("name", "image", "because"), services
    packages: list[Row] = [
        (one.name, one.stage, ", ".join(one.needed_by), one.because)
        for one in (*plan.system_packages.build, *plan.system_packages.runtime)
    ]
    yield "System packages", ("package", "stage", "needed by", "because"), packages
    kinds = ("wheel", "pure", "compiled", "not installable", "only hashes")
    yield "Locked distributions", ("platform", *kinds), list(_wheels(plan))


def _from(origins: tuple[Origin, ...]) -> str:
    return f" ({'; '.join(str(origin) for origin in origins)})" if origins else ""


def _port(process: Process) -> str:
    because = f" ({process.port_because})" if process.port_because else ""
    return f"{process.port}{because}" if process.port else "none"


def _reasons(plan: Plan) -> Iterator[Row]:
    for name, (value, decision) in plan.decisions.items():
        yield name.replace("_", " "), value, "because", decision.because
        for origin in decision.evidence:
            yield "", "", "evidence", str(origin)
        for other in decision.instead_of:
            yield "", "", "instead of", str(other)
    yield "lock", _state(plan), "because", "; ".join(plan.lock.because)
    for pin in plan.tools:
        yield pin.name, pin.version, "because", pin.because


def _state(plan: Plan) -> Text:
    file = f" ({plan.lock.file})" if plan.lock.file else ""
    return Text(f"{plan.lock.state}{file}", style=_STATE_COLOUR[plan.lock.state])


def _wheels(plan: Plan) -> Iterator[Row]:
    for platform in plan.platforms if plan.wheels else ():
        names: dict[str, list[str]] = {}
        for fact in plan.wheels:
            if fact.platform == platform:
                names.setdefault(fact.kind, []).append(fact.name)
        wheel, pure, unknown = (str(len(names.get(k, ()))) for k in ("wheel", "pure", "unknown"))
        compiled, none = (
            ", ".join(sorted({*names.get(k, ())})) or "none" for k in ("sdist", "none")
        )
        yield platform, wheel, pure, compiled, none, unknown
