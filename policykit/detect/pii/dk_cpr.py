"""Danish personal identification numbers (CPR), after a word, because since 2007 they have no check digit.

Source: CPR-kontoret, Personnummeret i CPR.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import is_date, only_digits
from policykit.detect.model import Detector


def is_cpr(text: str) -> bool:
    """Say whether the date exists."""
    digits = only_digits(text)
    return is_date(2000 + int(digits[4:6]), int(digits[2:4]), int(digits[:2]))


DETECTOR = Detector(
    name="pii.dk_cpr",
    title="Danish personal identification number",
    patterns=(after("cpr|cpr-nr|cpr-nummer|personnummer", r"[0-3]\d[01]\d{3}[- ]?\d{4}"),),
    validate=is_cpr,
)
