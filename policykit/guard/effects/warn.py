"""`warn`: the call goes on, and the warning is recorded and told to whoever observes the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.act import Act
    from policykit.guard.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Tell the warnings."""
    for obligation in obligations:
        act.call.plan.core.warned(act.call, act.phase, obligation)
    yield from ()
