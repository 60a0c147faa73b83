"""Words without which a thing cannot stand in a file: a cheap necessary condition, never the decision."""

from generator.detect.application.makers import MAKERS, WRAPPERS

MAKER_WORDS = frozenset(name.rpartition(".")[2].encode() for name in (*MAKERS, *WRAPPERS)) | {b"start_response"}
"""An application object is made, or is a bare WSGI callable."""

FILE_WORDS = frozenset({b"streamlit", b"chainlit", b"functions_framework"})
"""Frameworks that are started with a file."""

INTERESTING = MAKER_WORDS | FILE_WORDS
