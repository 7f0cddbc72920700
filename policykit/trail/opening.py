"""Opening a trail for writing: beginning it, or recovering what a crash left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from policykit.trail import entries, recovery
from policykit.trail.checkpoint import Checkpoint
from policykit.trail.clock import Clock, boot_id
from policykit.trail.head import RememberedHead
from policykit.trail.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.note import NoteSigner, NoteVerifier
from policykit.trail.options import TrailOptions
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk
from policykit.trail.writer import Writer


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
    writer = Writer(
        paths,
        signers=signers,
        clock=clock,
        disk=disk,
        head=RememberedHead(directory, signers[0].name, disk),
        boot=options.boot or boot_id(),
    )
    writer.open_lock()
    try:
        with writer.exclusive():
            _recover(writer, signers, verifiers, options)
    except BaseException:
        writer.close(forked=True)
        raise
    return writer


def _recover(
    writer: Writer, signers: Sequence[NoteSigner], verifiers: Sequence[NoteVerifier], options: TrailOptions
) -> None:
    is_alone = writer.join()
    remembered = writer.head.read()
    published = recovery.published_head(writer.paths, list(verifiers), writer.origin)
    if not any(writer.paths.segment(n).stat().st_size for n in writer.paths.segment_numbers()):
        _begin(writer, verifiers, options, remembered or published)
        return
    writer.log.follow()
    torn = recovery.set_torn_tail_aside(writer.paths, writer.disk)
    known = [head for head in (remembered, published) if head is not None]
    found = recovery.load(writer.paths, writer.tree, known)
    if found.rotated_to and found.rotated_to not in {signer.key_id.hex() for signer in signers}:
        raise trail_problem(
            "PK805", "the key was rotated", place=str(writer.paths.root), expected=f"the key `{found.rotated_to}`",
            got=f"`{signers[0].key_id.hex()}`", help="open the trail with the key that the rotation names",
        )  # fmt: skip
    writer.open_segment(found.segment)
    writer.start_at(found.seq, found.prev, found.segment_bytes)
    signed = max((head.size for head in known), default=0)
    writer.resume(published.size if published else 0, remembered)
    # Another open writer may have records that it has not signed yet: then they are no trace of a crash.
    unpublished = is_alone and bool(verifiers) and published != remembered
    causes = _causes(torn is not None, is_alone and found.seq > signed, remembered is None, unpublished)
    if causes:
        fragment = {"file": torn.file, "bytes": torn.bytes, "sha256": torn.sha256} if torn else None
        record = entries.recovery(causes=causes, torn=fragment, adopted=max(0, found.seq - signed))
        writer.append((record,), True)
        writer.checkpoint()


def _begin(writer: Writer, verifiers: Sequence[NoteVerifier], options: TrailOptions, head: Checkpoint | None) -> None:
    if head is not None and head.size:
        raise trail_problem(
            "PK711", "the trail is empty, and its remembered head is not", place=str(writer.paths.root),
            expected=f"at least {head.size} records", got="none",
            help="the trail was removed; restore it, or begin a new trail under another name",
        )  # fmt: skip
    if writer.paths.segment(0).exists():
        recovery.set_torn_tail_aside(writer.paths, writer.disk)
    writer.open_segment(0)
    created = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=writer.clock.now_ns() // 1000)
    record = entries.genesis(
        origin=writer.origin,
        keys=[to_text() for v in verifiers if (to_text := getattr(v, "to_text", None)) is not None],
        created=created,
        retention_days=options.retention_days,
        sync=options.sync.value,
        segment_records=SEGMENT_RECORDS,
    )
    writer.append((record,), True)
    writer.checkpoint()


def _causes(torn: bool, unsigned: bool, forgotten: bool, unpublished: bool) -> list[str]:  # noqa: FBT001 - four facts
    named = {
        "torn-record": torn,
        "unsigned-records": unsigned,
        "no-remembered-head": forgotten,
        "unpublished-head": unpublished and not forgotten,
    }
    return [cause for cause, holds in named.items() if holds]


def default_state_directory(environment: os._Environ[str]) -> Path:
    """Return where heads are remembered. Source: XDG Base Directory Specification, XDG_STATE_HOME."""
    home = environment.get("XDG_STATE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "policykit" / "trails"
