"""The single checks of a proof that need no running application."""

import json
import re
from collections.abc import Callable
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from dockwright.build.command import ask
from dockwright.build.engine import Engine
from dockwright.build.image import ask_image, by_size
from dockwright.errors import EngineError
from dockwright.model.output import Check, Proof
from dockwright.model.record import record
from dockwright.prove.container import Surroundings, run_checks

_SUSPECT_NAME = r"(?i)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL|ACCESS_KEY)"
_SUSPECT_VALUE = (
    r"(?i)://[^/\s:@'\"$]+:[^/\s@'\"$]+@|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY"
)


@record
class Expectation:
    """What plan and lock promise."""

    python: str
    # Machine ("x86_64") -> name -> version, empty without a lock.
    distributions: dict[str, dict[str, str]]
    local: tuple[str, ...] = ()
    listens: bool = False
    # The lock names everything that is installed; pinned requirements without hashes need not.
    complete: bool = True


@record
class Evidence:
    """What was read off an image: by the probe inside it, and from the engine."""

    seen: dict[str, Any]
    configuration: dict[str, Any]
    history: tuple[str, ...] = ()


def python_version(expected: Expectation, evidence: Evidence) -> Check:
    """The interpreter is the one that was decided on."""
    version = str(evidence.seen["python"])
    fits = version == expected.python or version.startswith(f"{expected.python}.")
    return Check(name="python", passed=fits, found=version, expected=expected.python)


def distributions(expected: Expectation, evidence: Evidence) -> Check:
    """Every locked distribution is there at its version, and nothing else is."""
    locked = expected.distributions.get(evidence.seen["machine"], {})
    found: dict[str, str] = evidence.seen["distributions"]
    if not locked:
        text = f"{len(found)} distributions; there is no lock to compare with"
        return Check(name="lock", passed=True, found=text)
    wrong = []
    for name, version in sorted(locked.items()):
        if not _same_version(found.get(name, ""), version):
            instead = f"{found[name]} installed" if name in found else "missing"
            wrong.append(f"{name} {version} is locked, {instead}")
    # Pinned requirements without hashes may leave out what they pull in.
    if expected.complete:
        foreign = sorted(found.keys() - locked.keys() - set(expected.local))
        wrong += [f"{name} {found[name]} is installed and not locked" for name in foreign]
    return Check(
        name="lock",
        passed=not wrong,
        found=f"{len(wrong)} differ" if wrong else "exactly what the lock says",
        expected=f"{len(locked)} distributions",
        details=tuple(wrong),
    )


def _same_version(found: str, locked: str) -> bool:
    # An empty locked version accepts any.
    if not locked or found == locked:
        return bool(found)
    try:
        return Version(found) == Version(locked)
    except InvalidVersion:
        return False


def imports(_: Expectation, evidence: Evidence) -> Check:
    """Every top-level module of every distribution imports."""
    every, failures = evidence.seen["imports"], evidence.seen["failures"]
    details = tuple(
        f"{module} ({every[module]}): {why}" for module, why in sorted(failures.items())
    )
    text = f"{len(every) - len(failures)} of {len(every)} modules import"
    return Check(name="imports", passed=not failures, found=text, details=details)


def consistency(_: Expectation, evidence: Evidence) -> Check:
    """What each distribution requires is installed in a version that it accepts."""
    variables = {**evidence.seen["environment"], "extra": ""}
    broken = []
    for name, texts in sorted(evidence.seen["requires"].items()):
        for text in texts:
            why = _unmet(text, evidence.seen["distributions"], variables)
            broken += [f"{name} requires {why}"] if why else []
    text = f"{len(broken)} are not met" if broken else "all requirements are met"
    return Check(name="consistency", passed=not broken, found=text, details=tuple(broken))


def _unmet(text: str, installed: dict[str, str], variables: dict[str, str]) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        # Metadata that no installer of today accepts: the manager let it pass.
        return ""
    if requirement.marker and not requirement.marker.evaluate(variables):
        return ""
    version = installed.get(canonicalize_name(requirement.name))
    if version is None:
        return f"{requirement.name}, which is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name}{requirement.specifier}, and {version} is installed"


