"""Laws of what a checked policy means: values are canonical, defaults are filled in, equal things are equal."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from policykit.language import checked as c
from policykit.vocabulary.types import Kind, Money, Phase
from tests.unit.language.check.kit import PACKS, SETTING, checked, codes, policy

EVERY_STATEMENT = Path(__file__).parents[3] / "data" / "every_statement.policy"
BASICS = """
language 1
pack ready-basics version "2.0.0"
parameter least_cases : count = 90 "how many letters"
role safety "who looks after safety"
gate opened "letters from all tenants"
evidence letters : evaluation "the run on the letters"
evidence probes  : red_team "the attacks"
requirement CASES-1 "The letters are many"
  owner safety
  before opened
  shown by letters, no older than 21 days
  check letters.cases >= least_cases
requirement PROBE-1 "The attacks are many"
  owner safety
  before opened
  shown by probes, no older than 21 days
  check probes.attacks >= 75
"""


def rule(condition: str, phase: str = "request") -> c.Rule:
    text = f'rule X-1 "x"\n  on {phase}\n  when {condition}\n  then deny\n'
    return next(rule for rule in policy(text).rules if rule.id == "X-1")


def requirement(condition: str) -> c.Requirement:
    text = f'requirement X-1 "x"\n  check {condition}\n'
    return next(found for found in policy(text).requirements if found.id == "X-1")


def test_a_policy_with_every_kind_of_statement_checks_with_a_pack_of_its_own():
    result = checked(EVERY_STATEMENT.read_text(encoding="utf-8"), packs={"ready-basics": BASICS})
    assert result.policy is not None, [str(d) for d in result.diagnostics]
    assert {d.code for d in result.diagnostics} <= {"PK130", "PK412"}
    assert [waiver.clause for waiver in result.policy.waivers] == ["ready-basics/PROBE-1"]
    assert [test.phase for test in result.policy.tests] == [Phase.RESPONSE] * 3
    raised = next(r for r in result.policy.requirements if r.id == "ready-basics/CASES-1")
    assert isinstance(raised.check, c.Compare)
    assert isinstance(raised.check.right, c.Constant)
    assert raised.check.right.value == 240


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("refund.amount > 500.01 EUR", Decimal("500.01")),
        ("refund.amount > large_refund", 500),
        ("refund.amount > large_refund * 2 + 1 EUR", 1001),
        ("500 EUR < refund.amount", 500),
        ("call.confidence < 80%", Decimal("0.8")),
        ("call.latency > 250 ms", Decimal("0.25")),
        ("call.latency > 2 minutes", 120),
    ],
)
def test_a_literal_is_a_canonical_value_and_stands_on_the_right(condition, value):
    compare = rule(condition, "response").when
    assert isinstance(compare, c.Compare)
    assert isinstance(compare.left, c.FactRead)
    assert isinstance(compare.right, c.Constant)
    assert compare.right.value == value
    assert compare.right.type.kind is compare.left.type.kind


def test_a_comparison_is_turned_round_when_the_constant_stands_on_the_left():
    assert rule("500 EUR < refund.amount", "response").when == rule("refund.amount > 500 EUR", "response").when
    assert rule("500 EUR is refund.amount", "response").when == rule("refund.amount is 500 EUR", "response").when


def test_a_literal_in_another_currency_keeps_it_where_the_fact_has_none():
    compare = rule("call.cost > 2 USD").when
    assert isinstance(compare, c.Compare)
    assert isinstance(compare.right, c.Constant)
    assert (compare.right.value, compare.right.type.currency) == (2, "USD")


def test_between_is_two_comparisons_among_those_beside_it():
    when = rule('refund.amount between 1 EUR and 2 EUR and refund.action is "pay"', "response").when
    assert isinstance(when, c.And)
    assert [type(item) for item in when.items] == [c.Compare] * 3


def test_and_within_and_is_one_list():
    nested = rule('(call.model is "a" and call.team is "b") and call.provider is "c"').when
    assert isinstance(nested, c.And)
    assert len(nested.items) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("over the last 7 days", "over the last 168 hours"),
        ("over the last 1 week", "over the last 7 days"),
        ("over the last 1.5 hours", "over the last 90 minutes"),
    ],
)
def test_windows_that_mean_the_same_have_the_same_key(one, other):
    keys = [rule(f"sum of call.cost {span} per call.team > 5 EUR").when.left.key for span in (one, other)]
    assert keys[0] == keys[1]


def test_the_order_of_conditions_in_a_window_does_not_change_its_key():
    one = rule('count of calls where (call.model is "a" and call.team is "b") today > 5').when
    other = rule('count of calls where (call.team is "b" and call.model is "a") today > 5').when
    assert one.left.key == other.left.key


@pytest.mark.parametrize(
    "other",
    [
        'count of calls where call.model is "b" today',
        'count of calls where call.model is not "a" today',
        'count of calls where call.model is "a" this week',
        'count of calls where call.model is "a" today per call.team',
        'count of calls where (call.model starts with "a") today',
        'count of calls where (call.model ends with "a") today',
        'count of calls where call.model in ["a"] today',
        'count of calls where (call.text contains any of "a") today',
        "count of calls where call.model is missing today",
        'count of calls where call.model is "a"',
        "count of calls today",
    ],
)
def test_windows_that_differ_have_different_keys(other):
    one = rule('count of calls where call.model is "a" today > 5').when.left.key
    assert rule(f"{other} > 5").when.left.key != one


@pytest.mark.parametrize(
    ("window", "bound", "kind"),
    [
        ("count of calls today", "5", Kind.COUNT),
        ('share of calls where call.outcome is "corrected" today', "5%", Kind.PERCENT),
        ("sum of call.cost today", "5 EUR", Kind.MONEY),
        ("mean of call.input_tokens today", "5", Kind.NUMBER),
        ("max of call.input_tokens today", "5", Kind.COUNT),
        ("p95 of call.latency today", "5 seconds", Kind.DURATION),
    ],
)
def test_a_statistic_has_the_type_of_what_it_is_taken_of(window, bound, kind):
    assert rule(f"{window} > {bound}").when.left.type.kind is kind


def test_section_defaults_hold_for_the_clauses_behind_them_and_a_clause_overrides_each():
    found = policy("""
