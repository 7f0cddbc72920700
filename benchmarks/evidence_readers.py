"""Readers of evidence against the bare parser of the same bytes: what the care costs, and how much memory it takes."""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.parsers import expat

from benchmarks._harness import Result, seconds_of
from policykit.evidence import Evidence, read_evidence

CALLS = 20_000
TESTS = 20_000
CASES = 5_000
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def spend_log() -> str:
    """Return JSON lines of calls, as LiteLLM's proxy writes them."""
    call = {
        "request_id": "r", "call_type": "acompletion", "spend": 0.000123, "total_tokens": 100, "prompt_tokens": 60,
        "completion_tokens": 40, "startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-20T00:00:01.5Z",
        "model": "gpt-4o-mini", "team_id": "t", "user": "u", "request_tags": ["a", "b"], "status": "success",
        "cache_hit": "False", "session_id": "s", "metadata": {"x": "y" * 600},
    }  # fmt: skip
    return (json.dumps(call) + "\n") * CALLS


def junit_report() -> str:
    """Return a report of many tests."""
    tests = "".join(f'<testcase classname="c{n % 50}" name="t{n}" time="0.01"/>' for n in range(TESTS))
    return f'<testsuite name="pytest" timestamp="2026-11-20T00:00:00Z">{tests}</testsuite>'


def promptfoo_results() -> str:
    """Return the results of many cases."""
    rows = [
        {
            "success": True, "score": 1, "failureReason": 0, "testIdx": n, "cost": 0.001, "latencyMs": 10,
            "promptId": "p",
            "provider": {"id": "openai:gpt-4o-2024-08-06"}, "vars": {"q": f"question {n}", "group": str(n % 7)},
            "gradingResult": {"pass": True, "score": 1, "componentResults": [
                {"pass": True, "score": 1, "reason": "x" * 200, "assertion": {"type": "contains", "value": "y"}}]},
            "response": {"output": "y" * 1000}, "namedScores": {"tone": 1},
        }
        for n in range(CASES)
    ]  # fmt: skip
    stats = {"successes": CASES, "failures": 0, "errors": 0}
    body = {"timestamp": "2026-11-20T00:00:00Z", "prompts": [], "results": rows, "stats": stats}
    return json.dumps({"evalId": "e", "results": body, "metadata": {"promptfooVersion": "1.0.0"}})


def bare_json_lines(path: Path) -> None:
    """Parse every line and throw it away."""
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def bare_json(path: Path) -> None:
    """Parse the whole."""
    json.loads(path.read_bytes())


def bare_xml(path: Path) -> None:
    """Parse the whole, with a handler, because a parser without one does next to nothing."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _name, _attributes: None
    parser.Parse(path.read_bytes(), True)


FORMATS: tuple[tuple[str, str, str, Callable[[], str], Callable[[Path], None]], ...] = (
    ("LiteLLM spend log", "spend.jsonl", "spend", spend_log, bare_json_lines),
    ("JUnit XML", "junit.xml", "test_run", junit_report, bare_xml),
    ("promptfoo results", "results.json", "evaluation", promptfoo_results, bare_json),
)


def measure() -> Iterator[Result]:
    """Yield the rate of each reader, how it compares with the bare parser, and its peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        for words, name, kind, make, bare in FORMATS:
            path = Path(folder) / name
            path.write_text(make(), encoding="utf-8")
            yield from _of(words, path, kind, bare)


def _of(words: str, path: Path, kind: str, bare: Callable[[Path], None]) -> Iterator[Result]:
    def read() -> Evidence:
        return read_evidence(
            path.name, kind=kind, reader=None, zone=None, now=NOW, project_root=path.parent, options={}
        )

    assert not read().reasons, read().problems
    megabytes = path.stat().st_size / 2**20
    ours, base = seconds_of(read), seconds_of(lambda: bare(path))
    yield Result(f"{words}: read", megabytes / ours, "MB/s", base / ours, "the bare parser")
    tracemalloc.start()
    read()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    yield Result(f"{words}: peak of memory", peak, "MB", peak / megabytes, "the size of the file")
