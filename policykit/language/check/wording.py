"""The words of messages: how a type, a value or a piece of syntax is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.vocabulary.types import POINTS, Kind, Phase, Type
from policykit.vocabulary.values import quoted, render

_A = {
    Kind.TEXT: "a text",
    Kind.YES_NO: "yes or no",
    Kind.NUMBER: "a plain number",
    Kind.COUNT: "a count",
    Kind.PERCENT: "a percent",
    Kind.POINTS: "a number of percentage points",
    Kind.DURATION: "a duration",
    Kind.TIME: "a time of day",
    Kind.DATE: "a date",
    Kind.INSTANT: "an instant",
}


def a_value(type_: Type) -> str:
    """Return a type with its article: `a percent`, `an amount in EUR`, `one of "a", "b"`."""
    if type_.kind is Kind.MONEY:
        return f"an amount in {type_.currency}" if type_.currency else "an amount of money"
    if type_.kind in (Kind.CHOICE, Kind.LIST):
        return f"a {type_}" if type_.kind is Kind.LIST else str(type_)
    return _A[type_.kind]


_EXAMPLES = {
    Kind.TEXT: '"production"',
    Kind.YES_NO: "yes",
    Kind.NUMBER: "0.5",
    Kind.COUNT: "500",
    Kind.PERCENT: "92%",
    Kind.POINTS: "1 percentage point",
    Kind.DURATION: "30 days",
    Kind.TIME: "06:00",
    Kind.DATE: "2027-03-31",
    Kind.INSTANT: "2027-03-31T06:00:00Z",
}


def such_as(type_: Type) -> str:
    """Return a type with its article and an example: ``a percent such as `92%` ``."""
    if type_.kind in (Kind.CHOICE, Kind.LIST):
        return a_value(type_)
    example = f"500 {type_.currency or 'EUR'}" if type_.kind is Kind.MONEY else _EXAMPLES[type_.kind]
    return f"{a_value(type_)} such as `{example}`"


def spelled(node: c.Constant | s.Text | s.Number | s.YesNo | s.Moment) -> str:
    """Return a value as the language writes it."""
    if isinstance(node, c.Constant):
        return render(node.type, node.value)
    if isinstance(node, s.Text):
        return quoted(node.value)
    if isinstance(node, s.YesNo):
        return "yes" if node.value else "no"
    if isinstance(node, s.Moment):
        return node.text
    return f"{node.value}{'' if node.unit in ('', '%') else ' '}{node.unit}"


def in_points(percent: c.Constant) -> str:
    """Return a percent as so many percentage points, which is how the change of another percent is written."""
    return spelled(replace(percent, type=POINTS))


def listed(words: Iterable[str], joint: str = "and") -> str:
    """Return words in backticks as a sentence lists them: `` `a`, `b` and `c` ``."""
    quoted_words = [f"`{word}`" for word in words]
    if len(quoted_words) < 2:
        return "".join(quoted_words)
    return f"{', '.join(quoted_words[:-1])} {joint} {quoted_words[-1]}"


def owner_words(owners: Sequence[str]) -> str:
    """Return the owners of a clause with the noun: ``owner `risk` ``, ``owners `risk` and `security` ``."""
    return f"owner{'s' if len(owners) > 1 else ''} {listed(owners)}"


def phases_in_order(phases: Iterable[Phase]) -> tuple[str, ...]:
    """Return the names of phases in the order of a call."""
    chosen = frozenset(phases)
    return tuple(phase.value for phase in Phase if phase in chosen)


def distance_at_most_two(a: str, b: str) -> bool:
    """Return whether two words differ in at most two letters (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1] <= 2
