"""What a request has that the guard cannot read, so that nobody can say what is in its text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from policykit.guard.adapters.shared.values.members import FILE_MEMBERS, file_in, is_file, is_media
from policykit.guard.text.embedded import Kind, is_address

_HISTORY = frozenset({"previous_response_id", "conversation"})
_PROMPTS = frozenset({"prompt"})
_FILES = frozenset({"file_id", "file_ids", "file_url", "vector_store_ids"})
_SEEN = FILE_MEMBERS | _FILES | {"id", "url", "source"}
"""Members that can hold or name what the guard cannot read."""
_DOCUMENTS = frozenset({"document", "file", "input_file"})
_CODE = (type, FunctionType, MethodType, BuiltinFunctionType)
"""Classes and functions are the application's code, from which libraries make schemas."""
_WORDS = {
    "files": "a file that the guard cannot read",
    "history": "an earlier conversation, which the guard cannot read",
    "prompts": "a prompt that is stored at the provider",
}


def unread_in(request: dict[str, Any], allowed: Collection[str]) -> str:
    """Return what of a request's arguments cannot be read, in words; empty where everything can be.

    Args:
        request: the arguments that hold texts, by name.
        allowed: kinds that the application sees to itself (`GuardOptions.unread`).
    """
    for name, value in request.items():
        found = _argument(name, value)
        found = found if found and found not in allowed else _inside(value, "", (name,), allowed)
        if found in _WORDS:
            return f'`{name}` has {_WORDS[found]}; `GuardOptions(unread=["{found}"])` lets it through'
        if found:
            return f"`{name}` has {found}"
    return ""


def _argument(name: str, value: Any) -> str:
    if name in _HISTORY and value:
        return "history"
    return "prompts" if name in _PROMPTS and isinstance(value, dict) and value.get("id") else ""


def _inside(value: Any, owner: str, path: tuple[Any, ...], allowed: Collection[str]) -> str:
    """Return the kind of what cannot be read inside of a value, or what it is in words."""
    if type(value) is str:
        return ""
    if isinstance(value, dict):
        kind = value.get("type")
        kind = kind if isinstance(kind, str) else ""
        for name, item in value.items():
            found = _member(value, (kind, owner), path, name, item) if item and name in _SEEN else ""
            if not found or found in allowed:
                found = _inside(item, kind or owner, (*path, name), allowed)
            if found and found not in allowed:
                return found
        return ""
    if isinstance(value, list):
        for item in value:
            if found := _inside(item, owner, path, allowed):
                return found
        return ""
    is_known = value is None or isinstance(value, (str, int, float, *_CODE)) or is_absent(value)
    return "" if is_known else f"a value of the type `{type(value).__name__}`, which is neither text nor data"


def _member(holder: Any, kinds: tuple[str, str], path: Sequence[Any], name: Any, item: Any) -> str:
    kind, owner = kinds
    if kind == "item_reference" and name == "id":
        return "history"
    in_media = is_media(kind, path) or is_media(owner, ())
    if name in _FILES and not in_media:
        return "files"
    if not isinstance(item, str):
        return ""
    if name in {"url", "source"} and not in_media and (kind in _DOCUMENTS or owner in _DOCUMENTS) and is_address(item):
        return "files"
    is_unread = is_file(kind, path, holder, name) and file_in(kind, path, holder, name, item).kind is Kind.UNREAD
    return "files" if is_unread else ""


def is_absent(value: Any) -> bool:
    """Whether a value is what a client library passes for "not given", which is not sent."""
    kind = type(value)
    return kind.__name__ in {"Omit", "NotGiven"} and kind.__module__.partition(".")[0] in {"openai", "anthropic"}
