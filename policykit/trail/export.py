"""Records for people and for other tools: rows of a table, and CSV, JSON lines and CloudEvents that can be joined."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from policykit.source.visible import visible
from policykit.trail.format.record import StoredRecord
from policykit.trail.query import clauses_of


class ExportFormat(StrEnum):
    """What records are exported as."""

    JSONL = "jsonl"
    """The stored lines."""
    CSV = "csv"
    CLOUDEVENTS = "cloudevents"
    """CloudEvents 1.0 in JSON, one a line."""


_INSIDE = {
    "policy": ("policy", "name"),
    "policy_version": ("policy", "version"),
    "policy_digest": ("policy", "digest"),
    "input_tokens": ("tokens", "input"),
    "output_tokens": ("tokens", "output"),
    "provider": ("model", "provider"),
    "model": ("model", "name"),
    "model_version": ("model", "version"),
}
"""Columns whose value stands inside of a member."""
COLUMNS = (
    "seq", "ts", "type", "decision_id", "call_id", "phase", "function", "tool", "outcome", "refused", "ended",
    "error_type", "at", "clauses", *_INSIDE, "cost_usd", "principal", "principal_kind", "environment", "request",
    "clause", "approver", "role", "granted", "reason", "asked_at", "answered_at", "expires", "arguments",
    "arguments_left_out", "effects", "fallback", "instead", "instead_of", "stop", "cause", "scope", "error", "checked",
    "by", "verdict", "gate", "trace_id", "span_id",
)  # fmt: skip
"""Of a CSV export. `decision_id`, `call_id` and `request` join the records of one call and of one approval."""


_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula, in full width too."""
_SPACES = "\n\t\u00a0\u202f\u3000"
"""What no printer shows and people write all the same."""
_HALF = re.compile("[\ud800-\udfff]")


def summary(record: StoredRecord) -> tuple[str, str, str, str, str, str]:
    """Return what a person reads first: number, time, type and function, what came of it, clauses, who."""
    members = record.members
    function = members.get("tool") or members.get("function")
    kind = f"{record.type} {function}" if isinstance(function, str) else record.type
    signers = members.get("signers")
    names = ", ".join(map(str, signers)) if isinstance(signers, list) else _who(members)
    cells = (str(record.seq), f"{record.ts[:19]}Z", kind, _came_of_it(members), _clauses(record), names)
    printable = list(map(visible, cells))
    return (printable[0], printable[1], printable[2], printable[3], printable[4], printable[5])


def export_lines(records: Iterator[StoredRecord], form: ExportFormat, origin: str) -> Iterator[bytes]:
    """Yield the lines of an export."""
    if form is ExportFormat.CSV:
        yield _csv_line(COLUMNS)
    for record in records:
        if form is ExportFormat.JSONL:
            yield record.raw + b"\n"
        elif form is ExportFormat.CSV:
            yield _csv_line(_row(record))
        else:
            yield _cloud_event(record, origin)


def call_of(members: Mapping[str, object]) -> str:
    """Return the call that a record belongs to: the part of `decision_id` before its last dot."""
    decision_id = members.get("decision_id")
    return decision_id.rpartition(".")[0] if isinstance(decision_id, str) else ""


def _who(members: Mapping[str, object]) -> str:
    """Return for whom a call was made, and who approved it; of other records, whoever did it."""
    if "phase" in members and members.get("approver"):
        approved = f"approved by {members['approver']}"
        return f"{members['principal']}, {approved}" if members.get("principal") else approved
    found = [members[name] for name in ("principal", "approver", "by", "owner", "authority") if members.get(name)]
    return str(found[0]) if found else ""


def _came_of_it(members: Mapping[str, object]) -> str:
    """Return the outcome of a record; of a decision, whether the call was refused and how it ended, at a glance."""
    if "phase" not in members or "outcome" not in members:
        given = members.get("granted")
        answer = {True: "granted", False: "denied"}[given] if isinstance(given, bool) else ""
        return str(members.get("verdict") or members.get("stop") or members.get("outcome") or answer)
    outcome = str(members["outcome"])
    words = ["refused"] if members.get("refused") is True else []
    words += [] if members.get("ended") is None else [f"{members['ended']} {members.get('error_type', '')}".strip()]
    return ", ".join([*words, *([] if outcome == "none" else [outcome])])


def _row(record: StoredRecord) -> list[str]:
    members = {**record.members, "call_id": call_of(record.members), "clauses": _clauses(record)}
    for column, (outer, inner) in _INSIDE.items():
        holder = record.members.get(outer)  # not of `members`: a column has the name of its member (`policy`, `model`)
        members[column] = holder.get(inner, "") if isinstance(holder, dict) else ""
    return [_cell(members.get(column, "")) for column in COLUMNS]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return visible(" ".join(map(str, value)) if isinstance(value, list) else str(value), keep=_SPACES)


def _clauses(record: StoredRecord) -> str:
    return " ".join(f"{name}={outcome}" if outcome else name for name, outcome in clauses_of(record).items())


def _csv_line(row: tuple[str, ...] | list[str]) -> bytes:
    """Return a line; a cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    safe = [f"'{cell}" if cell.lstrip()[:1] in _FORMULA or cell[:1] == "\t" else cell for cell in row]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(safe)
    return buffer.getvalue().encode()


def _cloud_event(record: StoredRecord, origin: str) -> bytes:
    """Return a CloudEvent; its subject is the call. Source: CloudEvents 1.0.2, JSON event format."""
    call = call_of(record.members)
    event = {
        "specversion": "1.0",
        "id": f"{origin}/{record.seq}",
        "source": origin,
        "type": f"policykit.trail.{record.type}",
        **({"subject": call} if call else {}),
        "time": record.ts,
        "datacontenttype": "application/json",
        "data": record.members,
    }
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    if _HALF.search(text):
        text = json.dumps(event, separators=(",", ":"))  # half a character has no UTF-8 form, and JSON can escape it
    return text.encode() + b"\n"
