"""Credentials of web requests: the header `Authorization`, and `curl -u`. Source: RFC 7617, RFC 6750, curl's manual."""

from __future__ import annotations

import binascii

from policykit.detect._placeholder import entropy_bits, is_filler, is_placeholder
from policykit.detect.model import Detector

MIN_ENTROPY_BITS = 3.0
"""Bits per character; an opaque token of twenty characters lies above it."""
_QUOTE = r"(?:\\{0,2}[\"'`])?"
_HEADER = (
    rf"(?i)authorization{_QUOTE}\s{{0,3}}[:=,]\s{{0,3}}{_QUOTE}"
    r"(?:bearer|basic|token)\s{1,3}([0-9a-z+/_.~-]{12,500}={0,2})"
)
_CURL = (
    rf"(?i)curl(?:\s[^\n]{{0,200}}?)?\s(?:-u|--user)[ =]{{0,2}}{_QUOTE}"
    r"([^\s:\"'`$<{]{1,64}:[^\s\"'`$<{]{3,128})"
)


def is_credential(text: str) -> bool:
    """Say whether it is a name and a password, plain or in base64, or an opaque token; no variable and no filler."""
    _, sign, password = text.partition(":")
    if sign:
        return not is_placeholder(password)
    if ":" in (plain := _plain(text)):
        return not is_placeholder(plain.partition(":")[2])
    return any(map(str.isdigit, text)) and not is_filler(text) and entropy_bits(text) >= MIN_ENTROPY_BITS


def _plain(text: str) -> str:
    try:
        return binascii.a2b_base64(text, strict_mode=True).decode()
    except ValueError:
        return ""


DETECTOR = Detector(
    name="secret.http_auth",
    title="credential of a web request",
    patterns=(_HEADER, _CURL),
    validate=is_credential,
)
