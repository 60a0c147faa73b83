"""The command that runs the project's own tests."""

from dockwright.detect.application.places import is_test_name
from dockwright.detect.application.survey import Survey
from dockwright.model.application import DjangoProject

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "unittests"})


def find_test_command(survey: Survey, django: tuple[DjangoProject, ...]) -> tuple[str, ...]:
    """Return argv, () where there are no tests or nothing that could run them is declared."""
    tests = [path for path in survey.sources.all if "test" in path and _is_test(path)]
    own = [
        path
        for path in tests
        if not any(path.startswith(f"{folder}/") for folder in survey.foreign)
    ]
    if not own:
        return ()
    if "pytest" in survey.known or any(name.startswith("pytest-") for name in survey.known):
        return ("pytest",)
    if django:
        return ("python", django[0].manage.path, "test")
    if _uses(survey, own, b"unittest"):
        folder = own[0].partition("/")[0]
        return (
            ("python", "-m", "unittest", "discover")
            if "/" not in own[0]
            else ("python", "-m", "unittest", "discover", "-s", folder, "-t", ".")
        )
    return ()


def _is_test(path: str) -> bool:
    *folders, name = path.split("/")
    return is_test_name(name) or (name.startswith("test") and bool(_TEST_FOLDERS & set(folders)))


def _uses(survey: Survey, tests: list[str], word: bytes) -> bool:
    return any(word in survey.sources.raw(path) for path in tests[:20])
