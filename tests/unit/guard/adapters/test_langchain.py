"""LangChain's own models, tools and agents, guarded, against a local server."""

import asyncio
import json
import threading
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.globals import set_llm_cache
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import InjectedToolArg, StructuredTool, tool
from langchain_openai import ChatOpenAI
from openai import BadRequestError
from pydantic import BaseModel

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Answer, Fallback
from policykit.guard.langchain import GuardMiddleware, guarded_tool
from tests.unit.guard.guards import CARD, MAIL, ListTrail, guard_of
from tests.unit.guard.provider_server import (
    Reply,
    chunks,
    completion,
    failure,
    response,
    serving,
    tool_chunks,
)

pytestmark = [  # integrations keep their connections until Python ends
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*is in beta"),  # LangChain says so of the form of its own that we implement
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PII = 'rule PII-{n} "x"\n on {phase}\n when call.text contains any of pii.card, pii.email\n then {effect}\n'
WORD = 'rule WORD-{n} "x"\n on {phase}\n when call.text contains any of "stop"\n then {effect}\n'
FAILOVER = 'rule F-1 "x"\n on failure\n when call.status_code >= 500\n then use queue\n'


def pii(phase, effect, n=1):
    return PII.format(phase=phase, effect=effect, n=n)


def word(phase, effect="deny", n=1):
    return WORD.format(phase=phase, effect=effect, n=n)


def bare(provider, **more):
    return ChatOpenAI(model="gpt-5-mini", base_url=provider.url, api_key="k", max_retries=0, **more)


def wrapped(provider, rules, **settings):
    return guard_of(rules, **settings).wrap(bare(provider))


class Overheard(BaseCallbackHandler):
    """What callbacks are told of answers."""

    def __init__(self):
        self.heard = []

    def on_llm_new_token(self, token, *, chunk=None, **more):
        self.heard.append((token, chunk))

    def on_llm_end(self, response, **more):
        self.heard.append(response)

    def on_llm_error(self, error, **more):
        self.heard.append((error, more.get("response")))

    def on_tool_end(self, output, **more):
        self.heard.append(output)

    def on_chain_end(self, outputs, **more):
        self.heard.append(outputs)


class Use:
    """One way of four to ask a model."""

    def __init__(self, name):
        self.stream, self.is_async = "stream" in name, "async" in name

    def ask(self, model, text="hello", **more):
        if self.is_async:
            return asyncio.run(self._ask(model, text, more))
        if not self.stream:
            return model.invoke(text, **more)
        return whole(model.stream(text, **more))

    async def _ask(self, model, text, more):
        if not self.stream:
            return await model.ainvoke(text, **more)
        return whole([chunk async for chunk in model.astream(text, **more)])

    def reply(self, *pieces):
        return chunks(*pieces) if self.stream else completion("".join(pieces))


def whole(pieces):
    found = None
    for piece in pieces:
        found = piece if found is None else found + piece
    return found


@pytest.fixture(params=["invoke", "async invoke", "stream", "async stream"])
def use(request):
    return Use(request.param)


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_denied_prompt_never_reaches_the_provider(use):
    with serving(completion()) as provider:
        with pytest.raises(PolicyViolation, match="no"):
            use.ask(wrapped(provider, word("request", 'deny "no"')), "please stop")
        assert provider.requests == []


def test_an_allowed_call_is_what_it_was(use):
    with serving(use.reply("h", "i")) as provider:
        before, first = use.ask(bare(provider)), provider.last
    with serving(use.reply("h", "i")) as provider:
        after, second = use.ask(wrapped(provider, word("request"))), provider.last
    assert first == second
    assert type(after) is type(before)
    assert (after.content, after.usage_metadata) == (before.content, before.usage_metadata)
    assert after.response_metadata == before.response_metadata


def test_both_ways_are_redacted_and_callbacks_hear_no_more(use):
    overheard = Overheard()
    with serving(use.reply("card ", CARD[:6], CARD[6:], ".")) as provider:
        model = wrapped(provider, pii("request, response", "redact"))
        answer = use.ask(model, f"mine is {CARD}", config={"callbacks": [overheard]})
        assert provider.last["messages"][0]["content"] == "mine is [pii.card redacted]"
    assert answer.content == "card [pii.card redacted]."
    assert overheard.heard
    assert "4111 " not in str(answer) + str(overheard.heard)


def test_a_denied_answer_is_told_to_nobody(use):
    overheard = Overheard()
    with serving(use.reply("st", "op it")) as provider, pytest.raises(PolicyViolation):
        use.ask(wrapped(provider, word("response")), config={"callbacks": [overheard]})
    assert overheard.heard
    assert "op" not in "".join(str(getattr(each[0], "content", each[0])) for each in overheard.heard[:-1])
    assert "stop it" not in str(overheard.heard)


@pytest.mark.parametrize("size", [1, 2, 4, 5, 9, len(CARD), len(CARD) + 7])
def test_a_card_split_across_chunks_in_any_way_is_redacted(size):
    text = f"your card is {CARD}, as you said."
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    with serving(chunks(*pieces)) as provider:
        found = list(wrapped(provider, pii("response", "redact")).stream("hello"))
    assert whole(found).content == "your card is [pii.card redacted], as you said."
    assert not any("4111 " in str(each) for each in found)


def test_text_leaves_before_the_answer_has_ended():
    gate = threading.Event()
    reply = chunks("a long beginning without anything in it. " * 12, "the end", gate=gate)
    with serving(reply) as provider:
        stream = wrapped(provider, pii("response", "redact").replace(", pii.email", "")).stream("hello")
        first = next(piece.content for piece in stream if piece.content)
        assert first.startswith("a long beginning")
        gate.set()
        assert (first + whole(stream).content).endswith("the end")


def test_a_pseudonym_reaches_the_provider_and_the_caller_sees_the_value(use):
    guard = guard_of(pii("request", "pseudonymise"))
    token = guard.core.session.tokens.token("pii.email", MAIL)
    with serving(use.reply("I wrote to ", token[:5], token[5:], "!")) as provider:
        answer = use.ask(guard.wrap(bare(provider)), f"write to {MAIL}")
        assert provider.last["messages"][0]["content"] == f"write to {token}"
    assert answer.content == f"I wrote to {MAIL}!"


def called(*calls):
    return completion(
        None,
        tool_calls=[
            {"id": f"t{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
            for at, (name, args) in enumerate(calls)
        ],
    )


def test_numbers_in_the_arguments_of_a_tool_are_texts(use):
    arguments = json.dumps({"number": 4111111111111111})
    reply = called(("pay", json.loads(arguments)))
    if use.stream:
        reply = tool_chunks("pay", arguments[:15], arguments[15:])
    overheard = Overheard()
    with serving(reply) as provider:
        model = wrapped(provider, pii("response", "deny"))
        with pytest.raises(PolicyViolation):
            use.ask(model, config={"callbacks": [overheard]})
    assert "41111111" not in str(overheard.heard)


def test_arguments_of_tools_are_redacted(use):
    reply = called(("pay", {"card": CARD, "n": 1}))
    if use.stream:
        reply = tool_chunks("pay", '{"card": "', CARD[:7], CARD[7:], '", "n": 1}')
    with serving(reply) as provider:
        answer = use.ask(wrapped(provider, pii("response", "redact")))
    assert [(c["name"], c["args"]) for c in answer.tool_calls] == [("pay", {"card": "[pii.card redacted]", "n": 1})]
    assert "4111 " not in str(answer)


def test_what_spells_a_redacted_answer_beside_it_goes_too():
    token = {"token": CARD, "logprob": 0.0, "bytes": None, "top_logprobs": []}
    reply = completion(f"card {CARD}.", logprobs={"content": [token], "refusal": None})
    with serving(reply) as provider:
        answer = wrapped(provider, pii("response", "redact")).invoke("hello", logprobs=True)
    assert answer.content == "card [pii.card redacted]."
    assert "4111 " not in str(answer)
    assert answer.response_metadata["model_name"] == "m-1"


def test_an_error_of_the_provider_goes_to_the_fallback_and_is_checked(use):
    for said in (lambda **_: f"card {CARD}", lambda **_: AIMessage(f"card {CARD}")):
        with serving(failure()) as provider:
            rules = FAILOVER + pii("response", "redact")
            answer = use.ask(wrapped(provider, rules, fallbacks={"queue": Fallback(said)}))
        assert answer.content == "card [pii.card redacted]"


def test_another_error_of_the_provider_is_the_librarys_own(use):
    with serving(failure(400)) as provider, pytest.raises(BadRequestError):
        use.ask(wrapped(provider, FAILOVER))


def test_a_person_can_be_asked(use):
    answers = [Answer("Ann", "duty", True), Answer("Ann", "duty", False)]
    rules = word("request", "ask duty, answer within 1 minutes, otherwise deny")
    with serving(use.reply("done")) as provider:
        model = wrapped(provider, rules, approvers={"duty": lambda _: answers.pop(0)})
        assert use.ask(model, "stop it").content == "done"
        with pytest.raises(PolicyViolation):
            use.ask(model, "stop it")
        assert len(provider.requests) == 1


def test_model_provider_tools_and_instructions_are_facts():
    rules = 'rule M-1 "x"\n on request\n when call.provider is "openai" and call.model is "gpt-5-mini"'
    rules += ' and call.tools contains any of "pay" and call.instructions contains any of "kind"\n then deny\n'
    with serving(completion()) as provider:
        model = wrapped(provider, rules)
        model.invoke("hello")
        messages = [SystemMessage("be kind"), HumanMessage("hello")]
        with pytest.raises(PolicyViolation):
            model.bind_tools([pay]).invoke(messages)
        model.bind_tools([pay]).bind(model="gpt-5").invoke(messages)


def test_structured_output_is_guarded_and_parsed(use):
    class Paid(BaseModel):
        to: str

    with serving(completion(json.dumps({"to": MAIL}))) as provider:
        model = wrapped(provider, pii("response", "redact") + word("request"))
        structured = model.with_structured_output(Paid)
        found = structured.invoke("hello")
        with pytest.raises(PolicyViolation):
            structured.invoke("stop")
    assert found == Paid(to="[pii.email redacted]")


def test_whatever_a_model_reads_is_part_of_the_prompt():
    prompts = [
        [SystemMessage("stop")],
        [ToolMessage("stop", tool_call_id="t")],
        [AIMessage("", tool_calls=[{"name": "pay", "args": {"what": ["stop"]}, "id": "t"}])],
        [HumanMessage([{"type": "text", "text": "stop"}])],
        [HumanMessage([{"type": "new", "words": {"deep": ["stop"]}}])],
        [("human", "stop")],
        "stop",
    ]
    with serving(completion()) as provider:
        model = wrapped(provider, word("request"))
        for prompt in prompts:
            with pytest.raises(PolicyViolation):
                model.invoke(prompt)
            with pytest.raises(PolicyViolation):
                model.batch([prompt])
            with pytest.raises(PolicyViolation):
                model.generate([model._convert_input(prompt).to_messages()])
        with pytest.raises(PolicyViolation):
            model.invoke("hello", an_argument_of_tomorrow={"deep": "stop"})
        with pytest.raises(GuardError):
            model.invoke("hello", extra_body={"messages": []})
        assert provider.requests == []


def test_bytes_in_a_message_are_unknown():
    rules = 'rule U-1 "x"\n on request\n when call.text contains any of "stop"\n then warn "x"\n unknown deny\n'
    with serving(completion()) as provider:
        with pytest.raises(PolicyViolation):
            wrapped(provider, rules).invoke([HumanMessage([{"type": "new", "data": b"stop"}])])
        assert provider.requests == []


def test_a_callback_could_neither_change_nor_stop_a_call():
    """The reason why there is no guard that is a callback."""

    class Refusing(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, **more):
            messages[0][0] = HumanMessage("another")
            raise PolicyViolation("no", reason="deny", phase="request")

        def on_llm_new_token(self, token, **more):
            return "another"

    for ask in (Use("invoke"), Use("stream")):
        with serving(ask.reply("what ", "was said")) as provider:
            assert ask.ask(bare(provider), config={"callbacks": [Refusing()]}).content == "what was said"
            assert len(provider.requests) == 1


def test_the_messages_of_the_caller_stay_as_they_are():
    messages = [HumanMessage(f"mine is {CARD}")]
    with serving(completion()) as provider:
        wrapped(provider, pii("request", "redact")).invoke(messages)
    assert messages[0].content == f"mine is {CARD}"


def test_events_are_made_of_checked_text():
    async def use(provider, version):
        model = wrapped(provider, pii("response", "redact"))
        if version == "v3":
            return [event async for event in await model.astream_events("hello", version="v3")]
        return [event async for event in model.astream_events("hello", version=version)]

    for version in ("v2", "v3"):
        with serving(chunks("card ", CARD[:6], CARD[6:], ".")) as provider:
            events = asyncio.run(use(provider, version))
        assert "redacted" in str(events)
        assert "4111 " not in str(events)
    with serving(chunks("card ", CARD[:6], CARD[6:], ".")) as provider:
        events = list(wrapped(provider, pii("response", "redact")).stream_events("hello", version="v3"))
    assert "redacted" in str(events)
    assert "4111 " not in str(events)


class Scripted(BaseChatModel):
    """A model that says what it is told to, in the chunks of any integration."""

    script: list[Any]

    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **more):
        return ChatResult(generations=[ChatGeneration(message=whole(self.script))])

    def _stream(self, messages, stop=None, run_manager=None, **more):
        for message in self.script:
            if run_manager:  # some integrations tell callbacks themselves, before anybody has checked it
                run_manager.on_llm_new_token(str(message.content))
            yield ChatGenerationChunk(message=message.model_copy(deep=True))


def blocks(*content, **more):
    return AIMessageChunk(content=list(content), **more)


def a_long_answer():
    """Return an answer of thoughts, text and a call of a tool, as blocks that come in pieces."""
    call = {"type": "tool_call_chunk", "name": None, "id": None, "index": 2}
    return [
        blocks({"type": "thinking", "thinking": f"it is {CARD[:9]}", "index": 0}),
        blocks({"type": "thinking", "thinking": CARD[9:], "index": 0}),
        blocks({"type": "thinking", "signature": "c2lnbmF0dXJl", "index": 0}),
        blocks({"type": "text", "text": f"write to {MAIL[:4]}", "index": 1}, response_metadata={"model_name": "m-2"}),
        blocks({"type": "text", "text": MAIL[4:] + "!", "index": 1}),
        blocks(
            {"type": "tool_use", "id": "t", "name": "pay", "input": {}, "index": 2},
            tool_call_chunks=[{**call, "name": "pay", "args": "", "id": "t"}],
        ),
        blocks(
            {"type": "input_json_delta", "partial_json": f'{{"to": "{MAIL[:3]}', "index": 2},
            tool_call_chunks=[{**call, "args": f'{{"to": "{MAIL[:3]}'}],
        ),
        blocks(
            {"type": "input_json_delta", "partial_json": f'{MAIL[3:]}"}}', "index": 2},
            tool_call_chunks=[{**call, "args": f'{MAIL[3:]}"}}'}],
        ),
        blocks({"type": "reasoning", "summary": [{"type": "summary_text", "text": CARD[:5], "index": 0}], "index": 3}),
        blocks({"type": "reasoning", "summary": [{"type": "summary_text", "text": CARD[5:], "index": 0}], "index": 3}),
        AIMessageChunk(content=[], additional_kwargs={"reasoning_content": MAIL[:5]}),
        AIMessageChunk(content=[], additional_kwargs={"reasoning_content": MAIL[5:]}),
        AIMessageChunk(content=[], response_metadata={"stop_reason": "tool_use"}, chunk_position="last"),
    ]


def test_blocks_that_come_in_pieces_are_checked_as_wholes_and_stay_blocks(use):
    overheard = Overheard()
    model = Scripted(script=a_long_answer())
    answer = use.ask(guard_of(pii("response", "redact")).wrap(model), config={"callbacks": [overheard]})
    assert MAIL[4:] not in str(overheard.heard) + str(answer)
    assert "4111 " not in str(overheard.heard) + str(answer)
    thought, text, call, reasoning = answer.content
    assert (thought["thinking"], thought["signature"]) == ("it is [pii.card redacted]", "c2lnbmF0dXJl")
    assert text["text"] == "write to [pii.email redacted]!"
    assert (call["name"], json.loads(call["partial_json"])) == ("pay", {"to": "[pii.email redacted]"})
    assert reasoning["summary"][0]["text"] == "[pii.card redacted]"
    assert answer.additional_kwargs["reasoning_content"] == "[pii.email redacted]"
    assert [(each["name"], each["args"]) for each in answer.tool_calls] == [("pay", {"to": "[pii.email redacted]"})]
    assert (answer.response_metadata["model_name"], answer.response_metadata["stop_reason"]) == ("m-2", "tool_use")


def response_events(*pieces):
    """Return a reply of the Responses API as it streams."""
    answer = response("".join(pieces)).body
    item = answer["output"][0]
    place = {"output_index": 0, "content_index": 0, "item_id": "i1"}
    empty = {"type": "output_text", "text": "", "annotations": []}
    found = [
        ("response.created", {"response": {**answer, "output": [], "status": "in_progress"}}),
        ("response.output_item.added", {"output_index": 0, "item": {**item, "content": []}}),
        ("response.content_part.added", {**place, "part": empty}),
        *(("response.output_text.delta", {**place, "delta": each, "logprobs": []}) for each in pieces),
        ("response.output_text.done", {**place, "text": "".join(pieces), "logprobs": []}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": answer}),
    ]
    return Reply(
        events=[(name, {"type": name, "sequence_number": at, **data}) for at, (name, data) in enumerate(found)]
    )


@pytest.mark.parametrize("version", ["responses/v1", "v0", "v1"])
def test_the_other_api_of_a_provider_is_guarded_alike(use, version):
    pieces = ("card ", CARD[:6], CARD[6:], ".")
    with serving(response_events(*pieces) if use.stream else response("".join(pieces))) as provider:
        model = bare(provider, use_responses_api=True, output_version=version)
        answer = use.ask(guard_of(pii("request, response", "redact")).wrap(model), f"mine is {CARD}")
        assert "4111 " not in str(provider.last)
    assert [block["text"] for block in answer.content] == ["card [pii.card redacted]."]
    assert "4111 " not in str(answer)


def test_metadata_of_chunks_says_names_and_counts_only_where_rules_read_the_answer():
    said = {"citation": f"a page about {CARD}", "logprobs": {"content": [{"token": CARD}]}, "model_name": "m-2"}
    script = [blocks({"type": "text", "text": "hello", "index": 0}, response_metadata=said)]
    found = str(list(guard_of(pii("response", "redact")).wrap(Scripted(script=script)).stream("hello")))
    assert "m-2" in found
    assert "4111 " not in found
    assert "a page" in str(list(guard_of(word("request")).wrap(Scripted(script=script)).stream("hello")))


def test_blocks_without_anything_in_them_come_as_they_were(use):
    script = [message for message in a_long_answer() if CARD[:5] not in str(message) and MAIL[:3] not in str(message)]
    before = use.ask(Scripted(script=script))
    after = use.ask(guard_of(pii("response", "redact")).wrap(Scripted(script=script)))
    assert after.content == before.content
    assert after.tool_calls == before.tool_calls


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "x", "annotations": [{"type": "citation", "title": "a page"}], "index": 0},
        {"type": "tool_call", "name": "pay", "args": {"to": "Bob"}, "id": "t", "index": 0},
    ],
)
def test_what_cannot_be_checked_in_pieces_is_refused(block):
    model = Scripted(script=[blocks(block)])
    with pytest.raises(PolicyViolation) as caught:
        list(guard_of(word("response")).wrap(model).stream("hello"))
    assert caught.value.reason == "error:stream"
    assert whole(guard_of(word("request")).wrap(model).stream("hello")).content == [block]
    assert guard_of(word("response")).wrap(model).invoke("hello").content == [block]


