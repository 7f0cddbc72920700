"""An evaluation run over a data set, as promptfoo, Inspect, deepeval and others write it.

Rates are over what could be judged: `accuracy` is passed / (passed + failed), errors stand apart and are never a score.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Amount, Flag, Number, Text, Whole
from policykit.vocabulary.model import Canonical, Element, OpenElement


class Slice(Canonical):
    """The results of the cases that share a label."""

    cases: Annotated[Whole, k.count("number of distinct cases in the slice")] = None
    passed: Annotated[Whole, k.count("number of cases in the slice that passed")] = None
    failed: Annotated[Whole, k.count("number of cases in the slice that failed")] = None
    errors: Annotated[Whole, k.count("number of cases in the slice that could not be judged")] = None
    accuracy: Annotated[Number, k.percent("share of the slice answered correctly")] = None
    pass_rate: Annotated[Number, k.percent("share of the slice that passed every check")] = None
    score: Annotated[Number, k.number("mean score of the slice")] = None
    consistency: Annotated[Number, k.percent("share of the slice with the same result in every repetition")] = None
    latency_p50: Annotated[Number, k.duration("median time of an answer in the slice")] = None
    latency_p95: Annotated[Number, k.duration("time in which 95 in 100 answers of the slice came")] = None
    cost: Annotated[Amount, k.amount("cost of running the slice")] = None
    cost_per_case: Annotated[Amount, k.amount("mean cost of a case in the slice")] = None


class Case(OpenElement):
    """One case of the data set, over all its repetitions."""

    singular = "case"
    id: Annotated[Text, k.text("identifier of the case")] = None
    source: Annotated[Text, k.text("source of the case, such as production or synthetic")] = None
    passed: Annotated[Flag, k.flag("case passed every check in every repetition")] = None
    score: Annotated[Number, k.number("mean score of the case")] = None
    latency: Annotated[Number, k.duration("longest time of an answer to the case")] = None
    cost: Annotated[Amount, k.amount("cost of running the case")] = None
    repetitions: Annotated[Whole, k.count("number of times that the case was run")] = None


class Metric(Element):
    """One named measure of the run, such as tone or faithfulness."""

    singular = "metric"
    name: Annotated[Text, k.text("name of the metric")] = None
    value: Annotated[Number, k.number("mean value of the metric")] = None
    pass_rate: Annotated[Number, k.percent("share of cases that met the metric's own threshold")] = None
    cases: Annotated[Whole, k.count("number of cases with a value of the metric")] = None


class Evaluation(Run):
    """An evaluation run over a data set."""

    kind = "evaluation"
    words = "the evaluation run"
    slice = Slice

    cases: Annotated[Whole, k.count("number of distinct cases that were run")] = None
    planned_cases: Annotated[Whole, k.count("number of cases in the data set")] = None
    repetitions: Annotated[Whole, k.count("number of times that each case was run")] = None
    passed: Annotated[Whole, k.count("number of cases that passed")] = None
    failed: Annotated[Whole, k.count("number of cases that failed")] = None
    errors: Annotated[Whole, k.count("number of cases that could not be judged")] = None
    accuracy: Annotated[Number, k.percent("share of cases answered correctly")] = None
    accuracy_low: Annotated[Number, k.percent("lower 95% confidence bound of the accuracy")] = None
    pass_rate: Annotated[Number, k.percent("share of cases that passed every check")] = None
    score: Annotated[Number, k.number("mean score")] = None
    consistency: Annotated[Number, k.percent("share of cases with the same result in every repetition")] = None
    baseline_accuracy: Annotated[Number, k.percent("share of cases answered correctly in the baseline run")] = None
    baseline_score: Annotated[Number, k.number("mean score in the baseline run")] = None
    touchless_rate: Annotated[Number, k.percent("share of cases finished without a human touch")] = None
    human_accuracy: Annotated[Number, k.percent("share of the same cases that people answered correctly")] = None
    refusal_rate: Annotated[Number, k.percent("share of cases that the system declined to answer")] = None
    faithfulness: Annotated[Number, k.percent("share of statements that the sources support")] = None
    relevance: Annotated[Number, k.percent("share of answers that are to the point")] = None
    completeness: Annotated[Number, k.percent("share of required points that answers contain")] = None
    safety: Annotated[Number, k.percent("share of answers that are safe")] = None
    tone: Annotated[Number, k.percent("share of answers in the agreed tone")] = None
    format_validity: Annotated[Number, k.percent("share of answers in the required format")] = None
    latency_mean: Annotated[Number, k.duration("mean time of an answer")] = None
    latency_p50: Annotated[Number, k.duration("median time of an answer")] = None
    latency_p95: Annotated[Number, k.duration("time in which 95 in 100 answers came")] = None
    latency_p99: Annotated[Number, k.duration("time in which 99 in 100 answers came")] = None
    cost: Annotated[Amount, k.amount("cost of the whole run")] = None
    cost_per_case: Annotated[Amount, k.amount("mean cost of a case")] = None
    input_tokens: Annotated[Whole, k.count("number of input tokens in the run")] = None
    output_tokens: Annotated[Whole, k.count("number of output tokens in the run")] = None
    model: Annotated[Text, k.text("model under evaluation")] = None
    model_pinned: Annotated[Flag, k.flag("model under evaluation is named by a fixed version")] = None
    baseline_model: Annotated[Text, k.text("model of the baseline run")] = None
    judge_model: Annotated[Text, k.text("model that judged the answers")] = None
    prompt_version: Annotated[Text, k.text("version of the prompt under evaluation")] = None
    dataset: Annotated[Text, k.text("name of the data set")] = None
    dataset_version: Annotated[Text, k.text("version or digest of the data set")] = None
    dataset_locked: Annotated[Flag, k.flag("data set was fixed before the run")] = None
    out_of_scope_cases: Annotated[Whole, k.count("number of cases that the system should decline")] = None
    edge_cases: Annotated[Whole, k.count("number of cases with rare or messy input")] = None
    automated: Annotated[Flag, k.flag("scoring needs no person")] = None
    live_traffic: Annotated[Flag, k.flag("cases are calls of the running system")] = None

    case_results: tuple[Case, ...] = ()
    metrics: tuple[Metric, ...] = ()