section first "One"
  owner  risk
  before canary
  remedy by supplier within 10 days of notice: "run it again"
  on     request
requirement D-1 "d"
  check golden.cases >= 5
requirement D-2 "d"
  owner security
  before launch and every 7 days after
  check golden.cases >= 5
rule D-3 "d"
  then deny
rule D-4 "d"
  on response
  then deny
""")
    clauses = {clause.id: clause for clause in found.clauses()}
    assert (clauses["D-1"].owners, clauses["D-1"].due) == (("risk",), c.Due("canary"))
    assert (clauses["D-2"].owners, clauses["D-2"].due) == (("security",), c.Due("launch", 604_800))
    assert clauses["D-1"].remedy == clauses["D-2"].remedy == c.Remedy("supplier", 864_000, "run it again")
    assert clauses["D-3"].phases == {Phase.REQUEST}
    assert clauses["D-4"].phases == {Phase.RESPONSE}
    assert clauses["EVAL-1"].due == c.Due("launch")


def test_a_fact_named_after_an_evidence_is_a_field_of_it():
    found = policy("""
fact golden.politeness : percent "the share of answers found polite"
requirement TONE-1 "t"
  check golden.politeness >= 95%
""")
    assert "politeness" in found.evidence["golden"].kind.fields
    assert "golden.politeness" not in found.facts


def test_without_shown_by_a_clause_is_shown_by_what_it_looks_at():
    assert requirement("golden.cases >= 5 and attacks.attacks >= 5").shown_by == c.Trust(
        ("attacks", "golden"), "", None
    )


def test_what_is_redacted_is_what_the_condition_looks_for_and_not_what_it_excludes():
    found = policy("""
rule P-1 "p"
  on request
  when call.text contains any of pii.card, case_number and not (call.text contains any of "sandbox")
  then redact
