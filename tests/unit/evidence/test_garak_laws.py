"""Laws of garak reports.

States twice: `eval` lines and the scores of attempts, totals, `probe_summary`, `digest`, the planned probes. Can leave
out: the eval line of a probe, its attempts, scores of outputs. Passes without looking: an output that no detector could
judge (left out of the rate), an empty answer. What the tracker says went wrong: NVIDIA/garak 1954, 804, 1114 (scores
that are None), 2140 (short lists of scores), 2210.
"""

from __future__ import annotations

import json
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from policykit.evidence.merging import merge
from policykit.evidence.readers._garak_target import model_of
from tests.unit.evidence.never_better import assert_never_better

PROBES = {"dan.Dan_11_0": "dan.DAN", "leakreplay.Letters": "leakreplay.StartsWith"}
SIZE = 40


def attempt(probe: str, detector: str, scores: list[Any], outputs: list[Any] | None = None) -> dict[str, Any]:
    said = [{"text": "I sort letters."}] * len(scores) if outputs is None else outputs
    return {
        "entry_type": "attempt",
        "status": 2,
        "probe_classname": probe,
        "outputs": said,
        "detector_results": {detector: scores},
    }


def counted(probe: str, detector: str, fails: int, nones: int = 0, size: int = SIZE) -> dict[str, Any]:
    evaluated = size - nones
    return {
        "entry_type": "eval",
        "probe": probe,
        "detector": detector,
        "passed": evaluated - fails,
        "fails": fails,
        "nones": nones,
        "total_evaluated": evaluated,
        "total_processed": size,
    }


def whole(*, attempts: bool = True, setup: dict[str, Any] | None = None, fails: int = 1) -> list[dict[str, Any]]:
    """Return the lines of a run of two probes, in which the first let one attack through."""
    lines: list[dict[str, Any]] = [
        {
            "entry_type": "start_run setup",
            "plugins.target_type": "openai.OpenAIGenerator",
            "plugins.target_name": "gpt-5-mini",
            "plugins.probe_spec": ",".join(PROBES),
            "run.eval_threshold": 0.5,
        }
        | (setup or {}),
        {"entry_type": "init", "garak_version": "0.15.1", "start_time": "2026-11-20T10:00:00+00:00", "run": "r1"},
    ]
    for probe, detector in PROBES.items():
        hits = fails if probe.startswith("dan") else 0
        if attempts:
            lines += [attempt(probe, detector, [1.0 if n < hits else 0.0]) for n in range(SIZE)]
        lines.append(counted(probe, detector, hits))
        counts = {"detectors": [detector], "passed": SIZE - hits, "fails": hits, "nones": 0}
        lines.append({"entry_type": "probe_summary", "probe": probe, "detection_counts": counts})
    lines.append({"entry_type": "completion", "end_time": "2026-11-20T11:00:00+00:00", "run": "r1"})
    groups = {p.partition(".")[0]: {"_summary": {}, p: {"_summary": {}, d: {}}} for p, d in PROBES.items()}
    lines.append({"entry_type": "digest", "meta": {}, "eval": groups})
    return lines


def run(read: Any, lines: list[dict[str, Any]], name: str = "x.report.jsonl", **more: Any) -> Any:
    return read(name, "".join(json.dumps(line) + "\n" for line in lines), "red_team", **more)


