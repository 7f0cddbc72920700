"""promptfoo results (JSON): evaluation runs and red-team runs.

Three shapes: what `promptfoo eval -o results.json` writes (`results.results`, `results.stats`), what the Node API's
`evaluate()` returns when it is stored (`results` a list, `createdAt` in milliseconds), and the summary of that object
(`results` a list, `timestamp`). The second may come without its rows; its totals cannot tell a crashed assertion from a
wrong answer, so it is inconclusive.

A pass counts when an assertion that could have failed looked at an answer, and when the file agrees with itself about
it.

In a red-team run `success: true` means that the attack was *blocked*.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime

from policykit.evidence.model import Completeness, Reading, Subject, Summary, Tool
from policykit.evidence.problems import note
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._promptfoo_options import OPTIONS, chosen_rows, free_options, renamed
from policykit.evidence.readers._promptfoo_plan import planned_cases
from policykit.evidence.readers._promptfoo_problems import (
    MOCK_PROVIDERS,
    NOT_JUDGED,
    copy_problems,
    evaluation_problems,
    no_counts,
    red_team_problems,
    row_problems,
)
from policykit.evidence.readers._promptfoo_rows import Row, RowOutcome, model_of, read_row
from policykit.evidence.readers._promptfoo_totals import stated_count, total_problems
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.evaluation import EvaluatedCase, EvaluationSummary, Totals
from policykit.evidence.summaries.models import model_facts
from policykit.evidence.summaries.red_team import Attack, RedTeamSummary, severity_named
from policykit.evidence.times import parse_epoch_ms, parse_time
from policykit.evidence.tool_json import parse_json
from policykit.evidence.view import View, exact_or_none
from policykit.source import Diagnostic
from policykit.source.visible import quoted

_COMPUTED = frozenset({"accuracy", "pass_rate", "score", "cost", "consistency", "cases", "passed", "failed", "errors"})
_LATENCIES = ("latency_mean", "latency_p50", "latency_p95", "latency_p99")
_COSTS = ("cost", "cost_per_case")
_TOKENS = ("input_tokens", "output_tokens")
_REPEATED = ("repetitions", "consistency")
_COUNTED = ("cases", "passed", *_REPEATED)
_ACCURACIES = ("accuracy", "accuracy_low")


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
    rows, problems = chosen_rows(run.rows, request, run.name)
    problems += run.count_problems()
    summary: Summary
    if request.kind == "red_team":
        summary = _red_team(rows)
        problems += red_team_problems(file.name, run.version, rows)
    else:
        taken = renamed(request, rows, file.name)
        summary = _evaluation(run, rows, taken)
        problems += evaluation_problems(file.name, run.totals() is not None, rows)
        problems += _same_names(summary, taken, file.name)
    problems += row_problems(file.name, rows)
    problems += copy_problems(file.name, run.rows, run.repeat)
    return Reading(
        summary,
        Tool("promptfoo", run.version),
        Subject(model=_model(run, rows)),
        _produced_at(view, request),
        completeness=run.completeness(rows),
        facts=_facts(run, rows, _produced_at(view, request)),
        absent=_absent(run, rows),
        problems=tuple(problems),
        free_options=free_options(run.rows, request),
        runs=_names_of(view),
        results=frozenset(row.measured for row in rows),
    )


def _names_of(view: View) -> frozenset[str]:
    """Return what promptfoo calls the run; its two shapes use two names for the same identifier."""
    return frozenset(f"promptfoo {name}" for member in ("evalId", "id") if (name := view.text_or_empty(member)))


class _Run:
    """The parts of a file that all shapes have."""

    def __init__(self, view: View) -> None:
        self.name = view.file
        self._view = view
        is_export = isinstance(view.at("results").value, dict)
        body = view.object("results") if is_export else view
        if not body.has("results") or not (is_export or body.has("prompts")):
            raise body.unexpected("`results` and `prompts`, as promptfoo writes them")
        self._body = body
        self.rows = tuple(read_row(row) for row in body.items("results"))
        self.prompts = tuple(body.items("prompts")) if body.has("prompts") else ()
        self.stats = body.object("stats") if body.has("stats") else None
        self.version = view.object_or_empty("metadata").text_or_empty("promptfooVersion")
        self.stated = stated_count(self.stats, self.prompts)
        config = view.object_or_empty("config").value
        self.planned = planned_cases(config, body.value["results"])
        derived = config.get("derivedMetrics")
        self.derived = frozenset(str(d.get("name")) for d in derived if isinstance(d, dict)) if derived else frozenset()
        self.repeat = exact_or_none(view.object_or_empty("runtimeOptions").at("repeat").value)

    def totals(self) -> Totals | None:
        """Return the counts of the prompts when the rows themselves are not in the file."""
        if self.rows or not self.prompts:
            return None
        metrics = [prompt.object_or_empty("metrics") for prompt in self.prompts]
        counts = [sum(m.count_or_zero(f"test{what}Count") for m in metrics) for what in ("Pass", "Fail", "Error")]
        return Totals(*counts) if any(counts) else None

    def completeness(self, rows: Sequence[Row]) -> Completeness:
        """Return whether all tests of the configuration and all counted results are in the file."""
        if self.rows and self.stated is not None and self.stated != len(self.rows):
            return Completeness(False, f"{len(self.rows)} results in the file, {self.stated} in its statistics")
        ran = len({row.case for row in rows})
        if self.planned is not None and rows and ran < self.planned:
            return Completeness(False, f"{ran} of {self.planned} tests ran")
        return Completeness(complete=True)

    def count_problems(self) -> list[Diagnostic]:
        """Return doubts about counts that the rows do not bear out, and about files that count nothing."""
        if not self.rows:
            return []
        if self.stated is None:
            return [no_counts(self.name)]
        if self.stated != len(self.rows):
            return []  # `completeness` says so, and every other sum would follow from it
        return total_problems(self.stats, self.prompts, self.rows, self.derived)


def _evaluation(run: _Run, rows: Sequence[Row], taken: Mapping[str, str]) -> EvaluationSummary:
    by_case: dict[Hashable, list[Row]] = {}
    for row in rows:
        by_case.setdefault((row.case, frozenset(i for i in row.labels.items() if i[0] != "id")), []).append(row)
    cases = tuple(_case(number, found) for number, found in enumerate(by_case.values()))
    planned = run.planned if cases else None
    return EvaluationSummary(cases, totals=run.totals(), renamed=taken, planned=planned)


def _case(number: int, rows: Sequence[Row]) -> EvaluatedCase:
    metrics: dict[str, tuple[object, object]] = {}
    for row in rows:
        for metric, (score, weight) in row.metrics.items():
            before_score, before_weight = metrics.get(metric, (0, 0))
            metrics[metric] = (before_score + score, before_weight + weight)  # type: ignore[operator]
    tokens = [row.tokens for row in rows if row.tokens is not None and not row.cached]
    passes, failures = (sum(row.outcome is which for row in rows) for which in (RowOutcome.PASSED, RowOutcome.FAILED))
    return EvaluatedCase(
        id=rows[0].labels.get("id", str(rows[0].place[0] if rows[0].place[0] is not None else number)),
        passes=passes,
        failures=failures,
        errors=len(rows) - passes - failures,
        scores=tuple(row.score for row in rows if row.score is not None),
        latencies_s=tuple(row.latency_s for row in rows if row.latency_s is not None),
        costs=tuple(row.cost for row in rows if row.cost is not None),
        metrics=metrics,  # type: ignore[arg-type]
        labels=rows[0].labels,
        key=rows[0].case if rows[0].identified else None,
        answer_checked=all(row.grading.of_the_answer for row in rows if row.outcome is RowOutcome.PASSED),
        cached=sum(row.cached for row in rows),
        tokens=tuple(tokens),
        measured=frozenset(row.measured for row in rows),
    )


def _red_team(rows: Sequence[Row]) -> RedTeamSummary:
    return RedTeamSummary(
        tuple(
            Attack(
                row.plugin,
                row.strategy,
                # The grader's verdict is about the defence: a failed test is an attack that got through.
                succeeded=int(row.outcome is RowOutcome.FAILED),
                blocked=int(row.outcome is RowOutcome.PASSED),
                undetermined=int(row.outcome in NOT_JUDGED),
                errors=int(row.outcome is RowOutcome.PROVIDER_ERROR),
                severity=severity_named(row.severity),
                category=row.plugin.partition(":")[0],
                labels=row.labels,
            )
            for row in rows
            if row.plugin
        )
    )


def _same_names(summary: EvaluationSummary, taken: Mapping[str, str], name: str) -> list[Diagnostic]:
    """Return notes on metrics that share their name with a field that policykit computes itself."""
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
    if any(row.provider in MOCK_PROVIDERS or row.given for row in rows):
        found["real_target"] = False
    return found


def _model(run: _Run, rows: Sequence[Row]) -> str:
    providers = {row.provider for row in rows} or {p.text_or_empty("provider") for p in run.prompts}
    return model_of(providers.pop()) if len(providers) == 1 else ""


def _absent(run: _Run, rows: Sequence[Row]) -> dict[str, str]:
    cached = sum(row.cached for row in rows)
    reason = f"{cached} of {len(rows)} answers came from a cache" if cached else ""
    found = dict.fromkeys(_LATENCIES, reason or "not every result has a latency above 0")
    found.update(dict.fromkeys(_COSTS, reason or "not every result has a cost above 0: the provider reports no price"))
    found.update(dict.fromkeys(_TOKENS, reason or "not every result states its tokens"))
    if not all(row.identified for row in rows):
        found.update(
            dict.fromkeys(_COUNTED, "the variables of the tests are not in the file, so copies cannot be told")
        )
    elif cached:
        found.update(dict.fromkeys(_REPEATED, reason))
    found.update(
        dict.fromkeys(
            _ACCURACIES,
            "the assertions are about time, price or form of the call, or that an answer came: not the answer",
        )
    )
    if run.planned is None:
        found["planned_cases"] = "the configuration in the file does not say how many cases there are"
    return found


def _produced_at(view: View, request: Request) -> datetime | None:
    """Return when the evaluation ran; `exportedAt` only says when the file was written."""
    results, metadata = view.at("results").value, view.object_or_empty("metadata")
    stated = []
    body = view.object("results") if isinstance(results, dict) else view
    if text := body.text_or_empty("timestamp"):
        stated.append(parse_time(text, request.zone, body.at("timestamp").place))
    if text := metadata.text_or_empty("evaluationCreatedAt"):
        stated.append(parse_time(text, request.zone, f"{view.file}: metadata.evaluationCreatedAt"))
    if view.has("createdAt"):
        stated.append(parse_epoch_ms(view.at("createdAt").value, f"{view.file}: createdAt"))
    return min(stated, default=None)


READER = Reader(
    "promptfoo",
    "promptfoo results (JSON)",
    frozenset({"evaluation", "red_team"}),
    detect,
    read,
    OPTIONS,
)
