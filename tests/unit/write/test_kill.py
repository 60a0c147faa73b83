"""The process is killed at every single call that changes the disk: never half a file, never a lost edit."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dockwright.model.output import Outcome, RenderedFile
from dockwright.write import WriteOptions, check, drifted, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

CALLS = (
    "open",
    "write",
    "fsync",
    "close",
    "replace",
    "unlink",
    "makedirs",
    "mkdir",
    "chmod",
    "rmdir",
    "ftruncate",
)
PATHS = ("Dockerfile", ".dockerignore", "deploy/compose.yaml")


@pytest.fixture(autouse=True)
def _no_power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process leaves to the system what it has written; waiting for the disk would only cost time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


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
        replace_in(root / path, "line 3\n", "line 3 with an edit\n")


def contradicted(root: Path) -> None:
    edited(root)
    replace_in(root / "Dockerfile", "last old", "last mine")


def reported(root: Path) -> None:
    """A conflict that was reported and then resolved by taking the new line."""
    contradicted(root)
    assert drifted(write(rendered("new"), root))
    replace_in(root / "Dockerfile", "last mine", "last new")


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


SCENARIOS: dict[str, tuple[Callable[[Path], None], WriteOptions, int]] = {
    "create": (nothing, WriteOptions(version="1"), 1),
    "update": (written, WriteOptions(version="2"), 3),
    "merge": (edited, WriteOptions(), 1),
    "conflict": (contradicted, WriteOptions(), 1),
    "inline": (contradicted, WriteOptions(conflicts="inline"), 3),
    "force": (contradicted, WriteOptions(force=True), 3),
    "resolve": (reported, WriteOptions(), 1),
}
"""What stands there, how it is written, and every which step is a kill: the ways that differ most are tried at each."""


def killed_at(step: int, run: Callable[[], Any]) -> bool:
    """Run `run` in a child that is killed at its call number `step`; False if it came to its end before that."""
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

    def deadly(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                if name == "write":
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, deadly(name, getattr(os, name)))


def kills(
    tmp_path: Path, start: Path, run: Callable[[Path], Any], *, every: int = 1
) -> Iterator[Path]:
    """Yield, for each step (or every third, ...) at which a run in a copy of `start` was killed, the folder as it was left."""
    step = 1 - every
    while True:
        step += every
        folder = tmp_path / f"step{step}"
        shutil.copytree(start, folder)
        if not killed_at(step, lambda folder=folder: run(folder)):  # type: ignore[misc]  # a lambda with a default
            return
        yield folder


def texts(root: Path) -> dict[str, bytes | None]:
    return {path: (root / path).read_bytes() if (root / path).exists() else None for path in PATHS}


def everything(root: Path) -> dict[str, bytes]:
    """All files, the lock of a killed run apart: the next run that writes takes it over."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name != ".dockwright/lock"}


COUNTED: dict[str, int] = {}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_kill_leaves_all_files_old_or_all_new(tmp_path: Path, name: str) -> None:
    prepare, options, every = SCENARIOS[name]
    start, done = tmp_path / "start", tmp_path / "done"
    start.mkdir()
    prepare(start)
    shutil.copytree(start, done)
    write(rendered("new"), done, options=options)
    old, new = texts(start), texts(done)
    for folder in kills(
        tmp_path, start, lambda root: write(rendered("new"), root, options=options), every=every
    ):
        COUNTED[name] = COUNTED.get(name, 0) + 1
        assert all(text in (old[path], new[path]) for path, text in texts(folder).items())
        write((), folder)
        assert texts(folder) in (old, new)
        assert everything(folder) in (everything(start), everything(done))
        write(rendered("new"), folder, options=options)
        if name != "inline":
            assert everything(folder) == everything(done)
    assert COUNTED[name] >= 30


@pytest.mark.parametrize("name", ["update", "merge"])
def test_an_edit_after_the_kill_is_not_lost(tmp_path: Path, name: str) -> None:
    prepare, options, _ = SCENARIOS[name]
    start = tmp_path / "start"
    start.mkdir()
    prepare(start)
    edits = {path: f"# a line for {path}\n" for path in PATHS}
    for count, folder in enumerate(
        kills(tmp_path, start, lambda root: write(rendered("new"), root, options=options), every=3)
    ):
        COUNTED["edit after kill"] = COUNTED.get("edit after kill", 0) + 1
        chosen = PATHS if count % 4 == 3 else (PATHS[count % 4],)
        for path in chosen:
            replace_in(folder / path, "line 10\n", f"line 10\n{edits[path]}")
        outcomes = write(rendered("new"), folder, options=options)
        assert Outcome.CONFLICT not in [outcome.outcome for outcome in outcomes]
        for path in PATHS:
            text = (folder / path).read_text()
            assert (edits[path] in text) == (path in chosen)
            assert text.endswith("last new\n")
            assert ("with an edit" in text) == (name == "merge")
        assert not drifted(check(rendered("new"), folder))
        assert not [
            path for path in everything(folder) if "dockwright-" in path or "journal" in path
        ]


def test_a_kill_while_a_kill_is_repaired_is_repaired_as_well(tmp_path: Path) -> None:
    prepare, options, _ = SCENARIOS["merge"]
    start = tmp_path / "start"
    start.mkdir()
    prepare(start)
    old = texts(start)
    write(rendered("new"), shutil.copytree(start, tmp_path / "done"), options=options)
    new = texts(tmp_path / "done")
    for folder in list(
        kills(tmp_path, start, lambda root: write(rendered("new"), root, options=options))
    )[::40]:
        again = tmp_path / "again" / folder.name
        again.mkdir(parents=True)
        for twice in kills(again, folder, lambda root: write((), root)):
            COUNTED["twice"] = COUNTED.get("twice", 0) + 1
            write((), twice)
            assert texts(twice) in (old, new)
            write(rendered("new"), twice, options=options)
            assert everything(twice) == everything(tmp_path / "done")


def test_there_were_enough_kills() -> None:
    """Comes last in this file; a run of single tests has nothing to count."""
    if set(COUNTED) >= {*SCENARIOS, "edit after kill", "twice"}:
        assert sum(COUNTED.values()) >= 200
    assert all(count > 0 for count in COUNTED.values())
