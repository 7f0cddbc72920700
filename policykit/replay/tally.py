"""Counting differences in flat memory: decisions with the same outcomes then and now are one entry with a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from policykit.replay.judge import CANNOT_TELL, Judge, Outcomes
from policykit.replay.model import EVALUATED, Before, RecordedCall, State
from policykit.replay.report import ClauseDiff, ClauseStatus, is_change

MAX_ENTRIES = 4_096
"""Entries that are counted before they are added up."""
_Key = tuple[str, Before, Outcomes]


class Transition(NamedTuple):
    """What all decisions of one entry have in common."""

    before: str
    """The effect."""
    now: str
    states: tuple[tuple[str, State, State], ...]
    """Every clause that either side evaluated."""
    changes: tuple[tuple[str, State, State], ...]
    """Those that are known to act otherwise."""
    is_changed: bool
    is_untold: bool


def _absent(now: State, before: Before) -> State:
    """Return what became of a clause that the decision does not name."""
    if before.is_whole:
        return State.NOT_THERE
    return now if now is State.NOT_IN_PHASE else State.NOT_TRUE


class Tally:
    """The decisions that were replayed, counted."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._transitions: dict[_Key, Transition] = {}
        self._counts: Counter[_Key] = Counter()
        self._lacking: Counter[tuple[str, tuple[str, ...], frozenset[str]]] = Counter()
        self._clauses: dict[str, Counter[tuple[State, State]]] = {}
        self._lacks: dict[str, Counter[str]] = {}
        self._is_whole = True
        self.effects: Counter[tuple[str, str]] = Counter()
        self.changed = self.unchanged = self.untold = 0

    def add(self, call: RecordedCall, before: Before) -> Transition:
        """Replay a call, and count it."""
        outcomes = self._judge.outcomes(call)
        key = (call.phase, before, outcomes)
        transition = self._transitions.get(key)
        if transition is None:
            if len(self._transitions) >= MAX_ENTRIES:
                self._add_up()
            transition = self._transitions[key] = self._transition(*key)
        self._counts[key] += 1
        if outcomes.untold:
            self._lacking[call.phase, outcomes.untold, self._judge.unrecorded(call)] += 1
        return transition

    def _transition(self, phase: str, before: Before, outcomes: Outcomes) -> Transition:
        now = self._judge.states(phase, outcomes)
        then = dict(before.states)
        self._is_whole &= before.is_whole
        both = [
            (clause, then.get(clause) or _absent(now[clause], before), now.get(clause, State.NOT_THERE))
            for clause in sorted({*then, *now})
        ]
        states = tuple(each for each in both if not EVALUATED.isdisjoint(each[1:]))
        changes = tuple(each for each in states if is_change(*each[1:]))
        effect = self._judge.effect(phase, outcomes, before.shadowed)
        is_told = CANNOT_TELL not in {before.effect, effect}
        is_changed = bool(changes) or (is_told and before.effect != effect)
        is_untold = not is_changed and (not is_told or any(State.CANNOT_TELL in each[1:] for each in states))
        return Transition(before.effect, effect, states, changes, is_changed, is_untold)

    def _add_up(self) -> None:
        for key, count in self._counts.items():
            found = self._transitions[key]
            self.effects[found.before, found.now] += count
            self.changed += count * found.is_changed
            self.untold += count * found.is_untold
            self.unchanged += count * (not found.is_changed and not found.is_untold)
            for clause, before, now in found.states:
                self._clauses.setdefault(clause, Counter())[before, now] += count
        for (phase, untold, lacking), count in self._lacking.items():
            for clause in untold:
                for name in self._judge.reads(phase, clause) & lacking:
                    self._lacks.setdefault(clause, Counter())[name] += count
        self._counts.clear()
        self._transitions.clear()
        self._lacking.clear()

    def finish(self) -> tuple[ClauseDiff, ...]:
        """Add up what was counted; return the clauses in the order of the rules, removed ones after them."""
        self._add_up()
        known = [rule.id for rule in self._judge.policy.checked.rules]
        order = [clause for clause in known if clause in self._clauses]
        order += sorted(self._clauses.keys() - set(known))
        return tuple(
            ClauseDiff(
                clause,
                self._status(clause, self._clauses[clause]),
                dict(sorted(self._clauses[clause].items())),
                dict(sorted(self._lacks.get(clause, {}).items())),
            )
            for clause in order
        )

    def _status(self, clause: str, counts: Mapping[tuple[State, State], int]) -> ClauseStatus:
        if clause not in self._judge.clauses:
            return ClauseStatus.REMOVED
        if all(before is State.NOT_THERE for before, _ in counts):
            return ClauseStatus.NEW
        if not self._is_whole and all(before is State.NOT_TRUE for before, _ in counts):
            return ClauseStatus.UNCLEAR
        return ClauseStatus.IN_BOTH
