"""What a LangChain model was made with and sends with every request: searched, and changed, as part of each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policykit.guard.adapters.shared.values.members import MODEL_SETTINGS

_FIELDS = (
    "model_kwargs",
    "extra_body",
    "stop",
    "stop_sequences",
    "reasoning",
    "include",
    "context_management",
    "prompt_cache_options",
    "output_config",
    "mcp_servers",
    "betas",
    "truncation",
    "reasoning_effort",
    "verbosity",
    "service_tier",
)
"""Fields that integrations send with every request, and read again for each.

Source: langchain-openai 1.7, `chat_models/base.py`; of other integrations, the names of the providers' arguments."""
_BESIDE = {"default_headers": "extra_headers", "default_query": "extra_query"}
"""Fields that the provider's client has since it was made, and the arguments that take their place in one request."""


def settings_of(model: Any) -> dict[str, Any]:
    """Return what a model sends with every request, as arguments of this one; nothing where there is nothing."""
    found = {name: value for name in _FIELDS if (value := _field(model, name))}
    beside = {name: value for name in _BESIDE if (value := _field(model, name))}
    return {**({MODEL_SETTINGS: found} if found else {}), **beside}


def _field(model: Any, name: str) -> Any:
    value = getattr(model, name, None) if name in type(model).model_fields else None
    return value if isinstance(value, str | list | tuple | Mapping) else None


def flat(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with what its model adds in the places where the provider gets it."""
    settings = request.get(MODEL_SETTINGS) or {}
    own = {name: value for name, value in settings.items() if name != "model_kwargs"}
    said = {name: value for name, value in request.items() if name != MODEL_SETTINGS and value is not None}
    return {**own, **settings.get("model_kwargs", {}), **said}


def moved(before: Mapping[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return a changed request in which changed headers of the model's client are headers of the request.

    Raises:
        ValueError: the name of one was changed; the client would send it all the same.
    """
    for field, argument in _BESIDE.items():
        kept, changed = before.get(field), after.get(field)
        if kept == changed or changed is None:
            continue
        if not dict(kept or {}).keys() <= changed.keys():
            raise ValueError(f"a name in the model's `{field}` cannot be changed")
        after[argument] = {**changed, **(after.get(argument) or {})}
    return after


def applied(model: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Give a copy of the model its settings as they were checked; return the request without them."""
    for name, value in (request.get(MODEL_SETTINGS) or {}).items():
        if getattr(model, name) != value:
            object.__setattr__(model, name, value)
    return {name: value for name, value in request.items() if name != MODEL_SETTINGS and name not in _BESIDE}
