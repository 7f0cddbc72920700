"""Plurals of the words that the vocabulary has for elements of evidence."""

from __future__ import annotations


def plural(singular: str, count: int = 2) -> str:
    """Return a word for so many: `case` for 1, `cases` otherwise.

    Args:
        singular: a word of the vocabulary: `case`, `entry`.
        count: how many there are.
    """
    if count == 1:
        return singular
    if singular.endswith("y") and singular[-2:-1] not in {"a", "e", "o", "u"}:
        return f"{singular[:-1]}ies"
    return f"{singular}es" if singular.endswith(("s", "x", "ch", "sh")) else f"{singular}s"
