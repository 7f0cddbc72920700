"""Whatever a call brings, it is on record as what it was, and the calls after it are on record too."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policykit._version import __version__
from policykit.encoding.jcs import canonical_json
from policykit.errors import PolicyViolation, TrailError
from policykit.guard import Answer, GuardOptions
from policykit.guard.recording.note import More, Note
from policykit.guard.recording.writer import RECORD_ERROR, RecordWriter
from policykit.trail.format.layout import MAX_RECORD_BYTES
from policykit.trail.format.record import Record, RecordType, check_writable, encode_record
from tests.unit.guard.guards import ListTrail, guard_of, policy_of

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
@example({"tool.name": OddText("x")}, "request", "x")
@example({"tool.name": OddText("x")}, "tool output", "x")
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
    ("effects", "at_ns"),
    [(("x" * MAX_RECORD_BYTES,), 5), (("\ud800",), 5), ((object(),), 5)],
    ids=["too long", "half a character", "not a text"],
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
    assert first["sdk"] == second["sdk"] == f"policykit/{__version__}"
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
