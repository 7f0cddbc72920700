"""Readiness: a policy, a project and its evidence give a verdict for a gate, with a reason for every clause.

Modules are imported by name; this one imports nothing.
"""
