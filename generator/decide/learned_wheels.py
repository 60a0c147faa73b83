"""The setting `wheels`: what was once learned about distributions whose lock holds only hashes.

A value is clauses of a kind and the Pythons for which it is true: "sdist", "2.9.9: sdist",
"4.4.5: wheel 3.11 3.12 3.13 3.14; sdist 3.15". With a version in front it is true for that version alone.
"""

from collections.abc import Mapping

KINDS = ("wheel", "pure", "sdist", "none")


def learned_kind(value: str, version: str, python_minor: str) -> str:
    """Return the kind that `value` gives for `version` under `python_minor`, "" if it says nothing about them."""
    about, colon, clauses = value.rpartition(":")
    if colon and about.strip() != version:
        return ""
    for clause in clauses.split(";"):
        kind, *pythons = clause.split() or [""]
        if kind in KINDS and (not pythons or python_minor in pythons):
            return kind
    return ""


def learned_value(version: str, kinds: Mapping[str, str]) -> str:
    """Return the setting's value for a distribution of which `kinds` says, per X.Y, what it is."""
    by_kind: dict[str, list[str]] = {}
    for python, kind in kinds.items():
        by_kind.setdefault(kind, []).append(python)
    clauses = [" ".join((kind, *by_kind[kind])) for kind in KINDS if kind in by_kind]
    return f"{version}: {'; '.join(clauses)}"
