"""The index is asked for what the lock does not say: against a server of the test's own, never the network."""

import base64
import gzip
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from dockwright.errors import IndexAccessError, PassingFaultError
from dockwright.model.dependencies import (
    Index,
    Lock,
    LockedDistribution,
    LockedFile,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.record import replace
from dockwright.online import Limits, ask_indexes, cache_folder, unanswered, with_files
from dockwright.online.index_page import read_page

JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "flask-3.0.0-py3-none-any.whl"
SDIST = "flask-3.0.0.tar.gz"
OTHER = "flask-2.0.0-py3-none-any.whl"
QUICK = Limits(seconds=20, request_seconds=5)


def digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def as_json(*names: str) -> bytes:
    files = [
        {
            "filename": name,
            "url": f"../{name}",
            "hashes": {"sha256": digest(name)},
            "size": len(name),
        }
        for name in names
    ]
    return json.dumps({"meta": {"api-version": "1.1"}, "files": files}).encode()


def as_html(*names: str) -> bytes:
    links = "".join(
        f'<a href="https://files.example.org/a/{name}#sha256={digest(name)}" data-x="1">{name}</a>\n'
        for name in names
    )
    return f"<!DOCTYPE html><html><body><h1>Links</h1><a>empty</a>{links}</body></html>".encode()


@dataclass
class Answer:
    """What the server says for one path."""

    body: bytes = b""
    content_type: str = JSON
    status: int = 200
    etag: str = ""
    user: str = ""
    location: str = ""
    encoding: str = ""
    seconds: float = 0.0


@dataclass
class Server:
    """An index on this machine; `asked` are the requests as (path, headers)."""

    url: str
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def index(self) -> Index:
        return Index(name="house", url=f"{self.url}/simple", origin=Origin(path="Pipfile", line=1))


def handler_for(server: Server) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, dict(self.headers)))
            answer = server.pages.get(self.path, Answer(status=404))
            time.sleep(answer.seconds)
            wanted = base64.b64encode(answer.user.encode()).decode()
            if answer.user and self.headers.get("Authorization") != f"Basic {wanted}":
                answer = Answer(status=401)
            elif answer.etag and self.headers.get("If-None-Match") == answer.etag:
                answer = Answer(status=304)
            self.send_response(answer.status)
            for name, value in (
                ("ETag", answer.etag),
                ("Location", answer.location),
                ("Content-Encoding", answer.encoding),
            ):
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    served = Server(url=f"http://127.0.0.1:{web.server_address[1]}")
    web.RequestHandlerClass = handler_for(served)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield served
    web.shutdown()
    thread.join()
    web.server_close()


def locked(
    name: str = "flask", version: str = "3.0.0", *hashed: str, index: str = ""
) -> LockedDistribution:
    return LockedDistribution(
        name=name,
        version=version,
        origin=Origin(path="Pipfile.lock"),
        hashes=tuple(f"sha256:{digest(file)}" for file in hashed),
        index=index,
    )


def names(files: tuple[LockedFile, ...]) -> list[str]:
    return [file.name for file in files]


FLASK = locked("flask", "3.0.0", WHEEL, SDIST)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(as_json(OTHER, WHEEL, SDIST)), id="JSON"),
        pytest.param(
            Answer(as_html(OTHER, WHEEL, SDIST), "text/html"), id="HTML although JSON was wanted"
        ),
        pytest.param(
            Answer(
                as_html(OTHER, WHEEL, SDIST), "application/vnd.pypi.simple.v1+html; charset=utf-8"
            ),
            id="HTML by its own type",
        ),
        pytest.param(
            Answer(gzip.compress(as_json(OTHER, WHEEL, SDIST)), encoding="gzip"), id="compressed"
        ),
    ],
)
def test_hashes_become_files(server: Server, answer: Answer) -> None:
    server.pages["/simple/flask/"] = answer
    found = ask_indexes([FLASK], (server.index,), {}, limits=QUICK)
    assert names(found["flask", "3.0.0"]) == [WHEEL, SDIST]
    assert all(file.learned for file in found["flask", "3.0.0"])
    ((_, headers),) = server.asked
    assert headers["Accept"].startswith(JSON)


def test_only_files_whose_hash_the_lock_holds(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL, SDIST))
    found = ask_indexes([locked("flask", "3.0.0", SDIST)], (server.index,), {}, limits=QUICK)
    assert names(found["flask", "3.0.0"]) == [SDIST]
    assert (
        ask_indexes([locked("flask", "3.0.0", "elsewhere")], (server.index,), {}, limits=QUICK)
        == {}
    )


