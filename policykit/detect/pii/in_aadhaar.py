"""Indian Aadhaar numbers, in groups of four or after the word.

Source: UIDAI; first digit 2 to 9, Verhoeff check digit.
"""

from __future__ import annotations

from policykit.detect._context import after, outside_identifier
from policykit.detect.checksums import only_digits, verhoeff
from policykit.detect.model import Detector


def is_aadhaar(text: str) -> bool:
    """Say whether the last digit is right."""
    return verhoeff(only_digits(text))


DETECTOR = Detector(
    name="pii.in_aadhaar",
    title="Indian Aadhaar number",
    patterns=(
        r"(?:^|[^0-9 -]|[^0-9][ -])([2-9]\d{3}[ -]\d{4}[ -]\d{4})(?:$|[^0-9 -]|[ -](?:$|[^0-9]))",
        after("aadhaar|aadhar|uidai|uid", r"[2-9]\d{11}"),
    ),
    validate=is_aadhaar,
    beside=outside_identifier,
)
