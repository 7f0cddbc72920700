"""Every word of a file is in its tree, or the file has an error."""

from __future__ import annotations

import pytest
from lark.lexer import PatternStr

from policykit.language.format import format_tree
from policykit.language.parse.actions.reductions import REDUCTIONS
from policykit.language.parse.grammar import parser
from policykit.language.parse.tables import OPTIONS
from tests import fuzz_checked
from tests.fuzz_words import read, run, statements, tokens


def test_the_corpus_uses_every_form_of_the_grammar():
    from pathlib import Path

    from lark import Lark

    from policykit._resources import resource_path

    plain = Lark(Path(resource_path("grammar", "policykit.lark")).read_text(encoding="utf-8"), **OPTIONS)
    trees = [plain.parse(text) for text in statements()]
    used = {str(node.data) for tree in trees for node in tree.iter_subtrees()}
    words = {token.type for tree in trees for token in tree.scan_values(lambda _: True)}
    assert set(REDUCTIONS) - used == set()
    other_spellings = {"__ANON_0", "BANG", "EQUAL"}
    keywords = {t.name for t in parser().terminals if isinstance(t.pattern, PatternStr) and t.pattern.value.isalpha()}
    assert keywords - words - other_spellings == set()


def test_every_word_of_a_statement_is_in_its_tree():
    for text in statements():
        assert tokens(format_tree(read(text).tree)) == tokens(text)


@pytest.mark.parametrize("seed", [11, 12])
def test_a_changed_word_is_an_error_or_is_in_the_tree(seed):
    ended, lost = run(1_000, seed)
    assert lost == []
    assert ended["error"] > ended["same"] > 0


@pytest.mark.parametrize("seed", [21, 22])
def test_a_changed_word_of_a_policy_is_told_or_changes_nothing_that_is_checked(seed):
    ended, silent = fuzz_checked.run(150, seed)
    assert silent == []
    assert ended["error"] > ended["same"] > 0


RULE = 'rule A-1 "a"\n  on request\n  when a.b > 5\n  then deny\n'
TARGET = 'requirement A-1 "a"\n  check a.b > 5\n'
ROLLOUT = 'rollout A-1 "a"\n  from pilot until launch\n  send 5% of calls by a.b\n'


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (RULE, "  then", "  ownersecurity\n  then"),
        (RULE, "  then", "  owners\n  then"),
        (RULE, "  then deny", "  then deny\n  unknowndeny"),
        (RULE, "on request", "onrequest"),
        (RULE, "then deny", "thendeny"),
        (RULE, "then deny", "then denyloudly"),
        (RULE, "a.b > 5", "a.b > 5andc.d is yes"),
        (RULE, "a.b > 5", "a.b is yesand c.d is yes"),
        (RULE, "a.b > 5", "a.b >= - 2027-03-31"),
        (TARGET, "check", "beforelaunch\n  check"),
        (TARGET, "check", "before launch andevery 7 days after\n  check"),
        (TARGET, "check", "shown bybook\n  check"),
        (ROLLOUT, "from pilot", "frompilot"),
        (ROLLOUT, "until launch", "untillaunch"),
        (ROLLOUT, "of calls by", "of callsby"),
        ("sign-off for x by y\n", "for x", "forx"),
        ("sign-off for x by y\n", "sign-off for", "sign-offfor"),
        ('waive A-1 through 2027-01-01 because "x" approved by c\n', "waive A", "waiveA"),
        ('waive A-1 through 2027-01-01 because "x" approved by c\n', "through 2", "through2"),
    ],
)  # fmt: skip
def test_a_keyword_never_is_the_beginning_of_a_longer_word(text, old, new):
    assert old in text
    assert read(text).diagnostics == ()
    assert len(read(text.replace(old, new)).diagnostics) == 1


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("let a = 30days", "let a = 30 days"),
        ("let a = 5EUR", "let a = 5 EUR"),
        ('party a"A"', 'party a "A"'),
        ('rule A-1"a"on request then deny"x"unknown deny', 'rule A-1 "a" on request then deny "x" unknown deny'),
    ],
)
def test_a_number_may_touch_its_unit_and_a_text_what_is_beside_it(glued, apart):
    assert read(glued).diagnostics == ()
    assert read(glued).tree.statements == read(apart).tree.statements
    assert format_tree(read(glued).tree) == format_tree(read(apart).tree)
