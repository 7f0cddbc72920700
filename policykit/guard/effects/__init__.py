"""What a rule's `then` does to a call: one file for each effect, found by its name.

A file `<kind>.py` defines `apply(act, obligations) -> Flow[None]` for the obligations of its kind. It adds to the act;
what the act amounts to is decided when all effects have been applied.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from policykit.guard.flow.steps import Flow

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act

ORDER = ("warn", "pause", "deny", "ask", "use", "pseudonymise", "redact")
"""Source: docs/adr/0030. Nobody is asked about a call that is refused anyway."""

Effect = Callable[["Act", "list[Obligation]"], Flow[None]]


def carried_out(act: Act) -> Flow[None]:
    """Apply all effects of a decision, in order, up to a refusal.

    A store or a callback that fails keeps its own effect from being carried out, and no other: `Act.fault`.
    """
    for kind in ORDER:
        obligations = [each for each in act.obligations if each.kind == kind]
        if obligations and (act.refusal is None or kind == "deny"):
            try:
                yield from effect(kind)(act, obligations)
            except Exception as error:  # noqa: BLE001 - whatever fails, the options say what it means
                act.fault = act.fault or error
            else:
                act.effects.append(kind)


@cache
def effect(kind: str) -> Effect:
    """Return how an effect is applied."""
    found: Effect = importlib.import_module(f"{__package__}.{kind}").apply
    return found
