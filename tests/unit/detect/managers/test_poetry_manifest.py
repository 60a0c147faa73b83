"""pyproject.toml as Poetry reads it."""

from pathlib import Path

import pytest
from dockwright.detect.managers import poetry
from dockwright.errors import ManifestError
from dockwright.model.dependencies import SourceKind
from dockwright.model.origin import Origin
from support.poetry import POETRY_1, distribution_of, read, wishes
from support.poetry import find_poetry as find
from support.trees import tree_of


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[tool.ruff]\n"},
        {
            "pyproject.toml": '[project]\nname = "x"\n\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        },
        {
            "pyproject.toml": '[project]\nname = "x"\n\n[tool.poetry]\npackages = [{include = "x"}]\n',
            "uv.lock": "",
        },
        {
            "pyproject.toml": '[project]\nname = "x"\n[build-system]\nrequires = ["poetry-core"]\n'
            'build-backend = "poetry.core.masonry.api"\n[tool.uv]\n'
        },
        {"requirements.txt": "poetry\n"},
    ],
    ids=[
        "tools only",
        "another back end",
        "poetry-core under uv",
        "poetry-core with tool.uv",
        "no pyproject.toml",
    ],
)
def test_a_project_of_somebody_else_is_not_poetrys(
    files: dict[str, str | bytes], tmp_path: Path
) -> None:
    assert poetry.find(tree_of(tmp_path, files)) is None


def test_poetry_core_as_the_only_sign_is_enough(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n\n[build-system]\n'
        'requires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n',
    )
    assert finding.lock is None
    assert wishes(finding)["flask"].group == "main"


def test_every_form_of_an_entry(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        POETRY_1
        + """\
Flask = {version = "^3.0", extras = ["async"]}
uvloop = {version = "*", markers = "platform_machine == 'x86_64'", python = "<3.13", platform = "linux"}
git = {git = "git@github.com:example/git.git", tag = "v1", subdirectory = "lib"}
branch = {git = "https://token@github.com/example/branch.git", branch = "main", develop = true}
local = {path = "libs/local", develop = true}
outside = {path = "../outside"}
wheel = {url = "https://example.org/wheel-1-py3-none-any.whl"}
numpy = [
    {version = "<2", python = "<3.12"},
    {version = ">=2", python = ">=3.12"},
]
yaml = {version = ">=6", optional = true}
unused = {version = "*", optional = true}

[tool.poetry.extras]
yaml = ["yaml"]
all = ["yaml"]
""",
    )
    found = wishes(finding)
    assert (found["flask"].specifier, found["flask"].extras) == (">=3.0,<4.0", ("async",))
    assert found["flask"].origin == Origin(
        path="pyproject.toml", line=7, key="tool.poetry.dependencies.Flask"
    )
    marker = 'platform_machine == "x86_64" and python_version < "3.13" and sys_platform == "linux"'
    assert found["uvloop"].marker == marker
    assert found["git"].reference == "git+ssh://git@github.com/example/git.git@v1#subdirectory=lib"
    assert found["branch"].reference == "git+https://github.com/example/branch.git@main"
    assert (found["branch"].editable, found["local"].editable) == (True, True)
    assert found["wheel"].source is SourceKind.URL
    numpy = [
        (w.specifier, w.marker, w.origin.line)
        for w in finding.manifest.requirements
        if w.name == "numpy"
    ]
    assert numpy == [("<2", 'python_version < "3.12"', 15), (">=2", 'python_version >= "3.12"', 16)]
    assert [w.group for w in finding.manifest.requirements if w.name == "yaml"] == [
        "extra:yaml",
        "extra:all",
    ]
    assert "unused" not in found
    assert "python" not in found
    assert finding.manifest.extras == ("yaml", "all")
    assert finding.manifest.also_read == ("libs/local",)
    assert finding.manifest.outside_root == ("../outside",)


def test_groups_optional_ones_includes_and_the_legacy_table(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        POETRY_1
        + """\
[tool.poetry.dev-dependencies]
pytest = "*"

[tool.poetry.group.Lint.dependencies]
ruff = "*"

[tool.poetry.group.ci]
include-groups = ["lint"]

[tool.poetry.group.docs]
optional = true

[tool.poetry.group.docs.dependencies]
sphinx = "*"
""",
    )
    groups = {(wish.name, wish.group) for wish in finding.manifest.requirements}
    assert groups == {("pytest", "dev"), ("ruff", "lint"), ("ruff", "ci"), ("sphinx", "docs")}
    assert set(finding.manifest.groups) == {"dev", "lint", "ci", "docs"}
    assert set(finding.manifest.default_groups) == {"dev", "lint", "ci"}


