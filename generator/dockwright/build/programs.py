"""The programs beside the engine that are asked: Git, uv, and a template pack's hooks."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from dockwright.build.command import TOO_LATE, Said, ask
from dockwright.errors import PackError, PassingFaultError, redact
from dockwright.model.origin import Origin

_DESCRIBED = r"(?P<tag>.*)-(?P<distance>\d+)-g(?P<commit>[0-9a-f]+)"
_RELEASE = r"(?i)(?P<release>\d+(?:\.\d+)*(?:[._-]?(?:a|b|rc|alpha|beta|dev|post)[._-]?\d*)?)$"

_HOSTS = {"gh": "https://github.com/", "gl": "https://gitlab.com/", "bb": "https://bitbucket.org/"}
_NETWORK = r"(?i)could not resolve|timed out|unable to access|connection|network"

_UV_SECONDS = 120.0
_GIT_SECONDS = 30.0
_CLONE_SECONDS = 300.0
_HOOK_SECONDS = 600.0


# A repository may name programs of its own: none of them is started.
_GIT_SAFELY = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
    "-c", "safe.bareRepository=explicit", "-c", "diff.external=",
)  # fmt: skip


def version_of(root: Path) -> str:
    """Return the PEP 440 version that Git gives to `root` as setuptools-scm numbers it, else ""."""
    # An image has no .git, so the build is told. Without a tag the version counts from 0.
    described = _git(root, "describe", "--tags", "--long", "--dirty", "--always", "--abbrev=8")
    if not described:
        return ""
    dirty = described.endswith("-dirty")
    match = re.fullmatch(_DESCRIBED, described.removesuffix("-dirty"))
    commit = match["commit"] if match else described.removesuffix("-dirty")
    release = re.search(_RELEASE, match["tag"]) if match else None
    if match and release:
        tagged, distance = Version(release["release"]), int(match["distance"])
    else:
        tagged, distance = Version("0.0"), int(_git(root, "rev-list", "--count", "HEAD") or 0)
    if not distance and not dirty:
        return str(tagged)
    # The last number is one higher, and a development version ends.
    coming = re.sub(r"(\.post\d+)?(\.dev\d+)?$", "", tagged.public)
    if not tagged.is_devrelease:
        coming = re.sub(r"\d+$", lambda last: str(int(last[0]) + 1), coming)
    return f"{coming}.dev{distance}+g{commit}" + (".dirty" if dirty else "")


def _git(root: Path, *words: str) -> str:
    said = ask(["git", *_GIT_SAFELY, "-C", str(root), *words], seconds=_GIT_SECONDS)
    return "" if said.code else said.output.strip()


def uv_says_fresh(root: Path, seconds: float = _UV_SECONDS) -> bool | None:
    """Return what `uv lock --check` says of `root`; None without uv, or if it cannot tell."""
    # Any interpreter does, so this one is offered first: a pinned one that is not installed
    # would be no reason to know less.
    answer = _ask_uv(root, seconds, "--python", sys.executable)
    if "incompatible with the project's Python" in answer.errors:
        answer = _ask_uv(root, seconds)
    if answer.code == 0:
        return True
    # Another failure (no network, a manifest that uv refuses) says nothing about the lock.
    stale = answer.code == 1 and "needs to be updated" in answer.errors
    return False if stale else None


def _ask_uv(root: Path, seconds: float, *options: str) -> Said:
    argv = ["uv", "lock", "--check", "--no-progress", "--color", "never", *options]
    # Shims of pyenv refuse to run where .python-version names what is not installed.
    return ask(
        [*argv, "--project", str(root.resolve())],
        seconds=seconds,
        folder=tempfile.gettempdir(),
        environment={"UV_PYTHON_DOWNLOADS": "never"},
    )


def split_reference(source: str) -> tuple[str, str]:
    """Return URL and reference of `URL[@REF]`; gh:, gl: and bb: are spelled out."""
    prefix, colon, rest = source.partition(":")
    if colon and prefix in _HOSTS:
        source = _HOSTS[prefix] + rest
    head, slash, tail = source.rpartition("/")
    name, at, reference = tail.partition("@")
    return (f"{head}{slash}{name}", reference) if at and slash else (source, "")


def fetch_pack(source: str, folder: Path) -> Path:
    """Clone `URL[@REF]` into `folder`; PackError by Git, PassingFaultError by the network."""
    url, reference = split_reference(source)
    target = folder / "pack"
    if url.startswith("-"):
        raise _refused(url, "an address does not begin with a dash")
    # A commit cannot be cloned by name, so a reference needs the whole history.
    shallow = () if reference else ("--depth", "1")
    _clone(url, "clone", "--quiet", *shallow, "--", url, str(target))
    if reference:
        _clone(url, "-C", str(target), "checkout", "--quiet", "--detach", reference)
    return target


def _clone(url: str, *words: str) -> None:
    protocols = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}
    said = ask(["git", *words], environment=protocols, seconds=_CLONE_SECONDS)
    if said.code == TOO_LATE or (said.code and re.search(_NETWORK, said.errors)):
        raise PassingFaultError(
            f"{redact(url)} cannot be reached",
            found=said.complaint(3),
            rule="a pack behind an address needs the network",
            steps=("try again", "or clone it by hand and pass its folder"),
            example="dockwright generate --template ./house-style",
        )
    if said.code:
        raise _refused(url, said.complaint(3))


def _refused(url: str, why: str) -> PackError:
    return PackError(
        f"the pack cannot be fetched from {redact(url)}",
        found=why,
        rule="a pack is a folder, or a Git repository with @REF for a branch, tag or commit",
        steps=("check address and reference", "or clone it by hand and pass its folder"),
        example="dockwright generate --template https://example.org/team/style.git@v2 team=shop",
    )


def run_hook(script: Path, target: Path, answers: Mapping[str, object]) -> None:
    """Run a pack's hook with the answers in DOCKWRIGHT_ANSWERS; PackError where it fails."""
    argv = [sys.executable, str(script)] if script.suffix == ".py" else [str(script)]
    environment = {**os.environ, "DOCKWRIGHT_ANSWERS": json.dumps(dict(answers))}
    done = subprocess.run(argv, cwd=target, env=environment, check=False, timeout=_HOOK_SECONDS)
    if done.returncode:
        raise PackError(
            f"the hook ended with exit code {done.returncode}",
            origin=Origin(path=script.name),
            rule="a hook that fails stops the run; a `before` hook stops it before any writing",
            steps=("read what it printed above", "or run without --accept-hooks"),
            example="dockwright generate --template PACK --no-input",
        )