def first(lines: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(line for line in lines if line["entry_type"] == kind)


def without(lines: list[dict[str, Any]], kind: str, count: int = 1) -> list[dict[str, Any]]:
    found = [line for line in lines if line["entry_type"] == kind][:count]
    return [line for line in lines if line not in found]


def edited(kind: str, **changes: Any) -> Any:
    def edit(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        first(lines, kind).update(changes)
        return lines

    return edit


BREAKS = {
    "an eval line is gone": lambda lines: without(lines, "eval"),
    "the attempts of a probe are gone": lambda lines: without(lines, "attempt", SIZE),
    "one attempt is gone": lambda lines: [line for n, line in enumerate(lines) if n != 2],
    "completion is gone": lambda lines: without(lines, "completion"),
    "completion of another run": edited("completion", run="r2"),
    "fewer hits than in the attempts": edited("eval", fails=0, passed=SIZE),
    "a total that does not add up": edited("eval", total_processed=SIZE + 5),
    "other counts in the summary": edited("probe_summary", detection_counts={"passed": SIZE, "fails": 0}),
    "a digest with more": edited("digest", eval={"tap": {"tap.TAP": {"mitigation.Bypass": {}}}}),
    "a planned probe has no result": edited("start_run setup", **{"plugins.probe_spec": "tap.TAP,dan.Dan_11_0"}),
    "no score can be a hit": edited("start_run setup", **{"run.eval_threshold": 1.5}),
    "a test generator": edited("start_run setup", **{"plugins.target_type": "test.Repeat"}),
    "an attempt was never evaluated": lambda lines: (
        [lines[2] | {"status": 1, "seq": n} for n in range(SIZE + 1)] + lines
    ),
    "an attempt was never sent": lambda lines: [lines[2] | {"status": 0, "seq": n} for n in range(SIZE + 1)] + lines,
    "a second run against another target": lambda lines: [*lines, lines[0] | {"plugins.target_name": "gpt-4"}],
    "no detector looked": lambda lines: [*lines, *([lines[2] | {"detector_results": {}}] * 20)],
    "an eval line twice": lambda lines: [*lines, first(lines, "eval")],
}


@pytest.mark.parametrize("attempts", [True, False])
def test_a_good_report_is_sufficient(read, attempts):
    evidence = run(read, whole(attempts=attempts))
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["attack_success_rate"] == Fraction(1, 2 * SIZE)
    assert evidence.fields["data_leakage"] is True
    assert evidence.problems == ()


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_report_is_never_better(read, how):
    good = run(read, whole(), "whole.report.jsonl")
    broken = run(read, BREAKS[how](deepcopy(whole())), "broken.report.jsonl")
    assert_never_better(good, broken, slices=["probe", "category"])
    assert broken.sufficiency != "sufficient"


@pytest.mark.parametrize("lost", [1, 2, 4])
def test_a_few_outputs_that_nobody_judged_count_as_got_through(read, lost):
    lines = whole(attempts=False, fails=0)
    first(lines, "eval").update(counted("dan.Dan_11_0", "dan.DAN", 0, nones=lost))
    first(lines, "probe_summary")["detection_counts"].update(passed=SIZE - lost, nones=lost)
    evidence = run(read, lines)
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["undetermined"] == lost
    assert evidence.fields["attack_success_rate"] == Fraction(lost, 2 * SIZE)
    assert evidence.fields["succeeded"] == 0


@pytest.mark.parametrize("lost", [5, 21, 40])
def test_many_outputs_that_nobody_judged_prove_nothing(read, codes, lost):
    lines = whole(attempts=False, fails=0)
    first(lines, "eval").update(counted("dan.Dan_11_0", "dan.DAN", 0, nones=lost))
    first(lines, "probe_summary")["detection_counts"].update(passed=SIZE - lost, nones=lost)
    assert "PK533" in codes(run(read, lines))


@pytest.mark.parametrize("size", [2000, 200])
def test_a_probe_of_which_half_was_not_judged_proves_nothing_in_a_run_of_any_size(read, codes, size):
    lines = whole(attempts=False, fails=0)
    lines[2:2] = [counted("tap.TAP", "mitigation.Bypass", 0, size=size)]
    lines[3:3] = [counted("grandma.Win11", "productkey.Win", 0, nones=4, size=6)]
    assert "PK533" in codes(run(read, lines))
    lines[3] = counted("grandma.Win11", "productkey.Win", 0, nones=3, size=6)
    assert "PK533" not in codes(run(read, lines))
    lines[3] = counted("grandma.Win11", "productkey.Win", 0, size=0)
    assert "PK533" in codes(run(read, lines))


@pytest.mark.parametrize("empty", ["", "  ", None, {"text": ""}, {"text": None}])
def test_an_empty_answer_was_not_blocked(read, codes, empty):
    lines = whole(fails=0)
    lines[2] = attempt("dan.Dan_11_0", "dan.DAN", [0.0], [empty])
    evidence = run(read, lines)
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["undetermined"] == 1
    assert evidence.fields["attack_success_rate"] == Fraction(1, 2 * SIZE)
    for number in range(2, 2 + SIZE):
        lines[number] = lines[2]
    assert codes(run(read, lines)) == {"PK533", "PK543"}


def test_an_answer_that_is_a_file_is_not_empty(read):
    lines = whole(fails=0)
    lines[2] = attempt("dan.Dan_11_0", "dan.DAN", [0.0], [{"text": None, "data_path": "a.png"}])
    assert run(read, lines).fields["undetermined"] == 0


def test_outputs_without_a_score_were_not_judged(read):
    lines = whole(fails=0)
    lines[2] = attempt("dan.Dan_11_0", "dan.DAN", [0.0], ["a", "b"])
    assert run(read, lines).fields["undetermined"] == 1


def test_more_lost_than_the_attempts_show_is_a_contradiction(read, codes):
    lines = whole(fails=0)
    first(lines, "eval").update(nones=1, total_processed=SIZE + 1)
    first(lines, "probe_summary")["detection_counts"]["nones"] = 1
    assert codes(run(read, lines)) == {"PK533"}


@pytest.mark.parametrize("version", ["scores above zero", "threshold"])
def test_the_threshold_decides_what_a_hit_is(read, codes, version):
    lines = whole(fails=0)
    lines[2] = attempt("dan.Dan_11_0", "dan.DAN", [0.3])
    lines[0].pop("run.eval_threshold")
    hits = int(version != "threshold")
    first(lines, "eval").update(fails=hits, passed=SIZE - hits)
    first(lines, "probe_summary")["detection_counts"].update(fails=hits, passed=SIZE - hits)
    assert codes(run(read, lines)) == set()
    lines[0]["run.eval_threshold"] = 0.5
    assert codes(run(read, lines)) == ({"PK533"} if hits else set())
    lines[0]["run.eval_threshold"] = 0.7
    assert "PK535" in {problem.code for problem in run(read, lines).problems}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("rest.RestGenerator", "https://desk.example/chat"),
        ("rest", "desk"),
        ("function.Single", "desk.bot#answer"),
        ("websocket.WebSocketGenerator", "wss://desk.example"),
        ("guardrails.NeMoGuardrails", "config"),
        ("langchain_serve.LangChainServeLLMGenerator", "http://127.0.0.1/x"),
        ("azure.AzureOpenAIGenerator", "our-deployment"),
        ("nvcf.NvcfChat", "0f0e"),
        ("desk.Generator", "letters"),
        ("huggingface.InferenceEndpoint", "https://desk.example"),
        ("ggml.GgmlGenerator", "/models/x.gguf"),
        ("openai", "./x"),
    ],
)
def test_an_application_is_not_a_model(read, kind, name):
    lines = whole(setup={"plugins.target_type": kind, "plugins.target_name": name})
    evidence = run(read, lines)
    assert evidence.sufficiency == "sufficient"
    assert evidence.subject.model == ""
    assert "model" not in evidence.fields
    assert [problem.code for problem in evidence.problems] == ["PK538"]


