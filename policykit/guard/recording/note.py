"""What the path of a call leaves for the writing thread: no more work than picking values up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from policykit.engine.decision import Decision
    from policykit.guard.recording.arguments import Taken
    from policykit.trail.entries.decisions import FunctionRef
    from policykit.trail.format.record import Record

RETURNED = "returned"
RAISED = "raised"
CLOSED = "closed"
"""How an invoked call ended: `closed` is one that was left before its end."""


class Named(Protocol):
    """The plan of a call (`policykit.guard.setup.plan.Plan`), as the writing thread sees it."""

    @property
    def reference(self) -> FunctionRef:
        """Return the names of function and tool."""


class Note(NamedTuple):
    """One decision, or the end of a call about which nothing is decided, to be recorded."""

    decision_id: str
    phase: str
    decision: Decision | None
    """None where nothing was decided: kill switch, stop, error, a tool that raised, an answer that was left."""
    action: str
    """What was done: `allow`, `deny`, another effect; `none` where only the end of a call is noted."""
    effects: Sequence[str]
    reason: str
    principal: object
    provider: object
    model: object
    usage: tuple[object, object, object, object] | None
    """Input tokens, output tokens, cost, and the model that the answer names, where the phase knows them."""
    approver: str
    fallback: str
    texts: Mapping[str, str] | None
    """Label and text of what a commitment is made to."""
    is_refused: bool
    """Whether the call, or its answer, was refused: an `ask` may have been granted or not."""
    facts: tuple[object, ...] | None
    """Values of the recorded facts of the phase (`policykit.guard.recording.facts`); None where none are recorded."""
    plan: Named
    at_ns: int
    span: tuple[int, int] | None
    ended: str
    """How the call ended; empty where this is not its end."""
    error_type: str
    """The class of what it raised."""
    more: More | None
    """What few decisions have."""


class More(NamedTuple):
    """What few decisions have."""

    arguments: Taken | None = None
    """Of a tool."""
    parameters: tuple[tuple[str, object], ...] = ()
    """Of a model."""
    stop: str = ""
    instead: Sequence[str] = ()
    """Fallbacks that answer instead."""
    instead_of: str = ""
    is_checked: bool = False
    principal_kind: object = None
    environment: object = None


Recordable = Note | Sequence["Record"]
"""A note, or records that are ready."""
