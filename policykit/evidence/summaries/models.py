"""What the name of a model says."""

from __future__ import annotations

import re

from policykit.vocabulary.types import Value

_DATED = re.compile(r"(?<![0-9])20[0-9]{2}-?(0[1-9]|1[0-2])-?([0-2][0-9]|3[01])(?![0-9])")
"""A date in a model's name is how providers name a fixed version: `gpt-4o-2024-08-06`, `claude-haiku-4-5-20251001`."""


def model_facts(model: str) -> dict[str, Value]:
    """Return the fields about the model; whether a name without a date is pinned is not known."""
    found: dict[str, Value] = {"model": model}
    if _DATED.search(model):
        found["model_pinned"] = True
    elif model.endswith("latest"):
        found["model_pinned"] = False
    return found
