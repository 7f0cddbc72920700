"""Laws of the formatter, over every tree that the parser can return."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from policykit.language import syntax as s
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.source import SourceFile
from tests.strategies_syntax import trees

_TOKENS = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|(?<= )/(?:[^/\\\n]|\\.)+/|percentage\s+points?|\[*\(*(?:sum|mean|min|max|p[0-9.]+)\s+of|sign-off|[^\s"]+|\s+'
)


seeds = st.integers(0, 2**32 - 1)


def read(text: str) -> s.Tree:
    parsed = parse(SourceFile("<text>", text))
    assert not parsed.diagnostics, "\n".join(map(str, parsed.diagnostics)) + "\n" + text
    return parsed.tree


@given(trees)
def test_reading_a_formatted_tree_gives_the_same_tree(tree):
    assert read(format_tree(tree)).statements == tree.statements


@given(trees)
def test_formatting_again_changes_nothing(tree):
    once = format_tree(tree)
    assert format_tree(read(once)) == once


@given(trees)
def test_a_formatted_text_has_no_blanks_at_line_ends_and_ends_in_one_line_end(tree):
    text = format_tree(tree)
    assert not re.search(r"[ \t]\n", text)
    assert not text.endswith("\n\n")
    assert text == "" or text.endswith("\n")
    assert "\n\n\n\n" not in text
    assert "\t" not in text


def commented(text: str, seed: int) -> tuple[str, list[str]]:
    """Return the text with comments put between some of its words, and the comments."""
    choose = random.Random(seed)
    comments: list[str] = []
    parts: list[str] = []
    for token in _TOKENS.findall(text):
        if token.isspace() and choose.random() < 0.1:
            comments.append(f'# c{len(comments)} " / ( ü')
            before = choose.choice([" ", "\n", "\n\n", "\n  "])
            after = choose.choice(["\n", "\n\n", "\n    "])
            parts.append(f"{before}{comments[-1]}{after}")
        else:
            parts.append(token)
    return "".join(parts), comments


@given(trees, seeds)
def test_no_comment_is_lost_and_none_changes_the_tree(tree, seed):
    text, comments = commented(format_tree(tree), seed)
    first = read(text)
    assert [comment.text for comment in first.comments] == comments
    second = read(format_tree(first))
    assert second.statements == tree.statements
    assert sorted(comment.text for comment in second.comments) == sorted(comments)


@given(trees, seeds)
def test_comments_settle_at_once(tree, seed):
    text, _ = commented(format_tree(tree), seed)
    once = format_tree(read(text))
    assert format_tree(read(once)) == once


@given(trees, seeds)
def test_layout_does_not_matter(tree, seed):
    text = format_tree(tree)
    choose = random.Random(seed)
    blanks = [" ", "\n", "\t", "\r\n", "   "]
    shuffled = "".join(choose.choice(blanks) if token.isspace() else token for token in _TOKENS.findall(text))
    assert format_tree(read(shuffled)) == text
