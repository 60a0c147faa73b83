"""Dockwright: reads a Python project, decides how it should be containerised, and writes the files."""

__version__ = "0.1.0"
