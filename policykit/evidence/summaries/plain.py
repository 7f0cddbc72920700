"""Values as they were stated, without anything to count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from policykit.evidence.canonical import Values


@dataclass(frozen=True, slots=True)
class PlainSummary:
    """The fields, elements and slices that somebody stated."""

    stated: Values
    listed: Mapping[str, Sequence[Values]] = field(default_factory=dict)
    sliced: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    """By label, then by its value."""

    def fields(self) -> Values:
        """Return the fields."""
        return self.stated

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return the elements."""
        return self.listed

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the slices by a label."""
        return self.sliced.get(by, {})

    def plus(self, other: Self) -> Self:
        """Return what both state; where they state different values, neither is known.

        That one of them is complete says nothing about the whole.
        """
        stated = {**self.stated, **other.stated}
        clashes = {n for n in self.stated.keys() & other.stated.keys() if self.stated[n] != other.stated[n]}
        clashes |= {"complete"} & (self.stated.keys() ^ other.stated.keys())
        listed = {
            name: (*self.listed.get(name, ()), *other.listed.get(name, ()))
            for name in self.listed.keys() | other.listed.keys()
        }
        # Slices of two statements cannot be added up: a label that both slice by is unknown.
        sliced = {k: v for k, v in {**self.sliced, **other.sliced}.items() if (k in self.sliced) != (k in other.sliced)}
        return type(self)({n: v for n, v in stated.items() if n not in clashes}, listed, sliced)
