"""The vocabulary as a reference for its readers: `docs/vocabulary.md` and what `policykit vocabulary` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policykit.vocabulary.demands import ANSWERS, DEMANDS
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field, Vocabulary
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import ALL_PHASES, Kind, Phase, Type

Row = tuple[str, str, str, str]
"""Name, type, words, and when a fact is known or its name in the standard."""

_GENERATED = "<!-- Written by policykit.vocabulary.reference; a test holds it current. -->"

_INTRODUCTION = """\
# The vocabulary

Every word that a policy may use without declaring it. `policykit vocabulary WORD` prints the same for one word, and
finds words by meaning: `policykit vocabulary cost`, `latency`, `owner`, `pii`. How a policy uses them is in
[the language reference](../grammar/README.md). What can be looked for in text (`pii.card`, `secret.any`) is in
[the list of detectors](detectors.md).

A fact is known in the phases named next to it; a rule may read only what is known in all phases in which it acts.
*windows only* means that it is learnt after the call, so that only windows over past calls can use it. A field that the
evidence does not show is unknown, never zero, and unknown never passes.
"""


def type_text(type_: Type) -> str:
    """Return a type with its range, as a policy writes it: `number between 0 and 2`, `percent`, `count`."""
    low, high = type_.low, type_.high
    if type_.kind in (Kind.PERCENT, Kind.TIME) or (type_.kind in (Kind.COUNT, Kind.DURATION, Kind.MONEY) and low == 0):
        return str(type_)  # the range that everybody expects
    if low is not None and high is not None:
        return f"{type_} between {render(type_, low)} and {render(type_, high)}"
    if low is not None:
        return f"{type_}, {render(type_, low)} or more"
    return f"{type_}, {render(type_, high)} or less" if high is not None else str(type_)


def phases_text(phases: frozenset[Phase]) -> str:
    """Return when a fact is known: `always`, `response, failure`, `windows only`."""
    if phases == ALL_PHASES:
        return "always"
    return ", ".join(phase.value for phase in Phase if phase in phases) or "windows only"


def words_text(field: Field) -> str:
    """Return the words with their article: `the model that was asked`, `whether the answer is streamed`."""
    return f"whether the {field.words}" if field.type.kind is Kind.YES_NO else f"the {field.words}"


def groups_of(facts: Mapping[str, Field]) -> dict[str, list[Field]]:
    """Return the facts by the first part of their names, in the order declared."""
    groups: dict[str, list[Field]] = {}
    for fact in facts.values():
        groups.setdefault(fact.name.split(".", 1)[0], []).append(fact)
    return groups


def fact_row(fact: Field) -> Row:
    """Return one fact as a row."""
    return fact.name, type_text(fact.type), words_text(fact), phases_text(fact.phases)


def field_row(field: Field) -> Row:
    """Return one field of evidence as a row."""
    return field.name, type_text(field.type), words_text(field), field.standard


def elements_title(kind: EvidenceKind, element: ElementKind) -> str:
    """Return how a policy reaches the elements."""
    labels = ", and any label of the evidence" if element.open else ""
    return f"every {element.singular} in {kind.name} has ...{labels}"


def markdown(vocabulary: Vocabulary) -> str:
    """Return the whole reference as Markdown."""
    parts = [_INTRODUCTION.rstrip(), "", _GENERATED, "", *_index(), "## Facts about a call", ""]
    for group, facts in groups_of(vocabulary.facts).items():
        parts += [f"### `{group}`", "", *_table(("Fact", "Type", "Meaning", "Known"), map(fact_row, facts)), ""]
    parts += ["### Names in the OpenTelemetry conventions", ""]
    mapped = [(f.name, f.standard) for f in vocabulary.facts.values() if f.standard]
    parts += [*_table(("Fact", "OpenTelemetry"), [(name, f"`{standard}`") for name, standard in mapped]), ""]
    parts += ["## Kinds of evidence", ""]
    for kind in vocabulary.evidence.values():
        answer = [ANSWERS[kind.name], ""] if kind.name in ANSWERS else []
        parts += [f"### `{kind.name}`: {kind.words}", "", *answer, *_evidence(kind)]
    return "\n".join(parts).rstrip() + "\n"


def _index() -> list[str]:
    """Return what people want to say, and the kind and fields that say it."""
    lines = ["## What you want to say", "", "| What must be shown | Kind and fields |", "|---|---|"]
    for words, paths in DEMANDS.values():
        lines.append(f"| {words} | {', '.join(f'`{_field_name(path)}`' for path in paths.split())} |")
    return [*lines, ""]


def _field_name(path: str) -> str:
    """Return the path of a field as a reader of the page looks it up."""
    return path.replace(":", ".").replace("/", ".slice.")


def _evidence(kind: EvidenceKind) -> list[str]:
    heads = ("Field", "Type", "Meaning")
    lines = [*_table(heads, [field_row(f)[:3] for f in kind.fields.values()]), ""]
    for element in kind.elements.values():
        lines += [f"`every {element.singular} in ... has ...`{_open(element)}", ""]
        lines += [*_table(heads, [field_row(f)[:3] for f in element.fields.values()]), ""]
    if kind.slice_fields:
        lines += ["`every slice of ... by ... has ...`", ""]
        lines += [*_table(heads, [field_row(f)[:3] for f in kind.slice_fields.values()]), ""]
    return lines


def _open(element: ElementKind) -> str:
    return ", and any label that the evidence carries" if element.open else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for name, *rest in rows:
        cells = [f"`{name}`", *(cell.replace("|", "\\|") for cell in rest)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def as_data(vocabulary: Vocabulary) -> dict[str, object]:
    """Return the whole vocabulary for JSON."""
    return {
        "facts": [fact_data(fact) for fact in vocabulary.facts.values()],
        "evidence": [kind_data(kind) for kind in vocabulary.evidence.values()],
        "detectors": [{"name": name, "words": words} for name, words in vocabulary.detectors.items()],
    }


def fact_data(fact: Field) -> dict[str, object]:
    """Return one fact for JSON."""
    return {**field_data(fact), "phases": [phase.value for phase in Phase if phase in fact.phases]}


def field_data(field: Field) -> dict[str, object]:
    """Return one field for JSON; limits as the language writes them."""
    data: dict[str, object] = {"name": field.name, "type": str(field.type), "words": field.words}
    if field.type.low is not None:
        data["low"] = render(field.type, field.type.low)
    if field.type.high is not None:
        data["high"] = render(field.type, field.type.high)
    if field.standard:
        data["standard"] = field.standard
    return data


def kind_data(kind: EvidenceKind) -> dict[str, object]:
    """Return one kind of evidence for JSON."""
    return {
        "name": kind.name,
        "words": kind.words,
        "fields": [field_data(field) for field in kind.fields.values()],
        "elements": [
            {"singular": e.singular, "open": e.open, "fields": [field_data(field) for field in e.fields.values()]}
            for e in kind.elements.values()
        ],
        "slice": [field_data(field) for field in kind.slice_fields.values()],
    }
