"""Frameworks that are started with a file, not with an object: Streamlit, Chainlit, Functions Framework."""

import ast

from dockwright.detect.application.module import Module
from dockwright.detect.application.places import name_rank, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import External, Made
from dockwright.model.application import Framework, Interface, WebApplication
from dockwright.model.origin import Origin
from dockwright.model.record import replace

_ENTRY = ("streamlit_app", "app", "main", "home", "index", "dashboard", "webui", "ui", "frontend")
_CHAINLIT = ("on_message", "on_chat_start")


def find_own_servers(survey: Survey) -> list[WebApplication]:
    """Return the applications of such frameworks, one per framework."""
    found = [_streamlit(survey), _chainlit(survey), _functions(survey), _adk(survey)]
    return [application for application in found if application]


def _streamlit(survey: Survey) -> WebApplication | None:
    modules = _importing(survey, "streamlit")
    imported = _imported_by_each_other(survey, modules)
    pages = [
        m for m in modules if "pages" not in m.path.split("/") and _calls(survey, m, "streamlit.")
    ]
    starts = [m for m in pages if m.path not in imported] or pages
    if not starts:
        return None
    best = min(starts, key=lambda m: (m.path.count("/"), _entry_rank(m), m.path))
    return _application(
        survey, best, Framework.STREAMLIT, "", "is a Streamlit page that no other module imports"
    )


def _chainlit(survey: Survey) -> WebApplication | None:
    for module in _importing(survey, "chainlit"):
        if any(
            name.startswith("chainlit.") and name.rpartition(".")[2] in _CHAINLIT
            for name in _decorators(survey, module)
        ):
            return _application(
                survey, module, Framework.CHAINLIT, "", "handles Chainlit's messages"
            )
    return None


def _functions(survey: Survey) -> WebApplication | None:
    for module in _importing(survey, "functions_framework"):
        for name, decorator in _decorators(survey, module).items():
            if name in (
                "functions_framework.http",
                "functions_framework.cloud_event",
                "functions_framework.typed",
            ):
                return _application(
                    survey,
                    module,
                    Framework.FUNCTIONS,
                    decorator,
                    "is a function of the Functions Framework",
                )
    return None


def _adk(survey: Survey) -> WebApplication | None:
    """Return an agent of Google's Agent Development Kit: `adk api_server` serves all agents of a folder."""
    for path in survey.sources.containing(b"root_agent"):
        value = survey.resolver.exported(path, "root_agent")
        if isinstance(value, Made) and any(kind.startswith("google.adk.") for kind in value.kinds):
            module = value.scope.module
            found = _application(
                survey,
                module,
                Framework.ADK,
                "root_agent",
                "makes root_agent, an agent of Google's ADK",
            )
            command = ("adk", "api_server", "--host", "0.0.0.0")  # noqa: S104 - a container is reached from outside
            return replace(found, origin=value.origin, runs_itself=True, run_command=command)
    return None


def _importing(survey: Survey, name: str) -> list[Module]:
    paths = survey.sources.mentioning(frozenset({name.encode()}))
    modules = (survey.sources.module(path) for path in paths)
    return [
        m
        for m in modules
        if m and any((b.module or "").partition(".")[0] == name and not b.level for b in m.imports)
    ]


def _imported_by_each_other(survey: Survey, modules: list[Module]) -> set[str]:
    found = set()
    for module in modules:
        for binding in module.imports:
            target = survey.imports.find(binding, module.path)
            if target and binding.attribute:
                found.add(survey.imports.submodule(target, binding.attribute) or target)
            elif target:
                found.add(target)
    return found


def _calls(survey: Survey, module: Module, prefix: str) -> bool:
    for site in module.sites.calls:
        if isinstance(site.node, ast.Call):
            value = survey.resolver.value(site.node.func, site.scope)
            if isinstance(value, External) and value.dotted.startswith(prefix):
                return True
    return False


def _decorators(survey: Survey, module: Module) -> dict[str, str]:
    """Return dotted name of decorator -> name of the decorated function."""
    found: dict[str, str] = {}
    for site in module.sites.functions:
        for decorator in getattr(site.node, "decorator_list", ()):
            bare = decorator.func if isinstance(decorator, ast.Call) else decorator
            value = survey.resolver.value(bare, site.scope)
            if isinstance(value, External):
                found.setdefault(value.dotted, getattr(site.node, "name", ""))
    return found


def _entry_rank(module: Module) -> int:
    name = stem(module.path).lower()
    return _ENTRY.index(name) if name in _ENTRY else len(_ENTRY)


def _application(
    survey: Survey, module: Module, framework: Framework, target: str, why: str
) -> WebApplication:
    root, dotted = survey.importable_as(module.path)
    line = next(
        (
            b.line
            for b in module.imports
            if (b.module or "").partition(".")[0] == framework.value.replace("-", "_")
        ),
        1,
    )
    return WebApplication(
        framework=framework,
        interface=Interface.OWN,
        module=dotted,
        target=target,
        origin=Origin(path=module.path, line=line),
        import_root=root,
        rank=40 + name_rank(module.path) + 4 * module.path.count("/"),
        because=f"{module.path} {why}",
    )
