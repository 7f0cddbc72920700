"""Secrets and keys: one detector a file."""
