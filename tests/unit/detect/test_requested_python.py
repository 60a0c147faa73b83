"""Every place and every spelling in which a project names its Python."""

from pathlib import Path

import pytest
from dockwright.detect.python_files import is_specifier, pinned, read_spelled
from dockwright.detect.requested_python import constrained, find_requested_pythons, ranged
from dockwright.detect.tree import ProjectTree
from dockwright.errors import SyntaxFault, UnreadableError
from dockwright.model.dependencies import Lock, LockState, Manager, ManagerFinding, Manifest
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import RequestedPython
from hypothesis import given
from hypothesis import strategies as st


def found_in(
    root: Path, files: dict[str, str], *locks: tuple[Manager, str], members: tuple[str, ...] = ()
) -> tuple[tuple[RequestedPython, ...], tuple[Notice, ...]]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    managers = tuple(
        ManagerFinding(
            manager=manager,
            manifest=Manifest(path="pyproject.toml"),
            lock=Lock(
                path=lock,
                format="",
                state=LockState.FRESH,
                requires_python=RANGES.get(files.get(lock, ""), ""),
            ),
            workspace_members=members,
        )
        for manager, lock in locks
    )
    return find_requested_pythons(ProjectTree(root), managers)


def one(root: Path, files: dict[str, str], *locks: tuple[Manager, str]) -> RequestedPython:
    (wish,), notices = found_in(root, files, *locks)
    assert notices == ()
    return wish


def codes(notices: tuple[Notice, ...]) -> list[str]:
    return [notice.code for notice in notices]


@pytest.mark.parametrize(
    ("text", "specifier", "exact"),
    [
        pytest.param("3.12\n", "==3.12.*", "3.12", id="minor"),
        pytest.param("3.11.4", "==3.11.4", "3.11.4", id="patch without a newline"),
        pytest.param("3.12.1\r\n", "==3.12.1", "3.12.1", id="CRLF"),
        pytest.param(
            "# why\n\n  3.11.11  # and here\n",
            "==3.11.11",
            "3.11.11",
            id="comments and blank lines",
        ),
        pytest.param("latest\n", "", "", id="latest"),
        pytest.param("3\n", ">=3,<4", "", id="major only"),
        pytest.param("3.x\n", ">=3,<4", "", id="x for the minor"),
        pytest.param("3.10.x\n", "==3.10.*", "3.10", id="x for the patch"),
        pytest.param("python-3.11.4\n", "==3.11.4", "3.11.4", id="python in front"),
        pytest.param(
            "cpython-3.12.3-linux-x86_64-gnu\n", "==3.12.3", "3.12.3", id="uv's full name"
        ),
        pytest.param("cpython@3.12\n", "==3.12.*", "3.12", id="uv's short name"),
        pytest.param("cp312\n", "==3.12.*", "3.12", id="tag of an interpreter"),
        pytest.param(
            "3.11.4/envs/shop\n",
            "==3.11.4",
            "3.11.4",
            id="virtual environment of pyenv with its version",
        ),
        pytest.param(">=3.11,<3.13\n", ">=3.11,<3.13", "", id="specifier"),
        pytest.param(">= 3.11, < 3.13\n", ">=3.11,<3.13", "", id="specifier with blanks"),
        pytest.param("v3.12\n", "==3.12.*", "3.12", id="v in front"),
        pytest.param("3.99\n", "==3.99.*", "3.99", id="a release that does not exist is passed on"),
    ],
)
def test_python_version_file(tmp_path: Path, text: str, specifier: str, exact: str) -> None:
    wish = one(tmp_path, {".python-version": text})
    assert (wish.specifier, wish.exact, wish.strength) == (specifier, exact, "pin")
    assert wish.origin.path == ".python-version"


def test_the_line_of_a_version_is_that_in_the_file(tmp_path: Path) -> None:
    assert one(tmp_path, {".python-version": "# one\n\n3.12\n"}).origin == Origin(
        path=".python-version", line=3
    )


