"""Rendered text in, files out: compare, merge, replace."""
