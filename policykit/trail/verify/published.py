"""What the file `checkpoint` may be beside the log: a copy of one of its heads, or what a power cut leaves of one."""

from __future__ import annotations

from policykit.trail.format.checkpoint import parse_checkpoint
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.note import MAX_NOTE_BYTES
from policykit.trail.format.regular import NOT_REGULAR, open_regular, reason_of
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.verify.heads import HeadLog


def read_published(paths: TrailPaths) -> bytes | None:
    """Return the published checkpoint's bytes; None when there is no such file.

    Raises:
        CodedTrailError: PK706 when it is no regular file, PK700 when it cannot be read.
    """
    place = str(paths.checkpoint)
    try:
        with open_regular(paths.checkpoint) as file:
            return file.read(MAX_NOTE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        code = "PK706" if error.errno in NOT_REGULAR else "PK700"
        raise trail_problem(code, f"cannot read the checkpoint: {reason_of(error)}", place=place) from None


def compare_published(paths: TrailPaths, data: bytes | None, heads: HeadLog) -> str:
    """Hold the published checkpoint against the log; return a note, or nothing when it is the newest head.

    Raises:
        CodedTrailError: it is neither in the log nor what a power cut leaves.
    """
    if data is None:
        return "the published checkpoint is missing, as after a power cut; the log decides"
    if len(data) > MAX_NOTE_BYTES:
        raise trail_problem("PK706", f"a checkpoint larger than {MAX_NOTE_BYTES} bytes", place=str(paths.checkpoint))
    rest = data.rstrip(b"\0")
    if not rest:
        return "the published checkpoint is empty, as after a power cut; the log decides"
    if not len(heads):
        raise _foreign(paths, "an empty log")
    newest = heads.note(len(heads) - 1)
    if data == newest.note.to_bytes():
        return ""
    size = _size_in_log(data, heads)
    if size is not None and size < newest.checkpoint.size:
        return f"the published checkpoint is older, of size {size}; the log goes on to size {newest.checkpoint.size}"
    if size is None and not newest.note.to_bytes().startswith(rest):
        raise _foreign(paths, f"`{shown(data)}`")
    return "" if size is not None else "the published checkpoint was cut off, as by a power cut; the log decides"


def _size_in_log(data: bytes, heads: HeadLog) -> int | None:
    """Return the size of the head in the log that these bytes are a copy of; None when they are of none."""
    try:
        size = parse_checkpoint(data).checkpoint.size
    except CodedTrailError:
        return None
    is_there = any(signed.note.to_bytes() == data for signed in heads.notes(heads.of_size(size)))
    return size if is_there else None


def _foreign(paths: TrailPaths, got: str) -> CodedTrailError:
    return trail_problem(
        "PK706", "the published checkpoint is not in the log", place=str(paths.checkpoint),
        expected=f"a copy of a line of `{paths.checkpoints_log.name}`", got=got,
        help="one of the two files was changed or removed; restore both from one copy",
    )  # fmt: skip
