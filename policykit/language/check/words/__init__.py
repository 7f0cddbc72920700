"""Declared words: where they stand, what they mean, and what nothing uses."""
