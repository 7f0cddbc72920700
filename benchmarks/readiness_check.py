"""How long `policykit check` takes, cold: 200 requirements, 60 evidence files. Target: under 3 s."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks._harness import Result

REQUIREMENTS = 200
FILES = 60
SIZES = (100, 500)
"""Cases of each file."""
RUNS = 3
AT = "2026-11-20T12:00:00Z"

HEAD = """language 1
policy bench version "1"
  title "Bench"
party supplier "S"
role lead of supplier
gate launch "launch"
"""


def _row(i: int, good: bool) -> dict[str, object]:  # noqa: FBT001
    check = {"pass": good, "score": int(good), "reason": "ok", "assertion": {"type": "contains", "value": "x"}}
    return {
        "testIdx": i, "success": good, "failureReason": int(not good), "score": int(good),
        "provider": {"id": "openai:gpt-5-mini-2026-08-07"}, "promptId": "p", "response": {"output": "x"},
        "vars": {"mail": f"letter {i}", "group": "abcd"[i % 4]}, "latencyMs": 100 + i, "cost": 0.001,
        "gradingResult": {"pass": good, "score": int(good), "reason": "ok", "componentResults": [check]},
    }  # fmt: skip


def promptfoo(number: int, cases: int) -> str:
    rows = [_row(i, i % 20 != number % 20) for i in range(cases)]
    failed = sum(not row["success"] for row in rows)
    stats = {"successes": cases - failed, "failures": failed, "errors": 0}
    body = {"version": 3, "timestamp": "2026-11-19T12:00:00.000Z", "prompts": [], "results": rows, "stats": stats}
    return json.dumps({"evalId": "e", "results": body, "config": {}, "metadata": {"promptfooVersion": "0.123.1"}})


def write(root: Path, cases: int) -> None:
    text = [HEAD]
    text += [f'evidence run{i} : evaluation from supplier "run {i}"' for i in range(FILES)]
    text += ['section s "S"', "  owner lead", "  before launch"]
    for number in range(REQUIREMENTS):
        name = f"run{number % FILES}"
        check = (
            f"{name}.cases >= 20 and {name}.accuracy >= 90%",
            f'every slice of {name} by group in ["a", "b", "c", "d"] has accuracy >= 80% and cases >= 5',
            f"every case in {name} has latency <= 5 seconds",
        )[number % 3]
        text.append(f'requirement R-{number} "r {number}"\n  shown by {name}, no older than 30 days\n  check {check}')
    (root / "bench.policy").write_text("\n".join(text) + "\n")
    bound = "".join(f"  run{i}: {{files: runs/{i}.json}}\n" for i in range(FILES))
    project = f"project: 1\npolicy: bench.policy\nsubject: {{name: bench}}\nevidence:\n{bound}"
    (root / "policykit.yaml").write_text(project)
    (root / "runs").mkdir()
    for number in range(FILES):
        (root / "runs" / f"{number}.json").write_text(promptfoo(number, cases))


def children_cpu() -> float:
    found = os.times()
    return found.children_user + found.children_system


def measure() -> Iterator[Result]:
    """Yield the time of `policykit check` in a new process, by size of the evidence; the target is under 3 s."""
    for cases in SIZES:
        wall, used, outcomes = checked(cases)
        label = f"check, cold, {REQUIREMENTS} requirements, {FILES} files of {cases} cases"
        assert len(outcomes) == REQUIREMENTS, outcomes
        yield Result(label, statistics.median(wall), "s")
        yield Result(f"{label}, processor time", statistics.median(used), "s")


def checked(cases: int) -> tuple[list[float], list[float], list[str]]:
    """Return wall and processor times of some checks, and the outcomes of the last."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, cases)
        wall, used = [], []
        for _ in range(RUNS):
            start, before = time.perf_counter(), children_cpu()
            done = subprocess.run(
                [sys.executable, "-m", "policykit", "check", str(root), "--at", AT, "--format", "json"],
                capture_output=True,
                check=False,
            )
            wall.append(time.perf_counter() - start)
            used.append(children_cpu() - before)
            assert done.returncode in (0, 1), done.stderr.decode()
        return wall, used, [clause["outcome"] for clause in json.loads(done.stdout)["clauses"]]
