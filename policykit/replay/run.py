"""Replaying: every decision on record, decided once more by other rules, and the difference."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from policykit.engine.policy import PHASES, Policy
from policykit.errors import TrailError
from policykit.replay.call_source import CallSource
from policykit.replay.examples import Examples
from policykit.replay.judge import Judge
from policykit.replay.model import Absent, RecordedCall, RulesRef, Told
from policykit.replay.report import ReplayReport
from policykit.replay.tally import Tally
from policykit.replay.trail_source import TrailSource, is_trail, refused
from policykit.source import Diagnostic
from policykit.trail.problems import trail_problem

if TYPE_CHECKING:
    from policykit.trail.keys import VerifierKey
    from policykit.trail.vault import Vault
    from policykit.vocabulary.phase import PhaseName

MAX_PROBLEMS = 50
"""Diagnostics that a report carries; all are counted."""


def replay(  # noqa: PLR0913 - what may be asked
    policy: Policy,
    source: str | os.PathLike[str],
    *,
    against: Policy | None = None,
    keys: Sequence[VerifierKey] = (),
    vault: Vault | None = None,
    absent: Absent = Absent.UNRECORDED,
    phase: PhaseName = "request",
    show: int = 5,
    told: Told | None = None,
) -> ReplayReport:
    """Return what a policy would have decided about calls of the past, compared with what was decided.

    Args:
        policy: the rules that are tried.
        source: a trail's folder, one file of its records, or call records (`-` is standard input).
        against: rules that stand in for what was recorded.
        keys: the trail's verifier keys; without them only its chain is checked.
        vault: where the guard kept texts; without it texts are not on record.
        absent: what it means that a fact is not in a line of call records.
        phase: the phase of call records that name none.
        show: how many examples of each change of effect the report carries.
        told: told how far reading has come.

    Raises:
        TrailError: the trail is not valid, or the vault holds something else than was recorded.
        PolicyError: a policy has no rule.
        FactsError: there is no such phase.
    """
    judge = Judge(policy)
    other = None if against is None else Judge(against)
    path = os.fspath(source)
    if not is_trail(path):
        if keys or vault is not None:
            what = "key" if keys else "vault"
            raise trail_problem("PK963", f"a {what} belongs to a trail, and this is none", place=path)
        calls = CallSource(path, policy, against, phase=phase, absent=absent)
        return _Replaying(judge, other, show).report(calls, told)
    wanted = judge.all_reads | (frozenset() if other is None else other.all_reads)
    trail = TrailSource(path, keys, vault, wanted)
    try:
        return _Replaying(judge, other, show).report(trail, told)
    except TrailError as problem:
        raise refused(problem, path) from None


class _Replaying:
    """One run."""

    def __init__(self, judge: Judge, other: Judge | None, show: int) -> None:
        self._judge = judge
        self._other = other
        self._tally = Tally(judge)
        self._examples = Examples(judge.policy, show)
        self._declared = frozenset(judge.policy.checked.facts) | {
            read.key for phase in PHASES for read in judge.policy.windows(phase)
        }
        self._baselines: Counter[RulesRef] = Counter()
        self._phases: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._undeclared: Counter[str] = Counter()
        self._problems: list[Diagnostic] = []
        self._problem_count = 0
        self._first_at = self._last_at = ""

    def report(self, source: CallSource | TrailSource, told: Told | None) -> ReplayReport:
        for call in source.calls(told or _untold):
            self._take(call)
        clauses = self._tally.finish()
        return ReplayReport(
            rules=self._judge.rules,
            against=None if self._other is None else self._other.rules,
            baselines=dict(self._baselines.most_common()),
            source=str(source.path),
            verified=source.verified if isinstance(source, TrailSource) else "",
            notes=tuple(_notes(source)) if isinstance(source, TrailSource) else (),
            phases={phase: self._phases[phase] for phase in PHASES if self._phases[phase]},
            first_at=self._first_at,
            last_at=self._last_at,
            not_replayable=dict(self._skipped.most_common()),
            clauses=clauses,
            effects=dict(self._tally.effects.most_common()),
            unchanged=self._tally.unchanged,
            changed=self._tally.changed,
            untold=self._tally.untold,
            undeclared=dict(sorted(self._undeclared.items())),
            examples=tuple(self._examples.found),
            problems=tuple(self._problems),
            problem_count=self._problem_count,
        )

    def _take(self, call: RecordedCall) -> None:
        if call.problems:
            self._problem_count += 1
            self._problems += call.problems[: MAX_PROBLEMS - len(self._problems)]
            return
        before = call.before
        if self._other is not None and not call.not_replayable:
            before = self._other.before(call, frozenset() if before is None else before.shadowed)
        if before is None or call.not_replayable:
            self._skipped[call.not_replayable] += 1
            return
        transition = self._tally.add(call, before)
        if transition.is_changed:
            self._examples.offer(call, transition)
        self._count(call, before.rules)

    def _count(self, call: RecordedCall, rules: RulesRef | None) -> None:
        self._phases[call.phase] += 1
        if rules is not None:
            self._baselines[rules] += 1
        if call.at:
            self._first_at = min(self._first_at or call.at, call.at)
            self._last_at = max(self._last_at, call.at)
        for name in call.facts.keys() - self._declared:
            self._undeclared[name] += 1


def _notes(source: TrailSource) -> list[str]:
    found = [f"{source.records:,} records read, of which {sum(source.others.values()):,} are no decisions"]
    if source.unsigned:
        found.append(f"{source.unsigned:,} records behind the newest checkpoint were not read: nobody vouches for them")
    return found


def _untold(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
