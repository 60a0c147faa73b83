"""Front ends: package.json with a build script, and whether Python serves what it builds."""

import ast
import json
import re
from collections.abc import Iterator

from dockwright.detect.application.module import Scope
from dockwright.detect.application.paths import folder_of
from dockwright.detect.application.places import NEVER, folder, join, under
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import keyword
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import DockwrightError
from dockwright.model.application import DjangoProject, FrontEnd
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import row

_LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
_BUILDS = ("build", "build:prod", "build:production", "production", "prod", "compile", "dist")
_TOOLS = (
    ("next", "next"), ("nuxt", "nuxt"), ("@sveltejs/kit", "sveltekit"), ("astro", "astro"), ("@angular/cli", "angular"), ("react-scripts", "react-scripts"),
    ("@vue/cli-service", "vue-cli"), ("vite", "vite"), ("parcel", "parcel"), ("webpack", "webpack"), ("rollup", "rollup"), ("esbuild", "esbuild"), ("gulp", "gulp"),
    ("postcss", "postcss"), ("tailwindcss", "tailwind"), ("sass", "sass"),
)  # fmt: skip
_OUTPUTS = {
    "vite": "dist", "react-scripts": "build", "vue-cli": "dist", "parcel": "dist", "webpack": "dist", "angular": "dist", "astro": "dist", "next": ".next",
    "nuxt": ".output", "sveltekit": "build", "rollup": "dist", "esbuild": "dist",
}  # fmt: skip
_ASSET_TOOLS = frozenset(
    {"rollup", "esbuild", "gulp", "postcss", "tailwind", "sass", "webpack", "parcel"}
)
_OWN_SERVERS = frozenset({"next", "nuxt", "sveltekit"})
_JS_VALUE = r"([\w.]+\([^)]*\)|[\"'`][^\"'`]+[\"'`]|[A-Za-z_$][\w.$]*+(?=\s*(?:[,;}\n]|$)))"
"""A text, a call such as path.resolve(...), or a name that stands alone."""
_OUT_DIR = Pattern(r"outDir\s*:\s*" + _JS_VALUE)
_OUT_PATH = Pattern(r"output\s*:\s*\{[^}]*?\bpath\s*:\s*(?:__dirname\s*\+\s*)?" + _JS_VALUE)
_JS_PART = Pattern(r"[\"'`]([^\"'`]+)[\"'`]|([A-Za-z_$][\w.$]*+)(?!\s*\()")
_MAX_NAMES = 4
_ANGULAR_PATH = Pattern(r'"outputPath"\s*:\s*(?:\{\s*"base"\s*:\s*)?"([^"]+)"')
_ROLLUP_FILE = Pattern(r"\b(?:file|dir)\s*:\s*[\"'`]([^\"'`]+)[\"'`]")
_OUT_OPTION = Pattern(r"--(?:outDir|out-dir|dist-dir|output-path|outdir)[ =]([^\s\"']+)")
_OUT_FILE = Pattern(r"\s(?:--outfile|--output|-o)[ =]([^\s\"']*/[^\s\"']+)")
_RUNS = Pattern(r"(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?([\w:.-]+)")
_MAX_DEPTH = 2
_SERVING = (
    b"StaticFiles(",
    b".frontend(",
    b"static_folder",
    b"send_from_directory",
    b"FileResponse(",
    b"add_static",
    b"static_dir",
)
"""How code that serves files can be spelled."""


def find_front_ends(survey: Survey, django: tuple[DjangoProject, ...]) -> tuple[FrontEnd, ...]:
    """Return the front ends in the project, the one nearest to the root first."""
    paths = sorted(
        survey.tree.find("package.json", depth=_MAX_DEPTH), key=lambda path: (path.count("/"), path)
    )
    wanted = (path for path in paths if not _is_left_out(survey, path))
    return tuple(front for path in wanted if (front := _front_end(survey, path, django)))


def _is_left_out(survey: Survey, path: str) -> bool:
    folders = path.split("/")[:-1]
    return under(path, survey.foreign) or any(
        name in NEVER or name.startswith(".") for name in folders
    )


