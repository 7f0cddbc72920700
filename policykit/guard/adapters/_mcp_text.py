"""The texts inside of what a client and a server of MCP say to each other, read and replaced by one walk.

What is searched: every string but for the protocol's own labels, decoded where it is JSON or has escapes; in JSON that
a tool takes or gives (arguments, `structuredContent`, schemas, `_meta`) also names of members and numbers, because a
card number may stand there; and embedded files that are text, whatever they are said to be. Images and sound are passed
on unsearched, as a model's own adapters do. Everything else is not understood, and a rule that reads the text is then
unknown.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from policykit.guard.adapters._members import is_mime
from policykit.guard.adapters._protocol_words import WORDS
from policykit.guard.text.embedded import MEDIA, Kind, embedded
from policykit.guard.text.readable import Reading, readable

MAX_DEPTH = 32
Swap = Callable[[str], str]
"""Takes a text, gives what stands in its place."""

_LABELS = frozenset({"type", "role", "next_cursor", "cache_scope", "theme"})
"""Fields of the protocol whose values are words of it, which its types check, or opaque."""
_RESULTS = frozenset({"complete", "input_required"})
"""What `result_type` says; its type takes any text. Source: mcp_types 2.3, `CallToolResult`."""
_ADDRESSES = frozenset({"uri", "src", "url"})
"""Fields that say where something is; a data address is the thing itself."""
_KNOWN = frozenset(
    {
        "Annotations",
        "AudioContent",
        "BlobResourceContents",
        "CallToolResult",
        "CreateMessageRequestParams",
        "CreateMessageResult",
        "CreateMessageResultWithTools",
        "ElicitResult",
        "EmbeddedResource",
        "ErrorData",
        "GetPromptResult",
        "Icon",
        "ImageContent",
        "Implementation",
        "ListPromptsResult",
        "ListResourceTemplatesResult",
        "ListResourcesResult",
        "ListRootsResult",
        "ListToolsResult",
        "ModelHint",
        "ModelPreferences",
        "Prompt",
        "PromptArgument",
        "PromptMessage",
        "ReadResourceResult",
        "Resource",
        "ResourceLink",
        "ResourceTemplate",
        "Root",
        "SamplingMessage",
        "TextContent",
        "TextResourceContents",
        "Tool",
        "ToolAnnotations",
        "ToolChoice",
        "ToolExecution",
        "ToolResultContent",
        "ToolUseContent",
    }
)
"""What the protocol has today. A kind of content that is new may hold text in a form that nobody searches."""
_MEDIA = {"ImageContent": "image/", "AudioContent": "audio/"}


class MessageTexts:
    """A lens (`policykit.guard.argument.Lens`) for values of the protocol, such as the parameters of sampling."""

    def read(self, value: Any) -> tuple[str, ...] | None:
        """Return the texts; None where something is not understood."""
        try:
            return texts_of(value)
        except ValueError:
            return None

    def write(self, value: Any, texts: Sequence[str]) -> Any:
        """Return the value with other texts, as many as `read` gave."""
        return with_texts(value, texts)


MCP_MESSAGES = MessageTexts()


def texts_of(value: Any) -> tuple[str, ...]:
    """Return all texts of a value, in order.

    Raises:
        ValueError: something in it is not understood, or nested too deep.
    """
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    _mapped(value, keep, 0)
    return tuple(found)


def with_texts(value: Any, texts: Sequence[str]) -> Any:
    """Return a value with other texts in the places that `texts_of` gave; the value itself stays as it is.

    Raises:
        ValueError: two members of an object would have the same name.
    """
    left: Iterator[str] = iter(texts)
    return _mapped(value, lambda _text: next(left), 0)


def _mapped(value: Any, swap: Swap, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, swap)
    if isinstance(value, int | float):
        now = swap(str(value))
        return value if now == str(value) else now
    if isinstance(value, dict):
        return _object(value, swap, depth)
    if isinstance(value, list | tuple):
        return [_mapped(item, swap, depth + 1) for item in value]
    return _model(value, swap, depth)


def _text(value: str, swap: Swap) -> str:
    """Return a text with other parts in it; as it was where none of them is changed."""
    found = readable(value)
    return swap(value) if found is None else _swapped(found, value, swap)


def _swapped(reading: Reading, value: str, swap: Swap) -> str:
    is_changed = False
    for index, part in enumerate(reading.parts):
        now = swap(part)
        if now != part:
            reading.put(index, now)
            is_changed = True
    return str(reading) if is_changed else value


def _object(value: dict[Any, Any], swap: Swap, depth: int) -> dict[Any, Any]:
    found = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError("a member's name is no text")  # noqa: TRY004 - not understood, like all else
        name = swap(key)
        if name in found:
            raise ValueError("two members would have the same name")
        found[name] = _mapped(item, swap, depth + 1)
    return found


def _model(value: Any, swap: Swap, depth: int) -> Any:
    """Return a copy of a data object of the protocol."""
    kind = type(value).__name__
    if kind not in _KNOWN or not hasattr(value, "model_copy") or value.model_extra:
        raise ValueError(f"`{kind}` is not understood")
    media = _MEDIA.get(kind)
    if media is not None and not str(value.mime_type).startswith(media):
        raise ValueError("media of another type than it is said to be")
    changed: dict[str, Any] = {}
    for name, item in value.__dict__.items():
        if name == "blob" or (media and name == "data"):
            changed[name] = _file(item, str(value.mime_type or ""), swap)
        elif isinstance(item, str) and name in _ADDRESSES:
            changed[name] = _address(item, swap)
        elif not _is_label(name, item) and _may_hold_text(name, item):
            changed[name] = _mapped(item, swap, depth + 1)
    return value.model_copy(update=changed)


def _may_hold_text(name: str, item: Any) -> bool:
    """Whether a field is searched: the protocol's own numbers are not, those that a tool gives are."""
    return name in {"structured_content", "data"} or not isinstance(item, bool | int | float)


def _is_label(name: str, item: Any) -> bool:
    """Whether a field says a word of the protocol. Where its types take any text, the word must be a known one."""
    if name == "mime_type":
        return isinstance(item, str) and is_mime(item)
    if name == "result_type":
        return item in _RESULTS
    return name in _LABELS or (isinstance(item, str) and item in WORDS.get(name, ()))


def _address(value: str, swap: Swap) -> str:
    """Return an address; of a data address, what is in it is searched where it is text.

    Raises:
        ValueError: what is in it is neither text nor media.
    """
    found = embedded(value)
    if found.kind is Kind.UNREAD:
        raise ValueError("a file that is no text")
    if found.kind is Kind.PLAIN:
        return _text(value, swap)
    return value if found.reading is None else _swapped(found.reading, value, swap)


def _file(value: str, mime: str, swap: Swap) -> str:
    """Return an embedded file in base64, searched where it is text.

    Raises:
        ValueError: it is neither text nor media, so that nobody knows what a model reads in it.
    """
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("a file that is no base64") from None
    found = embedded(value, mime, is_media=mime.lower().startswith(MEDIA))
    if found.kind is Kind.UNREAD:
        raise ValueError("a file that is no text")
    if found.kind is Kind.PLAIN:  # too short for a picture
        return swap(value)
    return value if found.reading is None else _swapped(found.reading, value, swap)
