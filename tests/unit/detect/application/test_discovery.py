"""The command that runs the project's own tests."""

import pytest
from dockwright.model.dependencies import ManagerFinding
from support.applications import Files, Finder, django, manager

TEST = {"tests/test_shop.py": "import unittest\n"}


@pytest.mark.parametrize(
    ("files", "managers", "command"),
    [
        pytest.param(
            TEST, (manager(groups={"pytest": "dev"}),), ("pytest",), id="pytest in a group"
        ),
        pytest.param(
            TEST, (manager(groups={"pytest-django": "test"}),), ("pytest",), id="a plugin of pytest"
        ),
        pytest.param(
            {**django(), "shop/tests.py": ""},
            (manager("django"),),
            ("python", "manage.py", "test"),
            id="Django",
        ),
        pytest.param(
            TEST,
            (manager(),),
            ("python", "-m", "unittest", "discover", "-s", "tests", "-t", "."),
            id="unittest",
        ),
        pytest.param(
            {"test_shop.py": "import unittest\n"},
            (),
            ("python", "-m", "unittest", "discover"),
            id="unittest in the root",
        ),
        pytest.param(
            {"tests/test_shop.py": "def test_x(): ..."},
            (manager(),),
            (),
            id="nothing that could run them",
        ),
        pytest.param({"main.py": ""}, (manager(groups={"pytest": "dev"}),), (), id="no tests"),
        pytest.param(
            {"tests/helpers.py": ""}, (manager(groups={"pytest": "dev"}),), (), id="only helpers"
        ),
        pytest.param(
            {"other/Pipfile": "", "other/test_x.py": ""},
            (manager(groups={"pytest": "dev"}),),
            (),
            id="tests of another project",
        ),
    ],
)
def test_command(
    find: Finder, files: Files, managers: tuple[ManagerFinding, ...], command: tuple[str, ...]
) -> None:
    assert find(files, *managers).test_command == command
