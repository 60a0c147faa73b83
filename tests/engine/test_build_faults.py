"""What `dockwright build` says when the engine, the network, the disk or the user stands in the way. Every fault is real."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

BASE = "FROM python:3.13-slim-trixie AS base\n"
UV = "--mount=type=bind,from=ghcr.io/astral-sh/uv:0.13.8,source=/uv,target=/usr/local/bin/uv"
ZEROS = "0" * 64
# The head of a program for the 64-bit ARM processor; the kernel looks no further.
FOREIGN = r"\\177ELF\\002\\001\\001" + 9 * r"\\000" + r"\\002\\000\\267\\000\\001\\000\\000\\000"

FAILURES = {
    "no-distribution": (f"RUN {UV} uv pip install --system six==99", "no file on the index fits"),
    "no-wheel": (
        f"RUN {UV} uv pip install --system --only-binary :all: psycopg2==2.9.10",
        "no file on the index fits",
    ),
    "hash": (
        f"RUN {UV} printf 'six==1.17.0 --hash=sha256:{ZEROS}' > r.txt && uv pip install --system --require-hashes -r r.txt",
        "not the one that was locked",
    ),
    "no-hash": (
        f"RUN {UV} printf 'six==1.17.0' > r.txt && uv pip install --system --require-hashes -r r.txt",
        "a requirement has no hash",
    ),
    "network": (
        f"RUN --network=none {UV} UV_HTTP_RETRIES=0 uv pip install --system six",
        "network did not answer",
    ),
    "certificate": (
        f"RUN {UV} SSL_CERT_FILE=/none uv pip install --system six",
        "does not trust the certificate",
    ),
    "git": (
        f"RUN {UV} uv pip install --system git+https://git.example.org/x.git",
        "the stage has no git",
    ),
    "compiler": (
        f"RUN {UV} uv pip install --system --no-binary greenlet greenlet==3.1.1",
        "the build stage has no compiler",
    ),
    "header": (
        f"RUN {UV} uv pip install --system --no-binary psycopg2 psycopg2==2.9.10",
        "headers of PostgreSQL are missing",
    ),
    "missing-file": ("COPY nothing.txt /", "not in the build context"),
    "disk": (
        "RUN --mount=type=tmpfs,target=/small,size=65536 python -c \"open('/small/x', 'wb').write(bytes(99999))\"",
        "disk of the engine is full",
    ),
    "permission": ("USER 10001\nRUN touch /etc/x", "where its user may not"),
    "secret": ("RUN --mount=type=secret,id=netrc,required=true true", "was not handed in"),
    "python": (
        'RUN printf \'[project]\\nname = "p"\\nversion = "1"\\nrequires-python = "<3.12"\\n\' > /srv/pyproject.toml && pip install /srv',
        "not one that the project allows",
    ),
    "memory": ("RUN python -c 'import os; os.kill(os.getpid(), 9)'", "ran out of memory"),
    "platform": (
        f"RUN printf '{FOREIGN}%048d' 0 > /x && chmod +x /x && python -c 'import subprocess; subprocess.run([\"/x\"])'",
        "for another processor",
    ),
    "pip": ("RUN rm -rf /usr/local/bin/pip*\nRUN pip install six", "a line of your own calls pip"),
    "debian": ("RUN apt-get install --yes libpq6", "does not exist on this release"),
    "base": ("FROM python:9.9-slim", "base image cannot be pulled"),
}

REFUSALS = {
    "cache": (("--cache-to", "type=local,dest=cache"), "built-in builder cannot do that"),
    "sbom": (("--sbom",), "built-in builder cannot do that"),
    "provenance": (("--provenance", "mode=max"), "built-in builder cannot do that"),
    "platforms": (
        ("--platform", "linux/amd64", "--platform", "linux/arm64"),
        "built-in builder cannot do that",
    ),
    "builder": (("--builder", "nobody-s"), "no builder of that name"),
    "target": (("--target", "nosuch"), "no such stage"),
    "secret-file": (("--secret", "id=netrc,src=nosuch"), "its file is not there"),
    "tag": (("--tag", "UPPER"), "no name for an image"),
}


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "dockwright", "build", *map(str, words), "--drifted"]


def build(
    *words: str | Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})},
    )  # fmt: skip


def explained(done: subprocess.CompletedProcess[str]) -> str:
    """Return the message of an engine that failed, without the engine's own progress before it."""
    assert done.returncode == 6, done.stderr
    assert (
        "Traceback (most recent call last):\n  File"
        not in done.stderr.rpartition("\ndockwright: ")[2].partition("Found:")[0]
    )
    return done.stderr.rpartition("dockwright: ")[2]


