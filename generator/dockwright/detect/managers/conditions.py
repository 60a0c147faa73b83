"""Markers as sets, so that they can be joined along the edges of a lock's graph.

A condition is in disjunctive form: a set of clauses of which one must hold, each a set of comparisons that must all
hold. It is never evaluated here: for which platform and Python is not detection's business.
"""

from collections.abc import Iterator

from dockwright.model.pattern import Pattern

Clause = frozenset[str]
Condition = frozenset[Clause]

ALWAYS: Condition = frozenset({frozenset()})
NEVER: Condition = frozenset()

_MAX_CLAUSES = 24
"""More alternatives than this are not worth their length: the condition is taken as always true, which installs too much
rather than too little."""

_PIECE = Pattern(r"""\(|\)|"[^"]*"|'[^']*'|[<>=!~]+|[A-Za-z_][A-Za-z0-9_.]*""")
_EXTRA = Pattern(r'^extra (?:==|===|in) "(?P<name>[^"]*)"$')


def parse_condition(marker: str) -> Condition:
    """Return a PEP 508 marker ("" is always) as a condition; one that cannot be read counts as always true."""
    if not marker.strip():
        return ALWAYS
    reader = _Reader([match[0] for match in _PIECE.finditer(marker)])
    try:
        condition = reader.either()
    except IndexError:
        return ALWAYS
    return condition if reader.done else ALWAYS


def both(first: Condition, second: Condition) -> Condition:
    """Return the condition under which both hold."""
    if first == ALWAYS:
        return second
    if second == ALWAYS:
        return first
    return _shortest({one | other for one in first for other in second})


def either(first: Condition, second: Condition) -> Condition:
    """Return the condition under which one of the two holds."""
    if ALWAYS in (first, second):
        return ALWAYS
    return _shortest(first | second)


def to_marker(condition: Condition) -> str:
    """Return a condition as a PEP 508 marker, "" where it always holds; comparisons sorted, so the same every time."""
    if condition == ALWAYS:
        return ""
    clauses = sorted(" and ".join(sorted(clause)) for clause in condition)
    if len(clauses) == 1:
        return clauses[0]
    return " or ".join(f"({clause})" if " and " in clause else clause for clause in clauses)


def split_extras(condition: Condition) -> tuple[frozenset[str], Condition]:
    """Return the extras that bring something in ("" for none of them), and the condition without its extras."""
    names: set[str] = set()
    rest: set[Clause] = set()
    for clause in condition:
        found = {match["name"] for part in clause if (match := _EXTRA.match(part))}
        names |= found or {""}
        rest.add(frozenset(part for part in clause if not part.startswith("extra ")))
    return frozenset(names), _shortest(rest)


def _shortest(clauses: frozenset[Clause] | set[Clause]) -> Condition:
    """Drop every clause that another one already covers."""
    kept = frozenset(clause for clause in clauses if not any(other < clause for other in clauses))
    return kept if len(kept) <= _MAX_CLAUSES else ALWAYS


class _Reader:
    """Recursive descent over the pieces of one marker; IndexError where it ends too early."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._position = 0

    @property
    def done(self) -> bool:
        return self._position == len(self._pieces)

    def either(self) -> Condition:
        condition = self._all()
        while self._accept("or"):
            condition = either(condition, self._all())
        return condition

    def _all(self) -> Condition:
        condition = self._atom()
        while self._accept("and"):
            condition = both(condition, self._atom())
        return condition

    def _atom(self) -> Condition:
        if self._accept("("):
            condition = self.either()
            self._take()
            return condition
        return frozenset({frozenset({" ".join(self._comparison())})})

    def _comparison(self) -> Iterator[str]:
        left, operator = self._take(), self._take()
        if operator == "not":
            operator = f"not {self._take()}"
        right = self._take()
        if left[0] in "\"'" and right[0] not in "\"'" and operator in ("==", "!="):
            left, right = right, left
        yield from (_quoted(left), operator, _quoted(right))

    def _accept(self, piece: str) -> bool:
        if not self.done and self._pieces[self._position] == piece:
            self._position += 1
            return True
        return False

    def _take(self) -> str:
        piece = self._pieces[self._position]
        self._position += 1
        return piece


def _quoted(piece: str) -> str:
    return f'"{piece[1:-1]}"' if piece[0] == "'" and '"' not in piece else piece
