"""Which keys sign a trail that is opened: an interrupted rotation is finished with both, an old key is dropped."""

from __future__ import annotations

from collections.abc import Iterable

from policykit.trail.format.checkpoint import SignedCheckpoint
from policykit.trail.problems import trail_problem
from policykit.trail.write.recovery import Rotation
from policykit.trail.write.signing.heads import Heads


def take_up_signers(
    heads: Heads, rotation: Rotation | None, newest: SignedCheckpoint | None, foreign: int | None, place: str
) -> bool:
    """Have the trail signed by those of the given signers that count; say whether a rotation has yet to be finished.

    Args:
        heads: with the signers that were handed in.
        rotation: the last one on record.
        newest: the newest head of the log.
        foreign: the first record that no writer of this trail is known to have written; None when there is none.
        place: the trail.

    Raises:
        CodedTrailError: when none of them may sign, or the other key of an unfinished rotation is missing.
    """
    given = {signer.key_id.hex(): signer for signer in heads.signers}
    if rotation is not None and (newest is None or newest.checkpoint.size <= rotation.seq):
        if not {rotation.old_id, rotation.new_id} <= given.keys():
            _refuse_unfinished(rotation, foreign, place)
        heads.hand_over(bytes.fromhex(rotation.old_id), given[rotation.new_id])
        return True
    if rotation is not None:
        if rotation.new_id not in given:
            _refuse(given, rotation.new_id, place)
        heads.signers = tuple(signer for signer in heads.signers if signer.key_id.hex() != rotation.old_id)
    ids = [signature.key_id.hex() for signature in newest.note.signatures] if newest is not None else []
    if newest is not None and not given.keys() & set(ids):
        _refuse(given, ids[0], place)
    return False


def _refuse(given: Iterable[str], counts: str, place: str) -> None:
    raise trail_problem(
        "PK805", "another key signs this trail", place=place, expected=f"the key `{counts}`",
        got=", ".join(f"`{key_id}`" for key_id in given),
        help="open the trail with its own key: the last `key_rotation` record names it, or else record 0",
    )  # fmt: skip


def _refuse_unfinished(rotation: Rotation, foreign: int | None, place: str) -> None:
    if foreign is not None and foreign <= rotation.seq:
        raise trail_problem(
            "PK729", f"record {rotation.seq} hands signing to another key, and no writer of this trail wrote it",
            place=place,
            help="restore the trail from a copy; if you began this rotation, run `policykit trail rotate` again with "
            "the same two keys",
        )  # fmt: skip
    raise trail_problem(
        "PK805", f"the key rotation of record {rotation.seq} is not finished", place=place,
        expected=f"the keys `{rotation.old_id}` and `{rotation.new_id}`",
        help="run `policykit trail rotate` again with the same two keys",
    )  # fmt: skip
