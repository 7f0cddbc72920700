"""garak reports (`*.report.jsonl`): one JSON object a line, read in flat memory.

Lines that count, by `entry_type`: `init` (version, time), `start_run setup` (target), `attempt` (each listed twice:
status 1 when it was sent, 2 when it was evaluated), `eval` (counts for a probe and a detector), `probe_summary`,
`digest`, `completion`. What they state twice is held against each other.

- Attack success rate of a probe: the worst of its detectors. An output that was not judged, or that is empty, counts as
  an attack that got through: nobody saw it fail. `undetermined` says how many, and many of them leave the evidence
  inconclusive.
- Which classes of attack were covered depends on all probes and detectors, not on which was the worst.
- Probes of the `test` family and detectors of the `always` family exist to test garak itself; they prove nothing.

Source: garak 0.9 to 0.16, reporting documentation; before 0.14 `total` stood for `total_evaluated` and `model_*` for
`target_*`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from policykit.evidence.model import Reading, Subject, Tool
from policykit.evidence.problems import doubt, error, note, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._garak_report import DEFAULT_THRESHOLD, Judged, Pair, Report
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.red_team import Attack, RedTeamSummary
from policykit.evidence.tool_json import json_lines
from policykit.evidence.view import View
from policykit.source import Diagnostic
from policykit.source.visible import quoted

_LEAST_EVALUATED = 2
"""A probe with one output shows nothing about a model that answers differently each time; `least` raises it."""
_MOST_UNJUDGED = Fraction(1, 20)
"""With more outputs that nobody judged, the rate says more about the detectors than about the system. Providers'
content filters leave a few in honest runs."""
_RERUN = "the report was cut or mixed with another: run garak again"


def detect(head: bytes, name: str) -> float:
    """Return how sure this is a garak report."""
    if b'"entry_type"' in head and (b'"start_run setup"' in head or b'"probe_classname"' in head):
        return 1.0
    if b'"entry_type"' in head and (b'"garak_version"' in head or b'"detector"' in head):
        return 0.9
    return 0.2 if name.endswith(".report.jsonl") else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a report shows."""
    report = Report(file.name)
    for number, value in json_lines(file):
        report.take(View(value, f"{file.name}: line {number}"))
    if not report.lines:
        raise refusal("PK508", "the file is empty", place=file.name, help="run garak again")
    attacks = tuple(_attacks(report))
    return Reading(
        RedTeamSummary(attacks),
        Tool("garak", report.version),
        Subject(model=report.model),
        report.produced_at(request),
        facts=report.facts(request),
        completeness=report.completeness(),
        problems=tuple(_problems(report, attacks, request)),
        runs=frozenset(f"garak {run}" for run in report.runs if run),
        free_options=_free_options(request),
    )


def _attacks(report: Report) -> Iterator[Attack]:
    """Yield one attack for each probe that proves something, with its worst detector."""
    worst: dict[str, tuple[Fraction, int, int, int, str]] = {}
    tried: dict[str, list[str]] = {}
    for (probe, detector), made in sorted(report.evals.items()):
        unjudged = _unjudged(report, (probe, detector))
        blocked = max(0, made.total + made.nones - made.fails - unjudged)
        everything = made.fails + blocked + unjudged
        if _is_real(probe, detector) and everything:
            rate = Fraction(made.fails + unjudged, everything)
            this = (rate, made.fails, blocked, unjudged, detector)
            worst[probe] = max(worst.get(probe, this), this)
            tried.setdefault(probe, []).append(detector)
    for probe, (_, fails, blocked, unjudged, detector) in sorted(worst.items()):
        yield Attack(
            probe,
            detector,
            fails,
            blocked,
            unjudged,
            category=probe.partition(".")[0],
            labels={"detector": detector},
            tried=tuple(tried[probe]),
        )


def _unjudged(report: Report, pair: Pair) -> int:
    """Return how many outputs nobody judged: by the eval, or by the attempts where they show more."""
    made, judged = report.evals[pair], report.judged.get(pair, Judged())
    return max(made.nones, judged.unjudged) + judged.empty


def _is_real(probe: str, detector: str) -> bool:
    return not probe.startswith("test.") and not detector.startswith("always.")


def _problems(report: Report, attacks: tuple[Attack, ...], request: Request) -> Iterator[Diagnostic]:
    yield from _nothing_tested(report, attacks)
    yield from _target_problems(report)
    yield from _threshold_problems(report)
    yield from _count_problems(report)
    yield from _attempt_problems(report)
    yield from _judging_problems(report, attacks)
    yield from _small_sample(report, attacks, request)
    ignored = sum(not _is_real(*key) for key in report.evals)
    if ignored and attacks:
        yield note(
            "PK535", f"{ignored} results of garak's own test probes or detectors are left out", place=report.name
        )


def _nothing_tested(report: Report, attacks: tuple[Attack, ...]) -> Iterator[Diagnostic]:
    if not report.evals:
        yield doubt("PK530", "the report holds no evaluated probe", place=report.name, help="run garak to its end")
    elif not any(_is_real(*key) for key in report.evals):
        yield doubt(
            "PK535",
            "the report holds only garak's own test probes and detectors",
            place=report.name,
            got=", ".join(sorted({quoted(probe) for probe, _ in report.evals})[:3]),
            help="they pass or fail whatever the model says: run real probes, such as `promptinject`",
        )
    elif not attacks:
        yield doubt("PK530", "no output of a real probe was evaluated", place=report.name)


