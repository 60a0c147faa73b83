"""Projects without a lock: pyproject.toml, setup.cfg, and setup.py, which is read and never run."""

from pathlib import Path

import pytest
from dockwright.detect.managers import setuptools
from dockwright.detect.tree import ProjectTree
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import Distribution, ManagerFinding


def write(root: Path, files: dict[str, str]) -> ProjectTree:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return ProjectTree(root)


def finding_in(root: Path, files: dict[str, str]) -> ManagerFinding:
    found = setuptools.find(write(root, files))
    assert found is not None
    return found


def distribution_of(found: ManagerFinding) -> Distribution:
    assert found.manifest.distribution is not None
    return found.manifest.distribution


def wishes(found: ManagerFinding) -> list[tuple[str, str, str]]:
    return [
        (wish.name + wish.specifier, wish.group, str(wish.origin))
        for wish in found.manifest.requirements
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": "[tool.ruff]\n"},
        {"pyproject.toml": '[project]\nname = "shop"\n[tool.uv]\npackage = false\n'},
        {"pyproject.toml": '[project]\nname = "shop"\n[tool.pdm]\ndistribution = false\n'},
        {"pyproject.toml": '[tool.poetry]\nname = "shop"\n'},
        {"pyproject.toml": '[project]\nname = "shop"\n', "uv.lock": "version = 1\n"},
        {"pyproject.toml": '[project]\nname = "shop"\n', "pylock.toml": 'lock-version = "1.0"\n'},
        {"setup.cfg": "[flake8]\nmax-line-length = 100\n[metadata]\nlicense_files = LICENSE\n"},
        {"setup.py": "def setup(bot):\n    bot.add(1)\n\nsetup(None)\n"},
        {"setup.py": "print 'Python 2'\n"},
    ],
    ids=[
        "nothing",
        "tools",
        "uv",
        "pdm",
        "poetry",
        "uv.lock",
        "pylock",
        "cfg-of-tools",
        "a-module",
        "python-2",
    ],
)
def test_what_is_left_to_others(files: dict[str, str], tmp_path: Path) -> None:
    assert setuptools.find(write(tmp_path, files)) is None


def test_a_bare_project_of_any_back_end(tmp_path: Path) -> None:
    found = finding_in(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask>=3"]\n'
            '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        },
    )
    assert found.lock is None
    assert wishes(found) == [("flask>=3", "main", "pyproject.toml:4 (project.dependencies)")]
    assert (distribution_of(found).build_backend, distribution_of(found).installable) == (
        "flit_core.buildapi",
        True,
    )


def test_dynamic_dependencies_that_no_file_names_are_told(tmp_path: Path) -> None:
    found = finding_in(
        tmp_path, {"pyproject.toml": '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'}
    )
    assert [notice.code for notice in found.notices] == ["dynamic-dependencies"]


def test_dynamic_dependencies_from_a_file_are_read(tmp_path: Path) -> None:
    found = finding_in(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'
            '[tool.setuptools.dynamic]\ndependencies = { file = "requirements.txt" }\n',
            "requirements.txt": "flask==3.0\n",
        },
    )
    assert wishes(found) == [("flask==3.0", "main", "requirements.txt:1")]
    assert (found.notices, found.manifest.also_read) == ((), ("requirements.txt",))


CFG = """\
[metadata]
name = shop
version = attr: shop.__version__
description = A shop
license-file = LICENSE

[options]
package_dir =
    = src
packages = find:
setup_requires = setuptools_scm
install_requires =
    flask>=3
    # a comment
    tomli; python_version < "3.11"

[options.extras_require]
Post_Gres =
    psycopg

[options.entry_points]
console_scripts =
    shop = shop.cli:main
"""


