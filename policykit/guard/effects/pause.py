"""`pause`: calls are refused, in every process that shares the store, until a role resumes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.guard.state.stopping import trip

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Trip a stop for each rule; a call that has not been made yet is refused as well."""
    call = act.call
    for obligation in obligations:
        for clause in obligation.clauses:
            stop = yield from trip(call.plan.core, clause, obligation.effect, f"rule {clause}")
            if (
                act.is_entering
                and stop.effective_ns <= call.plan.core.clock.now_ns()
                and stop.tool in {"", call.plan.tool}
            ):
                act.refuse("pause", obligation, f"calls are paused by {clause}")