@row
class _Package:
    """What package.json says."""

    path: str
    data: dict[str, object]

    def table(self, name: str) -> dict[str, object]:
        value = self.data.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def dependencies(self) -> set[str]:
        return {*self.table("dependencies"), *self.table("devDependencies")}


def _front_end(survey: Survey, path: str, django: tuple[DjangoProject, ...]) -> FrontEnd | None:
    package = _read(survey.tree, path)
    scripts = package.table("scripts") if package else {}
    build = next((name for name in _BUILDS if isinstance(scripts.get(name), str)), "")
    if package is None or not build:
        return None
    where = folder(path)
    script = _expanded(str(scripts[build]), scripts)
    tool = _tool(package, script)
    if not tool:
        return None
    output = _output(survey.tree, where, tool, script)
    lock, manager = _lock(survey.tree, where, package)
    served = tool not in _OWN_SERVERS and _is_served(survey, where, output, tool, django)
    start = next(
        (name for name in ("start", "serve", "preview") if isinstance(scripts.get(name), str)), ""
    )
    return FrontEnd(
        folder=where,
        manager=manager,
        lock=lock,
        build_script=build,
        output=output,
        origin=Origin(
            path=path, line=line_of(survey.tree.text(path), f'"{build}"'), key=f"scripts.{build}"
        ),
        node=_node(survey.tree, where, package),
        served_by_python=served,
        start_script="" if served else start,
        tool=tool,
        dev_script=next(
            (
                name
                for name in ("dev", "watch", "start", "serve")
                if isinstance(scripts.get(name), str)
            ),
            "",
        ),
        manager_version=_manager_version(package),
    )


def _read(tree: ProjectTree, path: str) -> _Package | None:
    try:
        data = json.loads(tree.text(path))
    except (DockwrightError, ValueError, RecursionError):
        # A package.json that is not JSON (a template, a fixture) is no front end that could be built.
        return None
    return _Package(path, data) if isinstance(data, dict) else None


def _expanded(script: str, scripts: dict[str, object]) -> str:
    """Return a script together with those that it runs: `npm run build-js && npm run build-css`."""
    called = [str(scripts.get(name, "")) for name in _RUNS.findall(script)]
    return " && ".join((script, *called))


def _tool(package: _Package, script: str) -> str:
    named = next(
        (tool for name, tool in _TOOLS if re.search(rf"\b{re.escape(name)}\b", script)), ""
    )
    return named or next((tool for name, tool in _TOOLS if name in package.dependencies), "")


def _output(tree: ProjectTree, where: str, tool: str, script: str) -> str:
    option = _OUT_OPTION.search(script)
    if option:
        return _clean(option[1])
    file = _OUT_FILE.search(script) if tool in _ASSET_TOOLS else None
    if file:
        return _clean(folder(file[1]))
    angular = (
        _ANGULAR_PATH.findall(_text(tree, join(where, "angular.json"))) if tool == "angular" else []
    )
    if angular:
        # The production configuration comes after the defaults.
        return _clean(angular[-1])
    for name in tree.names(where):
        if tool == "rollup" and name.startswith("rollup.config."):
            match = _ROLLUP_FILE.search(_text(tree, join(where, name)))
            if match:
                return _clean(folder(match[1]) or match[1])
        if name.startswith(
            ("vite.config.", "webpack.config.", "webpack.prod.", "rollup.config.", "vue.config.")
        ):
            content = _text(tree, join(where, name))
            match = _OUT_DIR.search(content) or _OUT_PATH.search(content)
            spelled = _spelled(content, match[1], 0) if match else ""
            if match and "__dirname" in match[0]:
                # __dirname + "/../static" is no absolute path.
                spelled = spelled.lstrip("/")
            if spelled:
                return _clean(spelled)
    return _OUTPUTS.get(tool, "")


