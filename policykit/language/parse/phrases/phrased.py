"""Tells a phrase of prose, or a mark of another format, where the parser goes on once it is replaced."""

from __future__ import annotations

from collections.abc import Iterator

from policykit.language.parse.faults import trial
from policykit.language.parse.phrases import phrases_at
from policykit.language.parse.phrases.phrasing import Phrase
from policykit.language.parse.place import FaultPlace, found
from policykit.source import Diagnostic, Span

_AROUND = 300
"""Characters on both sides of a fault in which a phrase is looked for."""
_MAX_TRIALS = 8
_LONGEST = 4_000
"""A statement so long before its fault is not read again to try a phrase."""


def phrase(at: FaultPlace) -> Diagnostic | None:
    """Tell a phrase of prose or a mark of another format, where reading goes on once it is replaced."""
    tried = 0
    for low, line, place in _lines(at):
        for start, end, meant, kind in phrases_at(line, place):
            tried += 1
            if tried > _MAX_TRIALS:
                return None
            span = Span(low + start, low + end)
            if _goes_on(at, span, meant):
                return _phrased(at, span, meant, kind)
    return None


def _lines(at: FaultPlace) -> Iterator[tuple[int, str, int]]:
    """Yield where a line begins, its text near the fault, and where the fault is in it.

    What does not fit at the beginning of a line may be missed at the end of the line before.
    """
    text, place = at.text, min(at.fault.start, len(at.text.rstrip()))
    before = text[max(0, place - _AROUND) : place].rstrip()
    for end in dict.fromkeys((place, place - len(text[max(0, place - _AROUND) : place]) + len(before))):
        low = max(text.rfind("\n", 0, end) + 1, end - _AROUND)
        newline = text.find("\n", end, end + _AROUND)
        yield low, text[low : newline if newline >= 0 else end + _AROUND].rstrip("\r"), end - low


def _goes_on(at: FaultPlace, span: Span, meant: str) -> bool:
    """Whether the parser gets past a place once it is replaced."""
    began = at.fault.began if 0 <= at.fault.began <= span.start else at.text.rfind("\n", 0, span.start) + 1
    if span.start - began > _LONGEST:
        return False
    after = at.text.find("\n", min(span.end + 200, len(at.text)), span.end + _LONGEST)
    head, rest = at.text[began : span.start] + meant, at.text[span.end : after if after >= 0 else span.end + 400]
    reached, codes = trial(head + rest)
    blanks = len(rest) - len(rest.lstrip())
    return "PK026" not in codes and (reached > len(head) + blanks or (not rest.strip() and reached >= len(head)))


def _phrased(at: FaultPlace, span: Span, meant: str, kind: Phrase) -> Diagnostic:
    written = at.source.quote(span)
    cut = Span(span.start + len(written) - len(written.lstrip()), span.end - len(written) + len(written.rstrip()))
    note = f" ({kind.note})" if kind.note else ""
    if not meant.strip():
        help_ = "write a blank instead" if meant else f"delete it{note}"
        return found(at, "PK037", kind.message or f"`{written.strip()}` does not stand here", cut, help_)
    meant, written = meant.strip(), written.strip()
    message = kind.message or f"`{written}` is called `{meant}` here"
    return found(at, "PK034", message, cut, f"write `{meant}`{note}")
