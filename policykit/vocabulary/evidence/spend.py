"""What the calls have cost, as LiteLLM's spend logs and FOCUS bills state it."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Amount, Number, Text, Texts, Whole
from policykit.vocabulary.model import Canonical, OpenElement


class Slice(Canonical):
    """The spend that shares a label."""

    total: Annotated[Amount, k.amount("cost of the slice")] = None
    calls: Annotated[Whole, k.count("number of calls in the slice")] = None
    cost_per_call: Annotated[Amount, k.amount("cost of the slice for each answered call")] = None


class Charge(OpenElement):
    """What one model, team or service has cost."""

    singular = "charge"
    model: Annotated[Text, k.text("model that was charged")] = None
    team: Annotated[Text, k.text("team that was charged")] = None
    service: Annotated[Text, k.text("service that was charged", standard="ServiceName")] = None
    category: Annotated[Text, k.text("category of the charge, such as compute", standard="ChargeCategory")] = None
    cost: Annotated[Amount, k.amount("cost of the charge", standard="EffectiveCost")] = None
    calls: Annotated[Whole, k.count("number of calls of the charge")] = None


class Spend(Run):
    """What the calls have cost."""

    kind = "spend"
    words = "the spend record"
    slice = Slice

    total: Annotated[Amount, k.amount("total cost of the period")] = None
    period: Annotated[Number, k.duration("length of the period")] = None
    first_at: Annotated[Number, k.instant("instant of the first charge")] = None
    last_at: Annotated[Number, k.instant("instant of the last charge")] = None
    calls: Annotated[Whole, k.count("number of calls")] = None
    failed_calls: Annotated[Whole, k.count("number of calls that failed")] = None
    tasks: Annotated[Whole, k.count("number of tasks, each of one or more calls")] = None
    cost_per_call: Annotated[Amount, k.amount("total cost for each answered call")] = None
    cost_per_call_p95: Annotated[Amount, k.amount("cost that 95 in 100 calls stay within")] = None
    cost_per_task: Annotated[Amount, k.amount("mean cost of a task")] = None
    cost_per_task_p95: Annotated[Amount, k.amount("cost that 95 in 100 tasks stay within")] = None
    calls_per_task: Annotated[Number, k.number("mean number of calls in a task", low=0)] = None
    cost_per_day: Annotated[Amount, k.amount("mean cost of a day")] = None
    input_tokens: Annotated[Whole, k.count("number of input tokens")] = None
    output_tokens: Annotated[Whole, k.count("number of output tokens")] = None
    cached_rate: Annotated[Number, k.percent("share of calls that a cache answered")] = None
    unpriced_calls: Annotated[Whole, k.count("number of calls without a known price")] = None
    models: Annotated[Texts, k.texts("models that were charged")] = None
    model_cost: Annotated[Amount, k.amount("cost of the model calls")] = None
    compute_cost: Annotated[Amount, k.amount("cost of compute")] = None
    storage_cost: Annotated[Amount, k.amount("cost of storage")] = None
    network_cost: Annotated[Amount, k.amount("cost of network traffic")] = None

    charges: tuple[Charge, ...] = ()
