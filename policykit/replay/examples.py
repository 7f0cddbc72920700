"""Some of the decisions that come out otherwise, each with what its clauses read and what would have to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from policykit.engine.explain import Explanation, RuleExplanation
from policykit.engine.policy import Policy
from policykit.replay.model import RecordedCall
from policykit.replay.report import Example
from policykit.replay.tally import Transition
from policykit.vocabulary.call_texts import CALL_TEXTS

if TYPE_CHECKING:
    from policykit.vocabulary.phase import PhaseName

_MAX_SHOWN = 200
"""Characters of a fact."""


class Examples:
    """The first few decisions of each change of effect."""

    def __init__(self, policy: Policy, show: int) -> None:
        """Take the rules that are tried, and how many examples of each change are kept."""
        self._policy = policy
        self._show = show
        self._seen: Counter[tuple[str, str]] = Counter()
        self.found: list[Example] = []

    def offer(self, call: RecordedCall, transition: Transition) -> None:
        """Keep a decision that changes, while there are not enough of its kind."""
        kind = (transition.before, transition.now)
        if self._seen[kind] >= self._show:
            return
        self._seen[kind] += 1
        self.found.append(self._example(call, transition))

    def _example(self, call: RecordedCall, transition: Transition) -> Example:
        explanation = self._policy.explain(call.facts, cast("PhaseName", call.phase))
        wanted = {clause for clause, _, _ in transition.changes}
        rules = [rule for rule in explanation.rules if rule.clause.id in wanted]
        facts = {name: text for rule in rules for name, text in _facts(rule, call)}
        reasons = dict.fromkeys(reason for rule in rules for reason in _reasons(rule, call))
        return Example(
            call.place,
            call.at,
            call.phase,
            transition.before,
            transition.now,
            transition.changes,
            tuple(facts.items()),
            (*_spoken(explanation, wanted), *reasons),
        )


def _spoken(explanation: Explanation, wanted: set[str]) -> Iterator[str]:
    """Yield the messages of the clauses that changed and act now, unless they could quote a text."""
    for obligation in explanation.decision.obligations:
        quotes = any(f"{{{name}}}" in obligation.effect.message for name in CALL_TEXTS)
        if obligation.message and not quotes and not wanted.isdisjoint(obligation.clauses):
            yield _short(obligation.message)


def _facts(rule: RuleExplanation, call: RecordedCall) -> Iterator[tuple[str, str]]:
    for read in () if rule.trace is None else rule.trace.all_reads():
        if read.name in CALL_TEXTS:
            continue
        if read.name in call.hidden:
            yield read.name, "(in the vault)"
        elif read.is_missing and not _is_on_record(read.name, call):
            yield read.name, "(not on record)"
        else:
            yield read.name, _short(read.text)


def _reasons(rule: RuleExplanation, call: RecordedCall) -> Iterator[str]:
    """Yield what would make the clause act otherwise; nothing about what may not be shown or is not on record."""
    for change in rule.changes:
        name = change.text.partition(" would have to ")[0]
        if name not in CALL_TEXTS | call.hidden and _is_on_record(name, call):
            yield f"for {rule.clause.id} {_GOALS[change.outcome]}, {_short(change.text)}"


_GOALS = {"matched": "to match", "did not match": "not to match", "unknown": "to be unknown"}


def _is_on_record(name: str, call: RecordedCall) -> bool:
    return call.is_complete or name in call.facts


def _short(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
