import threading

import pytest

from policykit.detect._ranges import join_overlaps
from policykit.detect.catalogue import source
from policykit.detect.model import Match, PatternSource
from policykit.detect.scan import PatternSet
from policykit.errors import DetectorError

CARD = "4111 1111 1111 1111"


def found(text, *names):
    return PatternSet([source(name) for name in names]).spans(text)


def code(failure):
    return failure.value.diagnostics[0].code


def test_bit_i_stands_for_source_i():
    patterns = PatternSet([source("pii.card"), source("pii.email"), PatternSource("R/1", ("refund",))])
    assert patterns.hits("a refund") == 0b100
    assert patterns.hits(f"{CARD}, a@example.com, refund") == 0b111
    assert patterns.hits("nothing here") == 0


def test_no_source_and_no_text_find_nothing():
    assert PatternSet([]).hits("anything") == 0
    assert PatternSet([]).spans("anything") == []
    assert PatternSet([source("pii.any")]).hits("") == 0


def test_a_candidate_that_the_validator_refuses_is_no_hit():
    assert PatternSet([source("pii.card")]).hits("4111 1111 1111 1112") == 0


def test_a_refused_candidate_does_not_hide_one_that_overlaps_it():
    text = f"2345 {CARD}"
    assert [text[m.start : m.end] for m in found(text, "pii.card")] == [CARD]
    text = f"{CARD} 12"
    assert found(text, "pii.card")[0].start == 0


def test_the_first_group_is_what_is_found_and_the_rest_is_context():
    text = "his BSN is 529513328."
    assert [text[m.start : m.end] for m in found(text, "pii.nl_bsn")] == ["529513328"]


def test_two_findings_that_share_a_character_of_context_are_both_found():
    text = "8.8.8.8 10.1.2.3"
    assert [text[m.start : m.end] for m in found(text, "pii.ipv4")] == ["8.8.8.8", "10.1.2.3"]


def test_a_union_finds_what_its_parts_find_and_names_them():
    text = f"{CARD} of a@example.com"
    assert found(text, "pii.any") == [Match("pii.card", 0, 19), Match("pii.email", 23, 36)]


def test_a_union_and_its_part_in_one_set_both_report():
    patterns = PatternSet([source("pii.any"), source("pii.card"), source("secret.any")])
    assert patterns.hits(CARD) == 0b011


def test_spans_of_a_mask_are_those_of_its_sources():
    patterns = PatternSet([source("pii.card"), source("pii.email")])
    text = f"{CARD} a@example.com"
    assert [m.detector for m in patterns.spans(text, 0b10)] == ["pii.email"]
    assert patterns.spans(text, 0) == []


def test_full_width_digits_and_zero_width_joiners_are_found_where_they_stand():
    text = "card ４１１１ 1111\u200d 1111\u2060 1111!"
    assert [text[m.start : m.end] for m in found(text, "pii.card")] == ["４１１１ 1111\u200d 1111\u2060 1111"]


def test_lone_surrogates_are_no_obstacle():
    text = f"\ud800 {CARD} \udfff"
    assert [text[m.start : m.end] for m in found(text, "pii.card")] == [CARD]


def test_offsets_count_characters_where_letters_take_several_bytes():
    text = "日本語 a@example.com のメール b@example.com"
    assert [text[m.start : m.end] for m in found(text, "pii.email")] == ["a@example.com", "b@example.com"]


def test_a_pattern_that_is_not_re2_is_refused_with_its_source():
    with pytest.raises(DetectorError, match=r"`acme.case` cannot be used") as failure:
        PatternSet([PatternSource("acme.case", (r"(?<=case )\d+",))])
    assert code(failure) == "PK851"


@pytest.mark.parametrize("pattern", ["\ud800", r"(a)\1", "(", "a{1001}"])
def test_every_unusable_pattern_is_our_error(pattern, capfd):
    with pytest.raises(DetectorError) as failure:
        PatternSet([PatternSource("acme.case", (pattern,))])
    assert code(failure) == "PK851"
    assert capfd.readouterr().err == ""


def test_patterns_that_are_together_too_large_are_refused():
    many = tuple(rf"x{number}\pL{{50}}" for number in range(200))
    with pytest.raises(DetectorError, match="200 patterns together are too large") as failure:
        PatternSet([PatternSource("acme.many", many)])
    assert code(failure) == "PK851"


def test_an_engine_that_gives_no_answer_is_an_error_and_never_a_clean_text():
    patterns = PatternSet([source("pii.card")])
    patterns._match = lambda data: None
    with pytest.raises(DetectorError) as failure:
        patterns.hits("hello")
    assert code(failure) == "PK852"
    with pytest.raises(DetectorError):
        patterns.spans("hello")


