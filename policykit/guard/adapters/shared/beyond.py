"""What a request makes a model read, or do, besides the text that was counted: how far its cost can be bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policykit.guard.adapters.shared.hosted import hosted_tools
from policykit.pricing.beyond import Beyond

_HARMLESS = frozenset(
    {
        "model", "stream", "stream_options", "temperature", "top_p", "top_k", "n", "seed", "stop", "stop_sequences",
        "max_tokens", "max_completion_tokens", "max_output_tokens", "max_tool_calls", "frequency_penalty",
        "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "user", "safety_identifier", "metadata", "store",
        "reasoning_effort", "verbosity", "reasoning", "thinking", "timeout", "extra_headers", "extra_query", "include",
        "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "parallel_tool_calls", "tool_choice",
        "function_call", "truncation", "background", "background_options", "cache_control", "extra_body",
        "api_key", "api_base", "base_url", "api_version", "custom_llm_provider", "num_retries", "max_retries",
        "organization", "drop_params", "tags", "caching", "moderation", "diagnostics",
    }
)  # fmt: skip
"""Arguments that add nothing to what a model reads, and change no price."""
_TEXTS = frozenset({"messages", "input", "system", "instructions", "functions", "litellm_system_prompt"})
"""Arguments whose texts are counted, but for parts that are no texts."""
_DECLARED = frozenset({"tools", "response_format", "text", "output_config"})
"""Declarations that a model reads in a form of the provider's."""
_KEPT = frozenset({"previous_response_id", "conversation", "prompt", "container", "context_management"})
"""What the provider keeps, and lets the model read."""
_PLAIN_TIERS = frozenset({"auto", "default", "standard", "standard_only", "flex", "batch", "scale"})
"""Tiers at the price of the list, or below it. Source: OpenAI's and Anthropic's pages on service tiers."""
_PLAIN_FORMATS = frozenset({"text", "json_object"})
_TEXT_PARTS = frozenset(
    {
        "", "text", "input_text", "output_text", "summary_text", "reasoning_text", "refusal", "message", "function",
        "custom", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "tool_use",
        "tool_result", "thinking", "ephemeral",
    }
)  # fmt: skip
_PICTURES = frozenset({"image_url", "input_image", "image"})


def beyond(request: Mapping[str, Any]) -> Beyond:
    """Return how far a request goes beyond its text; what is not known may cost anything."""
    body = request.get("extra_body")
    merged = {**request, **(body if isinstance(body, Mapping) else {})}
    found = [_of_argument(name, value) for name, value in merged.items() if _is_given(value)]
    return max(found, default=Beyond.NOTHING)


def _is_given(value: Any) -> bool:
    """Whether an argument says anything; the libraries have objects of their own that stand for "not given"."""
    return value is not None and type(value).__name__ not in {"NotGiven", "Omit"} and value not in ([], {}, "", False)


def _of_argument(name: str, value: Any) -> Beyond:
    if name == "service_tier":
        return Beyond.NOTHING if value in _PLAIN_TIERS else Beyond.ANYTHING
    if name in _HARMLESS:
        return Beyond.NOTHING
    if name == "tools" and hosted_tools({"tools": value}):
        return Beyond.ANYTHING  # the provider runs the model again and again, and charges for the tool besides
    if name in _DECLARED:
        return Beyond.NOTHING if _is_plain_format(name, value) else Beyond.DECLARED
    if name in _KEPT:
        return Beyond.CONTEXT
    return (
        max((_of_part(part) for part in _parts(value)), default=Beyond.NOTHING) if name in _TEXTS else Beyond.ANYTHING
    )


def _is_plain_format(name: str, value: Any) -> bool:
    form = value
    if name in {"text", "output_config"} and isinstance(value, Mapping):
        form = value.get("format", {"type": "text"})
    return name != "tools" and isinstance(form, Mapping) and form.get("type") in _PLAIN_FORMATS


def _of_part(part: Mapping[str, Any]) -> Beyond:
    kind = part.get("type", "")
    if kind in _PICTURES:
        return Beyond.CONTEXT if _is_kept(part) else Beyond.DECLARED
    source = part.get("source")
    if kind == "document" and isinstance(source, Mapping) and source.get("type") in {"text", "content"}:
        return Beyond.NOTHING
    return Beyond.NOTHING if kind in _TEXT_PARTS and not _is_kept(part) else Beyond.CONTEXT


def _is_kept(part: Mapping[str, Any]) -> bool:
    source = part.get("source")
    return bool(part.get("file_id") or (isinstance(source, Mapping) and source.get("type") == "file"))


def _parts(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the messages and parts of a prompt; what only describes a part, or is the arguments of a tool, is none."""
    if depth > 32:
        yield {"type": "nested too deep"}
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item, depth + 1)
    elif isinstance(value, Mapping):
        yield value
        for name in ("content", "output", "tool_calls"):
            yield from _parts(value.get(name), depth + 1)
