"""Hold the tables of system packages against Debian's own data: `python scripts/renew_native_packages.py`.

Needs apt (a Debian machine, or a container: docker run --rm -v "$PWD:/src" -w /src debian:trixie-slim sh -c
"apt-get update && apt-get install -y python3 dpkg && python3 scripts/renew_native_packages.py") and nothing else. The lists of
packages and sources of each suite are fetched into a folder of their own; the system's apt is left as it is.

What is compared, for every suite:
- every name exists there, as itself and not only through another package that provides it;
- a row that says `derived = "python3-x"` holds exactly what Debian's source of python3-x builds with and what its binary
  depends on, less the tools that every Debian package is made with; `--write` puts Debian's answer into the row;
- what a row says is linked is the library of one of its -dev packages.
Rows with `by_hand` are only checked for the first and the last point.
`--names SUITE` proposes the table of spellings for a new suite, `--offer` lists what Debian knows and the tables do not.
"""

import argparse
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from debian_archive import Suite, fetch, known_names, relation_names

KNOWLEDGE = Path(__file__).parent.parent / "generator" / "dockwright" / "decide" / "knowledge"
SUITES = ("bookworm", "trixie")
BASE = "trixie"  # the suite whose spelling the tables have
# What every Debian package of a Python module is made with, tests and documentation, and what is in every image.
TOOLS = re.compile(
    r"(debhelper.*|dh-.*|python3.*|libpython3.*|pybuild.*|cython3?.*|pybind11.*|meson|ninja-build|scikit-build.*|"
    r"libc6.*|libgcc.*|libstdc\+\+.*|gcc|g\+\+|gfortran|cargo|rustc|librust-.*|linux-libc-dev|pkgconf|pkg-config|"
    r".*-doc|.*sphinx.*|texlive.*|xvfb|xauth|dpkg.*|po-debconf|help2man|ca-certificates|libjs-.*|gettext|git|"
    r"gobject-introspection|locales.*|procps|net-tools|quilt|autotools-dev|automake|autoconf|libtool|chrpath|"
    r"media-types|default-dbus-session-bus|dbus.*|openssl|gnupg-agent|gpg-agent|apache2-bin|at-spi2-core|gir1\.2-.*|"
    r"make|openstack-pkg-tools|node-.*|docbook.*|lsb-release|2to3|gdal-bin|glpk-utils|fuse|fuse4bsd|dictionaries-common|fonts-.*|rename|tox|flit|furo|dvipng|postgresql.*|redis.*|memcached|slapd|ldap-utils|mariadb-.*)"
)


def rows() -> dict[str, dict[str, Any]]:
    """Return all rows of native-packages/, by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((KNOWLEDGE / "native-packages").glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def spellings(suite: str) -> dict[str, str]:
    """Return the table of spellings of `suite`."""
    table = tomllib.loads((KNOWLEDGE / "suites.toml").read_text(encoding="utf-8"))
    return dict(table.get(suite, {}).get("names", {}))


def all_names(table: dict[str, Any]) -> set[str]:
    """Return every Debian name below `table`, in the tables' spelling."""
    found: set[str] = set()
    for key, value in table.items():
        if key == "debian":
            found |= {name for names in value.values() if isinstance(names, list) for name in names}
        elif isinstance(value, dict):
            found |= all_names(value)
        elif isinstance(value, list):
            found |= {
                name for entry in value if isinstance(entry, dict) for name in all_names(entry)
            }
    return found


def debian_answer(suite: Suite, package: str) -> tuple[set[str], set[str]]:
    """Return what Debian builds `package` with and what it depends on, tools left out."""
    source = suite.sources[suite.source_of(package)]
    fields = " , ".join(source.get(key, "") for key in ("Build-Depends", "Build-Depends-Arch"))
    build = {name for name in relation_names(fields) if not TOOLS.fullmatch(name)}
    runtime = {
        name
        for name in relation_names(suite.packages[package].get("Depends", ""))
        if not TOOLS.fullmatch(name)
    }
    return build, runtime


def differences(name: str, row: dict[str, Any], suite: Suite) -> Iterator[str]:
    """Give one line per difference between a row and `suite`."""
    spelled = spellings(suite.name)
    debian = {
        key: {spelled.get(entry, entry) for entry in names} - {""}
        for key, names in row.get("debian", {}).items()
    }
    development = {lib for entry in debian.get("build", ()) for lib in suite.libraries_of(entry)}
    if row.get("derived") in suite.packages:
        build, runtime = debian_answer(suite, row["derived"])
        ours = {entry for entry in debian.get("build", set()) if not TOOLS.fullmatch(entry)}
        if row.get("compilers"):  # what a pure module is built with is there for its tests
            yield from _compared(name, suite, "build", ours, build)
        used = debian.get("linked", set()) | debian.get("loaded", set())
        yield from _compared(
            name,
            suite,
            "run time",
            {entry for entry in used if not TOOLS.fullmatch(entry)},
            runtime,
        )
    elif debian.get("build"):
        strange = debian.get("linked", set()) - development - {"libgomp1"}
        if strange:
            yield f"{name} [{suite.name}] linked: {' '.join(sorted(strange))} belongs to none of its -dev packages"


def _compared(
    name: str, suite: Suite, what: str, ours: set[str], theirs: set[str]
) -> Iterator[str]:
    if ours != theirs:
        more, less = " ".join(sorted(ours - theirs)) or "-", " ".join(sorted(theirs - ours)) or "-"
        yield f"{name} [{suite.name}] {what}: only here {more}; only in Debian {less}"


