"""Template packs: a folder with questions and templates that a team shares, rendered beside or instead of the built-in files."""

from dockwright.packs.answers import settle
from dockwright.packs.files import render_pack
from dockwright.packs.kept import Applied, applied_packs, files_of, kept_files, layers_of, recorded
from dockwright.packs.pack import Pack, Question, load_pack

__all__ = [
    "Applied",
    "Pack",
    "Question",
    "applied_packs",
    "files_of",
    "kept_files",
    "layers_of",
    "load_pack",
    "recorded",
    "render_pack",
    "settle",
]
