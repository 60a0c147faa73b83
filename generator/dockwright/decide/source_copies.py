"""Which of the source goes into the image that is shipped."""

from dockwright.decide.ignore import is_left_out
from dockwright.decide.local_project import LocalProject
from dockwright.model.dockerfile import Copy
from dockwright.model.project import Project
from dockwright.model.settings import Settings


def source_copies(project: Project, settings: Settings, local: LocalProject) -> tuple[Copy, ...]:
    """Return the COPYs of the source: all of it, or what is left beside a project that is installed as a wheel."""
    if local.itself is None:
        return (
            Copy(sources=(".",), destination=".", exclude=_left_to_the_tests(project, settings)),
        )
    installed = {*local.code, *(folder.split("/")[0] for folder in local.folders)}
    left = [
        name
        for name in project.source.top_level
        if name.rstrip("/") not in installed
        and _belongs_to_the_program(name)
        # A COPY that names a file brings it back into the build context: no secret, no log may be named.
        and not is_left_out(name.rstrip("/"), project, settings)
    ]
    files = tuple(name for name in left if not name.endswith("/"))
    copies = [Copy(sources=files, destination="./")] if files else []
    copies += [
        Copy(sources=(name.rstrip("/"),), destination=name.rstrip("/"))
        for name in left
        if name.endswith("/")
    ]
    return tuple(copies)


def _left_to_the_tests(project: Project, settings: Settings) -> tuple[str, ...]:
    """Return the folders that only the stage `test` needs; without one the .dockerignore leaves them out."""
    if not project.application.test_command or not (settings.tests and settings.development):
        return ()
    return tuple(
        name.rstrip("/") for name in project.source.top_level if name in {"tests/", "test/"}
    )


_NOT_THE_PROGRAM = frozenset(
    {
        "tests/", "test/", "docs/", "doc/", "examples/", "scripts/", "dist/", "build/", "Pipfile", "Pipfile.lock", "pyproject.toml", "poetry.lock",
        "uv.lock", "pdm.lock", "pylock.toml", "setup.py", "setup.cfg", "MANIFEST.in", "Makefile", "Procfile", "Dockerfile", "compose.yaml",
        "compose.yml", "docker-compose.yml", "docker-compose.yaml", "tox.ini", "noxfile.py", "pytest.ini", "mypy.ini", "ruff.toml", "justfile", "Justfile",
        "apt.txt", "Aptfile", "runtime.txt", "mise.toml", "dockwright.toml", "poetry.toml", "pdm.toml", "conftest.py",
    }
)  # fmt: skip
_PROSE = (".md", ".rst", ".txt", ".yml", ".yaml", ".egg-info/")


def _belongs_to_the_program(name: str) -> bool:
    if name.startswith(".") or name in _NOT_THE_PROGRAM or name.endswith(_PROSE):
        return False
    return not name.upper().startswith(
        ("LICENSE", "LICENCE", "README", "CHANGELOG", "CONTRIBUTING", "NOTICE")
    )