def test_setup_cfg(tmp_path: Path) -> None:
    found = finding_in(
        tmp_path,
        {
            "setup.cfg": CFG,
            "setup.py": "import setuptools\nsetuptools.setup()\n",
            "src/shop/__init__.py": "",
        },
    )
    assert found.manifest.path == "setup.cfg"
    assert wishes(found) == [
        ("flask>=3", "main", "setup.cfg:13 (install_requires)"),
        ("tomli", "main", "setup.cfg:15 (install_requires)"),
        ("psycopg", "extra:post-gres", "setup.cfg:19 (post_gres)"),
    ]
    own = distribution_of(found)
    assert (own.name, own.version, own.version_from_scm, own.packages) == (
        "shop",
        "",
        "setuptools-scm",
        ("src/shop",),
    )
    assert [(script.name, script.target) for script in own.scripts] == [("shop", "shop.cli:main")]
    assert found.manifest.also_read == ("setup.py",)


def test_the_module_that_versioneer_writes_is_found_in_setup_cfg(tmp_path: Path) -> None:
    text = "[metadata]\nname = shop\n\n[versioneer]\nVCS = git\nversionfile_source = src/shop/_version.py\ntag_prefix =\n"
    own = distribution_of(
        finding_in(
            tmp_path, {"setup.cfg": text, "setup.py": "import setuptools\nsetuptools.setup()\n"}
        )
    )
    assert (own.version_from_scm, own.version_file) == ("versioneer", "src/shop/_version.py")


def test_a_setup_cfg_that_does_not_parse(tmp_path: Path) -> None:
    with pytest.raises(SyntaxFault) as caught:
        finding_in(tmp_path, {"setup.cfg": "[metadata]\nname = shop\nthis is no option\n"})
    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("setup.cfg", 3)


PY = """\
from setuptools import find_packages, setup

NAME = "shop"
REQUIRES = [
    "flask>=3",
    "redis",
]

raise SystemExit("this file is never run")

setup(
    name=NAME,
    version="1.2",
    package_dir={"": "src"},
    packages=find_packages("src"),
    install_requires=REQUIRES,
    extras_require={"pg": ["psycopg"], ":python_version<'3.11'": ["tomli"]},
    entry_points={"console_scripts": ["shop = shop.cli:main"]},
)
"""


def test_setup_py_is_read_and_not_run(tmp_path: Path) -> None:
    found = finding_in(tmp_path, {"setup.py": PY, "src/shop/__init__.py": ""})
    assert found.manifest.path == "setup.py"
    assert sorted(wishes(found)) == [
        ("flask>=3", "main", "setup.py:5 (install_requires)"),
        ("psycopg", "extra:pg", "setup.py:17 (extras_require)"),
        ("redis", "main", "setup.py:6 (install_requires)"),
        ("tomli", "main", "setup.py:17 (extras_require)"),
    ]
    own = distribution_of(found)
    assert (own.name, own.version, own.packages) == ("shop", "1.2", ("src/shop",))
    assert found.manifest.extras == ("pg",)
    assert [(script.name, script.target) for script in own.scripts] == [("shop", "shop.cli:main")]


def test_requirements_that_setup_py_reads_from_a_file(tmp_path: Path) -> None:
    script = (
        "from setuptools import setup\n"
        "def read(path):\n    return open(path).read().splitlines()\n"
        'setup(name="shop", install_requires=read("requirements.txt"))\n'
    )
    found = finding_in(
        tmp_path,
        {"setup.py": script, "requirements.txt": "flask==3.0 --hash=sha256:00\n-r more.txt\n"},
    )
    assert wishes(found) == [("flask==3.0", "main", "requirements.txt:1")]
    assert found.manifest.also_read == ("requirements.txt",)


def test_requirements_that_setup_py_computes_are_told(tmp_path: Path) -> None:
    script = 'from setuptools import setup\nsetup(name="shop", install_requires=compute())\n'
    found = finding_in(tmp_path, {"setup.py": script})
    assert [notice.code for notice in found.notices] == ["dynamic-dependencies"]
