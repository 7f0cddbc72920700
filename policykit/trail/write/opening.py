"""Opening a trail for writing: beginning it, or recovering what a crash left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from policykit.trail import entries
from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.format.note import NoteSigner, NoteVerifier
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk
from policykit.trail.write import recovery
from policykit.trail.write.clock import Clock, boot_id
from policykit.trail.write.options import TrailOptions
from policykit.trail.write.signing.handing_over import take_up_signers
from policykit.trail.write.signing.head import RememberedHead
from policykit.trail.write.signing.heads import Heads, Stored
from policykit.trail.write.signing.log_append import cut_torn_line
from policykit.trail.write.signing.tail_note import End, TailNote
from policykit.trail.write.unsigned_records import UnsignedRecords
from policykit.trail.write.writer import Writer


def open_writer(  # noqa: PLR0913 - what it works with
    paths: TrailPaths,
    signers: Sequence[NoteSigner],
    verifiers: Sequence[NoteVerifier],
    *,
    clock: Clock,
    options: TrailOptions,
    disk: LocalDisk,
) -> Writer:
    """Return a writer that stands after the last record, having recovered what a crash left.

    Args:
        paths: the trail; begun when there is none.
        signers: sign heads; the first one's name is the origin.
        verifiers: keys whose published checkpoint is believed.
        clock: the time in records.
        options: how records are written.
        disk: the operations on files.

    Raises:
        CodedTrailError: when the trail is damaged, was rolled back, or cannot be written.
    """
    directory = Path(options.state_directory or default_state_directory(os.environ))
    if directory.resolve().is_relative_to(paths.root.resolve()):
        raise trail_problem("PK713", "the head must be remembered outside the trail", place=str(directory))
    for path in (paths.root, paths.segments):
        disk.make_directory(path)
    origin = signers[0].name
    remembered = RememberedHead(directory, origin, disk)
    writer = Writer(
        paths,
        heads=Heads(paths, signers=signers, verifiers=verifiers, clock=clock, disk=disk, remembered=remembered),
        note=TailNote(directory, origin, disk),
        clock=clock,
        disk=disk,
        boot=options.boot or boot_id(),
    )
    writer.open_lock()
    try:
        with writer.exclusive():
            _recover(writer, verifiers, options, origin)
    except BaseException:
        writer.close(forked=True)
        raise
    return writer


def _recover(writer: Writer, verifiers: Sequence[NoteVerifier], options: TrailOptions, origin: str) -> None:
    is_alone = writer.join()
    writer.note.open()
    paths, heads = writer.paths, writer.heads
    is_log_torn = cut_torn_line(writer.disk, paths.checkpoints_log)
    newest = heads.log.follow()
    remembered = heads.remembered.read()
    published = recovery.published_head(paths, list(verifiers), origin)
    logged = newest.checkpoint if newest is not None else None
    known = [head for head in (remembered, published, logged) if head is not None]
    # Whoever can write the trail's folder can write a head into the log: it counts when its signature does.
    is_verified = newest is not None and heads.is_verified(newest)
    signed = max((head.size for head in (remembered, published, logged if is_verified else None) if head), default=0)
    if not any(paths.segment(number).stat().st_size for number in paths.segment_numbers()):
        _begin(writer, verifiers, options, signed)
        return
    torn = recovery.set_torn_tail_aside(paths, writer.disk)
    ends = writer.note.read()
    unsigned = UnsignedRecords(paths.root, origin, signed)
    found = recovery.load(paths, heads.tree, known, {end.size for end in ends}, unsigned)
    sizes = (found.named.size if found.named else 0, published.size if published else 0)
    _refuse_lost_lines(paths, logged, max(sizes))
    foreign = _first_foreign(found, signed, ends)
    lost = (found.seq, ends[0].size - 1) if ends and found.seq < ends[0].size else None
    unsigned.refuse_pruning(foreign if heads.can_verify else None)
    is_unfinished = take_up_signers(heads, found.rotation, newest, foreign, str(paths.root))
    if newest is not None:
        heads.refuse_forged(newest)
    named = dict.fromkeys((*unsigned.named, *([found.named] if found.named else ())))
    heads.log.check_after(named, origin, heads.refuse_forged)
    if unsigned.pruned and not heads.has_segments(unsigned.pruned):
        raise trail_problem("PK710", "an unsigned record gives a segment a root that it has not", place=str(paths.root))
    writer.start_at(Stored(found.seq, found.prev, found.segment, found.segment_bytes))
    heads.resume(published.size if published else 0, remembered)
    is_behind = remembered is not None and logged is not None and remembered.size < logged.size
    causes = {
        "torn-record": torn is not None,
        "torn-checkpoint-log": is_log_torn,
        # Another open writer may have records that it has not signed yet: then they are no trace of a crash.
        "unsigned-records": is_alone and found.seq > signed and foreign != signed,
        "foreign-records": foreign is not None,
        "lost-records": lost is not None,
        "no-remembered-head": remembered is None,
        "older-remembered-head": is_behind,
        "unpublished-head": is_alone and remembered not in {None, published} and bool(verifiers) and not is_behind,
    }
    if any(causes.values()):
        record = entries.recovery(
            causes=[cause for cause, holds in causes.items() if holds],
            torn={"file": torn.file, "bytes": torn.bytes, "sha256": torn.sha256} if torn else None,
            adopted=max(0, found.seq - signed),
            foreign=(foreign, found.seq - 1) if foreign is not None else None,
            lost=lost,
        )
        writer.append((record,), True)
    if any(causes.values()) or is_unfinished:
        writer.checkpoint()


def _refuse_lost_lines(paths: TrailPaths, logged: Checkpoint | None, wanted: int) -> None:
    """Refuse a log without a head that is published or named: it is durable before, so no crash takes it away."""
    size = logged.size if logged else 0
    if size < wanted:
        raise trail_problem(
            "PK717", "the checkpoint log lacks a head that was published or named by a record",
            place=str(paths.checkpoints_log), expected=f"a head of {wanted} records", got=str(size),
            help="restore the log from a copy",
        )  # fmt: skip


def _first_foreign(found: recovery.Found, signed: int, ends: Sequence[End]) -> int | None:
    """Return the first unsigned record that no writer of this trail is known to have written; None for none."""
    if found.seq <= signed or End(found.seq, found.prev) in ends:
        return None
    return max((end.size for end in ends if end.size > signed and found.at.get(end.size) == end.last), default=signed)


def _begin(writer: Writer, verifiers: Sequence[NoteVerifier], options: TrailOptions, signed: int) -> None:
    if signed:
        raise trail_problem(
            "PK711", "the trail is empty, and its remembered head is not", place=str(writer.paths.root),
            expected=f"at least {signed} records", got="none",
            help="the trail was removed: restore it, or begin one under another name; " + recovery.ANOTHER_TRAIL,
        )  # fmt: skip
    if writer.paths.segment(0).exists():
        recovery.set_torn_tail_aside(writer.paths, writer.disk)
    writer.open_segment(0)
    created = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=writer.clock.now_ns() // 1000)
    record = entries.genesis(
        origin=writer.heads.signers[0].name,
        keys=[to_text() for v in verifiers if (to_text := getattr(v, "to_text", None)) is not None],
        created=created,
        retention_days=options.retention_days,
        sync=options.sync.value,
        segment_records=SEGMENT_RECORDS,
    )
    writer.append((record,), True)
    writer.checkpoint()


def default_state_directory(environment: os._Environ[str]) -> Path:
    """Return where heads are remembered. Source: XDG Base Directory Specification, XDG_STATE_HOME."""
    home = environment.get("XDG_STATE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "policykit" / "trails"
