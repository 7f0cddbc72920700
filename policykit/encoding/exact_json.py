"""JSON that means one thing: no key twice, no NaN, bounded depth and numbers, exact decimals; mistakes have places.

Call records are read by it. What is signed is read by `strict_json`, which keeps floats and needs no places.

Numbers with a point or exponent become `Decimal`, so that no binary float stands between a record and its decision.

Source: RFC 8259; RFC 7493 (I-JSON) for unique names and whole characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

MAX_DEPTH = 64
"""Deepest nesting of objects and arrays."""
MAX_MEMBERS = 100_000
"""Members of all objects together."""
MAX_NUMBER_LENGTH = 200
"""Characters of one number."""
MAX_EXPONENT = 400
"""Largest exponent of ten, either way."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAY_HOLD_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """Why a text is not the JSON that is asked for; the parts of a diagnostic."""

    code: str
    message: str
    offset: int
    """Of the first character that is wrong."""
    length: int = 1
    expected: str = ""
    got: str = ""


class Json(NamedTuple):
    """A value that was read, or why it could not be."""

    value: Any
    """Of `dict`, `list`, `str`, `int`, `Decimal`, `bool` and None; None when there is a problem."""
    problem: JsonProblem | None = None


class _RefusedError(Exception):
    """Something that JSON allows and this reader does not; where it stands is looked for afterwards."""


def read_json(text: str, *, max_members: int = MAX_MEMBERS) -> Json:
    """Return the value that a JSON text stands for, or the first problem with it.

    Takes time and memory linear in the length of the text, which the caller bounds.
    """
    try:
        value = _Reader(max_members).decode(text)
    except json.JSONDecodeError as error:
        return Json(None, _locate(text[: error.pos], max_members) or _syntax(text, error))
    except (_RefusedError, RecursionError):
        return Json(None, _locate(text, max_members) or JsonProblem("PK010", "this is not JSON", 0))
    if _MAY_HOLD_SURROGATE.search(text):
        return Json(value, None) if (found := _locate(text, max_members)) is None else Json(None, found)
    return Json(value)


class _Reader:
    """The standard library's decoder with everything refused that has two meanings or no bound."""

    def __init__(self, max_members: int) -> None:
        self._room = max_members

    def decode(self, text: str) -> Any:
        """Return the value of a text."""
        if not text.strip():
            raise json.JSONDecodeError("nothing", text, 0)
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
        )
        value = decoder.decode(text)
        if isinstance(value, dict | list) and _is_deep(value):
            raise _RefusedError
        return value

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        self._room -= len(pairs)
        if len(found) != len(pairs) or self._room < 0:
            raise _RefusedError
        return found


def _is_deep(value: Any) -> bool:
    """Whether objects and arrays nest deeper than `MAX_DEPTH`, level by level."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = (item for each in level for item in (each.values() if isinstance(each, dict) else each))
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise _RefusedError
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if _is_unwieldy(digits):
        raise _RefusedError
    return Decimal(digits)


def _is_unwieldy(digits: str) -> bool:
    exponent = _EXPONENT.search(digits)
    if len(digits) > MAX_NUMBER_LENGTH:
        return True
    return exponent is not None and abs(int(exponent[1])) > MAX_EXPONENT


def _constant(_name: str) -> NoReturn:
    raise _RefusedError


def _syntax(text: str, error: json.JSONDecodeError) -> JsonProblem:
    offset = min(error.pos, len(text))
    if not text.strip():
        return JsonProblem("PK010", "there is no JSON here", 0, expected="a JSON value", got="nothing")
    rest = text[offset : offset + 40].split("\n", 1)[0].strip()
    expected = error.msg[:1].lower() + error.msg[1:]
    got = f"`{rest}`" if rest else "the end"
    return JsonProblem("PK010", f"this is not JSON: {expected}", offset, got=got)


def _locate(text: str, max_members: int) -> JsonProblem | None:
    """Return the first thing that this reader refuses in a text that is JSON so far."""
    objects: list[set[str] | None] = []
    members = 0
    for word, start, is_key in _tokens(text):
        length = len(word)
        if word in "{[":
            objects.append(set() if word == "{" else None)
            if len(objects) > MAX_DEPTH:
                return JsonProblem("PK012", f"values nest deeper than {MAX_DEPTH}", start)
        elif word in "}]":
            objects[-1:] = []
        elif word[0] == '"':
            value = _unquoted(word)
            if _SURROGATE.search(value):
                return JsonProblem("PK009", "the text holds half of a character", start, length)
            keys = objects[-1] if objects else None
            if is_key and keys is not None:
                members += 1
                if value in keys:
                    return JsonProblem("PK011", f"the key `{value[:60]}` stands here twice", start, length)
                if members > max_members:
                    return JsonProblem("PK015", "too many fields", start, length, f"at most {max_members:,}", "more")
                keys.add(value)
        elif word in _CONSTANTS:
            return JsonProblem("PK014", f"`{word}` is not a number of JSON", start, length, "a finite number or `null`")
        elif word[0] in "-0123456789" and _is_unwieldy(word):
            return JsonProblem(
                "PK013", "a number is too long", start, length, f"at most {MAX_NUMBER_LENGTH} characters"
            )
    return None


def _tokens(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield each word of a text, where it stands, and whether a key stands there if it is a text in an object."""
    before = ""
    for found in _TOKEN.finditer(text):
        word = found.group()
        if word != ":":
            yield word, found.start(), before in {"{", ","}
        before = word if word in "{}[],:" else '"'


def _unquoted(word: str) -> str:
    if "\\" not in word:
        return word[1:-1]
    try:
        value: str = json.loads(word, strict=False)
    except ValueError:
        return word
    return value
