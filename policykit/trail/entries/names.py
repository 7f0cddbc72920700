"""Names in records: a text that is not a name is recorded as its digest, because it may be a user's text."""

from __future__ import annotations

import hashlib
import re

MAX_NAME_CHARS = 200
NOT_A_NAME = " (not a name)"
_NAME = re.compile(r"[A-Za-z0-9._:/@+-]{1,200}")
_MARKED = re.compile(rf"sha256:[0-9a-f]{{64}}{re.escape(NOT_A_NAME)}")
_LIBRARIES = ("anthropic", "langchain tool", "langchain", "litellm.Router", "litellm", "mcp", "openai")
"""What the adapters put before the name of what they guard, with a space; the longer of two goes first."""


def recorded_name(text: str) -> str:
    """Return the name of a model, a provider, a tool or an error as records hold it."""
    return text if not text or _NAME.fullmatch(text) or is_marked(text) else _marked(text)


def recorded_function(text: str) -> str:
    """Return the name of a guarded function: a name, or that of a library and a name (`mcp search`)."""
    library = next((name for name in _LIBRARIES if text.startswith(f"{name} ")), "")
    return f"{library} {recorded_name(text[len(library) + 1 :])}" if library else recorded_name(text)


def recorded_person(text: str) -> str:
    """Return a principal: any label, because nobody but the application says who it is."""
    return text if len(text) <= MAX_NAME_CHARS and text.isprintable() else _marked(text)


def is_marked(text: str) -> bool:
    """Whether a record holds a digest in place of a name."""
    return text.endswith(NOT_A_NAME) and _MARKED.fullmatch(text) is not None


def _marked(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}{NOT_A_NAME}"
