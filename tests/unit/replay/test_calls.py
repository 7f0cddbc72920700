"""Replaying call records: the decision in the line, or other rules, are what is compared with."""

import json

import pytest

from policykit.engine.load import load
from policykit.errors import FactsError, TrailError
from policykit.replay import Absent, replay
from policykit.replay.model import State
from policykit.replay.report import ClauseStatus, Conclusion

HEAD = """language 1
policy small version "1.0.0"
  title "Small"
"""
RULES = (
    HEAD
    + """
rule MODEL-1 "Only approved models"
  on   request
  when call.model not in ["a", "b"]
  then deny
rule TEAM-1 "Somebody pays"
  on   request
  when call.team is missing
  then warn
rule LATE-1 "Not too long"
  on   response
  when call.latency > 2 seconds
  then warn
"""
)


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "small.policy").write_text(RULES)
    return load(tmp_path / "small.policy", cache=False)


@pytest.fixture
def other(tmp_path):
    (tmp_path / "other.policy").write_text(RULES.replace('["a", "b"]', '["a"]'))
    return load(tmp_path / "other.policy", cache=False)


@pytest.fixture
def calls(tmp_path):
    def write(*lines):
        path = tmp_path / "calls.jsonl"
        path.write_bytes(b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines))
        return path

    return write


def kept(effect, *matched, unknown=()):
    return {"effect": effect, "matched": list(matched), "unknown": list(unknown)}


def counts(report):
    return (report.unchanged, report.changed, report.untold)


def test_the_decision_in_the_line_is_what_is_compared_with(policy, calls):
    path = calls(
        {"call": {"model": "c", "team": "t"}, "decision": kept("deny", "MODEL-1")},
        {"call": {"model": "b", "team": "t"}, "decision": kept("deny", "MODEL-1")},
        {"call": {"model": "a", "team": None}, "decision": kept("allow")},
        {"phase": "response", "call.latency": "3 seconds", "decision": kept("warn", "LATE-1")},
    )
    report = replay(policy, path)
    assert counts(report) == (2, 2, 0)
    assert report.effects == {("deny", "deny"): 1, ("deny", "allow"): 1, ("allow", "warn"): 1, ("warn", "warn"): 1}
    assert {each.place: each.clauses for each in report.examples} == {
        f"{path}:2": (("MODEL-1", State.TRUE, State.NOT_TRUE),),
        f"{path}:3": (("TEAM-1", State.NOT_TRUE, State.TRUE),),
    }


def test_what_decide_prints_can_be_kept_in_the_line_and_is_replayed_as_it_was(policy, calls):
    facts = [{"call.model": "c", "call.team": "t"}, {"call.team": "t"}, {"call.model": "a"}]
    path = calls(*({**each, "decision": policy.decide(each).to_dict()} for each in facts))
    report = replay(policy, path)
    assert report.clauses[0].count(State.UNKNOWN, State.UNKNOWN) == 1  # the decision says that the model was missing
    assert dict(report.clauses[1].lacking) == {"call.team": 1}  # nothing says so of the team
    assert counts(report) == (2, 0, 1)


def test_a_fact_that_is_not_in_the_line_is_not_on_record_unless_the_caller_says_that_it_was_missing(policy, calls):
    path = calls({"call.model": "a", "decision": kept("warn", "TEAM-1")})
    assert counts(replay(policy, path)) == (0, 0, 1)
    assert counts(replay(policy, path, absent=Absent.MISSING)) == (1, 0, 0)
    assert counts(
        replay(policy, calls({"call": {"model": "a", "team": None}, "decision": kept("warn", "TEAM-1")}))
    ) == (1, 0, 0)


def test_is_missing_cannot_be_told_of_a_fact_that_is_not_on_record(policy, calls):
    report = replay(policy, calls({"call.model": "a", "decision": kept("allow")}))
    assert {each.id: each.count(now=State.CANNOT_TELL) for each in report.clauses} == {"MODEL-1": 0, "TEAM-1": 1}
    assert report.conclusion is Conclusion.CANNOT_TELL


def test_other_rules_can_stand_in_for_decisions(policy, other, calls):
    path = calls({"call.model": "b", "call.team": "t"}, {"call.model": "c", "call.team": "t"})
    report = replay(policy, path, against=other)
    assert report.effects == {("deny", "deny"): 1, ("deny", "allow"): 1}
    assert report.clauses[0].status is ClauseStatus.IN_BOTH


def test_without_a_decision_and_without_other_rules_nothing_is_replayed(policy, calls):
    report = replay(policy, calls({"call.model": "a"}))
    assert report.not_replayable == {"no decision was kept with the call": 1}
    assert (report.conclusion, report.exit_code) == (Conclusion.NOTHING_REPLAYED, 2)


