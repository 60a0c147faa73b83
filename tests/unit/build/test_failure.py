"""What is read from the output of a build that failed, and what it means."""

import pytest
from dockwright.build.failure import (
    build_failed,
    evidence,
    failing_instruction,
    hint_for,
    hints,
    last_lines,
)

BUILDKIT = """\
#7 [base 2/2] RUN echo no space left on device
#7 0.101 no space left on device
#7 DONE 0.2s

#8 [runtime 2/3] RUN SECRET_KEY=build pip install --require-hashes -r requirements.txt
#8 0.801 Collecting idna==3.10
#8 1.203 ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
#8 1.300 one more line
#8 ERROR: process "/bin/sh -c SECRET_KEY=build pip install --require-hashes -r requirements.txt" did not complete successfully: exit code: 1
------
 > [runtime 2/3] RUN SECRET_KEY=build pip install --require-hashes -r requirements.txt:
1.300 one more line
------
Dockerfile:4
--------------------
   3 |     FROM base
   4 | >>> RUN SECRET_KEY=build pip install --require-hashes -r requirements.txt
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c SECRET_KEY=build pip install --require-hashes -r requirements.txt" did not \
complete successfully: exit code: 1
"""
PODMAN = """\
[1/2] STEP 1/2: FROM python:3.13-slim AS base
[1/2] STEP 2/2: RUN echo no space left on device
no space left on device
--> 4a87b733004
[2/2] STEP 2/3: RUN SECRET_KEY=build pip install six==99
ERROR: No matching distribution found for six==99
Error: building at STEP "RUN SECRET_KEY=build pip install six==99": while running runtime: exit status 1
"""
REFUSED = """\
ERROR: failed to build: Cache export is not supported for the docker driver.
Switch to a different driver, or turn on the containerd image store, and try again.
"""


def test_only_what_the_failing_step_said_counts() -> None:
    text = evidence(BUILDKIT)
    assert "DO NOT MATCH THE HASHES" in text
    assert "no space left" not in text
    assert "SECRET_KEY" not in text


def test_the_reason_is_found_although_the_summary_has_only_the_last_line() -> None:
    hint = hint_for(evidence(BUILDKIT))
    assert hint is not None
    assert "not the one that was locked" in hint.means
    assert last_lines(BUILDKIT) == ("one more line",)


def test_podman_names_the_instruction_and_its_lines() -> None:
    assert failing_instruction(PODMAN) == "RUN SECRET_KEY=build pip install six==99"
    assert last_lines(PODMAN) == (
        "ERROR: No matching distribution found for six==99",
        "Error: while running runtime: exit status 1",
    )
    assert "no file on the index" in build_failed(1, PODMAN).title


def test_what_the_driver_refuses_is_told_with_a_way_out() -> None:
    error = build_failed(1, REFUSED)
    assert "built-in builder" in error.title
    assert "--driver docker-container" in error.text()
    assert error.found.startswith("ERROR: failed to build: Cache export")


def test_a_memory_fault_is_known_from_the_exit_code_alone() -> None:
    drawn = (
        "------\n > [2/2] RUN python train.py:\n------\nERROR: failed to build: failed to solve: "
        'process "/bin/sh -c python train.py" did not complete successfully: exit code: 137\n'
    )
    assert "memory" in build_failed(1, drawn).title


