"""One window of a policy at runtime: in which slot a call counts, what it adds, and what the totals say.

A rolling window is kept in 1,024 slots: a call counts until its slot has left the window as a whole. A calendar period,
or a session, is one slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from typing import NamedTuple

from policykit.engine.kleene import Truth
from policykit.engine.reads import reads
from policykit.engine.scope import Facts, Scope, understood
from policykit.engine.truth import truth
from policykit.guard.stores.protocol import Cell, Entry, Totals
from policykit.language.checked import WindowRead
from policykit.vocabulary.types import Exact, Kind, Money, Phase, Value

SLOTS = 1_024
"""Slots of a rolling window."""
_ROUNDING = Context(prec=4, rounding=ROUND_CEILING)
"""Percentiles count values by four significant digits, rounded up, so that their memory is bounded."""


class Made(NamedTuple):
    """A call, as windows see it."""

    claim: str
    tool: str
    """The tool that was called; empty for a model."""
    session: str
    made_ns: int


class Share(NamedTuple):
    """What one call adds to one window now, and whether the window can be read with it."""

    entry: Entry | None
    """None where the call is none of the window's."""
    cell: Cell | None
    """What to read; None leaves the window unknown."""


class WindowSpec:
    """A window, with everything that does not change between calls worked out."""

    def __init__(self, read: WindowRead, zone: tzinfo, phases: Mapping[str, frozenset[Phase]]) -> None:
        """Take the window, the policy's time zone, and the phases in which each fact is known."""
        self.key = read.key
        self.tool = read.tool or ""
        self._read = read
        self._zone = zone
        names = [fact.name for fact in reads(read.where)] if read.where is not None else []
        self.facts = frozenset(names + [fact.name for fact in (read.of, read.per) if fact is not None])
        self.is_of_tools = bool(self.tool) or any(name.startswith("tool.") for name in self.facts)
        self.is_late = any(not phases.get(name, frozenset(Phase)) for name in self.facts)
        """Whether it needs facts that come after the call."""
        self._of_phases = phases.get(read.of.name, frozenset(Phase)) if read.of else frozenset()
        self._slot_ns = 0 if read.last_seconds is None else -(-int(Fraction(read.last_seconds) * 10**9) // SLOTS)
        self._percentile = int(read.function[1:]) if read.function[1:].isdigit() else None

    def counts_calls_of(self, tool: str) -> bool:
        """Whether calls of a tool (empty: of a model) are among the window's calls."""
        return self.is_of_tools == bool(tool) and self.tool in {"", tool}

    def share(self, facts: Mapping[str, object], phase: Phase, call: Made, now_ns: int) -> Share:
        """Return what a call adds with the facts known in a phase."""
        group = self._group(facts)
        if group is None:
            return Share(None, None)
        slot, first = self._slots(now_ns)
        is_session = self._read.last_seconds is None and self._read.period is None
        cell = Cell(self.key, group, slot, first, call.session if is_session else "")
        if not self.counts_calls_of(call.tool):
            return Share(None, cell)
        meets = self._read.where is None or self._where(facts) is True
        if self._read.of is None:
            return Share(Entry(cell, meets), cell)
        value, currency = self._value(facts)
        is_lacking = value is None and meets and phase in self._of_phases
        return Share(Entry(cell, meets, value, currency, self._percentile is not None), None if is_lacking else cell)

    def moved(self, entry: Entry, facts: Mapping[str, object]) -> Entry:
        """Return what a call adds in its own cell, now that more facts are known."""
        meets = self._read.where is None or self._where(facts) is True
        value, currency = self._value(facts) if self._read.of is not None else (None, "")
        return entry._replace(counts=meets, value=value, currency=currency)

    def value(self, totals: Totals) -> Value | None:
        """Return what the statistic says; None is unknown."""
        match self._read.function:
            case "count":
                return totals.counted
            case "share":
                return Fraction(totals.counted, totals.calls) if totals.calls else None
            case "sum":
                return self._amount(totals, totals.total)
            case "mean":
                return self._amount(totals, Fraction(totals.total) / totals.valued) if totals.valued else None
            case "min":
                return None if totals.low is None else self._amount(totals, totals.low)
            case "max":
                return None if totals.high is None else self._amount(totals, totals.high)
            case _:
                return self._ranked(totals)

    def _ranked(self, totals: Totals) -> Value | None:
        """Return the percentile by the nearest rank: the least value that so many per cent do not exceed."""
        assert self._percentile is not None
        rank = max(1, -(-self._percentile * totals.valued // 100))
        for value in sorted(totals.values):
            rank -= totals.values[value]
            if rank <= 0:
                return self._amount(totals, value)
        return None

    def _amount(self, totals: Totals, amount: Exact) -> Value | None:
        """Return a number of the window's type; money of several currencies is unknown."""
        if self._read.type.kind is not Kind.MONEY or self._read.type.currency is not None:
            return amount
        if len(totals.currencies) != 1:
            return None
        return Money(amount, next(iter(totals.currencies)))

    def _group(self, facts: Mapping[str, object]) -> str | None:
        if self._read.per is None:
            return ""
        value = understood(facts.get(self._read.per.name), self._read.per.type).value
        return None if value is None else str(value)

    def _where(self, facts: Mapping[str, object]) -> Truth:
        assert self._read.where is not None
        return truth(self._read.where, Scope(Facts(facts)))

    def _value(self, facts: Mapping[str, object]) -> tuple[Exact | None, str]:
        assert self._read.of is not None
        value = understood(facts.get(self._read.of.name), self._read.of.type).value
        currency = ""
        if isinstance(value, Money):
            value, currency = value
        if value is None or isinstance(value, str | bool | tuple):
            return None, ""
        return (_rounded(value) if self._percentile is not None else value), currency

    def _slots(self, now_ns: int) -> tuple[int, int]:
        """Return the slot of an instant, and the oldest one that is still live then."""
        if self._slot_ns:
            slot = now_ns // self._slot_ns
            return slot, slot - SLOTS
        if self._read.period is None:
            return 0, 0
        day = datetime.fromtimestamp(now_ns // 10**9, UTC).astimezone(self._zone)
        match self._read.period:
            case "today":
                number = day.toordinal()
            case "this week":
                number = day.toordinal() - day.weekday()
            case _:
                number = day.year * 12 + day.month
        return number, number


def _rounded(value: Exact) -> Exact:
    number = (
        _ROUNDING.divide(Decimal(value.numerator), Decimal(value.denominator))
        if isinstance(value, Fraction)
        else _ROUNDING.plus(Decimal(value))
    )
    return int(number) if number == number.to_integral_value() else number
