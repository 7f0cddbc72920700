"""Exact numbers: how they come in, how they are computed with, how they are compared.

Invariants:

- a number is an `int`, a `Decimal` or a `Fraction`, in one canonical form: `int` where it is whole, `Decimal` without
  trailing zeros where it terminates, `Fraction` otherwise;
- nothing here rounds: where the exact result would be too long there is a `ValueProblem`;
- everything takes bounded time: the size of a number is looked at before its digits are.

Example: `add(exact(0.1), exact(0.2)) == Decimal("0.3")`.
"""

from __future__ import annotations

from decimal import Context, Decimal, DecimalException, FloatOperation, Inexact, InvalidOperation, Overflow, Underflow
from fractions import Fraction

from policykit.vocabulary.types import Exact

MAX_DIGITS = 60
"""Significant digits of a number that comes in. Source: docs/adr/0003."""
MAX_EXPONENT = 60
"""A number that comes in is 0 or lies between 10**-60 and 10**61, without the latter. Source: docs/adr/0003."""
MAX_RESULT_DIGITS = 100
"""Significant digits of a result of arithmetic. Source: docs/adr/0003."""

_MAX_BITS_IN = 203  # 10**61 has 203 bits: larger ones are refused before their digits are computed
_MAX_BITS_OUT = 4_000  # far beyond any result of 100 digits that policies compute
_FAR = 1_000  # results beyond 10**1000 or below 10**-1000 are refused, which bounds the time of what follows

_SHOWN = 60

_NUMBER = f"a number of at most {MAX_DIGITS} digits"
_TOO_LONG = f"a number beyond {MAX_DIGITS} digits"
_RESULT = f"an exact result of at most {MAX_RESULT_DIGITS} digits"

_ARITHMETIC = Context(
    prec=MAX_RESULT_DIGITS,
    Emin=-_FAR,
    Emax=_FAR,
    traps=[Inexact, Overflow, Underflow, InvalidOperation, FloatOperation],
)
_STRIP = Context(prec=MAX_RESULT_DIGITS, Emin=-_FAR, Emax=_FAR, traps=[Inexact, Overflow, Underflow, InvalidOperation])


class ValueProblem(Exception):  # noqa: N818 - callers turn it into a diagnostic, it never reaches a user
    """A value that cannot be understood, in the words of the policy language.

    Attributes:
        expected: what would have been right, `a percent such as 95% or 0.95, between 0% and 100%`.
        got: what came instead, user text in backticks, shortened.
    """

    def __init__(self, expected: str, got: str) -> None:
        self.expected = expected
        self.got = got
        super().__init__(f"expected {expected}, got {got}")


def quoted_input(text: str) -> str:
    """Return what a user wrote, for a message: in backticks, on one line, without what cannot be seen, shortened."""
    from policykit.source.visible import quoted  # only where something is wrong

    return quoted(text, _SHOWN)


def exact(raw: object) -> Exact:
    """Return a number of Python as an exact number in canonical form.

    A float means its shortest decimal text: 0.1 is one tenth.

    Raises:
        ValueProblem: not a number (`True` is not one), not finite, or outside the limits of docs/adr/0003.
    """
    if isinstance(raw, bool):
        raise ValueProblem(_NUMBER, "yes" if raw else "no")
    if isinstance(raw, int):
        return _checked_int(int.__add__(raw, 0))
    if isinstance(raw, float):
        return _checked_decimal(Decimal(float.__repr__(raw)))
    if isinstance(raw, Decimal):
        return _checked_decimal(Decimal(raw))
    if isinstance(raw, Fraction):
        return _checked_fraction(raw)
    raise ValueProblem(_NUMBER, "something that is not a number")


def _checked_int(number: int) -> int:
    if number.bit_length() > _MAX_BITS_IN or len(str(abs(number)).rstrip("0")) > MAX_DIGITS or abs(number) >= 10**61:
        raise ValueProblem(_NUMBER, _TOO_LONG)
    return number


