"""Values of high entropy that are assigned to a name such as `api_key`: secrets of services without a known form."""

from __future__ import annotations

from policykit.detect._placeholder import entropy_bits, is_placeholder
from policykit.detect.model import Detector

MIN_ENTROPY_BITS = 3.3
"""Bits per character; 16 random hexadecimal digits lie above it nearly always, English words mostly below."""

_NAMES = (
    r"api[_\s-]?key|apikey|secret[_\s-]?key|access[_\s-]?key|client[_\s-]?secret|app[_\s-]?secret|secret|auth[_\s-]?token|"
    r"access[_\s-]?token|refresh[_\s-]?token|bearer|token|pass[_-]?word|passwd|private[_\s-]?key|encryption[_\s-]?key|credentials?"
)
_QUOTE = r"(?:\\{0,2}[\"'`])?"
_VALUE = "([a-z0-9+/_.~-]{16,128}={0,2})"
_PATTERN = rf"(?i)(?:{_NAMES}){_QUOTE}\]?\s{{0,3}}(?:=|:|=>|:=)\s{{0,3}}{_QUOTE}(?:bearer )?{_VALUE}"
_ELEMENT = rf"(?i)<[a-z:_-]{{0,30}}(?:{_NAMES})(?:\s[^<>]{{0,60}})?>\s{{0,16}}{_VALUE}\s{{0,16}}<"
_PATTERNS = (
    _PATTERN,
    _ELEMENT,
)


def is_secret(value: str) -> bool:
    """Say whether a value mixes letters and digits, looks random and is neither a placeholder nor a path."""
    mixed = any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
    return mixed and entropy_bits(value) >= MIN_ENTROPY_BITS and value.count("/") < 4 and not is_placeholder(value)


DETECTOR = Detector(
    name="secret.assignment",
    title="secret assigned to a name",
    patterns=_PATTERNS,
    validate=is_secret,
)
