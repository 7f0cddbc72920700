"""The nearest known word for a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_CANDIDATES = 5_000


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to `word`, or None when none is close enough to be worth showing.

    Words that hold the same parts in another order (`amount.refund`) count as close.
    """
    from difflib import get_close_matches

    candidates = sorted(set(known))[:_MAX_CANDIDATES]
    if len(word) > 100:
        return None
    parts = sorted(word.replace("-", ".").replace("_", ".").split("."))
    for candidate in candidates:
        if candidate != word and sorted(candidate.replace("-", ".").replace("_", ".").split(".")) == parts:
            return candidate
    lowered = {c.lower(): c for c in candidates}
    found = get_close_matches(word.lower(), lowered, n=1, cutoff=0.7)
    return lowered[found[0]] if found and _same_part(word.lower(), found[0]) else None


def _same_part(word: str, other: str) -> bool:
    """Whether two dotted words that begin alike are near behind the dot too: `patient.name` is no `patient.age`."""
    head, _, rest = word.rpartition(".")
    if not head or not other.startswith(f"{head}."):
        return True
    from difflib import SequenceMatcher

    return SequenceMatcher(None, rest, other.removeprefix(f"{head}.")).ratio() >= 0.6


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean ...?` for help lines, or an empty text."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else ""
