"""Runs the `test` statements of a policy: each sets facts, and says what clauses do then.

Facts that a test leaves out are missing, and windows are unknown. What a rule does is decided as for a call of the
guard; what a requirement or a scorecard says, as by `policykit check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policykit.engine.decision import EffectKind
from policykit.engine.explain import RuleExplanation
from policykit.engine.kleene import Truth
from policykit.engine.policy import Policy
from policykit.engine.scope import Facts, Scope
from policykit.engine.truth import truth
from policykit.language import checked as c
from policykit.source import Diagnostic, Label
from policykit.vocabulary.fields import Field
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import TEXTUAL, Kind, Type, Value

_VERBS = {"deny": "denies", "ask": "asks", "redact": "redacts", "pseudonymise": "pseudonymises", "use": "uses",
          "warn": "warns", "pause": "pauses", "allow": "allows"}  # fmt: skip
_SAYS: dict[Truth, str] = {True: "passes", False: "fails", None: "is unknown"}
_GOES_ON = frozenset({EffectKind.ALLOW, EffectKind.WARN})


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of one test."""

    __test__ = False
    """pytest must not collect it."""
    case: c.TestCase
    failures: tuple[Diagnostic, ...]
    """One for each expectation that was not met."""

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.failures


def run_tests(policy: Policy) -> tuple[TestResult, ...]:
    """Run the tests of a policy, in the order of the file.

    Args:
        policy: with its tests, which stand in its own file.

    Returns:
        One result for each test.
    """
    return tuple(TestResult(case, tuple(_failures(case, policy))) for case in policy.checked.tests)


def _failures(case: c.TestCase, policy: Policy) -> Iterator[Diagnostic]:
    given = _Given(case, policy.checked)
    for expected in case.expect:
        got = _Observed(given, policy).of(expected)
        if got:
            yield _failure(case, expected, got, policy.checked)


def _failure(case: c.TestCase, expected: c.Expectation, got: str, checked: c.CheckedPolicy) -> Diagnostic:
    clause = next((each for each in checked.clauses() if each.id == expected.clause), None)
    is_here = clause is not None and clause.source is checked.source
    labels = (Label(clause.span, "the clause stands here"),) if clause is not None and is_here else ()
    return Diagnostic(
        "PK455", f"the test {case.name!r} fails".replace("'", "`"), source=checked.source, span=expected.span,
        expected=_said(expected), got=got, labels=labels,
        help=f"correct the clause, or the test: it runs `on {case.phase.value}` with the facts that `given` sets",
    )  # fmt: skip


def _said(expected: c.Expectation) -> str:
    words = (f"`{expected.clause}`" if expected.clause else "", expected.verb, expected.object)
    return " ".join(word for word in words if word)


class _Given:
    """The facts and the evidence that a test sets."""

    def __init__(self, case: c.TestCase, checked: c.CheckedPolicy) -> None:
        self.phase = case.phase
        self.facts: dict[str, object] = {}
        self._fields: dict[str, dict[str, Value]] = {}
        for item in case.given:
            evidence, _, name = item.name.partition(".")
            if evidence in checked.evidence and item.name not in checked.facts:
                if item.value is not None:
                    self._fields.setdefault(evidence, {})[name] = item.value
            else:
                self.facts[item.name] = _raw(item.value, checked.facts[item.name])

    def scope(self) -> Scope:
        """Return everything that a condition over evidence reads."""
        return Scope(Facts(self.facts, {name: _Values(fields) for name, fields in self._fields.items()}))


@dataclass(frozen=True, slots=True)
class _Values:
    """Evidence of which a test sets some fields, and no elements: conditions over elements are unknown."""

    fields: Mapping[str, Value]
    elements: Mapping[str, tuple[Mapping[str, Value], ...]] = field(default_factory=dict)

    def slices(self, by: str) -> Mapping[str, Mapping[str, Value]]:  # noqa: ARG002 - as the protocol
        """Return no groups."""
        return {}


def _raw(value: Value | None, fact: Field) -> object:
    """Return a value as an application would supply it."""
    return None if value is None else _as_supplied(value, fact.type)


def _as_supplied(value: Value, type_: Type) -> object:
    if isinstance(value, tuple) and type_.kind is Kind.LIST and type_.element is not None:
        return [_as_supplied(item, type_.element) for item in value]
    return value if type_.kind in TEXTUAL or isinstance(value, bool) else render(type_, value)


