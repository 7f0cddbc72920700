"""Warnings of what is almost surely a slip, though it may be checked: dates, ages and targets that do not fit."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.habits import nodes
from policykit.language.check.logic.comparisons import number
from policykit.language.check.report import Report
from policykit.language.check.scope import Scope
from policykit.language.check.wording import spelled
from policykit.vocabulary.exact import compare as order_of
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import DURATION

_LOCAL = frozenset({"call.time_of_day", "call.day_of_week"})
"""Facts whose value depends on the policy's time zone."""


def warn_worse_than_baseline(report: Report, node: s.Scorecard, baseline: c.Constant, target: c.Constant) -> None:
    """Warn of a target that is worse than where the system starts."""
    start, goal = number(baseline), number(target)
    if start is None or goal is None:
        return
    order = order_of(goal, start)
    rising = node.target_operator == "at least"
    if order == 0 or (order > 0) is rising:
        return
    report.warn(
        "PK229",
        f"the target `{node.target_operator} {spelled(target)}` is worse than the baseline `{spelled(baseline)}`",
        node.target.span,
        help=f"if {'less' if rising else 'more'} is better, write `{'at most' if rising else 'at least'}`; "
        "otherwise correct one of the two",
    )


def warn_stale(report: Report, node: s.Requirement, due: c.Due | None, trust: c.Trust | None) -> None:
    """Warn of evidence that may be older than the interval in which it must be shown anew."""
    if (
        due is None
        or trust is None
        or due.every_seconds is None
        or trust.max_age_seconds is None
        or node.shown_by is None
    ):
        return
    if order_of(trust.max_age_seconds, due.every_seconds) <= 0:
        return
    every = render(DURATION, due.every_seconds)
    report.warn(
        "PK250",
        f"this is checked every {every}, and evidence may be {render(DURATION, trust.max_age_seconds)} old, "
        "so the same evidence passes again",
        node.shown_by.span,
        help=f"write `no older than {every}`, or check it less often",
    )


def warn_no_timezone(scope: Scope, tree: s.Tree) -> None:
    """Warn of a policy that asks for the hour, the weekday or a day counted from today and does not say where.

    A budget for `today` is left out: a day of UTC is as long as any other.
    """
    head = next((node for node in tree.statements if isinstance(node, s.Header)), None)
    if head is None or head.kind != "policy" or head.timezone is not None:
        return
    if any(_is_local(node) for node in nodes(tree.statements)):
        problem = "asks for the time of day or the weekday and has no `timezone`, so both are those of UTC"
    elif scope.counts_days:
        problem = "counts days from today and has no `timezone`, so the day changes at midnight UTC"
    else:
        return
    scope.report.warn(
        "PK251",
        f"this policy {problem}",
        head.name.span,
        help='write the zone that is meant after the title, such as `timezone "Europe/London"` or `timezone "UTC"`',
    )


def _is_local(node: object) -> bool:
    return isinstance(node, s.Ref) and node.name in _LOCAL
