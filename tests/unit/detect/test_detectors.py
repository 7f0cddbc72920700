"""Every built-in detector against the labelled texts, and the rules that all of them keep."""

import pytest

from policykit.detect.catalogue import FAMILIES, NAMES, detector, kinds, source
from policykit.detect.labelled import LabelledLine, score
from policykit.detect.scan import PatternSet
from policykit.source.folding import fold
from tests.data.detect_labelled import OUT_OF_REACH, cases

ALL = [f"{family}.{kind}" for family in FAMILIES for kind in kinds(family)]
CASES = cases()
BEYOND = {(name, text) for name, labels in OUT_OF_REACH.items() for texts in labels for text in texts}


@pytest.mark.parametrize("name", ALL)
def test_a_detector_finds_what_its_labels_say_and_nothing_else(name):
    patterns = PatternSet([source(name)])
    mine = [case for case in CASES if case.detector == name and (name, case.text) not in BEYOND]
    assert [case.text for case in mine if bool(patterns.hits(case.text)) != case.found] == []
    assert [case.text for case in mine if bool(patterns.spans(case.text)) != case.found] == []


@pytest.mark.parametrize("name", ALL)
def test_a_detector_has_labels_of_both_kinds(name):
    assert {case.found for case in CASES if case.detector == name} == {True, False}


PATTERNS = [
    (name, number) for name in ALL if not name.startswith("injection") for number in range(len(detector(name).patterns))
]


@pytest.mark.parametrize(("name", "number"), PATTERNS)
def test_every_pattern_of_personal_data_and_secrets_finds_a_labelled_text_alone(name, number):
    one = source(name)._replace(patterns=(detector(name).patterns[number],))
    texts = [case.text for case in CASES if case.detector == name and case.found]
    assert any(map(PatternSet([one]).hits, texts))


def test_what_is_listed_as_out_of_reach_is_out_of_reach():
    reached = [case for case in CASES if (case.detector, case.text) in BEYOND]
    scores = score(reached)
    assert sum(s.true_positives + s.true_negatives for s in scores.values()) == 0


@pytest.mark.parametrize("name", ALL)
def test_a_detector_is_named_after_its_file_and_says_what_it_finds(name):
    found = detector(name)
    assert found.name == name
    assert found.category == name.split(".")[0]
    assert found.title == found.title.strip()
    assert NAMES[name] == found.title


@pytest.mark.parametrize("name", ALL)
def test_patterns_hold_no_character_that_folding_replaces(name):
    assert all(fold(pattern) == pattern for pattern in detector(name).patterns)


@pytest.mark.parametrize("name", ALL)
def test_titles_are_unique(name):
    assert list(NAMES.values()).count(NAMES[name]) == 1


def test_keys_of_one_kind_are_found_by_the_union_of_secrets():
    patterns = PatternSet([source("secret.any")])
    keys = [
        case
        for case in CASES
        if case.detector.startswith("secret.") and case.found and (case.detector, case.text) not in BEYOND
    ]
    assert [case.text for case in keys if not patterns.hits(case.text)] == []


def test_a_private_key_is_found_whole():
    case = next(c for c in CASES if c.detector == "secret.private_key" and c.found)
    match = PatternSet([source("secret.private_key")]).spans(case.text)[0]
    assert case.text[match.start : match.end].endswith("PRIVATE KEY-----")


def test_a_score_counts_texts():
    result = score(
        [
            LabelledLine("a@example.com", "pii.email", True),
            LabelledLine("a@example.com", "pii.email", False),
            LabelledLine("x", "pii.email", True),
        ]
    )
    email = result["pii.email"]
    assert (email.precision, email.recall) == (0.5, 0.5)


def test_a_score_without_findings_has_no_precision():
    empty = score([LabelledLine("x", "pii.email", False)])["pii.email"]
    assert (empty.precision, empty.recall, empty.true_negatives) == (None, None, 1)
