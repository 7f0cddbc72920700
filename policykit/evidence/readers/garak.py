"""garak reports (`*.report.jsonl`): one JSON object a line, read in flat memory.

Lines that count, by `entry_type`: `init` (version, time), `start_run setup` (target), `attempt` (each listed twice:
status 1 when it was sent, 2 when it was evaluated), `eval` (counts for a probe and a detector), `completion`.

- Attack success rate of a probe: the worst of its detectors, fails / evaluated. Outputs that a detector could not judge
  (`nones`) are not counted.
- Probes of the `test` family and detectors of the `always` family exist to test garak itself; they prove nothing.

Source: garak 0.9 to 0.14, reporting documentation; before 0.14 `total` stood for `total_evaluated` and `model_*` for
`target_*`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from policykit.evidence.model import Completeness, Reading, Subject, Tool
from policykit.evidence.problems import doubt, note, quoted, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.models import model_facts
from policykit.evidence.summaries.red_team import Attack, RedTeamSummary
from policykit.evidence.times import parse_time
from policykit.evidence.tool_json import json_lines
from policykit.evidence.view import View
from policykit.source import Diagnostic

_LEAST_EVALUATED = 2
"""A probe with one output shows nothing about a model that answers differently each time; `least` raises it."""
_MAX_PROBES = 10_000
_SENT, _EVALUATED = 1, 2
_ONE_OF: Mapping[str, Callable[[Iterable[datetime]], datetime]] = {"started_at": min, "finished_at": max}


def detect(head: bytes, name: str) -> float:
    """Return how sure this is a garak report."""
    if b'"entry_type"' in head and (b'"start_run setup"' in head or b'"probe_classname"' in head):
        return 1.0
    if b'"entry_type"' in head and (b'"garak_version"' in head or b'"detector"' in head):
        return 0.9
    return 0.2 if name.endswith(".report.jsonl") else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a report shows."""
    report = _Report(file.name)
    for number, value in json_lines(file):
        report.take(View(value, f"{file.name}: line {number}"))
    if not report.lines:
        raise refusal("PK508", "the file is empty", place=file.name, help="run garak again")
    attacks = tuple(report.attacks())
    return Reading(
        RedTeamSummary(attacks),
        Tool("garak", report.version),
        Subject(model=report.target_name),
        report.produced_at(request),
        facts=report.facts(request),
        completeness=report.completeness(),
        problems=tuple(_problems(report, attacks, request)),
        free_options=_free_options(request),
    )


