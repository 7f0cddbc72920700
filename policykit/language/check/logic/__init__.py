"""Conditions and expressions: how each is typed, and what can never hold."""
