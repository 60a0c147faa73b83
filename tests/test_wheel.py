"""The built wheel, installed where no checkout is near, finds its templates, its knowledge and its probe."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    argv = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return next(folder.glob("dockwright-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    argv = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(target),
        str(wheel),
    ]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return target


def test_the_wheel_generates_for_a_sample(installed: Path, tmp_path: Path) -> None:
    sample = ROOT / "samples" / "uv-fastapi" / "project"
    argv = [
        sys.executable,
        "-m",
        "dockwright",
        "generate",
        "--output-dir",
        str(tmp_path / "out"),
        str(sample),
    ]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    where = subprocess.run(
        [sys.executable, "-c", "import dockwright; print(dockwright.__file__)"],
        capture_output=True, text=True, check=True, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert where.stdout.startswith(str(installed))
    expected = ROOT / "samples" / "uv-fastapi" / "expected" / "Dockerfile"
    assert (tmp_path / "out" / "Dockerfile").read_text() == expected.read_text()


def test_the_wheel_holds_every_file_that_is_no_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = {
        f"dockwright/_templates/{path.relative_to(ROOT / 'templates')}"
        for path in (ROOT / "templates").rglob("*.j2")
    }
    data = {
        str(path.relative_to(ROOT / "generator"))
        for pattern in ("*.toml", "*.json")
        for path in (ROOT / "generator").rglob(pattern)
    }
    assert templates
    assert data
    assert not (templates | data) - names


def test_the_wheel_carries_its_templates_compiled(installed: Path, tmp_path: Path) -> None:
    script = (
        "from dockwright.render.files import make_environment; "
        "print(type(make_environment().loader).__name__, make_environment().get_template('Dockerfile.j2').name)"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    argv = [sys.executable, "-c", script]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert done.stdout.split() == ["ModuleLoader", "Dockerfile.j2"]


def test_the_wheel_knows_what_the_checkout_knows(installed: Path, tmp_path: Path) -> None:
    from dockwright.decide.knowledge import load_table

    script = "import json; from dockwright.decide.knowledge import load_table; print(json.dumps(load_table('services')))"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    argv = [sys.executable, "-c", script]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert json.loads(done.stdout) == load_table("services")
    assert (installed / "dockwright" / "_compiled_knowledge" / "services.json").is_file()
