"""Numbers that no manifest needs and that Python refuses to convert."""

from dockwright.errors import UnreadableError
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

MAX_DIGITS = 4000
"""The longest number that a manifest or lock may hold; Python itself converts 4300 digits."""

_DIGITS = Pattern(r"\d+")


def refuse_long_number(path: str, text: str) -> None:
    """Raise UnreadableError with the line of a number over MAX_DIGITS.

    Only every MAX_DIGITS-th place is looked at, which costs nothing: a number that long covers one of them.
    """
    for place in range(0, len(text), MAX_DIGITS):
        if text[place].isdigit():
            before = text[max(0, place - MAX_DIGITS) : place][::-1]
            if _digits(before) + _digits(text[place : place + MAX_DIGITS]) >= MAX_DIGITS:
                raise UnreadableError(
                    f"the file holds a number of more than {MAX_DIGITS} digits",
                    origin=Origin(path=path, line=text.count("\n", 0, place) + 1),
                    rule="no version and no size is that long",
                    steps=(
                        "mend the line that is named",
                        "or restore the file from version control",
                    ),
                    example=f"git diff {path}",
                )


def _digits(text: str) -> int:
    """Return with how many digits it begins."""
    found = _DIGITS.match(text)
    return found.end() if found else 0
