"""promptfoo results (JSON): evaluation runs and red-team runs.

Two shapes: what `promptfoo eval -o results.json` writes (`results.results`, `results.stats`), and what the Node API's
`evaluate()` returns when it is stored (`results` a list, `createdAt` in milliseconds). The second may come without its
rows; its totals cannot tell a crashed assertion from a wrong answer, so it is inconclusive.

In a red-team run `success: true` means that the attack was *blocked*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from policykit.evidence.model import Completeness, Reading, Subject, Summary, Tool
from policykit.evidence.problems import doubt, note, quoted
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._promptfoo_options import OPTIONS, chosen_rows, free_options, renamed
from policykit.evidence.readers._promptfoo_rows import Outcome, Row, model_of, read_row
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.evaluation import Case, EvaluationSummary, Totals
from policykit.evidence.summaries.models import model_facts
from policykit.evidence.summaries.red_team import Attack, RedTeamSummary, severity_named
from policykit.evidence.times import parse_epoch_ms, parse_time
from policykit.evidence.tool_json import parse_json
from policykit.evidence.view import View
from policykit.source import Diagnostic

_FIXED = (0, 123, 1)
"""First release in which a found vulnerability cannot be overwritten by a later turn's pass.
Source: promptfoo issue 10930, fixed by pull request 10931 of 2026-09-16."""
_AFFECTED_STRATEGIES = ("jailbreak", "jailbreak:composite", "custom", "iterative")
_COMPUTED = frozenset({"accuracy", "pass_rate", "score", "cost", "consistency", "cases", "passed", "failed", "errors"})
_LATENCIES = ("latency_mean", "latency_p50", "latency_p95", "latency_p99")
_MOCK_PROVIDERS = ("echo", "promptfoo:echo")


def detect(head: bytes, name: str) -> float:
    """Return how sure this is a promptfoo results file."""
    if b'"promptfooVersion"' in head or (b'"testPassCount"' in head and b'"prompts"' in head):
        return 1.0
    if b'"evalId"' in head and b'"prompts"' in head:
        return 0.9
    return 0.6 if b'"prompts"' in head and b'"results"' in head and name.endswith(".json") else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a results file shows."""
    view = View(parse_json(file.whole(), file.name), file.name)
    run = _Run(view)
    rows, chosen = chosen_rows(run.rows, request, run.name)
    problems = [*run.notes, *chosen]
    summary: Summary
    if request.kind == "red_team":
        summary = _red_team(rows)
        problems += _red_team_problems(run, rows)
    else:
        taken = renamed(request, rows, file.name)
        summary = _evaluation(run, rows, taken)
        problems += [*_evaluation_problems(run, rows), *_same_names(summary, taken, file.name)]
    problems += _row_problems(file.name, rows)
    return Reading(
        summary,
        Tool("promptfoo", run.version),
        Subject(model=_model(run, rows)),
        _produced_at(view, request),
        completeness=run.completeness(),
        facts=_facts(run, rows, _produced_at(view, request)),
        absent=_absent(rows),
        problems=tuple(problems),
        free_options=free_options(run.rows, request),
        runs=_names_of(view),
        results=frozenset(row.measured for row in rows),
    )


def _names_of(view: View) -> frozenset[str]:
    """Return what promptfoo calls the run; its two shapes use two names for the same identifier."""
    return frozenset(f"promptfoo {name}" for member in ("evalId", "id") if (name := view.text_or_empty(member)))


class _Run:
    """The parts of a file that both shapes have."""

    def __init__(self, view: View) -> None:
        self.name = view.file
        self._view = view
        self.is_eval_file = isinstance(view.at("results").value, dict)
        body = view.object("results") if self.is_eval_file else view
        if not body.has("results") or not (self.is_eval_file or body.has("prompts")):
            raise body.unexpected("`results` and `prompts`, as promptfoo writes them")
        self._body = body
        self.rows = tuple(read_row(row) for row in body.items("results"))
        self.prompts = tuple(body.items("prompts")) if body.has("prompts") else ()
        self.stats = body.object("stats") if self.is_eval_file and body.has("stats") else None
        self.version = view.object_or_empty("metadata").text_or_empty("promptfooVersion")
        self.notes: list[Diagnostic] = []

    def totals(self) -> Totals | None:
        """Return the counts of the prompts when the rows themselves are not in the file."""
        if self.rows or not self.prompts:
            return None
        metrics = [prompt.object_or_empty("metrics") for prompt in self.prompts]
        counts = [sum(m.count_or_zero(f"test{what}Count") for m in metrics) for what in ("Pass", "Fail", "Error")]
        return Totals(*counts) if any(counts) else None

    def completeness(self) -> Completeness:
        """Return whether all tests of the configuration and all counted results are in the file."""
        if self.stats is not None:
            stated = sum(self.stats.count_or_zero(name) for name in ("successes", "failures", "errors"))
            if stated != len(self.rows):
                return Completeness(False, f"{len(self.rows)} results in the file, {stated} in its statistics")
        ran = len({row.case for row in self.rows})
        if self.planned is not None and self.rows and ran < self.planned:
            return Completeness(False, f"{ran} of {self.planned} tests ran")
        return Completeness(complete=True)

    @property
    def planned(self) -> int | None:
        """Return the number of tests in the configuration, None where it names a file or a generator."""
        tests = self._view.object_or_empty("config").at("tests").value
        written_out = isinstance(tests, list) and tests and all(isinstance(test, dict) for test in tests)
        return len(tests) if written_out else None


