"""Conditions as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from policykit.language import checked as c
from policykit.language.english.amounts import amount
from policykit.language.english.answers import answered
from policykit.language.english.nouns import detected
from policykit.language.english.operands import according_to, evidence_field, field_of_element, operand, subject
from policykit.language.english.words import Setting, human, listed
from policykit.vocabulary.fields import Field
from policykit.vocabulary.inflection import plural
from policykit.vocabulary.rendering import quoted
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
_RELATIONS_FROM_NOW = _RELATIONS | {
    "<": "is earlier than",
    "<=": "is not later than",
    ">": "is later than",
    ">=": "is not earlier than",
}
_IN_TIME = {Kind.DATE, Kind.TIME, Kind.INSTANT}
_LETTERS = ("abcdefghijklmnopqrstuvwxyz", ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"))
_EQUAL: dict[c.Relation, str] = {"==": "equals", "!=": "differs from"}
_CLAUSE_SAYS = {
    "passes": "the verdict says that {} is met",
    "fails": "the verdict says that {} is not met",
    "is unknown": "the verdict cannot say whether {} is met",
}


def sentence(check: c.Check, policy: c.CheckedPolicy) -> str:
    """Return a condition as a sentence without capital and full stop: `the number of cases is at least 500`."""
    return clause_of(check, Setting(policy, within))


def within(check: c.Check, setting: Setting) -> str:
    """Return a condition that stands within another one."""
    return clause_of(check, setting, 1)


def clause_of(check: c.Check, setting: Setting, depth: int = 0) -> str:
    """Return a condition as a part of a sentence; parts that hold parts are lettered, so that none can be misread."""
    match check:
        case c.And(items):
            return _joined(items, "and", setting, depth)
        case c.Or(items):
            return _joined(items, "or", setting, depth)
        case c.Not(item):
            if isinstance(item, c.Affix):
                return _affix(item, setting, negated=True)
            inner = clause_of(item, setting, depth + 1)
            return f"it is not true that {inner if _is_short(item) or inner.startswith('[') else f'[{inner}]'}"
        case c.Quantified():
            return _quantified(check, setting, depth)
        case c.Compare():
            return _compare(check, setting)
        case c.Member():
            return _member(check, setting)
        case c.ContainsPattern():
            return _contains(check, setting)
        case c.ContainsItem():
            element = check.value.type.element
            options = [amount(element or check.value.type, item) for item in check.items]
            return f"{_some_or_all(check.mode, options)} among {operand(check.value, setting)}"
        case c.Affix():
            return _affix(check, setting)
        case c.Supplied():
            return _supplied(check, setting)
        case c.ClauseSays():
            return _CLAUSE_SAYS[check.verb].format(check.clause)
        case _:
            assert_never(check)


def pattern(one: c.Pattern, setting: Setting) -> str:
    """Return what is looked for in a text."""
    words = detected(setting.detectors.get(one.detector or "", one.words))
    if one.text is not None:
        return quoted(one.text)
    if one.name.startswith("/"):
        return f"text that matches `{one.name}`"
    return f"{words} (`{one.name}`)" if words else f"`{one.name}`"


# --- parts --------------------------------------------------------------------------------------------------------


def _joined(items: Sequence[c.Check], word: str, setting: Setting, depth: int) -> str:
    if all(_is_short(item) for item in items):
        parts = [_beside_others(item, word, setting, depth) for item in items]
        plain = len(items) < 3 and not (word == "or" and any(" or " in part or " nor " in part for part in parts))
        return listed(parts, word) if plain else _either(parts, word)
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


def _beside_others(check: c.Check, word: str, setting: Setting, depth: int) -> str:
    """Return a part of a list; a statement that holds the other conjunction is bracketed, so that it stays one."""
    text = clause_of(check, setting, depth)
    other = {"and": " or ", "or": " and "}[word]
    is_statement = isinstance(check, c.Compare) and check.left.type.kind is Kind.YES_NO
    return f"[{text}]" if is_statement and other in text and "[" not in text else text


def _either(parts: Sequence[str], word: str) -> str:
    return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"


def _is_short(check: c.Check) -> bool:
    """Whether a condition can stand beside others without being misread."""
    if isinstance(check, c.Not):
        return isinstance(check.item, c.Affix)
    return not isinstance(check, c.And | c.Or) and not (isinstance(check, c.Quantified) and not _is_plain(check))


def _is_pair(check: c.Check) -> bool:
    return isinstance(check, c.Or) and len(check.items) == 2 and all(_is_short(item) for item in check.items)


def _is_plain(check: c.Quantified) -> bool:
    """Whether a quantified condition is one equality, as in `every case has the source "production"`."""
    return check.by is None and isinstance(check.has, c.Compare) and _has_value(check.has)


def _has_value(check: c.Compare) -> bool:
    is_text = isinstance(check.right, c.Constant) and isinstance(check.right.value, str)
    return check.relation == "==" and isinstance(check.left, c.ElementRead) and is_text


def _compare(check: c.Compare, setting: Setting) -> str:
    if check.left.type.kind is Kind.YES_NO:
        return _yes_or_no(check, setting)
    relations = _RELATIONS_IN_TIME if check.left.type.kind in _IN_TIME else _RELATIONS
    relations = _RELATIONS_FROM_NOW if isinstance(check.right, c.FromNow) else relations
    if not isinstance(check.right, c.Constant | c.FromNow):
        relations = relations | _EQUAL
    return f"{subject(check.left, setting)} {relations[check.relation]} {operand(check.right, setting)}"


def _yes_or_no(check: c.Compare, setting: Setting) -> str:
    if isinstance(check.left, c.Constant) and not isinstance(check.right, c.Constant):
        check = replace(check, left=check.right, right=check.left)
    field, name, place = _asked(check.left, setting)
    if isinstance(check.right, c.Constant):
        said = answered(field, name, yes=check.right.value is (check.relation == "=="))
        return said + place + (f" (`{check.right.name}`)" if check.right.name else "")
    other, other_name, other_place = _asked(check.right, setting)
    left, right = answered(field, name, yes=True) + place, answered(other, other_name, yes=True) + other_place
    alike = "both true or both false" if check.relation == "==" else "not both true and not both false"
    return f"these are {alike}: [{left}] and [{right}]"


def _asked(node: c.Operand, setting: Setting) -> tuple[Field | None, str, str]:
    """Return the field of an operand that is yes or no, its name, and according to which evidence it is so."""
    match node:
        case c.FactRead():
            return setting.policy.facts.get(node.name), node.name, ""
        case c.EvidenceRead():
            return evidence_field(node, setting), node.name, according_to(node.evidence, setting)
        case c.ElementRead():
            return field_of_element(node, setting), node.name, ""
        case _:
            return None, operand(node, setting).strip("`"), ""


def _affix(check: c.Affix, setting: Setting, *, negated: bool = False) -> str:
    verb = f"does not {check.where.removesuffix('s')}" if negated else check.where
    return f"{subject(check.value, setting)} {verb} with {quoted(check.text)}"


def _supplied(check: c.Supplied, setting: Setting) -> str:
    if check.value.type.kind is not Kind.YES_NO:
        return f"{subject(check.value, setting)} is {'missing' if check.negated else 'stated'}"
    field, name, place = _asked(check.value, setting)
    return f"it is {'not stated' if check.negated else 'stated'} whether {answered(field, name, yes=True)}{place}"


def _contains(check: c.ContainsPattern, setting: Setting) -> str:
    found = [pattern(one, setting) for one in check.patterns]
    word = "at least one of " if check.mode == "any" else "all of "
    return f"{subject(check.value, setting)} contains {word if len(found) > 1 else ''}{listed(found, 'and')}"


def _member(check: c.Member, setting: Setting) -> str:
    if check.value.type.kind is Kind.YES_NO and len(check.options) == 1:
        only = c.Constant(check.options[0], check.value.type, check.name)
        return _yes_or_no(c.Compare("!=" if check.negated else "==", check.value, only), setting)
    options = [amount(check.value.type, option, setting.source) for option in check.options]
    named = f" (`{check.name}`)" if check.name else ""
    if len(options) == 1:
        word = "is not" if check.negated else "is"
    elif check.negated and len(options) == 2:
        return f"{subject(check.value, setting)} is neither {options[0]} nor {options[1]}{named}"
    else:
        word = "is none of" if check.negated else "is one of"
    return f"{subject(check.value, setting)} {word} {listed(options, 'or')}{named}"


def _some_or_all(mode: str, items: Sequence[str]) -> str:
    if len(items) == 1:
        return f"{items[0]} is"
    return f"at least one of {listed(items, 'and')} is" if mode == "any" else f"all of {listed(items, 'and')} are"


def _quantified(check: c.Quantified, setting: Setting, depth: int) -> str:
    inner = replace(setting, element=check.evidence, kind=check.element)
    of = according_to(check.evidence, setting)
    if check.by is not None:
        groups = f" (of which {listed([quoted(g) for g in check.groups], 'and')} must be there)" if check.groups else ""
        thing = f"slice{of} by `{check.by}`{groups or ' that occurs there'}"
    else:
        thing = f"{human(check.element.singular)}{of}"
    if _is_plain(check) and not check.count:
        assert isinstance(check.has, c.Compare)
        assert isinstance(check.has.left, c.ElementRead)
        word = {"every": "every", "some": "at least one", "no": "no"}[check.quantifier]
        return f"{word} {thing} has the {human(check.has.left.name)} {operand(check.has.right, inner)}"
    has = clause_of(check.has, inner, depth + 1)
    if check.count:
        nouns = f"{check.count:,} {human(plural(check.element.singular, check.count))}{of}"
        return f"for {check.quantifier} {nouns}, {has}"
    if check.quantifier == "no":
        return f"there is no {thing} for which {has}"
    return f"for every {thing}, {has}" if check.quantifier == "every" else f"for at least one {thing}, {has}"
