"""Docker's rules for .dockerignore."""

import pytest
from dockwright.decide.ignore import left_out


@pytest.mark.parametrize(
    ("path", "patterns", "out"),
    [
        ("build/lib/x.py", ("build",), True),
        ("src/build/x.py", ("build",), False),
        ("a/b/.env", ("**/.env",), True),
        (".env", ("**/.env",), True),
        ("docs/a.md", ("docs", "!docs/a.md"), False),
        ("docs/a.md", ("!docs/a.md", "docs"), True),
        ("a/b.md", ("*.md",), False),
        ("a/b.md", ("**/*.md",), True),
        ("main.py", ("/main.py",), True),
        ("main.py", ("./main.py/",), True),
        ("x.pyc", ("**/*.py[cod]",), True),
        ("x.py", ("**/*.py[cod]",), False),
        ("a.b", ("a?b",), True),
        ("a/b", ("a?b",), False),
        ("axb", ("a.b",), False),
        ("x", ("# x", ""), False),
        ("[", ("[",), True),
    ],
)
def test_a_path_is_left_out_or_not(path: str, patterns: tuple[str, ...], out: bool) -> None:
    assert left_out(path, patterns) is out
