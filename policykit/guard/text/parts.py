"""Several texts of one fact: how they read together, as the rules see them."""

from __future__ import annotations

from collections.abc import Sequence

SEPARATOR = "\n"
"""Between the texts of one fact."""


class Part(str):
    """A text out of the middle of another, such as a string inside of JSON. Only the part itself can be changed."""

    __slots__ = ("lead",)
    lead: str
    """What stands between the text before and this one: read by the rules, and never changed."""

    @classmethod
    def of(cls, text: str, lead: str) -> Part:
        """Return a text and what stands before it."""
        found = cls(text)
        found.lead = lead
        return found


def lead(text: str) -> str:
    """Return what stands between the text before and this one."""
    return text.lead if isinstance(text, Part) else SEPARATOR


def joined(texts: Sequence[str]) -> str:
    """Return texts as the rules read them: with what stands between them, but for what stands before the first."""
    read = [text for each in texts for text in (lead(each), each)]
    return "".join(read[1:])


def renewed(text: str, now: str) -> str:
    """Return what stands in the place of a text, with the same lead."""
    return Part.of(now, text.lead) if isinstance(text, Part) else now
