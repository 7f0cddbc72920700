"""What another version of the rules would have decided about the calls of the past.

    report = policykit.replay.replay(policykit.load("new.policy"), "trail", keys=[key])
    report.changed, report.untold, report.clauses

Each call is decided on what is on record of it. What is not on record is never guessed: a clause that depends on it
*cannot be told*, and is never counted as unchanged. What other decisions would have changed later on (windows that
would hold less, calls that would not have been made) is not followed. See docs/adr/0031.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "Absent",
    "ClauseDiff",
    "ClauseStatus",
    "Conclusion",
    "Example",
    "ReplayReport",
    "RulesRef",
    "State",
    "replay",
]

if TYPE_CHECKING:
    from policykit.replay.model import Absent, RulesRef, State
    from policykit.replay.report import ClauseDiff, ClauseStatus, Conclusion, Example, ReplayReport
    from policykit.replay.run import replay
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.replay.model": "Absent RulesRef State",
            "policykit.replay.report": "ClauseDiff ClauseStatus Conclusion Example ReplayReport",
            "policykit.replay.run": "replay",
        },
    )
