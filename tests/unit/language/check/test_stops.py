"""Laws of stops: of calls or of the record, what is unknown, where they begin, and their helps followed literally."""

from __future__ import annotations

import pytest

from policykit.language.parse import parse
from policykit.source import SourceFile
from tests.unit.language.check.kit import SETTING, checked, policy
from tests.unit.language.check.test_helps_followed import problem

ROLLOUT = (
    'rollout FEW-1 "f"\n  from canary until launch\n  send 5% of calls by end_customer.id, others use manual_queue\n'
)
PILOT = 'requirement PILOT-1 "p"\n  before canary\n  shown by attacks\n  check attacks.attacks >= 10\n'
REPORT = 'scorecard SCORE-1 "s"\n  measure golden.touchless_rate\n  baseline 41%\n  target at least 70% by 2027-06-30\n  report only\n'
CALLS = 'count of calls where call.outcome is "rejected" today > 40'
SHARE = 'share of calls where call.outcome is "corrected" over the last 7 days > 15%'


def stop(when: str, *parts: str, then: str = "pause all calls") -> str:
    lines = "".join(f"  {part}\n" for part in parts)
    return f'stop HALT-1 "h"\n{lines}  when {when}\n  then {then}\n  resume by risk\n'


def the_stop(text: str):
    found = policy(text)
    return next(each for each in found.stops if each.id == "HALT-1")


@pytest.mark.parametrize(
    "when",
    [
        "golden.accuracy < 90%",
        "EVAL-1 fails",
        "EVAL-1 fails and attacks.attacks < 3",
        'some finding in attacks has severity "critical"',
        "not (EVAL-1 passes)",
        "EVAL-1 is unknown",
        "golden.accuracy is missing",
    ],
)
def test_a_condition_over_evidence_or_clauses_is_of_the_record(when):
    assert the_stop(stop(when)).is_of_record


def test_a_condition_over_calls_is_not_of_the_record_and_has_no_gate():
    found = the_stop(stop(CALLS))
    assert not found.is_of_record
    assert found.from_gate == ""


@pytest.mark.parametrize("record", ["EVAL-1 fails", "golden.accuracy < 90%", 'no case in golden has source "x"'])
@pytest.mark.parametrize("joined", ["{} or ({})", "({1}) or {0}", "not ({}) and not ({})"])
def test_calls_and_record_in_one_stop_are_an_error_that_two_stops_mend(record, joined):
    found = problem(stop(joined.format(CALLS, record)), "PK246")
    assert found.help == "write two stops, one for each"
    two = stop(CALLS) + stop(record).replace("HALT-1", "HALT-2")
    assert [each.is_of_record for each in policy(two).stops] == [False, True]


@pytest.mark.parametrize(
    ("clauses", "when", "gate"),
    [
        ("", "golden.accuracy < 90%", "canary"),
        ("", "EVAL-1 fails", "launch"),
        (PILOT, "PILOT-1 fails", "canary"),
        (PILOT, "PILOT-1 fails or EVAL-1 is unknown", "launch"),
        (REPORT, "SCORE-1 fails", "canary"),
    ],
)
def test_a_stop_of_the_record_begins_where_all_that_it_names_is_due(clauses, when, gate):
    assert the_stop(clauses + stop(when)).from_gate == gate


def test_a_gate_that_is_written_wins():
    assert the_stop(stop("EVAL-1 fails", "from canary")).from_gate == "canary"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("fail", "fails"), ("is missed", "fails"), ("is not met", "fails"), ("is reached", "passes"),
        ("is met", "passes"), ("passed", "passes"), ("faills", "fails"),
    ],
)  # fmt: skip
def test_the_help_for_an_outcome_followed_literally_is_the_one_that_is_meant(said, meant):
    found = problem(stop(f"EVAL-1 {said}"), "PK247")
    assert found.help == f"write `EVAL-1 {meant}`"
    right = found.source.text.replace(f"EVAL-1 {said}", found.help.split("`")[1])
    assert the_stop(right) == the_stop(stop(f"EVAL-1 {meant}"))


@pytest.mark.parametrize("name", ["HUMAN-1", "FEW-1", "HALT-1"])
def test_only_what_evidence_must_meet_has_an_outcome(name):
    assert problem(ROLLOUT + stop(f"{name} fails"), "PK247").message.endswith("neither passes nor fails")


def test_a_clause_that_does_not_exist_is_named_with_the_nearest():
    assert "EVAL-1" in problem(stop("EVAL-11 fails"), "PK116").help


@pytest.mark.parametrize(
    "text",
    [
        'rule R-1 "r"\n  on request\n  when EVAL-1 fails\n  then deny\n',
        'requirement R-1 "r"\n  check EVAL-1 passes\n',
        stop("some case in golden has EVAL-1 fails"),
        stop("count of calls where (call.attempt > 1 and EVAL-1 fails) today > 4"),
    ],
)
def test_nothing_else_asks_for_the_outcome_of_a_clause(text):
    assert {d.code for d in checked(text).diagnostics if d.is_error} & {"PK245", "PK246"}


