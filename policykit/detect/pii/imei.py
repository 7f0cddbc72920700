"""Serial numbers of mobile devices (IMEI), after the word.

Source: GSM Association TS.06; Luhn.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import luhn, only_digits
from policykit.detect.model import Detector


def is_imei(text: str) -> bool:
    """Say whether the last digit is right."""
    return luhn(only_digits(text))


DETECTOR = Detector(
    name="pii.imei",
    title="serial number of a mobile device",
    patterns=(after("imei", r"\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d"),),
    validate=is_imei,
)
