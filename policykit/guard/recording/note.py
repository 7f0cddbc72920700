"""What the path of a call leaves for the writing thread: no more work than picking values up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from policykit.engine.decision import Decision
    from policykit.trail.record import Record


class Note(NamedTuple):
    """One decision, to be recorded."""

    decision_id: str
    phase: str
    decision: Decision | None
    """None where nothing was decided: kill switch, stop, error."""
    action: str
    """What was done: `allow`, `deny`, another effect, or `closed` for an answer that was left before its end."""
    effects: Sequence[str]
    reason: str
    principal: object
    provider: object
    model: object
    usage: tuple[object, object, object] | None
    """Input tokens, output tokens and cost, where the phase knows them."""
    approver: str
    fallback: str
    texts: Mapping[str, str] | None
    """Label and text of what a commitment is made to."""
    is_refused: bool = False
    """Whether the call, or its answer, was refused: an `ask` may have been granted or not."""
    facts: tuple[object, ...] | None = None
    """Values of the recorded facts of the phase (`policykit.guard.recording.facts`); None where none are recorded."""


Recordable = Note | Sequence["Record"]
"""A note, or records that are ready."""
