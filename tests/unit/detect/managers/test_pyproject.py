"""[project], [dependency-groups] and [build-system] of pyproject.toml."""

from pathlib import Path

import pytest
from dockwright.detect.managers.pyproject import ProjectTable, read_project_table
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError, SyntaxFault
from dockwright.model.origin import Origin


def table(root: Path, text: str, files: dict[str, str] | None = None) -> ProjectTable:
    for name, content in {"pyproject.toml": text, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    found = read_project_table(ProjectTree(root))
    assert found is not None
    return found


def test_without_the_file_there_is_no_table(tmp_path: Path) -> None:
    assert read_project_table(ProjectTree(tmp_path)) is None


def test_a_file_of_tools_only_declares_no_project(tmp_path: Path) -> None:
    found = table(tmp_path, "[tool.ruff]\nline-length = 100\n")
    assert not found.declared
    assert found.distribution() is None


def test_requirements_have_their_group_and_their_own_line(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """\
[project]
name = "shop"
dependencies = [
    "Flask[async]>=3",  # the web
    "tomli; python_version < '3.11'",
]

[project.optional-dependencies]
"Post_Gres" = ["psycopg[binary]"]

[dependency-groups]
dev = ["pytest", {include-group = "Lint"}]
lint = ["ruff>=0.5"]
""",
    )
    assert [(wish.name, wish.group, wish.origin.line) for wish in found.all_requirements] == [
        ("flask", "main", 4),
        ("tomli", "main", 5),
        ("psycopg", "extra:post-gres", 9),
        ("pytest", "dev", 12),
        ("ruff", "dev", 13),
        ("ruff", "lint", 13),
    ]
    assert found.extras == ("post-gres",)
    assert found.groups == ("dev", "lint")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (
            'a = [{include-group = "b"}]\nb = [{include-group = "a"}]',
            "Cyclic dependency group include",
        ),
        ('a = [{include-group = "a"}]', "a includes itself"),
        (
            'a = [{include-group = "missing"}]',
            "`a` cannot be read: Dependency group 'missing' not found",
        ),
        ('a = [{include = "b"}]', "Invalid dependency group item"),
        ("a = [1]", "Invalid dependency group item"),
        ('a = "pytest"', "must be an array of strings"),
        ("dev = []\nDev = []", "Duplicate dependency group names"),
    ],
)
def test_groups_that_cannot_be_expanded(groups: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=said) as caught:
        table(tmp_path, f"[dependency-groups]\n{groups}\n")
    assert caught.value.origin is not None
    assert caught.value.origin.path == "pyproject.toml"
    assert caught.value.origin.line is not None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('project = "shop"', "project"),
        ("[project]\nname = 1", "project.name"),
        ('[project]\ndependencies = "flask"', "project.dependencies"),
        ("[project]\ndependencies = [1]", "project.dependencies"),
        ("[project]\noptional-dependencies = []", "project.optional-dependencies"),
        ('[build-system]\nrequires = "hatchling"', "build-system.requires"),
        ("[project.scripts]\nshop = 1", "project.scripts.shop"),
        ("[[project]]\nname = 'shop'", "project"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_its_key(
    text: str, key: str, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError, match=f"`{key}` must be") as caught:
        table(tmp_path, text)
    assert caught.value.origin is not None
    assert caught.value.origin.line is not None


def test_a_requirement_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SyntaxFault) as caught:
        table(tmp_path, '[project]\ndependencies = [\n    "flask",\n    "not a requirement",\n]\n')
    assert caught.value.origin == Origin(path="pyproject.toml", line=4, key="project.dependencies")


def test_the_files_that_a_build_reads(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """\
[project]
name = "shop"
dynamic = ["version", "dependencies", "optional-dependencies"]
readme = { file = "docs/about.md", content-type = "text/markdown" }
license-files = ["LICEN[CS]E*"]

[tool.setuptools.dynamic]
version = { file = "VERSION" }
dependencies = { file = ["requirements.in"] }
optional-dependencies.pg = { file = ["pg.in"] }
""",
        {
            "VERSION": "1",
            "requirements.in": "flask>=3  # the web\n# nothing\n-r other.txt\n",
            "pg.in": "psycopg\n",
            "LICENSE": "",
            "docs/about.md": "",
            "MANIFEST.in": "",
        },
    )
    assert (found.own.readme, found.own.license_files) == ("docs/about.md", ("LICENSE",))
    assert found.build_reads == ("MANIFEST.in", "VERSION", "pg.in", "requirements.in")
    assert [(wish.name, wish.group, str(wish.origin)) for wish in found.requirements] == [
        ("flask", "main", "requirements.in:1"),
        ("psycopg", "extra:pg", "pg.in:1"),
    ]


