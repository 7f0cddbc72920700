import unicodedata

import pytest

from policykit.source.folding import (
    BLOCK_CHARS,
    _is_folded,
    compose,
    fold,
    latinise,
    replace_special,
    starts_cluster,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("４１１１", "4111"),
        ("٤١١١", "4111"),
        ("𝟒𝟏", "41"),
        ("4\u00ad1\u200b1\u200d1\ufe0f", "4111"),
        ("1‐2‑3‒4–5—6−7", "1-2-3-4-5-6-7"),
        ("\U000e0069\U000e0067\U000e006eore", "ignore"),
        ("ign\u043ere", "ignore"),
        ("привет мир", "привет мир"),
        ("\u0441\u0430t", "cat"),
        ("µ", "μ"),
        ("\u212aey \u017fet", "Key set"),
        ("naïve cafe\u0301", "naïve café"),
        ("\ud800\udc00", "\ufffd\ufffd"),
        ("日本語", "日本語"),
    ],
    ids=ascii,
)
def test_disguises_become_plain(text, folded):
    assert fold(text) == folded


def test_folding_a_character_twice_changes_nothing_more():
    points = [
        *range(0x3100),
        *range(0xA000, 0xABFF),
        *range(0xF900, 0x10000),
        *range(0x1D400, 0x1D800),
        *range(0xE0000, 0xE0200),
    ]
    assert [hex(point) for point in points if fold(fold(chr(point))) != fold(chr(point))] == []


def test_every_decimal_digit_of_this_python_becomes_ascii():
    later = {
        0x11DE0,
        0x11F50,
        0x1CCF0,
        0x1E5F1,
        0x10D40,
        0x116D0,
        0x116DA,
        0x11BF0,
        0x16D70,
        0x1E4F0,
    }  # Unicode 15 and on
    digits = [chr(point) for point in range(0x110000) if chr(point).isdecimal()]
    left = [hex(ord(digit)) for digit in digits if not fold(digit).isascii()]
    assert [point for point in left if int(point, 16) - unicodedata.decimal(chr(int(point, 16))) not in later] == []


@pytest.mark.parametrize("length", [BLOCK_CHARS - 1, BLOCK_CHARS, BLOCK_CHARS + 1, 3 * BLOCK_CHARS, 1000])
def test_blocks_do_not_change_the_normal_form(length):
    text = ("e\u0301\u0323 \u1112\u1161\u11ab ｶﾞ ﬁ " * length)[:length]
    assert fold(text) == unicodedata.normalize("NFKC", text)


def test_the_common_characters_are_those_that_folding_never_changes_or_joins():
    common = [chr(point) for point in range(0x80, 0x110000) if not 0xD800 <= point <= 0xDFFF and _is_folded(chr(point))]
    assert len(common) > 30_000
    assert [
        char for char in common if latinise(compose(replace_special(char))) != char or not starts_cluster(char)
    ] == []


def test_a_common_text_is_returned_itself():
    text = "café à la crème, привет, 日本語, 한국어"
    assert fold(text) is text
