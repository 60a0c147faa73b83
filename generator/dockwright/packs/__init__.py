"""Template packs: a folder with questions, templates and files that a team shares."""

from dockwright.packs.answers import settle
from dockwright.packs.pack import Pack, Question, load_pack
from dockwright.packs.pack_files import (
    Applied,
    applied_packs,
    files_of,
    kept_files,
    layers_of,
    recorded,
    render_pack,
)

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