@pytest.mark.parametrize(
    ("text", "code", "specifier"),
    [
        pytest.param("", "python-version-empty", None, id="empty"),
        pytest.param("# nothing\n\n", "python-version-empty", None, id="only comments"),
        pytest.param(
            "shop-env\n", "python-version-ignored", None, id="virtual environment of pyenv"
        ),
        pytest.param("system\n", "python-version-ignored", None, id="system"),
        pytest.param(">=three\n", "python-version-ignored", None, id="no specifier"),
        pytest.param("3.12.0\x1b\n", "python-version-ignored", None, id="control character"),
        pytest.param(
            "three point twelve\n", "python-version-ignored", None, id="several words in one notice"
        ),
        pytest.param("3.12\n2.7\n", "python-version-several", "==3.12.*", id="several lines"),
        pytest.param(
            "3.12.1 3.11.9\n", "python-version-several", "==3.12.1", id="several on one line"
        ),
        pytest.param("pypy3.10-7.3.12\n", "python-implementation", "==3.10.*", id="PyPy"),
        pytest.param("pypy@3.11\n", "python-implementation", "==3.11.*", id="PyPy as uv spells it"),
        pytest.param("graalpy-24.1\n", "python-version-ignored", None, id="GraalPy"),
        pytest.param("miniconda3-3.11-24.1.2-0\n", "python-version-ignored", None, id="conda"),
        pytest.param("3.13t\n", "python-free-threaded", "==3.13.*", id="free-threaded"),
        pytest.param(
            "3.14+freethreaded\n",
            "python-free-threaded",
            "==3.14.*",
            id="free-threaded as uv spells it",
        ),
    ],
)
def test_peculiar_python_version_file(
    tmp_path: Path, text: str, code: str, specifier: str | None
) -> None:
    wishes, notices = found_in(tmp_path, {".python-version": text})
    assert codes(notices) == [code]
    assert [wish.specifier for wish in wishes] == ([] if specifier is None else [specifier])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[env]\nPYTHON_BUILD_FREE_THREADING = 1\n", ["python-free-threaded"]),
        ('[settings]\npython.precompiled_flavor = "freethreaded+pgo"\n', ["python-free-threaded"]),
        ("[env]\nPYTHON_BUILD_FREE_THREADING = 0\n", []),
        ("[env]\nLEVEL = 1\n", []),
    ],
)
def test_mise_may_ask_for_another_build(tmp_path: Path, text: str, said: list[str]) -> None:
    _, notices = found_in(tmp_path, {"mise.toml": f'{text}[tools]\npython = "3.13"\n'})
    assert codes(notices) == said


def test_words_that_are_no_version_are_shown_readably(tmp_path: Path) -> None:
    _, (notice,) = found_in(tmp_path, {".python-version": "3.12.0\x1b" + "x" * 100})
    assert "\x1b" not in notice.text
    assert len(notice.text) < 120


def test_python_version_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".python-version").write_bytes(b"\x80\x81\n")
    with pytest.raises(UnreadableError, match="not text"):
        found_in(tmp_path, {})


@pytest.mark.parametrize(
    ("path", "text", "specifier"),
    [
        pytest.param(
            ".tool-versions", "nodejs 24\npython 3.11.9 # pinned\n", "==3.11.9", id="tool-versions"
        ),
        pytest.param("mise.toml", '[tools]\npython = "3.10"\n', "==3.10.*", id="mise"),
        pytest.param(".mise.toml", "[tools]\npython = 3.12\n", "==3.12.*", id="mise with a number"),
        pytest.param(
            "mise.toml",
            '[tools]\npython = { version = "3.11" }\n',
            "==3.11.*",
            id="mise with a table",
        ),
        pytest.param(
            ".config/mise.toml",
            '[tools]\n"core:python" = "3.13"\n',
            "==3.13.*",
            id="mise with a back end",
        ),
        pytest.param("mise.toml", '[tools]\npython = "latest"\n', "", id="mise latest"),
        pytest.param("runtime.txt", "python-3.10.x\n", "==3.10.*", id="runtime with x"),
        pytest.param("runtime.txt", "python-3.11.9", "==3.11.9", id="runtime without a newline"),
        pytest.param("runtime.txt", "3.8\n", "==3.8.*", id="runtime without python"),
        pytest.param("runtime.txt", "python-3\n", ">=3,<4", id="runtime with the major version"),
        pytest.param("runtime.txt", "python-2.7\n", "==2.7.*", id="runtime with Python 2"),
    ],
)
def test_files_of_other_tools_are_hints(
    tmp_path: Path, path: str, text: str, specifier: str
) -> None:
    wish = one(tmp_path, {path: text})
    assert (wish.specifier, wish.strength, wish.origin.path) == (specifier, "hint", path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(".tool-versions", "terraform 0.13.1", id="tool-versions of something else"),
        pytest.param("mise.toml", '[tools]\nnode = "24"\n', id="mise of something else"),
        pytest.param("runtime.txt", "r-3.6-2019-07-03\n", id="R's runtime"),
        pytest.param(
            "setup.cfg", "[flake8]\nmax-line-length = 120\n", id="setup.cfg without options"
        ),
        pytest.param("setup.py", "import re\n", id="setup.py without a range"),
        pytest.param("setup.py", "print 'python_requires'\n", id="setup.py of Python 2"),
        pytest.param("Pipfile", '[packages]\nflask = "*"\n', id="Pipfile without requires"),
        pytest.param("pyproject.toml", "[tool.black]\n", id="pyproject without a project"),
    ],
)
def test_files_that_say_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert found_in(tmp_path, {path: text}) == ((), ())


