"""Which parts of a condition keep it from being true, with what was read and what it would have to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from policykit.engine.kleene import Truth, pushed_down
from policykit.engine.reads import reads, reads_of
from policykit.engine.scope import Scope
from policykit.engine.truth import elements, operand, truth
from policykit.language import checked as c
from policykit.language.walk import atoms, operands
from policykit.readiness.supply import BASELINE, Supply
from policykit.readiness.verdict import Reason
from policykit.readiness.wording import (
    check_text,
    operand_text,
    options_text,
    quantifier_text,
    threshold_text,
    value_text,
)
from policykit.vocabulary.inflection import plural

_MAX_ELEMENTS = 3
UNKNOWN = "unknown"
"""What stands in place of a value that is not known."""
NOT_UNDERSTOOD = "PK612"
"""The code of a value that does not fit its type."""
_MAX_GROUPS = 4


def reasons_against(check: c.Check, scope: Scope, supplies: Mapping[str, Supply]) -> tuple[Reason, ...]:
    """Return why a condition is not true, in the order of its parts; nothing when it is.

    Args:
        check: the condition.
        scope: what it reads, usable evidence only.
        supplies: where each evidence comes from.
    """
    return tuple(_against(pushed_down(check), scope, supplies))


def _against(check: c.Check, scope: Scope, supplies: Mapping[str, Supply]) -> Iterator[Reason]:
    if truth(check, scope) is True:
        return
    if isinstance(check, c.And | c.Or):
        for item in check.items:
            yield from _against(item, scope, supplies)
    elif isinstance(check, c.Quantified):
        yield _about_elements(check, scope, supplies)
    else:
        yield _about_atom(check, scope, supplies)


def _about_atom(check: c.Check, scope: Scope, supplies: Mapping[str, Supply]) -> Reason:
    unknown = _unknown_reads(check, scope)
    if unknown and not isinstance(check, c.Supplied):
        return _about_unknown(unknown[0], check, scope, supplies)
    name, got, expected = _wanted(check, scope)
    return Reason(
        code="PK610",
        message=f"`{name}` is {got or UNKNOWN}",
        place=_file_of(check, supplies),
        expected=expected,
        got=got,
    )


def _wanted(check: c.Check, scope: Scope) -> tuple[str, str, str]:
    """Return what was read, its value, and what it would have to be."""
    item, negated = (check.item, True) if isinstance(check, c.Not) else (check, False)
    if isinstance(item, c.Compare):
        return operand_text(item.left), _got(item.left, scope), threshold_text(item, scope, negated=negated)
    if isinstance(item, c.Member):
        options = item.name or options_text(item.options, item.value.type)
        words = "anything but one of" if item.negated != negated else "one of"
        return operand_text(item.value), _got(item.value, scope), f"{words} {options}"
    first = next(iter(operands(item)), None)
    name = operand_text(first) if first is not None else check_text(item)
    return name, _got(first, scope) if first is not None else "", check_text(check)


def _got(item: c.Operand, scope: Scope) -> str:
    value = operand(item, scope)
    return "" if value is None else value_text(value, item.type)


def _unknown_reads(check: c.Check, scope: Scope) -> tuple[c.Read, ...]:
    inner = check.item if isinstance(check, c.Not) else check
    found = (read for item in operands(inner) for read in reads_of(item))
    return tuple(read for read in found if scope.read(read).value is None)


def _about_unknown(read: c.Read, check: c.Check, scope: Scope, supplies: Mapping[str, Supply]) -> Reason:
    reading = scope.read(read)
    expected = _wanted(check, scope)[2]
    place = _file_of(check, supplies)
    if not reading.is_missing:
        return Reason(
            code=NOT_UNDERSTOOD,
            message=f"`{read.name}` is not understood",
            place=place,
            expected=expected,
            got=reading.problem.removeprefix("not understood: "),
        )
    if isinstance(read, c.EvidenceRead):
        return _about_missing_field(read, expected, place, supplies)
    return Reason(code="PK611", message=f"`{read.name}` is unknown", place=place, expected=expected)


def _about_missing_field(read: c.EvidenceRead, expected: str, place: str, supplies: Mapping[str, Supply]) -> Reason:
    supply = supplies.get(read.evidence)
    if supply is not None and read.field.startswith(BASELINE):
        if supply.baseline_refusal is not None:
            return supply.baseline_refusal
        if supply.baseline is None:
            return Reason(
                code="PK627",
                message=f"`{read.name}` needs an earlier run to compare with",
                place=place,
                expected=expected,
                help=f"name its file as `baseline:` of `{read.evidence}` in the project file",
            )
    evidence = supply.evidence if supply is not None else None
    why = evidence.absent.get(read.field, "") if evidence is not None else ""
    return Reason(
        code="PK611",
        message=f"`{read.name}` is not in the evidence" + (f": {why}" if why else ""),
        place=place,
        expected=expected,
        help="measure it, or bind a file that shows it",
    )


def _about_elements(check: c.Quantified, scope: Scope, supplies: Mapping[str, Supply]) -> Reason:
    place = _place(check.evidence, supplies)
    found = tuple(elements(check, scope))
    if not found:
        return Reason(
            code="PK613",
            message=f"there is no {_singular(check)} in `{check.evidence}`",
            place=place,
            expected=check_text(check),
            help=f"bind a file that holds at least one {_singular(check)}",
        )
    if check.count:
        return _too_few_or_many(check, [truth(check.has, inner) for _, inner in found], place)
    if check.quantifier == "some":
        return Reason(
            code="PK614",
            message=f"none of {len(found)} {_singular(check)}s in `{check.evidence}` is shown to meet the condition",
            place=place,
            expected=check_text(check),
        )
    wanted = check.quantifier == "every"
    wrong = [(label, inner) for label, inner in found if truth(check.has, inner) is not wanted]
    details = "; ".join(islice(_details(check, wrong, supplies), _MAX_ELEMENTS))
    more = f" and {len(wrong) - _MAX_ELEMENTS} more" if len(wrong) > _MAX_ELEMENTS else ""
    return Reason(
        code="PK614",
        message=f"{len(wrong)} of {len(found)} {_singular(check)}s in `{check.evidence}` do not meet the condition",
        place=place,
        expected=f"{quantifier_text(check)} has {check_text(check.has)}",
        got=details + more,
    )


def _too_few_or_many(check: c.Quantified, truths: Sequence[Truth], place: str) -> Reason:
    surely, unknown = truths.count(True), truths.count(None)
    nouns = plural(_singular(check), len(truths))
    return Reason(
        code="PK614",
        message=f"{surely} of {len(truths)} {nouns} in `{check.evidence}` meet the condition"
        + (f", and of {unknown} it is not known" if unknown else ""),
        place=place,
        expected=check_text(check),
        got=f"{surely}" + (f", or up to {surely + unknown}" if unknown else ""),
    )


def _details(check: c.Quantified, wrong: Sequence[tuple[str, Scope]], supplies: Mapping[str, Supply]) -> Iterator[str]:
    for label, inner in wrong:
        named = inner.element.get("id") or inner.element.get("name") or label
        label_ = f"{check.by} {label}" if check.by is not None else f"{check.element.singular} {named}"
        if check.by is not None and not inner.element:
            yield f"{label_} is not in the evidence"
        elif check.quantifier == "no":
            yield label_
        else:
            parts = [f"{r.message.replace('`', '')}" for r in _against(pushed_down(check.has), inner, supplies)]
            yield f"{label_}: {', '.join(parts)}"


def _singular(check: c.Quantified) -> str:
    return "slice" if check.by is not None else check.element.singular


def _file_of(check: c.Check, supplies: Mapping[str, Supply]) -> str:
    inner = check.item if isinstance(check, c.Not) else check
    for item in operands(inner):
        for read in reads_of(item):
            if isinstance(read, c.EvidenceRead):
                return _place(read.evidence, supplies)
    return ""


def _place(evidence: str, supplies: Mapping[str, Supply]) -> str:
    supply = supplies.get(evidence)
    if supply is None:
        return ""
    if supply.evidence is not None:
        return supply.evidence.path
    return supply.absence.place if supply.absence is not None else ""


def quantified_reads(check: c.Check, scope: Scope) -> Iterator[tuple[str, str, str]]:
    """Yield what quantifiers of a condition range over: a name, what was found, and the evidence.

    Slices are shown with the values that the condition reads of them, elements only by their number.
    """
    for atom in atoms(check):
        if not isinstance(atom, c.Quantified):
            continue
        found = tuple(elements(atom, scope))
        name = quantifier_text(atom).removeprefix(f"{atom.quantifier} ").removeprefix(f"{atom.count} ")
        if atom.by is None:
            yield name, f"{len(found)} {atom.element.singular}{'' if len(found) == 1 else 's'}", atom.evidence
            continue
        groups = [f"{label}: {_values_of(atom.has, inner)}" for label, inner in found[:_MAX_GROUPS]]
        more = [f"and {len(found) - _MAX_GROUPS} more"] if len(found) > _MAX_GROUPS else []
        yield name, "; ".join([*groups, *more]) or UNKNOWN, atom.evidence


def _values_of(check: c.Check, scope: Scope) -> str:
    parts = []
    for read in reads(check):
        value = scope.read(read).value
        parts.append(f"{read.name} {value_text(value, read.type) if value is not None else UNKNOWN}")
    return ", ".join(parts)
