"""`warn`: the call goes on; the warning is recorded, and observers see it in the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Change nothing: that the effect was applied is what the record says."""
    del act, obligations
    yield from ()
