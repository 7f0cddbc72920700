"""The texts inside of what a client and a server of MCP say to each other, read and replaced by one walk.

What is searched: every string but for the protocol's own labels; in JSON that a tool takes or gives (arguments,
`structuredContent`, schemas, `_meta`) also names of members and numbers, because a card number may stand there; and
embedded files that are text. Images and sound are passed on unsearched, as a model's own adapters do. Everything else
is not understood, and a rule that reads the text is then unknown.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from typing import Any

MAX_DEPTH = 32
Swap = Callable[[str], str]
"""Takes a text, gives what stands in its place."""

_LABELS = frozenset(
    {"type", "role", "result_type", "mime_type", "next_cursor", "cache_scope", "last_modified", "theme", "stop_reason"}
)
"""Fields of the protocol whose values are words of it, or opaque."""
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
_MEDIA_TYPES = ("image/", "audio/", "video/", "font/")


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


MESSAGES = MessageTexts()


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
        return swap(value)
    if isinstance(value, int | float):
        now = swap(str(value))
        return value if now == str(value) else now
    if isinstance(value, dict):
        return _object(value, swap, depth)
    if isinstance(value, list | tuple):
        return [_mapped(item, swap, depth + 1) for item in value]
    return _model(value, swap, depth)


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
        if name == "blob":
            changed[name] = _blob(value, swap)
        elif name not in _LABELS and not (media and name == "data") and _may_hold_text(name, item):
            changed[name] = _mapped(item, swap, depth + 1)
    return value.model_copy(update=changed)


def _may_hold_text(name: str, item: Any) -> bool:
    """Whether a field is searched: the protocol's own numbers are not, those that a tool gives are."""
    return name in {"structured_content", "data"} or not isinstance(item, bool | int | float)


def _blob(value: Any, swap: Swap) -> str:
    """Return an embedded file in base64, searched where it is text.

    Raises:
        ValueError: it is neither text nor media, so that nobody knows what a model reads in it.
    """
    blob: str = value.blob
    try:
        data = base64.b64decode(blob, validate=True)
        text = data.decode()
    except UnicodeDecodeError:
        if str(value.mime_type).startswith(_MEDIA_TYPES):
            return blob
        raise ValueError("a file that is no text") from None
    except binascii.Error:
        raise ValueError("a file that is no base64") from None
    now = swap(text)
    return blob if now == text else base64.b64encode(now.encode("utf-8", "surrogatepass")).decode()
