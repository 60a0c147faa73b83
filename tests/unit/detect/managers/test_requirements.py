"""Requirements files: which one, what each line says, includes, and files that are their own lock."""

from pathlib import Path

import pytest
from dockwright.detect.managers import requirements
from dockwright.errors import ManifestError, SyntaxFault
from dockwright.model.dependencies import (
    Lock,
    LockState,
    Manager,
    ManagerFinding,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Origin
from support.trees import tree_of

HASH = "sha256:" + "0" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def find(root: Path, files: dict[str, str | bytes]) -> ManagerFinding:
    finding = requirements.find(tree_of(root, files))
    assert finding is not None
    assert finding.manager is Manager.REQUIREMENTS
    return finding


def read(root: Path, text: str) -> ManagerFinding:
    return find(root, {"requirements.txt": text})


def lock_of(finding: ManagerFinding) -> Lock:
    assert finding.lock is not None
    return finding.lock


def only(finding: ManagerFinding) -> Requirement:
    (wish,) = finding.manifest.requirements
    return wish


@pytest.mark.parametrize(
    ("files", "manifest"),
    [
        ({"requirements.txt": "a\n", "requirements/production.txt": "b\n"}, "requirements.txt"),
        (
            {"requirements/production.txt": "a\n", "requirements/base.txt": "b\n"},
            "requirements/production.txt",
        ),
        (
            {"requirements.txt": "a\n", "requirements-prod.txt": "-r requirements.txt\nb\n"},
            "requirements-prod.txt",
        ),
        (
            {"requirements.txt": "a\n", "requirements/production.txt": "-r ../requirements.txt\n"},
            "requirements/production.txt",
        ),
        (
            {"requirements.txt": "a\n", "requirements-prod.txt": b"\xff# not read\n"},
            "requirements.txt",
        ),
        ({"requirements/prod.txt": "a\n"}, "requirements/prod.txt"),
        ({"requirements/base.txt": "a\n", "requirements/dev.txt": "b\n"}, "requirements/base.txt"),
        ({"requirements-prod.txt": "a\n"}, "requirements-prod.txt"),
        ({"requirements.in": "a\n"}, "requirements.in"),
    ],
)
def test_the_file_for_production_is_found(
    files: dict[str, str | bytes], manifest: str, tmp_path: Path
) -> None:
    assert find(tmp_path, files).manifest.path == manifest


@pytest.mark.parametrize(
    "name", ["requirements-dev.txt", "docs/requirements.txt", "requests.txt", "notes.txt"]
)
def test_other_files_are_not_for_production(name: str, tmp_path: Path) -> None:
    assert requirements.find(tree_of(tmp_path, {name: "flask\n"})) is None


@pytest.mark.parametrize(
    "name",
    [
        "requirment.txt",
        "requirments.txt",
        "requirement.txt",
        "Requirements.txt",
        "requirements.txt.txt",
    ],
)
def test_a_misspelt_name_is_read_and_told(name: str, tmp_path: Path) -> None:
    finding = find(tmp_path, {name: "flask==3.1.0\n"})
    assert finding.manifest.path == name
    assert [(one.code, one.origin) for one in finding.notices] == [
        ("requirements-misspelt", Origin(path=name))
    ]


def test_a_misspelt_name_beside_another_manifest_is_left_alone(tmp_path: Path) -> None:
    assert (
        requirements.find(tree_of(tmp_path, {"requirment.txt": "flask\n", "Pipfile": ""})) is None
    )


@pytest.mark.parametrize(
    ("line", "kind", "name", "reference", "editable"),
    [
        ("-e .", SourceKind.PATH, "shop", ".", True),
        ("-e ./libs/inner[async]", SourceKind.PATH, "inner-lib", "libs/inner", True),
        ("--editable=libs/inner", SourceKind.PATH, "inner-lib", "libs/inner", True),
        ("./libs/bare", SourceKind.PATH, "bare", "libs/bare", False),
        ("file:./libs/bare", SourceKind.PATH, "bare", "libs/bare", False),
        (
            "./wheels/x-1.0-py3-none-any.whl",
            SourceKind.PATH,
            "x",
            "wheels/x-1.0-py3-none-any.whl",
            False,
        ),
        ("../shared", SourceKind.PATH, "shared", "../shared", False),
        (
            "git+https://github.com/a/b.git@v1",
            SourceKind.GIT,
            "b",
            "git+https://github.com/a/b.git@v1",
            False,
        ),
        (
            "git+https://t:s@github.com/a/b#egg=c",
            SourceKind.GIT,
            "c",
            "git+https://github.com/a/b",
            False,
        ),
        (
            "-e git+ssh://git@github.com/a/b#egg=c",
            SourceKind.GIT,
            "c",
            "git+ssh://git@github.com/a/b",
            True,
        ),
        (
            "-e d @ git+https://github.com/a/b",
            SourceKind.GIT,
            "d",
            "git+https://github.com/a/b",
            True,
        ),
        (
            "d @ git+https://github.com/a/b",
            SourceKind.GIT,
            "d",
            "git+https://github.com/a/b",
            False,
        ),
        (
            "git+${URL}@1#egg=c&subdirectory=s",
            SourceKind.GIT,
            "c",
            "git+${URL}@1#subdirectory=s",
            False,
        ),
        (
            "https://example.org/x-1.0.zip",
            SourceKind.URL,
            "x",
            "https://example.org/x-1.0.zip",
            False,
        ),
        (
            "x @ https://me:s@example.org/x.zip",
            SourceKind.URL,
            "x",
            "https://example.org/x.zip",
            False,
        ),
    ],
)
def test_lines_that_are_no_plain_requirement(
    line: str,
    kind: SourceKind,
    name: str,
    reference: str,
    editable: bool,
    tmp_path: Path,
) -> None:
    finding = find(
        tmp_path,
        {
            "requirements.txt": line,
            "libs/inner/pyproject.toml": '[project]\nname = "Inner.Lib"\n',
            "setup.py": "",
            "pyproject.toml": '[project]\nname = "shop"\n',
        },
    )
    wish = only(finding)
    assert (wish.source, wish.name, wish.reference, wish.editable) == (
        kind,
        name,
        reference,
        editable,
    )


def test_paths_are_read_by_the_install_or_lie_outside(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        "-e .\n./libs/inner\n../shared\n--find-links ./wheels\n--find-links https://example.org/w\n",
    )
    assert finding.manifest.also_read == ("libs/inner", "wheels")
    assert finding.manifest.outside_root == ("../shared",)


def test_continuations_comments_hashes_and_options_of_a_line(tmp_path: Path) -> None:
    text = (
        "# all of it\n\n"
        'Flask[async] == 3.1.0 ; python_version >= "3.9" \\\n'
        f"    --hash={HASH} \\\n    --hash sha512:ff  # two of them\n"
        "click>=8 --config-settings a=b --global-option='--quiet'\n"
        "b#c\n"
    )
    finding = read(tmp_path, text.replace("b#c\n", ""))
    flask, click = finding.manifest.requirements
    assert (flask.name, flask.extras, flask.specifier, flask.hashed) == (
        "flask",
        ("async",),
        "==3.1.0",
        True,
    )
    assert flask.marker == 'python_version >= "3.9"'
    assert flask.origin == Origin(path="requirements.txt", line=3)
    assert (click.specifier, click.origin.line, click.hashed) == (">=8", 6, False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_encoding_and_line_end_is_read(encoding: str, end: str, tmp_path: Path) -> None:
    content = f"flask==3.1.0 \\{end}    --hash={HASH}{end}# é{end}click==8.1.8{end}".encode(
        encoding
    )
    finding = find(tmp_path, {"requirements.txt": content})
    assert [(wish.name, wish.origin.line) for wish in finding.manifest.requirements] == [
        ("flask", 1),
        ("click", 4),
    ]


def test_includes_are_followed_and_each_line_keeps_its_file(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        {
            "requirements.txt": "-r requirements/production.txt\n",
            "requirements/production.txt": "--requirement=base.txt\n-c ../constraints.txt\ngunicorn\n",
            "requirements/base.txt": "\n# the web\nflask\n",
            "constraints.txt": "flask==3.1.0\ngunicorn==23.0.0\nunused==1\n",
        },
    )
    assert [(wish.name, str(wish.origin)) for wish in finding.manifest.requirements] == [
        ("flask", "requirements/base.txt:3"),
        ("gunicorn", "requirements/production.txt:3"),
    ]
    assert finding.manifest.also_read == (
        "constraints.txt",
        "requirements/base.txt",
        "requirements/production.txt",
    )
    lock = lock_of(finding)
    assert {one.name: one.version for one in lock.distributions} == {
        "flask": "3.1.0",
        "gunicorn": "23.0.0",
    }
    assert "2 of them through a constraints file" in lock.because[0]


def test_an_include_outside_the_project_is_told_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "shared.txt").write_text("django\n", encoding="utf-8")
    finding = find(
        tmp_path / "app",
        {"requirements.txt": "-r ../shared.txt\n-r https://example.org/r.txt\nflask\n"},
    )
    assert [wish.name for wish in finding.manifest.requirements] == ["flask"]
    assert finding.manifest.outside_root == ("../shared.txt",)
    assert [one.code for one in finding.notices] == [
        "requirements-include-outside",
        "requirements-include-url",
    ]


@pytest.mark.parametrize(
    ("files", "title", "place"),
    [
        (
            {"requirements.txt": "flask\n-r gone.txt\n"},
            "gone.txt is included here and does not exist",
            "requirements.txt:2",
        ),
        (
            {"requirements.txt": "-r a.txt\n", "a.txt": "-r b.txt\n", "b.txt": "\n-r a.txt\n"},
            "a.txt → b.txt → a.txt",
            "b.txt:2",
        ),
    ],
    ids=["missing", "circle"],
)
def test_an_include_that_leads_nowhere_is_an_error(
    files: dict[str, str | bytes], title: str, place: str, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError) as caught:
        requirements.find(tree_of(tmp_path, files))
    assert title in caught.value.title
    assert str(caught.value.origin) == place


@pytest.mark.parametrize(
    "line",
    [
        "an-invalid-requirement!",
        "flask=3",
        "flask ; python",
        "-e",
        "-r",
        "x.whl",
        "flask --hash='sha256",
    ],
)
def test_a_line_that_pip_cannot_read_is_an_error_with_its_line(line: str, tmp_path: Path) -> None:
    with pytest.raises(SyntaxFault) as caught:
        requirements.find(tree_of(tmp_path, {"requirements.txt": f"click\n{line}\n"}))
    assert caught.value.origin == Origin(path="requirements.txt", line=2)
    assert caught.value.example


def test_beside_another_managers_lock_a_fault_is_a_notice(tmp_path: Path) -> None:
    finding = find(tmp_path, {"requirements.txt": "click==8.1.8\nflask=3\n", "uv.lock": ""})
    assert [(one.code, one.origin) for one in finding.notices] == [
        ("requirements-fault", Origin(path="requirements.txt", line=2))
    ]
    assert finding.lock is None


def test_an_option_that_is_not_known_is_told(tmp_path: Path) -> None:
    finding = read(tmp_path, "--brand-new x\nflask==3.1.0\n")
    assert [(one.code, one.origin) for one in finding.notices] == [
        ("requirements-unknown-option", Origin(path="requirements.txt", line=1))
    ]
    assert lock_of(finding).state is LockState.PINNED


def test_indexes_and_builds_from_source(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        "--extra-index-url https://${USER}:${TOKEN}@packages.example.org/simple\n"
        "-i https://me:secret@mirror.example.org/simple\n"
        "--extra-index-url file:///srv/wheels\n"
        "--no-binary six --no-binary :none:\n--no-binary PsycoPG2,lxml\nlxml==5.3.0\n",
    )
    mirror, packages, folder = finding.manifest.indexes
    assert (mirror.url, mirror.needs_credentials) == ("https://mirror.example.org/simple", True)
    assert (packages.url, packages.variables) == (
        "https://packages.example.org/simple",
        ("USER", "TOKEN"),
    )
    assert folder.url == "file:///srv/wheels"
    assert finding.manifest.no_binary == ("psycopg2", "lxml")
    assert [one.code for one in finding.notices] == [
        "index-on-one-machine",
        "credentials-in-manifest",
    ]
    assert "secret" not in repr(finding)


@pytest.mark.parametrize(
    ("line", "hashed"),
    [
        ("flask==3.1.0", False),
        (f"flask==3.1.0 --hash={HASH}", True),
        (f"flask @ git+https://github.com/pallets/flask@{COMMIT}", False),
        (f"https://example.org/flask-3.1.0-py3-none-any.whl#{HASH.replace(':', '=')}", True),
    ],
)
def test_a_file_of_pins_is_its_own_lock(line: str, hashed: bool, tmp_path: Path) -> None:
    lock = lock_of(read(tmp_path, f"{line}\n"))
    assert (lock.path, lock.format, lock.state) == (
        "requirements.txt",
        "requirements",
        LockState.FRESH if hashed else LockState.PINNED,
    )
    assert lock.hashed is hashed
    assert lock.distributions[0].origin == Origin(path="requirements.txt", line=1)


@pytest.mark.parametrize(
    "line", ["flask", "flask>=3", "flask==3.*", "flask @ git+https://github.com/pallets/flask@main"]
)
def test_a_file_with_choices_left_is_no_lock(line: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"click==8.1.8\n{line}\n").lock is None


def test_an_empty_file_asks_for_nothing(tmp_path: Path) -> None:
    finding = read(tmp_path, "")
    assert finding.manifest.requirements == ()
    assert lock_of(finding).because == ("requirements.txt asks for nothing",)


def test_files_of_development_and_tests_are_groups(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        {
            "requirements.txt": "flask==3.1.0\n",
            "requirements-dev.txt": "-r requirements.txt\nruff\n",
            "requirements/test.txt": "pytest\n",
        },
    )
    groups = {(wish.name, wish.group) for wish in finding.manifest.requirements}
    assert groups == {("flask", "main"), ("ruff", "dev"), ("pytest", "test")}
    assert finding.manifest.groups == ("dev", "test")
    assert finding.manifest.group_files == (
        ("dev", "requirements-dev.txt"),
        ("test", "requirements/test.txt"),
    )
    assert finding.manifest.also_read == ()