class _Observed:
    """What happened with the facts of one test."""

    def __init__(self, given: _Given, policy: Policy) -> None:
        self._given = given
        self._policy = policy

    def of(self, expected: c.Expectation) -> str:
        """Return what came in place of what was expected; nothing when it came."""
        if not expected.clause:
            return self._not_allowed()
        checked = self._policy.checked
        clause = next(each for each in checked.clauses() if each.id == expected.clause)
        if isinstance(clause, c.Rule):
            return self._by_rule(expected)
        if isinstance(clause, c.Stop):
            return self._by_stop(expected, clause)
        if isinstance(clause, c.Rollout):
            return "nothing: which calls a rollout sends is for the guard to say"
        got = self._says(clause)
        return "" if got == expected.verb else f"`{clause.id}` {got}"

    def _not_allowed(self) -> str:
        if not self._policy.phases:
            return "nothing: the policy has no rule, so it decides no call"
        decision = self._policy.decide(self._given.facts, self._given.phase)
        if decision.effect in _GOES_ON:
            return ""
        clauses = ", ".join(f"`{each}`" for each in dict.fromkeys((*decision.matched, *decision.unknown)))
        return f"{decision.effect.value}, by {clauses}"

    def _by_rule(self, expected: c.Expectation) -> str:
        explained = self._policy.explain(self._given.facts, self._given.phase).rules
        rule = next((each for each in explained if each.clause.id == expected.clause), None)
        if rule is None:
            return f"nothing: `{expected.clause}` does not act on {self._given.phase.value}"
        return "" if _is_met(expected, rule) else _did(rule)

    def _by_stop(self, expected: c.Expectation, stop: c.Stop) -> str:
        tripped = self._of_record(stop) if stop.is_of_record else self._of_calls(stop)
        acts = "rescopes" if stop.pause.gate else "pauses"
        got = {True: acts, False: "does not act", None: "is unknown"}[tripped]
        also = acts if tripped is None and not stop.unknown_tell else ""
        return "" if expected.verb in {got, also} else f"`{expected.clause}` {got}"

    def _of_calls(self, stop: c.Stop) -> Truth:
        return next(each.tripped for each in self._policy.stops(self._given.facts) if each.clause == stop.id)

    def _of_record(self, stop: c.Stop) -> Truth:
        checked = self._policy.checked
        judged: list[c.Requirement | c.Scorecard] = [*checked.requirements, *checked.scorecards]
        outcomes = {clause.id: self._says(clause) for clause in judged}
        given = self._given.scope().facts
        return truth(stop.when, Scope(Facts(given.facts, given.evidence, outcomes)))

    def _says(self, clause: c.Requirement | c.Scorecard) -> str:
        scope = self._given.scope()
        if isinstance(clause, c.Scorecard):
            return _SAYS[truth(c.Compare(clause.target_relation, clause.measure, clause.target), scope)]
        applies = True if clause.applies_when is None else truth(clause.applies_when, scope)
        return _SAYS[True if applies is False else truth(clause.check, scope)]


def _is_met(expected: c.Expectation, rule: RuleExplanation) -> bool:
    if expected.verb == "does not act":
        return rule.outcome == "did not match"
    if expected.verb == "is unknown":
        return rule.outcome == "unknown"
    return any(
        _VERBS[effect.kind] == expected.verb and (not expected.object or expected.object in _objects(effect))
        for effect in rule.effects
    )


def _objects(effect: c.Effect) -> tuple[str, ...]:
    return (*effect.roles, *effect.fallbacks)


def _did(rule: RuleExplanation) -> str:
    name = f"`{rule.clause.id}`"
    if rule.outcome == "did not match":
        return f"{name} does not act"
    verbs = [" ".join((_VERBS[effect.kind], *_objects(effect)[:1])) for effect in rule.effects]
    because = ""
    if rule.outcome == "unknown" and rule.trace is not None:
        unknown = ", ".join(dict.fromkeys(f"`{each.name}`" for each in rule.trace.unknown))
        because = f", because {unknown} is not known" if unknown else ", because its condition is unknown"
    return f"{name} {' and '.join(verbs) or 'lets the call go on'}{because}"
