"""JSON as the rules read it: every string decoded, so that no escape hides anything, and put back so that it is JSON.

Arguments of tools come as JSON in a text. They are searched as that text reads, with the strings in it decoded in their
places; what is taken out of a string is taken out of the string, and what is taken out of a number leaves a string.
"""

from __future__ import annotations

import json
import re

from policykit.guard.text.parts import SEPARATOR, Part

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\s{}\[\],:"]+', re.DOTALL)
"""A string, or what else is neither white space nor a mark of structure: numbers, words, and what is no JSON."""


class JsonText:
    """A JSON text taken apart. A text that is no JSON, such as one that was cut, is taken apart as far as it goes."""

    def __init__(self, raw: str) -> None:
        self._gaps: list[str] = []
        self._tokens: list[str] = []
        self.parts: list[Part] = []
        """The strings and values, in order; together with their leads they read as the text does."""
        done, lead = 0, SEPARATOR
        for found in _TOKEN.finditer(raw):
            token, gap = found[0], raw[done : found.start()]
            decoded = _decoded(token)
            mark = "" if decoded is None else '"'
            self.parts.append(Part.of(token if decoded is None else decoded, f"{lead}{gap}{mark}"))
            self._gaps.append(gap)
            self._tokens.append(token)
            done, lead = found.end(), mark
        self._rest = raw[done:]

    def put(self, index: int, text: str) -> None:
        """Replace a part; it is a string from now on."""
        self._tokens[index] = json.dumps(text, ensure_ascii=False)

    def __str__(self) -> str:
        pieces = [piece for pair in zip(self._gaps, self._tokens, strict=True) for piece in pair]
        return "".join([*pieces, self._rest])


def _decoded(token: str) -> str | None:
    """Return a string decoded; None for what is no string, or none that can be decoded."""
    if not token.startswith('"'):
        return None
    is_closed = len(token) > 1 and token.endswith('"')
    try:
        found = json.loads(token if is_closed else f'{token}"', strict=False)
    except ValueError:
        return None
    return found if isinstance(found, str) else None
