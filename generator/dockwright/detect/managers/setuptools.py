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
    """One of the two files, read. `dynamic` are the fields that only a build could tell."""

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
    dynamic: tuple[str, ...] = ()
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
    notices = tuple(_notices(table))
    return ManagerFinding(manager=Manager.SETUPTOOLS, manifest=manifest, notices=notices)


def _notices(table: ProjectTable) -> Iterator[Notice]:
    """Say what only a build of the project could tell."""
    from_files = any(one.origin.path != table.path for one in table.requirements)
    if table.has_dynamic_requirements and not from_files:
        backend = table.build_system.backend or DEFAULT_BACKEND
        yield Notice(
            code="dynamic-dependencies",
            text=f"the dependencies are dynamic: only {backend} can tell them",
            origin=table.lines.origin("project", "dynamic"),
            remedy="list them in [project] dependencies, or lock them",
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
    unknown = any(field != "version" for one in found for field in one.dynamic)
    notice = Notice(
        code="dynamic-dependencies",
        text=f"{main.path} computes its dependencies, and it is never run to read them",
        origin=main.origin,
        remedy="list them in [project] dependencies of pyproject.toml, or lock them",
    )
    return ManagerFinding(
        manager=Manager.SETUPTOOLS, manifest=manifest, notices=(notice,) if unknown else ()
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
    if text is None:
        return None
    parser = _parsed(text)
    if not parser.has_option("metadata", "name") and not parser.has_section("options"):
        return None
    return _ConfigReader(tree, text, parser).metadata()


def read_setup_py(tree: ProjectTree) -> SetupMetadata | None:
    """Return what setup() is called with, None where no setup() of Python 3 is called."""
    text = tree.optional_text(SCRIPT)
    if text is None or "setup" not in text:
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python 2, or a template: what it says cannot be known without running it.
        return None
    call = _setup_call(module)
    return _ScriptReader(tree, module, call).metadata() if call else None


class _ConfigReader:
    """One setup.cfg: [metadata], [options] and what belongs to them."""

    def __init__(self, tree: ProjectTree, text: str, parser: configparser.RawConfigParser) -> None:
        self._tree = tree
        self._text = text
        self._parser = parser

    def metadata(self) -> SetupMetadata:
        """Return everything that the file says."""
        version = self._get("metadata", "version")
        lists = [("options", "install_requires", MAIN)]
        keys = self._parser.options(EXTRAS) if self._parser.has_section(EXTRAS) else []
        lists += [(EXTRAS, key, _extra_group(key)) for key in keys]
        groups = dict.fromkeys(group for _, _, group in lists[1:] if group != MAIN)
        places = [("metadata", "version"), ("metadata", "long_description")]
        places += [(section, key) for section, key, _ in lists]
        scripts = self._get("options.entry_points", "console_scripts")
        return SetupMetadata(
            path=CONFIG,
            origin=self._origin("name"),
            name=self._get("metadata", "name"),
            version="" if version.startswith(("attr:", "file:")) else version,
            description=self._get("metadata", "description") or self._get("metadata", "summary"),
            license=self._get("metadata", "license"),
            requirements=tuple(one for place in lists for one in self._requirements(*place)),
            extras=tuple(group.removeprefix("extra:") for group in groups),
            packages=tuple(self._packages()),
            scripts=_entry_points(scripts, self._origin("console_scripts"), "console_scripts"),
            reads=tuple(sorted({path for place in places for path in self._files(*place)})),
            dynamic=("version",) if version.startswith("attr:") or not version else (),
            build_requires=tuple(self._lines("options", "setup_requires")),
        )

    def _requirements(self, section: str, key: str, group: str) -> Iterator[Requirement]:
        files = self._files(section, key)
        for path in files:
            yield from requirements_of_file(self._tree, path, group, strict=False)
        for line in self._lines(section, key) if not files else ():
            origin = Origin(path=CONFIG, line=line_of(self._text, line), key=key)
            yield parse_requirement(line, origin, group)

    def _packages(self) -> Iterator[str]:
        folders = self._lines("options", "package_dir")
        base = next((line.partition("=")[2].strip() for line in folders), "")
        names = (*self._lines("options", "packages"), *self._lines("options", "py_modules"))
        return _places(self._tree, base, names)

    def _files(self, section: str, key: str) -> list[str]:
        match = re.match(r"(?s)file\s*:\s*(?P<names>.+)$", self._get(section, key))
        names = re.split(r"[,\n]", match["names"]) if match else []
        return [name.strip() for name in names if name.strip() and self._tree.has(name.strip())]

    def _lines(self, section: str, key: str) -> list[str]:
        value = self._get(section, key)
        splits = "\n" in value or key == "install_requires"
        parts = [part.strip() for part in re.split(r"\n" if splits else r"[;,]", value)]
        return [part for part in parts if part and not part.startswith("#")]

    def _get(self, section: str, key: str) -> str:
        """Return a value; setup.cfg may spell a key with `-` instead of `_`."""
        for name in (key, key.replace("_", "-")):
            value = self._parser.get(section, name, fallback=None)
            if value is not None:
                return value.strip()
        return ""

    def _origin(self, key: str) -> Origin:
        return Origin(path=CONFIG, line=line_of(self._text, key), key=key)


class _ScriptReader:
    """The arguments of one call of setup(); names are followed to constants of the module."""

    def __init__(self, tree: ProjectTree, module: ast.Module, call: ast.Call) -> None:
        self._tree = tree
        self._call = call
        self._names = {
            target.id: node.value
            for node in ast.walk(module)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._arguments = {
            keyword.arg: self._followed(keyword.value) for keyword in call.keywords if keyword.arg
        }
        self._reads: set[str] = set()
        self._unknown: list[str] = []

    def metadata(self) -> SetupMetadata:
        """Return everything that can be read; what cannot is in `dynamic`."""
        requirements = self._requirements("install_requires", MAIN)
        extras = self._arguments.get("extras_require")
        groups: dict[str, None] = {}
        if extras is not None and not isinstance(extras, ast.Dict):
            self._unknown.append("optional-dependencies")
        for key, value in _entries(extras):
            groups[_extra_group(key)] = None
            requirements += self._requirements("extras_require", _extra_group(key), value)
        self._reads |= {*self._files(self._arguments.get("long_description"))}
        version = self._text("version")
        return SetupMetadata(
            path=SCRIPT,
            origin=Origin(path=SCRIPT, line=self._call.lineno, key="setup"),
            name=self._text("name"),
            version=version,
            description=self._text("description"),
            license=self._text("license"),
            requirements=tuple(requirements),
            extras=tuple(group.removeprefix("extra:") for group in groups if group != MAIN),
            packages=tuple(self._packages()),
            scripts=tuple(self._scripts()),
            reads=tuple(sorted(self._reads)),
            dynamic=tuple(dict.fromkeys((*self._unknown, *(() if version else ("version",))))),
            build_requires=tuple(_constants(self._arguments.get("setup_requires"))),
        )

    def _requirements(
        self, argument: str, group: str, value: ast.expr | None = None
    ) -> list[Requirement]:
        value = self._arguments.get(argument) if value is None else self._followed(value)
        lines: list[tuple[str, int]] = []
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            for element in value.elts:
                text = _constant(self._followed(element))
                lines.append((text, element.lineno))
                if not text:
                    self._unknown.append("dependencies")
        elif text := _constant(value):
            lines = [(line, value.lineno if value else 0) for line in text.splitlines()]
        elif value is not None:
            return self._of_files(self._files(value), group)
        return [
            parse_requirement(text.strip(), Origin(path=SCRIPT, line=line, key=argument), group)
            for text, line in lines
            if text.strip() and not text.strip().startswith("#")
        ]

    def _of_files(self, files: list[str], group: str) -> list[Requirement]:
        """Return what the files hold that an expression reads; none means that it computes."""
        if not files:
            self._unknown.append("dependencies" if group == MAIN else "optional-dependencies")
        self._reads |= {*files}
        read = (requirements_of_file(self._tree, path, group, strict=False) for path in files)
        return [one for found in read for one in found]

    def _files(self, value: ast.expr | None) -> list[str]:
        """Return the files of the project that an expression names, through names that it uses."""
        found, seen, waiting = [], set(), [value] if value else []
        while waiting:
            for node in ast.walk(waiting.pop()):
                if self._tree.has(_constant(node) or "\0"):
                    found.append(_constant(node))
                elif isinstance(node, ast.Name) and node.id in self._names and node.id not in seen:
                    seen.add(node.id)
                    waiting.append(self._names[node.id])
        return list(dict.fromkeys(found))

    def _packages(self) -> Iterator[str]:
        folders = dict(_entries(self._arguments.get("package_dir")))
        base = _constant(folders.get("")).strip("./")
        arguments = (self._arguments.get(name) for name in ("packages", "py_modules"))
        names = [name for argument in arguments for name in _constants(argument)]
        return _places(self._tree, base, names)

    def _scripts(self) -> Iterator[Script]:
        value = self._arguments.get("entry_points")
        if text := _constant(value):
            origin = Origin(path=SCRIPT, line=value.lineno if value else None, key="entry_points")
            yield from _entry_points(text, origin)
        for key, item in _entries(value):
            if key == "console_scripts":
                origin = Origin(path=SCRIPT, line=item.lineno, key="entry_points")
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


def _entry_points(text: str, origin: Origin, section: str = "") -> tuple[Script, ...]:
    """Return the scripts of lines `name = module:object`, perhaps below [console_scripts]."""
    found = []
    for line in text.splitlines():
        header, script = re.fullmatch(SECTION, line.strip()), re.match(ENTRY_POINT, line.strip())
        if header:
            section = header["name"].strip()
        elif script and section in ("console_scripts", "gui_scripts"):
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
    """Return the call of setup() of setuptools or one of its kin."""
    nodes = list(ast.walk(module))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    if not {name.partition(".")[0] for name in imported} & BUILD_LIBRARIES:
        return None
    calls = (node for node in nodes if isinstance(node, ast.Call))
    return next((call for call in calls if _called(call) == "setup"), None)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _entries(value: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, item


def _constants(value: ast.expr | None) -> Iterator[str]:
    elements = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
    yield from (text for element in elements if (text := _constant(element)))


def _constant(value: ast.AST | None) -> str:
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return str(value.value) if isinstance(value, ast.Constant) and is_text else ""


def _parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text, source=CONFIG)
    except configparser.MissingSectionHeaderError as error:
        raise _fault(error.lineno, "it does not begin with a [section]") from error
    except configparser.ParsingError as error:
        line = error.errors[0][0] if error.errors else 1
        what = "the line is neither a section, a key with a value, nor the rest of a value"
        raise _fault(line, what) from error
    except configparser.Error as error:
        raise _fault(1, str(error).splitlines()[0]) from error
    return parser


def _fault(line: int, what: str) -> SyntaxFault:
    return SyntaxFault(
        f"not a valid setup.cfg: {what}",
        origin=Origin(path=CONFIG, line=line),
        rule="setup.cfg is an INI file",
        steps=("mend the line that is named", "or restore the file from version control"),
        example=f"git diff {CONFIG}",
    )
