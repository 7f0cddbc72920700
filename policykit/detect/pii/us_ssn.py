"""United States social security numbers.

Source: Social Security Administration, rules since randomisation (2011): no area 000, 666 or 900 to 999, no group 00,
no serial 0000. Without separators nine digits are anything, so these need a word before them.
"""

from __future__ import annotations

from policykit.detect._context import APART, END
from policykit.detect.checksums import only_digits
from policykit.detect.model import Detector

_PUBLISHED = frozenset({"078051120", "219099999", "123456789", "987654321"})
"""Numbers that were printed in advertisements and withdrawn, and keyboard filler."""


def is_ssn(text: str) -> bool:
    """Say whether nine digits could be a number that was given to a person."""
    digits = only_digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return (
        area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000" and digits not in _PUBLISHED
    )


DETECTOR = Detector(
    name="pii.us_ssn",
    title="United States social security number",
    patterns=(
        r"(?:^|[^0-9.-])(\d{3}-\d{2}-\d{4})(?:$|[^0-9-]|-\D|-$)",
        r"(?:^|[^0-9.])(\d{3} \d{2} \d{4})(?:$|\D)",
        (
            rf"(?i){APART}(?:ssn|social security(?: number| no\.?)?)[^0-9A-Za-z]{{0,4}}(?:is|was|number)?"
            rf"[^0-9A-Za-z]{{0,4}}(\d{{9}}){END}"
        ),
    ),
    validate=is_ssn,
)
