"""Files inside of texts: data addresses and base64. A file that is text is read decoded, and encoded again."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from policykit.guard.text.parts import SEPARATOR
from policykit.guard.text.readable import MAX_NESTED, Pieces, readable

_ADDRESS = re.compile(r"\s*data:([^,]*),", re.IGNORECASE)
_REFERENCE = re.compile(r"\s*[a-z][a-z0-9+.-]*:(?:/|\S*$)", re.IGNORECASE)
_MIME = re.compile(r"(?!.*\d{4})[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\r\n]+={0,2}\s*")
MEDIA = ("image/", "audio/", "video/", "font/")
"""Beginnings of media types of what has no text that patterns could find."""
_TEXT_TYPE = re.compile(
    r"text/|application/(?:.*[+.-])?(?:json|xml|yaml|csv|javascript|sql|ndjson|toml)\b", re.IGNORECASE
)
_DOCUMENTS = (b"%PDF", b"%!PS", b"{\\rtf", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!",
              b"\xd0\xcf\x11\xe0")  # fmt: skip
"""Beginnings of documents and archives, whose text is in a form that is not read here, whatever they are said to be."""
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"ID3", b"OggS", b"fLaC",
             b"\x1aE\xdf\xa3")  # fmt: skip
"""Beginnings of pictures and recordings. Source: the formats' own definitions, as `file(1)` lists them."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
MIN_FILE = 64
"""Characters of base64 below which nothing is a picture or a recording, so that they are searched as they stand."""
_SNIFFED = 4096
"""Bytes of a picture that are looked at; where these are not text, the whole is not."""


class Kind(Enum):
    """What stands in a member that holds a file."""

    PLAIN = "plain"
    """A text or an address: searched as it stands."""
    TEXT = "text"
    """A file that is text."""
    MEDIA = "media"
    UNREAD = "unread"
    """A file that is neither: nobody knows what a model reads in it."""


class File(NamedTuple):
    """What stands in a member that holds a file, and how it reads where it is text."""

    kind: Kind
    reading: EmbeddedText | None = None


class EmbeddedText(Pieces):
    """A file that is text, or the head of one that is not: read decoded, written encoded."""

    def __init__(self, head: str, body: str, text: str | None, encode: Callable[[str], str], depth: int) -> None:
        super().__init__()
        self._body = body
        self._encode = encode
        self._is_changed = False
        if not _is_ordinary(head):
            self.add(head, head, SEPARATOR)
        else:
            self._pieces.append(head)
        self._inner = _File()
        if text is not None:
            inner = readable(text, depth + 1)
            if inner is None:
                self._inner.add(text, text, SEPARATOR)
            else:
                self._inner.add_reading(inner, SEPARATOR)
            self.add_reading(self._inner, SEPARATOR)

    def put(self, index: int, text: str) -> None:
        """Replace a part."""
        super().put(index, text)
        self._is_changed = self._is_changed or self._places[index][1] >= 0

    def __str__(self) -> str:
        return f"{self._pieces[0]}{self._encode(str(self._inner)) if self._is_changed else self._body}"


class _File(Pieces):
    """A text file."""


def is_address(value: str) -> bool:
    """Whether a value says where something is, in place of being it."""
    return _REFERENCE.match(value) is not None and _ADDRESS.match(value) is None


def embedded(value: str, mime: str = "", *, is_media: bool = False, depth: int = 0) -> File:
    """Return what stands in a member that holds a file.

    Args:
        value: a data address, base64, or an address.
        mime: the media type, where another member says it.
        is_media: whether the member is one for pictures or recordings.
        depth: in how many texts it stands.
    """
    found = _ADDRESS.match(value)
    if found is None and is_address(value):
        return File(Kind.PLAIN)
    head = "" if found is None else value[: found.end()]
    body = value[len(head) :]
    said, *more = [each.strip() for each in (mime if found is None else found[1]).split(";")]
    is_base64 = found is None or any(each.lower() == "base64" for each in more)
    data = _unpacked(body) if is_base64 else unquote_to_bytes(body)
    if data is None:
        return File(Kind.PLAIN)
    is_picture = is_media or said.lower().startswith(MEDIA)
    text, charset = text_of(data[:_SNIFFED] if is_picture and not _may_be_text(data) else data, said, _charset(more))
    if text is not None:
        return File(Kind.TEXT, EmbeddedText(head, body, text, _encoder(charset, is_base64=is_base64), depth))
    kind = kind_of(data, said, is_media=is_media)
    if is_base64 and len(body) < MIN_FILE and kind is Kind.MEDIA:
        return File(Kind.PLAIN)
    return File(kind, None if _is_ordinary(head) else EmbeddedText(head, body, None, str, MAX_NESTED))


