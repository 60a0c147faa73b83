"""The process is killed at every call that changes the disk: no file is half written, and the next run works."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dockwright.model.output import RenderedFile
from dockwright.write import check, write
from support.outcomes import drifted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

CALLS = ("open", "fsync", "replace", "unlink", "mkdir", "chmod")
PATHS = ("Dockerfile", ".dockerignore", "deploy/compose.yaml")


def rendered(version: str) -> tuple[RenderedFile, ...]:
    body = "".join(f"line {number}\n" for number in range(20))
    text = f"# Written by dockwright\n{body}last {version}\n"
    return tuple(RenderedFile(path=path, text=f"# {path}\n{text}", kind="extra") for path in PATHS)


def nothing(_root: Path) -> None:
    """A folder in which Dockwright never ran."""


def written(root: Path) -> None:
    write(rendered("old"), root)


def edited(root: Path) -> None:
    written(root)
    for path in PATHS:
        text = (root / path).read_text()
        (root / path).write_text(text.replace("line 3\n", "line 3 with an edit\n"))


def killed_at(step: int, run: Callable[[], Any]) -> bool:
    """Run `run` in a child that is killed at its call number `step`; False if it ended before."""
    child = os.fork()
    if child == 0:
        _die_at(step)
        try:
            run()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _die_at(step: int) -> None:
    left = [step]

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, deadly(getattr(os, name)))


def kills(tmp_path: Path, start: Path) -> Iterator[Path]:
    """Yield, for each step at which a run in a copy of `start` was killed, the folder as it was left."""
    step = 0
    while True:
        step += 1
        folder = tmp_path / f"step{step}"
        shutil.copytree(start, folder)
        if not killed_at(step, lambda folder=folder: write(rendered("new"), folder)):  # type: ignore[misc]  # a lambda with a default
            return
        yield folder


def texts(root: Path) -> dict[str, bytes | None]:
    return {path: (root / path).read_bytes() if (root / path).exists() else None for path in PATHS}


@pytest.mark.parametrize("prepare", [nothing, written, edited])
def test_a_kill_leaves_each_file_old_or_new_and_the_next_run_works(
    tmp_path: Path, prepare: Callable[[Path], None]
) -> None:
    start, done = tmp_path / "start", tmp_path / "done"
    start.mkdir()
    prepare(start)
    shutil.copytree(start, done)
    write(rendered("new"), done)
    old, new, count = texts(start), texts(done), 0
    for folder in kills(tmp_path, start):
        count += 1
        assert all(text in (old[path], new[path]) for path, text in texts(folder).items())
        write(rendered("new"), folder)
        assert texts(folder) == new
        assert not drifted(check(rendered("new"), folder))
    assert count >= 15
