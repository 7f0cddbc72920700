"""The cost model: what the system will cost at the volume it is meant for, and what it is worth."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Amount, Flag, Number, Texts, Whole


class CostModel(Run):
    """The cost model."""

    kind = "cost_model"
    words = "the cost model"

    tasks_per_day: Annotated[Whole, k.count("number of tasks expected in a day")] = None
    peak_tasks_per_day: Annotated[Whole, k.count("number of tasks expected on the busiest day")] = None
    calls_per_task: Annotated[Number, k.number("number of calls expected in a task", low=0)] = None
    cost_per_call: Annotated[Amount, k.amount("cost expected of a call")] = None
    cost_per_task: Annotated[Amount, k.amount("cost expected of a task")] = None
    value_per_task: Annotated[Amount, k.amount("value expected of a task")] = None
    cost_per_month: Annotated[Amount, k.amount("cost expected of a month at target volume")] = None
    ceiling_per_month: Annotated[Amount, k.amount("agreed ceiling for a month")] = None
    ceiling_per_task: Annotated[Amount, k.amount("agreed ceiling for a task")] = None
    includes: Annotated[Texts, k.texts("classes of cost that are included, such as storage")] = None
    measured: Annotated[Flag, k.flag("costs were measured in the pilot and not only assumed")] = None
    payer_agreed: Annotated[Flag, k.flag("payer has agreed")] = None
