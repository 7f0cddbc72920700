"""How a guard enforces: settings of the deployment, outside of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """Whether a decision changes the call."""

    ENFORCE = "enforce"
    SHADOW = "shadow"
    """Decide and record, change nothing."""


class OnError(StrEnum):
    """What an error in a rule, detector, store, callback or the trail does to the call."""

    DENY = "deny"
    ALLOW = "allow"
    """The call goes on, and its record says what failed."""


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """Settings of a guard. The defaults enforce everything and refuse whatever fails."""

    mode: Mode = Mode.ENFORCE
    clause_modes: Mapping[str, Mode] = field(default_factory=dict)
    """Clause ID and mode, where a clause differs from the guard."""
    on_error: OnError = OnError.DENY
    kill_switch: str = ""
    """A path: while something is there, or it cannot be looked at, every call is refused."""
    stage: str = ""
    """The gate that the deployment has reached; required by rollouts with gates."""
    approval_poll_s: float = 0.25
    """How often a waiting call looks for its answer."""
    max_held_chars: int = 4_000_000
    """Characters of a stream that are held back for checking; a stream that needs more is refused."""
    durable: bool = False
    """Whether each record is written before the call goes on."""
    queue_records: int = 10_000
    """Records that wait to be written."""
    queue_wait_s: float = 5.0
    """How long a call waits for room in the queue before it is refused."""
