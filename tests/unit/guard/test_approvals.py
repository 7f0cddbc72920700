"""People decide: an approval serves the call that it was given for, once, in time, and never the one who asked."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from policykit.errors import PolicyViolation
from policykit.guard import Answer, GuardOptions, Stores
from policykit.guard.stores.protocol import ApprovalRequest, ApprovalState, StoreError
from policykit.guard.stores.sqlite_approvals import SqliteApprovals
from policykit.guard.stores.sqlite_database import Database
from tests.unit.guard.guards import ListTrail, SetClock, guard_of

ASK = 'rule ASK-1 "x"\n on {phase}\n then ask duty, answer within {within}, otherwise {otherwise}\n'
SECRET = b"a secret that two processes share"
FAST = GuardOptions(approval_poll_s=0.01)


def rules(phase="request", within="1 hour", otherwise="deny"):
    return ASK.format(phase=phase, within=within, otherwise=otherwise)


def chat(guard):
    @guard.call({"call.text": "prompt", "invoice.id": "invoice"})
    def function(prompt, invoice="77"):
        return f"you said: {prompt}"

    return function


def answering(stores, granted=True, person="Ann"):
    """Return an approver that answers through the store, as a person at the desk does, and remembers the requests."""
    seen = []

    def approver(request):
        seen.append(request)
        stores.approvals.answer(request.id, Answer(person, "duty", granted, "looked"), request.created_ns)

    return approver, seen


def types(trail):
    return [record.type.value for record in trail.records if record.type.value.startswith("approval")]


def members(trail, kind):
    return [json.loads(f"{{{text}}}") for text in trail.of_type(kind)]


# --- every step on the trail ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["callback", "store"])
@pytest.mark.parametrize("granted", [True, False])
def test_a_request_its_answer_and_its_use_are_records_in_this_order(granted, how):
    trail, stores = ListTrail(), Stores.in_memory()
    approver, _ = answering(stores, granted)
    if how == "callback":
        approver = lambda _: Answer("Ann", "duty", granted, "looked")  # noqa: E731 - one of two
    guard = guard_of(rules(), trail=trail, stores=stores, approvers={"duty": approver}, context_facts=["principal.id"])
    function = chat(guard)
    with guard.context(principal="u-17"):
        if granted:
            function("stop")
        else:
            with pytest.raises(PolicyViolation):
                function("stop")
    guard.flush()
    assert types(trail) == ["approval_requested", "approval", *(["approval_used"] if granted else [])]
    (asked,), (answer,) = members(trail, "approval_requested"), members(trail, "approval")
    assert (asked["clauses"], asked["roles"], asked["principal"]) == ({"ASK-1": "asks"}, ["duty"], "u-17")
    assert asked["digest"].startswith("hmac-sha256:")
    assert asked["expires"].endswith("Z")
    assert asked["policy"]["digest"] == guard.policy.digest
    assert (answer["approver"], answer["role"], answer["granted"], answer["reason"]) == (
        "Ann",
        "duty",
        granted,
        "looked",
    )
    ids = {record["request"] for kind in set(types(trail)) for record in members(trail, kind)}
    decisions = {record["decision_id"] for kind in set(types(trail)) for record in members(trail, kind)}
    assert ids == {asked["request"]}
    assert decisions == {members(trail, "decision")[0]["decision_id"]}
    assert "stop" not in json.dumps([members(trail, kind) for kind in set(types(trail))])


def test_a_request_that_nobody_answers_lapses_on_the_trail():
    trail, clock = ListTrail(), SetClock()
    guard = guard_of(rules(), trail=trail, clock=clock, approvers={"duty": lambda _: clock.move(3_601)})
    with pytest.raises(PolicyViolation, match="in time"):
        chat(guard)("x")
    guard.flush()
    assert types(trail) == ["approval_requested", "approval_lapsed"]
    assert members(trail, "approval_lapsed")[0]["reason"] == "expired"


def test_what_cannot_be_recorded_lets_no_call_through():
    trail = ListTrail()
    trail.problem = OSError("no space left")
    guard = guard_of(
        rules(),
        trail=trail,
        approvers={"duty": lambda _: Answer("Ann", "duty", True)},
        options=GuardOptions(durable=True),
    )
    with pytest.raises(PolicyViolation) as caught:
        chat(guard)("x")
    assert caught.value.reason.startswith("error:")


# --- what a person sees -----------------------------------------------------------------------------------------------


def test_a_person_sees_identifiers_and_figures_and_of_texts_their_length_only():
    stores = Stores.in_memory()
    approver, seen = answering(stores)
    searching = 'rule FIND-1 "x"\n on request\n when call.purpose contains any of "secret"\n then warn\n'
    guard = guard_of(
        rules() + searching, stores=stores, approvers={"duty": approver}, context_facts=["call.team", "call.purpose"]
    )
    with guard.context(team="north", purpose="secret plans"):
        chat(guard)("the prompt", invoice="INV-77")
    facts = seen[0].facts
    assert (facts["call.team"], facts["invoice.id"]) == ("north", "INV-77")
    assert facts["call.text"] == "(10 characters, not shown)"
    assert facts["call.purpose"] == "(12 characters, not shown)", "a rule searches it, so it is a text"


@pytest.mark.parametrize("invoice", ["x" * 81, "two\nlines", "\x1b[31mred"])
def test_a_value_that_is_long_or_no_plain_line_is_not_shown(invoice):
    stores = Stores.in_memory()
    approver, seen = answering(stores)
    chat(guard_of(rules(), stores=stores, approvers={"duty": approver}))("p", invoice=invoice)
    assert seen[0].facts["invoice.id"] == f"({len(invoice)} characters, not shown)"


def test_asked_about_an_answer_a_person_sees_no_text_of_the_prompt_either():
    stores = Stores.in_memory()
    approver, seen = answering(stores)
    guard = guard_of(rules(phase="response"), stores=stores, approvers={"duty": approver})

    @guard.call({"call.prompt": "prompt"})
    def function(prompt):
        return "the answer"

    function("the question")
    assert "question" not in str(seen[0].facts)
    assert "the answer" not in str(seen[0].facts)


# --- no replay, no move -----------------------------------------------------------------------------------------------


def outcome(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except PolicyViolation as violation:
        return violation.reason


def test_an_approval_is_for_this_prompt_fact_principal_function_phase_and_policy_alone():
    """One is granted for the first call and not used; no other call finds it, and the first one does."""
    stores = Stores.in_memory()
    first = guard_of(rules(), stores=stores, secret=SECRET, context_facts=["principal.id"], options=FAST)
    digests = []

    def ask(guard, prompt="p", invoice="77", principal="u-17", name="answer"):
        @guard.call({"call.text": "prompt", "invoice.id": "invoice"}, name=name)
        def function(prompt, invoice):
            return "made"

        def look(request):
            digests.append(request.digest)
            return Answer("Ann", "duty", False)

        guard.core.approvers = {"duty": look}
        with guard.context(principal=principal):
            return outcome(function, prompt, invoice)

    other_rules = guard_of(
        rules(within="2 hours"), stores=stores, secret=SECRET, context_facts=["principal.id"], options=FAST
    )
    other_secret = guard_of(rules(), stores=stores, secret=b"y" * 32, context_facts=["principal.id"], options=FAST)
    tried = [
        ask(first), ask(first, prompt="q"), ask(first, prompt="p "), ask(first, invoice="78"), ask(first, principal="u-18"),
        ask(first, name="other"), ask(other_rules), ask(other_secret),
    ]  # fmt: skip
    assert tried == ["ask"] * 8
    assert len(set(digests)) == 8
    again = ask(first)
    assert (again, digests[-1]) == ("ask", digests[0]), "the same call has the same digest"


def test_the_same_digest_after_use_needs_another_approval():
    stores = Stores.in_memory()
    approver, seen = answering(stores)
    function = chat(guard_of(rules(), stores=stores, approvers={"duty": approver}))
    assert function("x") == function("x") == "you said: x"
    assert len(seen) == 2
    assert len({request.id for request in seen}) == 2
    assert len({request.digest for request in seen}) == 1


def test_a_person_s_no_refuses_whatever_is_said_for_the_case_that_nobody_answers():
    for otherwise in ("allow", "use queue", "deny"):
        guard = guard_of(rules(otherwise=otherwise), approvers={"duty": lambda _: Answer("Ann", "duty", False)})
        with pytest.raises(PolicyViolation, match="duty denied it"):
            chat(guard)("x")


def test_an_approval_that_another_call_took_is_no_permission_even_where_silence_would_be():
    stores = Stores.in_memory()

    def approver(request):
        stores.approvals.answer(request.id, Answer("Ann", "duty", True), request.created_ns)
        assert stores.approvals.use(request.id, request.digest, request.created_ns)

    with pytest.raises(PolicyViolation):
        chat(guard_of(rules(otherwise="allow"), stores=stores, approvers={"duty": approver}))("x")


@pytest.mark.parametrize(
    "person",
    ["u-17", "U-17", " u-17 ", "u\u201117", "\uff55-17", "u-\u200b17", "u-\uff11\uff17", "u\u2013\u0661\u0667"],
)
def test_the_one_for_whom_the_call_is_made_may_not_answer_in_any_spelling(person):
    clock, stores = SetClock(), Stores.in_memory()
    refused = []

    def approver(request):
        try:
            stores.approvals.answer(request.id, Answer(person, "duty", True), clock.ns)
        except StoreError as error:
            refused.append(str(error))
        clock.move(3_601)

    guard = guard_of(rules(), stores=stores, clock=clock, approvers={"duty": approver}, context_facts=["principal.id"])
    with guard.context(principal="u-17"), pytest.raises(PolicyViolation):
        chat(guard)("x")
    assert len(refused) == 1
    assert "asked for the call" in refused[0]


@pytest.mark.parametrize(
    ("maker", "person"),
    [("Jos\u00e9 Lund", "Jose\u0301  LUND"), ("Stra\u00dfe", "STRASSE"), ("ann", "\u0430nn"), ("Ann\tLee", "ann lee")],
)
def test_a_name_that_is_composed_cased_spaced_or_disguised_otherwise_is_the_same_person(maker, person):
    request = ApprovalRequest("a", "d", ("X-1",), ("duty",), "request", "f", "p", 0, 1, maker=maker)
    assert request.is_made_by(person)
    assert not request.is_made_by("Somebody Else")


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_of_fifty_threads_that_make_the_same_call_one_approval_serves_exactly_one(kind, tmp_path):
    stores = Stores.in_memory() if kind == "memory" else Stores.sqlite(tmp_path / "guard.db", timeout_s=3_600)
    trail = ListTrail()
    guard = guard_of(rules(), stores=stores, trail=trail, options=FAST)
    function = chat(guard)
    found = []
    threads = [threading.Thread(target=lambda: found.append(outcome(function, "x"))) for _ in range(50)]
    for thread in threads:
        thread.start()
    while not (asked := stores.approvals.pending(time.time_ns())):
        time.sleep(0.01)
    time.sleep(0.5)  # most of them wait by now; those that come later ask, too late, or for an approval of their own
    stores.approvals.answer(asked[0].id, Answer("Ann", "duty", True), time.time_ns())
    while (late := stores.approvals.pending(time.time_ns())) or any(thread.is_alive() for thread in threads):
        for request in late:
            stores.approvals.answer(request.id, Answer("Ann", "duty", False), time.time_ns())
        time.sleep(0.01)
    guard.flush()
    assert sorted(found) == ["ask"] * 49 + ["you said: x"]
    assert len(members(trail, "approval_used")) == 1


def test_an_approval_that_expires_while_the_call_waits_does_not_serve_it():
    clock, stores = SetClock(), Stores.in_memory()
    late = []

    def approver(request):
        clock.move(3_600)
        try:
            stores.approvals.answer(request.id, Answer("Ann", "duty", True), clock.ns)
        except StoreError as error:
            late.append(str(error))

    with pytest.raises(PolicyViolation):
        chat(guard_of(rules(), stores=stores, clock=clock, approvers={"duty": approver}))("x")
    assert "expired" in late[0]


def test_an_answer_that_was_given_in_time_and_is_seen_too_late_does_not_serve_the_call():
    clock, stores = SetClock(), Stores.in_memory()

    def approver(request):
        stores.approvals.answer(request.id, Answer("Ann", "duty", True), clock.ns)
        clock.move(3_600)

    with pytest.raises(PolicyViolation):
        chat(guard_of(rules(), stores=stores, clock=clock, approvers={"duty": approver}))("x")


# --- another process --------------------------------------------------------------------------------------------------

CALL = Path(__file__).with_name("call_process.py")


def call_process(store, *arguments):
    return subprocess.Popen(
        [sys.executable, str(CALL), str(store), *arguments],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip


def wait_for_request(approvals):
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if found := approvals.pending(time.time_ns()):
            return found[0]
        time.sleep(0.02)
    raise AssertionError("nobody asked")


def test_an_approval_survives_the_process_that_asked_and_serves_one_call_of_the_next(tmp_path):
    store = tmp_path / "guard.db"
    approvals = SqliteApprovals(Database(store))
    first = call_process(store, "p")
    request = wait_for_request(approvals)
    first.kill()
    first.communicate()
    approvals.answer(request.id, Answer("Ann", "duty", True, "fine"), time.time_ns())
    moved = call_process(store, "another prompt", "2 seconds")
    assert moved.communicate()[0].strip() == "ask", "it serves no other call"
    second = call_process(store, "p")
    assert second.communicate()[0].strip() == "made"
    third = call_process(store, "p")
    asked_again = wait_for_request(approvals)
    assert asked_again.id != request.id
    assert asked_again.digest == request.digest
    approvals.answer(asked_again.id, Answer("Ann", "duty", False), time.time_ns())
    assert third.communicate()[0].strip() == "ask"
    assert [each.state for each in approvals.kept(time.time_ns()) if each.request.id == request.id] == [
        ApprovalState.USED
    ]


# --- a store that hangs -----------------------------------------------------------------------------------------------


@contextmanager
def held(path):
    """Hold the store's write lock, as another process does."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


