"""The texts inside of what clients send and receive: dictionaries, lists and the libraries' own data objects.

Every string is a text, but for what is known to be a label: so what a provider adds tomorrow is searched.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from policykit.guard.adapters._json_text import JsonText

MAX_DEPTH = 32
LABELS = frozenset(
    {
        "type",
        "role",
        "id",
        "object",
        "status",
        "phase",
        "index",
        "tool_call_id",
        "tool_use_id",
        "call_id",
        "item_id",
        "file_id",
        "container_id",
        "response_id",
        "cache_control",
        "media_type",
        "mime_type",
        "format",
        "detail",
        "model",
        "signature",
        "encrypted_content",
        "finish_reason",
        "stop_reason",
        "service_tier",
        "system_fingerprint",
        "obfuscation",
        "logprobs",
        "usage",
    }
)
"""Names whose values are words of the protocol, opaque, or no text that anybody reads."""
_OPAQUE = {"base64": "data", "redacted_thinking": "data", "image_generation_call": "result",
           "image": "base64", "audio": "base64", "video": "base64", "file": "base64"}  # fmt: skip
"""Kinds of parts, and which of their members is no text."""
_SIMPLE = (str, int, float, bool, bytes)


class Slot(NamedTuple):
    """Where a text stands."""

    holder: Any
    """A dictionary, a list, or a data object."""
    key: Any
    text: str
    path: tuple[Any, ...] = ()
    """The keys that lead to it."""
    whole: JsonText | None = None
    """The JSON that it is a part of."""
    part: int = 0

    def put(self, text: str) -> None:
        """Replace the text. JSON stays JSON: what a number becomes is a string."""
        value: Any = text
        if self.whole is not None:
            self.whole.put(self.part, text)
            value = str(self.whole) if isinstance(self._now(), str) else json.loads(str(self.whole))
        if isinstance(self.holder, dict | list):
            self.holder[self.key] = value
        else:
            setattr(self.holder, self.key, value)

    def _now(self) -> Any:
        return self.holder[self.key] if isinstance(self.holder, dict | list) else getattr(self.holder, self.key)


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as dictionaries and lists of its own; what it was made from is neither kept nor changed.

    Raises:
        ValueError: it is nested too deep.
    """
    if value is None or isinstance(value, _SIMPLE):
        return value
    if depth > MAX_DEPTH:
        raise ValueError("the request is nested too deep")
    if hasattr(value, "model_dump"):
        value = value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, Mapping):
        return {key: plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item, depth + 1) for item in value]
    return value


def is_legible(value: Any) -> bool:
    """Whether a value holds nothing but what can be looked into."""
    if isinstance(value, dict):
        return all(map(is_legible, value.values()))
    if isinstance(value, list):
        return all(map(is_legible, value))
    return value is None or (isinstance(value, _SIMPLE) and not isinstance(value, bytes))


def slots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[Slot]:
    """Yield every text inside of a value, in order; the parts of JSON each by itself.

    Raises:
        ValueError: it is nested too deep.
    """
    if len(path) > MAX_DEPTH:
        raise ValueError("the value is nested too deep")
    members = _members(value)
    kind = next((item for key, item in members if key == "type" and isinstance(item, str)), "")
    for key, item in members:
        if (key in LABELS and not isinstance(value, list)) or _OPAQUE.get(kind) == key:
            continue
        here = (*path, key)
        if isinstance(item, str) and key == "arguments":
            yield from _json_slots(value, here, item)
        elif isinstance(item, str):
            if not _is_embedded(item):
                yield Slot(value, key, item, here)
        elif is_call(kind, key) and item is not None:
            yield from _json_slots(value, here, json.dumps(item, ensure_ascii=False))
        else:
            yield from slots(item, here)


def _json_slots(holder: Any, path: tuple[Any, ...], raw: str) -> Iterator[Slot]:
    whole = JsonText(raw)
    for index, part in enumerate(whole.parts):
        yield Slot(holder, path[-1], part, path, whole, index)


def replaced(value: Any, texts: Sequence[str]) -> Any:
    """Return a copy of a value with other texts in the places that `slots` gave."""
    changed = copy.deepcopy(value)
    for slot, text in zip(list(slots(changed)), texts, strict=True):
        if text != slot.text:
            slot.put(text)
    return changed


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return list(enumerate(value))
    if hasattr(value, "model_dump"):
        return [*value.__dict__.items(), *(value.model_extra or {}).items()]
    return []


def is_text(kind: str, name: str, value: str) -> bool:
    """Whether a member of a dictionary of some kind is a text."""
    return name not in LABELS and _OPAQUE.get(kind) != name and not _is_embedded(value)


def is_call(kind: str, key: Any) -> bool:
    """Whether a value is the arguments of a tool's call, which are read as JSON so that numbers in them are text."""
    return (key == "input" and kind.endswith("tool_use")) or (key == "args" and kind == "tool_call")


def _is_embedded(text: str) -> bool:
    """Whether a text is a file inside of an address; one that is itself text is searched."""
    return text.startswith("data:") and ";base64," in text[:256] and not text.startswith("data:text")
