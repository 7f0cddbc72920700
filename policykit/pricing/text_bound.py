"""How many input tokens a text can have at most, without the model's tokenizer."""

from __future__ import annotations

from collections.abc import Callable

Tokens = Callable[[str, str], int]
"""A deployment's own count: text and model to tokens, for example by the model's tokenizer."""

CALL_TOKENS = 64
"""For what frames every call."""
LINE_TOKENS = 8
"""For what frames a message. Messages come joined by line ends, so every line counts as one.

Source: OpenAI's cookbook ("How to count tokens"): three or four tokens a message, and three to prime the answer.
"""


def most_tokens(text: str, model: str, tokens: Tokens | None = None) -> int | None:
    """Return the most tokens that a text can have, with what frames it; None where the count is not known.

    A token of a byte-level vocabulary stands for one byte or more, so that a text has no more tokens than bytes.
    Source: R. Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016), over bytes.
    """
    counted: object = len(text.encode("utf-8", "surrogatepass")) if tokens is None else tokens(text, model)
    if isinstance(counted, bool) or not isinstance(counted, int) or counted < 0:
        return None
    return counted + CALL_TOKENS + LINE_TOKENS * (text.count("\n") + 1)
