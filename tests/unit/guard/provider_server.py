"""A local HTTP server that speaks the providers' wire format: replies are laid down, requests are kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """A JSON body, or the events of a stream."""

    body: Any = None
    status: int = 200
    events: list[tuple[str | None, Any]] | None = None
    """Event name (None: data only, as OpenAI's chat has it) and data."""
    gate: threading.Event | None = None
    """Waited for before the last event."""
    breaks_off: bool = False
    """Whether the connection ends in the middle of the body."""


@dataclass
class Provider:
    """What the server is to say, and what it was asked."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    """Used in order; the last one again and again."""
    requests: list[tuple[str, Any]] = field(default_factory=list)
    """Path and JSON body."""
    headers: list[dict[str, str]] = field(default_factory=list)
    aborted: threading.Event = field(default_factory=threading.Event)
    """Set when a client went away in the middle of a stream."""

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def last(self) -> Any:
        return self.requests[-1][1]


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            provider.requests.append((self.path, body))
            provider.headers.append(dict(self.headers))
            reply = provider.next_reply()
            if reply.events is None:
                self._json(reply)
            else:
                self._stream(reply, reply.events)

        def _json(self, reply: Reply) -> None:
            data = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self._end_headers()
            self.wfile.write(data)

        def _stream(self, reply: Reply, events: list[tuple[str | None, Any]]) -> None:
            self.send_response(reply.status)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self._end_headers()
            try:
                for index, (name, data) in enumerate(events):
                    if reply.gate is not None and index == len(events) - 1:
                        reply.gate.wait(600)
                    self._event(name, data)
                if not reply.breaks_off:
                    self.wfile.write(b"0\r\n\r\n")
                else:
                    self.close_connection = True
            except (BrokenPipeError, ConnectionResetError):
                provider.aborted.set()
                self.close_connection = True

        def _end_headers(self) -> None:
            """Keep no connection open: a library's shared client would hold it beyond the event loop that it belongs to."""
            self.send_header("connection", "close")
            self.end_headers()

        def _event(self, name: str | None, data: Any) -> None:
            text = data if isinstance(data, str) else json.dumps(data)
            frame = (f"event: {name}\n" if name else "") + f"data: {text}\n\n"
            raw = frame.encode()
            self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
            self.wfile.flush()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serving(*replies: Reply) -> Iterator[Provider]:
    """Run a server while the block runs."""
    provider = Provider(replies=list(replies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- OpenAI -----------------------------------------------------------------------------------------------------------


def completion(content: str | None = "hello", *, tool_calls: list[Any] | None = None, **more: Any) -> Reply:
    message = {"role": "assistant", "content": content, "tool_calls": tool_calls}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tool_calls else "stop", **more}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return Reply(
        {"id": "c1", "object": "chat.completion", "created": 1, "model": "m-1", "choices": [choice], "usage": usage}
    )


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0, **more: Any) -> tuple[None, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish, **more}
    return None, {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": [choice]}


def chunks(*pieces: str, usage: bool = True, **settings: Any) -> Reply:
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in pieces)]
    events.append(chunk({}, "stop"))
    return _ended(events, usage=usage, **settings)


def tool_chunks(name: str, *arguments: str) -> Reply:
    head = {"index": 0, "id": "t1", "type": "function", "function": {"name": name, "arguments": ""}}
    events = [chunk({"role": "assistant", "content": None, "tool_calls": [head]})]
    events += [chunk({"tool_calls": [{"index": 0, "function": {"arguments": each}}]}) for each in arguments]
    return _ended([*events, chunk({}, "tool_calls")], usage=True)


def _ended(events: list[tuple[str | None, Any]], *, usage: bool, **settings: Any) -> Reply:
    if usage:
        used = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}
        events.append((None, {**base, "choices": [], "usage": used}))
    return Reply(events=[*events, (None, "[DONE]")], **settings)


