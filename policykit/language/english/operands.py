"""What conditions compare, as noun phrases: amounts, facts, fields, arithmetic, days from now and windows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import assert_never

from policykit.language import checked as c
from policykit.language.english.amounts import amount
from policykit.language.english.nouns import element_field, fact, noun
from policykit.language.english.words import Setting, declared, human, seconds
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import Kind

_IN_BRACKETS = re.compile(r"\([^()]*\)")
_OPERATORS = {"+": "plus", "-": "minus", "*": "times"}
_COSTS = " (a call counts at its estimated cost until its actual cost is known)"
_FUNCTIONS = {"count": "number", "share": "share", "sum": "sum", "mean": "mean", "min": "least", "max": "greatest"}


def operand(node: c.Operand, setting: Setting) -> str:
    """Return what is compared, in the words of the vocabulary and of the policy's own declarations."""
    match node:
        case c.Constant():
            text = amount(node.type, node.value, setting.source)
            return f"{text} (`{node.name}`)" if node.name else text
        case c.FactRead():
            return fact(setting.policy.facts.get(node.name), node.name, setting.phases)
        case c.EvidenceRead():
            return noun(evidence_field(node, setting), node.name) + according_to(node.evidence, setting)
        case c.ElementRead():
            found = field_of_element(node, setting)
            return noun(found, node.name) if found is not None else f"the {human(node.name)}"
        case c.Compute():
            left, right = operand(node.left, setting), operand(node.right, setting)
            return f"{_bracketed(node.left, left)} {_OPERATORS[node.operator]} {_bracketed(node.right, right)}"
        case c.FromNow():
            return _from_now(node, setting)
        case c.WindowRead():
            return _window(node, setting)
        case _:
            assert_never(node)


def subject(node: c.Operand, setting: Setting) -> str:
    """Return an operand that a verb follows: what words with a comma begin is closed by one."""
    text = operand(node, setting)
    return f"{text}," if "," in _IN_BRACKETS.sub("", text) and not isinstance(node, c.Constant) else text


def _bracketed(node: c.Operand, text: str) -> str:
    return f"({text})" if isinstance(node, c.Compute) else text


def according_to(name: str, setting: Setting) -> str:
    """Return which evidence says so, where a sentence does not speak of one only."""
    if name == setting.evidence:
        return ""
    known = setting.policy.evidence.get(name)
    if known is None:  # a fact that is a list can be quantified over too
        return f" of {noun(setting.policy.facts.get(name), name)}"
    return f" (according to {known.words if known.words and ',' not in known.words else f'the evidence `{name}`'})"


def evidence_field(node: c.EvidenceRead, setting: Setting) -> Field | None:
    """Return the field of evidence that is read; None where it is not known."""
    known = setting.policy.evidence.get(node.evidence)
    return known.kind.fields.get(node.field) if known is not None else None


def field_of_element(node: c.ElementRead, setting: Setting) -> Field | None:
    """Return the field of the element that is spoken of; None for a label."""
    known = setting.policy.evidence.get(setting.element)
    return element_field(setting.kind, known.kind if known is not None else None, node.name)


def _window(node: c.WindowRead, setting: Setting) -> str:
    calls = f"calls to the tool {declared(node.tool, setting.policy.tools)}" if node.tool else "calls"
    inner = replace(setting, phases=frozenset())
    where = f" for which {setting.condition(node.where, inner)}" if node.where is not None else ""
    time = _time(node, setting)
    if node.of is None:
        text = f"the {_FUNCTIONS[node.function]} of {calls}{where}{time}"
    else:
        of_calls = f", of calls{where}" if where else ""
        cost = _COSTS if node.of.name == "call.cost" else ""
        text = f"the {_statistic(node.function)}{time} of {operand(node.of, inner)}{cost}{of_calls}"
    return f"{text}, for the same value of {operand(node.per, inner)}" if node.per else text


def _time(node: c.WindowRead, setting: Setting) -> str:
    if node.last_seconds is not None:
        return f" over the last {seconds(node.last_seconds, setting.policy)}"
    return f" {node.period} ({setting.policy.timezone} time)" if node.period else " since the session began"


def _from_now(node: c.FromNow, setting: Setting) -> str:
    length = node.words if node.words and not node.length.name else operand(node.length, setting)
    now = f"the day of {setting.now}" if node.type.kind is Kind.DATE else setting.now
    if node.length.value == 0:
        return now
    return f"{length} {'before' if node.direction == 'ago' else 'after'} {now}"


def _statistic(function: str) -> str:
    rank = function.removeprefix("p")
    ending = "th" if rank[-2:-1] == "1" or "." in rank else {"1": "st", "2": "nd", "3": "rd"}.get(rank[-1], "th")
    return _FUNCTIONS.get(function) or f"{rank}{ending} percentile"