@pytest.mark.parametrize(
    "kind", ["openai", "nim.NVOpenAIChat", "litellm", "garak.generators.ollama.OllamaGenerator", ""]
)
def test_a_model_is_the_target_of_a_generator_that_calls_models(read, kind):
    lines = whole(setup={"plugins.target_type": kind, "plugins.target_name": "gpt-4o-2024-08-06"})
    evidence = run(read, lines)
    assert evidence.subject.model == "gpt-4o-2024-08-06"
    assert evidence.fields["model_pinned"] is True
    assert evidence.problems == ()


@pytest.mark.parametrize("leaks", [0, 3])
def test_coverage_does_not_depend_on_what_got_through(read, leaks):
    lines = [
        *whole(attempts=False)[:2],
        counted("desk.Letters", "desk.SystemPromptLeak", leaks),
        counted("desk.Letters", "desk.Refused", 1),
        whole()[-2],
    ]
    lines[0].pop("plugins.probe_spec")
    evidence = run(read, lines)
    assert evidence.fields["data_leakage"] is True
    assert evidence.fields["jailbreak"] is False
    assert evidence.fields["succeeded"] == max(leaks, 1)


def test_a_run_counts_once(read, codes):
    one = run(read, whole(), "a.report.jsonl")
    again = whole()
    first(again, "completion")["end_time"] = "2026-11-20T11:00:09+00:00"
    assert codes(merge([one, run(read, again, "b.report.jsonl")])) == {"PK545"}
    for kind in ("init", "completion"):
        first(again, kind)["run"] = "r2"
    assert codes(merge([one, run(read, again, "c.report.jsonl")])) == set()


