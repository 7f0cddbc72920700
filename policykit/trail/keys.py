"""Keys: making, storing, and using them. The only module that touches cryptography.

Verifier keys are texts, `name+keyid+base64(type, public key)`. Signature types, with how each signs a note:

- 0x01 Ed25519 over the note's text (the trail's own key);
- 0x04 Ed25519 over a time and the text (a witness's cosignature);
- 0x06 ML-DSA-44 over a binary form of the same (post-quantum; needs a cryptography release that has it).

Source: C2SP signed-note, tlog-cosignature; RFC 8032; FIPS 204.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.errors import TrailError
from policykit.trail.checkpoint import parse_checkpoint_text
from policykit.trail.key_files import read_key_file, write_key_file
from policykit.trail.note import is_key_name, is_verifier_name
from policykit.trail.problems import key_problem, shown

PUBLIC_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_MLDSA_PUBLIC_BYTES = 1312
_MLDSA_SIGNATURE_BYTES = 2420
_MAX_TIME = 2**63 - 1


class SignatureType(IntEnum):
    """The byte that says how a key signs. Source: C2SP signed-note, "Signature types"."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    MLDSA_COSIGNATURE = 0x06


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and the way it signs."""

    name: str
    type: SignatureType
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand in signature lines."""
        return hashlib.sha256(b"%b\n%c%b" % (self.name.encode(), self.type, self.public)).digest()[:4]

    def to_text(self) -> str:
        """Return the verifier key as people hand it on."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type]) + self.public)}"

    def verify_note(self, text: bytes, signature: bytes) -> bool:
        """Say whether this key made the signature over a note's text."""
        return _VERIFY[self.type](self, text, signature)


@dataclass(frozen=True, slots=True)
class DsseKey:
    """A public Ed25519 key as DSSE names it: the SHA-256 of the 32 bytes, in hexadecimal digits."""

    public: bytes

    @property
    def key_id(self) -> str:
        """The hint that stands in envelopes."""
        return hashlib.sha256(self.public).hexdigest()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Say whether this key made the signature over the message."""
        return _ed25519_verifies(self.public, signature, message)


class SigningKey:
    """An Ed25519 key pair with a name. Signs notes, cosigns checkpoints, signs DSSE envelopes.

    One key serves one purpose: a trail's key must not be a witness's key.
    """

    __slots__ = ("_private", "_public", "name", "type")

    def __init__(
        self,
        name: str,
        private: Ed25519PrivateKey,
        type: SignatureType = SignatureType.ED25519,  # noqa: A002
    ) -> None:
        if not is_key_name(name):
            raise key_problem(
                "PK802", "not a key name", expected="at most 255 bytes without spaces or `+`", got=f"`{shown(name)}`"
            )
        self.name = name
        self.type = type
        self._private = private
        self._public = private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls, name: str, type: SignatureType = SignatureType.ED25519) -> SigningKey:  # noqa: A002
        """Return a new key from the operating system's randomness."""
        return cls(name, Ed25519PrivateKey.generate(), type)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, type: SignatureType = SignatureType.ED25519) -> SigningKey:  # noqa: A002
        """Return the key of a 32-byte seed. Source: RFC 8032 section 5.1.5."""
        if len(seed) != PUBLIC_KEY_BYTES:
            raise key_problem("PK802", "not a seed", expected="32 bytes", got=f"{len(seed)} bytes")
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed), type)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.type, self._public)

    @property
    def dsse_key(self) -> DsseKey:
        """The public half, as DSSE names it."""
        return DsseKey(self._public)

    def note_signer(self, now_s: Callable[[], int] | None = None) -> Ed25519NoteSigner:
        """Return a signer of notes; a cosigner needs a clock (POSIX seconds)."""
        return Ed25519NoteSigner(self, now_s)

    def dsse_signer(self) -> Ed25519DsseSigner:
        """Return a signer of DSSE envelopes."""
        return Ed25519DsseSigner(self)

    def sign_bytes(self, message: bytes) -> bytes:
        """Return the raw 64-byte signature."""
        return self._private.sign(message)

    def to_pem(self, passphrase: bytes | None = None) -> bytes:
        """Return the private key as PKCS#8 PEM, encrypted when a passphrase is given."""
        encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        return self._private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@dataclass(frozen=True, slots=True)
