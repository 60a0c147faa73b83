"""Locking in the image: the command line of each engine, and what is said when it fails."""

from pathlib import Path

import pytest
from dockwright.build.engine import Engine
from dockwright.build.failure import lock_failed
from dockwright.build.image import lock_request
from dockwright.build.request import BuildRequest, build_argv

DOCKER, PODMAN = Engine(program="docker", buildx=True), Engine(program="podman")
NO_FRONTEND = """\
#2 resolve image config for docker-image://docker.io/docker/dockerfile:1
#2 ERROR: failed to do request: Head "https://registry.example.com/v2/": dial tcp: lookup registry.example.com: no such host
------
 > resolve image config for docker-image://docker.io/docker/dockerfile:1:
------
Dockerfile:1
--------------------
   1 | >>> # syntax=docker/dockerfile:1
--------------------
ERROR: failed to build: failed to solve: failed to resolve source metadata for docker.io/docker/dockerfile:1: no such host
"""
STEP = """\
#9 [lock 5/5] RUN uv lock
#9 0.512 {}
#9 ERROR: process "/bin/sh -c uv lock" did not complete successfully: exit code: 1
------
 > [lock 5/5] RUN uv lock:
0.512 {}
------
ERROR: failed to build: failed to solve: process "/bin/sh -c uv lock" did not complete successfully: exit code: 1
"""


def argv(engine: Engine, **fields: object) -> str:
    asked = BuildRequest(root=Path("shop"), **fields)  # type: ignore[arg-type] # each test gives what it is about
    return " ".join(
        build_argv(engine, lock_request(asked, Path("/tmp/x/Dockerfile"), Path("/tmp/x/out")))
    )


def test_the_lock_is_brought_out_and_its_stage_always_runs() -> None:
    line = argv(DOCKER)
    assert line.startswith("docker buildx build --file /tmp/x/Dockerfile --target new-lock")
    assert "--output type=local,dest=/tmp/x/out --no-cache-filter lock" in line
    assert "--load" not in line


def test_secrets_agents_builders_and_arguments_reach_the_engine() -> None:
    line = argv(
        DOCKER,
        secrets=("id=netrc,src=n",),
        ssh=("default",),
        builder="large",
        arguments=(("HTTPS_PROXY", "p"),),
    )
    for words in (
        "--secret id=netrc,src=n",
        "--ssh default",
        "--builder large",
        "--build-arg HTTPS_PROXY=p",
    ):
        assert words in line


def test_podman_locks_too() -> None:
    line = argv(PODMAN, ssh=("default",))
    assert line.startswith(
        "podman build --file /tmp/x/Dockerfile --target new-lock --ssh default --output"
    )
    assert "--no-cache-filter" not in line
    assert "--no-cache" in line


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (NO_FRONTEND, "the frontend that the first line of the Dockerfile names cannot be pulled"),
        (
            STEP.format("HTTP status 401 Unauthorized", "HTTP status 401 Unauthorized"),
            "wants credentials",
        ),
        (
            STEP.format("Host key verification failed.", "Host key verification failed."),
            "not among the known hosts",
        ),
    ],
    ids=["frontend", "index", "ssh"],
)
def test_a_failure_is_not_blamed_on_versions_that_do_not_fit(said: str, means: str) -> None:
    error = lock_failed(1, said)
    assert means in error.title
    assert "the old lock is untouched" in error.title
    assert "fit together" not in error.text()


def test_versions_that_do_not_fit_are_named_as_such() -> None:
    error = lock_failed(
        1, STEP.format("flask==3.1.0,>4 is unsatisfiable", "flask==3.1.0,>4 is unsatisfiable")
    )
    assert "fit together" in error.text()
    assert "RUN uv lock" in error.text()
    assert "flask==3.1.0,>4" in error.text()
