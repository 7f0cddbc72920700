"""The verdict on a terminal: a table for each section, one line, what is left to do, what expires next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policykit.cli.console import Console
from policykit.readiness.exports._export import (
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
from policykit.readiness.verdict import ClauseVerdict, GateSummary, Task, Verdict

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.ERROR: "bold red",
    Outcome.NOT_SUPPLIED: "red",
    Outcome.STALE: "yellow",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.WAIVED: "magenta",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.NOT_DUE: "yellow",
}
_MAX_EXPIRIES = 5


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print a verdict for people."""
    for block in _blocks(verdict):
        console.print(block)


def _blocks(verdict: Verdict) -> Iterator[RenderableType]:
    yield _head(verdict)
    for section, clauses in by_section(verdict):
        yield _clauses(section.title or section.name, clauses)
    if verdict.sign_offs:
        yield _sign_offs(verdict)
    if verdict.stops:
        yield _stops(verdict)
    yield _line(verdict)
    yield from _left_to_do(verdict)
    yield from _expires(verdict)
    yield from _small_print(verdict)


def _head(verdict: Verdict) -> Text:
    text = Text(f"\n{verdict.policy.title or verdict.policy.name}", style="bold")
    gate = f"gate {verdict.gate}" + (f" ({verdict.gate_words})" if verdict.gate_words else "") if verdict.gate else ""
    day = f", planned for {verdict.gate_day}" if verdict.gate_day else ""
    when = f"{_local(verdict.at, verdict.timezone)} {verdict.timezone}"
    text.append(f"\n{verdict.policy.name} {verdict.policy.version}, judged at {when}", style="dim")
    if gate:
        text.append(f"\n{gate}{day}", style="dim")
    if verdict.signed_at:
        signed = f"{_local(verdict.signed_at, verdict.timezone)} {verdict.timezone}"
        text.append(f"\nsigned at {signed}", style="dim")
    for ended in ended_texts(verdict):
        text.append(f"\n{ended}", style="bold yellow")
    return text


def _clauses(title: str, clauses: tuple[ClauseVerdict, ...]) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, expand=True)
    table.add_column("clause", no_wrap=True)
    table.add_column("title", ratio=4, overflow="fold")
    table.add_column("outcome", min_width=12, overflow="fold")
    table.add_column("what was read", ratio=5, overflow="fold")
    for clause in clauses:
        read = "\n".join(filter(None, (read_text(clause), waiver_text(clause), *clause.notes)))
        outcome = Text(outcome_text(clause), style=_STYLES[clause.outcome])
        table.add_row(Text(clause.id), Text(clause.title), outcome, Text(read))
    return table


def _sign_offs(verdict: Verdict) -> Table:
    table = Table(title=Text("Sign-offs", style="bold"), title_justify="left", box=box.SIMPLE_HEAD, expand=True)
    for head in ("needed", "outcome", "signed"):
        table.add_column(head, overflow="fold")
    for sign_off in verdict.sign_offs:
        signed = ", ".join(f"{s.person} ({s.role}): {s.decision}" for s in sign_off.signatures) or "nobody"
        style = "green" if sign_off.is_met else "bold red"
        outcome = Text("complete" if sign_off.is_met else "not complete", style=style)
        table.add_row(Text(f"{sign_off.at_least} of {', '.join(sign_off.roles)}"), outcome, Text(signed))
    return table


def _stops(verdict: Verdict) -> Table:
    table = Table(title=Text("Stops", style="bold"), title_justify="left", box=box.SIMPLE_HEAD, expand=True)
    for head, ratio in (("stop", None), ("condition", 4), ("state", 3), ("what was read", 5)):
        table.add_column(head, ratio=ratio, overflow="fold")
    for stop in verdict.stops:
        style = "bold red" if stop.acts else {"holds": "green", "not in force": "dim"}.get(stop.state, "yellow")
        table.add_row(Text(stop.id), Text(stop.condition), Text(stop_state(stop), style=style), Text(stop_read(stop)))
    return table


