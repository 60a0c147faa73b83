"""`dockwright lock` as far as it goes without an engine."""

from pathlib import Path

import pytest
from dockwright.cli import dockwright, main
from dockwright.cli.build import build, lock

SAMPLES = Path(__file__).parents[3] / "samples"


def options(command: object) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}  # type: ignore[attr-defined]


def test_it_takes_the_engine_options_of_build() -> None:
    shared = {"--engine", "--builder", "--secret", "--ssh", "--build-arg"}
    assert shared <= options(lock)
    assert shared <= options(build)
    assert (
        dockwright.get_command(
            dockwright.make_context("dockwright", [], resilient_parsing=True), "lock"
        )
        is lock
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((str(SAMPLES / "script-only-prints" / "project"),), "has no lock of its own"),
        (
            (str(SAMPLES / "uv-fastapi" / "project"), "--engine", "rocket"),
            "is not a known engine",
        ),
    ],
    ids=["nothing to lock", "unknown engine"],
)
def test_what_cannot_be_is_wrong_usage(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["lock", *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
