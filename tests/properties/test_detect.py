"""Laws of detecting, against a slow literal reference: each pattern alone, candidate by candidate."""

from itertools import pairwise

import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.detect import checksums
from policykit.detect.catalogue import FAMILIES, detector, kinds, source
from policykit.detect.model import BESIDE
from policykit.detect.normalise import normalise, normalise_decoded
from policykit.detect.scan import PatternSet
from policykit.source.folding import fold
from tests.data.detect_labelled import cases

NAMES = [f"{family}.{kind}" for family in FAMILIES for kind in kinds(family)]
EVERYTHING = PatternSet([source(name) for name in NAMES])
UNIONS = PatternSet([source(f"{family}.any") for family in FAMILIES])
LABELLED = [case.text for case in cases()]

invisible = st.sampled_from(["\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff"])
piece = st.one_of(
    st.sampled_from(LABELLED),
    st.text(max_size=12),
    st.text(alphabet="0123456789 -./:@", max_size=24),
    st.sampled_from(["%20", "&#45;", "\\-", "**", "<b>", "=\n", "&nbsp;", "%40", "\\u0040"]),
    st.sampled_from(["４１１１", "e\u0301", "\ud800", "é", " ", "\n", "1", "日本"]),
)
texts = st.lists(piece, max_size=5).map("".join)


def reference(name, text):
    """Say whether a detector finds something in either reading: each pattern alone, from every place of the text."""
    decoded = normalise_decoded(text)
    return any(holds(name, each) for each in (fold(text), *([decoded[0]] if decoded else ())))


def holds(name, reading):
    found = detector(name)
    data = reading.encode()
    for pattern in found.patterns:
        regex = re2.compile(pattern)
        group = 1 if regex.groups else 0
        for place in range(len(data) + 1):
            match = regex.search(data, place)
            if match is None:
                break
            candidate = match.group(group).decode("utf-8", "replace")
            accepted = bool(candidate) and (found.validate is None or found.validate(candidate))
            if accepted and (found.beside is None or found.beside(*surroundings(data, match.span(group), candidate))):
                return True
    return False


def surroundings(data, span, candidate):
    start, end = span
    sides = data[max(0, start - BESIDE) : start], data[end : end + BESIDE]
    before, behind = (side.decode("utf-8", "replace") for side in sides)
    return before, candidate, behind


@settings(max_examples=60, deadline=None)
@given(texts, st.sampled_from(NAMES))
def test_hits_agree_with_each_pattern_alone(text, name):
    assert bool(EVERYTHING.hits(text) >> NAMES.index(name) & 1) == reference(name, text)


@settings(deadline=None)
@given(texts)
def test_a_source_has_spans_exactly_when_it_hits(text):
    hits = EVERYTHING.hits(text)
    names = {match.detector for match in EVERYTHING.spans(text)}
    assert names == {name for bit, name in enumerate(NAMES) if hits >> bit & 1}


@settings(deadline=None)
@given(texts)
def test_spans_lie_in_the_text_in_order_and_apart(text):
    matches = EVERYTHING.spans(text)
    assert matches == sorted(matches, key=lambda m: (m.start, m.end, m.detector))
    assert all(0 <= m.start < m.end <= len(text) for m in matches)
    for name in {m.detector for m in matches}:
        mine = [m for m in matches if m.detector == name]
        assert all(a.end <= b.start for a, b in pairwise(mine))


@settings(deadline=None)
@given(texts)
def test_a_union_hits_exactly_when_one_of_its_parts_does(text):
    hits = EVERYTHING.hits(text)
    for bit, family in enumerate(FAMILIES):
        of_family = sum(1 << place for place, name in enumerate(NAMES) if name.startswith(f"{family}."))
        assert bool(UNIONS.hits(text) >> bit & 1) == bool(hits & of_family)


