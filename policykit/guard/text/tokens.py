"""Pseudonyms: a token for each value of a session, put back in what returns to the caller.

A token is `[kind-letters]`, the letters a keyed digest of the value, so that the same value has the same token in a
session and nobody without the key can tell which. Keys and values stay in this process.
"""

from __future__ import annotations

import hmac
import re
import threading
from collections import OrderedDict
from string import ascii_lowercase

LETTERS = 12
"""26^12 > 2^56 tokens: a caller does not meet another's by chance."""
TOKEN = re.compile(rf"\[[a-z][a-z0-9_.]{{0,63}}-[a-z]{{{LETTERS}}}\]")
MAX_TOKEN = 1 + 64 + 1 + LETTERS + 1
MAX_VALUES = 100_000
"""Values of one session. Beyond that the one that was used longest ago is forgotten: should its token come back after
so many others, it stays a token. A session may last as long as the process; to refuse would be the end of a service."""

_PAIRS = tuple(low + high for high in ascii_lowercase for low in ascii_lowercase)


class TokenMap:
    """The tokens of one session. Safe to use from several threads."""

    __slots__ = ("_key", "_mutex", "_values")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._mutex = threading.Lock()
        self._values: OrderedDict[str, str] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._values)

    def token(self, label: str, value: str) -> str:
        """Return the token of a value.

        Raises:
            ValueError: two values met in one token.
        """
        found = f"[{label[:64]}-{self._letters(label, value)}]"
        with self._mutex:
            if self._values.setdefault(found, value) != value:
                raise ValueError("no token for this value")
            self._values.move_to_end(found)
            if len(self._values) > MAX_VALUES:
                self._values.popitem(last=False)
        return found

    def put_back(self, text: str) -> str:
        """Return a text with the values in place of their tokens; unknown tokens stay."""
        if not self._values or "[" not in text:
            return text
        return TOKEN.sub(lambda found: self._values.get(found[0], found[0]), text)

    def unfinished(self, text: str) -> int:
        """Return where a token begins that the end of a text may have cut; the length of the text when none does."""
        if not self._values:
            return len(text)
        place = text.rfind("[", max(0, len(text) - MAX_TOKEN))
        return place if place >= 0 and "]" not in text[place:] else len(text)

    def _letters(self, label: str, value: str) -> str:
        number = int.from_bytes(hmac.digest(self._key, f"{label}\0{value}".encode("utf-8", "surrogatepass"), "sha256"))
        number %= 26**LETTERS  # the letters are its digits to the base 26, the lowest first; two at a time
        letters = []
        for _ in range(LETTERS // 2):
            number, pair = divmod(number, 26 * 26)
            letters.append(_PAIRS[pair])
        return "".join(letters)
