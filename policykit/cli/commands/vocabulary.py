"""`policykit vocabulary [WORD]`: what a policy can speak of without declaring it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from policykit.cli import vocabulary_text as text
from policykit.cli.statuses import EXIT_NOT_UNDERSTOOD
from policykit.detect import catalogue
from policykit.source import Diagnostic, did_you_mean
from policykit.source.render import render_as
from policykit.source.visible import visible
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.fields import Vocabulary
from policykit.vocabulary.reference import as_data, fact_data, field_data, groups_of, kind_data

_PLAIN_WIDTH = 80
_WORD = re.compile("[a-z][a-z0-9_]{0,40}")
"""What may be looked for by meaning."""


class Format(StrEnum):
    """How the words are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("vocabulary")(vocabulary)


def vocabulary(
    word: Annotated[
        str | None, typer.Argument(help="A fact, a kind of evidence, a field, a detector, or what it is about: cost.")
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
        raise typer.Exit(EXIT_NOT_UNDERSTOOD)
    if output is Format.JSON:
        typer.echo(json.dumps(found[1], indent=2, ensure_ascii=False))
        return
    typer.echo("\n".join(found[0]).rstrip())


Found = tuple[list[str], object]
"""What is printed as text, line by line, and as JSON."""


def _look_up(words: Vocabulary, word: str | None) -> Found | None:
    width = shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns
    groups = groups_of(words.facts)
    if word is None:
        return text.everything_lines(words, groups, width), as_data(words)
    if word in words.facts:
        return text.fact_lines("a fact about a call", [words.facts[word]], width), fact_data(words.facts[word])
    if word in groups:
        return (
            text.fact_lines(f"facts about the {word}", groups[word], width),
            [fact_data(fact) for fact in groups[word]],
        )
    if word in words.evidence:
        return text.kind_lines(words.evidence[word], width), kind_data(words.evidence[word])
    if word in words.detectors:
        return _detector(word, words.detectors[word], width), {"name": word, "words": words.detectors[word]}
    return _field(words, word, width) or _by_meaning(words, word, width)


def _field(words: Vocabulary, word: str, width: int) -> Found | None:
    kind, _, name = word.partition(".")
    field = words.evidence[kind].fields.get(name) if kind in words.evidence else None
    if field is None:
        return None
    return text.field_lines(f"a field of {kind} evidence", [replace(field, name=word)], width), field_data(field)


def _detector(name: str, words: str, width: int) -> list[str]:
    return text.entry(name, "(detector)", f"{words}; in a policy: call.text contains any of {name}", width)


def _by_meaning(words: Vocabulary, word: str, width: int) -> Found | None:
    """Return what a word is about, when the vocabulary does not have the word itself."""
    if _WORD.fullmatch(word) is None:
        return None
    detectors = [(name, said) for name, said in words.detectors.items() if word in name.split(".")]
    found = text.search(words, word) or (((), (), ()) if detectors else None)
    if found is None:
        return None
    kinds, fields, facts = found
    data = {
        "about": word,
        "evidence": [kind.name for kind in kinds],
        "fields": [field_data(field) for field in fields],
        "facts": [fact_data(fact) for fact in facts],
        "detectors": [{"name": name, "words": said} for name, said in detectors],
    }
    return text.search_lines(word, found, detectors, width), data


def _unknown(words: Vocabulary, word: str) -> Diagnostic:
    known = [*words.facts, *words.evidence, *words.detectors, *groups_of(words.facts)]
    known += [f"{kind.name}.{name}" for kind in words.evidence.values() for name in kind.fields]
    shown = visible(word, 60)
    hint = did_you_mean(word, known) or "run `policykit vocabulary` for all words"
    return Diagnostic("PK910", f"the vocabulary has no word `{shown}`", help=hint)