def test_the_files_of_hatch_hooks_are_read_by_a_build(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """\
[project]
name = "shop"
dynamic = ["version", "readme"]

[tool.hatch.version]
path = "shop/about.py"

[tool.hatch.build.hooks.custom]

[tool.hatch.metadata.hooks.fancy-pypi-readme]
fragments = [{ path = "README.md" }, { text = "more" }]
""",
        {"shop/about.py": "", "hatch_build.py": "", "README.md": ""},
    )
    assert found.build_reads == ("README.md", "hatch_build.py", "shop/about.py")


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ('[build-system]\nrequires = ["setuptools_scm[toml]>=8"]', "setuptools-scm"),
        (
            '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n[tool.hatch.version]\nsource = "vcs"',
            "hatch-vcs",
        ),
        (
            '[build-system]\nrequires = ["pdm-backend"]\n[tool.pdm.version]\nsource = "scm"',
            "pdm-backend",
        ),
        ("[tool.poetry-dynamic-versioning]\nenable = true", "poetry-dynamic-versioning"),
        (
            '[build-system]\nrequires = ["hatchling", "uv-dynamic-versioning"]',
            "uv-dynamic-versioning",
        ),
        ('[build-system]\nrequires = ["setuptools", "versioneer"]', "versioneer"),
        ('[build-system]\nrequires = ["hatchling"]\n[tool.hatch.version]\npath = "shop.py"', ""),
        (
            '[build-system]\nrequires = ["setuptools"]\n[tool.setuptools.dynamic]\nversion = { attr = "shop.v" }',
            "",
        ),
    ],
)
def test_a_version_from_version_control_is_recognised(text: str, tool: str, tmp_path: Path) -> None:
    found = table(tmp_path, f'[project]\nname = "shop"\ndynamic = ["version"]\n{text}\n')
    assert found.own.version_from_scm == tool


def test_the_module_that_versioneer_writes_is_found_where_versioneer_is_vendored(
    tmp_path: Path,
) -> None:
    text = '[project]\nname = "shop"\ndynamic = ["version"]\n[tool.versioneer]\nversionfile_source = "shop/_version.py"\n'
    found = table(tmp_path, text)
    assert (found.own.version_from_scm, found.own.version_file) == (
        "versioneer",
        "shop/_version.py",
    )


def test_a_static_version_does_not_come_from_version_control(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "shop"\nversion = "1"\n[build-system]\nrequires = ["setuptools-scm"]\n'
    )
    assert table(tmp_path, text).own.version_from_scm == ""


@pytest.mark.parametrize(
    ("files", "packages"),
    [
        (["src/my_shop/__init__.py"], ("src/my_shop",)),
        (["my_shop/__init__.py"], ("my_shop",)),
        (["my_shop.py"], ("my_shop.py",)),
        (["backend/__init__.py", "tests/__init__.py"], ("backend",)),
        (["main.py"], ()),
    ],
    ids=["src", "flat", "module", "other-name", "script"],
)
def test_the_projects_own_packages(
    files: list[str], packages: tuple[str, ...], tmp_path: Path
) -> None:
    found = table(tmp_path, '[project]\nname = "My.Shop"\n', dict.fromkeys(files, ""))
    assert found.own.packages == packages


def test_a_project_with_a_build_system_is_installable(tmp_path: Path) -> None:
    text = '[project]\nname = "shop"\nscripts = { shop = "shop:main" }\n[build-system]\nrequires = ["hatchling"]\n'
    distribution = table(tmp_path, text).distribution()
    assert distribution is not None
    assert distribution.installable
    assert distribution.build_backend == "setuptools.build_meta:__legacy__"
    assert [(script.name, script.target) for script in distribution.scripts] == [
        ("shop", "shop:main")
    ]


def test_a_project_without_one_is_not(tmp_path: Path) -> None:
    distribution = table(tmp_path, '[project]\nname = "shop"\n').distribution()
    assert distribution is not None
    assert not distribution.installable
