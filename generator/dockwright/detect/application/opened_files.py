"""What the code reads and writes of its own project: files that an image lacks, its metadata.

Documentation, tests and keys stay out of a build context unless the program itself needs them.
"""

import ast
import posixpath
import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.module import Module, Scope, Site
from dockwright.detect.application.sources import folder, folders_above, is_unlikely, join, under
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, called_name, entries, text
from dockwright.detect.application.values import External
from dockwright.model.origin import Origin, Sourced

_FOLDERS = frozenset(LISTS["left_out_folders"])
_FILES = f"(?i){'|'.join(LISTS['left_out_files'])}"
_PATH_CALLS = frozenset(LISTS["path_calls"])
# A keyword that takes a folder: template_folder, directory, static_dir, root_path.
_PATH_KEYWORD = r"(?i).*(dir|directory|folder|path|root)s?"
_MAX_PATH = 200
_METADATA_CALLS = frozenset(LISTS["metadata_calls"])
_WORDS = tuple(name.encode() for name in LISTS["writing_calls"])
_MAKES_FOLDER = frozenset({"makedirs", "mkdir"})
_OPENS_FILE = frozenset(LISTS["writing_handlers"])
_BY_HAND = r"(^|/)(management|migrations|scripts?|tools|examples?|notebooks?)/"
_WRITING_MODE = r"[wax]"
_MAX_FOLDERS = 4


def find_opened(survey: Survey) -> tuple[Sourced[str], ...]:
    """Return the paths, relative to the root, that exist and that the code names, sorted."""
    hidden = frozenset(path for path in survey.tree.files if _is_often_left_out(path))
    folders = frozenset(above for path in hidden for above in folders_above(path))
    tops = {path.partition("/")[0] for path in hidden} & _FOLDERS
    # A folder's word stands in half of all files: these forms begin a path or an import.
    forms = ('"{}', "'{}", "import {}", "from {}")
    names = {path.rpartition("/")[2] for path in hidden}
    names |= {form.format(top) for top in tops for form in forms}
    paths = survey.sources.containing(*(name.encode() for name in names)) if names else ()
    found: dict[str, Origin] = {}
    for module in survey.sources.modules(paths):
        for node, place, is_path in _named_in(module):
            if path := _existing(module, place, hidden, folders if is_path else frozenset()):
                found.setdefault(path, module.origin(node))
        for binding in module.imports:
            top = (survey.imports.find(binding, module.path) or "").partition("/")[0]
            if top in tops and not module.path.startswith(f"{top}/"):
                found.setdefault(top, Origin(path=module.path, line=binding.line))
    return tuple(Sourced(value=path, origin=found[path]) for path in sorted(found))


def find_asked_versions(survey: Survey) -> tuple[str, ...]:
    """Return the distributions, by canonical name, whose metadata the code reads, sorted.

    `version(__name__)` asks for the distribution that is called like the module's package.
    """
    found: set[str] = set()
    paths = survey.sources.containing(
        b"importlib.metadata", b"importlib_metadata", b"pkg_resources"
    )
    for site in (site for one in survey.sources.modules(paths) for site in one.sites(ast.Call)):
        called = survey.value(site.node.func, site.scope)
        if not isinstance(called, External) or called.dotted not in _METADATA_CALLS:
            continue
        given = argument(site.node, 0, "distribution_name", "dist")
        if isinstance(given, ast.Name) and given.id in {"__name__", "__package__"}:
            found.add(survey.imports.importable_as(site.scope.module.path)[1].partition(".")[0])
        found.add(text(given))
    return tuple(sorted({canonicalize_name(name) for name in found if name}))


def _is_often_left_out(path: str) -> bool:
    top, _, rest = path.partition("/")
    return bool(rest and top in _FOLDERS) or bool(re.fullmatch(_FILES, path.rpartition("/")[2]))


def _named_in(module: Module) -> Iterator[tuple[ast.AST, str, bool]]:
    """Yield texts of a module that may be paths, and whether they are used as such."""
    for node in ast.walk(module.tree):
        match node:
            case ast.BinOp(op=ast.Div()):
                yield node, _joined(_divided(node)), True
            case ast.Call() if called_name(node) in _PATH_CALLS:
                yield node, _joined(node.args), True
            case ast.keyword(arg=str() as name, value=ast.Constant()):
                yield node.value, text(node.value), bool(re.fullmatch(_PATH_KEYWORD, name))
            case ast.Constant(value=str() as value):
                yield node, value, False
            case _:
                pass


def _divided(node: ast.expr) -> list[ast.expr]:
    parts: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts.insert(0, node.right)
        node = node.left
    return [node, *parts]


def _joined(parts: list[ast.expr]) -> str:
    """Return the first run of constants: BASE / "tests" / "keys" / name gives tests/keys."""
    run: list[str] = []
    for part in parts:
        if word := text(part):
            run.append(word)
        elif run:
            break
    return "/".join(run)


def _existing(module: Module, place: str, files: frozenset[str], folders: frozenset[str]) -> str:
    """Return the file or folder that a text means, seen from the root or from its module."""
    if not place or len(place) > _MAX_PATH or place.startswith("/") or "\n" in place:
        return ""
    for base in ("", *folders_above(module.path)):
        path = posixpath.normpath(join(base, place.removeprefix("./")))
        # A module below docs/ that names docs/ means itself.
        inside = path.partition("/")[0] in _FOLDERS and path != folder(module.path)
        if path in files or (inside and path in folders):
            return path
    return ""


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


def find_logs(survey: Survey) -> tuple[Sourced[str], ...]:
    """Return the logs, relative to the root, that the code writes into a folder of code, sorted."""
    code = {"", *(one for path in survey.sources.all for one in folders_above(path))}
    found: dict[str, Origin] = {}
    paths = survey.sources.containing(b"FileHandler")
    for module in survey.sources.modules(path for path in paths if not is_unlikely(path)):
        root = survey.imports.importable_as(module.path)[0]
        places = [
            (argument(site.node, 0, "filename"), site.scope)
            for site in module.sites(ast.Call)
            if called_name(site.node) in _OPENS_FILE
        ]
        # The entry of a handler in LOGGING.
        for one in (one for one in ast.walk(module.tree) if isinstance(one, ast.Dict)):
            entry = dict(entries(one))
            if "FileHandler" in text(entry.get("class")):
                places.append((entry.get("filename"), Scope(module, (), one.lineno)))
        for node, scope in places:
            path = survey.resolver.folder(node, scope, root)
            if node and path and folder(path) in code:
                found.setdefault(path, module.origin(node))
    return tuple(Sourced(value=one, origin=found[one]) for one in sorted(found)[:_MAX_FOLDERS])


def _written(survey: Survey, site: Site[ast.Call]) -> str:
    """Return the folder that one call makes, or writes a file into; "" for none that is known."""
    call, name = site.node, called_name(site.node)
    root = survey.imports.importable_as(site.scope.module.path)[0]
    if name in _MAKES_FOLDER:
        # `os.makedirs(path)`, or `path.mkdir()` of pathlib.
        named = survey.resolver.names(call.func, site.scope)
        of_os = any(one.startswith("os.") for one in named)
        before = call.func.value if isinstance(call.func, ast.Attribute) else None
        node = argument(call, 0, "name", "path") if of_os else before
        return survey.resolver.folder(node, site.scope, root) or ""
    if name in _OPENS_FILE:
        node = argument(call, 0, "filename")
    elif name == "open" and re.search(_WRITING_MODE, text(argument(call, 1, "mode"))):
        node = argument(call, 0, "file")
    else:
        return ""
    return folder(survey.resolver.folder(node, site.scope, root) or "")
