"""The project's own audit trail: where it lies, who may sign it, and what is looked for in it.

The project file names it, the definition that is checked adds what an agreement must be about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.trail.keys import VerifierKey
    from policykit.trail.witness.policy import WitnessPolicy


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition that is checked, as far as an agreement on it needs to be known."""

    name: str
    digest: str
    system: str
    """The name of the system that the project is about."""
    parties: Mapping[str, frozenset[str]]
    """The roles of each party that has any; each of these parties must have signed."""


@dataclass(frozen=True, slots=True)
class ProjectTrail:
    """The trail that the project file names."""

    folder: str
    """Relative to the project's folder, as the project file writes it."""
    key: VerifierKey
    definition: Definition
    witness_policy: WitnessPolicy | None = None
    head: bytes | None = None
    """A checkpoint that was kept elsewhere."""
