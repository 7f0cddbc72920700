"""Payment cards: issuer range, length and check digit. Source: ISO/IEC 7812-1; ranges as the networks publish them."""

from __future__ import annotations

from policykit.detect._context import NO_FRACTION
from policykit.detect.checksums import luhn, only_digits
from policykit.detect.model import Detector

# first and last value of a prefix, allowed lengths
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
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("81", "81", (16, 17, 18, 19)),
    ("50", "50", (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    ("56", "58", (13, 14, 15, 16, 17, 18, 19)),
    ("6304", "6304", (16, 17, 18, 19)),
    ("67", "67", (16, 17, 18, 19)),
    ("60", "60", (16,)),  # RuPay, Hipercard
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
)


def is_card(text: str) -> bool:
    """Say whether a candidate is a number that a network could have issued."""
    digits = only_digits(text)
    if not luhn(digits) or len(set(digits)) == 1:  # the latter are filler
        return False
    return any(low <= digits[: len(low)] <= high and len(digits) in sizes for low, high, sizes in _ISSUERS)


DETECTOR = Detector(
    name="pii.card",
    title="payment card number",
    patterns=(
        rf"{NO_FRACTION}([2-68]\d{{12,18}})\b",
        r"\b[2-68]\d{3}[\s.-]{1,3}\d{4}[\s.-]{1,3}\d{4}[\s.-]{1,3}\d{4}\b",
        r"\b[2-68]\d{3}[\s.-]{1,3}\d{4}[\s.-]{1,3}\d{4}[\s.-]{1,3}\d{4}[\s.-]{1,3}\d{1,3}\b",
        r"\b3\d{3}[\s.-]{1,3}\d{6}[\s.-]{1,3}\d{4,5}\b",
        # a whole run of single digits: a place within a longer one is no candidate
        r"(?:^[\s-]?|[^\w\s-]|\D[\s-])([2-68](?:[\s-]\d){12,18})(?:$|[^\w\s-]|[\s-](?:$|\D))",
    ),
    validate=is_card,
)