def _evaluation(run: _Run, rows: Sequence[Row], taken: Mapping[str, str]) -> EvaluationSummary:
    by_case: dict[str, list[Row]] = {}
    for row in rows:
        by_case.setdefault(row.case, []).append(row)
    cases = tuple(_case(name, found) for name, found in by_case.items())
    return EvaluationSummary(cases, totals=run.totals(), renamed=taken)


def _case(name: str, rows: Sequence[Row]) -> Case:
    metrics: dict[str, tuple[object, object]] = {}
    for row in rows:
        for metric, (score, weight) in row.metrics.items():
            before_score, before_weight = metrics.get(metric, (0, 0))
            metrics[metric] = (before_score + score, before_weight + weight)  # type: ignore[operator]
    return Case(
        id=rows[0].labels.get("id", name),
        passes=sum(row.outcome is Outcome.PASSED for row in rows),
        failures=sum(row.outcome is Outcome.FAILED for row in rows),
        errors=sum(row.outcome in (Outcome.PROVIDER_ERROR, Outcome.HARNESS_ERROR) for row in rows),
        scores=tuple(row.score for row in rows if row.score is not None),
        latencies_s=tuple(row.latency_s for row in rows if row.latency_s is not None),
        costs=tuple(row.cost for row in rows if row.cost is not None),
        metrics=metrics,  # type: ignore[arg-type]
        labels=rows[0].labels,
    )


def _red_team(rows: Sequence[Row]) -> RedTeamSummary:
    return RedTeamSummary(
        tuple(
            Attack(
                row.plugin,
                row.strategy,
                # The grader's verdict is about the defence: a failed test is an attack that got through.
                succeeded=int(row.outcome is Outcome.FAILED),
                blocked=int(row.outcome is Outcome.PASSED),
                undetermined=int(row.outcome is Outcome.HARNESS_ERROR),
                errors=int(row.outcome is Outcome.PROVIDER_ERROR),
                severity=severity_named(row.severity),
                category=row.plugin.partition(":")[0],
                labels=row.labels,
            )
            for row in rows
            if row.plugin
        )
    )


def _evaluation_problems(run: _Run, rows: Sequence[Row]) -> list[Diagnostic]:
    found = []
    if rows and all(row.plugin for row in rows):
        found.append(
            doubt(
                "PK523",
                "this is a red-team run, not an evaluation",
                place=run.name,
                help="bind it to evidence of the kind `red_team`",
            )
        )
    totals = run.totals()
    if totals is not None:
        found.append(
            doubt(
                "PK533",
                "the file holds totals but no results",
                place=run.name,
                help="totals count a crashed assertion as a failure: store the results too, with `promptfoo eval -o`",
            )
        )
    elif not rows:
        found.append(_no_cases(run.name))
    return found


def _red_team_problems(run: _Run, rows: Sequence[Row]) -> list[Diagnostic]:
    attacks = [row for row in rows if row.plugin]
    if not attacks:
        return [doubt("PK530", "no result is of an attack", place=run.name, help="run `promptfoo redteam run`")]
    affected = sorted({row.strategy for row in attacks if row.strategy in _AFFECTED_STRATEGIES})
    if affected and _version(run.version) < _FIXED:
        return [
            doubt(
                "PK534",
                f"promptfoo {run.version or 'of an unknown version'} can report a found vulnerability as a pass",
                place=run.name,
                got=f"strategies {', '.join(affected)}",
                help="run it again with promptfoo 0.123.1 or later (promptfoo issue 10930)",
            )
        ]
    return []


