"""Prompt-injection phrases: one detector a file."""
