"""Guarded generators: nothing leaves before it was checked, and they end as they would without the guard."""

import asyncio
import inspect

import pytest

from policykit.errors import PolicyViolation
from policykit.guard import GuardOptions
from tests.unit.guard.guards import CARD, MAIL, ListTrail, guard_of

REDACT = 'rule PII-1 "x"\n on response\n when call.text contains any of pii.email, pii.card\n then redact\n'
DENY = 'rule WORD-1 "x"\n on response\n when call.text contains any of "forbidden"\n then deny\n'
WHOLE = 'rule END-1 "x"\n on response\n when call.text starts with "Bad"\n then deny\n'


def stream_of(guard, pieces, **options):
    @guard.call({"call.text": "prompt"}, **options)
    def function(prompt):
        yield from pieces

    return function


def async_stream_of(guard, pieces, **options):
    @guard.call({"call.text": "prompt"}, **options)
    async def function(prompt):
        for piece in pieces:
            await asyncio.sleep(0)
            yield piece

    return function


def collect(stream, got):
    for piece in stream:
        got.append(piece)


async def collected(stream):
    return [piece async for piece in stream]


def test_the_kinds_stay():
    guard = guard_of(REDACT)
    assert inspect.isgeneratorfunction(stream_of(guard, []))
    assert inspect.isasyncgenfunction(async_stream_of(guard, []))


def test_a_stream_without_response_rules_passes_piece_by_piece():
    guard = guard_of('rule WORD-1 "x"\n on request\n when call.text contains any of "no"\n then deny\n')
    assert list(stream_of(guard, ["a", "b", {"n": 1}, "c"])("x")) == ["a", "b", {"n": 1}, "c"]
    assert asyncio.run(collected(async_stream_of(guard, ["a", "b"])("x"))) == ["a", "b"]


def test_text_leaves_while_the_stream_goes_on():
    guard = guard_of(DENY)
    pulled = []

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        for number in range(100):
            pulled.append(number)
            yield "ten chars "

    stream = function("x")
    assert next(stream)
    assert len(pulled) <= 3


def test_nothing_behind_a_forbidden_word_leaves_nor_any_letter_of_it():
    text = "All is well. " * 10 + "forbidden things follow"
    got = []
    stream = stream_of(guard_of(DENY), list(text))("x")
    with pytest.raises(PolicyViolation):
        collect(stream, got)
    assert "f" not in "".join(got).replace("All is well. ", "")


def test_a_rule_about_the_whole_answer_holds_it_until_the_end():
    guard = guard_of(WHOLE)
    assert list(stream_of(guard, ["Go", "od ", "news"])("x")) == ["Good news"]
    with pytest.raises(PolicyViolation):
        next(stream_of(guard, ["B", "ad ", "news"])("x"))


def test_closing_early_closes_the_source_and_counts_the_call():
    trail = ListTrail()
    closed = []
    guard = guard_of(DENY + 'rule COUNT-1 "x"\n on request\n when count of calls today > 1\n then deny\n', trail=trail)

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        try:
            while True:
                yield "some text " * 10
        finally:
            closed.append(prompt)

    stream = function("x")
    next(stream)
    stream.close()
    assert closed == ["x"]
    with pytest.raises(PolicyViolation):
        next(function("y"))


def test_an_error_in_the_middle_is_the_callers_after_what_was_checked():
    guard = guard_of(DENY)

    def pieces():
        yield "some text " * 10
        raise OSError("connection lost")

    got = []
    stream = stream_of(guard, pieces())("x")
    with pytest.raises(OSError, match="connection lost"):
        collect(stream, got)
    assert got


def test_a_stream_that_fails_before_its_first_text_left_falls_back():
    def pieces():
        raise OSError("down")
        yield "never"

    guard = guard_of('rule DOWN-1 "x"\n on failure\n then use queue\n')
    assert list(stream_of(guard, pieces())("x")) == ["from the queue"]


def test_a_refused_stream_gives_what_is_declared():
    guard = guard_of('rule WORD-1 "x"\n on request\n when call.text contains any of "no"\n then deny\n')
    assert list(stream_of(guard, ["a"], on_deny=lambda _: "refused")("no")) == ["refused"]


def test_an_exception_thrown_into_the_stream_ends_it_and_its_source():
    closed = []

    def pieces():
        try:
            while True:
                yield "some text " * 10
        finally:
            closed.append(True)

    source = pieces()
    guard = guard_of(DENY)

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        yield from source

    stream = function("x")
    next(stream)
    with pytest.raises(KeyError):
        stream.throw(KeyError("x"))
    assert closed == [True]


def test_cancelling_a_task_closes_an_asynchronous_source():
    closed = []
    guard = guard_of(DENY)

    @guard.call({"call.text": "prompt"})
    async def function(prompt):
        try:
            while True:
                await asyncio.sleep(0)
                yield "some text " * 10
        finally:
            closed.append(True)

    async def cancelled():
        async def consume():
            async for _ in function("x"):
                await asyncio.sleep(10)

        task = asyncio.create_task(consume())
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_asyncgens()

    asyncio.run(cancelled())
    assert closed == [True]


