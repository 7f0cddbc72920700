"""Random worlds of keys: rotations, heads and revocations in any order, honest or not. A number gives the world."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.bases import NEW, OLD, OTHER, THIRD
from tests.conformance.builder import Builder, Signer
from tests.conformance.forms import note_over


@dataclass
class World:
    """A trail, and what is asked about it."""

    builder: Builder
    keys: list[str]
    head: bytes | None
    options: dict[str, Any] = field(default_factory=dict)


def world(number: int) -> World:
    """Return the world of this number."""
    dice = random.Random(number)
    signers = [OLD, NEW, THIRD, OTHER][: dice.choice([2, 3, 3, 4])]
    builder = Builder()
    for _ in range(dice.randint(3, 9)):
        _step(builder, dice, signers)
    keys = [signer.text for signer in dice.sample(signers, dice.choice([1, 1, 1, 2]))]
    head = None
    if dice.random() < 0.25:
        good, bad = dice.sample(signers, 2)
        size = dice.randint(0, builder.size)
        head = note_over(builder, size, good, bad=(bad,) * (dice.random() < 0.2))
    revoked = {signer.text: dice.randint(0, builder.size + 1) for signer in signers if dice.random() < 0.15}
    return World(builder, keys, head, {"revoked": revoked} if revoked else {})


def _step(builder: Builder, dice: random.Random, signers: list[Signer]) -> None:
    what = dice.random()
    if what < 0.3:
        builder.records(1)
    elif what < 0.55:
        builder.rotation(dice.choice(signers), dice.choice(signers))
    else:
        chosen = dice.sample(signers, min(len(signers), dice.choice([1, 1, 1, 2, 2, 3])))
        text = builder.text()
        builder.note(f"{text}\n{''.join(one.line(text, wrong=dice.random() < 0.04) for one in chosen)}")
