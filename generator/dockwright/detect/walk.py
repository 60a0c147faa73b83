"""The files of a project, in one walk that leaves out what is not the project's."""

import os

IGNORED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".venv", "venv", "env", ".env", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache",
        ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs", "site-packages", ".dockwright", ".idea", ".vscode", "__pypackages__",
        ".pdm-build", "bower_components", ".terraform", ".cache",
    }
)  # fmt: skip
"""Never walked into: version control, environments and what tools leave behind."""

MAX_FOLDERS = 100
"""Deeper folders are not walked into: no code stands there, and the walk must end."""


def walk(root: str) -> tuple[str, ...]:
    """Return the relative paths of all files below `root` (with its `/`), in no order; environments (a folder that holds pyvenv.cfg) are left out."""
    found: list[str] = []
    folders = [""]
    while folders:
        _list(root, folders.pop(), found, folders)
    return tuple(found)


def _list(root: str, folder: str, found: list[str], folders: list[str]) -> None:
    """Append the files of one folder to `found`, and the folders in it that are walked into to `folders`."""
    try:
        entries = list(os.scandir(root + folder))
    except OSError:
        return
    names: list[str] = []
    others: list[os.DirEntry[str]] = []
    for entry in entries:
        try:
            # Nearly every entry is a plain file: that question first. It is also answered for what a link leads to.
            if entry.is_file():
                names.append(entry.name)
            else:
                others.append(entry)
        except OSError:  # links that lead to each other
            continue
    if folder and "pyvenv.cfg" in names:
        return
    above = f"{folder}/" if folder else ""
    found += [above + name for name in names]
    if folder.count("/") < MAX_FOLDERS - 1:
        own = (entry.name for entry in others if entry.is_dir(follow_symlinks=False))
        folders += [above + name for name in own if name not in IGNORED_FOLDERS]
