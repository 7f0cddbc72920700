"""Syntax tree -> text in the one layout that the language has.

Laws, which properties test: reading the result gives the same tree; formatting it again changes nothing; no comment is
lost. The layout is that of the language reference: values of a clause in one column, declarations of one kind together
in columns, one blank line between clauses, two before a section, rows of at most 120 columns where they can be broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from policykit.language import syntax as s
from policykit.language.format.clauses import rows_of_clause
from policykit.language.format.comments import attach, finish
from policykit.language.format.conditions import Comments
from policykit.language.format.declarations import family, rows_of_family
from policykit.language.format.doc import Row
from policykit.language.parse import MAX_LENGTH, parse
from policykit.language.parse.depth import MAX_DEPTH
from policykit.source import SourceFile

_CHAPTERS: dict[type, int] = {
    **dict.fromkeys((s.Section, s.Requirement, s.Scorecard, s.Rule, s.Rollout, s.Stop), 1),
    **dict.fromkeys((s.Waive, s.SignOff, s.Tighten, s.Replace), 2),
    s.Test: 3,
}
"""Declarations, clauses, what changes clauses, tests: two blank lines where one follows another."""


def format_tree(tree: s.Tree) -> str:
    """Return the canonical text of a tree, with its comments, ending in a line end.

    Requires a tree that was read without mistakes: what the parser left out is not in it.
    """
    text = _laid_out(tree)
    if not tree.comments:
        return text
    # a comment breaks what it stands in; once laid out it may stand in a smaller part, which then breaks in its turn
    for _ in range(MAX_DEPTH):
        if len(text) > MAX_LENGTH:  # it cannot be read again, which the caller finds
            break
        again = _laid_out(parse(SourceFile(tree.source.name, text)).tree)
        if again == text:
            break
        text = again
    return text


def _laid_out(tree: s.Tree) -> str:
    comments = Comments(tree.comments)
    blocks = list(_blocks(tree, comments))
    rest = attach(tree, [rows for _, rows in blocks])
    return finish(tree, blocks, rest)


def _blocks(tree: s.Tree, comments: Comments) -> Iterator[tuple[int, list[Row]]]:
    """Yield the rows of each statement, with the number of blank lines above them."""
    previous: s.Statement | None = None
    for name, members in groupby(tree.statements, key=family):
        together = list(members)
        if name:
            blocks = rows_of_family(together, comments)
        else:
            blocks = [rows_of_clause(statement, comments) for statement in together]
        for statement, rows in zip(together, blocks, strict=True):
            yield _gap(tree.source, previous, statement), rows
            previous = statement


def _gap(source: SourceFile, previous: s.Statement | None, statement: s.Statement) -> int:
    if previous is None:
        return 0
    if isinstance(statement, s.Section) or _chapter(previous) != _chapter(statement):
        return 2
    if family(statement) and family(previous) == family(statement):
        return int(_is_apart(source.text[previous.span.end : statement.span.start]))
    return 1


def _is_apart(between: str) -> bool:
    """Whether a writer left an empty line between two declarations; comments keep their own."""
    following = between.partition("\n")[2]
    return not following.strip() and "\n" in following


def _chapter(statement: s.Statement) -> int:
    return _CHAPTERS.get(type(statement), 0)
