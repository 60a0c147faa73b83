"""Fetches template packs from Git."""

import os
import re
import subprocess
from pathlib import Path

from dockwright.errors import PackError, PassingFaultError, redact
from dockwright.model.pattern import Pattern

_SHORT = {"gh": "https://github.com/", "gl": "https://gitlab.com/", "bb": "https://bitbucket.org/"}
_NETWORK = Pattern(
    r"could not resolve|timed out|unable to access|connection|network", re.IGNORECASE
)


def split_reference(source: str) -> tuple[str, str]:
    """Return URL and reference of `URL[@REF]`; gh:, gl: and bb: are spelled out."""
    prefix, colon, rest = source.partition(":")
    if colon and prefix in _SHORT:
        source = _SHORT[prefix] + rest
    head, slash, tail = source.rpartition("/")
    name, at, reference = tail.partition("@")
    return (f"{head}{slash}{name}", reference) if at and slash else (source, "")


def fetch(source: str, folder: Path) -> Path:
    """Clone `URL[@REF]` into `folder` and return the work tree; PackError where Git refuses, PassingFaultError on the network."""
    url, reference = split_reference(source)
    target = folder / "pack"
    if url.startswith("-"):
        raise _refused(url, "an address does not begin with a dash")
    steps = [["clone", "--quiet", *(() if reference else ("--depth", "1")), "--", url, str(target)]]
    if reference:
        steps.append(["-C", str(target), "checkout", "--quiet", "--detach", reference])
    for step in steps:
        _run(step, url)
    return target


def _run(words: list[str], url: str) -> None:
    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    }
    try:
        done = subprocess.run(
            ["git", *words],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=300,
        )
    except FileNotFoundError as error:
        raise _refused(url, "git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise PassingFaultError(
            f"{redact(url)} did not answer within five minutes", steps=("try again",)
        ) from error
    if done.returncode and _NETWORK.search(done.stderr):
        raise PassingFaultError(
            f"{redact(url)} cannot be reached",
            found=done.stderr.strip()[-300:],
            rule="a pack behind an address needs the network",
            steps=("try again", "or clone it by hand and pass its folder"),
            example="dockwright generate --template ./house-style",
        )
    if done.returncode:
        raise _refused(url, done.stderr.strip()[-300:])


def _refused(url: str, why: str) -> PackError:
    return PackError(
        f"the pack cannot be fetched from {redact(url)}",
        found=why,
        rule="a pack is a folder, or a Git repository that you may read, with @REF for a branch, tag or commit",
        steps=("check address and reference", "or clone it by hand and pass its folder"),
        example="dockwright generate --template https://example.org/team/house-style.git@v2 team=shop",
    )
