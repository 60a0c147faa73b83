"""What distributions ask of the system beside packages: CUDA, and what only development needs."""

import tomllib
from typing import Any

import pytest
from dockwright.decide.base_image import choose_base_image
from dockwright.decide.native_needs import accelerator_notices, development_notices
from dockwright.model.dependencies import (
    Lock,
    LockedDistribution,
    LockedFile,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import SystemPackages
from dockwright.model.project import PythonRelease
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


TRIXIE = ("glibc", 2, 41)
BOTH = ("linux/amd64", "linux/arm64")
X86 = "{0}-{1}-cp312-cp312-manylinux_2_28_x86_64.whl"
ARM = "{0}-{1}-cp312-cp312-manylinux_2_28_aarch64.whl"


def wheel(
    name: str, version: str = "1.0", size: int | None = None, index: str = ""
) -> LockedDistribution:
    stem = name.replace("-", "_")
    files = (
        LockedFile(name=X86.format(stem, version), size=size),
        LockedFile(name=ARM.format(stem, version), size=size // 2 if size else None),
    )
    return LockedDistribution(
        name=name, version=version, origin=Origin(path="uv.lock"), files=files, index=index
    )


def told(*distributions: LockedDistribution, platforms: tuple[str, ...] = BOTH) -> Notice:
    """Return the one notice about `distributions`."""
    (notice,) = accelerator_notices(distributions, "3.12", platforms, TRIXIE)
    return notice


CUDA = (
    wheel("torch", "2.10.0", 900_000_000),
    wheel("nvidia-cublas-cu12", "12.8.4", 590_000_000),
    wheel("nvidia-cudnn-cu12", "9.10.2", 700_000_000),
    wheel("triton", "3.6.0", 188_000_000),
)


def test_cuda_beside_torch_is_counted_for_the_largest_platform() -> None:
    notice = told(*CUDA)
    assert notice.code == "gpu-libraries"
    assert "nvidia-cublas-cu12 is locked beside it" in notice.text
    assert "it adds 2378 MB" in notice.text
    assert "torch, torchaudio, torchvision from the index" in notice.remedy
    assert "https://download.pytorch.org/whl/cpu" in notice.remedy
    assert "1189 MB" in told(*CUDA, platforms=("linux/arm64",)).text


@pytest.mark.parametrize(
    ("dist", "codes"),
    [
        pytest.param(wheel("torch", "2.13.0+cpu"), [], id="the local version says cpu"),
        pytest.param(
            wheel("torch", "2.8.0+cu128"), ["gpu-libraries"], id="the local version says CUDA"
        ),
        pytest.param(
            wheel("torch", "2.8.0+rocm6.3"), ["gpu-libraries"], id="the local version says ROCm"
        ),
        pytest.param(
            wheel("torch", "2.8.0", index="https://download.pytorch.org/whl/cpu"),
            [],
            id="the index says cpu",
        ),
        pytest.param(wheel("tensorflow", "2.19.0"), [], id="tensorflow alone"),
        pytest.param(
            wheel("onnxruntime-gpu", "1.23.2"), ["cuda-from-the-image"], id="the name says it"
        ),
        pytest.param(wheel("django"), [], id="none of them"),
    ],
)
def test_the_locked_form_tells(dist: LockedDistribution, codes: list[str]) -> None:
    found = accelerator_notices((dist,), "3.12", BOTH, TRIXIE)
    assert [notice.code for notice in found] == codes


def test_tensorflow_with_its_libraries_runs_on_a_gpu() -> None:
    notice = told(wheel("tensorflow"), wheel("nvidia-cudnn-cu12"))
    assert "tensorflow-cpu" in notice.remedy


def test_a_cuda_image_is_chosen_only_where_nothing_else_brings_cuda() -> None:
    alone = (wheel("onnxruntime-gpu", "1.23.2"),)
    complete = (*alone, wheel("nvidia-cublas-cu12"), wheel("nvidia-cudnn-cu12"))
    decision, _ = choose_base_image(PythonRelease(version="3.12"), Settings(), alone)
    assert decision.value.reference.startswith("nvidia/cuda:")
    assert "onnxruntime-gpu" in decision.because
    for settings, python, distributions in (
        (Settings(base="slim"), "3.12", alone),
        (Settings(), "3.13", alone),
        (Settings(), "3.12", complete),
    ):
        image = choose_base_image(PythonRelease(version=python), settings, distributions)[0].value
        assert image.reference == f"python:{python}-slim-trixie"
