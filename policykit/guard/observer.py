"""Who else is told what a guard did: a seam for traces, events and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from policykit.engine.decision import Decision


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision and what was done about it. Holds no text of prompts or answers."""

    decision_id: str
    call_id: str
    function: str
    phase: str
    decision: Decision | None
    """The verdict; None where deciding failed or was not reached (kill switch, stops)."""
    action: str
    """What the guard did: `allow`, `deny`, another effect; `none` where nothing was decided about the end of a call."""
    effects: Sequence[str]
    reason: str
    """Why it was refused, as in `PolicyViolation.reason`; empty when it was not."""
    facts: Mapping[str, object]
    """Facts of the call without its texts."""
    duration_ns: int
    """What the guard itself took."""
    is_refused: bool = False
    """Whether the call, or its answer, was refused: tells an `ask` that was not granted from one that was."""
    ended: str = ""
    """How the call ended: `returned`, `raised`, or `closed` (it was left before its end); empty where it has not."""
    error_type: str = ""
    """The class of what it raised."""


class Observer(Protocol):
    """Is told after the record was queued; what it raises is an error of the guard (`error:guard`)."""

    def decided(self, event: Decided) -> None:
        """Take note of a decision."""
