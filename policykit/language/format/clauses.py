"""Clauses and other statements of several lines: a headline, then parts whose values stand in one column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from policykit.language import syntax as s
from policykit.language.format.conditions import Comments, clause_condition, expression
from policykit.language.format.doc import Doc, Row, Token, cat, indent, layout
from policykit.language.format.effects import effect, keyword, rescope
from policykit.language.format.literals import (
    commas,
    length,
    moment,
    name,
    names,
    number,
    quoted,
    text,
    underscored,
    words,
)
from policykit.source import Span

_INDENT = "  "


class Part(NamedTuple):
    """One line of a clause. Without a keyword it stands outside the columns."""

    keyword: str
    value: Doc


def rows_of_clause(node: s.Statement, comments: Comments) -> list[Row]:
    """Return the rows of a statement that is not a declaration of one line."""
    parts = list(_parts(node, comments))
    width = max((len(part.keyword) for part in parts), default=0)
    rows = layout(_head(node))
    for part in parts:
        word = f"{part.keyword:<{width}} " if part.keyword else ""
        rows += layout(indent(_INDENT, word, part.value, by=len(_INDENT)))
    return rows


def _head(node: s.Statement) -> Doc:
    match node:
        case s.LanguageStatement():
            return cat(keyword("language", node.span), f" {node.version.value:f}")
        case s.Header():
            return words(keyword(node.kind, node.span), name(node.name), "version", text(node.version))
        case s.Section() | s.Requirement() | s.Scorecard() | s.Rule() | s.Rollout() | s.Stop():
            word = type(node).__name__.lower()
            of = node.name if isinstance(node, s.Section) else node.id
            return words(keyword(word, node.span), name(of), text(node.title))
        case s.Waive():
            return words(keyword("waive", node.span), name(node.clause), "through", moment(node.through))
        case s.Tighten() | s.Replace():
            return words(keyword(type(node).__name__.lower(), node.span), name(node.clause))
        case s.Test():
            return words(keyword("test", node.span), text(node.name))
        case _:
            raise AssertionError(f"{type(node).__name__} is a declaration of one line")


def _parts(node: s.Statement, comments: Comments) -> Iterator[Part]:
    match node:
        case s.Header():
            yield from _text("title", node.title)
            yield from _text("timezone", node.timezone)
        case s.Section():
            yield from _section(node)
        case s.Requirement():
            yield from _requirement(node, comments)
        case s.Scorecard():
            yield from _scorecard(node, comments)
        case s.Rule():
            yield from _rule(node, comments)
        case s.Rollout():
            yield from _rollout(node)
        case s.Stop():
            yield from _stop(node, comments)
        case s.Waive():
            yield from _text("because", node.because)
            yield Part("approved", words("by", names(node.approved_by)))
        case s.Tighten():
            yield from _checked(node, comments)
        case s.Replace():
            yield from _checked(node, comments)
            yield from _text("because", node.because)
            yield Part("approved", words("by", names(node.approved_by)))
        case s.Test():
            yield from _test(node, comments)
        case _:
            return


# --- one kind of clause each --------------------------------------------------------------------------------------


def _section(node: s.Section) -> Iterator[Part]:
    yield from _owner(node.owners)
    yield from _before(node.before)
    yield from _on(node.on)
    yield from _remedy(node.remedy)


def _requirement(node: s.Requirement, comments: Comments) -> Iterator[Part]:
    yield from _text("because", node.because)
    yield from _owner(node.owners)
    if node.applies_when is not None:
        applies = clause_condition(node.applies_when, comments, one_a_line=False)
        yield Part("applies", words("when", applies))
    yield from _shown_by(node.shown_by)
    yield from _before(node.before)
    yield Part("check", clause_condition(node.check, comments, one_a_line=True))
    yield from _remedy(node.remedy)


def _scorecard(node: s.Scorecard, comments: Comments) -> Iterator[Part]:
    yield from _text("because", node.because)
    yield from _owner(node.owners)
    yield from _shown_by(node.shown_by)
    yield from _before(node.before)
    yield Part("measure", name(node.measure))
    yield Part("baseline", expression(node.baseline, comments))
    by = None if node.target_by is None else words("by", moment(node.target_by))
    yield Part("target", words(node.target_operator, expression(node.target, comments), by))
    if node.report_only:
        yield Part("", Token("report only", _end_of(node.span)))


def _rule(node: s.Rule, comments: Comments) -> Iterator[Part]:
    yield from _text("because", node.because)
    yield from _owner(node.owners)
    yield from _on(node.on)
    if node.when is not None:
        yield _when(node.when, node.at_least_calls, comments)
    yield from (Part("then", effect(then)) for then in node.then)
    if node.unknown is not None:
        yield Part("unknown", effect(node.unknown))
    yield from _remedy(node.remedy)


def _rollout(node: s.Rollout) -> Iterator[Part]:
    yield from _text("because", node.because)
    yield from _owner(node.owners)
    until = None if node.until_gate is None else words("until", name(node.until_gate))
    if node.from_gate is not None:
        yield Part("from", words(name(node.from_gate), until))
    elif node.until_gate is not None:
        yield Part("until", name(node.until_gate))
    share = words(number(node.share), "of calls by", name(node.by))
    yield Part(node.mode, share if node.others is None else cat(share, ", others ", effect(node.others)))


def _stop(node: s.Stop, comments: Comments) -> Iterator[Part]:
    yield from _text("because", node.because)
    yield from _owner(node.owners)
    yield from _shown_by(node.shown_by)
    if node.from_gate is not None:
        yield Part("from", name(node.from_gate))
    yield _when(node.when, node.at_least_calls, comments)
    yield Part("then", effect(node.then) if isinstance(node.then, s.Pause) else rescope(node.then))
    if node.unknown_tell:
        yield Part("unknown", words("tell", names(node.unknown_tell)))
    yield Part("resume", words("by", names(node.resume_by)))


def _checked(node: s.Tighten | s.Replace, comments: Comments) -> Iterator[Part]:
    if node.check is not None:
        yield Part("check", clause_condition(node.check, comments, one_a_line=True))
    if node.no_older_than is not None:
        yield Part("", words("no older than", length(node.no_older_than)))


def _test(node: s.Test, comments: Comments) -> Iterator[Part]:
    if node.on is not None:
        yield Part("on", name(node.on))
    if node.given:
        given = [_given(one, comments) for one in node.given]
        yield Part("given", commas(given, forced=comments.among(node.given)))
    yield Part("expect", commas([_expect(one) for one in node.expect], forced=comments.among(node.expect)))


# --- parts --------------------------------------------------------------------------------------------------------


def _text(word: str, node: s.Text | None) -> Iterator[Part]:
    if node is not None:
        yield Part(word, text(node))


def _owner(owners: tuple[s.Name, ...]) -> Iterator[Part]:
    if owners:
        yield Part("owner", names(owners))


def _on(phases: tuple[s.Name, ...]) -> Iterator[Part]:
    if phases:
        yield Part("on", names(phases))


def _shown_by(node: s.ShownBy | None) -> Iterator[Part]:
    if node is not None:
        evidence = [words(name(one), "and") for one in node.evidence[:-1]]
        shown = words(*evidence, name(node.evidence[-1]))
        trust = f", {node.trust}" if node.trust else ""
        age = "" if node.no_older_than is None else cat(", no older than ", length(node.no_older_than))
        yield Part("shown by", cat(shown, trust, age))


def _before(node: s.Before | None) -> Iterator[Part]:
    if node is not None:
        again = None if node.every is None else words("and every", length(node.every), "after")
        yield Part("before", words(name(node.gate), again))


def _remedy(node: s.Remedy | None) -> Iterator[Part]:
    if node is not None:
        within = words("by", name(node.party), "within", length(node.within), "of notice:")
        yield Part("remedy", words(within, Token(quoted(node.text.value), node.text.span)))


def _when(node: s.Condition, calls: s.Number | None, comments: Comments) -> Part:
    condition = clause_condition(node, comments, one_a_line=False)
    least = "" if calls is None else f", with at least {underscored(calls.value)} calls"
    return Part("when", cat(condition, least))


def _given(node: s.Given, comments: Comments) -> Doc:
    return words(name(node.name), "is", "missing" if node.value is None else expression(node.value, comments))


def _expect(node: s.Expect) -> Doc:
    object_ = None if node.object is None else name(node.object)
    if node.clause is None:
        return words(keyword(node.verb, node.span), object_)
    return words(name(node.clause), node.verb, object_)


def _end_of(span: Span) -> Span:
    """Return the place of `report only`, which the tree keeps without one: it is written last."""
    return Span(max(span.end - 1, 0), span.end)