def test_a_pin_without_hashes_is_matched_by_version(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(
        as_json(OTHER, WHEEL, SDIST, "nonsense.txt", "flask.whl")
    )
    found = ask_indexes([locked("flask", "3.0")], (server.index,), {}, limits=QUICK)
    assert names(found["flask", "3.0"]) == [WHEEL, SDIST]


def test_what_is_asked_for() -> None:
    git = replace(FLASK, source=SourceKind.GIT)
    named = replace(FLASK, files=(LockedFile(name=WHEEL),))
    assert unanswered([FLASK, git, named, replace(FLASK, version="")]) == (FLASK,)


def test_a_distribution_that_the_index_does_not_have_is_left_out(server: Server) -> None:
    assert ask_indexes([FLASK], (server.index,), {}, limits=QUICK) == {}


def test_the_next_index_is_asked_where_the_first_has_nothing(server: Server) -> None:
    server.pages["/more/flask/"] = Answer(as_json(WHEEL))
    indexes = (
        server.index,
        Index(name="more", url=f"{server.url}/more/", origin=Origin(path="Pipfile")),
    )
    assert list(ask_indexes([FLASK], indexes, {}, limits=QUICK)) == [("flask", "3.0.0")]
    assert [path for path, _ in server.asked] == ["/simple/flask/", "/more/flask/"]


def test_an_explicit_index_is_asked_only_for_what_names_it(server: Server) -> None:
    server.pages["/own/flask/"] = Answer(as_json(WHEEL))
    own = Index(name="own", url=f"{server.url}/own", origin=Origin(path="Pipfile"), explicit=True)
    indexes = (server.index, own)
    assert ask_indexes([FLASK], indexes, {}, limits=QUICK) == {}
    assert ask_indexes([replace(FLASK, index="own")], indexes, {}, limits=QUICK)
    assert [path for path, _ in server.asked] == ["/simple/flask/", "/own/flask/"]


def test_a_page_is_not_sent_twice_while_it_holds(server: Server, tmp_path: Path) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), etag='"one"')
    first = ask_indexes([FLASK], (server.index,), {}, cache=tmp_path, limits=QUICK)
    assert ask_indexes([FLASK], (server.index,), {}, cache=tmp_path, limits=QUICK) == first
    assert server.asked[1][1]["If-None-Match"] == '"one"'
    server.pages["/simple/flask/"] = Answer(as_json(SDIST), etag='"two"')
    third = ask_indexes([FLASK], (server.index,), {}, cache=tmp_path, limits=QUICK)
    assert names(third["flask", "3.0.0"]) == [SDIST]


def test_a_damaged_cache_is_no_error(server: Server, tmp_path: Path) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), etag='"one"')
    ask_indexes([FLASK], (server.index,), {}, cache=tmp_path, limits=QUICK)
    (saved,) = (tmp_path / "index").iterdir()
    saved.write_text("{")
    assert ask_indexes([FLASK], (server.index,), {}, cache=tmp_path, limits=QUICK)
    assert "If-None-Match" not in server.asked[1][1]


def test_a_cache_that_cannot_be_written_is_no_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file in the way")
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), etag='"one"')
    assert ask_indexes([FLASK], (server.index,), {}, cache=tmp_path, limits=QUICK)


@pytest.mark.parametrize(
    ("index", "environ"),
    [
        pytest.param(
            {"variables": ("WHO", "SECRET")},
            {"WHO": "ann", "SECRET": "pw"},
            id="variables of the manifest",
        ),
        pytest.param(
            {},
            {"POETRY_HTTP_BASIC_HOUSE_USERNAME": "ann", "POETRY_HTTP_BASIC_HOUSE_PASSWORD": "pw"},
            id="Poetry's",
        ),
        pytest.param(
            {}, {"UV_INDEX_HOUSE_USERNAME": "ann", "UV_INDEX_HOUSE_PASSWORD": "pw"}, id="uv's"
        ),
    ],
)
def test_credentials(
    server: Server, index: dict[str, tuple[str, ...]], environ: dict[str, str]
) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), user="ann:pw")
    place = replace(server.index, **index)
    assert ask_indexes([FLASK], (place,), {"HOME": "/nonexistent", **environ}, limits=QUICK)


@pytest.mark.parametrize("user", ["t0ken:", "__token__:t0ken"])
def test_a_single_variable_is_a_token(server: Server, user: str) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), user=user)
    place = replace(server.index, variables=("TOKEN",))
    assert ask_indexes([FLASK], (place,), {"TOKEN": "t0ken", "HOME": "/nonexistent"}, limits=QUICK)


def test_an_address_from_a_variable(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), user="ann:p@ss")
    place = replace(server.index, url="${INDEX}", variables=())
    environ = {
        "INDEX": server.url.replace("http://", "http://ann:p%40ss@") + "/simple",
        "HOME": "/nonexistent",
    }
    assert ask_indexes([FLASK], (place,), environ, limits=QUICK)


def test_netrc(server: Server, tmp_path: Path) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), user="ann:pw")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password pw\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert ask_indexes([FLASK], (server.index,), {"HOME": str(tmp_path)}, limits=QUICK)
    elsewhere = tmp_path / "netrc"
    elsewhere.write_text("machine 127.0.0.1 login ann password pw\n")
    assert ask_indexes([FLASK], (server.index,), {"NETRC": str(elsewhere)}, limits=QUICK)


