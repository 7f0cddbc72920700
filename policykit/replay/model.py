"""A call of the past, as replaying sees it, whatever it was read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from policykit.source import Diagnostic

UNREADABLE = object()
"""The value of a fact that was there and could not be understood: no value of any type, and not missing either."""

Told = Callable[[str, int, int], None]
"""Called with what is being done, and how many bytes of how many; -1 of all where that is not known."""


class Absent(StrEnum):
    """What it means that a fact is not in a line of call records."""

    UNRECORDED = "unrecorded"
    """Nobody knows what it was; `null` says that it was missing."""
    MISSING = "missing"
    """The call did not have it, as `policykit decide` takes it."""


class State(StrEnum):
    """What became of a clause in one decision."""

    TRUE = "true"
    NOT_TRUE = "not true"
    UNKNOWN = "unknown"
    CANNOT_TELL = "cannot tell"
    """It depends on a fact that is not on record."""
    NOT_IN_PHASE = "not in this phase"
    NOT_THERE = "not there"
    """These rules have no such clause."""


IDLE = frozenset({State.NOT_TRUE, State.NOT_IN_PHASE, State.NOT_THERE})
"""Ways not to act; going from one to another is no change."""
EVALUATED = frozenset({State.TRUE, State.NOT_TRUE, State.UNKNOWN, State.CANNOT_TELL})


class RulesRef(NamedTuple):
    """A version of a policy."""

    name: str
    version: str
    digest: str


class Before(NamedTuple):
    """What was decided then."""

    effect: str
    """The strictest effect of what was enforced; `cannot tell` where other rules stand in for what was recorded."""
    states: tuple[tuple[str, State], ...]
    """Clauses that are known of."""
    is_whole: bool
    """Whether a clause that is not among them was not there; otherwise it did not act, or was not there."""
    shadowed: frozenset[str]
    """Clauses that were decided and not enforced; they are not enforced now either."""
    rules: RulesRef | None
    """What decided, if it is known."""


class RecordedCall(NamedTuple):
    """One phase of one call, or why there is nothing to replay."""

    place: str
    """The identifier of the decision, or file and line."""
    at: str = ""
    """When it was recorded (RFC 3339, UTC); empty where that is not known."""
    phase: str = ""
    facts: Mapping[str, object] = {}
    """Raw values by dotted names, windows under their keys; None is known to have been missing."""
    is_complete: bool = False
    """Whether a fact that is not among `facts` was missing; otherwise it is not known."""
    hidden: frozenset[str] = frozenset()
    """Facts that no report may show: they come from a vault."""
    before: Before | None = None
    not_replayable: str = ""
    """Why there is nothing to compare with; empty where there is."""
    problems: tuple[Diagnostic, ...] = ()
    """Why it cannot be understood."""
