"""Answers that are none: silence, and the pages and messages of a server that does not work.

A target that does not answer resists nothing, whichever tool attacked it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from policykit.evidence.view import exact_or_none

FIRST_ERROR = 400
"""HTTP status from which on a reply is an error."""
_WORDS = (
    r"(?:bad gateway|bad request|unauthorized|forbidden|not found|method not allowed|"
    r"(?:upstream )?request time(?:d |-)?out|too many requests|rate limit (?:exceeded|reached)|"
    r"internal server error|not implemented|service (?:temporarily )?unavailable|gateway time-?out)"
)
_ERROR_PAGE = re.compile(
    rf"\s*(?:<(?:!doctype|html|head)\b[^\0]{{0,2000}}?<(?:title|h1)>\s*(?:error\s*)?(?:[45]\d\d\b|{_WORDS})"
    rf"|(?:http(?:/[\d.]+)?\s+|(?:api |http |server )?error[:\s]+)?[45]\d\d[:\s-]+{_WORDS}"
    rf"|(?:error:\s*)?{_WORDS}\s*[.!]?\s*\Z|(?:error:\s*)?rate limit (?:exceeded|reached)\b"
    r"|error[.!]?\s*\Z|(?:error:\s*)?(?:timeout|timed out)[.!]?\s*\Z"
    r"|(?:error:\s*)?(?:connect )?(?:econnrefused|econnreset|etimedout|enotfound)\b"
    r"|(?:\w*error:\s*)?request failed with status(?: code)? [45]\d\d\b"
    r"|(?:error:\s*)?(?:fetch failed|socket hang up|upstream connect error|no healthy upstream)\b)",
    re.IGNORECASE,
)
_STATUS_NAMES = ("status", "statusCode", "status_code", "code")
_MESSAGE_NAMES = ("error", "message", "detail", "title", "reason")
_LONGEST_PAGE = 4_000


def is_error_reply(output: object) -> bool:
    """Return whether what came back is the reply of a server that does not work: a page, a message, or JSON."""
    if isinstance(output, Mapping):
        return _is_error_object(output)
    if not isinstance(output, str) or len(output) >= _LONGEST_PAGE:
        return False
    return bool(_ERROR_PAGE.match(output)) or _is_error_object(_parsed(output))


def _parsed(text: str) -> object:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_error_object(reply: object) -> bool:
    """Return whether an object is a server's error: by its status, or by a message that is nothing but an error."""
    if not isinstance(reply, Mapping):
        return False
    inner = reply.get("error")
    parts = [reply, inner] if isinstance(inner, Mapping) else [reply]
    if "error" in reply or "message" in reply:
        codes = (exact_or_none(part.get(name)) for part in parts for name in _STATUS_NAMES)
        if any(code is not None and FIRST_ERROR <= code < 600 for code in codes):
            return True
    said = [text for part in parts for name in _MESSAGE_NAMES if isinstance(text := part.get(name), str)]
    return any(_ERROR_PAGE.match(text) for text in said)
