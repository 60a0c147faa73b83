"""The checks of a proof, on what a probe would have seen."""

from typing import Any

import pytest
from dockwright.model.output import Check
from dockwright.prove import checks
from dockwright.prove.checks import Evidence, Expectation

EXPECTED = Expectation(
    python="3.13", distributions={"x86_64": {"flask": "3.1.3", "click": "8.5"}}, local=("shop",)
)


def seen(**changes: Any) -> dict[str, Any]:
    document = {
        "python": "3.13.2",
        "machine": "x86_64",
        "distributions": {"flask": "3.1.3", "click": "8.5.0", "shop": "0.1"},
        "sizes": {},
        "requires": {
            "flask": ["click>=8", "asgiref; extra == 'async'", "tomli; python_version < '3.11'"]
        },
        "imports": {"flask": "flask", "click": "click"},
        "failures": {},
        "compilers": [],
        "managers": [],
        "development_packages": [],
        "environment": {"python_version": "3.13", "python_full_version": "3.13.2"},
    }
    return {**document, **changes}


def configuration(**config: Any) -> dict[str, Any]:
    return {"Config": {"User": "10001:10001", "Env": ["PATH=/usr/bin"], **config}}


def run(
    name: str,
    document: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    history: tuple[str, ...] = (),
) -> Check:
    evidence = Evidence(
        seen=document or seen(), configuration=config or configuration(), history=history
    )
    check: Check = getattr(checks, name)(EXPECTED, evidence)
    return check


def test_an_image_as_promised_passes_every_point() -> None:
    for check in checks.CHECKS:
        assert check(EXPECTED, Evidence(seen=seen(), configuration=configuration())).passed


@pytest.mark.parametrize("version", ["3.12.9", "3.1.3", "3.130.0"])
def test_another_python_is_found(version: str) -> None:
    assert not run("python_version", seen(python=version)).passed


def test_versions_are_compared_as_versions_and_not_as_text() -> None:
    assert run("distributions").passed


def test_another_version_a_missing_and_a_foreign_distribution_are_each_named() -> None:
    check = run("distributions", seen(distributions={"flask": "3.0", "six": "1.17"}))
    assert not check.passed
    assert len(check.details) == 3
    assert any("click 8.5 is locked, missing" in line for line in check.details)
    assert any("six 1.17 is installed and not locked" in line for line in check.details)


def test_a_requirement_that_is_not_met_is_named() -> None:
    check = run("consistency", seen(requires={"flask": ["click>=9"]}))
    assert not check.passed
    assert "click>=9" in check.details[0]


@pytest.mark.parametrize("user", ["", "root", "0", "app", "0:0"])
def test_a_user_that_is_root_or_has_only_a_name_is_found(user: str) -> None:
    assert not run("user", config=configuration(User=user)).passed


def test_a_secret_is_told_by_name_and_never_by_value() -> None:
    check = run(
        "secrets",
        config=configuration(Env=["DB_PASSWORD=hunter22"]),
        history=("ARG TOKEN=abcdef", "RUN pip install -i https://me:pw12345@host/simple x"),
    )
    assert not check.passed
    text = f"{check.found} {check.details}"
    assert "ENV DB_PASSWORD" in text
    assert "ARG TOKEN" in text
    assert "hunter22" not in text
    assert "pw12345" not in text


def test_a_placeholder_inside_one_command_is_no_secret() -> None:
    assert run(
        "secrets", history=("RUN SECRET_KEY=build-only python manage.py collectstatic --noinput",)
    ).passed


def test_a_path_to_a_secret_is_no_secret() -> None:
    assert run(
        "secrets", config=configuration(Env=["POSTGRES_PASSWORD_FILE=/run/secrets/postgres"])
    ).passed
