"""The web applications of a project: one entry per application, the likeliest first."""

import ast
from collections.abc import Iterable

from dockwright.detect.application.candidates import Candidate, Candidates, rank
from dockwright.detect.application.entries import Entries, Entry
from dockwright.detect.application.findings import WebFindings
from dockwright.detect.application.module import Module, Site
from dockwright.detect.application.own_servers import find_own_servers
from dockwright.detect.application.places import join
from dockwright.detect.application.starts import Start
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import keyword
from dockwright.model.application import Framework, Interface, ServerConfig, WebApplication
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace, row

Identity = tuple[str, int, int]

_NAMED_BONUS = 200
_INCOMPLETE = 600
_MOUNTING = (b"mount", b"Mount", b"Dispatcher", b"ProtocolTypeRouter", b"add_subapp")
"""How code that puts applications into another one can be spelled."""


@row
class _Running:
    """A start and the entry from which it is reached."""

    start: Start
    entry: Entry


def find_web(
    survey: Survey, entries: Entries, named: dict[str, Origin], configs: Iterable[ServerConfig]
) -> WebFindings:
    """Find the web applications.

    `named` are the "module:object" targets that files of the project name themselves (Procfile, FLASK_APP ...), with the place.
    """
    finder = Candidates(survey)
    candidates = finder.find()
    running = _running(survey, entries)
    spelled = dict(named)
    for one in running:
        if one.start.target:
            spelled.setdefault(one.start.target, one.start.origin)
    for config in configs:
        if config.application:
            spelled.setdefault(config.application, Origin(path=config.path))
    findings = WebFindings()
    scripted = {
        one.start.app.made.identity for one in running if one.start.app and one.start.configured
    }
    incomplete = {c.identity for c in candidates if c.arguments} | scripted
    mounted = _mounted(survey, finder.examined)
    for group in _groups(candidates, mounted | scripted):
        _add(findings, survey, group, running, spelled, incomplete)
    _add_scripts(findings, survey, running, candidates, incomplete)
    findings.applications += find_own_servers(survey)
    findings.applications.sort(key=lambda app: (app.rank, app.module, app.target))
    return findings


def _running(survey: Survey, entries: Entries) -> list[_Running]:
    """Return each start once, with the likeliest entry that reaches it."""
    found: list[_Running] = []
    seen: set[int] = set()
    for entry in entries.all:
        reached = {id(site.node) for site in entries.sites(entry)}
        modules = {site.scope.module.path: site.scope.module for site in entries.sites(entry)}
        for module in (entry.module, *modules.values()):
            for start in survey.starts.of(module):
                if id(start.site.node) in reached and id(start.site.node) not in seen:
                    seen.add(id(start.site.node))
                    found.append(_Running(start, entry))
    return found


