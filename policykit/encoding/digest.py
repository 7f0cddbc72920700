"""Digests as texts: `sha256:` and 64 lower-case hexadecimal digits."""

from __future__ import annotations

import hashlib
import os
import re
from typing import NewType

from policykit.encoding.jcs import canonical_json
from policykit.errors import PolicykitError

Digest = NewType("Digest", str)
"""`sha256:` + 64 lower-case hexadecimal digits. Source: the form of OCI image descriptors."""

DIGEST_BYTES = 32
_FORM = re.compile(r"sha256:[0-9a-f]{64}\Z")
_CHUNK_BYTES = 1 << 20


class DigestError(PolicykitError, ValueError):
    """A text that is not a digest, or a file that cannot be digested."""


def digest_of_bytes(data: bytes) -> Digest:
    """Return the SHA-256 digest of these bytes."""
    return Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")


def digest_of_json(value: object) -> Digest:
    """Return the digest of a value's canonical JSON text (RFC 8785).

    Raises:
        CanonicalJsonError: when the value has no canonical form.
    """
    return digest_of_bytes(canonical_json(value))


def digest_of_file(path: str | os.PathLike[str]) -> Digest:
    """Return the digest of a file's bytes, read in pieces.

    Raises:
        DigestError: when the file cannot be read.
    """
    state = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                state.update(chunk)
    except OSError as error:
        raise DigestError(f"cannot read `{os.fspath(path)}`: {error.strerror}") from None
    return Digest(f"sha256:{state.hexdigest()}")


def parse_digest(text: str) -> Digest:
    """Return the text as a digest.

    Raises:
        DigestError: unless it is `sha256:` and 64 lower-case hexadecimal digits.
    """
    if not _FORM.match(text):
        raise DigestError(f"expected `sha256:` and 64 lower-case hexadecimal digits, got `{text[:80]}`")
    return Digest(text)


def raw_digest(digest: Digest) -> bytes:
    """Return the 32 bytes of a digest."""
    return bytes.fromhex(parse_digest(digest).removeprefix("sha256:"))
