"""Traps of promptfoo results; the numbers are those of the table in the research notes (1C)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from policykit.evidence.model import Subject
from policykit.evidence.reader import PolicyTerms
from policykit.vocabulary.types import Money


def check(passed: bool = True, kind: str = "contains", **more: Any) -> dict[str, Any]:
    """Return the result of one assertion."""
    assertion = {"type": kind, "value": "x", **more}
    return {"pass": passed, "score": int(passed), "reason": "", "assertion": assertion}


def row(case: int = 0, *, success: bool = True, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cost": 0.001,
        "failureReason": 0 if success else 1,
        "gradingResult": {"pass": success, "score": int(success), "reason": "", "componentResults": [check(success)]},
        "latencyMs": 100,
        "namedScores": {},
        "promptId": "p",
        "provider": {"id": "openai:chat:gpt-4o-2024-08-06", "label": ""},
        "response": {"output": "x"},
        "score": int(success),
        "success": success,
        "testCase": {"vars": {"q": f"question {case}"}, "metadata": {"source": "production"}},
        "testIdx": case,
        "tokenUsage": {"prompt": 10, "completion": 5, "cached": 0, "total": 15},
        "vars": {"q": f"question {case}"},
    }
    return made | more


def results(*rows: dict[str, Any], version: str = "0.123.1", **more: Any) -> dict[str, Any]:
    passed = sum(r["success"] is True for r in rows)
    errors = sum(r["failureReason"] == 2 for r in rows)
    return {
        "evalId": "eval-x",
        "results": {
            "version": 3,
            "timestamp": "2026-11-20T10:00:00.000Z",
            "prompts": [{"id": "p", "provider": "openai:chat:gpt-4o-2024-08-06"}],
            "results": list(rows),
            "stats": {"successes": passed, "failures": len(rows) - passed - errors, "errors": errors},
            **more.pop("body", {}),
        },
        "config": more.pop("config", {}),
        "metadata": {"promptfooVersion": version, "evaluationCreatedAt": "2026-11-20T10:00:00.000Z"},
        **more,
    }


def test_a_clean_run_is_sufficient(read):
    evidence = read("r.json", results(row(0), row(1), row(2, success=False)), "evaluation")
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["accuracy"] == Fraction(2, 3)
    assert evidence.fields["model"] == "gpt-4o-2024-08-06"
    assert evidence.fields["model_pinned"] is True
    assert evidence.subject.model == "gpt-4o-2024-08-06"
    assert evidence.fields["cost"] == Money(Decimal("0.003"), "USD")
    assert evidence.fields["latency_p95"] == Decimal("0.1")
    assert evidence.trust == "file"
    assert evidence.elements["case"][0]["source"] == "production"


def crash(reason: str) -> dict[str, Any]:
    component = {"pass": False, "score": 0, "reason": reason}
    return {"pass": False, "score": 0, "reason": "", "componentResults": [component]}


@pytest.mark.parametrize(
    "reason",
    [
        "Custom function threw error: Unexpected token 'return'",
        "Python code execution failed: KeyError",
        "Invalid regex pattern: (",
    ],
)
def test_trap_1_crashed_assertions_counted_as_failures_are_inconclusive(read, codes, reason):
    evidence = read("r.json", results(row(0), row(1, success=False, gradingResult=crash(reason))), "evaluation")
    assert evidence.sufficiency == "inconclusive"
    assert codes(evidence) == {"PK532"}
    assert evidence.fields["errors"] == 1
    assert evidence.fields["failed"] == 0


def test_a_crashed_assertion_makes_a_pass_no_pass(read, codes):
    crashed = row(0, gradingResult=crash("Custom function threw error: x") | {"pass": True})
    assert codes(read("r.json", results(crashed), "evaluation")) == {"PK532"}


def test_a_grader_that_failed_is_a_harness_error(read, codes):
    component = {"pass": False, "score": 0, "reason": "no answer", "metadata": {"graderError": True}}
    broken = row(0, success=False, gradingResult={"pass": False, "componentResults": [component]})
    assert codes(read("r.json", results(broken), "evaluation")) == {"PK532"}


def test_trap_2_zero_cases_is_never_a_pass(read, codes):
    empty = results(body={"timestamp": None})
    empty["metadata"]["evaluationCreatedAt"] = None
    evidence = read("r.json", empty, "evaluation")
    assert codes(evidence) == {"PK530"}
    assert "accuracy" not in evidence.fields
    assert evidence.produced_at is None


def test_trap_3_the_node_shape_with_rows_is_read(read):
    whole = {
        "createdAt": 1_763_632_800_000,
        "id": "eval-y",
        "config": {},
        "prompts": [{"id": "p", "metrics": {"testPassCount": 1, "testFailCount": 0, "testErrorCount": 0}}],
        "results": [row(0)],
        "persisted": True,
    }
    evidence = read("r.json", whole, "evaluation", reader="promptfoo")
    assert evidence.sufficiency == "sufficient"
    assert evidence.produced_at.year == 2025


def test_trap_4_named_scores_are_means_with_weights_and_sums_without(read):
    def scored(case: int, score: float, weight: int) -> dict[str, Any]:
        graded = row()["gradingResult"] | {"namedScoreWeights": {"faithfulness": weight}}
        return row(case, namedScores={"faithfulness": score}, gradingResult=graded)

    evidence = read("r.json", results(scored(0, 0.9, 1), scored(1, 0.7, 3)), "evaluation")
    assert evidence.fields["faithfulness"] == Decimal("0.75")
    twice = [check(metric="faithfulness"), check(metric="faithfulness")]
    graded = {"pass": True, "score": 1, "reason": "", "componentResults": twice}
    rows = [row(n, namedScores={"faithfulness": 1.5}, gradingResult=graded) for n in range(2)]
    evidence = read("r.json", results(*rows), "evaluation")
    assert evidence.fields["faithfulness"] == Decimal("0.75")
    assert evidence.elements["metric"] == ({"name": "faithfulness", "value": Decimal("0.75"), "cases": 2},)


def test_a_metric_named_like_a_computed_field_never_replaces_it(read):
    rows = [row(0, namedScores={"accuracy": 1}), row(1, success=False, namedScores={"accuracy": 1})]
    evidence = read("r.json", results(*rows), "evaluation")
    assert evidence.fields["accuracy"] == Decimal("0.5")
    assert "PK525" in {p.code for p in evidence.problems}
    options = {"fields": {"accuracy": "accuracy"}}
    chosen = read("r.json", None, "evaluation", options=options, terms=PolicyTerms(permitted=frozenset({"fields"})))
    assert "PK646" in {p.code for p in chosen.problems}
    assert not chosen.fields


@pytest.mark.parametrize("fields", [{"tone": "nope"}, {"acuracy": "m"}, ["m"]])
def test_an_option_that_names_nothing_is_an_error(read, codes, fields):
    evidence = read("r.json", results(row(0, namedScores={"m": 1})), "evaluation", options={"fields": fields})
    assert codes(evidence) == {"PK521"}


def test_trap_5_cached_answers_are_no_evidence_of_cost_or_latency(read):
    cached = row(0, cost=0, tokenUsage={"cached": 34, "total": 34})
    evidence = read("r.json", results(cached, row(1)), "evaluation")
    assert evidence.sufficiency == "sufficient"
    assert not {"cost", "cost_per_case", "latency_p95", "input_tokens"} & evidence.fields.keys()
    assert evidence.absent["cost"] == "1 of 2 answers came from a cache"


def test_a_cost_of_zero_is_unknown_not_free(read):
    evidence = read("r.json", results(row(0, cost=0)), "evaluation")
    assert "cost" not in evidence.fields
    assert "cost" in evidence.absent


@pytest.mark.parametrize(
    "provider", ["support-bot", "My custom function", "file://provider.js", "python:agent.py", "local:bot"]
)
def test_trap_6_a_label_is_not_a_model(read, provider):
    evidence = read("r.json", results(row(0, provider={"id": provider})), "evaluation")
    assert evidence.subject.model == ""
    assert "model" not in evidence.fields
    assert "PK538" in {p.code for p in evidence.problems}


def attack(case: int, *, success: bool, strategy: str = "base64", plugin: str = "pii:direct") -> dict[str, Any]:
    metadata = {"pluginId": plugin, "strategyId": strategy, "severity": "high"}
    return row(case, success=success, testCase={"vars": {}, "metadata": metadata})


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.121.20", {"PK534"}), ("0.123.0", {"PK534"}), ("", {"PK534"}), ("0.123.1", set()), ("1.0.0", set())],
)
def test_trap_7_versions_known_to_hide_vulnerabilities_are_inconclusive(read, codes, version, expected):
    run = results(attack(0, success=True, strategy="jailbreak"), version=version)
    assert codes(read("r.json", run, "red_team")) == expected


def test_trap_8_success_in_a_red_team_run_means_blocked(read):
    run = results(attack(0, success=True), attack(1, success=False), attack(2, success=True))
    evidence = read("r.json", run, "red_team")
    assert evidence.sufficiency == "sufficient"
    assert evidence.fields["attack_success_rate"] == Fraction(1, 3)
    assert evidence.fields["succeeded"] == 1
    assert evidence.fields["high_findings"] == 1
    assert evidence.elements["finding"][0]["probe"] == "pii:direct"
    assert evidence.slices("strategy")["base64"]["attacks"] == 3


def test_an_attack_that_crashed_was_not_blocked(read, codes):
    broken = attack(1, success=False) | {"failureReason": 2}
    evidence = read("r.json", results(attack(0, success=True), broken), "red_team")
    assert codes(evidence) == {"PK531"}
    assert evidence.fields["blocked"] == 1
    assert evidence.fields["errors"] == 1


def test_a_run_of_fewer_tests_than_the_configuration_has_is_partial(read, codes):
    evidence = read(
        "r.json", results(row(0), config={"tests": [{"vars": {"q": f"{n}"}} for n in range(16)]}), "evaluation"
    )
    assert codes(evidence) == {"PK531"}
    assert evidence.completeness.reason == "1 of 16 tests ran"
    assert evidence.fields["complete"] is False


def test_statistics_that_disagree_with_the_rows_are_a_partial_file(read, codes):
    run = results(row(0), body={"stats": {"successes": 9, "failures": 0, "errors": 0}})
    assert codes(read("r.json", run, "evaluation")) == {"PK531"}


def test_the_mock_provider_tests_nothing(read, codes):
    assert codes(read("r.json", results(row(0, provider="echo")), "evaluation")) == {"PK535"}


def test_runs_of_several_models_are_never_pooled_unasked(read, codes):
    other = row(0, provider={"id": "anthropic:messages:claude-haiku-4-5-20251001"}, success=False)
    evidence = read("r.json", results(row(0), other), "evaluation")
    assert codes(evidence) == {"PK547"}
    chosen = read(
        "r.json",
        None,
        "evaluation",
        options={"provider": "openai:chat:gpt-4o-2024-08-06"},
        terms=PolicyTerms(judged=Subject(model="gpt-4o-2024-08-06")),
    )
    assert chosen.sufficiency == "sufficient"
    assert chosen.fields["accuracy"] == 1
    assert codes(read("r.json", None, "evaluation", options={"provider": "openai:gpt"})) == {"PK522"}


def test_a_case_that_passes_now_and_then_does_not_pass(read):
    evidence = read("r.json", results(row(0), row(0, success=False), row(1), row(1)), "evaluation")
    assert evidence.fields["cases"] == 2
    assert evidence.fields["accuracy"] == Decimal("0.5")
    assert evidence.fields["consistency"] == Decimal("0.5")
    assert evidence.fields["repetitions"] == 2


def test_slices_are_by_labels_of_the_tests_and_absent_labels_have_none(read):
    def of(group: str, case: int, *, success: bool = True) -> dict[str, Any]:
        return row(case, success=success, testCase={"metadata": {"end_customer": {"group": group}}})

    evidence = read("r.json", results(of("a", 0), of("a", 1, success=False), of("b", 2)), "evaluation")
    slices = evidence.slices("end_customer.group")
    assert slices["a"]["accuracy"] == Decimal("0.5")
    assert slices["b"]["cases"] == 1
    assert evidence.slices("country") == {}


@pytest.mark.parametrize(
    "broken",
    [
        {"success": "true"},
        {"latencyMs": "fast"},
        {"cost": -(10**99)},
        {"namedScores": {"x": "high"}},
        {"failureReason": -1},
        {"vars": [1]},
        {"tokenUsage": {"prompt": 1.5}},
    ],
)
def test_a_row_of_another_form_names_its_field(read, codes, broken):
    evidence = read("r.json", results(row(0) | broken), "evaluation")
    assert codes(evidence) == {"PK515"}
    assert "results.results[0]" in evidence.problems[0].place
    assert evidence.sha256
