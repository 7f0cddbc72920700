"""Commitments to payloads, and a vault in which payloads and their keys can be destroyed.

A record holds `hmac-sha256:<hex>` of HMAC-SHA-256(key, label || 0x00 || payload) under a random 32-byte key of its own.
A plain digest of an e-mail address or a yes/no can be guessed; this cannot, not even whether two records hold the same.
Whoever has the payload and the key can prove what was recorded. When both are destroyed the commitment can no longer be
opened, and the trail does not change by one byte.

Destroying a file is best effort: copies, snapshots and worn flash cells may keep it. An `erasure` record says what was
destroyed, by whose authority.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.encoding.strict_json import StrictJsonError, read_json_object
from policykit.trail.problems import shown, trail_problem
from policykit.trail.storage.local import STATE_DIRECTORY_MODE, create_directories, failing_as

KEY_BYTES = 32
_FORM = re.compile(r"hmac-sha256:([0-9a-f]{64})\Z")
_MAX_OPENING_BYTES = 1 << 28


def commitment(key: bytes, label: str, payload: bytes) -> str:
    """Return the commitment to a payload. Requires a key of 32 bytes and a label without NUL."""
    if len(key) != KEY_BYTES or "\0" in label:
        raise ValueError("a commitment needs a key of 32 bytes and a label without NUL")
    return f"hmac-sha256:{hmac.digest(key, label.encode() + bytes(1) + payload, 'sha256').hex()}"


def opens(value: str, key: bytes, label: str, payload: bytes) -> bool:
    """Say whether key, label and payload are what a commitment was made of."""
    return len(key) == KEY_BYTES and hmac.compare_digest(value, commitment(key, label, payload))


@dataclass(frozen=True, slots=True)
class Opening:
    """What proves a commitment: hand it to whoever may see the payload, together with the record."""

    commitment: str
    label: str
    key: bytes
    payload: bytes

    def verify(self) -> bool:
        """Say whether this opens the commitment."""
        return opens(self.commitment, self.key, self.label, self.payload)

    def to_json(self) -> bytes:
        """Return the opening as a file."""
        members = {
            "commitment": self.commitment,
            "label": self.label,
            "key": encode_base64(self.key),
            "payload": encode_base64(self.payload),
        }
        return json.dumps(members, separators=(",", ":")).encode() + b"\n"


def parse_opening(data: bytes, place: str = "") -> Opening:
    """Return the opening in a file.

    Raises:
        CodedTrailError: when the file holds none.
    """
    try:
        members = read_json_object(data)
        value, label = str(members["commitment"]), str(members["label"])
        opening = Opening(value, label, decode_base64(str(members["key"])), decode_base64(str(members["payload"])))
    except (StrictJsonError, Base64Error, KeyError):
        raise trail_problem("PK724", "not an opening of a commitment", place=place) from None
    if not _FORM.match(value) or "\0" in label:
        raise trail_problem("PK724", "not an opening of a commitment", place=place, got=f"`{shown(value)}`")
    return opening


class Vault:
    """A directory of payloads, each with its own key. Whoever can read it can read the payloads."""

    def __init__(
        self, directory: str | os.PathLike[str], random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._directory = Path(directory)
        self._random_bytes = random_bytes

    def put(self, label: str, payload: bytes) -> str:
        """Keep a payload under a new key; return its commitment, durable before the record that holds it.

        Raises:
            CodedTrailError: when it cannot be stored.
        """
        key = self._random_bytes(KEY_BYTES)
        opening = Opening(commitment(key, label, payload), label, key, payload)
        path = self._path(opening.commitment)
        with failing_as("keep a payload", path):
            create_directories(path.parent, STATE_DIRECTORY_MODE)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(opening.to_json())
                file.flush()
                os.fsync(file.fileno())
            _sync_directory(path.parent)
        return opening.commitment

    def get(self, value: str) -> Opening | None:
        """Return what opens a commitment, None when it was destroyed or never kept.

        Raises:
            CodedTrailError: when the file is there and does not open the commitment.
        """
        path = self._path(value)
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_OPENING_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise trail_problem("PK724", f"cannot read a payload: {error.strerror}", place=str(path)) from None
        opening = parse_opening(data, str(path))
        if opening.commitment != value or not opening.verify():
            raise trail_problem(
                "PK724", "the payload was changed after it was recorded", place=str(path),
                help="restore this file of the vault from a copy; without it the text counts as not kept",
            )  # fmt: skip
        return opening

    def destroy(self, value: str) -> bool:
        """Overwrite and remove a payload and its key; say whether there was one. Record an `erasure` afterwards.

        Raises:
            CodedTrailError: when it is there and cannot be removed.
        """
        path = self._path(value)
        with failing_as("destroy a payload", path):
            try:
                length = path.stat().st_size
            except FileNotFoundError:
                return False
            with contextlib.suppress(OSError), path.open("r+b") as file:
                file.write(b"\0" * length)
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            _sync_directory(path.parent)
        return True

    def _path(self, value: str) -> Path:
        match = _FORM.match(value)
        if match is None:
            raise trail_problem(
                "PK724",
                "not a commitment",
                expected="`hmac-sha256:` and 64 hexadecimal digits",
                got=f"`{shown(value)}`",
            )
        return self._directory / match[1][:2] / f"{match[1]}.json"


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
