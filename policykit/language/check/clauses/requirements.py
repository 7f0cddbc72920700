"""Requirements and scorecards: clauses that evidence must meet."""

from __future__ import annotations

from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import parts
from policykit.language.check.literals import constant, fit
from policykit.language.check.logic.comparisons import in_range
from policykit.language.check.logic.conditions import condition
from policykit.language.check.logic.expressions import fixed
from policykit.language.check.logic.names import resolve
from policykit.language.check.parts import Defaults
from policykit.language.check.scope import Place, Reads, Scope
from policykit.language.check.slips import warn_stale, warn_worse_than_baseline
from policykit.language.walk import evidence_in
from policykit.source import Label
from policykit.vocabulary.types import Exact, Money


def requirement(scope: Scope, node: s.Requirement, defaults: Defaults) -> c.Requirement | None:
    """Return a requirement; None when its condition is wrong, which is reported."""
    what = f"requirement `{node.id.text}`"
    place = Place(scope, what, Reads.EVIDENCE)
    check = condition(place, node.check)
    applies = None
    if node.applies_when is not None:
        applies = condition(
            replace(place, what=f"the `applies when` of {what}", reads=Reads.ANYTHING), node.applies_when
        )
    shown_by = parts.trust(scope, node.shown_by) if node.shown_by is not None else None
    remedy = parts.remedy(scope, node.remedy) if node.remedy is not None else defaults.remedy
    owners = owners_of(scope, node.owners, defaults)
    due = parts.due(scope, node.before) if node.before is not None else defaults.before
    _report_missing(scope, defaults, node, owners, due)
    warn_stale(scope.report, node, due, shown_by)
    if check is None or (node.applies_when is not None and applies is None):
        return None
    return c.Requirement(
        node.id.text,
        node.title.value,
        node.because.value if node.because is not None else "",
        defaults.section,
        owners,
        node.span,
        scope.report.source,
        check=check,
        shown_by=shown(scope, node.shown_by, shown_by, check),
        due=due,
        applies_when=applies,
        remedy=remedy,
    )


def owners_of(scope: Scope, names: tuple[s.Name, ...], defaults: Defaults) -> tuple[str, ...]:
    """Return the roles that answer for a clause jointly; none where neither it nor its section names one."""
    return parts.roles(scope, names) if names else defaults.owners


def _report_missing(
    scope: Scope, defaults: Defaults, node: s.Requirement, owners: tuple[str, ...], due: c.Due | None
) -> None:
    what = f"requirement `{node.id.text}`"
    if not owners and _is_new(scope, defaults, "PK305"):
        scope.report.error(
            "PK305", f"nobody owns {what}", node.id.span, expected="`owner ROLE`, here or in its section"
        )
    if due is None and _is_new(scope, defaults, "PK306"):
        scope.report.error(
            "PK306", f"{what} says no gate", node.id.span, expected="`before GATE`, here or in its section"
        )


def _is_new(scope: Scope, defaults: Defaults, code: str) -> bool:
    """Whether a missing part is to be reported: once a section, which is where one line mends it."""
    return not defaults.section or scope.report.is_first(code, defaults.section)


