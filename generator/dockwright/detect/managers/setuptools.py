"""A project without a lock that can be built: pyproject.toml of any back end, or setup.cfg."""

import ast
import configparser
import re
from collections.abc import Iterable, Iterator

from dockwright.detect.managers import pdm, poetry, pylock, uv
from dockwright.detect.managers.pyproject import (
    DEFAULT_BACKEND,
    ProjectTable,
    local_places,
    own_packages,
    read_project_table,
    requirements_of_file,
    versioneer_file,
)
from dockwright.detect.managers.requirement import canonical_name, parse_requirement
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import (
    MAIN,
    Distribution,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    Script,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

LOCKS = ("uv.lock", "pdm.lock", "poetry.lock")
CONFIG, SCRIPT = "setup.cfg", "setup.py"
BUILD_LIBRARIES = frozenset({"setuptools", "distutils", "skbuild", "numpy"})
SECTION = r"\[(?P<name>[^]]+)\]"
ENTRY_POINT = r"(?P<name>[^=\s]+)\s*=\s*(?P<target>[^\s\[]+)"
EXTRAS = "options.extras_require"


@record
class SetupMetadata:
    """One of the two files, read. `computes` is whether only a build could tell what it needs."""

    path: str
    origin: Origin
    name: str = ""
    version: str = ""
    description: str = ""
    license: str = ""
    requirements: tuple[Requirement, ...] = ()
    extras: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    reads: tuple[str, ...] = ()
    computes: bool = False
    build_requires: tuple[str, ...] = ()


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what an installer takes from the project's own metadata, None for another manager's.

    A pyproject.toml that holds only settings of tools is no manifest, and neither is a setup.py
    that calls no setup().
    """
    table = read_project_table(tree)
    if table is not None and _is_of_another(tree, table):
        return None
    if table is not None and table.declared:
        return _of_table(tree, table)
    read = (read_setup_cfg(tree), read_setup_py(tree))
    found = [metadata for metadata in read if metadata is not None]
    return _of_setup(tree, table, found) if found else None


def _is_of_another(tree: ProjectTree, table: ProjectTable) -> bool:
    if any(tree.has(lock) for lock in LOCKS) or pylock.names_in(tree):
        return True
    return any(manager.claims(tree, table) for manager in (uv, pdm, poetry))


def _of_table(tree: ProjectTree, table: ProjectTable) -> ManagerFinding:
    installable = table.build_system.declared or bool(table.packages)
    inside, outside = local_places(tree, table.all_requirements)
    reads = {*table.build_reads, *table.license_files, table.readme} if table.dynamic else set()
    manifest = Manifest(
        path=table.path,
        requirements=table.all_requirements,
        groups=table.groups,
        extras=table.extras,
        distribution=table.distribution(installable=installable),
        also_read=tuple(sorted(inside | {path for path in reads if path and tree.has(path)})),
        scripts=table.scripts,
        outside_root=outside,
    )
    from_files = any(one.origin.path != table.path for one in table.requirements)
    backend = table.build_system.backend or DEFAULT_BACKEND
    notice = Notice(
        code="dynamic-dependencies",
        text=f"the dependencies are dynamic: only {backend} can tell them",
        origin=table.lines.origin("project", "dynamic"),
        remedy="list them in [project] dependencies, or lock them",
    )
    computes = table.has_dynamic_requirements and not from_files
    return ManagerFinding(
        manager=Manager.SETUPTOOLS, manifest=manifest, notices=(notice,) if computes else ()
    )


def _of_setup(
    tree: ProjectTree, table: ProjectTable | None, found: list[SetupMetadata]
) -> ManagerFinding:
    """Join setup.cfg and setup.py, which setuptools reads together; setup.cfg comes first."""
    every = [one for metadata in reversed(found) for one in metadata.requirements]
    requirements = tuple({(one.name, one.group): one for one in every}.values())
    inside, outside = local_places(tree, requirements)
    main = found[0]
    reads = {path for one in found for path in (*one.reads, one.path)}
    manifest = Manifest(
        path=main.path,
        requirements=requirements,
        extras=tuple(dict.fromkeys(extra for one in found for extra in one.extras)),
        distribution=_distribution(tree, table, found),
        also_read=tuple(sorted((inside | reads) - {main.path})),
        scripts=tuple(script for one in found for script in one.scripts),
        outside_root=outside,
    )
    computes = any(one.computes for one in found)
    notice = Notice(
        code="dynamic-dependencies",
        text=f"{main.path} computes its dependencies, and it is never run to read them",
        origin=main.origin,
        remedy="list them in [project] dependencies of pyproject.toml, or lock them",
    )
    return ManagerFinding(
        manager=Manager.SETUPTOOLS, manifest=manifest, notices=(notice,) if computes else ()
    )


def _distribution(
    tree: ProjectTree, table: ProjectTable | None, found: list[SetupMetadata]
) -> Distribution:
    def first(field: str) -> str:
        return next((value for one in found if (value := getattr(one, field))), "")

    packages = tuple(sorted({package for one in found for package in one.packages}))
    in_setup = tuple(text for one in found for text in one.build_requires)
    requires = (table.build_system.requires if table else ()) or in_setup
    own = Distribution(
        name=first("name"),
        origin=found[0].origin,
        version=first("version"),
        dynamic=() if first("version") else ("version",),
        build_backend=(table.build_system.backend if table else "") or DEFAULT_BACKEND,
        build_requires=requires,
        packages=packages or own_packages(tree, {}, first("name")),
        scripts=tuple(script for one in found for script in one.scripts),
        description=first("description"),
        license=first("license"),
    )
    if own.version:
        return own
    module = versioneer_file(tree, table.document if table else {})
    names = " ".join(requires).lower().replace("_", "-")
    tools = (tool for tool in ("setuptools-scm", "versioneer", "pbr") if tool in names)
    scm = "versioneer" if module else next(tools, "")
    return replace(own, version_from_scm=scm, version_file=module)


def read_setup_cfg(tree: ProjectTree) -> SetupMetadata | None:
    """Return the metadata, None where the file is missing or holds only settings of tools.

    Raises SyntaxFault with the line where it is not an INI file.
    """
    text = tree.optional_text(CONFIG)
    parser = _parsed(text or "")
    if not parser.has_option("metadata", "name") and not parser.has_section("options"):
        return None
    return _ConfigReader(tree, text or "", parser).metadata()


class _ConfigReader:
    def __init__(self, tree: ProjectTree, text: str, parser: configparser.RawConfigParser) -> None:
        self._tree = tree
        self._text = text
        self._parser = parser

    def metadata(self) -> SetupMetadata:
        """Return everything that the file says."""
        version = self._get("metadata", "version")
        keys = self._parser.options(EXTRAS) if self._parser.has_section(EXTRAS) else []
        lists = [("options", "install_requires", MAIN)]
        lists += [(EXTRAS, key, _extra_group(key)) for key in keys]
        read = {path for section, key, _ in lists for path in self._files(section, key)}
        read |= {*self._files("metadata", "version"), *self._files("metadata", "long_description")}
        folders = self._lines("options", "package_dir")
        base = next((line.partition("=")[2].strip() for line in folders), "")
        names = (*self._lines("options", "packages"), *self._lines("options", "py_modules"))
        scripts = self._get("options.entry_points", "console_scripts")
        return SetupMetadata(
            path=CONFIG,
            origin=self._origin("name"),
            name=self._get("metadata", "name"),
            version="" if version.startswith(("attr:", "file:")) else version,
            description=self._get("metadata", "description") or self._get("metadata", "summary"),
            license=self._get("metadata", "license"),
            requirements=tuple(one for place in lists for one in self._requirements(*place)),
            extras=_extras(group for _, _, group in lists),
            packages=tuple(_places(self._tree, base, names)),
            scripts=_entry_points(scripts, self._origin("console_scripts"), "console_scripts"),
            reads=tuple(sorted(read)),
            build_requires=tuple(self._lines("options", "setup_requires")),
        )

    def _requirements(self, section: str, key: str, group: str) -> Iterator[Requirement]:
        files = self._files(section, key)
        for path in files:
            yield from requirements_of_file(self._tree, path, group, strict=False)
        for line in self._lines(section, key) if not files else ():
            origin = Origin(path=CONFIG, line=line_of(self._text, line), key=key)
            yield parse_requirement(line, origin, group)

    def _files(self, section: str, key: str) -> list[str]:
        kind, _, names = self._get(section, key).partition(":")
        parts = map(str.strip, re.split(r"[,\n]", names if kind.strip() == "file" else ""))
        return [name for name in parts if name and self._tree.has(name)]

    def _lines(self, section: str, key: str) -> list[str]:
        value = self._get(section, key)
        splits = "\n" in value or key == "install_requires"
        parts = [part.strip() for part in re.split(r"\n" if splits else r"[;,]", value)]
        return [part for part in parts if part and not part.startswith("#")]

    def _get(self, section: str, key: str) -> str:
        """Return a value; setup.cfg may spell a key with `-` instead of `_`."""
        dashed = self._parser.get(section, key.replace("_", "-"), fallback="")
        return self._parser.get(section, key, fallback=dashed).strip()

    def _origin(self, key: str) -> Origin:
        return Origin(path=CONFIG, line=line_of(self._text, key), key=key)


def read_setup_py(tree: ProjectTree) -> SetupMetadata | None:
    """Return what setup() is called with, None where no setup() of Python 3 is called."""
    text = tree.optional_text(SCRIPT) or ""
    try:
        module = ast.parse(text if "setup" in text else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python 2, or a template: what it says cannot be known without running it.
        return None
    call = _setup_call(module)
    return _ScriptReader(tree, module, call).metadata() if call else None


class _ScriptReader:
    """The literal arguments of one call of setup(); names are followed to constants."""

    def __init__(self, tree: ProjectTree, module: ast.Module, call: ast.Call) -> None:
        self._tree = tree
        self._line = call.lineno
        assigned = [node for node in ast.walk(module) if isinstance(node, ast.Assign)]
        self._names = {
            target.id: node.value
            for node in assigned
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._arguments = {
            keyword.arg: self._followed(keyword.value) for keyword in call.keywords if keyword.arg
        }
        self._reads: set[str] = set()
        self._computes = False

    def metadata(self) -> SetupMetadata:
        """Return everything that can be read without running the file."""
        extras = self._arguments.get("extras_require")
        self._computes = extras is not None and not isinstance(extras, ast.Dict)
        main = self._arguments.get("install_requires")
        lists = [(main, "install_requires", MAIN)] if main else []
        for key, value in _entries(extras):
            lists.append((self._followed(value), "extras_require", _extra_group(key)))
        requirements = [one for place in lists for one in self._requirements(*place)]
        self._reads |= {*self._files(self._arguments.get("long_description"))}
        base = _constant(dict(_entries(self._arguments.get("package_dir"))).get("")).strip("./")
        arguments = (self._arguments.get(name) for name in ("packages", "py_modules"))
        names = [name for argument in arguments for name in _constants(argument)]
        return SetupMetadata(
            path=SCRIPT,
            origin=Origin(path=SCRIPT, line=self._line, key="setup"),
            name=self._text("name"),
            version=self._text("version"),
            description=self._text("description"),
            license=self._text("license"),
            requirements=tuple(requirements),
            extras=_extras(group for _, _, group in lists),
            packages=tuple(_places(self._tree, base, names)),
            scripts=tuple(self._scripts()),
            reads=tuple(sorted(self._reads)),
            computes=self._computes,
            build_requires=tuple(_constants(self._arguments.get("setup_requires"))),
        )

    def _requirements(self, value: ast.expr, key: str, group: str) -> Iterator[Requirement]:
        """Yield those of a literal list, or of the files that an expression names."""
        is_list = isinstance(value, ast.List | ast.Tuple | ast.Set)
        elements = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
        files = [] if is_list or _constant(value) else self._files(value)
        self._reads |= {*files}
        for path in files:
            yield from requirements_of_file(self._tree, path, group, strict=False)
        for element in elements if not files else ():
            text = _constant(self._followed(element))
            self._computes = self._computes or not text
            origin = Origin(path=SCRIPT, line=element.lineno, key=key)
            for line in map(str.strip, text.splitlines()):
                if line and not line.startswith("#"):
                    yield parse_requirement(line, origin, group)

    def _files(self, value: ast.expr | None) -> list[str]:
        """Return the files of the project that an expression names, through names that it uses."""
        nodes = list(ast.walk(value)) if value else []
        for name in [node.id for node in nodes if isinstance(node, ast.Name)]:
            nodes += ast.walk(self._names[name]) if name in self._names else ()
        names = dict.fromkeys(map(_constant, nodes))
        return [name for name in names if name and self._tree.has(name)]

    def _scripts(self) -> Iterator[Script]:
        value = self._arguments.get("entry_points")
        origin = Origin(path=SCRIPT, line=getattr(value, "lineno", None), key="entry_points")
        yield from _entry_points(_constant(value), origin)
        for key, item in _entries(value):
            lines = "\n".join(_constants(self._followed(item)))
            yield from _entry_points(lines, origin, key)

    def _text(self, argument: str) -> str:
        return _constant(self._arguments.get(argument))

    def _followed(self, value: ast.expr) -> ast.expr:
        return self._names.get(value.id, value) if isinstance(value, ast.Name) else value


def _extra_group(key: str) -> str:
    """Return the group of a key of `extras_require`; ":python_version<'3'" is production."""
    name = key.partition(":")[0].strip()
    return f"extra:{canonical_name(name)}" if name else MAIN


def _extras(groups: Iterable[str]) -> tuple[str, ...]:
    named = (group.removeprefix("extra:") for group in groups if group != MAIN)
    return tuple(dict.fromkeys(named))


def _entry_points(text: str, origin: Origin, section: str = "") -> tuple[Script, ...]:
    """Return the scripts of lines `name = module:object`, perhaps below [console_scripts]."""
    found = []
    for line in text.splitlines():
        header, script = re.fullmatch(SECTION, line.strip()), re.match(ENTRY_POINT, line.strip())
        if header:
            section = header["name"].strip()
        elif script and section == "console_scripts":
            found.append(Script(name=script["name"], target=script["target"], origin=origin))
    return tuple(found)


def _places(tree: ProjectTree, base: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the folders and modules that are there; a package inside another one is not named."""
    for name in names:
        place = "/".join(part for part in (base, name) if part)
        if "." not in name and tree.has_folder(place):
            yield place
        elif tree.has(f"{place}.py"):
            yield f"{place}.py"


def _setup_call(module: ast.Module) -> ast.Call | None:
    nodes = list(ast.walk(module))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    if not {name.partition(".")[0] for name in imported} & BUILD_LIBRARIES:
        return None
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id="setup") | ast.Attribute(attr="setup")):
                return node
            case _:
                pass
    return None


def _entries(value: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, item


def _constants(value: ast.expr | None) -> Iterator[str]:
    elements = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
    yield from (text for element in elements if (text := _constant(element)))


def _constant(value: ast.AST | None) -> str:
    text = value.value if isinstance(value, ast.Constant) else None
    return text if isinstance(text, str) else ""


def _parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text, source=CONFIG)
    except configparser.Error as error:
        faults = error.errors if isinstance(error, configparser.ParsingError) else []
        line = getattr(error, "lineno", None) or (faults[0][0] if faults else 1)
        raise SyntaxFault(
            "not a valid setup.cfg: the line is neither a section, a key with a value,"
            " nor the rest of a value",
            origin=Origin(path=CONFIG, line=line),
            rule="setup.cfg is an INI file",
            steps=("mend the line that is named", "or restore the file from version control"),
            example=f"git diff {CONFIG}",
        ) from error
    return parser
