"""setup.py, read and never run: the arguments of setup() as far as they stand in the file."""

import ast
from collections.abc import Iterator

from dockwright.detect.managers.setup_values import (
    SetupMetadata,
    console_scripts,
    extra_group,
    requirements_of_files,
    requirements_of_lines,
)
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Requirement, Script
from dockwright.model.origin import Origin

PATH = "setup.py"
_MAKERS = frozenset({"setuptools", "distutils", "skbuild", "numpy"})


def read_setup_py(tree: ProjectTree) -> SetupMetadata | None:
    """Return what setup() is called with, None where the file is missing, not Python 3, or calls no setup()."""
    text = tree.optional_text(PATH)
    if text is None or "setup" not in text:
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # Python 2, or a template: what it says cannot be known without running it
    call = _setup_call(module)
    return _Reader(tree, module, call).metadata() if call else None


class _Reader:
    """The arguments of one call of setup(); names are followed to the constants that the module assigns."""

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
        self._reads: list[str] = []
        self._unknown: list[str] = []

    def metadata(self) -> SetupMetadata:
        """Return everything that can be read; what cannot is in `dynamic`."""
        requirements = self._list("install_requires", self._arguments.get("install_requires"), MAIN)
        extras = self._extras()
        return SetupMetadata(
            path=PATH,
            origin=Origin(path=PATH, line=self._call.lineno, key="setup"),
            name=self._text("name"),
            version=self._text("version"),
            description=self._text("description"),
            license=self._text("license"),
            requirements=requirements
            + tuple(wish for wishes in extras.values() for wish in wishes),
            extras=tuple(group.removeprefix("extra:") for group in extras if group != MAIN),
            packages=tuple(self._packages()),
            scripts=self._scripts(),
            reads=tuple(
                sorted({*self._reads, *self._files(self._arguments.get("long_description"))})
            ),
            dynamic=tuple(
                dict.fromkeys((*self._unknown, *(() if self._text("version") else ("version",))))
            ),
            build_requires=tuple(_constants(self._arguments.get("setup_requires"))),
        )

    def _extras(self) -> dict[str, tuple[Requirement, ...]]:
        value = self._arguments.get("extras_require")
        found: dict[str, tuple[Requirement, ...]] = {}
        for key, item in (
            zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ()
        ):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                group = extra_group(key.value)
                found[group] = found.get(group, ()) + self._list(
                    "extras_require", self._followed(item), group
                )
        if value is not None and not isinstance(value, ast.Dict):
            self._unknown.append("optional-dependencies")
        return found

    def _list(self, argument: str, value: ast.expr | None, group: str) -> tuple[Requirement, ...]:
        if value is None:
            return ()
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            lines = (
                (text, Origin(path=PATH, line=line, key=argument))
                for text, line in self._items(value)
            )
            return requirements_of_lines(lines, group)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            lines = (
                (text, Origin(path=PATH, line=value.lineno, key=argument))
                for text in value.value.splitlines()
            )
            return requirements_of_lines(lines, group)
        files = self._files(value)
        if not files:
            self._unknown.append("dependencies" if group == MAIN else "optional-dependencies")
        self._reads += files
        return requirements_of_files(self._tree, files, group)

    def _items(self, value: ast.List | ast.Tuple | ast.Set) -> Iterator[tuple[str, int]]:
        for element in value.elts:
            item = self._followed(element)
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield item.value, element.lineno
            else:
                self._unknown.append("dependencies")

    def _files(self, value: ast.expr | None) -> list[str]:
        """Return the files of the project that an expression names, through the names and functions that it uses."""
        if value is None:
            return []
        found, seen, waiting = [], set(), [value]
        while waiting:
            for node in ast.walk(waiting.pop()):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and self._tree.has(node.value)
                ):
                    found.append(node.value)
                elif isinstance(node, ast.Name) and node.id in self._names and node.id not in seen:
                    seen.add(node.id)
                    waiting.append(self._names[node.id])
        return list(dict.fromkeys(found))

    def _packages(self) -> Iterator[str]:
        base = ""
        value = self._arguments.get("package_dir")
        for key, item in (
            zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ()
        ):
            if isinstance(key, ast.Constant) and key.value == "" and isinstance(item, ast.Constant):
                base = str(item.value)
        for argument in ("packages", "py_modules"):
            for name in _constants(self._arguments.get(argument)):
                place = "/".join(part for part in (base.strip("./"), name) if part)
                if "." not in name and self._tree.has_folder(place):
                    yield place
                elif self._tree.has(f"{place}.py"):
                    yield f"{place}.py"

    def _scripts(self) -> tuple[Script, ...]:
        value = self._arguments.get("entry_points")
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return console_scripts(
                value.value, Origin(path=PATH, line=value.lineno, key="entry_points")
            )
        found: tuple[Script, ...] = ()
        for key, item in (
            zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ()
        ):
            if isinstance(key, ast.Constant) and key.value == "console_scripts":
                origin = Origin(path=PATH, line=key.lineno, key="entry_points")
                found += console_scripts(
                    "\n".join(_constants(self._followed(item))), origin, "console_scripts"
                )
        return found

    def _text(self, argument: str) -> str:
        value = self._arguments.get(argument)
        return (
            value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
        )

    def _followed(self, value: ast.expr) -> ast.expr:
        return self._names.get(value.id, value) if isinstance(value, ast.Name) else value


def _setup_call(module: ast.Module) -> ast.Call | None:
    """Return the call of setup() of setuptools or one of its kin."""
    imported = {
        name.name.partition(".")[0]
        if isinstance(node, ast.Import)
        else (node.module or "").partition(".")[0]
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    if not imported & _MAKERS:
        return None
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = node.func
            name = (
                called.id
                if isinstance(called, ast.Name)
                else called.attr
                if isinstance(called, ast.Attribute)
                else ""
            )
            if name == "setup":
                return node
    return None


def _constants(value: ast.expr | None) -> Iterator[str]:
    elements = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
    for element in elements:
        if isinstance(element, ast.Constant) and isinstance(element.value, str):
            yield element.value
