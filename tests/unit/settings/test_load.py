"""Where settings come from, and what is refused."""

from pathlib import Path

import pytest
from dockwright.errors import (
    SettingValueError,
    SyntaxFault,
    TwoSettingsFilesError,
    UnknownSettingError,
    UnreadableError,
    UsageError,
)
from dockwright.model.settings import Settings, StageSettings
from dockwright.settings import load_settings

PROJECT = """[project]
name = "shop"

[tool.dockwright]
python = "3.12"
health-path = "/healthz"
packages = ["ffmpeg"]

[tool.dockwright.environment]
LOG_LEVEL = "info"
REGION = "eu"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def test_without_any_source_everything_is_as_decided(tmp_path: Path) -> None:
    source = load_settings(tmp_path)
    assert source.settings == Settings()
    assert source.sources == ()


def test_a_file_settles_with_its_line(project: Path) -> None:
    source = load_settings(project)
    assert source.settings.python == "3.12"
    assert source.settings.health_path == "/healthz"
    assert source.settings.environment == (("LOG_LEVEL", "info"), ("REGION", "eu"))
    assert dict(source.sources)["python"] == "pyproject.toml:5"


def test_an_environment_variable_beats_the_file_and_a_flag_beats_both(project: Path) -> None:
    environ = {"DOCKWRIGHT_PYTHON": "3.13", "DOCKWRIGHT_PORT": "9000", "HOME": "/"}
    source = load_settings(project, environ=environ, flags=("python=3.14",))
    assert (source.settings.python, source.settings.port) == ("3.14", 9000)
    assert dict(source.sources) == {
        "environment": "pyproject.toml:9",
        "health-path": "pyproject.toml:6",
        "packages": "pyproject.toml:7",
        "port": "DOCKWRIGHT_PORT",
        "python": "--set python",
    }


def test_an_empty_variable_is_none(project: Path) -> None:
    assert load_settings(project, environ={"DOCKWRIGHT_PYTHON": ""}).settings.python == "3.12"


def test_a_flag_for_one_entry_leaves_the_others_of_the_table(project: Path) -> None:
    settings = load_settings(project, flags=("environment.LOG_LEVEL=debug",)).settings
    assert settings.environment == (("LOG_LEVEL", "debug"), ("REGION", "eu"))


def test_a_list_replaces_the_one_below_and_grows_within_one_command_line(project: Path) -> None:
    settings = load_settings(
        project, flags=("packages=libmagic1", "packages=vim-tiny,less")
    ).settings
    assert settings.packages == ("libmagic1", "vim-tiny", "less")


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("health_path=/up", "health_path", "/up"),
        ("healthcheck=off", "healthcheck", False),
        (
            "command=gunicorn shop:app --bind '0.0.0.0:80'",
            "command",
            ("gunicorn", "shop:app", "--bind", "0.0.0.0:80"),
        ),
        ('command=["python", "a b.py"]', "command", ("python", "a b.py")),
        ('services=["none"]', "services", ("none",)),
        (
            "processes.worker=celery -A shop worker",
            "processes",
            (("worker", "celery -A shop worker"),),
        ),
        ("environment=A=1,B=2", "environment", (("A", "1"), ("B", "2"))),
        ('labels={ "a.b" = "c" }', "labels", (("a.b", "c"),)),
        ("labels.a.b=c=d", "labels", (("a.b", "c=d"),)),
        (
            "stages.runtime.packages=vim,less",
            "stages",
            (("runtime", StageSettings(packages=("vim", "less"))),),
        ),
        (
            "stages.dev.environment.A=1",
            "stages",
            (("dev", StageSettings(environment=(("A", "1"),))),),
        ),
        ("stages.dev.after=RUN a, b", "stages", (("dev", StageSettings(after=("RUN a, b",))),)),
        ("user=1000", "user", 1000),
        ("targets=dev", "targets", ("dev",)),
        ("targets=test", "targets", ("dev", "test")),
        ("syntax=false", "syntax", False),
    ],
)
def test_text_becomes_a_value(tmp_path: Path, flag: str, field: str, value: object) -> None:
    assert getattr(load_settings(tmp_path, flags=(flag,)).settings, field) == value


def test_own_file_needs_no_header(tmp_path: Path) -> None:
    (tmp_path / "dockwright.toml").write_text('base = "full"\nstages.runtime.packages = ["vim"]\n')
    source = load_settings(tmp_path)
    assert source.settings.base == "full"
    assert source.sources == (("base", "dockwright.toml:1"), ("stages", "dockwright.toml:2"))


def test_two_files_are_an_error(project: Path) -> None:
    (project / "dockwright.toml").write_text('base = "full"\n')
    with pytest.raises(TwoSettingsFilesError, match="settings stand in dockwright"):
        load_settings(project)


def test_own_file_beside_a_pyproject_without_settings_is_fine(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "dockwright-user"\n')
    (tmp_path / "dockwright.toml").write_text('base = "full"\n')
    assert load_settings(tmp_path).settings.base == "full"


def test_an_unknown_key_names_the_nearest_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dockwright]\npython = "3.13"\nhealth-pth = "/"\n'
    )
    with pytest.raises(UnknownSettingError) as caught:
        load_settings(tmp_path)
    text = caught.value.text()
    assert "pyproject.toml:3" in text
    assert "did you mean `health-path`?" in text
    assert 'health-path = "/healthz"' in text
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "flag", ["pyhton=3.13", "environment", "python.minor=3", "stages.runtime.package=vim"]
)
def test_a_wrong_flag_is_an_error(tmp_path: Path, flag: str) -> None:
    with pytest.raises(UsageError):
        load_settings(tmp_path, flags=(flag,))


def test_an_unknown_variable_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError, match="did you mean `DOCKWRIGHT_PYTHON`"):
        load_settings(tmp_path, environ={"DOCKWRIGHT_PYHTON": "3.13"})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('port = "eight"', "a whole number from 1 to 65535"),
        ("port = true", "a whole number from 1 to 65535"),
        ("port = 70000", "a whole number from 1 to 65535"),
        ('healthcheck = "no"', "true or false"),
        ('packages = "ffmpeg"', "an array of strings"),
        ('packages = ["ffmpeg; rm -rf /"]', "names of packages"),
        ("packages = [1]", "an array of strings"),
        ("python = 3.13", "a string (a version such as 3.13"),
        ('python = ">=3.12"', "a string (a version such as 3.13"),
        ('strategy = "frozen"', "one of auto, locked, relock, update"),
        ('environment = ["A=1"]', "a table of strings"),
        ("environment = { A = 1 }", "a table of strings"),
        ('environment = { "A B" = "1" }', "a table of strings"),
        ('dockerfile-path = "../Dockerfile"', "a path inside the project"),
        ('dockerfile-path = "/Dockerfile"', "a path inside the project"),
        ('health-path = "healthz"', 'starts with "/"'),
        ('application = "shop"', '"module:object"'),
        ("command = 'a \"b'", "a command"),
        ('stages = { runtime = ["vim"] }', "a table of stages"),
        ('digest = "sha256:1"', "64 hexadecimal digits"),
        ("user = 0", "a whole number from 1"),
        ("port = 2024-01-01", "a date or time"),
    ],
)
def test_a_wrong_value_says_what_is_expected_and_where(
    tmp_path: Path, line: str, expected: str
) -> None:
    (tmp_path / "dockwright.toml").write_text(f"# settings\n{line}\n")
    with pytest.raises(SettingValueError) as caught:
        load_settings(tmp_path)
    assert expected in caught.value.text()
    assert "dockwright.toml:2" in caught.value.text()
    assert "Example:" in caught.value.text()


def test_a_wrong_entry_of_a_table_is_shown_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.dockwright.environment]\n\nA = 1\n")
    with pytest.raises(SettingValueError, match=r"`environment.A`") as caught:
        load_settings(tmp_path)
    assert "pyproject.toml:3" in caught.value.text()


def test_a_key_given_in_both_spellings_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "dockwright.toml").write_text('health-path = "/a"\nhealth_path = "/b"\n')
    with pytest.raises(UsageError, match="health_path"):
        load_settings(tmp_path)


def test_a_broken_file_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "dockwright.toml").write_text('base = "full"\nport = \n')
    with pytest.raises(SyntaxFault) as caught:
        load_settings(tmp_path)
    assert "dockwright.toml:2" in caught.value.text()


def test_a_pyproject_that_is_not_a_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\ndockwright = 1\n")
    with pytest.raises(UsageError, match="must be a table"):
        load_settings(tmp_path)


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "dockwright.toml").write_bytes(b'base = "\xff\xfe"')
    with pytest.raises(UnreadableError, match="not UTF-8"):
        load_settings(tmp_path)


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "dockwright.toml").write_bytes(b'\xef\xbb\xbfbase = "full"\r\nport = 80\r\n')
    assert load_settings(tmp_path).settings.port == 80


@pytest.mark.parametrize(
    "line",
    ['stages.runtim.packages = ["vim"]', 'targets = ["runtime"]', 'targets = "dev"'],
)
def test_stages_and_targets_have_names_that_make_sense(tmp_path: Path, line: str) -> None:
    (tmp_path / "dockwright.toml").write_text(line + "\n")
    with pytest.raises(SettingValueError) as caught:
        load_settings(tmp_path)
    assert "dockwright.toml:1" in caught.value.text()
