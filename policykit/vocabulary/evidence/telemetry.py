"""How the running system behaved over a period: latency, errors, fallbacks, feedback, drift, from traces and metrics.

Source: the OpenTelemetry GenAI metrics `gen_ai.client.operation.duration` and `gen_ai.client.token.usage`.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Amount, Flag, Number, Texts, Whole
from policykit.vocabulary.model import Canonical


class Slice(Canonical):
    """The calls that share a label."""

    calls: Annotated[Whole, k.count("number of calls in the slice")] = None
    error_rate: Annotated[Number, k.percent("share of calls in the slice that failed")] = None
    fallback_rate: Annotated[Number, k.percent("share of calls in the slice that a fallback answered")] = None
    latency_p95: Annotated[Number, k.duration("time in which 95 in 100 calls of the slice ended")] = None


class Telemetry(Run):
    """Traces and metrics of the running system."""

    kind = "telemetry"
    words = "the telemetry of the running system"
    slice = Slice

    first_at: Annotated[Number, k.instant("instant of the first call")] = None
    last_at: Annotated[Number, k.instant("instant of the last call")] = None
    calls: Annotated[Whole, k.count("number of calls")] = None
    traced_rate: Annotated[Number, k.percent("share of calls with a trace")] = None
    errors: Annotated[Whole, k.count("number of calls that failed")] = None
    error_rate: Annotated[Number, k.percent("share of calls that failed")] = None
    fallback_rate: Annotated[Number, k.percent("share of calls that a fallback answered")] = None
    escalation_rate: Annotated[Number, k.percent("share of calls that went to a person")] = None
    correction_rate: Annotated[Number, k.percent("share of answers that people corrected")] = None
    touchless_rate: Annotated[Number, k.percent("share of cases finished without a human touch")] = None
    feedback_rate: Annotated[Number, k.percent("share of answers with feedback from users")] = None
    positive_feedback_rate: Annotated[Number, k.percent("share of feedback that is positive")] = None
    accuracy: Annotated[Number, k.percent("share of sampled answers that were correct")] = None
    baseline_accuracy: Annotated[Number, k.percent("share of sampled answers that were correct at launch")] = None
    drift: Annotated[Number, k.number("population stability index of the inputs", low=0)] = None
    availability: Annotated[Number, k.percent("share of time in which the system answered")] = None
    latency_p50: Annotated[Number, k.duration("median time of a call")] = None
    latency_p95: Annotated[Number, k.duration("time in which 95 in 100 calls ended")] = None
    latency_p99: Annotated[Number, k.duration("time in which 99 in 100 calls ended")] = None
    time_to_first_token_p95: Annotated[Number, k.duration("time in which 95 in 100 answers began")] = None
    input_tokens: Annotated[Whole, k.count("number of input tokens")] = None
    output_tokens: Annotated[Whole, k.count("number of output tokens")] = None
    cost: Annotated[Amount, k.amount("cost of the calls")] = None
    models: Annotated[Texts, k.texts("models that answered")] = None
    unpinned_models: Annotated[Whole, k.count("number of models that are not named by a fixed version")] = None
    continuous: Annotated[Flag, k.flag("record has no gap of a day or more")] = None
