"""Small sets find what one set finds, and what the engine cannot look at is never a clean text."""

import random
import uuid

import pytest

from policykit.detect._re2 import Row, compile_set
from policykit.detect.catalogue import source
from policykit.detect.model import PatternSource
from policykit.detect.scan import PatternSet
from policykit.detect.sets import MAX_PATTERN_CHARS, MAX_PATTERNS, Sets, parts
from tests.data.detect_labelled import cases

LONG_RUN = " " + "Zx8" * 12
EVERYTHING = [source("pii.any"), source("secret.any"), source("injection.any")]


def rows():
    return PatternSet(EVERYTHING)._rows


def test_parts_cover_all_rows_once_and_are_small():
    ranges = list(parts(rows()))
    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert ranges[-1][1] == len(rows())
    for start, end in ranges:
        some = rows()[start:end]
        assert len(some) == 1 or sum(len(row.pattern) for row in some) <= MAX_PATTERN_CHARS
        assert 0 < len(some) <= MAX_PATTERNS


def test_no_row_has_no_part():
    assert list(parts([])) == []


def test_small_sets_find_what_one_set_finds():
    sets, whole = Sets(rows()), compile_set(rows()).Match
    for text in [case.text for case in cases()][::7]:
        data = (text + LONG_RUN).encode()
        assert sorted(sets.match(data)) == sorted(whole(data))
        assert sorted(sets.match(text.encode())) == sorted(whole(text.encode()))


@pytest.mark.parametrize("answer", [None, [], [0]])
def test_a_small_set_that_gives_up_makes_the_answer_unusable(answer):
    sets = Sets(rows())
    sets.__dict__["_parts"] = [*sets._parts[:2], (0, 2, lambda data: answer), *sets._parts[2:]]
    found = sets.match(LONG_RUN.encode())
    assert found is None


def test_few_patterns_are_one_set_and_none_is_a_set_too():
    assert len(Sets([Row("a", "a")])._parts) == 1
    assert Sets([]).match(b"a") == [0]


def test_a_pattern_that_is_too_large_for_a_small_set_is_found_in_a_long_run():
    large = PatternSource("acme.large", (r"\pL{300}\pN{300}",))
    patterns = PatternSet([*EVERYTHING, large])
    text = "x" * 300 + "1" * 300
    assert patterns.hits(text) & 0b1000


@pytest.mark.parametrize("upper", [False, True])
def test_pieces_of_uuids_are_nothing(upper):
    chance = random.Random(20261128)
    texts = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(5_000)]
    patterns = PatternSet([source("pii.ie_pps"), source("pii.iban"), source("pii.in_aadhaar")])
    text = "\n".join(text.upper() if upper else text for text in texts)
    assert patterns.spans(text) == []


@pytest.mark.parametrize(
    ("name", "value", "around"),
    [
        ("pii.ie_pps", "1234567T", "PPS-{}-2024"),
        ("pii.ie_pps", "1234567T", "a-{}-b"),
        ("pii.iban", "DE89-3704-0044-0532-0130-00", "account {}."),
        ("pii.iban", "DE89-3704-0044-0532-0130-00", "a-{}-b"),
        ("pii.in_aadhaar", "2341-2341-2346", "number {}."),
    ],
)
def test_hyphens_alone_make_no_uuid(name, value, around):
    text = around.format(value)
    assert [text[m.start : m.end] for m in PatternSet([source(name)]).spans(text)] == [value]
