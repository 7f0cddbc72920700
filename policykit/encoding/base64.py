"""Base64 with one text for one value: what does not encode back to itself is refused.

The standard decoder accepts several texts for the same bytes (loose padding bits, stray characters), so that a changed
character in a signature can go unseen. Source: RFC 4648 sections 3.5 and 4.
"""

from __future__ import annotations

import binascii

from policykit.errors import PolicykitError


class Base64Error(PolicykitError, ValueError):
    """A text that is not the base64 of anything."""


def encode_base64(data: bytes) -> str:
    """Return the standard base64 text, padded, without line breaks."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes that a text stands for.

    Raises:
        Base64Error: unless the text is exactly what `encode_base64` gives for them.
    """
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Base64Error(f"not base64: `{_shown(text)}`") from None
    if encode_base64(data) != text:
        raise Base64Error(f"not the one base64 text of its bytes: `{_shown(text)}`")
    return data


def _shown(text: str) -> str:
    from policykit.source.visible import visible  # only where something is wrong

    return visible(text, 40)
