"""The folders below the project that its code writes: logs, uploads, what it makes for itself."""

import ast
import re

from dockwright.detect.application import syntax
from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.module import Site
from dockwright.detect.application.sources import folder, folders_above, is_unlikely, under
from dockwright.detect.application.survey import Survey
from dockwright.model.origin import Origin, Sourced

_WORDS = tuple(name.encode() for name in LISTS["writing_calls"])
_MAKES_FOLDER = frozenset({"makedirs", "mkdir"})
_OPENS_FILE = frozenset(LISTS["writing_handlers"])
_BY_HAND = r"(^|/)(management|migrations|scripts?|tools|examples?|notebooks?)/"
_WRITING_MODE = r"[wax]"
_MAX_FOLDERS = 4


def find_written(survey: Survey) -> tuple[Sourced[str], ...]:
    """Return the folders, relative to the root, that the code writes, sorted.

    A folder that holds code is left out: nobody could write there without harm.
    """
    code = {one for path in survey.sources.all for one in folders_above(path)}
    found: dict[str, Origin] = {}
    # What a developer runs by hand writes into the source, and is no process of the image.
    paths = (p for p in survey.sources.containing(*_WORDS) if not re.search(_BY_HAND, p))
    for module in survey.sources.modules(path for path in paths if not is_unlikely(path)):
        for site in module.sites(ast.Call):
            path = _written(survey, site)
            inside = path and not under(f"{path}/", survey.foreign)
            if path and inside and path not in code and not path.startswith("."):
                found.setdefault(path, site.origin)
    # The folder that holds the others is enough.
    outer = [one for one in sorted(found) if not any(one.startswith(f"{o}/") for o in found)]
    return tuple(Sourced(value=one, origin=found[one]) for one in outer[:_MAX_FOLDERS])


def _written(survey: Survey, site: Site[ast.Call]) -> str:
    """Return the folder that one call makes, or writes a file into; "" for none that is known."""
    call, name = site.node, syntax.called_name(site.node)
    root = survey.imports.importable_as(site.scope.module.path)[0]
    if name in _MAKES_FOLDER:
        # `os.makedirs(path)`, or `path.mkdir()` of pathlib.
        named = survey.resolver.names(call.func, site.scope)
        of_os = any(one.startswith("os.") for one in named)
        before = call.func.value if isinstance(call.func, ast.Attribute) else None
        node = syntax.argument(call, 0, "name", "path") if of_os else before
        return survey.resolver.folder(node, site.scope, root) or ""
    if name in _OPENS_FILE:
        node = syntax.argument(call, 0, "filename")
    elif name == "open" and re.search(_WRITING_MODE, syntax.text(syntax.argument(call, 1, "mode"))):
        node = syntax.argument(call, 0, "file")
    else:
        return ""
    return folder(survey.resolver.folder(node, site.scope, root) or "")
