"""The project's code as the single concerns look at it: everything that they need, made once."""

import ast
import configparser
import re
import sys

from dockwright.detect.application.environment_variables import Environment
from dockwright.detect.application.frameworks import App, Frameworks
from dockwright.detect.application.known_names import APPLICATIONS, SERVICE_CALLS, WRAPPERS
from dockwright.detect.application.module import Scope
from dockwright.detect.application.ports import Starts
from dockwright.detect.application.sources import Imports, Sources
from dockwright.detect.application.values import Resolver, Value
from dockwright.detect.managers.toml import table_in
from dockwright.detect.tree import MAX_FOLDERS, ProjectTree, line_of
from dockwright.errors import DockwrightError
from dockwright.model.dependencies import MAIN, ManagerFinding, SourceKind
from dockwright.model.origin import Origin

# Libraries of no table that mean themselves even where a folder of the project has their name.
_OTHER_LIBRARIES = frozenset({"boto3", "faust", "rq", "taskiq", "taskiq_nats"})
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")


class Survey:
    """The project as the concerns see it."""

    def __init__(
        self, tree: ProjectTree, managers: tuple[ManagerFinding, ...], *, leave_out: bool = True
    ) -> None:
        self.tree = tree
        own = _own_folders(managers)
        # The folders below the root that are projects of their own.
        self.foreign = _foreign(tree, own) if managers else ()
        # Those that may be, and are left out unless there is nothing else.
        self.doubtful: tuple[str, ...] = ()
        if managers and leave_out:
            # A requirements.txt that nothing in the root reads.
            pinned = _folders_with(tree, "requirements.txt")
            self.doubtful = tuple(sorted(pinned.difference(own, self.foreign)))
        locks = [finding.lock for finding in managers if finding.lock]
        manifests = [finding.manifest for finding in managers]
        required = [one for manifest in manifests for one in manifest.requirements]
        locked = [one for lock in locks for one in lock.distributions]
        self.versions = {one.name: one.version for one in locked}
        # What a production image has by canonical names, empty if nothing says it.
        installed = {one.name for one in locked if not one.groups or MAIN in one.groups}
        self.installed = frozenset(installed | {r.name for r in required if r.group == MAIN})
        # Everything that any group or extra names.
        self.known = frozenset(one.name for one in required) | self.versions.keys()
        # The commands that only the manager knows (Pipfile's and PDM's scripts), and the entry
        # points with whether an installation brings them along as commands.
        self.manager_scripts = [script for manifest in manifests for script in manifest.scripts]
        distributions = [one.distribution for one in manifests if one.distribution]
        self.console_scripts = [(s, one.installable) for one in distributions for s in one.scripts]
        self.sources = Sources(tree, (*self.foreign, *self.doubtful))
        tops = {name.partition(".")[0] for name in (*APPLICATIONS, *WRAPPERS, *SERVICE_CALLS)}
        outside = {name.replace("-", "_") for name in self.known}
        outside |= tops | _OTHER_LIBRARIES | sys.stdlib_module_names
        self.imports = Imports(self.sources, own, frozenset(outside))
        self.resolver = Resolver(self.sources, self.imports)
        self.environment = Environment(self.resolver)
        self.frameworks = Frameworks(self.resolver, self.versions)
        self.starts = Starts(self.frameworks, self.environment)

    def app(self, value: Value | None) -> App | None:
        """Return the application object that a value is."""
        return self.frameworks.app(value)

    def value(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """Return what an expression is."""
        return self.resolver.value(node, scope)

    def file_text(self, path: str) -> str:
        """Return the text of a file of the project, "" where it is missing or cannot be read."""
        try:
            return self.tree.optional_text(path) or ""
        except DockwrightError:
            return ""

    def toml(self, path: str) -> dict[str, object]:
        """Return a TOML file, {} where it is missing or wrong: its own tool will say so."""
        try:
            return self.tree.toml(path) if self.tree.has(path) else {}
        except DockwrightError:
            return {}

    def tool(self, name: str) -> dict[str, object]:
        """Return the table [tool.NAME] of pyproject.toml, {} where there is none."""
        return table_in(self.toml("pyproject.toml"), "tool", name)

    def ini(self, path: str, section: str) -> dict[str, str]:
        """Return a section of an INI file, {} where it is missing or wrong."""
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        try:
            parser.read_string(self.file_text(path))
        except (configparser.Error, AttributeError):
            # Python 3.11 gives AttributeError for an indented line below a key without a value.
            return {}
        found = parser[section].items() if parser.has_section(section) else ()
        return {key: value or "" for key, value in found}

    def place(self, path: str, needle: str, key: str | None = None) -> Origin:
        """Return the first line of a file that holds `needle`."""
        return Origin(path=path, line=line_of(self.file_text(path), needle), key=key)


def _own_folders(managers: tuple[ManagerFinding, ...]) -> tuple[str, ...]:
    # Members of a workspace and path dependencies are the project's own code.
    found: list[str] = []
    for finding in managers:
        named = [r for r in finding.manifest.requirements if r.source is SourceKind.PATH]
        found += finding.workspace_members
        found += [r.reference for r in named if not r.reference.startswith(("/", ".."))]
        read = (finding.manifest.path, *finding.manifest.also_read)
        found += [path.rpartition("/")[0] for path in read]
    roots = (one.strip("/").removeprefix("./") for one in found)
    both = (path for root in roots if root not in ("", ".") for path in (root, f"{root}/src"))
    return tuple(dict.fromkeys(both))


def _foreign(tree: ProjectTree, own: tuple[str, ...]) -> tuple[str, ...]:
    # A manifest of its own, to which nothing in the root leads, makes another project.
    with_manifest = _folders_with(tree, "pyproject.toml")
    found = _folders_with(tree, "Pipfile") | _folders_with(tree, "pylock.toml")
    for name in _LOCKS:
        # A lock that was left behind without its manifest installs nothing.
        found |= _folders_with(tree, name) & with_manifest
    contents = {one: tree.raw(f"{one}/pyproject.toml") or b"" for one in with_manifest}
    found |= {
        one for one, text in contents.items() if re.search(rb"\[(project|tool\.poetry)]", text)
    }
    return tuple(sorted(found.difference(own)))


def _folders_with(tree: ProjectTree, name: str) -> frozenset[str]:
    paths = tree.find(name, depth=MAX_FOLDERS)
    return frozenset(path.rpartition("/")[0] for path in paths if path != name)