def test_caches_do_not_answer_in_place_of_a_guarded_model():
    set_llm_cache(InMemoryCache())
    try:
        with serving(completion("hi")) as provider:
            guard = guard_of(word("request"))
            bare(provider).invoke("stop")
            with pytest.raises(PolicyViolation):
                guard.wrap(bare(provider)).invoke("stop")
            with pytest.raises(GuardError) as caught:
                guard.wrap(bare(provider, cache=InMemoryCache()))
            assert caught.value.diagnostics[0].code == "PK373"
            model = guard.wrap(bare(provider))
            model.cache = True
            with pytest.raises(GuardError):
                model.invoke("hello")
    finally:
        set_llm_cache(None)


def test_a_guarded_model_stays_guarded_however_it_is_changed():
    with serving(completion()) as provider:
        model = wrapped(provider, word("request"))
        for changed in (
            model.model_copy(),
            model.with_config({"tags": ["x"]}),
            model.bind(temperature=1),
            model.with_retry(stop_after_attempt=1),
            guard_of(word("request")).wrap(model),
        ):
            with pytest.raises(PolicyViolation):
                changed.invoke("stop")
        with pytest.raises(GuardError) as caught:
            guard_of(word("request")).wrap(model.bind(temperature=1))
        assert caught.value.diagnostics[0].code == "PK354"
        assert provider.requests == []