def missing(suite: Suite, tables: dict[str, Any]) -> Iterator[str]:
    """Give one line per name that `suite` does not have as itself."""
    spelled = spellings(suite.name)
    for name in sorted(
        {spelled.get(name, name) for name in all_names(tables)} - {""} - set(suite.packages)
    ):
        provided = ", ".join(sorted(suite.provided.get(name, ())))
        yield f"{name} [{suite.name}]: no such package" + (
            f", but {provided} provides it" if provided else ""
        )


def proposal(suite: Suite, base: Suite, tables: dict[str, Any]) -> Iterator[str]:
    """Give the lines of a table of spellings for `suite`: what its own -dev packages depend on in place of `base`'s."""
    names = all_names(tables)
    for name in sorted(names - set(suite.packages)):
        plain = name.replace("t64", "")
        found = {plain} & set(suite.packages) or {
            library
            for development in names
            if development.endswith("-dev") and name in base.libraries_of(development)
            for library in suite.libraries_of(development)
            if stem(library) == stem(name)
        }
        yield (
            f'"{name}" = "{found.pop()}"'
            if len(found) == 1
            else f'"{name}" = ""  # to be looked up'
        )


def stem(name: str) -> str:
    """Return a library's name without its number and the mark of the 64-bit time."""
    return re.sub(r"[-.0-9]+[a-z]?[0-9]?$", "", name.replace("t64", ""))


def write(name: str, row: dict[str, Any], suite: Suite) -> None:
    """Put Debian's answer into a derived row; a library that was linked stays linked, what is new is linked."""
    build, runtime = debian_answer(suite, row["derived"])
    loaded = set(row.get("debian", {}).get("loaded", ())) & runtime
    tools = {entry for entry in row.get("debian", {}).get("build", ()) if TOOLS.fullmatch(entry)}
    new = {"build": build | tools, "linked": runtime - loaded, "loaded": loaded}
    for path in (KNOWLEDGE / "native-packages").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        head, mark, tail = text.partition(f"\n[{name}]\n")
        if not mark:
            continue
        own, blank, rest = tail.partition("\n\n")
        kept = [
            line
            for line in own.splitlines()
            if not re.match(r"debian\.(build|linked|loaded) = ", line)
        ]
        lines = _lines(new)
        place = next(
            (
                number
                for number, line in enumerate(kept)
                if line.startswith(("alpine.", "commands"))
            ),
            len(kept),
        )
        path.write_text(
            head + mark + "\n".join([*kept[:place], *lines, *kept[place:]]) + blank + rest,
            encoding="utf-8",
        )


def _lines(new: dict[str, set[str]]) -> list[str]:
    quoted = {
        key: ", ".join(f'"{name}"' for name in sorted(names)) for key, names in new.items() if names
    }
    return [f"debian.{key} = [{names}]" for key, names in quoted.items()]


def main() -> int:
    """Run what was asked for and return the exit code: 1 if something differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--suite", action="append", help="a suite to compare with (bookworm and trixie)"
    )
    parser.add_argument(
        "--write", action="store_true", help="put Debian's answer into the derived rows"
    )
    parser.add_argument(
        "--names", metavar="SUITE", help="propose the table of spellings for a suite"
    )
    parser.add_argument(
        "--offer", action="store_true", help="list what Debian knows and the tables do not"
    )
    arguments = parser.parse_args()
    table = rows()
    with tempfile.TemporaryDirectory() as folder:

        def suite(name: str) -> Suite:
            return fetch(name, Path(folder) / name)

        if arguments.names:
            print("\n".join(proposal(suite(arguments.names), suite(BASE), everything(table))))
            return 0
        if arguments.offer:
            newest = suite(BASE)
            print("\n".join(offers(known_names(newest, Path(folder) / BASE), table, newest)))
            return 0
        return compare(
            [suite(name) for name in arguments.suite or SUITES], table, rewrite=arguments.write
        )


def everything(table: dict[str, Any]) -> dict[str, Any]:
    """Return `table` together with the triggers and compilers."""
    triggers = tomllib.loads((KNOWLEDGE / "triggers.toml").read_text(encoding="utf-8"))
    toolchains = tomllib.loads((KNOWLEDGE / "toolchains.toml").read_text(encoding="utf-8"))
    return {**table, "triggers": triggers, "toolchains": toolchains["compilers"]}


def compare(suites: list[Suite], table: dict[str, Any], *, rewrite: bool) -> int:
    """Print every difference and return 1 if there is one; with `rewrite` the derived rows follow the last suite."""
    found = [line for suite in suites for line in missing(suite, everything(table))]
    for name, row in table.items():
        lines = [line for suite in suites for line in differences(name, row, suite)]
        if lines and rewrite and row.get("derived") in suites[-1].packages:
            write(name, row, suites[-1])
        found += lines
    print("\n".join(found) or f"nothing differs from {', '.join(suite.name for suite in suites)}")
    by_hand = sum("by_hand" in row for row in table.values())
    print(f"{len(table)} rows, {len(table) - by_hand} derived, {by_hand} by hand", file=sys.stderr)
    return 1 if found else 0


def offers(names: dict[str, str], table: dict[str, Any], suite: Suite) -> Iterator[str]:
    """Give one line per distribution that Debian links against something and that no row names."""
    for name, package in sorted(names.items()):
        build, runtime = (
            debian_answer(suite, package)
            if suite.source_of(package) in suite.sources
            else (set(), set())
        )
        build = {entry for entry in build if entry.endswith("-dev")}
        if name not in table and (build or any(entry.startswith("lib") for entry in runtime)):
            yield f"{name} ({package}): {' '.join(sorted(build)) or '-'} -> {' '.join(sorted(runtime)) or '-'}"


if __name__ == "__main__":
    sys.exit(main())
