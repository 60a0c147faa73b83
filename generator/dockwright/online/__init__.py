"""Asks package indexes over the network, and only when `--online` says so: the files behind the hashes of a lock."""

from dockwright.online.ask import Limits, ask_indexes, unanswered, with_files
from dockwright.online.cache import cache_folder

__all__ = ["Limits", "ask_indexes", "cache_folder", "unanswered", "with_files"]
