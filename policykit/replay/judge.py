"""What one version of the rules decides about a call of which only some facts may be on record.

A clause that reads a fact which is not on record is evaluated in a logic of four values: true, false, unknown, and
*cannot tell*. A part that reads such a fact cannot be told; the whole can, where the other parts settle it:
false `and` cannot tell is false. Everything else is decided by the compiled rules themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from policykit.engine.decision import EffectKind
from policykit.engine.kleene import Truth
from policykit.engine.policy import PHASES, Policy
from policykit.engine.reads import reads, reads_of, with_enough_calls
from policykit.engine.scope import Facts, Scope
from policykit.engine.truth import truth
from policykit.language import checked as c
from policykit.language.walk import operands
from policykit.replay.model import Before, RecordedCall, RulesRef, State

if TYPE_CHECKING:
    from policykit.vocabulary.phase import PhaseName


class Untold(Enum):
    """The fourth value."""

    UNTOLD = "cannot tell"


UNTOLD = Untold.UNTOLD
Answer = Truth | Literal[Untold.UNTOLD]
CANNOT_TELL = "cannot tell"
"""An effect that depends on a fact that is not on record."""


class Outcomes(NamedTuple):
    """Clauses of a phase by what became of them; the rest is not true."""

    matched: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


class _Rule(NamedTuple):
    condition: c.Check | None
    reads: frozenset[str]
    then: EffectKind
    unknown: EffectKind


class _Phase(NamedTuple):
    rules: Mapping[str, _Rule]
    reads: frozenset[str]


class Judge:
    """Decides recorded calls by one policy."""

    def __init__(self, policy: Policy) -> None:
        """Take the policy. Requires that it has a rule.

        Raises:
            PolicyError: it has none, so it cannot decide a call.
        """
        policy.decider()
        self.policy = policy
        self.rules = RulesRef(policy.name, policy.version, policy.digest)
        self._phases: dict[str, _Phase] = {phase: _phase(policy, phase) for phase in PHASES}
        self._effect = lru_cache(4_096)(self._strictest)
        self._states = lru_cache(4_096)(self._states_of)
        self._affected = lru_cache(1_024)(self._reading)
        self.clauses = frozenset(rule.id for rule in policy.checked.rules)

    def unrecorded(self, call: RecordedCall) -> frozenset[str]:
        """Return the facts and windows that the rules of the phase read and that are not on record."""
        if call.is_complete:
            return frozenset()
        return self._phases[call.phase].reads.difference(call.facts)

    def reads(self, phase: str, clause: str) -> frozenset[str]:
        """Return the facts and windows that a clause reads."""
        return self._phases[phase].rules[clause].reads

    @property
    def all_reads(self) -> frozenset[str]:
        """Return all facts and windows that rules read in any phase."""
        return frozenset().union(*(phase.reads for phase in self._phases.values()))

    def outcomes(self, call: RecordedCall) -> Outcomes:
        """Return what becomes of the clauses of the phase."""
        decision = self.policy.decide(call.facts, cast("PhaseName", call.phase))
        lacking = self.unrecorded(call)
        if not lacking:
            return Outcomes(decision.matched, decision.unknown)
        scope = Scope(Facts(call.facts))
        conditions = self._affected(call.phase, lacking)
        affected = {clause: answer(condition, scope, lacking) for clause, condition in conditions}
        return Outcomes(
            _with(decision.matched, affected, True),
            _with(decision.unknown, affected, None),
            tuple(sorted(clause for clause, found in affected.items() if found is UNTOLD)),
        )

    def effect(self, phase: str, outcomes: Outcomes, shadowed: frozenset[str]) -> str:
        """Return the strictest effect of what is enforced, or `cannot tell` where that depends on what is untold."""
        return self._effect(phase, outcomes, shadowed)

    def states(self, phase: str, outcomes: Outcomes) -> Mapping[str, State]:
        """Return what became of every clause of the policy."""
        return self._states(phase, outcomes)

    def before(self, call: RecordedCall, shadowed: frozenset[str] = frozenset()) -> Before:
        """Return what these rules decide, as what others are compared with."""
        outcomes = self.outcomes(call)
        states = tuple(self.states(call.phase, outcomes).items())
        return Before(self.effect(call.phase, outcomes, shadowed), states, True, shadowed, self.rules)

    def _states_of(self, phase: str, outcomes: Outcomes) -> Mapping[str, State]:
        rules = self._phases[phase].rules
        found = {clause: State.NOT_TRUE if clause in rules else State.NOT_IN_PHASE for clause in self.clauses}
        found |= dict.fromkeys(outcomes.matched, State.TRUE)
        found |= dict.fromkeys(outcomes.unknown, State.UNKNOWN)
        return found | dict.fromkeys(outcomes.untold, State.CANNOT_TELL)

    def _reading(self, phase: str, names: frozenset[str]) -> tuple[tuple[str, c.Check], ...]:
        """Return the clauses that read one of some facts, with their conditions."""
        rules = self._phases[phase].rules
        return tuple(
            (clause, rule.condition)
            for clause, rule in rules.items()
            if rule.condition is not None and not rule.reads.isdisjoint(names)
        )

    def _strictest(self, phase: str, outcomes: Outcomes, shadowed: frozenset[str]) -> str:
        rules = self._phases[phase].rules
        certain = [rules[clause].then for clause in outcomes.matched if clause not in shadowed]
        certain += [rules[clause].unknown for clause in outcomes.unknown if clause not in shadowed]
        least = EffectKind.strictest(certain)
        for clause in outcomes.untold:
            could = EffectKind.strictest([rules[clause].then, rules[clause].unknown])
            if clause not in shadowed and could.strictness > least.strictness:
                return CANNOT_TELL
        return least.value


def answer(check: c.Check, scope: Scope, lacking: frozenset[str]) -> Answer:
    """Return the truth of a condition, or that it cannot be told without the facts that are lacking."""
    match check:
        case c.And():
            return _joined((answer(item, scope, lacking) for item in check.items), settles=False)
        case c.Or():
            return _joined((answer(item, scope, lacking) for item in check.items), settles=True)
        case c.Not():
            found = answer(check.item, scope, lacking)
            return found if found is None or found is UNTOLD else not found
        case _:
            return UNTOLD if _reads_any(check, lacking) else truth(check, scope)


def _joined(answers: Iterable[Answer], *, settles: bool) -> Answer:
    """Return `and` (false settles it) or `or` (true does) of some answers."""
    found: set[Answer] = set()
    for each in answers:
        if each is settles:
            return settles
        found.add(each)
    if UNTOLD in found:
        return UNTOLD
    return None if None in found else not settles


def _reads_any(check: c.Check, names: frozenset[str]) -> bool:
    return any(read.name in names for operand in operands(check) for read in reads_of(operand))


def _with(clauses: tuple[str, ...], affected: Mapping[str, Answer], wanted: Truth) -> tuple[str, ...]:
    """Return clauses with those that are affected added or taken out."""
    kept = {clause for clause in clauses if clause not in affected}
    return tuple(sorted(kept | {clause for clause, found in affected.items() if found is wanted}))


def _phase(policy: Policy, phase: str) -> _Phase:
    rules = {rule.id: _rule(rule) for rule in policy.checked.rules if phase in rule.phases}
    return _Phase(rules, frozenset().union(*(rule.reads for rule in rules.values())))


def _rule(rule: c.Rule) -> _Rule:
    condition = None if rule.when is None else with_enough_calls(rule.when, rule.at_least_calls)
    names = frozenset() if condition is None else frozenset(read.name for read in reads(condition))
    return _Rule(condition, names, _kind(rule.then), _kind(rule.unknown))


def _kind(effects: Iterable[c.Effect]) -> EffectKind:
    return EffectKind.strictest([EffectKind(effect.kind) for effect in effects])
