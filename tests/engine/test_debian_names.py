"""Every Debian name in the tables, installed together in one simulated run of apt on each suite."""

import re
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess

import pytest
from dockwright.decide.knowledge.images import load_images, load_suites
from dockwright.decide.knowledge.native_packages import (
    COMPILERS,
    FamilyPackages,
    compiler,
    load_native_packages,
    load_triggers,
)

pytestmark = pytest.mark.engine

Docker = Callable[..., CompletedProcess[str]]


def all_parts() -> Iterator[FamilyPackages]:
    """Give the Debian part of every row, extra, older version, trigger and compiler."""
    for row in load_native_packages().values():
        yield row.debian
        yield from (extra.debian for _, extra in row.extras)
        yield from (older.debian for _, older in row.changes)
    yield from (trigger.debian for trigger in load_triggers().values())
    yield from (compiler(name, "debian") for name in COMPILERS)


def names_of(suite: str) -> list[str]:
    """Return every name in the spelling of `suite`; what the suite does not have is left out."""
    spelled = load_suites()[suite].names
    used = {
        name
        for part in all_parts()
        for names in (part.build, part.linked, part.loaded)
        for name in names
    }
    used |= {name for kind in ("slim", "full") for name in load_images()[kind].contents}
    return sorted({spelled.get(name, name) for name in used} - {""})


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_apt_can_install_every_name_in_the_tables(docker: Docker, suite: str) -> None:
    names = names_of(suite)
    script = f"apt-get update -qq && apt-get install -s --no-install-recommends {' '.join(names)}"
    done = docker("run", "--rm", f"debian:{suite}-slim", "sh", "-c", script, check=False)

    assert not re.findall(r"E: .*", done.stderr), "apt knows these names"
    assert done.returncode == 0, done.stderr[-2000:]
    assert not re.findall(r"Note, selecting .*", done.stdout), (
        "a name is a package, not what another one provides"
    )
    there = set(re.findall(r"^Inst (\S+)", done.stdout, re.MULTILINE))
    there |= set(re.findall(r"^(\S+) is already the newest version", done.stdout, re.MULTILINE))
    assert sorted(set(names) - there) == []
    assert len(names) > 400
