"""A process that answers every chat completion with the same stream of chunks: `python -m benchmarks._provider CHUNKS`.

It is written ahead and sent at once, so that the client's work is what takes the time. Prints its port when it listens.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, islice
from typing import Any

SENTENCE = (
    "The parcel left our warehouse yesterday , so please allow three working days for it to arrive . Your order of "
)


def pieces(count: int) -> list[str]:
    """Return so many pieces of an answer, of the size of tokens; nothing in them is personal data."""
    return list(islice(cycle(f"{word} " for word in SENTENCE.split()), count))


def body(count: int) -> bytes:
    """Return the events of a stream, in the wire format of OpenAI's chat completions."""
    return b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in _events(count)) + b"data: [DONE]\n\n"


def _events(count: int) -> Iterator[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": p} for p in pieces(count)), {}]
    for delta in deltas:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None if delta else "stop"}
        yield {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "gpt-5-mini",
            "system_fingerprint": "f1",
            "choices": [choice],
        }


def main(count: int) -> None:
    """Serve until standard input ends."""
    import threading

    stream = body(count)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(stream)))
            self.end_headers()
            self.wfile.write(stream)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