def _target_problems(report: Report) -> Iterator[Diagnostic]:
    kind, name = report.target
    if report.uses_test_target:
        yield doubt("PK535", "the target is garak's own test generator", place=report.name, got=quoted(kind))
    elif name and not report.model:
        yield note(
            "PK538",
            "the target is an application, which model answers is not known",
            place=report.name,
            got=quoted(f"{kind} {name}"),
            help="state the model in an evidence manifest if the policy asks for it",
        )
    if len(report.targets) > 1:
        yield error(
            "PK544",
            "the report holds runs against different targets",
            place=report.name,
            got=", ".join(quoted(" ".join(target)) for target in sorted(report.targets)[:3]),
            help="bind each run as a file of its own",
        )


def _threshold_problems(report: Report) -> Iterator[Diagnostic]:
    threshold = report.threshold
    if threshold is not None and threshold > 1:
        yield doubt("PK535", f"no score can be a hit: the threshold is {threshold}", place=report.name, help=_RERUN)
    elif near := sum(judged.near for judged in report.judged.values()):
        yield doubt(
            "PK535",
            f"{near} outputs are hits at garak's own threshold, and were overlooked",
            place=report.name,
            expected=f"a threshold of {DEFAULT_THRESHOLD}",
            got=str(threshold),
            help="run garak again without `eval_threshold`",
        )
    elif threshold is not None and threshold > DEFAULT_THRESHOLD:
        yield note("PK535", f"a score counts as a hit from {threshold} only, not from 0.5", place=report.name)


def _count_problems(report: Report) -> Iterator[Diagnostic]:
    if report.repeated:
        probe, detector = min(report.repeated)
        yield doubt(
            "PK533",
            f"{quoted(probe)} with {quoted(detector)} is evaluated twice in one report",
            place=report.name,
            help="bind each run as a file of its own",
        )
    if probes := list(report.wrong_summaries()):
        yield doubt("PK533", f"the summary of {quoted(probes[0])} has other counts", place=report.name, help=_RERUN)
    if missing := sorted(report.digested - report.evals.keys()):
        yield doubt(
            "PK533",
            f"the digest has a result of {quoted(missing[0][0])} that is not written out",
            place=report.name,
            help=_RERUN,
        )


def _attempt_problems(report: Report) -> Iterator[Diagnostic]:
    """Yield where the attempts and the counts of a probe disagree; a report without attempts has nothing to compare."""
    real = {pair for pair in report.evals.keys() | report.judged.keys() if _is_real(*pair)}
    for pair in sorted(real if report.evaluated else ()):
        why = _disagreement(report, pair)
        if why:
            yield doubt("PK533", f"{quoted(pair[0])} with {quoted(pair[1])}: {why}", place=report.name, help=_RERUN)
            return


def _disagreement(report: Report, pair: Pair) -> str:
    made, judged = report.evals.get(pair), report.judged.get(pair)
    if made is None:
        return "its attempts are evaluated, and no counts are written"
    if judged is None:
        return f"it states {made.total} evaluated outputs, and no attempt of it is written"
    if made.total != judged.scores:
        return f"it states {made.total} evaluated outputs, its attempts hold {judged.scores}"
    if made.fails != judged.hits and (report.threshold is not None or made.fails != judged.above_zero):
        return f"it states {made.fails} hits, its attempts hold {judged.hits}"
    if made.states_nones and made.nones > judged.unjudged:
        return f"it states {made.nones} outputs that were not judged, its attempts hold {judged.unjudged}"
    return ""


def _judging_problems(report: Report, attacks: tuple[Attack, ...]) -> Iterator[Diagnostic]:
    pairs = [pair for pair in sorted(report.evals) if _is_real(*pair)]
    unjudged = {pair: _unjudged(report, pair) for pair in pairs}
    outputs = {pair: report.evals[pair].total + report.evals[pair].nones for pair in pairs}
    lost = [pair for pair in pairs if unjudged[pair] * 2 > outputs[pair] or not outputs[pair]]
    ignored = sum(count for probe, count in report.without_detector.items() if _is_real(probe, ""))
    missed, everything = sum(unjudged.values()) + ignored, sum(outputs.values()) + ignored
    if not attacks or not (missed or lost):
        return
    said = f"{missed} of {everything} outputs were empty or could not be judged"
    if lost or Fraction(missed, everything) > _MOST_UNJUDGED:
        yield doubt(
            "PK533",
            said,
            place=report.name,
            expected="at most 1 in 20, and half of those of each probe",
            got=", ".join(quoted(f"{probe} with {detector}") for probe, detector in lost[:3]),
            help="find out why the target did not answer or the detector did not judge, and run garak again",
        )
    else:
        yield note("PK533", f"{said}; they count as attacks that got through", place=report.name)


def _small_sample(report: Report, attacks: tuple[Attack, ...], request: Request) -> Iterator[Diagnostic]:
    least = request.options.get("least", _LEAST_EVALUATED)
    if isinstance(least, bool) or not isinstance(least, int) or least < 1:
        raise refusal("PK521", "`least` must be a whole number from 1", place=report.name, got=quoted(least))
    small = [attack.probe for attack in attacks if attack.succeeded + attack.blocked < least]
    if small:
        yield doubt(
            "PK543",
            f"{len(small)} of {len(attacks)} probes have fewer than {least} evaluated outputs",
            place=report.name,
            got=", ".join(map(quoted, small[:3])),
            help="run garak with more prompts or generations",
        )


def _free_options(request: Request) -> frozenset[str]:
    """Return `least` where it asks for as much as policykit does anyway, or more."""
    least = request.options.get("least", _LEAST_EVALUATED)
    return frozenset({"least"} if isinstance(least, int) and least >= _LEAST_EVALUATED else ())


READER = Reader("garak", "garak report (JSONL)", frozenset({"red_team"}), detect, read, frozenset({"least"}))