def test_a_stream_that_needs_more_than_may_be_held_is_refused():
    guard = guard_of(WHOLE, options=GuardOptions(max_held_chars=100))
    with pytest.raises(PolicyViolation) as caught:
        list(stream_of(guard, ["x" * 60, "y" * 60])("x"))
    assert caught.value.reason == "error:stream"


def test_pieces_that_are_no_text_are_refused_where_a_rule_reads_the_text():
    with pytest.raises(PolicyViolation):
        list(stream_of(guard_of(DENY), [b"forbidden"])("x"))


def test_what_has_left_and_is_not_the_checked_answer_ends_the_stream():
    from policykit.guard.call.open_call import OpenCall
    from policykit.guard.call.stream import TextStream
    from policykit.guard.flow.drivers import run
    from policykit.guard.setup.plan import CallPlan, Supplied

    guard = guard_of(DENY)
    plan = CallPlan(guard.core, "stream", Supplied((), (), ["call.text"], ["call.text"]), is_stream=True)
    stream = TextStream(OpenCall(plan))
    run(stream.push("some text " * 10))
    stream._released.insert(0, "something else")
    with pytest.raises(PolicyViolation) as caught:
        run(stream.finish())
    assert caught.value.reason == "error:stream"


def test_pseudonyms_are_put_back_whatever_piece_they_are_cut_in():
    rules = 'rule PII-1 "x"\n on request\n when call.text contains any of pii.email\n then pseudonymise\n'
    guard = guard_of(rules)

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        assert MAIL not in prompt
        yield from f"you said [{prompt}], didn't you"

    assert "".join(function(f"to {MAIL}")) == f"you said [to {MAIL}], didn't you"


def test_a_streamed_answer_is_recorded_once_it_has_ended():
    trail = ListTrail()
    guard = guard_of(REDACT, trail=trail)
    list(stream_of(guard, ["to ", MAIL, " and ", CARD])("x"))
    guard.flush()
    records = [members for members in trail.of_type("decision") if '"phase":"response"' in members]
    assert len(records) == 1
    assert '"PII-1":"true"' in records[0]
    assert '"effects":["redact"]' in records[0]


def closings(trail, guard):
    guard.flush()
    return [members for members in trail.of_type("decision") if '"outcome":"none"' in members]


def test_a_stream_that_is_closed_early_is_on_record_with_what_was_done_to_it():
    trail = ListTrail()
    guard = guard_of(REDACT, trail=trail)
    stream = stream_of(guard, [f"to {MAIL} and on. ", *["some text " * 40] * 3])("x")
    left = next(stream)
    stream.close()
    (record,) = closings(trail, guard)
    assert f'"effects":["redact","closed early after {len(left)} characters"]' in record
    assert '"PII-1":"not evaluated"' in record
    assert '"phase":"response"' in record


def test_a_stream_that_ends_is_refused_or_fails_was_not_closed_early():
    trail = ListTrail()
    guard = guard_of(DENY, trail=trail)

    def failing():
        yield "some text " * 10
        raise OSError("connection lost")

    list(stream_of(guard, ["a", "b"])("x"))
    for pieces in (["forbidden"], failing(), [b"no text"]):
        with pytest.raises((PolicyViolation, OSError)):
            list(stream_of(guard, pieces)("x"))
    never_begun = stream_of(guard, ["a"])("x")
    never_begun.close()
    assert closings(trail, guard) == []


def test_a_cancelled_task_leaves_a_record_of_its_stream_and_of_its_call():
    trail = ListTrail()
    guard = guard_of(DENY, trail=trail)

    @guard.call({"call.text": "prompt"})
    async def endless(prompt):
        await asyncio.sleep(60)

    @guard.call({"call.text": "prompt"})
    async def stream(prompt):
        yield "some text " * 10
        await asyncio.sleep(60)

    async def consume():
        async for _ in stream("x"):
            pass

    async def cancelled():
        for task in (asyncio.create_task(consume()), asyncio.create_task(endless("x"))):
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())
    first, second = closings(trail, guard)
    assert '"closed early after 9' in first
    assert '"closed early after 0 characters"' in second


def test_the_source_is_pulled_only_when_the_caller_asks():
    pulled = []
    guard = guard_of(DENY)

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        for number in range(20):
            pulled.append(number)
            yield f"piece {number}, "

    stream = function("x")
    assert pulled == []
    for seen, _ in enumerate(stream, 1):
        assert len(pulled) <= seen + 2  # the window is one word wide


def test_a_check_of_a_request_is_no_stream_that_was_left():
    trail = ListTrail()
    guard = guard_of('rule WORD-1 "x"\n on request\n when call.text contains any of "no"\n then deny\n', trail=trail)
    guard.check({"call.text": "x"})
    assert closings(trail, guard) == []
