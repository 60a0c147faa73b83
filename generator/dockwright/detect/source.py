"""The project's own files as the build context sees them, and what we would write over."""

import re

from dockwright.detect.tree import IGNORED_FOLDERS, ProjectTree
from dockwright.errors import ProjectError
from dockwright.model.origin import Origin, Sourced
from dockwright.model.project import ExistingFile, IgnoreFile, SourceTree

# Stands in the first lines of every file that Dockwright writes.
OUR_MARK = "dockwright"

# Files that usually hold credentials, and the endings of examples that hold none.
_CREDENTIALS = (
    r"(\.env(\..+)?|.*\.(pem|key|p12|pfx|jks|kdbx)|id_(rsa|ed25519|ecdsa)|\.netrc|\.pypirc|"
    r"\.pgpass|credentials\.json|service[-_]account.*\.json|secrets?\.(ya?ml|json|toml|env))"
)
_HARMLESS_ENV = (".example", ".sample", ".template", ".dist")
# What we would write, and what compose reads beside it.
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_WRITTEN = ("Dockerfile", ".dockerignore", *_COMPOSE)
_APT_NAME = r"[a-z0-9][a-z0-9.+-]+"


def find_source(tree: ProjectTree) -> SourceTree:
    """List the root of the project; nothing below it is walked, so that size costs nothing."""
    names = tree.names()
    folders = {name for name in names if tree.has_folder(name)}
    files = [name for name in names if name not in folders]
    secrets = [f for f in files if re.fullmatch(_CREDENTIALS, f) and not f.endswith(_HARMLESS_ENV)]
    shown = [name for name in names if name not in IGNORED_FOLDERS]
    inside, prefix = (tree.names("src"), "src/") if "src" in folders else (names, "")
    modules = {name for name in inside if tree.has(f"{prefix}{name}/__init__.py")}
    modules |= {name.removesuffix(".py") for name in inside if name.endswith(".py")}
    return SourceTree(
        top_level=tuple(f"{name}/" if name in folders else name for name in shown),
        secrets=tuple(secrets),
        modules=tuple(sorted(name for name in modules if name.isidentifier())),
        has_git=".git" in names,
    )


def find_existing_files(tree: ProjectTree) -> tuple[ExistingFile, ...]:
    """Return the files that stand where we would write, and whose they are."""
    return tuple(
        ExistingFile(path=path, ours=OUR_MARK in "\n".join(tree.text(path).split("\n")[:4]).lower())
        for path in _WRITTEN
        if tree.has(path)
    )


def find_ignore_files(tree: ProjectTree) -> tuple[IgnoreFile, ...]:
    """Return the .dockerignore files that Dockwright wrote, with the lines that the owner added."""
    found: list[IgnoreFile] = []
    for path in (name for name in tree.names() if name.endswith(".dockerignore")):
        # What was written last tells whose a line is.
        written = tree.optional_text(f".dockwright/base/{path}")
        lines = tuple((tree.optional_text(path) or "").splitlines())
        if written is not None:
            ours = frozenset(written.splitlines())
            own = tuple(line for line in lines if line.strip() and line not in ours)
            found.append(IgnoreFile(path=path, lines=lines, own=own))
    return tuple(found)


def find_apt_packages(tree: ProjectTree) -> tuple[Sourced[str], ...]:
    """Return the packages that apt.txt and Aptfile ask for."""
    found: list[Sourced[str]] = []
    for path in ("apt.txt", "Aptfile"):
        for number, line in enumerate((tree.optional_text(path) or "").splitlines(), 1):
            name, origin = line.partition("#")[0].strip(), Origin(path=path, line=number)
            if not name or name.startswith((":repo:", "http://", "https://")):
                continue
            # It stands in a command of the build as it is.
            if not re.fullmatch(_APT_NAME, name):
                raise ProjectError(
                    f"{name!r} is not the name of a Debian package",
                    origin=origin,
                    rule="one package per line: lower-case letters, digits, '+', '-' and '.'",
                    steps=("correct or remove the line",),
                    example="libmagic1",
                )
            found.append(Sourced(value=name, origin=origin))
    return tuple(found)
