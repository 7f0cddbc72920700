"""Telephone numbers: international ones, common national spellings, and others after a word.

Source: ITU-T E.164 (at most 15 digits); North American Numbering Plan for area and exchange codes.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import only_digits
from policykit.detect.model import Detector

_WORDS = "phone|telephone|tel|telefon|mobile|mobil|cell|fax|handy|whatsapp|sms|telefono|rufnummer|t[eé]l[eé]phone"
_AFTER_WORD = after(_WORDS, r"\(?0?\d(?:[ ./()-]{0,2}\d){6,13}")


def is_phone(text: str) -> bool:
    """Say whether the number of digits is possible and they are no filler."""
    digits = only_digits(text)
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2


DETECTOR = Detector(
    name="pii.phone",
    title="telephone number",
    patterns=(
        r"(?:^|[^0-9A-Za-z+.-])(\+[1-9]\d{0,2}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12})(?:$|[^0-9])",
        r"(?:^|[^0-9A-Za-z+.-])(00[1-9]\d{0,2}[ .-](?:\(0\)[ .-]?)?\d(?:[ .-]?\d){6,11})(?:$|[^0-9])",
        (
            r"(?:^|[^0-9A-Za-z.-])((?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4})(?:$|"
            r"[^0-9A-Za-z.-]|[.-](?:$|[^0-9]))"
        ),
        r"(?:^|[^0-9A-Za-z.-])(0[1-9](?:[ .]\d{2}){4})(?:$|[^0-9A-Za-z.-]|[.-](?:$|[^0-9]))",
        r"(?:^|[^0-9A-Za-z.-])(0[1-9]\d{1,4}/\d{3}[ -]?\d{2,6}(?:-\d{1,4})?)(?:$|[^0-9A-Za-z/-]|-(?:$|[^0-9]))",
        (
            r"(?:^|[^0-9A-Za-z.-])(07\d{3} ?\d{6}|\(?0(?:20|23|24|28|29)\)? \d{4} \d{4}|\(?01\d{3}\)? \d{5,6})(?:$|"
            r"[^0-9A-Za-z-])"
        ),
        _AFTER_WORD,
    ),
    validate=is_phone,
)