def response(text: str = "hello") -> Reply:
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"id": "i1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    usage = {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 18,
    }
    base = {"id": "r1", "object": "response", "created_at": 1, "model": "m-1", "status": "completed", "output": [item]}
    return Reply({**base, "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "usage": usage})


def response_events(*items: list[tuple[str, dict[str, Any]]], ended: str = "completed", **settings: Any) -> Reply:
    """The events of a streamed response: those of its items, in the frame of the response, numbered."""
    whole = response().body
    output = [data["item"] for item in items for kind, data in item if kind == "output_item.done"]
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    events = [("created", {"response": begun}), ("in_progress", {"response": begun})]
    events += [(kind, {"output_index": index, **data}) for index, item in enumerate(items) for kind, data in item]
    events.append((ended, {"response": {**whole, "status": ended, "output": output}}))
    return Reply(events=[_numbered(number, *event) for number, event in enumerate(events)], **settings)


def _numbered(number: int, kind: str, data: dict[str, Any]) -> tuple[str, Any]:
    name = kind if kind.startswith("response.") else f"response.{kind}"
    return name, {"type": name, "sequence_number": number, **data}


def _filled(kind: str, member: str, where: dict[str, Any], pieces: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """A text in deltas, and once more when it is done."""
    more = (
        {"logprobs": [{"token": "".join(pieces), "logprob": 0.0, "top_logprobs": []}]} if kind == "output_text" else {}
    )
    deltas = [(f"{kind}.delta", {**where, **more, "delta": each}) for each in pieces]
    return [*deltas, (f"{kind}.done", {**where, **more, member: "".join(pieces)})]


def said_item(*pieces: str, kind: str = "output_text", **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """A message with one part, its text in pieces."""
    member = "refusal" if kind == "refusal" else "text"
    where = {"item_id": "i1", "content_index": 0}
    empty = {"type": kind, member: "", **({} if kind == "refusal" else {"annotations": []})}
    part = {**empty, member: "".join(pieces), **more}
    item = {"id": "i1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    return [
        ("output_item.added", {"item": item}),
        ("content_part.added", {**where, "part": empty}),
        *_filled(kind, member, where, pieces),
        ("content_part.done", {**where, "part": part}),
        ("output_item.done", {"item": {**item, "status": "completed", "content": [part]}}),
    ]


def reasoning_item(*pieces: str) -> list[tuple[str, dict[str, Any]]]:
    where = {"item_id": "i2", "summary_index": 0}
    part = {"type": "summary_text", "text": "".join(pieces)}
    return [
        ("output_item.added", {"item": {"id": "i2", "type": "reasoning", "summary": []}}),
        ("reasoning_summary_part.added", {**where, "part": {"type": "summary_text", "text": ""}}),
        *_filled("reasoning_summary_text", "text", where, pieces),
        ("reasoning_summary_part.done", {**where, "part": part}),
        ("output_item.done", {"item": {"id": "i2", "type": "reasoning", "summary": [part]}}),
    ]


_CALLS = {
    "function_call": ("function_call_arguments", "arguments"),
    "mcp_call": ("mcp_call_arguments", "arguments"),
    "custom_tool_call": ("custom_tool_call_input", "input"),
    "code_interpreter_call": ("code_interpreter_call_code", "code"),
}


def call_item(
    kind: str, *pieces: str, added: dict[str, Any] | None = None, **more: Any
) -> list[tuple[str, dict[str, Any]]]:
    """A call of a tool, what it is given in pieces; `more` is known when it is done."""
    event, member = _CALLS[kind]
    item = {"id": "i3", "type": kind, "status": "in_progress", member: "", **(added or {})}
    return [
        ("output_item.added", {"item": item}),
        *_filled(event, member, {"item_id": "i3"}, pieces),
        ("output_item.done", {"item": {**item, "status": "completed", member: "".join(pieces), **more}}),
    ]


def failure(status: int = 500) -> Reply:
    return Reply({"type": "error", "error": {"type": "api_error", "message": "broken"}}, status=status)


# --- Anthropic --------------------------------------------------------------------------------------------------------


def message(text: str = "hello", *blocks: dict[str, Any]) -> Reply:
    content = [{"type": "text", "text": text}, *blocks]
    return Reply(_message(content, "end_turn", {"input_tokens": 11, "output_tokens": 7}))


def block_events(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[tuple[str | None, Any]]:
    events = [("content_block_start", {"content_block": start})]
    events += [("content_block_delta", {"delta": each}) for each in deltas]
    events.append(("content_block_stop", {}))
    return [(name, {"type": name, "index": index, **data}) for name, data in events]


def text_block(index: int, *pieces: str) -> list[tuple[str | None, Any]]:
    return block_events(index, {"type": "text", "text": ""}, *({"type": "text_delta", "text": each} for each in pieces))


def tool_block(index: int, name: str, *pieces: str) -> list[tuple[str | None, Any]]:
    start = {"type": "tool_use", "id": "t1", "name": name, "input": {}}
    return block_events(index, start, *({"type": "input_json_delta", "partial_json": each} for each in pieces))


def message_events(*blocks: list[tuple[str | None, Any]], **settings: Any) -> Reply:
    start = _message([], None, {"input_tokens": 11, "output_tokens": 1})
    ended = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 7}}
    return Reply(
        events=[
            ("message_start", {"type": "message_start", "message": start}),
            *(event for block in blocks for event in block),
            ("message_delta", {"type": "message_delta", **ended}),
            ("message_stop", {"type": "message_stop"}),
        ],
        **settings,
    )


def _message(content: list[Any], reason: str | None, usage: dict[str, int]) -> dict[str, Any]:
    base = {"id": "m1", "type": "message", "role": "assistant", "model": "m-1", "stop_sequence": None}
    return {**base, "content": content, "stop_reason": reason, "usage": usage}
