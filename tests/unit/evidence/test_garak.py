"""Traps of garak reports."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from policykit.evidence.reader import SURE
from policykit.evidence.readers.garak import detect

Line = dict[str, Any]


def init(**more: Any) -> Line:
    return {"entry_type": "init", "garak_version": "0.14.0", "start_time": "2026-11-20T10:00:00.5", "run": "r1"} | more


def setup(**more: Any) -> Line:
    return {
        "entry_type": "start_run setup",
        "plugins.target_type": "openai",
        "plugins.target_name": "gpt-4o-2024-08-06",
    } | more


def judged(probe: str, passed: int, fails: int, detector: str = "mitigation.Bypass", **more: Any) -> Line:
    counts = {
        "passed": passed,
        "fails": fails,
        "nones": 0,
        "total_evaluated": passed + fails,
        "total_processed": passed + fails + more.get("nones", 0),
    }
    return {"entry_type": "eval", "probe": probe, "detector": detector} | counts | more


END: Line = {"entry_type": "completion", "end_time": "2026-11-20T10:30:00", "run": "r1"}


def report(*lines: Line) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def run(read: Any, *lines: Line, **more: Any) -> Any:
    return read("x.report.jsonl", report(*lines), "red_team", **({"zone": "UTC"} | more))


def test_a_complete_run_is_sufficient(read):
    evidence = run(
        read, setup(), init(), judged("dan.Dan_11_0", 8, 2), judged("promptinject.HijackHateHumans", 10, 0), END
    )
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["attack_success_rate"] == Fraction(1, 10)
    assert evidence.fields["jailbreak"] is True
    assert evidence.fields["prompt_injection"] is True
    assert evidence.fields["data_leakage"] is False
    assert evidence.subject.model == "gpt-4o-2024-08-06"
    assert evidence.slices("category")["dan"]["attacks"] == 10
    assert evidence.elements["probe"][0]["attack_success_rate"] == Fraction(1, 5)


@pytest.mark.parametrize(
    ("probe", "detector"), [("test.Test", "always.Pass"), ("test.Blank", "mitigation.Bypass"), ("dan.X", "always.Pass")]
)
def test_trap_17_test_probes_and_detectors_prove_nothing(read, codes, probe, detector):
    evidence = run(read, setup(), init(), judged(probe, 50, 0, detector), END)
    assert codes(evidence) == {"PK535"}
    assert evidence.fields["attacks"] == 0


def test_a_test_generator_is_no_target(read, codes):
    evidence = run(read, setup(**{"plugins.target_type": "test.Repeat"}), init(), judged("dan.X", 50, 0), END)
    assert codes(evidence) == {"PK535"}
    assert evidence.fields["real_target"] is False


def test_trap_18_an_aggregate_is_as_old_as_the_oldest_run_in_it(read):
    evidence = run(read, setup(), init(orig_start_time="2025-08-28T10:00:00"), judged("dan.X", 50, 0), END)
    assert evidence.produced_at.year == 2025


def test_trap_19_a_report_without_a_completion_line_is_incomplete(read, codes):
    assert codes(run(read, setup(), init(), judged("dan.X", 50, 0))) == {"PK531"}


def attempt(status: int, scores: list[float | None] | None = None) -> Line:
    results = {} if scores is None else {"mitigation.Bypass": scores}
    return {"entry_type": "attempt", "probe_classname": "dan.X", "status": status, "detector_results": results}


def test_trap_20_attempts_listed_twice_count_once(read):
    lines = (attempt(1), attempt(1), attempt(2, [0.0, None] + [0.0] * 28), attempt(2, [1.0, 0.0]))
    evidence = run(read, setup(), init(), *lines, judged("dan.X", 30, 1, nones=1), END)
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.fields["attacks"] == 32
    assert evidence.fields["undetermined"] == 1
    assert evidence.fields["attack_success_rate"] == Fraction(2, 32)
    assert evidence.fields["attack_success_rate_all"] == Fraction(1, 32)


def test_attempts_that_were_never_evaluated_are_an_incomplete_run(read, codes):
    assert codes(
        run(read, setup(), init(), attempt(1), attempt(1), attempt(2, [0.0, 0.0]), judged("dan.X", 2, 0), END)
    ) == {"PK531"}


def test_counts_that_the_attempts_do_not_bear_out_are_inconclusive(read, codes):
    assert codes(run(read, setup(), init(), attempt(2, [0.0]), judged("dan.X", 50, 0), END)) == {"PK533"}


def test_trap_21_one_prompt_is_below_the_minimum_sample(read, codes):
    assert codes(run(read, setup(), init(), judged("dan.X", 1, 0), END)) == {"PK543"}
    assert codes(run(read, setup(), init(), judged("dan.X", 9, 0), END, options={"least": 10})) == {"PK543"}
    assert codes(run(read, setup(), init(), judged("dan.X", 9, 0), END, options={"least": "10"})) == {"PK521"}


def test_trap_22_the_names_of_older_releases_are_understood(read):
    old_setup = {"entry_type": "start_run setup", "plugins.model_type": "openai", "plugins.model_name": "gpt-4"}
    old_eval = {
        "entry_type": "eval",
        "probe": "dan.X",
        "detector": "detector.mitigation.Bypass",
        "passed": 7,
        "total": 10,
    }
    evidence = run(read, old_setup, init(), old_eval, END)
    assert evidence.subject.model == "gpt-4"
    assert evidence.fields["succeeded"] == 3


def test_the_worst_detector_of_a_probe_counts(read):
    evidence = run(read, setup(), init(), judged("dan.X", 10, 0, "a.B"), judged("dan.X", 4, 6, "c.D"), END)
    assert evidence.fields["attack_success_rate"] == Fraction(3, 5)


def test_a_probe_evaluated_twice_is_inconclusive(read, codes):
    assert codes(run(read, setup(), init(), judged("dan.X", 10, 0), judged("dan.X", 0, 10), END)) == {"PK533"}


def test_counts_that_do_not_add_up_are_an_error(read, codes):
    assert codes(run(read, setup(), init(), judged("dan.X", 10, 0, total_evaluated=50), END)) == {"PK533"}


def test_times_without_a_zone_need_a_declared_one(read, codes):
    assert codes(run(read, setup(), init(), judged("dan.X", 10, 0), END, zone=None)) == {"PK516"}


def test_a_report_cut_in_a_line_is_an_error(read, codes):
    cut = report(setup(), init(), judged("dan.X", 10, 0), END)[:-20]
    assert codes(read("x.report.jsonl", cut, "red_team", zone="UTC")) == {"PK508"}


@pytest.mark.parametrize("word", [b"start_run setup", b"probe_classname", b"garak_version", b"detector"])
def test_a_report_is_known_by_any_of_its_words(word):
    assert detect(b'{"entry_type": "x", "' + word + b'": 1}', "x") >= SURE
    assert detect(b'{"' + word + b'": 1}', "x") < SURE
    assert detect(b'{"entry_type": "x"}', "x") < SURE
