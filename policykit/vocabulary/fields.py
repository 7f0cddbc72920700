"""A declared fact or field: its name, type, the words a report uses for it, and where it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from policykit.vocabulary.types import ALL_PHASES, Phase, Type


@dataclass(frozen=True, slots=True)
class Field:
    """One fact about a call, or one field of a kind of evidence."""

    name: str
    """Dotted for a fact (`call.model`), plain for a field of evidence (`cases`)."""
    type: Type
    words: str
    """How a report speaks of it: `the model that was asked`."""
    phases: frozenset[Phase] = ALL_PHASES
    """When a fact about a call is known; every phase for a field of evidence."""
    standard: str = ""
    """The name in the standard that it comes from, such as `gen_ai.request.model`."""
    usual: tuple[str, ...] = ()
    """Values of a text that tools are known to write, as they spell them; others may occur."""


@dataclass(frozen=True, slots=True)
class ElementKind:
    """What `every case in golden has ...` ranges over: the elements of a list in evidence."""

    singular: str
    """The word in the policy: `case`."""
    attribute: str
    """Where the evidence keeps them: `cases_run`."""
    fields: Mapping[str, Field]
    open: bool = False
    """Whether elements carry further labels, which are text and may be missing."""


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """A kind of evidence that a policy can ask for."""

    name: str
    """The word in the policy: `evaluation`."""
    words: str
    fields: Mapping[str, Field]
    elements: Mapping[str, ElementKind] = field(default_factory=lambda: MappingProxyType({}))
    """By singular word."""
    slice_fields: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))
    """What `every slice of X by Y has ...` can test; empty where the kind cannot be sliced."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All the words that are built in, or that an application adds from its own models."""

    facts: Mapping[str, Field]
    evidence: Mapping[str, EvidenceKind]
    detectors: Mapping[str, str]
    """Name of each built-in detector (`pii.card`) and the words a report uses for it."""