@pytest.fixture
def own_copy(project: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(project("requirements-flask-env-port-5000"), tmp_path / "copy"))


@pytest.mark.parametrize("name", FAILURES)
def test_a_usual_failure_is_explained(name: str, docker: Run, own_copy: Path) -> None:
    instruction, means = FAILURES[name]
    text = instruction if instruction.startswith("FROM") else BASE + instruction
    (own_copy / "Dockerfile").write_text(f"{text}\n", encoding="utf-8")
    message = explained(build(own_copy, "--engine", "docker"))
    assert means in message
    assert "  1. " in message


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_builder_refuses_comes_with_a_way_out(
    name: str, docker: Run, own_copy: Path
) -> None:
    words, means = REFUSALS[name]
    driver = docker("buildx", "inspect").stdout
    store = docker("info", "--format", "{{json .DriverStatus}}").stdout
    if not re.search(r"^Driver:\s+docker$", driver, re.MULTILINE) or "io.containerd" in store:
        pytest.skip("this engine's builder can do it")
    assert means in explained(build(own_copy, "--engine", "docker", *words))


def test_an_engine_that_does_not_run_is_told_and_no_other_is_taken(
    docker: Run, own_copy: Path
) -> None:
    message = explained(build(own_copy, env={"DOCKER_HOST": f"unix://{own_copy}/no.sock"}))
    assert "docker is installed, and its engine does not answer" in message
    assert "no.sock" in message


def test_no_engine_at_all_is_told(docker: Run, own_copy: Path, tmp_path: Path) -> None:
    message = explained(build(own_copy, env={"PATH": str(tmp_path)}))
    assert "no container engine is on PATH" in message


def test_an_engine_that_nobody_knows_is_not_printed_as_a_command(own_copy: Path) -> None:
    done = build(own_copy, "--engine", "foo", "--dry-run")
    assert done.returncode == 2
    assert "docker, podman, nerdctl" in done.stderr


def test_a_docker_without_buildx_is_told(docker: Run, own_copy: Path, tmp_path: Path) -> None:
    hidden = {"DOCKER_CONFIG": str(tmp_path)}
    if not subprocess.run(
        ["docker", "buildx", "version"],
        env={**os.environ, **hidden},
        check=False,
        capture_output=True,
    ).returncode:
        pytest.skip("buildx is installed for everybody here, so it cannot be hidden")
    assert "docker has no buildx" in explained(build(own_copy, "--engine", "docker", env=hidden))


def test_a_user_who_may_not_use_the_socket_is_told_how_to_be_let_in(docker: Run) -> None:
    if os.geteuid():
        pytest.skip("only root can become another user")
    program = (
        "import os, shutil, subprocess\n"
        "from dockwright.build.engine import find_engine\n"
        "from dockwright.errors import EngineError\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: find_engine('docker')\n"
        "except EngineError as error: print(error.text())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert "you may not talk to docker" in told
    assert "usermod" in told


def test_ctrl_c_stops_the_build_with_one_line(docker: Run, own_copy: Path) -> None:
    # A shell that starts the tests in the background has them ignore SIGINT, and what they start inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    mark = f"sleep {300 + os.getpid() % 100}"
    (own_copy / "Dockerfile").write_text(f"{BASE}RUN {mark}\n", encoding="utf-8")
    started = subprocess.Popen(
        command(own_copy, "--engine", "docker"), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )  # fmt: skip
    assert started.stderr is not None
    before = ""
    while mark not in before:
        before += started.stderr.readline()
    time.sleep(1)
    os.killpg(started.pid, signal.SIGINT)
    rest = started.communicate(timeout=30)[1]
    assert started.returncode == 130
    assert rest.strip().splitlines()[-1] == "dockwright: stopped, nothing was left half done"
    assert "Traceback" not in rest
    assert (
        str(own_copy)
        not in subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True
        ).stdout
    )
