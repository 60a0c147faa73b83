"""Pipfile and Pipfile.lock."""

from pathlib import Path

import pytest
from dockwright.detect.managers import pipenv
from dockwright.errors import LockFormatError, LoneLockError, ManifestError, SyntaxFault
from dockwright.model.dependencies import LockState, SourceKind
from dockwright.model.origin import Origin
from support.pipenv import HASH, SOURCE, lock_of, lock_text, requirement
from support.pipenv import find_pipenv as find
from support.trees import tree_of


def test_without_pipfile_and_lock_there_is_nothing_to_find(tmp_path: Path) -> None:
    assert pipenv.find(tree_of(tmp_path, {"requirements.txt": "flask\n"})) is None


def test_a_pipfile_without_lock_is_read_all_the_same(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        {
            "Pipfile": SOURCE
            + """\
[packages]
Flask = {version = ">=3", extras = ["async", "dotenv"]}
python-slugify = "6.1.1"
uwsgi = {version = "*", sys_platform = "== 'linux'", markers = "python_version >= '3.9'"}
utils = {git = "https://token@github.com/example/utils.git", ref = "main", subdirectory = "lib", editable = true}
shop = {path = ".", editable = true}
shared = {path = "../shared"}
local = {path = "./libs/local"}
wheel = {file = "https://example.org/wheel-1.0-py3-none-any.whl"}

[packages.redis]
version = "~=5.0"

[dev-packages]
pytest = "*"

[end-to-end]
playwright = "==1.52.0"

[scripts]
serve = "python -m shop"
tests = {call = "shop.tests:run()"}
"""
        },
    )
    assert finding.lock is None
    assert requirement(finding, "flask").extras == ("async", "dotenv")
    assert requirement(finding, "python-slugify").specifier == "==6.1.1"
    assert (
        requirement(finding, "uwsgi").marker
        == 'python_version >= "3.9" and sys_platform == "linux"'
    )
    utils = requirement(finding, "utils")
    assert (utils.source, utils.editable) == (SourceKind.GIT, True)
    assert utils.reference == "git+https://github.com/example/utils.git@main#subdirectory=lib"
    assert requirement(finding, "shop").reference == "."
    assert requirement(finding, "wheel").source is SourceKind.URL
    assert requirement(finding, "redis").origin == Origin(
        path="Pipfile", line=16, key="packages.redis"
    )
    assert requirement(finding, "pytest").group == "dev"
    assert requirement(finding, "playwright").group == "end-to-end"
    assert finding.manifest.groups == ("dev", "end-to-end")
    assert finding.manifest.outside_root == ("../shared",)
    assert finding.manifest.also_read == ("libs/local",)
    assert [(script.name, script.target) for script in finding.manifest.scripts] == [
        ("serve", "python -m shop"),
        ("tests", "shop.tests:run()"),
    ]


def test_indexes_keep_the_names_of_variables_and_no_values(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        {
            "Pipfile": SOURCE
            + '[[source]]\nname = "private"\nurl = "https://${INDEX_USER}:${INDEX_PASSWORD}@packages.example.org/simple"\n'
            + "verify_ssl = true\n\n"
            + '[[source]]\nname = "plain"\nurl = "https://me:secret@other.example.org/simple"\nverify_ssl = true\n'
        },
    )
    pypi, private, plain = finding.manifest.indexes
    assert (pypi.url, pypi.needs_credentials, pypi.explicit) == (
        "https://pypi.org/simple",
        False,
        False,
    )
    assert (private.url, private.variables) == (
        "https://packages.example.org/simple",
        ("INDEX_USER", "INDEX_PASSWORD"),
    )
    assert private.explicit
    assert (plain.url, plain.needs_credentials, plain.variables) == (
        "https://other.example.org/simple",
        True,
        (),
    )
    assert plain.origin.line == 11
    assert [(one.code, one.origin) for one in finding.notices] == [
        ("credentials-in-manifest", Origin(path="Pipfile", line=13))
    ]
    assert "secret" not in repr(finding)


def test_without_sources_it_is_the_default_index(tmp_path: Path) -> None:
    finding = find(tmp_path, {"Pipfile": '[packages]\nflask = "*"\n'})
    assert [index.url for index in finding.manifest.indexes] == ["https://pypi.org/simple"]


def test_locked_entries_keep_groups_markers_hashes_and_sources(tmp_path: Path) -> None:
    pipfile = SOURCE + '[packages]\nflask = "*"\n'
    sections = {
        "default": {
            "flask": {"hashes": [HASH], "index": "pypi", "version": "==3.1.0", "extras": ["async"]},
            "click": {"hashes": [HASH], "markers": "python_version >= '3.8'", "version": "==8.1.8"},
            "utils": {
                "git": "https://github.com/example/utils.git",
                "ref": "a" * 40,
                "editable": True,
            },
            "local": {"path": "./libs/local", "editable": True},
        },
        "develop": {
            "click": {"hashes": [HASH], "markers": "python_version >= '3.8'", "version": "==8.1.8"}
        },
        "docs": {"sphinx": {"hashes": [HASH], "version": "==8.0.0"}},
    }
    meta = {"requires": {"python_version": "3.12"}}
    text = lock_text(pipfile, sections, **meta)
    lock = lock_of(find(tmp_path, {"Pipfile": pipfile, "Pipfile.lock": text}))
    found = {one.name: one for one in lock.distributions}
    line = text[: text.index('"click"')].count("\n") + 1
    assert found["flask"].version == "3.1.0"
    assert (found["flask"].extras, found["flask"].index, found["flask"].hashes) == (
        ("async",),
        "pypi",
        (HASH,),
    )
    assert found["click"].groups == ("main", "dev")
    assert found["click"].marker == "python_version >= '3.8'"
    assert found["click"].origin == Origin(path="Pipfile.lock", line=line, key="default.click")
    assert found["utils"].reference == "git+https://github.com/example/utils.git@" + "a" * 40
    assert (found["local"].source, found["local"].reference) == (SourceKind.PATH, "libs/local")
    assert found["sphinx"].groups == ("docs",)
    assert lock.requires_python == "==3.12.*"
    assert lock.hashed
    assert lock.format == "6"


