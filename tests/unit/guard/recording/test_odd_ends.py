"""Calls that end in odd ways, or never begin, and functions that are not what they seem: the record says what was."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
from contextlib import suppress

import pytest

from policykit.errors import PolicyViolation
from policykit.guard import Argument, GuardOptions, Result
from tests.unit.guard.guards import CARD, ListTrail, guard_of
from tests.unit.guard.recording.test_arguments import plain
from tests.unit.guard.recording.test_hostile_records import ASKS, RULES, members

# --- a call that is on record as let in, and cannot be made -----------------------------------------------------------


class Frozen:
    """Reads a text, and cannot put another one in its place."""

    def read(self, value):
        return (value["text"],)

    def write(self, value, texts):
        raise TypeError("frozen")


def guarded_in_kind(guard, kind, facts, returns, gives):
    if kind == "function":

        @guard.tool("ledger", facts, returns=returns)
        def function(asked):
            return gives

        return function
    if kind == "coroutine":

        @guard.tool("ledger", facts, returns=returns)
        async def coroutine(asked):
            return gives

        return lambda asked: asyncio.run(coroutine(asked))

    @guard.tool("ledger", facts)
    def generator(asked):
        yield "fine"

    return lambda asked: list(generator(asked))


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator"])
def test_a_call_whose_arguments_cannot_be_changed_is_refused_on_record(kind):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    call = guarded_in_kind(guard, kind, {"call.text": Argument("asked", Frozen())}, None, "fine")
    with pytest.raises(PolicyViolation) as caught:
        call({"text": CARD})
    guard.flush()
    assert (caught.value.reason, caught.value.phase) == ("error:guard", "tool input")
    last = members(trail)[-1]
    assert last["decision_id"] == caught.value.decision_id
    assert (last["refused"], last["error"], last["arguments"]) == (
        True,
        "error:guard",
        plain({"asked": {"text": CARD}}),
    )


@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_an_answer_that_cannot_be_changed_is_refused_on_record_and_has_one_end(kind):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    returns = {"call.text": Result(Frozen())}
    call = guarded_in_kind(guard, kind, {"call.text": "asked"}, returns, {"text": CARD})
    with pytest.raises(PolicyViolation) as caught:
        call("hello")
    guard.flush()
    assert (caught.value.reason, caught.value.phase) == ("error:guard", "tool output")
    _, answered, refused = members(trail)
    assert (answered["ended"], answered.get("refused")) == ("returned", None)
    assert (refused.get("ended"), refused["refused"], refused["error"]) == (None, True, "error:guard")


# --- a call that is left before it is made ----------------------------------------------------------------------------


class SlowTrail(ListTrail):
    """Stores when it is told to."""

    def __init__(self):
        super().__init__()
        self.may_store = threading.Event()

    def append_all(self, records):
        assert self.may_store.wait(30)
        return super().append_all(records)


def test_a_call_that_is_left_between_its_record_and_itself_is_not_one_that_still_runs():
    trail = SlowTrail()
    guard = guard_of(RULES, trail=trail, options=GuardOptions(durable=True))

    @guard.tool("ledger", {"call.text": "text"})
    async def look_up(text):
        raise AssertionError("it was not to be made")

    async def told():
        begun = asyncio.create_task(look_up("hello"))
        await asyncio.sleep(0.05)
        begun.cancel()
        with pytest.raises(asyncio.CancelledError):
            await begun
        trail.may_store.set()

    asyncio.run(told())
    guard.flush()
    let_in, ended = members(trail)
    assert (let_in["outcome"], let_in.get("refused")) == ("allow", None)
    assert (ended["ended"], ended["effects"], ended["outcome"]) == ("closed", ["closed before it was made"], "none")


@pytest.mark.parametrize("callers", [1, 2])
def test_a_call_that_is_left_while_a_person_is_asked_has_lapsed_and_names_the_request_that_it_waited_for(callers):
    trail = ListTrail()
    guard = guard_of(ASKS, trail=trail)

    @guard.tool("ledger", {})
    async def look_up(text):
        raise AssertionError("it was not to be made")

    async def told():
        begun = [asyncio.create_task(look_up("hello")) for _ in range(callers)]
        await asyncio.sleep(0.05)
        assert guard.core.stores.approvals.pending(guard.core.clock.now_ns())
        for each in begun:
            each.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    asyncio.run(told())
    guard.flush()
    asked = {each["request"] for each in members(trail, "approval_requested")}
    lapsed = members(trail, "approval_lapsed")
    assert len({each["decision_id"] for each in lapsed}) == len(lapsed) == len(asked) == callers
    assert {(each["request"], each["reason"]) for each in lapsed} == {(one, "the caller left") for one in asked}
    assert members(trail) == []


# --- a function that is asynchronous and does not say so --------------------------------------------------------------


def disguised(function):
    """As a decorator that retries or measures does it."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def ends_of(trail, guard):
    guard.flush()
    return [(each["ended"], each.get("error_type")) for each in members(trail) if "ended" in each]


