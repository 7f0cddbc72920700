"""United Kingdom national insurance numbers. They have no check digit.

Source: HMRC National Insurance Manual NIM39110.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.model import Detector


def is_nino(text: str) -> bool:
    """Say whether the prefix is one that is given out."""
    return text[:2].upper() not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


DETECTOR = Detector(
    name="pii.uk_nino",
    title="United Kingdom national insurance number",
    patterns=(
        apart(r"(?i)[abceghj-prstw-z][abceghj-nprstw-z](?:\d{6}| \d{2} \d{2} \d{2} |-\d{2}-\d{2}-\d{2}-)[a-d]"),
        apart(r"(?i)[abceghj-prstw-z][abceghj-nprstw-z] ?\d{6} [a-d]"),
    ),
    validate=is_nino,
)
