"""The project: what `policykit.yaml` binds a policy to, once it has been read and held against the policy.

Invariants: every name is one that the policy declares; facts are of their declared types; days are dates; the digest
is over the meaning of the file, not its layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from policykit.evidence.model import NO_SUBJECT, Subject

FILE_NAME = "policykit.yaml"
FORM = 1
_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Files:
    """Files that are read as one evidence."""

    patterns: tuple[str, ...]
    """Paths or globs, sorted."""
    reader: str | None = None
    zone: str | None = None
    """IANA name for times that bring no offset."""
    options: Mapping[str, Any] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class EvidenceBinding:
    """Where one evidence of the policy lies, and what the project says about it."""

    files: Files
    baseline: Files | None = None
    collected_by: str = ""
    collected_at: datetime | None = None
    """Aware; only for files that do not say when they were produced."""
    subject: Subject = NO_SUBJECT
    """What the files themselves do not say."""


@dataclass(frozen=True, slots=True)
class TrailPlace:
    """Where the project's audit trail lies and how it is verified; paths are relative to the project's folder."""

    folder: str
    key: str
    """The verifier key as text, or the path of a file that holds it."""
    witnesses: str = ""
    """Path of a witness policy (C2SP tlog-policy), or empty."""
    head: str = ""
    """Path of a checkpoint that was kept elsewhere than the trail, or empty."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project file that fits its policy."""

    root: Path
    """The folder of the project file; nothing outside of it is read."""
    name: str
    """The project file's own name, for messages."""
    policy: str
    """The policy's path, relative to `root`."""
    subject: Subject
    digest: str
    zone: str | None = None
    gates: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    """Days in the policy's time zone."""
    people: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By role."""
    keys: str = ""
    """Path of the key ring, or empty."""
    statements: tuple[str, ...] = ()
    trail: TrailPlace | None = None
    stops: str = ""
    """Path of the store in which the guards look for stops, or empty."""
    facts: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    """Canonical values."""
    evidence: Mapping[str, EvidenceBinding] = field(default_factory=lambda: MappingProxyType({}))
