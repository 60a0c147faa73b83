"""Puts together what the single detectors find."""

import re

from dockwright.detect.application import find_application, find_exposed_port
from dockwright.detect.managers import find_managers
from dockwright.detect.python_version import find_requested_pythons
from dockwright.detect.source import (
    find_apt_packages,
    find_existing_files,
    find_ignore_files,
    find_source,
)
from dockwright.detect.tree import ProjectTree
from dockwright.errors import NoProjectError
from dockwright.model.application import Application
from dockwright.model.dependencies import Distribution, ManagerFinding
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import Project

_WIDER_THAN_SUPPORT = {
    "environment.yml": "a conda environment",
    "environment.yaml": "a conda environment",
    "conda-lock.yml": "a conda lock",
    "pixi.toml": "a manifest of pixi",
    "package.json": "a Node.js project",
    "go.mod": "a Go project",
    "Cargo.toml": "a Rust project",
    "Gemfile": "a Ruby project",
    "requirments.txt": "a misspelt requirements.txt",
    "requirement.txt": "a misspelt requirements.txt",
    "requeriments.txt": "a misspelt requirements.txt",
    "requirements.txt.txt": "a misspelt requirements.txt",
    "pipfile": "a Pipfile in lower case: Pipenv wants Pipfile",
}


_FILES = frozenset(
    {
        "Pipfile", "Pipfile.lock", "pyproject.toml", "poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "requirements.txt",
        "setup.cfg", "setup.py",
    }
)  # fmt: skip


def find_project(tree: ProjectTree) -> Project:
    """Run every detector over `tree`, the cheap and decisive ones first."""
    managers = find_managers(tree)
    application = find_application(tree, managers)
    if not managers and not application.web and not application.processes:
        raise _nothing_here(tree, application)
    pythons, notices = find_requested_pythons(tree, managers)
    return Project(
        name=_image_name(tree, managers),
        managers=managers,
        pythons=pythons,
        application=application,
        source=find_source(tree),
        existing=find_existing_files(tree),
        apt_packages=find_apt_packages(tree),
        exposed_port=find_exposed_port(tree),
        notices=(*notices, *_no_files(tree), *_not_read(tree, managers)),
        description=next((d.description for d in _distributions(managers) if d.description), ""),
        root_manifest=Origin(path=managers[0].manifest.path) if managers else None,
        ignore_files=find_ignore_files(tree),
    )


def _no_files(tree: ProjectTree) -> tuple[Notice, ...]:
    """A manifest or lock that is a link to nowhere, or a folder, is not silently missing."""
    return tuple(
        Notice(
            code="no-file",
            text=f"{name} is a link that leads nowhere, or a folder; the project is read without it",
            origin=Origin(path=name),
            remedy="mend the link, or remove what stands there",
        )
        for name in tree.names()
        if name in _FILES and not tree.has(name)
    )


_CONDA = ("environment.yml", "environment.yaml", "conda-lock.yml", "pixi.toml")


def _not_read(tree: ProjectTree, managers: tuple[ManagerFinding, ...]) -> tuple[Notice, ...]:
    """Say that conda's files are not read, unless a manifest names what to install."""
    name = next((name for name in _CONDA if tree.has(name)), "")
    if not name or any(finding.manifest.requirements for finding in managers):
        return ()
    return (
        Notice(
            code="conda-not-read",
            text=f"{name} is {_WIDER_THAN_SUPPORT[name]}, which is not read: nothing that it names is installed",
            origin=Origin(path=name),
            remedy="name what the code imports, as PyPI calls it, in a requirements.txt or pyproject.toml; what PyPI does not have "
            "is a Debian package for `packages`, or needs an image of your own: `base`",
        ),
    )


def _distributions(managers: tuple[ManagerFinding, ...]) -> tuple[Distribution, ...]:
    return tuple(
        finding.manifest.distribution for finding in managers if finding.manifest.distribution
    )


def _image_name(tree: ProjectTree, managers: tuple[ManagerFinding, ...]) -> str:
    named = (
        next((f.manifest.distribution.name for f in managers if f.manifest.distribution), "")
        or tree.folder_name
    )
    return re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-") or "app"


def _nothing_here(tree: ProjectTree, application: Application) -> NoProjectError:
    names = tree.names()
    near = [f"{name} ({meaning})" for name, meaning in _WIDER_THAN_SUPPORT.items() if name in names]
    below = sorted(
        {
            path.rpartition("/")[0]
            for pattern in _MANIFEST_NAMES
            for path in tree.find(pattern, depth=3)
        }
        - {""}
    )
    steps = ["run the command in the folder that holds the manifest"]
    if below:
        steps.insert(0, f"a manifest stands in {', '.join(below[:5])}: pass that folder")
    return NoProjectError(
        "no Python project was found",
        found=_seen(names, near),
        rule="a project is a manifest (Pipfile, pyproject.toml, requirements.txt, setup.cfg, setup.py, pylock.toml) or a script to run; "
        + (
            f"looked for {', '.join(application.looked_for[:8])}"
            if application.looked_for
            else "neither is here"
        ),
        steps=tuple(steps),
        example=f"dockwright generate {below[0]}"
        if below
        else "dockwright generate path/to/project",
    )


_MANIFEST_NAMES = ("Pipfile", "pyproject.toml", "requirements.txt", "setup.py")


def _seen(names: tuple[str, ...], near: list[str]) -> str:
    if near:
        return "; ".join(near)
    if not names:
        return "an empty folder"
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
