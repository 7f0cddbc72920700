"""Chunks of a chat completion, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

from policykit.guard.adapters.shared.shape import Facts, Piece, Said
from policykit.guard.adapters.shared.streams.tool_calls import ToolCalls
from policykit.guard.adapters.shared.values.at_once import (
    WHOLE,
    Texts,
    builder,
    said_at_once,
    shape_of,
    text_of,
    texts_at_once,
)
from policykit.guard.adapters.shared.values.members import LABELS
from policykit.guard.adapters.shared.values.walk import plain

_HEAD = frozenset({"id", "choices", "created", "model", "object", "usage", "system_fingerprint", "service_tier"})
_CHOICE = frozenset({"delta", "finish_reason", "index", "logprobs"})
_CALLS = frozenset({"tool_calls", "function_call"})
_MOST_DIGITS = 7
"""A longer number may be a card or an account."""


class ChatDeltas:
    """The chunks of one completion."""

    def __init__(self, chunk: Callable[..., Any], usage_facts: Callable[[Any], Facts], *, is_read: bool) -> None:
        """Take what makes a chunk like another, what reads usage, and whether rules read the answer."""
        self._chunk = chunk
        self._usage_facts = usage_facts
        self._is_read = is_read
        self._model: object = None
        self._reason: object = None
        self._usage: Any = None
        self._calls: dict[Hashable, ToolCalls] = {}
        self._told: dict[Hashable, Any] = {}
        """What the newest chunk said beside its texts; it is passed on when it changes."""
        self._count = 0
        self._spoken: dict[Hashable, Texts] = {}
        """The transcript of each choice's sound."""

    def take(self, event: Any) -> Iterator[Piece]:
        """Yield what a chunk says besides its texts, and its texts.

        Raises:
            ValueError: it says something that cannot be checked.
        """
        self._model = event.model or self._model
        self._usage = event.usage or self._usage
        choices = event.choices or []
        has_ended, says_more = not choices, bool(event.usage)
        texts: list[Piece] = []
        if event.model_extra:
            event.model_extra.pop("obfuscation", None)  # padding against listeners
        if beside := _beside(event, _HEAD):
            texts += self._aside(event, None, beside, _HEAD)
        for choice in choices:
            has_ended = has_ended or bool(choice.finish_reason)
            says_more = says_more or (choice.delta is not None and choice.delta.role is not None)
            says_more = says_more or (choice.logprobs is not None and not self._is_read)
            texts += self._texts(event, choice)
        if has_ended:
            texts.append(Piece(self._bare(event), is_late=True))
        elif says_more or not texts:
            texts.insert(0, Piece(self._bare(event)))
        return iter(texts)

    def facts(self) -> Facts:
        """Return model, tokens and why it stopped."""
        return {
            "call.response_model": self._model,
            "call.finish_reason": self._reason,
            **self._usage_facts(self._usage),
        }

    def _bare(self, event: Any) -> Any:
        """Return a copy of a chunk without its texts; costly, and most chunks are nothing but text."""
        bare = event.model_copy(deep=True)
        _forget(bare, _HEAD)
        for choice in bare.choices or ():
            _forget(choice, _CHOICE)
            if self._is_read:
                choice.logprobs = None
            for name, _ in _said(choice.delta):
                setattr(choice.delta, name, None)
        return bare

    def _texts(self, event: Any, choice: Any) -> list[Piece]:
        """Return the texts of a choice."""
        self._reason = self._reason or choice.finish_reason
        pieces: list[Piece] = []
        if choice.model_extra:
            pieces += self._aside(event, choice.index, choice.model_extra, _CHOICE)
        said = _said(choice.delta)
        is_alone = len(said) == 1 and said[0][0] not in _CALLS and isinstance(said[0][1], str)
        if is_alone and _is_text_alone(event, choice):
            ((name, value),) = said
            make = _TextMaker(self._chunk, event, choice.index, name, event)
            return [Piece(channel=(choice.index, name), text=value, make=make)]
        for name, value in said:
            if name in _CALLS:
                pieces += self._tool_texts(event, choice.index, name, value)
            elif isinstance(value, str):
                make = _TextMaker(self._chunk, event, choice.index, name)
                pieces.append(Piece(channel=(choice.index, name), text=value, make=make))
            else:
                pieces += self._structured(event, choice.index, name, value)
        return pieces

    def _tool_texts(self, event: Any, index: int, name: str, value: Any) -> Iterator[Piece]:
        """Take calls of tools apart: names and arguments, which leave together when both are checked."""
        is_list = name == "tool_calls"
        place = (index, name)
        if place not in self._calls:

            def make(call: dict[str, Any]) -> Any:
                said = [call] if is_list else call["function"]
                return self._chunk(event, [{"index": index, "delta": {name: said}}])

            self._calls[place] = ToolCalls(place, make)
        found = plain(value)
        entries = found if is_list else [{"function": found}]
        if not isinstance(entries, list):
            raise ValueError("calls of tools are not a list")  # noqa: TRY004 - what cannot be checked is a ValueError
        return self._calls[place].take(entries)

    def _structured(self, event: Any, index: int, name: str, value: Any) -> Iterator[Piece]:
        """Yield a member that is no text by itself, such as annotations, as an event of its own."""
        if self._is_read and not isinstance(value, dict | list | bool) and not hasattr(value, "model_dump"):
            _check_number(value)
        held = {name: plain(value)}
        if name == "audio":
            yield from self._sound(event, index, held)
            return
        yield from self._built((index, name), held, lambda: self._chunk(event, [{"index": index, "delta": held}]))

    def _aside(self, event: Any, index: int | None, members: dict[str, Any], known: frozenset[str]) -> Iterator[Piece]:
        """Yield what a chunk or a choice says beside what the library knows; once, until it changes."""
        for name, value in members.items():
            place = (index, "beside", name)
            if name in known or value is None or (place in self._told and self._told[place] == value):
                continue
            self._told[place] = value
            if self._is_read and name in LABELS:
                continue
            held = {name: plain(value)}
            yield from self._built(place, held, self._aside_maker(event, index, held))

    def _aside_maker(self, event: Any, index: int | None, held: dict[str, Any]) -> Callable[[], Any]:
        choices = [{"index": each.index, "delta": {}} for each in event.choices or () if index in {None, each.index}]

        def make() -> Any:
            if index is None:
                made = self._chunk(event, choices)
                for name, each in held.items():
                    setattr(made, name, each)
                return made
            return self._chunk(event, [{**choices[0], **held}])

        return make

    def _built(self, place: Hashable, held: dict[str, Any], make: Callable[[], Any]) -> Iterator[Piece]:
        """Yield the texts of a member, and the event that it leaves in: later where it may go on in the next one."""
        (name,) = held
        texts: Texts = []
        is_late = False
        for slot in texts_at_once(held):
            run = None
            if self._is_read and name not in WHOLE:
                run = (place, *shape_of(held, slot.path))
            waits = run is not None or slot.whole is not None
            is_late = is_late or (waits and name != "content")
            self._count += 1
            key = (place, self._count)
            texts.append((slot, key, text_of(slot)))
            yield from said_at_once(slot, key, run, is_late=waits and name != "content")
        put = builder(None, texts)

        def build(said: Said) -> Any:
            put(said)
            return make()

        yield Piece(build=build, is_late=is_late)

    def _sound(self, event: Any, index: int, held: dict[str, Any]) -> Iterator[Piece]:
        """Yield a piece of sound; it is dropped where its transcript lost something, because it says the same."""
        sound = held["audio"]
        data = sound.pop("data", None) if isinstance(sound, dict) else None
        spoken = self._spoken.setdefault(index, [])

        def make() -> Any:
            more = {} if data is None else {"data": data}
            return self._chunk(event, [{"index": index, "delta": {"audio": {**sound, **more}}}])

        for piece in self._built((index, "audio"), held, make):
            if piece.make is not None:
                spoken.append((texts_at_once(held)[0], piece.channel, piece.text))
            if piece.build is None:
                yield piece
            else:
                yield piece._replace(build=self._heard(piece.build, spoken), is_late=self._is_read)

    def _heard(self, build: Callable[[Said], Any], spoken: Texts) -> Callable[[Said], Any]:
        def heard(said: Said) -> Any:
            made = build(said)
            if any(said(key) != was for _, key, was in spoken):
                sound = made.choices[0].delta.audio
                if isinstance(sound, dict):
                    sound["data"] = ""
                else:
                    sound.data = ""
            return made

        return heard


