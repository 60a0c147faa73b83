"""Runs inside the image, on its own interpreter, and prints one JSON document.

It is sent through standard input, so it imports nothing of ours or from the index, and it runs on
every Python from 3.8 on.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import shutil
import sys
import sysconfig
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path

COMPILERS = ("gcc", "g++", "cc", "c++", "clang", "cargo", "rustc", "make", "cmake", "gfortran")
MANAGERS = ("pipenv", "poetry", "pdm", "uv", "hatch", "conda")
WAITING_FOR_SETTINGS = ("ImproperlyConfigured", "AppRegistryNotReady")


def canonical(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def top_level(distribution: metadata.Distribution) -> list[str]:
    """Names that the distribution makes importable."""
    # setuptools writes this list, other backends do not.
    text = distribution.read_text("top_level.txt")
    if text:
        return [line.strip() for line in text.splitlines() if line.strip()]
    names = set()
    for file in distribution.files or ():
        if len(file.parts) > 1 and file.suffix == ".py":
            names.add(file.parts[0])
        elif len(file.parts) == 1 and file.suffix in (".py", ".so"):
            names.add(file.parts[0].split(".")[0])
    return sorted(names)


def size_of(distribution: metadata.Distribution) -> int:
    """Bytes of all its files, with their bytecode, which no installer has on its list."""
    paths = {str(distribution.locate_file(file)) for file in distribution.files or ()}
    paths |= {cache_from_source(path) for path in paths if path.endswith(".py")}
    total = 0
    for path in paths:
        try:
            total += Path(path).stat().st_size
        except OSError:
            continue
    return total


def broken_import(name: str) -> str:
    """Why a module does not import, "" if it does; a framework that waits for settings is well."""
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - a module may end the interpreter: told, too
        kind = type(error).__name__
        first = (str(error).splitlines() or [""])[0]
        return "" if kind in WAITING_FOR_SETTINGS else f"{kind}: {first}"
    return ""


def development_packages() -> list[str]:
    """Debian packages with headers."""
    try:
        lines = Path("/var/lib/dpkg/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    names = [line.split(": ")[1].strip() for line in lines if line.startswith("Package: ")]
    return sorted(name for name in names if name.endswith("-dev"))


def environment() -> dict[str, str]:
    """The variables that markers read."""
    version = ".".join(str(number) for number in sys.version_info[:3])
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version,
        "python_version": ".".join(str(number) for number in sys.version_info[:2]),
        "sys_platform": sys.platform,
    }


def shipped_managers(found: dict[str, str]) -> list[str]:
    """Managers on PATH or among the distributions; the pip of the base image does not count."""
    managers = [name for name in MANAGERS if shutil.which(name) or name in found]
    return managers + (["pip"] if "pip" in found and sys.prefix != sys.base_prefix else [])


def installed() -> list[metadata.Distribution]:
    """All distributions of the environment."""
    paths = sysconfig.get_paths()
    return list(metadata.distributions(path=sorted({paths["purelib"], paths["platlib"]})))


def all_sizes() -> dict[str, object]:
    """How large each distribution is, and no more: this must be quick."""
    return {"sizes": {canonical(each.metadata["Name"]): size_of(each) for each in installed()}}


def everything() -> dict[str, object]:
    """All that a proof looks at."""
    found, imports, sizes, requires = {}, {}, {}, {}
    for distribution in installed():
        name = canonical(distribution.metadata["Name"])
        found[name] = distribution.version
        sizes[name] = size_of(distribution)
        requires[name] = list(distribution.requires or ())
        # A module that begins with `_` is its distribution's own business.
        names = [
            module
            for module in top_level(distribution)
            if module.isidentifier() and not module.startswith("_")
        ]
        imports.update(dict.fromkeys(names, name))
    failures = {module: why for module in sorted(imports) for why in [broken_import(module)] if why}
    return {
        "python": environment()["python_full_version"],
        "machine": platform.machine(),
        "distributions": found,
        "sizes": sizes,
        "requires": requires,
        "imports": imports,
        "failures": failures,
        "compilers": [name for name in COMPILERS if shutil.which(name)],
        "managers": shipped_managers(found),
        "development_packages": development_packages(),
        "environment": environment(),
    }


document = all_sizes() if sys.argv[1:] == ["sizes"] else everything()
sys.stdout.write("\n" + json.dumps(document) + "\n")
