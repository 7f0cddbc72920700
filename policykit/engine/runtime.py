"""A compiled phase at work: the generated `decide` with what it calls.

The generated code decides what plain Python values decide. All else comes here: atoms over other values (`P`, `C`),
keys that are missing or unclear, and, should anything go wrong, the whole decision on the exact path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from policykit.engine.decision import ClauseResult, Decision
from policykit.engine.program import PhaseData, RowData, thaw

if TYPE_CHECKING:  # imported when an exact answer is first needed
    from policykit.engine.kleene import Truth
    from policykit.language import checked as c
    from policykit.vocabulary.types import Type

Decider = Callable[[Mapping[str, object]], Decision]
Hits = list[int] | None
"""Numbers of rules found by key: `k` matched, `~k` unknown."""

MAX_OUTCOMES = 4_096
"""Outcomes kept for the next call with the same matched and unknown rules."""


class RuleParts(NamedTuple):
    """What one rule brings to an outcome."""

    then: tuple[c.Effect, ...]
    unknown: tuple[c.Effect, ...]
    reads: tuple[str, ...]
    """Facts and windows of its condition."""
    types: dict[str, Type]
    """Types of these, and of the facts that its messages quote."""
    condition: c.Check | None


class Masks(NamedTuple):
    """Numbers of rules as bits."""

    matched: int
    unknown: int


class PhaseRuntime:
    """One phase of a policy, or its stops, ready to decide."""

    def __init__(self, data: PhaseData, policy_digest: str) -> None:
        self._data = data
        self._digest = policy_digest
        self._parts: dict[int, RuleParts] = {}
        self._atoms: dict[int, tuple[c.Check, tuple[str, ...]]] = {}
        self._scanners: dict[int, Callable[[str], int]] = {}
        self._partial: dict[tuple[int, tuple[bool, ...]], dict[tuple[str, ...], tuple[RowData, ...]]] = {}
        self._outcomes: dict[tuple[int, int], ClauseResult] = {}
        self._shared: dict[int, Decision] = {}
        """Decisions without an unknown rule and without values of the call, by their matched rules."""
        self.finished(0, 0, {})
        names = self._namespace()
        exec(data["code"], names)  # noqa: S102 - code that `codegen` made from `ast` nodes, or a cache with its digest
        self._residuals = tuple(names[f"residual_{k}"] for k in range(data["residuals"]))
        self.decide: Decider = names["decide"]

    def _namespace(self) -> dict[str, Any]:
        data = self._data
        builtins = {"type": type, "str": str, "int": int, "float": float, "dict": dict}
        return {
            "__name__": f"{__name__}.generated",  # what Python calls the code in warnings and traces
            "__builtins__": builtins | {"Exception": Exception, "KeyError": KeyError},
            **builtins,
            "FIRST": itemgetter(*data["eager"]) if data["eager"] else None,
            "SHARED": self._shared,
            "COPY": self.copied,
            "EXACT": self.decided_exactly,
            "FINISH": self.finished,
            "SPREAD": _spread,
            "ROWS": self._rows,
            "UNCLEAR": self._unclear,
            "SCAN": self._scan_once,
            "P": self._possible,
            "C": self._certain,
            **{f"S{k}": self._scan_function(k) for k in range(len(data["scans"]))},
            **{f"T{k}": table for k, (_, _, table) in enumerate(data["groups"])},
        }

    # --- facts ----------------------------------------------------------------------------------------------------

    def copied(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Return the facts that this phase reads as a plain dictionary, whatever mapping holds them."""
        from policykit.engine.scope import fact

        found = {name: fact(facts, name) for name in self._data["reads"]}
        return {name: value for name, value in found.items() if value is not None}

    # --- the exact path -------------------------------------------------------------------------------------------

    def masks(self, facts: Mapping[str, object]) -> Masks:
        """Return the matched and the unknown rules, found without any of the generated code."""
        from policykit.engine.scope import Facts, Scope
        from policykit.engine.truth import truth

        scope = Scope(Facts(self.copied(facts)))
        matched = unknown = 0
        for number in range(len(self._data["rules"])):
            condition = self.parts(number).condition
            holds = True if condition is None else truth(condition, scope)
            matched |= (holds is True) << number
            unknown |= (holds is None) << number
        return Masks(matched, unknown)

    def decided_exactly(self, facts: Mapping[str, object]) -> Decision:
        """Return the decision that the generated code gives, without it."""
        return self.finished(*self.masks(facts), self.copied(facts))

    def _possible(self, number: int, *values: object) -> bool:
        return self._truth(number, values) is not False

    def _certain(self, number: int, *values: object) -> bool:
        return self._truth(number, values) is True

    def _truth(self, number: int, values: tuple[object, ...]) -> Truth:
        from policykit.engine.scope import Facts, Scope
        from policykit.engine.truth import truth

        found = self._atoms.get(number)
        if found is None:
            from policykit.engine.reads import reads

            atom = thaw(self._data["atoms"][number])
            found = self._atoms[number] = (atom, tuple(read.name for read in reads(atom)))
        atom, names = found
        return truth(atom, Scope(Facts(dict(zip(names, values, strict=True)))))

    # --- keyed rules ----------------------------------------------------------------------------------------------

    def _rows(self, rows: tuple[RowData, ...], facts: dict[str, object], scans: list[int | None], hits: Hits) -> Hits:
        """Add the rules of a key that match or are unknown."""
        residuals = self._residuals
        for number, residual, arguments in rows:
            answer = residuals[residual](facts, scans, *arguments) if residual >= 0 else 1
            if answer:
                hits = [] if hits is None else hits
                hits.append(number if answer == 1 else ~number)
        return hits

    def _unclear(
        self, group: int, facts: dict[str, object], scans: list[int | None], hits: Hits, *values: object
    ) -> Hits:
        """Add the rules of a group for a key of which a part is missing, not understood, or no plain text."""
        from policykit.engine.scope import understood

        names, types, table = self._data["groups"][group]
        key = [understood(raw, type_).value for raw, type_ in zip(values, thaw(types), strict=True)]
        known = tuple(value is not None for value in key)
        if all(known):
            rows = table.get(str(key[0]) if len(names) == 1 else tuple(map(str, key)))
            return hits if rows is None else self._rows(rows, facts, scans, hits)
        part = tuple(str(value) for value in key if value is not None)
        rows = self._partial_table(group, known).get(part, ())
        for number in {hit if hit >= 0 else ~hit for hit in self._rows(rows, facts, scans, None) or ()}:
            hits = [] if hits is None else hits
            hits.append(~number)  # what a rule asks besides its key is true or unknown, the key is unknown
        return hits

    def _partial_table(self, group: int, known: tuple[bool, ...]) -> dict[tuple[str, ...], tuple[RowData, ...]]:
        """Return the rows of a group by the known parts of their keys."""
        found = self._partial.get((group, known))
        if found is None:
            rows: dict[tuple[str, ...], dict[int, RowData]] = {}
            for key, entries in self._data["groups"][group][2].items():
                parts = (key,) if isinstance(key, str) else key
                short = tuple(part for part, is_known in zip(parts, known, strict=True) if is_known)
                rows.setdefault(short, {}).update((entry[0], entry) for entry in entries)
            found = self._partial[group, known] = {key: tuple(entries.values()) for key, entries in rows.items()}
        return found

    # --- patterns -------------------------------------------------------------------------------------------------

    def _scan_function(self, number: int) -> Callable[[str], int]:
        """Return a function that looks for all patterns of a text; the patterns are compiled at its first call."""

        def scan(text: str) -> int:
            if not text.isascii():
                text.encode()  # half a surrogate pair is no text: to the exact path
            scanner = self._scanners.get(number)
            if scanner is None:
                from policykit.engine.patterns import Sought
                from policykit.engine.patterns import scanner as compiled

                scanner = self._scanners[number] = compiled(tuple(map(Sought._make, self._data["scans"][number])))
            return scanner(text)

        return scan

    def _scan_once(self, number: int, scans: list[int | None], text: str) -> int:
        found = scans[number]
        if found is None:
            found = scans[number] = self._scan_function(number)(text)
        return found

    # --- outcomes -------------------------------------------------------------------------------------------------

    def parts(self, number: int) -> RuleParts:
        """Return what a rule brings to an outcome."""
        found = self._parts.get(number)
        if found is None:
            found = self._parts[number] = RuleParts(*thaw(self._data["frozen_rules"][number]))
        return found

    def finished(self, matched: int, unknown: int, facts: dict[str, object]) -> Decision:
        """Return the decision of some matched and unknown rules."""
        outcome = self._outcomes.get((matched, unknown))
        if outcome is None:
            outcome = self._outcome(matched, unknown)
        if outcome.decision is not None:
            if not unknown:
                self._shared[matched] = outcome.decision
            return outcome.decision
        return Decision.of(outcome, tuple(map(facts.get, outcome.needs)))

    def _outcome(self, matched: int, unknown: int) -> ClauseResult:
        if len(self._outcomes) >= MAX_OUTCOMES:
            self._outcomes.clear()
            self._shared.clear()
        outcome = self._outcomes[matched, unknown] = self._built(list(_bits(matched)), list(_bits(unknown)))
        return outcome

    def _built(self, matched: list[int], unknown: list[int]) -> ClauseResult:
        ids = self._data["rules"]
        acting = [(ids[k], effect) for k in matched for effect in self.parts(k).then]
        acting += [(ids[k], effect) for k in unknown for effect in self.parts(k).unknown]
        types: dict[str, Type] = {}
        for number in (*matched, *unknown):
            types |= self.parts(number).types
        return ClauseResult(
            policy_digest=self._digest,
            matched=tuple(sorted(ids[k] for k in matched)),
            unknown=tuple(sorted(ids[k] for k in unknown)),
            acting=tuple(sorted(acting, key=lambda item: item[0])),
            facts_read=_names(self.parts(k) for k in (*matched, *unknown)),
            unknown_reads=_names(self.parts(k) for k in unknown),
            types=types,
        )


def _names(parts: Any) -> tuple[str, ...]:
    return tuple(sorted({name for part in parts for name in part.reads}))


def _bits(mask: int) -> list[int]:
    """Return the numbers of the bits set, in time linear in the length of the mask."""
    return [k for k, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]


def _spread(matched: int, unknown: int, hits: list[int]) -> Masks:
    for number in hits:
        if number >= 0:
            matched |= 1 << number
        else:
            unknown |= 1 << ~number
    return Masks(matched, unknown)
