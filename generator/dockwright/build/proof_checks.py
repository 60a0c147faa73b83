"""The single points of a proof that need no running application."""

import re
from collections.abc import Callable
from typing import Any

from dockwright.model.output import Check
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_SECRET_NAME = Pattern(
    r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL|ACCESS_KEY)", re.IGNORECASE
)
_SECRET_VALUE = Pattern(
    r"://[^/\s:@'\"$]+:[^/\s@'\"$]+@|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY"
)


@record
class Expectation:
    """What plan and lock promise.

    `distributions` maps machine ("x86_64") to name and version, empty without a lock; `local` are the names of the project's own
    distributions; `listens` whether the image serves requests; `complete` whether the lock names everything that is installed
    (pinned requirements without hashes need not); `without_pip` whether the interpreter's own pip was taken out.
    """

    python: str
    distributions: dict[str, dict[str, str]]
    local: tuple[str, ...] = ()
    listens: bool = False
    complete: bool = True
    without_pip: bool = False


CheckOfImage = Callable[[Expectation, dict[str, Any], dict[str, Any], tuple[str, ...]], Check]


def python_version(
    expected: Expectation, seen: dict[str, Any], _: dict[str, Any], __: tuple[str, ...]
) -> Check:
    """The interpreter is the one that was decided on."""
    version = str(seen["python"])
    fits = version == expected.python or version.startswith(f"{expected.python}.")
    return Check(name="python", passed=fits, found=version, expected=expected.python)


def distributions(
    expected: Expectation, seen: dict[str, Any], _: dict[str, Any], __: tuple[str, ...]
) -> Check:
    """Every locked distribution is there at its version, and nothing else is."""
    locked = expected.distributions.get(seen["machine"], {})
    found: dict[str, str] = seen["distributions"]
    if not locked:
        return Check(
            name="lock",
            passed=True,
            found=f"{len(found)} distributions; there is no lock to compare with",
        )
    wrong = [
        f"{name} {version} is locked, {'missing' if name not in found else found[name] + ' installed'}"
        for name, version in sorted(locked.items())
        if not same_version(found.get(name, ""), version)
    ]
    more = sorted(found.keys() - locked.keys() - set(expected.local)) if expected.complete else []
    wrong += [f"{name} {found[name]} is installed and not locked" for name in more]
    text = "exactly what the lock says" if not wrong else f"{len(wrong)} differ"
    return Check(
        name="lock",
        passed=not wrong,
        found=text,
        expected=f"{len(locked)} distributions",
        details=tuple(wrong),
    )


def same_version(found: str, locked: str) -> bool:
    """Whether two versions are equal (PEP 440); an empty locked version accepts any."""
    if not locked or found == locked:
        return bool(found)
    from packaging.version import InvalidVersion, Version

    try:
        return Version(found) == Version(locked)
    except InvalidVersion:
        return False


def imports(
    _: Expectation, seen: dict[str, Any], __: dict[str, Any], ___: tuple[str, ...]
) -> Check:
    """Every top-level module of every distribution imports."""
    failures: dict[str, str] = seen["failures"]
    details = tuple(
        f"{module} ({seen['imports'][module]}): {why}" for module, why in sorted(failures.items())
    )
    text = f"{len(seen['imports']) - len(failures)} of {len(seen['imports'])} modules import"
    return Check(name="imports", passed=not failures, found=text, details=details)


def consistency(
    _: Expectation, seen: dict[str, Any], __: dict[str, Any], ___: tuple[str, ...]
) -> Check:
    """What each distribution requires is installed in a version that it accepts."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    installed: dict[str, str] = seen["distributions"]
    broken: list[str] = []
    for name, texts in sorted(seen["requires"].items()):
        for text in texts:
            try:
                wish = Requirement(text)
            except InvalidRequirement:
                continue
            if wish.marker and not wish.marker.evaluate({**seen["environment"], "extra": ""}):
                continue
            version = installed.get(canonicalize_name(wish.name))
            if version is None:
                broken.append(f"{name} requires {wish.name}, which is not installed")
            elif not wish.specifier.contains(version, prereleases=True):
                broken.append(
                    f"{name} requires {wish.name}{wish.specifier}, and {version} is installed"
                )
    text = "all requirements are met" if not broken else f"{len(broken)} are not met"
    return Check(name="consistency", passed=not broken, found=text, details=tuple(broken))


def user(
    _: Expectation, __: dict[str, Any], configuration: dict[str, Any], ___: tuple[str, ...]
) -> Check:
    """The container runs as a numeric user that is not root."""
    named = str(configuration["Config"].get("User") or "")
    number = named.partition(":")[0]
    return Check(
        name="user",
        passed=number.isdecimal() and number != "0",
        found=named or "root",
        expected="a number other than 0",
    )


def compilers(
    _: Expectation, seen: dict[str, Any], __: dict[str, Any], ___: tuple[str, ...]
) -> Check:
    """No compiler and no headers are shipped."""
    found = (*seen["compilers"], *seen["development_packages"])
    return Check(
        name="compilers", passed=not found, found=", ".join(found) or "none", expected="none"
    )


def managers(
    expected: Expectation, seen: dict[str, Any], __: dict[str, Any], ___: tuple[str, ...]
) -> Check:
    """No package manager is shipped; of a base image that we leave as it is, its own pip does not count."""
    own = seen["base_pip"] if expected.without_pip else ""
    found = (*seen["managers"], *((own,) if own else ()))
    return Check(
        name="managers", passed=not found, found=", ".join(found) or "none", expected="none"
    )


def secrets(
    _: Expectation, __: dict[str, Any], configuration: dict[str, Any], history: tuple[str, ...]
) -> Check:
    """Neither the environment nor the history holds a secret; names are told, values never."""
    told = [
        f"ENV {name}"
        for name, value in _pairs(configuration["Config"].get("Env") or ())
        if _is_secret(name, value)
    ]
    for line in history:
        instruction = line.lstrip()
        if instruction.startswith(("ARG", "ENV")):
            words = [word.partition("=") for word in instruction.split()[1:]]
            told += [
                f"{instruction[:3]} {name}" for name, _, value in words if _is_secret(name, value)
            ]
        elif _SECRET_VALUE.search(instruction):
            told.append(f"{instruction.split()[0]} with credentials in it")
    found = tuple(sorted(set(told)))
    return Check(
        name="secrets",
        passed=not found,
        found=", ".join(found) or "none",
        expected="none",
        details=found,
    )


def _pairs(environment: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (pair.partition("=") for pair in environment)]


def _is_secret(name: str, value: str) -> bool:
    if not value or value in {'""', "''"} or name.endswith("_FILE"):
        return False
    return bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(value))


CHECKS: tuple[CheckOfImage, ...] = (
    python_version, distributions, imports, consistency, user, compilers, managers, secrets,
)  # fmt: skip
"""In the order in which they are shown."""
