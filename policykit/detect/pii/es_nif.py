"""Spanish identity numbers: DNI of citizens, NIE of residents.

Source: Ministerio del Interior, letter of the DNI (mod 23).
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.checksums import only_alphanumerics
from policykit.detect.model import Detector

_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FIRST_OF_NIE = str.maketrans("XYZ", "012")


def is_nif(text: str) -> bool:
    """Say whether the last letter is right. The first letter of an NIE counts as 0, 1 or 2."""
    compact = only_alphanumerics(text)
    number = compact[:-1].translate(_FIRST_OF_NIE)
    return len(set(number)) > 1 and _LETTERS[int(number) % 23] == compact[-1]


DETECTOR = Detector(
    name="pii.es_nif",
    title="Spanish identity number",
    patterns=(
        apart(r"(?i)\d{8}[ -]?[a-z]"),
        apart(r"(?i)\d{2}\.\d{3}\.\d{3}[ -]?[a-z]"),
        apart(r"(?i)[xyz][ -]?\d{7}[ -]?[a-z]"),
    ),
    validate=is_nif,
)
