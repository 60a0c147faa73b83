"""The program that byte-compiles what is installed, run as the Dockerfile runs it."""

import os
import shutil
import subprocess
import sys
from importlib.util import source_hash
from pathlib import Path

import pytest
from dockwright.decide.byte_compile import with_compilation
from dockwright.model.dockerfile import Mount, Run

SHARED_SET = """\
def first():
    try:
        pass
    except Exception as e:
        pass
def second(kept):
    if not kept:
        try:
            pass
        except Exception as e:
            pass
        try:
            pass
        except Exception as e:
            pass
    elif letter in {"azure", "ochre"}:
        pass
def third():
    if letter == "umber":
        pass
    elif letter in {"azure", "ochre"}:
        pass
"""
"""CPython writes other bytes for it where `azure` and `ochre` are interned already: the set is another one then, and marked as shared or not."""

MODULES = {
    "one/a.py": SHARED_SET,
    "one/b.py": 'def f(x): return x in {"azure", "a b", b"c", ("d", 1)}\n',
    "two/c.py": 'def g(umber): return "azure" "ochre", umber in {"ochre", "umber"}\n',
    "two/broken.py": "def (:\n",
    "two/tests/test_c.py": "assert True\n",
    "two/tests/unit/test_g.py": "assert True\n",
    "tests.py": "assert True\n",
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        path = tmp_path / "venv" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "cache").mkdir()
    return tmp_path


def compile_all(root: Path, before: str = "") -> dict[str, bytes]:
    """Compile what was just installed: without the .pyc files of the run before."""
    for folder in (root / "venv").rglob("__pycache__"):
        shutil.rmtree(folder)
    return compile_what_is_left(root, before)


def compile_what_is_left(root: Path, before: str = "") -> dict[str, bytes]:
    """Compile as /bin/sh in the image would, after one more line; return the .pyc files by the name of their module."""
    run = with_compilation(Run(commands=("true",), mounts=(Mount(kind="cache"),)))
    assert run.program is not None
    text = "\n".join(run.program.lines)
    assert not {"'", "\\"} & {*text}
    command = run.commands[-1].replace("python ", f'"{sys.executable}" ', 1)
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("/opt/venv", "venv").replace("/root/.cache/pyc", "cache")],
        cwd=root, env={**os.environ, run.program.name: f"{before}\n{text}".replace("\n", "\\n")},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return {
        path.name.partition(".")[0]: path.read_bytes() for path in (root / "venv").rglob("*.pyc")
    }


def test_every_module_that_parses_and_is_in_no_folder_of_tests_is_compiled_and_checked_by_nobody(
    installed: Path,
) -> None:
    compiled = compile_all(installed)
    assert sorted(compiled) == ["a", "b", "c", "tests"]
    source = (installed / "venv/one/a.py").read_bytes()
    assert compiled["a"][4:16] == (1).to_bytes(4, "little") + source_hash(source)


def test_a_cache_that_is_warm_lost_or_broken_gives_the_same_bytes(installed: Path) -> None:
    cold = compile_all(installed)
    assert compile_all(installed) == cold
    for entry in (installed / "cache").iterdir():
        entry.write_bytes(entry.read_bytes()[:7])
    assert compile_all(installed) == cold


def test_what_the_interpreter_holds_already_does_not_change_the_bytes(installed: Path) -> None:
    fresh = compile_all(installed)
    for entry in (installed / "cache").iterdir():
        entry.unlink()
    assert (
        compile_all(
            installed, before='import sys; held = [*map(sys.intern, ("azure", "ochre", "umber"))]'
        )
        == fresh
    )


def test_a_change_in_one_folder_compiles_no_other(installed: Path) -> None:
    compile_all(installed)
    before = {path.name for path in (installed / "cache").iterdir()}
    (installed / "venv/two/c.py").write_text("x = 1\n", encoding="utf-8")
    compile_all(installed)
    assert len({path.name for path in (installed / "cache").iterdir()} - before) == 1


def test_a_module_in_the_work_directory_is_not_taken_for_one_of_pythons(installed: Path) -> None:
    (installed / "hashlib.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    assert sorted(compile_all(installed)) == ["a", "b", "c", "tests"]


def test_what_the_layer_before_compiled_is_not_written_again(installed: Path) -> None:
    compile_all(installed)
    before = {path: path.stat().st_mtime_ns for path in (installed / "venv").rglob("*.pyc")}
    (installed / "venv/one/late.py").write_text("LATE = True\n", encoding="utf-8")
    assert sorted(compile_what_is_left(installed)) == ["a", "b", "c", "late", "tests"]
    assert {path: path.stat().st_mtime_ns for path in before} == before
