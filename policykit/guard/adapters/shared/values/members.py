"""What a member of a request or an answer holds: text, unless it is listed here. See docs/adr/0033.

A value is exempt because of the member that it stands in, never because of how it begins; docs/guard.md names each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from policykit.guard.adapters.shared.values.protocol_words import WORDS
from policykit.guard.text.embedded import MEDIA, File, Kind, embedded

LABELS = frozenset(
    {"id", "tool_call_id", "tool_use_id", "call_id", "item_id", "file_id", "container_id", "response_id",
     "cache_control", "logprobs", "usage", "system_fingerprint", "obfuscation"}
)  # fmt: skip
"""In an answer, what its provider made: identifiers, figures, padding. In a request a person can write them."""
_STATES = frozenset({"type", "role", "status", "object", "phase", "finish_reason", "stop_reason", "service_tier"})
"""In an answer, the provider's words for what something is and how it stands; new ones are no text of a model."""
SAID_BY_PROVIDERS = LABELS | _STATES
OPAQUE = frozenset(
    {
        "signature",
        "encrypted_content",
        "encrypted_index",
        "encrypted_stdout",
        "encrypted_function_output",
        "obfuscation",
    }
)
"""What a provider signed or encrypted for itself; as long as it is base64, because nobody else can read it."""
CREDENTIALS = frozenset({"authorization_token", "authorization"})
"""Members with which a provider is to identify itself at a server."""
SECRET_HEADERS = re.compile(r"(?:proxy-)?authorization|cookie|(?:.*-)?(?:api-?key|auth|token|secret)", re.IGNORECASE)
"""Headers for the server that a request is sent to."""
_ARGUMENT_HEADERS = frozenset({"extra_headers", "headers", "default_headers"})
MODEL_SETTINGS = "model_settings"
"""Argument in which a request of LangChain's holds what its model sends with every request."""
_SERVERS = frozenset({"tools", "mcp_servers"})
"""Arguments whose entries can be servers that the provider calls."""
MIN_SEALED = 100
"""Characters of the shortest text that is sealed: a shorter one in its place may be a number or a key, and is read.

Source: the Fernet format (`encrypted_content` of OpenAI's), which has no token below it."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_=.-]*")
_PLAIN_NAME = re.compile(
    r"[$a-z_]{1,40}|[a-z]{1,24}(?:[A-Z][a-z]{1,24}){1,5}|(?:X-)?[A-Z]?[a-z]{1,24}(?:-[A-Z]?[a-z]{1,24}){0,5}"
)
"""Names of members that say nothing: letters only, as protocols write them (`max_tokens`, `maxLength`, `X-Title`)."""
_CHARSET = re.compile(r'\s*charset="?[A-Za-z]{2,8}[A-Za-z0-9-]{0,12}"?\s*')
_TIMES = re.compile(r"(?:created|expires|completed|started|updated|last_active)(?:_at)?")
_IDENTIFIER = re.compile(r"id|.*(?:[_-]id|[a-z]Id)")
_UUID = re.compile(
    r"(?:(?:lc_)?run-{1,2})?[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:-\d{1,3})?"
)
"""Identifiers by chance or by time, and runs as LangChain names them. Source: RFC 9562; langchain-core 1.8."""
MIN_DIGITS = 7
"""Digits from which on a number is text, because it may be one of a card, an account or a person."""
_MEDIA_KINDS = frozenset(
    {"image", "image_url", "input_image", "audio", "input_audio", "video", "video_url", "computer_screenshot",
     "image_generation_call", "input_video", "image_generation"}
)  # fmt: skip
_MEDIA_MEMBERS = frozenset({"image_url", "input_audio", "audio", "video_url", "image", "video", "input_image_mask"})
"""Members whose objects are pictures or recordings."""
_FILE_KINDS = frozenset({"base64", "file", "media", "input_file", "document", "container_upload", "url"})
_ALWAYS = frozenset({"file_data", "b64_json", "blob", "base64", "file_url"})
"""Members that hold a file or its address wherever they stand."""
_ADDRESSES = frozenset({"url", "image_url", "video_url", "audio_url", "uri"})
_PAYLOADS = frozenset({"data", "result"})
FILE_MEMBERS = _ALWAYS | _ADDRESSES | _PAYLOADS
"""Members that can hold a file or its address."""
_MIMES = ("media_type", "mime_type", "mimeType")


def is_exempt(kind: str, name: Any, value: str, *, is_request: bool) -> bool:
    """Whether a text in a member is a word of the protocol, opaque, or what a provider made for itself."""
    if value in WORDS.get(name, ()):
        return True
    if name in OPAQUE or (name == "data" and kind == "redacted_thinking"):
        return (not is_request or len(value) >= MIN_SEALED) and _BASE64.fullmatch(value) is not None
    if name in _MIMES:
        return is_mime(value)
    if is_request:
        return is_random_identifier(name, value)
    return name in LABELS or name in _STATES


def is_random_identifier(name: Any, value: str) -> bool:
    """Whether a member that identifies something does so by a UUID: a few of a thousand look like numbers of people."""
    return isinstance(name, str) and _IDENTIFIER.fullmatch(name) is not None and _UUID.fullmatch(value) is not None


def is_mime(value: str) -> bool:
    """Whether a text is a media type that the standard library knows, with a charset or without."""
    import mimetypes

    mime, _, more = value.partition(";")
    known = mimetypes.guess_extension(mime.strip()) is not None or mime.strip() in {"image/webp", "audio/l16"}
    return known and (not more or _CHARSET.fullmatch(more) is not None)


def is_credential(kind: str, path: Sequence[Any], name: Any) -> bool:
    """Whether a member of a request is what the provider is to identify itself with at a server of tools."""
    return name in CREDENTIALS and kind in {"mcp", "url"} and is_in_server(path)


def holds_headers(path: Sequence[Any]) -> bool:
    """Whether what stands in a member of a request are headers: an argument's, or those of a server of tools.

    A member of a message or of a schema may be called `headers` as well, and a model reads it.
    """
    if not path or path[-1] not in _ARGUMENT_HEADERS:
        return False
    return len(_in_request(path)) == 1 or is_in_server(path[:-1])


def is_in_server(path: Sequence[Any]) -> bool:
    """Whether a path leads to an entry of a request's tools or servers, which have credentials of their own."""
    inner = _in_request(path)
    inner = inner[1:] if inner and inner[0] == "extra_body" else inner
    return len(inner) == 2 and inner[0] in _SERVERS and isinstance(inner[1], int)


