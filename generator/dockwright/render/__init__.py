"""Plan in, text out: pure functions."""

from dockwright.render.files import render, render_lock
from dockwright.render.overlay import Layer

__all__ = ["Layer", "render", "render_lock"]
