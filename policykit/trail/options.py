"""How a trail is written: when records become durable, when heads are signed, what a failure does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from policykit.trail.problems import CodedTrailError


class SyncMode(StrEnum):
    """When `append` returns."""

    ALWAYS = "always"
    """When the record is durable; each record is synced by itself."""
    GROUP = "group"
    """When the record is durable; records that wait at the same time share one sync."""
    OS = "os"
    """When the operating system has the record: it survives the process, not a power cut."""


class FailurePolicy(StrEnum):
    """What happens to the guarded call when its record cannot be written."""

    BLOCK = "block"
    """`append` raises, and with it the call is refused."""
    ALLOW_AND_ALARM = "allow_and_alarm"
    """`append` returns a receipt that says it was not recorded, and the alarm is raised."""


@dataclass(frozen=True, slots=True)
class TrailOptions:
    """How a trail is written. The defaults lose nothing that was acknowledged and block on failure."""

    sync: SyncMode = SyncMode.GROUP
    group_records: int = 64
    """How many submitted records make a group that is committed at once."""
    group_delay_s: float = 0.01
    """After how many seconds a submitted record is committed even if its group is small."""
    checkpoint_records: int = 64
    """A head is signed with the append that makes this many unsigned records, at the end of a segment, on closing."""
    checkpoint_interval_s: float = 1.0
    """A head is signed at most this many seconds after the oldest record that none covers, whether or not more records
    come; and at once with the first append this many seconds after the last signature."""
    on_failure: FailurePolicy = FailurePolicy.BLOCK
    alarm: Callable[[CodedTrailError], None] | None = None
    """Called with every record that could not be written under `ALLOW_AND_ALARM`, which requires it, and with every
    head that could not be signed. What it raises is logged and goes no further."""
    state_directory: str | os.PathLike[str] | None = None
    """Where the head is remembered: by default below the user's state directory, never inside the trail."""
    retention_days: int | None = None
    """Stated in record 0 of a new trail: how long records are kept at least. None: for ever."""
    boot: str = ""
    """Identifies the host's uptime in records; read from the system when empty."""


class Receipt(NamedTuple):
    """What became of a record."""

    recorded: bool
    seq: int = -1
    """The record's number, -1 when it was not recorded."""
    durable: bool = False
    """Whether it would survive a power cut."""
    signed: bool = False
    """Whether a signed head covers it already; if not, one does within `checkpoint_interval_s`."""
    problem: CodedTrailError | None = None
    """Why it was not recorded, or why the head over it could not be signed; the next append tries that first."""
