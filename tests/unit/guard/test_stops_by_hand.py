"""What people do to calls by hand stands on the trail that the guard writes, once, whoever looks first."""

from __future__ import annotations

import json

import pytest

from policykit.errors import PolicyViolation
from policykit.guard import Stores
from policykit.guard.stores.error import StoreError
from policykit.guard.stores.protocol import Stop
from tests.unit.guard.guards import ListTrail, guard_of

RULES = 'rule NO-1 "Not this" owner duty on request when call.text contains any of "forbidden" then deny\n'
BY_HAND = Stop("INCIDENT-7", "", "the answers are odd", 5, 5, ("boss",))


@pytest.fixture(params=["sqlite", "memory"])
def stores(request, tmp_path):
    """Return what opens the stores: in a file each time anew, as another process does."""
    if request.param == "memory":
        one = Stores.in_memory()
        return lambda: one
    return lambda: Stores.sqlite(tmp_path / "guard.db")


def called(guard):
    ask = guard.call({"call.text": "text"})(lambda text: text)
    try:
        return ask("hello")
    except PolicyViolation as refused:
        return refused.reason


def told(trail, kind="stop_tripped"):
    return [json.loads(f"{{{members}}}") for members in trail.of_type(kind)]


def trip(stores, stop=BY_HAND):
    assert stores().stops.trip(stop, person="Ann", role="duty")


def resume(stores):
    stores().stops.resume("INCIDENT-7", role="boss", person="Bea", reason="it is mended", now_ns=9)


def test_the_guard_that_refuses_because_of_it_records_who_did_it_and_why(stores):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail, stores=stores())
    assert called(guard) == "hello"
    trip(stores)
    assert called(guard) == "stop"
    guard.flush()
    (record,) = told(trail)
    assert (record["stop"], record["by"], record["role"]) == ("INCIDENT-7", "Ann", "duty")
    assert (record["cause"], record["scope"]) == ("the answers are odd", "all calls")
    called(guard)
    guard.flush()
    assert len(told(trail)) == 1


def test_a_stop_that_was_lifted_before_any_call_is_on_record_too(stores):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail, stores=stores())
    trip(stores)
    resume(stores)
    assert called(guard) == "hello"
    guard.flush()
    assert [each["by"] for each in told(trail)] == ["Ann"]
    (record,) = told(trail, "stop_resumed")
    assert (record["stop"], record["by"], record["role"], record["reason"]) == (
        "INCIDENT-7", "Bea", "boss", "it is mended",
    )  # fmt: skip


def test_of_several_guards_one_records_it(stores):
    trails = [ListTrail(), ListTrail()]
    guards = [guard_of(RULES, trail=trail, stores=stores()) for trail in trails]
    trip(stores)
    for guard in (*guards, *guards):
        called(guard)
        guard.flush()
    assert sorted(len(told(trail)) for trail in trails) == [0, 1]


def test_a_guard_without_a_trail_leaves_it_to_one_that_has_one(stores):
    trip(stores)
    called(guard_of(RULES, stores=stores()))
    trail = ListTrail()
    called(guard_of(RULES, trail=trail, stores=stores()))
    assert len(told(trail)) == 1


def test_what_could_not_be_recorded_is_recorded_later(stores):
    trail = ListTrail()
    broken = stores().stops
    trip(stores)
    broken.tripped()

    def fails(_event):
        raise StoreError("the trail is full")

    with pytest.raises(StoreError):
        broken.record_events(fails)
    guard = guard_of(RULES, trail=trail, stores=stores())
    called(guard)
    guard.flush()
    assert len(told(trail)) == 1


def test_what_the_guard_does_itself_is_recorded_once(stores):
    trail = ListTrail()
    rules = 'rule HALT-1 "Halt" owner duty on request when call.text contains any of "hello" then pause all calls\n'
    guard = guard_of(rules, trail=trail, stores=stores())
    for _ in range(3):
        called(guard)
    guard.flush()
    assert [each["stop"] for each in told(trail)] == ["HALT-1"]