def test_wrong_credentials_are_an_error_that_does_not_hold_them(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), user="ann:pw")
    place = replace(server.index, variables=("WHO", "SECRET"))
    with pytest.raises(IndexAccessError) as caught:
        ask_indexes(
            [FLASK],
            (place,),
            {"WHO": "ann", "SECRET": "hunter2", "HOME": "/nonexistent"},
            limits=QUICK,
        )
    assert caught.value.exit_code == 2
    assert "hunter2" not in caught.value.text()


def test_credentials_do_not_follow_to_another_address(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(
        status=302, location=f"{server.url.replace('127.0.0.1', 'localhost')}/moved/"
    )
    server.pages["/moved/"] = Answer(as_json(WHEEL))
    place = replace(server.index, variables=("WHO", "SECRET"))
    assert ask_indexes([FLASK], (place,), {"WHO": "ann", "SECRET": "pw"}, limits=QUICK)
    assert "Authorization" in server.asked[0][1]
    assert "Authorization" not in server.asked[1][1]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(status=503), id="the index is down"),
        pytest.param(Answer(status=429), id="too many requests"),
        pytest.param(Answer(b"<html>", JSON), id="not the JSON that it says"),
        pytest.param(Answer(b"[]", JSON), id="other JSON"),
        pytest.param(Answer(b"no gzip", encoding="gzip"), id="not compressed as it says"),
    ],
)
def test_an_index_that_fails_is_a_passing_fault(server: Server, answer: Answer) -> None:
    server.pages["/simple/flask/"] = answer
    with pytest.raises(PassingFaultError) as caught:
        ask_indexes([FLASK], (server.index,), {}, limits=QUICK)
    assert caught.value.exit_code == 75


def test_no_network_is_a_passing_fault() -> None:
    nobody = Index(name="nobody", url="http://127.0.0.1:9/simple", origin=Origin(path="Pipfile"))
    with pytest.raises(PassingFaultError, match="did not answer"):
        ask_indexes([FLASK], (nobody,), {}, limits=QUICK)


def test_the_time_limit_is_a_passing_fault(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL), seconds=0.3)
    with pytest.raises(PassingFaultError, match="longer than"):
        ask_indexes([FLASK], (server.index,), {}, limits=replace(QUICK, seconds=0))


@pytest.mark.parametrize("url", ["file:///srv/simple", "${UNSET}", "ftp://example.org/simple"])
def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(IndexAccessError, match="not http"):
        ask_indexes(
            [FLASK], (Index(name="x", url=url, origin=Origin(path="Pipfile")),), {}, limits=QUICK
        )


def test_progress_counts_every_distribution(server: Server) -> None:
    server.pages["/simple/flask/"] = Answer(as_json(WHEEL))
    seen: list[tuple[int, int]] = []
    several = [FLASK, locked("redis", "5.0"), locked("lxml", "5.0")]
    ask_indexes(
        several,
        (server.index,),
        {},
        progress=lambda done, total, _: seen.append((done, total)),
        limits=QUICK,
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_files_are_put_into_the_lock() -> None:
    lock = Lock(
        path="Pipfile.lock",
        format="6",
        state=LockState.FRESH,
        distributions=(FLASK, locked("redis", "5.0")),
    )
    finding = ManagerFinding(manager=Manager.PIPENV, manifest=Manifest(path="Pipfile"), lock=lock)
    told = with_files(finding, {("flask", "3.0.0"): (LockedFile(name=WHEEL, learned=True),)})
    assert told.lock is not None
    assert [names(dist.files) for dist in told.lock.distributions] == [[WHEEL], []]
    assert with_files(finding, {}) == finding


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/home/ann"}, "/home/ann/.cache/dockwright"),
        ("linux", {"HOME": "/home/ann", "XDG_CACHE_HOME": "/var/tmp/c"}, "/var/tmp/c/dockwright"),
        (
            "linux",
            {"HOME": "/home/ann", "XDG_CACHE_HOME": "relative"},
            "/home/ann/.cache/dockwright",
        ),
        ("darwin", {"HOME": "/Users/ann"}, "/Users/ann/Library/Caches/dockwright"),
        ("win32", {"LOCALAPPDATA": "/ann/Local"}, "/ann/Local/dockwright/Cache"),
    ],
)
def test_cache_folder(platform: str, environ: dict[str, str], folder: str) -> None:
    assert cache_folder(environ, platform) == Path(folder)


def test_names_in_links_are_unquoted() -> None:
    page = b'<a href="https://files.example.org/a%2Bb-1.0%2Bcpu-py3-none-any.whl#md5=00">x</a><a href="../">up</a>'
    (file,) = read_page("text/html", page)
    assert (file.name, file.digest) == ("a+b-1.0+cpu-py3-none-any.whl", "")
