"""Italian tax codes of persons.

Source: decree of 23 December 1976 of the Ministry of Finance, tables of odd and even characters.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.checksums import only_alphanumerics
from policykit.detect.model import Detector

_ODD = (
    *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21),
    *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
)
"""Values of 0-9 and A-Z in the first, third, ... place."""


def is_codice_fiscale(text: str) -> bool:
    """Say whether the last letter is right."""
    compact = only_alphanumerics(text)
    total = sum(_ODD[int(char, 36)] if place % 2 == 0 else _even(char) for place, char in enumerate(compact[:15]))
    return chr(ord("A") + total % 26) == compact[15]


def _even(char: str) -> int:
    return int(char) if char.isdecimal() else ord(char) - ord("A")


DETECTOR = Detector(
    name="pii.it_codice_fiscale",
    title="Italian tax code",
    patterns=(
        apart(r"(?i)[a-z]{6}[\dlmnpqrstuv]{2}[abcdehlmprst][\dlmnpqrstuv]{2}[a-z][\dlmnpqrstuv]{3}[a-z]"),
        apart(r"(?i)[a-z]{3} [a-z]{3} \d{2}[abcdehlmprst]\d{2} [a-z]\d{3}[a-z]"),
    ),
    validate=is_codice_fiscale,
)
