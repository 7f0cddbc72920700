"""Finnish personal identity codes.

Source: Digital and Population Data Services Agency; signs of the century since 2023; check character mod 31.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.checksums import is_date
from policykit.detect.model import Detector

_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_hetu(text: str) -> bool:
    """Say whether the date exists and the last character is right."""
    born = is_date(2000 + int(text[4:6]), int(text[2:4]), int(text[:2]))
    return born and _CHECK[int(text[:6] + text[7:10]) % 31] == text[10].upper()


DETECTOR = Detector(
    name="pii.fi_hetu",
    title="Finnish personal identity code",
    patterns=(apart(r"(?i)[0-3]\d[01]\d{3}[-+a-fu-y]\d{3}[0-9a-y]"),),
    validate=is_hetu,
)
