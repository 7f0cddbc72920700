"""`policykit vocabulary [WORD]`: what a policy can speak of without declaring it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from policykit.cli._console import Console
from policykit.detect import catalogue
from policykit.source import Diagnostic, did_you_mean
from policykit.source.render import render_as
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.fields import EvidenceKind, Field, Vocabulary
from policykit.vocabulary.reference import (
    as_data,
    elements_title,
    fact_data,
    fact_row,
    field_data,
    field_row,
    groups_of,
    kind_data,
    phases_text,
    type_text,
    words_text,
)

_NARROW = 14
_FACT_HEADS = ("fact", "type", "meaning", "known")
_FIELD_HEADS = ("field", "type", "meaning", "standard")


class Format(StrEnum):
    """How the words are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("vocabulary")(vocabulary)


def vocabulary(
    word: Annotated[
        str | None, typer.Argument(help="A fact, a group of facts, a kind of evidence, a field of one, or a detector.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How the words are printed.")] = Format.TEXT,
) -> None:
    """Print the words that a policy may use without declaring them.

    Exit 0, or 2 when there is no such word.
    """
    words = replace(builtin(), detectors=catalogue.NAMES)
    found = _look_up(words, word)
    if found is None:
        assert word is not None
        typer.echo(render_as(output.value, [_unknown(words, word)]), err=True, nl=False)
        raise typer.Exit(2)
    if output is Format.JSON:
        typer.echo(json.dumps(found[1], indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=False)
    for block in found[0]:
        console.print(block)


Found = tuple[list[Table | Text], object]
"""What is printed as text, and as JSON."""


def _look_up(words: Vocabulary, word: str | None) -> Found | None:
    if word is None:
        return _everything(words), as_data(words)
    if word in words.facts:
        fact = words.facts[word]
        return _one(fact, ("known", phases_text(fact.phases))), fact_data(fact)
    groups = groups_of(words.facts)
    if word in groups:
        return [_facts(word, groups[word])], [fact_data(fact) for fact in groups[word]]
    if word in words.evidence:
        return _kind(words.evidence[word]), kind_data(words.evidence[word])
    if word in words.detectors:
        return _detector(word, words.detectors[word]), {"name": word, "words": words.detectors[word]}
    kind, _, name = word.partition(".")
    field = words.evidence[kind].fields.get(name) if kind in words.evidence else None
    return (_one(replace(field, name=word), None), field_data(field)) if field is not None else None


def _everything(words: Vocabulary) -> list[Table | Text]:
    blocks: list[Table | Text] = [_facts(group, facts) for group, facts in groups_of(words.facts).items()]
    rows = [(kind.name, kind.words, f"{len(kind.fields)} fields") for kind in words.evidence.values()]
    blocks.append(_table("kinds of evidence", ("kind", "meaning", ""), rows))
    blocks.append(_table("detectors", ("detector", "finds"), words.detectors.items()))
    return [*blocks, Text("policykit vocabulary WORD shows one of them, such as evaluation or call.cost")]


def _facts(group: str, facts: Sequence[Field]) -> Table:
    return _table(f"facts about the {group}", _FACT_HEADS, map(fact_row, facts))


def _kind(kind: EvidenceKind) -> list[Table | Text]:
    blocks: list[Table | Text] = [_fields(f"{kind.name}: {kind.words}", kind.fields.values())]
    blocks += [_fields(elements_title(kind, element), element.fields.values()) for element in kind.elements.values()]
    if kind.slice_fields:
        blocks.append(_fields(f"every slice of {kind.name} by ... has ...", kind.slice_fields.values()))
    return blocks


def _fields(title: str, fields: Iterable[Field]) -> Table:
    return _table(title, _FIELD_HEADS, map(field_row, fields))


def _one(field: Field, more: tuple[str, str] | None) -> list[Table | Text]:
    rows = [("type", type_text(field.type)), ("meaning", words_text(field))]
    rows += [more] if more else []
    rows += [("standard", field.standard)] if field.standard else []
    return [_table(field.name, ("", ""), rows)]


def _detector(name: str, words: str) -> list[Table | Text]:
    return [_table(name, ("", ""), [("finds", words), ("in a policy", f"call.text contains any of {name}")])]


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    wanted = list(rows)
    used = [place for place in range(len(heads)) if any(row[place] for row in wanted)]
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE, show_header=any(heads))
    for place in used:
        narrow = None if heads[place] == "meaning" or not heads[place] else _NARROW
        table.add_column(heads[place], no_wrap=place == 0, overflow="fold", max_width=narrow if place else None)
    for row in wanted:
        table.add_row(*(Text(row[place]) for place in used))
    return table


def _unknown(words: Vocabulary, word: str) -> Diagnostic:
    known = [*words.facts, *words.evidence, *words.detectors, *groups_of(words.facts)]
    known += [f"{kind.name}.{name}" for kind in words.evidence.values() for name in kind.fields]
    shown = "".join(c if c.isprintable() else "�" for c in word[:60])
    hint = did_you_mean(word, known) or "run `policykit vocabulary` for all words"
    return Diagnostic("PK910", f"the vocabulary has no word `{shown}`", help=hint)
