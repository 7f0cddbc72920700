"""International bank account numbers: country, its length, and the check digits.

Source: ISO 13616-1; lengths from the IBAN registry, release 99 (SWIFT, as registration authority).
"""

from __future__ import annotations

from policykit.detect.checksums import mod97_10, only_alphanumerics
from policykit.detect.model import Detector

_COUNTRIES_BY_LENGTH = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}


def _pattern(length: int, countries: str) -> str:
    groups, rest = divmod(length - 4, 4)
    tail = rf"[ -]?[A-Z0-9]{{{rest}}}" if rest else ""
    return rf"(?i)\b(?:{countries.replace(' ', '|')})\d\d(?:[ -]?[A-Z0-9]{{4}}){{{groups}}}{tail}\b"


def is_iban(text: str) -> bool:
    """Say whether the check digits of a candidate of the right length are right."""
    compact = only_alphanumerics(text)
    return mod97_10(compact[4:] + compact[:4])


DETECTOR = Detector(
    name="pii.iban",
    title="bank account number (IBAN)",
    patterns=tuple(_pattern(length, countries) for length, countries in _COUNTRIES_BY_LENGTH.items()),
    validate=is_iban,
)
