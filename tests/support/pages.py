"""Reading the pages of the documentation: links, headings, blocks and commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
INTERNALS = DOCS / "internals"
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(INTERNALS.glob("*.md")),
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPLIT = ("&&", "||", "|", ";")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language and its text, and the line before it that says what it is."""

    language: str
    text: str
    lead: str


def blocks(page: Path) -> tuple[Block, ...]:
    text = page.read_text(encoding="utf-8")
    return tuple(
        Block(
            language=match[1],
            text=match[2],
            lead=text[: match.start()].rstrip().rpartition("\n")[2],
        )
        for match in _FENCE.finditer(text)
    )


def block(page: Path, language: str, lead: str) -> str:
    """Return the text of the one block whose leading line begins with `lead`."""
    found = [
        each.text
        for each in blocks(page)
        if each.language == language and each.lead.startswith(lead)
    ]
    assert len(found) == 1, f"{page.name}: {len(found)} {language} blocks after a line {lead!r}"
    return found[0]


def prose(page: Path) -> str:
    """Return the page without its code, neither blocks nor spans."""
    return _SPAN.sub("", _INDENTED.sub("\n", _FENCE.sub("", page.read_text(encoding="utf-8"))))


def links(page: Path) -> tuple[str, ...]:
    return tuple(_LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))))


def anchors(page: Path) -> frozenset[str]:
    """Return the anchors that a page gets from its headings."""
    headings = re.findall(
        r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE
    )
    return frozenset(
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
    )


def section(page: Path, heading: str) -> str:
    """Return what stands under a heading of the second order."""
    return page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the cells of every row of the tables in `text`, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = [number for number, line in enumerate(lines) if set(line) <= set("|- ")]
    body = [
        line for number, line in enumerate(lines) if number not in rules and number + 1 not in rules
    ]
    return tuple(tuple(cell.strip() for cell in line.strip("|").split("|")) for line in body)


def spans(text: str) -> tuple[str, ...]:
    return tuple(" ".join(span.split()) for span in _SPAN.findall(_FENCE.sub("", text)))


def commands(page: Path) -> tuple[tuple[str, ...], ...]:
    """Return the words of every `dockwright ...` command that a page shows, without the program's name."""
    return tuple(
        dict.fromkeys(tuple(words) for line in _lines(page) for words in _dockwright(line))
    )


def _lines(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    for each in blocks(page):
        shown = each.text.splitlines()
        if each.language == "console":
            yield from (line[2:] for line in shown if line.startswith("$ "))
        elif each.language in {"sh", "yaml"}:
            yield from shown
    rest = _FENCE.sub("", text)
    for match in _INDENTED.finditer(rest):
        yield from match[0].splitlines()
    yield from spans(_INDENTED.sub("\n", rest))


def _dockwright(line: str) -> Iterator[list[str]]:
    if "dockwright " not in line:
        return
    words: list[str] = []
    for word in (*shlex.split(line.strip().removeprefix("- "), comments=True), "&&"):
        if word not in _SPLIT:
            words.append(word)
            continue
        while words and "=" in words[0]:
            words.pop(0)
        if len(words) > 1 and words[0] == "dockwright":
            yield words[1:]
        words = []


def shows(expected: str, printed: str) -> str:
    """Return what `expected` shows and `printed` does not have in this order, "" if it is all there; `...` is a gap."""
    left = [line.rstrip() for line in printed.splitlines()]
    for run in re.split(r"^\.\.\.$\n?", expected, flags=re.MULTILINE):
        wanted = [line.rstrip() for line in run.splitlines()]
        starts = range(len(left) - len(wanted) + 1)
        start = next((n for n in starts if left[n : n + len(wanted)] == wanted), None)
        if start is None:
            return run
        left = left[start + len(wanted) :]
    return ""
