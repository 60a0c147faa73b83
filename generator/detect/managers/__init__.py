"""One module per package manager: find, parse, judge."""
