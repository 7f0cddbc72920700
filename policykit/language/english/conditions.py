"""Conditions as sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from policykit.language import checked as c
from policykit.language.english.words import Setting, declared, human, listed, seconds
from policykit.vocabulary.fields import Field
from policykit.vocabulary.rendering import quoted, render
from policykit.vocabulary.types import Kind

_RELATIONS: dict[c.Relation, str] = {
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "==": "is",
    "!=": "is not",
}
_RELATIONS_IN_TIME = _RELATIONS | {
    "<": "is before",
    "<=": "is not after",
    ">": "is after",
    ">=": "is not before",
}
_IN_TIME = {Kind.DATE, Kind.TIME, Kind.INSTANT}
_LETTERS = ("abcdefghijklmnopqrstuvwxyz", ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"))
_OPERATORS = {"+": "plus", "-": "minus", "*": "times"}
_FUNCTIONS = {"count": "number", "share": "share", "sum": "sum", "mean": "mean", "min": "least", "max": "greatest"}
_HAS_ARTICLE = re.compile(r"(?:the|an?|this|that|what|which|who|how|when|where|whether)\b")
_CLAUSE_SAYS = {
    "passes": "the verdict says that {} is met",
    "fails": "the verdict says that {} is not met",
    "is unknown": "the verdict cannot say whether {} is met",
}
_WHETHER = "whether "


def sentence(check: c.Check, policy: c.CheckedPolicy) -> str:
    """Return a condition as a sentence without capital and full stop: `the number of cases is at least 500`."""
    return clause_of(check, Setting(policy))


def clause_of(check: c.Check, setting: Setting, depth: int = 0) -> str:
    """Return a condition as a part of a sentence; parts that hold parts are lettered, so that none can be misread."""
    match check:
        case c.And(items):
            return _joined(items, "and", setting, depth)
        case c.Or(items):
            return _joined(items, "or", setting, depth)
        case c.Not(item):
            inner = clause_of(item, setting, depth + 1)
            return f"it is not true that {inner if _is_short(item) or inner.startswith('[') else f'[{inner}]'}"
        case c.Quantified():
            return _quantified(check, setting, depth)
        case c.Compare():
            return _compare(check, setting)
        case c.Member():
            return _member(check, setting)
        case c.ContainsPattern():
            found = [pattern(one, setting) for one in check.patterns]
            word = "or" if check.mode == "any" else "and"
            return f"{_subject(check.value, setting)} contains {check.mode} of these: {listed(found, word)}"
        case c.ContainsItem():
            element = check.value.type.element
            options = [render(element or check.value.type, item) for item in check.items]
            return f"{_some_or_all(check.mode, options)} among {operand(check.value, setting)}"
        case c.Affix():
            return f"{_subject(check.value, setting)} {check.where} with {quoted(check.text)}"
        case c.Supplied():
            return f"{_subject(check.value, setting)} is {'missing' if check.negated else 'supplied'}"
        case c.ClauseSays():
            return _CLAUSE_SAYS[check.verb].format(check.clause)
        case _:
            assert_never(check)


def pattern(one: c.Pattern, setting: Setting) -> str:
    """Return what is looked for in a text."""
    words = setting.detectors.get(one.detector or "", "")
    if one.text is not None:
        return quoted(one.text)
    return f"{words} (`{one.name}`)" if words else f"`{one.name}`"


# --- parts --------------------------------------------------------------------------------------------------------


def _joined(items: Sequence[c.Check], word: str, setting: Setting, depth: int) -> str:
    if all(_is_short(item) for item in items):
        parts = [clause_of(item, setting, depth) for item in items]
        return listed(parts, word) if len(items) < 3 else _either(parts, word)
    if len(items) == 2 and word == "and" and _is_short(items[0]) and _is_pair(items[1]):
        return f"{clause_of(items[0], setting, depth)}, and either {clause_of(items[1], setting, depth)}"
    head = "all of these are true" if word == "and" else "at least one of these is true"
    marks = _LETTERS[depth % 2]
    parts = [
        f"({marks[index] if index < len(marks) else index + 1}) {clause_of(item, setting, depth + 1)}"
        for index, item in enumerate(items)
    ]
    text = f"{head}: {'; '.join(parts)}"
    return f"[{text}]" if depth else text


def _either(parts: Sequence[str], word: str) -> str:
    return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"


def _is_short(check: c.Check) -> bool:
    """Whether a condition can stand beside others without being misread."""
    return not isinstance(check, c.And | c.Or | c.Not) and not (
        isinstance(check, c.Quantified) and not _is_plain(check)
    )


def _is_pair(check: c.Check) -> bool:
    return isinstance(check, c.Or) and len(check.items) == 2 and all(_is_short(item) for item in check.items)


def _is_plain(check: c.Quantified) -> bool:
    """Whether a quantified condition is one equality, as in `every case has the source "production"`."""
    return check.by is None and isinstance(check.has, c.Compare) and _has_value(check.has)


def _has_value(check: c.Compare) -> bool:
    is_text = isinstance(check.right, c.Constant) and isinstance(check.right.value, str)
    return check.relation == "==" and isinstance(check.left, c.ElementRead) and is_text


def _compare(check: c.Compare, setting: Setting) -> str:
    left, right = _subject(check.left, setting), operand(check.right, setting)
    if left.startswith(_WHETHER) and isinstance(check.right, c.Constant) and check.relation in {"==", "!="}:
        holds = check.right.value is (check.relation == "==")
        return left.removeprefix(_WHETHER) if holds else f"the answer to {left} is no"
    relations = _RELATIONS_IN_TIME if check.left.type.kind in _IN_TIME else _RELATIONS
    return f"{left} {relations[check.relation]} {right}"


def _member(check: c.Member, setting: Setting) -> str:
    options = [render(check.value.type, option) for option in check.options]
    named = f" (`{check.name}`)" if check.name else ""
    word = "is none of" if check.negated else "is one of"
    if len(options) == 1:
        word = "is not" if check.negated else "is"
    return f"{_subject(check.value, setting)} {word} {listed(options, 'and' if check.negated else 'or')}{named}"


def _some_or_all(mode: str, items: Sequence[str]) -> str:
    if len(items) == 1:
        return f"{items[0]} is"
    return f"any of {listed(items, 'or')} is" if mode == "any" else f"all of {listed(items, 'and')} are"


def _quantified(check: c.Quantified, setting: Setting, depth: int) -> str:
    inner = replace(setting, element=check.evidence)
    of = "" if check.evidence == setting.evidence else f" of {_evidence(check.evidence, setting)}"
    if check.by is not None:
        groups = f" (of which {listed([quoted(g) for g in check.groups], 'and')} must be there)" if check.groups else ""
        noun = f"group{of} by `{check.by}`{groups or ' that occurs there'}"
    else:
        noun = f"{human(check.element.singular)}{of}"
    if _is_plain(check):
        assert isinstance(check.has, c.Compare)
        assert isinstance(check.has.left, c.ElementRead)
        word = {"every": "every", "some": "at least one", "no": "no"}[check.quantifier]
        return f"{word} {noun} has the {human(check.has.left.name)} {operand(check.has.right, inner)}"
    has = clause_of(check.has, inner, depth + 1)
    if check.quantifier == "no":
        return f"there is no {noun} for which {has}"
    return f"for every {noun}, {has}" if check.quantifier == "every" else f"for at least one {noun}, {has}"


# --- operands -----------------------------------------------------------------------------------------------------


def operand(node: c.Operand, setting: Setting) -> str:
    """Return what is compared, in the words of the vocabulary and of the policy's own declarations."""
    match node:
        case c.Constant():
            text = render(node.type, node.value)
            return f"{text} (`{node.name}`)" if node.name else text
        case c.FactRead():
            return _words(setting.policy.facts.get(node.name), node.name)
        case c.EvidenceRead():
            kind = setting.policy.evidence.get(node.evidence)
            words = _words(kind.kind.fields.get(node.field) if kind else None, node.name)
            return words if node.evidence == setting.evidence else f"{words} of {_evidence(node.evidence, setting)}"
        case c.ElementRead():
            return _element_words(node, setting)
        case c.Compute():
            left, right = operand(node.left, setting), operand(node.right, setting)
            return f"{_bracketed(node.left, left)} {_OPERATORS[node.operator]} {_bracketed(node.right, right)}"
        case c.WindowRead():
            return _window(node, setting)
        case _:
            assert_never(node)


