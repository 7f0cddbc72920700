"""Stops: conditions over calls, which the guard decides, or over the record, which `policykit check` decides.

The law stands in docs/adr/0009. What the condition names says of which kind a stop is; no stop is of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import parts
from policykit.language.check.amounts import seconds
from policykit.language.check.clauses.accords import Clauses, find_clause
from policykit.language.check.clauses.effects import pause
from policykit.language.check.clauses.requirements import owners_of, shown
from policykit.language.check.clauses.rules import least_calls
from policykit.language.check.logic.conditions import condition
from policykit.language.check.parts import Defaults
from policykit.language.check.scope import Place, Reads, Scope
from policykit.language.walk import parts as parts_of
from policykit.language.walk import reads
from policykit.source import Label, Span

_KNOWN_WITHOUT_CALLS = frozenset({"count", "sum"})
"""Statistics over no call at all that have a value."""


def stop(scope: Scope, node: s.Stop, defaults: Defaults) -> c.Stop | None:
    """Return a stop; None when its condition is wrong, which is reported."""
    what = f"stop `{node.id.text}`"
    of_record = _is_of_record(scope, node, what)
    place = Place(scope, what, Reads.EVIDENCE if of_record else Reads.CALLS, says_clauses=bool(of_record))
    when = condition(place, node.when) if of_record is not None else None
    effect = _effect(place, node.then)
    told, resume_by = parts.roles(scope, node.unknown_tell), parts.roles(scope, node.resume_by)
    owners = owners_of(scope, node.owners, defaults)
    calls = least_calls(scope, node.at_least_calls, when, broken=when is None)
    given = parts.trust(scope, node.shown_by) if node.shown_by is not None else None
    from_gate = scope.gate(node.from_gate) if node.from_gate is not None else ""
    if when is None:
        return None
    if not of_record:
        _check_calls(scope, when, named=node.at_least_calls is not None, what=what)
    return c.Stop(
        node.id.text,
        node.title.value,
        node.because.value if node.because is not None else "",
        defaults.section,
        owners,
        node.span,
        scope.report.source,
        when=when,
        pause=effect,
        resume_by=resume_by,
        at_least_calls=calls,
        shown_by=shown(scope, node.shown_by, given, when) if of_record else None,
        from_gate=from_gate if of_record else "",
        unknown_tell=told,
    )


def bound(scope: Scope, own: Mapping[str, object], clauses: Clauses, broken: frozenset[str]) -> dict[str, c.Stop]:
    """Return the stops of a file once all clauses are known: the clauses they name, and the gate that they begin at."""
    found: dict[str, c.Stop] = {}
    for id_, clause in own.items():
        if isinstance(clause, c.Stop):
            _check_rescope(scope, clause, clauses, broken)
            named = tuple(_named(scope, clause, clauses, broken))
            found[id_] = replace(clause, from_gate=clause.from_gate or _first_gate(scope, clause, named))
    return found


def _first_gate(scope: Scope, clause: c.Stop, named: tuple[c.Clause, ...]) -> str:
    """Return the gate from which a stop of the record counts: the last at which a clause that it names falls due."""
    order = scope.gate_order()
    if not clause.is_of_record or not order:
        return ""
    dues = [each.due for each in named if isinstance(each, c.Requirement | c.Scorecard)]
    gates = [due.gate for due in dues if due is not None and due.gate in order]
    return max(gates, key=order.__getitem__) if gates else next(iter(order))


def _named(scope: Scope, clause: c.Stop, clauses: Clauses, broken: frozenset[str]) -> Iterator[c.Clause]:
    for part in parts_of(clause.when):
        if not isinstance(part, c.ClauseSays):
            continue
        found = find_clause(scope, s.Name(part.clause, part.span), clauses, broken)
        if isinstance(found, c.Requirement | c.Scorecard):
            yield found
        elif found is not None:
            scope.report.error(
                "PK247",
                f"`{part.clause}` is a {type(found).__name__.lower()}, which neither passes nor fails",
                part.span,
                expected="a requirement or a scorecard",
                help="only what evidence must meet has an outcome",
            )


def _check_rescope(scope: Scope, clause: c.Stop, clauses: Clauses, broken: frozenset[str]) -> None:
    gate = clause.pause.gate
    begins = any(isinstance(each, c.Rollout) and each.from_gate == gate for each in clauses.values())
    if not gate or gate not in scope.gate_order() or begins or broken:  # a rollout may be among those that are wrong
        return
    scope.report.error(
        "PK405",
        f"nothing begins at `{gate}`, so going back to it would change nothing",
        clause.span,
        expected=f"a rollout with `from {gate}`",
        help=f"declare a rollout that begins `from {gate}`, or write `pause all calls`",
    )


def _effect(place: Place, node: s.Pause | s.Rescope) -> c.Effect:
    if isinstance(node, s.Pause):
        return pause(replace(place, reads=Reads.NOTHING), node)
    scope = place.scope
    within = seconds(scope, node.within, "the time until it takes hold") if node.within is not None else None
    return c.Effect("pause", roles=parts.roles(scope, node.tell), seconds=within, gate=scope.gate(node.gate))


# --- of calls, or of the record -----------------------------------------------------------------------------------


def _is_of_record(scope: Scope, node: s.Stop, what: str) -> bool | None:
    """Return whether the condition is over the record; None where it is over calls too, which is reported."""
    found = [(kind, span) for kind, span in _subjects(scope, node.when)]
    calls = next((span for of_record, span in found if not of_record), None)
    record = next((span for of_record, span in found if of_record), None)
    if calls is not None and record is not None:
        scope.report.error(
            "PK246",
            f"{what} looks at calls and at the record",
            calls,
            expected="one of them: the guard decides on calls, `policykit check` on evidence and clauses",
            labels=(Label(record, "this stands in the record"),),
            help="write two stops, one for each",
        )
        return None
    if record is None:
        _refuse_parts_of_record(scope, node, what)
    return record is not None


def _subjects(scope: Scope, node: object) -> Iterator[tuple[bool, Span]]:
    """Yield what a condition looks at: whether it belongs to the record, and where it stands."""
    if isinstance(node, s.Window):
        yield False, node.span
    elif isinstance(node, s.ClauseSays | s.Quantified):
        yield True, node.span
    elif isinstance(node, s.Ref):
        if node.name.partition(".")[0] in scope.evidence:
            yield True, node.span
        elif scope.fact(node.name) is not None:
            yield False, node.span
    elif isinstance(node, tuple):
        for item in node:
            yield from _subjects(scope, item)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _subjects(scope, getattr(node, field.name))


def _refuse_parts_of_record(scope: Scope, node: s.Stop, what: str) -> None:
    for word, part in (("shown by", node.shown_by), ("from", node.from_gate)):
        if part is not None:
            scope.report.error(
                "PK249",
                f"{what} looks at calls, so `{word}` says nothing",
                part.span,
                expected="`when`, `then`, `unknown`, `resume by`, `owner` and `because`",
                help=f"delete the line that begins with `{word}`",
            )


def _check_calls(scope: Scope, when: c.Check, *, named: bool, what: str) -> None:
    """Report a window that can have no value where the guard looks at it: the stop would act before the first call."""
    for window in (read for read in reads(when) if isinstance(read, c.WindowRead)):
        if window.per is not None:
            scope.report.error(
                "PK406",
                f"{what} looks at all calls together, and a statistic `per {window.per.name}` has no one value",
                window.span,
                expected="a statistic without `per`",
                help=f"leave `per {window.per.name}` out, or write a rule, which looks at one group at a time",
            )
        elif window.function not in _KNOWN_WITHOUT_CALLS and not named:
            scope.report.error(
                "PK406",
                f"{what} would act before the first call, when `{window.key}` is unknown",
                window.span,
                expected="a least number of calls",
                help=f"end the condition with `, with at least {_ENOUGH} calls`, or with your own number",
            )


_ENOUGH = 50
"""Calls that a help proposes. Source: the examples of grammar/README.md."""
