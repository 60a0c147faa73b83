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
