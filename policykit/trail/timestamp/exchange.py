"""Stamping the newest checkpoint of a trail: what to send, and which answer to keep. No private key is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policykit.trail.format.checkpoint import SignedCheckpoint, signatures_by
from policykit.trail.format.checkpoint_log import log_lines, read_log_line
from policykit.trail.format.keys import VerifierKey
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.problems import trail_problem
from policykit.trail.timestamp.token import (
    Authorities,
    Stamp,
    build_request,
    is_over,
    nonce_of_request,
    nonce_of_token,
    token_of_answer,
    verify_token,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A token that can be kept."""

    size: int
    """Of the checkpoint that it is over."""
    token: bytes
    stamp: Stamp | None
    """What it says; None when no authority was given to verify it with."""


def request_for(path: Path, keys: Sequence[VerifierKey]) -> bytes:
    """Return a request for a token over the newest checkpoint of a trail.

    Raises:
        CodedTrailError: when there is no checkpoint, or none of the keys signed it.
    """
    newest = published_checkpoint(path)
    _check_trail(newest, keys, path)
    return build_request(newest.note.text.encode())


def accept(  # noqa: PLR0913 - what an answer is held against
    path: Path,
    keys: Sequence[VerifierKey],
    answer: bytes,
    *,
    request: bytes | None,
    authorities: Authorities | None,
    place: str = "",
) -> Accepted:
    """Return the token of an authority's answer, and which checkpoint of the trail it is over.

    Args:
        path: the trail's directory.
        keys: the trail's verifier keys; the checkpoint must be signed by one.
        answer: in DER.
        request: what was asked; None does not compare the nonce.
        authorities: whose signature is wanted; None does not verify it.
        place: where the answer comes from.

    Raises:
        CodedTrailError: when it is no answer, a refusal, an answer to another request, over no checkpoint of this
            trail, or not signed as wanted.
    """
    token = token_of_answer(answer, place)
    if request is not None and nonce_of_token(token, place) != nonce_of_request(request):
        raise trail_problem("PK755", "a time stamp that answers another request", place=place, expected="its nonce")
    for signed in _checkpoints(path):
        text = signed.note.text.encode()
        if is_over(token, text, place):
            _check_trail(signed, keys, path)
            stamp = verify_token(token, text, authorities, place) if authorities else None
            return Accepted(signed.checkpoint.size, token, stamp)
    raise trail_problem("PK754", "a time stamp over no checkpoint of this trail", place=place)


def _check_trail(signed: SignedCheckpoint, keys: Sequence[VerifierKey], path: Path) -> None:
    signatures_by(signed, keys, str(path))
    if signed.checkpoint.origin not in {key.name for key in keys}:
        raise trail_problem("PK728", "a checkpoint of another trail", place=str(path))


def _checkpoints(path: Path) -> Iterator[SignedCheckpoint]:
    """Yield the newest checkpoint and then those of the log."""
    yield published_checkpoint(path)
    log = TrailPaths(path).checkpoints_log
    for number, line in log_lines(log):
        if not line.endswith(b"\n"):
            return  # what a crash left
        entry = read_log_line(line, f"{log}:{number}")
        if entry.checkpoint is not None:
            yield entry.checkpoint
