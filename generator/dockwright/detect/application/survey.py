"""Everything that the single concerns need to look at the project's code, made once."""

import sys
from functools import cached_property

from dockwright.detect.application.environment import Environment
from dockwright.detect.application.frameworks import Frameworks
from dockwright.detect.application.imports import Imports, dotted, importable_as
from dockwright.detect.application.places import folder, join
from dockwright.detect.application.ports import Ports
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.sources import Sources
from dockwright.detect.application.starts import Starts
from dockwright.detect.application.words import TABLE_TOPS
from dockwright.detect.tree import ProjectTree
from dockwright.detect.walk import MAX_FOLDERS
from dockwright.model.dependencies import MAIN, Distribution, ManagerFinding, Script, SourceKind

_STRONG = ("Pipfile", "pylock.toml")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")


class Survey:
    """The project as the concerns see it."""

    def __init__(
        self, tree: ProjectTree, managers: tuple[ManagerFinding, ...], *, leave_out: bool = True
    ) -> None:
        self.tree = tree
        self.managers = managers
        own = _own_folders(managers)
        self.foreign = _foreign(tree, own) if managers else ()
        self.doubtful = _doubtful(tree, own, self.foreign) if managers and leave_out else ()
        self.sources = Sources(tree, (*self.foreign, *self.doubtful))
        self.imports = Imports(self.sources, own, self._outside)
        self.resolver = Resolver(self.sources, self.imports)
        self.environment = Environment(self.resolver)
        self.ports = Ports(self.resolver, self.environment)
        self.frameworks = Frameworks(self.resolver, self.versions)
        self.starts = Starts(self.resolver, self.frameworks, self.ports)
        self._importable: dict[str, tuple[str, str]] = {}

    def importable_as(self, path: str) -> tuple[str, str]:
        """Return (import root, dotted module) of a file."""
        if path not in self._importable:
            self._importable[path] = self._below_manage(path) or importable_as(
                self.sources, self.imports, path
            )
        return self._importable[path]

    def _below_manage(self, path: str) -> tuple[str, str] | None:
        """Django puts the folder of manage.py on the import path, so everything below it is imported from there."""
        here = folder(path)
        while True:
            if join(here, "manage.py") in self.sources.all and here != folder(path):
                name = dotted(path, here)
                return (
                    (here, name) if all(part.isidentifier() for part in name.split(".")) else None
                )
            if not here:
                return None
            here = folder(here)

    @cached_property
    def _outside(self) -> frozenset[str]:
        """Names that mean an outside module wherever else they may also stand."""
        return (
            frozenset(name.replace("-", "_") for name in self.known)
            | TABLE_TOPS
            | sys.stdlib_module_names
        )

    @cached_property
    def versions(self) -> dict[str, str]:
        """Locked versions by canonical name."""
        locks = (finding.lock for finding in self.managers if finding.lock)
        return {d.name: d.version for lock in locks for d in lock.distributions}

    @cached_property
    def installed(self) -> frozenset[str]:
        """Canonical names of what a production image has, as far as manifests and locks say it; empty if nothing says it."""
        found = {
            r.name
            for finding in self.managers
            for r in finding.manifest.requirements
            if r.group == MAIN
        }
        for finding in self.managers:
            if finding.lock:
                found |= {
                    d.name for d in finding.lock.distributions if not d.groups or MAIN in d.groups
                }
        return frozenset(found)

    @cached_property
    def known(self) -> frozenset[str]:
        """Canonical names of everything that any group or extra names."""
        named = {r.name for finding in self.managers for r in finding.manifest.requirements}
        return frozenset(named) | self.versions.keys()

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """The project itself, as each manager describes it."""
        return tuple(f.manifest.distribution for f in self.managers if f.manifest.distribution)

    @property
    def console_scripts(self) -> tuple[tuple[Script, bool], ...]:
        """The entry points of the project, and whether an installation brings them along as commands."""
        return tuple((script, d.installable) for d in self.distributions for script in d.scripts)

    @property
    def manager_scripts(self) -> tuple[Script, ...]:
        """The commands that only the manager knows (Pipfile's and PDM's scripts)."""
        return tuple(script for finding in self.managers for script in finding.manifest.scripts)


def _own_folders(managers: tuple[ManagerFinding, ...]) -> tuple[str, ...]:
    """Return the folders below the root whose code belongs to the project: workspace members and path dependencies."""
    found: dict[str, None] = {}
    for finding in managers:
        for member in finding.workspace_members:
            found[member.strip("/").removeprefix("./")] = None
        for requirement in finding.manifest.requirements:
            if requirement.source is SourceKind.PATH and not requirement.reference.startswith(
                ("/", "..")
            ):
                found[requirement.reference.strip("/").removeprefix("./")] = None
        for path in finding.manifest.also_read:
            found[path.rpartition("/")[0]] = None
    roots = [folder for folder in found if folder and folder != "."]
    return tuple(dict.fromkeys(path for folder in roots for path in (folder, f"{folder}/src")))


def _foreign(tree: ProjectTree, own: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders that are projects of their own: they have a manifest and nothing in the root leads there."""
    strong = {one for name in _STRONG for one in _folders_with(tree, name)}
    # A lock that was left behind without its manifest installs nothing: the folder belongs to the root.
    with_manifest = _folders_with(tree, "pyproject.toml")
    strong |= {one for name in _LOCKS for one in _folders_with(tree, name) & with_manifest}
    strong |= {one for one in with_manifest if _declares_project(tree, f"{one}/pyproject.toml")}
    return tuple(sorted(strong.difference(own)))


def _declares_project(tree: ProjectTree, path: str) -> bool:
    text = tree.raw(path) or b""
    return b"[project]" in text or b"[tool.poetry]" in text


def _doubtful(tree: ProjectTree, own: tuple[str, ...], foreign: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders with a requirements.txt that nothing in the root reads: left out unless there is nothing else."""
    return tuple(sorted(_folders_with(tree, "requirements.txt").difference(own, foreign)))


def _folders_with(tree: ProjectTree, name: str) -> frozenset[str]:
    """Return the folders below the root that hold a file of that name."""
    return frozenset(
        path.rpartition("/")[0] for path in tree.find(name, depth=MAX_FOLDERS) if path != name
    )
