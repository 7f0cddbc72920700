"""Names, literals and lists."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from policykit.language import syntax as s
from policykit.language.parse.actions.reductions import Context, reduces
from policykit.source import Span

MAX_DIGITS = 60
"""Longest number, in significant digits (docs/adr/0003)."""

_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}


@reduces("name", "dotted", "id", "clause_ref")
def name(_context: Context, args: list[Any], span: Span) -> s.Name:
    """Build the use or declaration of a word."""
    return s.Name(str(args[0]), span)


@reduces("names", "names_or")
def names(_context: Context, args: list[Any], _span: Span) -> tuple[s.Name, ...]:
    """Build a list of words."""
    return tuple(args)


@reduces("text")
def text(context: Context, args: list[Any], span: Span) -> s.Text:
    """Build a quoted text; the escapes are `\\"`, `\\\\`, `\\n` and `\\t`."""
    raw = str(args[0])[1:-1]
    if "\\" not in raw:
        return s.Text(raw, span)
    out: list[str] = []
    at = 0
    while at < len(raw):
        pair = raw[at : at + 2]
        if raw[at] != "\\":
            out.append(raw[at])
            at += 1
            continue
        if pair not in _ESCAPES:
            where = Span(span.start + 1 + at, span.start + 3 + at)
            context.report(
                "PK024",
                f"unknown escape `{pair}` in a text",
                where,
                expected='`\\"`, `\\\\`, `\\n` or `\\t`',
                help="write two backslashes for one",
            )
        out.append(_ESCAPES.get(pair, pair))
        at += 2
    return s.Text("".join(out), span)


@reduces("regex")
def regex(_context: Context, args: list[Any], span: Span) -> s.Regex:
    """Build a pattern between slashes."""
    return s.Regex(str(args[0])[1:-1].replace("\\/", "/"), span)


@reduces("quantity")
def quantity(context: Context, args: list[Any], span: Span) -> s.Number:
    """Build a number with its unit, in the formatter's spelling of the unit."""
    number = _number(context, str(args[0]), span)
    return s.Number(number, _unit(args[1]) if len(args) > 1 else "", span)


@reduces("negative")
def negative(context: Context, args: list[Any], span: Span) -> s.Number:
    """Build a number with a sign, which touches it: `- 1` may be what is left of a difference."""
    sign, number = args
    if number.span.start != span.start + 1:
        written = context.source.quote(number.span)
        context.report(
            "PK039", f"there is nothing before this `{sign}`", span, expected="a value, or a number right after it",
            help=f"write `{sign}{written}` for a number with a sign, or what is missing before the sign",
        )  # fmt: skip
    value = number.value.copy_negate() if sign == "-" else number.value  # `-` would round to 28 digits
    return s.Number(value, number.unit, span)


def plain_number(context: Context, token: Any, span: Span) -> s.Number:
    """Build a number that takes no unit, such as the language version."""
    return s.Number(_number(context, str(token), span), "", span)


def _number(context: Context, raw: str, span: Span) -> Decimal:
    digits = raw.replace("_", "")
    if len(digits.replace(".", "").lstrip("0")) > MAX_DIGITS or len(digits) > 2 * MAX_DIGITS:
        context.report("PK025", f"a number of more than {MAX_DIGITS} digits", span, help="use a larger unit")
        return Decimal(0)
    return Decimal(digits)


def _unit(token: Any) -> str:
    word = str(token)
    if token.type == "POINTS":
        return "percentage points"
    if token.type == "DURATION" and word != "ms":
        return word if word.endswith("s") else word + "s"
    return word


_BARE_UNITS = frozenset({"second", "minute", "hour", "day", "week"})


@reduces("named_length")
def named_length(context: Context, args: list[Any], span: Span) -> s.Length:
    """Build the name of a duration; a unit without its number is taken as one of it, so that there is one message."""
    name = args[0].text
    if name in _BARE_UNITS:
        context.report("PK034", f"`{name}` needs a number before it", span, help=f"write `1 {name}`")
        return s.Number(Decimal(1), f"{name}s", span)
    return s.Ref(name, span)


def length_in(args: Iterable[Any]) -> s.Length | None:
    """Return the duration among the arguments, or None."""
    return next((each for each in args if isinstance(each, s.Number | s.Ref)), None)


@reduces("moment")
def moment(_context: Context, args: list[Any], span: Span) -> s.Moment:
    """Build a date, a time of day or an instant; the checker validates the calendar."""
    kinds = {"DATE": s.MomentKind.DATE, "TIME": s.MomentKind.TIME, "INSTANT": s.MomentKind.INSTANT}
    return s.Moment(kinds[args[0].type], str(args[0]), span)


@reduces("yes", "no_")
def yes_no(context: Context, _args: list[Any], span: Span) -> s.YesNo:
    """Build `yes` or `no`."""
    return s.YesNo(context.source.quote(span) == "yes", span)


@reduces("list_")
def list_(_context: Context, args: list[Any], span: Span) -> s.ListOf:
    """Build a list in brackets."""
    return s.ListOf(tuple(args), span)
