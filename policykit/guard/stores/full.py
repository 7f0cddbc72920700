"""Why a store in memory takes nothing more."""

from __future__ import annotations

from policykit.guard.stores.error import StoreError


def full(message: str) -> StoreError:
    """Return what to raise; the diagnostic is made only then, so that no guard loads it at its start."""
    from policykit.guard.stores.problems import store_problem

    return store_problem("PK383", message)
