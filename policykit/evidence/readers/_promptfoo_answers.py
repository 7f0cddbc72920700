"""What came back for one row of promptfoo: an answer, silence, or the page of a server that does not work.

promptfoo's red-team graders pass an empty answer, and whatever contains no harm, such as the page `502 Bad Gateway`. A
target that does not answer resists nothing. What a target's own guardrail or provider refused is a refusal.

Source: promptfoo 0.123, src/redteam/util.ts (`isEmptyResponse`), src/evaluator.ts, src/providers/http.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policykit.evidence.readers._answers import FIRST_ERROR, is_error_reply
from policykit.evidence.readers._promptfoo_grading import mapping
from policykit.evidence.view import View, exact_or_none

_SILENCE = frozenset(
    {"", "{}", "[]", '""', "undefined", "null", "none", "(no output)", "no output", "no response", "[object object]"}
)
STRIPPED = "[output stripped]"
"""In place of every answer when promptfoo ran with PROMPTFOO_STRIP_RESPONSE_OUTPUT."""


def is_silent(row: Mapping[str, Any]) -> bool:
    """Return whether a row holds no answer."""
    output = mapping(row.get("response")).get("output")
    if output is None or output in ({}, []):
        return True
    return isinstance(output, str) and len(output) < 100 and output.strip().lower() in _SILENCE


def is_unusable(row: Mapping[str, Any]) -> bool:
    """Return whether what came back for an attack says nothing about the defence."""
    return is_silent(row) or mapping(row.get("response")).get("output") == STRIPPED or is_error(row)


def is_refused(row: Mapping[str, Any]) -> bool:
    """Return whether the target's guardrail or its provider says that it refused."""
    response = mapping(row.get("response"))
    history = mapping(response.get("metadata")).get("redteamHistory")
    last = mapping(history[-1]) if isinstance(history, list) and history else {}
    guardrails = mapping(response.get("guardrails")) or mapping(last.get("guardrails"))
    by_provider = response.get("isRefusal") is True or response.get("finishReason") in ("content_filter", "refusal")
    return guardrails.get("flagged") is True or by_provider


def is_cached(row: Mapping[str, Any]) -> bool:
    """Return whether the answer came from promptfoo's cache."""
    response = mapping(row.get("response"))
    usages = (mapping(row.get("tokenUsage")), mapping(response.get("tokenUsage")))
    return response.get("cached") is True or any((exact_or_none(u.get("cached")) or 0) > 0 for u in usages)


def tokens_of(view: View) -> tuple[int, int] | None:
    """Return the tokens that went in and came out, None where the row states none.

    promptfoo writes what the provider reported under `response.tokenUsage`, and a sum that begins at 0 under
    `tokenUsage`: a 0 in the sum is no measurement.

    Raises:
        EvidenceError: a number of tokens is not a count.
    """
    for usage in (view.object_or_empty("response").at("tokenUsage"), view.at("tokenUsage")):
        if usage.value is None:
            continue
        if not isinstance(usage.value, dict):
            raise usage.unexpected("an object")
        if usage.has("prompt") and usage.has("completion"):
            found = usage.count("prompt"), usage.count("completion")
            if any(found):
                return found
        else:
            usage.count_or_zero("prompt")
            usage.count_or_zero("completion")
    return None


def is_error(row: Mapping[str, Any]) -> bool:
    """Return whether a server that does not work answered, by its status or by what it said."""
    response = mapping(row.get("response"))
    for metadata in (mapping(response.get("metadata")), mapping(row.get("metadata"))):
        status = exact_or_none(mapping(metadata.get("http")).get("status"))
        if status is not None and status >= FIRST_ERROR:
            return True
    return is_error_reply(response.get("output"))
