"""Laws of the verdict: gates, empty runs, scorecards, and the documented form."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import policykit
from policykit.errors import DecisionUsageError, ProjectError
from policykit.readiness.check import check_project
from policykit.readiness.decide import Inputs, decide, id_order
from policykit.readiness.exports import exports
from policykit.readiness.outcome import Outcome
from policykit.readiness.statements import StatementFiles
from policykit.readiness.verdict import Verdict
from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, promptfoo, ring, signed, values, verdict, write

DOCS = Path(policykit.__file__).parent.parent / "docs"
PILOT = CASES + '\nrequirement EVAL-2 "Right"\n  shown by golden\n  before pilot\n  check golden.accuracy >= 90%\n'


def test_a_verdict_cannot_be_tested_for_truth(tmp_path):
    with pytest.raises(DecisionUsageError):
        bool(verdict(write(tmp_path)))


def test_the_same_input_at_the_same_instant_gives_the_same_bytes(tmp_path):
    root = write(tmp_path)
    assert verdict(root).to_json() == verdict(root).to_json()


def test_the_documented_schema_is_the_one_of_the_model():
    assert json.loads((DOCS / "verdict-schema.json").read_text()) == Verdict.model_json_schema(mode="serialization")


def test_a_verdict_in_json_reads_back_as_the_same_verdict(tmp_path):
    found = verdict(write(tmp_path, golden__yaml=values(cases=3)))
    assert Verdict.model_validate_json(found.to_json()) == found


def test_every_member_of_the_verdict_is_documented():
    page = (DOCS / "verdict.md").read_text(encoding="utf-8")
    assert [name for name in Verdict.model_fields if f"| `{name}` |" not in page] == []


def test_what_is_due_before_an_earlier_gate_is_due_for_the_later_ones_too(tmp_path):
    root = write(tmp_path, PILOT)
    assert [c.id for c in verdict(root, gate="pilot").clauses] == ["EVAL-2"]
    assert [c.id for c in verdict(root, gate="launch").clauses] == ["EVAL-1", "EVAL-2"]
    assert verdict(root).gate == "launch", "without a gate the last one is judged, which is everything"


def test_a_gate_is_judged_by_its_own_clauses(tmp_path):
    root = write(tmp_path, PILOT, golden__yaml=values(cases=3, accuracy="94%"))
    assert verdict(root, gate="pilot").result == "met"
    assert verdict(root, gate="launch").result == "not met"
    assert [(g.gate, g.is_met) for g in verdict(root).gates] == [("pilot", True), ("launch", False)]


def test_an_unknown_gate_is_refused(tmp_path):
    with pytest.raises(ProjectError, match="PK607"):
        verdict(write(tmp_path), gate="lanch")


def test_a_gate_without_a_requirement_is_not_met(tmp_path):
    found = verdict(write(tmp_path), gate="pilot")
    assert (found.result, [p.code for p in found.problems]) == ("not met", ["PK630"])
    assert found.to_do[0].what.startswith("no requirement is due before `pilot`")


def test_a_gate_of_which_nothing_applies_is_not_met(tmp_path):
    clauses = CASES + "  applies when system.reads_mail is yes\n"
    found = verdict(write(tmp_path, clauses, PROJECT + "facts: {system.reads_mail: no}\n" + GOLDEN))
    assert found.clauses[0].outcome is Outcome.NOT_APPLICABLE
    assert (found.result, [p.code for p in found.problems]) == ("not met", ["PK631"])


def test_a_project_without_any_evidence_is_not_met(tmp_path):
    assert verdict(write(tmp_path, project=PROJECT)).result == "not met"


def test_a_sign_off_alone_does_not_make_a_gate_met(tmp_path):
    clauses = CASES + "\nsign-off for launch by risk\n"
    keys = "keys: keys.yaml\nstatements: statements/*.json\n"
    root = write(tmp_path, clauses, PROJECT + keys, keys__yaml=ring(("Cleo Marsh", "risk")))
    signed(root, "Cleo Marsh", "risk")
    found = verdict(root)
    assert (found.result, found.sign_offs[0].is_met) == ("not met", True)


SCORE = """
scorecard SCORE-1 "Touchless"
  shown by golden, no older than 30 days
  measure  golden.touchless_rate
  baseline 41%
  target   at least 70% by 2027-06-30
