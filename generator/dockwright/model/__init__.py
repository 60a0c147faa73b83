"""Frozen data that travels between the rooms: no I/O, no logic beyond what reads its own fields."""
