"""The project's own audit trail: where it lies, who may sign it, and what is looked for in it.

The project file names it, the definition that is checked adds what an agreement must be about.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import KeyMaterialError, TrailError
from policykit.evidence.problems import refusal
from policykit.evidence.safe_file import resolve
from policykit.source import Diagnostic
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.trail.history import History
    from policykit.trail.keys import VerifierKey
    from policykit.trail.witness.policy import WitnessPolicy

CHECKPOINT, CHECKPOINT_LOG = "checkpoint", "checkpoints.log"
"""The newest checkpoint of a trail, and all that were signed. Source: docs/trail-format.md."""
AGREED = "definition_agreed"
"""The type of record in which a person agreed to a definition."""
BUILDS = frozenset({"build_started", "policy_activated", "decision", "approval_requested", "approval"})
"""Types of record that show that building had begun."""


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
    verified_with: tuple[str, ...] = ()
    """What `policykit trail verify` is told besides the folder and the key."""


def newest_heads(trail: ProjectTrail | None, path: str, root: Path) -> str:
    """Return the file that holds the newest checkpoint of the project's trail where a path names its checkpoint.

    That is the checkpoint log where a power cut left no published checkpoint, or an empty one: the log has every one
    that was signed. Any other path is returned as it is.
    """
    if trail is None or os.path.normpath(path) != os.path.normpath(os.path.join(trail.folder, CHECKPOINT)):
        return path
    log = os.path.join(trail.folder, CHECKPOINT_LOG)
    return log if _is_empty(root / path) and os.path.isfile(root / log) else path


def _is_empty(path: Path) -> bool:
    """Return whether there is nothing, or a file of no bytes."""
    try:
        status = os.lstat(path)
    except OSError:
        return True
    return stat.S_ISREG(status.st_mode) and not status.st_size


def history_of(trail: ProjectTrail, root: Path, name: str) -> History:
    """Return what the project's trail tells, once all of it was verified with the project's key.

    The records are those under its newest checkpoint: the published one, or that of the log where a power cut left an
    older one or none. Verifying refuses a published checkpoint that is neither.

    Args:
        trail: the project's trail.
        root: the project's folder.
        name: the checkpoint's path, for messages.

    Raises:
        EvidenceError: the trail is not valid.
    """
    from policykit.trail.history import read_history
    from policykit.trail.proof import published_checkpoint

    try:
        folder = Path(resolve(trail.folder, root))
        newest = published_checkpoint(folder).note.to_bytes()
        return read_history(
            folder, newest, [trail.key], kept=frozenset({AGREED, "verdict"}),
            first=BUILDS | {"genesis"}, head=trail.head, witness_policy=trail.witness_policy,
        )  # fmt: skip
    except (TrailError, KeyMaterialError) as problem:
        known = next(iter(problem.diagnostics), None) or Diagnostic("PK731", str(problem))
        verify = shlex.join(
            ["policykit", "trail", "verify", trail.folder, "--vkey", trail.key.to_text(), *trail.verified_with]
        )
        raise refusal(
            "PK731",
            f"the trail is not valid: {known.message}",
            place=name,
            expected=known.expected or f"a trail that {quoted(trail.key.name)} signed",
            got=known.got,
            help=f"`{verify}` says more",
        ) from None