def test_an_early_close_ends_the_call():
    trail = ListTrail()
    gate = threading.Event()
    reply = chunks(*["some text that goes on and on. " * 40] * 200, gate=gate)
    with serving(reply) as provider:
        with guard_of(pii("response", "redact"), trail=trail) as guard:
            stream = guard.wrap(bare(provider)).stream("hello")
            next(stream)
            stream.close()
            gate.set()
        assert provider.aborted.wait(600)


# --- tools ------------------------------------------------------------------------------------------------------------


@tool
def pay(to: str, note: str = "") -> str:
    """Pay somebody."""
    return f"paid {to} from {CARD}"


@tool("ledger")
def look_up(invoice: str) -> str:
    """Look an invoice up."""
    return f"{invoice} of {MAIL}"


@tool
async def post(to: str) -> str:
    """Send a letter."""
    return f"sent to {to}, ask {MAIL}"


NAMES = ("pay", "post", "find", "search", "wipe", "write")
TOOLS = "".join(f'tool {name} "what an agent can do"\n' for name in NAMES)


def guard_of_tools(rules):
    return guard_of(TOOLS + rules)


def test_input_and_output_of_a_tool_are_checked():
    guard = guard_of_tools(word("tool input") + pii("tool output", "redact"))
    overheard = Overheard()
    guarded = guard.wrap(pay)
    assert guarded.invoke({"to": "Bob"}, {"callbacks": [overheard]}) == "paid Bob from [pii.card redacted]"
    assert "4111 " not in str(overheard.heard)
    with pytest.raises(PolicyViolation):
        guarded.invoke({"to": "Bob", "note": "stop"})
    message = guarded.invoke({"type": "tool_call", "id": "t", "name": "pay", "args": {"to": "Bob"}})
    assert message.content == "paid Bob from [pii.card redacted]"
    assert guarded.args == pay.args
    assert asyncio.run(guarded.ainvoke({"to": "Bob"})) == "paid Bob from [pii.card redacted]"
    assert asyncio.run(guard.wrap(post).ainvoke({"to": "Bob"})) == "sent to Bob, ask [pii.email redacted]"


