"""Who owns what: components of a catalog, paths of a repository and the patterns that give them owners."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

from policykit.evidence.canonical import Values
from policykit.evidence.summaries.evaluation import present
from policykit.evidence.summaries.statistics import ratio
from policykit.vocabulary.types import Value


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the system."""

    name: str
    owner: str
    """Empty when nobody is named."""
    labels: Mapping[str, Value] = field(default_factory=dict)

    def values(self) -> Values:
        """Return it as an element that a policy can test; without an owner, `owner` is missing."""
        return {**self.labels, "name": self.name, **present({"owner": self.owner or None})}


@dataclass(frozen=True, slots=True)
class Path:
    """A path that somebody listed."""

    path: str
    owners: tuple[str, ...]

    def values(self) -> Values:
        """Return it as an element that a policy can test."""
        return {"path": self.path, **_owned(self.owners)}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of paths: it says who owns what it matches, and nothing about everything else."""

    pattern: str
    owners: tuple[str, ...]

    def values(self) -> Values:
        """Return it as an element that a policy can test."""
        return {"pattern": self.pattern, **_owned(self.owners)}


@dataclass(frozen=True, slots=True)
class OwnershipSummary:
    """Everything that one file, or several, speak of."""

    components: tuple[Component, ...] = ()
    paths: tuple[Path, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    placeholders: int = 0
    """Owners that are placeholders."""
    default_owner: bool | None = None
    """Whether what no other pattern covers has an owner; None where there are no patterns."""
    unlisted: tuple[bool, ...] = ()
    """For each file of patterns whose paths nobody listed: whether its patterns alone show that each has an owner."""
    groups_unmarked: bool = False
    """Whether `@name` may be a group as well as a person."""

    def fields(self) -> Values:
        """Return the fields of ownership."""
        owners = self._owners()
        found: dict[str, Value | None] = {
            "owners": tuple(owners),
            "named_people": self._named_people(owners),
            "placeholder_owners": self.placeholders,
            "default_owner": self.default_owner,
            # Of many owners none is *the* owner of the system.
            "owner": owners[0] if len(owners) == 1 else None,
            "owned_paths_rate": self._owned_paths_rate(),
        }
        for what, things in (("components", self.components), ("patterns", self.patterns)):
            if things:
                found |= _counts(what, things)
        if self.paths and not self.unlisted:
            found |= _counts("paths", self.paths)
        lifecycles = {component.labels.get("lifecycle") for component in self.components}
        found["lifecycle"] = lifecycles.pop() if len(lifecycles) == 1 else None
        return present(found)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return components and paths."""
        return {
            "component": tuple(component.values() for component in self.components),
            "path": tuple(path.values() for path in self.paths),
            "pattern": tuple(pattern.values() for pattern in self.patterns),
        }

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return nothing: ownership is not sliced."""
        del by
        return {}

    def plus(self, other: Self) -> Self:
        """Return what both speak of."""
        defaults = [d for d in (self.default_owner, other.default_owner) if d is not None]
        return type(self)(
            self.components + other.components,
            self.paths + other.paths,
            self.patterns + other.patterns,
            self.placeholders + other.placeholders,
            all(defaults) if defaults else None,
            self.unlisted + other.unlisted,
            self.groups_unmarked or other.groups_unmarked,
        )

    def _owners(self) -> list[str]:
        """Return everybody who owns something, once however it is spelt, sorted."""
        named = [c.owner for c in self.components if c.owner]
        named += [owner for path in self.paths for owner in path.owners]
        named += [owner for pattern in self.patterns for owner in pattern.owners]
        return sorted({owner.lower(): owner for owner in sorted(named, reverse=True)}.values())

    def _named_people(self, owners: Sequence[str]) -> int | None:
        """Return how many owners are people; None where a group may look like one."""
        if self.groups_unmarked and any(re.fullmatch(r"@[^@/]+", owner) for owner in owners):
            return None
        return sum(_is_person(owner) for owner in owners)

    def _owned_paths_rate(self) -> Fraction | None:
        """Return the share of paths with an owner, where all paths are known or none can be without one."""
        owned = sum(bool(path.owners) for path in self.paths)
        if not self.unlisted:
            return ratio(owned, len(self.paths)) if self.paths else None
        return Fraction(1) if all(self.unlisted) and owned == len(self.paths) else None


def _owned(owners: tuple[str, ...]) -> Values:
    return {"owned": bool(owners), **present({"owners": owners or None})}


def _counts(what: str, things: Sequence[Component | Path | Pattern]) -> dict[str, Value | None]:
    owned = sum(bool(thing.owner if isinstance(thing, Component) else thing.owners) for thing in things)
    return {what: len(things), f"owned_{what}": owned, f"owned_{what}_rate": ratio(owned, len(things))}


def _is_person(owner: str) -> bool:
    """Return whether an owner is a person, no team, role or program: `user:default/ann`, `@ann`, `ann@example.org`."""
    if re.search(r"([-_]bot|\[bot\])\Z", owner):
        return False
    if owner.startswith("@"):
        return "/" not in owner and not owner.startswith("@@")
    return owner.startswith("user:") or (":" not in owner and "@" in owner)
