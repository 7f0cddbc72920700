"""Whatever keys sign, hand over and are revoked, every verifier says the same."""

import random
from collections import Counter

from tests.conformance.verifiers import VERIFIERS
from tests.conformance.worlds import world

COUNT = 250


def test_verifiers_agree_about_every_world_of_keys(tmp_path):
    first = random.randrange(10**6)  # other worlds each time; the message names them
    wrong, seen = [], Counter()
    for number in range(first, first + COUNT):
        found = world(number)
        directory = found.builder.write(tmp_path / str(number), tiles=False)
        said = {name: ask(directory, found.keys, found.head, found.options) for name, ask in VERIFIERS.items()}
        seen.update(set(said.values()))
        if len(set(said.values())) > 1:
            wrong.append((number, said))
    assert not wrong
    assert seen.keys() >= {0, 1, 2}, "the worlds are all alike"
