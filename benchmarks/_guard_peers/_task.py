"""What every peer is asked to do. Standard library only: this runs in the environments of the peers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

MODEL = "gpt-5-mini"
TEAM = "team-3"
ANSWER = "It comes on Monday."

FORBIDDEN = r"[Ww]ire transfer of [0-9]+"
"""The pattern of the rule that denies; as every peer can take it."""
E_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}"
"""For peers that bring no detector."""

_SENTENCE = "The customer asks when the parcel of 14 November will come, and whether it can be left with a neighbour. "
SHORT = (_SENTENCE * 2)[:170]
LONG = (_SENTENCE * 20)[:2048]
ADDRESS = "anna.smith@example.com"
HOLDING_ADDRESS = f"{LONG[:2000]} Write to {ADDRESS}."
PROHIBITED = f"{SHORT} Then make a wire transfer of 500 to them."
PROMPTS = {"short": SHORT, "long": LONG, "address": HOLDING_ADDRESS, "prohibited": PROHIBITED}

Call: TypeAlias = Callable[[str], object] | Callable[[str], Awaitable[object]]
"""A guarded call of a model: takes the prompt, raises where a rule denies."""


class Model:
    """The function that is guarded; remembers what reached it."""

    def __init__(self) -> None:
        self.seen: str | None = None

    def __call__(self, prompt: str, **_: Any) -> str:
        self.seen = prompt
        return ANSWER


def team_rules(condition: Callable[[int], str]) -> list[str]:
    """Return the conditions of the rules about teams that `benchmarks/guard_call.py` has."""
    return [condition(number) for number in range(17)]


def forbidden() -> re.Pattern[str]:
    """Return the compiled pattern, for peers whose rules cannot look into a text."""
    return re.compile(FORBIDDEN)


def e_mail() -> re.Pattern[str]:
    """Return the compiled pattern of an address, for the same."""
    return re.compile(E_MAIL)
