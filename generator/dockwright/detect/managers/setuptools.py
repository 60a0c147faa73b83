"""A project without a lock that can be built: pyproject.toml of any back end, or setup.cfg."""

import ast
import configparser
import re
from collections.abc import Iterable, Iterator

from dockwright.detect.managers import pdm, poetry, pylock, pyproject, uv
from dockwright.detect.managers.requirement import canonical_name, parse_requirement
from dockwright.detect.managers.toml import NAMES
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import SyntaxFault
from dockwright.model import dependencies as model
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

LOCKS = ("uv.lock", "pdm.lock", "poetry.lock")
CONFIG, SCRIPT = "setup.cfg", "setup.py"
SECTION = r"\[(?P<name>[^]]+)\]"
ENTRY_POINT = r"(?P<name>[^=\s]+)\s*=\s*(?P<target>[^\s\[]+)"
EXTRAS = "options.extras_require"


@record
class SetupMetadata:
    """One of the two files, read. `computes` is whether only a build could tell what it needs."""

    path: str
    own: model.Distribution
    requirements: tuple[model.Requirement, ...]
    extras: tuple[str, ...]
    reads: frozenset[str]
    computes: bool = False
    says_data: bool = False


def find(tree: ProjectTree) -> model.ManagerFinding | None:
    """Return what an installer takes from the project's own metadata, None for another manager's.

    A pyproject.toml that holds only settings of tools is no manifest, and neither is a setup.py
    that calls no setup().
    """
    table = pyproject.read_project_table(tree)
    if table is not None:
        if any(map(tree.has, LOCKS)) or pylock.names_in(tree):
            return None
        if any(manager.claims(tree, table) for manager in (uv, pdm, poetry)):
            return None
        if table.declared:
            return _of_table(tree, table)
    read = (read_setup_cfg(tree), read_setup_py(tree))
    found = [metadata for metadata in read if metadata is not None]
    return _of_setup(tree, table, found) if found else None


def _of_table(tree: ProjectTree, table: pyproject.ProjectTable) -> model.ManagerFinding:
    own = table.own
    inside, outside = pyproject.local_places(tree, table.all_requirements)
    reads = {*table.build_reads, *own.license_files, own.readme} if own.dynamic else set()
    itself = table.distribution(installable=table.has_build_system or bool(own.packages))
    manifest = model.Manifest(
        path=table.path,
        requirements=table.all_requirements,
        groups=table.groups,
        extras=table.extras,
        distribution=replace(itself, requires=table.requirements) if itself else None,
        also_read=tuple(sorted(inside | {path for path in reads if path and tree.has(path)})),
        scripts=own.scripts,
        outside_root=outside,
    )
    from_files = any(one.origin.path != table.path for one in table.requirements)
    if not table.has_dynamic_requirements or from_files:
        return model.ManagerFinding(manager=model.Manager.SETUPTOOLS, manifest=manifest)
    backend = own.build_backend or pyproject.DEFAULT_BACKEND
    said = f"the dependencies are dynamic: only {backend} can tell them"
    remedy = "list them in [project] dependencies, or lock them"
    return _computing(manifest, said, table.lines.origin("project", "dynamic"), remedy)


def _computing(
    manifest: model.Manifest, said: str, origin: Origin, remedy: str
) -> model.ManagerFinding:
    notice = Notice(code="dynamic-dependencies", text=said, origin=origin, remedy=remedy)
    return model.ManagerFinding(
        manager=model.Manager.SETUPTOOLS, manifest=manifest, notices=(notice,)
    )


def _of_setup(
    tree: ProjectTree, table: pyproject.ProjectTable | None, found: list[SetupMetadata]
) -> model.ManagerFinding:
    """Join setup.cfg and setup.py, which setuptools reads together; setup.cfg comes first."""
    every = [one for metadata in reversed(found) for one in metadata.requirements]
    requirements = tuple({(one.name, one.group): one for one in every}.values())
    inside, outside = pyproject.local_places(tree, requirements)
    main = found[0]
    reads = {path for one in found for path in (*one.reads, one.path)}
    distribution = _distribution(tree, table, found)
    manifest = model.Manifest(
        path=main.path,
        requirements=requirements,
        extras=tuple(dict.fromkeys(extra for one in found for extra in one.extras)),
        distribution=replace(distribution, requires=requirements),
        also_read=tuple(sorted((inside | reads) - {main.path})),
        scripts=distribution.scripts,
        outside_root=outside,
    )
    if not any(one.computes for one in found):
        return model.ManagerFinding(manager=model.Manager.SETUPTOOLS, manifest=manifest)
    said = f"{main.path} computes its dependencies, and it is never run to read them"
    remedy = "list them in [project] dependencies of pyproject.toml, or lock them"
    return _computing(manifest, said, main.own.origin, remedy)


