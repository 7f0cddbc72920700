"""A call belongs to the context in which it was called, wherever and whenever it goes on."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import openai
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import validate_call
from starlette.responses import StreamingResponse

from policykit.errors import PolicyViolation
from policykit.guard.flow.context import CURRENT, EMPTY
from tests.unit.guard.guards import guard_of
from tests.unit.guard.provider_server import Reply, serving

SEEN = 'rule S-1 "x"\n on request, response\n when call.team is "none"\n then deny "nobody"\n'
ANSWER = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "fine"}}],
}  # fmt: skip


def chunk(text: str) -> tuple[None, dict]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return None, {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Watch:
    """Notes the session and the team of every decision: the context is what an approver, too, would see."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def note(self) -> None:
        now = CURRENT.get()
        self.seen.append((now.session.id if now.session else "", str(now.facts.get("call.team", ""))))


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def guard():
    return guard_of(SEEN, context_facts=["call.team"])


KINDS = ("function", "coroutine", "generator", "async generator")


def guarded_of(guard, kind: str, watch: Watch):
    def function(p: str) -> str:
        watch.note()
        return p

    async def coroutine(p: str) -> str:
        watch.note()
        await asyncio.sleep(0)
        watch.note()
        return p

    def generator(p: str):
        for each in p:
            watch.note()
            yield each

    async def async_generator(p: str):
        for each in p:
            watch.note()
            await asyncio.sleep(0)
            yield each

    functions = dict(zip(KINDS, (function, coroutine, generator, async_generator), strict=True))
    return guard.call({"call.text": "p"})(functions[kind])


async def _finished(kind: str, begun) -> str:
    if kind == "function":
        return begun
    if kind == "coroutine":
        return await begun
    if kind == "generator":
        return "".join(begun)
    return "".join([each async for each in begun])


def _in_a_thread(kind: str, begun) -> str:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(_finished(kind, begun))))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["after", "in another context", "in a thread", "in a task"])
def test_a_call_keeps_the_context_in_which_it_was_called(guard, watch, kind, where):
    ask = guarded_of(guard, kind, watch)
    with guard.context(session="A", team="claims"):
        begun = ask("ab")
    assert CURRENT.get() is EMPTY
    if where == "after":
        text = asyncio.run(_finished(kind, begun))
    elif where == "in a thread":
        text = _in_a_thread(kind, begun)
    elif where == "in another context":
        with guard.context(session="B", team="sales"):
            text = asyncio.run(_finished(kind, begun))
    else:

        async def later() -> str:
            with guard.context(session="B", team="sales"):
                return await asyncio.create_task(_finished(kind, begun))

        text = asyncio.run(later())
    assert text == "ab"
    assert watch.seen
    assert set(watch.seen) == {("A", "claims")}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_call_made_outside_does_not_join_the_context_that_reads_it(guard, watch, kind):
    ask = guarded_of(guard, kind, watch)
    begun = ask("ab")

    async def read() -> None:
        with guard.context(session="B", team="sales"), pytest.raises(PolicyViolation):  # the fact is not known
            await _finished(kind, begun)
        assert CURRENT.get() is EMPTY

    asyncio.run(read())
    assert not watch.seen


@pytest.mark.parametrize("kind", KINDS)
def test_a_guarded_function_is_of_its_kind_for_those_who_ask(guard, watch, kind):
    ask = guarded_of(guard, kind, watch)
    asked = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    assert [each(ask) for each in asked] == [kind == name for name in ("coroutine", "generator", "async generator")]
    assert inspect.isfunction(ask)
    assert inspect.isroutine(ask)
    assert str(inspect.signature(ask)).startswith("(p: 'str')")
    assert ask.__name__ == kind.replace(" ", "_")
    assert repr(ask).startswith("<function ")
    assert not hasattr(ask, "nothing")
    assert ask.__defaults__ is None
    validate_call(ask)  # pydantic takes functions only


