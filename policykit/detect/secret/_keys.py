"""What all keys of a known form have in common: what touches them does not hide them, and fillers are none."""

from __future__ import annotations

import re

from policykit.detect._context import is_encoded, touching
from policykit.detect._placeholder import is_filler

_PARTS = re.compile("[0-9A-Za-z]+")
_LONG = 12
"""Letters and digits in a row, without a separator, that no word of a slug has."""


def is_key(text: str) -> bool:
    """Say whether a candidate of the right form is a key and not a filler such as `ghp_xxxx`."""
    return not is_filler(text)


def stands_alone(before: str, found: str, behind: str) -> bool:
    """Say whether a key is no piece of encoded data and, right behind a letter or a digit, no part of a slug.

    `desk-proj-website-redesign-of-the-main-page` holds the prefix of a key and no key.
    """
    if is_encoded(before, behind):
        return False
    return not touching(before, "")[0] or any(map(_looks_random, _PARTS.findall(found)))


def _looks_random(part: str) -> bool:
    return len(part) >= _LONG and any(map(str.isdigit, part)) and any(map(str.isalpha, part))
