"""Norwegian birth and D numbers.

Source: Skatteetaten, foedselsnummer: two check digits modulo 11.
"""

from __future__ import annotations

from policykit.detect._context import END, NO_FRACTION
from policykit.detect.checksums import is_date, only_digits, weighted_sum
from policykit.detect.model import Detector


def is_fnr(text: str) -> bool:
    """Say whether the date exists (a D number adds 40 to the day) and both check digits are right."""
    digits = only_digits(text)
    born = is_date(2000 + int(digits[4:6]), int(digits[2:4]), int(digits[:2]) % 40)
    first = weighted_sum(digits[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return born and first == 0 and weighted_sum(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


DETECTOR = Detector(
    name="pii.no_fnr",
    title="Norwegian birth number",
    patterns=(rf"{NO_FRACTION}([0-7]\d[0-5]\d{{3}} ?\d{{5}}){END}",),
    validate=is_fnr,
)
