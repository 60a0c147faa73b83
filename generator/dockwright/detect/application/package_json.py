"""Front ends: package.json with a build script, and whether Python serves what it builds."""

import ast
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockwright.detect.application.known_names import FRONT_END_LOCKS, FRONT_END_TOOLS, LISTS
from dockwright.detect.application.module import Scope
from dockwright.detect.application.sources import NEVER, folder, join, under
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import called_name, keyword
from dockwright.detect.managers.toml import table_in, text_in
from dockwright.model.application import DjangoProject, FrontEnd

_OWN_SERVERS = frozenset({"next", "nuxt", "sveltekit"})
# A text, or a call such as path.resolve(...) that is given one.
_JS_VALUE = r"([\w.]+\([^)]*[\"'`][^)]*\)|[\"'`][^\"'`]+[\"'`])"
_OUT_DIR = r"outDir\s*:\s*" + _JS_VALUE
_OUT_PATH = r"output\s*:\s*\{[^}]*?\bpath\s*:\s*" + _JS_VALUE
_ANGULAR_PATH = r'"outputPath"\s*:\s*(?:\{\s*"base"\s*:\s*)?"([^"]+)"'
_OUT_OPTION = r"--(?:outDir|out-dir|dist-dir|output-path|outdir)[ =]([^\s\"']+)"
_OUT_FILE = r"\s(?:--outfile|--output|-o)[ =]([^\s\"']*/[^\s\"']+)"
_SASS_FILE = r"\bsass\s+(?:-\S+\s+)*[^\s:-]\S*[\s:](\S*/[^\s/]+\.css)"
_BUILDS = r"(?!.*doc)(build|compile|gulp)[:_-].+|.+[:_-](build|compile)"
_RUNS = r"(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?([\w:.-]+)"
_CONFIGS = ("vite.config.", "webpack.config.", "webpack.prod.", "vue.config.")
_MAX_DEPTH = 2
# How code that serves files can be spelled.
_SERVING = (
    b"StaticFiles(", b".frontend(", b"static_folder", b"send_from_directory", b"FileResponse(",
    b"add_static", b"static_dir",
)  # fmt: skip
_SERVING_CALLS = ("StaticFiles", "send_from_directory", "FileResponse", "send_file", "add_static")


def find_front_ends(survey: Survey, django: tuple[DjangoProject, ...]) -> tuple[FrontEnd, ...]:
    """Return the front ends in the project, the one nearest to the root first."""
    paths = survey.tree.find("package.json", depth=_MAX_DEPTH)
    found = []
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        left_out = any(name in NEVER or name.startswith(".") for name in path.split("/")[:-1])
        package = None if left_out or under(path, survey.foreign) else _read(survey, path)
        found.append(_front_end(survey, package, django) if package else None)
    return tuple(filter(None, found))


@dataclass(frozen=True)
class _Package:
    path: str
    scripts: dict[str, str]
    dependencies: frozenset[str]
    manager: str
    node: str

    def script(self, *names: str) -> str:
        """Return the first of the scripts `names` that there is, "" if none."""
        return next((name for name in names if name in self.scripts), "")


def _read(survey: Survey, path: str) -> _Package | None:
    try:
        data = json.loads(survey.file_text(path))
    except (ValueError, RecursionError):
        # A package.json that is not JSON (a template, a fixture) cannot be built.
        return None
    scripts = table_in(data, "scripts").items()
    return _Package(
        path,
        {name: text for name, text in scripts if isinstance(text, str)},
        frozenset({*table_in(data, "dependencies"), *table_in(data, "devDependencies")}),
        manager=text_in(data, "packageManager"),
        node=text_in(data, "engines", "node"),
    )


