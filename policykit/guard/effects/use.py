"""`use`: a fallback answers instead of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Take the fallbacks of all obligations, in their order, each once.

    A call that is itself one of a rule's fallbacks fulfils the rule.
    """
    open_ones = [each for each in obligations if act.call.fallback not in each.effect.fallbacks]
    names = [name for obligation in open_ones for name in obligation.effect.fallbacks]
    act.fallbacks = tuple(dict.fromkeys((*act.fallbacks, *names)))
    yield from ()
