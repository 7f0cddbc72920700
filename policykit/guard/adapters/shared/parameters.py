"""The parameters of a request that a record may name: figures and words of a provider's protocol, never texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SCALARS = (
    "temperature", "top_p", "top_k", "min_p", "n", "seed", "max_tokens", "max_completion_tokens", "max_output_tokens",
    "frequency_penalty", "presence_penalty", "reasoning_effort", "verbosity", "service_tier", "parallel_tool_calls",
)  # fmt: skip
_INSIDE = {"reasoning": ("effort",), "thinking": ("type", "budget_tokens")}
"""Objects of which single members are recorded, as `reasoning.effort`."""
_WORD = re.compile(r"[a-z0-9_-]{1,32}")
_MAX_INTEGER = 2**53 - 1


def parameters_of(request: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
    """Return the parameters of a request that are figures, yes or no, or a word."""
    found = [(name, value) for name in _SCALARS if _may_be_recorded(value := request.get(name))]
    for name, members in _INSIDE.items():
        inner = request.get(name)
        if isinstance(inner, dict):
            found += [(f"{name}.{key}", value) for key in members if _may_be_recorded(value := inner.get(key))]
    return tuple(found)


def _may_be_recorded(value: object) -> bool:
    if type(value) is str:
        return _WORD.fullmatch(value) is not None
    if type(value) is int:
        return abs(value) <= _MAX_INTEGER
    return type(value) is bool or (type(value) is float and abs(value) < float("inf"))
