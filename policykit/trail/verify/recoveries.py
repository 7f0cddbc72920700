"""What recovery records say, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.trail.format.record import StoredRecord
from policykit.trail.problems import shown

FOREIGN = "no writer of this trail is known to have written"
_SHOWN = 20
"""Recoveries that are told one by one; a service that crashes all the time has thousands."""


def recovery_notes(records: Sequence[StoredRecord]) -> list[str]:
    """Return a sentence for each recovery, the newest ones of many."""
    left_out = len(records) - _SHOWN
    notes = [f"{left_out} older recovery records are not listed"] if left_out > 0 else []
    return notes + [f"record {record.seq}: the trail was opened again; {_told(record)}" for record in records[-_SHOWN:]]


def _told(record: StoredRecord) -> str:
    causes = record.members.get("causes")
    if not isinstance(causes, list) or not causes:
        return "the record does not say why"
    return "; ".join(_cause(str(cause), record) for cause in causes)


def _cause(cause: str, record: StoredRecord) -> str:
    if cause == "unsigned-records":
        return f"{_count(record.members.get('adopted'))} that nobody had signed yet {_verb(record)} taken over"
    if cause == "foreign-records":
        return f"{FOREIGN} {_range(record.members.get('foreign'))} taken over"
    if cause == "lost-records":
        return f"{_range(record.members.get('lost'))} written and then lost, by a power cut or by being cut off"
    return _PLAIN.get(cause) or f"cause `{shown(cause)}`"


_PLAIN = {
    "torn-record": "a record that was cut off in the middle was set aside",
    "no-remembered-head": "no head was remembered, so a rollback before this record would not show",
    "older-remembered-head": "the remembered head was older than the trail, so a rollback may not have shown",
    "unpublished-head": "a head had been signed and not published",
    "torn-checkpoint-log": "the last line of the checkpoint log had been cut off and was removed",
}


def _count(value: object) -> str:
    known = isinstance(value, int) and not isinstance(value, bool)
    return ("1 record" if value == 1 else f"{value} records") if known else "records"


def _verb(record: StoredRecord) -> str:
    return "was" if record.members.get("adopted") == 1 else "were"


def _range(value: object) -> str:
    """Return the records that a member such as `foreign` names, and what they were."""
    first, last = (value.get("first"), value.get("last")) if isinstance(value, dict) else (None, None)
    if not isinstance(first, int) or not isinstance(last, int):
        return "records that were"
    return f"record {first}, which was" if first == last else f"records {first} to {last}, which were"
