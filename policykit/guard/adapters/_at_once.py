"""Texts that an event of a stream brings at once, wherever in it they stand: searched like those of a whole answer.

Each text is a channel of its own, and the event is built again out of what the rules left of each. Nobody knows of a
member that the library does not declare whether the next event goes on with it. The channels of such a member are a
run: rules read each text by itself, and all of them together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from policykit.guard.adapters._shape import Piece, Said, silent
from policykit.guard.adapters._walk import Slot, slots

WHOLE = frozenset(
    {
        "annotations",
        "citation",
        "citations",
        "executed_tools",
        "images",
        "related_questions",
        "search_results",
    }
)
"""Members that come complete, so that the next event's has nothing to do with them.

Source: the stream formats of OpenAI, Anthropic, OpenRouter, Perplexity and Groq."""
Texts = list[tuple[Slot, Hashable, str]]
"""Where each text stands, its channel, and the text as it came."""


def texts_at_once(value: Any) -> list[Slot]:
    """Return the texts inside of a value, JSON as a whole; an empty one says nothing.

    Raises:
        ValueError: it is nested too deep.
    """
    return [slot for slot in slots(value) if slot.part == 0 and text_of(slot)]


def text_of(slot: Slot) -> str:
    """Return the text that stands there."""
    return slot.text if slot.whole is None else str(slot.whole)


def said_at_once(slot: Slot, key: Hashable, run: Hashable = None, *, is_late: bool = False) -> Iterator[Piece]:
    """Yield a text that comes at once, and its end where its event does not wait for the end of the answer."""
    is_json, is_whole = slot.whole is not None, is_late or run is not None
    yield Piece(channel=key, text=text_of(slot), make=silent, is_json=is_json, is_whole=is_whole, run=run)
    if not is_late:
        yield Piece(channel=key)


def put(slot: Slot, text: str) -> None:
    """Put a text back; arguments that came as a value stay one."""
    held = slot.holder[slot.key] if isinstance(slot.holder, dict | list) else getattr(slot.holder, slot.key)
    if isinstance(held, str):
        slot._replace(whole=None).put(text)
    elif isinstance(slot.holder, dict | list):
        slot.holder[slot.key] = json.loads(text)
    else:
        setattr(slot.holder, slot.key, json.loads(text))


def builder(event: Any, texts: Texts) -> Callable[[Said], Any]:
    """Return what makes an event out of what was said of its texts."""

    def build(said: Said) -> Any:
        for slot, key, was in texts:
            if (now := said(key)) != was:
                put(slot, now)
        return event

    return build


def shape_of(value: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the way to a text with the indexes that items have of their own, by which consumers put pieces together."""
    found: list[Any] = []
    for step in path:
        value = value[step] if isinstance(value, dict | list) else getattr(value, step, None)
        index = value.get("index") if isinstance(value, dict) else getattr(value, "index", None)
        found.append(("#", index) if isinstance(step, int) and isinstance(index, int) else step)
    return tuple(found)