HANGS = [("deny", "ask"), ("use queue", "from the queue"), ("allow", "error:store")]


@pytest.mark.parametrize(("otherwise", "expected"), HANGS)
def test_a_store_that_hangs_keeps_no_call_beyond_its_time(tmp_path, otherwise, expected):
    """The store waits an hour for its lock and the call a second: that the test ends shows which of them holds."""
    stores = Stores.sqlite(tmp_path / "guard.db", timeout_s=3_600)
    guard = guard_of(rules(within="1 second", otherwise=otherwise), stores=stores, options=FAST)
    with held(tmp_path / "guard.db"):
        assert outcome(chat(guard), "x") == expected


@pytest.mark.parametrize(("otherwise", "expected"), HANGS)
def test_a_store_that_hangs_holds_no_event_loop_up(tmp_path, otherwise, expected):
    stores = Stores.sqlite(tmp_path / "guard.db", timeout_s=3)
    guard = guard_of(rules(within="1 second", otherwise=otherwise), stores=stores, options=FAST)

    @guard.call({"call.text": "prompt"})
    async def function(prompt):
        return "made"

    async def main():
        turns = 0
        call = asyncio.ensure_future(asyncio.wait_for(function("x"), 60))
        while not call.done():
            await asyncio.sleep(0.01)
            turns += 1
        try:
            return turns, call.result()
        except PolicyViolation as violation:
            return turns, violation.reason

    with held(tmp_path / "guard.db"):
        turns, found = asyncio.run(main())
    assert found == expected
    assert turns > 10, "other tasks had their turns while the call waited"


