"""Nothing fails open: errors of every part refuse the call, and are recorded as such."""

import pytest

from policykit.errors import PolicyViolation, TrailError
from policykit.guard import Answer, Argument, GuardOptions, OnError, Stores
from policykit.guard.stores.memory_approvals import MemoryApprovals
from policykit.guard.stores.protocol import ApprovalRequest, StoreError
from tests.unit.guard.guards import MAIL, ListTrail, guard_of

RULES = (
    'rule PII-1 "x"\n on request, response\n when call.text contains any of pii.email\n then redact\n'
    'rule SPEND-1 "x"\n on request\n when count of calls over the last 1 hour > 100\n then deny\n'
)


def chat(guard, facts=None):
    @guard.call(facts or {"call.text": "prompt"})
    def function(prompt):
        return "fine"

    return function


class BrokenWindows:
    blocking = False

    def __getattr__(self, name):
        def fail(*args, **kwargs):
            raise StoreError("the disk is gone")

        return fail


def broken_stores():
    found = Stores.in_memory()
    return Stores(BrokenWindows(), found.approvals, found.stops)


def test_a_store_that_fails_refuses_the_call_on_record():
    trail = ListTrail()
    guard = guard_of(RULES, stores=broken_stores(), trail=trail)
    with pytest.raises(PolicyViolation) as caught:
        chat(guard)("x")
    assert caught.value.reason == "error:store"
    guard.flush()
    assert '"error":"error:store"' in trail.of_type("decision")[0]


def test_an_error_lets_the_call_go_on_only_where_the_options_say_so_and_the_record_says_it():
    trail = ListTrail()
    guard = guard_of(RULES, stores=broken_stores(), trail=trail, options=GuardOptions(on_error=OnError.ALLOW))
    assert chat(guard)("x") == "fine"
    guard.flush()
    assert '"error":"error:store"' in trail.of_type("decision")[0]


def test_after_the_trail_has_failed_no_call_is_made():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    function = chat(guard)
    function("x")
    guard.flush()
    trail.problem = TrailError("the disk is full")
    function("x")
    with pytest.raises(TrailError):
        guard.flush()
    with pytest.raises(PolicyViolation) as caught:
        function("x")
    assert caught.value.reason == "error:trail"


def test_a_durable_record_is_written_before_the_call():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail, options=GuardOptions(durable=True))

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        return str(len(trail.of_type("decision")))

    assert function("x") == "1"


def test_a_full_queue_makes_the_caller_write_and_loses_nothing():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail, options=GuardOptions(queue_records=3))
    function = chat(guard)
    for _ in range(50):
        function("x")
    guard.flush()
    assert len(trail.of_type("decision")) == 100


def test_the_kill_switch_refuses_every_call_while_its_file_is_there(tmp_path):
    switch = tmp_path / "stop-all"
    function = chat(guard_of(RULES, options=GuardOptions(kill_switch=str(switch))))
    assert function("x") == "fine"
    switch.touch()
    with pytest.raises(PolicyViolation) as caught:
        function("x")
    assert caught.value.reason == "kill-switch"
    switch.unlink()
    assert function("x") == "fine"


def test_a_kill_switch_that_cannot_be_looked_at_counts_as_thrown(tmp_path):
    (tmp_path / "file").touch()
    function = chat(guard_of(RULES, options=GuardOptions(kill_switch=str(tmp_path / "file" / "below"))))
    with pytest.raises(PolicyViolation):
        function("x")


@pytest.mark.parametrize("prompt", [b"ann@example.com", 7, ["ann@example.com"]])
def test_what_is_no_text_is_refused_where_a_rule_would_take_something_out_of_it(prompt):
    with pytest.raises(PolicyViolation):
        chat(guard_of(RULES))(prompt)


def test_a_reader_that_fails_leaves_the_fact_unknown_so_that_the_rules_act():
    rules = 'rule MODEL-1 "x"\n on request\n when call.model is not "good"\n then deny\n'
    function = chat(guard_of(rules), {"call.model": Argument("prompt", read=lambda value: value["model"])})
    assert function({"model": "good"}) == "fine"
    with pytest.raises(PolicyViolation):
        function({})


class BlindLens:
    def read(self, value):
        return None

    def write(self, value, texts):
        raise AssertionError("never written")


def test_a_text_that_its_lens_cannot_read_is_refused_where_a_rule_would_take_something_out_of_it():
    function = chat(guard_of(RULES), {"call.text": Argument("prompt", BlindLens())})
    with pytest.raises(PolicyViolation):
        function(MAIL)


def test_an_approval_that_another_call_used_up_grants_nothing():
    rules = 'rule ASK-1 "x"\n on request\n then ask duty, answer within 1 hour, otherwise deny\n'
    stores = Stores.in_memory()

    def approver(request):
        now = request.created_ns
        stores.approvals.answer(request.id, Answer("Ann", "duty", True), now)
        assert stores.approvals.use(request.id, request.digest, now)

    with pytest.raises(PolicyViolation):
        chat(guard_of(rules, stores=stores, approvers={"duty": approver}))("x")


def test_an_approval_taken_between_the_answer_and_the_call_grants_nothing():
    class Stolen(MemoryApprovals):
        def use(self, request_id, digest, now_ns):
            super().use(request_id, digest, now_ns)
            return super().use(request_id, digest, now_ns)

    rules = 'rule ASK-1 "x"\n on request\n then ask duty, answer within 1 hour, otherwise deny\n'
    memory = Stores.in_memory()
    stores = Stores(memory.windows, Stolen(), memory.stops)
    guard = guard_of(rules, stores=stores, approvers={"duty": lambda _: Answer("Ann", "duty", True)})
    with pytest.raises(PolicyViolation):
        chat(guard)("x")


@pytest.mark.parametrize("digest", ["moved", ""])
def test_an_approval_cannot_be_moved_to_another_call_nor_used_late(digest):
    store = MemoryApprovals()
    request = ApprovalRequest("a", "right", ("X-1",), ("duty",), "request", "f", "p", 0, 100)
    store.ask(request, 0)
    with pytest.raises(StoreError):
        store.answer("a", Answer("Bo", "nobody", True), 1)
    store.answer("a", Answer("Ann", "duty", True), 1)
    assert not store.use("a", digest, 2)
    assert not store.use("a", "right", 100)
    assert store.use("a", "right", 99)
    assert not store.use("a", "right", 99)


def test_a_refusal_inside_of_a_guarded_call_is_not_a_failure_of_the_model():
    rules = (
        'rule DOWN-1 "x"\n on failure\n then use queue\n'
        'rule TOOL-1 "x"\n on tool input\n when tool.name is "ledger"\n then deny\n'
    )
    guard = guard_of(rules)

    @guard.tool("ledger", {})
    def look_up():
        return "found"

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        return look_up()

    with pytest.raises(PolicyViolation) as caught:
        function("x")
    assert caught.value.phase == "tool input"


def test_records_hold_no_text_of_prompts_and_answers():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    chat(guard)(f"secret words {MAIL}")
    guard.flush()
    assert "secret words" not in str(trail.records)
    assert MAIL not in str(trail.records)
