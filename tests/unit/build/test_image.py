"""What the table of layers says of each, from the words of an engine's history."""

import json
from pathlib import Path

import pytest
from dockwright.build.engines import Engine
from dockwright.build.image import layers_of


@pytest.mark.parametrize(
    "told",
    [
        "RUN |1 BYTE_COMPILE=import os\\nprint(1)\\n /bin/sh -c uv pip sync /pylock.toml # buildkit",
        "|17 BYTE_COMPILE=import os\\nprint(1)\\n /bin/sh -c uv pip sync /pylock.toml",
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
