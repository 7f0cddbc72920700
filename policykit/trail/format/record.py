"""Records: one JSON object a line, hashed exactly as stored.

Every record begins with the same members in the same order, so that a verifier follows the chain without a JSON parser:

    {"v":1,"seq":7,"prev":"<64 hex>","ts":"2026-01-31T09:00:00.000000Z","type":"decision","mono_ns":1,"boot":"..." ...}

The first record that a writer appends after a new head names that head between `type` and `mono_ns`:
`"head":<size>,"log":"<64 hex>"`, so that the next signature covers the earlier lines of the checkpoint log.

`prev` is the RFC 6962 leaf hash of the record before it, 64 zeros for record 0. `ts` is the writer's clock; `mono_ns`
(nanoseconds of a clock that never steps back, comparable within one `boot`) makes steps of the first visible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from policykit.encoding.strict_json import StrictJsonError, read_json_object
from policykit.trail.format.layout import MAX_RECORD_BYTES
from policykit.trail.problems import shown, trail_problem

FORMAT_VERSION = 1
NO_PREVIOUS = "0" * 64


class RecordType(StrEnum):
    """What a record is about."""

    GENESIS = "genesis"
    DEFINITION_AGREED = "definition_agreed"
    BUILD_STARTED = "build_started"
    POLICY_ACTIVATED = "policy_activated"
    DECISION = "decision"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL = "approval"
    APPROVAL_USED = "approval_used"
    APPROVAL_LAPSED = "approval_lapsed"
    VERDICT = "verdict"
    STOP_TRIPPED = "stop_tripped"
    STOP_RESUMED = "stop_resumed"
    WAIVER = "waiver"
    KEY_ROTATION = "key_rotation"
    RECOVERY = "recovery"
    ERASURE = "erasure"
    PRUNE = "prune"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class Record:
    """What is to be appended: its type, and its own members as JSON text without the braces."""

    type: RecordType
    members: str


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record read back."""

    seq: int
    prev: str
    ts: str
    type: str
    """One of `RecordType`, or a type that a newer version writes."""
    members: dict[str, object]
    """All members, the leading ones included."""
    raw: bytes
    """The bytes that are hashed: the line without its line feed."""
    head: int | None = None
    """The size of the head that the record names; None when it names none."""
    log: str = ""
    """SHA-256 of the checkpoint log through the line of that head, in hexadecimal digits."""


HEADER = re.compile(
    rb'\{"v":1,"seq":(0|[1-9][0-9]{0,18}),"prev":"([0-9a-f]{64})",'
    rb'"ts":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","type":"([a-z][a-z_]{0,31})"'
    rb'(?:,"head":(0|[1-9][0-9]{0,18}),"log":"([0-9a-f]{64})")?(?!,"(?:head|log)":)[,}]'
)
"""The leading members; groups: seq, prev, ts, type, and head and log where the record names a head."""

HEADER_BYTES = 320
"""More than the longest header has."""

_CONTROL_TO_ZERO = bytes(0 if byte < 0x20 and byte != 0x0A else 1 for byte in range(256))


def holds_control_bytes(data: bytes) -> bool:
    """Say whether bytes hold a control character other than LF: JSON escapes them, and lines end in LF alone."""
    return 0 in data.translate(_CONTROL_TO_ZERO)


def encode_record(  # noqa: PLR0913, PLR0917 - the leading members
    record: Record, seq: int, prev: str, ts: str, mono_ns: int, boot: str, named: str = ""
) -> bytes:
    """Return the bytes of a record as stored, without the line feed.

    Args:
        record: what is to be stored.
        seq: its number.
        prev: the leaf hash of the record before it.
        ts: the writer's clock, as text.
        mono_ns: the clock that never steps back.
        boot: the host's uptime that this clock belongs to.
        named: `naming` of the head before it, where the record has to name one; left out where it does not fit, and the
            next record names it.

    Raises:
        CodedTrailError: when the record is too long, or holds a text that is not Unicode.
    """
    members = record.members
    text = (
        f'{{"v":1,"seq":{seq},"prev":"{prev}","ts":"{ts}","type":"{record.type._value_}",{named}'
        f'"mono_ns":{mono_ns},"boot":"{boot}"{"," if members else ""}{members}}}'
    )
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise trail_problem("PK726", "a record with a lone surrogate, which is no character") from None
    if len(data) > MAX_RECORD_BYTES:
        if named:
            return encode_record(record, seq, prev, ts, mono_ns, boot)
        raise trail_problem(
            "PK709",
            "a record that is too long",
            expected=f"at most {MAX_RECORD_BYTES} bytes",
            got=f"{len(data)} bytes",
            help="keep large payloads in the vault and record their commitments",
        )
    return data


def check_writable(record: Record) -> None:
    """Check that a record can be stored, whatever its number and its time will be.

    Raises:
        CodedTrailError: it is too long, or holds a text that is not Unicode.
    """
    members = record.members
    if len(members) > _SURELY_FITS or not members.isascii():
        encode_record(record, 10**19 - 1, "0" * 64, "0" * 27, 2**63, "0" * 36)


_SURELY_FITS = MAX_RECORD_BYTES - 1_024
"""Bytes of members beside which the leading ones have room."""


def naming(size: int, log: str) -> str:
    """Return the members that name a head, with the comma after them."""
    return f'"head":{size},"log":"{log}",'


def parse_record(line: bytes, place: str = "") -> StoredRecord:
    """Return the record of a line without its line feed, read strictly.

    Raises:
        CodedTrailError: when the line is not a record, or one that readers would disagree about.
    """
    header = HEADER.match(line)
    if header is None or len(line) > MAX_RECORD_BYTES:
        raise trail_problem(
            "PK701",
            "not a record",
            place=place,
            expected='`{"v":1,"seq":...,"prev":"...","ts":"...","type":"..."`',
            got=f"`{shown(line)}`",
        )
    try:
        members = read_json_object(line)
    except StrictJsonError as error:
        raise trail_problem("PK701", f"a record that cannot be read: {error}", place=place) from None
    seq, prev, ts, kind, head, log = (group.decode("ascii") for group in header.groups(b""))
    return StoredRecord(int(seq), prev, ts, kind, members, line, int(head) if head else None, log)
