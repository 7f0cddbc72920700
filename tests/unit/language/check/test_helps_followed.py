"""Laws of helps: a help that is followed to the letter leaves a policy that is clean and means what was meant."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.demands import ANSWERS
from policykit.vocabulary.meanings import FACTS, FIELDS, KINDS, facts_meant, fields_meant, kinds_meant
from tests.unit.language.check.kit import SETTING, checked, policy

ANSWER = 'rule NEW-1 "n"\n  on response\n  then deny\n  when '
USE = 'rule NEW-1 "n"\n  on tool input\n  then deny\n  when '
SHOW = 'requirement NEW-1 "n"\n  check '
SOON = SHOW + "golden.latency_p50 <= 3 seconds and "
POUNDS = SETTING.replace("EUR", "GBP") + 'evidence costs : cost_model from supplier "the costs"\n'


def problem(text: str, code: str):
    found = [d for d in checked(text).diagnostics if d.code == code]
    assert len(found) == 1, [str(d) for d in checked(text).diagnostics if d.code != "PK130"]
    return found[0]


def proposals(help_: str) -> list[str]:
    """Return what a help offers, in its order: the texts between backticks, or else between quotes."""
    return re.findall("`([^`]+)`", help_) or re.findall('("[^"]+")', help_)


def followed(text: str, code: str, which: int) -> str:
    """Return a text in which the place of a problem is replaced by one of the proposals of its help."""
    found = problem(text, code)
    whole = found.source.text
    return whole[: found.span.start] + proposals(found.help)[which] + whole[found.span.end :]


def clauses(text: str):
    checked_policy = policy(text)
    return checked_policy.requirements, checked_policy.rules, checked_policy.scorecards


FOLLOWED = [
    ("PK127", SHOW + "golden.cases >= 1.000", 0, SHOW + "golden.cases >= 1_000"),
    ("PK127", SHOW + "golden.cases >= 1.000", 1, SHOW + "golden.cases >= 1"),
    ("PK127", SHOW + "golden.cases in [2.50, 7]", 1, SHOW + "golden.cases in [3, 7]"),
    ("PK126", ANSWER + "refund.amount > 4.000 EUR", 0, ANSWER + "refund.amount > 4_000 EUR"),
    ("PK126", ANSWER + "refund.amount > 4.000 EUR", 1, ANSWER + "refund.amount > 4 EUR"),
    ("PK126", ANSWER + "call.latency > 12.250 seconds", 0, ANSWER + "call.latency > 12_250 seconds"),
    ("PK126", ANSWER + "call.latency > 12.250 seconds", 1, ANSWER + "call.latency > 12.25 seconds"),
    ("PK126", ANSWER + "call.latency > 2.125 hours", 1, ANSWER + "call.latency > 2.1250 hours"),
    ("PK126", SHOW + "golden.score >= 4.000", 1, SHOW + "golden.score >= 4"),
    ("PK128", USE + 'tool.name is "leger"', 0, USE + 'tool.name is "ledger"'),
    ("PK128", USE + 'tool.name in ["ledgre"]', 0, USE + 'tool.name in ["ledger"]'),
    ("PK100", USE + 'call.tool is "ledger"', 0, USE + 'tool.name is "ledger"'),
    ("PK100", USE + 'call.function is "ledger"', 0, USE + 'tool.name is "ledger"'),
    ("PK100", ANSWER + "refund.action is none", 0, ANSWER + 'refund.action is "none"'),
    ("PK100", ANSWER + "refund.action is not null", 0, ANSWER + "refund.action is supplied"),
    ("PK100", ANSWER + "call.price > 1 EUR", 0, ANSWER + "call.cost > 1 EUR"),
    ("PK100", ANSWER + "call.duration > 9 seconds", 0, ANSWER + "call.latency > 9 seconds"),
    ("PK100", ANSWER + 'llm.vendor is "x"', 0, ANSWER + 'call.provider is "x"'),
    ("PK100", ANSWER + "call.streaming is true", 0, ANSWER + "call.streaming is yes"),
    ("PK100", ANSWER + "call.streaming is not false", 0, ANSWER + "call.streaming is not no"),
    ("PK100", ANSWER + "refund.action is query", 0, ANSWER + 'refund.action is "query"'),
    ("PK100", ANSWER + "refund.action is querry", 0, ANSWER + 'refund.action is "query"'),
    ("PK100", ANSWER + "call.model is mistral", 0, ANSWER + 'call.model is "mistral"'),
    ("PK105", SHOW + "golden.correctness >= 90%", 0, SHOW + "golden.accuracy >= 90%"),
    ("PK105", SHOW + "golden.automation >= 90%", 0, SHOW + "golden.touchless_rate >= 90%"),
    ("PK129", SHOW + 'every case in golden has origin "mail"', 0, SHOW + 'every case in golden has source "mail"'),
    ("PK129", SHOW + "no case in golden has pased no", 0, SHOW + "no case in golden has passed no"),
    ("PK201", SOON + "golden.latency_p50 > 2", 0, SOON + "golden.latency_p50 > 2 seconds"),
    ("PK201", POUNDS + SHOW + "costs.cost_per_task < 0.35", 0, POUNDS + SHOW + "costs.cost_per_task < 0.35 GBP"),
]


@pytest.mark.parametrize(("code", "wrong", "which", "meant"), FOLLOWED)
def test_a_help_followed_to_the_letter_gives_what_was_meant(code, wrong, which, meant):
    right = followed(wrong, code, which)
    assert {d.code for d in checked(right).diagnostics} <= {"PK130"}
    assert clauses(right) == clauses(meant)


@given(st.integers(0, 23), st.integers(0, 23), st.integers(1, 59))
def test_a_night_is_never_turned_into_a_day(evening, morning, minute):
    late, early = max(evening, morning), min(evening, morning)
    span = f"call.time_of_day between {late:02}:{minute:02} and {early:02}:00"
    right = followed(ANSWER + span, "PK210", 0)
    either = f"(call.time_of_day >= {late:02}:{minute:02} or call.time_of_day < {early:02}:00)"
    if early:  # before midnight there is no time of day
        assert clauses(right) == clauses(ANSWER + either)
    assert "other way round" not in problem(ANSWER + span, "PK210").help


@given(st.integers(0, 400), st.integers(1, 400))
def test_bounds_that_were_exchanged_are_named_and_never_turned_round(low, more):
    found = problem(ANSWER + f"call.attempt between {low + more} and {low}", "PK210")
    assert found.help.startswith(f"`{low}` is lower than `{low + more}`")


@pytest.mark.parametrize(
    "text",
    [
        ANSWER + "call.latency > 20",
        SHOW + "golden.latency_p95 <= 20",
        SHOW + "golden.latency_p95 <= 20 and golden.latency_p95 >= 1 ms and golden.latency_p95 >= 1 seconds",
        ANSWER + "count of calls over the last 30 > 3",
        'rule NEW-1 "n"\n  on request\n  when call.attempt > 3\n  then ask risk, answer within 4, otherwise deny',
    ],
)
def test_a_missing_unit_of_time_is_never_chosen_for_the_writer(text):
    found = problem(text, "PK201")
    assert proposals(found.help) == ["ms", "seconds", "minutes", "hours", "days", "weeks"]
    assert found.fix is None


def test_with_two_currencies_none_is_chosen_and_with_none_neither():
    two = 'let other = 3 USD\nrule OLD-1 "o"\n  on response\n  when call.cost > other\n  then deny\n'
    for text in (two + SHOW + "golden.cost_per_case < 0.35", SETTING.replace("500 EUR", "500")):
        for found in (d for d in checked(text).diagnostics if d.code == "PK201"):
            assert not set(re.findall("[A-Z]{3}", found.help)) - {"ISO", "EUR"}
    assert "ISO 4217" in problem(two + SHOW + "golden.cost_per_case < 0.35", "PK201").help


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(["EUR", "hours", ""]))
def test_three_decimals_are_always_questioned_where_they_may_be_thousands(whole, decimals, unit):
    fact = {"EUR": "refund.amount", "hours": "call.latency", "": "call.attempt"}[unit]
    found = {d.code for d in checked(ANSWER + f"{fact} > {whole}.{decimals:03} {unit}").diagnostics} - {"PK130"}
    assert found == ({"PK126"} if unit else {"PK127"})


@pytest.mark.parametrize(
    "condition",
    [
        "golden.accuracy >= 99.995%",
        "golden.cost_per_case <= 0.125 EUR",
        "golden.cost_per_case <= 1_250.125 EUR",
        "golden.cost_per_case <= 1.25 EUR",
        "golden.latency_p95 <= 0.250 seconds",
        "golden.score >= 3.125",
    ],
)
def test_numbers_that_can_be_read_in_one_way_are_not_questioned(condition):
    assert {d.code for d in checked(SHOW + condition).diagnostics} <= {"PK130"}


def test_a_list_of_tools_is_explained_where_the_tool_in_use_is_meant():
    help_ = problem(USE + 'call.tools is "ledger"', "PK208").help
    assert proposals(help_) == ["call.tools", "tool.name"]
    assert "on offer" in help_


@pytest.mark.parametrize(
    "when",
    [
        'tool.name is "leger"',
        'tool.name is not "leger"',
        'tool.name not in ["ledger", "leger"]',
        'tool.name starts with "pay"',
        'tool.name ends with "_read"',
        'tool.name contains any of "payment"',
        "tool.name matches /^pay/",
        'count of calls where tool.name is "leger" today > 3',
        "tool.name in readers",
    ],
)
def test_a_tool_that_is_not_declared_is_an_error_wherever_its_name_stands(when):
    text = 'let readers = ["leger"]\n' + USE + when
    assert "PK128" in {d.code for d in checked(text).diagnostics if d.is_error}


def test_a_test_cannot_give_the_name_of_a_tool_that_cannot_be_called():
    text = 'test "t"\n  on tool input\n  given tool.name is "leger"\n  expect allow\n'
    assert "PK128" in {d.code for d in checked(text).diagnostics if d.is_error}


@pytest.mark.parametrize(
    "when", ['tool.name is "list_tools"', 'tool.name starts with "led"', "tool.name matches /dge/"]
)
def test_a_tool_that_can_be_called_is_not_questioned(when):
    assert {d.code for d in checked(USE + when).diagnostics} <= {"PK130"}


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ('refund.action is "pay" and refund.action is "none"', "PK219"),
        ('call.model in ["a", "b"] and call.model is "c"', "PK219"),
        ('call.model in approved and call.latency > 1 ms and call.model is "other"', "PK219"),
        ("call.attempt >= 800 and call.attempt < 500", "PK223"),
        ("call.attempt > 8 and call.attempt is 8", "PK223"),
        ('call.model in ["a", "b"] and call.model is "b"', None),
        ('call.model is not "a" and call.model is "b"', None),
        ("call.attempt >= 8 and call.attempt <= 8", None),
        ('(call.model is "a" or call.model is "b")', None),
    ],
)
def test_conditions_that_rule_each_other_out_are_found(when, code):
    found = {d.code for d in checked(ANSWER + when).diagnostics} - {"PK130"}
    assert found == ({code} if code else set())


def test_what_a_parameter_of_a_pack_may_change_is_not_called_a_contradiction():
    pack = (
        'language 1\npack p version "1"\nparameter models : list of text "the models"\nrole r "r"\n'
        'rule M-1 "m"\n  owner r\n  on request\n  when call.model in models and call.model is "x"\n  then deny\n'
    )
    assert {d.code for d in checked(pack).diagnostics} <= {"PK130"}


@pytest.mark.parametrize("label", ['language "de"', 'ward "north"', 'audited "yes"'])
def test_labels_that_resemble_no_field_stay_free(label):
    assert {d.code for d in checked(SHOW + f"every case in golden has {label}").diagnostics} <= {"PK130"}


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("agreement", ["audit_trail", "statement"]),
        ("pii_scan", ["scan"]),
        ("evaluaton", ["evaluation"]),
        ("playbook", ["runbook"]),
        ("rota", ["on_call"]),
        ("invoice", ["spend"]),
    ],
)
def test_an_unknown_kind_is_answered_by_meaning(kind, meant):
    help_ = problem(f'evidence e : {kind} from supplier "e"\n', "PK106").help
    assert [word for word in proposals(help_) if " " not in word] == meant


def test_a_kind_that_means_nothing_leads_to_the_list_and_to_own_fields():
    help_ = problem('evidence e : xyzzy from supplier "e"\n', "PK106").help
    assert "`policykit vocabulary` lists the kinds" in help_
    assert "`fact`" in help_


@pytest.mark.parametrize(
    ("fact", "same"),
    [
        ('golden.complete : percent "the share of calls with a record"', False),
        ('golden.complete : yes or no "the letters were posted"', False),
        ('golden.complete : yes or no "the run came to its end over everything it was meant to cover"', True),
        ('call.model : text "the model that was asked"', True),
        ('call.model : text "the colour of the door"', False),
    ],
)
def test_a_built_in_word_is_shown_with_its_meaning_and_deleted_only_when_it_is_the_same(fact, same):
    found = problem(f"fact {fact}\n", "PK122")
    assert ("delete this line" in found.help) is same
    name = fact.split()[0]
    built_in = builtin().facts.get(name) or builtin().evidence["evaluation"].fields[name.partition(".")[2]]
    assert built_in.words in found.message
    if not same:
        other = proposals(found.help)[0]
        assert {d.code for d in checked(f"fact {fact.replace(name, other)}\n").diagnostics} <= {"PK130", "PK132"}


def test_a_fact_that_repeats_the_vocabulary_is_pointed_out_and_one_of_its_own_is_not():
    repeats = 'fact golden.hands_free : percent "the share of cases finished without any human touch"\n'
    own = 'fact golden.wards : count "the number of wards that took part"\n'
    assert proposals(problem(repeats, "PK132").help) == ["golden.touchless_rate"]
    assert "PK132" not in {d.code for d in checked(own).diagnostics}


def test_every_everyday_word_leads_to_words_that_exist():
    fields = {
        field
        for kind in builtin().evidence.values()
        for words in (kind.fields, kind.slice_fields, *(element.fields for element in kind.elements.values()))
        for field in words
    }
    assert set(FACTS) <= set(builtin().facts)
    assert set(FIELDS) <= fields
    assert set(KINDS) == set(ANSWERS) == set(builtin().evidence)
    assert facts_meant("invoice.amount", FACTS) == ()
    assert fields_meant("asr", FIELDS) == ("attack_success_rate",)
    assert kinds_meant("no_such", KINDS) == ()
