"""Files that cannot be read or parsed are said and skipped; large projects are not parsed whole."""

import sys

import pytest
from dockwright.detect.application import sources as sources_module
from dockwright.detect.application.sources import MAX_SOURCE_BYTES, Sources
from dockwright.detect.tree import ProjectTree
from dockwright.errors import UnreadableError
from support.applications import Files, Finder, codes, targets

APP = "from flask import Flask\napp = Flask(__name__)\n"


def test_file_that_does_not_parse_is_said_and_skipped(find: Finder) -> None:
    found = find({"app.py": APP, "main.py": "def broken(:\n    pass\n"})
    assert targets(found) == ["app:app"]
    notice = next(n for n in found.notices if n.code == "source-unparsable")
    assert str(notice.origin) == "main.py:1"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("print 'hello'\n", id="print statement"),
        pytest.param("x = 1\nexec 'x = 2'\n", id="exec statement"),
        pytest.param("try:\n    pass\nexcept ValueError, e:\n    pass\n", id="except with a comma"),
        pytest.param("mode = 0777\n", id="octal number"),
        pytest.param("if 1 <> 2:\n    pass\n", id="unequal"),
    ],
)
def test_python_2_is_called_by_its_name(find: Finder, source: str) -> None:
    found = find({"main.py": source})
    assert codes(found) == ["python-2"]
    assert "Python 2" in found.notices[0].text


def test_a_file_that_is_newer_than_the_parser_is_said(find: Finder) -> None:
    found = find({"app.py": APP, "main.py": "x = 1\nwith x into y:\n    pass\n"})
    assert targets(found) == ["app:app"]
    running = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    assert running in next(n.text for n in found.notices if n.code == "source-unparsable")


def test_a_file_that_is_too_large_is_said_and_skipped(find: Finder) -> None:
    found = find({"app.py": APP, "data.py": APP + "x = 1\n" * (MAX_SOURCE_BYTES // 6)})
    assert targets(found) == ["app:app"]
    assert codes(found) == ["source-too-large"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "# -*- coding: latin-1 -*-\nname = 'Zürich'\n".encode("latin-1") + APP.encode(),
            id="coding cookie",
        ),
        pytest.param(b"\xef\xbb\xbf" + APP.encode(), id="byte order mark"),
        pytest.param(APP.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(b"pattern = '\\d'\n" + APP.encode(), id="doubtful escape"),
    ],
)
def test_encodings_of_python_are_read(find: Finder, source: bytes) -> None:
    found = find({"main.py": source})
    assert targets(found) == ["main:app"]
    assert codes(found) == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param(APP.encode("utf-16"), "source-unparsable", id="UTF-16"),
        pytest.param(
            "name = 'Zürich'\n".encode("latin-1"), "source-unparsable", id="Latin 1 without cookie"
        ),
        pytest.param(b"x = " + b"(" * 5000, "source-unparsable", id="nested too deeply"),
        pytest.param(b"x = 1\x00\n", "source-unparsable", id="null byte"),
    ],
)
def test_bytes_that_python_refuses_are_said(find: Finder, source: bytes, code: str) -> None:
    assert codes(find({"main.py": source})) == [code]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"a.py": "from b import app", "b.py": "from a import app", "main.py": "from a import app"}, id="modules"),
        pytest.param({"main.py": "class A(B): ...\nclass B(A): ...\napp = A()"}, id="classes"),
        pytest.param({"main.py": "def a():\n    return b()\ndef b():\n    return a()\napp = a()"}, id="functions"),
        pytest.param({"main.py": "app = app\napplication = app.app"}, id="names"),
        pytest.param({"main.py": "from main import app\n"}, id="itself"),
        pytest.param({"main.py": "".join(f"node = node.child{n}\n" for n in range(300)) + "app = node"}, id="a long chain of attributes"),
        pytest.param({"main.py": "x = " + " + ".join(["1"] * 900)}, id="a long sum"),
    ],
)  # fmt: skip
def test_circles_and_long_chains_end(find: Finder, files: Files) -> None:
    assert find(files).web == ()


def test_circular_imports_still_lead_to_the_application(find: Finder) -> None:
    files = {"main.py": "from shop import app", "shop/__init__.py": "from flask import Flask\napp = Flask(__name__)\nfrom shop import views", "shop/views.py": "from shop import app\n@app.route('/')\ndef index(): ..."}  # fmt: skip
    assert targets(find(files)) == ["main:app"]


def test_file_without_permission_is_said_and_skipped(
    find: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = ProjectTree.raw

    def refuse(tree: ProjectTree, path: str, *, limit: int = 0) -> bytes | None:
        if path == "locked.py":
            raise UnreadableError("the file cannot be read: Permission denied")
        return original(tree, path, limit=limit)

    monkeypatch.setattr(ProjectTree, "raw", refuse)
    found = find({"app.py": APP, "locked.py": APP})
    assert targets(found) == ["app:app"]
    assert codes(found) == ["source-unreadable"]


def test_only_files_that_can_matter_are_parsed(find: Finder) -> None:
    files = {f"pkg/module_{n}.py": f"def f{n}():\n    return {n}\n" for n in range(50)}
    tree = find.tree({"main.py": APP, **files})
    sources = Sources(tree)
    assert sources.mentioning(frozenset({b"Flask"})) == ("main.py",)
    assert sources.parsed == ()


def test_a_bound_on_parsed_files_is_said(find: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_module, "MAX_PARSED", 3)
    found = find({"main.py": APP, **{f"service_{n}.py": APP for n in range(9)}})
    assert targets(found)[0] == "main:app"
    assert len(found.web) == 3
    assert "3 most likely" in next(n.text for n in found.notices if n.code == "sources-left-out")


def test_a_bound_on_read_files_is_said(find: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_module, "MAX_READ", 2)
    found = find({"main.py": APP, "app.py": APP, "zoo.py": APP})
    assert "zoo:app" not in targets(found)
    assert "1 of 3" in next(n.text for n in found.notices if n.code == "sources-left-out")


def test_empty_project_says_what_was_looked_for(find: Finder) -> None:
    found = find({"README.md": "nothing"})
    assert (found.web, found.processes) == ((), ())
    assert any("Flask" in text for text in found.looked_for)
    assert any("__main__" in text for text in found.looked_for)


def test_imported_modules_are_outside_ones(find: Finder) -> None:
    found = find(
        {
            "main.py": "import os\nfrom flask import Flask\nimport helpers\nfrom . import more\n"
            + APP,
            "helpers.py": "",
        }
    )
    assert found.imported == ("flask", "os")
