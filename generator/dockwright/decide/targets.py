"""Stages that the owner wrote into the settings."""

from dockwright.model.dockerfile import Stage

DEFAULT = "default"
"""The stage that makes what is shipped the last one again, where targets of the owner build on it."""


def with_targets(
    stages: tuple[Stage, ...], targets: tuple[tuple[str, str], ...]
) -> tuple[Stage, ...]:
    """Return `stages` (the one that is shipped last) with the owner's `targets`, (name, lines that begin with FROM) pairs.

    Each stands after the stage it builds on, so those that build on the shipped stage stand behind it.
    """
    waiting = [_stage(name, text) for name, text in targets]
    *before, shipped = stages
    waiting = _place(waiting, before)
    after = [shipped]
    elsewhere = _place(waiting, after)  # built on other images, so they can stand anywhere
    result = [*before, *elsewhere, *after]
    if len(after) > 1:
        result.append(
            Stage(
                name=DEFAULT,
                parent=shipped.name,
                comment="What is shipped, last again: the default.",
            )
        )
    return tuple(result)


def _place(waiting: list[Stage], placed: list[Stage]) -> list[Stage]:
    """Add to `placed` all that builds on its stages, or on each other; return the rest."""
    while True:
        names = {stage.name for stage in placed}
        ready = [stage for stage in waiting if stage.parent in names]
        if not ready:
            return waiting
        placed += ready
        waiting = [stage for stage in waiting if stage not in ready]


def _stage(name: str, text: str) -> Stage:
    first, _, rest = text.strip().partition("\n")
    return Stage(
        name=name,
        parent=first.removeprefix("FROM ").strip(),
        fragments_after=tuple(rest.splitlines()),
    )