def test_several_versions_in_mise(tmp_path: Path) -> None:
    (wish,), notices = found_in(tmp_path, {"mise.toml": '[tools]\npython = ["3.12", "3.11"]\n'})
    assert wish.specifier == "==3.12.*"
    assert codes(notices) == ["python-version-several"]


@pytest.mark.parametrize(
    ("text", "specifier", "exact"),
    [
        pytest.param('python_version = "3.10"', "==3.10.*", "3.10", id="minor"),
        pytest.param(
            'python_version = "3.14.6"', "==3.14.6", "3.14.6", id="patch in python_version"
        ),
        pytest.param(
            'python_full_version = "3.13.2"\npython_version = "3.13"',
            "==3.13.2",
            "3.13.2",
            id="full version first",
        ),
        pytest.param('python_version = "3"', ">=3,<4", "", id="major"),
    ],
)
def test_pipfile(tmp_path: Path, text: str, specifier: str, exact: str) -> None:
    wish = one(tmp_path, {"Pipfile": f"[requires]\n{text}\n"})
    assert (wish.specifier, wish.exact, wish.strength, wish.manager) == (
        specifier,
        exact,
        "range",
        Manager.PIPENV,
    )
    assert wish.origin.line == 2


def test_full_version_that_is_not_full(tmp_path: Path) -> None:
    (wish,), notices = found_in(tmp_path, {"Pipfile": '[requires]\npython_full_version = "3.11"\n'})
    assert wish.specifier == "==3.11.*"
    assert codes(notices) == ["python-specifier-invalid"]


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        pytest.param(">=3.10,<3.14", ">=3.10,<3.14", id="range"),
        pytest.param("==3.11.4", "==3.11.4", id="patch"),
        pytest.param("==3.13.*", "==3.13.*", id="wildcard"),
        pytest.param(">=3.9,<=3.11", ">=3.9,<=3.11", id="upper bound"),
        pytest.param("~=3.12", "~=3.12", id="compatible"),
        pytest.param(">= 3.10, != 3.12.0", ">=3.10,!=3.12.0", id="blanks"),
        pytest.param(">=3.6.*", ">=3.6", id="wildcard behind an inequality"),
        pytest.param(">=3.8, <4.0,", ">=3.8,<4.0", id="comma at the end"),
    ],
)
def test_requires_python(tmp_path: Path, text: str, specifier: str) -> None:
    wish = one(
        tmp_path, {"pyproject.toml": f'[project]\nname = "shop"\nrequires-python = "{text}"\n'}
    )
    assert (wish.specifier, wish.spelled, wish.strength, wish.manager) == (
        specifier,
        text,
        "range",
        None,
    )
    assert wish.origin == Origin(path="pyproject.toml", line=3, key="project.requires-python")


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        pytest.param("3.11", ["==3.11.*"], id="no operator"),
        pytest.param("three", [], id="no version"),
        pytest.param("~=3", [], id="~= of one number"),
        pytest.param(">=3.x", [], id="x"),
        pytest.param(">=3.9 <4", [], id="no comma"),
    ],
)
def test_invalid_requires_python(tmp_path: Path, text: str, specifiers: list[str]) -> None:
    wishes, notices = found_in(
        tmp_path, {"pyproject.toml": f'[project]\nrequires-python = "{text}"\n'}
    )
    assert [wish.specifier for wish in wishes] == specifiers
    assert codes(notices) == ["python-specifier-invalid"]


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        pytest.param('"^3.13.2"', ">=3.13.2,<4.0", id="caret"),
        pytest.param('"~3.12.7"', ">=3.12.7,<3.13", id="tilde"),
        pytest.param('"3.9.2"', "==3.9.2", id="exact"),
        pytest.param('"*"', "", id="any"),
        pytest.param('"3.9.*"', "==3.9.*", id="wildcard"),
        pytest.param('">=3.12,<3.13"', ">=3.12,<3.13", id="range"),
        pytest.param('">=3.6.*"', ">=3.6", id="wildcard behind an inequality"),
        pytest.param('{ version = "^3.11" }', ">=3.11,<4.0", id="table"),
        pytest.param('"^2.7 || ^3.6"', ">=2.7,<3.0 || >=3.6,<4.0", id="alternatives"),
    ],
)
def test_poetry(tmp_path: Path, text: str, specifier: str) -> None:
    wish = one(tmp_path, {"pyproject.toml": f"[tool.poetry.dependencies]\npython = {text}\n"})
    assert (wish.specifier, wish.manager, wish.origin.line) == (specifier, Manager.POETRY, 2)


