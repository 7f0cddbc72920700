"""`pseudonymise`: a token stands in the place of each value, and is put back in what returns to the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Put tokens into the text that each rule looked at."""
    for obligation in obligations:
        for clause in obligation.clauses:
            act.tokenise(clause)
    yield from ()
