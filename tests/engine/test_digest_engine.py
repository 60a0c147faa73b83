"""`--digest`: docker's own buildx asks a registry, which is one that the test serves itself."""

import hashlib
import http.server
import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

INDEX = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": f"sha256:{number * 64}",
                "size": 7,
                "platform": {"architecture": machine, "os": "linux"},
            }
            for number, machine in (("1", "amd64"), ("2", "arm64"))
        ],
    }
).encode()
DIGEST = f"sha256:{hashlib.sha256(INDEX).hexdigest()}"


class Registry(http.server.BaseHTTPRequestHandler):
    """One index, by its tag and by its digest."""

    def do_GET(self) -> None:
        known = {"/v2/", "/v2/python/manifests/3.13-slim-trixie", f"/v2/python/manifests/{DIGEST}"}
        body = INDEX if self.path in known else b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}'
        self.send_response(200 if self.path in known else 404)
        self.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", DIGEST)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def registry(docker: Run) -> Iterator[str]:
    """The address of the registry."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(
        'import this\n\nif __name__ == "__main__":\n    vars(this)\n', encoding="utf-8"
    )
    (tmp_path / "requirements.txt").write_text("", encoding="utf-8")
    (tmp_path / ".python-version").write_text("3.13\n", encoding="utf-8")
    return tmp_path


def generate(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", "generate", str(project), *options]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)


def test_the_base_image_is_pinned_and_stays_so(registry: str, project: Path) -> None:
    image = f"{registry}/python:3.13-slim-trixie"
    (project / "dockwright.toml").write_text(f'base = "{image}"\n', encoding="utf-8")
    first = generate(project, "--digest")
    assert first.returncode == 0, first.stderr
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    assert (
        f"# renovate: datasource=docker depName={registry}/python versioning=docker\nFROM {image}@{DIGEST} AS"
        in text
    )
    assert tomllib.loads((project / "dockwright.toml").read_text())["digest"] == f"{image}@{DIGEST}"
    assert generate(project, "--check").returncode == 0


def test_looking_only_remembers_nothing(registry: str, project: Path) -> None:
    shown = generate(
        project, "--digest", "--stdout", "--set", f"base={registry}/python:3.13-slim-trixie"
    )
    assert f"@{DIGEST} AS runtime" in shown.stdout
    assert not (project / "dockwright.toml").exists()


def test_a_tag_that_the_registry_does_not_have(registry: str, project: Path) -> None:
    done = generate(project, "--digest", "--set", f"base={registry}/python:3.13-slim-bookworm")
    assert done.returncode == 2
    assert "the registry has no image" in done.stderr
    assert not (project / "Dockerfile").exists()


def test_a_registry_that_does_not_answer_is_a_passing_fault(docker: Run, project: Path) -> None:
    done = generate(project, "--digest", "--set", "base=127.0.0.1:9/python:3.13-slim-trixie")
    assert done.returncode == 75
    assert "did not tell the digest" in done.stderr
    assert not (project / "Dockerfile").exists()