def test_the_input_of_a_tool_can_be_changed():
    guard = guard_of_tools(pii("tool input", "redact"))
    assert guard.wrap(pay).invoke({"to": MAIL}).startswith("paid [pii.email redacted]")


def test_a_tool_is_called_and_counted_once():
    seen = []

    def once(to: str) -> str:
        """Pay somebody once."""
        seen.append(to)
        return to

    rules = 'rule N-1 "x"\n on tool input\n when count of calls to ledger over the last 1 hours > 2\n then deny\n'
    guarded = guard_of(rules).wrap(StructuredTool.from_function(once, name="ledger"))
    assert [asyncio.run(guarded.ainvoke({"to": "a"})), guarded.invoke({"to": "b"})] == ["a", "b"]
    with pytest.raises(PolicyViolation):
        asyncio.run(guarded.ainvoke({"to": "c"}))
    assert seen == ["a", "b"]


def test_what_a_tool_returns_beside_its_text_is_checked():
    @tool(response_format="content_and_artifact")
    def search(query: str) -> Any:
        """Search."""
        return f"found {MAIL}", {"pages": [f"by {MAIL}", ("a", MAIL)]}

    message = (
        guard_of_tools(pii("tool output", "redact"))
        .wrap(search)
        .invoke({"type": "tool_call", "id": "t", "name": "search", "args": {"query": "x"}})
    )
    assert message.content == "found [pii.email redacted]"
    assert message.artifact == {"pages": ["by [pii.email redacted]", ("a", "[pii.email redacted]")]}


