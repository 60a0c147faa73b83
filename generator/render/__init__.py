"""Plan in, text out: pure functions."""