def _line(verdict: Verdict) -> Text:
    return Text(verdict.headline, style="bold green" if verdict.result == "met" else "bold red")


def _left_to_do(verdict: Verdict) -> Iterator[RenderableType]:
    # that nothing was shown goes without saying where clauses that are not met are listed
    for problem in verdict.problems if not any(task.clause for task in verdict.to_do) else ():
        yield Text(f"{problem.message[:1].upper()}{problem.message[1:]}.", style="red")
    if not verdict.to_do:
        return
    yield Text("\nWhat is left to do", style="bold")
    before = ("", "")
    for number, task in enumerate(verdict.to_do, start=1):
        yield _task(number, task, repeats=(task.clause, task.title) == before)
        before = (task.clause, task.title)


def _task(number: int, task: Task, *, repeats: bool) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", min_width=3)
    grid.add_column(overflow="fold")
    title = "" if repeats else f"{task.clause} {task.title}".strip()
    rows: list[str | Text] = [Text(title, style="bold")] if title else []
    rows.append(task.what)
    rows += [Text.assemble(("needed  ", "dim"), task.threshold)] if task.threshold else []
    rows += [Text.assemble(("found   ", "dim"), task.value)] if task.value and task.value not in task.what else []
    owner = f"owner {owners_text(task.owners)}" if task.owners else ""
    place = [task.file, owner, f"by {task.by}" if task.by else ""]
    rows.append(Text("  |  ".join(filter(None, place)), style="dim"))
    for index, row in enumerate(rows):
        grid.add_row(Text(f"{number}." if index == 0 else "", style="dim"), Text(row) if isinstance(row, str) else row)
    return grid


def _expires(verdict: Verdict) -> Iterator[RenderableType]:
    if not verdict.expires:
        return
    yield Text(f"\nWhat expires next ({verdict.timezone})", style="bold")
    for expiry in verdict.expires[:_MAX_EXPIRIES]:
        clauses = f" ({', '.join(expiry.clauses)})" if expiry.clauses else ""
        when = _local(expiry.at, verdict.timezone)
        yield Padding(Text.assemble((f"{when}  ", "dim"), f"{expiry.what}{clauses}"), (0, 0, 0, 2))
    more = len(verdict.expires) - _MAX_EXPIRIES
    if more > 0:
        yield Padding(Text(f"and {more} more", style="dim"), (0, 0, 0, 2))


def _local(instant: str, timezone: str) -> str:
    """Return an instant in the policy's time zone, to the minute before it."""
    return f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _small_print(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.not_counted:
        yield Text("\nStatements that do not count", style="bold")
    for reason in verdict.not_counted:
        yield Padding(Text(f"{reason.place}: {reason.message}"), (0, 0, 0, 2))
    if verdict.claims:
        yield Text("\nClaimed by the project file", style="bold")
    for claim in verdict.claims:
        yield Padding(Text(claim_text(claim)), (0, 0, 0, 2))
    if verdict.loosened:
        yield Text("\nLooser than the pack", style="bold yellow")
    for item in verdict.loosened:
        yield Padding(Text(loosened_text(item)), (0, 0, 0, 2))
    claimed = sorted({use.name for clause in verdict.clauses for use in clause.evidence if use.subject_claimed})
    if claimed:
        names = ", ".join(claimed)
        yield Text(f"\nThese files do not say which system they are about; the project file does: {names}", style="dim")
    if len(verdict.gates) > 1:
        yield Text(f"\nGates: {', '.join(map(_gate, verdict.gates))}", style="dim")
    yield Text(f"Digest of this verdict: {verdict.digest}", style="dim")


def _gate(gate: GateSummary) -> str:
    return f"{gate.gate} {'met' if gate.is_met else 'not met'} ({gate.met} of {gate.clauses} clauses)"
