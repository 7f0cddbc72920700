"""Swiss social insurance numbers (AHV, AVS).

Source: Federal Social Insurance Office; 756, nine digits, EAN-13 check digit.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.checksums import only_digits, weighted_sum
from policykit.detect.model import Detector


def is_ahv(text: str) -> bool:
    """Say whether the last digit is right."""
    return weighted_sum(only_digits(text), (1, 3)) % 10 == 0


DETECTOR = Detector(
    name="pii.ch_ahv",
    title="Swiss social insurance number",
    patterns=(apart(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}"),),
    validate=is_ahv,
)
