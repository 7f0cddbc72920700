"""The settings of a guard, for `Guard.load`; `Guard.of` says what each of them means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from policykit.guard.cost import CostModel
    from policykit.guard.fallbacks import Fallback
    from policykit.guard.observer import Observer
    from policykit.guard.options import GuardOptions
    from policykit.guard.recording.commitments import Commitments
    from policykit.guard.recording.writer import Appendable
    from policykit.guard.stores.bundle import Stores
    from policykit.trail.clock import Clock


class Settings(TypedDict, total=False):
    """What a deployment gives a guard."""

    trail: Appendable | None
    commitments: Commitments | None
    fallbacks: Mapping[str, Fallback | Callable[..., Any]] | None
    approvers: Mapping[str, Callable[..., Any]] | None
    tell: Mapping[str, Callable[..., Any]] | None
    context_facts: Iterable[str]
    stores: Stores | None
    cost: CostModel | None
    observers: Sequence[Observer]
    require: Sequence[str]
    options: GuardOptions | None
    clock: Clock | None
    secret: bytes | None
