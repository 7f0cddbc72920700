"""What a regular expression says of the matches that it can have, read off its tree.

- `width`: the greatest number of characters of a match, a run of white space counted as one character where the pattern
  allows any number of it.
- `open_form`: for patterns without such a number, a form that every beginning of a match has: a literal text, then
  characters of one class. While a text ends in this form, a match may go on; a character outside of the class ends it.

Both err to the long side. Patterns are RE2's; what Python reads otherwise, or not at all, counts as unknown.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_library: Any = re  # which does not declare its parser; compiling would do more than is asked here
_c: Any = _library._constants  # noqa: SLF001
_WHITE = frozenset(map(ord, "\t\n\f\r "))
"""RE2's `\\s`."""
_CATEGORIES = {
    _c.CATEGORY_DIGIT: r"\d",
    _c.CATEGORY_NOT_DIGIT: r"\D",
    _c.CATEGORY_SPACE: r"\s",
    _c.CATEGORY_NOT_SPACE: r"\S",
    _c.CATEGORY_WORD: r"\w",
    _c.CATEGORY_NOT_WORD: r"\W",
}


class Width(NamedTuple):
    """How long a match can be."""

    characters: float
    """Infinite where there is no bound."""
    has_runs: bool
    """Whether a run of white space was counted as one character."""


class OpenForm(NamedTuple):
    """A form that every beginning of a match has."""

    pattern: str
    """RE2; for the end of a text."""
    opening: int
    """Characters of the literal text before the class."""


def parsed(pattern: str) -> Any | None:
    """Return the tree of a pattern; None where Python cannot read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _library._parser.parse(pattern)  # noqa: SLF001
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


def width(tree: Any) -> Width:
    """Return how long a match of a pattern can be."""
    total, has_runs = 0.0, False
    for op, value in tree:
        found = _width(op, value)
        total += found.characters
        has_runs = has_runs or found.has_runs
    return Width(total, has_runs)


def _width(op: Any, value: Any) -> Width:
    if op is _c.AT:
        return Width(0, has_runs=False)
    if op in {_c.LITERAL, _c.NOT_LITERAL, _c.ANY, _c.IN}:
        return Width(1, has_runs=False)
    if op is _c.SUBPATTERN:
        return width(value[3])
    if op is _c.BRANCH:
        found = [width(each) for each in value[1]]
        return Width(max(each.characters for each in found), any(each.has_runs for each in found))
    if op in {_c.MAX_REPEAT, _c.MIN_REPEAT}:
        _, most, inner = value
        if most is not _c.MAXREPEAT:
            found_inner = width(inner)
            return Width(found_inner.characters * int(most) if most else 0, found_inner.has_runs)
        if _is_white(inner):
            return Width(1, has_runs=True)
    return Width(float("inf"), has_runs=False)


def _is_white(tree: Any) -> bool:
    """Whether a pattern is one character of white space."""
    if len(tree) != 1:
        return False
    op, value = tree[0]
    members = [(op, value)] if op is _c.LITERAL else value if op is _c.IN else [(op, value)]
    return all(
        (kind is _c.LITERAL and what in _WHITE) or (kind is _c.CATEGORY and what is _c.CATEGORY_SPACE)
        for kind, what in members
    )


def open_form(tree: Any) -> OpenForm | None:
    """Return the form that every beginning of a match has; None where it says nothing, or a match has a context."""
    if tree.state.groups > 1:
        return None  # what is found is a part of the match, and the rest of it may have left long ago
    nodes = [node for node in tree if node[0] is not _c.AT]
    opening = 0
    while opening < len(nodes) and nodes[opening][0] is _c.LITERAL:
        opening += 1
    members = set(_members(nodes[opening:]))
    inside = r"[\x00-\x{10FFFF}]" if None in members else f"[{''.join(sorted(map(str, members)))}]"
    if None in members and not opening:
        return None
    flags = "(?i)" if _ignores_case(tree) else ""
    literal = "".join(_character(value) for _, value in nodes[:opening])
    return OpenForm(f"{flags}{literal}{inside}*" if members else f"{flags}{literal}", opening)


def _ignores_case(tree: Any) -> bool:
    flags = [tree.state.flags, *(value[1] for op, value in _walk(tree) if op is _c.SUBPATTERN)]
    return any(each & re.IGNORECASE for each in flags)


def _walk(tree: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield all nodes of a tree."""
    for op, value in tree:
        yield op, value
        if op is _c.SUBPATTERN:
            yield from _walk(value[3])
        elif op is _c.BRANCH:
            for each in value[1]:
                yield from _walk(each)
        elif op in {_c.MAX_REPEAT, _c.MIN_REPEAT}:
            yield from _walk(value[2])


def _members(tree: Iterable[Any]) -> Iterator[str | None]:
    """Yield the characters that a match can have, as members of a class; None for any character."""
    for op, value in _walk(tree):
        if op is _c.LITERAL:
            yield _character(value)
        elif op is _c.IN:
            yield from (_member(kind, what) for kind, what in value)
        elif op not in {_c.AT, _c.SUBPATTERN, _c.BRANCH, _c.MAX_REPEAT, _c.MIN_REPEAT}:
            yield None


def _member(kind: Any, what: Any) -> str | None:
    if kind is _c.LITERAL:
        return _character(what)
    if kind is _c.RANGE:
        return f"{_character(what[0])}-{_character(what[1])}"
    return _CATEGORIES.get(what) if kind is _c.CATEGORY else None


def _character(code: int) -> str:
    return f"\\x{{{code:x}}}"
