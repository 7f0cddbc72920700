"""Laws of `at least 10 cases in ... have`, and of durations that a `let` or a parameter holds."""

from __future__ import annotations

import pytest

from policykit.language.english import explain_clause
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.source import SourceFile
from tests.unit.language.check.kit import PACKS, SPEED, checked, codes, policy


def requirement(condition, evidence="golden"):
    text = f'requirement X-1 "x"\n  shown by {evidence}, no older than 30 days\n  check {condition}\n'
    return next(found for found in policy(text).requirements if found.id == "X-1")


@pytest.mark.parametrize("element", ["cases", "case"])
def test_the_plural_and_the_singular_mean_the_same(element):
    found = requirement(f'at least 10 {element} in golden have source "live"').check
    assert (found.quantifier, found.count, found.element.singular) == ("at least", 10, "case")
    assert found == requirement('at least 10 cases in golden has source "live"').check


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('at least 10 casses in golden have source "live"', "PK113"),
        ('at least 0 cases in golden have source "live"', "PK243"),
        ('at least 2.5 cases in golden have source "live"', "PK243"),
        ('every cases in golden has source "live"', "PK113"),
    ],
)
def test_what_is_no_number_of_elements_is_refused(text, code):
    assert code in codes(f'requirement X-1 "x" shown by golden check {text}\n')


def test_the_number_and_the_direction_bind():
    digests = {
        policy(f'requirement X-1 "x" shown by golden check {how} cases in golden have source "live"\n').digest
        for how in ("at least 10", "at least 11", "at most 10")
    }
    assert len(digests) == 3


def test_it_is_written_out_and_formatted():
    text = 'requirement X-1 "x" shown by golden check at most 1_000 cases in golden have source "live"\n'
    found = policy(text)
    assert "for at most 1,000 cases" in explain_clause(found, "X-1")
    assert "at most 1_000 cases in golden have source" in format_tree(parse(SourceFile("a", text)).tree)


LENGTHS = {
    "shown by golden, no older than {0}": lambda r: r.shown_by.max_age_seconds,
    "shown by golden before launch and every {0} after": lambda r: r.due.every_seconds,
    'shown by golden remedy by supplier within {0} of notice: "mend"': lambda r: r.remedy.within_seconds,
}


@pytest.mark.parametrize("part", LENGTHS)
def test_a_let_is_as_good_as_what_it_holds(part):
    head = "let wait = 3 days\n"
    named, plain = (
        next(r for r in policy(f'{head}requirement X-1 "x" {part.format(how)} check golden.cases > 5\n').requirements
             if r.id == "X-1")
        for how in ("wait", "3 days")
    )  # fmt: skip
    assert LENGTHS[part](named) == LENGTHS[part](plain) == 3 * 86_400
    assert named == plain


def test_effects_and_windows_take_names_too():
    text = """let wait = 3 hours
rule X-1 "x" on request when sum of call.cost over the last wait > 5 EUR then ask risk, answer within wait, otherwise deny
rule X-2 "x" on request when call.model is "a" then pause all calls within wait
"""
    first, second = (rule for rule in policy(text).rules if rule.id.startswith("X"))
    assert (first.then[0].seconds, second.then[0].seconds) == (10_800, 10_800)
    assert first.when.left.last_seconds == 10_800


@pytest.mark.parametrize(
    ("value", "code"), [("5", "PK201"), ("5 EUR", "PK242"), ("0 days", "PK242"), ('["a"]', "PK208"), ('"a"', "PK242")]
)
def test_what_is_no_duration_is_refused(value, code):
    assert code in codes(
        f'let wait = {value}\nrequirement X-1 "x" shown by golden, no older than wait check golden.cases > 5\n'
    )


def test_a_name_that_is_not_declared_is_refused():
    assert "PK100" in codes('requirement X-1 "x" shown by golden, no older than wiat check golden.cases > 5\n')


AGED = (
    SPEED.replace("pack speed", "pack aged")
    .replace("role run_owner", 'parameter oldest : duration = 30 days "the oldest evidence"\nrole run_owner')
    .replace("no older than 30 days", "no older than oldest")
)


@pytest.mark.parametrize(("age", "loosened"), [("40 days", True), ("30 days", False), ("20 days", False)])
def test_an_age_that_a_pack_takes_as_a_parameter_is_set_and_a_looser_one_is_warned_of(age, loosened):
    result = checked(f"include aged with oldest = {age}\n", packs={**PACKS, "aged": AGED})
    assert result.policy is not None
    found = next(r for r in result.policy.requirements if r.id == "aged/SPEED-1")
    assert found.shown_by.max_age_seconds == int(age.split()[0]) * 86_400
    assert ("PK131" in {d.code for d in result.diagnostics}) is loosened
