"""What only development needs of the system is told, with settings that can be pasted."""

import tomllib
from typing import Any

from dockwright.decide.base_image import choose_base_image
from dockwright.decide.development_needs import development_notices
from dockwright.model.dependencies import (
    Lock,
    LockedDistribution,
    ManagerFinding,
    Manifest,
    Requirement,
)
from dockwright.model.manager import LockState, Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import SystemPackages
from dockwright.model.python import PythonRelease
from dockwright.model.settings import Settings, StageSettings

HERE = Origin(path="uv.lock", line=7)


def locked(name: str, version: str, group: str = "dev", **fields: Any) -> LockedDistribution:
    return LockedDistribution(name=name, version=version, origin=HERE, groups=(group,), **fields)


def notices(
    *distributions: LockedDistribution,
    wishes: tuple[str, ...] = (),
    settings: Settings | None = None,
) -> tuple[Notice, ...]:
    settings = settings or Settings()
    lock = Lock(path="uv.lock", format="1", state=LockState.FRESH, distributions=distributions)
    manifest = Manifest(
        path="pyproject.toml",
        requirements=tuple(
            Requirement(name=name, group="dev", specifier="", origin=HERE) for name in wishes
        ),
    )
    finding = ManagerFinding(manager=Manager.UV, manifest=manifest, lock=lock)
    installed = tuple(entry for entry in distributions if "main" in entry.groups)
    image = choose_base_image(PythonRelease(version="3.13"), settings)[0].value
    return development_notices(finding, ("dev",), installed, SystemPackages(), image, settings)


def cured(notice: Notice) -> StageSettings:
    """What the remedy says, taken at its word."""
    text = notice.remedy.removeprefix("set ").replace(", stages.", "\nstages.")
    found = tomllib.loads(text)["stages"]["dev"]
    return StageSettings(
        packages=tuple(found.get("packages", ())),
        environment=tuple(found.get("environment", {}).items()),
        after=tuple(found.get("after", ())),
    )


def test_the_browser_of_a_plugin_is_told_with_settings_that_bring_it() -> None:
    chosen = (
        locked("pytest-playwright", "0.7.0", depends_on=("playwright",)),
        locked("playwright", "1.50.0"),
    )
    (notice,) = notices(*chosen, wishes=("pytest-playwright",))
    assert notice.code == "development-packages"
    assert "`playwright install --only-shell chromium`" in notice.text
    dev = cured(notice)
    assert dev.after == ("RUN playwright install --only-shell chromium",)
    assert ("PLAYWRIGHT_BROWSERS_PATH", "/ms-playwright") in dev.environment
    assert "libnss3" in dev.packages
    assert notices(*chosen, settings=Settings(stages=(("dev", dev),))) == ()


def test_the_packages_of_selenium_are_told() -> None:
    (notice,) = notices(locked("selenium", "4.27.0"), wishes=("selenium",))
    assert cured(notice).packages == ("chromium", "chromium-driver", "fonts-liberation")
    assert (
        notices(
            locked("selenium", "4.27.0"),
            wishes=("selenium",),
            settings=Settings(without_packages=("chromium",)),
        )
        == ()
    )


def test_what_the_image_has_and_what_nobody_asked_for_is_not_told() -> None:
    assert notices(locked("playwright", "1.50.0", "main")) == ()
    assert notices(locked("playwright", "1.50.0", "docs")) == ()
    assert notices(locked("gitpython", "3.1.0")) == ()
    assert notices(locked("ruff", "0.9.0"), wishes=("ruff",)) == ()


def test_on_alpine_it_cannot_be_had() -> None:
    (notice,) = notices(locked("playwright", "1.50.0"), settings=Settings(base="alpine"))
    assert "musl" in notice.text
    assert "slim" in notice.remedy


def test_a_manifest_is_asked_where_the_lock_holds_production_alone() -> None:
    (notice,) = notices(locked("flask", "3.0.0", "main"), wishes=("selenium",))
    assert "selenium belongs to a development group" in notice.text
