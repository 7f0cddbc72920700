"""What is taken out where several texts are searched as one: each range once, in the text in which it begins."""

import re

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


def sought(label, *patterns):
    return Sought(label, None, patterns, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aabb", "[card redacted]|mail|"),  # they touch: each is what its own rule says
        ("bbaa", "|mail|[card redacted]"),
        ("aaxbb", "[card redacted]x|mail|"),
        ("aac", "[card redacted]"),  # they overlap: what is redacted wins, over the whole of both
        ("caa", "[mail redacted]"),  # under the name of the one that begins first
    ],
)
def test_of_two_that_overlap_the_redacted_wins_and_of_two_that_touch_each_stays(text, expected):
    what = Concealment((sought("card", "aa"),), (sought("mail", "bb", "aac", "caa"),))
    (found,) = concealed((text,), what, TokenMap(b"k" * 32))
    assert re.sub(r"\[mail-[^\]]+\]", "|mail|", found) == expected