def user(_: Expectation, evidence: Evidence) -> Check:
    """The container runs as a numeric user that is not root."""
    named = str(evidence.configuration["Config"].get("User") or "")
    number = named.partition(":")[0]
    return Check(
        name="user",
        passed=number.isdecimal() and number != "0",
        found=named or "root",
        expected="a number other than 0",
    )


def compilers(_: Expectation, evidence: Evidence) -> Check:
    """No compiler and no headers are shipped."""
    return _none("compilers", (*evidence.seen["compilers"], *evidence.seen["development_packages"]))


def managers(_: Expectation, evidence: Evidence) -> Check:
    """No package manager is shipped; the pip of the base image does not count."""
    return _none("managers", tuple(evidence.seen["managers"]))


def secrets(_: Expectation, evidence: Evidence) -> Check:
    """Neither the environment nor the history holds a secret; names are told, values never."""
    variables = evidence.configuration["Config"].get("Env") or ()
    told = _secret_names("ENV", variables)
    for line in evidence.history:
        instruction = line.lstrip()
        # BuildKit keeps the values of ARG and ENV in the history of every layer.
        if instruction.startswith(("ARG", "ENV")):
            told += _secret_names(instruction[:3], instruction.split()[1:])
        elif re.search(_SUSPECT_VALUE, instruction):
            told.append(f"{instruction.split()[0]} with credentials in it")
    found = tuple(sorted(set(told)))
    return _none("secrets", found, details=found)


def _secret_names(instruction: str, pairs: list[str] | tuple[str, ...]) -> list[str]:
    split = [pair.partition("=") for pair in pairs]
    return [f"{instruction} {name}" for name, _, value in split if _is_secret(name, value)]


def _is_secret(name: str, value: str) -> bool:
    # A variable whose name ends in _FILE names the place of a secret, not the secret.
    if not value or value in {'""', "''"} or name.endswith("_FILE"):
        return False
    return bool(re.search(_SUSPECT_NAME, name) or re.search(_SUSPECT_VALUE, value))


def _none(name: str, found: tuple[str, ...], details: tuple[str, ...] = ()) -> Check:
    text = ", ".join(found) or "none"
    return Check(name=name, passed=not found, found=text, expected="none", details=details)


# In the order in which they are shown.
CHECKS: tuple[Callable[[Expectation, Evidence], Check], ...] = (
    python_version, distributions, imports, consistency, user, compilers, managers, secrets,
)  # fmt: skip


def prove_image(
    engine: Engine, image: str, expected: Expectation, *, surroundings: Surroundings
) -> Proof:
    """Return the proof of `image`; EngineError where its Python does not run."""
    evidence = gather(engine, image)
    checks = [check(expected, evidence) for check in CHECKS]
    # What can be read off the image comes first: it holds even where nothing starts.
    checks += run_checks(
        engine, image, evidence.configuration, surroundings, is_web=expected.listens
    )
    return Proof(
        image=image,
        checks=tuple(checks),
        size=int(evidence.configuration.get("Size", 0)),
        sizes=by_size(evidence.seen["sizes"]),
    )


def gather(engine: Engine, image: str) -> Evidence:
    """Ask the engine and the image itself; nothing of the application is started."""
    configuration = json.loads(_output(engine, "image", "inspect", image))[0]
    history = _output(engine, "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    return Evidence(
        seen=ask_image(engine, image),
        configuration=configuration,
        history=tuple(history.splitlines()),
    )


def _output(engine: Engine, *words: str) -> str:
    said = ask([engine.program, *words])
    if said.code:
        raise EngineError(
            f"{engine.program} does not know {words[-1]}",
            found=said.complaint(),
            rule="a proof needs an image in the engine's own store",
            steps=("build it first", "or pull it"),
            example="dockwright build --tag app && dockwright prove app",
        )
    return said.output
