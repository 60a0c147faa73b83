"""Starts an image and compares it with the plan and the lock."""
