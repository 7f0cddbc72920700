"""What stands for which character, and what stands for itself."""

import pytest

from policykit.detect.encoded import decoded, open_form

STANDS_FOR = [
    ("%40", "@"), ("%2540", "@"), ("%c3%a9", "é"), ("%E2%80%93", "–"), ("%F0%9F%98%80", "😀"), ("%u0040", "@"), ("%0A", "\n"),
    ("&#64;", "@"), ("&#0064;", "@"), ("&#x40;", "@"), ("&#X40;", "@"), ("&amp;#64;", "@"), ("&amp;amp;commat;", "@"),
    ("&commat;", "@"), ("&nbsp;", "\u00a0"), ("&amp;", "&"), (r"\u0040", "@"), (r"\\u0040", "@"), (r"\u{40}", "@"), (r"\x40", "@"),
    (r"\U00000040", "@"), (r"\u{110000}", "\ufffd"), (r"\n", "\n"), (r"\t", "\t"), (r"\r", "\r"), (r"\-", "-"), (r"\_", "_"),
    ("=\n", ""), ("=\r\n", ""), ("=40", "@"), ("=3D", "="), ("<b>", ""), ("</B>", ""), ("<br/>", None), ("<wbr/>", ""),
    ("<span class='x'>", ""), ("<!-- x -->", ""), ("**", ""), ("***", ""), ("*", ""), ("****", None), ("`", ""), ("~~", ""), ("__", ""),
    ("~", None), ("_", None), ("%", None), ("%4", None), ("%zz", None), ("%A9", None), ("%E9", None), ("&", None), ("&copy;", None),
    ("&#;", None), (r"\u004", None), (r"\q", None), ("=", None), ("=99", None), ("<td>", None), ("<bold>", None), ("<", None),
]  # fmt: skip


@pytest.mark.parametrize(("form", "meaning"), STANDS_FOR, ids=[ascii(form) for form, _ in STANDS_FOR])
def test_a_form_stands_for_its_character_and_all_else_for_itself(form, meaning):
    found = decoded(f"x{form}y")
    if meaning is None:
        assert found is None
        return
    text, places = found
    assert text == f"x{meaning}y"
    ranges = [places.original(place, place + 1) for place in range(len(text))]
    assert ranges == [(0, 1), *[(1, 1 + len(form))] * len(meaning), (1 + len(form), 2 + len(form))]


def test_a_star_between_figures_is_a_multiplication():
    assert decoded("12*34") is None
    assert decoded("12**34")[0] == "1234"
    assert decoded("*12* *34*")[0] == "12 34"


@pytest.mark.parametrize(("text", "place"), [("a%4", 1), ("a&#6", 1), ("a\\", 1), ("a\\u00", 1), ("a<b cl", 1), ("a<!--x-", 1), ("a**", 1), ("a=", 1), ("a\\<", 1), ("a", 1), ("", 0), ("a b", 3), ("<b> c", 5), ("a < b", 5)])  # fmt: skip
def test_what_a_text_leaves_open_begins_at_its_form(text, place):
    assert open_form(text) == place
