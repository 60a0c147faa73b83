"""An application whose framework is nowhere installed is refused: its container would end at once."""

import pytest
from dockwright.errors import NoServerError
from dockwright.model.application import Application, ProcessKind
from dockwright.model.dependencies import Manager
from support.processes import decide, found, main_process, web


def test_without_any_manifest_the_framework_is_missing() -> None:
    with pytest.raises(NoServerError, match="nothing installs flask") as caught:
        decide(Application(web=(web(),)))
    assert any("requirements.txt" in step for step in caught.value.steps)


def test_a_lock_that_does_not_hold_it_has_no_command_of_it() -> None:
    with pytest.raises(NoServerError, match="nothing installs flask") as caught:
        decide(Application(web=(web(),)), "requests", manager=Manager.UV)
    assert "run `uv add flask`" in caught.value.steps


def test_a_server_that_is_installed_may_serve_what_comes_from_elsewhere() -> None:
    assert (
        main_process(Application(web=(web(),)), "gunicorn", manager=Manager.UV).command[0]
        == "gunicorn"
    )


def test_without_any_manifest_the_command_of_a_process_is_missing() -> None:
    spider = found("quotes", ("scrapy", "crawl", "quotes"), ProcessKind.COMMAND, framework="scrapy")
    with pytest.raises(NoServerError, match="nothing installs scrapy, which quotes needs"):
        decide(Application(processes=(spider,)))
    assert (
        decide(Application(processes=(spider,)), manager=Manager.REQUIREMENTS)
        .processes[0]
        .command[0]
        == "scrapy"
    )
