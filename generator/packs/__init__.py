"""Template packs: a folder with questions and templates that a team shares, rendered beside or instead of the built-in files."""

from generator.packs.answers import settle
from generator.packs.files import render_pack
from generator.packs.pack import Pack, Question, load_pack

__all__ = ["Pack", "Question", "load_pack", "render_pack", "settle"]
