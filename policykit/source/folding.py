"""One form for texts that look alike, so that a pattern written in plain characters also finds their disguises.

A text that is ASCII is already in this form. Any other text is folded:

1. Characters that nobody sees are removed (zero-width, soft hyphen, bidirectional controls, variation selectors),
   dashes become `-`, decimal digits of every script become `0` to `9`, ASCII hidden in tag characters becomes readable,
   lone surrogates become U+FFFD.
2. NFKC (Unicode Standard Annex 15): full-width and styled letters become plain, ligatures come apart, accents join.
3. In a word that mixes Latin with Cyrillic or Greek letters, those that look Latin become Latin.

NFKC takes quadratic time over a long run of combining marks, so a text is folded in blocks that start at a character
which joins nothing before it; a run without such a character is cut.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

BLOCK_CHARS = 256
"""Nominal size of a block."""
LONGEST_RUN_CHARS = 64
"""How far past the nominal size a block grows in search of a character to start the next one at."""
MANY_SPECIAL = 16
"""From so many different special characters on, a table is faster than replacing them one by one."""

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e001f\U000e007f\U000e0100-\U000e01ef"
)
_DASHES = (
    "\u058a\u05be\u1400\u1806\u2010-\u2015\u207b\u208b\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d"
    "\u301c\u3030\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
_COMMON = (
    "\\x00-\\x7f\u00a1-\u00a7\u00a9\u00ab\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bb\u00bf-\u0131\u0134-\u013e\u0141-\u0148"
    "\u014a-\u017e\u0401\u0410-\u044f\u0451\u0454\u0456\u0457\u0490\u0491\u2018-\u201e\u2022\u20ac\u3001\u3002\u300c\u300d"
    "\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3"
)
"""Characters that no step changes, that join nothing, and of which texts mostly consist; in RE2's form."""
_TAGS = "\U000e0020-\U000e007e"
_TAG_BASE = 0xE0000
_DIGIT_ZEROS = (
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0,
    0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0,
    0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1E140, 0x1E2F0, 0x1E950,
)  # fmt: skip
"""The zeros of the decimal digits (general category Nd) that NFKC leaves alone. Source: Unicode 14.0, UnicodeData."""

# Cyrillic, then Greek letters, and the Latin letters that they are drawn like.
# Source: a subset of Unicode Technical Standard 39, confusables: single letters that look the same in common fonts.
_LOOKALIKE = (
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u04ae"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d\u0391\u0392"
    "\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03b1\u03bf\u03bd\u03c1"
)
_TO_LATIN = str.maketrans(
    _LOOKALIKE,
    "ABESIJKMHOPCTXYYaeopcyxsijhdqwABEZHIKMNOPTYXaovp",
)
_LATIN, _OTHERS = "A-Za-z", "\u0370-\u052f"
_LETTER = re.compile(f"[{_LATIN}{_OTHERS}]")
_OTHER = re.compile(f"[{_OTHERS}]")


def fold(text: str) -> str:
    """Return the form of a text that patterns are matched against. Takes time in proportion to the text."""
    if text.isascii() or _is_folded(text):
        return text
    plain = replace_special(text)
    if plain.isascii():  # English with dashes
        return plain
    return latinise("".join(compose(block) for block in blocks(plain)))


def _is_folded(text: str) -> bool:
    """Say whether a text holds common characters alone, none of which folding changes; quicker than folding it."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return False
    return _expressions().unusual.search(data) is None


def replace_special(text: str) -> str:
    """Return a text after step 1: each character stays, is replaced by one other, or is removed."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
        data = text.encode()
    if _expressions().special.search(data) is None:
        return text
    present = [char for char in set(text) if ord(char) in _special()]
    if len(present) > MANY_SPECIAL:
        return text.translate(_special())
    for char in present:
        text = text.replace(char, _special()[ord(char)] or "")
    return text


def is_removed(char: str) -> bool:
    """Say whether step 1 removes a character."""
    return _special().get(ord(char), char) is None


def compose(block: str) -> str:
    """Return a block after step 2."""
    return unicodedata.normalize("NFKC", block)


def latinise(text: str) -> str:
    """Return a text after step 3, which keeps the number of characters."""
    data = text.encode()
    mixed = _expressions().mixed
    if mixed.search(data) is None:
        return text
    parts: list[bytes] = []
    end = 0
    for found in mixed.finditer(data):
        parts += data[end : found.start()], found.group().decode().translate(_TO_LATIN).encode()
        end = found.end()
    return b"".join([*parts, data[end:]]).decode()


def word_start(text: str, place: int) -> int:
    """Return where the word begins that a place is in, as step 3 takes words; at the end of a text a word may go on."""
    if place < len(text) and _LETTER.match(text[place]) is None:
        return place
    while place > 0 and _LETTER.match(text[place - 1]) is not None:
        place -= 1
    return place


def word_end(text: str, place: int) -> int:
    """Return where the word ends that a place is in or behind."""
    while place < len(text) and _LETTER.match(text[place]) is not None:
        place += 1
    return place


def has_lookalikes(text: str) -> bool:
    """Say whether a text that was not folded has letters of which step 3 may change some."""
    return not text.isascii() and _OTHER.search(text) is not None


def blocks(text: str) -> Iterator[str]:
    """Yield the parts of a text that can be composed one by one."""
    start = 0
    while len(text) - start > BLOCK_CHARS + LONGEST_RUN_CHARS:
        end = start + BLOCK_CHARS
        last = end + LONGEST_RUN_CHARS
        while end < last and not starts_cluster(text[end]):
            end += 1
        yield text[start:end]
        start = end
    yield text[start:]


def starts_cluster(char: str) -> bool:
    """Say whether a character never joins the ones before it: it is no mark and no trailing Hangul letter."""
    return char.isascii() or _starts_cluster(char)


@lru_cache(maxsize=4096)
def _starts_cluster(char: str) -> bool:
    first = unicodedata.normalize("NFKD", char)[0]
    return not (unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff")


class _Expressions(NamedTuple):
    special: Any
    mixed: Any
    unusual: Any


@cache
def _expressions() -> _Expressions:
    """Return what finds special characters, words of mixed scripts, and all but common characters.

    RE2, because `re` takes twenty times longer for classes as large as these.
    """
    import re2

    digits = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in _DIGIT_ZEROS)
    mixed = f"(?:[{_LATIN}]+[{_OTHERS}]|[{_OTHERS}]+[{_LATIN}])"
    return _Expressions(
        special=re2.compile(f"[{_INVISIBLE}{_DASHES}{_TAGS}{digits}]".encode()),
        mixed=re2.compile(f"{mixed}[{_LATIN}{_OTHERS}]*".encode()),
        unusual=re2.compile(f"[^{_COMMON}]|{mixed}".encode()),
    )


@cache
def _special() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(_code_points(_INVISIBLE))
    table.update(dict.fromkeys(_code_points(_DASHES), "-"))
    table.update({point: chr(point - _TAG_BASE) for point in _code_points(_TAGS)})
    table.update({zero + value: str(value) for zero in _DIGIT_ZEROS for value in range(10)})
    return table


def _code_points(ranges: str) -> Iterator[int]:
    """Yield the code points of the inside of a character class."""
    for part in re.findall("(.)(?:-(.))?", ranges, re.DOTALL):
        yield from range(ord(part[0]), ord(part[1] or part[0]) + 1)
