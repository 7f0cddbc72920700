"""Why the rules of a phase act or do not act on a call, and what would have to change.

Computed on demand from the definition, by the second evaluator; deciding pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from policykit.engine.decision import Decision, EffectKind, details
from policykit.engine.evaluate import Trace, evaluate
from policykit.engine.kleene import Truth, conjunction, disjunction, negation
from policykit.engine.program import ClauseInfo
from policykit.engine.reads import reads_of, with_enough_calls
from policykit.engine.scope import Facts
from policykit.language import checked as c
from policykit.language.relations import MIRRORED, MUST_BE, OPPOSITE
from policykit.language.walk import atoms
from policykit.vocabulary.rendering import quoted, render
from policykit.vocabulary.types import Value

Outcome = Literal["matched", "did not match", "unknown"]
_OUTCOMES: dict[Truth, Outcome] = {True: "matched", False: "did not match", None: "unknown"}
_TRUTHS: dict[Truth, str] = {True: "true", False: "false", None: "unknown"}
_TAKES_OUT = frozenset({"redact", "pseudonymise"})


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule."""

    clause: ClauseInfo
    outcome: Outcome
    trace: Trace | None
    """None for a rule without a condition, which always matches."""
    effects: tuple[c.Effect, ...]
    """What it does to this call."""
    changes: tuple[Change, ...]
    """Single changes, each of which would make the rule match instead of not, or the other way round."""

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        return {
            "clause": self.clause.id,
            "title": self.clause.title,
            "outcome": self.outcome,
            "effects": [{"kind": e.kind, **details(e, e.message)} for e in self.effects],
            "condition": None if self.trace is None else _plain(self.trace),
            "changes": [change._asdict() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """All rules of a phase, in the order of the file, beside the decision."""

    decision: Decision
    rules: tuple[RuleExplanation, ...]

    @property
    def effect(self) -> EffectKind:
        """Return the effect of the decision."""
        return self.decision.effect

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        rules = [rule.to_dict() for rule in self.rules]
        return {"decision": self.decision.to_dict(), "rules": rules}


def explained(
    rules: Iterable[c.Rule],
    clauses: Mapping[str, ClauseInfo],
    facts: Mapping[str, object],
    decision: Decision,
    searched: frozenset[str] = frozenset(),
) -> Explanation:
    """Return the explanation of a decision; `Policy.explain` is the public way in.

    Args:
        rules: the rules of the phase.
        clauses: what reports say about them, by their IDs.
        facts: the facts of the call.
        decision: what was decided.
        searched: facts whose values are not quoted; see `searched_by`.
    """
    return Explanation(decision, tuple(_rule(rule, clauses[rule.id], Facts(facts), searched) for rule in rules))


def searched_by(rules: Iterable[c.Rule]) -> frozenset[str]:
    """Return the facts in which rules look for what must not be seen, so that no explanation prints it."""
    found = {
        read.name
        for rule in rules
        if rule.when is not None
        for each in atoms(rule.when)
        if isinstance(each, c.ContainsPattern) and _protects(rule, each)
        for read in reads_of(each.value)
    }
    return frozenset(found)


def _protects(rule: c.Rule, check: c.ContainsPattern) -> bool:
    """Whether a search is for what must not be seen: by a detector, or to take out what is found."""
    if any(effect.kind in _TAKES_OUT for effect in (*rule.then, *rule.unknown)):
        return True
    return any(pattern.detector is not None or pattern.words for pattern in check.patterns)


def _unquoted(trace: Trace, searched: frozenset[str]) -> Trace:
    """Return a trace in which the values of some facts are not shown."""
    reads = tuple(replace(read, is_searched=read.name in searched) for read in trace.reads)
    return replace(trace, reads=reads, parts=tuple(_unquoted(part, searched) for part in trace.parts))


def _rule(rule: c.Rule, info: ClauseInfo, facts: Facts, searched: frozenset[str]) -> RuleExplanation:
    if rule.when is None:
        return RuleExplanation(info, "matched", None, rule.then, ())
    trace = _unquoted(evaluate(with_enough_calls(rule.when, rule.at_least_calls), facts), searched)
    effects = {True: rule.then, False: (), None: rule.unknown}[trace.truth]
    return RuleExplanation(info, _OUTCOMES[trace.truth], trace, effects, changes(trace))


# --- what would have to change ------------------------------------------------------------------------------------


class Change(NamedTuple):
    """One change of one fact that would decide the condition otherwise."""

    text: str
    """`refund.amount would have to be at most 500 EUR (it is 500.01 EUR)`."""
    outcome: Outcome
    """What the rule would do then."""


def changes(trace: Trace) -> tuple[Change, ...]:
    """Return the changes of a single fact after which a rule would match instead of not, or the other way round."""
    goals = {True: (False,), False: (True,), None: (True, False)}[trace.truth]
    found: dict[Change, None] = {}
    for leaf in _leaves(trace):
        for wanted in (True, False):
            then = _with_leaf(trace, leaf, wanted)
            if leaf.truth is not wanted and then in goals and (text := _wish(leaf.check, wanted=wanted)):
                present = leaf.reads[0]
                verb = "it is " if present.value is not None or present.is_missing else ""
                found.setdefault(Change(f"{present.name} would have to {text} ({verb}{present.text})", _OUTCOMES[then]))
    return tuple(found)


def _leaves(trace: Trace) -> Iterator[Trace]:
    if isinstance(trace.check, c.And | c.Or | c.Not):
        for part in trace.parts:
            yield from _leaves(part)
    else:
        yield trace


def _with_leaf(trace: Trace, leaf: Trace, truth: Truth) -> Truth:
    """Return the truth of the whole if one leaf had another truth."""
    if trace is leaf:
        return truth
    if not isinstance(trace.check, c.And | c.Or | c.Not):
        return trace.truth
    truths = [_with_leaf(part, leaf, truth) for part in trace.parts]
    if isinstance(trace.check, c.Not):
        return negation(truths[0])
    return conjunction(truths) if isinstance(trace.check, c.And) else disjunction(truths)


def _wish(check: c.Check, *, wanted: bool) -> str:
    """Return what the only fact of a condition would have to do; nothing where it is not about one fact."""
    match check:
        case c.Compare():
            return _compared(check, wanted=wanted)
        case c.Member():
            options = ", ".join(render(check.value.type, option) for option in check.options)
            return f"be {'one' if wanted is not check.negated else 'none'} of {options}"
        case c.Supplied():
            return "be supplied" if wanted is not check.negated else "be missing"
        case c.Affix():
            return f"{'' if wanted else 'not '}{check.where.removesuffix('s')} with {quoted(check.text)}"
        case c.ContainsPattern():
            names = ", ".join(pattern.name for pattern in check.patterns)
            return f"{'' if wanted else 'not '}contain {check.mode} of {names}"
        case c.ContainsItem():
            return f"{'' if wanted else 'not '}contain {check.mode} of {', '.join(map(_item_text, check.items))}"
        case _:
            return ""


def _item_text(item: Value) -> str:
    return quoted(item) if isinstance(item, str) else str(item)


def _compared(check: c.Compare, *, wanted: bool) -> str:
    read, relation, limit = check.left, check.relation, check.right
    if isinstance(read, c.Constant):
        read, relation, limit = limit, MIRRORED[relation], read
    if not isinstance(limit, c.Constant) or isinstance(read, c.Constant | c.Compute):
        return ""
    relation = relation if wanted else OPPOSITE[relation]
    return f"be {MUST_BE[relation]}{render(limit.type, limit.value)}"


def _plain(trace: Trace) -> dict[str, object]:
    """Return a trace as plain values."""
    found: dict[str, object] = {
        "condition": type(trace.check).__name__.lower(),
        "truth": _TRUTHS[trace.truth],
        "label": trace.label,
        "reads": {read.name: read.text for read in trace.reads},
        "parts": [_plain(part) for part in trace.parts],
    }
    return {name: value for name, value in found.items() if value not in ("", {}, [])}
