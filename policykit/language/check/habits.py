"""How one policy usually writes things: the units of a field elsewhere in the file, and its currencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from policykit.language import syntax as s
from policykit.source import Span
from policykit.vocabulary.types import Kind
from policykit.vocabulary.units import CURRENCIES, UNITS

_COMPARING = (s.Compare, s.Between, s.In)


class Habits:
    """The units that a file writes, by the name that they are compared with."""

    def __init__(self, tree: s.Tree) -> None:
        self._units: dict[str, set[str]] = {}
        self._currencies: set[str] = set()
        for node in nodes(tree.statements):
            if isinstance(node, s.Number) and node.unit in CURRENCIES:
                self._currencies.add(node.unit)
            if isinstance(node, _COMPARING):
                self._note(node)

    def _note(self, node: s.Compare | s.Between | s.In) -> None:
        inside = list(nodes(node))
        units = {part.unit for part in inside if isinstance(part, s.Number) and part.unit}
        for part in inside:
            if isinstance(part, s.Ref):
                self._units.setdefault(part.name, set()).update(units)

    @property
    def currency(self) -> str | None:
        """The only currency that the file writes, or None."""
        return next(iter(self._currencies)) if len(self._currencies) == 1 else None

    def unit(self, name: str, kind: Kind) -> str | None:
        """Return the only unit of a kind with which a name is compared elsewhere in the file, or None."""
        found = [unit for unit in self._units.get(name, ()) if unit in UNITS and UNITS[unit][0].kind is kind]
        return found[0] if len(found) == 1 else None


def nodes(start: object) -> Iterator[object]:
    """Yield everything in a syntax tree; without recursion, as conditions may be nested deeply."""
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple) and not isinstance(node, Span):
            waiting.extend(node)
        elif is_dataclass(node):
            yield node
            waiting.extend(getattr(node, field.name) for field in fields(node) if field.name != "span")
