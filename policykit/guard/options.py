"""How a guard enforces: settings of the deployment, outside of the policy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeVar

from policykit.errors import GuardError

E = TypeVar("E", bound=StrEnum)
Unread = Literal["files", "history", "prompts"]
UNREAD = ("files", "history", "prompts")
"""What of a request a guard cannot read (`policykit.guard.adapters._unread`)."""


class Mode(StrEnum):
    """Whether a decision changes the call."""

    ENFORCE = "enforce"
    SHADOW = "shadow"
    """Decide and record, change nothing."""


class OnError(StrEnum):
    """What an error in a rule, detector, store, callback or the trail does to the call."""

    DENY = "deny"
    ALLOW = "allow"
    """The call goes on, and its record says what failed. What rules have decided is done all the same, and a text that
    cannot be searched is no such error."""


class Arguments(StrEnum):
    """How the decision about a tool records its arguments."""

    PLAIN = "plain"
    """By their SHA-256: whoever has the arguments can compare, and whoever can guess them can try."""
    KEYED = "keyed"
    """By HMAC-SHA-256 under the guard's secret, without which nobody can compare."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """Settings of a guard. The defaults enforce everything and refuse whatever fails."""

    mode: Mode = Mode.ENFORCE
    clause_modes: Mapping[str, Mode] = field(default_factory=dict)
    """Clause ID and mode, where a clause differs from the guard."""
    on_error: OnError = OnError.DENY
    kill_switch: str | os.PathLike[str] = ""
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
    recorded_facts: Sequence[str] = ()
    """Facts, and windows by their keys, that every decision record holds in the clear, so that other rules can be tried
    on it (`policykit replay`); never texts of calls."""

    unread: Sequence[Unread] = ()
    """What of requests the application sees to itself, because the guard cannot read it: `files`, `history`, `prompts`.
    Without it, a request that has any makes `call.text` unknown."""
    arguments: Arguments = Arguments.PLAIN
    """How records tell which arguments a tool was called with; never in the clear."""

    def __post_init__(self) -> None:
        """Refuse what is no option.

        Raises:
            GuardError: a mode is none of the modes, or a number is none that can be meant.
        """
        put = object.__setattr__
        put(self, "mode", _one_of(Mode, "mode", self.mode))
        put(self, "on_error", _one_of(OnError, "on_error", self.on_error))
        put(self, "arguments", _one_of(Arguments, "arguments", self.arguments))
        if not isinstance(self.clause_modes, Mapping):
            raise _refused("clause_modes", "clause IDs with their modes", self.clause_modes)
        modes = {clause: _one_of(Mode, f"clause_modes of {clause}", mode) for clause, mode in self.clause_modes.items()}
        put(self, "clause_modes", modes)
        _check_facts(self.recorded_facts)
        put(self, "unread", _kinds(self.unread))
        for name in ("approval_poll_s", "max_held_chars", "queue_records", "queue_wait_s"):
            _check_number(name, getattr(self, name), above_zero=name != "queue_wait_s")


def _kinds(value: object) -> tuple[str, ...]:
    """Return kinds of what is not read."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise _refused("unread", "a list of " + ", ".join(f"`{each}`" for each in UNREAD), value)
    found = tuple(value)
    for each in found:
        if each not in UNREAD:
            raise _refused("unread", " or ".join(f"`{kind}`" for kind in UNREAD), each, UNREAD)
    return found


def _check_facts(value: object) -> None:
    """Refuse what holds no names. A text is refused when the guard is loaded, as facts that do not exist."""
    if not isinstance(value, Iterable) or not all(isinstance(each, str) for each in value):
        raise _refused("recorded_facts", "a list of facts", value)


def _one_of(kind: type[E], name: str, value: object) -> E:
    """Return a word as what it names; nothing else will do, because a misspelt mode would be another mode."""
    words = [each.value for each in kind]
    if isinstance(value, str) and value in words:
        return kind(value)
    raise _refused(name, " or ".join(f"`{word}`" for word in words), value, words)


def _check_number(name: str, value: object, *, above_zero: bool) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (value > 0 or (value == 0 and not above_zero)) and value != float("inf"):  # type: ignore[operator]
        return
    raise _refused(name, "a number above 0" if above_zero else "0 or a number above it", value)


def _refused(name: str, expected: str, value: object, words: Sequence[str] = ()) -> GuardError:
    from policykit.source import Diagnostic, did_you_mean

    help_ = did_you_mean(value, words) if isinstance(value, str) else ""
    got = f"`{value!s:.80}`"
    return GuardError([Diagnostic("PK351", f"`{name}` cannot be that", expected=expected, got=got, help=help_)])
