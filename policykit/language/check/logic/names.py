"""What a name in an expression stands for: a field of an element, a `let`, a fact, or a field of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.logic import presence
from policykit.language.check.scope import ListValue, Named, Place, Reads
from policykit.language.check.tables import declare
from policykit.language.check.wording import listed, phases_in_order, such_as
from policykit.language.parse.grammar import reserved_words
from policykit.language.parse.phrases.numbers import WORDS_OF_NUMBERS
from policykit.source import nearest
from policykit.vocabulary.fields import ElementKind, Field
from policykit.vocabulary.meanings import facts_meant, fields_meant, offered
from policykit.vocabulary.types import TEXT, Kind, Type

_YES_NO = {"true": "yes", "false": "no", "on": "yes", "off": "no"}
_PASSING = frozenset({"tomorrow", "yesterday", "soon"})
"""Words for a day that is another one for each reader."""


def resolve(place: Place, ref: s.Ref) -> c.Operand | ListValue | None:
    """Return what a name stands for; None when it stands for nothing that may be read here, which is reported."""
    scope, name = place.scope, ref.name
    if place.element is not None and name in place.element.fields:
        return c.ElementRead(name, place.element.fields[name].type, ref.span)
    if name in scope.values:
        value = scope.values.find(s.Name(name, ref.span))
        return None if value is None else replace(value, span=ref.span)
    declared = "." in name or scope.fact(name) is not None or name in scope.facts
    if not declared and presence.is_period(place, ref):
        return None
    if place.element is not None and place.element.open and "." not in name:
        literal = _literal(place.wanted, name) if place.wanted is not None else ""
        if literal:
            place.report.error(
                "PK100", f"unknown name `{name}`", ref.span, expected=such_as(place.wanted or TEXT), help=literal
            )
            return None
        _warn_near_field(place, ref, place.element)
        return c.ElementRead(name, TEXT, ref.span)
    head, _, rest = name.partition(".")
    if place.reads is Reads.NOTHING and rest:
        _report_not_fixed(place, ref)
        return None
    if head in scope.evidence:
        return _evidence(place, ref, head, rest)
    if scope.fact(name) is not None or name in scope.facts:
        return _fact(place, ref)
    _unknown(place, ref)
    return None


def _warn_near_field(place: Place, ref: s.Ref, element: ElementKind) -> None:
    """Warn of a label that is nearly a field; labels are never declared, so others cannot be told from mistakes."""
    help_ = did_you_mean_field(place, ref.name, element.fields)
    if help_:
        place.report.warn(
            "PK129",
            f"a {element.singular} has no field `{ref.name}`, so this is read as a label of the evidence",
            ref.span,
            help=help_,
        )


def _evidence(place: Place, ref: s.Ref, head: str, rest: str) -> c.EvidenceRead | None:
    evidence = place.scope.evidence.find(s.Name(head, ref.span))
    place.scope.read_fields.add(ref.name)
    if evidence is None:
        return None
    kind = evidence.kind
    if rest not in kind.fields:
        fields = sorted(kind.fields)
        meant = fields_meant(rest, kind.fields)
        hint = _of_element(evidence, rest) or offered(rest, [f"{head}.{field}" for field in meant])
        if rest and not hint:
            near = place.report.nearest(rest, fields)
            hint = f"did you mean `{head}.{near}`?" if near else ""
        hint = hint or f"it has {listed(fields[:8])}{' ...' if len(fields) > 8 else ''}"
        message = f"unknown field `{rest}` of `{head}`" if rest else f"`{head}` is evidence and no value by itself"
        place.report.error(
            "PK105", message, ref.span, expected=f"a field of {kind.name}, such as `{head}.{fields[0]}`", help=hint
        )
        return None
    if place.reads is Reads.NOTHING:
        _report_not_fixed(place, ref)
        return None
    if place.reads not in (Reads.EVIDENCE, Reads.ANYTHING):
        place.report.error(
            "PK240",
            f"{place.what} cannot read the evidence `{ref.name}`",
            ref.span,
            expected="a fact about the call" if place.reads is Reads.CALL else "a statistic over calls",
            help="evidence is looked at before a gate, by a requirement",
        )
        return None
    return c.EvidenceRead(head, rest, kind.fields[rest].type, ref.span)


def _of_element(evidence: c.Evidence, rest: str) -> str:
    """Return how a field of an element is asked for, which the vocabulary names behind the element's name."""
    word, _, field = rest.partition(".")
    if word == "slice" and field in evidence.kind.slice_fields:
        return f"it is a field of each slice: write `every slice of {evidence.name} by LABEL has {field} ...`"
    if any(each.singular == word and field in each.fields for each in evidence.kind.elements.values()):
        return f"it is a field of each {word}: write `every {word} in {evidence.name} has {field} ...`"
    return ""


