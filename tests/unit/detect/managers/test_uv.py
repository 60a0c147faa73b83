"""What is read from a uv project: manifest, workspace, groups and markers of the lock, and bad input."""

from pathlib import Path

import pytest
from dockwright.detect.managers import uv
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError, LoneLockError, ManifestError, SyntaxFault
from dockwright.model.dependencies import LockedDistribution, ManagerFinding, SourceKind
from support.mutations import mutations

PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'


def finding_in(root: Path, files: dict[str, str]) -> ManagerFinding:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    found = uv.find(ProjectTree(root))
    assert found is not None
    return found


def finding_of(base: str, tmp_path: Path) -> ManagerFinding:
    mutation = next(one for one in mutations("uv") if (one.base, one.name) == (base, "as-is"))
    found = uv.find(ProjectTree(mutation.apply(tmp_path)))
    assert found is not None
    return found


def locked(found: ManagerFinding) -> tuple[LockedDistribution, ...]:
    assert found.lock is not None
    return found.lock.distributions


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": PROJECT},
        {"pyproject.toml": "[tool.ruff]\n"},
        {"pyproject.toml": "[tool.uv]\npip.index-url = 'https://pypi.org/simple'\n"},
        {"pyproject.toml": PROJECT + "[tool.uv]\nmanaged = false\n"},
        {"pyproject.toml": PROJECT + "[tool.uv]\n", "poetry.lock": ""},
    ],
    ids=[
        "nothing",
        "bare-project",
        "tools-only",
        "uv-without-project",
        "unmanaged",
        "lock-of-poetry",
    ],
)
def test_what_is_not_a_uv_project(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert uv.find(ProjectTree(tmp_path)) is None


def test_a_project_with_settings_of_uv_and_no_lock(tmp_path: Path) -> None:
    found = finding_in(
        tmp_path, {"pyproject.toml": PROJECT + "[tool.uv]\ndev-dependencies = ['pytest']\n"}
    )
    assert found.lock is None
    assert found.manifest.groups == ("dev",)
    assert found.manifest.default_groups == ("dev",)


def test_groups_of_the_lock_follow_its_edges(tmp_path: Path) -> None:
    groups = {one.name: one.groups for one in locked(finding_of("shop", tmp_path))}
    assert groups == {
        "blinker": ("main",),
        "certifi": ("extra:secure",),
        "idna": ("main",),
        "iniconfig": ("dev",),
        "itsdangerous": ("main",),
        "packaging": ("dev", "lint"),
        "shop": ("main",),
        "six": ("main",),
    }


def test_two_builds_of_one_package_keep_their_markers(tmp_path: Path) -> None:
    builds = [one for one in locked(finding_of("shop", tmp_path)) if one.name == "six"]
    assert {(one.source, one.marker) for one in builds} == {
        (SourceKind.REGISTRY, 'sys_platform != "linux"'),
        (SourceKind.URL, 'sys_platform == "linux"'),
    }


def test_files_have_their_names_from_their_addresses(tmp_path: Path) -> None:
    (blinker,) = (one for one in locked(finding_of("shop", tmp_path)) if one.name == "blinker")
    assert [file.name for file in blinker.files] == [
        "blinker-1.9.0-py3-none-any.whl",
        "blinker-1.9.0.tar.gz",
    ]
    assert all(digest.startswith("sha256:") for digest in blinker.hashes)
    assert blinker.index == "https://pypi.org/simple"
    assert (blinker.origin.path, blinker.origin.key) == ("uv.lock", "blinker")


def test_a_workspace_brings_what_the_root_needs(tmp_path: Path) -> None:
    found = finding_of("workspace", tmp_path)
    assert found.workspace_members == ("libs/billing", "libs/catalog")
    wishes = {
        (wish.name, wish.source, wish.reference, wish.editable)
        for wish in found.manifest.requirements
    }
    assert ("catalog", SourceKind.PATH, "libs/catalog", True) in wishes
    assert ("report", SourceKind.PATH, "tools/report", False) in wishes
    assert found.manifest.also_read == (
        "libs/billing/pyproject.toml",
        "libs/catalog/pyproject.toml",
        "tools/report",
    )
    assert [one.groups for one in locked(found) if one.name == "idna"] == [
        ("extra:old",),
        ("extra:new",),
    ]


def test_a_root_without_project_stands_for_its_members(tmp_path: Path) -> None:
    found = finding_of("rooms", tmp_path)
    assert found.manifest.distribution is None
    assert [wish.name for wish in found.manifest.requirements] == ["six"]
    assert found.manifest.groups == ("dev",)
    assert {one.name: one.groups for one in locked(found)} == {
        "app": ("main",),
        "iniconfig": ("dev",),
        "six": ("main",),
    }


def test_sources_turn_into_references(tmp_path: Path) -> None:
    text = PROJECT + (
        'dependencies = ["a", "b", "c", "d>=1", "e"]\n'
        "[tool.uv.sources]\n"
        'a = { git = "https://me:secret@example.com/a.git", rev = "abc", subdirectory = "lib" }\n'
        'b = { url = "https://example.com/b-1-py3-none-any.whl" }\n'
        'c = { path = "../c", editable = true }\n'
        'd = [{ index = "cpu", marker = "sys_platform == \'linux\'" }]\n'
        'e = { path = "vendor/e-1.tar.gz" }\n'
    )
    found = finding_in(tmp_path, {"pyproject.toml": text, "vendor/e-1.tar.gz": ""})
    wishes = [
        (wish.name, wish.source, wish.reference, wish.marker)
        for wish in found.manifest.requirements
    ]
    assert wishes == [
        ("a", SourceKind.GIT, "git+https://example.com/a.git@abc#subdirectory=lib", ""),
        ("b", SourceKind.URL, "https://example.com/b-1-py3-none-any.whl", ""),
        ("c", SourceKind.PATH, "../c", ""),
        ("d", SourceKind.REGISTRY, "", 'sys_platform == "linux"'),
        ("d", SourceKind.REGISTRY, "", 'sys_platform != "linux"'),
        ("e", SourceKind.PATH, "vendor/e-1.tar.gz", ""),
    ]
    assert found.manifest.outside_root == ("../c",)
    assert found.manifest.also_read == ("vendor/e-1.tar.gz",)
    assert "secret" not in repr(found)
    assert [notice.code for notice in found.notices] == ["credentials-in-manifest"]


def test_indexes_and_the_variables_of_their_credentials(tmp_path: Path) -> None:
    text = PROJECT + (
        "[[tool.uv.index]]\n"
        'name = "pytorch-cpu"\nurl = "https://download.pytorch.org/whl/cpu"\nexplicit = true\n\n'
        "[[tool.uv.index]]\n"
        'name = "our.own"\nurl = "https://packages.example.com/simple"\nauthenticate = "always"\n'
    )
    first, second = finding_in(tmp_path, {"pyproject.toml": text}).manifest.indexes
    assert (first.name, first.explicit, first.needs_credentials, first.variables) == (
        "pytorch-cpu",
        True,
        False,
        (),
    )
    assert (second.explicit, second.needs_credentials) == (False, True)
    assert second.variables == ("UV_INDEX_OUR_OWN_USERNAME", "UV_INDEX_OUR_OWN_PASSWORD")
    assert second.origin.line == 10


@pytest.mark.parametrize(
    ("setting", "no_binary"),
    [
        ('no-binary-package = ["PyYAML", "lxml"]', ("pyyaml", "lxml")),
        ("no-binary = true", (":all:",)),
        ("", ()),
    ],
)
def test_wheels_that_the_owner_forbids(
    setting: str, no_binary: tuple[str, ...], tmp_path: Path
) -> None:
    found = finding_in(
        tmp_path, {"pyproject.toml": f"{PROJECT}[tool.uv]\nmanaged = true\n{setting}\n"}
    )
    assert found.manifest.no_binary == no_binary


def test_uv_toml_takes_the_place_of_the_table(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": PROJECT + '[tool.uv]\nrequired-version = ">=0.5"\n',
        "uv.toml": 'required-version = ">=0.9"\n',
    }
    found = finding_in(tmp_path, files)
    assert found.manifest.tool_requirement is not None
    assert found.manifest.tool_requirement.value == ">=0.9"
    assert found.manifest.also_read == ("uv.toml",)


@pytest.mark.parametrize(
    ("setting", "groups"),
    [("", ("dev",)), ("default-groups = []\n", ()), ('default-groups = "all"\n', ("dev", "docs"))],
)
def test_default_groups(setting: str, groups: tuple[str, ...], tmp_path: Path) -> None:
    text = PROJECT + f"[dependency-groups]\ndev = []\ndocs = []\n[tool.uv]\n{setting}"
    assert finding_in(tmp_path, {"pyproject.toml": text}).manifest.default_groups == groups


@pytest.mark.parametrize(
    ("tables", "installable"),
    [
        ("[tool.uv]\n", False),
        ('[tool.uv]\n[build-system]\nrequires = ["hatchling"]\n', True),
        ("[tool.uv]\npackage = true\n", True),
        ('[tool.uv]\npackage = false\n[build-system]\nrequires = ["hatchling"]\n', False),
    ],
)
def test_whether_the_project_itself_is_installed(
    *, tables: str, installable: bool, tmp_path: Path
) -> None:
    distribution = finding_in(tmp_path, {"pyproject.toml": PROJECT + tables}).manifest.distribution
    assert distribution is not None
    assert distribution.installable is installable


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("version = 2\n", "format 2, revision 0, and only version 1"),
        ("revision = 3\n", "does not say its format"),
        ("version = 1\npackage = 1\n", "has no name"),
        ('version = 1\n[[package]]\nversion = "1"\n', "has no name"),
    ],
)
def test_a_lock_that_cannot_be_read(lock: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(LockFormatError, match=said) as caught:
        finding_in(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": lock})
    assert caught.value.steps
    assert caught.value.origin is not None


def test_a_lock_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SyntaxFault) as caught:
        finding_in(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": "version = 1\nnot toml\n"})
    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("uv.lock", 2)


def test_a_lock_with_marks_of_a_merge_says_so(tmp_path: Path) -> None:
    lock = "version = 1\n<<<<<<< HEAD\nrevision = 3\n=======\nrevision = 2\n>>>>>>> main\n"
    with pytest.raises(SyntaxFault, match="unresolved merge"):
        finding_in(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": lock})


def test_a_lock_without_its_manifest(tmp_path: Path) -> None:
    with pytest.raises(LoneLockError):
        finding_in(tmp_path, {"uv.lock": "version = 1\n"})


def test_a_member_of_a_workspace_needs_a_name(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": PROJECT + '[tool.uv.workspace]\nmembers = ["libs/*"]\n',
        "libs/a/pyproject.toml": "[tool.ruff]\n",
    }
    with pytest.raises(ManifestError, match=r"has no \[project\] table"):
        finding_in(tmp_path, files)


def test_a_lock_for_other_systems_is_told(tmp_path: Path) -> None:
    lock = "version = 1\nrequires-python = '>=3.11'\nsupported-markers = [\"sys_platform == 'darwin'\"]\n"
    found = finding_in(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": lock})
    assert "lock-not-for-linux" in [notice.code for notice in found.notices]


CONFLICT = """\
version = 1
revision = 5
requires-python = ">=3.11"
conflicts = [[
    { package = "shop", extra = "cpu" },
    { package = "shop", extra = "gpu" },
]]

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [
    { name = "click", extra = ["colour"] },
    { name = "torch", version = "1", source = { registry = "https://pypi.org/simple" }, marker = "extra == 'extra-4-shop-gpu' or extra != 'extra-4-shop-cpu'" },
]

[package.optional-dependencies]
cpu = [
    { name = "torch", version = "2", source = { registry = "https://pypi.org/simple" }, marker = "extra == 'extra-4-shop-cpu'" },
]

[[package]]
name = "click"
version = "8"
source = { registry = "https://pypi.org/simple" }

[package.optional-dependencies]
colour = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
]

[[package]]
name = "colorama"
version = "1"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "click" },
]

[[package]]
name = "torch"
version = "1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "torch"
version = "2"
source = { registry = "https://pypi.org/simple" }
"""


def test_extras_cycles_and_conflicts_in_the_graph(tmp_path: Path) -> None:
    found = finding_in(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": CONFLICT})
    entries = {
        (one.name, one.version): (one.groups, one.marker, one.extras) for one in locked(found)
    }
    assert entries["click", "8"] == (("main",), "", ("colour",))
    assert entries["colorama", "1"] == (("main",), 'sys_platform == "win32"', ())
    assert entries["torch", "1"] == (("main",), "", ())
    assert entries["torch", "2"] == (("extra:cpu",), "", ())
