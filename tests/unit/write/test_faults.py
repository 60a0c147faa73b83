"""A disk that does not play along, and a second run at the same time."""

import errno
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dockwright.errors import BusyError, DockwrightError, UnwritableError, UsageError
from dockwright.model.output import Outcome, RenderedFile
from dockwright.write import WriteOptions, check, drifted, write
from dockwright.write.lock import exclusive

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

NOBODY = 65534


def files(version: str, size: int = 100) -> tuple[RenderedFile, ...]:
    text = f"# Written by dockwright {version}\n" + "line\n" * size
    return tuple(
        RenderedFile(path=path, text=text, kind="dockerfile")
        for path in ("Dockerfile", "a/compose.yaml")
    )


def texts(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def refused(run: Callable[[], Any]) -> UnwritableError | None:
    try:
        run()
    except UnwritableError as error:
        return error
    return None


def in_a_child(run: Callable[[], Any]) -> str:
    """Run in a forked child and return the text of the DockwrightError that it raised, "" for none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        text = "died of something else"
        try:
            run()
            text = ""
        except DockwrightError as error:
            text = error.text()
        finally:
            os.write(writer, text.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def test_a_folder_without_permission_is_explained_and_untouched(tmp_path: Path) -> None:
    write(files("1"), tmp_path)
    before = texts(tmp_path)
    for folder in (tmp_path, tmp_path / "a", tmp_path / ".dockwright"):
        folder.chmod(0o555)

    def run() -> None:
        if os.getuid() == 0:
            os.setuid(NOBODY)
        write(files("2"), tmp_path)

    for parent in tmp_path.parents:
        if parent.owner() != "root" or parent == Path("/tmp"):
            break
        parent.chmod(0o755)
    text = in_a_child(run)
    tmp_path.chmod(0o755)
    assert "cannot be written: Permission denied" in text
    assert "chmod u+w" in text
    assert texts(tmp_path) == before


def test_a_file_size_limit_is_explained_and_nothing_is_left_behind(tmp_path: Path) -> None:
    write(files("1"), tmp_path)
    before = texts(tmp_path)

    def run() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        write(files("2", size=5000), tmp_path)

    assert "File too large" in in_a_child(run)
    assert texts(tmp_path) == before


@pytest.mark.parametrize("call", ["write", "fsync", "open", "replace", "makedirs"])
@pytest.mark.parametrize("number", [1, 2, 4, 7, 9])
def test_a_full_disk_at_any_moment_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    write(files("1"), tmp_path)
    before, count, real = texts(tmp_path), [0], getattr(os, call)

    def full(*arguments: Any, **options: Any) -> Any:
        count[0] += 1
        # What is under way when the disk is full fails once; moving back is not refused as well.
        if count[0] == number and "journal" not in str(arguments[0]):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "Dockerfile"))
        return real(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        error = refused(lambda: write(files("2"), tmp_path))
    if error is None:
        assert set(texts(tmp_path)) == set(before)
    else:
        assert "No space left on device" in error.text()
        assert "df -h" in error.text()
        assert error.exit_code == 3
        assert texts(tmp_path) == before
    write(files("2"), tmp_path)
    assert not drifted(check(files("2"), tmp_path))


def test_a_second_run_says_who_is_writing(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path, wait=0),
        pytest.raises(BusyError, match=f"process {os.getpid()}") as caught,
    ):
        write(files("1"), tmp_path, options=WriteOptions(wait=0.1))
    assert caught.value.exit_code == 75
    assert texts(tmp_path) == {}
    assert write(files("1"), tmp_path)[0].outcome is Outcome.CREATE


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        with exclusive(tmp_path, wait=0):
            os.write(go, b"x")
            time.sleep(0.3)
        os._exit(0)
    os.read(ready, 1)
    assert write(files("1"), tmp_path, options=WriteOptions(wait=30))[0].outcome is Outcome.CREATE
    os.waitpid(child, 0)
    assert "lock" not in " ".join(texts(tmp_path))


def test_many_runs_at_once_end_with_one_text(tmp_path: Path) -> None:
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            try:
                write(files(str(number)), tmp_path, options=WriteOptions(wait=60))
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    left = texts(tmp_path)
    assert set(left) == {"Dockerfile", "a/compose.yaml", ".dockwright/manifest.json"} | {
        f".dockwright/base/{path}" for path in ("Dockerfile", "a/compose.yaml")
    }
    assert len({left[path] for path in left if path != ".dockwright/manifest.json"}) == 1


def test_check_says_that_a_run_was_killed(tmp_path: Path) -> None:
    write(files("1"), tmp_path)
    (tmp_path / ".dockwright/journal.json").write_text('{"state": "stage", "changes": []}')
    outcomes = check(files("1"), tmp_path)
    assert drifted(outcomes)
    assert "was killed" in outcomes[-1].because
    write(files("1"), tmp_path)
    assert not drifted(check(files("1"), tmp_path))


def test_a_journal_of_somebody_else_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(files("1"), root)
    (tmp_path / "victim").write_text("x")
    (tmp_path / ".victim.dockwright-new").write_text("y")
    entry = '{"path": "../victim", "old": null, "new": null}'
    (root / ".dockwright/journal.json").write_text(f'{{"state": "commit", "changes": [{entry}]}}')
    write(files("1"), root)
    assert (tmp_path / "victim").read_text() == "x"


@pytest.mark.parametrize("link", [".dockwright/lock", ".dockwright", ".dockwright/base"])
def test_a_link_in_our_folder_leads_nowhere(tmp_path: Path, link: str) -> None:
    victim, root = tmp_path / "victim", tmp_path / "project"
    root.mkdir()
    (root / link).parent.mkdir(exist_ok=True)
    if link.endswith("lock"):
        victim.write_text("precious")
    else:
        victim.mkdir()
    (root / link).symlink_to(victim)
    with pytest.raises((UsageError, UnwritableError)):
        write(files("1"), root)
    assert not (root / "Dockerfile").exists()
    assert victim.read_text() == "precious" if victim.is_file() else list(victim.iterdir()) == []


def test_a_manifest_of_somebody_else_removes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(files("1"), root)
    (tmp_path / "victim").write_text("precious")
    manifest = root / ".dockwright/manifest.json"
    manifest.write_text(manifest.read_text().replace('"Dockerfile"', '"../../../victim"'))
    write(files("1"), root, options=WriteOptions(complete=True))
    assert (tmp_path / "victim").read_text() == "precious"
