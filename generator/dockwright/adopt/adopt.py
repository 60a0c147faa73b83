"""Takes a Dockerfile apart: the stages that are shipped are read, the others are decided anew."""

from collections.abc import Iterator

from dockwright.adopt.instructions import (
    FoundStage,
    Instruction,
    instructions,
    stages,
    unquoted,
    words,
)
from dockwright.adopt.reader import Reader
from dockwright.adopt.reading import Adoption, Reading, Unread
from dockwright.adopt.vocabulary import LATER_STAGES
from dockwright.model.origin import Origin


def adopt(text: str, path: str = "Dockerfile") -> Adoption:
    """Return the settings that a Dockerfile's text means, and everything in it that became no setting.

    Follows the stage that is shipped back to its image. Values of variables that look like credentials are left out.
    """
    found = instructions(text)
    every = stages(found)
    if not every:
        why = Unread(
            text=path, why="it has no FROM, so it is no Dockerfile", origin=Origin(path=path)
        )
        return Adoption(readings=(), unread=(why,))
    chain = _chain(every)
    results = [
        *Reader(path, _global_arguments(found), chain).read(),
        *_other_stages(path, every, chain),
    ]
    unread = [result for result in results if isinstance(result, Unread)]
    return Adoption(
        readings=tuple(result for result in results if isinstance(result, Reading)),
        unread=tuple(sorted(unread, key=lambda one: one.origin.line or 0)),
    )


def _chain(every: tuple[FoundStage, ...]) -> tuple[FoundStage, ...]:
    """The stage that is shipped and those it starts from, the first one first."""
    last = next(
        (stage for stage in reversed(every) if stage.name.lower() not in LATER_STAGES), every[-1]
    )
    chain, named = [last], {stage.name: stage for stage in every if stage.name}
    while (above := named.get(chain[0].image)) is not None and above not in chain:
        chain.insert(0, above)
    return tuple(chain)


def _global_arguments(found: tuple[Instruction, ...]) -> dict[str, str]:
    """The defaults of the arguments above the first FROM."""
    values: dict[str, str] = {}
    for instruction in found:
        if instruction.name == "FROM":
            break
        if instruction.name == "ARG":
            pairs = (word.partition("=") for word in words(instruction.value))
            values |= {name: unquoted(value) for name, _, value in pairs}
    return values


def _other_stages(
    path: str, every: tuple[FoundStage, ...], chain: tuple[FoundStage, ...]
) -> Iterator[Unread]:
    for stage in every:
        if stage not in chain:
            yield Unread(
                text=f"FROM {stage.image}" + (f" AS {stage.name}" if stage.name else ""),
                why="this stage is not what is shipped; its steps are decided anew",
                origin=Origin(path=path, line=stage.line),
            )