def test_an_entry_without_hashes_makes_the_lock_unhashed(tmp_path: Path) -> None:
    pipfile = '[packages]\nflask = "*"\n'
    sections = {"default": {"flask": {"version": "==3.1.0"}}}
    lock = lock_of(
        find(tmp_path, {"Pipfile": pipfile, "Pipfile.lock": lock_text(pipfile, sections)})
    )
    assert not lock.hashed


@pytest.mark.parametrize(
    ("requires", "specifier"),
    [
        ({"python_version": "3.12"}, "==3.12.*"),
        ({"python_full_version": "3.12.4", "python_version": "3.12"}, "==3.12.4"),
        ({"python_full_version": "3.11"}, "==3.11.*"),
        ({"python_version": "3"}, "==3.*"),
        ({"python_version": "three"}, ""),
        ({}, ""),
    ],
)
def test_the_python_of_the_lock_as_a_specifier(
    requires: dict[str, str], specifier: str, tmp_path: Path
) -> None:
    pipfile = '[packages]\nflask = "*"\n'
    files: dict[str, str | bytes] = {
        "Pipfile": pipfile,
        "Pipfile.lock": lock_text(pipfile, {}, requires=requires),
    }
    assert lock_of(find(tmp_path, files)).requires_python == specifier


def test_a_lock_without_its_pipfile_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoneLockError) as caught:
        pipenv.find(tree_of(tmp_path, {"Pipfile.lock": "{}"}))
    assert caught.value.exit_code == 3
    assert "git checkout HEAD -- Pipfile" in caught.value.text()


def test_an_empty_lock_is_stale(tmp_path: Path) -> None:
    lock = lock_of(find(tmp_path, {"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": "\n"}))
    assert lock.state is LockState.STALE
    assert lock.because == ("Pipfile.lock is empty",)


def test_a_lock_without_a_digest_is_stale(tmp_path: Path) -> None:
    pipfile = '[packages]\nflask = "*"\n'
    lock = lock_of(
        find(tmp_path, {"Pipfile": pipfile, "Pipfile.lock": lock_text(pipfile, {}, hash={})})
    )
    assert lock.state is LockState.STALE
    assert "no digest" in lock.because[0]


@pytest.mark.parametrize(
    ("lock", "error", "title"),
    [
        ("{", SyntaxFault, "line 1, column 2"),
        ("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n", SyntaxFault, "unresolved merge"),
        ("[]", LockFormatError, "no `_meta`"),
        (
            '{"_meta": {"pipfile-spec": 7}}',
            LockFormatError,
            "the format 7, and only `pipfile-spec` 6",
        ),
        ('{"_meta": {}}', LockFormatError, "does not say its format"),
        ('{"_meta": {"pipfile-spec": 6}, "default": []}', LockFormatError, "`default` is no table"),
        ('{"_meta": {"pipfile-spec": 6}, "default": {"x": 1}}', LockFormatError, "entry `x`"),
        (
            '{"_meta": {"pipfile-spec": 6}, "default": {"x": {"version": 1}}}',
            LockFormatError,
            "entry `x`",
        ),
    ],
)
def test_a_damaged_lock_is_an_error_with_a_remedy(
    lock: str, error: type[SyntaxFault | LockFormatError], title: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        pipenv.find(
            tree_of(tmp_path, {"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": lock})
        )
    assert title in caught.value.title
    assert caught.value.steps
    assert caught.value.example


def test_an_unknown_spec_is_named_with_its_line(tmp_path: Path) -> None:
    lock = '{\n    "_meta": {\n        "pipfile-spec": 7\n    }\n}\n'
    with pytest.raises(LockFormatError) as caught:
        pipenv.find(tree_of(tmp_path, {"Pipfile": "[packages]\n", "Pipfile.lock": lock}))
    assert caught.value.origin == Origin(path="Pipfile.lock", line=3, key="pipfile-spec")


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("flask = true", 2),
        ("flask = [1]", 2),
        ('flask = "latest"', 2),
        ('flask = {version = "^1.0"}', 2),
    ],
)
def test_an_entry_that_pipenv_cannot_read_is_an_error(
    entry: str, line: int, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError) as caught:
        pipenv.find(tree_of(tmp_path, {"Pipfile": f"[packages]\n{entry}\n"}))
    assert caught.value.origin == Origin(path="Pipfile", line=line, key="packages.flask")


@pytest.mark.parametrize(
    "text", ['packages = "flask"\n', 'dev-packages = ["flask"]\n', '[source]\nurl = "x"\n']
)
def test_a_table_of_another_type_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        pipenv.find(tree_of(tmp_path, {"Pipfile": text}))


def test_a_pipfile_that_is_not_toml_is_an_error_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(SyntaxFault) as caught:
        pipenv.find(tree_of(tmp_path, {"Pipfile": "[packages]\nflask = \n"}))
    assert "line 2, column 9" in caught.value.title
