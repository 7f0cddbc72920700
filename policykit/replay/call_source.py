"""Calls from call records, as `policykit decide` takes them, with the decision that was made then beside the facts.

A line is `{"phase": ..., "call": {...}, "windows": {...}, "decision": {...}}`; the decision is an object as
`policykit decide --format json` writes it. A fact that is not in the line is not on record, unless the decision says
that it was missing, or the caller says what absence means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from policykit.engine.call_records import Call, read_calls, size_of
from policykit.engine.decision import EffectKind
from policykit.engine.policy import Policy
from policykit.engine.record import MAX_FIELDS, leaves
from policykit.engine.scope import MISSING, understood
from policykit.errors import FactsError
from policykit.replay.model import Absent, Before, RecordedCall, RulesRef, State, Told
from policykit.source import Diagnostic, did_you_mean
from policykit.vocabulary.types import Type

if TYPE_CHECKING:
    from policykit.vocabulary.phase import PhaseName

_KEPT = ("effect", "matched", "unknown", "unknown_facts", "obligations", "facts_read", "policy_digest")
"""Members of a decision as `Decision.to_dict` writes them."""
_EFFECTS = frozenset(kind.value for kind in EffectKind)
NO_DECISION = "no decision was kept with the call"


class CallSource:
    """Call records of a file, or of standard input."""

    def __init__(self, path: str, policy: Policy, against: Policy | None, *, phase: PhaseName, absent: Absent) -> None:
        """Take the file and what its lines are read by.

        Raises:
            FactsError: there is no such phase.
        """
        policy.reads(phase)
        self.path = path
        self.size = size_of(path)
        self._phase = phase
        self._absent = absent
        self._against = against
        self._types = ({} if against is None else _types(against)) | _types(policy)
        self._read_by = policy

    def calls(self, told: Told) -> Iterator[RecordedCall]:
        """Yield what each line holds; what cannot be understood is yielded as a problem."""
        done = 0

        def read(count: int) -> None:
            nonlocal done
            done += count
            told("replaying", done, -1 if self.size is None else self.size)

        for call in read_calls(self.path, read):
            yield self._call(call)

    def _call(self, call: Call) -> RecordedCall:
        place = f"{'<stdin>' if self.path == '-' else self.path}:{call.line}"
        if call.problem is not None:
            return RecordedCall(place, problems=(call.problem,))
        record: dict[object, object] = dict(call.record.items())
        kept = record.pop("decision", None)
        phase = call.phase or self._phase
        facts: dict[str, object] = {}
        try:
            self._read_by.reads(phase)
            problems = list(self._facts(record, facts))
            before = None if kept is None or problems else _before(kept, facts)
        except FactsError as error:
            problems, before = list(error.diagnostics), None
        if problems:
            found = [replace(d, place=f"{place}: {d.place}" if d.place else place) for d in problems]
            return RecordedCall(place, problems=tuple(found))
        lacks = NO_DECISION if before is None and self._against is None else ""
        return RecordedCall(
            place,
            phase=phase,
            facts=facts,
            is_complete=self._absent is Absent.MISSING,
            before=before,
            not_replayable=lacks,
        )

    def _facts(self, record: dict[object, object], facts: dict[str, object]) -> Iterator[Diagnostic]:
        """Add the facts of a line; yield what is wrong with them."""
        for count, (name, raw, unclear) in enumerate(leaves(record, self._types)):
            if count >= MAX_FIELDS:
                yield Diagnostic("PK453", "too many fields", expected=f"at most {MAX_FIELDS:,}")
                return
            if unclear is not None:
                yield unclear
            elif name in facts:
                yield Diagnostic("PK458", f"field `{name[:80]}` is given twice", place=name[:80])
            else:
                facts[name] = raw
                yield from self._wrong(name, raw)

    def _wrong(self, name: str, raw: object) -> Iterator[Diagnostic]:
        type_ = self._types.get(name)
        if type_ is None:
            if self._against is not None:  # then all rules that could know it are here
                shown, help_ = name[:80], did_you_mean(name, self._types)
                yield Diagnostic("PK459", f"field `{shown}` is not declared", place=shown, help=help_)
            return
        reading = understood(raw, type_)
        if reading.value is None and reading.problem != MISSING:
            yield Diagnostic(
                "PK457", f"field `{name}` cannot be understood", place=name, expected=reading.expected, got=reading.got
            )


def _types(policy: Policy) -> dict[str, Type]:
    from policykit.engine.policy import PHASES

    found = {name: field.type for name, field in policy.checked.facts.items()}
    return found | {read.key: read.type for phase in PHASES for read in policy.windows(phase)}


def _before(kept: object, facts: dict[str, object]) -> Before:
    """Return what a line says was decided; facts that it says were missing are added as such.

    Raises:
        FactsError: it is no decision.
    """
    if not isinstance(kept, dict):
        raise _unclear("`decision` is not understood", "an object as `policykit decide --format json` writes it")
    for name in kept:
        if name not in _KEPT:
            raise _unclear(f"a decision has no `{name[:80]}`", ", ".join(_KEPT), did_you_mean(name, _KEPT))
    effect = kept.get("effect")
    if not isinstance(effect, str) or effect not in _EFFECTS:
        raise _unclear("the effect of a decision is none", ", ".join(EffectKind))
    states: dict[str, State] = {}
    for name, state in (("matched", State.TRUE), ("unknown", State.UNKNOWN)):
        clauses = kept.get(name, [])
        if not isinstance(clauses, list) or not all(isinstance(clause, str) for clause in clauses):
            raise _unclear(f"`{name}` of a decision is not understood", "a list of the IDs of clauses")
        states |= dict.fromkeys(clauses, state)
    digest, missing = kept.get("policy_digest", ""), kept.get("unknown_facts", {})
    if not isinstance(digest, str) or not isinstance(missing, dict):
        name = "unknown_facts" if isinstance(digest, str) else "policy_digest"
        raise _unclear(f"`{name}` of a decision is not understood", "what `policykit decide --format json` writes")
    for name, reason in missing.items():
        if reason == MISSING:
            facts.setdefault(name, None)
    rules = RulesRef("", "", digest) if digest else None
    return Before(effect, tuple(states.items()), False, frozenset(), rules)


def _unclear(message: str, expected: str, help_: str = "") -> FactsError:
    return FactsError([Diagnostic("PK960", message, place="decision", expected=expected, help=help_)])
