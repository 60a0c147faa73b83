"""Values that stand in a line of another language, and long lines that are folded."""

import pytest
import yaml
from dockwright.render.filters import env_value, exec_form, folded, yaml_scalar

GUNICORN = (
    "gunicorn", "--bind", "0.0.0.0:5000", "--access-logfile", "-", "--worker-tmp-dir", "/dev/shm",
    "--no-control-socket", "inventory.web:application",
)  # fmt: skip


def test_a_short_command_stays_in_one_line() -> None:
    assert exec_form(("python", "app.py"), "CMD ") == '["python", "app.py"]'


def test_a_long_command_is_folded_evenly_and_no_option_loses_its_value() -> None:
    text = exec_form(GUNICORN, "CMD ")

    assert text.splitlines() == [
        '["gunicorn", "--bind", "0.0.0.0:5000", "--access-logfile", "-", \\',
        '     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "inventory.web:application"]',
    ]


def test_a_long_list_of_packages_is_folded_within_the_screen() -> None:
    names = " ".join(f"lib-of-some-kind-{number}" for number in range(30))
    lines = folded(f"apt-get install {names}", " && ").splitlines()

    assert all(len(line) <= 110 for line in lines)
    assert " ".join(line.rstrip(" \\").strip() for line in lines) == f"apt-get install {names}"


@pytest.mark.parametrize(
    ("value", "written"),
    [("plain", "plain"), ("two words", '"two words"'), ('a"b', '"a\\"b"'), ("$PATH", "$PATH")],
)
def test_a_value_is_quoted_only_where_it_must_be(value: str, written: str) -> None:
    assert env_value(value) == written


@pytest.mark.parametrize("value", ["yes", "5432", "redis:8", "a: b", "", "${A:-b}", "1e3", ".5"])
def test_a_scalar_of_yaml_reads_back_as_it_was(value: str) -> None:
    assert yaml.safe_load(yaml_scalar(value)) == value
