"""Laws of LiteLLM's spend log.

States twice: the outcome (`status`, `metadata.status`), tokens and their total, rows and the total of a page. Can leave
out: tokens, the price, pages. Passes without looking: whatever has no price costs 0. What the tracker says went wrong:
BerriAI/litellm 6633, 10598, 36943 (streams logged with 0 tokens and 0 spend), 1731 (images).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from policykit.evidence.merging import merge
from policykit.evidence.readers._sample import Sample
from tests.unit.evidence.never_better import assert_never_better


def row(number: int, **more: Any) -> dict[str, Any]:
    made = {
        "request_id": f"call-{number}", "call_type": "acompletion", "spend": 0.01, "total_tokens": 30,
        "prompt_tokens": 20, "completion_tokens": 10, "startTime": f"2026-11-20T10:{number:02}:00Z",
        "endTime": f"2026-11-20T10:{number:02}:02Z", "model": "gpt-4o", "status": "success", "cache_hit": "False",
        "session_id": f"s{number}", "metadata": {"status": "success"},
    }  # fmt: skip
    return made | more


NOTHING = {"total_tokens": 0, "prompt_tokens": 0, "completion_tokens": 0}
ROWS = [row(number) for number in range(20)]
BREAKS: dict[str, dict[str, Any]] = {
    "a stream without usage": {"spend": 0, **NOTHING},
    "an image": {"spend": 0, "call_type": "aimage_generation", **NOTHING},
    "speech": {"spend": 0.0, "call_type": "aspeech", **NOTHING},
    "a model without a price": {"spend": 0},
    "a failure that answered": {"spend": 0, "status": "failure"},
    "a hit of a cache that is off": {"spend": 0, "cache_hit": "True", "cache_key": "Cache OFF"},
    "a pass-through": {"spend": 0, "call_type": "pass_through_endpoint", **NOTHING},
    "management that used tokens": {"spend": 0, "call_type": "aretrieve_batch"},
    "an unknown outcome": {"status": "timeout"},
    "a failure in the metadata only": {"metadata": {"status": "failure"}},
    "no tokens": {"prompt_tokens": None, "completion_tokens": None},
    "fewer tokens than the total": {"prompt_tokens": 1},
    "a row twice": {"request_id": "call-1"},
    "less than nothing": {"spend": -0.01},
    "no price member": {"spend": None},
}
FREE: dict[str, dict[str, Any]] = {
    "cache": {"spend": 0, "cache_hit": "True"},
    "cache key": {"spend": 0, "cache_hit": True, "cache_key": "a1b2"},
    "failure": {"spend": 0, "status": "failure", "metadata": {"status": "failure"}, **NOTHING},
    "failure in the metadata": {"spend": 0, "metadata": {"status": "failure"}, **NOTHING},
    "batch": {"spend": 0, "call_type": "aretrieve_batch", **NOTHING},
    "file": {"spend": 0, "call_type": "acreate_file", **NOTHING},
    "image with a price": {"spend": 0.04, "call_type": "aimage_generation", **NOTHING},
}


def log(read: Any, rows: list[dict[str, Any]], name: str = "x.jsonl") -> Any:
    return read(name, "".join(json.dumps(r) + "\n" for r in rows), "spend")


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_log_is_never_better(read, how):
    whole = log(read, ROWS, "whole.jsonl")
    broken = log(read, [ROWS[0] | BREAKS[how], *ROWS[1:]], "broken.jsonl")
    assert_never_better(whole, broken, slices=["model"])
    if how == "a failure in the metadata only":
        assert broken.fields["failed_calls"] == 1
    elif "token" in how and "management" not in how:
        assert "input_tokens" not in broken.fields
        assert broken.absent["output_tokens"] == "1 of 20 calls do not state all of their tokens"
    else:
        assert broken.sufficiency != "sufficient"


@pytest.mark.parametrize("how", FREE)
def test_what_costs_nothing_for_a_reason_counts(read, how):
    evidence = log(read, [ROWS[0] | FREE[how], *ROWS[1:]])
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["unpriced_calls"] == 0
    assert "total" in evidence.fields
    assert "input_tokens" in evidence.fields


@pytest.mark.parametrize(
    ("page", "complete"),
    [
        ({}, True),
        ({"total": 20, "page": 1, "total_pages": 1}, True),
        ({"total": 21}, False),
        ({"total_pages": 2}, False),
        ({"page": 2, "total_pages": 2}, False),
    ],
)
def test_a_page_of_a_log_is_not_the_log(read, codes, page, complete):
    evidence = read("p.json", json.dumps({"data": ROWS, **page}, indent=1), "spend")
    assert codes(evidence) == (set() if complete else {"PK531"})


def test_a_period_that_was_exported_twice_counts_once(read, codes):
    one, other = log(read, ROWS[:12], "a.jsonl"), log(read, ROWS[11:], "b.jsonl")
    assert codes(merge([one, other])) == {"PK545"}
    assert codes(merge([one, log(read, ROWS[12:], "c.jsonl")])) == set()


@pytest.mark.parametrize("most", [4, 100, 5000])
def test_a_sample_stays_small_and_finds_what_is_there_twice(most):
    one, other, apart = Sample(most), Sample(most), Sample(most)
    for number in range(3000):
        one.add(f"call-{number}")
        other.add(f"call-{number + 10}")
        apart.add(f"else-{number}")
    assert len(one.kept()) <= most
    assert one.kept() & other.kept()
    assert not one.kept() & apart.kept()
    assert one.repeated == ""
    for number in range(3000):
        one.add(f"call-{number}")
    assert one.repeated
    one.add("")


@pytest.mark.parametrize(
    "more",
    [
        {"spend": 0, "status": "failure", **NOTHING},
        {"spend": 0, "cache_hit": "True"},
        {"spend": 0, "call_type": "aretrieve_batch", **NOTHING},
    ],
    ids=["failed", "cached", "managed"],
)
def test_a_log_in_which_no_model_answered_shows_no_price(read, codes, more):
    rows = [row(number, **more) for number in range(20)]
    evidence = read("s.jsonl", "\n".join(map(json.dumps, rows)), "spend")
    assert (evidence.sufficiency, codes(evidence)) == ("inconclusive", {"PK530"})
    answered = [*rows[1:], row(0)]
    assert read("t.jsonl", "\n".join(map(json.dumps, answered)), "spend").sufficiency == "sufficient"


@pytest.mark.parametrize("more", [{"session_id": "s1"}, {"session_id": "another"}], ids=["own task", "further task"])
@pytest.mark.parametrize("how", ["failure", "failure in the metadata", "batch", "file"])
def test_calls_that_do_nothing_lower_no_cost_of_a_call_or_task(read, how, more):
    whole = log(read, ROWS, "whole.jsonl")
    idle = [row(20 + number, **FREE[how], **more) for number in range(15)]
    diluted = log(read, [*ROWS, *idle], "diluted.jsonl")
    assert diluted.sufficiency == "sufficient", diluted.problems
    for name in ("cost_per_call", "cost_per_task", "cost_per_task_p95", "tasks"):
        assert diluted.fields[name] == whole.fields[name]
    assert diluted.slices("model")["gpt-4o"]["cost_per_call"] == whole.slices("model")["gpt-4o"]["cost_per_call"]
    assert diluted.fields["calls"] == len(ROWS) + len(idle)
    merged = merge([whole, log(read, [row(50), *idle], "idle.jsonl")])
    assert merged.fields["cost_per_call"] == whole.fields["cost_per_call"]


def test_answers_from_the_cache_do_lower_it(read):
    cached = log(read, [*ROWS, *(row(20 + number, **FREE["cache"]) for number in range(20))])
    assert cached.fields["cost_per_call"].amount * 2 == log(read, ROWS, "y.jsonl").fields["cost_per_call"].amount


def test_a_failure_that_cost_something_raises_the_cost_of_the_others(read):
    paid = log(read, [*ROWS, row(40, status="failure", completion_tokens=0, total_tokens=20, spend=0.2)])
    assert paid.fields["cost_per_call"].amount * 20 == paid.fields["total"].amount
