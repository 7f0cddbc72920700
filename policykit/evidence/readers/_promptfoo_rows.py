"""One row of a promptfoo results file: one test, run once against one prompt and one provider.

Source: the results of promptfoo 0.121 to 0.123 and its documentation of output files. `failureReason` is 0 for none, 1
for a failed assertion, 2 for an error of the provider. An assertion that *crashed* is written as a failed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from policykit.evidence.view import View, exact_or_none
from policykit.vocabulary.types import Exact

_CRASHES = (
    "Custom function threw error",
    "Python code execution failed",
    "Python script execution failed",
    "Ruby code execution failed",
    "Invalid regex pattern",
    "Scoring function error",
    "Could not extract JSON from llm-rubric response",
)
"""How promptfoo words an assertion that did not run to its end."""

_MAX_LABEL = 200
"""Longer variables are inputs of a test, not labels of it."""
_MAX_LABEL_DEPTH = 4
_MILLISECONDS = 1000
_NOT_A_MODEL = frozenset(
    [
        "browser",
        "exec",
        "file",
        "golang",
        "http",
        "https",
        "local",
        "package",
        "python",
        "ruby",
        "sequence",
        "simulated-user",
        "webhook",
        "websocket",
        "ws",
    ]
)
_MODEL_ID = re.compile(r"([a-z0-9][a-z0-9_.-]*):(?:(?:chat|completion|messages|responses|embedding):)?(\S+)\Z")


class Outcome(Enum):
    """What became of a row."""

    PASSED = "passed"
    FAILED = "failed"
    PROVIDER_ERROR = "provider error"
    HARNESS_ERROR = "harness error"
    """An assertion or a grader crashed, so nothing was measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is used of a row."""

    case: str
    """The same for all runs of one test."""
    prompt: str
    provider: str
    outcome: Outcome
    score: Exact | None
    latency_s: Exact | None
    """None when the answer came from a cache."""
    cost: Exact | None
    """None when not measured: promptfoo writes 0 for unknown prices and for cached answers."""
    cached: bool
    metrics: Mapping[str, tuple[Exact, Exact]]
    labels: Mapping[str, str]
    plugin: str
    strategy: str
    severity: str
    input_tokens: int
    output_tokens: int
    measured: int
    """Hash over what was asked, answered and measured: the same for the same row in another export of the run."""


def read_row(view: View) -> Row:
    """Return a row.

    Raises:
        EvidenceError: it has another form.
    """
    test = view.object_or_empty("testCase")
    metadata = {**_mapping(test.at("metadata").value), **_mapping(view.at("metadata").value)}
    cached = _is_cached(view)
    cost = view.number_or_none("cost")
    latency = view.number_or_none("latencyMs")
    index = exact_or_none(view.at("testIdx").value)
    return Row(
        case=f"{index}" if index is not None else _vars_text(view),
        prompt=view.text_or_empty("promptId") or view.object_or_empty("prompt").text_or_empty("raw"),
        provider=_provider(view),
        outcome=_outcome(view),
        score=view.number_or_none("score"),
        latency_s=None if cached or latency is None else _seconds(latency),
        cost=cost if cost and not cached else None,
        cached=cached,
        metrics=_metrics(view),
        labels=_labels(view, test, metadata),
        plugin=str(metadata.get("pluginId") or ""),
        strategy=str(metadata.get("strategyId") or "basic"),
        severity=str(metadata.get("severity") or ""),
        input_tokens=view.object_or_empty("tokenUsage").count_or_zero("prompt"),
        output_tokens=view.object_or_empty("tokenUsage").count_or_zero("completion"),
        measured=_measured(view),
    )


def _measured(view: View) -> int:
    row = view.value
    response = _mapping(row.get("response"))
    members = (row.get(name) for name in ("vars", "promptId", "provider", "success", "score", "latencyMs", "cost"))
    return hash(repr((*members, response.get("output"), response.get("tokenUsage"))))


def model_of(provider: str) -> str:
    """Return the model that a provider id names, or nothing when it is a label or a program."""
    found = _MODEL_ID.match(provider)
    return found[2] if found and found[1] not in _NOT_A_MODEL else ""


def _seconds(milliseconds: Exact) -> Exact:
    return Fraction(milliseconds) / _MILLISECONDS


def _provider(view: View) -> str:
    provider = view.at("provider")
    return provider.value if isinstance(provider.value, str) else view.object_or_empty("provider").text_or_empty("id")


def _outcome(view: View) -> Outcome:
    reason = view.count_or_zero("failureReason")
    if any(_crashed(View(result, view.file, f"{view.path}.gradingResult")) for result in _results_of(view)):
        return Outcome.HARNESS_ERROR
    if view.flag("success"):
        return Outcome.PASSED
    if reason == 2:
        return Outcome.PROVIDER_ERROR
    error = view.at("error").value
    return Outcome.HARNESS_ERROR if isinstance(error, str) and error.startswith(_CRASHES) else Outcome.FAILED


def _results_of(view: View) -> Iterator[Any]:
    """Yield the grading result and the components below it; the depth is bounded by the stack kept here."""
    waiting = [view.at("gradingResult").value]
    while waiting:
        result = waiting.pop()
        if isinstance(result, Mapping):
            yield result
            components = result.get("componentResults")
            waiting.extend(components if isinstance(components, list) else ())


def _crashed(result: View) -> bool:
    reason = result.at("reason").value
    by_reason = isinstance(reason, str) and reason.startswith(_CRASHES)
    return by_reason or (
        result.at("metadata").value is not None and bool(_mapping(result.at("metadata").value).get("graderError"))
    )


def _is_cached(view: View) -> bool:
    response = _mapping(view.at("response").value)
    usages = (_mapping(view.at("tokenUsage").value), _mapping(response.get("tokenUsage")))
    return response.get("cached") is True or any((exact_or_none(u.get("cached")) or 0) > 0 for u in usages)


def _metrics(view: View) -> dict[str, tuple[Exact, Exact]]:
    grading = _mapping(view.at("gradingResult").value)
    weights = _mapping(grading.get("namedScoreWeights"))
    scores = view.object_or_empty("namedScores")
    return {name: (scores.number(name), exact_or_none(weights.get(name)) or 1) for name in scores.value}


def _labels(view: View, test: View, metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return metadata and variables as labels; where both name one, the metadata of the test is meant."""
    labels = dict(_flat(view.object_or_empty("vars").value, ""))
    labels.update(_flat(metadata, ""))
    description = test.at("description").value
    if isinstance(description, str) and len(description) <= _MAX_LABEL:
        labels.setdefault("description", description)
    return labels


def _flat(members: Mapping[str, Any], prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        if isinstance(value, Mapping) and depth < _MAX_LABEL_DEPTH:
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        elif (text := _label(value)) is not None:
            yield f"{prefix}{name}", text


def _label(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, str) or exact_or_none(value) is not None else None
    return text if text is not None and len(text) <= _MAX_LABEL else None


def _vars_text(view: View) -> str:
    return repr(sorted(_flat(view.object_or_empty("vars").value, "")))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
