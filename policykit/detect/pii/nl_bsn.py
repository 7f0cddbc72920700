"""Dutch citizen service numbers (BSN). Nine digits alone are anything, so a word must stand before them.

Source: Logisch Ontwerp BSN, the eleven test.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import only_digits, weighted_sum
from policykit.detect.model import Detector


def is_bsn(text: str) -> bool:
    """Say whether the eleven test holds."""
    digits = only_digits(text).zfill(9)
    return digits.strip("0") != "" and weighted_sum(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


DETECTOR = Detector(
    name="pii.nl_bsn",
    title="Dutch citizen service number",
    patterns=(
        after(
            "bsn|burgerservicenummer|sofinummer|sofi-nummer|citizen service",
            r"\d{8,9}|\d{4}\.\d{2}\.\d{3}|\d{3} \d{3} \d{3}",
        ),
    ),
    validate=is_bsn,
)
