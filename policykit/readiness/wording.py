"""Conditions, values and moments in the words of reports."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from policykit.engine.scope import Scope
from policykit.engine.truth import operand
from policykit.language import checked as c
from policykit.language.relations import MUST_BE, OPPOSITE
from policykit.readiness.verdict import Reason
from policykit.source import Diagnostic
from policykit.vocabulary.inflection import plural
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import DURATION, Exact, Kind, Money, Type, Value

_IS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "is", "!=": "is not"}
_MAX_LISTED = 8


def instant_text(moment: datetime) -> str:
    """Return an instant as reports and the JSON verdict write it, in UTC: `2026-11-20T09:30:00Z`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}{f'.{utc.microsecond:06}' if utc.microsecond else ''}Z"


def day_text(ordinal: int) -> str:
    """Return a day: `2027-03-31`."""
    return date.fromordinal(ordinal).isoformat()


def duration_text(seconds: Exact) -> str:
    """Return a length of time: `30 days`."""
    return render(DURATION, seconds)


def owner_words(owners: Collection[str]) -> str:
    """Return the owners of a clause with the noun: ``owner `risk` ``, ``owners `risk` and `security` ``."""
    return f"owner{'s' if len(owners) > 1 else ''} {' and '.join(f'`{owner}`' for owner in owners)}"


def after(moment: datetime, seconds: Exact) -> datetime | None:
    """Return the instant so many seconds later, or None beyond the calendar."""
    try:
        return moment + timedelta(microseconds=int(seconds * 1_000_000))
    except OverflowError:
        return None


def reason_of(problem: Diagnostic) -> Reason:
    """Return a diagnostic as a reason in a verdict."""
    return Reason(
        code=problem.code,
        message=problem.message,
        place=problem.where(),
        expected=problem.expected,
        got=problem.got,
        help=problem.help,
    )


def value_text(value: Value, type_: Type) -> str:
    """Return a value with its unit."""
    if isinstance(value, Money):
        return render(Type(Kind.MONEY), value)
    return render(type_, value)


def operand_text(item: c.Operand) -> str:
    """Return an operand as the policy writes it."""
    match item:
        case c.Constant():
            return item.name or value_text(item.value, item.type)
        case c.Compute():
            return f"{_factor(item.left)} {item.operator} {_factor(item.right)}"
        case _:
            return item.name


def _factor(item: c.Operand) -> str:
    return f"({operand_text(item)})" if isinstance(item, c.Compute) else operand_text(item)


def threshold_text(check: c.Compare, scope: Scope, *, negated: bool = False) -> str:
    """Return what the left side must be: `at least 92%`, or with the arithmetic beside the value."""
    words = MUST_BE[OPPOSITE[check.relation] if negated else check.relation]
    value = operand(check.right, scope)
    if value is None:
        return f"{words}{operand_text(check.right)}, which is unknown"
    shown = value_text(value, check.right.type)
    written = operand_text(check.right)
    return f"{words}{shown}" if written == shown else f"{words}{shown} ({written})"


def check_text(check: c.Check) -> str:
    """Return a condition in the words of the language."""
    match check:
        case c.And():
            return " and ".join(_part(item) for item in check.items)
        case c.Or():
            return " or ".join(_part(item) for item in check.items)
        case c.Not():
            return f"not ({check_text(check.item)})"
        case c.Compare():
            return f"{operand_text(check.left)} {_IS[check.relation]} {operand_text(check.right)}"
        case c.Member():
            options = check.name or options_text(check.options, check.value.type)
            return f"{operand_text(check.value)} {'not in' if check.negated else 'in'} {options}"
        case c.ContainsPattern():
            names = ", ".join(pattern.name for pattern in check.patterns)
            return f"{operand_text(check.value)} contains {check.mode} of {names}"
        case c.ContainsItem():
            element = check.value.type.element or check.value.type
            names = ", ".join(value_text(item, element) for item in check.items[:_MAX_LISTED])
            return f"{operand_text(check.value)} contains {check.mode} of {names}"
        case c.Affix():
            return f'{operand_text(check.value)} {check.where} with "{check.text}"'
        case c.Supplied():
            return f"{check.value.name} {'is missing' if check.negated else 'is supplied'}"
        case c.Quantified():
            return f"{quantifier_text(check)} {'have' if check.count else 'has'} {_part(check.has)}"
        case c.ClauseSays():
            return f"{check.clause} {check.verb}"


def _part(check: c.Check) -> str:
    text = check_text(check)
    return f"({text})" if isinstance(check, c.And | c.Or) else text


def quantifier_text(check: c.Quantified) -> str:
    """Return what a quantifier ranges over: `every slice of golden by end_customer.group`."""
    if check.count:
        nouns = plural(check.element.singular, check.count)
        return f"{check.quantifier} {check.count} {nouns} in {check.evidence}"
    if check.by is None:
        return f"{check.quantifier} {check.element.singular} in {check.evidence}"
    groups = f" in [{', '.join(chr(34) + g + chr(34) for g in check.groups)}]" if check.groups else ""
    return f"{check.quantifier} slice of {check.evidence} by {check.by}{groups}"


def options_text(options: tuple[Value, ...], type_: Type) -> str:
    """Return a list of values, cut after a few."""
    shown = [value_text(option, type_) for option in options[:_MAX_LISTED]]
    more = [f"and {len(options) - _MAX_LISTED} more"] if len(options) > _MAX_LISTED else []
    return f"[{', '.join([*shown, *more])}]"