@pytest.mark.parametrize("effect", ["allow", "deny", "warn", "ask", "pause all calls"])
def test_a_stop_that_is_unknown_acts_or_tells(effect):
    wrong = SETTING + stop(CALLS, f"unknown {effect}")
    (found,) = parse(SourceFile("test.policy", wrong)).diagnostics
    assert found.code == "PK248"
    assert found.help.startswith("delete the line")
    right = the_stop(wrong.replace(f"  unknown {effect}\n", "").strip())
    assert right == the_stop(stop(CALLS))
    assert right.unknown_tell == ()
    assert the_stop(stop(CALLS, "unknown tell risk, security")).unknown_tell == ("risk", "security")


@pytest.mark.parametrize("part", ["shown by golden", "from canary"])
def test_parts_of_the_record_say_nothing_of_calls(part):
    found = problem(stop(CALLS, part), "PK249")
    word = "from" if part.startswith("from") else "shown by"
    assert found.help == f"delete the line that begins with `{word}`"
    assert the_stop(found.source.text.replace(f"  {part}\n", "")) == the_stop(stop(CALLS))


def test_a_stop_of_the_record_counts_no_calls():
    assert problem(stop("EVAL-1 fails, with at least 50 calls"), "PK315")


@pytest.mark.parametrize(
    "window",
    [
        SHARE,
        "mean of call.latency today > 9 seconds",
        "p95 of call.latency today > 9 seconds",
        "max of call.cost today > 9 EUR",
    ],
)
def test_a_statistic_that_no_call_has_needs_a_number_of_calls(window):
    found = problem(stop(window), "PK406")
    ending = found.help.split("`")[1]
    right = found.source.text.replace(window, window + ending)
    assert {d.code for d in checked(right).diagnostics} <= {"PK130"}
    assert the_stop(right).at_least_calls == 50
    none = checked(stop(f"{window}, with at least 0 calls")).diagnostics
    assert [d.code for d in none if d.is_error] == ["PK243"]


@pytest.mark.parametrize("window", [CALLS, "sum of call.cost today > 90 EUR"])
def test_a_statistic_that_is_zero_without_calls_needs_none(window):
    assert the_stop(stop(window)).at_least_calls is None


def test_a_stop_looks_at_all_calls_together():
    found = problem(stop("count of calls today per call.team > 40"), "PK406")
    assert found.help.startswith("leave `per call.team` out")
    right = found.source.text.replace(" per call.team", "")
    assert the_stop(right) == the_stop(stop("count of calls today > 40"))


def test_rescoping_needs_a_rollout_that_begins_there():
    back = stop("EVAL-1 fails", then="rescope to canary within 1 day, tell risk")
    found = problem(back, "PK405")
    assert "from canary" in found.help
    effect = the_stop(ROLLOUT + back).pause
    assert (effect.gate, effect.seconds, effect.roles, effect.tool) == ("canary", 86_400, ("risk",), None)
    assert problem(ROLLOUT + back.replace("canary", "launch"), "PK405")
    assert problem(back.replace("canary", "cannary"), "PK103")


def test_what_a_stop_says_binds():
    texts = [
        stop("EVAL-1 fails"), stop("EVAL-1 passes"), stop("EVAL-1 is unknown"), stop("EVAL-1 fails", "from canary"),
        stop("EVAL-1 fails", "unknown tell risk"), stop("EVAL-1 fails", then="rescope to canary"),
        stop("golden.accuracy < 90%"), stop("golden.accuracy < 90%", "shown by golden, attested"),
        stop("golden.accuracy < 90%", "shown by golden, no older than 3 days"),
    ]  # fmt: skip
    assert len({policy(ROLLOUT + text).digest for text in texts}) == len(texts)


def test_the_order_of_the_roles_told_does_not_bind():
    one, other = (policy(stop(CALLS, f"unknown tell {roles}")) for roles in ("risk, security", "security, risk"))
    assert one.digest == other.digest


def test_a_stop_of_a_pack_names_the_clauses_of_the_pack():
    pack = (
        'language 1\npack halts version "1.0.0"\nrole risk\ngate canary "c"\nevidence golden : evaluation "g"\n'
        'requirement SET-1 "s"\n  owner risk\n  before canary\n  shown by golden\n  check golden.cases >= 9\n'
        'stop SET-2 "h"\n  when SET-1 fails\n  then pause all calls\n  resume by risk\n'
    )
    found = policy("include halts\n" + stop("halts/SET-1 fails"), packs={"halts": pack})
    assert {each.id: (each.when.clause, each.from_gate) for each in found.stops} == {
        "halts/SET-2": ("halts/SET-1", "canary"),
        "HALT-1": ("halts/SET-1", "canary"),
    }
