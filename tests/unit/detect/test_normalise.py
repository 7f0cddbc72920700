import pytest

from policykit.detect.normalise import normalise, normalise_decoded


def test_an_ascii_text_is_returned_itself_without_a_map():
    text = "plain text"
    assert normalise(text) == (text, None)
    assert normalise(text)[0] is text


@pytest.mark.parametrize(
    ("text", "folded", "ranges"),
    [
        ("４1", "41", [(0, 1), (1, 2)]),
        ("a\u200bb", "ab", [(0, 2), (2, 3)]),
        ("\u200ba", "a", [(1, 2)]),
        ("ﬁx", "fix", [(0, 1), (0, 1), (1, 2)]),
        ("e\u0301x", "éx", [(0, 2), (2, 3)]),
        ("\u1112\u1161\u11ab.", "한.", [(0, 3), (3, 4)]),
        ("ｶﾞx", "ガx", [(0, 2), (2, 3)]),
        ("10–20", "10-20", [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]),
        ("\ud800a", "\ufffda", [(0, 1), (1, 2)]),
    ],
    ids=ascii,
)
def test_each_character_knows_where_it_came_from(text, folded, ranges):
    result, offsets = normalise(text)
    assert result == folded
    assert [offsets.original(place, place + 1) for place in range(len(folded))] == ranges


def test_a_text_of_invisible_characters_is_empty():
    assert normalise("\u200b\u2060")[0] == ""


def test_what_is_settled_before_an_open_form_knows_where_it_came_from():
    text, offsets = normalise_decoded("ａb%4", settled=True)
    assert text == "ab"
    assert [offsets.original(place, place + 1) for place in range(2)] == [(0, 1), (1, 2)]
    assert normalise_decoded("ab%4") is None
    assert normalise_decoded("ab", settled=True) is None


def test_places_go_back_through_folding_decoding_and_folding():
    text, offsets = normalise_decoded("４%EF%BC%94\u200b&#8203;x")
    assert text == "44x"
    assert [offsets.original(place, place + 1) for place in range(3)] == [(0, 1), (1, 18), (18, 19)]


def test_the_way_back_is_computed_once():
    _, offsets = normalise("４1")
    offsets.original(0, 1)
    offsets.original(1, 2)
    assert len(offsets._starts) == 2