def kind_of(data: bytes, mime: str, *, is_media: bool) -> Kind:
    """Return whether bytes that are not text are media, or a file that nobody can read here."""
    if data.startswith(_DOCUMENTS) or b"%PDF-" in data[:1024]:
        return Kind.UNREAD
    known = data.startswith(_PICTURES) or data[4:8] == b"ftyp" or data[8:12] in {b"WEBP", b"WAVE"}
    return Kind.MEDIA if is_media or mime.lower().startswith(MEDIA) or known else Kind.UNREAD


def text_of(data: bytes, mime: str, charset: str = "") -> tuple[str | None, str]:
    """Return bytes as the text that they are, and its charset; None where they are not text."""
    if data.startswith(_DOCUMENTS):
        return None, ""
    is_said = _TEXT_TYPE.match(mime) is not None
    for name in (*(mark for beginning, mark in _MARKS if data.startswith(beginning)), charset, *_wide(data), "utf-8"):
        text = _in_charset(data, name)
        if text is not None and (is_said or not _CONTROLS.search(text)):
            return text, name
    return (data.decode("latin-1"), "latin-1") if is_said else (None, "")


def _wide(data: bytes) -> tuple[str, ...]:
    """Return UTF-16 without a mark where every other byte of the beginning is nearly always 0."""
    low, high = data[0:512:2], data[1:512:2]
    if not high:
        return ()
    if high.count(0) * 4 > len(high) * 3:
        return ("utf-16-le",)
    return ("utf-16-be",) if low.count(0) * 4 > len(low) * 3 else ()


def _may_be_text(data: bytes) -> bool:
    return text_of(data[: _SNIFFED - 3], "image/")[0] is not None or _cut(data)


def _cut(data: bytes) -> bool:
    """Whether the beginning is text but for a sign that it cuts."""
    return any(text_of(data[: _SNIFFED - 3 - less], "")[0] is not None for less in (1, 2, 3))


def _in_charset(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _charset(parameters: list[str]) -> str:
    """Return the charset that a media type names; empty where it names none that Python reads as text."""
    named = next((each[8:].strip("\"' ") for each in parameters if each.lower().startswith("charset=")), "")
    try:
        return named if named and codecs.lookup(named)._is_text_encoding else ""  # noqa: SLF001 - as `str.encode` asks
    except (LookupError, ValueError):
        return ""


def _unpacked(body: str) -> bytes | None:
    """Return what base64 says, of either alphabet, in lines or not; None for what is not base64."""
    packed = unquote_to_bytes(body).decode("ascii", "replace") if "%" in body else body
    if not _BASE64.fullmatch(packed):
        return None
    packed = "".join(packed.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except binascii.Error:
        return None


def _encoder(charset: str, *, is_base64: bool) -> Callable[[str], str]:
    def encode(text: str) -> str:
        data = text.encode(charset, "replace")
        return base64.b64encode(data).decode() if is_base64 else quote(data)

    return encode


def _is_ordinary(head: str) -> bool:
    """Whether the head of a data address says a media type, a charset and an encoding, and nothing else."""
    found = _ADDRESS.match(head)
    if found is None:
        return not head
    mime, *more = [each.strip() for each in found[1].split(";")]
    rest = [each for each in more if each and each.lower() != "base64" and not _charset([each])]
    return not rest and (not mime or _MIME.fullmatch(mime) is not None)
