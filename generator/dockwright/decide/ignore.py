"""What stays out of the build context, and what must not."""

import posixpath
import re
from collections.abc import Iterable
from functools import cache

from dockwright.model.application import ProcessKind
from dockwright.model.artifact import IgnoreGroup, IgnorePlan
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import Process
from dockwright.model.project import IgnoreFile, Project
from dockwright.model.settings import Settings

_SECRETS = (
    "**/.env*", "!**/.env.example", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/*.jks",
    "**/id_*sa", "**/id_ed25519*", "**/*.tfstate*", "**/*credentials*.json", "**/*secret*.json",
    "**/secrets.*", "!**/*.py", "**/*service-account*.json", "**/.netrc", "**/.pypirc",
    "**/.npmrc", "**/.pgpass",
)  # fmt: skip
_TOOLS = (
    ".git*", ".venv", ".idea", ".vscode", "**/__pycache__", "**/*.py[cod]", ".*_cache", ".coverage",
    "htmlcov",
)  # fmt: skip
_PROSE = ("README*", "CHANGELOG*", "CONTRIBUTING*", "docs", "examples")
_TESTS = ("tests", "test")


def plan_ignore(
    project: Project,
    settings: Settings,
    needed: tuple[str, ...],
    *,
    tests: bool,
    packaged: bool = False,
) -> IgnorePlan:
    """Return the patterns; `needed` are the paths that the Dockerfile copies or mounts.

    `tests` says that a stage runs the tests, `packaged` that the project is built as a wheel: its
    backend may read any file, such as the readme.
    """
    present = {name.rstrip("/") for name in project.source.top_level}
    # What the code opens or imports belongs to the program, whatever it is called.
    opened = tuple(one.value for one in project.application.opened)
    prose = [
        one for one in _PROSE if not packaged and any(left_out(name, (one,)) for name in present)
    ]
    left = [*prose, *(() if tests else (name for name in _TESTS if name in present))]
    left = [one for one in left if not any(left_out(path, (one,)) for path in opened)]
    groups = [
        IgnoreGroup(comment="Secrets", patterns=(*_SECRETS, *_secrets(project))),
        IgnoreGroup(
            comment="Version control, editors, caches, and what running the project leaves",
            patterns=(
                *_TOOLS,
                *_left_by_tools(project, present, packaged=packaged),
                *_made(project),
            ),
        ),
        IgnoreGroup(comment="Not for the image", patterns=(*_own_files(settings), *left)),
    ]
    if settings.ignore:
        groups.append(IgnoreGroup(comment="From the settings", patterns=settings.ignore))
    return IgnorePlan(groups=tuple(groups), keep=_kept(groups, (*needed, *opened), settings))


def _left_by_tools(project: Project, present: set[str], *, packaged: bool) -> tuple[str, ...]:
    """Return what the tools of this project leave behind: only what could be there."""
    managers = {str(finding.manager) for finding in project.managers}
    return (
        *((".pdm-python", ".pdm-build") if "pdm" in managers else ()),
        # `uv build` would look for that Python instead of taking the image's.
        *((".python-version",) if packaged and ".python-version" in present else ()),
        *(("**/*.egg-info", "build", "dist") if packaged else ()),
        *(("**/node_modules",) if project.application.front_ends else ()),
        *(name for name in ("venv", "env") if f"{name}/pyvenv.cfg" in present),
    )


def _made(project: Project) -> tuple[str, ...]:
    """Return what lies beside the source once it has run on a developer's machine."""
    django = project.application.django
    roots = sorted({one.static_root for one in django if one.static_root})
    beats = any(one.kind == ProcessKind.SCHEDULER for one in project.application.processes)
    return (
        *roots,
        *(("celerybeat-schedule*",) if beats else ()),
        "**/*.sqlite3",
        "**/*.log",
    )


def is_left_out(name: str, project: Project, settings: Settings) -> bool:
    """Whether a file or folder of the root is no part of the build context: a secret, a log, what
    settings or owner name.
    """
    kept = tuple(f"!{pattern}" for pattern in settings.keep)
    added = project.ignore_file(settings.ignore_path).own
    return left_out(
        name,
        (
            *_SECRETS,
            *_TOOLS,
            *_made(project),
            *_secrets(project),
            *_own_files(settings),
            *settings.ignore,
            *kept,
            *added,
        ),
    )


