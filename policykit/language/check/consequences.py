"""Leaves out what only follows from a fault that is reported already, so that one fault has one message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policykit.source import Diagnostic, Label, Severity

_UNKNOWN = frozenset({"PK100", "PK101", "PK102", "PK103", "PK104", "PK105"})
"""A name that nothing declares; it may be the use that is missed elsewhere."""
_ONCE = _UNKNOWN | {"PK202"}
"""Said once for all places: the name, or its declaration, is wrong and not each use."""
_FOLLOWS = {
    "PK130": _UNKNOWN | {"PK305", "PK306", "PK326"}, "PK116": frozenset({"PK110"}), "PK323": frozenset({"PK312"}),
    "PK328": frozenset({"PK119"}),
}  # fmt: skip
"""A name never used, beside an unknown one or a missing owner; a clause that is missed, beside an ID given twice."""
_MAX_PLACES = 3
_IS_TEXT = "` is a text, not"
"""How PK200 speaks of a label, whose type is always text."""


def without_consequences(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics of one file, each cause once; further places of the same are labels of the first."""
    kept: dict[object, Diagnostic] = {}
    found = _labels_of_another_type(list(diagnostics))
    codes = {each.code for each in found if each.is_error}
    sources = {_name(each) for each in found if each.code == "PK104"}
    for each in found:
        if codes & _FOLLOWS.get(each.code, frozenset()):
            continue
        if each.code == "PK100" and _name(each).partition(".")[0] in sources:  # a field of evidence that is unknown
            continue
        key = (each.code, each.message, each.source and each.source.name) if each.code in _ONCE else id(each)
        first = kept.get(key)
        kept[key] = each if first is None else _also(first, each)
    return list(kept.values())


def _labels_of_another_type(found: list[Diagnostic]) -> list[Diagnostic]:
    """Return what was found with one error for a label that resembles a field and is compared as the field can be."""
    misfits = {each.message.split("`")[1]: each for each in found if each.code == "PK200" and _IS_TEXT in each.message}
    labels = {name: each for each in found if each.code == "PK129" and (name := _name_at(each)) in misfits}
    said = [misfits[name] for name in labels]
    return [
        replace(each, severity=Severity.ERROR) if each in labels.values() else each
        for each in found
        if each not in said
    ]


def _name_at(found: Diagnostic) -> str:
    return found.source.quote(found.span) if found.source is not None and found.span is not None else ""


def _also(first: Diagnostic, again: Diagnostic) -> Diagnostic:
    if len(first.labels) >= _MAX_PLACES or again.span == first.span:
        return first
    return replace(first, labels=(*first.labels, Label(again.span, "and here", again.source)))


def _name(unknown: Diagnostic) -> str:
    """Return the name that is said to be unknown, which the message quotes."""
    return unknown.message.partition("`")[2].rstrip("`")
