"""Belgian national numbers.

Source: royal decree of 3 April 1984, check number 97 - n mod 97 (n with a 2 before it for births from 2000).
"""

from __future__ import annotations

from policykit.detect._context import END, NO_FRACTION, apart
from policykit.detect.checksums import only_digits
from policykit.detect.model import Detector


def is_national_number(text: str) -> bool:
    """Say whether month and day are possible and the check number is right. Bis numbers add 20 or 40 to the month."""
    digits = only_digits(text)
    month, day, check = int(digits[2:4]) % 20, int(digits[4:6]), int(digits[9:])
    possible = month <= 12 and day <= 31
    return possible and check in {97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97}


DETECTOR = Detector(
    name="pii.be_national_number",
    title="Belgian national number",
    patterns=(
        apart(r"\d{2}\.[0-6]\d\.\d{2}-\d{3}[.-]\d{2}"),
        rf"{NO_FRACTION}(\d{{2}}[0-6]\d[0-3]\d{{6}}){END}",
    ),
    validate=is_national_number,
)