def test_invalid_constraint_of_poetry(tmp_path: Path) -> None:
    wishes, notices = found_in(
        tmp_path, {"pyproject.toml": '[tool.poetry.dependencies]\npython = "three"\n'}
    )
    assert wishes == ()
    assert codes(notices) == ["python-specifier-invalid"]


SETUP = 'from setuptools import setup\n\nsetup(\n    name="shop",\n    python_requires={},\n)\n'


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        pytest.param("setup.cfg", "[options]\npython_requires = >=3.9\n", 2, id="setup.cfg"),
        pytest.param(
            "setup.cfg", "[options]\npython-requires = >=3.9\n", 2, id="setup.cfg with a hyphen"
        ),
        pytest.param("setup.py", SETUP.format('">=3.9"'), 5, id="setup.py"),
    ],
)
def test_setuptools(tmp_path: Path, path: str, text: str, line: int) -> None:
    wish = one(tmp_path, {path: text})
    assert (wish.specifier, wish.strength) == (">=3.9", "range")
    assert wish.origin == Origin(path=path, line=line, key=wish.origin.key)


def test_a_computed_range_in_setup_py_is_not_guessed(tmp_path: Path) -> None:
    assert found_in(tmp_path, {"setup.py": SETUP.format("compute()")}) == ((), ())


def test_a_project_table_makes_setuptools_ignore_setup_cfg(tmp_path: Path) -> None:
    files = {
        "setup.cfg": "[options]\npython_requires = >=3.6\n",
        "pyproject.toml": '[project]\nname = "shop"\n',
    }
    assert found_in(tmp_path, files) == ((), ())


UV_LOCK = 'version = 1\nrevision = 3\nrequires-python = ">=3.14, <4.0"\n\n[[package]]\nname = "a"\n'
PDM_LOCK = '[metadata]\nlock_version = "4.5.0"\n\n[[metadata.targets]]\nrequires_python = ">=3.12"\n\n[[package]]\nname = "a"\nrequires_python = ">=3.8"\n'
POETRY_LOCK = '[[package]]\nname = "a"\npython-versions = ">=3.7"\n\n[metadata]\nlock-version = "2.0"\npython-versions = "^3.10"\n'
PIPFILE_LOCK = '{\n    "_meta": {\n        "requires": {\n            "python_version": "3.9"\n        }\n    },\n    "default": {}\n}\n'
PYLOCK = 'lock-version = "1.0"\nrequires-python = ">=3.13"\n\n[[packages]]\nname = "a"\n'