def test_a_validator_that_raises_is_an_error_and_never_a_clean_text():
    patterns = PatternSet([PatternSource("acme.case", ("[0-9]+",), lambda text: 1 // 0 == 0)])
    assert patterns.hits("none") == 0
    with pytest.raises(DetectorError, match=r"`acme.case` failed") as failure:
        patterns.hits("case 12")
    assert code(failure) == "PK853"


def test_a_finder_sees_the_original_text_and_its_ranges_are_returned():
    finder = PatternSource(
        "acme.name", find=lambda text: [(text.index("Ａnna"), text.index("Ａnna") + 4)] if "Ａnna" in text else []
    )
    patterns = PatternSet([source("pii.card"), finder])
    assert patterns.hits("it is Ａnna") == 0b10
    assert patterns.spans("it is Ａnna") == [Match("acme.name", 6, 10)]
    assert patterns.hits("nobody") == 0


@pytest.mark.parametrize("ranges", [[(0, 99)], [(3, 3)], [(-1, 2)], [(2, 1)], [None]])
def test_a_finder_that_names_a_place_the_text_does_not_have_is_an_error(ranges):
    patterns = PatternSet([PatternSource("acme.name", find=lambda text: ranges)])
    with pytest.raises(DetectorError) as failure:
        patterns.hits("some text")
    assert code(failure) == "PK853"


def test_ranges_that_overlap_are_joined_and_neighbours_are_not():
    assert join_overlaps([(5, 9), (0, 3), (2, 4), (4, 5)]) == [(0, 4), (4, 5), (5, 9)]


def test_threads_may_share_a_set():
    patterns = PatternSet([source("pii.any")])
    texts = [f"{CARD} {n}" if n % 2 else f"plain {n}" for n in range(40)]
    wrong = []

    def work():
        wrong.extend(text for n, text in enumerate(texts) if bool(patterns.hits(text)) != bool(n % 2))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


HOSTILE = (
    "1", "1 ", "4111 ", "12.", "a@", "a.", "eyJa.", "ab:", "+1 ", "phone: 1", "ignore all ", "-----BEGIN PRIVATE KEY-----",
    "![a](https://a?b=", "postgres://a:a@", "api_key=a1b2", "DE89 3704 0044 0532 0130 0", "1234-1234-", "\u0301", "é1 ", "１",
    "e\u0315\u0300", "a\u200b", "aж",
)  # fmt: skip


@pytest.mark.parametrize("seed", HOSTILE, ids=ascii)
def test_hostile_text_of_sixty_thousand_characters_is_scanned(seed):
    patterns = PatternSet([source("pii.any"), source("secret.any"), source("injection.any")])
    text = (seed * (60_000 // len(seed) + 1))[:60_000] + f" {CARD} "
    assert patterns.hits(text) & 1
    assert all(0 <= match.start < match.end <= len(text) for match in patterns.spans(text, 1))


class CountingRegex:
    def __init__(self, regex):
        self.regex = regex
        self.groups = regex.groups
        self.searches = 0

    def search(self, data, position):
        self.searches += 1
        return self.regex.search(data, position)


def searches(pattern, text):
    patterns = PatternSet([PatternSource("any", (pattern,))])
    (row,) = patterns._rows
    list(row.found_in(b"", every=True))  # compiles
    row._regex = counting = CountingRegex(row._regex)
    found = [(match.start, match.end) for match in patterns.spans(text, every=True)]
    return found, counting.searches


@pytest.mark.parametrize("pattern", [r"\d+", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}", r"\d{1000}\d*"])
def test_from_every_place_a_pattern_without_a_bound_is_searched_behind_each_of_its_finds_only(pattern):
    text = "1" * 4_000 if "eyJ" not in pattern else "eyJaaaaaaaaaa-" * 300 + "a.eyJaaaaaaaaaa." + "b" * 20
    found, count = searches(pattern, text)
    assert found == [(0, len(text))]
    assert count <= 2


def test_from_every_place_a_pattern_with_a_bound_is_found_at_every_place():
    found, _ = searches(r"\d{2,3}", "a1234")
    assert found == [(1, 4), (2, 5), (3, 5)]


def candidates(name, text):
    seen = []
    one = source(name)
    counting = PatternSource(name, one.patterns, lambda candidate: bool(seen.append(candidate)))
    assert PatternSet([counting]).spans(text) == []
    return seen


@pytest.mark.parametrize(("name", "unit"), [("pii.card", "4 "), ("pii.card", "4-"), ("secret.assignment", "token=")])
def test_a_run_of_what_a_candidate_begins_with_is_no_candidate_at_each_of_its_places(name, unit):
    assert len(candidates(name, unit * 3_000)) <= 1


@pytest.mark.parametrize("around", ["{}", "no. {} please", "{}.", " {} ", "({})", "x:{}\nnext", "cards {} and 5"])
def test_a_card_written_digit_by_digit_is_found_by_itself(around):
    spaced = " ".join("4111111111111111")
    text = around.format(spaced)
    assert found(text, "pii.card") == [Match("pii.card", text.index("4 1"), text.index("4 1") + len(spaced))]


def test_what_a_policy_writes_itself_is_looked_for_letter_by_letter():
    own = PatternSource("R/1", ("a b|4111 1111",))
    text = "a%20b 4111%201111%201111%201111"
    patterns = PatternSet([own, source("pii.card")])
    assert PatternSet([own]).hits(text) == 0
    assert patterns.hits(text) == 0b10
    assert patterns.spans(text) == [Match("pii.card", 6, len(text))]
    assert patterns.spans(text, 0b01) == []
