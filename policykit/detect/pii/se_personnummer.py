"""Swedish personal identity and coordination numbers, with their separator.

Source: Folkbokfoeringslag (1991:481), section 18; Skatteverket SKV 704.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.checksums import is_date, luhn, only_digits
from policykit.detect.model import Detector


def is_personnummer(text: str) -> bool:
    """Say whether the date exists (a coordination number adds 60 to the day) and the last digit is right."""
    digits = only_digits(text)[-10:]
    day = int(digits[4:6])
    born = is_date(2000 + int(digits[:2]), int(digits[2:4]), day - 60 if day > 60 else day)
    return born and luhn(digits)


DETECTOR = Detector(
    name="pii.se_personnummer",
    title="Swedish personal identity number",
    patterns=(apart(r"(?:19|20)?\d{2}[01]\d[0-9]\d[-+]\d{4}"),),
    validate=is_personnummer,
)