""")
    effect = next(rule for rule in found.rules if rule.id == "P-1").then[0]
    assert [pattern.name for pattern in effect.patterns] == ["pii.card", "case_number"]
    assert effect.patterns[1].regexes == ("NW-[0-9]{8}",)
    assert effect.patterns[1].words == "claim number"


def test_unknown_is_then_unless_it_says_otherwise():
    found = policy("""
rule U-1 "u"
  on response
  when refund.amount > 5 EUR
  then ask claims_duty, answer within 4 hours, otherwise deny
  then warn "large"
  unknown ask
rule U-2 "u"
  on response
  when refund.amount > 5 EUR
  then deny
rule U-3 "u"
  on response
  when refund.amount > 5 EUR
  then deny
  unknown allow
""")
    rules = {rule.id: rule for rule in found.rules}
    assert [e.kind for e in rules["U-1"].unknown] == ["ask"]
    assert rules["U-2"].unknown == rules["U-2"].then
    assert [e.kind for e in rules["U-3"].unknown] == ["allow"]


def test_an_amount_given_to_a_fact_without_a_currency_brings_its_own():
    found = policy("""
rule C-1 "c"
  on request
  when call.cost > 1 EUR
  then deny
test "dear"
  given call.cost is 3 USD, refund.amount is missing
  expect allow
""")
    assert [given.value for given in found.tests[0].given] == [Money(3, "USD"), None]
    assert found.tests[0].phase is Phase.REQUEST


@pytest.mark.parametrize(
    ("body", "phase"),
    [
        ('given refund.action is "pay"\n  expect HUMAN-1 asks claims_duty', Phase.RESPONSE),
        ("given call.confidence is 10%\n  expect allow", Phase.RESPONSE),
        ("on failure\n  expect allow", Phase.FAILURE),
        ("expect allow", Phase.REQUEST),
        ("given golden.cases is 5\n  expect EVAL-1 fails", Phase.REQUEST),
    ],
)
def test_a_test_runs_in_the_phase_in_which_its_facts_can_be(body, phase):
    assert policy(f'test "t"\n  {body}\n').tests[0].phase is phase


def test_a_quorum_of_nobody_in_particular_is_all_of_them():
    found = policy("sign-off for launch by risk, security\nsign-off for canary by at least 1 of risk, security\n")
    assert [(s.gate, s.at_least) for s in found.sign_offs] == [("launch", 2), ("canary", 1)]


def test_listed_groups_are_kept_and_the_name_of_their_list():
    found = policy("""
let groups = ["a", "b"]
requirement G-1 "g"
  check every slice of golden by end_customer.group in groups has accuracy >= 92% and cases >= 60
""")
    check = next(r for r in found.requirements if r.id == "G-1").check
    assert isinstance(check, c.Quantified)
    assert (check.by, check.groups, check.name) == ("end_customer.group", ("a", "b"), "groups")
    assert [item.left.name for item in check.has.items] == ["accuracy", "cases"]


def test_labels_of_open_elements_are_texts():
    check = requirement('some case in golden has (region is "north" and source is "production")').check
    assert isinstance(check, c.Quantified)
    assert check.has.items[0].left == c.ElementRead("region", check.has.items[0].left.type)
    assert check.has.items[0].left.type.kind is Kind.TEXT


def test_what_applies_when_may_read_facts_and_evidence():
    text = """
fact system.reads_mail : yes or no "whether mail is read"
requirement A-1 "a"
  applies when system.reads_mail is yes and golden.cases >= 5
  check golden.cases >= 500
"""
    assert codes(text) == set()


def test_warnings_stay_with_the_policy():
    result = checked("")
    assert result.policy is not None
    assert result.policy.warnings == result.diagnostics != ()


def test_a_file_without_a_time_zone_is_in_utc():
    assert policy(SETTING.replace('timezone "Europe/Berlin"', "")).timezone == "UTC"


def test_a_pack_can_be_checked_by_itself_without_values_for_its_parameters():
    assert policy(PACKS["quota"]).kind == "pack"