def _check_number(value: Any) -> None:
    if not isinstance(value, int | float) or len(str(value)) > _MOST_DIGITS:
        raise ValueError("a piece of the stream is no text")


def _said(delta: Any) -> list[tuple[str, Any]]:
    """Return the fields of a delta that hold texts."""
    if delta is None:
        return []
    extra = delta.model_extra
    fields = {**delta.__dict__, **extra} if extra else delta.__dict__
    return [(name, value) for name, value in fields.items() if value and name != "role"]


def _is_text_alone(event: Any, choice: Any) -> bool:
    """Whether a chunk with one text says nothing else that could spell it, such as fields that the library lacks."""
    delta = choice.delta
    if event.usage or len(event.choices) > 1 or choice.finish_reason or choice.logprobs or delta.role:
        return False
    return not (_beside(event, _HEAD) or choice.model_extra or delta.model_extra)


def _beside(value: Any, known: frozenset[str]) -> dict[str, Any]:
    """Return the members of a chunk or of a choice that are none of what every one has."""
    return {
        k: v for k, v in {**value.__dict__, **(value.model_extra or {})}.items() if k not in known and v is not None
    }


def _forget(value: Any, known: frozenset[str]) -> None:
    """Take out what the library does not know; it leaves in an event of its own."""
    for name in _beside(value, known):
        if name in value.__dict__:
            setattr(value, name, None)
        else:
            del value.model_extra[name]


class _TextMaker:
    """Makes chunks with a text of a channel; the first of them is the provider's own, where that says nothing else."""

    __slots__ = ("_chunk", "_index", "_like", "_name", "_spare")

    def __init__(self, chunk: Callable[..., Any], like: Any, index: int, name: str, spare: Any = None) -> None:
        self._chunk = chunk
        self._like = like
        self._index = index
        self._name = name
        self._spare = spare

    def __call__(self, text: Any) -> Any:
        chunk, self._spare = self._spare, None  # the caller may keep it, so it is never changed again
        if chunk is None:
            return self._chunk(self._like, [{"index": self._index, "delta": {self._name: text}}])
        setattr(chunk.choices[0].delta, self._name, text)
        return chunk
