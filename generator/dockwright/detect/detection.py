"""ProjectTree in, Project out: runs every detector, the cheap and decisive ones first."""

import re
from collections.abc import Iterator
from pathlib import Path

from dockwright.detect.application import find_application, read_deployment
from dockwright.detect.managers import find_managers
from dockwright.detect.requested_python import find_requested_pythons
from dockwright.detect.source import (
    find_apt_packages,
    find_existing_files,
    find_ignore_files,
    find_source,
)
from dockwright.detect.tree import ProjectTree
from dockwright.errors import NoProjectError
from dockwright.model.application import Application
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import Project

_MANIFESTS = ("Pipfile", "pyproject.toml", "requirements.txt", "setup.py")
_LOCKS = ("Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "pylock.toml")
_FILES = frozenset({*_MANIFESTS, *_LOCKS, "setup.cfg", ".python-version"})
_CONDA = {
    "environment.yml": "a conda environment",
    "environment.yaml": "a conda environment",
    "conda-lock.yml": "a conda lock",
    "pixi.toml": "a manifest of pixi",
}
# What people take for a Python project, or mistype.
_OTHERS = _CONDA | {
    "package.json": "a Node.js project",
    "go.mod": "a Go project",
    "Cargo.toml": "a Rust project",
    "Gemfile": "a Ruby project",
    "pipfile": "a Pipfile in lower case: Pipenv wants Pipfile",
}
_SHOWN = 12


def detect(root: Path) -> Project:
    """Read the project in `root`. NoProjectError where there is nothing to containerise."""
    tree = ProjectTree(root)
    managers = find_managers(tree)
    deployment = read_deployment(tree)
    application = find_application(tree, managers, deployment)
    started = _started(application)
    if not managers and (not started or _with_manifest(tree, started[0])):
        raise _nothing_here(tree, application)
    pythons, notices = find_requested_pythons(tree, managers, deployment.pythons)
    # The name of a folder differs from checkout to checkout, so the manifest's counts more.
    own = [one.manifest.distribution for one in managers if one.manifest.distribution]
    name = own[0].name if own and own[0].name else tree.folder_name
    return Project(
        name=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "app",
        managers=managers,
        pythons=pythons,
        application=application,
        source=find_source(tree),
        existing=find_existing_files(tree),
        apt_packages=(*find_apt_packages(tree), *deployment.packages),
        exposed_port=next(iter(deployment.ports), None),
        notices=(*notices, *_not_read(tree, managers)),
        description=next((one.description for one in own if one.description), ""),
        root_manifest=Origin(path=managers[0].manifest.path) if managers else None,
        ignore_files=find_ignore_files(tree),
    )


def _not_read(tree: ProjectTree, managers: tuple[ManagerFinding, ...]) -> Iterator[Notice]:
    # A link to nowhere, or a folder, must not be taken for a file that is not there.
    for name in (name for name in tree.names() if name in _FILES and not tree.has(name)):
        yield Notice(
            code="no-file",
            text=f"{name} is a link that leads nowhere, or a folder; it is not read",
            origin=Origin(path=name),
            remedy="mend the link, or remove what stands there",
        )
    conda = next((name for name in _CONDA if tree.has(name)), "")
    # Beside requirements such a file is one developer's environment, and no loss.
    if conda and not any(finding.manifest.requirements for finding in managers):
        yield Notice(
            code="conda-not-read",
            text=f"{conda} is {_CONDA[conda]}; what it names is not installed",
            origin=Origin(path=conda),
            remedy="name what the code imports in a requirements.txt or pyproject.toml, what PyPI "
            "does not have in `packages` (Debian's name), or an image that has it in `base`",
        )


def _started(application: Application) -> list[Origin]:
    web = [one.origin for one in application.web]
    return web + [one.origin for one in application.processes]


def _with_manifest(tree: ProjectTree, origin: Origin) -> str:
    """Return the folder below the root that holds a file and a manifest, "" without one."""
    found = {path.rpartition("/")[0] for name in _MANIFESTS for path in tree.find(name, depth=3)}
    inside = (one for one in sorted(found - {""}) if origin.path.startswith(f"{one}/"))
    return next(inside, "")


def _nothing_here(tree: ProjectTree, application: Application) -> NoProjectError:
    names = tree.names()
    # Many repositories have the program in a folder below, and people start at the top.
    found = {path.rpartition("/")[0] for name in _MANIFESTS for path in tree.find(name, depth=3)}
    near = {_with_manifest(tree, origin) for origin in _started(application)} - {""}
    below = sorted(near or found - {""})
    steps = ["run the command in the folder that holds the manifest"]
    if below:
        steps.insert(0, f"a manifest stands in {', '.join(below[:5])}: pass that folder")
    looked_for = ", ".join(application.looked_for[:8])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    others = "; ".join(f"{name} ({meaning})" for name, meaning in _OTHERS.items() if name in names)
    return NoProjectError(
        f"the application is in {below[0]}, which has a manifest of its own"
        if near
        else "no Python project was found",
        found=others or ", ".join(names[:_SHOWN]) + more or "an empty folder",
        rule="a project is a manifest (Pipfile, pyproject.toml, requirements.txt, setup.cfg, "
        "setup.py, pylock.toml) or a script to run; "
        + (f"looked for {looked_for}" if looked_for else "neither is here"),
        steps=tuple(steps),
        example=f"dockwright generate {below[0] if below else 'path/to/project'}",
    )
