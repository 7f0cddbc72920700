"""How long a match of a pattern can be."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

MAX_WIDTH = 20_000
"""A pattern whose matches may be longer counts as one without a bound."""


@lru_cache(maxsize=1024)
def width_of(pattern: str) -> int | None:
    """Return the greatest number of characters that a match takes, its context included.

    None where there is no bound, or none that could be found out: what RE2 has and Python has not counts so.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            library: Any = re  # which does not declare its parser; compiling would do more than is asked here
            parsed = library._parser.parse(pattern)  # noqa: SLF001
        width = int(parsed.getwidth()[1])
    except (re.error, RecursionError, OverflowError, ValueError):
        return None
    return width if width <= MAX_WIDTH else None
