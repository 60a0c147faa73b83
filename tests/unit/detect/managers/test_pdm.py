"""What is read from a PDM project: manifest, groups of the lock, and bad input."""

from pathlib import Path

import pytest
from dockwright.detect.managers import pdm
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError, LoneLockError
from dockwright.model.dependencies import LockedDistribution, ManagerFinding, SourceKind
from support.mutations import mutations

PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'


def finding_in(root: Path, files: dict[str, str]) -> ManagerFinding:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    found = pdm.find(ProjectTree(root))
    assert found is not None
    return found


def finding_of(base: str, tmp_path: Path) -> ManagerFinding:
    mutation = next(one for one in mutations("pdm") if (one.base, one.name) == (base, "as-is"))
    found = pdm.find(ProjectTree(mutation.apply(tmp_path)))
    assert found is not None
    return found


def locked(found: ManagerFinding) -> dict[str, LockedDistribution]:
    assert found.lock is not None
    return {one.name: one for one in found.lock.distributions}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": PROJECT},
        {
            "pyproject.toml": PROJECT
            + '[tool.pdm.build]\nincludes = []\n[tool.pdm.version]\nsource = "scm"\n'
        },
        {"pyproject.toml": PROJECT + "[tool.pdm]\ndistribution = false\n", "uv.lock": ""},
    ],
    ids=["nothing", "bare-project", "back-end-only", "lock-of-uv"],
)
def test_what_is_not_a_pdm_project(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert pdm.find(ProjectTree(tmp_path)) is None


def test_groups_stand_in_two_places(tmp_path: Path) -> None:
    manifest = finding_of("shop", tmp_path).manifest
    assert manifest.groups == ("dev-tools", "lint")
    assert [(wish.name, wish.group) for wish in manifest.requirements] == [
        ("itsdangerous", "main"),
        ("click", "main"),
        ("certifi", "extra:secure"),
        ("iniconfig", "dev-tools"),
        ("packaging", "dev-tools"),
        ("idna", "dev-tools"),
        ("packaging", "lint"),
        ("idna", "lint"),
    ]


@pytest.mark.parametrize("base", ["shop", "plain"], ids=["written-in-the-lock", "walked"])
def test_groups_and_markers_of_the_lock(base: str, tmp_path: Path) -> None:
    found = locked(finding_of(base, tmp_path))
    assert {name: one.groups for name, one in found.items()} == {
        "click": ("main",),
        "idna": ("dev-tools", "lint"),
        "iniconfig": ("dev-tools",),
        "itsdangerous": ("main",),
        "packaging": ("dev-tools", "lint"),
    }
    assert found["click"].marker == 'sys_platform == "linux"'
    assert found["click"].extras == ("x",)
    assert [file.name for file in found["idna"].files] == [
        "idna-3.20-py3-none-any.whl",
        "idna-3.20.tar.gz",
    ]
    assert found["idna"].requires_python == ">=3.9"
    assert found["idna"].origin.line is not None


def test_a_group_may_include_one_of_the_other_table(tmp_path: Path) -> None:
    text = PROJECT + (
        '[dependency-groups]\nall = [{ include-group = "old" }]\n[tool.pdm.dev-dependencies]\nold = ["pytest"]\n'
    )
    wishes = finding_in(tmp_path, {"pyproject.toml": text}).manifest.requirements
    assert [(wish.name, wish.group) for wish in wishes] == [("pytest", "all"), ("pytest", "old")]


def test_a_group_that_is_an_extra(tmp_path: Path) -> None:
    lock = (
        '[metadata]\nlock_version = "4.5.0"\ngroups = ["default", "pg"]\ncontent_hash = "sha256:0"\n'
        '[[package]]\nname = "psycopg"\nversion = "3"\ngroups = ["pg"]\n'
    )
    text = PROJECT + '[project.optional-dependencies]\npg = ["psycopg"]\n'
    assert locked(finding_in(tmp_path, {"pyproject.toml": text, "pdm.lock": lock}))[
        "psycopg"
    ].groups == ("extra:pg",)


def test_the_files_of_an_old_lock_stand_apart(tmp_path: Path) -> None:
    lock = (
        '[[package]]\nname = "six"\nversion = "1.16.0"\n[metadata]\nlock_version = "4.2"\n'
        '[metadata.files]\n"six 1.16.0" = [{url = "https://files.pythonhosted.org/x/six-1.16.0-py2.py3-none-any.whl", hash = "sha256:1"}]\n'
    )
    found = finding_in(
        tmp_path, {"pyproject.toml": PROJECT + 'dependencies = ["six"]\n', "pdm.lock": lock}
    )
    assert [file.name for file in locked(found)["six"].files] == ["six-1.16.0-py2.py3-none-any.whl"]
    assert locked(found)["six"].groups == ("main",)


def test_sources_other_than_an_index(tmp_path: Path) -> None:
    lock = (
        '[metadata]\nlock_version = "4.5.0"\n'
        '[[package]]\nname = "a"\nversion = "1"\ngit = "https://me:secret@example.com/a.git"\nref = "main"\nrevision = "0123"\n'
        '[[package]]\nname = "b"\nversion = "1"\nurl = "https://example.com/b-1.zip"\n'
        '[[package]]\nname = "c"\nversion = "1"\npath = "./libs/c"\neditable = true\n'
    )
    found = finding_in(tmp_path, {"pyproject.toml": PROJECT, "pdm.lock": lock})
    assert [(one.source, one.reference, one.editable) for one in locked(found).values()] == [
        (SourceKind.GIT, "git+https://example.com/a.git@0123", False),
        (SourceKind.URL, "https://example.com/b-1.zip", False),
        (SourceKind.PATH, "libs/c", True),
    ]
    assert "secret" not in repr(found)


def test_editable_development_dependencies(tmp_path: Path) -> None:
    text = (
        PROJECT + '[tool.pdm.dev-dependencies]\ndev = ["-e file:///${PROJECT_ROOT}/libs/c#egg=c"]\n'
    )
    (wish,) = finding_in(tmp_path, {"pyproject.toml": text}).manifest.requirements
    assert (wish.name, wish.group, wish.source, wish.reference, wish.editable) == (
        "c",
        "dev",
        SourceKind.PATH,
        "libs/c",
        True,
    )


def test_indexes_scripts_and_distribution(tmp_path: Path) -> None:
    text = PROJECT + (
        '[tool.pdm]\ndistribution = false\n[tool.pdm.scripts]\nstart = "python main.py"\nserve = { cmd = ["flask", "run"] }\n'
        '[[tool.pdm.source]]\nname = "own"\nurl = "https://${USER}:${PASSWORD}@packages.example.com/simple"\n'
    )
    manifest = finding_in(tmp_path, {"pyproject.toml": text}).manifest
    (index,) = manifest.indexes
    assert (index.url, index.needs_credentials, index.variables) == (
        "https://packages.example.com/simple",
        True,
        ("USER", "PASSWORD"),
    )
    assert [(script.name, script.target) for script in manifest.scripts] == [
        ("start", "python main.py"),
        ("serve", "flask run"),
    ]
    assert manifest.distribution is not None
    assert not manifest.distribution.installable


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ('[metadata]\nlock_version = "5.0"\n', "format 5.0, and only 4.x"),
        ('[metadata]\nlock_version = "3.1"\n', "format 3.1, and only 4.x"),
        ("[metadata]\n", "does not say its format"),
        ('[metadata]\nlock_version = "4.5"\n[[package]]\nversion = "1"\n', "has no name"),
    ],
)
def test_a_lock_that_cannot_be_read(lock: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(LockFormatError, match=said) as caught:
        finding_in(tmp_path, {"pyproject.toml": PROJECT, "pdm.lock": lock})
    assert caught.value.steps


def test_a_lock_without_its_manifest(tmp_path: Path) -> None:
    with pytest.raises(LoneLockError):
        finding_in(tmp_path, {"pdm.lock": ""})


def test_a_lock_for_other_systems_is_told(tmp_path: Path) -> None:
    lock = '[metadata]\nlock_version = "4.5.0"\n[[metadata.targets]]\nplatform = "windows_amd64"\n'
    found = finding_in(tmp_path, {"pyproject.toml": PROJECT, "pdm.lock": lock})
    assert [notice.code for notice in found.notices] == ["lock-not-for-linux"]
