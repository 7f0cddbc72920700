"""Expressions and conditions, with parentheses only where the meaning needs them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, assert_never

from policykit.language import syntax as s
from policykit.language.format.doc import Doc, IfBroken, Line, Token, align, cat, group, indent, separated
from policykit.language.format.literals import (
    commas,
    filled,
    length,
    moment,
    name,
    number,
    regex,
    text,
    words,
    yes_no,
)
from policykit.source import NO_SPAN, Span


class _Placed(Protocol):
    @property
    def span(self) -> Span: ...


class Comments:
    """Where the comments of the file stand: what one stands in the middle of is not kept on one line."""

    def __init__(self, comments: Sequence[s.Comment]) -> None:
        self._starts = sorted(comment.span.start for comment in comments)

    def between(self, start: int, end: int) -> bool:
        """Whether a comment stands between two places."""
        at = bisect_left(self._starts, start)
        return at < len(self._starts) and self._starts[at] < end

    def among(self, nodes: Sequence[_Placed]) -> bool:
        """Whether a comment stands behind the first of several nodes and before the last."""
        return bool(nodes) and self.between(nodes[0].span.end, nodes[-1].span.start)


# --- expressions --------------------------------------------------------------------------------------------------


def expression(node: s.Expression, comments: Comments) -> Doc:
    """Return an expression."""
    match node:
        case s.Text():
            return text(node)
        case s.Number():
            return number(node)
        case s.YesNo():
            return yes_no(node)
        case s.Moment():
            return moment(node)
        case s.Ref():
            return name(node)
        case s.ListOf():
            return _list(node, comments)
        case s.Arithmetic():
            return _arithmetic(node, comments)
        case s.FromNow():
            return words(length(node.length), node.direction)
        case s.Window():
            return _window(node, comments)
        case _:
            assert_never(node)


def _list(node: s.ListOf, comments: Comments) -> Doc:
    if not node.items:
        return Token("[]", node.span)
    start, end = node.span
    opening, closing = (Span(start, start + 1), Span(end - 1, end)) if node.span != NO_SPAN else (NO_SPAN, NO_SPAN)
    items = separated([expression(item, comments) for item in node.items], ",", Line())
    inner = indent(Line(""), *items, IfBroken(","), by=2)
    return group(Token("[", opening), inner, Line(""), Token("]", closing), forced=comments.between(start, end))


def _arithmetic(node: s.Arithmetic, comments: Comments) -> Doc:
    left, right = expression(node.left, comments), expression(node.right, comments)
    if node.operator == "*" and isinstance(node.left, s.Arithmetic) and node.left.operator != "*":
        left = _parenthesised(left)
    if isinstance(node.right, s.Arithmetic) and (node.operator == "*" or node.right.operator != "*"):
        right = _parenthesised(right)
    return words(left, node.operator, right)


def _window(node: s.Window, comments: Comments) -> Doc:
    subject = name(node.of) if node.of else "calls"
    where = None if node.where is None else words("where", _window_where(node.where, comments))
    return words(
        node.function,
        "of",
        subject,
        None if node.tool is None else words("to", name(node.tool)),
        where,
        None if node.last is None else words("over the last", length(node.last)),
        None if node.period is None else node.period.value,
        None if node.per is None else words("per", name(node.per)),
    )


def _window_where(node: s.Condition, comments: Comments) -> Doc:
    """Return what a window is restricted to: parentheses unless it is one plain test of one fact."""
    doc = condition(node, comments)
    match node:
        case s.Compare(_, s.Ref(), right) | s.In(s.Ref(), right):
            return _parenthesised(doc) if isinstance(right, s.Arithmetic | s.Window) else doc
        case s.Supplied():
            return doc
        case _:
            return _parenthesised(doc)


# --- conditions ---------------------------------------------------------------------------------------------------


def condition(node: s.Condition, comments: Comments) -> Doc:
    """Return a condition, broken before each `and` or `or` of its outermost kind where it does not fit."""
    match node:
        case s.And(items):
            return group(align(*_joined("and ", items, comments)), forced=comments.among(items))
        case s.Or(items):
            return group(align(*_joined("or ", items, comments)), forced=comments.among(items))
        case s.Not():
            return cat("not ", _parenthesised(condition(node.item, comments)))
        case s.Quantified():
            return _quantified(node, comments)
        case _:
            return _test(node, comments)


def clause_condition(node: s.Condition, comments: Comments, *, one_a_line: bool) -> Doc:
    """Return the condition of a clause: further parts hang to the left, so that all tests stand in one column.

    Args:
        node: The condition.
        comments: The comments of the file.
        one_a_line: Whether each part of the outermost `and` or `or` has a line of its own even where all fit on one.
    """
    if not isinstance(node, s.And | s.Or):
        return align(condition(node, comments))
    word = "and " if isinstance(node, s.And) else "or "
    joined = _joined(word, node.items, comments)
    return group(align(*joined, by=-len(word)), forced=one_a_line or comments.among(node.items))


def _joined(word: str, items: Sequence[s.Condition], comments: Comments) -> list[Doc]:
    last = len(items) - 1
    docs = [_operand(item, word, index == last, comments) for index, item in enumerate(items)]
    return separated([align(doc) for doc in docs], Line(), word)


def _operand(node: s.Condition, word: str, is_last: bool, comments: Comments) -> Doc:  # noqa: FBT001 - private
    doc = condition(node, comments)
    match node:
        case s.And() | s.Or():
            return _parenthesised(doc)
        case s.Quantified():
            # It takes every `and` behind it; before an `or` it must not hold an `and` of its own.
            takes_more = not is_last or (word == "or " and isinstance(node.has, s.And))
            return _parenthesised(doc) if takes_more else doc
        case _:
            return doc


def _parenthesised(doc: Doc) -> Doc:
    return cat("(", align(doc), ")")


def _quantified(node: s.Quantified, comments: Comments) -> Doc:
    head: list[Doc | str | None]
    if node.by is None:
        count = None if node.count is None else number(node.count)
        head = [node.quantifier, count, name(node.element), "in", name(node.of)]
    else:
        groups = None if node.groups is None else words("in", expression(node.groups, comments))
        head = [node.quantifier, "slice of", name(node.of), "by", name(node.by), groups]
    return indent(words(*head, "has" if node.count is None else "have"), " ", _has(node.has, comments), by=2)


def _has(node: s.Condition, comments: Comments) -> Doc:
    if isinstance(node, s.And):
        items = [_has_test(item, comments) for item in node.items]
        return group(*separated(items, Line(), "and "), forced=comments.among(node.items))
    return _has_test(node, comments)


def _has_test(node: s.Condition, comments: Comments) -> Doc:
    match node:
        case s.And() | s.Or() | s.Not() | s.Quantified():
            return _parenthesised(condition(node, comments))
        case s.Compare("is", s.Ref() as field, value) if _is_short(field, value):
            return words(name(field), expression(value, comments))
        case _:
            return _test(node, comments)


def _is_short(field: s.Ref, value: s.Expression) -> bool:
    """Whether `field is value` is written without `is`: `source "production"`."""
    if "." in field.name or not isinstance(value, s.Text | s.Number | s.Moment | s.YesNo):
        return False
    return not (isinstance(value, s.Number) and value.value < 0)


_Test = s.Compare | s.Between | s.In | s.Contains | s.Affix | s.Matches | s.Supplied | s.ClauseSays


def _test(node: _Test, comments: Comments) -> Doc:
    match node:
        case s.Compare():
            return words(expression(node.left, comments), node.operator, expression(node.right, comments))
        case s.Between():
            low, high = expression(node.low, comments), expression(node.high, comments)
            return words(expression(node.value, comments), "between", low, "and", high)
        case s.In():
            word = "not in" if node.negated else "in"
            return words(expression(node.value, comments), word, expression(node.options, comments))
        case s.Contains():
            items = [text(item) if isinstance(item, s.Text) else name(item) for item in node.items]
            listed = commas(items, forced=True) if comments.among(node.items) else filled(items, ",")
            return words(expression(node.value, comments), f"contains {node.mode} of", listed)
        case s.Affix():
            return words(expression(node.value, comments), f"{node.where} with", expression(node.text, comments))
        case s.Matches():
            return words(expression(node.value, comments), "matches", regex(node.regex))
        case s.Supplied():
            return words(name(node.value), "is missing" if node.negated else "is supplied")
        case s.ClauseSays():
            return words(name(node.clause), node.verb)
        case _:
            assert_never(node)
