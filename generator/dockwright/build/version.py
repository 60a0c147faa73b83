"""The version that version control gives to a project: an image has no .git, so the build is told."""

import re
import subprocess
from pathlib import Path

from dockwright.model.pattern import Pattern

_DESCRIBED = Pattern(r"^(?P<tag>.*)-(?P<distance>\d+)-g(?P<commit>[0-9a-f]+)$")
_RELEASE = Pattern(
    r"(?P<release>\d+(?:\.\d+)*(?:[._-]?(?:a|b|rc|alpha|beta|dev|post)[._-]?\d*)?)$", re.IGNORECASE
)
_AFTERWARDS = Pattern(r"(\.post\d+)?(\.dev\d+)?$")
_LAST_NUMBER = Pattern(r"\d+$")
_ARGV = ("describe", "--tags", "--long", "--dirty", "--always", "--abbrev=8")


def version_of(root: Path) -> str:
    """Return the PEP 440 version of the work tree in `root`, "" where Git, a repository or a commit is missing.

    On a tag it is the tag's own version; later, or with edits that are not committed, the next one's development version with
    distance and commit, as setuptools-scm numbers it. Without a tag it counts from 0.
    """
    described = _git(root, *_ARGV)
    if not described:
        return ""
    dirty = described.endswith("-dirty")
    match = _DESCRIBED.match(described.removesuffix("-dirty"))
    release = _RELEASE.search(match["tag"]) if match else None
    if match and release:
        return _version(release["release"], int(match["distance"]), match["commit"], dirty=dirty)
    commit = match["commit"] if match else described.removesuffix("-dirty")
    return _version("0.0", int(_git(root, "rev-list", "--count", "HEAD") or 0), commit, dirty=dirty)


def _version(release: str, distance: int, commit: str, *, dirty: bool) -> str:
    from packaging.version import Version

    tagged = Version(release)
    if not distance and not dirty:
        return str(tagged)
    return f"{_next(tagged.public)}.dev{distance}+g{commit}" + (".dirty" if dirty else "")


def _next(tagged: str) -> str:
    """Return the version that the next tag would have: the last number is one higher, a development version ends."""
    head = _AFTERWARDS.sub("", tagged)
    last = _LAST_NUMBER.search(head)
    if ".dev" in tagged or last is None:
        return head
    return f"{head[: last.start()]}{int(last[0]) + 1}"


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
