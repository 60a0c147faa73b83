"""Project and settings in, Plan out: pure functions."""
