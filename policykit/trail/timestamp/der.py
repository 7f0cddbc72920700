"""The little DER that tokens need around the library: elements are read and written, their meaning is not known here.

Source: ITU-T X.690 sections 8.1 and 10.1.
"""

from __future__ import annotations

from collections.abc import Iterator

SEQUENCE = 0x30
INTEGER = 0x02
CONTEXT_0 = 0xA0
_MAX_LENGTH_BYTES = 4


class DerError(ValueError):
    """Bytes that are not elements of DER."""


def element(tag: int, content: bytes) -> bytes:
    """Return one element."""
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element, one after the other.

    Raises:
        DerError: when the bytes do not end where the last element ends, or a length is not the shortest.
    """
    at = 0
    while at < len(data):
        tag, start, end = _header(data, at)
        yield tag, data[start:end]
        at = end


def content_of(data: bytes, tag: int) -> bytes:
    """Return the content of the one element that the bytes are.

    Raises:
        DerError: when they are not one element with this tag.
    """
    found = list(elements(data))
    if len(found) != 1 or found[0][0] != tag:
        raise DerError("not the expected element")
    return found[0][1]


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag of the element at an offset, where its content starts, and where it ends."""
    if len(data) < at + 2:
        raise DerError("cut off")
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise DerError("a tag of several bytes")
    if length >= 0x80:
        count = length & 0x7F
        raw = data[start : start + count]
        if not 0 < count <= _MAX_LENGTH_BYTES or len(raw) < count:
            raise DerError("a length that cannot be")
        length, start = int.from_bytes(raw, "big"), start + count
        if length < 0x80 or raw[0] == 0:
            raise DerError("a length that is not the shortest")
    if start + length > len(data):
        raise DerError("cut off")
    return tag, start, start + length
