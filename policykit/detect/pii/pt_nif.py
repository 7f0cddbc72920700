"""Portuguese tax numbers (NIF). Nine digits alone are anything, so a word must stand before them.

Source: Decreto-Lei 14/2013; check digit modulo 11.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import only_digits, weighted_sum
from policykit.detect.model import Detector


def is_nif(text: str) -> bool:
    """Say whether the last digit is right."""
    digits = only_digits(text)
    rest = weighted_sum(digits[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[8]) == (0 if rest < 2 else 11 - rest)


DETECTOR = Detector(
    name="pii.pt_nif",
    title="Portuguese tax number",
    patterns=(after("nif|contribuinte|contribuinte fiscal", r"[1235689]\d{8}|[1235689]\d{2} \d{3} \d{3}"),),
    validate=is_nif,
)
