"""poetry.lock as a file: all formats, groups and markers, and what is damaged."""

from pathlib import Path

import pytest
from dockwright.detect.managers import poetry
from dockwright.errors import LockFormatError, LoneLockError, SyntaxFault
from dockwright.model.dependencies import LockedDistribution, LockState, SourceKind
from dockwright.model.origin import Origin
from support.poetry import POETRY_1, lock_of, lock_text, locked
from support.poetry import find_poetry as find
from support.trees import tree_of

PACKAGES_2_1 = """\
[[package]]
name = "Flask"
version = "3.1.0"
description = ""
optional = false
python-versions = ">=3.9"
groups = ["main", "dev"]
files = [
    {file = "flask-3.1.0-py3-none-any.whl", hash = "sha256:aa"},
    {file = "flask-3.1.0.tar.gz", hash = "sha256:bb"},
]

[package.dependencies]
click = ">=8"

[[package]]
name = "colorama"
version = "0.4.6"
description = ""
optional = true
python-versions = "*"
groups = ["main", "dev"]
markers = {main = "extra == \\"all\\" and sys_platform == \\"win32\\"", dev = "os_name == \\"nt\\""}
files = []

[[package]]
name = "ghost"
version = "1"
description = ""
optional = true
python-versions = "*"
groups = ["main"]
files = []

[[package]]
name = "utils"
version = "0.1.0"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = []
develop = true

[package.source]
type = "git"
url = "https://token@github.com/example/utils.git"
reference = "main"
resolved_reference = "0123456789abcdef0123456789abcdef01234567"
subdirectory = "lib"

[[package]]
name = "inner"
version = "1"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = [
    {file = "inner-1.tar.gz", hash = "sha256:cc"},
]

[package.source]
type = "legacy"
url = "https://packages.example.org/simple"
reference = "private"

[[package]]
name = "shared"
version = "0"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = []
develop = true

[package.source]
type = "directory"
url = "../shared"
"""


