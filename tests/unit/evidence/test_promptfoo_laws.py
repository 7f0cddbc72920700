"""Laws of promptfoo files: a broken file is never better than the whole one, and an honest one is believed."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest

from policykit.evidence import merge
from policykit.evidence.reader import PolicyTerms
from policykit.evidence.readers.promptfoo import detect
from tests.unit.evidence.never_better import assert_never_better
from tests.unit.evidence.promptfoo_files import (
    PASSES_UNSEEN,
    SHAPES,
    STATED_TWICE,
    UNANSWERED_ATTACKS,
    body,
    broken,
    checked,
    file_of,
    row,
    rows_of,
)

BROKEN = dict(broken())
PERMITTING = PolicyTerms("run", frozenset({"provider", "prompt"}))


def of(read, rows, kind="evaluation", shape="export", name="r.json", **more: Any):
    return read(name, {**file_of(rows, shape), **more}, kind, reader="promptfoo")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["evaluation", "red_team"])
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_never_better_than_the_whole(read, shape, kind, what):
    file = file_of(rows_of(attack=kind == "red_team"), shape)
    whole = read("whole.json", copy.deepcopy(file), kind, reader="promptfoo")
    BROKEN[what](file)
    assert_never_better(whole, read("broken.json", file, kind, reader="promptfoo"), slices=["group"])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("what", {**STATED_TWICE, **PASSES_UNSEEN})
def test_what_contradicts_itself_or_was_not_looked_at_is_inconclusive(read, shape, what):
    file = file_of(rows_of(), shape)
    BROKEN[what](file)
    assert read("r.json", file, "evaluation", reader="promptfoo").sufficiency == "inconclusive"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_whole_file_is_believed_in_every_shape(read, shape):
    evidence = of(read, rows_of(), shape=shape)
    assert evidence.sufficiency == "sufficient", evidence.problems
    shown = {name: evidence.fields[name] for name in ("cases", "planned_cases", "accuracy", "input_tokens", "tone")}
    assert shown == {"cases": 8, "planned_cases": 8, "accuracy": Fraction(3, 4), "input_tokens": 72, "tone": 1}
    assert evidence.produced_at is not None


@pytest.mark.parametrize("response", UNANSWERED_ATTACKS.values(), ids=UNANSWERED_ATTACKS)
def test_a_target_that_does_not_answer_resists_nothing(read, codes, response):
    rows = rows_of(attack=True)
    rows[0]["response"] = response
    evidence = of(read, rows, "red_team")
    assert codes(evidence) == {"PK554"}
    assert (evidence.fields["undetermined"], evidence.fields["blocked"]) == (1, 5)


REFUSED = {
    "in words": {"output": "I cannot help with that."},
    "by its guardrail": {"output": "", "guardrails": {"flagged": True, "flaggedInput": True}},
    "by its guardrail, in the last turn": {"output": None, "metadata": {"redteamHistory": [{"guardrails": {"flagged": True}}]}},
    "by its provider": {"output": "", "isRefusal": True},
    "by a content filter": {"output": None, "finishReason": "content_filter"},
    "about an error": {"output": "Error handling is explained in our manual."},
    "about a number": {"output": "500 EUR is the most that I may refund."},
    "in a page": {"output": "<html><title>House rules</title><body>I cannot help with that.</body></html>"},
    "with status 200": {"output": "No.", "metadata": {"http": {"status": 200, "headers": {"x-request-id": "1"}}}},
}  # fmt: skip


@pytest.mark.parametrize("response", REFUSED.values(), ids=REFUSED)
def test_a_target_that_refuses_has_blocked_the_attack(read, response):
    rows = rows_of(attack=True)
    rows[0]["response"] = response
    evidence = of(read, rows, "red_team")
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["blocked"] == 6


def test_results_that_name_no_attack_are_not_passed_over(read, codes):
    rows = rows_of(attack=True)
    for member in ("metadata", "testCase"):
        rows[3][member].pop("pluginId", None)
    rows[3]["testCase"]["metadata"].pop("pluginId")
    assert codes(of(read, rows, "red_team")) == {"PK533"}
    rows[3]["gradingResult"]["componentResults"][0]["assertion"]["type"] = "promptfoo:redteam:pii:direct"
    evidence = of(read, rows, "red_team")
    assert (codes(evidence), evidence.fields["attacks"], evidence.fields["succeeded"]) == (set(), 8, 2)


def graded(n: int, checks: list[dict[str, Any]], *, score: float = 1, **test: Any) -> dict[str, Any]:
    made = row(n)
    made["testCase"] = {"vars": made["vars"], **test}
    made["gradingResult"].update(componentResults=checks, score=score)
    return made | {"score": score}


SET = {"pass": True, "score": 0.5, "reason": "one of two", "componentResults": [
    checked(True), checked(False, value="other")], "metadata": {"assertionSet": {"threshold": 0.5}}}  # fmt: skip
HONEST = {
    "a threshold that overlooks a failed assertion": graded(0, [checked(True), checked(False)], score=0.5, threshold=0.4),
    "a set with a threshold": graded(0, [SET, *SET["componentResults"]], score=0.5),
    "a threshold of 0 where all passed": graded(0, [checked(True)], threshold=0),
    "weights": graded(0, [checked(True, weight=3), checked(True, "latency", weight=0)]),
    "weight 0 beside a check": graded(0, [checked(True), checked(True, "regex", weight=0, value=".*")]),
    "a metric that failed and does not count": graded(0, [checked(True), checked(False, metricOnly=True)]),
    "a scoring function": graded(0, [checked(True), checked(False)], score=0.9, assertScoringFunction="file://score.js"),
    "a person": graded(0, [checked(True, "human")]),
    "a script that says why": graded(0, [checked(True, "javascript", value="file://check.js")]),
    "silence that was asked for": graded(0, [checked(True, "equals", value="")]) | {"response": {"output": ""}},
    "an assertion without a type": graded(0, [{"pass": True, "score": 1, "reason": "ok"}]),
}  # fmt: skip


@pytest.mark.parametrize("honest", HONEST.values(), ids=HONEST)
def test_an_honest_pass_is_a_pass(read, honest):
    made = copy.deepcopy(honest)
    made["response"].setdefault("tokenUsage", {"prompt": 9, "completion": 3})
    evidence = of(read, [made, row(1)])
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["accuracy"] == 1


def test_the_guardrail_of_the_target_may_let_other_assertions_fail(read):
    guarded = row(0, attack=True)
    stopped = checked(False, "guardrails", config={"purpose": "redteam"})
    guarded["gradingResult"].update(componentResults=[checked(False), stopped], score=0)
    guarded["score"] = 0
    assert of(read, [guarded, row(1, attack=True)], "red_team").sufficiency == "sufficient"


def test_assertions_about_time_or_price_show_no_accuracy(read):
    rows = [graded(n, [checked(True, kind)]) for n, kind in enumerate(("latency", "cost", "contains"))]
    evidence = of(read, rows)
    assert evidence.sufficiency == "sufficient"
    assert not {"accuracy", "accuracy_low"} & evidence.fields.keys()
    assert evidence.fields["pass_rate"] == 1
    assert evidence.absent["accuracy"].startswith("the assertions are about")


def asked(n: int, question: str, **more: Any) -> dict[str, Any]:
    made = row(n) | more
    made["vars"] = made["testCase"]["vars"] = {"letter": question, "sessionId": f"s-{n}"}
    return made


def test_copies_of_a_case_are_one_case_whatever_they_are_called(read):
    rows = [asked(n, "where is my refund?") for n in range(6)]
    for n, made in enumerate(rows):
        made["testCase"]["metadata"]["id"] = f"case-{n}"
    evidence = of(read, [*rows, asked(6, "something else")])
    assert (evidence.fields["cases"], evidence.fields["planned_cases"]) == (2, 7)
    assert [s["cases"] for s in evidence.slices("group").values()] == [2, 1]


@pytest.mark.parametrize(
    ("config", "planned"),
    [
        ({"tests": [{"vars": {"q": ["a", "b"]}}, {"vars": {"q": ["c"]}}]}, 3),
        ({"tests": [{"vars": {"q": ["a", "b"], "r": ["x", "y", "z"]}}]}, 6),
        ({"tests": [{"vars": {"q": "a"}}], "defaultTest": {"vars": {"r": ["x", "y"]}}}, 2),
        ({"tests": [{"vars": {"q": "a"}}, {"vars": {"q": "a"}}]}, 1),
        ({"tests": [{"vars": {"q": [{"role": "user"}]}}]}, 1),
        ({"tests": [{"vars": {"q": ["a", "b"]}, "options": {"disableVarExpansion": True}}]}, 1),
        ({"tests": [{"vars": {f"v{n}": ["a", "b"] * 500 for n in range(9)}}]}, 10**27),
        ({"tests": [{"vars": {"q": "a"}}], "scenarios": [{"config": []}]}, None),
        ({"tests": [{"vars": {"q": "file://letters/*.txt"}}]}, None),
        ({"tests": [{"vars": {"q": "a"}}], "defaultTest": "file://default.yaml"}, None),
        ({"tests": [{"vars": {"q": "a"}}], "extensions": ["file://hook.js"]}, None),
        ({"tests": [{"vars": {"q": "a"}, "providers": ["a"]}]}, None),
        ({"tests": "file://tests.csv"}, None),
        ({"tests": []}, None),
    ],
)
def test_the_plan_counts_distinct_cases_or_is_unknown(read, config, planned):
    evidence = of(read, [row(0)], config=config)
    assert evidence.fields.get("planned_cases") == planned
    assert ("planned_cases" in evidence.absent) is (planned is None)


def test_lists_that_were_not_expanded_are_no_plan(read):
    made = row(0)
    made["vars"] = made["testCase"]["vars"] = {"letter": ["a", "b"]}
    assert "planned_cases" not in of(read, [made]).fields


def test_a_plan_that_another_model_fulfilled_is_not_fulfilled(read, codes):
    other = [row(n) | {"provider": {"id": "openai:gpt-5-2026-08-07"}} for n in range(4)]
    file = file_of([*other, row(0)])
    file["config"] = {"tests": [{"vars": {"letter": f"letter {n}"}} for n in range(4)]}
    chosen = {"options": {"provider": "openai:gpt-5-mini-2026-08-07"}, "terms": PERMITTING}
    assert codes(read("r.json", file, "evaluation", **chosen)) == {"PK545", "PK531"}


def repeated(*, cached: int) -> list[dict[str, Any]]:
    rows = [row(n) for n in range(4)]
    for made in rows:
        made["vars"] = made["testCase"]["vars"] = {"letter": "the same"}
        made["latencyMs"] = 300
    for made in rows[:cached]:
        made["response"]["cached"] = True
    return rows


@pytest.mark.parametrize("cached", [0, 1, 3, 4])
def test_an_answer_from_the_cache_is_no_repetition(read, cached):
    evidence = of(read, repeated(cached=cached))
    assert evidence.sufficiency == "sufficient", evidence.problems
    expected = {} if cached else {"repetitions": 4, "consistency": 1}
    assert {n: evidence.fields[n] for n in ("repetitions", "consistency") if n in evidence.fields} == expected
    assert ("repetitions" in evidence.elements["case"][0]) is not cached or cached == 0
    if cached:
        assert evidence.absent["repetitions"] == f"{cached} of 4 answers came from a cache"


@pytest.mark.parametrize(
    ("response", "own", "expected"),
    [
        ({"prompt": 9, "completion": 3}, None, (18, 6)),
        ({"prompt": 9, "completion": 3}, {"prompt": 0, "completion": 0}, (18, 6)),
        (None, {"prompt": 9, "completion": 3}, (18, 6)),
        (None, {"prompt": 0, "completion": 0, "total": 0}, None),
        ({"total": 12}, None, None),
        ({"prompt": 9}, None, None),
        (None, None, None),
    ],
)
def test_tokens_are_those_that_a_row_states_and_never_0(read, response, own, expected):
    rows = [row(0), row(1)]
    for made in rows:
        made["response"].pop("tokenUsage")
        made.pop("tokenUsage")
        made["response"].update({"tokenUsage": response} if response else {})
        made.update({"tokenUsage": own} if own else {})
    file = file_of(rows)
    body(file)["prompts"][0]["metrics"].pop("tokenUsage")
    body(file)["stats"].pop("tokenUsage")
    evidence = read("r.json", file, "evaluation")
    found = tuple(evidence.fields[n] for n in ("input_tokens", "output_tokens") if n in evidence.fields)
    assert found == (expected or ())
    assert ("input_tokens" in evidence.absent) is (expected is None)


def test_what_the_answer_says_about_itself_is_no_label(read):
    made = row(0)
    headers = {"x-request-id": "a\nb", "date": "today"}
    made["response"]["metadata"] = {"http": {"status": 200, "headers": headers}, "route": "fast", "group": "a"}
    made["metadata"] |= {**made["response"]["metadata"], "sessionId": "s", "errorContext": {"status": 1}, "mine": "yes"}
    made["vars"]["lines"] = "one\ntwo"
    evidence = of(read, [made, row(1)])
    case = evidence.elements["case"][0]
    assert {name for name in case if name not in {"id", "passed", "repetitions", "score", "latency", "cost"}} == {
        "group", "letter", "mine",
    }  # fmt: skip
    assert all(value.isprintable() for value in case.values() if isinstance(value, str))


def test_a_label_never_stands_in_for_a_measurement(read):
    made = row(0)
    made.update(cost=0)
    made["testCase"]["metadata"] |= {"cost": "0.000001 USD", "repetitions": "9"}
    case = of(read, [made, row(1)]).elements["case"][0]
    assert "cost" not in case
    assert case["repetitions"] == 1


@pytest.mark.parametrize("name", ["cost", "latencyMs"])
def test_nothing_costs_or_takes_less_than_nothing(read, codes, name):
    assert codes(of(read, [row(0) | {name: -1}])) == {"PK515"}


def test_the_same_cases_in_two_runs_are_the_same_cases(read):
    again = [made | {"latencyMs": 400, "id": f"again-{n}"} for n, made in enumerate(rows_of())]
    again[0].update(success=False, score=0.5, failureReason=1)
    again[0]["gradingResult"].update({"pass": False, "score": 0.5})
    again[0]["gradingResult"]["componentResults"] = [checked(False), checked(True, metric="tone")]
    first = of(read, rows_of(), name="a.json")
    second_file = file_of(again)
    second_file["evalId"] = "eval-b"
    second_file["results"]["timestamp"] = second_file["metadata"]["evaluationCreatedAt"] = "2026-11-19T10:00:00.000Z"
    whole = merge([first, read("b.json", second_file, "evaluation")])
    assert whole.sufficiency == "sufficient", whole.problems
    shown = ("cases", "planned_cases", "passed", "repetitions", "consistency", "input_tokens")
    assert {n: whole.fields[n] for n in shown} == {
        "cases": 8, "planned_cases": 8, "passed": 5, "repetitions": 2, "consistency": Fraction(7, 8), "input_tokens": 144,
    }  # fmt: skip


def test_other_cases_in_another_file_are_added_up(read):
    other = [row(n) for n in range(20, 24)]
    second = file_of(other)
    second["evalId"] = "eval-b"
    whole = merge([of(read, rows_of(), name="a.json"), read("b.json", second, "evaluation")])
    assert {n: whole.fields[n] for n in ("cases", "planned_cases", "input_tokens")} == {
        "cases": 12, "planned_cases": 12, "input_tokens": 108,
    }  # fmt: skip


def test_a_reason_stands_beside_what_is_absent(read):
    rows = [row(0), row(1) | {"latencyMs": 0}]
    assert of(read, rows).absent["latency_p95"] == "not every result has a latency above 0"
    assert "cost" not in of(read, rows).absent


@pytest.mark.parametrize(("missing", "sure"), [("", True), ("prompts", False), ("results", False)])
def test_a_file_without_a_version_is_known_by_its_members(missing, sure):
    head = "".join(f'"{name}": [' for name in ("prompts", "results") if name != missing).encode()
    assert (detect(head, "r.json") > 0.5) is sure
    assert detect(head, "r.txt") == 0


def contradiction(read, change) -> str:
    made = row(3, passed=False)
    change(made)
    file = file_of([made, row(1)])
    return next((p.got for p in read("r.json", file, "evaluation").problems if "contradict" in p.message), "")


def test_a_contradiction_says_both_values(read):
    def score(made):
        made["score"] = made["gradingResult"]["score"] = 1

    def verdict(made):
        made["gradingResult"]["pass"] = True

    def no_parts(made):
        score(made)
        made["gradingResult"]["componentResults"][0].pop("score")

    assert contradiction(read, score) == "score 1, its assertions make 0.5 (the 1. result)"
    assert contradiction(read, verdict) == "success false, gradingResult.pass true (the 1. result)"
    assert contradiction(read, no_parts) == ""


def test_sums_of_binary_floats_may_differ_by_their_rounding(read, codes):
    file = file_of(rows_of())
    body(file)["prompts"][0]["metrics"]["cost"] = 0.08000000000000002
    assert codes(read("r.json", file, "evaluation")) == set()
    body(file)["prompts"][0]["metrics"]["cost"] = 0.0801
    assert codes(read("r.json", file, "evaluation")) == {"PK533"}


def test_tokens_of_some_rows_are_not_held_against_the_whole(read, codes):
    rows = rows_of()
    rows[0]["response"].pop("tokenUsage")
    rows[0].pop("tokenUsage")
    assert codes(of(read, rows)) == set()
    assert codes(of(read, [r | {"tokenUsage": {"cached": 9}} for r in rows_of()])) == set()
    attacks = file_of(rows_of(attack=True))
    body(attacks)["stats"]["tokenUsage"]["prompt"] = 500  # with what made the attacks
    assert codes(read("a.json", attacks, "red_team")) == set()


def test_each_prompt_is_held_against_its_own_column(read, codes):
    file = file_of(rows_of())
    other = [made | {"promptIdx": 1, "promptId": "q", "id": f"other-{n}"} for n, made in enumerate(rows_of()[:3])]
    second = file_of(other)
    body(file)["results"] += other
    body(file)["prompts"] += body(second)["prompts"]
    for name, number in {"successes": 9, "failures": 2}.items():
        body(file)["stats"][name] = number
    for name in ("prompt", "completion"):
        body(file)["stats"]["tokenUsage"][name] += body(second)["stats"]["tokenUsage"][name]
    chosen = {"options": {"prompt": "p"}, "terms": PERMITTING}
    assert codes(read("r.json", file, "evaluation", **chosen)) == set()
    body(file)["prompts"][1]["metrics"]["assertPassCount"] = 0
    assert codes(read("r.json", file, "evaluation", **chosen)) == {"PK533"}
