"""What options of the project file may do: the law of docs/adr/0028, for every option of every reader."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from policykit.evidence.model import Subject, Trust
from policykit.evidence.reader import PolicyTerms, Request, all_readers
from policykit.evidence.readers._promptfoo_options import _fillable
from policykit.evidence.summaries.evaluation import METRIC_FIELDS
from policykit.vocabulary.evidence import kinds
from policykit.vocabulary.permits import PERMITTABLE

MINI, MAXI = "openai:chat:mini-2026-01-01", "openai:chat:maxi-2026-01-01"


def permits(*names: str, model: str = "") -> PolicyTerms:
    return PolicyTerms("run", frozenset(names), Subject("bot", "1", model=model))


def row(case: int, *, provider: str = MINI, prompt: str = "p1", success: bool = True, **scores: float) -> dict:
    return {
        "provider": {"id": provider}, "prompt": {"raw": prompt, "label": prompt}, "promptId": prompt,
        "success": success, "score": int(success), "failureReason": 0 if success else 1, "namedScores": scores,
        "gradingResult": {
            "pass": success, "score": int(success), "reason": "judged", "namedScoreWeights": dict.fromkeys(scores, 1),
            "componentResults": [{"pass": success, "score": int(success), "assertion": {"type": "equals"}}],
        },
        "testIdx": case, "vars": {"q": f"q{case}"}, "response": {"output": "an answer"}, "latencyMs": 10,
        "testCase": {"vars": {"q": f"q{case}"}, "assert": [{"type": "equals", "value": "an answer"}]},
    }  # fmt: skip


def run(*rows: dict) -> dict:
    passed = sum(r["success"] for r in rows)
    stats = {"successes": passed, "failures": len(rows) - passed, "errors": 0}
    return {
        "evalId": "eval-1", "config": {}, "metadata": {"promptfooVersion": "0.123.1"},
        "results": {
            "version": 3, "timestamp": "2026-11-20T10:00:00Z", "results": list(rows), "stats": stats,
            "prompts": [{"label": r["prompt"]["label"], "provider": r["provider"]["id"]} for r in rows[:1]],
        },
    }  # fmt: skip


TWO = run(*(row(n) for n in range(3)), *(row(n, provider=MAXI, success=False) for n in range(3)))
PROMPTS = run(*(row(n) for n in range(3)), *(row(n, prompt="p2", success=False) for n in range(3)))
SCORED = run(*(row(n, tidy=1.0, tone=0.5) for n in range(3)))


def refused(evidence) -> bool:
    return "PK640" in {problem.code for problem in evidence.problems}


def test_the_words_that_a_policy_can_permit_are_the_options_that_need_it():
    needing = {name for reader in all_readers().values() for name in reader.options - reader.gaps}
    assert set(PERMITTABLE) == needing


@pytest.mark.parametrize("field", sorted(kinds()["evaluation"].fields))
def test_no_count_of_an_evaluation_can_be_replaced_whatever_the_policy_permits(read, now, field):
    terms = permits(*PERMITTABLE)
    evidence = read("r.json", SCORED, "evaluation", options={"fields": {field: "tidy"}}, terms=terms)
    if field in METRIC_FIELDS:
        assert evidence.fields[field] == 1
        assert evidence.trust is Trust.CLAIMED
        assert evidence.claims == (("options.fields", json.dumps({field: "tidy"})),)
    else:
        assert evidence.sufficiency == "error"
        assert not evidence.fields


def test_a_field_that_the_policy_added_can_be_filled_only_with_its_permission(read):
    declared = kinds()["evaluation"]
    own = declared.fields["tone"]
    added = type(declared)(**{
        **{name: getattr(declared, name) for name in declared.__dataclass_fields__},
        "fields": {**declared.fields, "tidiness": own},
    })  # fmt: skip
    asked = {"options": {"fields": {"tidiness": "tidy"}}, "kinds": {"evaluation": added}}
    assert refused(read("r.json", SCORED, "evaluation", **asked))
    allowed = read("r.json", None, "evaluation", terms=permits("fields"), **asked)
    assert allowed.fields["tidiness"] == 1
    assert allowed.trust is Trust.CLAIMED


def test_only_scores_and_added_numbers_can_be_filled(now):
    assert _fillable(Request("evaluation", now, declared=kinds()["evaluation"])) == METRIC_FIELDS


def test_an_option_that_says_what_holds_anyway_is_free(read):
    evidence = read(
        "r.json", SCORED, "evaluation", options={"fields": {"tone": "tone"}, "provider": MINI, "prompt": "p1"}
    )
    assert evidence.sufficiency == "sufficient"
    assert evidence.trust is Trust.FILE
    assert evidence.claims == ()
    assert evidence.fields["tone"] == Decimal("0.5")


def test_the_rows_of_the_judged_model_may_be_named_and_others_may_not(read):
    named = read("r.json", TWO, "evaluation", options={"provider": MINI}, terms=permits(model="mini-2026-01-01"))
    assert (named.sufficiency, named.trust, named.claims) == ("sufficient", Trust.FILE, ())
    assert refused(
        read("r.json", None, "evaluation", options={"provider": MINI}, terms=permits(model="maxi-2026-01-01"))
    )
    assert refused(read("r.json", None, "evaluation", options={"provider": MINI}, terms=permits()))


def test_of_two_providers_of_the_judged_model_none_may_be_picked(read):
    azure = "azureopenai:chat:mini-2026-01-01"
    both = run(*(row(n) for n in range(3)), *(row(n, provider=azure, success=False) for n in range(3)))
    assert refused(
        read("r.json", both, "evaluation", options={"provider": MINI}, terms=permits(model="mini-2026-01-01"))
    )


def test_the_better_of_two_prompts_may_be_picked_only_where_the_policy_permits_it(read):
    prompt = {"prompt": "p1"}
    assert refused(
        read("r.json", PROMPTS, "evaluation", options=prompt, terms=permits("provider", model="mini-2026-01-01"))
    )
    allowed = read("r.json", None, "evaluation", options=prompt, terms=permits("prompt"))
    assert (allowed.sufficiency, allowed.trust) == ("sufficient", Trust.CLAIMED)
    assert allowed.claims == (("options.prompt", "p1"),)