def test_the_end_of_a_coroutine_is_that_of_the_call_whoever_returned_it():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    @guard.tool("ledger", {"call.text": "text"})
    @disguised
    async def look_up(text):
        await asyncio.sleep(0)
        if text == "fails":
            raise LookupError
        if text == "waits":
            await asyncio.sleep(60)
        return CARD

    async def told():
        begun = look_up("works")
        assert ends_of(trail, guard) == []
        assert await begun == "[pii.card redacted]"
        with pytest.raises(LookupError):
            await look_up("fails")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(look_up("waits"), 0.01)

    asyncio.run(told())
    assert ends_of(trail, guard) == [("returned", None), ("raised", "LookupError"), ("closed", None)]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_coroutine_that_nobody_awaits_did_not_return():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    @guard.call({"call.text": "text"})
    @disguised
    async def answered(text):
        return "fine"

    begun = answered("hello")
    del begun
    gc.collect()
    assert ends_of(trail, guard) == [("closed", None)]


# --- who answers, and who is called -----------------------------------------------------------------------------------


FALLS_BACK = """
rule ELSE-1 "Something else answers"
  on   request
  when call.text is "elsewhere"
  then use second
rule DOWN-1 "The provider fails"
  on   failure
  then use queue
"""


def failing(*_args):
    raise LookupError


def answered_by(trail, guard):
    """The fallbacks that records name, and those that were called."""
    guard.flush()
    named = {
        (each["decision_id"].rpartition(".")[0], name) for each in members(trail) for name in each.get("instead", ())
    }
    called = {(each["instead_of"], each["fallback"]) for each in members(trail) if "instead_of" in each}
    return named, called


@pytest.mark.parametrize("text", ["elsewhere", "hello"])
@pytest.mark.parametrize("fallback", [failing, lambda _: "fine"], ids=["failing", "answering"])
def test_no_fallback_is_named_that_is_not_called(text, fallback):
    trail = ListTrail()
    guard = guard_of(FALLS_BACK, trail=trail, fallbacks={"second": fallback, "queue": fallback})
    call = guard.call({"call.text": "prompt"})(lambda prompt: failing())
    with suppress(LookupError):
        call(text)
    named, called = answered_by(trail, guard)
    assert named == called != set()


def test_a_refusal_inside_of_a_call_and_a_stream_that_has_begun_have_no_fallback_on_record():
    trail = ListTrail()
    guard = guard_of(FALLS_BACK, trail=trail, fallbacks={"second": failing, "queue": lambda _: "fine"})

    @guard.call({"call.text": "prompt"})
    def refusing(prompt):
        raise PolicyViolation("no", reason="deny", phase="request", clauses=(), decision=None, decision_id="")

    @guard.call({"call.text": "prompt"})
    def breaking(prompt):
        yield "begun"
        raise LookupError

    with pytest.raises(PolicyViolation):
        refusing("hello")
    with pytest.raises(LookupError):
        list(breaking("hello"))
    assert answered_by(trail, guard) == (set(), set())


def test_functions_of_one_name_in_two_modules_are_told_apart_and_both_covered():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    made = []
    for module in ("shop.refunds", "shop.wires", "shop.refunds"):
        space = {"__name__": module}
        exec("def pay(amount): return 'done'", space)
        made.append(guard.tool("ledger", {"call.text": "amount"})(space["pay"]))
    for pay in made:
        pay("1")
    guard.flush()
    called = [each["function"] for each in members(trail) if each["phase"] == "tool input"]
    assert called == ["pay", "shop.wires.pay", "pay"]
    assert set(guard.coverage.functions) == {"pay", "shop.wires.pay"}
