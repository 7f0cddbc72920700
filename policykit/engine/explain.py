"""Why the rules of a phase act or do not act on a call, and what would have to change.

Computed on demand from the definition, by the second evaluator; deciding pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from policykit.engine.decision import Decision, EffectKind, details
from policykit.engine.evaluate import Trace, evaluate
from policykit.engine.kleene import Truth, conjunction, disjunction, mirrored, negation
from policykit.engine.reads import with_enough_calls
from policykit.engine.scope import Facts
from policykit.language import checked as c
from policykit.vocabulary.rendering import render

if TYPE_CHECKING:
    from policykit.engine.policy import ClauseInfo, Policy

Outcome = Literal["matched", "did not match", "unknown"]
_OUTCOMES: dict[Truth, Outcome] = {True: "matched", False: "did not match", None: "unknown"}
_WORDS: dict[str, str] = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "==": "", "!=": "not "}


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule."""

    clause: ClauseInfo
    outcome: Outcome
    trace: Trace | None
    """None for a rule without a condition, which always matches."""
    effects: tuple[c.Effect, ...]
    """What it does to this call."""
    changes: tuple[str, ...]
    """Single changes, each of which would make the rule match instead of not, or the other way round."""

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        return {
            "clause": self.clause.id,
            "title": self.clause.title,
            "outcome": self.outcome,
            "effects": [{"kind": e.kind, **details(e, e.message)} for e in self.effects],
            "condition": None if self.trace is None else _plain(self.trace),
            "changes": list(self.changes),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """All rules of a phase, in the order of the file, beside the decision."""

    phase: str
    decision: Decision
    rules: tuple[RuleExplanation, ...]

    @property
    def effect(self) -> EffectKind:
        """Return the effect of the decision."""
        return self.decision.effect

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        rules = [rule.to_dict() for rule in self.rules]
        return {"phase": self.phase, "decision": self.decision.to_dict(), "rules": rules}


def explained(policy: Policy, facts: Mapping[str, object], phase: str) -> Explanation:
    """Return the explanation of a decision; `Policy.explain` is the public way in."""
    scope = Facts(facts)
    rules = tuple(_rule(rule, policy, scope) for rule in policy.checked.rules if phase in rule.phases)
    return Explanation(phase, policy.decide(facts, phase), rules)


def _rule(rule: c.Rule, policy: Policy, facts: Facts) -> RuleExplanation:
    info = policy.clauses[rule.id]
    if rule.when is None:
        return RuleExplanation(info, "matched", None, rule.then, ())
    trace = evaluate(with_enough_calls(rule.when, rule.at_least_calls), facts)
    effects = {True: rule.then, False: (), None: rule.unknown}[trace.truth]
    return RuleExplanation(info, _OUTCOMES[trace.truth], trace, effects, changes(trace))


# --- what would have to change ------------------------------------------------------------------------------------


def changes(trace: Trace) -> tuple[str, ...]:
    """Return the single changes that would decide the condition the other way; both ways when it is unknown."""
    found: dict[str, None] = {}
    for leaf in _leaves(trace):
        for wanted in (True, False):
            if leaf.truth is not wanted and wanted_by(trace, leaf, wanted) is (not trace.truth or None):
                text = _wish(leaf.check, wanted=wanted)
                if text:
                    found.setdefault(_with_present(text, leaf))
            elif trace.truth is None and leaf.truth is None and wanted_by(trace, leaf, wanted) is not None:
                text = _wish(leaf.check, wanted=wanted)
                if text:
                    found.setdefault(_with_present(text, leaf))
    return tuple(found)


def _leaves(trace: Trace) -> Iterator[Trace]:
    if isinstance(trace.check, c.And | c.Or | c.Not):
        for part in trace.parts:
            yield from _leaves(part)
    else:
        yield trace


def wanted_by(trace: Trace, leaf: Trace, truth: bool) -> Truth:  # noqa: FBT001 - the value that is tried
    """Return the truth of the whole if one leaf had another truth."""
    if trace is leaf:
        return truth
    if not isinstance(trace.check, c.And | c.Or | c.Not):
        return trace.truth
    truths = [wanted_by(part, leaf, truth) for part in trace.parts]
    if isinstance(trace.check, c.Not):
        return negation(truths[0])
    return conjunction(truths) if isinstance(trace.check, c.And) else disjunction(truths)
