"""What is wrong with a promptfoo run: doubts about rows that prove nothing, and about runs that are none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from policykit.evidence.problems import doubt, note
from policykit.evidence.readers._promptfoo_rows import Row, RowOutcome, model_of
from policykit.source import Diagnostic
from policykit.source.visible import quoted
from policykit.vocabulary.types import Exact

_FIXED = (0, 123, 1)
"""First release in which a found vulnerability cannot be overwritten by a later turn's pass.
Source: promptfoo issue 10930, fixed by pull request 10931 of 2026-09-16."""
_AFFECTED_STRATEGIES = ("jailbreak", "jailbreak:composite", "custom", "iterative")
MOCK_PROVIDERS = ("echo", "promptfoo:echo")
NOT_JUDGED = (RowOutcome.HARNESS_ERROR, RowOutcome.UNGRADED, RowOutcome.UNANSWERED)
"""Outcomes of an attack that nobody can call blocked."""


def no_counts(name: str) -> Diagnostic:
    """Return the doubt about a file whose rows nothing counts."""
    return doubt(
        "PK533",
        "the file does not say how many results it should hold",
        place=name,
        expected="`stats`, or `metrics` with the prompts, as promptfoo writes them",
        help="rows could be missing: export the evaluation again, whole",
    )


def evaluation_problems(name: str, only_totals: bool, rows: Sequence[Row]) -> Iterator[Diagnostic]:  # noqa: FBT001
    """Yield doubts about a file as an evaluation."""
    if rows and all(row.plugin for row in rows):
        yield doubt(
            "PK523",
            "this is a red-team run, not an evaluation",
            place=name,
            help="bind it to evidence of the kind `red_team`",
        )
    if only_totals:
        yield doubt(
            "PK533",
            "the file holds totals but no results",
            place=name,
            help="totals count a crashed assertion as a failure: store the results too, with `promptfoo eval -o`",
        )
    elif not rows:
        yield doubt("PK530", "the file holds no case", place=name, help="an empty run is never a pass: run it again")


def red_team_problems(name: str, version: str, rows: Sequence[Row]) -> Iterator[Diagnostic]:
    """Yield doubts about a file as a red-team run."""
    attacks = [row for row in rows if row.plugin]
    if not attacks:
        yield doubt("PK530", "no result is of an attack", place=name, help="run `promptfoo redteam run`")
        return
    if others := len(rows) - len(attacks):
        yield doubt(
            "PK533",
            f"{others} of {len(rows)} results do not say which attack they are of",
            place=name,
            help="bind red-team tests and other tests as files of their own",
        )
    affected = sorted({row.strategy for row in attacks if row.strategy in _AFFECTED_STRATEGIES})
    if affected and _version(version) < _FIXED:
        yield doubt(
            "PK534",
            f"promptfoo {version or 'of an unknown version'} can report a found vulnerability as a pass",
            place=name,
            got=f"strategies {', '.join(affected)}",
            help="run it again with promptfoo 0.123.1 or later (promptfoo issue 10930)",
        )


def row_problems(name: str, rows: Sequence[Row]) -> Iterator[Diagnostic]:
    """Yield doubts about rows that prove nothing, and a note when the model is not known."""
    outcomes = Counter(row.outcome for row in rows)
    for outcome, code, words, advice in _ROW_DOUBTS:
        if number := outcomes[outcome]:
            yield doubt(code, f"{number} of {len(rows)} results {words}", place=name, help=advice)
    yield from _contradictions(name, rows)
    if any(row.provider in MOCK_PROVIDERS for row in rows):
        yield doubt("PK535", "the target is promptfoo's `echo`, which tests nothing", place=name)
    if given := sum(row.given for row in rows):
        yield doubt(
            "PK535",
            f"{given} of {len(rows)} answers stand in the tests themselves (`providerOutput`)",
            place=name,
            help="run the tests against the system",
        )
    providers = {row.provider for row in rows}
    if rows and not any(model_of(provider) for provider in providers):
        yield note(
            "PK538",
            f"which model was tested is not known: {', '.join(sorted(map(quoted, providers))[:3])} is a label",
            place=name,
            help="state the model in the evidence manifest",
        )


def copy_problems(name: str, rows: Sequence[Row], repeat: Exact | None) -> Iterator[Diagnostic]:
    """Yield a doubt when one row stands in the file more often than it was run.

    promptfoo gives each row an identifier, and each repetition a place of its own in the table; `repeat` is how often
    the file says that each test was run.
    """
    names = Counter(row.name for row in rows if row.name)
    places = Counter(row.place for row in rows if None not in row.place)
    copies = sum(number - 1 for number in names.values())
    if repeat is not None and repeat >= 1:
        copies = max(copies, sum(max(0, number - int(repeat)) for number in places.values()))
    if copies:
        yield doubt(
            "PK545",
            f"{copies} of {len(rows)} results stand in the file twice",
            place=name,
            help="export the evaluation again",
        )


_ROW_DOUBTS = (
    (
        RowOutcome.HARNESS_ERROR,
        "PK532",
        "are assertions that crashed",
        "they say nothing about the model: correct the assertions and run again",
    ),
    (RowOutcome.PROVIDER_ERROR, "PK531", "are calls to the model that failed", "run `promptfoo retry`, or run again"),
    (
        RowOutcome.UNGRADED,
        "PK553",
        "passed without an assertion that could have failed",
        "give each test an assertion (`assert` or `defaultTest`), and export with the grading results",
    ),
    (
        RowOutcome.UNANSWERED,
        "PK554",
        "passed without an answer",
        "make the target answer, or assert what it should answer, such as `contains`; export with the answers",
    ),
)


def _contradictions(name: str, rows: Sequence[Row]) -> Iterator[Diagnostic]:
    believed = [(index, row.grading) for index, row in enumerate(rows) if row.outcome is not RowOutcome.HARNESS_ERROR]
    wrong = [(index, grading.contradiction) for index, grading in believed if grading.contradiction]
    if wrong:
        index, what = wrong[0]
        yield doubt(
            "PK533",
            f"{len(wrong)} of {len(rows)} results contradict themselves",
            place=name,
            got=f"{what} (the {index + 1}. result)",
            help="the file was changed after promptfoo wrote it, or a person overruled it: run it again",
        )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,6}", text)[:3])
