"""How one row of promptfoo was graded: whether anything looked at it, and whether its own numbers agree.

A row states its verdict many times: `success`, `failureReason`, `error`, `response.error`, `gradingResult.pass`, the
scores, and a result for each assertion. Where they disagree, none of them is believed.

Source: promptfoo 0.123, src/evaluator.ts, src/assertions/assertionsResult.ts, src/assertions/redteam.ts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from policykit.evidence.readers._promptfoo_checks import (
    COMPARISONS,
    HUMAN,
    assertion_type,
    can_fail,
    definitions,
    demands_an_answer,
    is_check,
    looks_at_the_answer,
)
from policykit.evidence.summaries.statistics import total
from policykit.evidence.view import exact_or_none
from policykit.vocabulary.types import Exact

CRASHES = (
    "Custom function threw error",
    "Python code execution failed",
    "Python script execution failed",
    "Ruby code execution failed",
    "Invalid regex pattern",
    "Scoring function error",
    "Could not extract JSON from llm-rubric response",
)
"""How promptfoo words an assertion that did not run to its end."""
_NOT_JUDGED = ("graderError", "gradingError", "gradingIncomplete")
"""Members of a result's metadata with which promptfoo says that a grader failed; the result passes nevertheless."""
_ROUNDING = Decimal("0.000001")
"""promptfoo computes with binary floats."""

Json = Mapping[str, Any]
_NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Grading:
    """What the grading of one row shows."""

    checks: int
    """Assertions that could have failed."""
    of_the_answer: bool
    """Whether one of them is about what was answered."""
    of_silence: bool
    """Whether one of them could tell silence from an answer."""
    crashed: bool
    passed: int
    """Results of assertions that passed, as promptfoo counts them."""
    failed: int
    outside: tuple[int, int]
    """How many of the passed and failed ones count for metrics only."""
    contradiction: str = ""
    """What the row states in two ways, with both values; empty when it agrees with itself."""


def read_grading(row: Json) -> Grading:
    """Return what the grading of a row shows. Requires that `success` is true or false."""
    result = mapping(row.get("gradingResult"))
    test = mapping(row.get("testCase"))
    asked = mapping(row.get("vars") or test.get("vars"))
    components: list[Json] = [c for c in _listed(result.get("componentResults")) if isinstance(c, dict)]
    checks = [c for c in components if is_check(c, asked)]
    if (threshold := exact_or_none(test.get("threshold"))) is not None and threshold <= 0:
        # Such a test cannot fail; only that every check passed says anything about it.
        checks = checks if all(c["pass"] for c in checks) else []
    defined = list(definitions(test.get("assert")))
    # Variables are left alone here: what they held stands with the results.
    if defined and not any(can_fail(definition, {}) for definition in defined):
        checks = []
    for_metrics = [c for c in components if mapping(c.get("assertion")).get("metricOnly") is True]
    passed = sum(c.get("pass") is True for c in components)
    outside = sum(c.get("pass") is True for c in for_metrics)
    return Grading(
        checks=len(checks),
        of_the_answer=any(map(looks_at_the_answer, checks)),
        of_silence=any(map(demands_an_answer, checks)),
        crashed=any(map(_crashed, _all_results(result))) or _crashed({"metadata": row.get("metadata")}),
        passed=passed,
        failed=len(components) - passed,
        outside=(outside, len(for_metrics) - outside),
        contradiction=next(_contradictions(row, result, test, components), ""),
    )


def mapping(value: object) -> Json:
    """Return an object of parsed JSON, or an empty one for everything else."""
    return value if isinstance(value, dict) else _NOTHING


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _all_results(result: Json) -> Iterator[Json]:
    """Yield the grading result and the components below it; the depth is bounded by the stack kept here."""
    waiting: list[Any] = [result]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(_listed(found.get("componentResults")))


def _crashed(result: Json) -> bool:
    reason, metadata = result.get("reason"), result.get("metadata")
    by_reason = isinstance(reason, str) and reason.startswith(CRASHES)
    return by_reason or (isinstance(metadata, dict) and any(metadata.get(name) for name in _NOT_JUDGED))


