"""The texts inside of what clients send and receive: dictionaries, lists and the libraries' own data objects.

Every string is a text, but for what `_members` lists: so what a provider adds tomorrow is searched.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from policykit.guard.adapters.shared.values.members import (
    LABELS,
    MIN_DIGITS,
    SAID_BY_PROVIDERS,
    file_in,
    holds_headers,
    is_credential,
    is_exempt,
    is_file,
    is_plain_name,
    is_secret_header,
    number_text,
)
from policykit.guard.text.embedded import Kind
from policykit.guard.text.readable import JsonText, Reading, readable

MAX_DEPTH = 32
_SIMPLE = (int, float, bytes, type)
_DATA = frozenset({"arguments", "metadata"})
"""Members of requests that are data of the application: read as JSON, so that all names and numbers are text."""
_FIGURES = 10 ** (MIN_DIGITS - 1)
_NEVER: frozenset[str] = frozenset()


class Slot(NamedTuple):
    """Where a text stands."""

    holder: Any
    """A dictionary, a list, or a data object."""
    key: Any
    text: str
    path: tuple[Any, ...] = ()
    """The keys that lead to it."""
    whole: Reading | None = None
    """The reading that it is a part of."""
    part: int = 0
    is_name: bool = False
    """Whether the text is the member's name."""

    def put(self, text: str) -> None:
        """Replace the text. JSON stays JSON: what a number becomes is a string.

        Raises:
            ValueError: two members would have the same name.
        """
        if self.is_name:
            self._put_name(text)
            return
        value: Any = text
        if self.whole is not None:
            self.whole.put(self.part, text)
            value = str(self.whole) if isinstance(self.now(), str) else json.loads(str(self.whole))
        if isinstance(self.holder, dict | list):
            self.holder[self.key] = value
        else:
            setattr(self.holder, self.key, value)

    def now(self) -> Any:
        """Return the value in the slot."""
        return self.holder[self.key] if isinstance(self.holder, dict | list) else getattr(self.holder, self.key)

    def _put_name(self, text: str) -> None:
        if self.whole is None:
            self._rename(self.key, text)
            return
        before = str(self.whole)  # another part of the name may have been replaced
        self.whole.put(self.part, text)
        self._rename(before, str(self.whole))

    def _rename(self, before: Any, name: str) -> None:
        """Give the member another name in the same place."""
        if name in self.holder:
            raise ValueError("two members would have the same name")
        members = [(name if key == before else key, value) for key, value in self.holder.items()]
        self.holder.clear()
        self.holder.update(members)


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as dictionaries and lists of its own; what it was made from is neither kept nor changed.

    Raises:
        ValueError: it is nested too deep.
    """
    kind = type(value)
    if kind is str:
        return value
    if kind is list and depth <= MAX_DEPTH:  # as nearly all are; what may be anything takes its time
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, str):
        return str.__str__(value)  # a class of its own may say anything, and what is sent is its letters
    if value is None or isinstance(value, _SIMPLE):
        return value
    if depth > MAX_DEPTH:
        raise ValueError("the request is nested too deep")
    if kind is not dict and hasattr(value, "model_dump"):
        value = value.model_dump(exclude_unset=True, by_alias=True)
    if kind is dict or isinstance(value, Mapping):
        return {_name(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Iterable) and not _is_like_text(value):
        return [plain(item, depth + 1) for item in value]
    return value


def _name(key: Any) -> Any:
    return str.__str__(key) if isinstance(key, str) else key


def _is_like_text(value: Any) -> bool:
    """Whether a value is text or bytes in a class that is not `str`: taken apart, nobody would find anything in it."""
    return isinstance(value, bytearray | memoryview) or hasattr(value, "encode") or hasattr(value, "tobytes")


def is_legible(value: Any) -> bool:
    """Whether a value holds nothing but what can be looked into."""
    if isinstance(value, dict):
        return all(map(is_legible, value.values()))
    if isinstance(value, list):
        return all(map(is_legible, value))
    return value is None or isinstance(value, str | int | float)


def slots(value: Any, path: tuple[Any, ...] = (), *, is_request: bool = False) -> Iterator[Slot]:
    """Return every text inside of a value, in order; the parts of JSON and of files each by itself.

    Args:
        value: a dictionary, a list or a data object; anything else has no place in which a text could be changed.
        path: the keys that lead to it.
        is_request: whether people can write what are a provider's labels in an answer.

    Raises:
        ValueError: it is nested too deep.
    """
    found: list[Slot] = []
    _gather(found, value, path, is_request=is_request)
    return iter(found)


def _gather(found: list[Slot], value: Any, path: tuple[Any, ...], *, is_request: bool) -> None:
    """Add every text inside of a value. One list for all of them: generators in generators cost each call too much."""
    if len(path) > MAX_DEPTH:
        raise ValueError("the value is nested too deep")
    is_list, is_dict = isinstance(value, list), isinstance(value, dict)
    members = _members(value)
    kind = "" if is_list else _kind(members)
    has_headers = is_request and holds_headers(path)
    skipped = _NEVER if is_list or is_request else SAID_BY_PROVIDERS
    for key, item in members:
        if not is_dict and (item is None or (type(item) is int and -_FIGURES < item < _FIGURES)):
            continue  # most members of an answer
        if (key in skipped and (key in LABELS or isinstance(item, str))) or (has_headers and is_secret_header(key)):
            continue
        if isinstance(item, str):
            found += _in_member(value, kind, path, key, item, is_request=is_request)
        elif item is None:
            pass  # most members of an answer
        elif is_call(kind, key) or (isinstance(item, dict) and (key == "arguments" or (is_request and key in _DATA))):
            found += _json_slots(value, (*path, key), json.dumps(item, ensure_ascii=False, default=str))
        elif isinstance(item, int | float):
            if not -_FIGURES < item < _FIGURES and (number := number_text(key, item)) is not None:
                found.append(Slot(value, key, number, (*path, key)))
        else:
            _gather(found, item, (*path, key), is_request=is_request)
        if is_dict and isinstance(key, str) and not is_plain_name(key):
            found += [each._replace(is_name=True) for each in text_slots(value, key, key, (*path, key))]


def _kind(members: Iterable[tuple[Any, Any]]) -> str:
    """Return what the members say that they are."""
    for key, item in members:
        if key == "type" and isinstance(item, str):
            return item
    return ""


def _in_member(  # noqa: PLR0913 - what is known of a member
    holder: Any, kind: str, path: tuple[Any, ...], key: Any, item: str, *, is_request: bool
) -> list[Slot]:
    here = (*path, key)
    if key == "arguments":
        return _json_slots(holder, here, item)
    if isinstance(holder, list):
        is_text = not path or not is_exempt("", path[-1], item, is_request=True)
        return text_slots(holder, key, item, here) if is_text else []
    if is_file(kind, path, holder, key):
        found = file_in(kind, path, holder, key, item)
        if found.kind is Kind.PLAIN:
            return text_slots(holder, key, item, here)
        return [] if found.reading is None else _reading_slots(holder, here, found.reading)
    is_out = is_exempt(kind, key, item, is_request=is_request) or (is_request and is_credential(kind, path, key))
    return [] if is_out else text_slots(holder, key, item, here)


def text_slots(holder: Any, key: Any, text: str, path: tuple[Any, ...] = ()) -> list[Slot]:
    """Return a text as it reads: where it is JSON or has escapes, part by part."""
    found = readable(text)
    if found is None:
        return [Slot(holder, key, text, path)]
    return _reading_slots(holder, path or (key,), found)


def _json_slots(holder: Any, path: tuple[Any, ...], raw: str) -> list[Slot]:
    return _reading_slots(holder, path, JsonText(raw))


def _reading_slots(holder: Any, path: tuple[Any, ...], whole: Reading) -> list[Slot]:
    return [Slot(holder, path[-1], part, path, whole, index) for index, part in enumerate(whole.parts)]


def replaced(value: Any, texts: Sequence[str], *, is_request: bool = False) -> Any:
    """Return a copy of a value with other texts in the places that `slots` gave."""
    changed = copy.deepcopy(value)
    put_all(slots(changed, is_request=is_request), texts)
    return changed


def put_all(found: Iterable[Slot], texts: Sequence[str]) -> None:
    """Put texts in the places of others.

    Raises:
        ValueError: there are more or fewer texts than places, or two members would have the same name.
    """
    for slot, text in zip(list(found), texts, strict=True):
        if text != slot.text:
            slot.put(text)


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return list(enumerate(value))
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return [*value.__dict__.items(), *(value.model_extra or {}).items()]
    return []


def is_text(kind: str, name: str, value: str) -> bool:
    """Whether a member of an answer's dictionary of some kind is a text."""
    holder = {"type": kind, name: value}
    if is_file(kind, (), holder, name):
        return file_in(kind, (), holder, name, value).kind in {Kind.PLAIN, Kind.TEXT}
    return not is_exempt(kind, name, value, is_request=False)


def is_call(kind: str, key: Any) -> bool:
    """Whether a value is the arguments of a tool's call, which are read as JSON so that numbers in them are text."""
    return (key == "input" and kind.endswith("tool_use")) or (key == "args" and kind.endswith("tool_call"))
