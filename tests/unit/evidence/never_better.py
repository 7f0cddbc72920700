"""The law that a broken file is never better than the whole one, for the tests of all readers.

A file is *broken* when something in it was left out, contradicts the rest, or never looked at the system. What is read
from it must not help anybody: it is not sufficient, or no value of it is one that a policy would rather see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policykit.evidence import Evidence, Sufficiency
from policykit.vocabulary.evidence import kinds
from policykit.vocabulary.types import Kind, Money

_HIGHER = """
accuracy accuracy_low attacks blocked calls cases cached_rate categories completeness components consistency
edge_cases executed faithfulness format_validity human_accuracy models named_people out_of_scope_cases
owned_components owned_components_rate owned_paths owned_paths_rate owned_patterns owned_patterns_rate owners pass_rate passed paths patterns period
planned_cases priced_models priced_rate probes refusal_rate relevance repetitions safety score tasks tests tone
touchless_rate
"""
HIGHER = frozenset(_HIGHER.split())
"""Fields of which a policy asks at least so much."""
_LOWER = """
attack_success_rate attack_success_rate_all attack_success_rate_high baseline_accuracy
baseline_attack_success_rate baseline_score calls_per_task compute_cost cost cost_per_call cost_per_call_p95
cost_per_case cost_per_day cost_per_task cost_per_task_p95 critical_findings duration errors failed failed_calls
flaky high_findings input_tokens latency_mean latency_p50 latency_p95 latency_p99 model_cost network_cost
open_findings output_tokens placeholder_owners skipped storage_cost succeeded total undetermined unpriced_calls
unpriced_models
"""
LOWER = frozenset(_LOWER.split())
"""Fields of which a policy asks at most so much."""
_TRUE = """
automated complete data_leakage dataset_locked default_owner human_led jailbreak live_traffic model_pinned
prompt_injection real_target
"""
TRUE = frozenset(_TRUE.split())
"""Flags of which a policy asks that they are yes."""
_EITHER = """
earliest_retirement finished_at first_at last_at named_since started_at
"""
EITHER = frozenset(_EITHER.split())
"""Instants and days: freshness has laws of its own."""


def undirected(kind: str) -> set[str]:
    """Return the fields of a kind that have a magnitude and stand in no table: none may."""
    plain = {name for name, field in kinds()[kind].fields.items() if field.type.kind is not Kind.TEXT}
    return plain - HIGHER - LOWER - TRUE - EITHER


def improvements(whole: Mapping[str, Any], broken: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields that are better in the second, with both values; a field that only it has is better."""
    return {
        name: (whole.get(name), value)
        for name, value in broken.items()
        if name in HIGHER | LOWER | TRUE and _better(name, whole.get(name), value)
    }


def assert_never_better(whole: Evidence, broken: Evidence, slices: Iterable[str] = ()) -> None:
    """Assert that broken evidence is not sufficient, or that no field and no slice of it is better than the whole's.

    Args:
        whole: what was read from the good file. It must be sufficient: otherwise the law says nothing.
        broken: what was read from the same file after something in it was broken.
        slices: labels by which slices are compared too.
    """
    assert whole.sufficiency is Sufficiency.SUFFICIENT, whole.problems
    if broken.sufficiency is not Sufficiency.SUFFICIENT:
        assert broken.problems
        return
    assert not improvements(whole.fields, broken.fields)
    for label in slices:
        good = whole.slices(label)
        for value, fields in broken.slices(label).items():
            assert not improvements(good.get(value, {}), fields), (label, value)


def _better(name: str, before: Any, after: Any) -> bool:
    if before is None:
        return True
    if name in TRUE:
        return bool(after) and not before
    if isinstance(after, Money):  # a tuple, too
        before, after = before.amount, after.amount
    if isinstance(after, tuple | list | frozenset):
        return bool(set(after) - set(before))
    return bool(after > before if name in HIGHER else after < before)
