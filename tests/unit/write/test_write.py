"""Every outcome of writing one file, as its owner sees it."""

import json
import os
import stat
from pathlib import Path

import pytest
from dockwright.errors import (
    NewerFormatError,
    NotOursError,
    OutsideTargetError,
    UnreadableError,
    UnwritableError,
)
from dockwright.model.output import Outcome, RenderedFile, WriteOutcome
from dockwright.model.record import replace
from dockwright.write import WriteOptions, check, conflict_error, foreign, write
from support.outcomes import drifted

HEADER = "# Written by dockwright 0.1.0\n"
TEXT = HEADER + "FROM python:3.13\nRUN a\nRUN b\nRUN c\nUSER 1\nCMD x\n"


def dockerfile(text: str = TEXT) -> RenderedFile:
    return RenderedFile(path="Dockerfile", text=text, kind="dockerfile")


def ignore(text: str = "# Written by dockwright\n.git\n") -> RenderedFile:
    return RenderedFile(path=".dockerignore", text=text, kind="ignore")


def one(outcomes: tuple[WriteOutcome, ...]) -> WriteOutcome:
    assert len(outcomes) == 1
    return outcomes[0]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_file_is_created_with_its_base(tmp_path: Path) -> None:
    assert one(write((dockerfile(),), tmp_path)).outcome is Outcome.CREATE
    assert names(tmp_path) == {
        "Dockerfile",
        ".dockwright/base/Dockerfile",
        ".dockwright/manifest.json",
    }
    assert (
        (tmp_path / "Dockerfile").read_text()
        == TEXT
        == (tmp_path / ".dockwright/base/Dockerfile").read_text()
    )


def test_the_manifest_says_version_command_and_hash(tmp_path: Path) -> None:
    write(
        (dockerfile(),),
        tmp_path,
        options=WriteOptions(version="1.2", command="dockwright generate"),
    )
    manifest = json.loads((tmp_path / ".dockwright/manifest.json").read_text())
    assert (manifest["format"], manifest["version"], manifest["command"]) == (
        1,
        "1.2",
        "dockwright generate",
    )
    assert set(manifest["files"]["Dockerfile"]) == {"sha256", "kind"}