def test_the_project_table_rules_and_poetrys_table_adds_the_source(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["local", "flask>=3"]

[project.optional-dependencies]
pgsql = ["psycopg[binary]>=3"]

[dependency-groups]
dev = ["pytest", "tools"]

[tool.poetry]
requires-poetry = ">=2.1"

[tool.poetry.dependencies]
local = {path = "libs/local", develop = true}
not-asked-for = "*"

[tool.poetry.group.dev.dependencies]
tools = {git = "https://github.com/example/tools.git"}
""",
    )
    found = wishes(finding)
    assert (found["local"].source, found["local"].reference, found["local"].editable) == (
        SourceKind.PATH,
        "libs/local",
        True,
    )
    assert found["flask"].specifier == ">=3"
    assert (found["psycopg"].group, found["psycopg"].extras) == ("extra:pgsql", ("binary",))
    assert found["tools"].source is SourceKind.GIT
    assert "not-asked-for" not in found
    tool = finding.manifest.tool_requirement
    assert tool is not None
    assert (tool.value, tool.origin.line) == (">=2.1", 14)


def test_dynamic_dependencies_come_from_poetrys_table(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        '[project]\nname = "shop"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[project.optional-dependencies]\nextra = ["redis"]\n[tool.poetry.dependencies]\nflask = "^3.0"\n',
    )
    assert {wish.name: wish.group for wish in finding.manifest.requirements} == {
        "redis": "extra:extra",
        "flask": "main",
    }


def test_sources_with_their_priority_and_who_needs_credentials(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        {
            "pyproject.toml": POETRY_1
            + """\
[[tool.poetry.source]]
name = "PyPI"
priority = "primary"

[[tool.poetry.source]]
name = "private"
url = "https://packages.example.org/simple"
priority = "supplemental"

[[tool.poetry.source]]
name = "torch"
url = "https://me:secret@download.example.org/whl/cpu"
priority = "explicit"
""",
            "poetry.toml": '[http-basic.private]\nusername = "me"\npassword = "hidden"\n',
        },
    )
    pypi, private, torch = finding.manifest.indexes
    assert pypi.url == "https://pypi.org/simple"
    assert (private.needs_credentials, private.explicit, private.origin.line) == (True, False, 11)
    assert (torch.url, torch.explicit) == ("https://download.example.org/whl/cpu", True)
    assert [one.code for one in finding.notices] == ["credentials-in-manifest"]
    assert "secret" not in repr(finding)
    assert "hidden" not in repr(finding)


def test_the_project_itself_as_a_distribution(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        {
            "pyproject.toml": '[tool.poetry]\nname = "My.Shop"\nversion = "1.2"\ndescription = "Sells"\nlicense = "MIT"\n'
            'readme = ["README.md", "MORE.md"]\npackages = [{include = "shop", from = "src"}]\n\n'
            '[tool.poetry.scripts]\nshop = "shop.cli:main"\nold = {reference = "shop.old:main", type = "console"}\n'
            'raw = {reference = "bin/raw.sh", type = "file"}\n',
            "src/shop/__init__.py": "",
        },
    )
    shop = distribution_of(finding)
    assert (shop.name, shop.version, shop.description, shop.license) == (
        "My.Shop",
        "1.2",
        "Sells",
        "MIT",
    )
    assert (shop.readme, shop.packages, shop.installable) == ("README.md", ("src/shop",), True)
    assert shop.build_backend == "poetry.core.masonry.api"
    assert [(script.name, script.target) for script in shop.scripts] == [
        ("shop", "shop.cli:main"),
        ("old", "shop.old:main"),
    ]


@pytest.mark.parametrize(
    ("pyproject", "files", "installable"),
    [
        (POETRY_1, {"shop/__init__.py": ""}, True),
        (POETRY_1, {"src/shop/__init__.py": ""}, True),
        (POETRY_1, {"shop.py": ""}, True),
        (POETRY_1, {"main.py": ""}, False),
        (
            POETRY_1.replace("[tool.poetry]\n", "[tool.poetry]\npackage-mode = false\n"),
            {"shop/__init__.py": ""},
            False,
        ),
    ],
    ids=["package", "src", "module", "no package", "package-mode off"],
)
def test_a_project_is_installable_where_there_is_something_to_install(
    pyproject: str,
    files: dict[str, str | bytes],
    installable: bool,
    tmp_path: Path,
) -> None:
    assert (
        distribution_of(find(tmp_path, {"pyproject.toml": pyproject, **files})).installable
        is installable
    )


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ('flask = "latest"', 7),
        ("flask = 3", 7),
        ('flask = {version = "one"}', 7),
        ('flask = [{version = "^1"}, 2]', 7),
    ],
)
def test_an_entry_that_poetry_cannot_read_is_an_error_with_its_line(
    entry: str, line: int, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError) as caught:
        poetry.find(tree_of(tmp_path, {"pyproject.toml": f"{POETRY_1}{entry}\n"}))
    assert caught.value.origin is not None
    assert caught.value.origin.line == line
    assert "poetry check" in caught.value.text()


def test_a_table_of_another_type_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        poetry.find(
            tree_of(
                tmp_path,
                {"pyproject.toml": '[tool.poetry]\nname = "x"\ndependencies = ["flask"]\n'},
            )
        )


PLUGINS = POETRY_1 + "\n[tool.poetry.requires-plugins]\n"


def test_the_plugins_that_poetry_must_have(tmp_path: Path) -> None:
    finding = read(
        tmp_path,
        PLUGINS
        + """\
Poetry_Plugin-Export = "^1.8"
poetry-dynamic-versioning = {version = ">=1.0.0,<2.0.0", extras = ["plugin"]}
any = "*"
old = {version = "~1.2", python = "<3.12"}
two = [{version = "<2", platform = "win32"}, {version = ">=2", platform = "linux"}]
own = {path = "plugins/own"}
fork = {git = "https://github.com/example/fork.git"}
""",
    )
    assert finding.manifest.tool_plugins == (
        "poetry-plugin-export<2.0,>=1.8",
        "poetry-dynamic-versioning[plugin]<2.0.0,>=1.0.0",
        "any",
        'old<1.3,>=1.2 ; python_version < "3.12"',
        'two<2 ; sys_platform == "win32"',
        'two>=2 ; sys_platform == "linux"',
    )
    assert not finding.manifest.requirements


@pytest.mark.parametrize(
    "entry",
    ['up = "latest"', 'up = {version = "1", markers = "python_version"}', '"up date" = "*"'],
)
def test_a_plugin_that_poetry_cannot_read_is_an_error_with_its_line(
    entry: str, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError) as caught:
        read(tmp_path, f"{PLUGINS}{entry}\n")
    assert caught.value.origin is not None
    assert caught.value.origin.line == 9
