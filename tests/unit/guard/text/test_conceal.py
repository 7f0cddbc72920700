"""What is taken out where several texts are searched as one: each range once, in the text in which it begins."""

import pytest

from policykit.engine.patterns import Sought
from policykit.guard.text.conceal import Concealment, concealed
from policykit.guard.text.tokens import TokenMap


def without(pattern, *texts):
    return concealed(texts, Concealment((Sought("words", None, (pattern,), None),), ()), TokenMap(b"k" * 32))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("a one", "b"), ("a [words redacted]", "b")),
        (("one", "one"), ("[words redacted]", "[words redacted]")),
        (("", "one", ""), ("", "[words redacted]", "")),
        (("a", "", "b"), ("a", "", "b")),
    ],
    ids=range(4),
)
def test_a_range_within_a_text_is_taken_out_there(texts, expected):
    assert without("one", *texts) == expected


def test_a_range_over_several_texts_is_named_in_the_first_and_missing_in_the_others():
    assert without(r"one\ntwo\nthree", "a one", "two", "three b") == ("a [words redacted]", "", " b")


def test_a_range_that_begins_between_two_texts_is_named_once_in_the_second():
    assert without(r"\s+two", "one", "two", "three") == ("one", "[words redacted]", "three")
