"""An error as it is shown: ten lines at most, in a fixed order, without credentials."""

from dockwright.errors import EngineError
from dockwright.model.origin import Origin

STEPS = ("read what it printed", "or try again", "or ask somebody")


def shown(found: str) -> list[str]:
    error = EngineError(
        "the build failed",
        found=found,
        rule="every step must succeed",
        steps=STEPS,
        example="dockwright build",
        origin=Origin(path="Dockerfile", line=3),
    )
    return error.text().splitlines()


def test_place_finding_rule_steps_and_example_stand_in_this_order() -> None:
    assert shown("one\ntwo") == [
        "Dockerfile:3: the build failed",
        "Found: one",
        "       two",
        "Rule:  every step must succeed",
        "  1. read what it printed",
        "  2. or try again",
        "  3. or ask somebody",
        "Example:",
        "    dockwright build",
    ]


def test_it_has_ten_lines_at_most_with_the_first_and_the_last_of_what_was_found() -> None:
    lines = shown("\n".join(f"line {number}" for number in range(100)))
    assert len(lines) == 10
    assert lines[1:4] == ["Found: line 0", "       line 98", "       line 99"]


def test_credentials_are_hidden() -> None:
    assert shown("https://me:pw@example.org/simple")[1] == "Found: https://***@example.org/simple"
