"""Irish personal public service numbers.

Source: Department of Social Protection; check letter modulo 23, the second letter counts since 2013.
"""

from __future__ import annotations

from policykit.detect._context import apart, outside_identifier
from policykit.detect.checksums import weighted_sum
from policykit.detect.model import Detector


def is_pps(text: str) -> bool:
    """Say whether the check letter is right."""
    compact = text.upper()
    second = compact[8:].replace("W", "")
    total = weighted_sum(compact[:7], (8, 7, 6, 5, 4, 3, 2)) + (9 * (ord(second) - ord("A") + 1) if second else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == compact[7]


DETECTOR = Detector(
    name="pii.ie_pps",
    title="Irish personal public service number",
    patterns=(apart(r"(?i)\d{7}[a-w][a-iw]?"),),
    validate=is_pps,
    beside=outside_identifier,
)
