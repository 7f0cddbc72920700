"""Payment cards: issuer range, length and check digit. Source: ISO/IEC 7812-1; ranges as the networks publish them."""

from __future__ import annotations

import re

from policykit.detect._context import NO_DIGIT, is_within_hex
from policykit.detect.checksums import luhn, only_digits
from policykit.detect.model import Detector

# first and last value of a prefix, allowed lengths
_FROM_12 = tuple(range(12, 20))
_ISSUERS = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),  # Mastercard
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),  # Discover
    ("644", "659", (16, 17, 18, 19)),
    ("300", "305", (14, 16)),  # Diners Club
    ("3095", "3095", (14, 16)),
    ("36", "36", (14, 15, 16, 17, 18, 19)),
    ("38", "39", (14, 16, 17, 18, 19)),
    ("3528", "3589", (16, 17, 18, 19)),  # JCB
    ("1800", "1800", (15,)),  # JCB until 2007
    ("2131", "2131", (15,)),
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("81", "81", (16, 17, 18, 19)),
    ("5018", "5018", _FROM_12),  # Maestro; twelve digits in its own ranges alone
    ("5020", "5020", _FROM_12),
    ("5038", "5038", _FROM_12),
    ("5893", "5893", _FROM_12),
    ("6304", "6304", _FROM_12),
    ("6759", "6763", _FROM_12),
    ("50", "50", (13, 14, 15, 16, 17, 18, 19)),
    ("56", "58", (13, 14, 15, 16, 17, 18, 19)),
    ("67", "67", (16, 17, 18, 19)),
    ("60", "60", (16,)),  # RuPay, Hipercard
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
)
_MAESTRO = r"(?:5018|5020|5038|5893|6304|6759|676[123])"
_COMMON = r"[\s.-]{1,3}"
_ODD = r"[^0-9A-Za-z\s]{1,2}"
_BEFORE = r"(?:^\.?|[^0-9.]|[^0-9]\.)"
_BETWEEN = re.compile("[^0-9]+")


def is_card(text: str) -> bool:
    """Say whether a candidate is a number that a network could have issued, parted in a way that a number is."""
    digits = only_digits(text)
    if not luhn(digits) or len(set(digits)) == 1:  # the latter are filler
        return False
    issued = any(low <= digits[: len(low)] <= high and len(digits) in sizes for low, high, sizes in _ISSUERS)
    return issued and _parted_alike(text)


def _parted_alike(text: str) -> bool:
    """Say whether separators are white space, dots and hyphens, or all the same sign: else it is a list of numbers."""
    separators = set(_BETWEEN.findall(text))
    if all(char in " \t\n\r\f\v.-" for separator in separators for char in separator):
        return True
    return len(separators) == 1 and len(set(separators.pop())) == 1


def stands_alone(before: str, found: str, behind: str) -> bool:
    """Say whether a card is no piece of hexadecimal digits and no piece of a longer list with the same separator."""
    if is_within_hex(before, found, behind):
        return False
    separators = _BETWEEN.findall(found)
    if not separators or separators[0][0] in " \t\n\r\f\v.-":
        return True
    sign = separators[0]
    in_list = before.endswith(sign) and before[: -len(sign)][-1:].isdigit()
    return not in_list and not (behind.startswith(sign) and behind[len(sign) :][:1].isdigit())


def _groups(separator: str) -> tuple[str, ...]:
    """Return the ways in which cards are printed, with a separator: in fours, and as their networks group them."""
    bodies = (
        rf"[2-68]\d{{3}}(?:{separator}\d{{4}}){{3}}",
        rf"[2-68]\d{{3}}(?:{separator}\d{{4}}){{3}}{separator}\d{{1,3}}",
        rf"{_MAESTRO}(?:{separator}\d{{4}}){{2}}(?:{separator}\d{{1,3}})?",
        rf"(?:3\d{{3}}|1800|2131){separator}\d{{6}}{separator}\d{{4,5}}",
    )
    return tuple(f"(?:^|[^0-9])({body}){NO_DIGIT}" for body in bodies)


DETECTOR = Detector(
    name="pii.card",
    title="payment card number",
    patterns=(
        rf"{_BEFORE}([2-68]\d{{12,18}}|(?:1800|2131)\d{{11}}|{_MAESTRO}\d{{8}}){NO_DIGIT}",
        *_groups(_COMMON),
        *_groups(_ODD),
        # a whole run of single digits: a place within a longer one is no candidate
        r"(?:^[\s_-]?|[^0-9\s_-]|\D[\s_-])([2-68](?:[\s_-]\d){12,18})(?:$|[^0-9\s_-]|[\s_-](?:$|\D))",
    ),
    validate=is_card,
    beside=stands_alone,
)
