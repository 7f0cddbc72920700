"""A fairness assessment: how results differ between groups of people, as AI Verify and others report it.

Source: the parity measures as in NIST SP 1270 and ISO/IEC TR 24027:2021.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Number, Text, Texts, Whole
from policykit.vocabulary.model import Canonical, OpenElement


class Slice(Canonical):
    """The results of the groups that share a label."""

    cases: Annotated[Whole, k.count("number of cases in the slice")] = None
    accuracy: Annotated[Number, k.percent("share of the slice answered correctly")] = None
    selection_rate: Annotated[Number, k.percent("share of the slice with the favourable result")] = None


class Group(OpenElement):
    """One group of people."""

    singular = "group"
    name: Annotated[Text, k.text("name of the group")] = None
    feature: Annotated[Text, k.text("feature that sets the group apart, such as age")] = None
    cases: Annotated[Whole, k.count("number of cases of the group")] = None
    accuracy: Annotated[Number, k.percent("share of the group's cases answered correctly")] = None
    selection_rate: Annotated[Number, k.percent("share of the group with the favourable result")] = None
    false_positive_rate: Annotated[Number, k.percent("share of the group's negatives taken for positives")] = None
    false_negative_rate: Annotated[Number, k.percent("share of the group's positives taken for negatives")] = None


class Fairness(Run):
    """A fairness assessment."""

    kind = "fairness"
    words = "the fairness assessment"
    slice = Slice

    cases: Annotated[Whole, k.count("number of cases that were assessed")] = None
    groups: Annotated[Whole, k.count("number of groups that were compared")] = None
    features: Annotated[Texts, k.texts("features by which people were grouped")] = None
    largest_accuracy_gap: Annotated[
        Number, k.Known("largest difference in accuracy between two groups", k.POINTS_GAP)
    ] = None
    largest_selection_gap: Annotated[
        Number, k.Known("largest difference in selection rate between two groups", k.POINTS_GAP)
    ] = None
    impact_ratio: Annotated[Number, k.percent("lowest selection rate of a group as a share of the highest")] = None
    smallest_group: Annotated[Whole, k.count("number of cases of the smallest group")] = None

    group_results: tuple[Group, ...] = ()
