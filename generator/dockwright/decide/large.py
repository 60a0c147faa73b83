"""Distributions so large that they get a layer of their own, which stays while the others change."""

from dockwright.decide.knowledge import load_table
from dockwright.decide.recipes.recipe import EXPORTED, HANDED_ON
from dockwright.model.dependencies import LockedDistribution, SourceKind
from dockwright.model.origin import Decision

LARGE = f"{HANDED_ON}/requirements-large.txt"
"""Where the lock stage leaves the large ones of the production requirements."""


def large_distributions(
    installed: tuple[LockedDistribution, ...],
) -> Decision[tuple[str, ...]] | None:
    """Return the names of the large ones that come from an index, sorted; None without any."""
    known = load_table("large-distributions")
    names = sorted(
        {
            entry.name
            for entry in installed
            if entry.source is SourceKind.REGISTRY and entry.name in known
        }
    )
    if not names:
        return None
    sizes = ", ".join(f"{name} {known[name]:g} MB" for name in names)
    return Decision(
        value=tuple(names),
        because=f"their wheels are large ({sizes}), so their layer stays while others change",
    )


def select_large(names: tuple[str, ...]) -> str:
    """Return the command that takes `names` out of an export, with their hashes, which may stand on lines of their own.

    Options as `-i` go along. Names that are no longer in the lock select nothing: the second step installs the whole export.
    """
    wanted = f"/^(-|({'|'.join(names)})[[ =])/"
    return f"awk '/^[^ ]/ {{ large = {wanted} }} large' {EXPORTED} \\\n    > {LARGE}"
