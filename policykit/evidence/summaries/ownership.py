"""Who owns what: components of a catalog, paths of a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """A path or a pattern of paths."""

    pattern: str
    owners: tuple[str, ...]

    def values(self) -> Values:
        """Return it as an element that a policy can test."""
        return {"pattern": self.pattern, "owned": bool(self.owners), **present({"owners": self.owners or None})}


@dataclass(frozen=True, slots=True)
class OwnershipSummary:
    """Everything that one file, or several, speak of."""

    components: tuple[Component, ...] = ()
    paths: tuple[Path, ...] = ()
    placeholders: int = 0
    """Owners that are placeholders."""
    default_owner: bool | None = None
    """Whether what no other pattern covers has an owner; None where there are no patterns."""

    def fields(self) -> Values:
        """Return the fields of ownership."""
        owners = {c.owner for c in self.components if c.owner} | {o for p in self.paths for o in p.owners}
        found: dict[str, Value | None] = {
            "owners": tuple(sorted(owners)),
            "named_people": sum(_is_person(owner) for owner in owners),
            "placeholder_owners": self.placeholders,
            "default_owner": self.default_owner,
            # Of many owners none is *the* owner of the system.
            "owner": next(iter(owners)) if len(owners) == 1 else None,
        }
        if self.components:
            owned = sum(bool(component.owner) for component in self.components)
            found |= _counts("components", owned, len(self.components))
        if self.paths:
            found |= _counts("paths", sum(bool(path.owners) for path in self.paths), len(self.paths))
        lifecycles = {component.labels.get("lifecycle") for component in self.components}
        found["lifecycle"] = lifecycles.pop() if len(lifecycles) == 1 else None
        return present(found)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return components and paths."""
        return {
            "component": tuple(component.values() for component in self.components),
            "path": tuple(path.values() for path in self.paths),
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
            self.placeholders + other.placeholders,
            all(defaults) if defaults else None,
        )


def _counts(what: str, owned: int, all_of_them: int) -> dict[str, Value | None]:
    return {what: all_of_them, f"owned_{what}": owned, f"owned_{what}_rate": ratio(owned, all_of_them)}


def _is_person(owner: str) -> bool:
    """Return whether an owner is a person and not a team: `user:default/ann`, `@ann`, `ann@example.org`."""
    if owner.startswith("@"):
        return "/" not in owner
    return owner.startswith("user:") or (":" not in owner and "@" in owner)
