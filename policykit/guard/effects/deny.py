"""`deny`: the call is not made, or its result is not handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Refuse with the first message there is; a denial goes before a pause."""
    act.refusal = None
    spoken = next((each for each in obligations if each.effect.message), obligations[0])
    act.refuse("deny", spoken, "")
    yield from ()