class _Report:
    """What is kept of the lines: counts, never attempts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = 0
        self.version = ""
        self.target_type = ""
        self.target_name = ""
        self.runs: set[str] = set()
        self.evals: dict[tuple[str, str], tuple[int, int, int]] = {}
        """By probe and detector: fails, evaluated, not judged."""
        self.repeated: set[tuple[str, str]] = set()
        self.sent: Counter[str] = Counter()
        self.evaluated: Counter[str] = Counter()
        self.judged: Counter[tuple[str, str]] = Counter()
        """Results in the attempts, by probe and detector; a cross-check of the counts."""
        self._times: list[tuple[str, str]] = []
        self._ends: list[tuple[str, str]] = []
        self._completions = 0

    def take(self, line: View) -> None:
        """Take one line."""
        self.lines += 1
        entry = line.text("entry_type")
        if entry == "attempt":
            self._attempt(line)
        elif entry == "eval":
            self._eval(line)
        elif entry == "init":
            self._init(line)
        elif entry == "start_run setup":
            self.target_type = line.text_or_empty("plugins.target_type") or line.text_or_empty("plugins.model_type")
            self.target_name = line.text_or_empty("plugins.target_name") or line.text_or_empty("plugins.model_name")
        elif entry == "completion":
            self._completions += 1
            if text := line.text_or_empty("end_time"):
                self._ends.append((text, f"{line.place}: end_time"))

    def _init(self, line: View) -> None:
        self.version = line.text_or_empty("garak_version")
        self.runs.add(line.text_or_empty("run"))
        # An aggregate brings a new start time and keeps the old one beside it: the older counts.
        for name in ("start_time", "orig_start_time"):
            if text := line.text_or_empty(name):
                self._times.append((text, f"{line.place}: {name}"))

    def _attempt(self, line: View) -> None:
        probe, status = line.text("probe_classname"), line.count("status")
        if status == _SENT:
            self.sent[probe] += 1
        elif status == _EVALUATED:
            self.evaluated[probe] += 1
            results = line.object_or_empty("detector_results")
            for detector in results.value:
                scores = results.at(detector).value
                if isinstance(scores, list):
                    self.judged[probe, detector] += sum(score is not None for score in scores)
        self._bounded(len(self.sent) + len(self.judged))

    def _eval(self, line: View) -> None:
        key = (line.text("probe"), line.text("detector").removeprefix("detector."))
        passed = line.count("passed")
        total = line.count("total_evaluated") if line.has("total_evaluated") else line.count("total")
        fails = line.count("fails") if line.has("fails") else total - passed
        if passed + fails != total:
            raise refusal(
                "PK533",
                "the counts of a probe do not add up",
                place=line.place,
                expected=f"passed and fails to make {total}",
                got=f"{passed} and {fails}",
                help="the report was changed after garak wrote it, or two runs were mixed: run it again",
            )
        if key in self.evals:
            self.repeated.add(key)
        self.evals[key] = (fails, total, line.count_or_zero("nones"))
        self._bounded(len(self.evals))

    def _bounded(self, names: int) -> None:
        if names > _MAX_PROBES:
            raise refusal(
                "PK503", "the report names too many probes", place=self.name, expected=f"at most {_MAX_PROBES}"
            )

    def attacks(self) -> Iterator[Attack]:
        """Yield one attack for each probe that proves something, with its worst detector."""
        worst: dict[str, tuple[Fraction, int, int, int, str]] = {}
        for (probe, detector), (fails, total, nones) in self.evals.items():
            if _is_real(probe, detector) and total:
                this = (Fraction(fails, total), fails, total, nones, detector)
                worst[probe] = max(worst.get(probe, this), this)
        for probe, (_, fails, total, nones, detector) in sorted(worst.items()):
            family = probe.partition(".")[0]
            yield Attack(probe, detector, fails, total - fails, nones, category=family, labels={"detector": detector})

    def produced_at(self, request: Request) -> datetime | None:
        """Return the oldest time that the report states; garak writes local times without an offset."""
        return min((parse_time(text, request.zone, place) for text, place in self._times), default=None)

    def facts(self, request: Request) -> dict[str, object]:
        """Return what the report says about the run as a whole."""
        found: dict[str, object] = {"target": self.target_type} if self.target_type else {}
        if self.target_name:
            found.update(model_facts(self.target_name))
        if self.uses_test_target:
            found["real_target"] = False
        for name, times in (("started_at", self._times), ("finished_at", self._ends)):
            if times:
                found[name] = _ONE_OF[name](parse_time(text, request.zone, place) for text, place in times)
        return found

    @property
    def uses_test_target(self) -> bool:
        """Return whether the target is a generator of garak that answers without a model."""
        return self.target_type.partition(".")[0] == "test"

    def completeness(self) -> Completeness:
        """Return whether garak came to its end."""
        if self._completions < max(1, len(self.runs)):
            return Completeness(False, "garak wrote no completion line")
        left = sum((self.sent - self.evaluated).values())
        if left:
            return Completeness(False, f"{left} of {sum(self.sent.values())} attempts were not evaluated")
        return Completeness(complete=True)


def _is_real(probe: str, detector: str) -> bool:
    return not probe.startswith("test.") and not detector.startswith("always.")


def _problems(report: _Report, attacks: tuple[Attack, ...], request: Request) -> Iterator[Diagnostic]:
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
    if report.uses_test_target:
        yield doubt(
            "PK535", "the target is garak's own test generator", place=report.name, got=quoted(report.target_type)
        )
    yield from _count_problems(report)
    yield from _small_sample(report, attacks, request)
    ignored = sum(not _is_real(*key) for key in report.evals)
    if ignored and attacks:
        yield note(
            "PK535", f"{ignored} results of garak's own test probes or detectors are left out", place=report.name
        )
    if unjudged := sum(nones for key, (_, _, nones) in report.evals.items() if _is_real(*key)):
        yield note("PK533", f"{unjudged} outputs could not be judged and are not counted", place=report.name)


def _count_problems(report: _Report) -> Iterator[Diagnostic]:
    if report.repeated:
        probe, detector = min(report.repeated)
        yield doubt(
            "PK533",
            f"{quoted(probe)} with {quoted(detector)} is evaluated twice in one report",
            place=report.name,
            help="bind each run as a file of its own",
        )
    for key, (_, total, _) in sorted(report.evals.items()):
        if _is_real(*key) and key in report.judged and report.judged[key] != total:
            yield doubt(
                "PK533",
                f"{quoted(key[0])} states {total} evaluated outputs, its attempts hold {report.judged[key]}",
                place=report.name,
                help="the report was cut or mixed with another: run garak again",
            )
            return


def _small_sample(report: _Report, attacks: tuple[Attack, ...], request: Request) -> Iterator[Diagnostic]:
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
