"""policykit: say what production-ready means, decide it from evidence, enforce it at runtime, prove it later.

Public names are imported on first use, so that `import policykit` costs next to nothing.
"""

from __future__ import annotations

from policykit._version import __version__

_LAZY: dict[str, str] = {
    "PolicykitError": "policykit.errors",
    "PolicyError": "policykit.errors",
    "FactsError": "policykit.errors",
    "PolicyViolation": "policykit.errors",
    "Decision": "policykit.engine.decision",
    "Policy": "policykit.engine.policy",
    "load": "policykit.engine.load",
}

__all__ = ["__version__", *_LAZY]  # noqa: PLE0604 - the names are texts


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"policykit has no `{name}`")
    import importlib

    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value
