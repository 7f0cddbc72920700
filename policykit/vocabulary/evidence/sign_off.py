"""Sign-offs: who has signed for what, each with a signature that was verified."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import Element


class Signature(Element):
    """One person's signature."""

    singular = "signature"
    person: Annotated[Text, k.text("person who signed")] = None
    role: Annotated[Text, k.text("role in which the person signed")] = None
    decision: Annotated[Text, k.one_of("decision of the person", "approve", "reject", "abstain")] = None
    signed_at: Annotated[Number, k.instant("instant of the signature")] = None
    expires: Annotated[Whole, k.day("last day on which the signature counts")] = None
    verified: Annotated[Flag, k.flag("signature was verified against a trusted key")] = None


class SignOff(Run):
    """Sign-offs."""

    kind = "sign_off"
    words = "the sign-offs"

    gate: Annotated[Text, k.text("gate that was signed for")] = None
    subject: Annotated[Text, k.text("digest of what was signed")] = None
    signatures: Annotated[Whole, k.count("number of verified signatures")] = None
    approvals: Annotated[Whole, k.count("number of verified approvals")] = None
    rejections: Annotated[Whole, k.count("number of verified rejections")] = None
    people: Annotated[Whole, k.count("number of different people who approved")] = None
    roles: Annotated[Texts, k.texts("roles that approved")] = None
    last_signed_at: Annotated[Number, k.instant("instant of the last signature")] = None
    expires: Annotated[Whole, k.day("day on which the first approval runs out")] = None

    signature_results: tuple[Signature, ...] = ()
