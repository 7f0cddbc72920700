"""Foreign text is made safe in one place: on one line, nothing that acts on a terminal or hides, nothing lost in silence."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.source.visible import quoted, visible
from tests.conftest import ROOT

_OTHER_SPELLINGS = re.compile(
    r"\b(\w+) if \1\.isprintable\(\) else|unicode_escape|backslashreplace\"\)\.decode"
    r"|\\N\{REPLACEMENT CHARACTER\}|\N{REPLACEMENT CHARACTER}"
)
_ACTS = {"Cc", "Zl", "Zp", "Cs"}


@given(st.text())
def test_what_is_shown_stands_on_one_line_and_cannot_act(text):
    shown = visible(text)
    assert not any(unicodedata.category(char) in _ACTS or 0x202A <= ord(char) <= 0x202E for char in shown)
    assert visible(shown) == shown


@given(st.text(), st.integers(0, 50))
def test_a_longer_text_is_cut_and_says_so(text, limit):
    shown = visible(text, limit)
    assert shown == visible(text) if len(text) <= limit else shown == visible(text[:limit]) + "..."


@given(st.text())
def test_a_quotation_has_backticks_at_its_ends_only(text):
    found = quoted(text)
    assert found[0] == found[-1] == "`"
    assert "`" not in found[1:-1]


def test_nobody_else_makes_text_safe():
    others = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "policykit").rglob("*.py"))
        if path.name != "visible.py" and path.parts[-2:] != ("render", "json.py")  # halves of characters, for JSON
        for found in _OTHER_SPELLINGS.finditer(path.read_text("utf-8"))
    ]
    assert others == []


@pytest.mark.parametrize(
    "char", ["\x1b", "\r", "\u202e", "\u2066", "\u200b", "\ufeff", "\ufffe", "\udc80", "\U000e0041"]
)
def test_characters_that_have_been_used_to_deceive_are_written_out(char):
    assert visible(f"a{char}b") == f"a\\u{{{ord(char):x}}}b"