"""


DUE_NOW = SCORE.replace(" by 2027-06-30", "")
LAST_DAY_ENDS = datetime(2027, 6, 30, 22, tzinfo=UTC)
"""Midnight in Berlin."""


def card_of(found: Verdict):
    (card,) = [c for c in found.clauses if c.kind == "scorecard"]
    return card


@pytest.mark.parametrize(
    ("clauses", "now", "outcome", "result"),
    [
        (SCORE, "70%", Outcome.PASS, "met"),
        (SCORE, "69.9%", Outcome.NOT_DUE, "met"),
        (DUE_NOW, "70%", Outcome.PASS, "met"),
        (DUE_NOW, "69.9%", Outcome.FAIL, "not met"),
    ],
)
def test_a_scorecard_reports_baseline_target_and_current_and_holds_up_its_gate_once_it_is_due(
    tmp_path, clauses, now, outcome, result
):
    root = write(tmp_path, CASES + clauses, golden__yaml=values(cases=512, touchless_rate=now))
    found = verdict(root)
    card = card_of(found)
    assert (card.outcome, found.result) == (outcome, result)
    assert card.scorecard is not None
    assert card.scorecard.model_dump() == {
        "measure": "golden.touchless_rate",
        "baseline": "41%",
        "target": "at least 70%",
        "current": now,
        "target_by": "2027-06-30" if clauses is SCORE else "",
        "report_only": False,
    }


@pytest.mark.parametrize("later", [-1, 0, 1])
def test_a_target_is_due_when_its_day_has_ended_in_the_zone_of_the_policy(tmp_path, later):
    at = LAST_DAY_ENDS + timedelta(microseconds=later)
    stated = values(cases=512, touchless_rate="69%", produced_at="2027-06-29T12:00:00Z")
    found = verdict(write(tmp_path, CASES + SCORE, golden__yaml=stated), at=at)
    assert card_of(found).outcome is (Outcome.NOT_DUE if later < 0 else Outcome.FAIL)
    assert found.result == ("met" if later < 0 else "not met")


@pytest.mark.parametrize(
    ("golden", "outcome"),
    [
        (values(cases=512, touchless_rate="69%", produced_at="2026-10-01T12:00:00Z"), Outcome.STALE),
        (values(cases=512), Outcome.INCONCLUSIVE),
        ("[", Outcome.ERROR),
    ],
)
def test_a_target_that_is_not_due_yet_must_be_measured_all_the_same(tmp_path, golden, outcome):
    found = verdict(write(tmp_path, PILOT + SCORE, golden__yaml=golden))
    assert (card_of(found).outcome, found.result) == (outcome, "not met")


def test_a_target_that_is_not_due_yet_is_never_shown_as_reached_and_nothing_else_makes_the_gate_met(tmp_path):
    stated = values(cases=512, touchless_rate="69%")
    found = verdict(write(tmp_path, CASES + SCORE, golden__yaml=stated))
    assert found.headline.startswith("MET: claims-helper 1.0.0")
    assert "1 of 2 clauses met, 1 not yet due" in found.headline
    assert [(g.met, g.clauses) for g in found.gates if g.gate == "launch"] == [(1, 2)]
    assert "not reached, and not yet due" in " ".join(card_of(found).notes)
    for export in exports().values():
        assert "not yet due" in export.render(found)
    alone = verdict(write(tmp_path, SCORE, golden__yaml=stated))
    assert (alone.result, [p.code for p in alone.problems]) == ("not met", ["PK631"])


def test_what_the_day_of_a_target_ends_stands_among_what_expires(tmp_path):
    found = verdict(write(tmp_path, CASES + SCORE, golden__yaml=values(cases=512, touchless_rate="69%")))
    (due,) = [e for e in found.expires if e.what == "target"]
    assert (due.at, due.clauses) == ("2027-06-30T22:00:00Z", ("SCORE-1",))
    (evidence,) = [e for e in found.expires if e.what == "evidence `golden`"]
    assert evidence.clauses == ("EVAL-1", "SCORE-1")


@pytest.mark.parametrize(("clauses", "outcome"), [(SCORE, Outcome.NOT_DUE), (DUE_NOW, Outcome.FAIL)])
def test_a_scorecard_for_report_only_never_holds_up_a_gate_and_says_what_is(tmp_path, clauses, outcome):
    root = write(tmp_path, CASES + clauses + "  report only\n", golden__yaml=values(cases=512, touchless_rate="3%"))
    found = verdict(root)
    card = card_of(found)
    assert (found.result, card.outcome, card.counts) == ("met", outcome, False)
    assert found.to_do == ()


def test_a_gate_with_nothing_but_a_report_is_not_met(tmp_path):
    clauses = CASES + SCORE + "  report only\n"
    found = verdict(write(tmp_path, clauses, golden__yaml=values(cases=512, touchless_rate="80%")), gate="pilot")
    assert [c.outcome for c in found.clauses] == [Outcome.PASS]
    assert (found.result, [p.code for p in found.problems]) == ("not met", ["PK630"])


def test_the_digest_changes_with_everything_that_the_verdict_rests_on(tmp_path):
    keys = "keys: keys.yaml\nstatements: statements/*.json\n"
    clauses = PILOT + "\nsign-off for launch by risk\n"
    people = ring(("Cleo Marsh", "risk"))

    def fresh():
        return write(tmp_path, clauses, PROJECT + keys + GOLDEN, keys__yaml=people)

    root = fresh()
    seen = {verdict(root).digest}

    def differs(found):
        assert found.digest not in seen
        seen.add(found.digest)

    differs(verdict(root, AT + timedelta(microseconds=1)))
    differs(verdict(root, gate="pilot"))
    (root / "golden.yaml").write_text(values(cases=513, accuracy="94%"))
    differs(verdict(root))
    differs(verdict(write(tmp_path, clauses.replace("500", "501"), PROJECT + keys + GOLDEN)))
    differs(verdict(write(tmp_path, clauses, PROJECT.replace("1.0.0", "1.0.1") + keys + GOLDEN)))
    root = fresh()
    (root / "keys.yaml").write_text(people + "# one more line\n")
    differs(verdict(root))
    root = fresh()
    signed(root, "Cleo Marsh", "risk")
    differs(verdict(root))
    (root / "statements" / "0.json").write_text("junk")
    differs(verdict(root))
    root = fresh()
    (root / "golden.yaml.manifest.json").write_text('{"sha256": "sha256:0"}')
    differs(verdict(root))


def test_a_naive_instant_is_a_mistake_of_the_caller(tmp_path):
    root = write(tmp_path)
    with pytest.raises(ValueError, match="aware"):
        check_project(root, at=AT.replace(tzinfo=None))


def test_a_gate_that_is_not_declared_is_a_mistake_of_the_caller(tmp_path):
    from policykit.readiness.check import load_project

    policy, project = load_project(write(tmp_path))
    with pytest.raises(ValueError, match="gate"):
        decide(Inputs(policy, project, {}, StatementFiles(), AT), "lanch")


def test_clauses_are_ordered_by_their_numbers_as_people_count():
    ids = ["EVAL-10", "EVAL-2", "COST-1", "pack/EVAL-2", "EVAL-2-1"]
    assert sorted(ids, key=id_order) == ["COST-1", "EVAL-2", "EVAL-2-1", "EVAL-10", "pack/EVAL-2"]


def test_what_a_file_says_cannot_write_control_characters_into_the_verdict(tmp_path):
    clauses = 'requirement EVAL-1 "The model"\n  check golden.model is "good"\n'
    project = PROJECT + "evidence: {golden: {files: golden.json}}\n"
    text = promptfoo().replace("gpt-5-mini-2026-08-07", r"\u001b[31mred\u202e")
    found = verdict(write(tmp_path, clauses, project, golden__json=text))
    assert all(c.isprintable() or c == "\n" for c in found.to_json())
    assert "\\u001b" not in found.to_json()


def test_the_verdict_does_not_depend_on_the_folder_it_was_made_in(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    assert verdict(write(one)).to_json() == verdict(write(two)).to_json()


def test_no_unit_test_of_the_verdict_uses_the_clock():
    """`decide` takes the instant as an argument; nothing under readiness asks for it."""
    package = Path(policykit.__file__).parent / "readiness"
    for path in package.rglob("*.py"):
        assert "datetime.now" not in path.read_text().replace("at=datetime.now(UTC)).result", ""), path