def test_methods_are_bound_and_keep_the_context(guard, watch):
    class Desk:
        name = "desk"

        @guard.call({"call.text": "p"})
        def ask(self, p: str):
            watch.note()
            yield self.name + p

    with guard.context(session="A", team="claims"):
        begun = Desk().ask("?")
    assert list(begun) == ["desk?"]
    assert watch.seen == [("A", "claims")]
    assert inspect.isgeneratorfunction(Desk.ask)
    assert inspect.isgeneratorfunction(Desk().ask)


def test_a_generator_takes_what_is_sent_to_it():
    rules = 'rule S-1 "x"\n on request\n when call.team is "none"\n then deny "nobody"\n'
    guard = guard_of(rules, context_facts=["call.team"])

    @guard.call({"call.text": "p"}, returns={})
    def talk(p: str):
        told = yield p
        yield f"told {told}"

    with guard.context(team="claims"):
        begun = talk("hello")
    assert [next(begun), begun.send("this")] == ["hello", "told this"]
    begun.close()

    @guard.call({"call.text": "p"}, returns={})
    async def talk_async(p: str):
        told = yield p
        yield f"told {told}"

    async def use() -> list[str]:
        with guard.context(team="claims"):
            source = talk_async("hello")
        found = [await anext(source), await source.asend("that")]
        await source.aclose()
        return found

    assert asyncio.run(use()) == ["hello", "told that"]


def test_a_generator_left_early_ends_in_its_own_context(guard, watch):
    @guard.call({"call.text": "p"})
    def ask(p: str):
        try:
            yield p
            yield p
        finally:
            watch.note()

    with guard.context(session="A", team="claims"):
        begun, dropped, never = ask("x"), ask("y"), ask("z")
    next(begun)
    next(dropped)
    del never
    begun.close()
    dropped = None
    gc.collect()
    assert watch.seen == [("A", "claims")] * 2
    assert CURRENT.get() is EMPTY


def test_an_asynchronous_generator_left_early_ends_in_its_own_context(guard, watch):
    @guard.call({"call.text": "p"})
    async def ask(p: str):
        try:
            yield p
            yield p
        finally:
            await asyncio.sleep(0)
            watch.note()

    async def leave() -> None:
        with guard.context(session="A", team="claims"):
            begun = ask("x")
        async for _ in begun:
            break
        await begun.aclose()
        assert CURRENT.get() is EMPTY

    asyncio.run(leave())
    assert watch.seen == [("A", "claims")]


def test_calls_gathered_after_the_with_keep_their_own_contexts(guard, watch):
    ask = guarded_of(guard, "coroutine", watch)

    async def all_of() -> None:
        begun = []
        for number in range(5):
            with guard.context(session=f"s{number}", team="claims"):
                begun.append(ask(str(number)))
                begun.append(guard.check_async({"call.text": "hi"}))
        await asyncio.gather(*begun)

    asyncio.run(all_of())
    assert sorted(watch.seen) == sorted((f"s{number}", "claims") for number in range(5) for _ in range(2))


def test_a_coroutine_that_a_plain_function_returns_keeps_the_context(guard, watch):
    inner = guarded_of(guard, "coroutine", watch)

    @guard.call({"call.text": "p"})
    def outer(p: str):
        async def later() -> str:
            watch.note()
            return await inner(p)

        return later()

    with guard.context(session="A", team="claims"):
        begun = outer("hi")
    assert asyncio.run(_finished("coroutine", begun)) == "hi"
    assert set(watch.seen) == {("A", "claims")}


def test_pseudonyms_of_one_session_are_not_put_back_in_another():
    guard = guard_of('rule P-1 "x"\n on request\n when call.text contains any of pii.card\n then pseudonymise\n')
    said: list[str] = []

    @guard.call({"call.text": "p"})
    def model(p: str):
        said.append(p)
        yield "you said "
        yield p

    with guard.context(session="one"):
        first = model("my card 5500 0000 0000 0004")
    assert "".join(first).endswith("5500 0000 0000 0004")
    token = said[-1].removeprefix("my card ")
    assert "5500" not in token
    with guard.context(session="two"):
        second = model(token)
    assert "".join(second) == f"you said {token}"
    with guard.context(session="one"):
        third = model(token)
    assert "".join(third).endswith("5500 0000 0000 0004")


