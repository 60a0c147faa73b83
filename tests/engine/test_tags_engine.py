"""The wheels that an image accepts, asked of the interpreter inside it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import packaging
import pytest
from dockwright.decide.wheels import target_tags

pytestmark = pytest.mark.engine

ASK = """
import json, os, platform
from packaging.tags import sys_tags
kind, version = platform.libc_ver()
if kind != "glibc":
    kind, version = "musl", "1.2"
print(json.dumps({"tags": [str(tag) for tag in sys_tags()], "libc": [kind, *map(int, version.split(".")[:2])], "machine": os.uname().machine}))
"""


@pytest.mark.parametrize("minor", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_the_tags_of_a_target_are_those_of_the_interpreter(
    docker: Callable[..., subprocess.CompletedProcess[str]], minor: str
) -> None:
    # The installed `packaging` alone is lent to the image, which has none.
    library = Path(packaging.__file__).parent
    answer = docker(
        *(
            "run",
            "--rm",
            "--network",
            "none",
            "--volume",
            f"{library}:/lent/packaging:ro",
            "--env",
            "PYTHONPATH=/lent",
        ),
        *(f"python:{minor}-slim", "python", "-c", ASK),
    )
    said = json.loads(answer.stdout)
    kind, major, patch = said["libc"]
    found = target_tags(minor, said["machine"], (kind, major, patch))
    assert {str(tag) for tag in found} == set(said["tags"])
