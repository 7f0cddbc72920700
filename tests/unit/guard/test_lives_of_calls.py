"""Calls live and end in every way there is; what happened is then told from the trail alone, and it is what happened.

A life is played through the real guard onto a real trail. The teller below reads nothing but the records.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import PolicyViolation
from policykit.guard import Answer
from policykit.trail.format.keys import SigningKey
from policykit.trail.query import read_records
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from tests.unit.guard.guards import SetClock, guard_of

RULES = """
rule NO-1 "Not this"
  on   tool input, request
  when call.text contains any of "forbidden"
  then deny
rule NO-2 "This does not leave"
  on   tool output, response
  when call.text contains any of "unspeakable"
  then deny
rule ASK-1 "A person decides"
  on   tool input, request
  when call.text contains any of "ask"
  then ask duty, answer within 1 minute, otherwise deny
rule ELSE-1 "Something else answers"
  on   request
  when call.text contains any of "elsewhere"
  then use queue
"""


class Odd(BaseException):
    """Neither an error that rules are asked about, nor a cancellation."""


BEGUN = threading.Event()
"""Set by a function that can be left, when it waits."""
SAID = {"yes": "please ask", "no": "please ask", "never": "please ask", "let in": "hello", "refused": "forbidden",
        "elsewhere": "elsewhere"}  # fmt: skip
ENDS = ("returns", "raises", "is interrupted", "says what may not leave", "is left")
KINDS = ("function", "coroutine", "generator", "async generator")
LIVES = st.tuples(
    st.sampled_from(["call", "tool"]), st.sampled_from(KINDS), st.sampled_from(sorted(SAID)), st.sampled_from(ENDS)
)


def body(kind, end):
    """The function that is guarded: it does what the life says."""

    def done():
        if end == "raises":
            raise LookupError("the text of an error")
        if end == "is interrupted":
            raise Odd
        return "unspeakable" if end == "says what may not leave" else "fine"

    def function(text):
        return done()

    async def coroutine(text):
        BEGUN.set()
        await asyncio.sleep(600 if end == "is left" else 0)
        return done()

    def generator(text):
        yield "first " * 2_000
        yield done()

    async def async_generator(text):
        yield "first " * 2_000
        BEGUN.set()
        await asyncio.sleep(600 if end == "is left" else 0)
        yield done()

    return {"function": function, "coroutine": coroutine, "generator": generator, "async generator": async_generator}[
        kind
    ]


async def left_early(awaitable):
    BEGUN.clear()
    task = asyncio.ensure_future(awaitable)
    while not (BEGUN.is_set() or task.done()):  # noqa: ASYNC110 - calls run in an event loop of their own each
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def read_all(stream):
    async for _ in stream:
        pass


def live(kind, end, guarded, text):
    """Play a life; what the caller sees of it is not looked at."""
    try:
        if kind == "function":
            guarded(text)
        elif kind == "coroutine":
            asyncio.run(left_early(guarded(text)) if end == "is left" else guarded(text))
        elif kind == "generator":
            stream = guarded(text)
            if end == "is left":
                next(stream)
                stream.close()
            list(stream)
        else:
            stream = guarded(text)
            asyncio.run(left_early(read_all(stream)) if end == "is left" else read_all(stream))
    except (PolicyViolation, LookupError, StopIteration, Odd):
        return


def expected(what, kind, answer, end):
    """What happened in a life, in the teller's words."""
    if what == "tool" and answer == "elsewhere":
        answer = "let in"
    begun = {"refused": "refused", "no": "refused by a person", "never": "lapsed", "elsewhere": "answered elsewhere"}
    if answer in begun:
        return begun[answer]
    if end == "is left" and kind != "function":
        return "closed"
    return {
        "raises": "raised LookupError",
        "is interrupted": f"raised {Odd.__module__}.Odd",
        "says what may not leave": "the answer was refused",
    }.get(end, "returned")


def told(records):
    """What happened to each call that is no fallback, by function; told from the records alone."""
    decisions = [each.members for each in records if each.type == "decision"]
    calls: dict[str, list[dict]] = {}
    for members in decisions:
        calls.setdefault(members["decision_id"].rpartition(".")[0], []).append(members)
    answers = {each.members["decision_id"]: each.members for each in records if each.type == "approval"}
    lapsed = {each.members["decision_id"] for each in records if each.type == "approval_lapsed"}
    return {
        parts[0]["function"]: _told(parts, answers, lapsed)
        for parts in calls.values()
        if not any("fallback" in each for each in parts)
    }


def _told(parts, answers, lapsed):
    first, ends = parts[0], [each for each in parts if "ended" in each]
    assert len(ends) <= 1
    if first.get("refused"):
        if first["decision_id"] in lapsed:
            return "lapsed"
        return "refused by a person" if first["decision_id"] in answers else "refused"
    if "instead" in first:
        return "answered elsewhere"
    (end,) = ends
    if end["ended"] == "raised":
        return f"raised {end['error_type']}"
    return "the answer was refused" if end.get("refused") else end["ended"]


def check(lives):
    """Play lives on one trail, and compare what is told of them with what happened."""
    answers = iter([answer for _, _, answer, _ in lives if answer in {"yes", "no", "never"}])
    clock = SetClock()

    def duty(_request):
        word = next(answers)
        clock.move(61 if word == "never" else 1)
        return None if word == "never" else Answer("ann", "duty", granted=word == "yes", reason="seen")

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        options = TrailOptions(sync=SyncMode.OS, state_directory=place / "state")
        key = SigningKey.from_seed("example.com/lives", bytes(range(32)))
        with Trail.open(place / "trail", signer=key.note_signer(), options=options) as trail:
            guard = guard_of(RULES, trail=trail, approvers={"duty": duty}, clock=clock)
            for number, (what, kind, answer, end) in enumerate(lives):
                facts, name = {"call.text": "text"}, f"life-{number}"
                bind = guard.call(facts, name=name) if what == "call" else guard.tool("ledger", facts, name=name)
                live(kind, end, bind(body(kind, end)), SAID[answer])
            guard.close()
        records = list(read_records(place / "trail"))
    assert told(records) == {
        f"life-{number}": expected(what, kind, answer, end) for number, (what, kind, answer, end) in enumerate(lives)
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["call", "tool"])
def test_every_life_is_told_from_the_trail_alone(what, kind):
    check([(what, kind, answer, end) for answer in sorted(SAID) for end in ENDS])


@settings(max_examples=15, deadline=None)
@given(lives=st.lists(LIVES, min_size=2, max_size=8))
def test_lives_do_not_get_in_the_way_of_each_other(lives):
    check(lives)
