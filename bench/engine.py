"""Builds, timed as a whole process, and what the engine says about the result."""

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

FRONTEND = "# syntax="
_LABEL = "made-by=dockwright-bench"
_DISKS = Path("/proc/diskstats")
_INTERVAL, _PATIENCE = 3.0, 90.0
_RECENT = 65.0
"""Seconds. ext4 without a journal gives no inode out again within 60 s of its deletion (360 s where its neighbours were written since),
and looks at each such one for every new file."""
_QUIET = 8192
"""Sectors of 512 bytes: 4 MB in an interval are what an idle machine may write."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """One build: wall-clock `seconds`, bytes of context that were `sent`."""

    seconds: float
    sent: str


def build(folder: Path, tag: str, *, cold: bool = False) -> Built:
    """Build `folder`; `cold` uses no cached step and begins with empty cache mounts, which `--no-cache` gives.

    An image whose name it takes is not deleted here but in `forget_builds`: the next build would pay for it.
    """
    argv = [
        "docker",
        "buildx",
        "build",
        "--progress=plain",
        "--load",
        "--tag",
        tag,
        "--label",
        _LABEL,
        *(["--no-cache"] if cold else []),
        str(folder),
    ]
    # Each step ends with a sync of the whole file system: it should not write out what the build before left.
    os.sync()
    started = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{tag}: the build failed\n{done.stderr[-3000:]}")
    sent = [
        line.split("transferring context: ")[1]
        for line in done.stderr.splitlines()
        if "transferring context: " in line
    ]
    return Built(seconds=seconds, sent=sent[-1] if sent else "")


def forget_builds() -> None:
    """Delete every image of this bench, also those whose name a later build took, and empty the engine's build cache."""
    images = ["docker", "image", "prune", "--all", "--force", "--filter", f"label={_LABEL}"]
    subprocess.run(images, check=True, capture_output=True)
    subprocess.run(
        ["docker", "builder", "prune", "--all", "--force"], check=True, capture_output=True
    )


def wait_for_disk() -> None:
    """Wait until the file system gives deleted inodes out again and next to nothing is written or discarded.

    Whoever builds earlier pays seconds for what another one left, and the more files it makes the more it pays.
    """
    os.sync()
    time.sleep(_RECENT)
    deadline = time.monotonic() + _PATIENCE
    moved = _QUIET + 1
    while moved > _QUIET and time.monotonic() < deadline:
        before = _sectors()
        time.sleep(_INTERVAL)
        moved = _sectors() - before


def _sectors() -> int:
    """Return how many sectors all disks wrote or gave back so far; 0 where the system does not tell."""
    if not _DISKS.is_file():
        return 0
    disks = (line.split() for line in _DISKS.read_text(encoding="ascii").splitlines())
    return sum(int(fields[9]) + int(fields[16]) for fields in disks)


def without_frontend(folder: Path) -> None:
    """Take the line out that pulls a frontend, where no registry can be reached."""
    dockerfile = folder / "Dockerfile"
    lines = dockerfile.read_text(encoding="utf-8").splitlines(keepends=True)
    dockerfile.write_text(
        "".join(line for line in lines if not line.startswith(FRONTEND)), encoding="utf-8"
    )


def name_cache_mounts(dockerfile: Path, name: str) -> None:
    """Give each cache mount a name of this project and shape.

    Two that mount the same one would use, and with `--no-cache` delete, what the other put there.
    """
    text = dockerfile.read_text(encoding="utf-8")
    named = re.sub(
        r"--mount=type=cache,target=([^\s,]+)", rf"--mount=type=cache,id={name}\1,target=\1", text
    )
    dockerfile.write_text(named, encoding="utf-8")


def size(image: str) -> int:
    """Return the bytes of an image."""
    done = subprocess.run(
        ["docker", "image", "inspect", image], capture_output=True, text=True, check=True
    )
    return int(json.loads(done.stdout)[0]["Size"])


def installed_size(image: str) -> int:
    """Return the bytes of what is installed and of the source, as du counts them inside the image."""
    argv = ["docker", "run", "--rm", "--entrypoint", "du", image, "-sb", "/opt/venv", "/app"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return sum(int(line.split()[0]) for line in done.stdout.splitlines())


def seconds_to_first_answer(image: str, port: int) -> float:
    """Return how long a container takes from its start to the first answer over HTTP."""
    import http.client

    started = time.perf_counter()
    run = ["docker", "run", "--detach", "--rm", "--publish", f"127.0.0.1::{port}", image]
    name = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    try:
        place = subprocess.run(
            ["docker", "port", name, str(port)], capture_output=True, text=True, check=True
        )
        address = place.stdout.splitlines()[0]
        while time.perf_counter() - started < 30:
            try:
                connection = http.client.HTTPConnection(address, timeout=2)
                connection.request("GET", "/")
                connection.getresponse()
                return time.perf_counter() - started
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        return float("nan")
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)


def copy_into(source: Path, target: Path) -> None:
    """Copy every file of `source` over `target`."""
    shutil.copytree(source, target, dirs_exist_ok=True)
