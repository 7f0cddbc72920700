"""What a detector is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Validator: TypeAlias = Callable[[str], bool]
"""Says whether a candidate, the folded text that a pattern matched, is what its detector looks for."""
Beside: TypeAlias = Callable[[str, str, str], bool]
"""Says whether a candidate may stand where it does: takes the text before it, the candidate, and the text after it, the
first and the last of `BESIDE` bytes at most."""
Finder: TypeAlias = Callable[[str], Iterable[tuple[int, int]]]
"""Finds half-open ranges in an original text without patterns, such as a model for names."""


BESIDE = 24
"""How much folded text on either side of a candidate decides whether it may stand there; a stream waits for it."""


class Category(StrEnum):
    """The family of a detector: the first part of its name."""

    PII = "pii"
    SECRET = "secret"  # noqa: S105 - a family of detectors
    INJECTION = "injection"
    OTHER = "other"


class Match(NamedTuple):
    """One thing found; `start` and `end` are a half-open range of character offsets of the original text."""

    detector: str
    start: int
    end: int


class PatternSource(NamedTuple):
    """What a `PatternSet` looks for under one bit: a detector, a user's regular expression, or a union of others."""

    name: str
    patterns: tuple[str, ...] = ()
    """RE2 patterns. Where one has a group, the first group is what is found, the rest of the match its context."""
    validate: Validator | None = None
    """Patterns of a source with a validator must have a bounded length, or hostile text costs quadratic time."""
    parts: tuple[PatternSource, ...] = ()
    """Sources whose union this one is; what they find is reported under their own names."""
    find: Finder | None = None
    beside: Beside | None = None
    decodes: bool = False
    """Whether it is also looked for in the text with `%40`, `&#64;` and the like in plain characters. A detector is;
    what a policy names letter by letter is not."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of content. The patterns over-approximate in linear time, the validator then decides."""

    name: str
    """Dotted, `family.kind`; the word that policies use."""
    title: str
    """What it finds, in the singular, as reports print it: "payment card number"."""
    patterns: tuple[str, ...] = ()
    validate: Validator | None = None
    find: Finder | None = None
    """For detectors that are no patterns; called for every text, so it is slower by far."""
    beside: Beside | None = None
    """For candidates that may not stand within everything, such as digits within the digits of a digest."""

    @property
    def category(self) -> Category:
        """Return the family; `other` for names that users gave."""
        family = self.name.partition(".")[0]
        return Category(family) if family in set(Category) else Category.OTHER

    def source(self) -> PatternSource:
        """Return what a `PatternSet` takes."""
        return PatternSource(self.name, self.patterns, self.validate, find=self.find, beside=self.beside, decodes=True)
