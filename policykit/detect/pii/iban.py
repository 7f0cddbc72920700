"""International bank account numbers: country, the structure of its numbers, and the check digits.

Source: ISO 13616-1; structures from the IBAN registry, release 99 (SWIFT, as registration authority), as
python-stdnum 2.2 also has them.
"""

from __future__ import annotations

import re

from policykit.detect._context import NO_DIGIT, is_within_hex, outside_identifier, touching
from policykit.detect.checksums import mod97_10, only_alphanumerics
from policykit.detect.model import Detector

# n digits, a letters, c either; neighbouring parts of one kind put together
_COUNTRIES = {
    "11n": "NO",
    "12n": "BE",
    "14n": "DK FI FO GL SD",
    "2a12n": "FK",
    "4a10n": "NL",
    "15n": "SI",
    "3n10c2n": "MK",
    "16n": "AT BA EE LT MN XK",
    "3n13c": "KZ LU",
    "17n": "HR",
    "4a13c": "LV",
    "5n12c": "CH LI",
    "18n": "CR DE ME RS VA",
    "2a16n": "GE",
    "4a14c": "BH",
    "4a14n": "GB IE",
    "4a6n8c": "BG",
    "19n": "AE IL SO TL",
    "3n16c": "OM",
    "4a15c": "GI",
    "4a15n": "IQ",
    "20c": "MD",
    "20n": "CZ ES SE SK TN",
    "2n18c": "SA",
    "4a16c": "PK RO",
    "4a16n": "VG",
    "8n12c": "AD",
    "21n": "LY PT ST",
    "22n": "IS",
    "6n16c": "TR",
    "10n11c2n": "FR MC",
    "1a10n12c": "IT SM",
    "23n": "BI DJ MR",
    "7n16c": "GR",
    "24c": "GT",
    "24n": "HU PL",
    "4a20c": "AZ",
    "4a20n": "HN NI SV",
    "4c20n": "DO",
    "4c4n16c": "BY",
    "4n20c": "LB",
    "8n16c": "AL CY",
    "23n1a1c": "BR",
    "25n": "EG",
    "4a21c": "PS QA",
    "6n19c": "UA",
    "4a19n3a": "MU",
    "4a22c": "KW",
    "4a4n18c": "JO YE",
    "4a20n3a": "SC",
    "4a5n18c": "MT",
    "4a24c": "LC",
    "14n15c": "RU",
}
_PART = re.compile("([0-9]+)([nac])")
_CLASSES = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
_SEPARATOR = r"[\s._/,|:-]"
_BETWEEN = re.compile("[^0-9A-Za-z]+")


def _length(structure: str) -> int:
    return sum(int(size) for size, _ in _PART.findall(structure))


def _body(structure: str) -> re.Pattern[str]:
    return re.compile("".join(f"{_CLASSES[kind]}{{{size}}}" for size, kind in _PART.findall(structure)))


_BODIES = {country: _body(structure) for structure, countries in _COUNTRIES.items() for country in countries.split()}


def _pattern(length: int, countries: str) -> str:
    groups, rest = divmod(length, 4)
    tail = rf"{_SEPARATOR}{{0,3}}[A-Z0-9]{{{rest}}}" if rest else ""
    return rf"(?:{countries})[ _-]?\d\d(?:{_SEPARATOR}{{0,3}}[A-Z0-9]{{4}}){{{groups}}}{tail}"


def _one_pattern() -> str:
    """Return all lengths as one expression, so that encoded data, full of candidates, is gone through once."""
    by_length: dict[int, list[str]] = {}
    for structure, countries in _COUNTRIES.items():
        by_length.setdefault(_length(structure), []).extend(countries.split())
    lengths = "|".join(_pattern(length, "|".join(countries)) for length, countries in by_length.items())
    return rf"(?i)((?:{lengths})){NO_DIGIT}"


def is_iban(text: str) -> bool:
    """Say whether a candidate has its country's structure, right check digits, and separators that a number has."""
    compact = only_alphanumerics(text)
    if _BODIES[compact[:2]].fullmatch(compact[4:]) is None:  # what most candidates within encoded data fail
        return False
    signs = {sign for sign in _BETWEEN.findall(text) if sign.strip(" \t\n\r\f\v.-")}
    even = len(signs) <= 1 and all(len(set(sign)) == 1 for sign in signs)
    return even and mod97_10(compact[4:] + compact[:4])


def stands_alone(before: str, found: str, behind: str) -> bool:
    """Say whether an IBAN is no piece of encoded data: within letters and digits, its letters are all of one case."""
    if not outside_identifier(before, found, behind):
        return False
    if not any(touching(before, behind)):
        return True
    letters = "".join(filter(str.isalpha, found))
    return (letters.isupper() or letters.islower()) and not is_within_hex(before, found, behind)


DETECTOR = Detector(
    name="pii.iban",
    title="bank account number (IBAN)",
    patterns=(_one_pattern(),),
    validate=is_iban,
    beside=stands_alone,
)
