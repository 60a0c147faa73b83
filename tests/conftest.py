"""Options and folders that all tests share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--recapture",
        action="store_true",
        help="write the samples' expected output anew instead of comparing it",
    )


@pytest.fixture
def recapture(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--recapture"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what needs an engine last: it takes minutes, and the rest seconds."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is not None)
