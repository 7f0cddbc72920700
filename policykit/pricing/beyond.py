"""How far a call goes beyond the text that was counted: what an adapter tells the cost model of a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

KEY = "input beyond the text"
"""Where a call's facts hold it. No name of a fact has a space, so that no policy reads it."""


class Beyond(IntEnum):
    """What bounds the cost of a call, the tightest first."""

    NOTHING = 0
    """Its text."""
    DECLARED = 1
    """Its text, and declarations or pictures, of which a deployment can say how many tokens they are."""
    CONTEXT = 2
    """The model's context window: files, and what the provider keeps."""
    ANYTHING = 3
    """Nothing: tools of the provider, other prices, arguments that are not known."""


def beyond_of(facts: Mapping[str, object]) -> Beyond:
    """Return how far a call goes; one of which nobody says it, such as a decorated function, goes no further."""
    found = facts.get(KEY, Beyond.NOTHING)
    return found if isinstance(found, Beyond) else Beyond.ANYTHING
