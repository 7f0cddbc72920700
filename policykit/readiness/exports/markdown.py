"""The verdict as Markdown, for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.readiness.exports._export import (
    Export,
    by_section,
    ended_texts,
    instants_text,
    need_text,
    outcome_text,
    owners_text,
    read_text,
    stop_read,
    stop_state,
    waiver_text,
)
from policykit.readiness.verdict import Verdict

_MAX_EXPIRIES = 5
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\|<>[]*_#"})


def render(verdict: Verdict) -> str:
    """Return the verdict with a table for each section, what is left to do, and what expires next."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"# {_cell(verdict.policy.title or verdict.policy.name)}"
    yield ""
    yield f"**{_cell(verdict.headline)}**"
    yield ""
    yield f"{instants_text(verdict)}, definition `{verdict.policy.digest}`, verdict `{verdict.digest}`."
    for ended in ended_texts(verdict):
        yield f"\n{_cell(ended)}."
    for problem in verdict.problems:
        yield f"\n{_cell(problem.message)}."
    for section, clauses in by_section(verdict):
        yield f"\n## {_cell(section.title or section.name)}\n"
        yield from _table(
            ("clause", "title", "outcome", "what was read"),
            [
                (c.id, c.title, outcome_text(c), "; ".join(filter(None, (read_text(c), waiver_text(c)))))
                for c in clauses
            ],
        )
    yield from _sign_offs(verdict)
    if verdict.stops:
        yield "\n## Stops\n"
        yield from _table(
            ("stop", "title", "state", "condition", "what was read"),
            [(stop.id, stop.title, stop_state(stop), stop.condition, stop_read(stop)) for stop in verdict.stops],
        )
    if verdict.to_do:
        yield "\n## What is left to do\n"
        yield from _table(
            ("clause", "what", "file", "value", "owner", "by"),
            [(t.clause or t.title, need_text(t), t.file, t.value, owners_text(t.owners), t.by) for t in verdict.to_do],
        )
    if verdict.expires:
        yield "\n## What expires next\n"
        yield from _table(
            ("when", "what", "clauses"),
            [(e.at, e.what, ", ".join(e.clauses)) for e in verdict.expires[:_MAX_EXPIRIES]],
        )
    if verdict.claims:
        yield "\n## Claimed by the project file\n"
        yield from _table(
            ("member", "says", "effect", "clauses"),
            [(c.member, c.says, c.effect, ", ".join(c.clauses)) for c in verdict.claims],
        )
    if verdict.loosened:
        yield "\n## Looser than the pack\n"
        yield from _table(("pack", "parameter"), [(item.pack, item.says) for item in verdict.loosened])
    if verdict.not_counted:
        yield "\n## Statements that do not count\n"
        yield from _table(("file", "why"), [(r.place, r.message) for r in verdict.not_counted])


def _sign_offs(verdict: Verdict) -> Iterator[str]:
    if not verdict.sign_offs:
        return
    yield "\n## Sign-offs\n"
    for sign_off in verdict.sign_offs:
        signed = ", ".join(f"{s.person} ({s.role}): {s.decision}" for s in sign_off.signatures) or "nobody"
        done = "complete" if sign_off.is_met else "; ".join(reason.message for reason in sign_off.reasons)
        needed = f"{sign_off.at_least} of {', '.join(sign_off.roles)}"
        yield f"- {_cell(needed)}: {_cell(done)}. Signed: {_cell(signed)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"


def _cell(text: str) -> str:
    """Return a text that Markdown shows as it stands; words in backticks stay code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return text.replace("`", "'").translate(_SPECIAL)
    return "`".join(
        part.replace("|", "\\|") if index % 2 else part.translate(_SPECIAL) for index, part in enumerate(parts)
    )


EXPORT = Export("markdown", "tables, for a pull request", render)
