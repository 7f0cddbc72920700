"""Texts of a call: where they stand, what is taken out of them, and how they stream."""
