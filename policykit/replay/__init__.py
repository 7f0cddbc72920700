"""What another version of the rules would have decided about the calls of the past.

    report = policykit.replay.replay(policykit.load("new.policy"), "trail", keys=[key])
    report.changed, report.untold, report.clauses

Each call is decided on what is on record of it. What is not on record is never guessed: a clause that depends on it
*cannot be told*, and is never counted as unchanged. What other decisions would have changed later on (windows that
would hold less, calls that would not have been made) is not followed. See docs/adr/0031.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.replay.model import Absent as Absent
    from policykit.replay.report import ReplayReport as ReplayReport
    from policykit.replay.run import replay as replay

_LAZY: dict[str, str] = {
    "Absent": "policykit.replay.model",
    "ReplayReport": "policykit.replay.report",
    "replay": "policykit.replay.run",
}

__all__ = list(_LAZY)


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"policykit.replay has no `{name}`")
    import importlib

    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value
