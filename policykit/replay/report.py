"""What a replay found: the difference by clause and by effect, with examples and with what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from policykit.replay.model import IDLE, RulesRef, State
from policykit.source import Diagnostic

SCHEMA = "policykit-replay/v1"


class Conclusion(StrEnum):
    """What the replay amounts to."""

    UNCHANGED = "unchanged"
    """Every decision that could be replayed comes out as it did."""
    CHANGED = "changed"
    """At least one comes out otherwise."""
    CANNOT_TELL = "cannot tell"
    """None is known to come out otherwise, and of at least one it cannot be said."""
    NOT_UNDERSTOOD = "not understood"
    """Something in the input could not be understood."""
    NOTHING_REPLAYED = "nothing replayed"
    """There was no decision to compare."""


class ClauseStatus(StrEnum):
    """Whether a clause is in the rules that are tried and in those that decided."""

    IN_BOTH = "in both"
    NEW = "new"
    REMOVED = "removed"
    UNCLEAR = "unclear"
    """What was recorded names only the clauses that acted."""


@dataclass(frozen=True, slots=True)
class ClauseDiff:
    """One clause over all decisions that were replayed in its phases."""

    id: str
    status: ClauseStatus
    transitions: Mapping[tuple[State, State], int]
    """Number of decisions by what became of the clause then and now."""
    lacking: Mapping[str, int]
    """Facts that are not on record and without which it cannot be told, with the number of decisions."""

    def count(self, before: State | None = None, now: State | None = None) -> int:
        """Return the number of decisions with these outcomes; None stands for any."""
        return sum(n for (b, a), n in self.transitions.items() if before in {None, b} and now in {None, a})

    @property
    def newly_fires(self) -> int:
        """Return in how many decisions the clause is true now and was not then."""
        return sum(n for (b, a), n in self.transitions.items() if a is State.TRUE and b in {*IDLE, State.UNKNOWN})

    @property
    def no_longer_fires(self) -> int:
        """Return in how many decisions the clause was true then and is not now."""
        return sum(n for (b, a), n in self.transitions.items() if b is State.TRUE and a in {*IDLE, State.UNKNOWN})

    @property
    def is_changed(self) -> bool:
        """Whether it acts otherwise in any decision, as far as can be told."""
        return any(is_change(before, now) for before, now in self.transitions)

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        return {
            "id": self.id,
            "status": self.status.value,
            "fired_before": self.count(before=State.TRUE),
            "fires_now": self.count(now=State.TRUE),
            "newly_fires": self.newly_fires,
            "no_longer_fires": self.no_longer_fires,
            "unknown_before": self.count(before=State.UNKNOWN),
            "unknown_now": self.count(now=State.UNKNOWN),
            "cannot_tell": self.count(now=State.CANNOT_TELL),
            "lacking": dict(self.lacking),
            "transitions": [
                {"before": before.value, "now": now.value, "decisions": count}
                for (before, now), count in self.transitions.items()
            ],
        }


def is_change(before: State, now: State) -> bool:
    """Whether a clause is known to act otherwise."""
    if State.CANNOT_TELL in {before, now}:
        return False
    return before is not now and not (before in IDLE and now in IDLE)


@dataclass(frozen=True, slots=True)
class Example:
    """One decision that comes out otherwise."""

    place: str
    at: str
    phase: str
    before: str
    """The effect."""
    now: str
    clauses: tuple[tuple[str, State, State], ...]
    """Clauses that act otherwise: ID, then, now."""
    facts: tuple[tuple[str, str], ...]
    """What these clauses read, as the language writes it; never texts of calls."""
    reasons: tuple[str, ...]
    """What would have to change."""

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        return {
            "place": self.place,
            "at": self.at,
            "phase": self.phase,
            "effect": {"before": self.before, "now": self.now},
            "clauses": [{"id": i, "before": before.value, "now": now.value} for i, before, now in self.clauses],
            "facts": dict(self.facts),
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What other rules would have decided. The numbers are decisions: one for each phase of each call."""

    rules: RulesRef
    """What was tried."""
    against: RulesRef | None
    """What it was compared with, where that is not what was recorded."""
    baselines: Mapping[RulesRef, int]
    """What had decided, with the number of decisions."""
    source: str
    verified: str
    """What is known of the trail's integrity; empty for call records."""
    notes: tuple[str, ...]
    phases: Mapping[str, int]
    """Replayed decisions by phase."""
    first_at: str
    last_at: str
    """The period of what was replayed (RFC 3339, UTC); empty where it is not known."""
    not_replayable: Mapping[str, int]
    """Decisions that cannot be compared, by the reason."""
    clauses: tuple[ClauseDiff, ...]
    """In the order of the rules, removed ones after them."""
    effects: Mapping[tuple[str, str], int]
    """Replayed decisions by the effect then and now."""
    unchanged: int
    changed: int
    untold: int
    """Decisions of which it cannot be said whether they change, because a fact is not on record."""
    undeclared: Mapping[str, int]
    """Facts on record that the rules do not declare, with the number of decisions."""
    examples: tuple[Example, ...]
    problems: tuple[Diagnostic, ...]
    """The first ones."""
    problem_count: int

    @property
    def replayed(self) -> int:
        """Return how many decisions were compared."""
        return self.unchanged + self.changed + self.untold

    @property
    def conclusion(self) -> Conclusion:
        """Return what the replay amounts to."""
        if self.problem_count:
            return Conclusion.NOT_UNDERSTOOD
        if not self.replayed:
            return Conclusion.NOTHING_REPLAYED
        if self.changed:
            return Conclusion.CHANGED
        return Conclusion.CANNOT_TELL if self.untold else Conclusion.UNCHANGED

    @property
    def exit_code(self) -> int:
        """Return 0 when nothing changes, 1 when something does, 2 when neither can be said."""
        return {Conclusion.UNCHANGED: 0, Conclusion.CHANGED: 1}.get(self.conclusion, 2)

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold; `docs/replay.md` says what they are."""
        return {
            "schema": SCHEMA,
            "conclusion": self.conclusion.value,
            "rules": self.rules._asdict(),
            "against": None if self.against is None else self.against._asdict(),
            "baselines": [{**rules._asdict(), "decisions": count} for rules, count in self.baselines.items()],
            "source": self.source,
            "verified": self.verified,
            "notes": list(self.notes),
            "period": {"first": self.first_at, "last": self.last_at},
            "decisions": {
                "replayed": self.replayed,
                "unchanged": self.unchanged,
                "changed": self.changed,
                "cannot_tell": self.untold,
                "not_replayable": dict(self.not_replayable),
                "not_understood": self.problem_count,
                "by_phase": dict(self.phases),
            },
            "effects": [{"before": b, "now": n, "decisions": count} for (b, n), count in self.effects.items()],
            "clauses": [clause.to_dict() for clause in self.clauses],
            "undeclared": dict(self.undeclared),
            "examples": [example.to_dict() for example in self.examples],
            "problems": [{"code": d.code, "message": d.message, "place": d.where()} for d in self.problems],
        }
