"""Regular expressions that a policy brings along."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.report import Report
from policykit.language.regex import check_pattern


def regex_pattern(report: Report, node: s.Regex) -> c.Pattern | None:
    """Return a regular expression as something to look for; None when RE2 cannot run it, which is reported."""
    if not is_usable(report, node):
        return None
    return c.Pattern(f"/{node.pattern}/", regexes=(node.pattern,))


def is_usable(report: Report, node: s.Regex) -> bool:
    """Return whether RE2 runs a pattern within bounds; report it when it does not."""
    problem = check_pattern(node.pattern)
    if problem is None:
        return True
    report.error(problem.code, problem.message, node.span, help=problem.help)
    return False
