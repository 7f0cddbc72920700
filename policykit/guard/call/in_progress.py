"""A call in progress, as the parts see it that carry a decision out and put it on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from policykit.guard.flow.context import Session
from policykit.guard.setup.binding import Binding
from policykit.guard.setup.plan import CallPlan

Given = tuple[Binding, tuple[Any, ...], Mapping[str, Any]]
"""What a call is made with, and what reads it."""


class CallInProgress(Protocol):
    """What `policykit.guard.call.open_call.OpenCall` is to them."""

    id: str
    plan: CallPlan
    facts: dict[str, object]
    session: Session
    fallback: str
    made_ns: int
    started_ns: int
    given: Given | None
    """Of a tool, and of a model whose client tells its parameters; None otherwise."""
    span: tuple[int, int] | None
    instead_of: str
    is_invoked: bool
    is_let_in: bool
    is_checked: bool
    is_end_recorded: bool
    ended: str
    error_type: str

    def decision_id(self, phase: str) -> str:
        """Return the identifier of the decision of a phase."""
