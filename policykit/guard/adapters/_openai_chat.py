"""`chat.completions.create`: a message for each choice, and chunks of deltas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from policykit.guard.adapters._shape import Facts, Piece, Request


class ChatCompletions:
    """Chat completions."""

    name = "openai chat.completions.create"
    provider = "openai"
    prompt: tuple[str, ...] = ("messages", "prediction", "functions")
    instructions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ("max_completion_tokens", "max_tokens")

    def content(self, answer: Any) -> Any:
        """Return the messages."""
        return [choice.message for choice in answer.choices]

    def answer_facts(self, answer: Any) -> Facts:
        """Return model, tokens and why it stopped."""
        reason = answer.choices[0].finish_reason if answer.choices else None
        return {"call.response_model": answer.model, "call.finish_reason": reason, **usage_facts(answer.usage)}

    def cleaned(self, answer: Any) -> None:
        """Drop the tokens' probabilities, which spell the text."""
        for choice in answer.choices:
            choice.logprobs = None

    def answer(self, text: str, request: Request) -> Any:
        """Return a completion with one message."""
        from openai.types.chat import ChatCompletion

        message = {"role": "assistant", "content": text}
        return ChatCompletion.model_validate(
            {
                "id": "fallback",
                "object": "chat.completion",
                "created": 0,
                "model": str(request.get("model", "")),
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            }
        )

    def deltas(self, *, is_read: bool) -> ChatDeltas:
        """Return what takes chunks apart."""
        return ChatDeltas(self.chunk, is_read=is_read)

    def events(self, answer: Any) -> list[Any]:
        """Return a completion as chunks: what each choice says, and how it ended."""
        said, ended = [], []
        for choice in answer.choices:
            delta = choice.message.model_dump(exclude_none=True)
            for index, call in enumerate(delta.get("tool_calls") or ()):
                call["index"] = index
            said.append({"index": choice.index, "delta": delta})
            ended.append({"index": choice.index, "delta": {}, "finish_reason": choice.finish_reason})
        usage = getattr(answer, "usage", None)
        return [self.chunk(answer, said), self.chunk(answer, ended, None if usage is None else usage.model_dump())]

    def chunk(self, like: Any, choices: list[dict[str, Any]], usage: Any = None) -> Any:
        """Return a chunk of the same completion with other choices."""
        return _chunk_type().model_validate({**_head(like), "choices": choices, "usage": usage})


def usage_facts(usage: Any) -> Facts:
    """Return the tokens that were used; None for what is not said."""
    before = getattr(usage, "prompt_tokens_details", None)
    after = getattr(usage, "completion_tokens_details", None)
    return {
        "call.input_tokens": getattr(usage, "prompt_tokens", None),
        "call.output_tokens": getattr(usage, "completion_tokens", None),
        "call.cached_tokens": getattr(before, "cached_tokens", None),
        "call.cache_write_tokens": getattr(before, "cache_write_tokens", None),
        "call.reasoning_tokens": getattr(after, "reasoning_tokens", None),
    }


class ChatDeltas:
    """The chunks of one completion."""

    def __init__(self, chunk: Callable[..., Any], *, is_read: bool) -> None:
        """Take what makes a chunk like another, and whether rules read the answer."""
        self._chunk = chunk
        self._is_read = is_read
        self._model: object = None
        self._reason: object = None
        self._usage: Any = None
        self._tools: dict[tuple[int, int], dict[str, Any]] = {}

    def take(self, event: Any) -> Iterator[Piece]:
        """Return what a chunk says besides its texts, and its texts."""
        self._model = event.model or self._model
        self._usage = event.usage or self._usage
        has_ended, says_more = not event.choices, bool(event.usage)
        texts: list[Piece] = []
        for choice in event.choices:
            has_ended = has_ended or bool(choice.finish_reason)
            says_more = says_more or choice.delta.role is not None
            says_more = says_more or (choice.logprobs is not None and not self._is_read)
            texts += self._texts(event, choice)
        if has_ended or says_more:
            texts.insert(0, Piece(self._bare(event), is_late=has_ended))
        return iter(texts)

    def facts(self) -> Facts:
        """Return model, tokens and why it stopped."""
        return {
            "call.response_model": self._model,
            "call.finish_reason": self._reason,
            **usage_facts(self._usage),
        }

    def _bare(self, event: Any) -> Any:
        """Return a copy of a chunk without its texts; costly, and most chunks are nothing but text."""
        bare = event.model_copy(deep=True)
        for choice in bare.choices:
            if self._is_read:
                choice.logprobs = None
            for name, _ in _said(choice.delta):
                setattr(choice.delta, name, None)
        return bare

    def _texts(self, event: Any, choice: Any) -> list[Piece]:
        """Return the texts of a choice."""
        self._reason = self._reason or choice.finish_reason
        said = _said(choice.delta)
        if len(said) == 1 and said[0][0] != "tool_calls" and _is_text_alone(event, choice):
            ((name, value),) = said
            return [
                Piece(
                    channel=(choice.index, name),
                    text=value,
                    make=_TextMaker(self._chunk, event, choice.index, name, event),
                )
            ]
        pieces: list[Piece] = []
        for name, value in said:
            if name == "tool_calls":
                for call in value:
                    pieces += self._tool_texts(event, choice.index, call)
            else:
                make = _TextMaker(self._chunk, event, choice.index, name)
                pieces.append(Piece(channel=(choice.index, name), text=value, make=make))
        return pieces

    def _tool_texts(self, event: Any, index: int, call: Any) -> Iterator[Piece]:
        """Take a call of a tool apart: its name and its arguments, which leave together when both are checked."""
        if call.function is None:
            raise ValueError("a tool is called in a way that is not known")
        place = (index, call.index)
        known = self._tools.setdefault(place, {"index": call.index, "function": {"name": ""}})
        known.update({key: value for key, value in (("id", call.id), ("type", call.type)) if value})

        def name(text: str) -> None:
            known["function"]["name"] = text

        def make(text: str) -> Any:
            whole = {**known, "function": {**known["function"], "arguments": text}}
            return self._chunk(event, [{"index": index, "delta": {"tool_calls": [whole]}}])

        yield Piece(channel=("name", *place), text=call.function.name or "", make=name, is_whole=True)
        yield Piece(
            channel=("arguments", *place), text=call.function.arguments or "", make=make, is_whole=True, is_json=True
        )


def _said(delta: Any) -> list[tuple[str, Any]]:
    """Return the fields of a delta that hold texts."""
    extra = delta.model_extra
    fields = {**delta.__dict__, **extra} if extra else delta.__dict__
    return [(name, value) for name, value in fields.items() if value and name != "role"]


def _is_text_alone(event: Any, choice: Any) -> bool:
    """Whether a chunk with one text says nothing else that could spell it, such as fields that the library lacks."""
    delta = choice.delta
    if event.usage or len(event.choices) > 1 or choice.finish_reason or choice.logprobs or delta.role:
        return False
    return not (event.model_extra or choice.model_extra or delta.model_extra)


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


def _head(like: Any) -> dict[str, Any]:
    return {"id": like.id, "object": "chat.completion.chunk", "created": like.created, "model": like.model}


@cache
def _chunk_type() -> Any:
    """Return the library's type; looked up once, because this is asked for with every chunk."""
    from openai.types.chat import ChatCompletionChunk

    return ChatCompletionChunk