def _groups(candidates: list[Candidate], mounted: set[Identity]) -> list[list[Candidate]]:
    groups: dict[Identity, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.identity not in mounted:
            groups.setdefault(candidate.identity, []).append(candidate)
    return list(groups.values())


def _add(
    findings: WebFindings,
    survey: Survey,
    group: list[Candidate],
    running: list[_Running],
    spelled: dict[str, Origin],
    incomplete: set[Identity],
) -> None:
    usable = [candidate for candidate in group if not candidate.arguments]
    if not usable:
        findings.notices.append(_needs_arguments(group[0]))
        return
    scored = [(_score(survey, c, spelled), number, c) for number, c in enumerate(usable)]
    score, _, best = min(scored, key=lambda item: item[:2])
    if best.identity in incomplete:
        score += _INCOMPLETE
    root, module = survey.importable_as(best.path)
    application = WebApplication(
        framework=best.app.framework,
        interface=best.app.interface,
        module=module,
        target=_target(best),
        origin=best.origin,
        import_root=root,
        factory=best.factory,
        rank=score,
        websockets=any(candidate.app.websockets for candidate in usable),
        because=_because(best, root, module, spelled),
    )
    mine = [r for r in running if _is_started(r.start, best, module)]
    findings.started |= {one.entry.command for one in mine}
    findings.applications.append(_with_start(application, mine[0]) if mine else application)


def _target(candidate: Candidate) -> str:
    # A Dash object is no WSGI callable: its Flask server is.
    plain_dash = (
        candidate.app.framework is Framework.DASH
        and not candidate.app.face
        and not candidate.factory
    )
    return f"{candidate.name}.server" if plain_dash else candidate.name


def _score(survey: Survey, candidate: Candidate, spelled: dict[str, Origin]) -> int:
    root, module = survey.importable_as(candidate.path)
    score = rank(candidate)
    if _spelled_at(candidate, root, module, spelled):
        score -= _NAMED_BONUS
    return score


def _spelled_at(
    candidate: Candidate, root: str, module: str, spelled: dict[str, Origin]
) -> Origin | None:
    """Return the place that names this very candidate, as seen from any folder of the project."""
    for target, origin in spelled.items():
        named, _, name = target.partition(":")
        name = name.partition("(")[0]
        full = join(root.replace("/", "."), "").strip("/") if root else ""
        same = named in (module, f"{full}.{module}" if full else module)
        if same and (
            name == candidate.name
            or (not name and candidate.name in ("app", "application", "create_app", "make_app"))
        ):
            return origin
    return None


def _because(candidate: Candidate, root: str, module: str, spelled: dict[str, Origin]) -> str:
    place = _spelled_at(candidate, root, module, spelled)
    made = candidate.app.made.origin
    what = "makes" if candidate.factory else "is"
    text = f"{module}:{candidate.name} {what} the {candidate.app.framework.value} application"
    if made.path != candidate.path:
        text += f" made in {made}"
    return f"{text}; {place} names it" if place else text


def _is_started(start: Start, candidate: Candidate, module: str) -> bool:
    if start.app and start.app.made.identity == candidate.identity:
        return True
    named, _, name = start.target.partition(":")
    return (
        bool(named)
        and named.endswith(module.rpartition(".")[2])
        and name.partition("(")[0] == candidate.name
    )


def _with_start(application: WebApplication, one: _Running) -> WebApplication:
    start = one.start
    return replace(
        application,
        runs_itself=True,
        run_command=one.entry.command,
        port=start.port.number,
        port_variable=start.port.variable,
        host=start.host,
    )


def _add_scripts(
    findings: WebFindings,
    survey: Survey,
    running: list[_Running],
    candidates: list[Candidate],
    incomplete: set[Identity],
) -> None:
    """Add what only a script can start: an object inside a function, a factory with arguments, a server without framework."""
    loadable = {c.identity for c in candidates if not c.arguments} - incomplete
    for one in running:
        start = one.start
        if start.target or (start.app and start.app.made.identity in loadable):
            continue
        if start.app is None and one.entry.command in findings.started:
            continue
        known = next(
            (
                a
                for a in findings.applications
                if a.run_command == one.entry.command and not a.target
            ),
            None,
        )
        if known is None:
            findings.started.add(one.entry.command)
            findings.applications.append(_script(survey, one))


def _script(survey: Survey, one: _Running) -> WebApplication:
    root, module = survey.importable_as(one.entry.module.path)
    framework = one.start.framework
    application = WebApplication(
        framework=framework,
        interface=Interface.OWN,
        module=module,
        target="",
        origin=one.start.origin,
        import_root=root if not one.entry.console_script else "",
        rank=80 + one.entry.rank,
        websockets=bool(one.start.app and one.start.app.websockets),
        speaks_http=one.start.speaks_http,
        because=f"{' '.join(one.entry.command)} starts a server at {one.start.origin}",
    )
    found = _with_start(application, one)
    return found if found.port or found.port_variable else replace(found, port=None)


def _needs_arguments(candidate: Candidate) -> Notice:
    names = ", ".join(candidate.arguments)
    return Notice(
        code="factory-needs-arguments",
        text=f"{candidate.name}() makes a {candidate.app.framework.value} application, but cannot be called without {names}",
        origin=candidate.origin,
        remedy="give the arguments defaults, or bind an application at the top of a module: app = create_app(...)",
    )


def _mounted(survey: Survey, examined: Iterable[str]) -> set[Identity]:
    """Return the applications that are parts of another one."""
    found: set[Identity] = set()
    for path in examined:
        module = survey.sources.module(path)
        if module and any(text in survey.sources.raw(path) for text in _MOUNTING):
            found |= _mounted_in(survey, module)
    return found


def _mounted_in(survey: Survey, module: Module) -> set[Identity]:
    found = set()
    for site in module.sites.calls:
        for part in _mounted_parts(site):
            app = survey.frameworks.app(survey.resolver.value(part, site.scope))
            if app:
                found.add(app.made.identity)
    return found


def _mounted_parts(site: Site) -> list[ast.expr]:
    call = site.node
    if not isinstance(call, ast.Call):
        return []
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("mount", "Mount", "add_subapp", "register_app"):
        app = keyword(call, "app")
        return [app] if app else call.args[1:2]
    if name == "ProtocolTypeRouter":
        protocols = call.args[0] if call.args else None
        return (
            [value for value in protocols.values if isinstance(value, ast.Name)]
            if isinstance(protocols, ast.Dict)
            else []
        )
    if name == "DispatcherMiddleware":
        mounts = keyword(call, "mounts") or (call.args[1] if len(call.args) > 1 else None)
        return list(mounts.values) if isinstance(mounts, ast.Dict) else []
    return []