def test_a_store_that_is_busy_for_a_while_is_asked_again():
    class Busy(type(Stores.in_memory().approvals)):
        failures = 3

        def get(self, request_id, now_ns):
            if self.failures:
                self.failures -= 1
                raise StoreError("busy")
            return super().get(request_id, now_ns)

    memory = Stores.in_memory()
    stores = Stores(memory.windows, Busy(), memory.stops)
    guard = guard_of(rules(), stores=stores, options=FAST, approvers={"duty": lambda _: Answer("Ann", "duty", True)})
    assert chat(guard)("x") == "you said: x"
    assert stores.approvals.failures == 0


# --- an approver that hangs -------------------------------------------------------------------------------------------


def test_an_approver_that_does_not_return_keeps_no_call_beyond_its_time():
    released = threading.Event()
    guard = guard_of(rules(within="1 second"), options=FAST, approvers={"duty": lambda _: released.wait(3_600)})
    try:
        assert outcome(chat(guard), "x") == "ask"
    finally:
        released.set()


@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_an_approver_that_waits_holds_no_event_loop_up_and_keeps_no_call_beyond_its_time(kind):
    released = threading.Event()

    async def waits(_):
        await asyncio.sleep(3_600)

    approver = waits if kind == "coroutine" else lambda _: released.wait(3_600)
    guard = guard_of(rules(within="1 second"), options=FAST, approvers={"duty": approver})

    @guard.call({"call.text": "prompt"})
    async def function(prompt):
        return "made"

    async def main():
        call, turns = asyncio.ensure_future(function("x")), 0
        while not call.done():
            await asyncio.sleep(0.01)
            turns += 1
        released.set()
        with pytest.raises(PolicyViolation, match="in time"):
            call.result()
        return turns

    assert asyncio.run(main()) > 10, "other tasks had their turns while the call waited"


def test_an_approver_that_fails_refuses_the_call():
    def approver(_):
        raise TimeoutError("the pager does not answer")

    guard = guard_of(rules(otherwise="allow"), approvers={"duty": approver})
    assert outcome(chat(guard), "x") == "error:guard"
