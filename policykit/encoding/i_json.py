"""JSON that every reader reads alike (I-JSON): no duplicate names, no NaN, no byte order mark, bounded depth. Raises.

`policykit.encoding.strict_json` reads the same language for people: exact decimals, and places of mistakes.

Source: RFC 8259; RFC 7493 (I-JSON) for duplicate names.
"""

from __future__ import annotations

import json
from typing import NoReturn

from policykit.errors import PolicykitError

MAX_DEPTH = 100
_MAX_NUMBER_DIGITS = 400
"""Longer number texts are refused; converting them takes time that grows with the square of their length."""


class IJsonError(PolicykitError, ValueError):
    """Bytes that are not JSON, or JSON that readers disagree about."""


def read_json(data: bytes) -> object:
    """Return the value of a JSON text in UTF-8.

    Raises:
        IJsonError: for anything but one JSON value, and for what readers disagree about.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise IJsonError(f"byte {error.start} is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise IJsonError("starts with a byte order mark")
    if _too_deep(text):
        raise IJsonError(f"nested more than {MAX_DEPTH} levels deep")
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise IJsonError(f"not JSON: {error.msg.lower()} at character {error.pos}") from None
    except RecursionError:  # a value that is deep without looking deep does not exist, but C stacks differ
        raise IJsonError(f"nested more than {MAX_DEPTH} levels deep") from None
    return value


def read_json_object(data: bytes) -> dict[str, object]:
    """Return the members of a JSON object.

    Raises:
        IJsonError: as `read_json`, and when the value is not an object.
    """
    value = read_json(data)
    if not isinstance(value, dict):
        raise IJsonError("not a JSON object")
    return value


def _too_deep(text: str) -> bool:
    """Say whether brackets outside strings nest too deep; cheap when there are few of them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            in_string, escaped = (escaped or char != '"'), (char == "\\" and not escaped)
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in "]}":
            depth -= 1
    return False


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise IJsonError(f"the name `{twice[:80].encode('ascii', 'backslashreplace').decode()}` appears twice")
    return members


def _integer(digits: str) -> int:
    if len(digits) > _MAX_NUMBER_DIGITS:
        raise IJsonError(f"a number of more than {_MAX_NUMBER_DIGITS} digits")
    return int(digits)


def _double(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise IJsonError("a number beyond the range of a double")
    return value


def _no_constant(name: str) -> NoReturn:
    raise IJsonError(f"`{name}` is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_no_constant, parse_int=_integer, parse_float=_double
)