def test_what_cannot_be_read_is_unknown():
    @tool
    def find(query: str) -> Any:
        """Find."""
        return {query}

    rules = 'rule U-1 "x"\n on tool output\n when call.text contains any of "stop"\n then warn "x"\n unknown deny\n'
    with pytest.raises(PolicyViolation):
        guard_of_tools(rules).wrap(find).invoke({"query": "x"})


def test_what_langchain_hands_to_a_tool_is_no_argument_of_the_model():
    @tool
    def find(query: str, place: Annotated[str, InjectedToolArg], config: RunnableConfig) -> str:
        """Find."""
        return f"{query} in {place} for {config['metadata']['who']}"

    guarded = guard_of_tools(word("tool input") + pii("tool output", "redact")).wrap(find)
    got = guarded.invoke({"query": "x", "place": "stop street"}, {"metadata": {"who": "Ann"}})
    assert got == "x in stop street for Ann"


def test_facts_of_a_tool_are_bound_when_it_is_wrapped():
    rules = 'rule I-1 "x"\n on tool input\n when tool.name is "ledger" and invoice.id is "R-7"\n then deny\n'
    guard = guard_of(rules)
    guarded = guarded_tool(guard, look_up, {"invoice.id": "invoice"})
    assert guarded.invoke({"invoice": "R-1"}).startswith("R-1")
    with pytest.raises(PolicyViolation):
        guarded.invoke({"invoice": "R-7"})
    for wrap, code in (
        (lambda: guard.wrap(look_up), "PK341"),
        (lambda: guarded_tool(guard, look_up, {"invoice.id": "invioce"}), "PK340"),
        (lambda: guard.wrap(pay), "PK348"),  # the policy declares `ledger` only
    ):
        with pytest.raises(GuardError) as caught:
            wrap()
        assert caught.value.diagnostics[0].code == code


