"""The digest of a definition: equal exactly if two policies bind their parties to the same.

Taken over canonical JSON of the checked policy: keys sorted, numbers as exact text, lists whose order means nothing
sorted. What does not bind is left out by name below; everything else, and so every field that is added later, counts.
A field that has its default value is left out, so that a new field leaves the digests of old contracts as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

from policykit.language import checked as c
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Vocabulary
from policykit.vocabulary.fields import Field as FactField
from policykit.vocabulary.types import Money, Type

_CLAUSES = ("Requirement", "Scorecard", "Rule", "Rollout", "Stop")
NOT_BINDING: frozenset[tuple[str, str]] = frozenset(
    {
        *((clause, name) for clause in _CLAUSES for name in ("title", "because", "section")),
        ("Requirement", "tightened"),  # it is part of the check
        ("Requirement", "replaced"),  # the reason; who approved it binds
        ("Waiver", "because"),
        ("Constant", "name"),
        ("Member", "name"),
        ("Quantified", "name"),
        ("CheckedPolicy", "title"),
        ("CheckedPolicy", "sections"),
        ("CheckedPolicy", "tests"),
        ("CheckedPolicy", "digest"),
    }
)  # fmt: skip
"""Class and field of all that does not bind, besides what never compares (spans, sources, warnings)."""

UNORDERED: frozenset[tuple[str, str]] = frozenset(
    {
        ("Member", "options"),
        ("ContainsPattern", "patterns"),
        ("ContainsItem", "items"),
        ("Quantified", "groups"),
        ("Pattern", "regexes"),
        ("And", "items"),
        ("Or", "items"),
        ("Effect", "roles"),
        ("Effect", "patterns"),
        ("Trust", "evidence"),
        ("Requirement", "replaced_by"),
        ("Rule", "then"),
        ("Rule", "unknown"),
        ("Stop", "resume_by"),
        ("Waiver", "approved_by"),
        ("SignOff", "roles"),
        ("Type", "choices"),
        *(("CheckedPolicy", name) for name in (
            "packs", "requirements", "scorecards", "rules", "rollouts", "stops", "waivers", "sign_offs",
        )),
    }
)  # fmt: skip
"""Class and field of lists whose order means nothing. The order of gates means something, and that of fallbacks."""


@dataclass(frozen=True, slots=True)
class ParameterMark:
    """What stands for a parameter in the digest of a pack: the pack is the same whatever it is included with."""

    name: str
    type: Type
    words: str
    default: Any


def digest_of(policy: c.CheckedPolicy, vocabulary: Vocabulary, parameters: Iterable[ParameterMark] = ()) -> str:
    """Return `sha256:` and 64 hex digits over all of a policy that binds.

    Args:
        policy: what was checked.
        vocabulary: what is built in, and so not declared by the policy.
        parameters: those of a pack that is digested by itself.
    """
    encoder = _Encoder(vocabulary, frozenset(parameter.name for parameter in parameters))
    content = {"policy": encoder.node(policy), "parameters": encoder.sorted([encoder.node(p) for p in parameters])}
    return "sha256:" + hashlib.sha256(_json(content).encode("utf-8")).hexdigest()


def _json(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


@cache
def _binding_fields(kind: type[Any]) -> tuple[tuple[Field[Any], bool], ...]:
    """Return the fields of a class that bind, each with whether its order means nothing."""
    name = kind.__name__
    return tuple(
        (field, (name, field.name) in UNORDERED)
        for field in fields(kind)
        if field.compare and (name, field.name) not in NOT_BINDING
    )


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


class _Encoder:
    """Turns checked nodes into what JSON can hold."""

    def __init__(self, vocabulary: Vocabulary, parameters: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._parameters = parameters

    def node(self, node: Any) -> Any:
        """Return a dataclass as its class name and the fields that bind and are not at their default."""
        if getattr(node, "name", "") in self._parameters and isinstance(node, c.Constant):
            return {"parameter": node.name}
        content: dict[str, Any] = {}
        for field, unordered in _binding_fields(node.__class__):
            value = getattr(node, field.name)
            default = _default(field)
            if default is not MISSING and type(value) is type(default) and value == default:
                continue
            content[field.name] = self._field(node, field.name, value, unordered=unordered)
        return {type(node).__name__: content}

    def sorted(self, items: list[Any]) -> list[Any]:
        """Return items in the order of their canonical text."""
        return sorted(items, key=_json)

    def _field(self, node: Any, name: str, value: Any, *, unordered: bool) -> Any:
        written_as = node.name if isinstance(node, c.Member | c.Quantified) else ""
        if name in ("options", "groups") and written_as in self._parameters:
            return {"parameter": node.name}
        if isinstance(node, c.Pattern) and name == "words" and node.detector is not None:
            return ""  # built in: the words are the tool's, not the contract's
        if isinstance(node, c.CheckedPolicy) and name == "facts":
            value = {key: fact for key, fact in value.items() if self._vocabulary.facts.get(key) != fact}
        if isinstance(node, c.CheckedPolicy) and name == "gates":
            return [self.node(gate) for gate in value.values()]
        encoded = self._value(value)
        return self.sorted(encoded) if unordered else encoded

    def _value(self, value: Any) -> Any:
        match value:
            case Enum():
                return value.value
            case bool() | str() | None:
                return value
            case int() | Decimal() | Fraction():
                return {"number": _number(value)}
            case Money():
                return {"money": [_number(value.amount), value.currency]}
            case tuple():
                return [self._value(item) for item in value]
            case frozenset():
                return self.sorted([self._value(item) for item in value])
            case Mapping():
                return {str(key): self._value(item) for key, item in value.items()}
            case ElementKind():
                return value.singular
            case EvidenceKind():
                return self._evidence_kind(value)
            case FactField():
                return {**self.node(value)["Field"], "phases": self._value(value.phases)}
            case _:
                assert is_dataclass(value), type(value)
                return self.node(value)

    def _evidence_kind(self, kind: EvidenceKind) -> Any:
        """Return a kind's name and the fields that the policy itself added."""
        built_in = self._vocabulary.evidence.get(kind.name)
        known = built_in.fields if built_in is not None else {}
        added = {name: self._value(field) for name, field in kind.fields.items() if known.get(name) != field}
        return {"kind": kind.name, "added": added}


def _number(value: int | Decimal | Fraction) -> str:
    """Return a number as text that is equal exactly for equal numbers."""
    fraction = Fraction(value)
    return f"{fraction.numerator}/{fraction.denominator}" if fraction.denominator != 1 else str(fraction.numerator)
