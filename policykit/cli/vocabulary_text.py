"""Words of the vocabulary as lines that fit any width of 40 columns or more and never break a word."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from policykit.evidence.reader import all_readers
from policykit.vocabulary.demands import ANSWERS
from policykit.vocabulary.fields import EvidenceKind, Field, Vocabulary
from policykit.vocabulary.meanings import facts_meant, fields_about, kinds_meant
from policykit.vocabulary.reference import elements_title, phases_text, type_text, words_text

_WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""
_MOST = 12
"""How many fields a search shows."""


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return a text as lines of at most a width, broken between words only."""
    lines = textwrap.wrap(
        text,
        min(width, _WIDEST),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def entry(name: str, about: str, meaning: str, width: int, standard: str = "") -> list[str]:
    """Return one word: its name and type, and its meaning below."""
    first = wrapped(f"{name}  {about}".rstrip(), width, "  ")
    rest = wrapped(meaning, width, "      ")
    return [*first, *rest, *(wrapped(f"standard: {standard}", width, "      ") if standard else [])]


def fact_lines(title: str, facts: Iterable[Field], width: int) -> list[str]:
    """Return facts about a call, with when they are known."""
    lines = [title, ""]
    for fact in facts:
        about = f"({type_text(fact.type)}; known: {phases_text(fact.phases)})"
        lines += entry(fact.name, about, words_text(fact), width, fact.standard)
    return [*lines, ""]


def field_lines(title: str, fields: Iterable[Field], width: int) -> list[str]:
    """Return fields of evidence."""
    lines = [*wrapped(title, width), ""]
    for field in fields:
        lines += entry(field.name, f"({type_text(field.type)})", words_text(field), width, field.standard)
    return [*lines, ""]


def kind_lines(kind: EvidenceKind, width: int) -> list[str]:
    """Return a kind of evidence: the question it answers, who reads it, its fields and elements."""
    lines = [f"{kind.name}: {kind.words}", "", *about_kind(kind, width, "  "), ""]
    lines += field_lines("fields", kind.fields.values(), width)
    for element in kind.elements.values():
        lines += field_lines(elements_title(kind, element), element.fields.values(), width)
    if kind.slice_fields:
        lines += field_lines(f"every slice of {kind.name} by ... has ...", kind.slice_fields.values(), width)
    return lines


def about_kind(kind: EvidenceKind, width: int, indent: str) -> list[str]:
    """Return the question that a kind answers, and the readers of its files."""
    answer = ANSWERS.get(kind.name, "")
    return [*(wrapped(answer, width, indent) if answer else []), *wrapped(_readers(kind.name), width, indent)]


def _readers(kind: str) -> str:
    """Return who fills in a kind."""
    own = [reader.words for reader in all_readers().values() if reader.kinds is not None and kind in reader.kinds]
    if own:
        return f"Read from {', '.join(own)}; or written by hand."
    return "No reader yet: written by hand, or stated and signed by a person."


def everything_lines(vocabulary: Vocabulary, groups: dict[str, list[Field]], width: int) -> list[str]:
    """Return all facts, the kinds of evidence and the detectors."""
    lines: list[str] = []
    for group, facts in groups.items():
        lines += fact_lines(f"facts about the {group}", facts, width)
    lines += ["kinds of evidence", ""]
    for kind in vocabulary.evidence.values():
        about = f"({kind.words}; {len(kind.fields)} fields)"
        lines += entry(kind.name, about, ANSWERS.get(kind.name, kind.words), width)
    lines += ["", "detectors", ""]
    for name, words in vocabulary.detectors.items():
        lines += entry(name, "", words, width)
    return [*lines, "", *wrapped("policykit vocabulary WORD shows one of them, or what a word is about: cost", width)]


Found = tuple[tuple[EvidenceKind, ...], tuple[Field, ...], tuple[Field, ...]]
"""Kinds, fields by full name, and facts."""


def search(vocabulary: Vocabulary, word: str) -> Found | None:
    """Return what a word is about, nearest first, or None when the vocabulary has nothing of the kind."""
    kinds = tuple(vocabulary.evidence[name] for name in kinds_meant(word, vocabulary.evidence))
    near = (*facts_meant(word, vocabulary.facts), *(f.name for f in fields_about(word, vocabulary.facts.values())))
    facts = tuple(vocabulary.facts[name] for name in dict.fromkeys(near))
    fields = [
        Field(f"{kind.name}.{field.name}", field.type, field.words, standard=field.standard)
        for kind in sorted(vocabulary.evidence.values(), key=lambda kind: kind not in kinds)
        for field in fields_about(word, kind.fields.values())
    ]
    return (kinds, tuple(fields), facts) if kinds or fields or facts else None


def search_lines(word: str, found: Found, detectors: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Return what a search found."""
    kinds, fields, facts = found
    lines = [*wrapped(f"{word} is not a word of the vocabulary; these are about it", width), ""]
    if kinds:
        lines += ["kinds of evidence", ""]
        for kind in kinds:
            lines += [f"  {kind.name}  ({kind.words})", *about_kind(kind, width, "      ")]
        lines.append("")
    if fields:
        more = f" (the first {_MOST} of {len(fields)})" if len(fields) > _MOST else ""
        lines += field_lines(f"fields of evidence{more}", fields[:_MOST], width)
    if facts:
        lines += fact_lines("facts about a call", facts[:_MOST], width)
    named = [entry(name, "", words, width) for name, words in detectors]
    return [*lines, *(["detectors", "", *(line for item in named for line in item), ""] if named else [])]
