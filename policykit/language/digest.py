"""The digest of a definition: equal exactly if two policies bind their parties to the same.

Taken over canonical JSON of the checked policy: keys sorted, numbers as exact text, lists whose order means nothing
sorted. What does not bind is left out by name below; everything else, and so every field that is added later, counts.
A field that has its default value is left out, so that a new field leaves the digests of old contracts as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from json.encoder import encode_basestring_ascii as quote
from typing import Any, NamedTuple

from policykit.language import checked as c
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Vocabulary
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
        ("FromNow", "zone"),  # the policy's own binds
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
        *((clause, "owners") for clause in _CLAUSES),
        ("Effect", "patterns"),
        ("Trust", "evidence"),
        ("Requirement", "replaced_by"),
        ("Rule", "then"),
        ("Rule", "unknown"),
        ("Stop", "resume_by"),
        ("Stop", "unknown_tell"),
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
    marks = tuple(parameters)
    encoder = _Encoder(vocabulary, frozenset(mark.name for mark in marks))
    declared = _list(sorted(encoder.node(mark) for mark in marks))
    text = f'{{"parameters":{declared},"policy":{encoder.node(policy)}}}'
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


class _Binding(NamedTuple):
    """One field of a class that binds."""

    name: str
    key: str
    """The name as JSON text."""
    unordered: bool
    default: Any
    """MISSING where there is none."""
    special: bool
    """Whether it is not written as it stands."""


_SPECIAL = frozenset(
    {
        ("Member", "options"),
        ("Quantified", "groups"),
        ("Pattern", "words"),
        ("CheckedPolicy", "facts"),
        ("CheckedPolicy", "gates"),
        *((clause, "owners") for clause in _CLAUSES),
    }
)
_ONE_OWNER = "owner"
"""One owner is written as a text, as it was before there could be several: what was signed stays signed."""


@cache
def _binding_fields(kind: type[Any]) -> tuple[_Binding, ...]:
    """Return the fields of a class that bind, sorted by name."""
    name = kind.__name__
    return tuple(
        _Binding(
            field.name,
            quote(_ONE_OWNER if field.name == "owners" else field.name),
            (name, field.name) in UNORDERED,
            _default(field),
            (name, field.name) in _SPECIAL,
        )
        for field in sorted(fields(kind), key=lambda field: field.name)
        if field.compare and (name, field.name) not in NOT_BINDING
    )


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def _list(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def _object(items: Iterable[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{quote(name)}:{text}' for name, text in sorted(items))}}}"


class _Encoder:
    """Writes checked nodes as canonical JSON, the inner ones first, so that lists can be sorted by their text."""

    def __init__(self, vocabulary: Vocabulary, parameters: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._parameters = parameters
        self._types: dict[int, tuple[Type, str]] = {}

    def node(self, node: Any) -> str:
        """Return a dataclass as its class name and the fields that bind and are not at their default."""
        if isinstance(node, c.Constant) and node.name in self._parameters:
            return f'{{"parameter":{quote(node.name)}}}'
        return f"{{{quote(type(node).__name__)}:{{{','.join(self._fields(node))}}}}}"

    def _fields(self, node: Any) -> Iterator[str]:
        for field in _binding_fields(node.__class__):
            value = getattr(node, field.name)
            if field.default is not MISSING and type(value) is type(field.default) and value == field.default:
                continue
            yield f"{field.key}:{self._special(node, field, value) if field.special else self._plain(field, value)}"

    def _plain(self, field: _Binding, value: Any) -> str:
        return _list(sorted([self._value(item) for item in value])) if field.unordered else self._value(value)

    def _special(self, node: Any, field: _Binding, value: Any) -> str:
        match node, field.name:
            case (c.Member(), "options") | (c.Quantified(), "groups") if node.name in self._parameters:
                return f'{{"parameter":{quote(node.name)}}}'
            case _, "owners" if len(value) < 2:
                return quote("".join(value))
            case c.Pattern(), "words" if node.detector is not None:
                return '""'  # built in: the words are the tool's, not the contract's
            case c.CheckedPolicy(), "facts":
                value = {name: fact for name, fact in value.items() if self._vocabulary.facts.get(name) != fact}
            case c.CheckedPolicy(), "gates":
                value = tuple(value.values())
            case _:
                pass
        return self._plain(field, value)

    def _value(self, value: Any) -> str:
        if type(value) is str:
            return quote(value)
        match value:
            case Enum():
                return quote(value.value)
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int() | Decimal() | Fraction():
                return f'{{"number":"{_number(value)}"}}'
            case Money():
                return f'{{"money":["{_number(value.amount)}",{quote(value.currency)}]}}'
            case Type():
                return self._type(value)
            case tuple():
                return _list(self._value(item) for item in value)
            case frozenset():
                return _list(sorted(self._value(item) for item in value))
            case Mapping():
                return _object((str(name), self._value(item)) for name, item in value.items())
            case ElementKind():
                return quote(value.singular)
            case EvidenceKind():
                return self._evidence_kind(value)
            case _:
                assert is_dataclass(value), type(value)
                return self.node(value)

    def _type(self, type_: Type) -> str:
        """Return a type's text, which is written once: a policy has few types and many uses of each."""
        known = self._types.get(id(type_))
        if known is None:
            known = self._types[id(type_)] = (type_, self.node(type_))  # keeps the type, and so its id, alive
        return known[1]

    def _evidence_kind(self, kind: EvidenceKind) -> str:
        """Return a kind's name and the fields that the policy itself added."""
        built_in = self._vocabulary.evidence.get(kind.name)
        known = built_in.fields if built_in is not None else {}
        added = {name: field for name, field in kind.fields.items() if known.get(name) != field}
        return f'{{"added":{self._value(added)},"kind":{quote(kind.name)}}}'


def _number(value: int | Decimal | Fraction) -> str:
    """Return a number as text that is equal exactly for equal numbers."""
    if isinstance(value, int):
        return str(value)
    numerator, denominator = value.as_integer_ratio()
    return f"{numerator}/{denominator}" if denominator != 1 else str(numerator)
