"""A replay as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from policykit.replay.model import RulesRef, State
from policykit.replay.report import ClauseDiff, ClauseStatus, Example, ReplayReport
from policykit.source.visible import visible

T = TypeVar("T")

_HEADINGS = ("clause", "fired", "fires", "newly", "no longer", "unknown", "now unknown", "cannot tell", "")
_MAX_NAMED = 5
"""Versions of rules, reasons and facts that are named one by one."""


def lines(report: ReplayReport) -> Iterator[str]:
    """Yield the header, the difference by effect and by clause, what cannot be told, and examples."""
    yield from _header(report)
    if not report.replayed:
        return
    yield ""
    counts = f"{report.unchanged:,} unchanged, {report.changed:,} changed, {report.untold:,} cannot tell"
    yield f"decisions  {counts}"
    for (before, now), count in report.effects.items():
        if before != now:
            yield f"{count:>13,}  {before} -> {now}"
    yield ""
    yield from _table(report.clauses)
    yield from _lacking(report)
    if report.examples:
        yield ""
        yield "examples of what changes"
        for example in report.examples:
            yield from _example(example)


def _header(report: ReplayReport) -> Iterator[str]:
    yield f"rules      {_rules(report.rules)}"
    if report.against is not None:
        yield f"against    {_rules(report.against)}"
    else:
        for rules, count in _first(report.baselines):
            yield f"against    what was recorded by {_rules(rules)}: {_number(count, 'decision')}"
    yield f"source     {visible(report.source)}"
    if report.verified:
        yield f"trail      {visible(report.verified)}"
    for note in report.notes:
        yield f"           {visible(note)}"
    if report.first_at:
        yield f"period     {report.first_at[:19]}Z to {report.last_at[:19]}Z"
    phases = ", ".join(f"{count:,} {phase}" for phase, count in report.phases.items())
    yield f"replayed   {_number(report.replayed, 'decision')}{': ' if phases else ''}{phases}"
    for reason, count in _first(report.not_replayable):
        yield f"left out   {_number(count, 'decision')}: {visible(reason)}"
    if report.problem_count:
        yield f"left out   {_number(report.problem_count, 'record')} not understood"
    for name, count in _first(report.undeclared):
        yield f"not read   {visible(name)}, which these rules do not declare ({_number(count, 'decision')})"


def _first(counts: Mapping[T, int]) -> Iterator[tuple[T | str, int]]:
    for at, (name, count) in enumerate(counts.items()):
        if at == _MAX_NAMED:
            yield f"{len(counts) - at:,} more", sum(list(counts.values())[at:])
            return
        yield name, count


def _rules(rules: RulesRef | str) -> str:
    if isinstance(rules, str):
        return rules
    digest = rules.digest[: len("sha256:") + 12]
    return visible(" ".join(part for part in (rules.name, rules.version, digest) if part))


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _table(clauses: tuple[ClauseDiff, ...]) -> Iterator[str]:
    rows = [_HEADINGS, *(_row(clause) for clause in clauses)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)),
        ]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _row(clause: ClauseDiff) -> tuple[str, ...]:
    counts = (
        clause.count(before=State.TRUE),
        clause.count(now=State.TRUE),
        clause.newly_fires,
        clause.no_longer_fires,
        clause.count(before=State.UNKNOWN),
        clause.count(now=State.UNKNOWN),
        clause.count(now=State.CANNOT_TELL),
    )
    mark = clause.status.value if clause.status in {ClauseStatus.NEW, ClauseStatus.REMOVED} else ""
    return (visible(clause.id), *(f"{count:,}" for count in counts), mark)


def _lacking(report: ReplayReport) -> Iterator[str]:
    found = [clause for clause in report.clauses if clause.lacking]
    if found:
        yield ""
    for clause in found:
        names = ", ".join(f"{visible(name)} ({count:,})" for name, count in clause.lacking.items())
        yield f"cannot tell {visible(clause.id)}: not on record: {names}"


def _example(example: Example) -> Iterator[str]:
    effect = example.before if example.before == example.now else f"{example.before} -> {example.now}"
    at = f"{example.at[:19]}Z  " if example.at else ""
    yield f"  {visible(example.place)}  {at}{example.phase}  {effect}"
    for clause, before, now in example.clauses:
        yield f"      {visible(clause)}: {before.value} -> {now.value}"
    for name, text in example.facts:
        yield f"      {visible(name)} is {visible(text)}"
    for reason in example.reasons:
        yield f"      {visible(reason)}"
