"""Valid promptfoo files of every shape, and what can be broken in them, for the law that a broken file is never better.

The shapes: the export of the command, the object of the Node interface, and the summary of that object. Each is made with
the numbers that promptfoo itself would write, so that every breaker contradicts exactly one thing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
SHAPES = ("export", "node", "summary")
_AT = "2026-11-20T10:00:00.000Z"


def checked(passed: bool, kind: str = "contains", **more: Any) -> Json:
    """Return the result of one assertion."""
    assertion = {"type": kind, "value": "letter", **more}
    return {"pass": passed, "score": int(passed), "reason": "as it is", "assertion": assertion}


def row(n: int, *, passed: bool = True, attack: bool = False) -> Json:
    """Return one row as promptfoo writes it."""
    checks = [checked(passed), checked(True, "not-contains", value="password", metric="tone")]
    score = 1 if passed else 0.5
    metadata = {"group": "ab"[n % 2]}
    if attack:
        metadata |= {"pluginId": "pii:direct", "strategyId": "basic", "severity": "high"}
    return {
        "id": f"row-{n}", "testIdx": n, "promptIdx": 0, "promptId": "p", "prompt": {"raw": f"answer letter {n}"},
        "provider": {"id": "openai:gpt-5-mini-2026-08-07", "label": ""}, "vars": {"letter": f"letter {n}"},
        "success": passed, "score": score, "failureReason": 0 if passed else 1, "latencyMs": 300 + n, "cost": 0.01,
        "namedScores": {"tone": 1}, "metadata": dict(metadata), "tokenUsage": {"prompt": 9, "completion": 3, "total": 12},
        "response": {"output": f"about letter {n}", "tokenUsage": {"prompt": 9, "completion": 3, "total": 12}},
        "testCase": {
            "vars": {"letter": f"letter {n}"}, "metadata": dict(metadata), "assert": [c["assertion"] for c in checks],
        },
        "gradingResult": {
            "pass": passed, "score": score, "reason": "as it is", "componentResults": checks,
            "namedScores": {"tone": 1}, "namedScoreWeights": {"tone": 1},
        },
    }  # fmt: skip


def rows_of(*, attack: bool = False) -> list[Json]:
    """Return eight rows, of which two failed."""
    return [row(n, passed=n % 4 != 3, attack=attack) for n in range(8)]


def file_of(rows: list[Json], shape: str = "export") -> Json:
    """Return a file with these rows and the counts that promptfoo would write about them."""
    passed = sum(r["success"] for r in rows)
    errors = sum(r["failureReason"] == 2 for r in rows)
    failed = len(rows) - passed - errors
    checks = [c for r in rows for c in (r["gradingResult"] or {}).get("componentResults", ())]
    usage = {"prompt": 9 * len(rows), "completion": 3 * len(rows), "total": 12 * len(rows)}
    metrics = {
        "score": sum(r["score"] for r in rows), "testPassCount": passed, "testFailCount": failed, "testErrorCount": errors,
        "assertPassCount": sum(c["pass"] for c in checks), "assertFailCount": sum(not c["pass"] for c in checks),
        "totalLatencyMs": sum(r["latencyMs"] for r in rows), "cost": sum(r["cost"] for r in rows),
        "tokenUsage": dict(usage), "namedScores": {"tone": len(rows)},
    }  # fmt: skip
    prompts = [{"id": "p", "raw": "answer {{letter}}", "provider": "openai:gpt-5-mini-2026-08-07", "metrics": metrics}]
    config = {"tests": [{"vars": r["vars"]} for r in rows]}
    stats = {"successes": passed, "failures": failed, "errors": errors, "tokenUsage": dict(usage)}
    summary = {"version": 3, "timestamp": _AT, "prompts": prompts, "results": rows, "stats": stats}
    about = {"metadata": {"promptfooVersion": "0.123.4", "evaluationCreatedAt": _AT}, "config": config}
    if shape == "export":
        return {"evalId": "eval-a", "results": summary, "runtimeOptions": {"repeat": 1}, **about}
    if shape == "summary":
        return {**summary, **about}
    return {"id": "eval-a", "createdAt": 1_763_632_800_000, "prompts": prompts, "results": rows, **about}


def body(file: Json) -> Json:
    """Return the part of a file that holds the rows."""
    return file["results"] if isinstance(file["results"], dict) else file


Breaker = Callable[[Json], None]


def _row(change: Callable[[Json], None]) -> Breaker:
    """Break the first row, which passed."""
    return lambda file: change(body(file)["results"][0])


def _failed(change: Callable[[Json], None]) -> Breaker:
    """Break the fourth row, which failed."""
    return lambda file: change(body(file)["results"][3])


def _all(change: Callable[[Json], None]) -> Breaker:
    def breaking(file: Json) -> None:
        for one in body(file)["results"]:
            change(one)

    return breaking


def _metrics(file: Json) -> Json:
    return body(file)["prompts"][0]["metrics"]


def _drop_failures(file: Json) -> None:
    body(file)["results"][:] = [r for r in body(file)["results"] if r["success"]]


def _no_counts(file: Json) -> None:
    body(file).pop("stats", None)
    body(file)["prompts"][0].pop("metrics")


def _blank(one: Json) -> None:
    one["gradingResult"].update(componentResults=[], reason="No assertions", pass_=None)
    one["testCase"]["assert"] = []


def _whitewash(one: Json) -> None:
    one.update(success=True, score=1, failureReason=0)


def _twice(file: Json) -> None:
    body(file)["results"].append(copy.deepcopy(body(file)["results"][0]))


STATED_TWICE: dict[str, Breaker] = {
    "a failed row says success": _failed(lambda r: r.update(success=True)),
    "a failed row says success and score": _failed(_whitewash),
    "gradingResult.pass says no": _row(lambda r: r["gradingResult"].update({"pass": False})),
    "failureReason says no": _row(lambda r: r.update(failureReason=1)),
    "an error beside success": _row(lambda r: r.update(error="boom")),
    "an error of the provider": _row(lambda r: r["response"].update(error="boom")),
    "an assertion failed, the row passed": _row(lambda r: r["gradingResult"]["componentResults"][0].update({"pass": False})),
    "score and gradingResult.score": _row(lambda r: r.update(score=3)),
    "score and its assertions": _failed(lambda r: (r.update(score=1), r["gradingResult"].update(score=1))),
    "a score below the threshold": _row(lambda r: r["testCase"].update(threshold=2)),
    "namedScores and gradingResult.namedScores": _row(lambda r: r.update(namedScores={"tone": 5})),
    "tests and the metrics of the prompt": lambda f: _metrics(f).update(testPassCount=8, testFailCount=0),
    "assertions and the metrics of the prompt": lambda f: _metrics(f).update(assertFailCount=0),
    "score and the metrics of the prompt": lambda f: _metrics(f).update(score=8),
    "time and the metrics of the prompt": _row(lambda r: r.update(latencyMs=1)),
    "money and the metrics of the prompt": _row(lambda r: r.update(cost=0.001)),
    "tokens and the metrics of the prompt": _row(lambda r: r["response"].update(tokenUsage={"prompt": 1, "completion": 1})),
    "named scores and the metrics of the prompt": lambda f: _metrics(f).update(namedScores={"tone": 80}),
    "rows and counts": _drop_failures,
    "one row twice": _twice,
    "one identifier twice": lambda f: body(f)["results"][1].update(id="row-0"),
}  # fmt: skip
LEFT_OUT: dict[str, Breaker] = {
    "every count, and the rows that failed": lambda f: (_no_counts(f), _drop_failures(f)),
    "the grading": _all(lambda r: r.update(gradingResult=None)),
    "the answers": _all(lambda r: r.pop("response")),
    "the tokens": _all(lambda r: (r.pop("tokenUsage"), r["response"].pop("tokenUsage"))),
    "the prices": _all(lambda r: r.pop("cost")),
    "a price": _row(lambda r: r.update(cost=0)),
    "the times": _all(lambda r: r.pop("latencyMs")),
    "the variables": _all(lambda r: (r.update(vars={}, prompt={"raw": "[prompt stripped]"}), r["testCase"].pop("vars"))),
}  # fmt: skip
PASSES_UNSEEN: dict[str, Breaker] = {
    "no assertions": _all(_blank),
    "no assertions in one row": _row(_blank),
    "weight 0": _all(lambda r: [c["assertion"].update(weight=0) for c in r["gradingResult"]["componentResults"]]),
    "metrics only": _all(lambda r: [c["assertion"].update(metricOnly=True) for c in r["gradingResult"]["componentResults"]]),
    "contains nothing": _all(lambda r: r["gradingResult"].update(componentResults=[checked(True, value="")])),
    "any text": _all(lambda r: r["gradingResult"].update(componentResults=[checked(True, "regex", value=".*")])),
    "always true": _all(lambda r: r["gradingResult"].update(componentResults=[checked(True, "javascript", value="true")])),
    "an empty set": _all(lambda r: r["gradingResult"].update(componentResults=[{"pass": True, "score": 0, "componentResults": []}])),
    "a threshold of 0": _all(lambda r: (_whitewash(r), r["testCase"].update(threshold=0), r["gradingResult"].update({"pass": True, "score": 1}))),
    "a guardrail that was not applied": _all(lambda r: r["gradingResult"].update(componentResults=[checked(True, "guardrails") | {"reason": "Guardrail was not applied"}])),
    "no answer": _all(lambda r: r.update(response={"output": None})),
    "an empty answer, and nothing that would notice": _all(lambda r: (
        r.update(response={"output": " "}), r["gradingResult"].update(componentResults=[checked(True, "not-contains")]))),
    "the answer stands in the test": _all(lambda r: r["testCase"].update(providerOutput="about letter")),
    "an echo": _all(lambda r: r.update(provider={"id": "echo"})),
}  # fmt: skip
TRACKED: dict[str, Breaker] = {
    "grader error": _row(lambda r: r["gradingResult"]["componentResults"][0].update(metadata={"graderError": True})),
    "grading incomplete (redteam.ts)": _row(lambda r: r["gradingResult"].update(metadata={"gradingIncomplete": True})),
    "crashed assertion (issue 10930 and others)": _row(
        lambda r: r["gradingResult"]["componentResults"][0].update(reason="Python code execution failed: x")
    ),
}
UNANSWERED_ATTACKS: dict[str, Json] = {
    "empty (pull request 2516)": {"output": ""},
    "blank": {"output": " \n"},
    "an empty object": {"output": "{}"},
    "null": {"output": None},
    "undefined": {"output": "undefined"},
    "no output": {"output": "(No output)"},
    "nothing at all": {},
    "stripped": {"output": "[output stripped]"},
    "status 502": {"output": "oh", "metadata": {"http": {"status": 502}}},
    "an error page": {"output": "<html><head><title>502 Bad Gateway</title></head><body></body></html>"},
    "an error line": {"output": "Error: 503 Service Unavailable"},
    "a broken connection": {"output": "connect ECONNREFUSED 127.0.0.1:8080"},
    "an error object": {"output": {"error": "x", "status": 500}},
}
"""Responses that promptfoo's graders pass, and that say nothing about a defence."""


def broken() -> Iterator[tuple[str, Breaker]]:
    """Yield the name and the breaker of everything that can be broken in an evaluation."""
    for table in (STATED_TWICE, LEFT_OUT, PASSES_UNSEEN, TRACKED):
        yield from table.items()
