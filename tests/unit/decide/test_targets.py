"""Stages of the owner stand where Docker can build them, and change nothing about the default."""

from dockwright.decide.targets import with_targets
from dockwright.model.dockerfile import Stage

STAGES = (
    Stage(name="base", parent="python:3.13"),
    Stage(name="dev", parent="base"),
    Stage(name="runtime", parent="base"),
)


def names(*targets: tuple[str, str]) -> list[str]:
    return [stage.name for stage in with_targets(STAGES, targets)]


def test_without_targets_nothing_changes() -> None:
    assert with_targets(STAGES, ()) == STAGES


def test_a_target_on_another_stage_leaves_the_last_one_last() -> None:
    assert names(("docs", "FROM dev\nRUN make docs")) == ["base", "dev", "docs", "runtime"]


def test_a_target_on_the_shipped_stage_comes_after_it_and_the_default_stays() -> None:
    stages = with_targets(STAGES, (("debug", 'FROM runtime\nUSER 0\nCMD ["sh"]'),))
    assert [stage.name for stage in stages] == ["base", "dev", "runtime", "debug", "default"]
    assert (stages[-1].parent, stages[-1].command) == ("runtime", ())
    assert stages[3].fragments_after == ("USER 0", 'CMD ["sh"]')


def test_targets_may_build_on_each_other_in_any_order() -> None:
    assert names(("a", "FROM z"), ("m", "FROM runtime"), ("z", "FROM m")) == [
        "base",
        "dev",
        "runtime",
        "m",
        "z",
        "a",
        "default",
    ]


def test_a_target_on_another_image_stands_before_what_is_shipped() -> None:
    assert names(("tool", "FROM alpine:3")) == ["base", "dev", "tool", "runtime"]
