"""What a condition reads, and the condition that `with at least N calls` stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policykit.language import checked as c
from policykit.language import walk
from policykit.vocabulary.types import COUNT, INSTANT

NOW = "call.time"
"""The fact from which dates are counted where nothing else says what time it is."""


def reads_of(operand: c.Operand) -> Iterator[c.Read]:
    """Yield the reads inside of an operand, from left to right; a date counted from now reads what time it is."""
    if isinstance(operand, c.FromNow):
        yield c.FactRead(NOW, INSTANT)
    else:
        yield from walk.reads_of(operand)


def reads(check: c.Check) -> tuple[c.Read, ...]:
    """Return all reads of a condition outside of quantifiers, each once, in the order in which they stand."""
    found: dict[str, c.Read] = {}
    for atom in walk.atoms(check):
        for operand in walk.operands(atom):
            for read in reads_of(operand):
                found.setdefault(read.name, read)
    return tuple(found.values())


def windows(check: c.Check) -> tuple[c.WindowRead, ...]:
    """Return the windows of a condition, each once."""
    return tuple(read for read in reads(check) if isinstance(read, c.WindowRead))


def calls_in(window: c.WindowRead) -> c.WindowRead:
    """Return the window that counts the calls over which another one is taken.

    It counts the calls of the same period, tool and group, whatever `where` says; its key is the one under which a
    policy that writes the count out would find it.
    """
    from policykit.language.check.logic.canonical import window_text

    calls = replace(window, key="", function="count", of=None, where=None, type=COUNT)
    return replace(calls, key=window_text(calls))


def with_enough_calls(check: c.Check, at_least: int | None) -> c.Check:
    """Return a condition that is false where one of its windows holds fewer calls than `at_least`.

    The number of calls being unknown leaves it unknown, unless the condition is false anyway (strong Kleene `and`).
    """
    found = windows(check) if at_least is not None else ()
    if at_least is None or not found:
        return check
    enough = tuple(c.Compare(">=", calls_in(window), c.Constant(at_least, COUNT)) for window in found)
    items = check.items if isinstance(check, c.And) else (check,)
    return c.And((*items, *enough))
