"""A decision record of a guard as a call that can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from policykit.engine.decision import EffectKind
from policykit.engine.policy import PHASES
from policykit.replay.model import UNREADABLE, Before, RecordedCall, RulesRef, State
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.trail.record import StoredRecord
    from policykit.trail.vault import Vault

MAX_KEPT = 4_096
"""Sets of clause outcomes that are kept for the next record, and decisions that a rollout may come back to."""
_EFFECTS = frozenset(kind.value for kind in EffectKind)
_CUT_AT = 200
"""Names that reach this length may have been cut when they were recorded."""
_CHANGED = frozenset({"redact", "pseudonymise"})
_ROLLOUT = "rollout "
_STATES = {state.value: state for state in (State.TRUE, State.NOT_TRUE, State.UNKNOWN, State.NOT_IN_PHASE)}
_SHADOW = ", shadow"
_Clauses = tuple[tuple[tuple[str, State], ...], frozenset[str]]


class _UnclearError(Exception):
    """A record that is no decision of a guard; its text says why."""


class RecordReader:
    """Reads decision records, in their order."""

    def __init__(self, vault: Vault | None, wanted: frozenset[str]) -> None:
        """Take where texts are kept, if anywhere, and the facts that rules read."""
        self._vault = vault
        self._wanted = wanted
        self._clauses: dict[tuple[tuple[str, object], ...], _Clauses] = {}
        self._decided: dict[str, None] = {}
        """Decisions whose effects are on record, the newest: a rollout of the same call repeats them."""

    def call(self, record: StoredRecord) -> RecordedCall:
        """Return the call of a decision record.

        Raises:
            CodedTrailError: the vault holds something else than the record committed to.
        """
        try:
            return self._call(record)
        except _UnclearError as unclear:
            place = f"record {record.seq}"
            problem = Diagnostic("PK961", f"the decision cannot be replayed: {unclear}", place=place)
            return RecordedCall(place, record.ts, problems=(problem,))

    def _call(self, record: StoredRecord) -> RecordedCall:
        get = record.members.get
        place, phase, error = _text(get("decision_id")), _text(get("phase")), _text(get("error", ""))
        if phase not in PHASES:
            raise _UnclearError(f"there is no phase `{phase[:40]}`")
        if error:
            return RecordedCall(place, record.ts, phase, not_replayable=f"nothing was decided: {error}")
        effects = _texts(get("effects", []))
        effect = _text(get("outcome"))
        if effects and effects[0].startswith(_ROLLOUT):
            if place in self._decided:
                return RecordedCall(place, record.ts, phase, not_replayable="a rollout of a decision that is on record")
            effect = EffectKind.ALLOW.value  # any other effect would have been recorded before the rollout was
        elif effect not in _EFFECTS:
            raise _UnclearError(f"`{effect[:40]}` is no effect of a rule")
        elif effect != EffectKind.ALLOW:
            self._remember(place)
        states, shadowed = self._outcomes(get("clauses"))
        facts, hidden = self._facts(record.members, effects)
        before = Before(effect, states, True, shadowed, _rules(get("policy")))
        return RecordedCall(place, record.ts, phase, facts, hidden=hidden, before=before)

    def _remember(self, decision_id: str) -> None:
        self._decided[decision_id] = None
        if len(self._decided) > MAX_KEPT:
            del self._decided[next(iter(self._decided))]

    def _outcomes(self, clauses: object) -> _Clauses:
        if not isinstance(clauses, dict):
            raise _UnclearError("it names no clauses")
        key = tuple(clauses.items())
        try:
            found = self._clauses.get(key)
        except TypeError:
            raise _UnclearError("the outcome of a clause is no text") from None
        if found is None:
            if len(self._clauses) >= MAX_KEPT:
                self._clauses.clear()
            found = self._clauses[key] = _read_outcomes(clauses)
        return found

    def _facts(
        self, members: Mapping[str, object], effects: tuple[str, ...]
    ) -> tuple[dict[str, object], frozenset[str]]:
        """Return what is on record of a call, and which of it came from the vault."""
        facts = _standard(members)
        facts.update(_members(members, "facts"))
        for name, reason in _members(members, "facts_left_out").items():
            if reason == "not understood":
                facts[name] = UNREADABLE
        hidden: set[str] = set()
        if self._vault is not None and _CHANGED.isdisjoint(effects):
            for label, value in _members(members, "commitments").items():
                if label in facts or label not in self._wanted:
                    continue
                opening = self._vault.get(_text(value))
                if opening is not None and opening.label == label:
                    facts[label] = _payload(opening.payload)
                    hidden.add(label)
        return facts, frozenset(hidden)


def _read_outcomes(clauses: Mapping[str, object]) -> _Clauses:
    states: dict[str, State] = {}
    shadowed: set[str] = set()
    for clause, said in clauses.items():
        word = _text(said)
        if word.endswith(_SHADOW):
            shadowed.add(clause)
        state = _STATES.get(word.removesuffix(_SHADOW))
        if state is None:
            raise _UnclearError(f"`{word[:40]}` is no outcome of a rule")
        states[clause] = state
    return tuple(states.items()), frozenset(shadowed)


def _standard(members: Mapping[str, object]) -> dict[str, object]:
    """Return the facts that every decision record may hold; one that may have been cut is not on record."""
    found: dict[str, object] = {}
    model = _members(members, "model")
    named = {
        "call.model": model.get("name"),
        "call.provider": model.get("provider"),
        "principal.id": members.get("principal"),
    }
    found.update({name: text for name, text in named.items() if isinstance(text, str) and 0 < len(text) < _CUT_AT})
    tokens = _members(members, "tokens")
    counts = {"call.input_tokens": tokens.get("input"), "call.output_tokens": tokens.get("output")}
    found.update({name: count for name, count in counts.items() if isinstance(count, int) and count > 0})
    cost = members.get("cost_usd")
    if cost is not None:
        found["call.cost"] = {"amount": _decimal(cost), "currency": "USD"}
    return found


def _rules(value: object) -> RulesRef:
    if not isinstance(value, dict):
        raise _UnclearError("it names no policy")
    return RulesRef(_text(value.get("name")), _text(value.get("version")), _text(value.get("digest")))


def _members(members: Mapping[str, object], name: str) -> dict[str, object]:
    found = members.get(name, {})
    if not isinstance(found, dict):
        raise _UnclearError(f"`{name}` is no object")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _UnclearError("a member that is a text is missing or something else")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _UnclearError("`effects` is no list")
    return tuple(_text(each) for each in value)


def _payload(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise _UnclearError("what the vault keeps for it is no text") from None


def _decimal(value: object) -> Decimal:
    try:
        found = Decimal(_text(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise _UnclearError("`cost_usd` is no amount")
    return found
