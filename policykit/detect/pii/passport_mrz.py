"""The second line of the machine-readable zone of passports.

Source: ICAO Doc 9303 part 3 section 4.9 (check digits 7, 3, 1) and part 4 section 4.2.2.
"""

from __future__ import annotations

from itertools import cycle

from policykit.detect.model import Detector


def is_mrz(text: str) -> bool:
    """Say whether the check digits of number, birth, expiry and of all of them are right."""
    whole = text[:10] + text[13:20] + text[21:43]
    fields = ((text[:9], text[9]), (text[13:19], text[19]), (text[21:27], text[27]), (whole, text[43]))
    return all(_check(field) == int(digit) for field, digit in fields)


def _check(field: str) -> int:
    return sum((0 if c == "<" else int(c, 36)) * w for c, w in zip(field, cycle((7, 3, 1)), strict=False)) % 10


DETECTOR = Detector(
    name="pii.passport_mrz",
    title="machine-readable line of a passport",
    patterns=(r"(?:^|[^A-Z0-9<])([A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[0-9<]\d)(?:$|[^A-Z0-9<])",),
    validate=is_mrz,
)