def _front_end(
    survey: Survey, package: _Package, django: tuple[DjangoProject, ...]
) -> FrontEnd | None:
    where = folder(package.path)
    # Without one that is called so, the only one that sounds so: build:css, gulp:build.
    alike = [name for name in package.scripts if re.fullmatch(_BUILDS, name)]
    build = package.script(*LISTS["build_scripts"]) or (alike[0] if len(alike) == 1 else "")
    script = package.scripts.get(build, "")
    # Together with those that it runs: `npm run build-js && npm run build-css`
    script = " && ".join([script, *(package.scripts.get(n, "") for n in re.findall(_RUNS, script))])
    named = [name for name in FRONT_END_TOOLS if re.search(rf"\b{re.escape(name)}\b", script)]
    named += [name for name in FRONT_END_TOOLS if name in package.dependencies]
    used = next(iter(named), "")
    if not build or not used:
        return None
    tool, usual = FRONT_END_TOOLS[used]
    output = _output(survey, where, tool, script) or usual
    lock, manager = _lock(survey, where)
    named_manager, _, version = package.manager.partition("@")
    if not manager:
        manager = named_manager if named_manager in FRONT_END_LOCKS.values() else "npm"
    served = tool not in _OWN_SERVERS and _is_served(survey, where, output, tool, django)
    return FrontEnd(
        folder=where,
        manager=manager,
        lock=lock,
        build_script=build,
        output=output,
        origin=survey.place(package.path, f'"{build}"', f"scripts.{build}"),
        node=package.node or _node(survey, where),
        served_by_python=served,
        start_script="" if served else package.script("start", "serve", "preview"),
        tool=tool,
        dev_script=package.script("dev", "watch", "start", "serve"),
        manager_version=version.partition("+")[0],
        serves_modules=any(join(where, "node_modules") in one.static_folders for one in django),
    )


def _output(survey: Survey, where: str, tool: str, script: str) -> str:
    if option := re.search(_OUT_OPTION, script):
        return _clean(option[1])
    file = re.search(_OUT_FILE, script) if tool in LISTS["asset_tools"] else None
    file = file or (re.search(_SASS_FILE, script) if tool == "sass" else None)
    if file:
        return _clean(folder(file[1]))
    if tool == "angular":
        # The production configuration comes after the defaults.
        paths = re.findall(_ANGULAR_PATH, survey.file_text(join(where, "angular.json")))
        return _clean(paths[-1]) if paths else ""
    for name in survey.tree.names(where):
        content = survey.file_text(join(where, name)) if name.startswith(_CONFIGS) else ""
        if match := re.search(_OUT_DIR, content) or re.search(_OUT_PATH, content):
            # path.resolve(__dirname, "..", "static"): the texts count.
            parts = re.findall(r"[\"'`]([^\"'`]+)[\"'`]", match[1])
            return _clean(posixpath.join(*parts))
    return ""


def _clean(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


def _lock(survey: Survey, where: str) -> tuple[str, str]:
    for base in (where, folder(where), ""):
        for name, manager in FRONT_END_LOCKS.items():
            if survey.tree.has(join(base, name)):
                return join(base, name), manager
    return "", ""


def _node(survey: Survey, where: str) -> str:
    for base in (where, ""):
        for name in (".nvmrc", ".node-version"):
            if words := survey.file_text(join(base, name)).split():
                return words[0].removeprefix("v")
        tools = survey.file_text(join(base, ".tool-versions"))
        if version := re.search(r"^nodejs\s+(\S+)", tools, re.MULTILINE):
            return version[1]
    return ""


def _is_served(
    survey: Survey, where: str, output: str, tool: str, django: tuple[DjangoProject, ...]
) -> bool:
    # A static folder of Python's lies in the output, or around it.
    built = posixpath.normpath(join(where, output)) if output else where
    for served in _served_folders(survey, django):
        if served == built or under(built, (served,)) or under(served, (built,)):
            return True
    # A build that writes out of its own folder writes into the Python project, and so does one in
    # the root that only makes assets.
    if output.startswith("../") or (not where and (not output or tool in LISTS["asset_tools"])):
        return True
    return "/static" in f"/{built}"


def _served_folders(survey: Survey, django: tuple[DjangoProject, ...]) -> Iterator[str]:
    for project in django:
        yield from filter(None, (*project.static_folders, project.static_root))
    for module in survey.sources.modules(sorted(survey.sources.containing(*_SERVING))):
        for site in module.sites(ast.Call):
            yield from filter(None, _served_by(survey, site.node, site.scope))


def _served_by(survey: Survey, call: ast.Call, scope: Scope) -> Iterator[str | None]:
    beside, name = folder(scope.module.path), called_name(call)
    nodes = [
        (keyword(call, "static_folder", "template_folder"), beside),
        (keyword(call, "directory", "static_dir"), ""),
    ]
    if name in _SERVING_CALLS and call.args:
        given = call.args[-1] if name == "add_static" else call.args[0]
        nodes.append((given, beside if name.startswith("send") else ""))
    return (survey.resolver.folder(node, scope, base) for node, base in nodes)
