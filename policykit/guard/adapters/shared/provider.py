"""Who answers a call: by the host to which it goes, under the names that LiteLLM's price list uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_HOSTS = {
    "api.openai.com": "openai",
    "eu.api.openai.com": "openai",
    "us.api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
    "api.groq.com": "groq",
    "api.together.xyz": "together_ai",
    "api.together.ai": "together_ai",
    "api.mistral.ai": "mistral",
    "codestral.mistral.ai": "codestral",
    "generativelanguage.googleapis.com": "gemini",
    "aiplatform.googleapis.com": "vertex_ai",
    "api.x.ai": "xai",
    "api.perplexity.ai": "perplexity",
    "api.fireworks.ai": "fireworks_ai",
    "api.cerebras.ai": "cerebras",
    "api.sambanova.ai": "sambanova",
    "integrate.api.nvidia.com": "nvidia_nim",
    "api.deepinfra.com": "deepinfra",
    "models.inference.ai.azure.com": "github",
    "models.github.ai": "github",
}
"""Hosts of providers. Source: their documentation; the names: LiteLLM 1.110, `get_llm_provider`."""
_ENDINGS = {
    ".openai.azure.com": "azure",
    ".cognitiveservices.azure.com": "azure",
    ".services.ai.azure.com": "azure_ai",
    "-aiplatform.googleapis.com": "vertex_ai",
}
"""Ends of hosts of which every customer, or every region, has one. Source: as above."""
_BEDROCK = re.compile(r"bedrock-runtime(-fips)?\.[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}\.amazonaws\.com", re.ASCII)
"""A region stands in the middle: `bedrock-runtime.s3.amazonaws.com` is anybody's storage. Source: AWS, endpoints."""
PLACED = frozenset({*_HOSTS.values(), *_ENDINGS.values(), "bedrock"})
"""Providers that have a place of their own: whoever else speaks their protocol is not one of them."""


def provider_at(address: Any) -> str | None:
    """Return who answers at a base URL; None where that is not known, as behind a gateway or on a host of one's own."""
    return _provider_at(str(address))


@lru_cache(maxsize=256)
def _provider_at(address: str) -> str | None:
    from urllib.parse import urlsplit  # few processes get this far

    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or port not in {None, 443}:
        return None  # no provider is reached so, and what a name means there is up to whoever made it
    found = _HOSTS.get(host)
    if found is None and _BEDROCK.fullmatch(host):
        return "bedrock"
    return found or next((name for ending, name in _ENDINGS.items() if host.endswith(ending)), None)


def placed(provider: object, address: Any) -> object:
    """Return a provider that a library names, if it can be the one at an address; None where that is not known.

    A name that says which program answers (`hosted_vllm`, `ollama`), not whose it is, fits every address.
    """
    if not address:
        return provider
    found = provider_at(address)
    return found if found is not None or provider in PLACED else provider
