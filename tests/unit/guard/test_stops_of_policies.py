"""Laws of stops at the guard: an unknown stop acts or tells, rescoping brings rollouts back, no rule is needed."""

from __future__ import annotations

import openai
import pytest

from policykit.errors import PolicyViolation
from policykit.guard import GuardOptions, Stores
from policykit.guard.stores.protocol import Stop
from tests.unit.guard.guards import ListTrail, SetClock, guard_of, policy_of
from tests.unit.guard.provider_server import completion, serving

MEAN = "mean of call.cost today > 9 EUR, with at least 1 calls"
STOP = 'stop S-1 "x"\n  when {}\n  then {}\n  resume by boss\n'
COUNT = "count of calls today >= 2"
FEW = 'rollout F-1 "x"\n  from canary until launch\n  send 0.0001% of calls by call.model, others use queue\n'
RECORD = 'evidence runs : evaluation "r"\nstop S-1 "x"\n  when runs.accuracy < 90%\n  then {}\n  resume by boss\n'


def called(guard, **facts):
    return guard.call({"call.text": "prompt"})(lambda prompt: "from the model")("hello", **facts)


def test_a_stop_whose_condition_is_unknown_pauses_calls():
    guard = guard_of(STOP.format(MEAN, "pause all calls"), trail=(trail := ListTrail()))
    called(guard)
    with pytest.raises(PolicyViolation, match="paused by S-1"):
        called(guard)
    guard.close()
    (tripped,) = trail.of_type("stop_tripped")
    assert '"cause":"stop S-1: its condition is unknown"' in tripped


def test_a_stop_that_only_tells_while_it_is_unknown_tells_once_and_pauses_nothing():
    told: list[Stop] = []
    text = STOP.format(MEAN, "pause all calls, tell boss").replace("  resume", "  unknown tell duty\n  resume")
    guard = guard_of(text, tell={"duty": told.append, "boss": told.append})
    for _ in range(3):
        called(guard)
    assert [stop.cause for stop in told] == ["the condition of S-1 is unknown; nothing is paused"]
    assert list(guard.core.stores.stops.tripped()) == []


def test_too_few_calls_leave_a_stop_false_and_not_unknown():
    guard = guard_of(STOP.format(MEAN.replace("1 calls", "3 calls"), "pause all calls"))
    called(guard)
    called(guard)
    called(guard)
    with pytest.raises(PolicyViolation):
        called(guard)


def test_a_policy_of_stops_alone_guards_a_real_client():
    with serving(completion()) as provider:
        raw = openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0)
        client = guard_of(STOP.format(COUNT, "pause all calls")).wrap(raw)
        ask = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "hello"}]}
        client.chat.completions.create(**ask)
        client.chat.completions.create(**ask)
        with client, pytest.raises(PolicyViolation) as refused:
            client.chat.completions.create(**ask)
        assert (refused.value.reason, refused.value.clauses) == ("stop", ("S-1",))
        assert len(provider.requests) == 2


def test_a_policy_of_rollouts_alone_sends_its_share():
    guard = guard_of(FEW, options=GuardOptions(stage="canary"))
    assert called(guard) == "from the queue"


def test_a_rescoped_system_goes_back_to_its_earlier_rollout_until_it_is_resumed():
    text = FEW + STOP.format(COUNT, "rescope to canary within 1 minute")
    trail, clock = ListTrail(), SetClock()
    guard = guard_of(text, options=GuardOptions(stage="launch"), trail=trail, clock=clock)
    assert [called(guard), called(guard)] == ["from the model"] * 2
    assert called(guard) == "from the model", "the minute has not passed"
    clock.move(61)
    assert called(guard) == "from the queue"
    guard.resume("S-1", role="boss", by="Bo", reason="seen")
    assert called(guard) == "from the model"
    guard.close()
    (tripped,) = trail.of_type("stop_tripped")
    assert '"scope":"back to canary"' in tripped


def test_rescoping_never_leads_forward():
    stores = Stores.in_memory()
    stores.stops.trip(Stop("S-1", "", "x", 0, 0, ("boss",), "", "launch"))
    guard = guard_of(FEW, options=GuardOptions(stage="canary"), stores=stores)
    assert called(guard) == "from the queue"


@pytest.mark.parametrize("rules", [FEW, STOP.format(COUNT, "pause all calls")])
def test_a_gate_to_which_this_policy_cannot_go_back_refuses_calls(rules):
    stores = Stores.in_memory()
    stores.stops.trip(Stop("S-9", "", "x", 0, 0, ("boss",), "", "pilot"))
    guard = guard_of(rules, options=GuardOptions(stage="launch"), stores=stores)
    with pytest.raises(PolicyViolation, match="paused by S-9"):
        called(guard)


def test_the_guard_leaves_a_stop_of_the_record_to_the_check_and_obeys_it_once_it_is_tripped():
    stores = Stores.in_memory()
    guard = guard_of(RECORD.format("pause all calls"), stores=stores)
    for _ in range(3):
        assert called(guard) == "from the model"
    stores.stops.trip(Stop("S-1", "", "x", 0, 0, ("boss",)))
    with pytest.raises(PolicyViolation, match="paused by S-1"):
        called(guard)


def test_the_engine_decides_no_stop_of_the_record():
    assert policy_of(RECORD.format("pause all calls")).stops({}) == ()
