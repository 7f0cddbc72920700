"""A witness that answers over HTTP: one operation, `POST <prefix>/add-checkpoint`.

Small and for a trusted network: plain HTTP, one thread a request, bounded bodies, a time limit on reading.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from policykit.trail.problems import CodedTrailError
from policykit.trail.witness.state import MAX_REQUEST_BYTES, Answer, WitnessState

_TIMEOUT_S = 10.0


def make_server(state: WitnessState, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that is bound and not yet serving; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "policykit-witness"
        sys_version = ""
        protocol_version = "HTTP/1.1"
        timeout = _TIMEOUT_S

        def do_POST(self) -> None:
            """Answer one request."""
            self._send(self._answer())

        def _answer(self) -> Answer:
            length = self.headers.get("Content-Length", "")
            if not self.path.endswith("/add-checkpoint"):
                self.close_connection = True
                return Answer(404, b"not found\n")
            if not (length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= MAX_REQUEST_BYTES):
                self.close_connection = True
                return Answer(413, b"a body with a length is needed, not too large\n")
            try:
                return state.add_checkpoint(self.rfile.read(int(length)))
            except CodedTrailError:
                return Answer(500, b"the witness cannot store what it saw\n")

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Write nothing: who runs the witness sees requests at the front."""

    return ThreadingHTTPServer((host, port), Handler)
