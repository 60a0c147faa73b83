"""Version files: `.python-version`, `.tool-versions`, `mise.toml`, `runtime.txt`."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import dig, items_in
from dockwright.detect.pythons.found import Found, added, pinned, told
from dockwright.detect.tree import ProjectTree
from dockwright.model.origin import Origin

PYTHON_VERSION = ".python-version"
TOOL_VERSIONS = ".tool-versions"
RUNTIME = "runtime.txt"
MISE = (
    "mise.toml",
    ".mise.toml",
    "mise/config.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
)


def find_in_version_files(tree: ProjectTree) -> Found:
    """Return what the version files in the root say: `.python-version` as a pin, the others as hints."""
    mise = added(_mise(tree, path) for path in MISE if tree.has(path))
    return _python_version(tree) + _tool_versions(tree) + mise + _runtime(tree)


def _python_version(tree: ProjectTree) -> Found:
    if tree.is_dangling(PYTHON_VERSION):
        return told(
            "python-version-dangling",
            f"{PYTHON_VERSION} is a link that leads nowhere: it is not followed",
            Origin(path=PYTHON_VERSION),
            "mend the link, or put a file with the version in its place",
        )
    text = tree.optional_text(PYTHON_VERSION)
    if text is None:
        return Found()
    words = [
        (word, Origin(path=PYTHON_VERSION, line=number))
        for number, line in _lines(text)
        for word in _words_of_pin(line)
    ]
    return pinned(words, "pin") if words else _empty(PYTHON_VERSION)


def _words_of_pin(line: str) -> list[str]:
    """Return the versions of one line: several by blanks (pyenv), or one specifier that may hold blanks (uv)."""
    return [line.strip()] if line.strip().startswith((">", "<", "=", "!", "~")) else line.split()


def _tool_versions(tree: ProjectTree) -> Found:
    text = tree.optional_text(TOOL_VERSIONS)
    if text is None:
        return Found()
    return added(
        pinned(
            [
                (word, Origin(path=TOOL_VERSIONS, line=number, key="python"))
                for word in line.split()[1:]
            ],
            "hint",
        )
        for number, line in _lines(text)
        if line.split()[0] == "python"
    )


def _mise(tree: ProjectTree, path: str) -> Found:
    tools = dig(tree.toml(path), "tools")
    lines = TomlLines(path, tree.text(path))
    wishes = added(
        pinned([(word, lines.origin("tools", key)) for word in _mise_versions(value)], "hint")
        for key, value in items_in(tools)
        if key in ("python", "core:python")
    )
    return wishes + _mise_build(tree.toml(path), path, lines)


def _mise_build(document: Mapping[str, Any], path: str, lines: TomlLines) -> Found:
    """Return the notice where mise is told to build, or to fetch, the free-threaded interpreter."""
    built = str(dig(document, "env", "PYTHON_BUILD_FREE_THREADING") or "0") not in (
        "0",
        "false",
        "False",
    )
    flavor = str(dig(document, "settings", "python", "precompiled_flavor") or "")
    if not built and "freethreaded" not in flavor:
        return Found()
    keys = (
        ("env", "PYTHON_BUILD_FREE_THREADING")
        if built
        else ("settings", "python.precompiled_flavor")
    )
    return told(
        "python-free-threaded",
        f"{path} asks for the free-threaded build: the official images have only the ordinary one, which is taken",
        lines.origin(*keys),
        "name an image that has it with `--set base=IMAGE`",
    )


def _mise_versions(value: Any) -> Iterator[str]:  # noqa: ANN401 - a value of TOML
    if isinstance(value, list):
        for item in value:
            yield from _mise_versions(item)
    elif isinstance(value, dict):
        yield from _mise_versions(value.get("version", ""))
    elif isinstance(value, str | float | int) and value != "":
        yield str(value)


def _runtime(tree: ProjectTree) -> Found:
    text = tree.optional_text(RUNTIME)
    if text is None:
        return Found()
    words = [(line.strip(), Origin(path=RUNTIME, line=number)) for number, line in _lines(text)][:1]
    if not words:
        return _empty(RUNTIME)
    # Binder uses the same file name for R: that one says nothing about Python.
    return Found() if words[0][0].startswith("r-") else pinned(words, "hint")


def _empty(path: str) -> Found:
    return told(
        "python-version-empty",
        f"{path} holds no version: it is not followed",
        Origin(path=path),
        "write a version such as 3.13 into it, or remove it",
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something with their numbers, comments taken away."""
    for number, line in enumerate(text.split("\n"), 1):
        kept = line.partition("#")[0]
        if kept.split():
            yield number, kept
