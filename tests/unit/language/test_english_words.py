"""Laws of single words in English: denials, articles, several effects, amounts of money, and who made what a gate needs."""

from __future__ import annotations

import pytest

from policykit.engine.load import standard_vocabulary
from policykit.language.english import explain_clause, explain_policy
from policykit.language.english.answers import answered, denied, statement
from policykit.language.english.denials import DENIALS
from policykit.language.english.nouns import detected
from policykit.language.load import load_text
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.reference import type_text
from policykit.vocabulary.types import Kind

POLICY = """language 1
policy loans version "1.0.0"
  title "Loans"
party town "Town"
role buyer, keeper, auditor, mayor of town
gate shelf "the first loan"
gate doors "all loans"
evidence book : evaluation from town "the loan book"
fact loan.fee    : money EUR "the fee"
fact loan.id     : text "the loan"
fact reader.id   : text "the reader whose loan it is"
fact visit.made  : yes or no "whether the home visit was confirmed"
requirement A-1 "Cases"
  owner buyer
  before shelf
  check book.cases >= 5
requirement A-2 "More"
  owner keeper
  before doors
  check book.cases >= 50
rule B-1 "Fees"
  on request
  when loan.fee > 9.40 EUR and visit.made is no
  then {}
sign-off for {}
"""
VOCABULARY = standard_vocabulary()


def policy(effects='deny "no"', sign_off="shelf by auditor, mayor"):
    loaded = load_text("loans.policy", POLICY.format(effects, sign_off), VOCABULARY)
    assert loaded.policy is not None, loaded.diagnostics
    return loaded.policy


def questions():
    words = builtin()
    for kind in words.evidence.values():
        groups = [kind.fields, kind.slice_fields, *(element.fields for element in kind.elements.values())]
        yield from (field for group in groups for field in group.values() if field.type.kind is Kind.YES_NO)
    yield from (fact for fact in words.facts.values() if fact.type.kind is Kind.YES_NO)


def test_every_field_of_the_vocabulary_is_denied_in_a_sentence_of_its_own():
    for field in questions():
        said, no = answered(field, field.name, yes=True), answered(field, field.name, yes=False)
        assert said != no
        assert "[" not in no


def test_no_denial_is_kept_that_nothing_says():
    assert set(DENIALS) <= {statement(field) for field in questions()}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("the home visit was confirmed", "the home visit was not confirmed"),
        ("the reader's consent is given", "the reader's consent is not given"),
        ("the reader thinks the fee is fair", "it is not the case that [the reader thinks the fee is fair]"),
        ("the clerk knows what is asked", "it is not the case that [the clerk knows what is asked]"),
        ("the clerk asks for what is due", "the clerk does not ask for what is due"),
    ],
)
def test_a_denial_stands_at_the_verb_that_is_denied(said, meant):
    assert denied(said) == meant


def test_what_is_found_has_its_article():
    known = {words: detected(words) for words in VOCABULARY.detectors.values()}
    bare = [words for words, said in known.items() if said == words]
    assert bare == ["personal data of any kind that policykit detects"]
    assert known["e-mail address"] == "an e-mail address"
    assert known["United Kingdom health service number"] == "a United Kingdom health service number"
    assert known["IPv4 address"] == "an IPv4 address"
    assert known["Australian tax file number"] == "an Australian tax file number"
    assert (detected("the chart number"), detected("medical advice")) == ("the chart number", "medical advice")


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ("warn", "the call goes on and a warning is given."),
        ('deny "no"\n  then warn', 'the call is refused, with the message "no"; and a warning is given.'),
        (
            'warn "a"\n  then warn "b"',
            'the call goes on and a warning is given, with the message "a"; and the call goes on',
        ),
    ],
)
def test_a_warning_beside_another_effect_does_not_say_that_the_call_goes_on(effects, said):
    assert said in explain_clause(policy(effects), "B-1")


def test_money_has_both_digits_and_a_placeholder_its_meaning():
    text = explain_clause(policy('deny "{reader.id}"'), "B-1")
    assert "is more than 9.40 EUR and the home visit was not confirmed:" in text
    assert "(where `{reader.id}` stands for the reader whose loan it is)" in text


@pytest.mark.parametrize(
    ("sign_off", "says", "never"),
    [
        ("shelf by auditor, mayor", "Whoever owns one of its clauses, or collected or signed its evidence, may sign", "own clauses"),
        ("shelf by buyer, auditor", "The buyer owns clauses of it. An owner, and whoever", "keeper"),
        ("shelf by keeper, auditor", "Whoever owns one of its clauses", "keeper owns"),
        ("doors by buyer, keeper, auditor", "The buyer and the keeper own clauses of it.", "nobody can"),
        ("doors by buyer, keeper", "The buyer and the keeper own clauses of it, so nobody can complete", "at least one"),
    ],
)  # fmt: skip
def test_a_gate_says_which_signers_made_what_they_sign_for(sign_off, says, never):
    gates = explain_policy(policy(sign_off=sign_off))[-1].paragraphs
    (text,) = [each for each in gates if "must sign" in each]
    assert says in text
    assert never not in text
    assert "It can be met only when shelf is met." in gates[1]
    assert "It can be met" not in gates[0]


def test_a_type_of_the_vocabulary_is_written_as_a_policy_writes_it():
    types = {type_text(fact.type) for fact in builtin().facts.values()}
    types |= {type_text(field.type) for kind in builtin().evidence.values() for field in kind.fields.values()}
    for each in sorted(text for text in types if " or more" not in text):
        text = POLICY.format("warn", "shelf by mayor").replace("text", each, 1)
        assert load_text("loans.policy", text, VOCABULARY).policy is not None, each


def test_no_days_from_the_check_are_the_day_itself():
    text = POLICY.format("warn", "shelf by mayor").replace("loan.fee > 9.40 EUR", "loan.due >= 0 days ago")
    text = text.replace("fact loan.id", 'fact loan.due : date "the day of return"\nfact loan.id')
    loaded = load_text("loans.policy", text, VOCABULARY).policy
    assert loaded is not None
    assert "the day of return is not earlier than the day of the call" in explain_clause(loaded, "B-1")
