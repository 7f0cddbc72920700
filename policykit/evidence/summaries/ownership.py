"""Who owns what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from policykit.evidence.model import Values
from policykit.vocabulary.types import Value


@dataclass(frozen=True, slots=True)
class Owned:
    """A thing that should have an owner."""

    name: str
    owners: tuple[str, ...]
    """Empty when nobody is named."""
    kind: str = ""
    """`path`, `pattern`, `component` ..."""
    labels: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> Values:
        """Return it as an element that a policy can test; without an owner, `owner` is missing."""
        found: dict[str, Value] = {**self.labels, "name": self.name, "kind": self.kind, "owned": bool(self.owners)}
        if self.owners:
            found["owner"] = self.owners[0]
            found["owners"] = self.owners
        return found


@dataclass(frozen=True, slots=True)
class OwnershipSummary:
    """Everything that one file, or several, speak of."""

    things: tuple[Owned, ...]

    def fields(self) -> Values:
        """Return the fields of ownership."""
        return _fields(self.things)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return each thing."""
        return {"component": tuple(thing.values() for thing in self.things)}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each group, by `kind` or a label."""
        groups: dict[str, list[Owned]] = defaultdict(list)
        for thing in self.things:
            label = thing.kind if by == "kind" else thing.labels.get(by, "")
            if label:
                groups[label].append(thing)
        return {label: _fields(things) for label, things in sorted(groups.items())}

    def plus(self, other: Self) -> Self:
        """Return the things of both."""
        return type(self)(self.things + other.things)


def _fields(things: Sequence[Owned]) -> Values:
    owners = sorted({owner for thing in things for owner in thing.owners})
    found: dict[str, Value] = {
        "components": len(things),
        "unowned": sum(not thing.owners for thing in things),
        "owners": tuple(owners),
    }
    if len(owners) == 1:
        found["owner"] = owners[0]
    return found
