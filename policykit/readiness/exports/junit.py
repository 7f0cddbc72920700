"""The verdict as JUnit XML, so that every CI shows it: one test case for each clause and each sign-off.

Source: the form that Jenkins and GitLab read: `testsuites`, `testsuite`, and `testcase` with `failure`, `error` or
`skipped`.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from policykit.readiness.exports._export import (
    Export,
    by_section,
    claim_text,
    ended_texts,
    loosened_text,
    outcome_text,
    owners_text,
    read_text,
    stop_read,
    stop_state,
    waiver_text,
)
from policykit.readiness.outcome import Outcome
from policykit.readiness.verdict import ClauseVerdict, Reason, SignOffVerdict, StopVerdict, Verdict

_ERRORS = frozenset({Outcome.ERROR, Outcome.NOT_SUPPLIED, Outcome.STALE, Outcome.INCONCLUSIVE})
"""Outcomes in which nothing was decided; a failure is a condition that was looked at and is false."""


def render(verdict: Verdict) -> str:
    """Return one suite for each section and one for the gate; a waived clause is skipped, never passed."""
    suites = [_suite(section.title or section.name, [*map(_clause, inside)]) for section, inside in by_section(verdict)]
    suites.append(_suite(verdict.gate or "all clauses", [_gate(verdict), *map(_sign_off, verdict.sign_offs)]))
    suites += [_suite("Stops", [*map(_stop, verdict.stops)])] if verdict.stops else []
    counts = _counts([case for _, cases in suites for case in cases])
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites name={quoteattr(verdict.headline)} {counts}>",
        *(line for name, cases in suites for line in _suite_lines(name, cases, verdict)),
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


_Case = tuple[str, str, str, str]
"""Name, kind of result (empty for a pass), its message, its text."""
_Suite = tuple[str, list[_Case]]


def _suite(name: str, cases: list[_Case]) -> _Suite:
    return name, cases


def _suite_lines(name: str, cases: list[_Case], verdict: Verdict) -> Iterator[str]:
    yield f"  <testsuite name={quoteattr(name)} timestamp={quoteattr(verdict.at)} {_counts(cases)}>"
    if any(title == "verdict" for title, *_ in cases):
        yield from _properties(verdict)
    for title, kind, message, text in cases:
        opening = f"    <testcase name={quoteattr(title)} classname={quoteattr(verdict.policy.name)}"
        if not kind:
            yield f"{opening}/>"
            continue
        yield f"{opening}>"
        yield f"      <{kind} message={quoteattr(message)}>{escape(text)}</{kind}>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _properties(verdict: Verdict) -> Iterator[str]:
    """Yield instants, claims and loosened packs as properties of the suite of the gate."""
    found = [("judged at", verdict.at), ("signed at", verdict.signed_at)]
    found += [("ended before signing", text) for text in ended_texts(verdict)]
    found += [("claimed by the project file", claim_text(claim)) for claim in verdict.claims]
    found += [("looser than the pack", loosened_text(item)) for item in verdict.loosened]
    yield "    <properties>"
    yield from (f"      <property name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in found if value)
    yield "    </properties>"


def _counts(cases: list[_Case]) -> str:
    kinds = [kind for _, kind, _, _ in cases]
    numbers = {"failures": kinds.count("failure"), "errors": kinds.count("error"), "skipped": kinds.count("skipped")}
    return f'tests="{len(cases)}" ' + " ".join(f'{name}="{number}"' for name, number in numbers.items())


def _clause(clause: ClauseVerdict) -> _Case:
    name = f"{clause.id} {clause.title}"
    if clause.outcome is Outcome.PASS:
        return name, "", "", ""
    message = f"{outcome_text(clause)}: {clause.reasons[0].message if clause.reasons else read_text(clause)}"
    details = [_reason(reason) for reason in clause.reasons]
    details += [*clause.notes, f"owner: {owners_text(clause.owners)}", waiver_text(clause)]
    if not clause.counts or clause.outcome in (Outcome.WAIVED, Outcome.NOT_APPLICABLE, Outcome.NOT_DUE):
        kind = "skipped"
    else:
        kind = "error" if clause.outcome in _ERRORS else "failure"
    return name, kind, message, "\n".join(filter(None, details))


def _reason(reason: Reason) -> str:
    parts = [f"{reason.place}: " if reason.place else "", f"{reason.code}: {reason.message}"]
    parts += [f"; needed: {reason.expected}" if reason.expected else "", f"; got: {reason.got}" if reason.got else ""]
    return "".join(parts)


def _gate(verdict: Verdict) -> _Case:
    """Return the case of the gate as a whole, so that a run without any clause is red."""
    if verdict.result == "met":
        return "verdict", "", "", ""
    return "verdict", "failure", verdict.headline, "\n".join(_reason(problem) for problem in verdict.problems)


def _sign_off(sign_off: SignOffVerdict) -> _Case:
    name = f"sign-off by {sign_off.at_least} of {', '.join(sign_off.roles)}"
    if sign_off.is_met:
        return name, "", "", ""
    return name, "failure", sign_off.reasons[0].message, "\n".join(_reason(reason) for reason in sign_off.reasons)


def _stop(stop: StopVerdict) -> _Case:
    name = f"{stop.id} {stop.title}"
    if stop.state == "holds":
        return name, "", "", ""
    if not stop.acts:
        return name, "skipped", stop_state(stop), stop_read(stop)
    kind = "failure" if stop.state == "tripped" else "error"
    return name, kind, stop_state(stop), "\n".join((stop.condition, stop_read(stop), *map(_reason, stop.reasons)))


EXPORT = Export("junit", "JUnit XML, for CI", render)
