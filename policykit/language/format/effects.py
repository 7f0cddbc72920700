"""What a rule does, as the language writes it."""

from __future__ import annotations

from typing import assert_never

from policykit.language import syntax as s
from policykit.language.format.doc import Doc, Line, Token, align, group, separated
from policykit.language.format.literals import filled, length, name, names, text, words
from policykit.source import NO_SPAN, Span


def keyword(word: str, span: Span) -> Token:
    """Return the word that a part begins with; `span` is that of the whole part."""
    return Token(word, NO_SPAN if span == NO_SPAN else Span(span.start, span.start + len(word)))


def effect(node: s.Effect) -> Doc:
    """Return an effect."""
    match node:
        case s.Deny():
            return _with_message("deny", node)
        case s.Warn():
            return _with_message("warn", node)
        case s.Ask():
            return _ask(node)
        case s.Use():
            return _use(node)
        case s.Pause():
            return _pause(node)
        case s.Redact():
            return keyword("redact", node.span)
        case s.Pseudonymise():
            return keyword("pseudonymise", node.span)
        case s.Allow():
            return keyword("allow", node.span)
        case _:
            assert_never(node)


def _with_message(word: str, node: s.Deny | s.Warn) -> Doc:
    return words(keyword(word, node.span), None if node.message is None else text(node.message))


def _ask(node: s.Ask) -> Doc:
    asked = keyword("ask", node.span)
    if not node.roles:
        return asked
    parts: list[Doc] = [words(asked, filled([name(role) for role in node.roles], before="or "))]
    if node.answer_within is not None:
        parts.append(words("answer within", length(node.answer_within)))
    if node.otherwise is not None:
        parts.append(words("otherwise", effect(node.otherwise)))
    return group(align(*separated(parts, ",", Line())))


def _use(node: s.Use) -> Doc:
    first, *others = node.fallbacks
    parts = [words(keyword("use", node.span), name(first)), *(words("otherwise", name(other)) for other in others)]
    return group(align(*separated(parts, ",", Line())))


def _pause(node: s.Pause) -> Doc:
    what = "all calls" if node.tool is None else words("calls to", name(node.tool))
    within = None if node.within is None else words("within", length(node.within))
    return _telling(words(keyword("pause", node.span), what, within), node.tell)


def rescope(node: s.Rescope) -> Doc:
    """Return what a stop does in place of a pause."""
    within = None if node.within is None else words("within", length(node.within))
    return _telling(words(keyword("rescope", node.span), "to", name(node.gate), within), node.tell)


def _telling(what: Doc, tell: tuple[s.Name, ...]) -> Doc:
    return group(align(what, ",", Line(), "tell ", names(tell))) if tell else what
