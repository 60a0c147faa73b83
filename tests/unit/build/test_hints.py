"""What the last words of a failed build mean."""

import pytest
from dockwright.build.failure import failing_instruction
from dockwright.build.hints import hint_for, hints
from dockwright.build.image import build_failed

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
    assert error.found.split("\n       ") == [
        "RUN pdm lock --check",
        "WARNING: it does not fit",
        "the end",
    ]
