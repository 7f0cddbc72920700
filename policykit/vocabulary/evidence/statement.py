"""A statement of a person, signed: what no tool can show, such as who pays, or that the legal review took place."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Whole


class Statement(Run):
    """A statement of a person."""

    kind = "statement"
    words = "the signed statement"

    text: Annotated[Text, k.text("text of the statement")] = None
    requirement: Annotated[Text, k.text("clause that the statement is for")] = None
    decision: Annotated[
        Text, k.one_of("decision that the statement records", "yes", "no", "approve", "reject", "not applicable")
    ] = None
    person: Annotated[Text, k.text("person who makes the statement")] = None
    role: Annotated[Text, k.text("role of the person")] = None
    organisation: Annotated[Text, k.text("organisation of the person")] = None
    subject: Annotated[Text, k.text("system and version that the statement is about")] = None
    subject_digest: Annotated[Text, k.text("digest of what the statement is about")] = None
    decided_at: Annotated[Number, k.instant("instant of the decision")] = None
    decided_on: Annotated[Whole, k.day("day of the decision")] = None
    effective_on: Annotated[Whole, k.day("day from which the statement counts")] = None
    expires: Annotated[Whole, k.day("last day on which the statement counts")] = None
    value: Annotated[Number, k.number("number that the statement gives")] = None
    share: Annotated[Number, k.percent("share that the statement gives")] = None
    amount: Annotated[k.Amount, k.amount("amount that the statement gives")] = None
    period: Annotated[Number, k.duration("length of time that the statement gives")] = None
    link: Annotated[Text, k.text("place where the underlying record is kept")] = None
    verified: Annotated[Flag, k.flag("signature was verified against a trusted key")] = None
