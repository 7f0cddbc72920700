"""Laws of the sentences of `explain`, whatever the clause, the vocabulary's words or the policy's own words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.language import checked as c
from policykit.language.english import explain_clause, sentence
from policykit.language.english.answers import answered, denied
from policykit.language.english.nouns import noun
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import COUNT, TEXT, YES_NO, Kind
from tests.strategies import policy_of, rule_sets

BROKEN = re.compile(
    r"\bis yes\b|\bis no\b|\bthe the\b|\bthat the from\b|\bthe (?:from|to|whether|how|it|we)\b|,\s*,|\bis is\b|  |::|,:"
    r"|\bNone\b|\bof of\b"
)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
FIELDS = [
    (evidence.name, field)
    for evidence in builtin().evidence.values()
    for field in sorted(evidence.fields.values(), key=lambda each: each.name)
]
OWN = [
    "the amount to be lent", "share of loans that came back", "whether a second reader has looked at it",
    "whether the book is rare, old or fragile", "from the first reminder to the return", "loans with rare bindings",
    "how sure the shelf is", "where the reader lives", "what the assistant proposes", "the reader dictates, as before",
    "it is open", "the desk (ground floor)", "is lent", "consent of the reader", "an hour, at most",
]  # fmt: skip


def assert_reads_well(text: str) -> None:
    bare = QUOTED.sub("x", text)
    assert BROKEN.search(bare) is None, text
    for opened, closed in ("()", "[]"):
        depth = 0
        for letter in bare:
            depth += (letter == opened) - (letter == closed)
            assert depth >= 0, text
        assert depth == 0, text


@given(rule_sets())
@settings(max_examples=200, deadline=None)
def test_every_rule_reads_well(rules):
    policy = policy_of(rules)
    for rule in rules:
        assert_reads_well(explain_clause(policy, rule.id))


def reading(evidence: str, field: Field, policy: c.CheckedPolicy) -> list[str]:
    read = c.EvidenceRead(evidence, field.name, field.type)
    checks: list[c.Check] = [c.Supplied(read), c.Supplied(read, negated=True)]
    if field.type.kind is Kind.YES_NO:
        checks += [c.Compare(how, read, c.Constant(said, YES_NO)) for how in ("==", "!=") for said in (True, False)]
    elif field.type.kind is Kind.COUNT:
        checks.append(c.Compare(">=", read, c.Constant(12_000, field.type)))
    return [
        sentence(check, policy) for check in (*checks, c.And((*checks,)), c.Or((*checks,)), c.Not(c.And((*checks,))))
    ]


@pytest.fixture(scope="module")
def policy():
    made = policy_of(())
    declared = {
        name: c.Evidence(name, kind, "", "what is watched, and who is woken")
        for name, kind in sorted(builtin().evidence.items())
    }
    return replace(made, evidence=declared)


def test_every_field_of_the_vocabulary_reads_well(policy):
    for evidence, field in FIELDS:
        for text in reading(evidence, field, policy):
            assert_reads_well(text)
            assert "12000" not in text


@given(st.sampled_from(OWN), st.sampled_from([YES_NO, COUNT, TEXT]))
def test_every_meaning_of_a_policys_own_reads_well(words, type_):
    field = Field("loan.own", type_, words)
    policy = policy_of(())
    policy = replace(policy, facts={**policy.facts, field.name: field})
    read = c.FactRead(field.name, type_)
    right = {Kind.YES_NO: c.Constant(False, YES_NO), Kind.COUNT: c.Constant(3, COUNT)}.get(type_.kind)
    check = c.Compare("==", read, right or c.Constant("a", TEXT))
    for one in (check, c.Supplied(read), c.And((check, c.Supplied(read, negated=True)))):
        assert_reads_well(sentence(one, policy))


def test_yes_and_no_are_never_said_alike():
    for _, field in FIELDS:
        if field.type.kind is Kind.YES_NO:
            assert answered(field, field.name, yes=True) != answered(field, field.name, yes=False)


@pytest.mark.parametrize(
    ("said", "no"),
    [
        ("the book is rare", "the book is not rare"),
        ("the head of the desk was asked", "the head of the desk was not asked"),
        ("the reader has agreed", "the reader has not agreed"),
        ("the reader has a card", "the reader does not have a card"),
        ("the system itself keeps card numbers", "the system itself does not keep card numbers"),
        # what a denial at the verb would say otherwise:
        ("the book is rare and old", "it is not the case that [the book is rare and old]"),
        ("a second reader has looked", "it is not the case that [a second reader has looked]"),
        ("the book is lent only once", "it is not the case that [the book is lent only once]"),
        ("the reader that is waiting was told", "it is not the case that [the reader that is waiting was told]"),
        (
            "the check of all that it is told failed",
            "it is not the case that [the check of all that it is told failed]",
        ),
        ("the reader may see every book", "it is not the case that [the reader may see every book]"),
    ],
)
def test_a_statement_is_denied_at_its_verb_only_where_that_denies_nothing_else(said, no):
    assert denied(said) == no


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("the reader who asks", "the reader who asks"),
        ("share of loans that came back", "the share of loans that came back"),
        ("what the assistant proposes", "what the assistant proposes"),
        ("from the first reminder to the return", "`loan.own` (from the first reminder to the return)"),
        ("the loans with rare bindings", "`loan.own` (the loans with rare bindings)"),
        ("how sure the shelf is", "`loan.own` (how sure the shelf is)"),
    ],
)
def test_words_that_are_no_subject_of_a_sentence_stand_beside_the_name(words, said):
    assert noun(Field("loan.own", COUNT, words), "loan.own") == said
