"""LangChain's streams of a chat model: chunks of messages, each a piece of any of the answer's texts."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from policykit.guard.adapters.langchain.messages import PARSED, kept, parsed_again, result_of, told, usage_facts
from policykit.guard.adapters.shared.shape import Facts, Piece, Request, Said
from policykit.guard.adapters.shared.streams.tool_calls import ToolCalls
from policykit.guard.adapters.shared.values.at_once import AtOnce
from policykit.guard.adapters.shared.values.members import LABELS
from policykit.guard.adapters.shared.values.walk import MAX_DEPTH, is_call, is_text, slots

Path = tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]
"""The way to a text: the name of each member, with what says which block it is a member of."""
Frame = Callable[[Any], dict[str, Any]]
LIST = "[]"
_FRAME = ("type", "index")
_WHOLE = ("name", "partial_json", "arguments", "args", "input")
"""Texts that are of use as a whole only; all but names are JSON."""


class ChatChunks:
    """The shape of every chat model of LangChain."""

    provider = ""
    """Worked out for each call."""
    prompt: tuple[str, ...] = ("messages",)
    instructions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def content(self, answer: Any) -> Any:
        """Return the messages."""
        return [each.message for each in result_of(answer).generations]

    def answer_facts(self, answer: Any) -> Facts:
        """Return nothing: the binding knows."""
        del answer
        return {}

    def cleaned(self, answer: Any) -> None:
        """Leave the answer as it is: the model takes out what is beside its text."""

    def answer(self, text: str, request: Request) -> Any:
        """Return a result with one message."""
        del request
        return result_of(text)

    def deltas(self, request: Request, *, is_read: bool) -> ChunkDeltas:
        """Return what takes chunks apart."""
        del request
        return ChunkDeltas(is_read=is_read)

    def events(self, answer: Any) -> list[Any]:
        """Return an answer as one chunk."""
        message = result_of(answer).generations[0].message
        calls = [
            {"name": each["name"], "args": json.dumps(each["args"], ensure_ascii=False), "id": each["id"], "index": at}
            for at, each in enumerate(message.tool_calls)
        ]
        return [_chunk(content=message.content, tool_call_chunks=calls, chunk_position="last")]


class ChunkDeltas:
    """The chunks of one answer."""

    def __init__(self, *, is_read: bool) -> None:
        self._is_read = is_read
        self._at_once = AtOnce(is_read=is_read)
        self._told: list[Any] = []
        self._usage: Any = None
        self._place: Hashable = None
        """The block that comes, and its texts."""
        self._open: dict[Hashable, None] = {}
        self._metadata: Any = {}
        """What the newest chunk said beside its texts; it is passed on once."""
        self._calls = ToolCalls("calls", _call_chunk)
        self._texts: dict[Hashable, None] = {}
        """The texts that are the answer itself, out of which integrations parse structured output."""

    def take(self, event: Any) -> Iterator[Piece]:
        """Yield what a chunk says besides its texts, and its texts.

        Raises:
            ValueError: it is no chunk of a message.
        """
        message = event.message
        self._note(event)
        texts = [*self._content(message), *self._more(message), *self._tools(message)]
        info, metadata = event.generation_info, message.response_metadata
        if self._is_read:
            info, metadata = kept(info), kept(metadata) or {}
        is_end = bool(message.chunk_position) or bool(info) or bool(message.usage_metadata and not texts)
        is_news, self._metadata = metadata != self._metadata, metadata
        if is_end or is_news or message.usage_metadata:
            bare = _chunk(
                info,
                content="" if isinstance(message.content, str) else [],
                id=message.id,
                response_metadata=metadata,
                usage_metadata=message.usage_metadata,
                chunk_position=message.chunk_position,
            )
            end = Piece(bare, is_late=is_end)
            texts = [*texts, end] if is_end else [end, *texts]
        yield from texts

    def facts(self) -> Facts:
        """Return model, tokens and why it stopped."""
        return {**told(*self._told), **usage_facts(self._usage)}

    def _note(self, event: Any) -> None:
        from langchain_core.messages.ai import add_usage

        self._told += [each for each in (event.generation_info, event.message.response_metadata) if each]
        if event.message.usage_metadata:
            self._usage = add_usage(self._usage, event.message.usage_metadata)

    def _content(self, message: Any) -> Iterator[Piece]:
        if isinstance(message.content, str):
            if message.content:
                self._texts["content"] = None
                yield Piece(channel="content", text=message.content, make=lambda text: _chunk(content=text))
            return
        for position, block in enumerate(message.content):
            if isinstance(block, str):
                self._texts["text", position] = None
                yield Piece(channel=("text", position), text=block, make=lambda text: _chunk(content=[text]))
            else:
                place = ("block", block.get("index", position))
                yield from self._ended(place)
                for piece in _block(
                    block, place, lambda made: {"content": [made]}, self._at_once, is_read=self._is_read
                ):
                    if piece.make is not None and not piece.is_whole:
                        self._open[piece.channel] = None
                        if block.get("type") == "text" and piece.channel[1][0][0] == "text":  # type: ignore[index]
                            self._texts[piece.channel] = None
                    yield piece

    def _ended(self, place: Hashable) -> Iterator[Piece]:
        """Yield the ends of the texts of the block before, so that they leave before the block that begins."""
        if place != self._place:
            yield from (Piece(channel=channel) for channel in self._open)
            self._place, self._open = place, {}

    def _more(self, message: Any) -> Iterator[Piece]:
        """Yield the texts of `additional_kwargs`; calls of tools stand there a second time, and go."""
        more = {name: value for name, value in message.additional_kwargs.items() if name not in {"tool_calls", PARSED}}
        if any(value is not None for value in more.values()):
            frame: Frame = lambda made: {"content": "", "additional_kwargs": made}  # noqa: E731
            yield from _block(more, "more", frame, self._at_once, is_read=self._is_read)
        if (parsed := message.additional_kwargs.get(PARSED)) is not None:
            yield Piece(build=lambda said: self._parsed(parsed, said), is_late=True)

    def _parsed(self, parsed: Any, said: Said) -> Any:
        """Return the chunk with what was parsed out of the text, parsed out of what was said of it."""
        try:
            parsed = parsed_again(parsed, "".join(map(said, self._texts)))
        except ValueError:
            if self._is_read:
                raise
        return _chunk(content="", additional_kwargs={PARSED: parsed})

    def _tools(self, message: Any) -> Iterator[Piece]:
        """Take calls of tools apart: names and arguments, which leave together when both are checked."""
        entries = [
            {
                "index": call.get("index"),
                "id": call.get("id"),
                "function": {"name": call.get("name"), "arguments": call.get("args")},
            }
            for call in message.tool_call_chunks
        ]
        return self._calls.take(entries)


def _call_chunk(call: dict[str, Any]) -> Any:
    said = call["function"]
    known = {"id": call.get("id"), "index": call.get("index"), "name": said["name"], "args": said["arguments"]}
    return _chunk(content="", tool_call_chunks=[known])


def _at_once(block: dict[str, Any], place: Hashable, frame: Frame, at_once: AtOnce) -> Iterator[Piece]:
    """Yield the texts of a block that cannot come in pieces, and the block built again at the end of the answer."""
    *texts, end = at_once.take(copy.deepcopy(block), place, is_late=True, goes_on=True)
    yield from texts
    assert end.build is not None
    yield Piece(build=_framed(end.build, frame), is_late=True)


def _framed(build: Callable[[Said], Any], frame: Frame) -> Callable[[Said], Any]:
    return lambda said: _chunk(**frame(build(said)))


def _has_more_than_strings(block: dict[str, Any]) -> bool:
    """Whether names of members or numbers are text: blocks are put together by names, and numbers have no pieces."""
    return any(slot.is_name or not isinstance(slot.now(), str) for slot in slots(block))


def _block(block: dict[str, Any], place: Hashable, frame: Frame, at_once: AtOnce, *, is_read: bool) -> Iterator[Piece]:
    """Yield a block without its texts, and each of its texts in a block of its own; consumers put them together."""
    if not is_read and _is_fixed(block):
        yield Piece(_chunk(**frame(block)))
        return
    if is_read and not _is_fixed(block) and _has_more_than_strings(block):
        yield from _at_once(block, place, frame, at_once)
        return
    bare, leaves = _taken_apart(block, (), 0)
    if any(value is not None for name, value in bare.items() if name not in _FRAME) or not leaves:
        yield Piece(_chunk(**frame(bare)))
    for path, text in leaves:
        name = path[-1][0]
        is_json = name in _WHOLE and name != "name"
        make = _maker(path, frame)
        yield Piece(channel=(place, path), text=text, make=make, is_whole=name in _WHOLE, is_json=is_json)


def _is_fixed(block: Any) -> bool:
    try:
        _taken_apart(block, (), 0)
    except ValueError:
        return True
    return False


def _taken_apart(block: dict[str, Any], path: Path, depth: int) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    """Return a block without its texts, and the texts, each with the way to it.

    Raises:
        ValueError: a text stands where consumers would not put its pieces together.
    """
    if depth > MAX_DEPTH:
        raise ValueError("the block is nested too deep")
    kind = block.get("type") or ""
    labels = tuple((name, block[name]) for name in _FRAME if name in block)
    bare: dict[str, Any] = {}
    leaves: list[tuple[Path, str]] = []
    for name, value in block.items():
        here = (*path, (name, labels))
        if isinstance(value, str) and value and is_text(kind, name, value):
            leaves.append((here, value))
        elif isinstance(value, dict) and value and name not in LABELS:
            if is_call(kind, name):
                raise ValueError("the arguments of a tool come as a value")
            bare[name], more = _taken_apart(value, here, depth + 1)
            leaves += more
        elif isinstance(value, list) and name not in LABELS:
            bare[name], more = _list_taken_apart(value, here, depth + 1)
            leaves += more
        else:
            bare[name] = copy.deepcopy(value)
    return bare, leaves


def _list_taken_apart(items: list[Any], path: Path, depth: int) -> tuple[list[Any], list[tuple[Path, str]]]:
    bare: list[Any] = []
    leaves: list[tuple[Path, str]] = []
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("index"), int):
            rest, more = _taken_apart(item, (*path, (LIST, ())), depth + 1)
            leaves += more
            bare.append(rest)
        elif any(slot.text for slot in slots([item])):
            raise ValueError("a list of texts comes without their places")
        else:
            bare.append(copy.deepcopy(item))
    return bare, leaves


def _maker(path: Path, frame: Frame) -> Callable[[str], Any]:
    def make(text: str) -> Any:
        value: Any = text
        for name, labels in reversed(path):
            value = [value] if name == LIST else {**dict(labels), name: value}
        return _chunk(**frame(value))

    return make


def _chunk(info: Any = None, **members: Any) -> Any:
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    return ChatGenerationChunk(message=AIMessageChunk(**members), generation_info=info)