def _subject(node: c.Operand, setting: Setting) -> str:
    """Return an operand that a verb follows: what words with a comma begin is closed by one."""
    text = operand(node, setting)
    return f"{text}," if "," in text and not isinstance(node, c.Constant) else text


def _bracketed(node: c.Operand, text: str) -> str:
    return f"({text})" if isinstance(node, c.Compute) else text


def _words(field: Field | None, name: str) -> str:
    return with_article(field.words) if field is not None and field.words else f"`{name}`"


def with_article(words: str) -> str:
    """Return words that can stand as the subject of a sentence."""
    return words if _HAS_ARTICLE.match(words) else f"the {words}"


def _evidence(name: str, setting: Setting) -> str:
    known = setting.policy.evidence.get(name)
    if known is not None and known.words:
        return known.words
    return _words(setting.policy.facts.get(name), name)  # a fact that is a list can be quantified over too


def _element_words(node: c.ElementRead, setting: Setting) -> str:
    known = setting.policy.evidence.get(setting.element)
    if known is not None:
        for fields in (*(kind.fields for kind in known.kind.elements.values()), known.kind.slice_fields):
            if node.name in fields:
                return _words(fields[node.name], node.name)
    return f"the {human(node.name)}"


def _window(node: c.WindowRead, setting: Setting) -> str:
    calls = f"calls to {declared(node.tool, setting.policy.tools)}" if node.tool else "calls"
    time = f" {node.period}" if node.period else ""
    time = f" over the last {seconds(node.last_seconds)}" if node.last_seconds is not None else time
    where = f" for which {clause_of(node.where, setting, 1)}" if node.where is not None else ""
    if node.of is None:
        text = f"the {_FUNCTIONS[node.function]} of {calls}{where}{time}"
    else:
        of_calls = f", of calls{where}" if where else ""
        text = f"the {_statistic(node.function)}{time} of {operand(node.of, setting)}{of_calls}"
    return f"{text}, for the same value of {operand(node.per, setting)}" if node.per else text


def _statistic(function: str) -> str:
    rank = function.removeprefix("p")
    ending = "th" if rank[-2:-1] == "1" or "." in rank else {"1": "st", "2": "nd", "3": "rd"}.get(rank[-1], "th")
    return _FUNCTIONS.get(function) or f"{rank}{ending} percentile"
