"""Meetings that repeat, such as the weekly review of evaluation results, incidents and drift."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Meeting(OpenElement):
    """One review that took place."""

    singular = "meeting"
    held_on: Annotated[Whole, k.day("day of the review")] = None
    roles: Annotated[Texts, k.texts("roles that took part")] = None
    topics: Annotated[Texts, k.texts("topics of the review")] = None
    recorded: Annotated[Flag, k.flag("review left a record")] = None


class Review(Run):
    """Reviews that repeat."""

    kind = "review"
    words = "the regular reviews"

    reviews: Annotated[Whole, k.count("number of reviews")] = None
    last_held_on: Annotated[Whole, k.day("day of the last review")] = None
    longest_gap: Annotated[Number, k.duration("longest time between two reviews")] = None
    roles: Annotated[Texts, k.texts("roles that took part in every review")] = None
    topics: Annotated[Texts, k.texts("topics that every review covered")] = None
    open_actions: Annotated[Whole, k.count("number of actions that are not done")] = None
    overdue_actions: Annotated[Whole, k.count("number of actions that are overdue")] = None

    meetings: tuple[Meeting, ...] = ()
