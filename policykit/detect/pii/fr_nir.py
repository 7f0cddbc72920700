"""French social security numbers (NIR).

Source: INSEE, composition of the NIR: sex, year, month, department, commune, order, key 97 - n mod 97.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.checksums import only_alphanumerics
from policykit.detect.model import Detector


def is_nir(text: str) -> bool:
    """Say whether the key is right. The departments of Corsica, 2A and 2B, count as 19 and 18."""
    compact = only_alphanumerics(text)
    number = compact[:13].replace("2A", "19").replace("2B", "18")
    return number.isdecimal() and int(compact[13:]) == 97 - int(number) % 97


DETECTOR = Detector(
    name="pii.fr_nir",
    title="French social security number",
    patterns=(apart(r"(?i)[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3} ?\d{2}"),),
    validate=is_nir,
)
