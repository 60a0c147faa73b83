"""What is reported of a build: steps and layers, from what the engines write."""

import json
from pathlib import Path

import pytest
from dockwright.build.engine import Engine
from dockwright.build.image import layers_of, steps_of_output


@pytest.mark.parametrize(
    "told",
    [
        "RUN |1 GREETING=good\\nmorning\\n /bin/sh -c uv pip sync /pylock.toml # buildkit",
        "|17 GREETING=good\\nmorning\\n /bin/sh -c uv pip sync /pylock.toml",
        "RUN /bin/sh -c uv pip sync /pylock.toml # buildkit",
    ],
    ids=["BuildKit", "Podman", "without build arguments"],
)
def test_a_layer_is_named_by_its_command_and_not_by_the_values_of_build_arguments(
    told: str, tmp_path: Path
) -> None:
    history = tmp_path / "history.json"
    history.write_text(json.dumps({"CreatedBy": told, "Size": 5}), encoding="utf-8")
    program = tmp_path / "engine"
    program.write_text(f"#!/bin/sh\ncat '{history}'\n", encoding="utf-8")
    program.chmod(0o755)
    (layer,) = layers_of(Engine(program=str(program)), "app")
    assert layer.instruction == "RUN uv pip sync /pylock.toml"


PODMAN = """\
[1/2] STEP 1/3: FROM python:3.13-slim AS base
[1/2] STEP 2/3: WORKDIR /app
--> Using cache 29fc9e220c1d
--> 29fc9e220c1
[1/2] STEP 3/3: RUN --mount=type=cache,target=/root/.cache/uv     pip install six
Installed six
[2/2] STEP 1/2: FROM a2383bdf15a5 AS runtime
[2/2] STEP 2/2: COPY . .
"""
PLAIN = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#2 [base 1/2] FROM docker.io/library/python:3.13-slim
#2 DONE 0.0s
#4 [runtime 1/2] RUN pip install six
#4 0.4 Installed six
#4 DONE 1.5s
#3 [base 2/2] WORKDIR /app
#3 CACHED
#5 exporting to image
#5 DONE 0.1s
"""


def told(output: str) -> list[tuple[str, bool, float]]:
    return [(step.name, step.cached, step.seconds) for step in steps_of_output(output)]


def test_podman_tells_step_by_step_what_came_from_its_cache() -> None:
    assert told(PODMAN) == [
        ("[base] WORKDIR /app", True, 0.0),
        ("[base] RUN pip install six", False, 0.0),
        ("[runtime] COPY . .", False, 0.0),
    ]


def test_plain_progress_is_read_without_what_is_no_step_of_the_dockerfile() -> None:
    assert told(PLAIN) == [
        ("[runtime 1/2] RUN pip install six", False, 1.5),
        ("[base 2/2] WORKDIR /app", True, 0.0),
    ]


def test_what_was_drawn_on_a_terminal_tells_nothing() -> None:
    assert told("[+] Building 1.3s (10/11)\n => [runtime 1/2] RUN pip install six  1.1s\n") == []
