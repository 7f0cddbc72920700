"""Expressions and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policykit.language import syntax as s
from policykit.language.parse.actions.literals import plain_number
from policykit.language.parse.actions.reductions import Context, first, reduces, span_of
from policykit.source import Span


@dataclass(frozen=True, slots=True)
class Group:
    """A condition in parentheses; lives only until its parent is built."""

    item: s.Condition
    span: Span


def bare(node: Any) -> Any:
    """Return a condition without its parentheses."""
    return node.item if isinstance(node, Group) else node


@reduces("ref")
def ref(_context: Context, args: list[Any], span: Span) -> s.Ref:
    """Build the use of a name as a value."""
    return s.Ref(args[0].text, span)


@reduces("grouped")
def grouped(_context: Context, args: list[Any], _span: Span) -> s.Expression:
    """Drop the parentheses around a value; the tree keeps their meaning."""
    value: s.Expression = args[0]
    return value


@reduces("arithmetic")
def arithmetic(_context: Context, args: list[Any], span: Span) -> s.Arithmetic:
    """Build a sum, difference or product."""
    left, operator, right = args
    return s.Arithmetic(str(operator), left, right, span)  # type: ignore[arg-type]


@reduces("ago")
def ago(_context: Context, args: list[Any], span: Span) -> s.FromNow:
    """Build `31 days ago`."""
    return s.FromNow(args[0], "ago", span)


@reduces("ahead")
def ahead(_context: Context, args: list[Any], span: Span) -> s.FromNow:
    """Build `90 days from now`."""
    return s.FromNow(args[0], "from now", span)


@reduces("group")
def group(_context: Context, args: list[Any], span: Span) -> Group:
    """Remember that a condition stood in parentheses."""
    return Group(bare(args[0]), span)


@reduces("not_")
def not_(_context: Context, args: list[Any], span: Span) -> s.Not:
    """Build a negation."""
    return s.Not(bare(args[-1]), span)


@reduces("and_")
def and_(_context: Context, args: list[Any], span: Span) -> s.And:
    """Build a conjunction, flat where one stands in another's parentheses."""
    items: list[s.Condition] = []
    for arg in args:
        inner = bare(arg)
        items.extend(inner.items if isinstance(inner, s.And) else [inner])
    return s.And(tuple(items), span)


_LONGEST_READING = 200


def _readings(context: Context, args: list[Any]) -> str:
    """Return both readings of `a and b or c`, ready to copy; nothing where they are long or there are more."""
    sides = [arg.items if isinstance(arg, s.And) else (bare(arg),) for arg in args]
    if len(sides) != 2 or any(isinstance(one, s.Quantified) for side in sides for one in side):
        return ""
    left, right = ([_said(context, one) for one in side] for side in sides)
    either = " or ".join(f"({' and '.join(side)})" if len(side) > 1 else side[0] for side in (left, right))
    both = " and ".join([*left[:-1], f"({left[-1]} or {right[0]})", *right[1:]])
    return f"write `{either}` or `{both}`" if len(either) <= _LONGEST_READING else ""


def _said(context: Context, item: s.Condition) -> str:
    text = " ".join(context.words(item.span))
    return f"({text})" if isinstance(item, s.Or) else text


@reduces("or_")
def or_(context: Context, args: list[Any], span: Span) -> s.Or:
    """Build a disjunction; `and` without parentheses beside it is an error."""
    items: list[s.Condition] = []
    readings = _readings(context, args)
    for arg in args:
        if isinstance(arg, s.And) or (isinstance(arg, s.Quantified) and isinstance(arg.has, s.And)):
            context.report(
                "PK026",
                "`and` and `or` are mixed without parentheses",
                span,
                help=readings or "put parentheses around the part that belongs together",
            )
            break
    for arg in args:
        inner = bare(arg)
        items.extend(inner.items if isinstance(inner, s.Or) else [inner])
    return s.Or(tuple(items), span)


_ORDER = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


@reduces("compare")
def compare(_context: Context, args: list[Any], span: Span) -> s.Compare:
    """Build an order comparison."""
    left, operator, right = args
    return s.Compare(_ORDER[str(operator)], left, right, span)  # type: ignore[arg-type]


@reduces("is_")
def is_(_context: Context, args: list[Any], span: Span) -> s.Compare:
    """Build `is`."""
    return s.Compare("is", args[0], args[1], span)


@reduces("is_not")
def is_not(_context: Context, args: list[Any], span: Span) -> s.Compare:
    """Build `is not`."""
    return s.Compare("is not", args[0], args[1], span)


@reduces("clause_says", "clause_is", "clause_is_not", "clause_unknown")
def clause_says(context: Context, args: list[Any], span: Span) -> s.ClauseSays:
    """Build `EVAL-1 fails`; whether the verb is one is for the checker to say."""
    return s.ClauseSays(args[0], " ".join(context.words(Span(args[0].span.end, span.end))), span)


