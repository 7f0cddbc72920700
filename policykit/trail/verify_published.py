"""What the file `checkpoint` may be beside the log: a copy of one of its heads, or what a power cut leaves of one."""

from __future__ import annotations

from policykit.trail.checkpoint import SignedCheckpoint, parse_checkpoint
from policykit.trail.layout import TrailPaths
from policykit.trail.note import MAX_NOTE_BYTES, NoteSignature
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.regular import NOT_REGULAR, open_regular, reason_of
from policykit.trail.verify_heads import HeadLog


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
    if not data.rstrip(b"\0"):
        return "the published checkpoint is empty, as after a power cut; the log decides"
    if not len(heads):
        raise _foreign(paths, "an empty log")
    newest = heads.note(len(heads) - 1)
    size = newest.checkpoint.size
    whole = newest.note.with_signatures(heads.cosignatures((size,)).get(size, ())).to_bytes()
    if data == whole or data == newest.note.to_bytes():
        return ""
    rest = data.rstrip(b"\0")
    if whole.startswith(rest) and (rest != data or not _is_whole(data)):
        return "the published checkpoint was cut off, as by a power cut; the log decides"
    found = _in_log(paths, data, heads)
    older = f"the published checkpoint is older, of size {found}; the log goes on to size {size}"
    return "" if found == size else older


def _is_whole(data: bytes) -> bool:
    try:
        parse_checkpoint(data)
    except CodedTrailError:
        return False
    return True


def _in_log(paths: TrailPaths, data: bytes, heads: HeadLog) -> int:
    """Return the size of the published checkpoint.

    Raises:
        CodedTrailError: no head of the log is the same, or a signature of it stands nowhere in the log.
    """
    published = parse_checkpoint(data, str(paths.checkpoint))
    size = published.checkpoint.size
    wanted = set(published.note.signatures)
    cosignatures = heads.cosignatures((size,)).get(size, ())
    for logged in heads.notes(heads.of_size(size)):
        if logged.note.text == published.note.text and _is_copy(logged, published, wanted - set(cosignatures)):
            return size
    raise _foreign(paths, f"size {size}")


def _is_copy(logged: SignedCheckpoint, published: SignedCheckpoint, signatures: set[NoteSignature]) -> bool:
    own = set(logged.note.signatures)
    return signatures <= own <= set(published.note.signatures)


def _foreign(paths: TrailPaths, got: str) -> CodedTrailError:
    return trail_problem(
        "PK706", "the published checkpoint is not in the log", place=str(paths.checkpoint),
        expected=f"a copy of a line of `{paths.checkpoints_log.name}`", got=got,
        help="one of the two files was changed or removed; restore both from one copy",
    )  # fmt: skip