def hidden_by_the_owner(
    project: Project, settings: Settings, needed: tuple[str, ...]
) -> tuple[Notice, ...]:
    """Return a notice for each of `needed`, the paths that the Dockerfile names, that a line of the
    owner leaves out.
    """
    file = project.ignore_file(settings.ignore_path)
    return tuple(
        Notice(
            code="ignored-but-needed",
            text=f"{path} is left out by a line that was added, but the Dockerfile reads it",
            origin=Origin(path=file.path, line=_line_of(path, file)),
            remedy=f"take the line out, or add `!{path}` below it",
        )
        for path in needed
        if "*" not in path and left_out(path, file.own) and left_out(path, file.lines)
    )


def named_by_commands(project: Project, processes: tuple[Process, ...]) -> tuple[str, ...]:
    """Return the files of the root that a command names (`--certfile=cert.pem`), sorted."""
    words = {part for one in processes for word in one.command for part in word.split("=")}
    return tuple(sorted(words & set(project.source.top_level)))


def secrets_in_the_image(
    project: Project, plan: IgnorePlan, named: tuple[str, ...]
) -> tuple[Notice, ...]:
    """Return a notice for each file that looks like a secret and that code or command names."""
    opened = {one.value: one.origin for one in project.application.opened}
    places = {**dict.fromkeys(named), **opened}
    return tuple(
        Notice(
            code="secret-in-image",
            text=f"{path} looks like a secret and is in the image, since "
            + ("the code opens it" if path in opened else "the command names it"),
            origin=origin,
            remedy=f'mount it where the container runs, and leave it out: ignore = ["{path}"]',
        )
        for path, origin in places.items()
        if path in plan.keep and left_out(path, (*_SECRETS, *_secrets(project)))
    )


def _line_of(path: str, file: IgnoreFile) -> int:
    """Return the last line of the owner that leaves `path` out, from 1."""
    return max(
        number
        for number, line in enumerate(file.lines, 1)
        if line in file.own and left_out(path, (line,))
    )


def _secrets(project: Project) -> tuple[str, ...]:
    return tuple(name for name in project.source.secrets if not left_out(name, _SECRETS))


def _own_files(settings: Settings) -> tuple[str, ...]:
    return (
        settings.dockerfile_path,
        "compose*.yaml",
        *((settings.compose_path,) if settings.compose_path != "compose.yaml" else ()),
        settings.ignore_path,
        ".dockwright",
    )


def _kept(
    groups: list[IgnoreGroup], needed: tuple[str, ...], settings: Settings
) -> tuple[str, ...]:
    """Return what the patterns would leave out although the build reads it: the readme of a
    package, an output in build/.
    """
    patterns = tuple(pattern for group in groups for pattern in group.patterns)
    hidden = {path for path in needed if "*" not in path and left_out(path, patterns)}
    return tuple(sorted(hidden | set(settings.keep)))


_SPECIAL = frozenset("*?[\\")


def left_out(path: str, patterns: Iterable[str]) -> bool:
    """Whether the patterns leave `path` (relative to the context, with `/`) out of the build
    context.
    """
    places = (path, *_parents(path))
    out = False
    for line in patterns:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        back = text.startswith("!")
        pattern = _clean(text.removeprefix("!").strip())
        if out is back and any(_matches(pattern, place) for place in places):
            out = not back
    return out


def _matches(pattern: str, place: str) -> bool:
    """Whether a pattern names a place; the usual forms are answered without making a regular
    expression of them.
    """
    body = pattern.removeprefix("**/")
    if _SPECIAL.isdisjoint(body):
        return place == body or (body != pattern and place.endswith(f"/{body}"))
    if body != pattern and body.startswith("*.") and _SPECIAL.isdisjoint(body[1:]):
        return place.endswith(body[1:])
    return _compiled(pattern).fullmatch(place) is not None


def _parents(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


def _clean(text: str) -> str:
    return posixpath.normpath(text).lstrip("/") if text else text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a pattern as Docker does; one that is not valid matches nothing."""
    made, position = "", 0
    while position < len(pattern):
        step, text = _token(pattern, position)
        made += text
        position += step
    try:
        return re.compile(made, re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")


def _token(pattern: str, position: int) -> tuple[int, str]:
    rest = pattern[position:]
    if rest.startswith("**/"):
        return 3, "(?:.*/)?"
    if rest.startswith("**"):
        return 2, ".*"
    match rest[0]:
        case "*":
            return 1, "[^/]*"
        case "?":
            return 1, "[^/]"
        case "\\" if len(rest) > 1:
            return 2, re.escape(rest[1])
        case "[" if "]" in rest[2:]:
            end = rest.index("]", 2)
            return end + 1, "[" + rest[1:end].replace("\\", "\\\\").replace("[", "\\[") + "]"
        case literal:
            return 1, re.escape(literal)
