"""One row of a promptfoo results file: one test, run once against one prompt and one provider.

`failureReason` is 0 for none, 1 for a failed assertion, 2 for an error of the provider. An assertion that *crashed* is
written as a failed one.

Source: the results of promptfoo 0.121 to 0.123, its documentation of output files, and src/models/evalResult.ts.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from policykit.evidence.readers._promptfoo_answers import (
    is_cached,
    is_error,
    is_refused,
    is_silent,
    is_unusable,
    tokens_of,
)
from policykit.evidence.readers._promptfoo_grading import CRASHES, Grading, mapping, read_grading
from policykit.evidence.readers._promptfoo_labels import labels_of
from policykit.evidence.view import View, exact_or_none
from policykit.vocabulary.types import Exact

_MILLISECONDS = 1000
_STRIPPED_PROMPT = "[prompt stripped]"
_NOT_INPUTS = frozenset({"sessionId"})
"""Variables that are new in every call, and so tell no two cases apart."""
_GRADER = "promptfoo:redteam:"
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


class RowOutcome(Enum):
    """What became of a row."""

    PASSED = "passed"
    FAILED = "failed"
    PROVIDER_ERROR = "provider error"
    HARNESS_ERROR = "harness error"
    """An assertion or a grader crashed, so nothing was measured."""
    UNGRADED = "ungraded"
    """A pass without an assertion that could have failed."""
    UNANSWERED = "unanswered"
    """A pass without an answer: nothing came back, or an error page."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is used of a row."""

    case: Hashable
    """The same for all runs of one case: what was asked, of whom."""
    identified: bool
    """Whether the file shows what was asked; otherwise the case is the row's place in the table."""
    prompt: str
    provider: str
    outcome: RowOutcome
    grading: Grading
    score: Exact | None
    latency_s: Exact | None
    """None when not measured, and when the answer came from a cache."""
    cost: Exact | None
    """None when not measured: promptfoo writes 0 for unknown prices and for cached answers."""
    cached: bool
    given: bool
    """The answer stands in the test (`providerOutput`): nothing was asked."""
    metrics: Mapping[str, tuple[Exact, Exact]]
    """Weighted sum and weight of each named score."""
    labels: Mapping[str, str]
    plugin: str
    strategy: str
    severity: str
    tokens: tuple[int, int] | None
    """In and out, None when not measured."""
    measured: int
    """Hash over what was asked, answered and measured: the same for the same row in another export of the run."""
    name: str
    """The row's identifier, or nothing."""
    column: int | None
    """Index of the prompt and provider in `prompts`."""
    place: tuple[Exact | None, int | None]
    """Row and column of the results table."""
    counted: str
    """The one of promptfoo's own counts that holds this row: `successes`, `failures` or `errors`."""
    stated: tuple[Exact, Exact, Exact]
    """Score, latency in milliseconds and cost, as promptfoo adds them up: 0 when not measured."""


def read_row(view: View) -> Row:
    """Return a row.

    Raises:
        EvidenceError: it has another form.
    """
    test = view.object_or_empty("testCase")
    metadata = {**mapping(test.raw("metadata")), **mapping(view.raw("metadata"))}
    success, reason = view.flag("success"), view.count_or_zero("failureReason")
    grading, plugin = read_grading(view.value), _plugin(view, metadata)
    provider = _provider(view)
    case, identified = _case(view, test, provider)
    cached, column = is_cached(view.value), _index(view, "promptIdx")
    cost, latency = _amount(view, "cost"), _amount(view, "latencyMs")
    score = view.number_or_none("score")
    return Row(
        case=case,
        identified=identified,
        prompt=view.text_or_empty("promptId") or view.object_or_empty("prompt").text_or_empty("raw"),
        provider=provider,
        outcome=_outcome(view.value, grading, reason, is_attack=bool(plugin)),
        grading=grading,
        score=score,
        latency_s=Fraction(latency) / _MILLISECONDS if latency and not cached else None,
        cost=cost if cost and not cached else None,
        cached=cached,
        given=test.value.get("providerOutput") is not None,
        metrics=_metrics(view),
        labels=labels_of(view, test),
        plugin=plugin,
        strategy=_strategy(metadata),
        severity=str(metadata.get("severity") or ""),
        tokens=tokens_of(view),
        measured=_measured(view, provider),
        name=view.text_or_empty("id"),
        column=column,
        place=(exact_or_none(view.raw("testIdx")), column),
        counted="successes" if success else "errors" if reason == 2 else "failures",
        stated=(score or 0, latency or 0, cost or 0),
    )


def model_of(provider: str) -> str:
    """Return the model that a provider id names, or nothing when it is a label or a program."""
    found = _MODEL_ID.match(provider)
    return found[2] if found and found[1] not in _NOT_A_MODEL else ""