def shown(scope: Scope, node: s.ShownBy | None, given: c.Trust | None, check: c.Check) -> c.Trust:
    """Return the evidence that shows a clause, which is all that its condition looks at, and nothing else.

    Without `shown by`, it is what the condition looks at, of any age.
    """
    looked_at = evidence_in(check)
    if node is None or given is None:
        return c.Trust(tuple(sorted(looked_at)), "", None)
    if not set(given.evidence) <= scope.evidence.entries.keys():  # the name that is missed may be the misspelt one
        return given
    unnamed = sorted(looked_at.keys() - set(given.evidence))
    idle = [each for each in node.evidence if each.text not in looked_at and each.text in scope.evidence]
    if len(unnamed) == len(idle) == 1:  # one name stands for the other
        scope.report.error(
            "PK307",
            f"`shown by` names `{idle[0].text}`, and the condition looks at `{unnamed[0]}`",
            idle[0].span,
            labels=(Label(looked_at[unnamed[0]].span, "it looks at this"),),
            help=f"write `{unnamed[0]}`, or correct the condition",
        )
        return given
    for name in unnamed:
        scope.report.error(
            "PK307",
            f"the condition looks at `{name}`, which `shown by` does not name",
            looked_at[name].span,
            expected=f"`shown by {' and '.join([*given.evidence, name])}`",
            help="the age and the trust that are asked for would not hold for it",
        )
    for evidence in idle:
        scope.report.warn(
            "PK308",
            f"`shown by` names `{evidence.text}`, and the condition does not look at it",
            evidence.span,
            help="take it out, or the whole line where it is alone",
        )
    return given


def scorecard(scope: Scope, node: s.Scorecard, defaults: Defaults) -> c.Scorecard | None:
    """Return a scorecard; None when its measure or a value is wrong, which is reported."""
    what = f"scorecard `{node.id.text}`"
    place = Place(scope, what, Reads.EVIDENCE)
    measure = resolve(place, node.measure)
    if measure is not None and not isinstance(measure, c.EvidenceRead):
        scope.report.error(
            "PK240",
            f"{what} does not measure evidence",
            node.measure.span,
            expected="a field such as `golden.accuracy`",
        )
        measure = None
    baseline, target = _value(place, node.baseline, measure), _value(place, node.target, measure)
    by = _date(scope, node.target_by) if node.target_by is not None else None
    given = parts.trust(scope, node.shown_by) if node.shown_by is not None else None
    due = parts.due(scope, node.before) if node.before is not None else (None if node.report_only else defaults.before)
    owners = owners_of(scope, node.owners, defaults)
    if not node.report_only and due is None and _is_new(scope, defaults, "PK306"):
        scope.report.error(
            "PK306",
            f"{what} says no gate",
            node.id.span,
            expected="`before GATE`, here or in its section, or `report only`",
        )
    if measure is None or baseline is None or target is None:
        return None
    warn_worse_than_baseline(scope.report, node, baseline, target)
    check = c.Compare(">=" if node.target_operator == "at least" else "<=", measure, target)
    return c.Scorecard(
        node.id.text,
        node.title.value,
        node.because.value if node.because is not None else "",
        defaults.section,
        owners,
        node.span,
        scope.report.source,
        measure=measure,
        baseline=baseline,
        target_relation=check.relation if check.relation == ">=" else "<=",
        target=target,
        target_by=by,
        shown_by=shown(scope, node.shown_by, given, check),
        due=due,
        report_only=node.report_only,
    )


def _value(place: Place, node: s.Expression, measure: c.EvidenceRead | None) -> c.Constant | None:
    value = fixed(place, node, "a baseline or target")
    if value is None or measure is None:
        return None
    if not measure.type.is_numeric:
        place.report.error("PK206", f"`{measure.name}` has no order", measure.span, expected="a number of any kind")
        return None
    fitted = fit(place.report, value, measure.type, f"`{measure.name}`")
    if fitted is None or not in_range(place, "==", measure, fitted, node.span):
        return None
    return fitted


def _date(scope: Scope, node: s.Moment) -> int | None:
    return day(scope, node, "the date of a target")


def day(scope: Scope, node: s.Moment, what: str) -> int | None:
    """Return a date as `date.toordinal()`; None when it is none, which is reported."""
    if node.kind is not s.MomentKind.DATE:
        scope.report.error(
            "PK215", f"{what} must be a date", node.span, expected="a date such as `2027-03-31`", got=f"`{node.text}`"
        )
        return None
    found = constant(scope.report, node)
    if found is None or isinstance(found.value, str | bool | tuple | Money):
        return None
    value: Exact = found.value
    return int(value)
