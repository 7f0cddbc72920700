"""Which assertions of promptfoo look at anything, and which pass whatever the answer is.

promptfoo passes a test without assertions, forces an assertion of weight 0 to pass, leaves metric-only assertions out
of the verdict, and passes an assertion set with nothing in it. A pass that rests on such assertions alone proves
nothing.

Source: promptfoo 0.123, src/assertions/assertionsResult.ts, src/assertions/index.ts, src/assertions/guardrails.ts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policykit.evidence.readers._promptfoo_vacuous import (
    demands_nothing,
    ignores_the_answer,
    matches_every_answer,
    matches_everything,
    rendered,
)
from policykit.evidence.view import exact_or_none

SET = "assert-set"
HUMAN = "human"
COMPARISONS = frozenset({"select-best", "max-score"})
"""Added after the other assertions were scored."""
_NOT_APPLIED = "Guardrail was not applied"
_MEASURES = frozenset(
    [
        "cost",
        "finish-reason",
        "guardrails",
        "latency",
        "perplexity",
        "perplexity-score",
        "tokens-used",
        "trace-error-spans",
        "trace-span-count",
        "trace-span-duration",
    ]
)
"""Assertions about how an answer came, not about what it says."""
_BLIND_TO_SILENCE = _MEASURES | {"moderation", "is-refusal", "word-count"}
"""Assertions that an empty answer passes; so does every one that begins with `not-`."""
_HOLD_OF_EVERYTHING = frozenset({"contains", "icontains", "starts-with", "contains-all", "icontains-all"})
"""Assertions that every answer passes when their value is empty."""
_ANY = frozenset({"contains-any", "icontains-any"})
"""Assertions that every answer passes when one of their values is empty."""
_SCORES = frozenset(
    [
        "answer-relevance",
        "bertscore",
        "bleu",
        "classifier",
        "context-faithfulness",
        "context-recall",
        "context-relevance",
        "gleu",
        "meteor",
        "pi",
        "rouge-n",
        "similar",
        "similar:cosine",
        "similar:dot",
    ]
)
"""Assertions that pass at a score from their threshold up."""


def assertion_type(component: Mapping[str, Any]) -> str:
    """Return the type of a component's assertion, or nothing when it names none."""
    assertion = component.get("assertion")
    found = assertion.get("type") if isinstance(assertion, dict) else None
    return found if isinstance(found, str) else ""


def is_check(component: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Return whether a component of a grading result could have failed, given the variables of its test."""
    if not isinstance(component.get("pass"), bool) or component.get("reason") == _NOT_APPLIED:
        return False
    assertion = component.get("assertion")
    if isinstance(assertion, dict):
        metadata = component.get("metadata")
        stated = metadata.get("renderedAssertionValue") if isinstance(metadata, dict) else None
        return can_fail(assertion, asked, stated) and not demands_nothing(assertion, component.get("score"))
    # Without an assertion of its own, a component with components is the result of a set: those are counted instead.
    return "componentResults" not in component


def can_fail(assertion: Mapping[str, Any], asked: Mapping[str, Any], stated: object = None) -> bool:
    """Return whether an assertion can fail: some pass whatever they are asked.

    Args:
        assertion: as the test defines it.
        asked: the variables of the test.
        stated: the value that promptfoo says it compared with, where it does.
    """
    weight = exact_or_none(assertion.get("weight"))
    outside = weight == 0 or assertion.get("metricOnly") is True or assertion.get("type") == SET
    return not outside and not _is_vacuous(assertion, rendered(assertion.get("value"), asked, stated))


def definitions(assertions: object) -> Iterator[Mapping[str, Any]]:
    """Yield the assertions that a test defines, those in sets in place of the sets."""
    waiting = list(assertions) if isinstance(assertions, list) else []
    while waiting:
        assertion = waiting.pop()
        if not isinstance(assertion, dict):
            continue
        if assertion.get("type") == SET:
            inner = assertion.get("assert")
            waiting.extend(inner if isinstance(inner, list) else ())
        else:
            yield assertion


def looks_at_the_answer(component: Mapping[str, Any]) -> bool:
    """Return whether a check is about what was answered, rather than how fast or at which price."""
    kind, value = assertion_type(component), component["assertion"].get("value") if component.get("assertion") else None
    if kind == "regex" and isinstance(value, str) and matches_every_answer(value):
        return False  # it shows that an answer came
    return kind.removeprefix("not-") not in _MEASURES


def demands_an_answer(component: Mapping[str, Any]) -> bool:
    """Return whether a check could tell silence from an answer."""
    kind = assertion_type(component)
    return not kind.startswith("not-") and kind not in _BLIND_TO_SILENCE


def _is_vacuous(assertion: Mapping[str, Any], value: object) -> bool:
    kind = assertion.get("type")
    if kind in _HOLD_OF_EVERYTHING:
        return value == "" or (isinstance(value, list) and not any(value))
    if kind in _ANY:
        return value == "" or (isinstance(value, list) and "" in value)
    if kind == "regex":
        return isinstance(value, str) and matches_everything(value)
    if kind in ("javascript", "python", "ruby"):
        return isinstance(value, str) and ignores_the_answer(value)
    threshold = exact_or_none(assertion.get("threshold"))
    return kind in _SCORES and threshold is not None and threshold <= 0
