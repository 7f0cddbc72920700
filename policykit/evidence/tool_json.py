"""Reads JSON that tools wrote: strictly, exactly, and without trusting its size, depth or numbers.

- UTF-8 only; a byte order mark is skipped.
- A key that stands twice is an error: two readers would see two different files.
- `NaN` and `Infinity` are errors; fractions become `Decimal`, exactly as written.
- Too deep nesting is an error, found by the parser's own limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from policykit.evidence.problems import refusal
from policykit.evidence.safe_file import EvidenceFile
from policykit.source.visible import quoted

_LONGEST_INT = 61
"""Digits and sign; whole numbers beyond stay `Decimal`, which costs no quadratic conversion."""


class _DuplicateKeyError(ValueError):
    """Carries the key."""


class _ConstantError(ValueError):
    """Carries `NaN` or `Infinity`."""


def _whole_number(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LONGEST_INT else Decimal(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return made


def _constant(text: str) -> Any:
    raise _ConstantError(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_int=_whole_number, parse_constant=_constant
)


def decode_utf8(data: bytes, place: str) -> str:
    """Return the text of UTF-8 bytes.

    Raises:
        EvidenceError: they are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise refusal(
            "PK505",
            "the file is not UTF-8 text",
            place=place,
            got=f"byte 0x{data[problem.start]:02x} at offset {problem.start}",
            help="export it again as UTF-8",
        ) from None


def parse_json(data: bytes, place: str) -> Any:
    """Return the value of one JSON text.

    Raises:
        EvidenceError: it is not valid, strict JSON.
    """
    text = decode_utf8(data, place)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as problem:
        raise _syntax(problem, text, place) from None
    except _DuplicateKeyError as problem:
        raise refusal(
            "PK509",
            f"the key {quoted(problem)} stands twice in one object",
            place=place,
            help="programs disagree about which one counts: have the file written again",
        ) from None
    except _ConstantError as problem:
        raise refusal(
            "PK510", f"{quoted(problem)} is not a number", place=place, help="a missing measurement must be left out"
        ) from None
    except RecursionError:
        raise refusal("PK511", "the file nests too deep to be read", place=place) from None


def _syntax(problem: json.JSONDecodeError, text: str, place: str) -> Exception:
    where = f"line {problem.lineno}, column {problem.colno}"
    if not text.strip():
        return refusal("PK508", "the file is empty", place=place, help="run the tool again")
    if not text[problem.pos :].strip() or problem.msg.startswith("Unterminated"):
        return refusal(
            "PK508",
            "the file ends in the middle of its JSON",
            place=place,
            got=f"the end at {where}",
            help="the tool was interrupted or the copy is cut off: run it again",
        )
    return refusal("PK508", "the file is not JSON", place=place, got=f"{problem.msg.lower()} at {where}")


def json_lines(file: EvidenceFile) -> Iterator[tuple[int, Any]]:
    """Yield the number and value of every line that is not blank, holding one line at a time.

    Raises:
        EvidenceError: a line is not strict JSON.
    """
    for number, line in enumerate(file.lines(), 1):
        if line.strip():
            yield number, parse_json(line, f"{file.name}: line {number}")
