"""A decision record of a guard as a call that can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from policykit.engine.decision import EffectKind
from policykit.engine.policy import PHASES
from policykit.replay.model import UNREADABLE, Before, RecordedCall, RulesRef, State
from policykit.source import Diagnostic
from policykit.trail.entries.decisions import (
    NOT_DECIDED,
    DecisionRecord,
    UnclearDecisionError,
    is_rollout,
    read_clause_outcome,
    read_decision,
)
from policykit.trail.entries.names import is_marked

if TYPE_CHECKING:
    from policykit.trail.format.record import StoredRecord
    from policykit.trail.vault import Vault

MAX_KEPT = 4_096
"""Sets of clause outcomes that are kept for the next record, and decisions that a rollout may come back to."""
_EFFECTS = frozenset(kind.value for kind in EffectKind)
_CHANGED = frozenset({"redact", "pseudonymise"})
_STATES = {state.value: state for state in (State.TRUE, State.NOT_TRUE, State.UNKNOWN, State.NOT_IN_PHASE)}
_Clauses = tuple[tuple[tuple[str, State], ...], frozenset[str]]


class RecordReader:
    """Reads decision records, in their order."""

    def __init__(self, vault: Vault | None, wanted: frozenset[str]) -> None:
        """Take where texts are kept, if anywhere, and the facts that rules read."""
        self._vault = vault
        self._wanted = wanted
        self._clauses: dict[tuple[tuple[str, str], ...], _Clauses] = {}
        self._decided: dict[str, None] = {}
        """Decisions whose effects are on record, the newest: a rollout of the same call repeats them."""

    def call(self, record: StoredRecord) -> RecordedCall:
        """Return the call of a decision record.

        Raises:
            CodedTrailError: the vault holds something else than the record committed to.
        """
        try:
            return self._call(record.ts, read_decision(record.members))
        except UnclearDecisionError as unclear:
            place = f"record {record.seq}"
            problem = Diagnostic("PK961", f"the decision cannot be replayed: {unclear}", place=place)
            return RecordedCall(place, record.ts, problems=(problem,))

    def _call(self, ts: str, entry: DecisionRecord) -> RecordedCall:
        place, phase, effect = entry.decision_id, entry.phase, entry.outcome
        if phase not in PHASES:
            raise UnclearDecisionError(f"there is no phase `{phase[:40]}`")
        if why := _undecided(entry):
            return RecordedCall(place, ts, phase, not_replayable=f"nothing was decided: {why}")
        if is_rollout(entry.effects):
            if place in self._decided:
                return RecordedCall(place, ts, phase, not_replayable="a rollout of a decision that is on record")
            effect = EffectKind.ALLOW.value  # any other effect would have been recorded before the rollout was
        elif effect not in _EFFECTS:
            raise UnclearDecisionError(f"`{effect[:40]}` is not an effect of a rule")
        elif effect != EffectKind.ALLOW:
            self._remember(place)
        states, shadowed = self._outcomes(entry)
        facts, hidden = self._facts(entry)
        rules = RulesRef(entry.policy.name, entry.policy.version, entry.policy.digest)
        before = Before(effect, states, True, shadowed, rules)
        return RecordedCall(place, ts, phase, facts, hidden=hidden, before=before)

    def _remember(self, decision_id: str) -> None:
        self._decided[decision_id] = None
        if len(self._decided) > MAX_KEPT:
            del self._decided[next(iter(self._decided))]

    def _outcomes(self, entry: DecisionRecord) -> _Clauses:
        assert isinstance(entry.clauses, dict)
        key = tuple(entry.clauses.items())
        found = self._clauses.get(key)
        if found is None:
            if len(self._clauses) >= MAX_KEPT:
                self._clauses.clear()
            found = self._clauses[key] = _read_outcomes(entry.clauses)
        return found

    def _facts(self, entry: DecisionRecord) -> tuple[dict[str, object], frozenset[str]]:
        """Return what is on record of a call, and which of it came from the vault."""
        facts = _standard(entry)
        facts.update(entry.facts)
        for name, reason in entry.facts_left_out.items():
            if reason == "not understood":
                facts[name] = UNREADABLE
        hidden: set[str] = set()
        if self._vault is not None and _CHANGED.isdisjoint(entry.effects):
            for label, value in entry.commitments.items():
                if label in facts or label not in self._wanted:
                    continue
                opening = self._vault.get(value)
                if opening is not None and opening.label == label:
                    facts[label] = _payload(opening.payload)
                    hidden.add(label)
        return facts, frozenset(hidden)


def _undecided(entry: DecisionRecord) -> str:
    """Return why no rule was asked, or could be; empty where rules decided."""
    if entry.outcome == NOT_DECIDED:
        return f"the call {'was left early' if entry.ended == 'closed' else entry.ended}"
    return entry.error or entry.reason


def _read_outcomes(clauses: Mapping[str, str]) -> _Clauses:
    states: dict[str, State] = {}
    shadowed: set[str] = set()
    for clause, said in clauses.items():
        word, is_shadowed = read_clause_outcome(said)
        if is_shadowed:
            shadowed.add(clause)
        state = _STATES.get(word)
        if state is None:
            raise UnclearDecisionError(f"`{word[:40]}` is not an outcome of a rule")
        states[clause] = state
    return tuple(states.items()), frozenset(shadowed)


def _standard(entry: DecisionRecord) -> dict[str, object]:
    """Return the facts that every decision record may hold; a name that was recorded as a digest is not on record."""
    found: dict[str, object] = {}
    model = entry.model
    named = {
        "call.model": "" if model is None else model.name,
        "call.provider": "" if model is None else model.provider,
        "principal.id": entry.principal,
    }
    found.update({name: text for name, text in named.items() if text and not is_marked(text)})
    counts = {"call.input_tokens": entry.input_tokens, "call.output_tokens": entry.output_tokens}
    found.update({name: count for name, count in counts.items() if count is not None and count > 0})
    if entry.cost_usd is not None:
        found["call.cost"] = {"amount": entry.cost_usd, "currency": "USD"}
    return found


def _payload(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise UnclearDecisionError("what the vault keeps for it is not a text") from None
