"""Whatever a call brings, it is on record as what it was, and the calls after it are on record too."""

from __future__ import annotations

import asyncio
import functools
import gc
import hashlib
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.jcs import canonical_json
from policykit.errors import PolicyViolation, TrailError
from policykit.guard import Answer, Argument, GuardOptions, Result
from policykit.guard.recording.note import More, Note
from policykit.guard.recording.writer import RECORD_ERROR, RecordWriter
from policykit.trail.layout import MAX_RECORD_BYTES
from policykit.trail.record import Record, RecordType, check_writable, encode_record
from tests.unit.guard.guards import CARD, ListTrail, guard_of, policy_of

RULES = """
rule CARD-1 "No cards"
  on   tool input, tool output, request, response
  when call.text contains any of pii.card
  then redact
"""
ASKS = """
rule ASK-1 "A person decides"
  on   tool input
  when call.attempt < 99
  then ask duty, answer within 1 minute, otherwise deny
"""


class StrictTrail(ListTrail):
    """Takes what a trail can store, and fails where it would fail."""

    def append_all(self, records):
        for record in records:
            encode_record(record, len(self.records), "0" * 64, "2026-01-01T00:00:00.000000Z", 1, "boot")
        return super().append_all(records)


def members(trail, kind="decision"):
    return [json.loads(f"{{{each}}}") for each in trail.of_type(kind)]


def plain(arguments):
    return f"sha256:{hashlib.sha256(canonical_json(arguments)).hexdigest()}"


# --- what a method's own object is ------------------------------------------------------------------------------------


def test_a_parameter_that_is_called_as_a_methods_own_object_is_an_argument_like_any_other():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    @guard.tool("ledger", {"call.text": "text"})
    def filed(text, cls="letter", *, self=0):
        return "done"

    @guard.tool("ledger", {"call.text": "text"})
    def first(cls, text):
        return "done"

    filed("a")
    filed("a", "bill")
    filed("a", cls="bill")
    filed("a", self=1)
    first("bill", "a")
    first(text="a", cls="letter")
    guard.flush()
    assert [each["arguments"] for each in members(trail) if each["phase"] == "tool input"] == [
        plain(arguments)
        for arguments in (
            {"text": "a", "cls": "letter", "self": 0},
            {"text": "a", "cls": "bill", "self": 0},
            {"text": "a", "cls": "bill", "self": 0},
            {"text": "a", "cls": "letter", "self": 1},
            {"cls": "bill", "text": "a"},
            {"cls": "letter", "text": "a"},
        )
    ]


def test_a_methods_own_object_is_not_an_argument_and_its_other_parameters_are():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    class Office:
        @guard.tool("ledger", {"call.text": "text"})
        def filed(self, text, cls="letter"):
            return "done"

        @classmethod
        @guard.tool("ledger", {"call.text": "text"})
        def opened(cls, text, *rest, **more):
            return "done"

        def bound(self, cls):
            return "done"

    Office().filed("a", cls="bill")
    Office.opened("a", 1, self=2)
    guard.tool("ledger", {"call.text": "cls"})(Office().bound)("a")
    guard.flush()
    assert [each["arguments"] for each in members(trail) if each["phase"] == "tool input"] == [
        plain({"text": "a", "cls": "bill"}),
        plain({"text": "a", "rest": [1], "more": {"self": 2}}),
        plain({"cls": "a"}),
    ]


# --- nothing that a call brings stops the record ----------------------------------------------------------------------


class OddText(str):
    __slots__ = ()

    def isprintable(self):
        raise RuntimeError

    def __len__(self):
        raise RuntimeError


class OddNumber(int):
    def __int__(self):
        raise RuntimeError


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    | st.just(5_000).map(lambda digits: 10**digits)
    | st.sampled_from([-1, OddNumber(3), OddText("x"), "x" * 100_000, "\ud800", b"x", ["x"], {"x": 1}])
)  # fmt: skip
FACTS = ("principal.id", "principal.kind", "call.environment", "call.model", "call.provider", "call.input_tokens",
         "call.output_tokens", "call.response_model", "call.error_type", "tool.name")  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(FACTS), ANYTHING, max_size=4),
    st.sampled_from(["request", "response", "failure", "tool input", "tool output"]),
    st.text(st.characters(), min_size=1) | st.integers() | st.just(OddText("x")),
)
def test_no_fact_and_no_name_stops_the_record(facts, phase, name):
    trail = StrictTrail()
    guard = guard_of(RULES, trail=trail)
    guard.check({"call.text": "hello", **facts}, phase=phase, name=name)
    guard.check({"call.text": "hello"})
    guard.flush()
    first, second = members(trail)
    assert (first["phase"], second["phase"]) == (phase, "request")
    assert first["function"]


def test_numbers_of_tokens_that_cannot_be_are_left_out_and_none_is_made_up():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    for used in ({"call.input_tokens": 7}, {"call.output_tokens": 0}, {"call.input_tokens": -1}, {}):
        guard.check({"call.text": "hello", **used}, phase="response")
    guard.flush()
    assert [each.get("tokens") for each in members(trail)] == [{"input": 7}, {"output": 0}, None, None]


