"""Runs the hooks of a template pack, which only happens when the user accepts them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dockwright.errors import PackError
from dockwright.model.origin import Origin


def run_hook(script: Path, target: Path, answers: Mapping[str, object]) -> None:
    """Run `script` in `target` with the answers as JSON in DOCKWRIGHT_ANSWERS; PackError where it fails."""
    argv = [sys.executable, str(script)] if script.suffix == ".py" else [str(script)]
    environment = {**os.environ, "DOCKWRIGHT_ANSWERS": json.dumps(dict(answers))}
    done = subprocess.run(argv, cwd=target, env=environment, check=False, timeout=600)
    if done.returncode:
        raise PackError(
            f"the hook ended with exit code {done.returncode}",
            origin=Origin(path=script.name),
            rule="a hook that fails stops the run; a `before` hook fails before anything is written",
            steps=("read what it printed above", "or run without --accept-hooks"),
            example="dockwright generate --template PACK --no-input",
        )
