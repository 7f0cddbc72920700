"""What is used instead of a call: the functions behind the policy's `fallback` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fallback:
    """A function that stands in for guarded calls, with the facts in which its call differs.

    It is called with the arguments of the call that it replaces, and passes all rules again.
    """

    function: Callable[..., Any]
    facts: Mapping[str, object] = field(default_factory=dict)
    """Facts of the fallback's call, such as its `call.model`; None says that a fact does not apply."""


@dataclass(frozen=True, slots=True)
class BoundFallback:
    """A fallback under the name that the policy gives it."""

    name: str
    fallback: Fallback
