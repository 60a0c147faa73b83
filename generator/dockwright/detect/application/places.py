"""Where in a project an application may stand, judged by path alone."""

from collections.abc import Iterable
from functools import lru_cache

NEVER = frozenset({
    "test", "tests", "testing", "testsuite", "unittests", "e2e", "cypress", "playwright", "docs", "doc", "documentation", "example",
    "examples", "sample", "samples", "demo_data", "fixtures", "testdata", "test_data", "vendor", "third_party", "thirdparty",
    "site-packages", "snippets", "cookiecutters", "build", "dist",
})  # fmt: skip
"""Folders that hold no application of the project: nothing in them is a candidate."""

UNLIKELY = frozenset({
    "scripts", "script", "tools", "tool", "notebooks", "notebook", "benchmarks", "benchmark", "bench", "migrations", "alembic",
    "versions", "hack", "contrib", "dev", "devtools", "ci", "infra", "infrastructure", "deploy", "deployment", "playground", "experiments",
    "terraform", "lambda", "lambdas", "locust", "load_tests", "loadtests", "airflow", "dags", "legacy", "old", "archive", "backup", "research",
})  # fmt: skip
"""Folders that usually hold helpers: a candidate in them loses against one elsewhere."""

_NEVER_NAMES = frozenset({
    "conftest.py", "setup.py", "noxfile.py", "fabfile.py", "dodo.py", "wscript.py", "locustfile.py", "versioneer.py", "ez_setup.py",
})  # fmt: skip

ENTRY_NAMES = (
    "asgi", "wsgi", "main", "app", "application", "server", "api", "run", "start", "web", "webapp", "bot", "service", "index", "serve",
    "runserver", "entrypoint", "launch", "streamlit_app", "home", "worker",
)  # fmt: skip
"""Names of modules that people start, the most telling first."""

_REMEMBERED = 4096
"""Folders about which an answer is remembered: most files stand beside another."""

_RANKS = {name: number for number, name in enumerate(ENTRY_NAMES)}


def is_candidate(path: str) -> bool:
    """Whether an application may stand in this file at all."""
    above, _, name = path.rpartition("/")
    return _holds_candidates(above) and not (name in _NEVER_NAMES or is_test_name(name))


@lru_cache(maxsize=_REMEMBERED)
def _holds_candidates(path: str) -> bool:
    return not any(
        name in NEVER or name.startswith(".") or is_test_folder(name) for name in path.split("/")
    )


def is_test_folder(name: str) -> bool:
    """Whether a folder of this name holds tests: tests, tests_smoke, test-data."""
    return name.startswith(("tests", "test_", "test-")) or name == "test"


def is_test_name(name: str) -> bool:
    """Whether a file of this name is a test by the habits of pytest, unittest and Django."""
    return name.startswith("test_") or name.endswith("_test.py") or name in ("test.py", "tests.py")


def is_unlikely(path: str) -> bool:
    """Whether the file stands in a folder that usually holds helpers."""
    return _is_unlikely_folder(path.rpartition("/")[0])


@lru_cache(maxsize=_REMEMBERED)
def _is_unlikely_folder(path: str) -> bool:
    return not UNLIKELY.isdisjoint(path.lower().split("/"))


def name_rank(path: str) -> int:
    """Return 0 for the most telling module name, larger for less telling ones."""
    return _RANKS.get(stem(path).lower(), len(ENTRY_NAMES))


def stem(path: str) -> str:
    """Return the file's name without folder and `.py`."""
    return path.rpartition("/")[2].removesuffix(".py")


def folder(path: str) -> str:
    """Return the folder of a path, "" for the root."""
    return path.rpartition("/")[0]


def join(base: str, name: str) -> str:
    """Return `name` below `base`, where "" is the root."""
    return f"{base}/{name}" if base and name else base or name


def under(path: str, folders: Iterable[str]) -> bool:
    """Whether `path` lies in one of `folders`."""
    return any(path.startswith(f"{one}/") for one in folders)


def likely_first(paths: Iterable[str]) -> list[str]:
    """Return the paths in the order in which they are worth reading."""
    return sorted(
        paths, key=lambda path: (is_unlikely(path), path.count("/"), name_rank(path), path)
    )
