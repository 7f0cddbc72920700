"""What must stand before and after a number or a key for it to be one, and not a part of something else.

An underscore never hides anything, and neither does a letter where the form itself is sure enough: `scan_4111...pdf`
and `scan4111...` hold a card. Where only a check digit says what a number is, a letter before it makes it
an order number.
"""

from __future__ import annotations

import re
import string

from policykit.detect.model import BESIDE

APART = r"(?:^|[^0-9A-Za-z])"
"""Stands before what does not follow a letter or a digit."""
END = r"(?:$|[^0-9A-Za-z])"
"""Stands after what no letter and no digit follows."""
NO_DIGIT = r"(?:$|[^0-9])"
"""Stands after a number that ends here."""
NO_FRACTION = r"(?:^\.?|[^0-9A-Za-z.]|[^0-9]\.)"
"""Stands before a number without separators, so that the decimals of `0.00001724620` are not taken for one."""

_FILLER = r"(?:number|num|no|nr|code|id|is|was|ist|lautet|est|es|numero|nummer|#)"
_HEX = frozenset(string.hexdigits)
_ALNUM = frozenset(string.ascii_letters + string.digits)
_D = "[0-9A-Fa-f]"
_ENCODED = re.compile(f"[0-9A-Za-z+/_-]{{{BESIDE}}}")

_GROUPS_BEFORE, _GROUPS_BEHIND = re.compile("[0-9A-Fa-f-]+\\Z"), re.compile("[0-9A-Fa-f-]+")
_UUID_PIECE = re.compile(f"(?<!{_D})(?:{_D}{{8}}-{_D}{{4}}-{_D}{{4}}-|-{_D}{{4}}-{_D}{{4}}-{_D}{{12}}(?!{_D}))")


def after(words: str, pattern: str) -> str:
    """Return a pattern whose group matches `pattern` shortly after one of `words` (RE2 alternatives)."""
    return rf"(?i){APART}(?:{words})[^0-9A-Za-z]{{0,4}}(?:{_FILLER}[^0-9A-Za-z]{{1,3}}){{0,3}}({pattern}){END}"


def apart(pattern: str) -> str:
    """Return a pattern whose group matches `pattern` where no letter and no digit touches it."""
    flags = "(?i)" if pattern.startswith("(?i)") else ""
    return f"{flags}{APART}({pattern.removeprefix(flags)}){END}"


def touching(before: str, behind: str) -> tuple[str, str]:
    """Return the ASCII letters and digits that touch a candidate on its left and on its right."""
    left = len(before)
    while left and before[left - 1] in _ALNUM:
        left -= 1
    right = 0
    while right < len(behind) and behind[right] in _ALNUM:
        right += 1
    return before[left:], behind[:right]


def is_within_hex(before: str, found: str, behind: str) -> bool:
    """Say whether a candidate is a piece of hexadecimal digits: a digest, an identifier, dumped bytes."""
    around = "".join(touching(before, behind))
    return any(char.isdigit() for char in around) and _HEX.issuperset(around + found)


def outside_identifier(before: str, found: str, behind: str) -> bool:
    """Say whether a candidate is no piece of a UUID, which hyphens part into groups of hexadecimal digits."""
    left, right = _GROUPS_BEFORE.search(before), _GROUPS_BEHIND.match(behind)
    groups = f"{left.group() if left else ''}{found}{right.group() if right else ''}"
    return _UUID_PIECE.search(groups) is None


def is_encoded(before: str, behind: str) -> bool:
    """Say whether one side of a candidate is nothing but what random data look like in base64; names do not."""
    return any(_ENCODED.fullmatch(side) is not None and _is_mixed(side) for side in (before, behind))


def _is_mixed(side: str) -> bool:
    kinds = (str.isdigit, str.isupper, str.islower)
    return all(sum(map(kind, side)) >= at_least for kind, at_least in zip(kinds, (2, 3, 3), strict=True))