# --- agents -----------------------------------------------------------------------------------------------------------


def agent_of(provider, guard, **more):
    tools = [pay, post]
    return create_agent(bare(provider), tools, middleware=[GuardMiddleware(guard, tools, **more)])


def asked(text):
    return {"messages": [HumanMessage(text)]}


RULES = (
    pii("request", "redact")
    + pii("response", "redact", 2)
    + pii("tool output", "redact", 3)
    + word("tool input")
    + word("request", n=2)
)


class Agents:
    """One way to run an agent; the caller gets everything that the agent gives."""

    def __init__(self, name):
        self.name = name
        self.tool = "pay" if name in {"invoke", "stream"} else "post"

    def run(self, agent, text="hello", callbacks=()):
        config = {"callbacks": list(callbacks)}
        if self.name == "invoke":
            return [agent.invoke(asked(text), config)]
        if self.name == "stream":
            return list(agent.stream(asked(text), config, stream_mode=["messages", "updates", "values"]))
        return asyncio.run(self._run(agent, text, config))

    async def _run(self, agent, text, config):
        if self.name == "async invoke":
            return [await agent.ainvoke(asked(text), config)]
        if self.name == "async stream":
            modes = ["messages", "updates", "values"]
            return [each async for each in agent.astream(asked(text), config, stream_mode=modes)]
        return [each async for each in agent.astream_events(asked(text), config, version="v2")]


