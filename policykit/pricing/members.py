"""The members of LiteLLM's price list that say what a token costs; for readers of evidence and for the guard.

Source: LiteLLM 1.109, `model_prices_and_context_window.json`; prices in US dollars, each for one token.
"""

from __future__ import annotations

import re

TEMPLATE = "sample_spec"
"""An entry that explains the members, not a model."""
INPUT = "input_cost_per_token"
CACHED_INPUT = "cache_read_input_token_cost"
CACHE_WRITE = "cache_creation_input_token_cost"
CACHE_WRITE_1H = "cache_creation_input_token_cost_above_1hr"
OUTPUT = "output_cost_per_token"
REASONING = "output_cost_per_reasoning_token"
REQUEST = "input_cost_per_request"
"""For each call, whatever its tokens."""
BY_RANGE = "tiered_pricing"
"""Prices by ranges, in a form of its own."""
MAX_INPUT = "max_input_tokens"
MAX_OUTPUT = "max_output_tokens"
NO_OUTPUT_PRICE = frozenset({"embedding", "rerank", "moderation"})
"""Modes that are paid for by their input alone."""

_STEP = re.compile(r"_above_(\d{1,9})(k?)_tokens\Z", re.ASCII)


def step_of(member: str, base: str) -> int | None:
    """Return the number of input tokens above which a member is the price in place of its base; None if it is not."""
    found = _STEP.fullmatch(member, len(base)) if member.startswith(base) else None
    return None if found is None else int(found[1]) * (1_000 if found[2] else 1)
