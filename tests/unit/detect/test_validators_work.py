"""Refused candidates cost work in proportion to the text: a law on steps, not on time."""

import pytest

from policykit.detect.catalogue import FAMILIES, detector, kinds
from policykit.detect.model import PatternSource
from policykit.detect.scan import PatternSet

CHECKED = [f"{family}.{kind}" for family in FAMILIES for kind in kinds(family) if detector(f"{family}.{kind}").validate]
LONGEST_CHARS = 600


def widest(pattern):
    """Return the greatest length of a match, as Python's own parser of regular expressions sees it."""
    from re import _parser

    return _parser.parse(pattern).getwidth()[1]


@pytest.mark.parametrize("name", CHECKED)
def test_patterns_with_a_validator_have_a_bounded_length(name):
    assert all(widest(pattern) <= LONGEST_CHARS for pattern in detector(name).patterns)


@pytest.mark.parametrize("seed", ["1", "4111 ", "DE89 3704 0044 0532 0130 0", "1.", "a1b2c3d4", "910101-1234 "])
def test_the_number_of_candidates_grows_no_faster_than_the_text(seed):
    def steps(length):
        count = 0

        def refuse(text):
            nonlocal count
            count += 1
            assert len(text) <= LONGEST_CHARS
            return False

        for name in CHECKED:
            PatternSet([PatternSource(name, detector(name).patterns, refuse)]).hits((seed * length)[:length])
        return count

    assert steps(4_000) <= 2 * steps(2_000) + 200
