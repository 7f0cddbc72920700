"""One row of LiteLLM's spend log: how the call ended, what it used, whether it can cost anything.

Source: LiteLLM 1.109, `spend_tracking_utils.py` (`get_logging_payload`) and `CallTypes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policykit.evidence.view import View

_MEMBERS = {
    "model": "model",
    "model_group": "model_group",
    "provider": "custom_llm_provider",
    "team": "team_id",
    "user": "user",
    "agent": "agent_id",
    "call_type": "call_type",
}
LABELS = (*_MEMBERS, "tag")
"""What calls can be sliced by."""
_SUCCESS, _FAILURE = ("", "success"), "failure"
_CACHE_OFF = "Cache OFF"
"""What LiteLLM writes as `cache_key` when no cache is set up: no answer can come from it."""
_MANAGES = re.compile(
    r"a?((retrieve|list|delete|cancel)_[a-z_]+|(file|video|vector_store_file)_(retrieve|list|delete|content)"
    r"|video_(retrieve_job|get_character)|get_[a-z_]+|create_(file|thread|assistants|container)"
    r"|delete_assistant|vector_store_(create|file_update))\Z"
)
"""Calls that ask no model: they look after files, batches, threads and containers."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended."""

    failed: bool
    cached: bool
    unknown: str = ""
    """A word that is neither success nor failure."""
    stated: bool = True
    """Whether the row says how the call ended."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call used."""

    inputs: int
    outputs: int
    stated: bool
    """Whether the row states all of it, be it 0."""
    known: bool
    """Whether it can be believed of an answered call: not 0 where nothing was paid either."""


def outcome_of(row: View) -> CallOutcome:
    """Return how a call ended; a failure counts wherever the row states it."""
    metadata = row.value.get("metadata")
    inside = metadata.get("status") if isinstance(metadata, dict) else None
    words = [row.text_or_empty("status"), inside if isinstance(inside, str) else ""]
    unknown = next((word for word in words if word not in _SUCCESS and word != _FAILURE), "")
    hit = str(row.value.get("cache_hit")).lower() == "true" and row.value.get("cache_key") != _CACHE_OFF
    return CallOutcome(_FAILURE in words, hit, unknown, stated=any(words))


def tokens_of(row: View) -> Tokens:
    """Return the tokens of a call. They are known when prompt and completion are stated and make up the total."""
    inputs, outputs = row.count_or_zero("prompt_tokens"), row.count_or_zero("completion_tokens")
    total = row.count("total_tokens") if row.has("total_tokens") else inputs + outputs
    stated = row.has("prompt_tokens") and row.has("completion_tokens") and total == inputs + outputs
    priced_otherwise = total or row.number("spend")  # images and audio have a price and no tokens
    return Tokens(inputs, outputs, stated, known=bool(stated and priced_otherwise))


def is_free_of_charge(row: View) -> bool:
    """Return whether a call used no model: no tokens, and a type of call that only manages something."""
    used = sum(row.count_or_zero(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens"))
    return not used and _MANAGES.match(row.text_or_empty("call_type")) is not None


def labels_of(row: View) -> Iterator[tuple[str, str]]:
    """Yield the labels of a call and their values."""
    members = row.value
    for label, name in _MEMBERS.items():
        value = members.get(name)
        if isinstance(value, str) and value:
            yield label, value
    tags = members.get("request_tags")
    if isinstance(tags, list):
        yield from (("tag", tag) for tag in dict.fromkeys(tag for tag in tags if isinstance(tag, str)))
