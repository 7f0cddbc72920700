"""`test` statements: facts that are set, and what is expected of clauses that exist and can do it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.clauses import verbs
from policykit.language.check.clauses.accords import Clauses, find_clause
from policykit.language.check.literals import fit
from policykit.language.check.logic.closed import check_equal, warn_near_tool
from policykit.language.check.logic.comparisons import in_range
from policykit.language.check.logic.expressions import operand
from policykit.language.check.logic.presence import MISSING
from policykit.language.check.parts import phase_of
from policykit.language.check.scope import ListValue, Place, Reads, Scope
from policykit.language.check.wording import a_value, listed, phases_in_order
from policykit.language.walk import reads
from policykit.source import Label, SourceFile
from policykit.vocabulary.fields import Field
from policykit.vocabulary.meanings import facts_meant, fields_meant, offered
from policykit.vocabulary.types import ALL_PHASES, Kind, Money, Phase, Type, Value

Readers = Mapping[str, frozenset[Phase]]
"""The phases in which rules read each fact."""


def test_cases(
    scope: Scope, nodes: tuple[s.Test, ...], clauses: Clauses, broken: frozenset[str]
) -> tuple[c.TestCase, ...]:
    """Return the tests of a file."""
    readers = _readers(clauses) if nodes else {}
    return tuple(_test_case(scope, node, clauses, broken, readers) for node in nodes)


def _readers(clauses: Clauses) -> Readers:
    found: dict[str, set[Phase]] = {}
    for clause in clauses.values():
        if isinstance(clause, c.Rule) and clause.when is not None:
            for read in reads(clause.when):
                found.setdefault(read.name, set()).update(clause.phases)
    return {name: frozenset(phases) for name, phases in found.items()}


def _test_case(scope: Scope, node: s.Test, clauses: Clauses, broken: frozenset[str], readers: Readers) -> c.TestCase:
    expected = tuple(_expectation(scope, item, clauses, broken) for item in node.expect)
    known = [fact for item in node.given for fact in [scope.fact(item.name.text)] if fact is not None]
    phase = _phase(scope, node, known, clauses, readers)
    is_clear = node.on is not None or not any(
        item.clause is not None and item.clause.text in broken for item in node.expect
    )
    given = _given(scope, node, phase if is_clear else None)  # a rule that was not understood has no phase yet
    return c.TestCase(node.name.value, given, expected, phase or Phase.REQUEST, node.span)


def _phase(scope: Scope, node: s.Test, known: list[Field], clauses: Clauses, readers: Readers) -> Phase | None:
    """Return the phase in which a test runs; None where it names one that does not exist, which is reported.

    The one that it names; or the first one of the rules expected to act in which all given facts are known; or, when no
    rule is named, the first one in which all are known and a rule reads one of them; or request.
    """
    if node.on is not None:
        return phase_of(scope.report, node.on)
    named = [clauses.get(item.clause.text) for item in node.expect if item.clause is not None]
    rules = [clause for clause in named if isinstance(clause, c.Rule)]
    candidates = ALL_PHASES.intersection(*(rule.phases for rule in rules))
    if rules and not candidates:
        scope.report.error(
            "PK324", "the clauses expected act in different phases", node.name.span, expected="one test a phase"
        )
    common = candidates.intersection(*(fact.phases for fact in known))
    if not rules:
        common &= frozenset[Phase]().union(*(readers.get(fact.name, frozenset()) for fact in known))
    return next((phase for phase in Phase if phase in (common or candidates if rules else common)), Phase.REQUEST)


def _given(scope: Scope, node: s.Test, phase: Phase | None) -> tuple[c.Given, ...]:
    seen: dict[str, s.Given] = {}
    found = []
    late: list[tuple[s.Given, Field]] = []
    for item in node.given:
        first = seen.setdefault(item.name.text, item)
        if first is not item:
            scope.report.error(
                "PK324",
                f"`{item.name.text}` is given twice",
                item.name.span,
                labels=(Label(first.name.span, "first given here"),),
            )
        target = _target(scope, item)
        if target is None:
            continue
        if phase is not None and item.value is not None and "." in target.name and phase not in target.phases:
            late.append((item, target))
            continue
        if item.value is None:
            found.append(c.Given(item.name.text, None, item.span))
        elif (value := _value(scope, item.value, target.type, item.name)) is not None:
            found.append(c.Given(item.name.text, value, item.span))
    if late and phase is not None:
        _report_phase(scope, late, phase)
    return tuple(found)


def _target(scope: Scope, node: s.Given) -> Field | None:
    """Return the fact or the field of evidence that a test sets."""
    name = node.name.text
    if name in scope.facts:
        scope.facts.find(node.name)
    head, _, rest = name.partition(".")
    if head in scope.evidence:
        evidence = scope.evidence.find(s.Name(head, node.name.span))
        scope.read_fields.add(name)
        if evidence is not None and rest in evidence.kind.fields:
            return evidence.kind.fields[rest]
        known = {f"{head}.{field}" for field in evidence.kind.fields} if evidence is not None else set()
    else:
        fact = scope.fact(name)
        if fact is not None or name in scope.facts:
            return fact
        known = {*scope.vocabulary.facts, *scope.facts.entries}
    if known:
        scope.report.error(
            "PK100",
            f"unknown name `{name}`",
            node.name.span,
            expected="a fact or a field of evidence",
            help=_meant(scope, name, head, known),
        )
    return None


def _meant(scope: Scope, name: str, head: str, known: set[str]) -> str:
    """Return the help for an unknown name: the nearest meaning before the nearest spelling."""
    rest = name.removeprefix(f"{head}.")
    fields = {field.removeprefix(f"{head}."): field for field in known}
    meant = [fields[field] for field in fields_meant(rest, fields)] if head in scope.evidence else []
    meant = meant or list(facts_meant(name, known))
    return offered(name, meant) or scope.report.suggest(name, known)


def _report_phase(scope: Scope, late: list[tuple[s.Given, Field]], phase: Phase) -> None:
    """Report the facts of a test that are not known in its phase, together."""
    known = phases_in_order(frozenset.intersection(*(field.phases for _, field in late)))
    names = [field.name for _, field in late]
    scope.report.error(
        "PK324",
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} not known on {phase.value}, "
        "the phase in which this test runs",
        late[0][0].name.span,
        expected=f"`on {known[0]}` in the test" if known else "facts that are known while the call runs",
        labels=tuple(Label(item.name.span, "nor is this") for item, _ in late[1:]),
    )


def _value(scope: Scope, node: s.Expression, type_: Type, name: s.Name) -> Value | None:
    place = Place(scope, "the value of a test", Reads.NOTHING, wanted=type_)
    if isinstance(node, s.Ref) and _is_missing(scope, node.name, type_):
        scope.report.error(
            "PK100", f"unknown name `{node.name}`", node.span, expected=a_value(type_), help="write `missing`"
        )
        return None
    found = operand(place, node)
    if isinstance(found, ListValue) and type_.kind is Kind.LIST and type_.element is not None:
        items = [fit(scope.report, item, type_.element, f"an item of `{name.text}`") for item in found.items]
        warn_near_tool(place, c.FactRead(name.text, type_), items)
        return None if None in items else tuple(item.value for item in items if item is not None)
    if isinstance(found, c.Constant):
        fitted = fit(scope.report, found, type_, f"`{name.text}`")
        if fitted is None or not in_range(place, "==", c.FactRead(name.text, type_), fitted, node.span):
            return None
        if not check_equal(place, c.FactRead(name.text, type_), fitted):
            return None
        return _with_currency(fitted, type_)
    if found is not None:
        scope.report.error(
            "PK200",
            f"`{name.text}` is {a_value(type_)}",
            node.span,
            expected=a_value(type_),
            got="a list" if isinstance(found, ListValue) else "something that is only known later",
        )
    return None


def _is_missing(scope: Scope, word: str, type_: Type) -> bool:
    """Return whether a word that is declared nowhere says that a fact is not known."""
    if word in scope.values or word in type_.choices:
        return False
    return word in MISSING or scope.report.nearest(word, ["missing"]) is not None


def _with_currency(value: c.Constant, type_: Type) -> Value:
    """Return the canonical value of a fact; one without a currency of its own takes that of the value along."""
    if type_.kind is Kind.MONEY and type_.currency is None and isinstance(value.value, int | Decimal):
        return Money(value.value, value.type.currency or "")
    return value.value


def _expectation(scope: Scope, node: s.Expect, clauses: Clauses, broken: frozenset[str]) -> c.Expectation:
    if node.clause is None:
        return c.Expectation(node.verb, span=node.span)
    clause = find_clause(scope, node.clause, clauses, broken)
    if node.verb not in verbs.VERBS:
        scope.report.error(
            "PK323",
            f"unknown expectation `{node.verb}`",
            node.span,
            expected=f"one of {listed(verbs.VERBS, 'or')}",
            help=verbs.meant(scope, node, clause),
        )
    else:
        if clause is not None:
            _check_verb(scope, node, clause)
        _check_object(scope, node)
    object_ = node.object.text if node.object is not None else ""
    return c.Expectation(node.verb, node.clause.text, object_, node.span)


def _check_object(scope: Scope, node: s.Expect) -> None:
    if node.object is None:
        return
    if node.verb == "asks":
        scope.role(node.object)
    elif node.verb == "uses":
        scope.fallback(node.object)
    else:
        scope.report.error("PK323", f"nothing can stand behind `{node.verb}`", node.object.span, help="delete it")


def _check_verb(scope: Scope, node: s.Expect, clause: c.Clause) -> None:
    kind = type(clause).__name__.lower()
    by_evidence = isinstance(clause, c.Requirement | c.Scorecard)
    possible = verbs.of_clause(clause)
    if node.verb in possible:
        return
    why = (
        f"is a {kind}"
        if (node.verb in verbs.OF_RULES) is by_evidence
        else f"never says `{verbs.EFFECT.get(node.verb, node.verb)}`"
    )
    scope.report.error(
        "PK323",
        f"`{clause.id}` {why}, so a test cannot expect that it {node.verb}",
        node.span,
        expected=f"one of {listed(possible, 'or')}",
        labels=(Label(clause.span, "the clause stands here", _elsewhere(scope, clause)),),
    )


def _elsewhere(scope: Scope, clause: c.Clause) -> SourceFile | None:
    return None if clause.source is scope.report.source else clause.source
