"""Asking a witness to cosign a trail's newest checkpoint. Source: C2SP tlog-witness."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from policykit.trail.format.checkpoint import parse_size
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.note import MAX_NOTE_BYTES, Note, NoteSignature, NoteVerifier, parse_signature_line
from policykit.trail.format.note import verified_signatures as verified
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.format.tiles import TileReader, consistency_proof
from policykit.trail.problems import trail_problem
from policykit.trail.witness.state import encode_request

Post = Callable[[str, bytes], tuple[int, bytes]]
"""Sends a body to an address; returns status and answer."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's cosignatures over the published checkpoint, verified."""

    size: int
    signatures: tuple[NoteSignature, ...]


def cosign(path: Path, url: str, verifier: NoteVerifier, post: Post | None = None) -> Cosigned:
    """Have the newest checkpoint of a trail cosigned.

    Args:
        path: the trail's directory.
        url: the witness's submission prefix.
        verifier: the witness's key.
        post: how to send; over HTTP by default.

    Raises:
        CodedTrailError: when the witness cannot be reached, refuses, or answers without a good cosignature.
    """
    send = post or post_over_http
    signed = published_checkpoint(path)
    node = TileReader(TrailPaths(path), signed.checkpoint.size).node
    size, note = signed.checkpoint.size, signed.note.to_bytes()
    address = f"{url.rstrip('/')}/add-checkpoint"
    status, body = send(address, encode_request(0, (), note))
    if status == 409:
        known = parse_size(body.decode("utf-8", "replace").removesuffix("\n"), "the witness's answer")
        if not 0 < known <= size:
            raise trail_problem(
                "PK711", "the witness has seen a longer trail", place=address, expected=f"at most {size} records",
                got=str(known), help="this trail was rolled back, or another copy of it signs too",
            )  # fmt: skip
        proof = consistency_proof(known, size, node) if known < size else []
        status, body = send(address, encode_request(known, proof, note))
    if status != 200:
        raise trail_problem("PK722", f"the witness refused with status {status}", place=address, got=_shown(body))
    lines = body.decode("utf-8", "replace").split("\n")[:-1]
    answer = Note(signed.note.text, tuple(parse_signature_line(line, address) for line in lines))
    good = verified(answer, [verifier])
    if not good:
        raise trail_problem("PK722", "the witness answered without a cosignature of its key", place=address)
    return Cosigned(size, good)


def post_over_http(address: str, body: bytes, timeout_s: float = 20.0) -> tuple[int, bytes]:
    """Send a body; return status and at most a mebibyte of the answer.

    Raises:
        CodedTrailError: when nobody answers, or when the address is not one of HTTP.
    """
    if not address.startswith(("http://", "https://")):
        raise trail_problem("PK722", "not an address of a witness", place=address, expected="`http://` or `https://`")
    request = urllib.request.Request(address, body, {"Content-Type": "text/plain"}, method="POST")  # noqa: S310 - above
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - above
            return int(answer.status), answer.read(MAX_NOTE_BYTES)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(MAX_NOTE_BYTES)
    except (OSError, ValueError) as error:
        raise trail_problem("PK722", f"the witness cannot be reached: {error}", place=address) from None


def _shown(body: bytes) -> str:
    from policykit.trail.problems import shown

    return f"`{shown(body.strip())}`"
