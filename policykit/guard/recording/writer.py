"""Notes as records of the trail."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from policykit._version import __version__
from policykit.encoding.digest import Digest
from policykit.guard.recording.facts import NO_FACTS, RecordedFacts
from policykit.guard.recording.note import Note, Recordable
from policykit.trail import entries
from policykit.trail.entries import ClauseOutcomes, ModelRef, PolicyRef
from policykit.trail.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policykit.engine.policy import Policy
    from policykit.guard.recording.commitments import Commitments
    from policykit.trail.options import Receipt

MAX_KEPT = 4_096
"""Models, and sets of clause outcomes, that are kept for the next record."""
_Outcomes = tuple[str, tuple[str, ...], tuple[str, ...]]


class Appendable(Protocol):
    """What a trail is to a guard."""

    def append_all(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """Append records next to each other."""


class RecordWriter:
    """Turns notes into records and appends them. Used by one thread at a time."""

    def __init__(
        self,
        policy: Policy,
        trail: Appendable,
        commitments: Commitments | None,
        shadowed: frozenset[str],
        recorded: RecordedFacts | None = None,
    ) -> None:
        """Take the policy, where to write, how to commit to texts, what is not enforced, and which facts to record."""
        self.policy = PolicyRef(policy.name, policy.version, Digest(policy.digest))
        self._trail = trail
        self._commitments = commitments
        self._shadowed = shadowed
        self._recorded = recorded
        self._phases = {rule.id: rule.phases for rule in policy.outline.rules}
        self._models: dict[tuple[str, str], ModelRef] = {}
        self._clauses: dict[_Outcomes, ClauseOutcomes] = {}

    def write(self, notes: list[Recordable]) -> None:
        """Append the records of some notes.

        Raises:
            TrailError: they cannot be written.
        """
        records: list[Record] = []
        for note in notes:
            if isinstance(note, Note):
                records.append(self._record(note))
            else:
                records.extend(note)
        self._trail.append_all(records)

    def _record(self, note: Note) -> Record:
        facts, left_out = NO_FACTS if self._recorded is None else self._recorded.written(note.phase, note.facts)
        tokens_in, tokens_out, cost = note.usage or (None, None, None)
        return entries.decision(
            entries.Decision(
                decision_id=note.decision_id,
                phase=note.phase,
                outcome=note.action,
                policy=self.policy,
                clauses=self._outcomes(note),
                model=self._model(note.provider, note.model),
                input_tokens=_count(tokens_in),
                output_tokens=_count(tokens_out),
                cost_usd=_dollars(cost),
                principal=_text(note.principal),
                approver=note.approver,
                effects=note.effects,
                fallback=note.fallback,
                commitments=self._committed(note),
                error=note.reason,
                sdk=f"policykit/{__version__}",
                facts=facts,
                facts_left_out=left_out,
            )
        )

    def _committed(self, note: Note) -> dict[str, str]:
        if self._commitments is None or not note.texts:
            return {}
        return {label: self._commitments.make(note.decision_id, label, text) for label, text in note.texts.items()}

    def _model(self, provider: object, name: object) -> ModelRef | None:
        if not isinstance(name, str):
            return None
        key = (_text(provider), name[:200])
        found = self._models.get(key)
        if found is None:
            if len(self._models) >= MAX_KEPT:
                self._models.clear()
            found = self._models[key] = ModelRef(*key)
        return found

    def _outcomes(self, note: Note) -> ClauseOutcomes:
        """Return the outcome of every rule: `true`, `not true`, `unknown`, `not in this phase` or `not evaluated`."""
        decision = note.decision
        matched, unknown = ((), ()) if decision is None else (decision.matched, decision.unknown)
        key = (note.phase if decision is not None else "", matched, unknown)
        found = self._clauses.get(key)
        if found is None:
            if len(self._clauses) >= MAX_KEPT:
                self._clauses.clear()
            said = {clause: self._outcome(clause, phases, key) for clause, phases in self._phases.items()}
            found = self._clauses[key] = ClauseOutcomes(said)
        return found

    def _outcome(self, clause: str, phases: frozenset[str], key: _Outcomes) -> str:
        phase, matched, unknown = key
        if not phase:
            return "not evaluated"
        if phase not in phases:
            return "not in this phase"
        said = "true" if clause in matched else "unknown" if clause in unknown else "not true"
        return f"{said}, shadow" if clause in self._shadowed else said


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _dollars(value: object) -> Decimal | None:
    """Return a cost in US dollars; one in another currency, or without a finite decimal form, is not recorded."""
    if value is None:
        return None
    from policykit.engine.scope import understood
    from policykit.vocabulary.types import MONEY, Money

    found = understood(value, MONEY).value
    if not isinstance(found, Money) or found.currency != "USD" or isinstance(found.amount, Fraction):
        return None
    return Decimal(found.amount)
