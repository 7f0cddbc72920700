"""Calls of tools in a stream: which piece belongs to which call. Two calls are never one.

Providers tell calls apart by `index`, by `id`, by both, or by neither: Gemini's and Ollama's endpoints send every call
with index 0, others send none, or repeat the identifier or the name with each piece. A piece begins a new call when it
cannot go on with the one before. Each call leaves as one piece, after its name and its arguments were checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from policykit.guard.adapters.shared.shape import Piece, Said, silent
from policykit.guard.adapters.shared.values.at_once import (
    Texts,
    builder,
    said_at_once,
    shape_of,
    text_of,
    texts_at_once,
)

_LABELS = ("index", "id", "type")
_BODIES = {"function": "arguments", "custom": "input"}
"""What a call calls, and the member of it that is the arguments."""


class _Nesting:
    """How deep a JSON text is nested at its end, as it comes in pieces."""

    def __init__(self) -> None:
        self._depth = 0
        self._is_string = self._is_escaped = False
        self.is_closed = False
        """Whether an object has ended: nothing can follow it."""

    def add(self, text: str) -> None:
        for each in text:
            if self._is_string:
                self._is_string = self._is_escaped or each != '"'
                self._is_escaped = not self._is_escaped and each == "\\"
            elif each == '"':
                self._is_string = True
            elif each in "{[":
                self._depth += 1
            elif each in "}]":
                self._depth -= 1
                self.is_closed = self._depth <= 0


class ToolCall:
    """One call of a tool."""

    def __init__(self, place: Hashable, body: str) -> None:
        self.place = place
        self.body = body
        self.labels: dict[str, Any] = {}
        self.name = ""
        self.has_arguments = False
        self.is_value = False
        """Whether the arguments came as a value, not as JSON in a text."""
        self.nesting = _Nesting()
        self.count = 0
        """How many texts it has besides its name and its arguments."""
        self.more: dict[str, Any] = {}
        """Members that only the provider knows."""
        self.texts: dict[str, Texts] = {}

    def made(self, said: Said) -> dict[str, Any]:
        """Return the call with what was said of its name and its arguments."""
        arguments: Any = said(("arguments", self.place))
        if self.is_value:
            arguments = json.loads(arguments)
        for name, texts in self.texts.items():
            builder(self.more[name], texts)(said)
        own = {"name": said(("name", self.place)), _BODIES[self.body]: arguments}
        more = {name: value[name] for name, value in self.more.items()}
        inside = more.pop(self.body, {})
        return {**self.labels, self.body: {**inside, **own}, **more}


class ToolCalls:
    """The calls of tools of one message."""

    def __init__(self, place: Hashable, make: Callable[[dict[str, Any]], Any]) -> None:
        """Take where they stand, and what makes an event with a call."""
        self._place = place
        self._make = make
        self._calls: dict[Hashable, list[ToolCall]] = {}
        self._last: ToolCall | None = None
        self._count = 0

    def take(self, entries: list[Any]) -> Iterator[Piece]:
        """Yield the texts of the pieces of calls that one event brings.

        Raises:
            ValueError: one is not a piece of a call, or could be one of either of two calls.
        """
        used: list[ToolCall] = []
        for entry in entries:
            if not isinstance(entry, dict):
                raise ValueError("a piece of a tool's call is not an object")  # noqa: TRY004 - as all that is unfit
            body = "custom" if entry.get("custom") else "function"
            inside = entry.get(body) or {}
            if not isinstance(inside, dict):
                raise ValueError("a tool is called in a way that is not known")  # noqa: TRY004 - as above
            name, given = inside.get("name") or "", inside.get(_BODIES[body])
            text = given if isinstance(given, str) else "" if given is None else json.dumps(given, ensure_ascii=False)
            if not isinstance(name, str):
                raise ValueError("a tool's name is not a text")  # noqa: TRY004 - as above
            known = self._count
            call = self._call(entry, body, name, text, used)
            used.append(call)
            if self._count > known:
                yield Piece(build=lambda said, call=call: self._make(call.made(said)), is_late=True)  # type: ignore[misc]
            call.is_value = call.is_value or not (given is None or isinstance(given, str))
            yield from _texts(call, entry, name, text)

    def _call(self, entry: dict[str, Any], body: str, name: str, text: str, used: list[ToolCall]) -> ToolCall:
        """Return the call that a piece belongs to."""
        index, ident = entry.get("index"), entry.get("id") or None
        calls = self._calls.setdefault(index if isinstance(index, Hashable) else str(index), [])
        named = [each for each in calls if ident and each.labels.get("id") == ident]
        known = named or calls
        found = known[-1] if known else None
        if found is None and index is None and not (name or ident):
            found = self._last
        if found is None or _is_new(found, ident, name, text, is_second=found in used):
            self._count += 1
            found = ToolCall((self._place, self._count), body)
            calls.append(found)
        self._last = found
        return found


def _is_new(call: ToolCall, ident: Any, name: str, text: str, *, is_second: bool) -> bool:
    """Whether a piece begins another call than the one that it might go on with.

    Raises:
        ValueError: it may do either.
    """
    known = call.labels.get("id")
    if call.nesting.is_closed and text.strip():
        return True
    if not name:
        return False  # some providers make up an identifier for each piece
    if is_second or (ident and known and ident != known):
        return True
    if name == call.name or not call.name or (ident and ident == known):
        return False
    if call.has_arguments:
        return True
    if known or ident:
        return ident is not None
    raise ValueError("it is not clear which tool's call a piece belongs to")


def _texts(call: ToolCall, entry: dict[str, Any], name: str, text: str) -> Iterator[Piece]:
    """Yield what a piece of a call says, and keep what it says beside its texts."""
    call.labels.update({key: entry[key] for key in _LABELS if key in entry and call.labels.get(key) in (None, "")})
    if name == call.name:
        name = ""  # said again with each piece
    call.name += name
    call.has_arguments = call.has_arguments or bool(text)
    call.nesting.add(text)
    yield Piece(channel=("name", call.place), text=name, make=silent, is_whole=True)
    yield Piece(channel=("arguments", call.place), text=text, make=silent, is_whole=True, is_json=True)
    own = {"name", _BODIES[call.body]}
    more = {key: value for key, value in entry.items() if key not in {*_LABELS, *_BODIES} and value is not None}
    if beside := {key: value for key, value in (entry.get(call.body) or {}).items() if key not in own}:
        more[call.body] = beside
    for key, value in more.items():
        if call.more.get(key) != {key: value}:
            yield from _more(call, key, {key: value})


def _more(call: ToolCall, name: str, value: dict[str, Any]) -> Iterator[Piece]:
    call.more[name] = value
    call.texts[name] = found = []
    for slot in texts_at_once(value):
        run = ("more", call.place, *shape_of(value, slot.path))
        call.count += 1
        key = (run, call.count)
        found.append((slot, key, text_of(slot)))
        yield from said_at_once(slot, key, run, is_late=True)
