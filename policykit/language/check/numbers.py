"""Numbers with a dot where many languages group thousands: `1.000` and `6.000 GBP`."""

from __future__ import annotations

from decimal import Decimal

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.report import Report
from policykit.vocabulary.types import Kind, Money, Type

_RATIOS = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.POINTS})
"""Three decimals are common here (`99.995%`, a factor of `1.125`), three zeros are not."""


def warn_ambiguous(report: Report, node: s.Number, type_: Type) -> None:
    """Warn of exactly three decimals after one to three digits, which other languages read as thousands."""
    readings = _readings(report, node)
    if readings is None or (type_.kind in _RATIOS and not readings[2]) or report.has("PK126", node.span):
        return
    many, few, _ = readings
    report.warn(
        "PK126",
        f"`{few}` and `{many}` can both be meant by {report.quote(node.span, str(node.value))}; it is read as `{few}`",
        node.span,
        help=f"for thousands write `{many}`, otherwise `{few}`",
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
    if "." not in written and value.value == int(value.value):
        return True
    report.withdraw("PK126", place)
    number = written.replace("_", "") if "." in written else f"{value.value}"
    whole, _, decimals = number.partition(".")
    readings = [f"`{whole}`"]
    if len(decimals) == 3:
        readings.insert(0, f"`{whole}_{decimals}`")
    elif value.value != int(value.value):
        readings = [f"`{int(value.value)}`", f"`{int(value.value) + 1}`"]
    report.error(
        "PK127",
        f"{what} is a count, and `{number}` has decimals",
        value.span,
        expected="a whole number",
        got=f"`{number}`",
        help=f"write {' or '.join(readings)}, whichever is meant",
    )
    return False
