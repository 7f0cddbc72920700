"""Tests of text: `contains any of`, `starts with`, `matches`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.literals import fit
from policykit.language.check.logic import closed
from policykit.language.check.logic.comparisons import describe, report_constant
from policykit.language.check.logic.expressions import fixed, single
from policykit.language.check.logic.patterns import regex_pattern
from policykit.language.check.scope import ListValue, Place
from policykit.language.check.tables import declare
from policykit.language.check.wording import a_value
from policykit.source import Span
from policykit.vocabulary.types import Kind, Value
from policykit.vocabulary.values import quoted


def contains(place: Place, node: s.Contains) -> c.ContainsPattern | c.ContainsItem | None:
    """Return a search for patterns in a text, or for values in a list."""
    value = single(place, node.value)
    if isinstance(value, c.Constant):
        report_constant(place, node.span)
        return None
    if value is not None and value.type.kind is Kind.LIST:
        items = _items(place, value, node)
        return c.ContainsItem(value, node.mode, items, node.span) if items else None
    if value is not None and not _is_text(place, value, "`contains`", node.value.span):
        return None
    patterns = [_patterns(place, item) for item in node.items]
    if value is None or not all(patterns):
        return None
    flat = [pattern for group in patterns for pattern in group]
    if not all(closed.check_pattern(place, value, pattern, node.span) for pattern in flat):
        return None
    _warn_repeated(place, [pattern.name for pattern in flat], node.span)
    return c.ContainsPattern(value, node.mode, tuple(dict.fromkeys(flat)), node.span)


def _items(place: Place, value: c.Operand, node: s.Contains) -> tuple[Value, ...] | None:
    assert value.type.element is not None
    items = replace(place, wanted=value.type.element)
    constants = [constant for item in node.items for constant in _constants(items, item)]
    fits = [
        None if item is None else fit(place.report, item, value.type.element, describe(value)) for item in constants
    ]
    closed.warn_near_tool(place, value, fits)
    found = [item.value for item in fits if item is not None]
    _warn_repeated(place, [str(item) for item in found], node.span)
    return tuple(dict.fromkeys(found)) if len(found) == len(fits) else None


def _constants(place: Place, item: s.Ref | s.Text) -> tuple[c.Constant | None, ...]:
    if isinstance(item, s.Ref) and item.name in place.scope.values:
        value = place.scope.values.find(s.Name(item.name, item.span))
        if isinstance(value, ListValue):
            return value.items
        return (value,) if isinstance(value, c.Constant) else (None,)
    return (fixed(place, item, "what a list is searched for"),)


def _patterns(place: Place, item: s.Ref | s.Text) -> tuple[c.Pattern, ...]:
    """Return what one item looks for; nothing when it is wrong, which is reported."""
    if isinstance(item, s.Text):
        _warn_quoted(place, item)
        return _plain(place, item.value, item.span)
    scope = place.scope
    if item.name in scope.values:
        value = scope.values.find(s.Name(item.name, item.span))
        constants = value.items if isinstance(value, ListValue) else (value,)
        found = [_plain_constant(place, constant, item) for constant in constants]
        return tuple(pattern for group in found for pattern in group) if all(found) else ()
    if item.name in scope.vocabulary.detectors:
        return (c.Pattern(item.name, detector=item.name, words=scope.vocabulary.detectors[item.name]),)
    if item.name in scope.detectors:
        declared = scope.detectors.find(s.Name(item.name, item.span))
        return (declared,) if declared is not None else ()
    known = {*scope.vocabulary.detectors, *scope.detectors.entries, *scope.values.entries}
    place.report.error(
        "PK107",
        f"unknown detector `{item.name}`",
        item.span,
        expected="a built-in or declared detector, or a text in quotes",
        help=place.report.suggest(item.name, known) or _declare(item.name),
    )
    return ()


def _warn_quoted(place: Place, item: s.Text) -> None:
    """Warn of a text that is a detector's name: in quotes it is looked for letter by letter."""
    if item.value in place.scope.detectors or item.value in place.scope.vocabulary.detectors:
        place.report.warn(
            "PK157",
            f'"{item.value}" is the name of a detector, and in quotes these letters are looked for',
            item.span,
            help=f"write `{item.value}`, without quotes",
        )


def _declare(name: str) -> str:
    """Return the help to declare a detector; its name has no dot, since dotted ones are built in."""
    head, _, rest = name.rpartition(".")
    built_in = f"`policykit vocabulary {head.partition('.')[0]}` lists those that are built in; or " if head else ""
    return built_in + declare(rest, 'detector NAME "..." matches /.../')


def _plain_constant(place: Place, value: object, item: s.Ref) -> tuple[c.Pattern, ...]:
    if value is None:
        return ()
    if isinstance(value, c.Constant) and isinstance(value.value, str):
        return _plain(place, value.value, item.span)
    place.report.error("PK228", f"`{item.name}` is no text", item.span, expected="a text or a detector")
    return ()


def _plain(place: Place, text: str, span: Span) -> tuple[c.Pattern, ...]:
    if text:
        return (c.Pattern(quoted(text), text=text),)
    _report_empty(place, span)
    return ()


def _report_empty(place: Place, span: Span) -> None:
    place.report.error(
        "PK213", "the text is empty, so it is found in every text", span, expected="at least one character"
    )


def affix(place: Place, node: s.Affix) -> c.Affix | None:
    """Return a test of how a text starts or ends."""
    value, text = single(place, node.value), fixed(place, node.text, "what a text starts or ends with")
    if isinstance(value, c.Constant):
        report_constant(place, node.span)
        return None
    if value is None or text is None or not _is_text(place, value, f"`{node.where} with`", node.value.span):
        return None
    if not isinstance(text.value, str):
        place.report.error(
            "PK228",
            f"a text cannot {node.where.removesuffix('s')} with {a_value(text.type)}",
            text.span,
            expected="a text",
        )
        return None
    if not text.value:
        _report_empty(place, text.span)
        return None
    if not closed.check_affix(place, value, node.where, text):
        return None
    return c.Affix(value, node.where, text.value, node.span)


def matches(place: Place, node: s.Matches) -> c.ContainsPattern | None:
    """Return a test with a regular expression."""
    value = single(place, node.value)
    pattern = regex_pattern(place.report, node.regex)
    if isinstance(value, c.Constant):
        report_constant(place, node.span)
        return None
    if value is None or pattern is None or not _is_text(place, value, "`matches`", node.value.span):
        return None
    if not closed.check_pattern(place, value, pattern, node.regex.span):
        return None
    return c.ContainsPattern(value, "any", (pattern,), node.span)


def _is_text(place: Place, value: c.Operand, test: str, span: Span) -> bool:
    if value.type.kind is Kind.TEXT:
        return True
    place.report.error(
        "PK228",
        f"{describe(value)} is {a_value(value.type)}, and {test} looks into a text",
        span,
        expected="a text",
        got=a_value(value.type),
        help="write `is` or `in`" if value.type.kind is Kind.CHOICE else "",
    )
    return False


def _warn_repeated(place: Place, names: list[str], span: Span) -> None:
    for name in (name for name, times in Counter(names).items() if times > 1):
        place.report.warn("PK217", f"`{name}` stands twice in the list", span)
