"""Check digits. Every function takes the digits or letters alone, without separators, and never raises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import cycle
from operator import mul

# Bytes, because hostile texts hold a candidate at every place
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
"""Twice a digit, less 9 where that is above 9."""


def only_digits(text: str) -> str:
    """Return the ASCII digits of a text."""
    return text.encode("ascii", "replace").translate(None, _NO_DIGITS).decode()


def only_alphanumerics(text: str) -> str:
    """Return the ASCII letters, in upper case, and digits of a text."""
    return "".join(char for char in text if char.isascii() and char.isalnum()).upper()


def luhn(digits: str) -> bool:
    """Say whether the last digit is right. Source: ISO/IEC 7812-1, annex B."""
    data = digits.encode()[::-1]
    total = sum(data[::2]) + sum(data[1::2].translate(_DOUBLED))
    return (total - len(data) * ord("0")) % 10 == 0


def weighted_sum(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of digits times weights, which start again at their end."""
    return sum(map(mul, map(int, digits), cycle(weights)))


def mod97_10(text: str) -> bool:
    """Say whether letters (A is 10) and digits, read as one number, leave 1 modulo 97. Source: ISO/IEC 7064."""
    return int("".join(str(int(char, 36)) for char in text)) % 97 == 1


def mod11_10(digits: str) -> bool:
    """Say whether the last digit is right. Source: ISO/IEC 7064, MOD 11,10."""
    check = 10
    for char in digits[:-1]:
        check = (check + int(char)) % 10 or 10
        check = check * 2 % 11
    return (check + int(digits[-1])) % 10 == 1


def is_date(year: int, month: int, day: int) -> bool:
    """Say whether the Gregorian calendar has such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_VERHOEFF_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def verhoeff(digits: str) -> bool:
    """Say whether the last digit is right. Source: J. Verhoeff, Error Detecting Decimal Codes (1969)."""
    check = 0
    for position, char in enumerate(reversed(digits)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[position % 8][int(char)])])
    return check == 0