def _distribution(
    tree: ProjectTree, table: pyproject.ProjectTable | None, found: list[SetupMetadata]
) -> model.Distribution:
    def first(field: str) -> str:
        return next((value for one in found if (value := getattr(one.own, field))), "")

    packages = tuple(sorted({package for one in found for package in one.own.packages}))
    packages = packages or pyproject.own_packages(tree, {}, first("name"))
    in_setup = tuple(text for one in found for text in one.own.build_requires)
    requires = (table.own.build_requires if table else ()) or in_setup
    backend = (table.own.build_backend if table else "") or pyproject.DEFAULT_BACKEND
    own = model.Distribution(
        name=first("name"),
        origin=found[0].own.origin,
        version=first("version"),
        dynamic=() if first("version") else ("version",),
        build_backend=backend,
        build_requires=requires,
        packages=packages,
        scripts=tuple(script for one in found for script in one.own.scripts),
        description=first("description"),
        license=first("license"),
        plugins=any(one.own.plugins for one in found),
        extension=any(one.own.extension for one in found)
        or pyproject.has_extension(backend, requires, {}),
        loses_data=not any(one.says_data for one in found)
        and pyproject.loses_data(tree, packages, backend, requires),
    )
    if own.version:
        return own
    module = pyproject.versioneer_file(tree, table.document if table else {})
    scm = "versioneer" if module else pyproject.scm_tool(requires)
    return replace(own, version_from_scm=scm, version_file=module)


def read_setup_cfg(tree: ProjectTree) -> SetupMetadata | None:
    """Return the metadata, None where the file is missing or holds only settings of tools.

    Raises SyntaxFault with the line where it is not an INI file.
    """
    text = tree.optional_text(CONFIG) or ""
    parser = _parsed(text)
    if not parser.has_option("metadata", "name") and not parser.has_section("options"):
        return None

    def said(section: str, key: str) -> str:
        # setup.cfg may spell a key with `-` instead of `_`.
        dashed = parser.get(section, key.replace("_", "-"), fallback="")
        return parser.get(section, key, fallback=dashed).strip()

    def files(section: str, key: str) -> tuple[str, ...]:
        kind, _, names = said(section, key).partition(":")
        parts = map(str.strip, re.split(r"[,\n]", names if kind.strip() == "file" else ""))
        return tuple(name for name in parts if name and tree.has(name))

    def parts(section: str, key: str) -> list[str]:
        value = said(section, key)
        splits = "\n" in value or key == "install_requires"
        found = [part.strip() for part in re.split(r"\n" if splits else r"[;,]", value)]
        return [part for part in found if part and not part.startswith("#")]

    def at(key: str) -> Origin:
        return Origin(path=CONFIG, line=line_of(text, key), key=key)

    places = [("options", "install_requires", model.MAIN)]
    places += [(EXTRAS, key, _extra_group(key)) for key in _keys_of(parser, EXTRAS)]
    requirements: list[model.Requirement] = []
    read = {*files("metadata", "version"), *files("metadata", "long_description")}
    for section, key, group in places:
        if named := files(section, key):
            read.update(named)
            requirements += _in_files(tree, named, group)
        else:
            for part in parts(section, key):
                origin = Origin(path=CONFIG, line=line_of(text, part), key=key)
                requirements.append(parse_requirement(part, origin, group))
    base = next((one.partition("=")[2].strip() for one in parts("options", "package_dir")), "")
    names = (*parts("options", "packages"), *parts("options", "py_modules"))
    version, scripts = said("metadata", "version"), said("options.entry_points", "console_scripts")
    own = model.Distribution(
        name=said("metadata", "name"),
        origin=at("name"),
        version="" if version.startswith(("attr:", "file:")) else version,
        description=said("metadata", "description") or said("metadata", "summary"),
        license=said("metadata", "license"),
        packages=tuple(_places(tree, base, names)),
        scripts=_entry_points(scripts, at("console_scripts"), "console_scripts"),
        build_requires=tuple(parts("options", "setup_requires")),
        plugins=any(key != "console_scripts" for key in _keys_of(parser, "options.entry_points")),
    )
    return SetupMetadata(
        path=CONFIG,
        own=own,
        requirements=tuple(requirements),
        extras=_extras_among(group for _, _, group in places),
        reads=frozenset(read),
        says_data=parser.has_section("options.package_data"),
    )


def _in_files(tree: ProjectTree, paths: tuple[str, ...], group: str) -> Iterator[model.Requirement]:
    # A file is read as far as it can be.
    for path in paths:
        yield from pyproject.requirements_of_file(tree, path, group, strict=False)