def _fact(place: Place, ref: s.Ref) -> c.FactRead | None:
    scope, name = place.scope, ref.name
    if name in scope.facts:
        scope.facts.find(s.Name(name, ref.span))
    fact = scope.fact(name)
    if fact is None:
        return None
    if place.reads is Reads.EVIDENCE:
        place.report.error(
            "PK240",
            f"{place.what} cannot read `{name}`, a fact about one call",
            ref.span,
            expected="a field of evidence, such as `golden.cases`",
            help="facts about a call are read by rules; a requirement looks at evidence",
        )
        return None
    if place.reads is Reads.CALLS:
        place.report.error(
            "PK240",
            f"{place.what} looks at many calls and cannot read `{name}` of one of them",
            ref.span,
            expected="a statistic, such as `share of calls where (...) over the last 7 days`",
        )
        return None
    if not known_here(place, fact, ref):
        return None
    return c.FactRead(name, fact.type, ref.span)


def _report_not_fixed(place: Place, ref: s.Ref) -> None:
    place.report.error(
        "PK218",
        f"{place.what} must be a value that stands in the text, and `{ref.name}` is only known later",
        ref.span,
        expected="a literal or a `let`",
    )


def known_here(place: Place, fact: Field, ref: s.Ref) -> bool:
    """Return whether a fact is known in all phases of the place; report it when it is not."""
    if place.phases <= fact.phases:
        return True
    missing = phases_in_order(place.phases - fact.phases)
    known = phases_in_order(fact.phases)
    common = phases_in_order(place.phases & fact.phases)
    drop = f"; take {listed(missing)} out of its `on`" if common else ""
    place.report.error(
        "PK120",
        f"`{fact.name}` is not known on {' and '.join(missing)}, where {place.what} acts",
        ref.span,
        expected=f"a fact that is known on {' and '.join(missing)}",
        got=f"one that is known on {', '.join(known)}" if known else "one that is known when the call has ended",
        help=f"act on {known[0]} instead{drop}" if known else "",
    )
    return False


def _unknown(place: Place, ref: s.Ref) -> None:
    scope, name = place.scope, ref.name
    if place.element is not None and "." not in name:
        fields = sorted(place.element.fields)
        place.report.error(
            "PK114",
            f"a {place.element.singular} has no field `{name}`",
            ref.span,
            expected=f"one of {listed(fields, 'or')}",
            help=did_you_mean_field(place, name, place.element.fields),
        )
        return
    for table in scope.tables():
        if name in table:
            place.report.error(
                "PK115",
                f"`{name}` is a {table.word} and has no value",
                ref.span,
                expected="a fact, a field of evidence, a `let` or a literal",
                help=f'a text stands in quotes: write `"{name}"`' if _wants_text(place) else "",
            )
            return
    place.report.error(
        "PK100",
        f"unknown name `{name}`",
        ref.span,
        expected="a fact, a field of evidence or a `let`",
        help=_meant(place, name) or _declare(place, name),
    )


def _declare(place: Place, name: str) -> str:
    """Return the help to declare what is missing: a value where only a value can stand, else a fact."""
    if place.reads is not Reads.NOTHING:
        return declare(name, 'fact NAME : ... "..."')
    return "" if name in reserved_words() else f"declare it: `let {name} = ...`"


def _wants_text(place: Place) -> bool:
    return place.wanted is not None and place.wanted.kind is Kind.TEXT


