"""The guard: the rules of a policy enforced around AI calls (docs/adr/0030). Names are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.guard.argument import TEXTS as TEXTS
    from policykit.guard.argument import WHOLE as WHOLE
    from policykit.guard.argument import Argument as Argument
    from policykit.guard.argument import Result as Result
    from policykit.guard.fallbacks import Fallback as Fallback
    from policykit.guard.guard import Guard as Guard
    from policykit.guard.options import GuardOptions as GuardOptions
    from policykit.guard.options import Mode as Mode
    from policykit.guard.options import OnError as OnError
    from policykit.guard.recording.commitments import Commitments as Commitments
    from policykit.guard.recording.facts import facts_to_record as facts_to_record
    from policykit.guard.stores.bundle import Stores as Stores
    from policykit.guard.stores.protocol import Answer as Answer
    from policykit.pricing.exchange import ExchangeRate as ExchangeRate
    from policykit.pricing.table import PriceTable as PriceTable

_LAZY: dict[str, str] = {
    "TEXTS": "policykit.guard.argument",
    "WHOLE": "policykit.guard.argument",
    "Answer": "policykit.guard.stores.protocol",
    "Argument": "policykit.guard.argument",
    "Commitments": "policykit.guard.recording.commitments",
    "ExchangeRate": "policykit.pricing.exchange",
    "Fallback": "policykit.guard.fallbacks",
    "Guard": "policykit.guard.guard",
    "GuardOptions": "policykit.guard.options",
    "Mode": "policykit.guard.options",
    "OnError": "policykit.guard.options",
    "PriceTable": "policykit.pricing.table",
    "Result": "policykit.guard.argument",
    "Stores": "policykit.guard.stores.bundle",
    "facts_to_record": "policykit.guard.recording.facts",
}

__all__ = list(_LAZY)


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"policykit.guard has no `{name}`")
    import importlib

    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value