def test_windows_of_a_session_count_what_was_called_in_it():
    guard = guard_of('rule W-1 "x"\n on request\n when count of calls > 2\n then deny "enough"\n')

    @guard.call({"call.text": "p"})
    def ask(p: str):
        yield p

    def begun(session: str) -> list:
        with guard.context(session=session):
            return [ask("x") for _ in range(2)]

    for source in [*begun("a"), *begun("b")]:
        assert list(source) == ["x"]
    with guard.context(session="a"):
        third = ask("x")
    with pytest.raises(PolicyViolation):
        list(third)


# --- `with` in generators, threads and dependencies ---------------------------------------------------------------


def _turns(guard, name: str, found: list):
    with guard.context(session=name):
        for _ in range(3):
            found.append((name, CURRENT.get().session.id))
            yield


@given(st.lists(st.integers(0, 2), max_size=16))
def test_interleaved_withs_leave_nobody_in_a_context_that_is_not_theirs(order):
    """However generators that are each in a `with` are read in turns: when all have ended, nobody is in a context."""
    guard = guard_of('rule W-1 "x"\n on request\n when call.model is "m"\n then deny "no"\n')

    def together() -> None:
        found: list = []
        sources = [_turns(guard, name, found) for name in "abc"]
        for number in order:
            next(sources[number], None)
        for source in sources:
            source.close()
        assert CURRENT.get() is EMPTY

    contextvars.Context().run(together)


def test_a_with_left_while_a_later_one_is_open_ends_when_that_does(guard):
    first, second = guard.context(session="a"), guard.context(session="b")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert CURRENT.get().session.id == "b"
    second.__exit__(None, None, None)
    assert CURRENT.get() is EMPTY
    with guard.context(session="c"):
        with guard.context(team="x"):
            assert CURRENT.get().session.id == "c"
        assert "call.team" not in CURRENT.get().facts
    assert CURRENT.get() is EMPTY


def test_a_with_may_be_left_in_another_thread(guard):
    entered = guard.context(session="a")
    entered.__enter__()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(entered.__exit__, None, None, None).result()
    assert CURRENT.get().session.id == "a"  # nobody left it here
    CURRENT.set(EMPTY)


def test_a_task_keeps_the_context_that_it_was_started_in(guard, watch):
    ask = guarded_of(guard, "coroutine", watch)

    async def later() -> None:
        await asyncio.sleep(0)
        with guard.context(principal="p"):
            await ask("x")
        await ask("y")

    async def all_of() -> None:
        with guard.context(session="A", team="claims"):
            task = asyncio.create_task(later())
        await task

    asyncio.run(all_of())
    assert set(watch.seen) == {("A", "claims")}


def test_a_copied_context_may_be_left_where_it_was_copied_to(guard):
    entered = guard.context(session="a")
    entered.__enter__()

    def leave() -> bool:
        entered.__exit__(None, None, None)
        return CURRENT.get() is EMPTY

    assert contextvars.copy_context().run(leave)
    CURRENT.set(EMPTY)


# --- web frameworks -----------------------------------------------------------------------------------------------


def test_a_response_of_starlette_streams_in_the_context_of_its_request(guard, watch):
    sync, later = guarded_of(guard, "generator", watch), guarded_of(guard, "async generator", watch)
    app = FastAPI()

    @app.get("/sync/{session}")
    def of_sync(session: str) -> StreamingResponse:
        with guard.context(session=session, team="claims"):
            return StreamingResponse(sync("abc"))

    @app.get("/async/{session}")
    async def of_async(session: str) -> StreamingResponse:
        with guard.context(session=session, team="claims"):
            return StreamingResponse(later("abc"))

    with TestClient(app) as client:
        for path in ("/sync/s1", "/async/s2"):
            assert client.get(path).text == "abc"
    assert watch.seen == [("s1", "claims")] * 3 + [("s2", "claims")] * 3


