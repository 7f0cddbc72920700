"""LiteLLM spend logs (`LiteLLM_SpendLogs`): JSON lines of any size, or a JSON list of up to 64 MB.

A spend of 0 is a price that is not known, with tokens or without: streams without usage, images and audio are logged
with neither. It is 0 only where the answer came from the cache, the call failed without an answer, it only managed
files, batches or threads, or the option `free_models` lists its model. With one call without a price all costs are
unknown: what is not priced is not free. Tokens that are missing are unknown, too.

A request id stands in one row only; LiteLLM's table has it as its key. A row that stands twice is a copy.

Source: the LiteLLM database schema of release 1.109, `spend_tracking_utils.py`, `CallTypes`; spend is in US dollars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from policykit.evidence.model import Completeness, Reading, Tool
from policykit.evidence.problems import doubt, note, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._litellm_row import LABELS, is_free_of_charge, labels_of, outcome_of, tokens_of
from policykit.evidence.readers._sample import Sample
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.spend import EXACT, SpendSummary, SpendTally
from policykit.evidence.times import parse_time
from policykit.evidence.tool_json import json_lines, parse_json
from policykit.evidence.view import View
from policykit.source import Diagnostic
from policykit.source.visible import quoted

MAX_GROUPS = 10_000
"""A label with more values, such as a session, cannot be sliced by; memory stays flat."""
MAX_TASKS = 100_000
"""With more sessions the cost of a task is not known; memory stays flat."""


def detect(head: bytes, name: str) -> float:  # noqa: ARG001 - the name says nothing
    """Return how sure this is a spend log."""
    if b'"spend"' in head and b'"startTime"' in head and b'"request_id"' in head:
        return 1.0
    return 0.6 if b'"spend"' in head and b'"total_tokens"' in head else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a spend log shows."""
    log = _Log(file.name, request)
    for row in _rows(file, log):
        log.take(row)
    return Reading(
        log.summary(),
        Tool("LiteLLM"),
        produced_at=log.last,
        completeness=_completeness(log),
        absent=_absent(log),
        problems=tuple(_problems(log)),
        results=log.ids.kept(),
    )


def _completeness(log: _Log) -> Completeness:
    if log.more:
        return Completeness(False, f"the export is one page: {log.more} calls are on others")
    return Completeness(complete=True)


def _rows(file: EvidenceFile, log: _Log) -> Iterator[View]:
    """Yield the rows of a list, of `{"data": [...]}`, or of JSON lines."""
    start = file.head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"["):
        yield from View({"": parse_json(file.whole(), file.name)}, file.name).items("")
    elif start.partition(b"\n")[0].rstrip().endswith(b"}"):
        for number, value in json_lines(file):
            yield View(value, f"{file.name}: line {number}")
    else:
        whole = View(parse_json(file.whole(), file.name), file.name)
        rows = list(whole.items("data"))
        # The proxy's page of logs states how many there are. Source: LiteLLM, `/spend/logs/v2`.
        log.more = max(0, whole.count_or_zero("total") - len(rows))
        if not log.more and max(whole.count_or_zero("total_pages"), whole.count_or_zero("page")) > 1:
            log.more = 1
        yield from rows


