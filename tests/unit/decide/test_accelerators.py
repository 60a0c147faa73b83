"""CPU or GPU, read off the lock."""

import pytest
from dockwright.decide.accelerators import accelerator_notices, find_accelerators, needs_cuda_base
from dockwright.decide.base_image import choose_base_image
from dockwright.model.dependencies import (
    LockedDistribution,
    LockedFile,
    ManagerFinding,
    Manifest,
    Requirement,
)
from dockwright.model.manager import Manager
from dockwright.model.origin import Origin
from dockwright.model.python import PythonRelease
from dockwright.model.settings import Settings

TRIXIE = ("glibc", 2, 41)
BOTH = ("linux/amd64", "linux/arm64")
X86 = "{0}-{1}-cp312-cp312-manylinux_2_28_x86_64.whl"
ARM = "{0}-{1}-cp312-cp312-manylinux_2_28_aarch64.whl"


def locked(
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


def finding(manager: Manager, path: str, **wishes: str) -> ManagerFinding:
    """Make a manager's finding; `wishes` are name=specifier."""
    origin = Origin(path=path, line=5)
    requirements = tuple(
        Requirement(name=name, origin=origin, specifier=wish) for name, wish in wishes.items()
    )
    return ManagerFinding(manager=manager, manifest=Manifest(path=path, requirements=requirements))


CUDA = (
    locked("torch", "2.10.0", 900_000_000),
    locked("nvidia-cublas-cu12", "12.8.4", 590_000_000),
    locked("nvidia-cudnn-cu12", "9.10.2", 700_000_000),
    locked("triton", "3.6.0", 188_000_000),
)


def test_cuda_beside_torch_is_counted_for_the_largest_platform() -> None:
    (torch,) = find_accelerators(CUDA, "3.12", BOTH, TRIXIE)
    assert (torch.kind, torch.megabytes, torch.needs_system) == ("gpu", 2378, False)
    assert torch.libraries == ("nvidia-cublas-cu12", "nvidia-cudnn-cu12", "triton")
    (on_arm,) = find_accelerators(CUDA, "3.12", ("linux/arm64",), TRIXIE)
    assert on_arm.megabytes == 1189


@pytest.mark.parametrize(
    ("dist", "kind"),
    [
        pytest.param(locked("torch", "2.13.0+cpu"), "cpu", id="the local version says cpu"),
        pytest.param(locked("torch", "2.8.0+cu128"), "gpu", id="the local version says CUDA"),
        pytest.param(locked("torch", "2.8.0+rocm6.3"), "gpu", id="the local version says ROCm"),
        pytest.param(
            locked("torch", "2.8.0", index="https://download.pytorch.org/whl/cpu"),
            "cpu",
            id="the index says cpu",
        ),
        pytest.param(locked("tensorflow", "2.19.0"), "cpu", id="tensorflow alone"),
        pytest.param(locked("onnxruntime-gpu", "1.23.2"), "gpu", id="the name says it"),
    ],
)
def test_the_locked_form_tells(dist: LockedDistribution, kind: str) -> None:
    (found,) = find_accelerators((dist,), "3.12", BOTH, TRIXIE)
    assert found.kind == kind


def test_tensorflow_with_its_libraries_runs_on_a_gpu() -> None:
    (found,) = find_accelerators(
        (locked("tensorflow"), locked("nvidia-cudnn-cu12")), "3.12", BOTH, TRIXIE
    )
    assert found.kind == "gpu"
    (notice,) = accelerator_notices((found,), finding(Manager.UV, "pyproject.toml"))
    assert "tensorflow-cpu" in notice.remedy


def test_a_project_without_any_of_them_hears_nothing() -> None:
    assert find_accelerators((locked("django"),), "3.12", BOTH, TRIXIE) == ()


@pytest.mark.parametrize(
    ("manager", "path", "wish", "lines"),
    [
        pytest.param(
            Manager.UV,
            "pyproject.toml",
            ">=2",
            ['+torch = { index = "pytorch-cpu" }', "+[[tool.uv.index]]", "+explicit = true"],
            id="uv",
        ),
        pytest.param(
            Manager.POETRY,
            "pyproject.toml",
            ">=2",
            ['+torch = { version = ">=2", source = "pytorch-cpu" }', '+priority = "explicit"'],
            id="poetry",
        ),
        pytest.param(
            Manager.PIPENV,
            "Pipfile",
            "==2.10.0",
            [
                '-torch = "==2.10.0"',
                '+torch = { version = "==2.10.0", index = "pytorch-cpu" }',
                "+[[source]]",
            ],
            id="pipenv",
        ),
        pytest.param(
            Manager.PDM, "pyproject.toml", "", ['+include_packages = ["torch"]'], id="pdm"
        ),
        pytest.param(
            Manager.REQUIREMENTS,
            "requirements.txt",
            "==2.10.0",
            ["-torch==2.10.0", "+torch==2.10.0+cpu"],
            id="requirements",
        ),
    ],
)
def test_the_way_to_the_cpu_builds_is_a_diff_of_the_manifest(
    manager: Manager, path: str, wish: str, lines: list[str]
) -> None:
    found = find_accelerators(CUDA, "3.12", BOTH, TRIXIE)
    project = finding(manager, path, torch=wish)
    (notice,) = accelerator_notices(found, project)
    assert notice.code == "gpu-libraries"
    assert "2378 MB" in notice.text
    assert f"--- {path}" in notice.remedy
    assert "download.pytorch.org/whl/cpu" in notice.remedy
    for line in lines:
        assert line in notice.remedy.splitlines()


def test_uv_must_be_told_of_torch_when_only_others_want_it() -> None:
    found = find_accelerators(CUDA, "3.12", BOTH, TRIXIE)
    (notice,) = accelerator_notices(found, finding(Manager.UV, "pyproject.toml"))
    assert '+    "torch",' in notice.remedy.splitlines()


def test_a_lock_from_a_mac_lacks_what_linux_needs() -> None:
    mac = LockedDistribution(
        name="torch", version="2.10.0", origin=Origin(path="Pipfile.lock"), hashes=("sha256:0",)
    )
    found = find_accelerators((mac,), "3.12", BOTH, TRIXIE)
    (notice,) = accelerator_notices(found, finding(Manager.PIPENV, "Pipfile"))
    assert notice.code == "cuda-libraries-not-locked"
    assert (
        accelerator_notices(
            find_accelerators((mac,), "3.12", ("linux/arm64",), TRIXIE),
            finding(Manager.PIPENV, "Pipfile"),
        )
        == ()
    )


def test_a_cuda_image_is_chosen_only_where_nothing_else_brings_cuda() -> None:
    alone = (locked("onnxruntime-gpu", "1.23.2"),)
    complete = (*alone, locked("nvidia-cublas-cu12"), locked("nvidia-cudnn-cu12"))
    assert needs_cuda_base(find_accelerators(alone, "3.12", BOTH, TRIXIE)) is not None
    assert needs_cuda_base(find_accelerators(complete, "3.12", BOTH, TRIXIE)) is None
    assert needs_cuda_base(find_accelerators(CUDA, "3.12", BOTH, TRIXIE)) is None

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
