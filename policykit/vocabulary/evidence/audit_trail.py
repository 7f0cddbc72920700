"""The audit trail: the signed chain of what was decided, as policykit itself verifies it."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Whole


class AuditTrail(Run):
    """The audit trail."""

    kind = "audit_trail"
    words = "the audit trail"

    entries: Annotated[Whole, k.count("number of entries")] = None
    verified: Annotated[Flag, k.flag("chain, signatures and order of the trail were verified")] = None
    first_at: Annotated[Number, k.instant("instant of the first entry")] = None
    last_at: Annotated[Number, k.instant("instant of the last entry")] = None
    decisions: Annotated[Whole, k.count("number of decisions that are recorded")] = None
    recorded_rate: Annotated[Number, k.percent("share of calls that left an entry")] = None
    witnesses: Annotated[Whole, k.count("number of outside witnesses")] = None
    definition_digest: Annotated[Text, k.text("digest of the definition that was agreed")] = None
    definition_agreed_at: Annotated[
        Number, k.instant("instant at which the parties agreed to the definition as it stands now")
    ] = None
    definition_first_agreed_at: Annotated[
        Number, k.instant("instant at which the first of the definitions that this one amends was agreed")
    ] = None
    definition_amended_at: Annotated[Number, k.instant("instant at which the last amendment was agreed")] = None
    build_started_at: Annotated[Number, k.instant("instant at which the build was recorded to begin")] = None
    released_at: Annotated[Number, k.instant("instant at which the first release was recorded")] = None
    retention: Annotated[Number, k.duration("time for which entries are kept")] = None