@pytest.fixture(params=["invoke", "async invoke", "stream", "async stream", "events"])
def way(request):
    return Agents(request.param)


def steps(way, *replies):
    """Return replies as the model of this agent gives them: whole, or in pieces where tokens are asked for."""
    if "invoke" in way.name:
        return replies
    found = []
    for reply in replies:
        said = reply.body["choices"][0]["message"]
        if said["tool_calls"]:
            call = said["tool_calls"][0]["function"]
            found.append(tool_chunks(call["name"], call["arguments"][:9], call["arguments"][9:]))
        else:
            found.append(chunks(*(said["content"][at : at + 7] for at in range(0, len(said["content"]), 7))))
    return found


def test_an_agent_gives_nothing_unsafe_to_anybody(way):
    overheard = Overheard()
    replies = steps(way, called((way.tool, {"to": "Bob"})), completion(f"done, {MAIL}, with {CARD}"))
    with serving(*replies) as provider:
        agent = agent_of(provider, guard_of_tools(RULES))
        given = way.run(agent, f"pay Bob from {CARD}", [overheard])
        sent = str(provider.requests)
    assert "redacted" in str(given)
    said = str([each for each in given if "HumanMessage" not in str(each)]) + str(overheard.heard)
    # the question itself is the caller's own, and stays in the agent's state
    said = said.replace(f"pay Bob from {CARD}", "")
    assert "4111 " not in said + sent
    assert MAIL not in said + sent
    assert len(provider.requests) == 2


def test_an_agent_is_refused_a_tool(way):
    seen = []

    @tool
    def wipe(what: str) -> str:
        """Wipe."""
        seen.append(what)
        return "wiped"

    replies = steps(way, called(("wipe", {"what": "stop"})), completion("I may not"))
    for on_deny in ("raise", "message"):
        with serving(*replies) as provider:
            middleware = GuardMiddleware(guard_of_tools(word("tool input")), [wipe], on_deny=on_deny)
            agent = create_agent(bare(provider), [wipe], middleware=[middleware])
            if on_deny == "raise":
                with pytest.raises(PolicyViolation):
                    way.run(agent)
                assert len(provider.requests) == 1
            else:
                given = way.run(agent)
                assert "I may not" in str(given) or "may not" in str(given)
                assert "Refused by policy" in str(provider.last)
    assert seen == []


