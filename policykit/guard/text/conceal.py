"""Taking out of a text what patterns find: redacted for good, or replaced by tokens that can be put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from policykit.guard.text import parts
from policykit.guard.text.finding import Found, finder, joined
from policykit.guard.text.tokens import TokenMap
from policykit.language.checked import Pattern

SEPARATOR = parts.SEPARATOR
"""Between the texts of one fact, but for parts of JSON; `parts.joined` knows."""


class Concealment(NamedTuple):
    """What is taken out of one text."""

    redacted: tuple[Pattern, ...]
    tokenised: tuple[Pattern, ...]

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Return all of them."""
        return (*self.redacted, *self.tokenised)


class _Piece(NamedTuple):
    """A range of the original, and what stands there now; None where it stays."""

    start: int
    end: int
    now: str | None


def clusters(what: Concealment, text: str) -> list[tuple[Found, bool]]:
    """Return the ranges to be taken out, each with whether it is redacted, as all that overlaps a redacted range is."""
    redacted = finder(what.redacted).found(text) if what.redacted else []
    tokenised = finder(what.tokenised).found(text) if what.tokenised else []
    return [
        (each, any(r.start < each.end and each.start < r.end for r in redacted))
        for each in joined(sorted([*redacted, *tokenised]))
    ]


def replacement(found: Found, is_redacted: bool, text: str, tokens: TokenMap) -> str:  # noqa: FBT001 - of the pair
    """Return what stands in the place of a range."""
    return f"[{found.label} redacted]" if is_redacted else tokens.token(found.label, text[found.start : found.end])


def concealed(texts: Sequence[str], what: Concealment, tokens: TokenMap) -> tuple[str, ...]:
    """Return the texts of one fact with everything taken out.

    The texts are searched once, as the rules saw them, joined. Of a range that spans two of them, the first takes the
    replacement and the others lose their part. What became a match only because its neighbour was taken out stays: the
    rules did not see one there.

    Raises:
        DetectorError: a text could not be scanned.
        ValueError: there are too many values.
    """
    whole = parts.joined(texts)
    return _split(whole, _pieces(whole, clusters(what, whole), tokens), texts)


def _pieces(whole: str, found: list[tuple[Found, bool]], tokens: TokenMap) -> list[_Piece]:
    """Return pieces that cover the whole text."""
    pieces = []
    done = 0
    for each, is_redacted in found:
        pieces.append(_Piece(done, each.start, None))
        pieces.append(_Piece(each.start, each.end, replacement(each, is_redacted, whole, tokens)))
        done = each.end
    return [*pieces, _Piece(done, len(whole), None)]


def _split(whole: str, pieces: list[_Piece], texts: Sequence[str]) -> tuple[str, ...]:
    """Return the pieces as the texts that they came from."""
    result: list[str] = []
    start = first = 0
    for text in texts:
        before, start = start, start + (len(parts.lead(text)) if result else 0)
        end = start + len(text)
        while first < len(pieces) and pieces[first].end <= before:
            first += 1
        now = []
        for place in range(first, len(pieces)):
            piece = pieces[place]
            if piece.start >= end:
                break
            if piece.now is None:
                now.append(whole[max(start, piece.start) : max(start, min(end, piece.end))])
            elif before <= piece.start:
                now.append(piece.now)
        result.append(parts.renewed(text, "".join(now)))
        start = end
    return tuple(result)
