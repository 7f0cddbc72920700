"""`is known`, `is not null` and other words for `is supplied` and `is missing`, which would else be read as texts."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import Place
from policykit.vocabulary.types import TEXTUAL, Kind

SUPPLIED = frozenset({"known", "supplied", "given", "present", "set", "defined", "available", "provided", "filled"})
MISSING = frozenset({
    "unknown", "missing", "null", "none", "nil", "undefined", "absent", "empty", "blank", "unset", "unavailable",
})  # fmt: skip
_EMPTY = frozenset({"empty", "blank"})
"""A text that is there may be empty, and a list too."""


def is_presence(place: Place, node: s.Compare, left: c.Operand | None) -> bool:
    """Return whether a comparison asks, in other words, if something is known; then what to write is reported."""
    right = node.right
    if node.operator not in ("is", "is not") or not isinstance(right, s.Ref) or left is None:
        return False
    word = right.name
    if word not in SUPPLIED | MISSING or _means_something(place, word) or word in left.type.choices:
        return False
    supplied = (word in SUPPLIED) is (node.operator == "is")
    written = place.report.quote(node.left.span, node.left.name if isinstance(node.left, s.Ref) else "it").strip("`")
    text = f'; the text itself is `"{word}"`, in quotes' if left.type.kind in TEXTUAL - {Kind.CHOICE} else ""
    if word in _EMPTY and left.type.kind is Kind.LIST:
        return False
    empty = f'`{written} {node.operator} ""` for a text without letters, or ' if word in _EMPTY and text else ""
    place.report.error(
        "PK100",
        f"unknown name `{word}`",
        node.span,
        expected="`is supplied` or `is missing`, which ask whether a value is known",
        help=f"write {empty}`{written} is {'supplied' if supplied else 'missing'}`{text}",
    )
    return True


def _means_something(place: Place, word: str) -> bool:
    fields = place.element.fields if place.element is not None else {}
    return word in fields or word in place.scope.values or word in place.scope.facts
