"""One text for all windows that mean the same: the key under which their values are kept.

The parts of `and` and `or` are put in order, durations are written in one way, texts are quoted, so that two windows
have equal keys exactly if they are equal.
"""

from __future__ import annotations

from typing import assert_never

from policykit.language import checked as c
from policykit.vocabulary.types import Kind, Type
from policykit.vocabulary.values import quoted, render

_DURATION = Type(Kind.DURATION)
_SIGN = {"==": "is", "!=": "is not"}


def window_text(read: c.WindowRead) -> str:
    """Return the canonical text of a window, as the language writes it."""
    parts = [f"{read.function} of {read.of.name if read.of else 'calls'}"]
    if read.tool is not None:
        parts.append(f"to {read.tool}")
    if read.where is not None:
        parts.append(f"where ({check_text(read.where)})")
    if read.last_seconds is not None:
        parts.append(f"over the last {render(_DURATION, read.last_seconds)}")
    if read.period is not None:
        parts.append(read.period)
    if read.per is not None:
        parts.append(f"per {read.per.name}")
    return " ".join(parts)


def check_text(check: c.Check) -> str:
    """Return the canonical text of a condition."""
    match check:
        case c.Compare():
            relation = _SIGN.get(check.relation, check.relation)
            return f"{operand_text(check.left)} {relation} {operand_text(check.right)}"
        case c.Member():
            options = ", ".join(sorted(render(check.value.type, option) for option in check.options))
            return f"{operand_text(check.value)} {'not in' if check.negated else 'in'} [{options}]"
        case c.ContainsPattern():
            items = ", ".join(sorted(_pattern_text(pattern) for pattern in check.patterns))
            return f"{operand_text(check.value)} contains {check.mode} of {items}"
        case c.ContainsItem():
            element = check.value.type.element or check.value.type
            items = ", ".join(sorted(render(element, item) for item in check.items))
            return f"{operand_text(check.value)} contains {check.mode} of {items}"
        case c.Affix():
            return f"{operand_text(check.value)} {check.where} with {quoted(check.text)}"
        case c.Supplied():
            return f"{check.value.name} is {'missing' if check.negated else 'supplied'}"
        case c.Quantified():
            return _quantified_text(check)
        case c.Not():
            return f"not ({check_text(check.item)})"
        case c.And():
            return " and ".join(sorted(f"({check_text(item)})" for item in check.items))
        case c.Or():
            return " or ".join(sorted(f"({check_text(item)})" for item in check.items))
        case c.ClauseSays():
            return f"{check.clause} {check.verb}"
        case _:
            assert_never(check)


def operand_text(operand: c.Operand) -> str:
    """Return the canonical text of an operand."""
    if isinstance(operand, c.Constant):
        return render(operand.type, operand.value)
    if isinstance(operand, c.Compute):
        return f"({operand_text(operand.left)} {operand.operator} {operand_text(operand.right)})"
    if isinstance(operand, c.FromNow):
        return f"{operand_text(operand.length)} {operand.direction}"
    return operand.name


def _pattern_text(pattern: c.Pattern) -> str:
    if pattern.text is not None:
        return quoted(pattern.text)
    return pattern.detector or " or ".join("/" + regex.replace("/", r"\/") + "/" for regex in sorted(pattern.regexes))


def _quantified_text(check: c.Quantified) -> str:
    groups = f" in [{', '.join(sorted(quoted(g) for g in check.groups))}]" if check.groups else ""
    over = (
        f"slice of {check.evidence} by {check.by}{groups}"
        if check.by
        else f"{check.element.singular} in {check.evidence}"
    )
    how_many = f"{check.quantifier} {check.count}" if check.count else check.quantifier
    return f"{how_many} {over} has ({check_text(check.has)})"