def _row_problems(name: str, rows: Sequence[Row]) -> list[Diagnostic]:
    outcomes = Counter(row.outcome for row in rows)
    found = []
    if crashed := outcomes[Outcome.HARNESS_ERROR]:
        found.append(
            doubt(
                "PK532",
                f"{crashed} of {len(rows)} results are assertions that crashed",
                place=name,
                help="they say nothing about the model: correct the assertions and run again",
            )
        )
    if failed := outcomes[Outcome.PROVIDER_ERROR]:
        found.append(
            doubt(
                "PK531",
                f"{failed} of {len(rows)} calls to the model failed",
                place=name,
                help="run `promptfoo retry`, or run again",
            )
        )
    if any(row.provider in _MOCK_PROVIDERS for row in rows):
        found.append(doubt("PK535", "the target is promptfoo's `echo`, which tests nothing", place=name))
    providers = {row.provider for row in rows}
    if rows and not any(model_of(provider) for provider in providers):
        found.append(
            note(
                "PK538",
                f"which model was tested is not known: {', '.join(sorted(map(quoted, providers))[:3])} is a label",
                place=name,
                help="state the model in the evidence manifest",
            )
        )
    return found


def _same_names(summary: EvaluationSummary, taken: Mapping[str, str], name: str) -> list[Diagnostic]:
    """Return notes on metrics that share their name with a field that policykit computes itself."""
    if not any(_COMPUTED & case.metrics.keys() for case in summary.cases):
        return []  # the usual run; to count everything once more takes as long as reading it
    if not any(_COMPUTED & case.metrics.keys() for case in summary.cases):
        return []  # the usual run; to count everything once more takes as long as reading it
    computed = summary.fields().keys() & _COMPUTED
    metrics = {str(metric["name"]) for metric in summary.elements()["metric"]}
    return [
        note(
            "PK525",
            f"the run has a metric of its own called {quoted(metric)}; the field `{metric}` is computed from the cases",
            place=name,
            help="to ask for the tool's metric, declare a field of its own in the policy; a count is never replaced",
        )
        for metric in sorted(metrics & computed - taken.keys())
    ]


def _facts(run: _Run, rows: Sequence[Row], started_at: datetime | None) -> dict[str, object]:
    found: dict[str, object] = {}
    prompts = {row.prompt for row in rows}
    if len(prompts) == 1 and (prompt := prompts.pop()):
        found["prompt_version"] = prompt
    if model := _model(run, rows):
        found.update(model_facts(model))
    if started_at is not None:
        found["started_at"] = started_at
    if run.planned is not None:
        found["planned_cases"] = run.planned
    if rows and not any(row.cached for row in rows):
        found["input_tokens"] = sum(row.input_tokens for row in rows)
        found["output_tokens"] = sum(row.output_tokens for row in rows)
    if any(row.provider in _MOCK_PROVIDERS for row in rows):
        found["real_target"] = False
    return found


def _no_cases(name: str) -> Diagnostic:
    return doubt("PK530", "the file holds no case", place=name, help="an empty run is never a pass: run it again")


def _model(run: _Run, rows: Sequence[Row]) -> str:
    providers = {row.provider for row in rows} or {p.text_or_empty("provider") for p in run.prompts}
    return model_of(providers.pop()) if len(providers) == 1 else ""


def _absent(rows: Sequence[Row]) -> dict[str, str]:
    cached = sum(row.cached for row in rows)
    reason = f"{cached} of {len(rows)} answers came from a cache" if cached else ""
    found = {}
    if any(row.cost is None for row in rows):
        why = reason or "not every result has a cost above 0: the provider reports no price"
        found.update(dict.fromkeys(("cost", "cost_per_case"), why))
    if any(row.latency_s is None for row in rows):
        found.update(dict.fromkeys(_LATENCIES, reason or "not every result has a latency"))
    return found


def _produced_at(view: View, request: Request) -> datetime | None:
    """Return when the evaluation ran; `exportedAt` only says when the file was written."""
    results, metadata = view.at("results").value, view.object_or_empty("metadata")
    stated = []
    if isinstance(results, dict) and (text := view.object("results").text_or_empty("timestamp")):
        stated.append(parse_time(text, request.zone, f"{view.file}: results.timestamp"))
    if text := metadata.text_or_empty("evaluationCreatedAt"):
        stated.append(parse_time(text, request.zone, f"{view.file}: metadata.evaluationCreatedAt"))
    if view.has("createdAt"):
        stated.append(parse_epoch_ms(view.at("createdAt").value, f"{view.file}: createdAt"))
    return min(stated, default=None)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,6}", text)[:3])


READER = Reader(
    "promptfoo",
    "promptfoo results (JSON)",
    frozenset({"evaluation", "red_team"}),
    detect,
    read,
    OPTIONS,
)
