"""Australian tax file numbers, after the word.

Source: Australian Taxation Office, TFN algorithm, modulo 11.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import only_digits, weighted_sum
from policykit.detect.model import Detector


def is_tfn(text: str) -> bool:
    """Say whether the weighted sum is divisible by eleven."""
    digits = only_digits(text)
    return len(set(digits)) > 1 and weighted_sum(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


DETECTOR = Detector(
    name="pii.au_tfn",
    title="Australian tax file number",
    patterns=(after("tfn|tax file", r"\d{3}[ -]?\d{3}[ -]?\d{3}"),),
    validate=is_tfn,
)
