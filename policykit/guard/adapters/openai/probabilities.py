"""What the probabilities of tokens spell: the text a second time, in pieces, and what it could have been."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any


def spelled(tokens: Any) -> Iterator[str]:
    """Yield what tokens spell, in letters and in bytes, and what their alternatives of each rank do."""
    tokens = tokens or ()
    yield from _words(tokens)
    for rank in zip_longest(*(getattr(each, "top_logprobs", None) or () for each in tokens)):
        yield from _words([each for each in rank if each is not None])


def _words(tokens: Any) -> Iterator[str]:
    text = "".join(str(getattr(each, "token", "")) for each in tokens)
    codes = (code for each in tokens for code in getattr(each, "bytes", None) or ())
    decoded = bytes(code & 0xFF for code in codes if isinstance(code, int)).decode("utf-8", "replace")
    yield from (each for each in dict.fromkeys((text, decoded)) if each)