class _Log:
    """What is kept of the calls."""

    def __init__(self, name: str, request: Request) -> None:
        self.name = name
        self.total = SpendTally()
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.unpriced: set[str] = set()
        self.unknown_words: set[str] = set()
        """Words for the outcome of a call that are not known."""
        self.without_tokens = 0
        """Answered calls of which the tokens are not stated, or not all."""
        self.without_outcome = 0
        """Calls of which it is not stated whether they failed."""
        self.asked = 0
        """Calls that a model answered."""
        self.ids = Sample()
        self.more = 0
        """Calls that the export says it leaves out."""
        self._zone = request.zone
        self._free = _free_models(request, name)
        self._tasks: dict[str, Decimal] | None = {}
        self._worked: set[str] = set()
        """Sessions in which a call was answered: nothing was done in the others."""
        self._groups: dict[str, dict[str, SpendTally] | None] = {label: defaultdict(SpendTally) for label in LABELS}
        """None where a label has too many values."""

    def take(self, row: View) -> None:
        """Add one call."""
        self.ids.add(row.text_or_empty("request_id"))
        call = self._call(row)
        if call.unpriced and len(self.unpriced) < MAX_GROUPS:
            self.unpriced.add(row.text_or_empty("model"))
        self.total.add(call)
        for label, value in labels_of(row):
            self._add_to_group(label, value, call)
        self._add_to_task(row.text_or_empty("session_id"), call)
        self._time(row)

    def _call(self, row: View) -> SpendTally:
        spend = row.number("spend")
        if spend < 0:
            raise row.at("spend").unexpected("an amount from 0")
        outcome, tokens = outcome_of(row), tokens_of(row)
        if outcome.unknown and len(self.unknown_words) < MAX_GROUPS:
            self.unknown_words.add(outcome.unknown)
        manages = is_free_of_charge(row)
        free = outcome.cached or row.text_or_empty("model") in self._free or manages
        unanswered = outcome.failed and not tokens.outputs
        self.asked += not (outcome.cached or unanswered or manages)
        self.without_outcome += not outcome.stated
        idle = outcome.cached or outcome.failed or free
        self.without_tokens += not (tokens.stated if idle else tokens.known)
        return SpendTally(
            1,
            int(outcome.failed),
            int(outcome.cached),
            tokens.inputs,
            tokens.outputs,
            Decimal(spend),
            int(spend == 0 and not free and not unanswered),
            int(not (unanswered or manages)),
        )

    def _add_to_group(self, label: str, value: str, call: SpendTally) -> None:
        group = self._groups[label]
        if group is None:
            return
        if value not in group and len(group) >= MAX_GROUPS:
            self._groups[label] = None
            return
        group[value].add(call)

    def _add_to_task(self, session: str, call: SpendTally) -> None:
        if self._tasks is None:
            return
        if not session or (session not in self._tasks and len(self._tasks) >= MAX_TASKS):
            self._tasks = None
            return
        self._tasks[session] = EXACT.add(self._tasks.get(session, Decimal(0)), call.cost)
        if call.answered:
            self._worked.add(session)

    def _time(self, row: View) -> None:
        for name in ("startTime", "endTime"):
            if text := row.text_or_empty(name):
                moment = parse_time(text, self._zone, f"{row.place}: {name}")
                self.first = moment if self.first is None else min(self.first, moment)
                self.last = moment if self.last is None else max(self.last, moment)

    def summary(self) -> SpendSummary:
        """Return the totals."""
        groups = {label: dict(group) for label, group in self._groups.items() if group is not None}
        tasks = self._tasks
        if tasks is not None:
            tasks = {name: cost for name, cost in tasks.items() if cost or name in self._worked}
        return SpendSummary(
            self.total,
            groups,
            tasks,
            self.first,
            self.last,
            tokens_known=not self.without_tokens,
            outcomes_known=not self.without_outcome,
        )

    def too_varied(self) -> list[str]:
        """Return the labels that have too many values."""
        return sorted(label for label, group in self._groups.items() if group is None)


def _free_models(request: Request, name: str) -> frozenset[str]:
    stated: Any = request.options.get("free_models", ())
    if not isinstance(stated, list | tuple) or not all(isinstance(model, str) for model in stated):
        raise refusal("PK521", "`free_models` must be a list of models", place=name, got=quoted(stated))
    return frozenset(stated)


def _absent(log: _Log) -> dict[str, str]:
    found = {}
    if log.total.unpriced:
        why = f"{log.total.unpriced} of {log.total.calls} calls have no price"
        found = dict.fromkeys(("total", "cost_per_call", "cost_per_day", "cost_per_task"), why)
    if log.without_outcome:
        found["failed_calls"] = f"{log.without_outcome} of {log.total.calls} calls do not state whether they failed"
    if log.without_tokens:
        why = f"{log.without_tokens} of {log.total.calls} calls do not state all of their tokens"
        found |= dict.fromkeys(("input_tokens", "output_tokens"), why)
    return found


def _problems(log: _Log) -> Iterator[Diagnostic]:
    if not log.total.calls:
        yield doubt("PK530", "the log holds no call", place=log.name, help="export a period in which there were calls")
    elif not log.asked:
        yield doubt(
            "PK530",
            "no call was answered by a model: all failed, came from the cache, or managed something",
            place=log.name,
            help="export a period in which models answered",
        )
    if log.total.unpriced:
        yield doubt(
            "PK542",
            f"{log.total.unpriced} of {log.total.calls} calls cost nothing: their price is not known",
            place=log.name,
            got=", ".join(map(quoted, sorted(log.unpriced)[:3])),
            help="set the price in the proxy, or list models that cost nothing under the option `free_models`; "
            "the policy must permit it (`permits free_models`)",
        )
    if log.unknown_words:
        yield doubt(
            "PK569",
            f"{len(log.unknown_words)} words about the outcome of a call are not known",
            place=log.name,
            expected="`success` or `failure`",
            got=", ".join(map(quoted, sorted(log.unknown_words)[:3])),
            help="export the rows as LiteLLM wrote them",
        )
    if log.ids.repeated:
        yield doubt(
            "PK545",
            "a call counts twice",
            place=log.name,
            got=quoted(log.ids.repeated),
            help="export each period once, without copies of rows",
        )
    for label in log.too_varied():
        yield note("PK549", f"more than {MAX_GROUPS} values of `{label}`: no slices by it", place=log.name)


READER = Reader("litellm_spend", "LiteLLM spend log", frozenset({"spend"}), detect, read, frozenset({"free_models"}))
