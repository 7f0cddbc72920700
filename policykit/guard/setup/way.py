"""How the answers of a function can stream: in pieces behind a window, or held until the end."""

from __future__ import annotations

from typing import NamedTuple

from policykit.engine.reads import reads_of
from policykit.guard.setup.clauses import Clauses
from policykit.guard.text.finding import Finder
from policykit.guard.text.width import Reach, reach
from policykit.language import checked as c
from policykit.language.walk import atoms, operands

_WINDOWED = frozenset({"deny", "redact", "pseudonymise", "warn", "allow"})
"""Effects that can act on a part of an answer."""


class Way(NamedTuple):
    """What a stream needs to know about the rules of its answer."""

    is_held: bool
    """Whether the whole answer is held until it was checked."""
    reads_text: bool
    finder: Finder | None
    reach: Reach
    """How far what is found can reach, and so what is held back."""
    clauses: frozenset[str]
    """Rules that act on parts of the text."""


def way(clauses: Clauses, phase: str, known: frozenset[str], fact: str) -> Way:
    """Return how an answer streams.

    Args:
        clauses: the rules.
        phase: the phase of the answer.
        known: facts that are known before the answer begins.
        fact: the fact that the text is.
    """
    rules = clauses.definitions(phase)
    reading = [rule for rule in rules if rule.when is not None and fact in _facts(rule.when)]
    parts = [rule for rule in reading if _is_windowed(rule, fact, known)]
    waits = [rule for rule in rules if rule not in parts and _must_wait(rule, clauses)]
    patterns = tuple(dict.fromkeys(p for rule in parts for p in clauses.patterns(rule.id).get(fact, ())))
    found = None if waits else reach(patterns)
    if found is None:
        return Way(True, bool(reading), None, Reach(0), frozenset())
    finder = Finder(patterns) if patterns else None
    return Way(False, bool(reading), finder, found, frozenset(rule.id for rule in parts))


def _must_wait(rule: c.Rule, clauses: Clauses) -> bool:
    """Whether a rule can still change the answer at its end."""
    kinds = {effect.kind for effect in (*rule.then, *rule.unknown)}
    return rule.id not in clauses.shadowed and bool(kinds - {"warn", "allow", "pause"})


def _is_windowed(rule: c.Rule, fact: str, known: frozenset[str]) -> bool:
    """Whether a rule can be decided on any part of the text that holds what it looks for."""
    kinds = {effect.kind for effect in (*rule.then, *rule.unknown)}
    if rule.when is None or not kinds <= _WINDOWED:
        return False
    return _facts(rule.when) - {fact} <= known and _is_monotone(rule.when, fact)


def _is_monotone(check: c.Check, fact: str) -> bool:
    """Whether more text can only make a condition true, and one place in the text is enough for it."""
    if fact not in _facts(check):
        return not any(isinstance(each, c.Quantified) for each in atoms(check))
    match check:
        case c.ContainsPattern():
            return check.mode == "any" or len(check.patterns) == 1
        case c.And():
            return sum(fact in _facts(item) for item in check.items) == 1 and all(
                _is_monotone(item, fact) for item in check.items
            )
        case c.Or():
            return all(_is_monotone(item, fact) for item in check.items)
        case _:
            return False


def _facts(check: c.Check) -> frozenset[str]:
    """Return what a condition reads; a window under its key, which nothing supplies in the middle of an answer."""
    return frozenset(read.name for each in atoms(check) for operand in operands(each) for read in reads_of(operand))
