"""The three digests of a Pipfile that are in use, reckoned without Pipenv.

| variant    | written by            | what counts besides sources, requires, packages and dev-packages            |
|------------|-----------------------|----------------------------------------------------------------------------|
| legacy     | Pipenv to 2022.9      | nothing                                                                    |
| plette     | 2022.10 to 2026.2     | every further table that is not [scripts], [pipenv] or [pipfile]           |
| normalised | from 2026.4           | the same, and the names of packages in their canonical form (PEP 503)      |

All three agree where there are no further tables and every name is canonical.
"""

import json
from typing import Any

from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.detect.managers.toml_values import dig

DEFAULT_SOURCES = [{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}]
OWN_TABLES = frozenset(
    {"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"}
)
_RESERVED = frozenset({"default", "develop"})


def matching_variant(
    pipfile: dict[str, Any], recorded: str, *, knows_categories: bool = False
) -> str:
    """Return which digest of the Pipfile is `recorded`: "normalised", "plette", "legacy", or "" for none of them.

    The newest is tried first: where they agree, any Pipenv reads the lock, and the newest is the one to use. A lock that
    `knows_categories` was not written by a Pipenv of the legacy digest, and is not judged by it.
    """
    if recorded == normalised_digest(pipfile):
        return "normalised"
    # Pipenv 2022.10.9 alone counts [pipenv] as well.
    if recorded in (plette_digest(pipfile), plette_digest(pipfile, counted=("pipenv",))):
        return "plette"
    return "legacy" if not knows_categories and recorded == legacy_digest(pipfile) else ""


def normalised_digest(pipfile: dict[str, Any]) -> str:
    """Return the digest of Pipenv 2026.4 and newer, hexadecimal."""
    return _digest(
        {key: _with_canonical_names(key, value) for key, value in _content(pipfile).items()}
    )


def plette_digest(pipfile: dict[str, Any], counted: tuple[str, ...] = ()) -> str:
    """Return the digest of Pipenv 2022.10 to 2026.2; `counted` are tables that count beside the usual ones."""
    return _digest(_content(pipfile) | {key: pipfile[key] for key in counted if key in pipfile})


def legacy_digest(pipfile: dict[str, Any]) -> str:
    """Return the digest of Pipenv before 2022.10, with the library that Pipenv used then.

    Its own loader opens files by itself, and puts in an index address of 2017 where there is no [[source]]; so it gets
    the tables that were read already. Only a lock that no newer Pipenv accepts comes this way: the import costs nothing else.
    """
    from pipfile.api import Pipfile

    document = Pipfile(filename="Pipfile")
    document.data = json.loads(_json(_core(pipfile)))
    return str(document.hash)


def _core(pipfile: dict[str, Any]) -> dict[str, Any]:
    return {
        "_meta": {
            "sources": pipfile.get("source", DEFAULT_SOURCES),
            "requires": pipfile.get("requires", {}),
        },
        "default": pipfile.get("packages", {}),
        "develop": pipfile.get("dev-packages", {}),
    }


def _content(pipfile: dict[str, Any]) -> dict[str, Any]:
    further = {
        key: value
        for key, value in pipfile.items()
        if key not in OWN_TABLES and key not in _RESERVED
    }
    return _core(pipfile) | further


def _with_canonical_names(key: str, value: Any) -> Any:  # noqa: ANN401 - a value of TOML
    if key == "_meta" or not isinstance(value, dict):
        return value
    return {canonical_name(name): entry for name, entry in value.items()}


def _json(content: dict[str, Any]) -> str:
    # Dates have no JSON; Pipenv accepts none in a Pipfile, and `str` keeps a strange one from ending in a traceback.
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)


def _digest(content: dict[str, Any]) -> str:
    from hashlib import sha256

    return sha256(_json(content).encode("utf-8")).hexdigest()


def names_that_are_not_canonical(pipfile: dict[str, Any]) -> tuple[str, ...]:
    """Return the packages whose spelling makes the normalised digest another one, sorted."""
    tables = [
        value
        for key, value in pipfile.items()
        if key not in OWN_TABLES - {"packages", "dev-packages"}
    ]
    names = {name for table in tables if isinstance(table, dict) for name in table}
    return tuple(sorted(name for name in names if name != canonical_name(name)))


def categories(pipfile: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the custom categories, as spelled, in the order of the file."""
    known = OWN_TABLES | _RESERVED | {"build-system"}
    return tuple(key for key in pipfile if key not in known and isinstance(dig(pipfile, key), dict))