def _extras_among(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(group.removeprefix("extra:") for group in groups if group != model.MAIN)


def _keys_of(parser: configparser.RawConfigParser, section: str) -> list[str]:
    return parser.options(section) if parser.has_section(section) else []


def read_setup_py(tree: ProjectTree) -> SetupMetadata | None:
    """Return what setup() is called with, None where no setup() of Python 3 is called."""
    text = tree.optional_text(SCRIPT) or ""
    try:
        module = ast.parse(text if "setup" in text else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python 2, or a template: what it says cannot be known without running it.
        return None
    call = _setup_call(module)
    return _Script(tree, module, call).metadata() if call else None


class _Script:
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
        self._computes = False
        self._reads = {*self._files(self._arguments.get("long_description"))}

    def metadata(self) -> SetupMetadata:
        """Return everything that can be read without running the file."""
        main, extras = map(self._arguments.get, ("install_requires", "extras_require"))
        self._computes = extras is not None and not isinstance(extras, ast.Dict)
        lists = [("install_requires", main, model.MAIN)] if main else []
        lists += [
            ("extras_require", self._followed(value), _extra_group(key))
            for key, value in _entries(extras)
        ]
        requirements = [one for listed in lists for one in self._list(*listed)]
        base = _constant(dict(_entries(self._arguments.get("package_dir"))).get("")).strip("./")
        arguments = (self._arguments.get(name) for name in ("packages", "py_modules"))
        names = [name for argument in arguments for name in _constants(argument)]
        # find_packages("lib") is a call, and what it finds are the packages that lie there.
        names = names or [
            name
            for name in self._tree.names(base)
            if base and self._tree.has(f"{base}/{name}/__init__.py")
        ]
        entry_points = self._arguments.get("entry_points")
        own = model.Distribution(
            name=self._text("name"),
            origin=Origin(path=SCRIPT, line=self._line, key="setup"),
            version=self._text("version"),
            description=self._text("description"),
            license=self._text("license"),
            packages=tuple(_places(self._tree, base, names)),
            scripts=tuple(self._scripts()),
            build_requires=tuple(_constants(self._arguments.get("setup_requires"))),
            plugins=any(key != "console_scripts" for key, _ in _entries(entry_points)),
            extension=not {"ext_modules", "rust_extensions"}.isdisjoint(self._arguments),
        )
        return SetupMetadata(
            path=SCRIPT,
            own=own,
            requirements=tuple(requirements),
            extras=_extras_among(group for _, _, group in lists),
            reads=frozenset(self._reads),
            computes=self._computes,
            says_data="package_data" in self._arguments,
        )

    def _list(self, key: str, value: ast.expr, group: str) -> Iterator[model.Requirement]:
        """Yield those of a literal list, or of the files that an expression names."""
        is_list = isinstance(value, ast.List | ast.Tuple | ast.Set)
        if not is_list and not _constant(value) and (files := self._files(value)):
            self._reads.update(files)
            yield from _in_files(self._tree, files, group)
            return
        for element in value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]:
            text = _constant(self._followed(element))
            self._computes = self._computes or not text
            origin = Origin(path=SCRIPT, line=element.lineno, key=key)
            for line in filter(None, map(str.strip, text.splitlines())):
                if not line.startswith("#"):
                    yield parse_requirement(line, origin, group)

    def _files(self, value: ast.expr | None) -> tuple[str, ...]:
        """Return the files of the project that an expression names, through names that it uses."""
        nodes = list(ast.walk(value)) if value else []
        for name in [node.id for node in nodes if isinstance(node, ast.Name)]:
            nodes += ast.walk(self._names[name]) if name in self._names else ()
        names = dict.fromkeys(map(_constant, nodes))
        return tuple(name for name in names if name and self._tree.has(name))

    def _scripts(self) -> Iterator[model.Script]:
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
    # ":python_version<'3'" is production.
    name = key.partition(":")[0].strip()
    return f"extra:{canonical_name(name)}" if name else model.MAIN


def _entry_points(text: str, origin: Origin, section: str = "") -> tuple[model.Script, ...]:
    """Return the scripts of lines `name = module:object`, perhaps below [console_scripts]."""
    found = []
    for line in text.splitlines():
        header, script = re.fullmatch(SECTION, line.strip()), re.match(ENTRY_POINT, line.strip())
        if header:
            section = header["name"].strip()
        elif script and section == "console_scripts":
            found.append(model.Script(name=script["name"], target=script["target"], origin=origin))
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
    if {name.partition(".")[0] for name in imported}.isdisjoint(NAMES["setup_libraries"]):
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
