"""Asks package indexes for the files behind a lock's hashes, and only when `--online` says so."""

from dockwright.online.ask import Limits, ask_indexes, unanswered, with_files
from dockwright.online.index_page import cache_folder

__all__ = ["Limits", "ask_indexes", "cache_folder", "unanswered", "with_files"]
