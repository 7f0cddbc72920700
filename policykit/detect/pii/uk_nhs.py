"""United Kingdom NHS numbers, after a word, because telephone numbers look the same.

Source: NHS Data Dictionary, NHS number, modulo 11.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import only_digits, weighted_sum
from policykit.detect.model import Detector


def is_nhs(text: str) -> bool:
    """Say whether the last digit is right."""
    return weighted_sum(only_digits(text), (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


DETECTOR = Detector(
    name="pii.uk_nhs",
    title="United Kingdom health service number",
    patterns=(after("nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}"),),
    validate=is_nhs,
)