def test_a_lock_of_format_2_1_says_groups_markers_files_and_sources(tmp_path: Path) -> None:
    lock = lock_of(
        find(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": lock_text(PACKAGES_2_1)})
    )
    found = locked(lock)
    flask = found["flask"]
    assert (flask.version, flask.groups, flask.requires_python) == (
        "3.1.0",
        ("main", "dev"),
        ">=3.9",
    )
    assert [file.name for file in flask.files] == [
        "flask-3.1.0-py3-none-any.whl",
        "flask-3.1.0.tar.gz",
    ]
    assert flask.hashes == ("sha256:aa", "sha256:bb")
    assert flask.origin == Origin(path="poetry.lock", line=3, key="flask")
    assert flask.depends_on == ("click",)
    assert (found["colorama"].groups, found["colorama"].marker) == (
        ("dev", "extra:all"),
        'sys_platform == "win32"',
    )
    assert "ghost" not in found
    utils = found["utils"]
    assert (utils.source, utils.editable) == (SourceKind.GIT, True)
    reference = "git+https://github.com/example/utils.git@0123456789abcdef0123456789abcdef01234567#subdirectory=lib"
    assert utils.reference == reference
    assert (found["inner"].index, found["inner"].source) == ("private", SourceKind.REGISTRY)
    assert (found["shared"].source, found["shared"].reference) == (SourceKind.PATH, "../shared")
    assert (lock.format, lock.written_by, lock.requires_python) == ("2.1", "2.1.4", "^3.11")


WALKED = """\
[[package]]
name = "celery"
version = "5.4.0"
description = ""
optional = false
python-versions = ">=3.8"
files = []

[package.dependencies]
click = ">=8.1"
kombu = [
    {version = ">=5.3", extras = ["sqs"], optional = true, markers = "extra == \\"sqs\\""},
    {version = ">=5.3"},
]
tzdata = {version = "*", markers = "sys_platform == \\"win32\\""}

[package.extras]
sqs = ["kombu[sqs] (>=5.3)"]

[[package]]
name = "kombu"
version = "5.4.0"
description = ""
optional = false
python-versions = ">=3.8"
files = []

[package.dependencies]
boto3 = {version = ">=1", optional = true, markers = "extra == \\"sqs\\""}
celery = "*"

[package.extras]
sqs = ["boto3 (>=1)"]

[[package]]
name = "boto3"
version = "1.35"
description = ""
optional = false
python-versions = ">=3.8"
files = []

[[package]]
name = "click"
version = "8.1.8"
description = ""
optional = false
python-versions = ">=3.8"
files = []

[[package]]
name = "click"
version = "7.1"
description = ""
optional = false
python-versions = "*"
files = []

[[package]]
name = "tzdata"
version = "2025.1"
description = ""
optional = false
python-versions = ">=2"
files = []

[[package]]
name = "psycopg2"
version = "2.9.10"
description = ""
optional = true
python-versions = ">=3.8"
files = []

[[package]]
name = "left-over"
version = "1"
description = ""
optional = false
python-versions = "*"
files = []
"""


def walked(root: Path, celery: str) -> dict[str, LockedDistribution]:
    project = (
        POETRY_1
        + f'celery = {celery}\npsycopg2 = {{version = "*", optional = true}}\n'
        + '\n[tool.poetry.extras]\npgsql = ["psycopg2"]\n'
        + '\n[tool.poetry.group.lint.dependencies]\nclick = "^7.0"\n'
    )
    text = lock_text(WALKED, lock_version="2.0", written_by="1.8.5")
    found = lock_of(find(root, {"pyproject.toml": project, "poetry.lock": text})).distributions
    return {f"{one.name} {one.version}" if one.name == "click" else one.name: one for one in found}


def test_groups_of_older_locks_are_found_by_following_the_dependencies(tmp_path: Path) -> None:
    found = walked(tmp_path, '"^5.0"')
    assert found["celery"].groups == ("main",)
    assert found["kombu"].groups == ("main",)
    assert found["boto3"].groups == ()
    assert found["tzdata"].marker == 'sys_platform == "win32"'
    assert found["psycopg2"].groups == ("extra:pgsql",)
    assert found["click 8.1.8"].groups == ("main",)
    assert found["click 7.1"].groups == ("lint",)
    assert found["left-over"].groups == ()


def test_extras_are_followed_through_the_dependencies(tmp_path: Path) -> None:
    found = walked(tmp_path, '{version = "^5.0", extras = ["sqs"], python = "<3.13"}')
    assert found["boto3"].groups == ("main",)
    assert found["boto3"].marker == 'python_version < "3.13"'
    assert found["tzdata"].marker == 'python_version < "3.13" and sys_platform == "win32"'


def test_the_files_of_the_oldest_formats_are_found(tmp_path: Path) -> None:
    package = (
        '[[package]]\nname = "six"\nversion = "1.16.0"\ndescription = ""\ncategory = "dev"\noptional = false\n'
        'python-versions = "*"\n'
    )
    tail = '\n[metadata.files]\nsix = [\n    {file = "six-1.16.0.tar.gz", hash = "sha256:aa"},\n]\n'
    text = lock_text(package, lock_version="1.1", written_by="") + tail
    six = locked(lock_of(find(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": text})))["six"]
    assert [file.name for file in six.files] == ["six-1.16.0.tar.gz"]
    assert six.groups == ("dev",)
    text = (
        lock_text(package, lock_version="1.0", written_by="")
        + '\n[metadata.hashes]\nsix = ["aa", "bb"]\n'
    )
    six = locked(lock_of(find(tmp_path, {"poetry.lock": text})))["six"]
    assert (six.files, six.hashes) == ((), ("sha256:aa", "sha256:bb"))


def test_lists_of_files_in_another_layout_are_read_too(tmp_path: Path) -> None:
    text = lock_text(PACKAGES_2_1).replace(
        '    {file = "flask-3.1.0.tar.gz", hash = "sha256:bb"},\n]',
        '    {hash = "sha256:bb", file = "flask-3.1.0.tar.gz"},\n]  # by hand',
    )
    flask = locked(lock_of(find(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": text})))[
        "flask"
    ]
    assert flask.hashes == ("sha256:aa", "sha256:bb")


@pytest.mark.parametrize(
    ("lock", "error", "title"),
    [
        ("package = [", SyntaxFault, "not valid TOML"),
        ("<<<<<<< HEAD\npackage = []\n=======\n>>>>>>> main\n", SyntaxFault, "unresolved merge"),
        ("package = []\n", LockFormatError, "no `lock-version`"),
        ("package = []\n[metadata]\n", LockFormatError, "no `lock-version`"),
        ('package = []\n[metadata]\nlock-version = "3.0"\n', LockFormatError, "the format 3.0"),
        (
            '[[package]]\nversion = "1"\n[metadata]\nlock-version = "2.1"\n',
            LockFormatError,
            "no name",
        ),
    ],
)
def test_a_damaged_lock_is_an_error_with_a_remedy(
    lock: str, error: type[SyntaxFault | LockFormatError], title: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        poetry.find(tree_of(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": lock}))
    assert title in caught.value.title
    assert caught.value.steps
    assert caught.value.example


def test_a_syntax_fault_names_the_line_of_the_whole_lock(tmp_path: Path) -> None:
    text = lock_text(PACKAGES_2_1).replace("[metadata]", "[metadata")
    line = text[: text.index("[metadata")].count("\n") + 1
    with pytest.raises(SyntaxFault) as caught:
        poetry.find(tree_of(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": text}))
    assert caught.value.origin == Origin(path="poetry.lock", line=line)


def test_a_newer_minor_format_is_read_as_the_newest_known(tmp_path: Path) -> None:
    text = lock_text(PACKAGES_2_1, lock_version="2.2", written_by="2.9.0")
    finding = find(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": text})
    assert "flask" in locked(lock_of(finding))


def test_an_empty_lock_is_stale(tmp_path: Path) -> None:
    lock = lock_of(find(tmp_path, {"pyproject.toml": POETRY_1, "poetry.lock": ""}))
    assert (lock.state, lock.because) == (LockState.STALE, ("poetry.lock is empty",))


def test_a_lock_without_its_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoneLockError) as caught:
        poetry.find(tree_of(tmp_path, {"poetry.lock": lock_text("package = []")}))
    assert "git checkout HEAD -- pyproject.toml" in caught.value.text()
