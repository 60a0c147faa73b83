"""The price list of a small shop."""
