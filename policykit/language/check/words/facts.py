"""`fact` statements: facts that the application supplies, and further fields of evidence."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.parts import phases_of
from policykit.language.check.scope import Scope
from policykit.language.check.words.declarations import said
from policykit.language.check.words.repeats import described, own_words, same_or_other, warn_repeated
from policykit.language.check.words.typenames import type_of
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import ALL_PHASES


def declare_facts(scope: Scope, statements: tuple[s.Statement, ...]) -> None:
    """Add all `fact` statements to the scope; evidence must already be there."""
    for node in statements:
        if isinstance(node, s.Fact):
            _fact(scope, node)


def _fact(scope: Scope, node: s.Fact) -> None:
    name = node.name.text
    type_ = type_of(scope, node.type)
    words = said(scope, node.words, f"`{name}`")
    phases = phases_of(scope.report, node.known_on) or ALL_PHASES
    if not _may_be_declared(scope, node):
        if name not in scope.vocabulary.facts:
            scope.facts.declare(node.name, None)
        return
    head, _, rest = name.partition(".")
    if head in scope.evidence:
        _extend(scope, node, head, None if type_ is None else Field(rest, type_, words))
        return
    scope.facts.declare(node.name, None if type_ is None else Field(name, type_, words, phases))


def _may_be_declared(scope: Scope, node: s.Fact) -> bool:
    name = node.name.text
    built_in = scope.vocabulary.facts.get(name)
    if built_in is not None:
        scope.report.error(
            "PK122",
            f"`{name}` is a built-in fact: {described(built_in)}",
            node.name.span,
            got=own_words(type_of(scope, node.type), node.words.value),
            help=same_or_other(built_in, type_of(scope, node.type), node.words.value, name),
        )
        return False
    if "." in name:
        return True
    scope.report.error(
        "PK123",
        f"the name `{name}` has no dot",
        node.name.span,
        expected=f"a dotted name such as `invoice.{name}`",
        help="the part before the dot says what the fact is about",
    )
    return False


def _extend(scope: Scope, node: s.Fact, head: str, field: Field | None) -> None:
    """Add a field to one evidence."""
    evidence = scope.evidence.find(s.Name(head, node.name.span))
    rest = node.name.text.partition(".")[2]
    if node.known_on:
        scope.report.error(
            "PK240",
            f"`{node.name.text}` is a field of evidence and not known in phases of a call",
            node.known_on[0].span,
            help="leave out `known on`",
        )
    if evidence is None:
        return
    if "." in rest:
        scope.report.error(
            "PK123",
            f"`{node.name.text}` is no name for a field of evidence",
            node.name.span,
            expected=f"one word behind the dot, such as `{head}.{rest.replace('.', '_')}`",
        )
    elif rest in evidence.kind.fields and rest not in scope.vocabulary.evidence[evidence.kind.name].fields:
        scope.report.error(
            "PK110", f"fact `{node.name.text}` is declared twice", node.name.span, help="delete one of them"
        )
    elif rest in evidence.kind.fields:
        scope.report.error(
            "PK122",
            f"{evidence.kind.name} evidence already has the field `{rest}`: {described(evidence.kind.fields[rest])}",
            node.name.span,
            got=own_words(type_of(scope, node.type), node.words.value),
            help=same_or_other(evidence.kind.fields[rest], type_of(scope, node.type), node.words.value, node.name.text),
        )
    elif field is not None:
        warn_repeated(scope, node.name, field, evidence)
        scope.own_fields[node.name.text] = node.name.span
        add_field(scope, evidence, field)


def add_field(scope: Scope, evidence: c.Evidence, field: Field) -> None:
    """Give one evidence of the scope a further field."""
    if evidence.name not in scope.extended:
        fields = dict(evidence.kind.fields)
        scope.extended[evidence.name] = fields
        kind = replace(evidence.kind, fields=MappingProxyType(fields))
        scope.evidence.entries[evidence.name] = replace(evidence, kind=kind)
    scope.extended[evidence.name][field.name] = field
