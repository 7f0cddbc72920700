"""Asking a time stamp authority over HTTP. Source: RFC 3161 section 3.4.

Plain HTTP is allowed: the answer is signed, and the nonce ties it to the request. Size and time are bounded, redirects
are not followed.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.timestamp.token import MAX_ANSWER_BYTES

TIMEOUT_S = 30.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer it is, so that the address asked is the one given."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Make no new request."""


def ask(url: str, request: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
    """Return an authority's answer to a request; nothing in it is checked.

    Args:
        url: `http://` or `https://`.
        request: in DER.
        timeout_s: for everything together.

    Raises:
        CodedTrailError: when there is no answer, in time and of a bounded size, with status 200.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise trail_problem(
            "PK751", "not an address of a time stamp authority", place=shown(url), expected="`http://` or `https://`"
        )
    answers: list[bytes | CodedTrailError] = []
    # A socket's own timeout counts anew with each byte that drips in, so the whole is waited for from outside.
    thread = threading.Thread(target=lambda: answers.append(_answer(url, request, timeout_s)), daemon=True)
    thread.start()
    thread.join(timeout_s)
    found = answers[0] if answers else _unanswered(url, f"no answer within {timeout_s:g} s")
    if isinstance(found, CodedTrailError):
        raise found
    return found


def _answer(url: str, request: bytes, timeout_s: float) -> bytes | CodedTrailError:
    opener = urllib.request.build_opener(_NoRedirect())
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        sent = urllib.request.Request(url, request, headers, method="POST")  # noqa: S310 - `ask` checks the scheme
        with opener.open(sent, timeout=timeout_s) as reply:
            body: bytes = reply.read(MAX_ANSWER_BYTES + 1)
            status = int(reply.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _unanswered(url, f"status {refusal.code}")
    except (OSError, HTTPException, ValueError) as error:
        return _unanswered(url, shown(str(getattr(error, "reason", error)), 120))
    if status != 200:
        return _unanswered(url, f"status {status}")
    if len(body) > MAX_ANSWER_BYTES:
        return _unanswered(url, f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return body


def _unanswered(url: str, why: str) -> CodedTrailError:
    return trail_problem("PK751", "the time stamp authority did not answer", place=shown(url, 200), got=why)