RANGES = {
    UV_LOCK: ">=3.14, <4.0",
    PDM_LOCK: ">=3.12",
    POETRY_LOCK: "^3.10",
    PIPFILE_LOCK: "==3.9.*",
    PYLOCK: ">=3.13",
}
"""What the managers' detectors read as the range of these locks."""


@pytest.mark.parametrize(
    ("manager", "path", "text", "specifier", "line"),
    [
        pytest.param(Manager.UV, "uv.lock", UV_LOCK, ">=3.14,<4.0", 3, id="uv"),
        pytest.param(Manager.PDM, "pdm.lock", PDM_LOCK, ">=3.12", 5, id="pdm"),
        pytest.param(Manager.POETRY, "poetry.lock", POETRY_LOCK, ">=3.10,<4.0", 7, id="poetry"),
        pytest.param(Manager.PIPENV, "Pipfile.lock", PIPFILE_LOCK, "==3.9.*", 4, id="pipenv"),
        pytest.param(Manager.PYLOCK, "pylock.toml", PYLOCK, ">=3.13", 2, id="pylock"),
    ],
)
def test_locks(
    tmp_path: Path, manager: Manager, path: str, text: str, specifier: str, line: int
) -> None:
    wish = one(tmp_path, {path: text}, (manager, path))
    assert (wish.specifier, wish.strength, wish.manager) == (specifier, "lock", manager)
    assert (wish.origin.path, wish.origin.line) == (path, line)


def test_a_lock_without_a_range(tmp_path: Path) -> None:
    assert found_in(tmp_path, {"uv.lock": "version = 1\n"}, (Manager.UV, "uv.lock")) == ((), ())
    text = '{"_meta": {"requires": {}}, "default": {}}'
    assert found_in(tmp_path, {"Pipfile.lock": text}, (Manager.PIPENV, "Pipfile.lock")) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "#\n# This file is autogenerated by pip-compile with Python 3.12\n# by the following command:\n",
            id="pip-compile",
        ),
        pytest.param(
            "# This file is autogenerated by pip-compile with python 3.12\n", id="older pip-compile"
        ),
        pytest.param(
            "# This file was autogenerated by uv via the following command:\n#    uv pip compile --python-version 3.12 x.in\n",
            id="uv",
        ),
    ],
)
def test_compiled_requirements_hint_at_their_python(tmp_path: Path, text: str) -> None:
    wish = one(tmp_path, {"requirements.txt": text}, (Manager.REQUIREMENTS, "requirements.txt"))
    assert (wish.specifier, wish.strength) == ("==3.12.*", "hint")


def test_members_of_a_workspace_are_asked_too(tmp_path: Path) -> None:
    files = {
        "uv.lock": "version = 1\n",
        "packages/a/pyproject.toml": '[project]\nname = "a"\nrequires-python = ">=3.12"\n',
    }
    (wish,), _ = found_in(tmp_path, files, (Manager.UV, "uv.lock"), members=("packages/a",))
    assert (wish.specifier, wish.origin.path) == (">=3.12", "packages/a/pyproject.toml")


def test_wishes_come_strongest_first(tmp_path: Path) -> None:
    files = {
        "runtime.txt": "python-3.12.1",
        ".python-version": "3.12",
        "uv.lock": UV_LOCK,
        "pyproject.toml": '[project]\nrequires-python = ">=3.11"\n',
    }
    wishes, _ = found_in(tmp_path, files, (Manager.UV, "uv.lock"))
    assert [wish.strength for wish in wishes] == ["range", "lock", "pin", "hint"]


def test_a_manifest_that_is_not_toml_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SyntaxFault) as caught:
        found_in(tmp_path, {"mise.toml": "[tools\n"})
    assert caught.value.origin == Origin(path="mise.toml", line=1)


@given(text=st.text(alphabet=st.sampled_from("0123456789.xt*-<>=!~^|, \n#apyrcdev@/")))
def test_no_spelling_is_too_odd_to_be_read(text: str) -> None:
    word = read_spelled(text)
    assert not word.specifier or is_specifier(word.specifier)
    place = Origin(path="x")
    for found in (ranged(text, place), constrained(text, place), pinned([(text, place)], "pin")):
        assert found.requested or found.notices
        for wish in found.requested:
            assert all(is_specifier(part) for part in wish.specifier.split("||"))
