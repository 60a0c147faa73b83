"""A private index is asked with credentials that no layer, no history and no environment keeps."""

import base64
import http.server
import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

USER, TOKEN = "reader", "tok-2f6b0c1d9e"
ALLOWED = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
FILE = "moonlight-1.0-py3-none-any.whl"


def wheel() -> bytes:
    """Return a wheel of one module."""
    files = {
        "moonlight.py": "COLOUR = 'silver'\n",
        "moonlight-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: moonlight\nVersion: 1.0\n",
        "moonlight-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "moonlight-1.0.dist-info/RECORD": "",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


class Index(http.server.BaseHTTPRequestHandler):
    """An index of one distribution, for who has the token."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != ALLOWED:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            return
        if self.path.endswith(".whl"):
            kind, body = "application/octet-stream", wheel()
        else:
            kind, body = "text/html", f'<a href="/files/{FILE}">{FILE}</a>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def index(docker: Run) -> Iterator[str]:
    """The address of the index, as containers see it."""
    form = "{{(index .IPAM.Config 0).Gateway}}"
    gateway = docker("network", "inspect", "bridge", "--format", form).stdout.strip()
    with http.server.ThreadingHTTPServer((gateway, 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{gateway}:{server.server_port}"
        server.shutdown()


def test_a_token_of_the_build_is_in_no_layer(
    index: str,
    docker: Run,
    generate: Callable[..., Path],
    session_name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    project, tag, saved = tmp_path / "project", f"{session_name}:token", tmp_path / "image.tar"
    project.mkdir()
    address = f"http://${{INDEX_USER}}:${{INDEX_TOKEN}}@{index}/simple"
    (project / "requirements.txt").write_text(f"--index-url {address}\nmoonlight==1.0\n")
    (project / "main.py").write_text("import moonlight\n\nprint(moonlight.COLOUR)\n")
    (project / ".python-version").write_text("3.13\n")
    generate(project)
    monkeypatch.setenv("INDEX_USER", USER)
    monkeypatch.setenv("INDEX_TOKEN", TOKEN)

    secrets = ("--secret=id=INDEX_USER", "--secret=id=INDEX_TOKEN")
    docker("buildx", "build", "--load", "--tag", tag, *secrets, project)
    docker("save", "--output", saved, tag)

    assert docker("run", "--rm", tag).stdout.strip() == "silver"
    assert TOKEN.encode() not in saved.read_bytes()
    history = docker("history", "--no-trunc", "--format", "{{json .}}", tag).stdout
    assert TOKEN not in history
    assert TOKEN not in json.dumps(json.loads(docker("inspect", tag).stdout))
