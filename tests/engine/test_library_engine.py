"""The library on a real engine: it builds, proves and locks without a word."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright import api
from dockwright.build.request import BuildRequest

pytestmark = pytest.mark.engine


def test_an_image_is_built_and_proved_without_a_word(
    project: Callable[[str], Path],
    session_name: str,
    docker: Callable[..., object],
    capfd: pytest.CaptureFixture[str],
) -> None:
    root, tag = project("uv-fastapi"), f"{session_name}:library"
    try:
        result = api.build(BuildRequest(root=root, tags=(tag,)), engine="docker", drifted=True)
        proof = api.prove(tag, root, engine="docker")
    finally:
        docker("image", "rm", "--force", tag, check=False)
    assert capfd.readouterr() == ("", "")
    assert result.layers
    assert "fastapi" in dict(result.distributions)
    assert proof.passed, [check for check in proof.checks if not check.passed]