@pytest.mark.parametrize(
    ("effects", "at_ns"), [(("x" * MAX_RECORD_BYTES,), 5), (("\ud800",), 5), ((object(),), 5)], ids=str
)
def test_a_note_that_cannot_be_recorded_leaves_what_is_always_known(effects, at_ns):
    class Function:
        reference = None

    trail = StrictTrail()
    writer = RecordWriter(policy_of(RULES), trail, None, frozenset())
    note = Note(
        "a-1.o", "tool output", None, "none", effects, "", None, None, None, None, "", "", None, False, None,
        Function, at_ns, None, "raised", "ValueError", More(),
    )  # fmt: skip
    writer.write([note, note._replace(effects=(), decision_id="a-2.o")])
    first, second = members(trail)
    assert (first["decision_id"], first["ended"], first["error"]) == ("a-1.o", "raised", RECORD_ERROR)
    assert first["at"] == "1970-01-01T00:00:00.000000Z"
    assert (second["decision_id"], second.get("error"), second["error_type"]) == ("a-2.o", None, "ValueError")


@pytest.mark.parametrize(
    "answer",
    [Answer("ann", "duty", granted=True, reason="x" * 70_000), Answer("a" * 201, "duty", granted=True),
     Answer("ann", "duty", granted=True, reason="\ud800"), Answer("ann", "duty", granted=True, reason=5)],
    ids=["a long reason", "a long name", "no text", "a number"],
)  # fmt: skip
def test_an_answer_that_cannot_go_on_record_is_none_and_calls_go_on(answer):
    trail = StrictTrail()
    answers = [answer, Answer("ann", "duty", granted=True)]
    guard = guard_of(ASKS, trail=trail, approvers={"duty": lambda _: answers.pop(0)})

    @guard.tool("ledger", {})
    def look_up(number):
        return "done"

    with pytest.raises(PolicyViolation):
        look_up(1)
    assert look_up(2) == "done"
    guard.flush()
    first, *others = members(trail)
    assert first["refused"] is True
    assert [each.get("ended") for each in others] == [None, "returned"]


def test_a_record_that_cannot_be_stored_is_the_fault_of_whoever_hands_it_in():
    trail = StrictTrail()
    guard = guard_of(RULES, trail=trail)
    for text in ("x" * MAX_RECORD_BYTES, "é" * (MAX_RECORD_BYTES // 2), "\ud800"):
        with pytest.raises(TrailError):
            guard.core.put_record(Record(RecordType.WAIVER, f'"reason":"{text}"'))
    guard.core.put_record(Record(RecordType.WAIVER, '"reason":"é"'))
    guard.flush()
    assert members(trail, "waiver") == [{"reason": "é"}]


@given(st.integers(MAX_RECORD_BYTES - 1_500, MAX_RECORD_BYTES), st.sampled_from(["x", "é"]))
def test_a_record_that_may_be_stored_can_be_stored_as_the_last_one_there_is(size, char):
    record = Record(RecordType.APPROVAL_REQUESTED, f'"reason":"{char * (size // len(char.encode()))}"')
    try:
        check_writable(record)
    except TrailError:
        assert len(record.members.encode()) > MAX_RECORD_BYTES - 500
    else:
        encode_record(record, 10**19 - 1, "f" * 64, "2026-01-01T00:00:00.000000Z", 2**63, "f" * 36)


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
    (asked,) = members(trail, "approval_requested")
    lapsed = members(trail, "approval_lapsed")
    assert len({each["decision_id"] for each in lapsed}) == len(lapsed) == callers
    assert {(each["request"], each["reason"]) for each in lapsed} == {(asked["request"], "the caller left")}
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


# --- words that are equal and not the same ----------------------------------------------------------------------------


def test_parameters_are_recorded_as_they_were_though_yes_equals_one():
    trail = ListTrail()
    writer = RecordWriter(policy_of(RULES), trail, None, frozenset())

    class Function:
        reference = None

    note = Note(
        "a-1.q", "request", None, "allow", (), "", None, "acme", "m-1", None, "", "", None, False, None, Function, 0,
        None, "", "", None,
    )  # fmt: skip
    values = [1, True, 0, False, 1.0, 0.5]
    writer.write([note._replace(more=More(parameters=(("temperature", value),))) for value in values])
    assert [each["parameters"]["temperature"] for each in members(trail)] == values
    assert [type(each["parameters"]["temperature"]) for each in members(trail)][:4] == [int, bool, int, bool]


def test_what_each_clause_said_is_one_of_five_words():
    rules = """
rule YES-1 "x"
  on   request
  when call.text is "hello"
  then warn
rule NO-1 "x"
  on   request
  when call.text is "bye"
  then warn
rule LATER-1 "x"
  on   response
  when call.text is "bye"
  then warn
rule ODD-1 "x"
  on   request
  when call.temperature > 1
  then warn
"""
    trail = ListTrail()
    guard = guard_of(rules, trail=trail, options=GuardOptions(clause_modes={"NO-1": "shadow"}))
    guard.check({"call.text": "hello", "call.temperature": None})
    guard.flush()
    writer = RecordWriter(policy_of(rules), trail, None, frozenset({"NO-1"}))
    (first,) = members(trail)
    assert first["clauses"] == {
        "YES-1": "true", "NO-1": "not true, shadow", "LATER-1": "not in this phase", "ODD-1": "unknown",
    }  # fmt: skip

    class Function:
        reference = None

    writer.write([Note(
        "a-1.q", "request", None, "deny", (), "kill-switch", None, None, None, None, "", "", None, True, None, Function,
        0, None, "", "", None,
    )])  # fmt: skip
    assert set(members(trail)[-1]["clauses"].values()) == {"not evaluated"}