@reduces("missing", "supplied")
def supplied(context: Context, args: list[Any], span: Span) -> s.Supplied:
    """Build `is supplied` or `is missing`, which need the name of something that can be missing."""
    value = args[0]
    if not isinstance(value, s.Ref):
        context.report("PK027", "only a fact can be supplied or missing", value.span, expected="the name of a fact")
        value = s.Ref("", value.span)
    return s.Supplied(value, context.source.quote(span).endswith("missing"), span)


@reduces("between")
def between(_context: Context, args: list[Any], span: Span) -> s.Between:
    """Build `between ... and ...`."""
    return s.Between(args[0], args[1], args[2], span)


@reduces("in_")
def in_(_context: Context, args: list[Any], span: Span) -> s.In:
    """Build `in`."""
    return s.In(args[0], args[1], negated=False, span=span)


@reduces("not_in")
def not_in(_context: Context, args: list[Any], span: Span) -> s.In:
    """Build `not in`."""
    return s.In(args[0], args[1], negated=True, span=span)


@reduces("quantifier", "any_all", "send_word")
def word(context: Context, _args: list[Any], span: Span) -> s.Name:
    """Keep a keyword that says which of several things is meant."""
    return s.Name(context.source.quote(span), span)


@reduces("items")
def items(_context: Context, args: list[Any], _span: Span) -> tuple[s.Ref | s.Text, ...]:
    """Build what `contains any of` looks for."""
    return tuple(args)


@reduces("contains")
def contains(_context: Context, args: list[Any], span: Span) -> s.Contains:
    """Build `contains any of` or `contains all of`."""
    value, mode, looked_for = args
    return s.Contains(value, mode.text, looked_for, span)


@reduces("starts")
def starts(_context: Context, args: list[Any], span: Span) -> s.Affix:
    """Build `starts with`."""
    return s.Affix(args[0], "starts", args[1], span)


@reduces("ends")
def ends(_context: Context, args: list[Any], span: Span) -> s.Affix:
    """Build `ends with`."""
    return s.Affix(args[0], "ends", args[1], span)


@reduces("matches")
def matches(_context: Context, args: list[Any], span: Span) -> s.Matches:
    """Build `matches`."""
    return s.Matches(args[0], args[1], span)


@reduces("has_literal")
def has_literal(_context: Context, args: list[Any], span: Span) -> s.Compare:
    """Build `source "production"` behind `has`, which is short for `source is "production"`."""
    field, literal = args
    return s.Compare("is", s.Ref(field.text, field.span), literal, span)


@reduces("quantified")
def quantified(_context: Context, args: list[Any], span: Span) -> s.Quantified:
    """Build `every x in y has ...`."""
    quantifier, element, of, has = args
    return s.Quantified(quantifier.text, element, of, bare(has), span=span)


@reduces("counted")
def counted(context: Context, args: list[Any], span: Span) -> s.Quantified:
    """Build `at least 10 cases in golden have ...`."""
    how_many, number, element, of, has = args
    count = plain_number(context, number, span_of(number))
    return s.Quantified(how_many.tag, element, of, bare(has), count=count, span=span)


@reduces("sliced")
def sliced(context: Context, args: list[Any], span: Span) -> s.Quantified:
    """Build `every slice of x by y [in groups] has ...`."""
    quantifier, of, by, *groups, has = args
    element = s.Name("slice", Span(span.start, span.start + len(context.source.quote(quantifier.span))))
    return s.Quantified(quantifier.text, element, of, bare(has), by, groups[0] if groups else None, span=span)


# --- windows ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands behind `of calls`."""

    where: s.Condition | None
    last: s.Length | None
    period: s.Period | None
    per: s.Ref | None
    span: Span


@dataclass(frozen=True, slots=True)
class Last:
    """`over the last 30 days`."""

    length: s.Length
    span: Span


@dataclass(frozen=True, slots=True)
class Calendar:
    """`today`, `this week` or `this month`."""

    period: s.Period
    span: Span


@reduces("last")
def last(_context: Context, args: list[Any], span: Span) -> Last:
    """Build a rolling period."""
    return Last(args[0], span)


@reduces("today", "this_week", "this_month")
def calendar(context: Context, _args: list[Any], span: Span) -> Calendar:
    """Build a calendar period."""
    return Calendar(s.Period(" ".join(context.words(span))), span)


@reduces("window_tail")
def window_tail(_context: Context, args: list[Any], span: Span) -> Tail:
    """Build what a window is restricted to."""
    names = [a for a in args if isinstance(a, s.Name)]
    rolling = first(Last, args)
    fixed = first(Calendar, args)
    where = next((bare(a) for a in args if not isinstance(a, (s.Name, Last, Calendar))), None)
    per = s.Ref(names[0].text, names[0].span) if names else None
    return Tail(where, rolling.length if rolling else None, fixed.period if fixed else None, per, span)


@reduces("window")
def window(_context: Context, args: list[Any], span: Span) -> s.Window:
    """Build a statistic over calls."""
    function, *rest = args
    tail = first(Tail, rest)
    named = first(s.Name, rest)
    tool = named if str(function) == "count" else None
    of = s.Ref(named.text, named.span) if named and tool is None else None
    if tail is None:
        return s.Window(str(function), of, tool, span=span)
    return s.Window(str(function), of, tool, tail.where, tail.last, tail.period, tail.per, span)
