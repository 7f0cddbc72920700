"""Numbers with a dot where many languages group thousands: `1.000` and `6.000 GBP`."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.report import Report
from policykit.language.check.scope import Place
from policykit.vocabulary.types import Kind, Money, Type

_COUNTED = frozenset({Kind.COUNT, Kind.NUMBER})
_RATIOS = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.POINTS})
"""Three decimals are common here (`99.995%`, a factor of `1.125`), three zeros are not."""


def warn_ambiguous(report: Report, node: s.Number, type_: Type) -> None:
    """Warn of exactly three decimals after one to three digits, which other languages read as thousands."""
    readings = _readings(report, node)
    if readings is None or (type_.kind in _RATIOS and not readings[2]) or report.has("PK126", node.span):
        return
    many, few, _ = readings
    usual = f"write `{few}`, or `{many}` where thousands are meant"
    report.warn(
        "PK126",
        f"`{few}` and `{many}` can both be meant by {report.quote(node.span, str(node.value))}; it is read as `{few}`",
        node.span,
        help=usual if type_.kind is Kind.PERCENT else f"for thousands write `{many}`, otherwise `{few}`",
    )


def _readings(report: Report, node: s.Number) -> tuple[str, str, bool] | None:
    """Return the number as thousands and with a decimal point, and whether its decimals are zeros; None if clear."""
    _, digits, exponent = node.value.as_tuple()
    if exponent != -3 or not 1 <= abs(node.value) < 1_000:
        return None
    written = report.source.quote(node.span)
    if written and ("_" in written or written.lstrip("+- ").startswith("0")):
        return None
    zeros = digits[-3:] == (0, 0, 0)
    return (
        _with_unit(f"{node.value:f}".replace(".", "_"), node),
        _with_unit(_point(node.value, bare=not node.unit), node),
        zeros,
    )


def _point(value: Decimal, *, bare: bool) -> str:
    """Return a number with two or four decimals, or none, which nobody takes for thousands."""
    text = f"{value:f}"
    if text.endswith(".000") and bare:
        return text[:-4]
    return text[:-1] if text.endswith("0") else f"{text}0"


def _with_unit(number: str, node: s.Number) -> str:
    return f"{number}{'' if node.unit in ('', '%') else ' '}{node.unit}"


def is_whole(report: Report, value: c.Constant, what: str) -> bool:
    """Return whether a value can be compared with a count: whole, and written without decimals; report it if not."""
    if isinstance(value.value, str | bool | tuple | Money):
        return True
    written, place = report.decimals.get(value.name, ("", value.span))
    if not value.name and value.span.end:
        written = report.source.quote(value.span)
    plain = re.fullmatch(r"[+-]?\s*[0-9_]+\.[0-9]+", written) is not None
    if not plain and value.value == int(value.value):
        return True
    report.withdraw("PK126", place)
    number = written if plain else f"{value.value}"
    report.error(
        "PK127",
        f"{what} is a count, and `{number}` has decimals",
        value.span,
        expected="a whole number",
        got=f"`{number}`",
        help=readings_help(number),
    )
    return False


def warn_exactly(place: Place, node: s.Compare, left: c.Operand | None) -> None:
    """Warn of `has accuracy 92%`, which says exactly 92%; at the end of a range, and for none or one, that is meant."""
    right = node.right
    if left is None or place.element is None or not isinstance(right, s.Number | s.Moment) or not left.type.is_numeric:
        return
    between = place.report.source.text[node.left.span.end : right.span.start]
    if node.operator != "is" or between.strip() or not node.left.span.end:
        return
    if isinstance(right, s.Number) and (_is_end(right, left.type) or (left.type.kind in _COUNTED and right.value <= 1)):
        return
    name, written = (place.report.quote(side.span, "").strip("`") for side in (node.left, right))
    place.report.warn(
        "PK155",
        f"`{name} {written}` asks for exactly this value",
        node.span,
        help=f"write `{name} >= {written}` or `{name} <= {written}`, or `{name} is {written}` for exactly this",
    )


def _is_end(node: s.Number, type_: Type) -> bool:
    value = node.value / 100 if node.unit == "%" else node.value
    return value in (type_.low, type_.high)


def both_readings(written: str, unit: str) -> str:
    """Return the help for a number without its unit that may have thousands: both readings with it, or nothing."""
    if not re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", written) or not unit:
        return ""
    few = written.rstrip("0").rstrip(".")
    return f"write `{written.replace('.', '_')} {unit}` or `{few} {unit}`, whichever is meant"


def is_plain_count(node: s.Number) -> bool:
    """Return whether a number counts something: whole, from 1, without a unit, and written without decimals."""
    whole = node.value.as_tuple().exponent == 0 and 1 <= node.value <= 10**12
    return whole and node.unit == ""


def readings_help(written: str) -> str:
    """Return the help for a count with decimals, which names the whole numbers that can be meant by it."""
    number = re.sub(r"[+\s]", "", written)
    whole, _, decimals = number.partition(".")
    value = Fraction(number)
    readings = [whole.partition("/")[0]]
    if len(decimals) == 3 and "_" not in number and not whole.lstrip("-").startswith("0") and len(whole) <= 3:
        readings.insert(0, f"{whole}_{decimals}")
    elif value != int(value):
        readings = [f"{int(value)}", f"{int(value) + 1}"]
    several = ", whichever is meant" if len(readings) > 1 else ""
    return f"write {' or '.join(f'`{each}`' for each in readings)}{several}"