def _checked_decimal(number: Decimal) -> int | Decimal:
    if not number.is_finite():
        raise ValueProblem("a finite number", "`NaN`" if number.is_nan() else "infinity")
    if number.is_zero():
        return 0
    if not _within_limits(number):
        raise ValueProblem(_NUMBER, _TOO_LONG)
    return _simplest(number)


def _within_limits(number: Decimal) -> bool:
    digits = number.as_tuple().digits
    if len(digits) > 10 * MAX_DIGITS or abs(number.adjusted()) > MAX_EXPONENT:
        return False
    return len("".join(map(str, digits)).rstrip("0")) <= MAX_DIGITS


def _checked_fraction(number: Fraction) -> Exact:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > _MAX_BITS_IN:
        raise ValueProblem(_NUMBER, _TOO_LONG)
    reduced = _reduced(number)
    if isinstance(reduced, Decimal) and not _within_limits(reduced):
        return Fraction(number.numerator, number.denominator)
    return reduced


def _simplest(number: Decimal) -> int | Decimal:
    """Return a finite decimal as an `int` where it is whole and not huge, otherwise without trailing zeros."""
    stripped = number.normalize(_STRIP)
    exponent = stripped.as_tuple().exponent
    assert isinstance(exponent, int)
    whole = exponent >= 0 and stripped.adjusted() <= MAX_RESULT_DIGITS
    return int(stripped) if whole else stripped


def _reduced(number: Fraction) -> Exact:
    """Return a fraction as a decimal where it terminates within the digits allowed."""
    if number.denominator == 1 and number.numerator.bit_length() <= _MAX_BITS_IN:
        return number.numerator
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return Fraction(number.numerator, number.denominator)
    try:
        return _simplest(_ARITHMETIC.divide(Decimal(number.numerator), Decimal(number.denominator)))
    except DecimalException:
        return Fraction(number.numerator, number.denominator)


def _operate(operator: str, left: Exact, right: Exact) -> Exact:
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return _with_fractions(operator, Fraction(left), Fraction(right))
    try:
        a, b = Decimal(left), Decimal(right)
        if operator == "+":
            return _simplest(_ARITHMETIC.add(a, b))
        if operator == "-":
            return _simplest(_ARITHMETIC.subtract(a, b))
        return _simplest(_ARITHMETIC.multiply(a, b))
    except DecimalException as error:
        raise ValueProblem(_RESULT, "a longer result") from error


def _with_fractions(operator: str, left: Fraction, right: Fraction) -> Exact:
    if operator == "+":
        result = left + right
    elif operator == "-":
        result = left - right
    else:
        result = left * right
    if max(result.numerator.bit_length(), result.denominator.bit_length()) > _MAX_BITS_OUT:
        raise ValueProblem(_RESULT, "a longer result")
    if len(str(abs(result.numerator))) > MAX_RESULT_DIGITS or len(str(result.denominator)) > MAX_RESULT_DIGITS:
        raise ValueProblem(_RESULT, "a longer result")
    return _reduced(result)


def add(left: Exact, right: Exact) -> Exact:
    """Return the exact sum of two canonical numbers.

    Raises:
        ValueProblem: the result needs more than 100 significant digits.
    """
    return _operate("+", left, right)


def subtract(left: Exact, right: Exact) -> Exact:
    """Return the exact difference of two canonical numbers.

    Raises:
        ValueProblem: the result needs more than 100 significant digits.
    """
    return _operate("-", left, right)


def multiply(left: Exact, right: Exact) -> Exact:
    """Return the exact product of two canonical numbers.

    Raises:
        ValueProblem: the result needs more than 100 significant digits.
    """
    return _operate("*", left, right)


def compare(left: Exact, right: Exact) -> int:
    """Return -1, 0 or 1 as `left` is less than, equal to or greater than `right`; exact across all three forms."""
    # Python orders int, Decimal and Fraction exactly among each other, whatever the context of the caller
    return (left > right) - (left < right)
