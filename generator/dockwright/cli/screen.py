"""The plan as one screen of text: a table per topic, with the source of each value."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dockwright.model.dependencies import LockState
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import LockVerdict, Plan, SystemPackage

_STATE_COLOUR = {
    LockState.FRESH: "green",
    LockState.STALE: "red",
    LockState.MISSING: "yellow",
    LockState.UNKNOWN: "yellow",
}


def show_plan(plan: Plan, *, why: bool) -> None:
    """Print the plan; `why` adds the evidence, what was not chosen, and the tools."""
    console = Console(highlight=False, soft_wrap=False, markup=False)
    console.print(Text(plan.name, style="bold"))
    console.print(_reasons(plan) if why else _decisions(plan))
    for table in (
        _disagreements(plan),
        _processes(plan),
        _services(plan),
        _packages(plan),
        _wheels(plan),
    ):
        if table is not None:
            console.print(table)
    for notice in plan.warnings:
        console.print(_notice(notice))


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        show_header=bool(columns),
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _from(origins: tuple[Origin, ...]) -> str:
    return f" ({'; '.join(str(origin) for origin in origins)})" if origins else ""


def _decisions(plan: Plan) -> Table:
    table = _table("Decisions", "what", "value", "because")
    for name, (value, decision) in plan.decisions.items():
        table.add_row(name.replace("_", " "), value, decision.because + _from(decision.evidence))
    table.add_row("lock", _state(plan.lock), "; ".join(plan.lock.because))
    return table


def _reasons(plan: Plan) -> Table:
    """Return each decision with its reason, evidence and what was not chosen, a line each."""
    table = _table("Decisions", "what", "value", "", "why")
    for name, (value, decision) in plan.decisions.items():
        table.add_row(name.replace("_", " "), value, "because", decision.because)
        for origin in decision.evidence:
            table.add_row("", "", "evidence", str(origin))
        for other in decision.instead_of:
            table.add_row("", "", "instead of", str(other))
    table.add_row("lock", _state(plan.lock), "because", "; ".join(plan.lock.because))
    for pin in plan.tools:
        table.add_row(pin.name, pin.version, "because", pin.because)
    return table


def _state(lock: LockVerdict) -> Text:
    return Text(
        f"{lock.state}" + (f" ({lock.file})" if lock.file else ""), style=_STATE_COLOUR[lock.state]
    )


def _disagreements(plan: Plan) -> Table | None:
    if not plan.lock.disagreements:
        return None
    table = _table("Manifest and lock disagree", "", "entry", "where")
    for entry in plan.lock.disagreements:
        table.add_row(entry.kind, entry.text, str(entry.origin or ""))
    return table


def _processes(plan: Plan) -> Table | None:
    if not plan.processes:
        return None
    table = _table("Processes", "name", "command", "port", "because")
    for process in plan.processes:
        port = (
            f"{process.port}" + (f" ({process.port_because})" if process.port_because else "")
            if process.port
            else "none"
        )
        table.add_row(
            process.name, " ".join(process.command), port, process.because + _from(process.evidence)
        )
    return table


def _services(plan: Plan) -> Table | None:
    if not plan.services:
        return None
    table = _table("Services", "name", "image", "because")
    for service in plan.services:
        table.add_row(service.kind, service.image, service.because + _from(service.evidence))
    return table


def _packages(plan: Plan) -> Table | None:
    packages: tuple[SystemPackage, ...] = (
        *plan.system_packages.build,
        *plan.system_packages.runtime,
    )
    if not packages:
        return None
    table = _table("System packages", "package", "stage", "needed by", "because")
    for package in packages:
        table.add_row(package.name, package.stage, ", ".join(package.needed_by), package.because)
    return table


def _wheels(plan: Plan) -> Table | None:
    if not plan.wheels:
        return None
    table = _table(
        "Locked distributions",
        "platform",
        "wheel",
        "pure",
        "compiled",
        "not installable",
        "only hashes",
    )
    for platform in plan.platforms:
        kinds = [fact.kind for fact in plan.wheels if fact.platform == platform]
        names = {
            kind: sorted({f.name for f in plan.wheels if f.platform == platform and f.kind == kind})
            for kind in ("sdist", "none")
        }
        table.add_row(
            platform,
            str(kinds.count("wheel")),
            str(kinds.count("pure")),
            ", ".join(names["sdist"]) or "none",
            ", ".join(names["none"]) or "none",
            str(kinds.count("unknown")),
        )
    return table


def _notice(notice: Notice) -> Text:
    text = Text("warning: ", style="yellow")
    text.append(notice.placed, style="default")
    if notice.remedy:
        text.append(f"\n         {notice.remedy}", style="dim")
    return text
