"""How far a match of some patterns can reach: what a stream must hold back before text may leave.

Three kinds of patterns, by what their matches are known to be (`policykit.guard.text.shape`):
- of at most so many characters, a run of white space being one where any number of it is allowed: so many are held;
- of a literal text and characters of one class: held from the first place from which the text may still be a match;
- unknown: then a text can only be checked as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policykit.engine.patterns import Sought
from policykit.guard.text import shape
from policykit.source.folding import fold

MAX_WIDTH = 20_000
"""A pattern whose matches may be longer counts as one without a bound."""
_RUN = re.compile("[\t\n\f\r ]{2,}")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far matches reach. All places are in folded text."""

    width: int
    """The longest match and the character behind it."""
    has_runs: bool = False
    """Whether a run of white space counts as one character."""
    open_end: Callable[[str], int] | None = None
    """Gives the first place of what may still become a match without a bound; the length of the text without one."""

    decodes: bool = False
    """Whether a detector is among the patterns, which also reads what the text encodes."""

    def settled(self, text: str) -> int:
        """Return the place before which every match that begins is known, whatever comes behind the text."""
        place = self.before(text, len(text), self.width)
        return place if self.open_end is None else min(place, self.open_end(text))

    def before(self, text: str, end: int, width: int) -> int:
        """Return a place so many characters before another, or 0; further where white space counts less."""
        if not self.has_runs:
            return max(0, end - width)
        size = width
        while size < end:
            missing = width - len(_RUN.sub(" ", text[end - size : end]))
            if missing <= 0:
                break
            size += max(missing, size // 2)
        return max(0, end - size)


def reach(patterns: Sequence[Sought]) -> Reach | None:
    """Return how far matches of some patterns reach; None where a text can only be checked as a whole."""
    longest, has_runs, forms = 0, False, []
    for source in (each for pattern in patterns for each in _sources(pattern)):
        tree = None if source is None else shape.parsed(source)
        if tree is None:
            return None
        found = shape.width(tree)
        if found.characters <= MAX_WIDTH:
            longest, has_runs = max(longest, int(found.characters)), has_runs or found.has_runs
            continue
        form = shape.open_form(tree)
        if form is None:
            return None
        longest = max(longest, form.opening)
        forms.append(form.pattern)
    decodes = any(pattern.detector is not None for pattern in patterns)
    if not forms:
        return Reach(longest + 1 if patterns else 0, has_runs, decodes=decodes)
    from policykit.detect.ends import open_end

    return Reach(longest + 1, has_runs, open_end(tuple(dict.fromkeys(forms))), decodes)


def _sources(pattern: Sought) -> Iterator[str | None]:
    """Yield the regular expressions of a pattern; None for what is none."""
    if pattern.text is not None:
        yield f"(?s:.{{{max(len(fold(pattern.text)), len(pattern.text))}}})"  # its length is all that matters
    elif pattern.detector is not None:
        from policykit.detect.catalogue import source

        yield from _of_detector(source(pattern.detector))
    else:
        yield from pattern.regexes


def _of_detector(source: object) -> Iterator[str | None]:
    from policykit.detect.model import BESIDE, PatternSource

    assert isinstance(source, PatternSource)
    if source.find is not None:
        yield None  # it may look at the whole text
    beside = "" if source.beside is None else f"(?s:.{{{2 * BESIDE}}})"
    yield from (pattern + beside for pattern in source.patterns)
    for part in source.parts:
        yield from _of_detector(part)
