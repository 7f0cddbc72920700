"""The AI call: every built-in fact, its words and the phases in which it is known.

The names follow the OpenTelemetry semantic conventions where those have a name; `standard` keeps the mapping, so that
our names stay when theirs move. These names stand in contracts: none is ever renamed, and none changes its meaning.

What is known on request stays known in the later phases of the same call, but for `call.text`, which is the text of the
phase. `call.cost` and `call.input_tokens` are estimates on request and settled from the response on.

Source: OpenTelemetry semantic conventions for generative AI 1.42 (development), and general attributes 1.44.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from policykit.vocabulary import known as k
from policykit.vocabulary.known import Amount, Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import Canonical
from policykit.vocabulary.types import TIME, Phase

ANSWERED = frozenset({Phase.RESPONSE})
ENDED = frozenset({Phase.RESPONSE, Phase.FAILURE})
FAILED = frozenset({Phase.FAILURE})
WITH_TEXT = frozenset({Phase.REQUEST, Phase.TOOL_INPUT, Phase.TOOL_OUTPUT, Phase.RESPONSE})
TOOL = frozenset({Phase.TOOL_INPUT, Phase.TOOL_OUTPUT})
TOOL_DONE = frozenset({Phase.TOOL_OUTPUT})
AFTERWARDS: frozenset[Phase] = frozenset()
"""Learnt after the call, so that only windows over past calls can use it."""
# fmt: off
FINISH_REASONS = (
    "stop", "length", "tool_calls", "content_filter", "function_call", "end_turn", "max_tokens", "stop_sequence",
    "tool_use", "pause_turn", "refusal", "completed", "incomplete", "failed", "STOP", "MAX_TOKENS", "SAFETY",
)
# fmt: on
"""Source: the API references of OpenAI (chat, responses), Anthropic (messages) and Gemini."""
OPERATIONS = ("chat", "execute_tool")
"""What the guard writes."""


class Facts(Canonical):
    """Base of the groups of built-in facts."""

    prefix: ClassVar[str] = ""


class Call(Facts):
    """The call itself: what was asked, of whom, at what price, with what result."""

    prefix = "call"

    text: Annotated[
        Text,
        k.text("text of this phase: the prompt, the tool's arguments, the tool's result or the response", WITH_TEXT),
    ] = None
    prompt: Annotated[Text, k.text("text sent to the model", standard="gen_ai.input.messages")] = None
    instructions: Annotated[Text, k.text("system instructions", standard="gen_ai.system_instructions")] = None
    id: Annotated[Text, k.text("identifier of the call")] = None
    operation: Annotated[
        Text, k.text("kind of call, such as chat", standard="gen_ai.operation.name", usual=OPERATIONS)
    ] = None
    provider: Annotated[Text, k.text("provider of the model", standard="gen_ai.provider.name")] = None
    model: Annotated[Text, k.text("model that was asked", standard="gen_ai.request.model")] = None
    response_model: Annotated[Text, k.text("model that answered", ANSWERED, "gen_ai.response.model")] = None
    prompt_name: Annotated[Text, k.text("name of the prompt template", standard="gen_ai.prompt.name")] = None
    prompt_version: Annotated[Text, k.text("version of the prompt template")] = None
    temperature: Annotated[
        Number, k.number("sampling temperature", low=0, high=2, standard="gen_ai.request.temperature")
    ] = None
    max_output_tokens: Annotated[Whole, k.count("limit on output tokens", standard="gen_ai.request.max_tokens")] = None
    choices: Annotated[
        Whole, k.count("number of answers asked for at once", standard="gen_ai.request.choice.count")
    ] = None
    streaming: Annotated[Flag, k.flag("answer is streamed", standard="gen_ai.request.stream")] = None
    tools: Annotated[
        Texts, k.texts("names of the tools that the model may use", standard="gen_ai.tool.definitions")
    ] = None

    input_tokens: Annotated[
        Whole, k.count("number of input tokens, estimated on request", standard="gen_ai.usage.input_tokens")
    ] = None
    cached_tokens: Annotated[
        Whole,
        k.count("number of input tokens read from a cache", ANSWERED, "gen_ai.usage.cache_read.input_tokens"),
    ] = None
    cache_write_tokens: Annotated[
        Whole,
        k.count("number of input tokens written to a cache", ANSWERED, "gen_ai.usage.cache_creation.input_tokens"),
    ] = None
    output_tokens: Annotated[Whole, k.count("number of output tokens", ANSWERED, "gen_ai.usage.output_tokens")] = None
    reasoning_tokens: Annotated[
        Whole,
        k.count("number of output tokens spent on reasoning", ANSWERED, "gen_ai.usage.reasoning.output_tokens"),
    ] = None
    cost: Annotated[Amount, k.amount("cost of the call, estimated on request and settled after it")] = None
    latency: Annotated[
        Number, k.duration("time from request to end of the call", ENDED, "gen_ai.client.operation.duration")
    ] = None
    time_to_first_token: Annotated[
        Number,
        k.duration(
            "time from request to the first piece of the answer", ANSWERED, "gen_ai.response.time_to_first_chunk"
        ),
    ] = None

    finish_reason: Annotated[
        Text, k.text("reason why the model stopped", ANSWERED, "gen_ai.response.finish_reasons", FINISH_REASONS)
    ] = None
    confidence: Annotated[Number, k.percent("confidence in the answer", ANSWERED)] = None
    grounded: Annotated[Number, k.percent("share of the answer's statements that its sources support", ANSWERED)] = None
    outcome: Annotated[
        Text,
        k.one_of(
            "verdict of people on the answer",
            "accepted",
            "corrected",
            "rejected",
            "escalated",
            "abandoned",
            phases=AFTERWARDS,
            standard="gen_ai.evaluation.score.label",
        ),
    ] = None
    score: Annotated[
        Number, k.percent("score given to the answer afterwards", AFTERWARDS, "gen_ai.evaluation.score.value")
    ] = None
    error: Annotated[Text, k.text("message of the failure", FAILED, "exception.message")] = None
    error_type: Annotated[Text, k.text("kind of failure, such as timeout", FAILED, "error.type")] = None
    status_code: Annotated[Whole, k.count("HTTP status of the failure", FAILED, "http.response.status_code")] = None
    attempt: Annotated[Whole, k.count("number of this attempt, 1 for the first")] = None
    fallback: Annotated[Flag, k.flag("call is a fallback for another")] = None

    time: Annotated[Number, k.instant("instant of the request")] = None
    day_of_week: Annotated[
        Text,
        k.one_of(
            "day of the week in the policy's time zone",
            *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        ),
    ] = None
    time_of_day: Annotated[Whole, k.Known("time of day in the policy's time zone, to the second", TIME)] = None

    team: Annotated[Text, k.text("team that the call is charged to")] = None
    application: Annotated[Text, k.text("application that makes the call", standard="service.name")] = None
    release: Annotated[Text, k.text("version of the application", standard="service.version")] = None
    environment: Annotated[Text, k.text("environment of the application", standard="deployment.environment.name")] = (
        None
    )
    region: Annotated[Text, k.text("region in which the model runs", standard="cloud.region")] = None
    purpose: Annotated[Text, k.text("purpose of the call")] = None
    use_case: Annotated[Text, k.text("use case that the call belongs to")] = None
    session: Annotated[Text, k.text("session that the call belongs to", standard="gen_ai.conversation.id")] = None
    workflow: Annotated[Text, k.text("workflow that the call belongs to", standard="gen_ai.workflow.name")] = None
    agent: Annotated[Text, k.text("agent that makes the call", standard="gen_ai.agent.name")] = None
    step: Annotated[Whole, k.count("number of this step in the agent's run, 1 for the first")] = None
    language: Annotated[Text, k.text("language of the prompt as an ISO 639-1 code")] = None
    labels: Annotated[Texts, k.texts("labels of the call")] = None


class Principal(Facts):
    """On whose behalf the call is made."""

    prefix = "principal"

    id: Annotated[Text, k.text("identifier of the principal", standard="enduser.id")] = None
    kind: Annotated[Text, k.one_of("kind of the principal", "person", "service", "agent")] = None
    role: Annotated[Text, k.text("role of the principal")] = None
    groups: Annotated[Texts, k.texts("groups of the principal")] = None
    tenant: Annotated[Text, k.text("organisation of the principal")] = None
    country: Annotated[Text, k.text("country of the principal as an ISO 3166-1 code")] = None
    authenticated: Annotated[Flag, k.flag("principal has proved who they are")] = None
    adult: Annotated[Flag, k.flag("principal is of age")] = None
    consented: Annotated[Flag, k.flag("principal has agreed to the use of their data")] = None


class Tool(Facts):
    """The tool that the model wants to use, or has used."""

    prefix = "tool"

    name: Annotated[Text, k.text("name of the tool", TOOL, "gen_ai.tool.name")] = None
    kind: Annotated[Text, k.text("kind of tool, such as function", TOOL, "gen_ai.tool.type")] = None
    server: Annotated[Text, k.text("server that offers the tool", TOOL, "server.address")] = None
    side_effects: Annotated[
        Text, k.one_of("kind of side effect of the tool", "none", "reversible", "irreversible", phases=TOOL)
    ] = None
    destination: Annotated[Text, k.text("system that the tool acts on", TOOL)] = None
    amount: Annotated[Amount, k.amount("amount that the tool would move", phases=TOOL)] = None
    trusted: Annotated[Flag, k.flag("tool's result comes from a trusted source", TOOL)] = None
    approved: Annotated[Flag, k.flag("use of the tool was approved by a person", TOOL)] = None
    latency: Annotated[Number, k.duration("time that the tool took", TOOL_DONE)] = None
    succeeded: Annotated[Flag, k.flag("tool did what it was asked", TOOL_DONE)] = None


class Data(Facts):
    """The data that the call carries."""

    prefix = "data"

    classification: Annotated[Text, k.text("classification of the data, such as confidential")] = None
    categories: Annotated[Texts, k.texts("categories of the data, such as health")] = None
    subject: Annotated[Text, k.text("person whom the data is about")] = None
    owner: Annotated[Text, k.text("owner of the data")] = None
    region: Annotated[Text, k.text("region in which the data must stay")] = None
    source: Annotated[Text, k.text("system that the data comes from")] = None
    legal_basis: Annotated[Text, k.text("legal basis for the use of the data")] = None
    personal: Annotated[Flag, k.flag("data is about identifiable people")] = None


class Retrieval(Facts):
    """The documents that were put before the model."""

    prefix = "retrieval"

    sources: Annotated[Texts, k.texts("sources of the documents", standard="gen_ai.data_source.id")] = None
    documents: Annotated[Whole, k.count("number of documents")] = None
    oldest: Annotated[Number, k.instant("instant at which the oldest document was last changed")] = None
    lowest_score: Annotated[Number, k.percent("score of the document that fits least")] = None
    permitted: Annotated[Flag, k.flag("principal may read every document")] = None


GROUPS: tuple[type[Facts], ...] = (Call, Principal, Tool, Data, Retrieval)
"""Every group of built-in facts, in the order in which the reference lists them."""
