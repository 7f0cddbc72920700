"""LiteLLM spend logs and prices."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from policykit.vocabulary.types import Money

_NUMBERS = itertools.count()


def call(**more: Any) -> dict[str, Any]:
    made = {
        "request_id": f"r{next(_NUMBERS)}", "spend": 0.01, "total_tokens": 30, "prompt_tokens": 20, "completion_tokens": 10,
        "startTime": "2026-11-20T10:00:00Z", "endTime": "2026-11-20T10:00:02Z", "model": "gpt-4o", "team_id": "claims",
        "status": "success", "cache_hit": "False", "request_tags": ["triage"], "session_id": "s1",
    }  # fmt: skip
    return made | more


def lines(*calls: dict[str, Any]) -> str:
    return "".join(json.dumps(c) + "\n" for c in calls)


@pytest.mark.parametrize("form", ["lines", "list", "data", "pretty"])
def test_every_form_of_export_gives_the_same(read, form):
    calls = [call(), call(spend=0.03, session_id="s2", team_id="sales", status="failure")]
    text = {
        "lines": lines(*calls),
        "list": json.dumps(calls),
        "data": json.dumps({"data": calls}, indent=1),
        "pretty": json.dumps(calls, indent=2),
    }[form]
    evidence = read("spend.json", text, "spend")
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["total"] == Money(Decimal("0.04"), "USD")
    assert evidence.fields["cost_per_call"] == Money(Decimal("0.02"), "USD")
    assert evidence.fields["cost_per_task_p95"] == Money(Decimal("0.03"), "USD")
    assert evidence.fields["tasks"] == 2
    assert evidence.fields["failed_calls"] == 1
    assert evidence.slices("team")["claims"]["calls"] == 1
    assert evidence.slices("tag")["triage"]["total"] == Money(Decimal("0.04"), "USD")
    assert evidence.produced_at.isoformat() == "2026-11-20T10:00:02+00:00"


def test_a_price_that_is_not_known_is_not_zero(read, codes):
    evidence = read("spend.jsonl", lines(call(), call(spend=0, model="house-model")), "spend")
    assert codes(evidence) == {"PK542"}
    assert "total" not in evidence.fields
    assert evidence.absent["total"] == "1 of 2 calls have no price"
    assert "total" not in evidence.slices("model")["house-model"]
    assert "total" in evidence.slices("model")["gpt-4o"]


@pytest.mark.parametrize(
    "why",
    [
        {"cache_hit": "True"},
        {"status": "failure", "total_tokens": 20, "completion_tokens": 0},
        {"call_type": "aretrieve_batch", "total_tokens": 0, "prompt_tokens": 0, "completion_tokens": 0},
    ],
)
def test_trap_5_a_cost_of_zero_with_a_reason_counts(read, why):
    evidence = read("spend.jsonl", lines(call(), call(spend=0) | why), "spend")
    assert evidence.sufficiency == "sufficient"
    assert evidence.fields["total"] == Money(Decimal("0.01"), "USD")


def test_a_model_that_the_project_calls_free_is_free(read):
    evidence = read(
        "spend.jsonl", lines(call(spend=0, model="ollama/x")), "spend", options={"free_models": ["ollama/x"]}
    )
    assert evidence.fields["total"] == Money(0, "USD")


def test_without_sessions_the_cost_of_a_task_is_not_known(read):
    evidence = read("spend.jsonl", lines(call(), call(session_id=None)), "spend")
    assert "cost_per_task" not in evidence.fields


def test_a_short_log_is_not_blown_up_to_a_day(read):
    assert read("spend.jsonl", lines(call()), "spend").fields["cost_per_day"] == Money(Decimal("0.01"), "USD")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"spend": -1}, "PK515"),
        ({"spend": "1"}, "PK515"),
        ({"total_tokens": 1.5}, "PK515"),
        ({"startTime": "soon"}, "PK517"),
        ({"startTime": "2026-11-20 10:00:00"}, "PK516"),
    ],
)
def test_a_row_of_another_form_names_its_line(read, codes, broken, code):
    evidence = read("spend.jsonl", lines(call(), call() | broken), "spend")
    assert codes(evidence) == {code}
    assert "line 2" in evidence.problems[0].place


def test_an_empty_log_is_no_evidence(read, codes):
    assert codes(read("spend.json", "[]", "spend", reader="litellm_spend")) == {"PK530"}


PRICES = {
    "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "x", "deprecation_date": "date when ..."},
    "gpt": {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06, "litellm_provider": "openai", "mode": "chat"},
    "tiered": {"input_cost_per_token": 1e-06, "input_cost_per_token_above_200k_tokens": 2e-06, "output_cost_per_token": 4e-06, "litellm_provider": "g", "mode": "chat"},
    "ollama/x": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "litellm_provider": "ollama", "mode": "chat"},
    "embed": {"input_cost_per_token": 2e-08, "output_cost_per_token": 0.0, "litellm_provider": "openai", "mode": "embedding"},
    "whisper": {"input_cost_per_second": 0.0001, "litellm_provider": "openai", "mode": "audio_transcription"},
    "old": {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06, "litellm_provider": "a", "mode": "chat", "deprecation_date": "2026-11-30"},
}  # fmt: skip


def models(evidence: Any) -> dict[str, Any]:
    return {model["name"]: model for model in evidence.elements["model"]}


def test_trap_34_prices(read):
    evidence = read("prices.json", PRICES, "prices")
    found = models(evidence)
    assert "sample_spec" not in found
    assert found["gpt"]["output_price"] == Money(4, "USD")
    assert found["tiered"]["input_price"] == Money(2, "USD")
    assert found["ollama/x"]["priced"] is False
    assert "input_price" not in found["ollama/x"]
    assert found["embed"]["priced"] is True
    assert found["whisper"]["priced"] is False
    assert evidence.fields["priced_rate"] == Fraction(2, 3)
    assert evidence.produced_at is None


def test_a_model_that_the_project_names_must_have_a_price(read, codes):
    assert codes(read("prices.json", PRICES, "prices", options={"models": ["ollama/x"]})) == {"PK542"}
    missing = read("prices.json", PRICES, "prices", options={"models": ["gptt"]})
    assert missing.sufficiency == "error"
    assert missing.problems[0].help == "did you mean `gpt`?"
    assert read("prices.json", PRICES, "prices", options={"models": ["sample_spec"]}).sufficiency == "error"


def test_a_withdrawal_is_announced_before_it_comes(read):
    evidence = read("prices.json", PRICES, "prices", options={"models": ["old"]})
    assert evidence.sufficiency == "sufficient"
    assert [p.message for p in evidence.problems] == ["`old` is to be withdrawn by its provider on 2026-11-30"]
    assert evidence.fields["earliest_retirement"] == 739950
