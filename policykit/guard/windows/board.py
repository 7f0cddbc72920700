"""All windows of a policy over one store: reserve at the estimate, settle, release, and learn later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from policykit.errors import GuardError
from policykit.guard.stores.protocol import Cell, Entry, Totals, WindowStore
from policykit.guard.windows.spec import Made, WindowSpec
from policykit.source import Diagnostic
from policykit.vocabulary.types import Phase

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.vocabulary.phase import PhaseName

LEASE_NS = 15 * 60 * 1_000_000_000
"""How long a call may last before a shared store takes its reservation out."""
_PLACES: tuple[PhaseName | Literal["stops"], ...] = (*Phase, "stops")


class WindowBoard:
    """What calls add to windows and read from them."""

    def __init__(self, policy: Policy, store: WindowStore) -> None:
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(policy.timezone)
        phases = {name: field.phases for name, field in policy.checked.facts.items()}
        reads = {read.key: read for place in _PLACES for read in policy.windows(place)}
        self.specs = {key: WindowSpec(read, zone, phases) for key, read in reads.items()}
        self._read_in = {place: {read.key for read in policy.windows(place)} for place in _PLACES}
        self._is_late = any(spec.is_late for spec in self.specs.values())
        self._late_facts = frozenset().union(*(spec.facts for spec in self.specs.values()))
        self._store = store

    def reserve(self, call: Made, facts: Mapping[str, object], phase: Phase) -> dict[str, object]:
        """Add a call at its estimate; return the windows that the phase reads, by key. A missing one is unknown."""
        entries, reads = self._shares(call, facts, phase, call.made_ns)
        if not entries and not reads:
            return {}
        return self._values(self._store.reserve(call.claim, entries, reads, call.made_ns, LEASE_NS))

    def settle(self, call: Made, facts: Mapping[str, object], phase: Phase, now_ns: int) -> dict[str, object]:
        """Replace a call's estimate by what is known in a later phase; return the windows that this phase reads.

        The call counts where it was made; the windows are read as of now.
        """
        entries, _ = self._shares(call, facts, phase, call.made_ns)
        _, reads = self._shares(call, facts, phase, now_ns)
        if not entries and not reads:
            return {}
        kept = {name: str(facts[name]) for name in self._late_facts if facts.get(name) is not None}
        return self._values(self._store.settle(call.claim, entries, reads, now_ns, kept if self._is_late else None))

    def release(self, claim: str) -> None:
        """Take a reservation out."""
        self._store.release(claim)

    def learn(self, claim: str, facts: Mapping[str, object], now_ns: int) -> None:
        """Add facts that came after a call.

        Raises:
            GuardError: the call is not known, or no longer.
        """
        found = self._store.recall(claim)
        if found is not None:
            known = {**found[0], **facts}
            entries = [self.specs[entry.cell.window].moved(entry, known) for entry in found[1]]
            if self._store.amend(claim, entries, now_ns):
                return
        raise GuardError([Diagnostic("PK352", f"call `{claim}` is not known, or no longer")])

    def look(self, call: Made, facts: Mapping[str, object], phase: Phase) -> dict[str, object]:
        """Return the windows that a phase reads, without adding anything."""
        _, reads = self._shares(call, facts, phase, call.made_ns)
        return self._values(self._store.totals(reads)) if reads else {}

    def for_stops(self, session: str, now_ns: int) -> dict[str, object]:
        """Return the windows that stops read; those with `per` have no one value and stay unknown."""
        reads = []
        for key in self._read_in["stops"]:
            cell = self.specs[key].share({}, Phase.REQUEST, Made("", "", session, now_ns), now_ns).cell
            reads.extend([] if cell is None else [cell])
        return self._values(self._store.totals(reads)) if reads else {}

    def _shares(
        self, call: Made, facts: Mapping[str, object], phase: Phase, now_ns: int
    ) -> tuple[list[Entry], list[Cell]]:
        entries: list[Entry] = []
        reads: list[Cell] = []
        wanted = self._read_in[phase.value]
        for key, spec in self.specs.items():
            share = spec.share(facts, phase, call, now_ns)
            if share.entry is not None:
                entries.append(share.entry)
            if share.cell is not None and key in wanted:
                reads.append(share.cell)
        return entries, reads

    def _values(self, totals: Mapping[str, Totals]) -> dict[str, object]:
        values = {key: self.specs[key].value(found) for key, found in totals.items()}
        return {key: value for key, value in values.items() if value is not None}
