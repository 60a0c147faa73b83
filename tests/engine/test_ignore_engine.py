"""Our rules for .dockerignore, held against the engine's own."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright.decide.ignore import left_out
from support.ignore_cases import LISTS, PATHS

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("patterns", LISTS, ids=" ".join)
def test_the_engine_leaves_out_what_our_rules_say(
    patterns: tuple[str, ...], docker: Run, tmp_path: Path
) -> None:
    context = tmp_path / "context"
    for path in PATHS:
        file = context / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    (context / ".dockerignore").write_text("\n".join((*patterns, ".dockerignore")) + "\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    out = tmp_path / "out"
    docker(
        "buildx",
        "build",
        "--file",
        tmp_path / "Dockerfile",
        "--output",
        f"type=local,dest={out}",
        context,
    )
    sent = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert sent == {path for path in PATHS if not left_out(path, patterns)}