def test_an_agent_is_refused_a_model(way):
    with serving(completion()) as provider:
        for on_deny in ("raise", "message"):
            agent = agent_of(provider, guard_of_tools(word("request")), on_deny=on_deny)
            if on_deny == "raise":
                with pytest.raises(PolicyViolation):
                    way.run(agent, "stop")
            else:
                assert "Refused by policy" in str(way.run(agent, "stop"))
        assert provider.requests == []


def test_a_guarded_model_and_guarded_tools_need_no_middleware(way):
    guard = guard_of_tools(RULES)
    replies = steps(
        way,
        called((way.tool, {"to": "Bob"})),
        completion(f"done, {MAIL}"),
    )
    with serving(*replies) as provider:
        agent = create_agent(guard.wrap(bare(provider)), [guard.wrap(pay), guard.wrap(post)])
        given = str(way.run(agent))
        assert "4111 " not in given + str(provider.requests)
        assert MAIL not in given + str(provider.requests)
        assert len(provider.requests) == 2


def test_pseudonyms_go_to_the_model_and_values_to_the_tools():
    seen = []

    @tool
    def write(to: str) -> str:
        """Write."""
        seen.append(to)
        return f"wrote to {to}"

    guard = guard_of_tools(pii("request", "pseudonymise"))
    token = guard.core.session.tokens.token("pii.email", MAIL)
    with serving(called(("write", {"to": token})), completion(f"I wrote to {token}")) as provider:
        agent = create_agent(bare(provider), [write], middleware=[GuardMiddleware(guard, [write])])
        answer = agent.invoke(asked(f"write to {MAIL}"))
        assert MAIL not in str(provider.requests)
    assert seen == [MAIL]
    assert answer["messages"][-1].content == f"I wrote to {MAIL}"


def test_calls_of_an_agent_are_on_record_and_no_text_is():
    trail = ListTrail()
    rules = word("tool input, tool output, request, response")
    guard = guard_of(rules, trail=trail)
    with serving(called(("ledger", {"invoice": "R-1"})), completion("secret answer")) as provider:
        middleware = GuardMiddleware(guard, [look_up])
        create_agent(bare(provider), [look_up], middleware=[middleware]).invoke(asked("secret question"))
    guard.close()
    kinds = [record.members for record in trail.records]
    assert len(kinds) == 6
    assert "secret" not in str(kinds)
    assert {"langchain ChatOpenAI", "langchain tool ledger"} <= set(guard.coverage.functions)


def test_a_tool_that_lacks_what_rules_need_is_found_when_the_agent_is_made():
    rules = 'rule I-1 "x"\n on tool input\n when invoice.id is "R-7"\n then deny\n'
    with pytest.raises(GuardError):
        GuardMiddleware(guard_of(rules), [look_up])
    GuardMiddleware(guard_of(rules), [look_up], facts={"ledger": {"invoice.id": "invoice"}})


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
@pytest.mark.parametrize("value", ["a text", CARD, int(CARD.replace(" ", ""))])
def test_structured_output_is_what_the_checked_answer_says(method, stream, value):
    from pydantic import BaseModel

    class Found(BaseModel):
        a: str | int

    said = json.dumps({"a": value})
    if method == "function_calling":
        call = {"id": "t", "type": "function", "function": {"name": "Found", "arguments": said}}
        reply = completion(None, tool_calls=[call])
        if stream:
            reply = tool_chunks("Found", said[:9], said[9:])
    else:
        reply = chunks(said[:9], said[9:]) if stream else completion(said)
    rules = 'rule PII-1 "x"\n on response\n when call.text contains any of pii.card\n then redact\n'
    with serving(reply) as provider:
        model = guard_of(rules).wrap(ChatOpenAI(model="m", base_url=provider.url, api_key="k", max_retries=0))
        chain = model.with_structured_output(Found, method=method, include_raw=True)
        found = list(chain.stream("x")) if stream else [chain.invoke("x")]
    assert "4111" not in str(found)
    parsed = [each["parsed"] for each in found if each.get("parsed") is not None]
    assert parsed[-1].a == ("a text" if value == "a text" else "[pii.card redacted]")
