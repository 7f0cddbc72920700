"""Each concrete demand that is made on a system in production has words in which a policy can ask for its proof.

The numbers are those of the list that the vocabulary was built from; the phrases are ours. `statement` is for what only a
person can say, `audit_trail` for what only a dated record shows.
"""

import pytest

from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.demands import ANSWERS, DEMANDS


def exists(path: str) -> bool:
    """Return whether the vocabulary has `kind.field`, `kind:element.field` or, for a slice, `kind/field`."""
    kinds = builtin().evidence
    if "/" in path:
        kind, field = path.split("/")
        return field in kinds[kind].slice_fields
    place, field = path.split(".")
    kind, _, element = place.partition(":")
    return field in (kinds[kind].elements[element].fields if element else kinds[kind].fields)


def test_the_list_is_whole():
    assert list(DEMANDS) == list(range(1, 98))


@pytest.mark.parametrize("number", DEMANDS)
def test_a_policy_can_ask_for_its_proof(number):
    _, paths = DEMANDS[number]
    missing = [path for path in paths.split() if not exists(path)]
    assert not missing


def test_every_kind_says_which_question_it_answers():
    assert list(ANSWERS) == sorted(builtin().evidence)
    assert all(answer.endswith("?") for answer in ANSWERS.values())
