"""What a witness remembers: for each origin the newest checkpoint it cosigned, checked and persisted in one step.

Source: C2SP tlog-witness; the race that its last section describes cannot happen under the lock taken here.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.trail.format.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint, parse_size
from policykit.trail.format.keys import Ed25519NoteSigner, VerifierKey
from policykit.trail.format.merkle import EMPTY_ROOT, HASH_BYTES, MAX_PROOF_HASHES, verify_consistency
from policykit.trail.format.note import MAX_NOTE_BYTES, NoteSignature, verified_signatures
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.storage.local import STATE_DIRECTORY_MODE, LocalDisk
from policykit.trail.write.signing.head import RememberedHead

MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 8192


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed `add-checkpoint` request."""

    old_size: int
    proof: tuple[bytes, ...]
    signed: SignedCheckpoint


class WitnessState:
    """The heads a witness remembers, in a directory of its own."""

    def __init__(
        self, directory: Path, signer: Ed25519NoteSigner, logs: Sequence[VerifierKey], disk: LocalDisk | None = None
    ) -> None:
        self._directory = directory
        self._signer = signer
        self._logs = tuple(logs)
        self._disk = disk or LocalDisk()
        self._mutex = threading.Lock()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Check a submitted checkpoint, remember it, and cosign it. Source: C2SP tlog-witness, add-checkpoint."""
        try:
            request = parse_request(body)
        except CodedTrailError as problem:
            return _answer(400, str(problem))
        new = request.signed.checkpoint
        keys = [key for key in self._logs if key.name == new.origin]
        if not keys:
            return _answer(404, "unknown origin")
        try:
            if not verified_signatures(request.signed.note, keys):
                return _answer(403, "not signed by a known key of this origin")
        except CodedTrailError:
            return _answer(403, "the signature does not verify")
        if request.old_size > new.size:
            return _answer(400, "the old size is larger than the checkpoint's")
        return self._swap(request, new)

    def _swap(self, request: Request, new: Checkpoint) -> Answer:
        """Compare with the remembered head and replace it, durably, under one lock."""
        name = hashlib.sha256(new.origin.encode()).hexdigest()[:32]
        self._disk.make_directory(self._directory, STATE_DIRECTORY_MODE)
        with self._mutex:
            handle = self._disk.open_append(self._directory / f"{name}.lock")
            self._disk.lock(handle)
            try:
                head = RememberedHead(self._directory, new.origin, self._disk)
                known = head.read()
                refusal = _why_refused(request, new, known)
                if refusal is not None:
                    return refusal
                if known != new:
                    head.swap(known, Checkpoint(new.origin, new.size, new.root))
            finally:
                self._disk.unlock(handle)
                os.close(handle)
        signature = self._signer.sign_note(request.signed.note.text.encode())
        return Answer(200, NoteSignature(self._signer.name, self._signer.key_id, signature).to_line().encode())


def _why_refused(request: Request, new: Checkpoint, known: Checkpoint | None) -> Answer | None:
    size = known.size if known else 0
    if request.old_size != size:
        return Answer(409, b"%d\n" % size, "text/x.tlog.size")
    if size == 0:
        # Nothing to be consistent with: legal in this protocol with an empty proof, and only here.
        if request.proof or (new.size == 0 and new.root != EMPTY_ROOT):
            return _answer(422, "a proof from size 0 is empty")
        return None
    assert known is not None
    if new.size == size:
        if new.root != known.root:
            return Answer(409, b"%d\n" % size, "text/x.tlog.size")
        return None if not request.proof else _answer(422, "a proof between equal sizes is empty")
    if not verify_consistency(size, known.root, new.size, new.root, request.proof):
        return _answer(422, "the checkpoint does not continue the one remembered")
    return None


def parse_request(body: bytes) -> Request:
    """Return the request in a body.

    Raises:
        CodedTrailError: when the body is not one.
    """
    head, separator, note = body.partition(b"\n\n")
    if len(body) > MAX_REQUEST_BYTES or not separator:
        raise trail_problem("PK722", "not an add-checkpoint request", expected="an empty line before the checkpoint")
    first, *lines = head.decode("utf-8", "replace").split("\n")
    if not first.startswith("old ") or len(lines) > MAX_PROOF_HASHES:
        raise trail_problem("PK722", "not an add-checkpoint request", expected="`old <size>`, at most 63 hashes")
    try:
        proof = tuple(map(decode_base64, lines))
    except Base64Error:
        proof = (b"",)
    if any(len(item) != HASH_BYTES for item in proof):
        raise trail_problem("PK722", "not an add-checkpoint request", expected="base64 of 32 bytes a line")
    return Request(parse_size(first.removeprefix("old ")), proof, parse_checkpoint(note))


def encode_request(old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Return the body of a request."""
    lines = [f"old {old_size}", *map(encode_base64, proof), ""]
    return "".join(f"{line}\n" for line in lines).encode() + note


def _answer(status: int, text: str) -> Answer:
    return Answer(status, text.encode() + b"\n")
