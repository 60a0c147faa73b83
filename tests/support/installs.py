"""Findings of package managers, made by hand, and the installation that is decided from them."""

from typing import Any

from dockwright.decide.install import Installation, plan_installation
from dockwright.decide.tools import InstallRequest
from dockwright.model.dependencies import (
    Index,
    Lock,
    LockedDistribution,
    LockedFile,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    SourceKind,
    Strategy,
)
from dockwright.model.origin import Origin
from dockwright.model.plan import ToolPin
from dockwright.model.settings import Settings

FILES = {
    Manager.PIPENV: ("Pipfile", "Pipfile.lock"),
    Manager.POETRY: ("pyproject.toml", "poetry.lock"),
    Manager.PDM: ("pyproject.toml", "pdm.lock"),
    Manager.UV: ("pyproject.toml", "uv.lock"),
    Manager.REQUIREMENTS: ("requirements.txt", "requirements.txt"),
    Manager.PYLOCK: ("pylock.toml", "pylock.toml"),
    Manager.SETUPTOOLS: ("pyproject.toml", ""),
}
HERE = Origin(path="pyproject.toml", line=1)


def locked(name: str, **fields: Any) -> LockedDistribution:
    """Return an entry that an index offers with a hash, unless `fields` say something else."""
    fields.setdefault("files", (LockedFile(name=f"{name}-1.0-py3-none-any.whl"),))
    return LockedDistribution(name=name, version="1.0", origin=HERE, **fields)


def local(name: str, folder: str) -> LockedDistribution:
    """Return an entry that is a folder of the project."""
    return locked(name, source=SourceKind.PATH, reference=folder, files=())


def wish(name: str, **fields: Any) -> Requirement:
    """Return a wish of the manifest."""
    return Requirement(name=name, origin=HERE, **fields)


def private(*variables: str) -> Index:
    """Return an index of a company; without `variables` its credentials come from a netrc file."""
    return Index(
        name="own",
        url="https://pkg.example.com/simple",
        origin=HERE,
        needs_credentials=True,
        variables=variables,
    )


def finding(
    manager: Manager,
    *entries: LockedDistribution,
    state: LockState | None = LockState.FRESH,
    manifest: dict[str, Any] | None = None,
    **lock: Any,
) -> ManagerFinding:
    """Return the finding of a manager with the usual names of its files; `state` None means without a lock."""
    path, lock_path = FILES[manager]
    found = None
    if state is not None and lock_path:
        found = Lock(
            path=lock_path,
            format="1",
            state=state,
            distributions=entries or (locked("flask"),),
            **lock,
        )
    return ManagerFinding(
        manager=manager, manifest=Manifest(path=path, **(manifest or {})), lock=found
    )


def request(
    found: ManagerFinding,
    *,
    strategy: Strategy = Strategy.LOCKED,
    development: tuple[str, ...] = (),
    **settings: Any,
) -> InstallRequest:
    """Return what an installation is decided from; `settings` are fields of Settings."""
    return InstallRequest(
        finding=found,
        strategy=strategy,
        settings=Settings(**settings),
        tools=tuple(
            ToolPin(name=name, version=version, because="a test")
            for name, version in ((str(found.manager), "2.1.0"), ("uv", "0.9.1"))
        ),
        development=development,
    )


def install(found: ManagerFinding, **fields: Any) -> Installation:
    """Return the installation."""
    return plan_installation(request(found, **fields))
