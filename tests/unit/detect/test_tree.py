"""What is read of a project: which files count as its own, and how they are found."""

from pathlib import Path

import pytest
from dockwright.detect.tree import MAX_DIGITS, ProjectTree
from dockwright.errors import UnreadableError


def _project(root: Path, *paths: str) -> ProjectTree:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x = 1\r\n")
    return ProjectTree(root)


def test_environments_and_leftovers_are_no_files_of_the_project(tmp_path: Path) -> None:
    tree = _project(
        tmp_path,
        "main.py",
        "a/b/c.py",
        "node_modules/x.py",
        "a/.venv/y.py",
        "mine/pyvenv.cfg",
        "mine/z.py",
    )
    assert sorted(tree.files) == ["a/b/c.py", "main.py"]


def test_a_project_that_is_an_environment_itself_is_read(tmp_path: Path) -> None:
    assert sorted(_project(tmp_path, "pyvenv.cfg", "main.py").files) == ["main.py", "pyvenv.cfg"]


def test_a_link_is_the_file_that_it_leads_to_and_no_second_one(tmp_path: Path) -> None:
    tree = _project(tmp_path, "a/main.py")
    (tmp_path / "linked.py").symlink_to("a/main.py")
    (tmp_path / "folder").symlink_to("a")
    (tmp_path / "nowhere.py").symlink_to("gone.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    assert sorted(tree.files) == ["a/main.py"]


def test_files_are_found_by_name_and_by_ending_down_to_a_depth(tmp_path: Path) -> None:
    tree = _project(
        tmp_path, "app.ini", "b/app.ini", "a/my-app.ini", "a/b/c/app.ini", "a/app.ini.txt"
    )
    assert tree.find("app.ini") == ("a/b/c/app.ini", "app.ini", "b/app.ini")
    assert tree.find("*.ini", depth=1) == ("a/my-app.ini", "app.ini", "b/app.ini")
    assert tree.find("b") == ()


def test_bytes_are_read_as_they_are_up_to_a_limit(tmp_path: Path) -> None:
    tree = _project(tmp_path, "main.py")
    (tmp_path / "long.py").write_bytes(b"#" * 200_000)
    assert tree.raw("main.py") == b"x = 1\r\n"
    assert tree.raw("long.py") == b"#" * 200_000
    assert tree.raw("long.py", limit=200_000) is not None
    assert tree.raw("long.py", limit=199_999) is None


@pytest.mark.parametrize("path", ["gone.py", "folder"])
def test_what_cannot_be_read_is_named(tmp_path: Path, path: str) -> None:
    tree = _project(tmp_path, "folder/main.py")
    with pytest.raises(UnreadableError) as error:
        tree.raw(path)
    assert path in error.value.text()


@pytest.mark.parametrize(
    "before", [0, 1, MAX_DIGITS - 1, MAX_DIGITS, MAX_DIGITS + 1, 3 * MAX_DIGITS - 7]
)
@pytest.mark.parametrize("after", [0, 1, MAX_DIGITS])
def test_a_number_that_python_refuses_is_found_wherever_it_stands(
    tmp_path: Path, before: int, after: int
) -> None:
    text = "x" * before + "\n" + "7" * MAX_DIGITS + "\n" + "x" * after

    (tmp_path / "uv.lock").write_text(text)
    with pytest.raises(UnreadableError) as caught:
        ProjectTree(tmp_path).text("uv.lock")

    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("uv.lock", 2)


@pytest.mark.parametrize("before", [0, MAX_DIGITS - 1, MAX_DIGITS])
def test_a_shorter_number_and_many_digits_that_letters_part_are_read(
    tmp_path: Path, before: int
) -> None:
    hexadecimal = ("0123456789" * 6 + "abcdef") * 300

    text = "x" * before + "7" * (MAX_DIGITS - 1) + "\n" + hexadecimal
    (tmp_path / "uv.lock").write_text(text)
    assert ProjectTree(tmp_path).text("uv.lock") == text
