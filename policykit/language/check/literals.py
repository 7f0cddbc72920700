"""Values written in the text, as constants, and their fit to the type that they are used with."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import numbers
from policykit.language.check.report import Report
from policykit.language.check.wording import a_value, in_points, spelled, such_as
from policykit.source import Fix
from policykit.vocabulary.types import TEXT, YES_NO, Exact, Kind, Money, Type
from policykit.vocabulary.units import literal, moment
from policykit.vocabulary.values import ValueProblem

Literal = s.Text | s.Number | s.YesNo | s.Moment

_UNITS = frozenset({Kind.PERCENT, Kind.POINTS, Kind.MONEY, Kind.DURATION})
_PLAIN = frozenset({Kind.NUMBER, Kind.COUNT})
_SAID = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}
_WITH_BLANK = frozenset({Kind.MONEY, Kind.DURATION})
_SHARES = {Kind.PERCENT, Kind.POINTS}


def constant(report: Report, node: Literal) -> c.Constant | None:
    """Return a literal with the type that its own spelling gives it; None when it means nothing, which is reported."""
    if isinstance(node, s.Text):
        return c.Constant(node.value, TEXT, span=node.span)
    if isinstance(node, s.YesNo):
        return c.Constant(node.value, YES_NO, span=node.span)
    try:
        if isinstance(node, s.Moment):
            type_, value = moment(Kind(node.kind.value), node.text)
        else:
            type_, value = literal(node.value, node.unit)
    except ValueProblem as problem:
        _report_problem(report, node, problem)
        return None
    if isinstance(node, s.Number):
        numbers.warn_ambiguous(report, node, type_)
    return c.Constant(value, type_, span=node.span)


def _report_problem(report: Report, node: s.Number | s.Moment, problem: ValueProblem) -> None:
    written = report.quote(node.span, spelled(node))
    if isinstance(node, s.Moment):
        message = f"there is no such {node.kind.value} as {written}"
        help_ = "an instant ends in `Z` or an offset such as `+02:00`" if node.kind is s.MomentKind.INSTANT else ""
        report.error("PK215", message, node.span, expected=problem.expected, got=written, help=help_)
    elif len(node.unit) == 3 and node.unit.isupper():
        report.error("PK204", f"unknown currency `{node.unit}`", node.span, expected=problem.expected, got=problem.got)
    else:
        report.error(
            "PK214", "this number is too long to be kept exactly", node.span, expected=problem.expected, got=problem.got
        )


def fit(report: Report, value: c.Constant, type_: Type, what: str) -> c.Constant | None:
    """Return a constant as a value of a type, or None after reporting why it cannot be one.

    Looks at kind, unit, currency and choices, not at the range: what a value out of range means depends on its use.

    Args:
        report: where problems go.
        value: a literal, `let` or parameter.
        type_: what it is used with.
        what: the other side, for messages: `` `golden.accuracy` ``.
    """
    have, want = value.type.kind, type_.kind
    if value.type is type_:
        return value
    if have is Kind.TEXT and want is Kind.CHOICE:
        return _choice(report, value, type_, what)
    if have is Kind.MONEY and want is Kind.MONEY:
        return _money(report, value, type_, what)
    if have is want or {have, want} <= _PLAIN:
        if want is Kind.COUNT and not numbers.is_whole(report, value, what):
            return None
        return replace(value, type=type_)
    if have is Kind.CHOICE and want in (Kind.TEXT, Kind.CHOICE):
        return replace(value, type=type_)
    _report_misfit(report, value, type_, what)
    return None


def _choice(report: Report, value: c.Constant, type_: Type, what: str) -> c.Constant | None:
    if value.value in type_.choices:
        return replace(value, type=type_)
    report.error(
        "PK205",
        f"{what} is never {spelled(value)}",
        value.span,
        expected=str(type_),
        got=spelled(value),
        help=report.suggest(str(value.value), type_.choices),
    )
    return None


def _money(report: Report, value: c.Constant, type_: Type, what: str) -> c.Constant | None:
    if type_.currency is None:
        return value
    if value.type.currency is None and isinstance(value.value, Money):
        value = replace(value, value=value.value.amount, type=replace(type_, currency=value.value.currency))
    if value.type.currency == type_.currency:
        return replace(value, type=type_)
    report.error(
        "PK203",
        f"{what} is in {type_.currency}, and currencies are never converted",
        value.span,
        expected=f"an amount in {type_.currency}",
        got=f"`{spelled(value)}`",
    )
    return None


def _report_misfit(report: Report, value: c.Constant, type_: Type, what: str) -> None:
    got = report.quote(value.span, spelled(value))
    have, want = value.type.kind, type_.kind
    if have in _PLAIN and want in _UNITS and not isinstance(value.value, str | bool | tuple | Money):
        better = with_unit(report, value.value, type_, what)
        written, place = report.decimals.get(value.name, (got.strip("`"), value.span))
        report.withdraw("PK126", place)
        both = numbers.both_readings(written, better.partition(" ")[2] if type_.kind in _WITH_BLANK else "")
        report.error(
            "PK201",
            f"{what} is {a_value(type_)}, and {got} has no unit",
            value.span,
            expected=f"{a_value(type_)} such as `{better}`" if better else a_value(type_),
            got=f"{got} without a unit",
            help=both or ((f"write the unit{_where(value)}: `{better}`") if better else choose_unit(type_)),
            fix=Fix(value.span, better) if better and not both and not value.name else None,
        )
    elif have in _UNITS and want in _PLAIN | _UNITS:
        report.error(
            "PK202",
            f"{what} is {a_value(type_)}, not {a_value(value.type)}",
            value.span,
            expected=such_as(type_),
            got=got,
            help=_shares(value, type_) if {have, want} == _SHARES else "",
        )
    else:
        report.error(
            "PK200",
            f"{what} is {a_value(type_)}, not {a_value(value.type)}",
            value.span,
            expected=such_as(type_),
            got=got,
            help="" if value.name else _as_type(value, type_, got.strip("`")),
        )


def _shares(value: c.Constant, type_: Type) -> str:
    """Return the help for a percent where points are meant, or the other way round."""
    written = f"write `{in_points(value)}`: " if type_.kind is Kind.POINTS and not value.name else ""
    return f"{written}the difference of two percents is in percentage points"


def _as_type(value: c.Constant, type_: Type, written: str) -> str:
    """Return the help for a value that is written as another type: in quotes, without a time of day, not as a list."""
    text = spelled(value)
    if type_.kind is Kind.YES_NO and str(value.value).lower() in _SAID:
        return f"write `{_SAID[str(value.value).lower()]}`"
    if type_.kind is Kind.LIST and value.type.kind is Kind.TEXT:
        return f"write `[{text}]`"
    if type_.kind is Kind.TIME and value.type.kind in _PLAIN and (hour := _hour(written)):
        return f"write `{hour}`"
    if type_.kind is Kind.INSTANT and value.type.kind is Kind.DATE:
        return f"an instant has a time of day and an offset: write `{text}T00:00:00Z` for its beginning in UTC"
    if type_.kind in (Kind.INSTANT, Kind.DATE) and value.type.kind is Kind.DURATION:
        return f"`>= {text} ago` is at most {text} old, and `<= {text} from now` is at most {text} ahead"
    return ""


def _hour(text: str) -> str:
    """Return `22` and `22.30` as a time of day."""
    whole, _, minutes = text.partition(".")
    right = whole.isdigit() and int(whole) < 24 and (not minutes or (len(minutes) == 2 and int(minutes) < 60))
    return f"{int(whole):02}:{minutes or '00'}" if right else ""


def _where(value: c.Constant) -> str:
    return f" where `{value.name}` is declared" if value.name else ""


def with_unit(report: Report, value: Exact, type_: Type, what: str) -> str:
    """Return what a bare number most likely means, `92%` for 92 and for 0.92; nothing where it would be a guess.

    A duration takes the unit that the file compares the same name with elsewhere, an amount its only currency.
    """
    number = spelled_number(value)
    if type_.kind is Kind.PERCENT:
        return f"{spelled_number(value * 100 if 0 < value < 1 else value)}%"
    if type_.kind is Kind.POINTS:
        return f"{number} percentage point{'' if value == 1 else 's'}"
    if type_.kind is Kind.MONEY:
        unit = type_.currency or report.habits.currency
    else:
        unit = report.habits.unit(what.strip("`"), type_.kind)
    return f"{number} {unit}" if unit else ""


def choose_unit(type_: Type) -> str:
    """Return the help that names all units and chooses none."""
    if type_.kind is Kind.MONEY:
        return "write the currency after the number, in three capitals (ISO 4217)"
    return "write the unit that is meant: `ms`, `seconds`, `minutes`, `hours`, `days` or `weeks`"


def spelled_number(value: Exact) -> str:
    """Return a number in digits."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
