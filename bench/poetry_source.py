"""Poetry's own client asks an index for JSON unless it is a declared source: the peers' copy of a project gets one declared.

Some indexes answer in HTML only. With the same address declared as a source, Poetry reads that, from any index.
"""

import re
import tomllib
from pathlib import Path

from dockwright.detect.managers.poetry_manifest import content_hash

_SOURCE = '\n[[tool.poetry.source]]\nname = "{name}"\nurl = "{url}"\npriority = "primary"\n'
_PACKAGE_SOURCE = '\n[package.source]\ntype = "legacy"\nurl = "{url}"\nreference = "{name}"\n'
_NAME, _URL = "html", "https://pypi.org/simple"


def declare_source(folder: Path) -> None:
    """Declare the default index as a source in pyproject.toml and in poetry.lock, whose digest is made anew."""
    manifest, lock = folder / "pyproject.toml", folder / "poetry.lock"
    text = manifest.read_text(encoding="utf-8")
    if _NAME in text:
        return
    text += _SOURCE.format(name=_NAME, url=_URL)
    manifest.write_text(text, encoding="utf-8")
    packages, metadata = lock.read_text(encoding="utf-8").split("\n[metadata]\n")
    head, *entries = packages.split("\n[[package]]\n")
    place = _PACKAGE_SOURCE.format(name=_NAME, url=_URL)
    body = "".join(f"\n[[package]]\n{entry.rstrip()}\n{place}" for entry in entries)
    digest = content_hash(tomllib.loads(text), with_groups=True)
    metadata = re.sub(r'content-hash = "[0-9a-f]+"', f'content-hash = "{digest}"', metadata)
    lock.write_text(f"{head}{body}\n[metadata]\n{metadata}", encoding="utf-8")
