from pathlib import Path

import pytest

from policykit.detect.model import PatternSource
from policykit.detect.scan import PatternSet
from policykit.language.regex import MAX_PATTERN_CHARS, check_pattern

PAGES = Path(__file__).parents[3] / "policykit/source/pages"

REFUSED = {
    "PK230": ["(", ")", "[a", "[z-a]", "*a", "a**", "\\", "(?x) a", "[[:foo:]]", "\ud800", "(" * 4000],
    "PK231": ["(?=a)", "a(?!b)", "(?<=a)b", "(?<!a)b"],
    "PK232": [r"(a)\1", r"(?P<x>a)(?P=x)", r"(?P<x>a)\k<x>"],
    "PK233": ["a++", "a*+", "a?+", "(?>a)", "(?(1)a)", "(?#c)a", r"a\Z", r"\u20ac", r"\h", "a{,5}", "(?R)"],
    "PK234": ["a{1001}", "((a{100}){100}){100}", "(?:(?:.{1,100}){1,9}x){1,9}"],
    "PK235": [r"\p{L}{200}", r"\pL{500}", "x" * (MAX_PATTERN_CHARS + 1), "(.{200}){5}(.{200}){5}"],
    "PK236": ["", "a*", "x|", "^", "$", r"\b", "(?m)^", r"(a|b?)", r"\B", "(?i)(a|b)*" * 300],
    "PK237": ["10–20", r"\x{2013}", "e\u0301", "[٠-٩]", "\u200b", "Ａ", "ign\u043ere", r"\xAD"],
}


@pytest.mark.parametrize(
    ("code", "pattern"), [(c, p) for c, patterns in REFUSED.items() for p in patterns], ids=lambda v: ascii(v)[:30]
)
def test_a_pattern_that_cannot_be_used_is_refused_with_its_code(code, pattern, capfd):
    problem = check_pattern(pattern)
    assert problem is not None
    assert problem.code == code
    assert problem.help
    assert problem.message[0].islower()
    assert not problem.message.endswith(".")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("code", REFUSED)
def test_every_code_has_a_page(code):
    page = (PAGES / f"{code}.md").read_text()
    assert page.startswith(f"# {code}: ")
    assert all(heading in page for heading in ("## Wrong", "## Right", "## Why"))


USABLE = [
    "NW-[0-9]{8}", "(?i)refund", r"\bfoo\b", "[а-яё]+", "[a-zа-я]+", "über", "禁止", r"\x{1F600}", ".{1000}", "(?P<case>a)b",
    "a{2,5}", "^total$", r"\{,5\}", r"(?s)a.b", r"\Q(?=\E", r"\pL+", "a{5,}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", USABLE)
def test_a_pattern_that_can_be_used_is_taken_and_the_set_takes_it_too(pattern):
    assert check_pattern(pattern) is None
    PatternSet([PatternSource("R/1", (pattern,))])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("禁止", "それは禁止です"), ("überweisung", "überweisung"), ("set", "\u017fet"), ("(?i)KEY", "\u212aey")],
)
def test_a_pattern_of_any_script_finds_its_text(pattern, text):
    assert check_pattern(pattern) is None
    assert PatternSet([PatternSource("R/1", (pattern,))]).hits(text) == 1
