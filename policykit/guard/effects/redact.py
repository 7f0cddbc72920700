"""`redact`: what the rule's patterns found is taken out for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Take it out of the text that each rule looked at."""
    for obligation in obligations:
        for clause in obligation.clauses:
            act.redact(clause)
    yield from ()
