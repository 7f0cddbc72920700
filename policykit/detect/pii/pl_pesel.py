"""Polish national identification numbers (PESEL).

Source: Ustawa o ewidencji ludnosci, art. 15; the month carries the century.
"""

from __future__ import annotations

from policykit.detect._context import END, NO_FRACTION
from policykit.detect.checksums import is_date, weighted_sum
from policykit.detect.model import Detector

_CENTURIES = (1900, 2000, 2100, 2200, 1800)


def is_pesel(text: str) -> bool:
    """Say whether the date exists and the last digit is right."""
    century = _CENTURIES[int(text[2]) // 2]
    born = is_date(century + int(text[:2]), int(text[2:4]) % 20, int(text[4:6]))
    return born and weighted_sum(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


DETECTOR = Detector(
    name="pii.pl_pesel",
    title="Polish national identification number",
    patterns=(rf"{NO_FRACTION}(\d{{11}}){END}",),
    validate=is_pesel,
)
