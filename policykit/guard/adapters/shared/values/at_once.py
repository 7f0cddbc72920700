"""Texts that an event of a stream brings at once, wherever in it they stand: searched like those of a whole answer.

Each text is a channel of its own, and the event is built again out of what the rules left of each. Nobody knows of a
member that the library does not declare whether the next event goes on with it. The channels of such a member are a
run: rules read each text by itself, and all of them together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from policykit.guard.adapters.shared.shape import Piece, Said, silent
from policykit.guard.adapters.shared.values.walk import Slot, plain, slots

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
SAID_BACK = frozenset(
    {
        "conversation",
        "instructions",
        "metadata",
        "prompt",
        "prompt_cache_key",
        "safety_identifier",
        "text",
        "tool_choice",
        "tools",
        "user",
    }
)
"""Members in which a response says what it was asked. Source: openai-python 3, `types/responses/response.py`."""
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
    yield Piece(
        channel=key, text=text_of(slot), make=silent, is_json=is_json, is_whole=is_whole, run=run, reading=slot.whole
    )
    if not is_late:
        yield Piece(channel=key)


def put(slot: Slot, text: str) -> None:
    """Put a text back; arguments that came as a value stay one."""
    if slot.whole is None:
        slot.put(text)
        return
    held = slot.holder[slot.key] if isinstance(slot.holder, dict | list) else getattr(slot.holder, slot.key)
    if isinstance(held, str):
        slot._replace(whole=None).put(text)
    elif isinstance(slot.holder, dict | list):
        slot.holder[slot.key] = json.loads(text)
    else:
        setattr(slot.holder, slot.key, json.loads(text))


class AtOnce:
    """The events of one stream that bring texts at once."""

    def __init__(self, *, is_read: bool) -> None:
        """Take whether rules read the answer."""
        self._is_read = is_read
        self._count = 0

    def take(
        self, event: Any, place: Hashable, *, is_late: bool = False, goes_on: bool = False, opaque: str = ""
    ) -> Iterator[Piece]:
        """Yield the texts of an event, and the event built again.

        Args:
            event: a copy of it, which is changed.
            place: where it stands in the answer.
            is_late: whether it leaves after all texts.
            goes_on: whether the next event of the place may go on with its texts.
            opaque: a member that holds an image or sound.
        """
        texts: Texts = []
        for slot in texts_at_once(event):
            if slot.path == (opaque,):
                continue
            run = None
            if goes_on and self._is_read and WHOLE.isdisjoint(map(str, slot.path)):
                run = (place, *shape_of(event, slot.path))
            self._count += 1
            key = ("at once", self._count)
            texts.append((slot, key, text_of(slot)))
            yield from said_at_once(slot, key, run, is_late=is_late)
        yield Piece(build=builder(event, texts), is_late=is_late)


def said_back(request: Mapping[str, Any]) -> frozenset[str]:
    """Return the texts of a request that a response says back: what it was asked is none of the answer."""
    held = {name: plain(value) for name, value in request.items() if name in SAID_BACK}
    return frozenset(text_of(slot) for slot in slots(held) if slot.part == 0)


def is_said_back(slot: Slot, sent: frozenset[str]) -> bool:
    """Whether a text of a response is one of its request, in a member that says what was asked."""
    return text_of(slot) in sent and not SAID_BACK.isdisjoint(slot.path[:2])


def without_said_back(answer: Any, request: Mapping[str, Any]) -> Any:
    """Return an answer without the members that say what its request said, and nothing else."""
    if not hasattr(answer, "model_copy"):
        return answer
    members = {**answer.__dict__, **(answer.model_extra or {})}  # to ask for what is not there is slow
    names = [name for name in SAID_BACK & members.keys() if members[name] is not None]
    if not names:
        return answer
    sent = said_back(request)
    gone = [n for n in names if all(text_of(slot) in sent for slot in texts_at_once({n: getattr(answer, n)}))]
    return answer.model_copy(update=dict.fromkeys(gone)) if gone else answer


def builder(event: Any, texts: Texts) -> Callable[[Said], Any]:
    """Return what makes an event out of what was said of its texts."""

    def build(said: Said) -> Any:
        for slot, key, was in texts:
            if (now := said(key)) != was:
                put(slot, now)
        return event

    return build


def shape_of(value: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the way to a text with the indexes that items have of their own, by which pieces are put together."""
    found: list[Any] = []
    for step in path:
        value = value[step] if isinstance(value, dict | list) else getattr(value, step, None)
        index = value.get("index") if isinstance(value, dict) else getattr(value, "index", None)
        found.append(("#", index) if isinstance(step, int) and isinstance(index, int) else step)
    return tuple(found)
