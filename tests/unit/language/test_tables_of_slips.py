"""Every word of the tables of slips, written where its replacement stands: the help, followed, gives the file meant."""

from __future__ import annotations

import re

import pytest

from policykit.language.format import format_tree
from policykit.language.parse import slips
from tests.follow import followed
from tests.fuzz_words import read

RULE = 'rule A-1 "a"\n  on request\n  when a.b > 5 and c.d is yes\n  then deny\n'
NEED = (
    'requirement A-1 "a"\n  owner me\n  because "it is so"\n  shown by book\n  before launch\n'
    "  applies when a.b is yes\n  check a.b >= 5\n"
)
CARD = 'scorecard A-1 "a"\n  because "x"\n  measure book.share\n  baseline 1%\n  target at least 5%\n'
WAIVE = 'waive A-1 through 2027-01-01\n  because "x"\n  approved by me\n'
ROLL = 'rollout A-1 "a"\n  from pilot until launch\n  send 5% of calls by a.b\n'
STOP = 'stop A-1 "a"\n  when count of calls today > 5\n  then rescope to pilot within 1 hour, tell me\n  resume by me\n'
HAS = 'requirement A-1 "a"\n  check every case in book has source "x"\n'
PLACES = {
    "applies when": NEED, "when": RULE, "because": NEED, "check": NEED, "requirement": NEED, "scorecard": CARD,
    "measure": CARD, "target": CARD, "waive": WAIVE, "through": WAIVE, "until": ROLL, "owner": NEED, "shown": NEED,
    "deny": RULE, "redact": RULE.replace("deny", "redact"), "include": "include pack\n", "let": "let a = 5\n",
    "use": RULE.replace("deny", "use a"),
    "ask": RULE.replace("deny", "ask risk, answer within 1 hour, otherwise deny"),
    "otherwise": RULE.replace("deny", "use a, otherwise b"), "sign-off": "sign-off for launch by me\n", "is": RULE,
    "is not": RULE.replace("is yes", "is not 5"), ">=": NEED, "<=": NEED.replace(">=", "<="), ">": RULE,
    "<": RULE.replace(">", "<"), "*": RULE.replace("5", "5 * 2"), "-": RULE.replace("5", "5 - 2"),
    "tell": STOP, "rescope": STOP, "others": ROLL.replace("a.b\n", "a.b, others use c\n"),
    "warn": RULE.replace("deny", "warn"), "expect": 'test "a"\n  given a.b is 5\n  expect allow\n',
    "contains": RULE.replace("> 5", 'contains any of "x"'), "every": HAS, "has": HAS,
}  # fmt: skip
"""A file in which each replacement stands."""
NOT_HERE = {"true", "false", "require", "sign"}
"""`true` is a name to the parser, which the checker answers; the others have tests of their own."""


def rest(text, word):
    """Follow the help for a slip; return the formatted file."""
    (found,) = read(text).diagnostics
    mended = read(followed(text, found))
    assert mended.diagnostics == (), (word, found.help)
    return format_tree(mended.tree)


@pytest.mark.parametrize(
    ("word", "meant"), [(w, o) for w, options in slips.SLIPS.items() for o in options if w not in NOT_HERE]
)
def test_every_slip(word, meant):
    right = PLACES[meant]
    at = re.search(rf"(?<!\S){re.escape(meant)}(?!\S)", right).start()
    assert rest(right[:at] + word + right[at + len(meant) :], word) == format_tree(read(right).tree)


@pytest.mark.parametrize(("word", "meant"), slips.UNITS.items())
def test_every_unit(word, meant):
    assert rest(RULE.replace("5", f"5 {word}"), word) == format_tree(read(RULE.replace("5", f"5 {meant}")).tree)


@pytest.mark.parametrize(("word", "meant"), slips.STATISTICS.items())
def test_every_statistic(word, meant):
    of = "calls" if meant == "count" else "call.cost"
    right = RULE.replace("a.b", f"{meant} of {of} today")
    assert rest(RULE.replace("a.b", f"{word} of {of} today"), word) == format_tree(read(right).tree)


@pytest.mark.parametrize(("sign", "code"), slips.CURRENCY_SIGNS.items())
@pytest.mark.parametrize("form", ["{}5", "{} 5", "5{}", "5 {}"])
def test_every_currency(form, sign, code):
    right = RULE.replace("5", f"5 {code}")
    assert rest(RULE.replace("5", form.format(sign)), sign) == format_tree(read(right).tree)


@pytest.mark.parametrize(("word", "power"), slips.MULTIPLES.items())
def test_every_multiple(word, power):
    right = RULE.replace("5", str(5 * 10**power))
    assert rest(RULE.replace("5", f"5 {word}"), word) == format_tree(read(right).tree)


@pytest.mark.parametrize(("opening", "closing"), [(o, c) for o, cs in slips.QUOTES.items() for c in cs])
def test_every_quotation_mark(opening, closing):
    right = RULE.replace('"a"', '"an a"')
    assert rest(RULE.replace('"a"', f"{opening}an a{closing}"), opening) == format_tree(read(right).tree)


@pytest.mark.parametrize("dash", slips.DASHES)
def test_every_dash(dash):
    assert rest(RULE.replace("A-1", f"A{dash}1"), dash) == format_tree(read(RULE).tree)


@pytest.mark.parametrize("sign", ["+", "-"])
def test_a_sign_touches_its_number(sign):
    lost = RULE.replace("a.b > 5", f"a.b > {sign} 5")
    assert [found.code for found in read(lost).diagnostics] == ["PK039"]
    assert rest(lost, sign) == format_tree(read(RULE.replace("a.b > 5", f"a.b > {sign}5")).tree)
    assert read(RULE.replace("a.b > 5", f"a.b > c.d {sign} 5")).diagnostics == ()
