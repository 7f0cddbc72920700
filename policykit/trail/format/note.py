"""Signed notes: a text, and signature lines of keys over it.

Source: C2SP signed-note. Rules of verifying:

- a signature of an unknown key is ignored;
- a known key with a signature that does not verify rejects the whole note;
- at least one known key must have signed;
- more than 100 signatures are refused, 16 must be accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.trail.problems import shown, trail_problem

MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1 << 20
_DASH = "\N{EM DASH} "
_WHITE_SPACE = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space property."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: bytes
    """Four bytes; with the name it says which key to try."""
    signature: bytes

    def to_line(self) -> str:
        """Return the line with its line feed."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a line feed, and its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """Return the note as stored."""
        return f"{self.text}\n{''.join(s.to_line() for s in self.signatures)}".encode()

    def with_signatures(self, more: Iterable[NoteSignature]) -> Note:
        """Return the note with signatures added; one that is there already is not repeated."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


class NoteSigner(Protocol):
    """Signs note texts under one key."""

    @property
    def name(self) -> str:
        """The key's name."""

    @property
    def key_id(self) -> bytes:
        """The key's four-byte id."""

    def sign_note(self, text: bytes) -> bytes:
        """Return the signature, without the key id."""


class NoteVerifier(Protocol):
    """Verifies note signatures of one key."""

    @property
    def name(self) -> str:
        """The key's name."""

    @property
    def key_id(self) -> bytes:
        """The key's four-byte id."""

    def verify_note(self, text: bytes, signature: bytes) -> bool:
        """Say whether this key made the signature over the text."""


def sign_note(text: str, signers: Sequence[NoteSigner]) -> Note:
    """Return the text signed by every signer. Requires text that ends in a line feed."""
    if not text.endswith("\n"):
        raise ValueError("a note's text ends in a line feed")
    data = text.encode()
    return Note(text, tuple(NoteSignature(s.name, s.key_id, s.sign_note(data)) for s in signers))


def verified_signatures(note: Note, verifiers: Sequence[NoteVerifier]) -> tuple[NoteSignature, ...]:
    """Return the signatures that known keys made, each verified; none when no known key signed.

    Raises:
        CodedTrailError: when a known key is named and its signature does not verify.
    """
    known = {(v.name, v.key_id): v for v in verifiers}
    data = note.text.encode()
    good: dict[tuple[str, bytes], NoteSignature] = {}
    for signature in note.signatures:
        key = (signature.name, signature.key_id)
        verifier = known.get(key)
        if verifier is None or key in good:
            continue
        if not verifier.verify_note(data, signature.signature):
            raise trail_problem(
                "PK708",
                f"the signature of the known key `{shown(signature.name)}` does not verify",
                help="the note was changed after it was signed, or signed by someone else under this key's name",
            )
        good[key] = signature
    return tuple(good.values())


def parse_note(data: bytes, place: str = "") -> Note:
    """Return the note that these bytes stand for; its signatures are not verified yet.

    Raises:
        CodedTrailError: when they stand for none.
    """
    text = _note_text(data, place)
    split = text.rfind("\n\n")
    if split < 0:
        raise trail_problem("PK706", "not a signed note", place=place, expected="an empty line before the signatures")
    body, lines = text[: split + 1], text[split + 2 :].split("\n")[:-1]
    if not lines:
        raise trail_problem("PK706", "not a signed note", place=place, expected="at least one signature line")
    if len(lines) > MAX_SIGNATURES:
        raise trail_problem(
            "PK706", "too many signatures", place=place, expected=f"at most {MAX_SIGNATURES}", got=str(len(lines))
        )
    return Note(body, tuple(parse_signature_line(line, place) for line in lines))


def _note_text(data: bytes, place: str) -> str:
    if len(data) > MAX_NOTE_BYTES:
        raise trail_problem("PK706", f"a note larger than {MAX_NOTE_BYTES} bytes", place=place)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise trail_problem("PK706", "a note that is not UTF-8", place=place) from None
    if not text.endswith("\n"):
        raise trail_problem("PK706", "a note that does not end in a line feed", place=place)
    if any(char < " " and char != "\n" for char in text):
        raise trail_problem(
            "PK706", "a note with a control character", place=place, help="line ends are LF, without CR"
        )
    return text


def parse_signature_line(line: str, place: str = "") -> NoteSignature:
    """Return the signature of a line without its line feed.

    Raises:
        CodedTrailError: when it is not an em dash, a space, a key name, a space and base64 of more than four bytes.
    """
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_signer_name(name):
        raise trail_problem(
            "PK706",
            "not a signature line",
            place=place,
            expected="an em dash (U+2014), a space, a key name, a space, base64",
            got=f"`{shown(line)}`",
        )
    try:
        data = decode_base64(encoded)
    except Base64Error:
        raise trail_problem("PK706", "a signature that is not base64", place=place, got=f"`{shown(encoded)}`") from None
    if len(data) <= 4:
        raise trail_problem("PK706", "a signature that is too short", place=place, got=f"{len(data)} bytes")
    return NoteSignature(name, data[:4], data[4:])


def is_signer_name(name: str) -> bool:
    """Say whether this may stand in a signature line: not empty, no Unicode white space, no plus sign.

    Source: C2SP signed-note; `isValidName` of Go's sumdb/note. What a text may not hold at all is the note's matter.
    """
    return bool(name) and not any(char in _WHITE_SPACE or char == "+" for char in name)


def is_verifier_name(name: str) -> bool:
    """Say whether a verifier key may be called this: as in a signature line, and at most 255 bytes of UTF-8.

    Not whether it is printable: which characters are differs from one version of Unicode to the next.
    """
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return False
    return is_signer_name(name) and length <= 255 and min(name) > " "


def is_key_name(name: str) -> bool:
    """Say whether a new key may be called this: as a verifier key, and printable."""
    return is_verifier_name(name) and name.isprintable()
