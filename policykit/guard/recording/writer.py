"""Notes as records of the trail."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from policykit._version import __version__
from policykit.encoding.digest import Digest
from policykit.encoding.jcs import MAX_SAFE_INTEGER
from policykit.encoding.timestamps import format_epoch_ns
from policykit.guard.recording.facts import NO_FACTS, RecordedFacts
from policykit.guard.recording.note import More, Note, Recordable
from policykit.trail.entries.decisions import (
    ClauseOutcomes,
    DecisionRecord,
    ModelRef,
    PolicyRef,
    clause_outcome,
    decision,
)
from policykit.trail.entries.names import recorded_name, recorded_person
from policykit.trail.format.record import Record, check_writable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policykit.engine.policy import Policy
    from policykit.guard.recording.arguments import ArgumentDigests
    from policykit.guard.recording.commitments import Commitments
    from policykit.trail.write.options import Receipt

MAX_KEPT = 4_096
"""Models, and sets of clause outcomes, that are kept for the next record."""
RECORD_ERROR = "error:record"
"""Something that belongs to the record could not be written, so that it holds only what is always known."""
_ERROR = "error:"
_SDK = f"policykit/{__version__}"
_UNKNOWN = (None, None, None, None)
_Model = tuple[str, str, str, tuple[tuple[str, object], ...], tuple[type, ...]]
_Outcomes = tuple[str, tuple[str, ...], tuple[str, ...]]


class Appendable(Protocol):
    """What a trail is to a guard."""

    def append_all(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """Append records next to each other."""


class RecordWriter:
    """Turns notes into records and appends them. Used by one thread at a time."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a record is made of
        self,
        policy: Policy,
        trail: Appendable,
        commitments: Commitments | None,
        shadowed: frozenset[str],
        recorded: RecordedFacts | None = None,
        arguments: ArgumentDigests | None = None,
    ) -> None:
        """Take the policy, where to write, and how: commitments, what is not enforced, recorded facts, arguments."""
        self.policy = PolicyRef(policy.name, policy.version, Digest(policy.digest))
        self._trail = trail
        self._commitments = commitments
        self._shadowed = shadowed
        self._recorded = recorded
        self._phases = {rule.id: rule.phases for rule in policy.outline.rules}
        self._arguments = arguments
        self._models: dict[_Model, ModelRef] = {}
        self._clauses: dict[_Outcomes, ClauseOutcomes] = {}
        self._second, self._second_text = -1, ""

    def write(self, notes: list[Recordable]) -> None:
        """Append the records of some notes.

        Raises:
            TrailError: they cannot be written.
        """
        records: list[Record] = []
        for note in notes:
            if isinstance(note, Note):
                records.append(self._writable(note))
            else:
                records.extend(note)
        self._trail.append_all(records)

    def _writable(self, note: Note) -> Record:
        """Return the record of a note, or one of what is needed most where something in the note cannot be recorded.

        What a call brings may come from anybody. If it failed here, no call could be recorded any more.
        """
        try:
            record = self._record(note)
            check_writable(record)
        except Exception:  # noqa: BLE001 - whatever it is, the call is on record, and the record says that it lacks
            return decision(self._least(note))
        return record

    def _least(self, note: Note) -> DecisionRecord:
        """Return what can always be recorded of a decision."""
        return DecisionRecord(
            decision_id=note.decision_id,
            phase=note.phase,
            outcome=note.action,
            policy=self.policy,
            clauses=self._outcomes(note),
            function=note.plan.reference,
            refused=note.is_refused,
            at=self._instant(note.at_ns),
            ended=note.ended,
            error=RECORD_ERROR,
            sdk=_SDK,
        )

    def _record(self, note: Note) -> Record:
        facts, left_out = NO_FACTS if self._recorded is None else self._recorded.written(note.phase, note.facts)
        tokens_in, tokens_out, cost, version = note.usage or _UNKNOWN
        more = note.more
        is_error = note.reason.startswith(_ERROR)
        entry = DecisionRecord(
            decision_id=note.decision_id,
            phase=note.phase,
            outcome=note.action,
            policy=self.policy,
            clauses=self._outcomes(note),
            function=note.plan.reference,
            refused=note.is_refused,
            at=self._instant(note.at_ns),
            model=self._model(note, version, () if more is None else more.parameters),
            input_tokens=_count(tokens_in),
            output_tokens=_count(tokens_out),
            cost_usd=_dollars(cost),
            principal=recorded_person(note.principal) if isinstance(note.principal, str) else "",
            approver=note.approver,
            fallback=note.fallback,
            ended=note.ended,
            error_type=recorded_name(note.error_type),
            reason="" if is_error else note.reason,
            error=note.reason if is_error else "",
            sdk=_SDK,
            effects=note.effects,
            commitments=self._committed(note),
            facts=facts,
            facts_left_out=left_out,
        )
        if note.span is not None:
            entry.trace_id, entry.span_id = f"{note.span[0]:032x}", f"{note.span[1]:016x}"
        if more is not None:
            self._add(entry, more)
        return decision(entry)

    def _add(self, entry: DecisionRecord, more: More) -> None:
        """Add what few decisions have."""
        entry.stop, entry.instead, entry.instead_of = more.stop, more.instead, more.instead_of
        entry.checked = more.is_checked
        entry.principal_kind, entry.environment = _name(more.principal_kind), _name(more.environment)
        if self._arguments is not None and more.arguments is not None:
            taken = self._arguments.finished(more.arguments)
            entry.arguments, entry.arguments_left_out = taken.digest, taken.left_out

    def _instant(self, epoch_ns: int) -> str:
        """Return the text of an instant; the text of a second is made once."""
        second, rest = divmod(epoch_ns, 10**9)
        if second != self._second:
            self._second, self._second_text = second, format_epoch_ns(second * 10**9)[:-7]
        return f"{self._second_text}{rest // 1_000:06d}Z"

    def _committed(self, note: Note) -> dict[str, str]:
        if self._commitments is None or not note.texts:
            return {}
        return {label: self._commitments.make(note.decision_id, label, text) for label, text in note.texts.items()}

    def _model(self, note: Note, version: object, parameters: tuple[tuple[str, object], ...]) -> ModelRef | None:
        provider, name, told = _text(note.provider), _text(note.model), _text(version)
        if not name and not told:
            return None
        kinds = tuple([type(value) for _, value in parameters])  # `True` and 1 are equal, and two texts on record
        key = (provider, name, "" if told == name else told, parameters, kinds)
        found = self._models.get(key)
        if found is None:
            if len(self._models) >= MAX_KEPT:
                self._models.clear()
            found = self._models[key] = ModelRef(*key[:3], dict(parameters))
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
        return clause_outcome(said, is_shadowed=clause in self._shadowed)


def _name(value: object) -> str:
    return recorded_name(value) if isinstance(value, str) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    """Return a number of tokens; what cannot be one is not recorded, whatever a provider says."""
    return value if type(value) is int and 0 <= value <= MAX_SAFE_INTEGER else None


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
