"""Requirements and URLs as text."""

import re

import pytest
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    is_exact,
    is_outside,
    local_path,
    parse_requirement,
    strip_credentials,
)
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import SourceKind
from dockwright.model.origin import Origin

HERE = Origin(path="pyproject.toml", line=7)


def test_a_requirement_keeps_what_the_line_says() -> None:
    found = parse_requirement(
        'Flask_Login[Async, dotenv] >=3,<4 ; python_version > "3.9"', HERE, "dev"
    )
    assert (found.name, found.specifier, found.extras) == (
        "flask-login",
        "<4,>=3",
        ("async", "dotenv"),
    )
    assert (found.marker, found.group, found.origin) == ('python_version > "3.9"', "dev", HERE)


@pytest.mark.parametrize(
    "text",
    [
        "flask",
        "Flask>=3",
        "zope.interface == 6.* ",
        "a[b,c-d] ~=1.4, !=1.4.2",
        "torch==2.1.0+cpu",
        "x>=1.0rc1,<2.0.dev0",
        "x (>=1,<2)",
        "x===2024b",
        "x==1!2.0",
        "a[] >1",
    ],
)
def test_the_short_way_and_packaging_read_the_same(text: str) -> None:
    from packaging.requirements import Requirement

    found, expected = parse_requirement(text, HERE), Requirement(text)
    assert found.name == canonical_name(expected.name)
    assert found.specifier == str(expected.specifier)
    assert set(found.extras) == {canonical_name(extra) for extra in expected.extras}


@pytest.mark.parametrize(
    ("text", "kind", "reference"),
    [
        (
            "x @ git+https://github.com/a/x@v1#egg=x",
            SourceKind.GIT,
            "git+https://github.com/a/x@v1",
        ),
        (
            "x @ git+ssh://git@github.com/a/x.git",
            SourceKind.GIT,
            "git+ssh://git@github.com/a/x.git",
        ),
        (
            "x @ https://example.org/x-1-py3-none-any.whl",
            SourceKind.URL,
            "https://example.org/x-1-py3-none-any.whl",
        ),
        ("x @ file:///${PROJECT_ROOT}/libs/x", SourceKind.PATH, "libs/x"),
        ("x @ {root:uri}/libs/x", SourceKind.PATH, "libs/x"),
        ("x @ file:./libs/../libs/x", SourceKind.PATH, "libs/x"),
        ("x @ file:///home/me/x", SourceKind.PATH, "/home/me/x"),
    ],
)
def test_direct_references_say_where_they_lead(text: str, kind: SourceKind, reference: str) -> None:
    found = parse_requirement(text, HERE)
    assert (found.source, found.reference) == (kind, reference)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("an-invalid-requirement!", 23),
        ("flask=3", 6),
        ("flask >= ", 7),
        ("flask ; python_version", 23),
    ],
)
def test_what_no_installer_reads_is_refused_with_its_column(text: str, column: int) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_requirement(text, HERE)
    assert f"column {column}" in caught.value.title
    assert caught.value.origin == HERE
    assert re.search(r"Rule: .*PEP 508", caught.value.text())


def test_an_error_shows_no_credentials() -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_requirement("x @@ https://me:secret@example.org/x.zip?access_token=hidden", HERE)
    assert "secret" not in caught.value.text()
    assert "hidden" not in caught.value.text()


@pytest.mark.parametrize(
    ("url", "safe", "needs", "variables"),
    [
        ("https://pypi.org/simple", "https://pypi.org/simple", False, ()),
        ("https://me:secret@host/simple", "https://host/simple", True, ()),
        ("https://secret@host/simple", "https://host/simple", True, ()),
        (
            "https://${INDEX_USER}:$INDEX_PASSWORD@host/s",
            "https://host/s",
            True,
            ("INDEX_USER", "INDEX_PASSWORD"),
        ),
        ("https://me:se/cr@et@host/simple", "https://host/simple", True, ()),
        ("https://host:8443/simple/@scope", "https://host:8443/simple/@scope", False, ()),
        ("https://host/simple?token=secret&x=1", "https://host/simple?x=1", True, ()),
        ("git+ssh://git@github.com/a/b.git@v1", "git+ssh://git@github.com/a/b.git@v1", False, ()),
        ("git+ssh://git:secret@github.com/a/b.git", "git+ssh://git@github.com/a/b.git", True, ()),
        ("${PRIVATE_INDEX}", "${PRIVATE_INDEX}", True, ("PRIVATE_INDEX",)),
    ],
)
def test_a_url_loses_its_secrets_and_keeps_its_variables(
    url: str,
    safe: str,
    needs: bool,
    variables: tuple[str, ...],
) -> None:
    found = strip_credentials(url)
    assert (found.url, found.needs_credentials, found.variables) == (safe, needs, variables)


@pytest.mark.parametrize(
    ("path", "place", "outside"),
    [
        (".", ".", False),
        ("./libs/x/", "libs/x", False),
        ("libs\\x", "libs/x", False),
        ("../shared", "../shared", True),
        ("libs/../../shared", "../shared", True),
        ("/srv/x", "/srv/x", True),
        ("C:/srv/x", "C:/srv/x", True),
    ],
)
def test_paths_are_seen_from_the_root(path: str, place: str, outside: bool) -> None:
    assert local_path(path) == place
    assert is_outside(place) is outside


@pytest.mark.parametrize(
    ("text", "exact", "version"),
    [
        ("x==1.2", True, "1.2"),
        ("x===1.2", True, "1.2"),
        ("x==1.*", False, ""),
        ("x>=1,<2", False, ""),
        ("x", False, ""),
        ("x @ git+https://h/x@main", False, ""),
        ("x @ git+https://h/x@" + "a" * 40, True, ""),
        ("x @ https://h/x-1.0-py3-none-any.whl", True, ""),
        ("x @ https://h/x.zip", False, ""),
        ("x @ https://h/x.zip#sha256=00", True, ""),
        ("x @ file:./libs/x", True, ""),
    ],
)
def test_only_one_choice_is_exact(text: str, exact: bool, version: str) -> None:
    found = parse_requirement(text, HERE)
    assert is_exact(found) is exact
    assert found.pinned_version == version


def test_an_address_without_a_scheme_is_a_path() -> None:
    assert classify_reference("libs/x") == (SourceKind.PATH, "libs/x")
