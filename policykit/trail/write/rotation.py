"""Handing signing over to another key, also when an earlier attempt was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from policykit.trail.format.keys import SigningKey
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.record import HEADER
from policykit.trail.storage.local import failing_as
from policykit.trail.write.append import Trail
from policykit.trail.write.options import TrailOptions
from policykit.trail.write.recovery import Rotation, rotation_of


def hand_over(path: Path, old: SigningKey, new: SigningKey, *, reason: str, options: TrailOptions) -> int:
    """Record a rotation, and sign the head over it with both keys; finish one between these keys that was begun.

    Args:
        path: the trail's directory. No other program may be writing to it.
        old: signs until now.
        new: signs from now on; has the same name.
        reason: why.
        options: how the trail is opened.

    Returns:
        The number of the `key_rotation` record.

    Raises:
        CodedTrailError: when it cannot be recorded or signed; what was begun is finished by trying again.
    """
    begun = _last_rotation(TrailPaths(path))
    ids = [key.verifier.key_id.hex() for key in (old, new)]
    if begun is not None and [begun.old_id, begun.new_id] == ids:
        with Trail.open(path, signer=[old, new], options=options):
            return begun.seq  # opening signed with both, if nobody had
    with Trail.open(path, signer=old, options=options) as trail:
        verifiers = [key.verifier.to_text() for key in (old, new)]
        seq = trail.rotate(new.note_signer(), old_key=verifiers[0], new_key=verifiers[1], reason=reason)
        trail.checkpoint()  # raises if the head over the rotation could not be signed
        return seq


def _last_rotation(paths: TrailPaths) -> Rotation | None:
    """Return the last rotation in the newest segment."""
    found = None
    for line in _newest_lines(paths):
        header = HEADER.match(line)
        if header is not None:
            found = rotation_of(line, int(header[1])) or found
    return found


def _newest_lines(paths: TrailPaths) -> Iterator[bytes]:
    for number in paths.segment_numbers()[-1:]:
        path = paths.segment(number)
        with failing_as("read the segment", path), path.open("rb") as file:
            for lines in LineBlocks(file):
                yield from lines
