"""What is read from the output of a build that failed, as BuildKit and Podman write it."""

from dockwright.build.failure import evidence, failing_instruction, last_words
from dockwright.build.hints import hint_for
from dockwright.build.image import build_failed

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
    assert last_words(BUILDKIT) == ("one more line",)


def test_podman_names_the_instruction_and_its_lines() -> None:
    assert failing_instruction(PODMAN) == "RUN SECRET_KEY=build pip install six==99"
    assert last_words(PODMAN) == (
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
