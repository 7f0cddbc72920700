"""Reading records: filtered, in order, one at a time. Reading is strict; it does not verify."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from policykit.encoding.timestamps import format_timestamp
from policykit.trail.layout import TILE_HASHES, TrailPaths
from policykit.trail.lines import LineBlocks
from policykit.trail.problems import trail_problem
from policykit.trail.record import StoredRecord, parse_record
from policykit.trail.regular import open_regular


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted; all that is given must hold."""

    types: frozenset[str] = frozenset()
    clause: str = ""
    """The identifier of a clause that the record names."""
    since: datetime | None = None
    """Not before this instant; aware."""
    until: datetime | None = None
    """Before this instant; aware."""

    def wants(self, record: StoredRecord) -> bool:
        """Say whether a record is wanted. Instants are compared as texts, which sort as they do."""
        if self.types and record.type not in self.types:
            return False
        if self.since is not None and record.ts < format_timestamp(self.since):
            return False
        if self.until is not None and record.ts >= format_timestamp(self.until):
            return False
        return not self.clause or self.clause in clauses_of(record)


def clauses_of(record: StoredRecord) -> dict[str, str]:
    """Return the clauses that a record names, with their outcomes; the outcome is empty where it has none."""
    named = record.members.get("clauses")
    outcomes = {str(name): str(outcome) for name, outcome in named.items()} if isinstance(named, dict) else {}
    single = record.members.get("clause")
    return {**outcomes, single: ""} if isinstance(single, str) else outcomes


def read_records(path: Path, wanted: Filter | None = None) -> Iterator[StoredRecord]:
    """Yield the records of a trail in order.

    Raises:
        CodedTrailError: when there is no trail, or at the first line that is not a record.
    """
    paths = TrailPaths(path)
    numbers = paths.segment_numbers()
    if not numbers:
        raise trail_problem("PK700", "no trail here", place=str(path), expected="a directory with `seg/000000.jsonl`")
    for number in numbers:
        place = paths.segment(number)
        try:
            with open_regular(place) as file:
                for lines in LineBlocks(file):
                    for line in lines:
                        record = parse_record(line, str(place))
                        if wanted is None or wanted.wants(record):
                            yield record
        except OSError as error:
            raise trail_problem("PK700", f"cannot read the segment: {error.strerror}", place=str(place)) from None


def summary(record: StoredRecord) -> tuple[str, str, str, str, str, str]:
    """Return what a person reads first: number, time, type, outcome, clauses, who."""
    members = record.members
    outcome = str(members.get("outcome") or members.get("verdict") or members.get("stop") or "")
    clauses = " ".join(f"{name}={outcome}" if outcome else name for name, outcome in clauses_of(record).items())
    who = next(
        (str(members[name]) for name in ("principal", "approver", "by", "owner", "authority") if name in members), ""
    )
    signers = members.get("signers")
    names = ", ".join(map(str, signers)) if isinstance(signers, list) else who
    cells = (str(record.seq), f"{record.ts[:19]}Z", record.type, outcome, clauses, names)
    printable = ["".join(char if char.isprintable() else "?" for char in cell) for cell in cells]
    return (printable[0], printable[1], printable[2], printable[3], printable[4], printable[5])


class ExportFormat(StrEnum):
    """What records are exported as."""

    JSONL = "jsonl"
    """The stored lines."""
    CSV = "csv"
    CLOUDEVENTS = "cloudevents"
    """CloudEvents 1.0 in JSON, one a line."""


_COLUMNS = ("seq", "ts", "type", "outcome", "clauses", "policy", "model", "principal", "trace_id")


def export_lines(records: Iterator[StoredRecord], form: ExportFormat, origin: str) -> Iterator[bytes]:
    """Yield the lines of an export."""
    if form is ExportFormat.CSV:
        yield _csv_line(_COLUMNS)
    for record in records:
        if form is ExportFormat.JSONL:
            yield record.raw + b"\n"
        elif form is ExportFormat.CSV:
            yield _csv_line(_row(record))
        else:
            yield _cloud_event(record, origin)


def _row(record: StoredRecord) -> tuple[str, ...]:
    members = record.members
    clauses = " ".join(f"{name}={outcome}" if outcome else name for name, outcome in clauses_of(record).items())
    outcome = str(members.get("outcome") or members.get("verdict") or "")
    named = [_name(members.get(part)) for part in ("policy", "model")]
    rest = [str(members.get(part, "")) for part in ("principal", "trace_id")]
    return (str(record.seq), record.ts, record.type, outcome, clauses, *named, *rest)


def _name(value: object) -> str:
    return str(value.get("name", "")) if isinstance(value, dict) else ""


def _csv_line(row: tuple[str, ...]) -> bytes:
    """Return a line; a cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    safe = [f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in row]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(safe)
    return buffer.getvalue().encode()


def _cloud_event(record: StoredRecord, origin: str) -> bytes:
    """Return a CloudEvent. Source: CloudEvents 1.0.2, JSON event format."""
    event = {
        "specversion": "1.0",
        "id": f"{origin}/{record.seq}",
        "source": origin,
        "type": f"policykit.trail.{record.type}",
        "time": record.ts,
        "datacontenttype": "application/json",
        "data": record.members,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def entry_bundles(path: Path, size: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield index, width and bytes of each tlog-tiles entry bundle: records with a 16-bit length before each.

    Source: C2SP tlog-tiles, "Log entries". Requires an unpruned trail.
    """
    bundle: list[bytes] = []
    index = 0
    for record in read_records(path):
        if record.seq >= size:
            break
        bundle.append(len(record.raw).to_bytes(2, "big") + record.raw)
        if len(bundle) == TILE_HASHES:
            yield index, TILE_HASHES, b"".join(bundle)
            bundle, index = [], index + 1
    if bundle:
        yield index, len(bundle), b"".join(bundle)
