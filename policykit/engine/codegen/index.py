"""Which rules are found by a dictionary instead of being tried one by one.

A rule whose condition is an `and` with tests such as `call.team is "x"` or `call.tool in [...]` can be true or unknown
only for these texts, or where one of the facts is not known. Rules with tests of the same facts share a dictionary from
the texts to the rules; what else a rule asks is its residual condition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from policykit.engine.codegen.plan import AtomPlan, Joined, Node

MIN_ROWS = 8
"""A dictionary pays from about so many rules on; below, one comparison after the other is faster."""
MAX_KEYS_PER_RULE = 64
"""A rule that would stand under more keys is tried by itself."""
MAX_KEY_FACTS = 6
"""So that the dictionaries for keys of which some are unknown stay few."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in a group: its number, the texts of each key fact, and what else it asks."""

    rule: int
    options: tuple[frozenset[str], ...]
    residual: Node | None

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """Return all keys under which the rule stands, sorted."""
        return sorted(product(*self.options))


@dataclass(frozen=True, slots=True)
class Group:
    """Rules with tests of the same facts."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]


def grouped(rules: Mapping[int, Node]) -> tuple[tuple[Group, ...], dict[int, Node]]:
    """Return the groups worth a dictionary, and the rules that are tried one by one.

    Each rule goes by all its key facts if enough rules have the same ones, otherwise by the one that most rules share.
    """
    tests = {number: found for number, node in rules.items() if (found := _key_tests(node))}
    wide = _enough({number: tuple(sorted(found)) for number, found in tests.items() if len(found) <= MAX_KEY_FACTS})
    rest = {number: found for number, found in tests.items() if number not in wide}
    popular = Counter(name for found in rest.values() for name in found)
    narrow = _enough({n: (min(found, key=lambda name: (-popular[name], name)),) for n, found in rest.items()})
    chosen = wide | narrow
    members: dict[tuple[str, ...], list[Row]] = {}
    for number, names in sorted(chosen.items()):
        members.setdefault(names, []).append(_row(number, rules[number], [tests[number][name] for name in names]))
    groups = tuple(Group(names, tuple(rows)) for names, rows in sorted(members.items()))
    return groups, {number: node for number, node in rules.items() if number not in chosen}


def _enough(choices: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    sizes = Counter(choices.values())
    return {number: names for number, names in choices.items() if sizes[names] >= MIN_ROWS}


def _key_tests(node: Node) -> dict[str, AtomPlan]:
    """Return the tests that a rule can be found by: one per fact, as many as its keys may be."""
    parts: Sequence[Node] = node.parts if isinstance(node, Joined) and node.all_of else (node,)
    found: dict[str, AtomPlan] = {}
    keys = 1
    for part in parts:
        if isinstance(part, AtomPlan) and part.names and part.names[0] not in found:
            size = len(texts_of(part))
            if size and keys * size <= MAX_KEYS_PER_RULE:
                found[part.names[0]] = part
                keys *= size
    return found


def texts_of(plan: AtomPlan) -> frozenset[str]:
    """Return the texts for which an equality or membership test is true; none for other tests."""
    if plan.form == "choice" or (plan.form == "text" and not plan.static[0]):
        chosen = plan.constants[0]
        return chosen if isinstance(chosen, frozenset) else frozenset({str(chosen)})
    return frozenset()


def _row(number: int, node: Node, keys: Sequence[AtomPlan]) -> Row:
    parts: Sequence[Node] = node.parts if isinstance(node, Joined) and node.all_of else (node,)
    rest = tuple(part for part in parts if not any(part is key for key in keys))
    residual = None if not rest else rest[0] if len(rest) == 1 else Joined(all_of=True, parts=rest)
    return Row(number, tuple(texts_of(key) for key in keys), residual)
