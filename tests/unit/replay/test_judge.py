"""The logic of four values: what cannot be told settles nothing, and does not hide what is settled."""

import itertools

import pytest

from policykit.engine.kleene import conjunction, disjunction
from policykit.engine.scope import Facts, Scope
from policykit.language import checked as c
from policykit.replay.judge import UNTOLD, answer
from policykit.vocabulary.types import TEXT

TRUE, FALSE, UNKNOWN, LACKING = (c.FactRead(name, TEXT) for name in ("call.yes", "call.no", "call.none", "call.lost"))
PARTS = {each: c.Compare("==", each, c.Constant("x", TEXT)) for each in (TRUE, FALSE, UNKNOWN, LACKING)}
SCOPE = Scope(Facts({"call.yes": "x", "call.no": "y", "call.none": None}))
LOST = frozenset({"call.lost"})


def possible(combine, parts):
    """Every truth that a condition can have, whatever the fact was that is not on record."""
    worlds = []
    for lost in (True, False, None):
        truths = [lost if part is LACKING else answer(PARTS[part], SCOPE, LOST) for part in parts]
        worlds.append(combine(truths))
    return set(worlds)


@pytest.mark.parametrize("node", [c.And, c.Or])
@pytest.mark.parametrize("parts", list(itertools.product(PARTS, repeat=3)))
def test_a_condition_is_told_exactly_when_it_is_the_same_whatever_the_lost_fact_was(node, parts):
    found = answer(node(tuple(PARTS[part] for part in parts)), SCOPE, LOST)
    worlds = possible(conjunction if node is c.And else disjunction, parts)
    assert ({found} == worlds) if found is not UNTOLD else len(worlds) > 1


def test_not_of_what_cannot_be_told_cannot_be_told():
    assert answer(c.Not(PARTS[LACKING]), SCOPE, LOST) is UNTOLD
    assert answer(c.Not(PARTS[UNKNOWN]), SCOPE, LOST) is None
    assert answer(c.Not(PARTS[TRUE]), SCOPE, LOST) is False


def test_whether_a_lost_fact_was_supplied_cannot_be_told():
    assert answer(c.Supplied(LACKING, negated=True), SCOPE, LOST) is UNTOLD
    assert answer(c.Supplied(UNKNOWN, negated=True), SCOPE, LOST) is True
