"""A disk that does not play along, two runs at once, and a .dockwright that somebody else wrote."""

import errno
import hashlib
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dockwright.errors import DockwrightError, OutsideTargetError, UnwritableError, UsageError
from dockwright.model.output import RenderedFile
from dockwright.write import WriteOptions, check, write
from support.outcomes import drifted

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


@pytest.mark.parametrize("call", ["open", "fsync", "mkdir"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_full_disk_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    write(files("1"), tmp_path)
    before, count, real = texts(tmp_path), [0], getattr(os, call)

    def full(*arguments: Any, **options: Any) -> Any:
        count[0] += 1
        if count[0] == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "Dockerfile"))
        return real(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        error = refused(lambda: write(files("2"), tmp_path))
    if error is not None:
        assert "No space left on device" in error.text()
        assert "df -h" in error.text()
        assert error.exit_code == 3
        assert texts(tmp_path) == before
    write(files("2"), tmp_path)
    assert not drifted(check(files("2"), tmp_path))


def test_many_runs_at_once_leave_no_half_file(tmp_path: Path) -> None:
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            try:
                write(files(str(number), size=300), tmp_path)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    whole = {files(str(number), size=300)[0].text.encode() for number in range(8)}
    left = texts(tmp_path)
    json.loads(left.pop(".dockwright/manifest.json"))
    assert {text for path, text in left.items() if not path.endswith(".rej")} <= whole
    assert not [path for path in left if "dockwright-" in path]


def test_a_journal_of_the_first_edition_does_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".dockwright").mkdir()
    old = hashlib.sha256(b"ref: refs/heads/main\n").hexdigest()
    journal = {"state": "commit", "changes": [{"path": ".git/HEAD", "old": old, "new": None}]}
    (tmp_path / ".dockwright/journal.json").write_text(json.dumps(journal))
    write(files("1"), tmp_path)
    assert (tmp_path / ".git/HEAD").read_text() == "ref: refs/heads/main\n"


def test_a_link_to_git_is_not_written_through(tmp_path: Path) -> None:
    """Neither where the manifest says that the text is ours."""
    hook = tmp_path / ".git/hooks/pre-commit"
    hook.parent.mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("x\n")
    write((files("1")[0],), tmp_path, options=WriteOptions(force=True))
    (tmp_path / "Dockerfile").rename(hook)
    (tmp_path / "Dockerfile").symlink_to(".git/hooks/pre-commit")
    before = hook.read_text()
    with pytest.raises(OutsideTargetError, match=r"\.git/hooks"):
        write(files("2"), tmp_path, options=WriteOptions(force=True))
    assert hook.read_text() == before


@pytest.mark.parametrize("link", ["base", "packs"])
def test_nothing_is_removed_through_a_link(tmp_path: Path, link: str) -> None:
    write(files("1"), tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("precious")
    folder = tmp_path / ".dockwright" / link
    shutil.rmtree(folder, ignore_errors=True)
    folder.symlink_to("../src")
    options = WriteOptions(obsolete=(f".dockwright/{link}/app.py",), complete=True)
    with pytest.raises(OutsideTargetError, match="link"):
        write(files("2"), tmp_path, options=options)
    assert (tmp_path / "src/app.py").read_text() == "precious"
    assert texts(tmp_path)["Dockerfile"] == files("1")[0].text.encode()


@pytest.mark.parametrize("link", [".dockwright", ".dockwright/base"])
def test_a_link_in_our_folder_leads_nowhere(tmp_path: Path, link: str) -> None:
    victim, root = tmp_path / "victim", tmp_path / "project"
    root.mkdir()
    (root / link).parent.mkdir(exist_ok=True)
    victim.mkdir()
    (root / link).symlink_to(victim)
    with pytest.raises((UsageError, UnwritableError)):
        write(files("1"), root)
    assert not (root / "Dockerfile").exists()
    assert list(victim.iterdir()) == []


def test_a_manifest_of_somebody_else_removes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(files("1"), root)
    (tmp_path / "victim").write_text("precious")
    manifest = root / ".dockwright/manifest.json"
    manifest.write_text(manifest.read_text().replace('"Dockerfile"', '"../../../victim"'))
    write(files("1"), root, options=WriteOptions(complete=True))
    assert (tmp_path / "victim").read_text() == "precious"
