"""Canonical JSON: one and only one text for a JSON value, so that two parties who build it build the same bytes.

Source: RFC 8785 (JSON Canonicalization Scheme, JCS). In short:

- no white space; strings with the shortest escapes; no Unicode normalisation (NFC and NFD twins stay different);
- members of an object in the order of their names as UTF-16 code units;
- numbers as ECMAScript prints them, all of them IEEE 754 doubles.

What JCS cannot say is refused with `CanonicalJsonError`, never rounded: NaN and infinities, integers beyond
2**53 - 1, a lone surrogate in a name or a value, a name that is no text, any other kind of value.

The trail does *not* use this to verify: it hashes the bytes as stored. Use JCS where bytes have to be built twice
(digests of a definition, of parameters, of a payload).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from policykit.errors import PolicykitError

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly. Source: RFC 8785 section 3.2.2.3, RFC 7493 section 2.2."""

MAX_DEPTH = 200
"""Deeper values are refused: they come from attacks, and the walk below is recursive."""

_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


class CanonicalJsonError(PolicykitError, ValueError):
    """A value that has no canonical JSON form."""


def canonical_json(value: object) -> bytes:
    """Return the canonical JSON text of a value, in UTF-8.

    Args:
        value: None, a bool, an int, a float, a text, or lists, tuples and mappings of such, at most `MAX_DEPTH` deep.

    Raises:
        CanonicalJsonError: for what JCS cannot express; the message names the place inside the value.
    """
    parts: list[str] = []
    _write(value, parts, (), 0)
    return "".join(parts).encode()


def _write(value: object, parts: list[str], path: tuple[str | int, ...], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CanonicalJsonError(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        parts.append(_string(value, path))
    elif value is None or isinstance(value, bool):
        parts.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int):
        parts.append(_integer(int(value), path))
    elif isinstance(value, float):
        parts.append(_double(float(value), path))
    elif isinstance(value, Mapping):
        _write_object(value, parts, path, depth)
    elif isinstance(value, (list, tuple)):
        _write_array(value, parts, path, depth)
    else:
        raise CanonicalJsonError(f"{_place(path)} is not a JSON value")


def _write_array(
    items: list[object] | tuple[object, ...], parts: list[str], path: tuple[str | int, ...], depth: int
) -> None:
    parts.append("[")
    for index, item in enumerate(items):
        if index:
            parts.append(",")
        _write(item, parts, (*path, index), depth + 1)
    parts.append("]")


def _write_object(members: Mapping[object, object], parts: list[str], path: tuple[str | int, ...], depth: int) -> None:
    named = [(_name_order(name, path), name) for name in members]
    parts.append("{")
    for index, (_, name) in enumerate(sorted(named)):
        if index:
            parts.append(",")
        parts.extend((_string(str(name), path), ":"))
        _write(members[name], parts, (*path, str(name)), depth + 1)
    parts.append("}")


def _name_order(name: object, path: tuple[str | int, ...]) -> bytes:
    """Return what names are sorted by. Source: RFC 8785 section 3.2.3, big-endian UTF-16 compares as its code units."""
    if not isinstance(name, str):
        raise CanonicalJsonError(f"a name in {_place(path)} is not text")
    return _encoded(name, "utf-16-be", path)


def _string(text: str, path: tuple[str | int, ...]) -> str:
    _encoded(text, "utf-8", path)
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _encoded(text: str, encoding: str, path: tuple[str | int, ...]) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise CanonicalJsonError(
            f"{_place(path)} holds the lone surrogate `\\u{ord(text[error.start]):04x}`, which is no character"
        ) from None


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _SHORT_ESCAPES.get(char) or f"\\u{ord(char):04x}"


def _integer(value: int, path: tuple[str | int, ...]) -> str:
    if abs(value) > MAX_SAFE_INTEGER:
        raise CanonicalJsonError(f"{_place(path)} is an integer beyond 2^53 - 1, which JSON readers would round")
    return str(value)


def _double(value: float, path: tuple[str | int, ...]) -> str:
    """Return a double as ECMAScript prints it. Source: ECMA-262 Number::toString; RFC 8785 section 3.2.2.3."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the test for NaN
        raise CanonicalJsonError(f"{_place(path)} is not a finite number")
    if value == 0:
        return "0"  # also for -0.0
    sign = "-" if value < 0 else ""
    digits, point = _shortest_digits(abs(value))
    count = len(digits)
    if count <= point <= 21:
        return f"{sign}{digits}{'0' * (point - count)}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = f"{point - 1:+d}"
    return f"{sign}{digits}e{exponent}" if count == 1 else f"{sign}{digits[0]}.{digits[1:]}e{exponent}"


def _shortest_digits(value: float) -> tuple[str, int]:
    """Return (digits, point) with value = 0.digits * 10**point, the fewest digits that read back as the same double.

    Python's repr already chooses the shortest digits; only its layout differs from ECMAScript's.
    """
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    leading = len(digits) - len(digits.lstrip("0"))
    return digits.strip("0"), point - leading


def _place(path: tuple[str | int, ...]) -> str:
    if not path:
        return "the value"
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return f"`{shown.encode('ascii', 'backslashreplace').decode()}`"