@settings(deadline=None)
@given(texts)
def test_folded_text_is_found_like_the_original(text):
    assert EVERYTHING.hits(fold(text)) == EVERYTHING.hits(text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Nd", "No", "Nl"]), max_size=200))
def test_text_without_digits_holds_no_card(text):
    digits = [char for char in fold(text) if char.isdecimal()]
    assert digits or not PatternSet([source("pii.card")]).hits(text)


@settings(deadline=None)
@given(st.data())
def test_a_card_disguised_by_invisible_and_full_width_characters_is_found_whole(data):
    digits = "4111111111111111"
    wide = [chr(ord(d) - ord("0") + 0xFF10) if data.draw(st.booleans()) else d for d in digits]
    shown = "".join(char + data.draw(st.one_of(st.just(""), invisible)) for char in wide)
    text = f"Karte: {shown}; Ende"
    (match,) = PatternSet([source("pii.card")]).spans(text)
    assert text[match.start : match.end] == shown


@settings(deadline=None)
@given(st.text(max_size=600))
def test_folding_maps_back_to_every_character_that_is_left(text):
    folded, offsets = normalise(text)
    assert folded == fold(text)
    if offsets is None:
        return
    ranges = [offsets.original(place, place + 1) for place in range(len(folded))]
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(ranges))
    assert all(normalise(text[start:end])[0] for start, end in ranges)


FORMS = (
    "{}", "%{:02x}", "%25{:02X}", "&#{};", "&#x{:x};", "&amp;#{};", "\\u{:04x}", "\\\\u{:04x}", "\\x{:02x}", "\\u{{{:x}}}",
    "\\U{:08x}", "%u{:04x}",
)  # fmt: skip
SECRETS = (
    ("pii.card", "4111 1111 1111 1111"), ("pii.iban", "DE89 3704 0044 0532 0130 00"), ("pii.email", "anna@example.com"),
    ("pii.us_ssn", "219-45-6789"), ("pii.phone", "+49 30 901820"),
    ("secret.url_credentials", "https://bob:s3cr3t-pw@h.example"),
)  # fmt: skip


def encoded(data, shown):
    """Return a text with characters written in the forms that are decoded, and markup between them."""
    parts = []
    for char in shown:
        form = data.draw(st.sampled_from(FORMS))
        parts.append(char if form == "{}" else form.format(ord(char)))
        parts.append(data.draw(st.sampled_from(["", "", "<b>", "</span>", "<!-- x -->", "~~", "=\n", "&#8203;"])))
    return "".join(parts[:-1])


@settings(deadline=None)
@given(st.data(), st.sampled_from(SECRETS))
def test_what_is_encoded_in_any_mixture_of_forms_is_found_whole(data, secret):
    name, shown = secret
    hidden = encoded(data, shown)
    text = f"see ({hidden}), thanks"
    matches = PatternSet([source(name)]).spans(text)
    assert [text[m.start : m.end] for m in matches] == [hidden]


@settings(deadline=None)
@given(st.text(alphabet="%&\\=<>*`~_#;xuU{}0123456789abDEampu\n-é４ ", max_size=200))
def test_decoding_maps_back_to_places_in_order(text):
    reading = normalise_decoded(text)
    if reading is None:
        return
    plain, offsets = reading
    ranges = [offsets.original(place, place + 1) for place in range(len(plain))]
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(ranges))


@settings(deadline=None)
@given(st.text(alphabet="%&\\=<>*`_#;xu{}0123456789abDEamp\nbi/ ", max_size=80), st.integers(0, 80))
def test_the_settled_part_of_a_text_decodes_as_the_whole_does(text, cut):
    whole = normalise_decoded(text)
    part = normalise_decoded(text[:cut], settled=True)
    assert (whole[0] if whole else text).startswith(part[0] if part else text[:cut])


digits = st.text(alphabet="0123456789", max_size=20)


def slow_luhn(number):
    total = 0
    for position, char in enumerate(reversed(number)):
        value = int(char) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@given(digits)
def test_the_luhn_check_is_that_of_its_definition(number):
    assert checksums.luhn(number) == slow_luhn(number)


@given(digits, st.lists(st.integers(-9, 9), min_size=1, max_size=12))
def test_a_weighted_sum_takes_the_weights_in_turn(number, weights):
    assert checksums.weighted_sum(number, weights) == sum(
        int(char) * weights[place % len(weights)] for place, char in enumerate(number)
    )


@given(texts)
def test_the_digits_of_a_text_are_its_ascii_digits_in_order(text):
    assert checksums.only_digits(text) == "".join(char for char in text if char in "0123456789")
