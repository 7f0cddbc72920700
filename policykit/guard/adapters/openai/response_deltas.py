"""The events of a streamed response, which say every text several times.

They say it in deltas, when it is done, with its part, with its item, and with the response as a whole. A text that is
said in deltas is one channel. An event that says it again is built when it leaves, out of what has left. What an event
says for the first time (names, queries, results of tools, annotations) is checked with the event. A text of an event
that is not known may be a piece of one that was cut in two: it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policykit.guard.adapters.shared.shape import Facts, Piece, Request, Said, silent
from policykit.guard.adapters.shared.values.at_once import AtOnce, is_said_back, put, said_back, text_of, texts_at_once
from policykit.guard.adapters.shared.values.walk import Slot

Path = tuple[Any, ...]
Key = tuple[Any, ...]
"""A text: the place of its item, its path in the item, and for what came at once the text itself."""

_WHERE: dict[str, tuple[str, Path]] = {
    "response.output_text": ("text", ("content", "#content_index", "text")),
    "response.refusal": ("refusal", ("content", "#content_index", "refusal")),
    "response.reasoning_text": ("text", ("content", "#content_index", "text")),
    "response.reasoning_summary_text": ("text", ("summary", "#summary_index", "text")),
    "response.function_call_arguments": ("arguments", ("arguments",)),
    "response.mcp_call_arguments": ("arguments", ("arguments",)),
    "response.custom_tool_call_input": ("input", ("input",)),
    "response.code_interpreter_call_code": ("code", ("code",)),
    "response.shell_call_command": ("command", ("action", "commands", "#command_index")),
    "response.content_part": ("part", ("content", "#content_index")),
    "response.reasoning_summary_part": ("part", ("summary", "#summary_index")),
    "response.output_text.annotation": (
        "annotation",
        ("content", "#content_index", "annotations", "#annotation_index"),
    ),
    "response.output_item": ("item", ()),
}
"""Kinds of events without their last word, the member that says a text, and where in the item it stands; `#` is a
member of the event that is an index. Source: openai-python 3, `types/responses/response_stream_event.py`."""
_BEGUN = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDED = frozenset({"response.completed", "response.incomplete", "response.failed"})
_OPAQUE = {"response.image_generation_call.partial_image": "partial_image_b64", "response.audio.delta": "delta"}
"""Events that bring a piece of an image or of sound, and the member that is it."""


def _shape(path: Path) -> Path:
    return tuple("#" if isinstance(each, int) or each.startswith("#") else each for each in path)


_IN_DELTAS = frozenset(
    _shape(path) for kind, (_, path) in _WHERE.items() if kind.split(".")[1][-4:] not in {"part", "item"}
)
"""Texts that come in deltas, without indexes."""


class ResponseDeltas:
    """The events of one response."""

    def __init__(self, answer_facts: Callable[[Any], Facts], request: Request, *, is_read: bool) -> None:
        """Take what gives the facts of a response, the request, and whether rules read the texts."""
        self._sent = said_back(request)
        self._answer_facts = answer_facts
        self._is_read = is_read
        self._response: Any = None
        self._pieces: dict[Key, list[str]] = {}
        """What came in deltas."""
        self._ended: set[Key] = set()
        self._places: dict[str, int] = {}
        """Identifier of each item, and its place among the items."""
        self._number: int | None = None
        self._at_once = AtOnce(is_read=is_read)

    def take(self, event: Any) -> Iterator[Piece]:
        """Yield what an event says."""
        kind, sort = event.type, event.type.rpartition(".")
        if self._number is None:
            self._number = _number(event)
        if sort[2] == "delta" and sort[0] in _WHERE:
            yield self._delta(event, sort[0])
            return
        bare = event.model_copy(deep=True)
        if self._is_read:
            _drop_probabilities(bare)
        if kind in _BEGUN | _ENDED:
            self._response = event.response
        if sort[0] == "response.output_item" and isinstance(getattr(event.item, "id", None), str):
            self._places[event.item.id] = event.output_index
        sent = self._sent if kind in _BEGUN | _ENDED else frozenset()
        slots = [slot for slot in _texts(bare, kind) if not is_said_back(slot, sent)]
        found = [(slot, self._path(bare, kind, sort[0], slot.path)) for slot in slots]
        is_known = kind in _BEGUN | _ENDED or kind == "error" or (sort[0] in _WHERE and sort[2] in {"added", "done"})
        if not is_known:
            yield from self._unknown(bare, kind)
            return
        is_begun = kind in _BEGUN or sort[2] == "added"
        said: list[tuple[Slot, Key]] = []
        for slot, path in found:
            if self._is_read and is_begun and _shape(path[1]) in _IN_DELTAS:
                raise ValueError("a text begins before its first delta")
            key = (*path, text_of(slot)) if self._is_new(path, slot) else path
            yield from self._said(key, slot)
            said.append((slot, key))
        if sort[2] == "done" and sort[0] in _WHERE:
            yield from self._done(event, sort[0])
        yield Piece(build=self._builder(bare, said), is_late=kind in _ENDED or kind == "error")

    @property
    def answer(self) -> Any:
        """Return the response as the newest event has it; None before the first."""
        return self._response

    def facts(self) -> Facts:
        """Return model, tokens and how it ended."""
        return {} if self._response is None else self._answer_facts(self._response)

    def _unknown(self, bare: Any, kind: str) -> Iterator[Piece]:
        """Yield an event of which nobody knows whether the next one goes on with its texts."""
        place = (kind, getattr(bare, "output_index", None), getattr(bare, "item_id", None))
        for piece in self._at_once.take(bare, place, goes_on=kind not in _OPAQUE, opaque=_OPAQUE.get(kind, "")):
            if piece.build is None:
                yield piece
            else:
                yield piece._replace(build=_then(piece.build, self._numbered))

    def _delta(self, event: Any, where: str) -> Piece:
        """Return a piece of a text."""
        key: Key = (event.output_index, _indexed(event, _WHERE[where][1]))
        if key in self._ended:
            raise ValueError("a text goes on behind its end")
        if not isinstance(event.delta, str):
            raise ValueError("a delta is no text")  # noqa: TRY004 - what cannot be checked is a ValueError here
        self._pieces.setdefault(key, []).append(event.delta)

        def make(text: str) -> Any:
            made = event.model_copy(deep=True)
            made.delta = text
            if self._is_read:
                _drop_probabilities(made)
            return self._numbered(made)

        return Piece(channel=key, text=event.delta, make=make, is_json=key[1] == ("arguments",))

    def _path(self, event: Any, kind: str, where: str, path: Path) -> Key:
        """Return the place of a text's item and its path there; -1 for what stands beside the items."""
        if kind in _BEGUN | _ENDED:
            if path[:2] != ("response", "output"):
                return -1, path
            identifier = str(getattr(event.response.output[path[2]], "id", None))
            return self._places.get(identifier, path[2]), path[3:]
        member, inside = _WHERE.get(where, ("", ()))
        if path[0] != member:
            return -1, (kind, *path)
        return event.output_index, (*_indexed(event, inside), *path[1:])

    def _is_new(self, key: Key, slot: Slot) -> bool:
        """Whether a text is not the one that came in deltas."""
        return key not in self._pieces or "".join(self._pieces[key]) != text_of(slot)

    def _said(self, key: Key, slot: Slot) -> Iterator[Piece]:
        """Yield a text that is said as a whole, the first time; and the end of its channel."""
        if key in self._ended:
            return
        if key not in self._pieces:
            yield Piece(channel=key, text=text_of(slot), make=silent, is_json=slot.whole is not None)
        self._ended.add(key)
        yield Piece(channel=key)

    def _done(self, event: Any, where: str) -> Iterator[Piece]:
        """Yield the ends of the texts that an event says are done, and that are still open."""
        place, path = event.output_index, _indexed(event, _WHERE[where][1])
        for key in self._pieces:
            if key not in self._ended and key[0] == place and key[1][: len(path)] == path:
                self._ended.add(key)
                yield Piece(channel=key)

    def _builder(self, event: Any, texts: list[tuple[Slot, Key]]) -> Callable[[Said], Any]:
        def build(said: Said) -> Any:
            for slot, key in texts:
                put(slot, said(key))
            return self._numbered(event)

        return build

    def _numbered(self, event: Any) -> Any:
        """Return an event with the next number, because texts leave in other pieces than they came."""
        if self._number is not None and _number(event) is not None:
            event.sequence_number = self._number
            self._number += 1
        return event


def _then(build: Callable[[Said], Any], more: Callable[[Any], Any]) -> Callable[[Said], Any]:
    return lambda said: more(build(said))


def _number(event: Any) -> int | None:
    found = getattr(event, "sequence_number", None)
    return found if isinstance(found, int) else None


def _indexed(event: Any, path: Path) -> Path:
    """Return a path with the event's indexes."""
    return tuple(getattr(event, each[1:]) if each.startswith("#") else each for each in path)


def _texts(event: Any, kind: str) -> list[Slot]:
    """Return the texts of an event; JSON as a whole. An empty one says nothing."""
    return [slot for slot in texts_at_once(event) if slot.path != (_OPAQUE.get(kind),)]


def _drop_probabilities(event: Any) -> None:
    """Drop the tokens' probabilities, which spell the text, wherever an event has them."""
    item = getattr(event, "item", None)
    response = getattr(event, "response", None)
    asked = getattr(response, "instructions", None)
    items = [item, *(getattr(response, "output", None) or ()), *(asked if isinstance(asked, list) else ())]
    parts = [part for each in items for part in getattr(each, "content", None) or ()]
    for each in (event, getattr(event, "part", None), *parts):
        if getattr(each, "logprobs", None):
            each.logprobs = []