class Ed25519NoteSigner:
    """Signs the text of notes (type 0x01), or cosigns checkpoints at a time (type 0x04)."""

    key: SigningKey
    now_s: Callable[[], int] | None = None

    @property
    def name(self) -> str:
        """The key's name."""
        return self.key.name

    @property
    def key_id(self) -> bytes:
        """The key's four-byte id."""
        return self.key.verifier.key_id

    def sign_note(self, text: bytes) -> bytes:
        """Return the signature, without the key id."""
        if self.key.type is SignatureType.ED25519:
            return self.key.sign_bytes(text)
        if self.now_s is None:
            raise key_problem("PK802", "a cosigner needs a clock")
        moment = self.now_s()
        return struct.pack(">Q", moment) + self.key.sign_bytes(_cosigned(moment, text))


@dataclass(frozen=True, slots=True)
class Ed25519DsseSigner:
    """Signs DSSE envelopes."""

    key: SigningKey

    @property
    def key_id(self) -> str:
        """The hint that stands in envelopes."""
        return self.key.dsse_key.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over the message."""
        return self.key.sign_bytes(message)


def cosignature_time(signature: bytes) -> int:
    """Return the POSIX seconds that a verified cosignature states."""
    return int(struct.unpack_from(">Q", signature)[0])


def _cosigned(moment: int, text: bytes) -> bytes:
    """Return what a witness signs. Source: C2SP tlog-cosignature, "Ed25519 signed message"."""
    return b"cosignature/v1\ntime %d\n%b" % (moment, text)


def _verify_ed25519(key: VerifierKey, text: bytes, signature: bytes) -> bool:
    return _ed25519_verifies(key.public, signature, text)


def _verify_cosignature(key: VerifierKey, text: bytes, signature: bytes) -> bool:
    if len(signature) != 8 + _SIGNATURE_BYTES or cosignature_time(signature) > _MAX_TIME:
        return False
    return _ed25519_verifies(key.public, signature[8:], _cosigned(cosignature_time(signature), text))


def _verify_mldsa(key: VerifierKey, text: bytes, signature: bytes) -> bool:
    """Verify over the binary form. Source: C2SP tlog-cosignature, "ML-DSA-44 signed message"."""
    if len(signature) != 8 + _MLDSA_SIGNATURE_BYTES or cosignature_time(signature) > _MAX_TIME:
        return False
    try:
        checkpoint = parse_checkpoint_text(text.decode("utf-8"))
    except (TrailError, UnicodeDecodeError):
        return False
    moment = cosignature_time(signature)
    message = mldsa_message(key.name, moment, checkpoint.origin, checkpoint.size, checkpoint.root)
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
    except (InvalidSignature, ValueError):
        return False
    except (ImportError, UnsupportedAlgorithm):
        raise key_problem("PK802", "this installation of cryptography cannot verify ML-DSA-44") from None
    return True


def mldsa_message(cosigner: str, moment: int, origin: str, size: int, root: bytes) -> bytes:
    """Return the `cosigned_message` structure for a checkpoint."""
    name, log = cosigner.encode(), origin.encode()
    return b"subtree/v1\n\x00%c%b%b%c%b%b%b%b" % (
        len(name), name, struct.pack(">Q", moment), len(log), log, struct.pack(">Q", 0), struct.pack(">Q", size), root
    )  # fmt: skip


_VERIFY: dict[SignatureType, Callable[[VerifierKey, bytes, bytes], bool]] = {
    SignatureType.ED25519: _verify_ed25519,
    SignatureType.COSIGNATURE: _verify_cosignature,
    SignatureType.MLDSA_COSIGNATURE: _verify_mldsa,
}


def _ed25519_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    if len(signature) != _SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the public key that a verifier key's text stands for.

    Raises:
        CodedKeyError: when the text is malformed, its id does not fit its key, or its signature type is unknown.
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        data = decode_base64(encoded)
    except Base64Error:
        data = b""
    if not is_verifier_name(name) or len(data) < 2:
        raise key_problem("PK801", "not a verifier key", expected="`name+keyid+base64`", got=f"`{shown(text)}`")
    if data[0] not in {kind.value for kind in SignatureType}:
        raise key_problem("PK801", f"a verifier key of the unknown signature type 0x{data[0]:02x}", place=shown(name))
    key = VerifierKey(name, SignatureType(data[0]), data[1:])
    size = _MLDSA_PUBLIC_BYTES if key.type is SignatureType.MLDSA_COSIGNATURE else PUBLIC_KEY_BYTES
    if len(key.public) != size:
        raise key_problem("PK801", "a public key of the wrong length", expected=f"{size} bytes", place=shown(name))
    if key.key_id.hex() != key_id:
        raise key_problem(
            "PK801", "a verifier key whose id is not the id of its key", expected=f"`{key.key_id.hex()}`",
            got=f"`{shown(key_id)}`", help="copy it again, whole: it was cut or changed",
        )  # fmt: skip
    return key


def load_verifier_key(argument: str) -> VerifierKey:
    """Return the verifier key that an argument gives: the text itself, or a file that holds it on its first line.

    Raises:
        CodedKeyError: when it is neither.
    """
    if argument.count("+") >= 2 and not os.path.exists(argument):
        return parse_verifier_key(argument.strip())
    data = read_key_file(argument, is_private=False)
    first = data.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return parse_verifier_key(first)


def load_signing_key(
    path: str | os.PathLike[str],
    name: str,
    *,
    passphrase: bytes | None = None,
    type: SignatureType = SignatureType.ED25519,  # noqa: A002
    passphrase_from: str = "",
) -> SigningKey:
    """Return the signing key in a PEM file (PKCS#8, Ed25519).

    Args:
        path: the file; only its owner may be able to read it.
        name: the key's name.
        passphrase: opens an encrypted key.
        type: what the key is for.
        passphrase_from: where the passphrase was looked for, such as an environment variable; for the message.

    Raises:
        CodedKeyError: when the file cannot be read, may be read by others, is no such key, or needs another passphrase.
    """
    data = read_key_file(path, is_private=True)
    try:
        private = serialization.load_pem_private_key(data, passphrase)
    except TypeError:
        wanted, got = ("no passphrase", "one") if passphrase else ("a passphrase", "none")
        raise key_problem(
            "PK800", "cannot open the private key", place=str(path), expected=wanted, got=got,
            help=_passphrase_help(passphrase_from, bool(passphrase)),
        ) from None  # fmt: skip
    except (ValueError, UnsupportedAlgorithm):
        raise key_problem(
            "PK800", "not a private key in PEM, or not its passphrase", place=str(path),
            help=f"put its passphrase into {passphrase_from}" if passphrase_from else "",
        ) from None  # fmt: skip
    if not isinstance(private, Ed25519PrivateKey):
        raise key_problem("PK802", "a key of another kind", place=str(path), expected="Ed25519")
    return SigningKey(name, private, type)


def _passphrase_help(passphrase_from: str, is_given: bool) -> str:  # noqa: FBT001 - whether there was one
    if not passphrase_from:
        return ""
    return f"the key is not encrypted: unset {passphrase_from}" if is_given else f"set {passphrase_from}"


def save_signing_key(key: SigningKey, path: str | os.PathLike[str], passphrase: bytes | None = None) -> None:
    """Write a private key to a new file that only its owner can read. An existing file is never overwritten.

    Raises:
        CodedKeyError: when the file exists or cannot be written.
    """
    write_key_file(path, key.to_pem(passphrase))