def _in_request(path: Sequence[Any]) -> Sequence[Any]:
    """Return a path as it is where the provider gets the request."""
    if not path or path[0] != MODEL_SETTINGS:
        return path
    return path[2:] if path[1:2] == ("model_kwargs",) else path[1:]


def is_secret_header(name: Any) -> bool:
    """Whether a header identifies the application."""
    return isinstance(name, str) and SECRET_HEADERS.fullmatch(name) is not None


def is_plain_name(name: str) -> bool:
    """Whether a member's name is one as protocols have them, so that it says nothing of anybody."""
    return _PLAIN_NAME.fullmatch(name) is not None


def number_text(name: Any, value: Any) -> str | None:
    """Return a number as a text where it may be more than a figure."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    text = str(int(value))
    is_time = isinstance(name, str) and _TIMES.fullmatch(name) is not None and len(text) in {10, 13}
    return None if len(text.lstrip("-")) < MIN_DIGITS or is_time else text


def is_media(kind: str, path: Sequence[Any]) -> bool:
    """Whether what stands in an object is a picture or a recording."""
    return kind in _MEDIA_KINDS or any(step in _MEDIA_MEMBERS for step in path[-2:])


def is_file(kind: str, path: Sequence[Any], holder: Any, name: Any) -> bool:
    """Whether a member holds a file, or the address of one."""
    if name in _ALWAYS or name == "image_url":
        return True
    if name not in _ADDRESSES and name not in _PAYLOADS:
        return False
    return kind in _FILE_KINDS or is_media(kind, path) or bool(_mime(holder))


def file_in(kind: str, path: Sequence[Any], holder: Any, name: Any, value: str) -> File:
    """Return what stands in a member that holds a file."""
    if name in _ADDRESSES and value.lstrip()[:5].lower() != "data:":
        return File(Kind.PLAIN)
    mime = _mime(holder)
    return embedded(value, mime, is_media=is_media(kind, (*path, name)) or mime.lower().startswith(MEDIA))


def _mime(holder: Any) -> str:
    """Return the media type that an object says its data is."""
    said = (holder.get(each) if isinstance(holder, dict) else getattr(holder, each, None) for each in _MIMES)
    return next((each for each in said if isinstance(each, str)), "")
