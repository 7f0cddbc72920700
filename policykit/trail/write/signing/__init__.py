"""Heads: signing them, remembering them, and the log in which they stand."""
