"""What the cache promises: it never changes what is in the image, and only dependencies re-install dependencies."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from _imp import source_hash
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from dockwright.detect.managers.pipenv_lock import normalised_digest
from support.steps import Step, steps_of

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Buildable = Callable[[Path], Path]

UNCHECKED_HASH = 0b01
CONTENT = "\nFROM scratch AS content\nCOPY --from=runtime /opt/venv /\n"
README = "# A project\n"
HATCH = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.version]
path = "src/world_clock/__init__.py"
"""


def source_of(case: str) -> Path:
    return Path(__file__).resolve().parents[2] / "samples" / case / "project"


def generate(directory: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "dockwright", "generate", directory], check=True, capture_output=True
    )


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str, Path], Path]:
    """(name, folder) -> a copy that belongs to the test."""

    def copy(name: str, folder: Path) -> Path:
        return Path(shutil.copytree(folder, tmp_path / name))

    return copy


@pytest.fixture(scope="module")
def environments(
    docker: Run, project: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """/opt/venv of one image three times: with an empty cache of .pyc, with the one that this left, with another empty one."""
    directory = Path(
        shutil.copytree(project("uv-fastapi"), tmp_path_factory.mktemp("cache") / "project")
    )
    text = (directory / "Dockerfile").read_text(encoding="utf-8") + CONTENT
    mount = "type=cache,target=/root/.cache/pyc"
    assert mount in text
    outputs = []
    first, second = uuid4().hex, uuid4().hex
    for number, cache in enumerate((first, first, second)):
        # A cache mount of its own, so that nobody else's is emptied; a variable that nobody reads runs the step again.
        own = text.replace(mount, f"type=cache,id={cache},target=/root/.cache/pyc")
        own = own.replace(
            "FROM base AS runtime\n",
            f"FROM base AS runtime\nENV NUMBER_OF_THIS_BUILD={uuid4().hex}\n",
        )
        (directory / "Dockerfile").write_text(own, encoding="utf-8")
        output = tmp_path_factory.mktemp(f"environment-{number}")
        docker(
            "buildx",
            "build",
            "--target",
            "content",
            "--output",
            f"type=local,dest={output}",
            directory,
        )
        outputs.append(output)
    return outputs


def digests(folder: Path) -> Mapping[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def test_a_warm_cache_a_cold_one_and_a_lost_one_give_the_same_content(
    environments: list[Path],
) -> None:
    cold, warm, lost = map(digests, environments)

    assert sum(name.endswith(".pyc") for name in cold) > 100
    assert warm == cold
    assert lost == cold


def test_every_module_is_shipped_compiled_and_its_pyc_needs_no_file_times(
    environments: list[Path],
) -> None:
    sources = [path for path in environments[0].rglob("*.py") if "site-packages" in path.parts]
    assert sources
    for source in sources:
        (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
        header = compiled.read_bytes()[:16]
        assert int.from_bytes(header[4:8], "little") == UNCHECKED_HASH, compiled
        magic = int.from_bytes(header[:4], "little")  # of the image's Python, which keys the hash
        assert header[8:16] == source_hash(magic, source.read_bytes()), compiled


def uv(directory: Path) -> Callable[[], None]:
    def bump() -> None:
        replaced(directory / "pyproject.toml", 'version = "0.1.0"', 'version = "0.1.1"')
        replaced(
            directory / "uv.lock",
            'name = "world-clock"\nversion = "0.1.0"',
            'name = "world-clock"\nversion = "0.1.1"',
        )

    return bump


def uv_hatch(directory: Path) -> Callable[[], None]:
    package = directory / "src" / "world_clock"
    package.mkdir(parents=True)
    (directory / "main.py").rename(package / "main.py")
    (directory / "test_main.py").unlink()
    (package / "__init__.py").write_text('__version__ = "0.1.0"\n', encoding="utf-8")
    replaced(
        directory / "pyproject.toml",
        'version = "0.1.0"',
        'dynamic = ["version"]\nreadme = "README.md"',
    )
    with (directory / "pyproject.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(HATCH)
    lock = directory / "uv.lock"
    replaced(
        lock,
        'name = "world-clock"\nversion = "0.1.0"\nsource = { virtual',
        'name = "world-clock"\nsource = { editable',
    )
    return lambda: replaced(package / "__init__.py", "0.1.0", "0.1.1")


def manifest_only(directory: Path) -> Callable[[], None]:
    def bump() -> None:
        manifest = directory / "pyproject.toml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(
            re.sub(r'^version = "(.*)"', r'version = "\1.1"', text, flags=re.MULTILINE),
            encoding="utf-8",
        )

    return bump


PROJECTS = (
    pytest.param("uv-fastapi", uv, id="uv"),
    pytest.param("uv-fastapi", uv_hatch, id="uv-hatch-dynamic"),
    pytest.param("poetry2-fastapi-package", manifest_only, id="poetry-package"),
    pytest.param("pdm-starlette", manifest_only, id="pdm"),
)


@pytest.mark.parametrize(("case", "prepare"), PROJECTS)
def test_readme_version_and_other_tables_re_install_nothing(
    case: str,
    prepare: Callable[[Path], Callable[[], None]],
    docker: Run,
    made_buildable: Buildable,
    copied: Callable[[str, Path], Path],
) -> None:
    directory = copied(case, source_of(case))
    (directory / "README.md").write_text(README, encoding="utf-8")
    bump = prepare(directory)
    generate(directory)
    made_buildable(directory)
    assert install(build(docker, directory))

    mark = uuid4().hex  # the engine's cache outlives the session
    (directory / "README.md").write_text(f"{README}\n{mark}\n", encoding="utf-8")
    bump()
    with (directory / "pyproject.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(f'\n[tool.somebody-else]\nmark = "{mark}"\n')
    steps = build(docker, directory)

    assert [step for step in steps if not step.cached], "the edits reached the engine"
    assert [step.cached for step in install(steps)] == [True]


LARGE_CASE = "pipenv-pandas-layer-of-its-own"


@pytest.fixture
def with_large(copied: Callable[[str, Path], Path], made_buildable: Buildable) -> Path:
    """The sample with pandas, generated anew."""
    directory = copied("large", source_of(LARGE_CASE))
    generate(directory)
    made_buildable(directory)
    return directory


def test_large_distributions_stay_in_their_layer_while_another_leaves_the_lock(
    with_large: Path, docker: Run
) -> None:
    assert len(install(build(docker, with_large))) == 2

    replaced(with_large / "Pipfile", 'tabulate = "*"\n', "")
    manifest = tomllib.loads((with_large / "Pipfile").read_text(encoding="utf-8"))
    lock = json.loads((with_large / "Pipfile.lock").read_bytes())
    del lock["default"]["tabulate"]
    lock["_meta"]["hash"]["sha256"] = normalised_digest(manifest)
    (with_large / "Pipfile.lock").write_text(json.dumps(lock), encoding="utf-8")
    # A file that is new each time: the engine's cache outlives the session.
    (with_large / "mark.txt").write_text(uuid4().hex, encoding="utf-8")
    steps = build(docker, with_large)

    assert [step for step in steps if not step.cached], "the edit reached the engine"
    (large,) = (step for step in install(steps) if "--no-deps" in step.instruction)
    assert large.cached


def test_two_layers_hold_what_one_would(with_large: Path, docker: Run, tmp_path: Path) -> None:
    dockerfile = with_large / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8") + CONTENT
    begin = text.index("# Large distributions")
    _, _, after = text[begin:].split("\nRUN ", 2)
    (with_large / "One").write_text(f"{text[:begin]}RUN {after}", encoding="utf-8")
    dockerfile.write_text(text, encoding="utf-8")
    for name in ("Dockerfile", "One"):
        output = f"type=local,dest={tmp_path / 'content' / name}"
        docker(
            "buildx",
            "build",
            "--target",
            "content",
            "--output",
            output,
            "--file",
            with_large / name,
            with_large,
        )
    two, one = (digests(tmp_path / "content" / name) for name in ("Dockerfile", "One"))

    assert any(name.endswith("pandas/__init__.py") for name in two)
    assert two == one


def build(docker: Run, directory: Path) -> list[Step]:
    return steps_of(docker("buildx", "build", "--progress", "rawjson", directory).stderr)


def install(steps: list[Step]) -> list[Step]:
    return [
        step
        for step in steps
        if re.search(
            r"uv pip (sync|install (--no-deps )?--require-hashes)|BYTE_COMPILE", step.instruction
        )
    ]


SETUPTOOLS_SCM = """
[build-system]
requires = ["setuptools", "setuptools-scm"]
build-backend = "setuptools.build_meta"

[tool.setuptools_scm]
"""
HATCH_VCS = """
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"

[tool.hatch.version]
source = "vcs"
"""
VERSIONEER = """
[build-system]
requires = ["setuptools", "versioneer[toml]"]
build-backend = "setuptools.build_meta"

[tool.versioneer]
VCS = "git"
style = "pep440"
versionfile_source = "src/moon/_version.py"
versionfile_build = "moon/_version.py"
tag_prefix = "v"
"""
VERSIONEER_SETUP = """\
import versioneer
from setuptools import setup

setup(version=versioneer.get_version(), cmdclass=versioneer.get_cmdclass())
"""


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git command")
@pytest.mark.parametrize(
    "backend",
    [SETUPTOOLS_SCM, HATCH_VCS, VERSIONEER],
    ids=["setuptools-scm", "hatch-vcs", "versioneer"],
)
def test_a_version_that_is_a_tag_reaches_the_image_without_the_repository(
    backend: str, docker: Run, made_buildable: Buildable, session_name: str, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "moon"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from importlib.metadata import version\n\n\ndef main():\n    print(version('moon'))\n",
        encoding="utf-8",
    )
    table = '[project]\nname = "moon"\ndynamic = ["version"]\nrequires-python = ">=3.13"\n\n[project.scripts]\nmoon = "moon:main"\n'
    (tmp_path / "pyproject.toml").write_text(table + backend, encoding="utf-8")
    if backend is VERSIONEER:
        (tmp_path / "setup.py").write_text(VERSIONEER_SETUP, encoding="utf-8")
    generate(tmp_path)
    made_buildable(tmp_path)
    for words in (
        ("init", "--quiet"),
        ("add", "."),
        ("commit", "--quiet", "--message", "one"),
        ("tag", "v2.3.4"),
    ):
        subprocess.run(
            ["git", "-C", tmp_path, *words],
            check=True,
            capture_output=True,
            env=os.environ | AUTHOR,
        )

    tag = f"{session_name}:moon"
    argv = [
        sys.executable,
        "-m",
        "dockwright",
        "build",
        "--drifted",
        "--engine",
        "docker",
        "--tag",
        tag,
        str(tmp_path),
    ]
    built = subprocess.run(argv, check=False, capture_output=True, text=True)
    try:
        assert built.returncode == 0, built.stderr
        assert docker("run", "--rm", tag, "moon").stdout == "2.3.4\n"
        assert ".git\n" not in docker("run", "--rm", tag, "ls", "-A", "-1", ".").stdout
    finally:
        docker("image", "rm", "--force", tag, check=False)


AUTHOR = {
    f"GIT_{role}_{what}": text
    for role in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}