def test_dependencies_of_fastapi_around_a_context(guard, watch):
    ask = guarded_of(guard, "function", watch)
    app = FastAPI()

    def of_threads():
        with guard.context(session="lost", team="claims"):
            yield

    async def of_request():
        with guard.context(session="A", team="claims"):
            yield

    @app.get("/sync", dependencies=[Depends(of_threads)])
    def sync() -> str:
        try:
            return ask("x")
        except PolicyViolation as refused:  # the fact is not known here: FastAPI ran the dependency in another thread
            return refused.reason

    @app.get("/async", dependencies=[Depends(of_request)])
    async def later() -> str:
        return ask("x")

    @app.get("/mixed", dependencies=[Depends(of_request)])
    def mixed() -> str:
        return ask("x")

    with TestClient(app) as client:
        assert client.get("/sync").json() == "deny"
        assert [client.get(path).json() for path in ("/async", "/mixed")] == ["x", "x"]
    assert watch.seen == [("A", "claims")] * 2


# --- clients ------------------------------------------------------------------------------------------------------


def test_helpers_and_streams_of_clients_keep_the_context(guard):
    with serving() as server:
        server.replies = [Reply(events=[chunk("fi"), chunk("ne"), (None, "[DONE]")])]
        client = guard.wrap(openai.OpenAI(base_url=server.url, api_key="k", max_retries=0))
        messages = [{"role": "user", "content": "hi"}]
        with guard.context(session="A", team="claims"):
            manager = client.chat.completions.stream(model="m", messages=messages)
            stream = client.chat.completions.create(model="m", messages=messages, stream=True)
        with manager as events:
            assert "".join(event.delta for event in events if event.type == "content.delta") == "fine"
        assert "".join(event.choices[0].delta.content for event in stream if event.choices) == "fine"


def test_calls_of_asynchronous_clients_keep_the_context(guard):
    async def all_of(url: str) -> list[str]:
        client = guard.wrap(openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0))
        messages = [{"role": "user", "content": "hi"}]
        with guard.context(session="A", team="claims"):
            begun = [
                client.chat.completions.create(model="m", messages=messages),
                client.chat.completions.parse(model="m", messages=messages),
            ]
        answers = await asyncio.gather(*begun)
        await client.close()
        return [answer.choices[0].message.content for answer in answers]

    with serving() as server:
        server.replies = [Reply(ANSWER)]
        assert asyncio.run(all_of(server.url)) == ["fine", "fine"]


def test_a_fallback_of_a_stream_answers_in_the_context_of_its_call(watch):
    rules = SEEN + 'rule F-1 "x"\n on failure\n when call.error_type is not "none"\n then use queue\n'

    def queue(**_request) -> str:
        watch.note()
        return "later"

    guard = guard_of(rules, context_facts=["call.team"], fallbacks={"queue": queue})
    with serving() as server:
        server.replies = [Reply(events=[chunk("a")], breaks_off=True)]
        client = guard.wrap(openai.OpenAI(base_url=server.url, api_key="k", max_retries=0))
        with guard.context(session="A", team="claims"):
            stream = client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}], stream=True
            )
        with suppress(httpx.HTTPError):
            list(stream)
    assert watch.seen == [("A", "claims")] * len(watch.seen)


def test_langchain_calls_keep_the_context(guard):
    from langchain_openai import ChatOpenAI

    with serving() as server:
        model = guard.wrap(ChatOpenAI(model="m", base_url=server.url, api_key="k", max_retries=0))
        server.replies = [Reply(events=[chunk("fine"), (None, "[DONE]")])]
        with guard.context(session="A", team="claims"):
            stream = model.stream("hi")
        assert "".join(each.text for each in stream) == "fine"


def test_a_guarded_function_cannot_be_pickled_as_something_else(guard, watch):
    ask = guarded_of(guard, "generator", watch)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(ask)  # local, as any function of this place


def test_a_session_that_was_ended_gives_back_none_of_its_values():
    rules = 'rule PII-1 "x"\n on request\n when call.text contains any of pii.email\n then pseudonymise\n'
    guard = guard_of(rules)
    sent = []

    @guard.call({"call.text": "prompt"})
    def ask(prompt):
        sent.append(prompt)
        return sent[0]

    with guard.context(session="s"):
        assert ask("ann@example.com") == "ann@example.com"
        assert ask("again") == "ann@example.com"
    guard.end_session("s")
    with guard.context(session="s"):
        assert ask("later") == sent[0] != "ann@example.com"
