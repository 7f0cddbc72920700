"""German tax identification numbers.

Source: BZSt, Pruefziffernberechnung der Identifikationsnummer; ISO/IEC 7064 MOD 11,10.
"""

from __future__ import annotations

from policykit.detect._context import END, NO_FRACTION, apart
from policykit.detect.checksums import mod11_10, only_digits
from policykit.detect.model import Detector


def is_tax_id(text: str) -> bool:
    """Say whether one of ten digits comes two or three times, the others at most once, and the check is right."""
    digits = only_digits(text)
    if not mod11_10(digits):
        return False
    counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    repeated_once = counts[-1] in {2, 3} and (len(counts) == 1 or counts[-2] == 1)
    in_a_row = any(digit * 3 in digits[:10] for digit in "0123456789")
    return repeated_once and not in_a_row


DETECTOR = Detector(
    name="pii.de_tax_id",
    title="German tax identification number",
    patterns=(
        rf"{NO_FRACTION}([1-9]\d{{10}}){END}",
        apart(r"[1-9]\d \d{3} \d{3} \d{3}"),
        apart(r"[1-9]\d/\d{3}/\d{3}/\d{3}"),
    ),
    validate=is_tax_id,
)