def test_the_same_again_writes_nothing(tmp_path: Path) -> None:
    write((dockerfile(), ignore()), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    outcomes = write(
        (dockerfile(), ignore()), tmp_path, options=WriteOptions(command="another command")
    )
    assert [outcome.outcome for outcome in outcomes] == [Outcome.IDENTICAL] * 2
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_an_unedited_file_is_updated(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    new = dockerfile(TEXT.replace("RUN b", "RUN b2"))
    assert one(write((new,), tmp_path)).outcome is Outcome.UPDATE
    assert (tmp_path / "Dockerfile").read_text() == new.text


def test_an_edit_and_a_new_package_are_both_in_the_file(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    edit(tmp_path / "Dockerfile", "CMD x", "ENV MINE=1\nCMD x")
    new = dockerfile(TEXT.replace("RUN a", "RUN apt-get install libpq5\nRUN a"))
    assert one(write((new,), tmp_path)).outcome is Outcome.MERGE
    text = (tmp_path / "Dockerfile").read_text()
    assert "ENV MINE=1\nCMD x" in text
    assert "RUN apt-get install libpq5\nRUN a" in text
    assert one(check((new,), tmp_path)).outcome is Outcome.IDENTICAL


def test_an_edit_alone_is_no_drift(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    edit(tmp_path / "Dockerfile", "RUN b", "RUN mine")
    outcome = one(check((dockerfile(),), tmp_path))
    assert (outcome.outcome, outcome.because, outcome.diff) == (
        Outcome.IDENTICAL,
        "your edits are kept",
        "",
    )
    assert one(write((dockerfile(),), tmp_path)).outcome is Outcome.IDENTICAL
    assert "RUN mine" in (tmp_path / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("mine", "new"),
    [
        ("# why\nRUN b", "RUN b2"),
        ("RUN b\n# after", "RUN b2"),
        ("RUN b2", "# new\nRUN b"),
        ("# why\nRUN b", "RUN b\nRUN also"),
        ("RUN b2", "RUN b\nRUN c2"),
    ],
    ids=[
        "line above a changed line",
        "line below",
        "new line above an edited line",
        "lines on both sides",
        "next line",
    ],
)
def test_a_line_beside_a_changed_line_is_no_conflict(tmp_path: Path, mine: str, new: str) -> None:
    write((dockerfile(),), tmp_path)
    edit(tmp_path / "Dockerfile", "RUN b", mine)
    assert one(write((dockerfile(TEXT.replace("RUN b", new)),), tmp_path)).outcome is Outcome.MERGE
    text = (tmp_path / "Dockerfile").read_text()
    added = [line for line in (*mine.splitlines(), *new.splitlines()) if line != "RUN b"]
    assert [line for line in added if line not in text.splitlines()] == []


def conflict(tmp_path: Path) -> RenderedFile:
    """A file whose line `RUN b` was changed on both sides."""
    write((dockerfile(), ignore()), tmp_path)
    edit(tmp_path / "Dockerfile", "RUN b", "RUN mine")
    return dockerfile(TEXT.replace("RUN b", "RUN new").replace("CMD x", "CMD y"))


def test_a_conflict_leaves_every_file_and_writes_the_marks_beside(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    before = (tmp_path / "Dockerfile").read_bytes()
    outcomes = write((new, ignore("# Written by dockwright\n.git\n.venv\n")), tmp_path)
    assert [outcome.outcome for outcome in outcomes] == [Outcome.CONFLICT, Outcome.SKIP]
    assert outcomes[0].because == "line 4"
    assert (tmp_path / "Dockerfile").read_bytes() == before
    assert ".venv" not in (tmp_path / ".dockerignore").read_text()
    rejected = (tmp_path / "Dockerfile.rej").read_text()
    assert (
        "<<<<<<< yours\nRUN mine\n||||||| last written\nRUN b\n=======\nRUN new\n>>>>>>> dockwright\n"
        in rejected
    )
    assert rejected.endswith("CMD y\n")
    error = conflict_error(outcomes)
    assert error is not None
    assert error.exit_code == 5
    assert "Dockerfile: line 4" in error.text()


def test_a_conflict_stays_until_it_is_resolved(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    for _ in range(2):
        assert write((new,), tmp_path)[0].outcome is Outcome.CONFLICT
        assert drifted(check((new,), tmp_path))
    (tmp_path / "Dockerfile.rej").unlink()
    assert write((new,), tmp_path)[0].outcome is Outcome.CONFLICT
    assert (tmp_path / "Dockerfile.rej").exists()


def test_a_conflict_is_resolved_by_editing_and_deleting_the_marks(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    write((new,), tmp_path)
    resolved = new.text.replace("RUN new", "RUN both")
    (tmp_path / "Dockerfile").write_text(resolved)
    assert one(check((new,), tmp_path)).outcome is Outcome.CONFLICT
    (tmp_path / "Dockerfile.rej").unlink()
    assert not drifted(check((new,), tmp_path))
    assert one(write((new,), tmp_path)).outcome is Outcome.IDENTICAL
    later = dockerfile(new.text.replace("RUN c", "RUN c2"))
    assert one(write((later,), tmp_path)).outcome is Outcome.MERGE
    assert (tmp_path / "Dockerfile").read_text() == resolved.replace("RUN c", "RUN c2")
    assert names(tmp_path) == {
        "Dockerfile",
        ".dockerignore",
        ".dockwright/base/Dockerfile",
        ".dockwright/base/.dockerignore",
        ".dockwright/manifest.json",
    }


def test_taking_the_new_lines_resolves_a_conflict_and_tidies_up(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    write((new,), tmp_path)
    (tmp_path / "Dockerfile").write_text(new.text)
    assert one(write((new,), tmp_path)).outcome is Outcome.IDENTICAL
    assert not (tmp_path / "Dockerfile.rej").exists()


def test_marks_that_their_owner_works_on_are_not_overwritten(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    write((new,), tmp_path)
    (tmp_path / "Dockerfile.rej").write_text("half resolved\n")
    outcome = one(write((replace(new, text=new.text + "# more\n"),), tmp_path))
    assert outcome.outcome is Outcome.CONFLICT
    assert "Dockerfile.rej is still there" in outcome.because
    assert (tmp_path / "Dockerfile.rej").read_text() == "half resolved\n"


def test_own_lines_can_be_kept_where_both_differ(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    assert (
        write((new,), tmp_path, options=WriteOptions(conflicts="mine"))[0].outcome is Outcome.MERGE
    )
    text = (tmp_path / "Dockerfile").read_text()
    assert "RUN mine" in text
    assert "CMD y" in text
    assert not drifted(check((new,), tmp_path))


def test_marks_in_the_file_if_asked_for(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    outcomes = write(
        (new, ignore("# Written by dockwright\n.venv\n")),
        tmp_path,
        options=WriteOptions(conflicts="inline"),
    )
    assert [outcome.outcome for outcome in outcomes] == [Outcome.CONFLICT, Outcome.UPDATE]
    assert "<<<<<<< yours\nRUN mine\n" in (tmp_path / "Dockerfile").read_text()
    outcome = one(write((new,), tmp_path))
    assert outcome.outcome is Outcome.CONFLICT
    assert "line 4 holds the mark" in outcome.because
    (tmp_path / "Dockerfile").write_text(new.text.replace("RUN new", "RUN mine"))
    assert one(write((new,), tmp_path)).outcome is Outcome.IDENTICAL


def test_a_deleted_file_stays_deleted_until_forced(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    (tmp_path / "Dockerfile").unlink()
    outcome = one(write((dockerfile(TEXT + "# new\n"),), tmp_path))
    assert (outcome.outcome, "--force" in outcome.because) == (Outcome.SKIP, True)
    assert not (tmp_path / "Dockerfile").exists()
    assert not drifted(check((dockerfile(),), tmp_path))
    assert (
        one(write((dockerfile(),), tmp_path, options=WriteOptions(force=True))).outcome
        is Outcome.CREATE
    )


def test_force_takes_the_new_text(tmp_path: Path) -> None:
    new = conflict(tmp_path)
    assert one(write((new,), tmp_path, options=WriteOptions(force=True))).outcome is Outcome.UPDATE
    assert (tmp_path / "Dockerfile").read_text() == new.text
    assert not drifted(check((new,), tmp_path))


def test_a_foreign_dockerfile_is_refused_and_nothing_at_all_is_written(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    with pytest.raises(NotOursError, match="Dockerfile") as caught:
        write((ignore(), dockerfile()), tmp_path)
    assert names(tmp_path) == {"Dockerfile"}
    assert caught.value.exit_code == 2
    assert "--adopt" in caught.value.text()
    assert drifted(check((dockerfile(),), tmp_path))
    assert (
        one(write((dockerfile(),), tmp_path, options=WriteOptions(force=True))).outcome
        is Outcome.UPDATE
    )


def test_a_foreign_env_example_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("MINE=1\n")
    file = RenderedFile(path=".env.example", text="THEIRS=1\n", kind="env")
    assert one(write((file,), tmp_path)).outcome is Outcome.SKIP
    assert (tmp_path / ".env.example").read_text() == "MINE=1\n"


def test_a_foreign_file_with_the_same_text_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    assert one(write((dockerfile("FROM x\n"),), tmp_path)).outcome is Outcome.IDENTICAL
    assert one(write((dockerfile("FROM y\n"),), tmp_path)).outcome is Outcome.UPDATE


def test_windows_line_ends_and_byte_order_mark_survive(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert not drifted(check((dockerfile(),), tmp_path))
    new = dockerfile(TEXT.replace("RUN b", "RUN b2"))
    assert one(write((new,), tmp_path)).outcome is Outcome.UPDATE
    assert path.read_bytes() == b"\xef\xbb\xbf" + new.text.replace("\n", "\r\n").encode()


def test_line_ends_of_untouched_lines_survive_a_merge(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    path = tmp_path / "Dockerfile"
    path.write_bytes(TEXT.replace("CMD x\n", "CMD x \xff\r\n# no end").encode("latin1"))
    assert (
        one(write((dockerfile(TEXT.replace("RUN a", "RUN a2")),), tmp_path)).outcome
        is Outcome.MERGE
    )
    assert path.read_bytes() == TEXT.replace("RUN a", "RUN a2").replace(
        "CMD x\n", "CMD x \xff\r\n# no end"
    ).encode("latin1")


def test_the_mode_of_a_file_is_kept_and_a_new_one_obeys_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(
            (
                dockerfile(),
                RenderedFile(
                    path="run.sh", text="# Written by dockwright\n", kind="extra", executable=True
                ),
            ),
            tmp_path,
        )
    finally:
        os.umask(before)
    path = tmp_path / "Dockerfile"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "run.sh").stat().st_mode) == 0o750
    path.chmod(0o604)
    write((dockerfile(TEXT + "# x\n"),), tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/prod.Dockerfile").write_text(TEXT)
    (tmp_path / "Dockerfile").symlink_to("docker/prod.Dockerfile")
    write((dockerfile(),), tmp_path)
    write((dockerfile(TEXT + "# x\n"),), tmp_path)
    assert (tmp_path / "Dockerfile").is_symlink()
    assert (tmp_path / "docker/prod.Dockerfile").read_text() == TEXT + "# x\n"


@pytest.mark.parametrize(
    "path",
    [
        "../Dockerfile",
        "/tmp/Dockerfile",
        "a/../../b",
        "",
        "..\\b",
        ".git/hooks/x",
        "C:/x",
        ".dockwright/manifest.json",
        ".dockwright/base/x",
    ],
)
def test_no_file_leaves_the_target(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutsideTargetError):
        write((RenderedFile(path=path, text="x\n", kind="extra"),), tmp_path)
    assert names(tmp_path) == set()


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "target"
    outside.mkdir()
    target.mkdir()
    (target / "k8s").symlink_to(outside)
    with pytest.raises(OutsideTargetError, match="link"):
        write((RenderedFile(path="k8s/app.yaml", text="x\n", kind="extra"),), target)
    assert list(outside.iterdir()) == []


def test_a_folder_in_the_place_of_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").mkdir()
    with pytest.raises(UnreadableError, match="directory"):
        write((ignore(), dockerfile()), tmp_path)
    assert names(tmp_path) == set()


def test_a_file_in_the_place_of_a_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "k8s").write_text("x")
    with pytest.raises(UnwritableError):
        write((ignore(), RenderedFile(path="k8s/app.yaml", text="x\n", kind="extra")), tmp_path)
    assert names(tmp_path) == {"k8s"}


def test_a_newer_folder_is_not_touched(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    path = tmp_path / ".dockwright/manifest.json"
    path.write_text(json.dumps({"format": 2, "version": "9.0", "new": {}}))
    for function in (write, check):
        with pytest.raises(NewerFormatError, match=r"version 9\.0"):
            function((dockerfile(TEXT + "# x\n"),), tmp_path)
    assert (tmp_path / "Dockerfile").read_text() == TEXT


@pytest.mark.parametrize("damage", ["missing base", "edited base", "broken manifest", "no folder"])
def test_without_a_base_to_rely_on_an_edited_file_is_a_conflict(
    tmp_path: Path, damage: str
) -> None:
    write((dockerfile(),), tmp_path)
    edit(tmp_path / "Dockerfile", "RUN b", "RUN mine")
    folder = tmp_path / ".dockwright"
    if damage == "missing base":
        (folder / "base/Dockerfile").unlink()
    elif damage == "edited base":
        edit(folder / "base/Dockerfile", "RUN b", "RUN mine")
    elif damage == "broken manifest":
        (folder / "manifest.json").write_text("<<<<<<< HEAD\n")
    else:
        for path in (folder / "base/Dockerfile", folder / "manifest.json"):
            path.unlink()
    new = dockerfile(TEXT.replace("RUN c", "RUN c2"))
    outcome = one(write((new,), tmp_path))
    assert outcome.outcome is Outcome.CONFLICT
    assert "nothing to compare with" in outcome.because
    assert "RUN mine" in (tmp_path / "Dockerfile").read_text()
    assert (
        one(write((new,), tmp_path, options=WriteOptions(conflicts="mine"))).outcome
        is Outcome.IDENTICAL
    )
    assert not drifted(check((new,), tmp_path))


@pytest.mark.parametrize("damage", ["missing base", "edited base"])
def test_without_a_base_an_unedited_file_is_still_known(tmp_path: Path, damage: str) -> None:
    write((dockerfile(),), tmp_path)
    base = tmp_path / ".dockwright/base/Dockerfile"
    base.unlink() if damage == "missing base" else base.write_text("x")
    new = dockerfile(TEXT.replace("RUN c", "RUN c2"))
    assert one(write((new,), tmp_path)).outcome is Outcome.UPDATE
    assert base.read_text() == new.text


def test_a_lost_base_comes_back_with_the_next_run(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    (tmp_path / ".dockwright/base/Dockerfile").unlink()
    assert one(write((dockerfile(),), tmp_path)).outcome is Outcome.IDENTICAL
    assert (tmp_path / ".dockwright/base/Dockerfile").read_text() == TEXT


def test_dry_run_and_check_change_nothing_and_show_the_difference(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    new = dockerfile(TEXT.replace("RUN b", "RUN b2"))
    for outcomes in (
        write((new, ignore()), tmp_path, options=WriteOptions(dry_run=True)),
        check((new, ignore()), tmp_path),
    ):
        assert [outcome.outcome for outcome in outcomes] == [Outcome.UPDATE, Outcome.CREATE]
        assert "-RUN b\n+RUN b2\n" in outcomes[0].diff
        assert outcomes[1].diff.startswith("--- /dev/null\n+++ b/.dockerignore\n")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_file_that_is_no_longer_rendered_is_reported_and_then_forgotten(tmp_path: Path) -> None:
    options = WriteOptions(complete=True)
    write((dockerfile(), ignore()), tmp_path, options=options)
    outcomes = write((dockerfile(),), tmp_path, options=options)
    assert [(outcome.path, outcome.outcome) for outcome in outcomes] == [
        ("Dockerfile", Outcome.IDENTICAL),
        (".dockerignore", Outcome.SKIP),
    ]
    (tmp_path / ".dockerignore").unlink()
    write((dockerfile(),), tmp_path, options=options)
    assert write((dockerfile(), ignore()), tmp_path, options=options)[1].outcome is Outcome.CREATE


def test_settings_are_replaced_without_a_base(tmp_path: Path) -> None:
    (tmp_path / "dockwright.toml").write_text("port = 80\n")
    write((RenderedFile(path="dockwright.toml", text="port = 81\n", kind="settings"),), tmp_path)
    assert (tmp_path / "dockwright.toml").read_text() == "port = 81\n"
    assert names(tmp_path) == {"dockwright.toml"}
    assert not (tmp_path / ".dockwright").exists()


def test_a_target_folder_that_does_not_exist_is_made(tmp_path: Path) -> None:
    write((dockerfile(),), tmp_path / "new/folder")
    assert (tmp_path / "new/folder/Dockerfile").read_text() == TEXT


def test_files_beside_the_books_are_replaced_without_a_base(tmp_path: Path) -> None:
    for text in ("{{ a }}", "{{ b }}"):
        write(
            (RenderedFile(path=".dockwright/templates/Dockerfile.j2", text=text, kind="template"),),
            tmp_path,
        )
    assert names(tmp_path) == {".dockwright/templates/Dockerfile.j2"}
    assert (tmp_path / ".dockwright/templates/Dockerfile.j2").read_text() == "{{ b }}"


def test_obsolete_files_go_with_the_others(tmp_path: Path) -> None:
    write((RenderedFile(path=".dockwright/pack/old.j2", text="x", kind="template"),), tmp_path)
    write(
        (dockerfile(),),
        tmp_path,
        options=WriteOptions(obsolete=(".dockwright/pack/old.j2", "outside")),
    )
    assert ".dockwright/pack/old.j2" not in names(tmp_path)


def test_foreign_files_can_be_replaced_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    (tmp_path / ".dockerignore").write_text("mine\n")
    assert foreign((dockerfile(), ignore()), tmp_path) == ("Dockerfile", ".dockerignore")
    options = WriteOptions(replace=frozenset({"Dockerfile"}))
    assert one(write((dockerfile(),), tmp_path, options=options)).outcome is Outcome.UPDATE
    assert (tmp_path / ".dockerignore").read_text() == "mine\n"


def test_a_last_line_without_an_end_stays_without(tmp_path: Path) -> None:
    for text in ("one\ntwo", "one\nthree"):
        write((RenderedFile(path="note.txt", text=text, kind="extra"),), tmp_path)
        assert (tmp_path / "note.txt").read_text() == text
