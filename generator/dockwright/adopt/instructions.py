"""A Dockerfile as a list of instructions, read as BuildKit reads it.

There is no maintained parser for Python that knows heredocs, and one that does not would take their lines for instructions.
"""

import re
from collections.abc import Iterator

from dockwright.errors import redact
from dockwright.model.pattern import Pattern
from dockwright.model.record import record
from dockwright.model.secret_text import hide_secrets

_DIRECTIVE = Pattern(r"#\s*(\w+)\s*=\s*(.*?)\s*$")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_HEREDOC = Pattern(r"(?<![<\\])<<(-?)([\"']?)([A-Za-z0-9_.][\w.]*)\2(?![<\w])")
_HEREDOC_INSTRUCTIONS = frozenset({"RUN", "COPY", "ADD"})
_WORD = Pattern(r"(?:[^\s\"'\\]|\\.|\"(?:\\.|[^\"\\])*\"|'[^']*')+")
_FLAG = Pattern(r"--[a-z][a-z-]*(=|$)")


@record
class Instruction:
    """One instruction: `name` in capitals, `value` on one line without flags, `line` from 1, `documents` the heredocs' bodies."""

    name: str
    value: str
    line: int
    flags: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def spelled(self) -> str:
        """The instruction on one line, shortened and without credentials, for a message."""
        text = redact(hide_secrets(" ".join((self.name, *self.flags, self.value))))
        return text if len(text) <= 100 else text[:97] + "..."


@record
class FoundStage:
    """A stage: `image` and `name` as its FROM spells them ("" without a name), and what follows."""

    image: str
    name: str
    line: int
    instructions: tuple[Instruction, ...]


def instructions(text: str) -> tuple[Instruction, ...]:
    """Return all instructions in order; comments and directives are left out."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return tuple(_instructions(lines, _escape(lines)))


def stages(found: tuple[Instruction, ...]) -> tuple[FoundStage, ...]:
    """Return the stages, the last one being what the image is made of."""
    starts = [number for number, instruction in enumerate(found) if instruction.name == "FROM"]
    ends = [*starts[1:], len(found)]
    return tuple(
        _stage(found[start], found[start + 1 : end])
        for start, end in zip(starts, ends, strict=False)
    )


def words(text: str) -> tuple[str, ...]:
    """Split at white space outside quotes; quotes and escapes stay."""
    return tuple(_WORD.findall(text))


def unquoted(word: str) -> str:
    """Return a word without its quotes and escapes."""
    pieces = re.findall(
        r"\"((?:\\.|[^\"\\])*)\"|'([^']*)'|((?:\\.|[^\"'\\])+)", word, flags=re.DOTALL
    )
    return "".join(
        single or re.sub(r"\\(.)", r"\1", double or bare, flags=re.DOTALL)
        for double, single, bare in pieces
    )


def _stage(start: Instruction, following: tuple[Instruction, ...]) -> FoundStage:
    parts = start.value.split()
    name = parts[2] if len(parts) == 3 and parts[1].upper() == "AS" else ""
    return FoundStage(
        image=parts[0] if parts else "", name=name, line=start.line, instructions=following
    )


def _escape(lines: list[str]) -> str:
    """The escape character: directives stand before everything else, also before other comments."""
    for line in lines:
        directive = _DIRECTIVE.match(line.strip())
        if directive is None or directive[1].lower() not in _DIRECTIVES:
            break
        if directive[1].lower() == "escape" and directive[2] in {"`", "\\"}:
            return directive[2]
    return "\\"


def _instructions(lines: list[str], escape: str) -> Iterator[Instruction]:
    ends = re.compile(re.escape(escape) + r"[ \t]*$")
    at = 0
    while at < len(lines):
        parts: list[str] = []
        start = at
        while at < len(lines):
            line = lines[at].strip() if not parts else lines[at]
            at += 1
            if line.lstrip().startswith("#") or not line.strip():
                if parts:
                    continue  # comments and empty lines inside a continued instruction do not end it
                start = at
                continue
            parts.append(ends.sub("", line))
            if not ends.search(line):
                break
        if not parts:
            return
        name, _, rest = "".join(parts).strip().partition(" ")
        documents, at = _documents(name.upper(), rest, lines, at)
        yield _instruction(name.upper(), rest.strip(), start + 1, documents)


def _documents(name: str, rest: str, lines: list[str], at: int) -> tuple[tuple[str, ...], int]:
    bodies: list[str] = []
    if name not in _HEREDOC_INSTRUCTIONS:
        return (), at
    for dash, _, mark in _HEREDOC.findall(rest):
        end = next(
            (
                n
                for n in range(at, len(lines))
                if (lines[n].lstrip("\t") if dash else lines[n]) == mark
            ),
            len(lines),
        )
        bodies.append("\n".join(lines[at:end]))
        at = end + 1
    return tuple(bodies), at


def _instruction(name: str, rest: str, line: int, documents: tuple[str, ...]) -> Instruction:
    flags: list[str] = []
    while rest and _FLAG.match(rest) and name in {"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"}:
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
        rest = rest.lstrip()
    return Instruction(name=name, value=rest, line=line, flags=tuple(flags), documents=documents)
