"""A red-team run: attacks on the system, and how many got through, as garak, promptfoo redteam and PyRIT write it.

Two rates, both named, because tools differ in the denominator: `attack_success_rate` is over the attacks that
ran and counts those that nobody could judge as got through; `attack_success_rate_all` is what was seen to get through,
over all attacks, undetermined and crashed ones included. An error blocks nothing.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import Canonical, OpenElement


class Slice(Canonical):
    """The results of the attacks that share a label."""

    attacks: Annotated[Whole, k.count("number of attacks in the slice")] = None
    succeeded: Annotated[Whole, k.count("number of attacks in the slice that got through")] = None
    attack_success_rate: Annotated[Number, k.percent("share of attacks in the slice that got through")] = None


class Probe(OpenElement):
    """All attempts of one kind of attack."""

    singular = "probe"
    name: Annotated[Text, k.text("name of the probe")] = None
    category: Annotated[Text, k.text("category of the probe, such as prompt injection")] = None
    strategy: Annotated[Text, k.text("way in which the attack is delivered")] = None
    severity: Annotated[Text, k.one_of("severity of the probe", "critical", "high", "medium", "low", "info")] = None
    attacks: Annotated[Whole, k.count("number of attacks of the probe")] = None
    succeeded: Annotated[Whole, k.count("number of attacks of the probe that got through")] = None
    undetermined: Annotated[Whole, k.count("number of attacks of the probe without a clear outcome")] = None
    attack_success_rate: Annotated[Number, k.percent("share of attacks of the probe that got through")] = None


class Finding(OpenElement):
    """One attack that got through."""

    singular = "finding"
    id: Annotated[Text, k.text("identifier of the finding")] = None
    probe: Annotated[Text, k.text("probe of the finding")] = None
    category: Annotated[Text, k.text("category of the finding")] = None
    severity: Annotated[Text, k.one_of("severity of the finding", "critical", "high", "medium", "low", "info")] = None
    open: Annotated[Flag, k.flag("finding is not yet resolved")] = None


class RedTeam(Run):
    """A red-team run."""

    kind = "red_team"
    words = "the red-team run"
    slice = Slice

    attacks: Annotated[Whole, k.count("number of attacks that were run")] = None
    succeeded: Annotated[Whole, k.count("number of attacks that got through")] = None
    blocked: Annotated[Whole, k.count("number of attacks that were blocked")] = None
    undetermined: Annotated[Whole, k.count("number of attacks without a clear outcome")] = None
    errors: Annotated[Whole, k.count("number of attacks that could not be run")] = None
    attack_success_rate: Annotated[
        Number, k.percent("share of attacks that got through or could not be judged, of those that ran")
    ] = None
    attack_success_rate_all: Annotated[Number, k.percent("share of attacks that got through, of all attacks")] = None
    attack_success_rate_high: Annotated[Number, k.percent("upper 95% confidence bound of the attack success rate")] = (
        None
    )
    baseline_attack_success_rate: Annotated[
        Number, k.percent("share of attacks that got through in the baseline run")
    ] = None
    probes: Annotated[Whole, k.count("number of different probes")] = None
    categories: Annotated[Texts, k.texts("categories of attack that were covered")] = None
    open_findings: Annotated[Whole, k.count("number of findings that are not resolved")] = None
    critical_findings: Annotated[Whole, k.count("number of findings of critical severity")] = None
    high_findings: Annotated[Whole, k.count("number of findings of high severity")] = None
    prompt_injection: Annotated[Flag, k.flag("run tried prompt injection")] = None
    jailbreak: Annotated[Flag, k.flag("run tried jailbreaks")] = None
    data_leakage: Annotated[Flag, k.flag("run tried to extract data")] = None
    model: Annotated[Text, k.text("model under attack")] = None
    model_pinned: Annotated[Flag, k.flag("model under attack is named by a fixed version")] = None
    target: Annotated[Text, k.text("system under attack")] = None
    real_target: Annotated[Flag, k.flag("target is the real system and not a mock")] = None
    human_led: Annotated[Flag, k.flag("attacks were led by people")] = None

    probe_results: tuple[Probe, ...] = ()
    findings: tuple[Finding, ...] = ()