def test_hostile_reports_end(read, codes):
    lines = [counted(f"dan.X{n}", "dan.DAN", 0) for n in range(50_000)]
    assert codes(run(read, lines)) == {"PK503"}


def without_hits(text: str = "I sort letters.", score: float = 0.0, **setup: Any) -> list[dict[str, Any]]:
    """Return a run in which no attack got through, with one answer to all of them."""
    lines = whole(fails=0, setup=setup)
    for line in lines:
        if line["entry_type"] == "attempt":
            line["outputs"] = [{"text": text}]
            line["detector_results"] = {name: [score] for name in line["detector_results"]}
    return lines


@pytest.mark.parametrize("text", ["502 Bad Gateway", '{"message": "Internal server error"}', "Request timed out", " "])
def test_a_target_that_does_not_work_resists_nothing(read, text):
    evidence = read("a.report.jsonl", "\n".join(map(json.dumps, without_hits(text))), "red_team")
    assert (evidence.sufficiency, evidence.fields["attack_success_rate"]) == ("inconclusive", 1)


def test_a_threshold_that_overlooks_hits_proves_nothing(read, codes):
    lines = without_hits(score=0.9, **{"run.eval_threshold": 0.95})
    evidence = read("a.report.jsonl", "\n".join(map(json.dumps, lines)), "red_team")
    assert (evidence.sufficiency, codes(evidence)) == ("inconclusive", {"PK535"})
    lines = without_hits(score=0.4, **{"run.eval_threshold": 0.95})
    assert read("b.report.jsonl", "\n".join(map(json.dumps, lines)), "red_team").sufficiency == "sufficient"


def test_a_threshold_that_no_score_reaches_proves_nothing(read, codes):
    lines = without_hits(score=0.4, **{"run.eval_threshold": 1.5})
    evidence = read("a.report.jsonl", "\n".join(map(json.dumps, lines)), "red_team")
    assert (evidence.sufficiency, codes(evidence)) == ("inconclusive", {"PK535"})


def test_outputs_that_only_the_processed_ones_count_were_not_judged(read):
    lines = whole(attempts=False)
    for line in lines:
        if line["entry_type"] == "eval":
            del line["nones"]
            line["total_processed"] = 4 * SIZE
    evidence = read("a.report.jsonl", "\n".join(map(json.dumps, lines)), "red_team")
    assert (evidence.sufficiency, evidence.fields["undetermined"]) == ("inconclusive", 6 * SIZE)


def test_an_empty_output_that_is_a_hit_counts_once(read):
    lines = whole(fails=SIZE)
    for line in lines:
        if line["entry_type"] == "attempt" and line["probe_classname"].startswith("dan"):
            line["outputs"] = [{"text": ""}]
    evidence = read("a.report.jsonl", "\n".join(map(json.dumps, lines)), "red_team")
    counts = {name: evidence.fields[name] for name in ("attacks", "succeeded", "undetermined")}
    assert counts == {"attacks": 2 * SIZE, "succeeded": SIZE, "undetermined": 0}


@pytest.mark.parametrize("name", ["shop.bot#answer", "https://bot.harbour.io", "./model.gguf", "localhost:8080"])
def test_a_program_or_an_address_is_no_model(name):
    assert model_of("", name) == model_of("openai.OpenAIGenerator", name) == ""


def test_more_passes_than_outputs_are_refused(read, codes):
    lines = whole(attempts=False)
    for line in lines:
        if line["entry_type"] == "eval":
            del line["fails"], line["nones"]
            line["passed"] = line["total_evaluated"] + 1
    evidence = read("a.report.jsonl", "\n".join(map(json.dumps, lines)), "red_team")
    assert (evidence.sufficiency, codes(evidence)) == ("error", {"PK533"})
