"""Where a text ends in something that may go on: what a stream must hold back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from policykit.detect._re2 import searcher


def open_end(patterns: Sequence[str]) -> Callable[[str], int]:
    """Return a function that gives the first place from which a folded text, up to its end, is one of some patterns.

    It gives the length of the text where there is no such place.

    Raises:
        DetectorError: by the function, or at once: a pattern is not RE2, or too large.
    """
    search = searcher(f"(?:{'|'.join(f'(?:{each})' for each in patterns)})\\z")

    def place(text: str) -> int:
        data = text.encode()
        found = search(data)
        if found is None:
            return len(text)
        return found if len(data) == len(text) else len(data[:found].decode())

    return place
