"""Variables of a command line that nothing sets."""

import pytest
from dockwright.decide.command_line import unset_variables
from dockwright.model.application import Application
from dockwright.model.settings import Settings
from support.processes import codes, decide, found, procfile


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gunicorn -w $WORKERS -b 0.0.0.0:$PORT a:app", ("WORKERS",)),
        ("gunicorn -w ${WORKERS} a:app", ("WORKERS",)),
        ("gunicorn -w ${WORKERS:?say how many} a:app", ("WORKERS",)),
        ("gunicorn -w ${WORKERS:-2} a:app", ()),
        ("gunicorn -w $WEB_CONCURRENCY a:app", ()),
        ("WORKERS=$(nproc) && gunicorn -w $WORKERS a:app", ()),
        ("for name in a b; do touch $name; done; gunicorn a:app", ()),
        ("gunicorn --log-format '$request' -b :$PORT a:app", ()),
        ("gunicorn a:app", ()),
    ],
)
def test_a_variable_without_a_default_is_one_that_somebody_must_set(
    line: str, expected: tuple[str, ...]
) -> None:
    process = decide(Application(processes=(procfile("web", line),)), "gunicorn").processes[0]
    assert unset_variables(process, Settings()) == expected


def test_it_is_said_with_the_place() -> None:
    application = Application(
        processes=(procfile("web", "gunicorn -w $WORKERS -b 0.0.0.0:$PORT a:app"),)
    )
    warning = next(
        one
        for one in decide(application, "gunicorn").warnings
        if one.code == "command-variable-unset"
    )
    assert "$WORKERS" in warning.text
    assert warning.origin is not None
    assert warning.origin.path == "Procfile"


def test_the_settings_may_set_it() -> None:
    application = Application(processes=(found("web", "gunicorn -w $WORKERS a:app"),))
    settings = Settings(environment=(("WORKERS", "3"),))
    assert "command-variable-unset" not in codes(decide(application, "gunicorn", settings=settings))
