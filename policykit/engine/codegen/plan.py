"""For each atom: which values plain Python can decide, and how.

An `AtomPlan` has a form, what the form depends on (`static`), and the constants that fill it. Two atoms with the same
form and statics compile to the same code, with other constants: that is how thousands of rules share one function.

Each form claims an answer only for values of the plain Python type in the plain range; for all others it asks the exact
path. So a plan may be too careful, never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from policykit.engine.codegen.numbers import INT_KINDS, SMALLEST, plain_number, plain_range
from policykit.engine.reads import reads, reads_of
from policykit.engine.scope import Facts, Scope
from policykit.engine.truth import truth
from policykit.language import checked as c
from policykit.language.relations import MIRRORED
from policykit.language.walk import operands
from policykit.vocabulary.types import TEXTUAL, Kind, Type, Value

Form = OneOf[
    "always",
    "text",
    "choice",
    "flag",
    "number",
    "number set",
    "numbers",
    "affix",
    "contains",
    "supplied",
    "exact",
]

_COST: dict[Form, int] = {
    "always": 0,
    "flag": 1,
    "choice": 2,
    "text": 2,
    "number": 3,
    "supplied": 3,
    "number set": 4,
    "numbers": 5,
    "affix": 6,
    "exact": 8,
    "contains": 9,
}


@dataclass(frozen=True, slots=True)
class AtomPlan:
    """How to decide one atom."""

    form: Form
    names: tuple[str, ...]
    """The facts and windows that it reads."""
    static: tuple[object, ...] = ()
    constants: tuple[object, ...] = ()
    atom: c.Check | None = None
    """What the exact path evaluates, with its `not`; None where the form never asks it."""
    patterns: tuple[c.Pattern, ...] = ()
    """What is looked for in the text (`contains`)."""

    @property
    def cost(self) -> int:
        """Return the order in which the parts of an `and` or `or` are tried: the cheap ones first."""
        return _COST[self.form]


@dataclass(frozen=True, slots=True)
class Joined:
    """`and` or `or` over parts, in the order in which they are tried."""

    all_of: bool
    parts: tuple[Node, ...]

    @property
    def cost(self) -> int:
        """Return the cost of the most expensive part."""
        return max(part.cost for part in self.parts)


Node = AtomPlan | Joined


def planned(check: c.Check) -> Node:
    """Return the plan of a condition in which `not` has been pushed down (`kleene.pushed_down`)."""
    if isinstance(check, c.And | c.Or):
        parts = sorted((planned(item) for item in check.items), key=lambda part: part.cost)
        return Joined(isinstance(check, c.And), tuple(parts))
    return plan(check)


def plan(atom: c.Check) -> AtomPlan:
    """Return the plan of one atom, or of `not` one atom."""
    negated = isinstance(atom, c.Not)
    inner = atom.item if isinstance(atom, c.Not) else atom
    found = _special(inner, negated=negated)
    if found is None:
        found = AtomPlan("exact", tuple(read.name for read in reads(atom)))
    return AtomPlan(found.form, found.names, found.static, found.constants, atom, found.patterns)


def _special(atom: c.Check, *, negated: bool) -> AtomPlan | None:
    match atom:
        case c.Compare():
            return _comparison(atom)
        case c.Member() if isinstance(atom.value, c.FactRead | c.WindowRead):
            return _membership(atom.value, atom.options, negated=atom.negated)
        case c.Affix() if isinstance(atom.value, c.FactRead) and atom.value.type.kind is Kind.TEXT:
            return AtomPlan("affix", (atom.value.name,), (atom.where, negated), (atom.text,))
        case c.ContainsPattern() if isinstance(atom.value, c.FactRead) and atom.value.type.kind is Kind.TEXT:
            return _contains(atom, atom.value.name, negated=negated)
        case c.Supplied() if isinstance(atom.value, c.FactRead | c.WindowRead):
            return AtomPlan("supplied", (atom.value.name,), (atom.negated, negated, _likeness(atom.value.type)))
        case _:
            return None


def _contains(atom: c.ContainsPattern, name: str, *, negated: bool) -> AtomPlan:
    return AtomPlan("contains", (name,), (atom.mode, negated), patterns=atom.patterns)


def _comparison(atom: c.Compare) -> AtomPlan | None:
    left, relation, right = atom.left, atom.relation, atom.right
    if isinstance(left, c.Constant) and not isinstance(right, c.Constant):
        left, relation, right = right, MIRRORED[relation], left
    if not any(True for operand in operands(atom) for _ in reads_of(operand)):
        return AtomPlan("always", (), (truth(atom, Scope(Facts())),))
    if not isinstance(left, c.FactRead | c.WindowRead):
        return None
    if isinstance(right, c.Constant):
        return _with_constant(left, relation, right)
    if isinstance(right, c.FactRead | c.WindowRead) and right.name != left.name:
        return _of_two_numbers(left, relation, right)
    return None


def _with_constant(read: c.FactRead | c.WindowRead, relation: c.Relation, constant: c.Constant) -> AtomPlan | None:
    kind = read.type.kind
    if kind in TEXTUAL or kind is Kind.YES_NO:
        if relation not in ("==", "!="):
            return None
        return _membership(read, (constant.value,), negated=relation == "!=")
    likeness, number = _likeness(read.type), _plain(constant.value)
    if likeness[0] != "number" or number is None or constant.type.currency != read.type.currency:
        return None
    ends = plain_range(read.type)
    if ends is None or not ends[0] <= number <= ends[1]:
        return None
    limit = number if likeness[1] else float(number)  # Python compares two floats faster than a float with an int
    return AtomPlan("number", (read.name,), (relation, likeness, _sign(number)), (limit,))


def _of_two_numbers(
    left: c.FactRead | c.WindowRead, relation: c.Relation, right: c.FactRead | c.WindowRead
) -> AtomPlan | None:
    one, other = _likeness(left.type), _likeness(right.type)
    if one[0] != "number" or other[0] != "number" or left.type.currency != right.type.currency:
        return None
    return AtomPlan("numbers", (left.name, right.name), (relation, one, other))


def _membership(read: c.FactRead | c.WindowRead, options: tuple[Value, ...], *, negated: bool) -> AtomPlan | None:
    kind = read.type.kind
    if kind is Kind.YES_NO:
        wanted = set(options)
        return AtomPlan("flag", (read.name,), (wanted.pop() is not negated,)) if len(wanted) == 1 else None
    if kind is Kind.CHOICE:
        chosen = frozenset(read.type.choices) & frozenset(options)
        others = frozenset(read.type.choices) - chosen
        true, false = (others, chosen) if negated else (chosen, others)
        return AtomPlan("choice", (read.name,), (len(true) == 1, len(false) == 1), (_lone(true), _lone(false)))
    if kind is Kind.TEXT:
        texts = tuple(option for option in options if isinstance(option, str) and _is_unicode(option))
        if len(texts) != len(options):
            return None
        return AtomPlan(
            "text", (read.name,), (negated, len(texts) == 1), texts if len(texts) == 1 else (frozenset(texts),)
        )
    likeness = _likeness(read.type)
    numbers = [_plain(option) for option in options]
    if likeness[0] != "number" or None in numbers or len(numbers) > 1_000:
        return None
    return AtomPlan("number set", (read.name,), (negated, likeness), (frozenset(numbers),))


def _lone(texts: frozenset[str]) -> frozenset[str] | str:
    """Return the only text of a set, because comparing is faster than looking up; otherwise the set."""
    return next(iter(texts)) if len(texts) == 1 else texts


def _plain(value: Value) -> int | float | None:
    return None if isinstance(value, str | bool | tuple) else plain_number(value)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _likeness(type_: Type) -> tuple[object, ...]:
    """Return what Python values of a type look like: the static part of every form that tests it."""
    if type_.kind is Kind.TEXT:
        return ("text",)
    ends = plain_range(type_)
    if ends is None or 0 < abs(ends[0]) < SMALLEST or 0 < abs(ends[1]) < SMALLEST:
        return ("other",)
    if type_.kind in INT_KINDS:
        return ("number", True, *ends)
    return ("number", False, float(ends[0]), float(ends[1]))