def _meant(place: Place, name: str) -> str:
    """Return the help for an unknown name: a literal, then the nearest meaning, then the nearest spelling."""
    if _wants_text(place) and (near := _near_value(place, name)):
        return f"did you mean `{near}`?"
    literal = _literal(place.wanted, name)
    if literal:
        return literal
    if not place.report.may_search:
        return ""
    meant = _same_last_word(place, name)
    if place.reads is not Reads.EVIDENCE and not meant:
        facts = facts_meant(name, place.scope.vocabulary.facts)
        meant = tuple(fact for fact in facts if _may_read(place, fact)) or facts
    if meant:
        return offered(name, meant)
    near = place.report.nearest(name, _readable(place))
    return f"did you mean `{near}`?" if near else ""


def _near_value(place: Place, name: str) -> str | None:
    """Return the text or list that a `let` or parameter of nearly this name holds."""
    texts = [known for known, value in place.scope.values.entries.items() if _holds_text(value)]
    return place.report.nearest(name, texts) if texts else None


def _holds_text(value: Named) -> bool:
    return isinstance(value, ListValue) or (value is not None and value.type.kind is Kind.TEXT)


def _same_last_word(place: Place, name: str) -> tuple[str, ...]:
    """Return what has this name behind its dot; of evidence, also where its kind stands in place of its name."""
    scope, (head, _, last) = place.scope, name.rpartition(".")
    evidence = [each for each in scope.evidence.entries.values() if each is not None]
    if place.reads is Reads.EVIDENCE:
        return tuple(
            f"{each.name}.{last}" for each in evidence if last in each.kind.fields and head in ("", each.kind.name)
        )
    facts = [*scope.facts.entries, *scope.vocabulary.facts]
    same = [fact for fact in facts if not head and fact.rpartition(".")[2] == last]
    return tuple(fact for fact in same if fact in scope.facts or _may_read(place, fact)) or tuple(same)


def _literal(wanted: Type | None, name: str) -> str:
    """Return the help that names the literal meant, or nothing where a declared word is as likely."""
    if wanted is not None and name in wanted.choices:
        return f'write `"{name}"`, in quotes'
    said = _YES_NO.get(name.lower())
    if said and (wanted is None or wanted.kind is Kind.YES_NO):
        return f"write `{said}`"
    if wanted is None or "." in name:
        return ""
    if wanted.kind is Kind.LIST:
        return "a list is not compared: ask what it holds by `contains any of`, or whether it is known by `is supplied`"
    if wanted.kind is Kind.YES_NO:
        return "it is `yes` or `no`"
    if wanted.kind in (Kind.COUNT, Kind.NUMBER) and name in WORDS_OF_NUMBERS:
        return f"write `{WORDS_OF_NUMBERS.index(name)}`"
    if wanted.kind is Kind.PERCENT and name == "half":
        return "write `50%`"
    if wanted.kind in (Kind.DATE, Kind.INSTANT) and name in _PASSING:
        return "write the day itself, such as `2027-03-31`"
    if wanted.kind is Kind.CHOICE:
        near = name if name in wanted.choices else nearest(name, wanted.choices)
        return f'write `"{near}"`, in quotes' if near else f"it is {wanted}, in quotes"
    return f'a text stands in quotes: write `"{name}"`' if wanted.kind is Kind.TEXT else ""


def _may_read(place: Place, fact: str) -> bool:
    return place.phases <= place.scope.vocabulary.facts[fact].phases


def did_you_mean_field(place: Place, name: str, fields: Mapping[str, Field]) -> str:
    """Return the help for a field that elements do not have: the nearest by meaning, then by spelling."""
    near = place.report.nearest(name, fields)
    meant = fields_meant(name, fields)
    return offered(name, meant) or (f"did you mean `{near}`?" if near else "")


def _readable(place: Place) -> set[str]:
    scope = place.scope
    fields = {f"{e.name}.{f}" for e in scope.evidence.entries.values() if e is not None for f in e.kind.fields}
    if place.reads is Reads.EVIDENCE:
        return fields | set(scope.values.entries)
    return set(scope.vocabulary.facts) | set(scope.facts.entries) | set(scope.values.entries) | fields
