"""Why a decision came out as it did, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policykit.source.visible import visible

if TYPE_CHECKING:  # an explanation is made by the engine; nothing of it is needed to print one
    from policykit.engine.evaluate import Trace
    from policykit.engine.explain import Explanation, RuleExplanation

_MARGIN = " " * 8
_GOALS = {"matched": "to match", "did not match": "not to match", "unknown": "to be unknown"}


def why(explanation: Explanation) -> Iterator[str]:
    """Yield for each rule of the phase whether it acts, what it read, and what would have to change."""
    for rule in explanation.rules:
        yield from _rule(rule)


def _rule(rule: RuleExplanation) -> Iterator[str]:
    effects = ", ".join(effect.kind for effect in rule.effects)
    does = f": {effects}" if effects else ""
    yield f"{_MARGIN}{rule.clause.id} {rule.outcome}{does}  ({visible(rule.clause.title)})"
    if rule.outcome == "did not match" or rule.trace is None:
        return
    seen: dict[str, str] = {}
    _collect(rule.trace, seen)
    yield from (f"{_MARGIN}  {name} is {visible(text)}" for name, text in seen.items())
    yield from (f"{_MARGIN}  {_GOALS[change.outcome]}: {visible(change.text)}" for change in rule.changes)


def _collect(trace: Trace, seen: dict[str, str]) -> None:
    for read in trace.reads:
        seen.setdefault(read.name, read.text if len(read.text) <= 200 else f"{read.text[:200]}…")
    for part in trace.parts:
        _collect(part, seen)
