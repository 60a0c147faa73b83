"""Debian's lists of packages and sources, fetched into a folder of their own."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ARCHIVE = "http://deb.debian.org"
# Older names of what the tables call by its newer one.
SAME = {
    "libldap2-dev": "libldap-dev",
    "libfreetype6-dev": "libfreetype-dev",
    "libtiff5-dev": "libtiff-dev",
    "libz-dev": "zlib1g-dev",
}


@dataclass(frozen=True)
class Suite:
    """The packages and sources of one suite, each a mapping of a stanza's fields."""

    name: str
    packages: dict[str, dict[str, str]]
    sources: dict[str, dict[str, str]]

    @cached_property
    def provided(self) -> dict[str, set[str]]:
        """Virtual name -> the packages that provide it."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, stanza in self.packages.items():
            for virtual in relation_names(stanza.get("Provides", "")):
                found[virtual].add(name)
        return found

    def source_of(self, package: str) -> str:
        """Return the name of the source that `package` is built from."""
        return self.packages[package].get("Source", package).split(" ")[0]

    def libraries_of(self, development: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """Return the libraries that a -dev package, and every one below it, depends on and is built from one source with."""
        if development not in self.packages:
            development = min(self.provided.get(development, {""}))
        if not development or development in seen:
            return set()
        found: set[str] = set()
        for name in relation_names(self.packages[development].get("Depends", "")):
            if name not in self.packages:
                continue
            if name.endswith(("dev", "-dev-compat")):
                found |= self.libraries_of(name, seen | {development})
            elif self.source_of(name) == self.source_of(development) or development.startswith(
                "libboost-"
            ):
                found.add(name)
        return found


def relation_names(field: str) -> list[str]:
    """Return the first alternative of every relation of a Depends or Build-Depends field, tests and documentation left out."""
    names = []
    for relation in field.split(","):
        first = relation.split("|")[0].strip()
        match = re.match(r"([a-z0-9][a-z0-9+.-]+)", first)
        if match and not re.search(r"<[^>]*!(nocheck|nodoc)", first):
            names.append(SAME.get(match[1], match[1]))
    return names


def stanzas(text: str) -> Iterator[dict[str, str]]:
    """Give the stanzas of a Packages or Sources list; continued lines are joined."""
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line[:1] in " \t":
                fields[key] = f"{fields.get(key, '')} {line.strip()}"
            else:
                key, _, value = line.partition(":")
                fields[key] = value.strip()
        if "Package" in fields:
            yield fields


def fetch(name: str, root: Path) -> Suite:
    """Fetch the lists of the suite `name` into `root`."""
    for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
        (root / folder).mkdir(parents=True)
    sources = f"Types: deb deb-src\nURIs: {ARCHIVE}/debian\nSuites: {name} {name}-updates\nComponents: main\n"
    security = f"Types: deb deb-src\nURIs: {ARCHIVE}/debian-security\nSuites: {name}-security\nComponents: main\n"
    signed = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    (root / "etc" / "debian.sources").write_text(f"{sources}{signed}\n{security}{signed}")
    settings = {
        "Dir::State": root / "state",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": root / "cache",
        "Dir::Etc::sourcelist": root / "etc" / "debian.sources",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
    }
    (root / "apt.conf").write_text(
        "".join(f'{key} "{value}";\n' for key, value in settings.items())
    )
    apt(root, "apt-get", "update", "-qq")
    return Suite(name=name, packages=_stanzas(root, "Packages"), sources=_stanzas(root, "Sources"))


def _stanzas(root: Path, kind: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in apt(
        root, "apt-get", "indextargets", "--format", "$(FILENAME)", f"Created-By: {kind}"
    ).split():
        for stanza in stanzas(apt(root, "/usr/lib/apt/apt-helper", "cat-file", path)):
            found[stanza["Package"]] = stanza
    return found


def apt(root: Path, *argv: str) -> str:
    """Run a program of apt on the lists in `root` and return what it prints."""
    environment = {
        "APT_CONFIG": str(root / "apt.conf"),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(argv, env=environment, check=True, capture_output=True, text=True).stdout


def known_names(suite: Suite, root: Path) -> dict[str, str]:
    """Return dh-python's list of distributions and the packages they are in, by canonical name."""
    deb = root / "dh-python"
    deb.mkdir()
    subprocess.run(
        ("apt-get", "download", "-qq", "dh-python"), env={"APT_CONFIG": str(root / "apt.conf"), "PATH": "/usr/bin:/bin"},
        check=True, cwd=deb, capture_output=True,
    )  # fmt: skip
    subprocess.run(("dpkg-deb", "-x", str(next(deb.glob("*.deb"))), str(deb / "x")), check=True)
    lines = (deb / "x/usr/share/dh-python/dist/cpython3_fallback").read_text().splitlines()
    pairs = [line.split()[:2] for line in lines if len(line.split()) >= 2]
    return {
        re.sub(r"[-_.]+", "-", name).lower(): package
        for name, package in pairs
        if package in suite.packages
    }
