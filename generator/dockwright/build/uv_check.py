"""Asks uv itself whether a uv.lock is fresh, where reading alone cannot tell."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SECONDS = 120.0
_STALE = "needs to be updated"
_OTHER_PYTHON = "incompatible with the project's Python"


def uv_says_fresh(root: Path, seconds: float = _SECONDS) -> bool | None:
    """Return what `uv lock --check` says of the project in `root`; None without uv, or if it cannot tell.

    Nothing is written and no Python is downloaded; uv may ask the index. Any interpreter does, so this one is offered
    first: a pinned one that is not installed would be no reason to know less.
    """
    uv = shutil.which("uv")
    if uv is None:
        return None
    answer = _ask(uv, root, seconds, "--python", sys.executable)
    if answer is not None and _OTHER_PYTHON in answer.stderr:
        answer = _ask(uv, root, seconds)
    if answer is None:
        return None
    if answer.returncode == 0:
        return True
    # Any other failure (no network, no interpreter, a manifest that uv refuses) says nothing about the lock.
    return False if answer.returncode == 1 and _STALE in answer.stderr else None


def _ask(
    uv: str, root: Path, seconds: float, *options: str
) -> subprocess.CompletedProcess[str] | None:
    argv = [
        uv,
        "lock",
        "--check",
        "--no-progress",
        "--color",
        "never",
        "--project",
        str(root.resolve()),
        *options,
    ]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    try:
        # Elsewhere, because the shims of pyenv refuse to run where .python-version names what is not installed.
        return subprocess.run(
            argv,
            cwd=tempfile.gettempdir(),
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
