"""What stays out of the build context, and what must not."""

from dockwright.decide.ignore_rules import left_out
from dockwright.model.dockerfile import IgnoreGroup, IgnorePlan
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import IgnoreFile, Project
from dockwright.model.settings import Settings

_ALWAYS = (
    ("Version control and editors", (".git", ".gitignore", ".gitattributes", ".github", ".gitlab-ci.yml", ".hg", ".svn", ".idea", ".vscode", "**/.DS_Store")),
    ("Secrets", ("**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", ".secrets")),
    ("Environments, caches and what tools leave behind", (
        "**/.venv", "**/venv", "**/__pycache__", "**/*.py[cod]", "**/.mypy_cache", "**/.pytest_cache", "**/.ruff_cache", "**/.hypothesis", "**/.tox",
        "**/.nox", "**/.coverage", "**/htmlcov", ".pdm-python", ".pdm-build", "**/*.egg-info", "build", "dist", "**/node_modules",
    )),
    ("Databases and uploads of a developer's machine", ("**/*.sqlite3", "**/*.sqlite3-journal", "**/db.sqlite", "**/*.log")),
)  # fmt: skip
_PROSE = ("README*", "CHANGELOG*", "CONTRIBUTING*", "docs", "examples")
_TESTS = ("tests", "test")


def plan_ignore(
    project: Project,
    settings: Settings,
    needed: tuple[str, ...],
    header: tuple[str, ...],
    *,
    tests: bool,
) -> IgnorePlan:
    """Return the patterns; `needed` are the paths that the Dockerfile copies or mounts, `tests` whether a stage runs the tests."""
    groups = [IgnoreGroup(comment=comment, patterns=patterns) for comment, patterns in _ALWAYS]
    present = {name.rstrip("/") for name in project.source.top_level}
    secrets = _secrets(project)
    if secrets:
        groups.append(IgnoreGroup(comment="Secrets found here", patterns=secrets))
    written = _own_files(settings)
    groups.append(
        IgnoreGroup(
            comment="These files themselves: an edit must not copy the source again",
            patterns=written,
        )
    )
    prose = tuple(
        pattern for pattern in _PROSE if any(left_out(name, (pattern,)) for name in present)
    )
    aside = (*prose, *(() if tests else tuple(name for name in _TESTS if name in present)))
    if aside:
        groups.append(IgnoreGroup(comment="Not part of the program", patterns=aside))
    if settings.ignore:
        groups.append(IgnoreGroup(comment="From the settings", patterns=settings.ignore))
    return IgnorePlan(header=header, groups=tuple(groups), keep=_kept(groups, needed, settings))


def is_left_out(name: str, project: Project, settings: Settings) -> bool:
    """Whether a file or folder of the root is no part of the build context: a secret, a log, what settings or owner name."""
    kept = tuple(f"!{pattern}" for pattern in settings.keep)
    added = project.ignore_file(settings.ignore_path).own
    return left_out(
        name,
        (*_always(), *_secrets(project), *_own_files(settings), *settings.ignore, *kept, *added),
    )


def hidden_by_the_owner(
    project: Project, settings: Settings, needed: tuple[str, ...]
) -> tuple[Notice, ...]:
    """Return a notice for each of `needed`, the paths that the Dockerfile names, that a line of the owner leaves out."""
    file = project.ignore_file(settings.ignore_path)
    return tuple(
        Notice(
            code="ignored-but-needed",
            text=f"{path} is left out by a line that was added, and the Dockerfile reads it: the build will not find it",
            origin=Origin(path=file.path, line=_line_of(path, file)),
            remedy=f"take the line out, or add `!{path}` below it",
        )
        for path in needed
        if "*" not in path and left_out(path, file.own) and left_out(path, file.lines)
    )


def _line_of(path: str, file: IgnoreFile) -> int:
    """Return the last line of the owner that leaves `path` out, from 1."""
    return max(
        number
        for number, line in enumerate(file.lines, 1)
        if line in file.own and left_out(path, (line,))
    )


def _always() -> tuple[str, ...]:
    return tuple(pattern for _, patterns in _ALWAYS for pattern in patterns)


def _secrets(project: Project) -> tuple[str, ...]:
    always = _always()
    return tuple(name for name in project.source.secrets if not left_out(name, always))


def _own_files(settings: Settings) -> tuple[str, ...]:
    return (
        settings.dockerfile_path,
        settings.ignore_path,
        "compose*.y*ml",
        "docker-compose*.y*ml",
        ".dockwright",
    )


def _kept(
    groups: list[IgnoreGroup], needed: tuple[str, ...], settings: Settings
) -> tuple[str, ...]:
    """Return what the patterns would leave out although the build reads it: the readme of a package, an output in build/."""
    patterns = tuple(pattern for group in groups for pattern in group.patterns)
    hidden = {path for path in needed if "*" not in path and left_out(path, patterns)}
    return tuple(sorted(hidden | set(settings.keep)))
