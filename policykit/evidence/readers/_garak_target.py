"""What the name of garak's target says: a model for some generators, an address or a function for others.

Source: garak 0.9 to 0.16, `garak/generators`.
"""

from __future__ import annotations

import re

_BY_MODEL = """
anthropic atlascloud bedrock cohere gemini google groq huggingface litellm llm mistral nemo nim octo ollama openai
openrouter orcarouter replicate vertexai watsonx
"""
_MODELS = frozenset(_BY_MODEL.split())
"""Generators whose target is named by a model. Others name an address (`rest`, `websocket`, `langchain_serve`), a
function (`function`), a configuration (`guardrails`), a deployment (`azure`, `nvcf`), a file (`ggml`) or are not
garak's own."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[/.~#]|[A-Za-z]:\\|localhost\b", re.ASCII)


def family(kind: str) -> str:
    """Return the family of a target type: `openai` of `openai.OpenAIGenerator`."""
    return kind.removeprefix("garak.").removeprefix("generators.").partition(".")[0].lower()


def is_test_target(kind: str) -> bool:
    """Return whether a target is a generator of garak that answers without a model."""
    return family(kind) == "test"


def model_of(kind: str, name: str) -> str:
    """Return the model that a target is, or nothing where the name is not that of a model.

    A report without a type names the model: no other generator can be told from it.
    """
    if _ADDRESS.match(name) or "#" in name or (kind and family(kind) not in _MODELS):
        return ""
    return name
