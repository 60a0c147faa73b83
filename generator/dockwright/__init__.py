"""Dockwright reads a Python project and writes the files that put it into a container."""

__version__ = "0.2.0"