def _amount(view: View, name: str) -> Exact | None:
    found = view.number_or_none(name)
    if found is not None and found < 0:
        raise view.at(name).unexpected("a number from 0")
    return found


def _index(view: View, name: str) -> int | None:
    return view.count(name) if view.has(name) else None


def _case(view: View, test: View, provider: str) -> tuple[Hashable, bool]:
    """Return what was asked, and whether the file shows it; otherwise the row's place stands for it."""
    asked = mapping(view.object_or_empty("vars").value or test.object_or_empty("vars").value)
    prompt = view.object_or_empty("prompt").text_or_empty("raw")
    if not asked and not test.has("vars") and prompt in ("", _STRIPPED_PROMPT):
        return f"{exact_or_none(view.at('testIdx').value)}", False  # PROMPTFOO_STRIP_TEST_VARS left nothing of it
    inputs = [(name, asked[name]) for name in sorted(asked) if name not in _NOT_INPUTS and not name.startswith("__")]
    return (repr(inputs), view.text_or_empty("promptId"), "" if asked else prompt, provider), True


def _provider(view: View) -> str:
    provider = view.raw("provider")
    return provider if isinstance(provider, str) else view.object_or_empty("provider").text_or_empty("id")


def _plugin(view: View, metadata: Mapping[str, Any]) -> str:
    """Return the kind of attack, from the metadata or else from the grader that judged it."""
    if plugin := str(metadata.get("pluginId") or ""):
        return plugin
    result = mapping(view.raw("gradingResult"))
    components = result.get("componentResults")
    for component in components if isinstance(components, list) else ():
        kind = mapping(mapping(component).get("assertion")).get("type")
        if isinstance(kind, str) and kind.startswith(_GRADER):
            return kind.removeprefix(_GRADER)
    return ""


def _strategy(metadata: Mapping[str, Any]) -> str:
    """Return how the attack was delivered; only iterative strategies leave a history of turns behind."""
    turns = any(metadata.get(name) for name in ("redteamHistory", "redteamTreeHistory"))
    return str(metadata.get("strategyId") or ("iterative" if turns else "basic"))


def _outcome(row: Mapping[str, Any], grading: Grading, reason: int, *, is_attack: bool) -> RowOutcome:
    if grading.crashed:
        return RowOutcome.HARNESS_ERROR
    if not row["success"]:
        error = row.get("error")
        crashed = isinstance(error, str) and error.startswith(CRASHES)
        return RowOutcome.PROVIDER_ERROR if reason == 2 else RowOutcome.HARNESS_ERROR if crashed else RowOutcome.FAILED
    if is_attack and is_refused(row):
        return RowOutcome.PASSED
    if is_unusable(row) if is_attack else _answers_nothing(row, grading):
        return RowOutcome.UNANSWERED
    return RowOutcome.PASSED if grading.checks else RowOutcome.UNGRADED


def _answers_nothing(row: Mapping[str, Any], grading: Grading) -> bool:
    """Return whether a test passed without an answer, and without an assertion that would have noticed."""
    unanswered = mapping(row.get("response")).get("output") is None
    return unanswered or (not grading.of_silence and grading.checks > 0 and (is_silent(row) or is_error(row)))


def _metrics(view: View) -> dict[str, tuple[Exact, Exact]]:
    """Return the sum and the weight of each named score of a row.

    With `namedScoreWeights` a score is the weighted mean of its assertions; before promptfoo had them (0.121), it is
    the sum over them. Source: src/util/namedMetrics.ts; promptfoo pull request 8206.
    """
    scores = view.object_or_empty("namedScores")
    if not scores.value:
        return {}
    grading = mapping(view.raw("gradingResult"))
    weights = grading.get("namedScoreWeights")
    found: dict[str, tuple[Exact, Exact]] = {}
    for name in scores.value:
        score, weight = scores.number(name), exact_or_none(mapping(weights).get(name))
        found[name] = (score * weight, weight) if weight is not None else (score, _contributions(grading, name))
    return found


def _contributions(grading: Mapping[str, Any], metric: str) -> int:
    components = grading.get("componentResults")
    listed = components if isinstance(components, list) else []
    return sum(mapping(mapping(c).get("assertion")).get("metric") == metric for c in listed) or 1


def _measured(view: View, provider: str) -> int:
    row = view.value
    response, asked = mapping(row.get("response")), row.get("vars") or mapping(row.get("testCase")).get("vars")
    members = (row.get(name) for name in ("promptId", "success", "score", "latencyMs", "cost"))
    return hash(repr((asked, provider, *members, response.get("output"), response.get("tokenUsage"))))
