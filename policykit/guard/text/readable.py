"""Texts that say more than their letters: JSON, alone or in prose, and escapes. Read decoded, written as they were.

A reading is a text taken apart: its parts, with what stands between them (`parts.Part`), read as the text does once it
is decoded, and what is put in the place of a part is written so that the text stays what it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Protocol

from policykit.guard.text.parts import SEPARATOR, Part

MAX_NESTED = 4
"""How deep JSON in strings of JSON is read as JSON; escapes are decoded at any depth."""
_MAX_FAILURES = 16
"""Places at which JSON may seem to begin and does not, after which the rest is read as prose: each costs a search."""
_START = re.compile(r'\A\s*(?=")|\{(?=\s*")|(?:\A|(?<=\n))[ \t]*(?=\[\s*["{\[\d-])')
"""Where JSON may begin: an object anywhere, an array at the beginning of a line, a string only as the whole text."""
_ESCAPE = re.compile(r"(?:\\+u[0-9a-fA-F]{4})+")
"""Escapes as JSON writes them; with several backslashes where JSON stands in strings of JSON."""
_CODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\s{}\[\],:"]+', re.DOTALL)
"""A string, or what else is neither white space nor a mark of structure: numbers, words, and what is not JSON."""
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)


class Reading(Protocol):
    """A text taken apart."""

    parts: list[Part]
    """What is read, in order; together with their leads they read as the decoded text does."""

    def put(self, index: int, text: str) -> None:
        """Replace a part."""

    def __str__(self) -> str:
        """Return the text with what was replaced."""


class Pieces:
    """What every reading is made of: a text in pieces, some of which are parts or readings of their own."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._pieces: list[str | Reading] = []
        self._places: list[tuple[int, int]] = []
        """For each part its piece, and which part of that piece's own reading it is; -1 without one."""

    def put(self, index: int, text: str) -> None:
        """Replace a part."""
        place, inner = self._places[index]
        piece = self._pieces[place]
        if isinstance(piece, str):
            self._pieces[place] = self.written(text)
        else:
            piece.put(inner, text)

    def written(self, text: str) -> str:
        """Return what stands in the place of a piece for a text."""
        return text

    def __str__(self) -> str:
        return "".join(map(str, self._pieces))

    def add(self, piece: str, text: str, lead: str) -> None:
        """Add a piece that is one part."""
        self._places.append((len(self._pieces), -1))
        self._pieces.append(piece)
        self.parts.append(Part.of(text, lead))

    def add_reading(self, reading: Reading, lead: str) -> None:
        """Add a piece that is itself taken apart."""
        for index, part in enumerate(reading.parts):
            self._places.append((len(self._pieces), index))
            self.parts.append(Part.of(part, part.lead if index else lead))
        self._pieces.append(reading)


class JsonText(Pieces):
    """A JSON text taken apart. A text that is not JSON, such as one that was cut, is taken apart as far as it goes."""

    def __init__(self, raw: str, depth: int = 0) -> None:
        super().__init__()
        done, lead = 0, SEPARATOR
        for found in _TOKEN.finditer(raw):
            token, gap = found[0], raw[done : found.start()]
            decoded = _decoded(token)
            mark = "" if decoded is None else '"'
            self._pieces.append(gap)
            inner = readable(token, MAX_NESTED) if decoded is None else readable(decoded, depth + 1)
            if inner is None:
                self.add(token, token if decoded is None else decoded, f"{lead}{gap}{mark}")
            else:
                self.add_reading(inner if decoded is None else _Quoted(inner, token), f"{lead}{gap}{mark}")
            done, lead = found.end(), mark
        self.rest = raw[done:]
        """What stands after the last part."""
        self.end = f"{lead}{self.rest}" if self.parts else self.rest
        """The same, as it reads."""
        self._pieces.append(self.rest)

    def written(self, text: str) -> str:
        """Return a string of JSON, which a part is from now on."""
        return json.dumps(text, ensure_ascii=False)


class _Quoted:
    """A string of JSON that is itself taken apart; as it was until a part of it is replaced."""

    def __init__(self, inner: Reading, raw: str) -> None:
        self.parts = inner.parts
        self._inner = inner
        self._raw = raw

    def put(self, index: int, text: str) -> None:
        self._inner.put(index, text)
        self._raw = json.dumps(str(self._inner), ensure_ascii=False)

    def __str__(self) -> str:
        return self._raw


class _Mixed(Pieces):
    """Prose with JSON and escapes in it. Begins and ends with prose, so that all of it is read."""

    def __init__(self, raw: str, spans: list[tuple[int, int]], depth: int) -> None:
        super().__init__()
        done, lead = 0, SEPARATOR
        for start, end in spans:
            self._add_prose(raw[done:start], lead)
            inner = JsonText(raw[start:end], depth)
            self.add_reading(inner, inner.parts[0].lead.removeprefix(SEPARATOR))
            done, lead = end, inner.end
        self._add_prose(raw[done:], lead)

    def _add_prose(self, raw: str, lead: str) -> None:
        done = 0
        for start, end, text in _escapes(raw):
            self.add(raw[done:start], raw[done:start], lead)
            self.add(raw[start:end], text, "")
            done, lead = end, ""
        self.add(raw[done:], raw[done:], lead)


def readable(text: str, depth: int = 0) -> Reading | None:
    """Return how a text reads where that is not as it stands; None for a plain text.

    Args:
        text: what a program may read as JSON, a model as what the escapes mean.
        depth: in how many strings of JSON it stands.
    """
    has_escapes = "\\" in text and _ESCAPE.search(text) is not None
    if not has_escapes and '"' not in text and "[" not in text:
        return None
    spans = list(_json_in(text)) if depth < MAX_NESTED else []
    return _Mixed(text, spans, depth) if spans or has_escapes else None


def _json_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where JSON that has values begins and ends."""
    done = failures = 0
    for found in _START.finditer(text):
        start = found.start() if found[0] == "{" else found.end()
        if start < done:
            continue
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            failures += 1
            if failures == _MAX_FAILURES:
                return
            continue
        is_whole = not text[end:].strip()
        if value and (is_whole or not isinstance(value, str)) and _TOKEN.search(text, start, end):
            yield start, end
            done = end


def _escapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield escapes and what they say. Half of a pair says nothing, and stays as it is."""
    if "\\" not in text:
        return
    for found in _ESCAPE.finditer(text):
        units = b"".join(int(code[1], 16).to_bytes(2, "big") for code in _CODE.finditer(found[0]))
        try:
            yield found.start(), found.end(), units.decode("utf-16-be")
        except UnicodeDecodeError:
            continue


def _decoded(token: str) -> str | None:
    """Return a string decoded; None for what is not a string, or cannot be decoded."""
    if not token.startswith('"'):
        return None
    is_closed = len(token) > 1 and token.endswith('"')
    try:
        found = json.loads(token if is_closed else f'{token}"', strict=False)
    except ValueError:
        return None
    return found if isinstance(found, str) else None