def _spelled(content: str, value: str, depth: int) -> str:
    """Return the path of `path.resolve(ROOT, "static")`: what is quoted, and what the file's own names stand for, joined."""
    parts: list[str] = []
    for quoted, name in _JS_PART.findall(value):
        if quoted:
            parts.append(quoted.strip("/") if parts else quoted.rstrip("/"))
        elif depth < _MAX_NAMES and not name.startswith(("__", "import.", "process.")):
            bound = re.search(
                rf"\b{re.escape(name.rpartition('.')[2])}\s*[:=]\s*{_JS_VALUE}", content
            )
            inner = _spelled(content, bound[1], depth + 1) if bound else ""
            parts += [inner] if inner else []
    return "/".join(parts)


def _clean(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


def _text(tree: ProjectTree, path: str) -> str:
    try:
        return tree.optional_text(path) or ""
    except DockwrightError:
        return ""


def _lock(tree: ProjectTree, where: str, package: _Package) -> tuple[str, str]:
    """Return (lock, manager): the lock beside package.json, else the one of the root's workspace."""
    for base in dict.fromkeys((where, folder(where), "")):
        for name, manager in _LOCKS:
            if tree.has(join(base, name)):
                return join(base, name), manager
    named = str(package.data.get("packageManager", "")).partition("@")[0]
    return "", named if named in ("npm", "pnpm", "yarn", "bun") else "npm"


def _manager_version(package: _Package) -> str:
    return str(package.data.get("packageManager", "")).partition("@")[2].partition("+")[0]


def _node(tree: ProjectTree, where: str, package: _Package) -> str:
    engines = package.table("engines").get("node")
    if isinstance(engines, str):
        return engines
    for base in dict.fromkeys((where, "")):
        for name in (".nvmrc", ".node-version"):
            words = _text(tree, join(base, name)).split()
            if words:
                return words[0].removeprefix("v")
        tools = re.search(
            r"^nodejs\s+(\S+)", _text(tree, join(base, ".tool-versions")), re.MULTILINE
        )
        if tools:
            return tools[1]
    return ""


def _is_served(
    survey: Survey, where: str, output: str, tool: str, django: tuple[DjangoProject, ...]
) -> bool:
    """Whether Python serves the output: a static folder of its lies in the output, or around it."""
    built = _normal(join(where, output)) if output else where
    for served in _served_folders(survey, django):
        if served == built or built.startswith(f"{served}/") or served.startswith(f"{built}/"):
            return True
    if output.startswith("../"):
        # A build that writes out of its own folder writes into the Python project.
        return True
    if where == "" and (not output or tool in _ASSET_TOOLS):
        # A build in the root that only makes assets writes into the project itself.
        return True
    return "/static" in f"/{built}" and any(
        f"/{part}" in f"/{built}" for part in ("static", "templates")
    )


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _served_folders(survey: Survey, django: tuple[DjangoProject, ...]) -> Iterator[str]:
    for project in django:
        yield from (one for one in (*project.static_folders, project.static_root) if one)
    paths = {path for text in _SERVING for path in survey.sources.containing(text)}
    for module in (survey.sources.module(path) for path in sorted(paths)):
        for site in module.sites.calls if module else ():
            call = site.node
            if module and isinstance(call, ast.Call):
                yield from _served_by(survey, call, Scope(module, site.scope.owners, call.lineno))


def _served_by(survey: Survey, call: ast.Call, scope: Scope) -> Iterator[str]:
    base = folder(scope.module.path)
    nodes = [
        (keyword(call, "static_folder", "template_folder"), base),
        (keyword(call, "directory"), ""),
        (keyword(call, "static_dir"), ""),
    ]
    spelled = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    if (
        spelled in ("StaticFiles", "send_from_directory", "FileResponse", "send_file", "add_static")
        and call.args
    ):
        nodes.append(
            (
                call.args[-1] if spelled == "add_static" else call.args[0],
                base if spelled.startswith("send") else "",
            )
        )
    for node, relative_to in nodes:
        found = folder_of(survey.resolver, node, scope, relative_to)
        if found:
            yield found