def test_a_line_that_is_not_understood_has_its_place_and_the_others_are_replayed(policy, calls):
    good = {"call.model": "a", "call.team": "t", "decision": kept("allow")}
    report = replay(policy, calls(good, b'{"call.model": oops}', good, b"\xff\xfe", good))
    assert (report.replayed, report.problem_count) == (3, 2)
    assert [(d.code, d.where().rpartition("/")[2]) for d in report.problems] == [
        ("PK010", "calls.jsonl:2:16"),
        ("PK005", "calls.jsonl:4"),
    ]
    assert (report.conclusion, report.exit_code) == (Conclusion.NOT_UNDERSTOOD, 2)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"call.model": 7, "decision": kept("allow")}, "PK457"),
        ({"call": {"model": "a"}, "call.model": "a", "decision": kept("allow")}, "PK458"),
        ({"call.model": "a", "phase": "reqest", "decision": kept("allow")}, "PK451"),
        ({"call.model": "a", "decision": "allow"}, "PK960"),
        ({"call.model": "a", "decision": {"effect": "allowed"}}, "PK960"),
        ({"call.model": "a", "decision": {"effect": ["allow"]}}, "PK960"),
        ({"call.model": "a", "decision": {"effect": "deny", "matchd": []}}, "PK960"),
        ({"call.model": "a", "decision": {"effect": "deny", "matched": "MODEL-1"}}, "PK960"),
        ({"call.model": "a", "decision": {"effect": "deny", "policy_digest": 7}}, "PK960"),
        ({"call.model": "a", "decision": {"effect": "deny", "unknown_facts": []}}, "PK960"),
        ([], "PK452"),
    ],
)
def test_what_cannot_be_understood_is_an_error_with_its_place(policy, calls, line, code):
    path = calls({"call.model": "a", "call.team": "t", "decision": kept("allow")}, line if line != [] else b"7")
    report = replay(policy, path)
    assert [d.code for d in report.problems] == [code]
    assert f"{path}:2" in report.problems[0].where()
    assert report.exit_code == 2


def test_facts_that_the_rules_no_longer_declare_are_named_and_not_read(policy, calls):
    report = replay(policy, calls({"call.model": "a", "call.team": "t", "refund.amount": 7, "decision": kept("allow")}))
    assert report.undeclared == {"refund.amount": 1}
    assert report.exit_code == 0


def test_a_fact_that_neither_version_declares_is_an_error(policy, other, calls):
    report = replay(policy, calls({"call.model": "a", "call.modle": "a"}), against=other)
    assert [d.code for d in report.problems] == ["PK459"]


@pytest.mark.parametrize("content", [b"", b"\n\n", bytes(range(256)), b"\x00" * 1000, b"[]"])
def test_a_file_without_calls_is_a_failure(policy, tmp_path, content):
    (tmp_path / "x.jsonl").write_bytes(content)
    report = replay(policy, tmp_path / "x.jsonl")
    assert report.replayed == 0
    assert report.exit_code == 2


def test_a_file_that_is_not_there_is_a_problem(policy, tmp_path):
    report = replay(policy, tmp_path / "nowhere.jsonl")
    assert [d.code for d in report.problems] == ["PK001"]


def test_a_default_phase_that_is_none_is_refused(policy, calls):
    with pytest.raises(FactsError, match="PK451"):
        replay(policy, calls({"call.model": "a"}), phase="requst")


def test_a_key_or_a_vault_without_a_trail_is_refused(policy, calls, tmp_path):
    from policykit.trail.vault import Vault

    with pytest.raises(TrailError, match="PK963"):
        replay(policy, calls({}), vault=Vault(tmp_path))


def test_texts_of_calls_stand_in_no_report(tmp_path, calls):
    (tmp_path / "words.policy").write_text(
        HEAD + 'rule W-1 "x"\n  on request\n  when call.text contains any of "hush"\n  then deny "not {call.text}"\n'
    )
    path = calls({"call.text": "hush, the secret", "decision": kept("allow")})
    report = replay(load(tmp_path / "words.policy", cache=False), path)
    assert report.changed == 1
    assert "secret" not in json.dumps(report.to_dict())


def test_as_many_examples_of_each_change_are_kept_as_asked_for(policy, calls):
    path = calls(*({"call.model": "c", "call.team": "t", "decision": kept("allow")} for _ in range(20)))
    assert len(replay(policy, path, show=4).examples) == 4
    assert replay(policy, path, show=0).examples == ()


def test_reading_says_how_far_it_has_come(policy, calls):
    path = calls(*({"call.model": "a", "decision": kept("allow")} for _ in range(10)))
    told = []
    replay(policy, path, told=lambda *each: told.append(each))
    assert told[-1] == ("replaying", path.stat().st_size, path.stat().st_size)


def test_adding_up_early_changes_no_number(policy, other, calls, monkeypatch):
    path = calls(
        *(
            {"call.model": model, **({} if lost else {"call.team": team})}
            for model in ("a", "b", "c", None)
            for team in ("t", None)
            for lost in (True, False)
            for _ in range(3)
        )
    )
    late = replay(policy, path, against=other).to_dict()
    monkeypatch.setattr("policykit.replay.tally.MAX_ENTRIES", 2)
    assert replay(policy, path, against=other).to_dict() == late
