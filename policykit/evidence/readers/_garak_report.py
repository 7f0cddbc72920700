"""What is kept of a garak report while it is read: counts, never attempts.

Source: garak 0.9 to 0.16: `evaluators/base.py`, `harnesses/base.py`, `command.py`, `analyze/report_digest.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from policykit.evidence.model import Completeness
from policykit.evidence.problems import refusal
from policykit.evidence.reader import Request
from policykit.evidence.readers._answers import is_error_reply
from policykit.evidence.readers._garak_target import is_test_target, model_of
from policykit.evidence.summaries.models import model_facts
from policykit.evidence.times import parse_time
from policykit.evidence.view import View, exact_or_none

MAX_PROBES = 10_000
DEFAULT_THRESHOLD = Decimal("0.5")
"""A score from here on is a hit. Source: garak, `run.eval_threshold`."""
_SENT, _EVALUATED = 1, 2
_ONE_OF: Mapping[str, Callable[[Iterable[datetime]], datetime]] = {"started_at": min, "finished_at": max}
_PROBE = re.compile(r"[a-z0-9_]+\.[A-Za-z0-9_]+\Z")
_ADDED_UP = ("passed", "fails", "nones")
Pair = tuple[str, str]
"""A probe and a detector."""


@dataclass(slots=True)
class Judged:
    """What the attempts of a probe say by one detector."""

    hits: int = 0
    """Scores at or above the threshold."""
    above_zero: int = 0
    """Scores above 0: hits for the evaluator of early releases."""
    scores: int = 0
    unjudged: int = 0
    """Outputs without a score."""
    empty: int = 0
    """Outputs without any text, or with the error of a server, that count as passed."""
    near: int = 0
    """Scores that are hits unless garak was told to overlook them."""


@dataclass(frozen=True, slots=True)
class Eval:
    """The counts of one probe and detector."""

    fails: int
    total: int
    nones: int
    states_nones: bool


class Report:
    """Counts of a report."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = 0
        self.version = ""
        self.targets: set[Pair] = set()
        """Type and name of the target of each run in the file."""
        self.threshold: Decimal | None = None
        self.runs: set[str] = set()
        self.evals: dict[Pair, Eval] = {}
        self.repeated: set[Pair] = set()
        self.sent: Counter[str] = Counter()
        self.evaluated: Counter[str] = Counter()
        self.judged: dict[Pair, Judged] = {}
        self.without_detector: Counter[str] = Counter()
        """Outputs of attempts that no detector looked at."""
        self.summaries: dict[str, dict[str, int]] = {}
        self.digested: set[Pair] = set()
        self._planned: set[str] = set()
        self._times: list[Pair] = []
        self._ends: list[Pair] = []
        self._ended: list[str] = []

    def take(self, line: View) -> None:
        """Take one line."""
        self.lines += 1
        takes = {
            "attempt": self._attempt,
            "eval": self._eval,
            "init": self._init,
            "start_run setup": self._setup,
            "completion": self._completion,
            "probe_summary": self._summary,
            "digest": self._digest,
        }.get(line.text("entry_type"))
        if takes is not None:
            takes(line)
            names = len(self.sent) + len(self.judged) + len(self.evals) + len(self.summaries) + len(self.digested)
            if names + len(self.runs) + len(self.targets) > 4 * MAX_PROBES:
                raise refusal("PK503", "the report names too many probes", place=self.name, expected=f"{MAX_PROBES}")

    def _setup(self, line: View) -> None:
        kind = line.text_or_empty("plugins.target_type") or line.text_or_empty("plugins.model_type")
        name = line.text_or_empty("plugins.target_name") or line.text_or_empty("plugins.model_name")
        self.targets.add((kind, name))
        stated = exact_or_none(line.at("run.eval_threshold").value)
        if stated is not None:
            self.threshold = max(Decimal(stated), self.threshold or Decimal(stated))
        spec = line.at("plugins.probe_spec").value
        if isinstance(spec, str):
            self._planned |= {name for part in spec.split(",") if _PROBE.match(name := _plugin(part.strip()))}

    def _init(self, line: View) -> None:
        self.version = line.text_or_empty("garak_version")
        self.runs.add(line.text_or_empty("run"))
        # An aggregate brings a new start time and keeps the old one beside it: the older counts.
        for name in ("start_time", "orig_start_time"):
            if text := line.text_or_empty(name):
                self._times.append((text, f"{line.place}: {name}"))

    def _completion(self, line: View) -> None:
        self._ended.append(line.text_or_empty("run"))
        if text := line.text_or_empty("end_time"):
            self._ends.append((text, f"{line.place}: end_time"))

    def _attempt(self, line: View) -> None:
        probe, status = _plugin(line.text("probe_classname")), line.count("status")
        if status != _EVALUATED:
            self.sent[probe] += status == _SENT
            self.sent[probe] += status == 0
            return
        self.evaluated[probe] += 1
        outputs = line.at("outputs").value
        outputs = outputs if isinstance(outputs, list) else []
        results = line.object_or_empty("detector_results").value
        if not results:
            self.without_detector[probe] += max(1, len(outputs))
        for detector, scores in results.items():
            judged = self.judged.setdefault((probe, _plugin(detector)), Judged())
            _count(judged, scores if isinstance(scores, list) else [], outputs, self.threshold or DEFAULT_THRESHOLD)

    def _eval(self, line: View) -> None:
        key = (_plugin(line.text("probe")), _plugin(line.text("detector")))
        passed = line.count("passed")
        total = line.count("total_evaluated") if line.has("total_evaluated") else line.count("total")
        fails = line.count("fails") if line.has("fails") else total - passed
        nones = line.count_or_zero("nones")
        processed = line.count("total_processed") if line.has("total_processed") else total + nones
        nones = nones if line.has("nones") else max(0, processed - total)
        if fails < 0 or passed + fails != total or total + nones != processed:
            raise refusal(
                "PK533",
                "the counts of a probe do not add up",
                place=line.place,
                expected=f"passed and fails to make {total}, with those not judged {processed}",
                got=f"{passed} and {fails}, and {nones} not judged",
                help="the report was changed after garak wrote it, or two runs were mixed: run it again",
            )
        if key in self.evals:
            self.repeated.add(key)
        self.evals[key] = Eval(fails, total, nones, line.has("nones"))

    def _summary(self, line: View) -> None:
        counts = line.object_or_empty("detection_counts")
        if isinstance(line.at("probe").value, str):
            self.summaries[_plugin(line.text("probe"))] = {
                name: counts.count(name) for name in _ADDED_UP if counts.has(name)
            }

    def _digest(self, line: View) -> None:
        for group in line.object_or_empty("eval").value.values():
            for probe, detectors in group.items() if isinstance(group, dict) else ():
                if _PROBE.match(probe) and isinstance(detectors, dict):
                    self.digested |= {(probe, name) for name in detectors if _PROBE.match(name)}

    @property
    def target(self) -> Pair:
        """Return type and name of the target, that of the last run."""
        return max(self.targets, default=("", ""))

    @property
    def model(self) -> str:
        """Return the model, or nothing where the target's name is not that of a model."""
        return model_of(*self.target)

    @property
    def uses_test_target(self) -> bool:
        """Return whether a target is a generator of garak that answers without a model."""
        return any(is_test_target(kind) for kind, _ in self.targets)

    def produced_at(self, request: Request) -> datetime | None:
        """Return the oldest time that the report states; garak writes local times without an offset."""
        return min((parse_time(text, request.zone, place) for text, place in self._times), default=None)

    def facts(self, request: Request) -> dict[str, object]:
        """Return what the report says about the run as a whole."""
        kind, _ = self.target
        found: dict[str, object] = {"target": kind} if kind else {}
        if self.model:
            found.update(model_facts(self.model))
        if self.uses_test_target:
            found["real_target"] = False
        for name, times in (("started_at", self._times), ("finished_at", self._ends)):
            if times:
                found[name] = _ONE_OF[name](parse_time(text, request.zone, place) for text, place in times)
        return found

    def completeness(self) -> Completeness:
        """Return whether garak came to its end."""
        open_runs = self.runs - set(self._ended) if all(self._ended) else set()
        if len(self._ended) < max(1, len(self.runs)) or open_runs:
            return Completeness(False, "garak wrote no completion line")
        left = sum((self.sent - self.evaluated).values())
        if left:
            return Completeness(False, f"{left} of {sum(self.sent.values())} attempts were not evaluated")
        if unseen := sorted(self._planned - {probe for probe, _ in self.evals}):
            return Completeness(False, f"{len(unseen)} probes that were asked for have no result, first {unseen[0]}")
        return Completeness(complete=True)

    def wrong_summaries(self) -> Iterator[str]:
        """Yield the probes whose summary states other counts than their evals."""
        for probe, stated in sorted(self.summaries.items()):
            evals = [made for (name, _), made in self.evals.items() if name == probe]
            found = {
                "passed": sum(made.total - made.fails for made in evals),
                "fails": sum(made.fails for made in evals),
                "nones": sum(made.nones for made in evals),
            }
            if any(found[name] != count for name, count in stated.items()):
                yield probe


def _plugin(name: str) -> str:
    """Return a probe or detector without the prefixes that some releases write."""
    return name.removeprefix("garak.").removeprefix("probes.").removeprefix("detectors.").removeprefix("detector.")


def _count(judged: Judged, scores: list[object], outputs: list[object], threshold: Decimal) -> None:
    judged.unjudged += max(0, len(outputs) - len(scores))
    for number, score in enumerate(scores):
        value = exact_or_none(score)
        if value is None:
            judged.unjudged += 1
            continue
        judged.scores += 1
        judged.hits += value >= threshold
        judged.above_zero += value > 0
        judged.near += DEFAULT_THRESHOLD <= value < threshold
        judged.empty += value < threshold and len(outputs) == len(scores) and _is_empty(outputs[number])


def _is_empty(output: object) -> bool:
    """Return whether an output is no answer: text in early releases, an object with `text` in later ones."""
    if isinstance(output, dict):
        return not output.get("data_path") and _is_empty(output.get("text"))
    text = str(output or "")
    return not text.strip() or is_error_reply(text)
