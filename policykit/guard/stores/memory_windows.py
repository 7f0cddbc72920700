"""Windows in memory: exact aggregates in slots, for one process.

Open claims (calls in progress) stand beside the slots, so that they can be taken out again; what is settled is added to
its slot. A slot that has left the window is subtracted from the running sums, and kept for a
while. Memory: groups x slots, and open claims.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from policykit.guard.stores.full import full
from policykit.guard.stores.protocol import Cell, Entry, Totals
from policykit.guard.stores.tally import WindowTally

MAX_AMENDABLE = 100_000
"""Settled calls that later facts can still reach; the oldest are forgotten first."""
SESSION_IDLE_NS = 86_400 * 1_000_000_000
"""A session that made no call for this long is forgotten when room is needed."""
MIN_LEFT = 8
"""Slots that are kept at least after they have left their window."""
_Key = tuple[str, str, str]


class _Group:
    """One group of one window."""

    __slots__ = ("first", "newest", "open", "running", "slots", "used_ns")

    def __init__(self, newest: Cell) -> None:
        self.slots: dict[int, WindowTally] = {}
        """Also the newest that have left: a clock that was set forward comes back, and then they count again."""
        self.running = WindowTally()
        """Sums over the slots from the first on."""
        self.first = newest.first
        self.open: dict[str, Entry] = {}
        self.newest = newest
        self.used_ns = 0

    def begin_at(self, first: int) -> None:
        """Leave out the slots that have left the window, and take in those that are in it again."""
        if first == self.first:
            return
        for number, slot in self.slots.items():
            if self.first <= number < first:
                self.running.subtract(slot)
            elif first <= number < self.first:
                self.running.join(slot)
        self.first = first
        gone = sorted(number for number in self.slots if number < first)
        for number in gone[: -max(MIN_LEFT, self.newest.slot - self.newest.first)]:
            del self.slots[number]

    def add(self, entry: Entry, sign: int = 1) -> None:
        """Add a settled entry to its slot, or take it out."""
        slot = self.slots.get(entry.cell.slot)
        if slot is None:
            if sign < 0:
                return  # its slot has left the window
            slot = self.slots[entry.cell.slot] = WindowTally()
        slot.add(entry, sign)
        if entry.cell.slot >= self.first:
            self.running.add(entry, sign)

    def totals(self) -> Totals:
        """Return what the window holds: slots and open claims."""
        slots = [slot for number, slot in self.slots.items() if number >= self.first]
        return self.running.totals(slots, [entry for entry in self.open.values() if entry.cell.slot >= self.first])


class MemoryWindows:
    """A `WindowStore` in memory."""

    blocking = False

    def __init__(self, max_groups: int = 100_000) -> None:
        self._mutex = threading.Lock()
        self._max_groups = max_groups
        self._groups: dict[_Key, _Group] = {}
        self._claims: dict[str, tuple[Entry, ...]] = {}
        self._settled: dict[str, tuple[Mapping[str, str], tuple[Entry, ...]]] = {}

    def reserve(
        self, claim: str, entries: Sequence[Entry], reads: Sequence[Cell], now_ns: int, lease_ns: int
    ) -> Mapping[str, Totals]:
        """Add a call's estimate and return totals. There is no lease: claims end with this process."""
        del lease_ns
        with self._mutex:
            self._take_out(claim)
            self._claims[claim] = tuple(entries)  # first, so that a claim that finds no room can be released
            for entry in entries:
                self._group(entry.cell, now_ns).open[claim] = entry
            return self._totals(reads)

    def settle(
        self,
        claim: str,
        entries: Sequence[Entry],
        reads: Sequence[Cell],
        now_ns: int,
        facts: Mapping[str, str] | None = None,
    ) -> Mapping[str, Totals]:
        """Replace what a claim reserved by what was used."""
        with self._mutex:
            self._take_out(claim)
            for entry in entries:
                self._group(entry.cell, now_ns).add(entry)
            if facts is not None:
                self._settled[claim] = (dict(facts), tuple(entries))
                if len(self._settled) > MAX_AMENDABLE:
                    del self._settled[next(iter(self._settled))]
            return self._totals(reads)

    def release(self, claim: str) -> None:
        """Take out what a claim reserved."""
        with self._mutex:
            self._take_out(claim)

    def recall(self, claim: str) -> tuple[Mapping[str, str], Sequence[Entry]] | None:
        """Return what a settled call was remembered with."""
        return self._settled.get(claim)

    def amend(self, claim: str, entries: Sequence[Entry], now_ns: int) -> bool:
        """Replace what a settled claim added."""
        with self._mutex:
            before = self._settled.get(claim)
            if before is None:
                return False
            for entry in before[1]:
                self._group(entry.cell, now_ns).add(entry, -1)
            for entry in entries:
                self._group(entry.cell, now_ns).add(entry)
            self._settled[claim] = (before[0], tuple(entries))
            return True

    def totals(self, reads: Sequence[Cell]) -> Mapping[str, Totals]:
        """Return totals without adding anything."""
        with self._mutex:
            return self._totals(reads)

    def end_session(self, session: str) -> None:
        """Forget the windows of a session; the empty one is none."""
        with self._mutex:
            for key in [key for key in self._groups if session and key[2] == session]:
                del self._groups[key]

    def _totals(self, reads: Sequence[Cell]) -> dict[str, Totals]:
        found = {}
        for cell in reads:
            group = self._groups.get((cell.window, cell.group, cell.session))
            if group is None:
                found[cell.window] = Totals()
            else:
                group.begin_at(cell.first)
                found[cell.window] = group.totals()
        return found

    def _take_out(self, claim: str) -> None:
        for entry in self._claims.pop(claim, ()):
            group = self._groups.get((entry.cell.window, entry.cell.group, entry.cell.session))
            if group is not None:
                group.open.pop(claim, None)

    def _group(self, cell: Cell, now_ns: int) -> _Group:
        key = (cell.window, cell.group, cell.session)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= self._max_groups:
                self._make_room(cell, now_ns)
            group = self._groups[key] = _Group(cell)
        if group.newest.slot < cell.slot:
            group.newest = cell
            group.begin_at(cell.first)
        group.used_ns = now_ns
        return group

    def _make_room(self, wanted: Cell, now_ns: int) -> None:
        """Drop groups that hold nothing any more: the newest cell of each window tells which slots are still live."""
        live = {wanted.window: wanted.first}
        for (window, _, _), group in self._groups.items():
            live[window] = max(live.get(window, group.newest.first), group.newest.first)
        for key, group in list(self._groups.items()):
            is_idle = key[2] != "" and now_ns - group.used_ns > SESSION_IDLE_NS
            if not group.open and (is_idle or group.newest.slot < live[key[0]]):
                del self._groups[key]
        if len(self._groups) >= self._max_groups:
            raise full(f"more than {self._max_groups:,} groups of windows are in use")