USUAL = {
    "no space left": "write /opt/venv/x: no space left on device",
    "stale Pipfile.lock": "Your Pipfile.lock (abc) is out of date. Expected: def.",
    "stale poetry.lock": "pyproject.toml changed significantly since poetry.lock was last generated.",
    "stale uv.lock": "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
    "stale pdm.lock": "WARNING: Lockfile doesn't satisfy the project requirements, packages may be outdated",
    "hash mismatch": "error: Hash mismatch for `six==1.17.0`",
    "no hash": "In `--require-hashes` mode, all requirements must have a hash",
    "pg_config": "Error: pg_config executable not found.",
    "mysql": "Exception: Can not find valid pkg-config name. mysqlclient needs pkg-config",
    "python header": "src/x.c:1:10: fatal error: Python.h: No such file or directory",
    "some header": "x.c:3:10: fatal error: sql.h: No such file or directory",
    "no compiler": "error: command 'gcc' failed: No such file or directory",
    "no rust": "error: can't find Rust compiler",
    "no git": "Git executable not found. Ensure that Git is installed and available.",
    "ssh": "git@github.com: Permission denied (publickey).",
    "unknown host": "Host key verification failed.",
    "credentials": "HTTP status client error (401 Unauthorized) for url",
    "no distribution": "ERROR: No matching distribution found for torch==99",
    "python range": "the current Python version does not satisfy requires-python",
    "platform": "exec /bin/sh: exec format error",
    "base image": "failed to resolve source metadata for docker.io/library/python:9.9-slim",
    "network": "dns error: failed to lookup address information: Temporary failure in name resolution",
    "context": 'failed to compute cache key: "/README.md": not found',
    "django": "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
    "apt": "E: Unable to locate package libpq6",
    "pip": "/bin/sh: 1: pip: not found",
    "memory": "process did not complete successfully: exit code: 137",
}


@pytest.mark.parametrize("text", USUAL.values(), ids=USUAL)
def test_a_usual_failure_is_explained(text: str) -> None:
    hint = hint_for(f"#9 1.2 something before\n#9 1.3 {text}\n")
    assert hint is not None
    assert hint.steps


@pytest.mark.parametrize(
    "name", ["cc", "gcc", "x86_64-linux-gnu-gcc", "/usr/bin/cc", "g++", "clang"]
)
def test_a_compiler_is_known_by_its_name(name: str) -> None:
    hint = hint_for(f"error: command '{name}' failed: No such file or directory")
    assert hint is not None
    assert "no compiler" in hint.means


def test_letters_of_a_key_that_the_engine_drew_are_no_compiler() -> None:
    said = 'ERROR: failed to calculate checksum of ref 08dc::apm3qr58i9eunn2mprcc3n8ow: "/nothing.txt": not found'
    hint = hint_for(said)
    assert hint is not None
    assert "not in the build context" in hint.means


def test_there_is_a_hint_for_each_of_the_twenty_most_usual_failures() -> None:
    assert len(hints()) >= 20
    assert len({hint_for(text) for text in USUAL.values()}) >= 20


def test_an_unknown_failure_is_told_as_it_is() -> None:
    assert hint_for("everything is fine") is None


def test_the_error_names_the_instruction_and_the_last_lines() -> None:
    output = (
        "#9 0.2 gcc: fatal error: sql.h: No such file or directory\n"
        'ERROR: failed to build: failed to solve: process "/bin/sh -c make it" did not complete successfully: exit code: 1\n'
    )
    error = build_failed(1, output)
    assert error.exit_code == 6
    assert "RUN make it" in error.text()
    assert "sql.h" in error.text()


def test_the_instruction_is_read_from_the_marked_lines_where_it_has_several() -> None:
    output = "   8 |     COPY . .\n   9 | >>> RUN pip install \\\n  10 | >>>     six\n"
    assert failing_instruction(output) == "RUN pip install six"


def test_the_error_repeats_what_the_failing_step_said_and_not_the_dockerfile() -> None:
    output = (
        "#8 DONE 0.1s\n------\n > [lock 4/4] RUN pdm lock --check:\n0.757 WARNING: it does not fit\n0.758 the end\n------\n"
        "Dockerfile:37\n--------------------\n  36 |     USER 1\n  37 | >>> RUN pdm lock --check\n--------------------\n"
        'ERROR: failed to build: failed to solve: process "/bin/sh -c pdm lock --check" did not complete successfully: '
        "exit code: 1\n"
    )
    error = build_failed(1, output)
    assert error.found.splitlines() == [
        "RUN pdm lock --check",
        "WARNING: it does not fit",
        "the end",
    ]
