"""Settings are written into a file that somebody cares for."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from dockwright.errors import SettingValueError, UnknownSettingError
from dockwright.settings import load_settings
from dockwright.settings.save import changed_settings, settings_flags
from dockwright.write import write


def save_settings(root: Path, changes: dict[str, Any]) -> tuple[Path, ...]:
    files = changed_settings(root, changes)
    write(files, root)
    return tuple(root / file.path for file in files)


PROJECT = """# our project
[project]
name = "shop"  # the shop

[tool.dockwright]
# we test on this one
python = "3.12"   # not newer
health_path = "/up"

[tool.dockwright.environment]
A = "1"  # one

[tool.ruff]
line-length = 100
"""


def test_only_what_changes_changes(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    save_settings(tmp_path, {"python": "3.13", "health-path": "/healthz"})
    text = (tmp_path / "pyproject.toml").read_text()
    assert text == PROJECT.replace('"3.12"', '"3.13"').replace('"/up"', '"/healthz"')


def test_a_new_key_and_a_new_entry_leave_the_rest_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    save_settings(tmp_path, {"port": 9000, "environment": {"A": "1", "B": "2"}})
    text = (tmp_path / "pyproject.toml").read_text()
    assert [line for line in PROJECT.splitlines() if line not in text.splitlines()] == []
    settings = load_settings(tmp_path).settings
    assert settings.port == 9000
    assert settings.environment == (("A", "1"), ("B", "2"))


def test_what_is_as_decided_is_not_stored(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    save_settings(
        tmp_path, {"python": None, "strategy": "auto", "healthcheck": True, "health-path": ""}
    )
    table = tomllib.loads((tmp_path / "pyproject.toml").read_text())["tool"]["dockwright"]
    assert table == {"environment": {"A": "1"}}


def test_nothing_to_change_writes_nothing(tmp_path: Path) -> None:
    assert save_settings(tmp_path, {"strategy": "auto"}) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_project_without_pyproject_gets_its_own_file(tmp_path: Path) -> None:
    (path,) = save_settings(tmp_path, {"base": "alpine", "packages": ["ffmpeg"]})
    assert path == tmp_path / "dockwright.toml"
    assert path.read_text() == 'base = "alpine"\npackages = ["ffmpeg"]\n'


def test_a_pyproject_without_settings_gets_a_table_at_its_end(tmp_path: Path) -> None:
    before = '[project]\nname = "shop"\n\n[tool.black]\nline-length = 90'
    (tmp_path / "pyproject.toml").write_text(before)
    save_settings(tmp_path, {"port": 80})
    assert (
        tmp_path / "pyproject.toml"
    ).read_text() == before + "\n\n[tool.dockwright]\nport = 80\n"


def test_a_comment_about_the_table_is_no_table(tmp_path: Path) -> None:
    before = "# settings: [tool.dockwright]\n[tool.black]\nline-length = 90\n"
    (tmp_path / "pyproject.toml").write_text(before)
    save_settings(tmp_path, {"port": 80})
    text = (tmp_path / "pyproject.toml").read_text()
    assert text == before + "\n[tool.dockwright]\nport = 80\n"


def test_windows_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PROJECT.replace("\n", "\r\n").encode())
    save_settings(tmp_path, {"python": "3.13", "port": 80})
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf#")
    assert raw.count(b"\n") == raw.count(b"\r\n") == PROJECT.count("\n") + 1
    assert load_settings(tmp_path).settings.port == 80


@pytest.mark.parametrize(
    "changes",
    [
        {"command": ["python", "-m", "shop", "a b"]},
        {"packages": ["a", "b", "c", "d", "e", "f"]},
        {"environment": {"A": 'quote " and \\ and $', "B": ""}},
        {"labels": {"org.opencontainers.image.title": "Shop, the"}},
        {
            "stages": {
                "runtime": {
                    "packages": ["vim"],
                    "after": ['RUN echo "a, b"', "VOLUME /data"],
                    "environment": {"X": "1"},
                }
            }
        },
        {"targets": ["dev"]},
        {"processes": {"worker": "celery -A shop worker"}},
        {"ignore": ["a,b", "[x]"]},
        {"services": ["none"], "healthcheck": False, "port": 1, "user": 5},
    ],
)
def test_what_is_saved_is_read_again_and_so_are_its_flags(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    save_settings(saved, changes)
    from_file = load_settings(saved).settings
    from_flags = load_settings(tmp_path, flags=settings_flags(changes)).settings
    assert from_file == from_flags
    assert from_file != load_settings(tmp_path).settings
    assert changed_settings(saved, changes) == ()


def test_values_of_settings_can_be_passed_as_they_are(tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path, flags=("environment.A=1", "stages.runtime.packages=vim", "command=a b")
    ).settings
    save_settings(
        tmp_path,
        {
            "environment": settings.environment,
            "stages": settings.stages,
            "command": settings.command,
        },
    )
    assert load_settings(tmp_path).settings == settings


def test_a_wrong_answer_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingValueError):
        save_settings(tmp_path, {"port": 0})
    with pytest.raises(UnknownSettingError):
        save_settings(tmp_path, {"prot": 1})
    assert list(tmp_path.iterdir()) == []