def _contradictions(row: Json, result: Json, test: Json, components: list[Json]) -> Iterator[str]:
    """Yield what a row states in two ways."""
    success, passed = row["success"], result.get("pass")
    if isinstance(passed, bool) and passed != success:
        yield f"success {_text(success)}, gradingResult.pass {_text(passed)}"
    if success:
        yield from _denials(row)
        if not isinstance(test.get("assertScoringFunction"), str | dict):
            yield from _overlooked(test, result, components)
    scores = exact_or_none(row.get("score")), exact_or_none(result.get("score"))
    if None not in scores and scores[0] != scores[1]:
        yield f"score {scores[0]}, gradingResult.score {scores[1]}"
    yield from _named(row, result)
    mean = None if test.get("assertScoringFunction") else _mean(components)
    if mean is None or scores[1] is None or mean == scores[1]:
        return
    if abs(total([scores[1], -mean])) > _ROUNDING:
        yield f"score {scores[1]}, its assertions make {_short(mean)}"


def _denials(row: Json) -> Iterator[str]:
    """Yield what says that a row that passed did not."""
    if (reason := exact_or_none(row.get("failureReason"))) is not None and reason != 0:
        yield f"success true, failureReason {reason}"
    if row.get("error"):
        yield "success true, and an `error` beside it"
    if mapping(row.get("response")).get("error"):
        yield "success true, and the provider answered with an `error`"


def _overlooked(test: Json, result: Json, components: list[Json]) -> Iterator[str]:
    """Yield a failed assertion that a pass without a threshold cannot have, or a score below the threshold."""
    failed = [c for c in components if c.get("pass") is False]
    guarded = [c for c in failed if not _is_guardrail(c)]
    threshold, score = exact_or_none(test.get("threshold")), exact_or_none(result.get("score"))
    if len(guarded) < len(failed):
        return  # the guardrail of the target blocked the attack: promptfoo calls that a pass, whatever else failed
    if threshold is not None:
        if score is not None and score < threshold:
            yield f"success true, score {score} below the threshold {threshold}"
        return
    if not guarded:
        return
    # What failed inside a set or a script that passed stands in the list too, once more.
    excused = Counter(_key(inner) for c in components if c.get("pass") and _may_excuse(c) for inner in _inner(c))
    for component in guarded:
        if mapping(component.get("assertion")).get("metricOnly") is True:
            continue
        if excused[_key(component)] > 0:
            excused[_key(component)] -= 1
            continue
        yield f"success true, the assertion `{assertion_type(component) or 'without a type'}` failed"


def _is_guardrail(component: Json) -> bool:
    config = mapping(mapping(component.get("assertion")).get("config"))
    return assertion_type(component) == "guardrails" and config.get("purpose") == "redteam"


def _may_excuse(component: Json) -> bool:
    """Return whether a set can fail: one with a threshold of 0 overlooks everything."""
    stated = mapping(mapping(component.get("metadata")).get("assertionSet")).get("threshold")
    threshold = exact_or_none(stated)
    return threshold is None or threshold > 0


def _inner(component: Json) -> Iterator[Json]:
    own = component.get("assertion")
    for inner in _listed(component.get("componentResults")):
        if isinstance(inner, dict):
            yield inner if inner.get("assertion") or not own else {**inner, "assertion": own}


def _key(component: Json) -> str:
    return repr([component.get(name) for name in ("pass", "score", "reason", "assertion")])


def _named(row: Json, result: Json) -> Iterator[str]:
    ours, theirs = mapping(row.get("namedScores")), result.get("namedScores")
    if not isinstance(theirs, dict) or not ours:
        return
    for name, score in ours.items():
        other = exact_or_none(theirs.get(name))
        if other is not None and exact_or_none(score) not in (None, other):
            yield f"namedScores has {score} for one of its names, gradingResult.namedScores {other}"


def _mean(components: list[Json]) -> Exact | None:
    """Return the weighted mean of the scores, None where promptfoo computes it in another way."""
    pairs = []
    for component in components:
        kind, assertion = assertion_type(component), mapping(component.get("assertion"))
        if "componentResults" in component or kind == HUMAN or not kind:
            return None
        if kind in COMPARISONS or assertion.get("metricOnly") is True:
            continue
        weight = exact_or_none(assertion.get("weight", 1))
        score = exact_or_none(component.get("score"))
        if weight is None or score is None:
            return None
        pairs.append((score, weight))
    if len(pairs) == 1 and pairs[0][1] == 1:
        return pairs[0][0]  # the usual test, without a division
    weights = total([weight for _, weight in pairs])
    return total([score * weight for score, weight in pairs]) / weights if weights > 0 else None


def _text(flag: object) -> str:
    return "true" if flag else "false"


def _short(number: Exact) -> str:
    return f"{float(number):.6g}"
